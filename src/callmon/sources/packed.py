"""The bytes of a file, unpacked where it is gzip, and its lines: each within bounds, whatever is in it."""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import IO

CHUNK_BYTES = 64 * 1024
"""So much is read, and at most so much unpacked, at a time."""

BOMB_BYTES = 1024 * 1024
BOMB_RATIO = 100
"""What unpacks to more than so many bytes, and so many times its size, was made to do harm: stats are 10:1."""

_GZIP = b"\x1f\x8b"


class Broken(Exception):
    """The bytes break off or cannot be unpacked: why, in a few words; ``rest`` is of the line that was begun."""

    rest: bytes = b""


class TooLong:
    """Stands for a line that is longer than lines are; it was passed over."""


TOO_LONG = TooLong()


class Bytes:
    """A file that is being read; ``done`` of ``total`` bytes (None: nobody knows), as they are on the disk."""

    def __init__(self, path: str, stream: IO[bytes] | None = None) -> None:
        """Open a path, ``-`` for stdin, unless there is a ``stream`` already. Raises OSError."""
        raw = stream or io.FileIO(sys.stdin.fileno() if path == "-" else path, closefd=path != "-")
        self._raw: IO[bytes] = raw
        self.done = 0
        self.total: int | None = None
        if raw.seekable():
            self.total = raw.seek(0, io.SEEK_END)
            raw.seek(0)
        self.head = self._read()

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    def _read(self) -> bytes:
        found = self._raw.read(CHUNK_BYTES)
        self.done += len(found)
        return found

    @property
    def packed(self) -> bool:
        """Whether it is gzip."""
        return self.head.startswith(_GZIP)

    def chunks(self) -> Iterator[bytes]:
        """Return the bytes, unpacked if need be twice; gzip may have several members. Raises Broken."""
        chunk = self.head
        if not self.packed:
            while chunk:
                yield chunk
                chunk = self._read()
            return
        found = self._unpacked(chunk, self._read)
        begun = next(found, b"")
        while len(begun) < len(_GZIP) and (chunk := next(found, b"")):
            begun += chunk
        if begun.startswith(_GZIP):
            yield from self._unpacked(begun, lambda: next(found, b""))
        elif begun:
            yield begun
            yield from found

    def _unpacked(self, chunk: bytes, read: Callable[[], bytes]) -> Iterator[bytes]:
        """Unpack what begins with ``chunk`` and goes on with what ``read`` returns."""
        inflate, out, fresh = zlib.decompressobj(wbits=31), 0, True
        while True:
            if not chunk and not (chunk := read()):
                if not fresh:
                    raise Broken("the compressed data breaks off")
                return
            if fresh and not (chunk := chunk.lstrip(b"\x00")):  # padding between members, as gzip allows
                continue
            before = inflate.copy()
            try:
                found = inflate.decompress(chunk, CHUNK_BYTES)
            except zlib.error as error:
                yield _salvage(before, chunk)
                raise Broken(f"the compressed data breaks off ({str(error)[:60]})") from None
            out, fresh = out + len(found), False
            if found:
                yield found
            waiting = len(inflate.unconsumed_tail) if read == self._read else 0
            if out > BOMB_BYTES and out > BOMB_RATIO * (self.done - waiting):
                raise Broken(f"it unpacks to more than {BOMB_RATIO} times its size, as no statistics do")
            chunk = inflate.unconsumed_tail
            if inflate.eof:
                chunk, inflate, fresh = inflate.unused_data, zlib.decompressobj(wbits=31), True


def _salvage(inflate: zlib._Decompress, chunk: bytes) -> bytes:
    """Return what can be unpacked of a chunk that breaks off: zlib gives all of it or nothing."""
    found = bytearray()
    try:
        for start in range(len(chunk)):
            found += inflate.decompress(chunk[start : start + 1], CHUNK_BYTES)
            if len(found) > BOMB_BYTES:
                break
    except zlib.error:
        pass
    return bytes(found)


def lines(chunks: Iterator[bytes], first: int, longest: int) -> Iterator[bytes | TooLong]:
    """Return the lines, without what ends them, the first of at most ``first`` bytes and others of ``longest``."""
    parts: list[bytes] = []
    try:
        yield from _split(chunks, parts, first, longest)
    except Broken as error:
        error.rest = b"".join(parts)
        raise


def _split(
    chunks: Iterator[bytes], parts: list[bytes], first: int, longest: int
) -> Iterator[bytes | TooLong]:
    """Return the lines; ``parts`` holds the chunks of the one that was begun."""
    size, limit = 0, first
    for chunk in chunks:
        found = chunk.split(b"\n")
        for line in found[:-1]:
            size += len(line)
            if parts:
                parts.append(line)
                line = b"".join(parts)
                parts.clear()
            yield line if size <= limit else TOO_LONG
            size, limit = 0, longest
        size += len(found[-1])
        if size > limit:
            parts.clear()
        elif found[-1]:
            parts.append(found[-1])
    if size:
        yield b"".join(parts) if size <= limit else TOO_LONG
