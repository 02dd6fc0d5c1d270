"""The recorder: what arrives goes into a file, at the latest half a second later."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import struct
import zlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from callmon.engine import snapshot
from callmon.engine.call import Call
from callmon.model import codec
from callmon.model.events import Event, Restored
from callmon.model.frames import HELD, Frame, Json
from callmon.model.health import SourceHealth
from callmon.recording import lines
from callmon.recording.lines import Header
from callmon.recording.secrets import Secrets

FLUSH_S = 0.5
"""What was recorded is in the file after so many seconds."""

MEMBER_S = 60.0
"""How long one gzip member goes on, in seconds: what is damaged costs the rest of its member."""

AGAIN_S = 10.0
"""After so many seconds it is tried again where the disk was full."""

_LEVEL = 3
_INTRODUCED_AT_ONCE = 50
_INTRODUCED_A_TICK = 5

_END = struct.Struct("<BBII")
"""How a gzip member ends whose last block was flushed: an empty last block, checksum and length."""


class NotRecorded(Exception):
    """A file that cannot be recorded into: which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """When another file is begun: after ``size`` bytes or ``age_s`` seconds; ``keep`` files stay. 0: never, all."""

    size: int = 0
    age_s: float = 0.0
    keep: int = 0


@dataclass(frozen=True, slots=True)
class World:
    """What a recording says beside the frames: the calls that are held when it begins, and how the sources do.

    ``ready`` lets time pass for a call for which it has not yet passed, before its state is written.
    """

    calls: Callable[[], Mapping[str, Call]]
    health: Callable[[], Sequence[SourceHealth]]
    header: Callable[[], Header]
    ready: Callable[[str], None] = lambda call: None


