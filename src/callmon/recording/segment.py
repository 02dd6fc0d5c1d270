"""A piece of the spill file: what is written into it can be read until it is let go; it has no name."""

from __future__ import annotations

import tempfile
import zlib
from pathlib import Path

_LEVEL = 1


class Segment:
    """A file without a name, readable by nobody else, that is gone with this object or with the process.

    ``newest`` is the time of the newest thing in it, ``size`` its bytes. Every method may raise OSError.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Begin a file in ``folder``, or where temporary files are."""
        self.newest = float("-inf")
        self.size = 0
        # It is open for as long as the segment is there, and closed with it.
        self._file = tempfile.TemporaryFile(dir=folder, prefix="callmon-", buffering=0)  # noqa: SIM115

    def __del__(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()

    def append(self, data: bytes, at: float) -> tuple[int, int]:
        """Compress and write; return where it is."""
        packed = zlib.compress(data, _LEVEL)
        return self.put(packed, at)

    def put(self, packed: bytes, at: float) -> tuple[int, int]:
        """Write what is compressed already; return where it is."""
        place, rest = self.size, memoryview(packed)
        self._file.seek(place)
        while rest:
            rest = rest[self._file.write(rest) or 0 :]
        self.size += len(packed)
        self.newest = max(self.newest, at)
        return place, len(packed)

    def packed(self, place: int, length: int) -> bytes:
        """Return what was written, as it is in the file."""
        self._file.seek(place)
        parts = []
        while length > 0:
            part = self._file.read(length)
            if not part:
                raise OSError("the spill file is cut")
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def read(self, place: int, length: int) -> bytes:
        """Return what was written."""
        return zlib.decompress(self.packed(place, length))