class Recorder:
    """A witness of the monitor that writes every frame and every tick into ``path``, as gzip of lines of JSON.

    ``clock`` is a steady clock in seconds. What goes wrong with the disk later than at the beginning is said
    to ``say``, once; it is tried again, and the recording says how much is missing.
    """

    def __init__(
        self,
        path: Path,
        world: World,
        clock: Callable[[], float],
        known: Secrets,
        rotation: Rotation | None = None,
        force: bool = False,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Begin the file; NotRecorded where that cannot be."""
        self.path = self._first = path
        self.frames = 0
        self.lost = 0
        self.written = 0
        self.began = clock()
        self._world = world
        self._clock = clock
        self._known = known
        self._rotation = rotation or Rotation()
        self._force = force
        self._say = say
        self._id = secrets.token_hex(6)
        self._part = self._number = 0
        self._paths: deque[Path] = deque()
        self._file = -1
        self._size = self._unflushed = self._missing = 0
        self._crc = self._length = 0
        self._loose = False
        self._good = (0, 0, 0)
        self._to_introduce: deque[str] = deque()
        self._away_until: float | None = None
        self._reason = ""
        try:
            self._begin_part(world.header().at)
            self.flush()
        except OSError as error:
            raise NotRecorded(f"{path}: {error.strerror or error}{_remedy(error)}") from None
        if self._away_until is not None:
            raise NotRecorded(f"{path}: {self._reason}: free some room, or record elsewhere")

    # What the monitor tells

    def took(self, frame: Frame, events: Sequence[Event]) -> None:
        """Record a frame."""
        if self._is_away():
            self._missing += 1
            self.lost += 1
            return
        self.frames += 1
        self._unflushed += 1
        self._put(self._line(lines.frame_document(frame)))
        if self._clock() - self._flushed_at >= FLUSH_S:
            self.flush()

    def ticked(self, at: float) -> None:
        """Record that time passed, and what is new of the sources."""
        if self._is_away():
            return
        self._put_health()
        self._introduce(at, _INTRODUCED_A_TICK)
        self._put(lines.tick_line(at))
        if self._clock() - self._flushed_at >= FLUSH_S:
            self.flush()
        if self._is_full():
            self._rotate(at)

    # Writing

    async def keep_flushing(self) -> None:
        """Bring what was recorded into the file twice a second, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_S)
            self.flush()

    def flush(self) -> None:
        """Bring all that was recorded into the file."""
        self._flushed_at = now = self._clock()
        if self._file < 0 or self._away_until is not None or not self._loose:
            return
        old = now - self._member_at >= MEMBER_S
        if self._write(self._pack.flush(zlib.Z_FINISH if old else zlib.Z_SYNC_FLUSH)):
            self._loose, self._unflushed = False, 0
            self._good = (self._size, self._crc, self._length)
            if old:
                self._begin_member()

    def close(self) -> None:
        """Write the rest and end the file."""
        if self._file < 0:
            return
        if self._away_until is None:
            self._write(self._pack.flush())
        os.close(self._file)
        self._file = -1

    def _put(self, text: str) -> None:
        self._loose = True
        line = text.encode("ascii") + b"\n"
        self._crc, self._length = zlib.crc32(line, self._crc), self._length + len(line)
        data = self._pack.compress(line)
        if data:
            self._write(data)

    def _line(self, document: dict[str, Json]) -> str:
        """Return a frame as a line without secrets."""
        try:
            text = lines.line_of(document)
            if self._known.in_text(text):
                return lines.line_of(self._known.clean(document))
        except (RecursionError, ValueError, TypeError):  # deeper than anything that was ever sent
            return lines.line_of({**document, "body": None, "unreadable": True})
        return text

    def _put_health(self) -> None:
        for one in self._world.health():
            values = tuple(getattr(one, name) for name in lines.TOLD)
            before = self._told.get(one.name)
            if values == before:
                continue
            self._told[one.name] = values
            new = {
                name: value
                for place, (name, value) in enumerate(zip(lines.TOLD, values, strict=True))
                if before is None or before[place] != value
            }
            text = lines.told_line(one.name, new)
            self._put(
                lines.told_line(one.name, self._known.clean(new)) if self._known.in_text(text) else text
            )

    def _write(self, data: bytes) -> bool:
        """Write into the file, and return whether that went well; else nothing is recorded for a while."""
        if self._away_until is not None:
            return False
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            self._stop(error)
            return False
        self.written += len(data)
        self._size += len(data)
        return True

    # Files

    def _begin_part(self, at: float) -> None:
        """Begin a file: header, how the sources do, the calls as they stand; may raise OSError."""
        file, self._number, path = self._open(self._number + 1)
        if self._file >= 0:
            os.close(self._file)
        self._file, self.path, self._size, self._part_at = file, path, 0, self._clock()
        self._told: dict[str, tuple[Json, ...]] = {}
        self._part += 1
        self._begin_member()
        header = replace(self._world.header(), id=self._id, part=self._part, at=at)
        self._put(self._line(lines.header_document(header)))
        self._put_health()
        self._to_introduce.extend(self._world.calls())
        self._introduce(at, _INTRODUCED_AT_ONCE)
        self._paths.append(path)
        while self._rotation.keep and len(self._paths) > self._rotation.keep:
            self._paths.popleft().unlink(missing_ok=True)

    def _open(self, number: int) -> tuple[int, int, Path]:
        """Open the file of a number, or of the next one that is not there yet; may raise OSError."""
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if self._force else os.O_EXCL)
        while True:
            path = self._first if number == 1 else part_path(self._first, number)
            try:
                return os.open(path, flags, 0o600), number, path
            except FileExistsError:
                if number == 1:
                    raise
                number += 1

    def _introduce(self, at: float, most: int) -> None:
        """Write states of calls that were there before the file; all at once would hold the rest up."""
        calls = self._world.calls()
        while self._to_introduce and most > 0:
            id = self._to_introduce.popleft()
            self._world.ready(id)
            call = calls.get(id)
            if call is not None:
                event = codec.write(Restored(call.id, at, snapshot.dump(call)))
                body = {"schema": codec.SCHEMA, "events": [event]}
                self._put(self._line(lines.frame_document(Frame("callmon", at, HELD, body), held=True)))
                most -= 1

    def _begin_member(self) -> None:
        self._pack = zlib.compressobj(_LEVEL, wbits=31)
        self._member_at = self._flushed_at = self._clock()
        self._crc = self._length = 0
        self._good = (self._size, 0, 0)
        self._loose = False

    def _is_full(self) -> bool:
        size, age_s = self._rotation.size, self._rotation.age_s
        return bool(size and self._size >= size) or bool(age_s and self._clock() - self._part_at >= age_s)

    def _rotate(self, at: float) -> None:
        """Go on in another file, or in this one where there can be no other."""
        if not self._write(self._pack.flush()):
            return
        try:
            self._begin_part(at)
        except OSError as error:
            self._say(
                f"{self.path}: no further file could be begun ({error.strerror or error}): it goes on in this"
            )
            self._part_at, self._size = self._clock(), os.lseek(self._file, 0, os.SEEK_CUR)
            self._rotation = Rotation(keep=self._rotation.keep)
            self._begin_member()
        self.flush()

    # Where the disk is full

    def _stop(self, error: OSError) -> None:
        """Take back what is not whole, and record nothing for a while."""
        self._reason = str(error.strerror or error)
        if not self._missing:
            self._say(f"{self.path}: {self._reason}: not recorded until there is room; collecting goes on")
        self._missing += self._unflushed
        self.lost += self._unflushed
        self.frames -= self._unflushed
        self._unflushed = 0
        self._away_until = self._clock() + AGAIN_S
        self._size = self._good[0]
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, self._size)
            os.lseek(self._file, self._size, os.SEEK_SET)

    def _is_away(self) -> bool:
        """Return whether nothing can be recorded now; when it is time, try again."""
        if self._file < 0:
            return True
        if self._away_until is None:
            return False
        if self._clock() < self._away_until:
            return True
        self._away_until = None
        _, crc, length = self._good
        if self._write(_END.pack(3, 0, crc, length & 0xFFFFFFFF) if length else b""):
            self._begin_member()
            self._put(lines.lost_line(self._missing, self._reason))
            self.flush()
        if self._away_until is None:
            self._missing = 0
        return self._away_until is not None


def part_path(first: Path, number: int) -> Path:
    """Return the path of a further file of a recording: ``calls.jsonl.gz`` goes on in ``calls-002.jsonl.gz``."""
    stem, dot, rest = first.name.partition(".")
    return first.with_name(f"{stem}-{number:03}{dot}{rest}")


def _remedy(error: OSError) -> str:
    if isinstance(error, FileExistsError):
        return ": choose another name, or add --force"
    return ": check the path"
