"""Recordings read: what happened, line by line, and as a run that is played again."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from callmon.model.codec import LATEST
from callmon.model.frames import Frame, Rejected
from callmon.model.health import SourceHealth
from callmon.recording import lines
from callmon.recording.lines import BEGINNING, Header, Item, Tick, Told

LONGEST = 64 * 1024 * 1024
"""Bytes of a line at most."""

_AT = re.compile(rb'\{"(?:at|tick)": ?(\d+(?:\.\d+)?)[,}]')
_GZIP = b"\x1f\x8b\x08"
_CHUNK = 65_536
_UNPACKED = 1_048_576


class NoRecording(Exception):
    """Files that cannot be played again: which, and why, in one sentence."""


class Stage(Protocol):
    """Where a run is played again: what a monitor is to it."""

    def take(self, frame: Frame) -> object:
        """Take a frame."""
        ...

    def pass_to(self, at: float) -> None:
        """Let time pass until ``at``."""
        ...

    def source(self, name: str) -> SourceHealth:
        """Return the health of a source."""
        ...


def is_recording(first: bytes) -> bool:
    """Return whether a file that begins with these bytes, gzip or not, is a recording."""
    if first.startswith(_GZIP):
        first = _salvage(zlib.decompressobj(wbits=31), first, 4096)[0]
    return first.startswith(BEGINNING)


def frames(stream: IO[bytes]) -> Iterator[Frame | Rejected]:
    """Return the frames of a recording, gzip or unpacked; what breaks off or cannot be read is ``Rejected``."""
    for item in items(stream):
        if isinstance(item, Frame | Rejected):
            yield item


def items(stream: IO[bytes], go_on: bool = False) -> Iterator[Item]:
    """Return all that a recording says, in its order; ``go_on`` leaves out what stands for what came before it."""
    for number, line in enumerate(_lines(stream), 1):
        if isinstance(line, Rejected):
            yield line
        elif line.strip():
            item = lines.read(line, f"line {number}", go_on)
            if item is not None:
                yield item


@dataclass(frozen=True, slots=True)
class Recording:
    """The files of one recording, in their order, and the header of the first."""

    header: Header
    paths: Sequence[Path]
    parts: Sequence[int]

    def items(self) -> Iterator[Item]:
        """Return all that is in the files; a reason of ``Rejected`` names the file where there are several."""
        for place, path in enumerate(self.paths):
            follows = place > 0 and self.parts[place] == self.parts[place - 1] + 1
            if place > 0 and self.parts[place] > self.parts[place - 1] + 1:
                yield Rejected(
                    "", f"{path.name}: {_missing(self.parts[place - 1] + 1, self.parts[place] - 1)}"
                )
            with path.open("rb") as stream:
                for item in items(stream, go_on=follows):
                    if isinstance(item, Rejected) and len(self.paths) > 1:
                        item = Rejected(item.source, f"{path.name}: {item.reason}")
                    if not isinstance(item, Header):
                        yield item

    def ends_at(self) -> float | None:
        """Return the last time in the files, None where no line begins with one; the lines are not read as JSON."""
        newest: float | None = None
        for path in self.paths:
            with path.open("rb") as stream:
                for line in _lines(stream):
                    found = _AT.match(line) if isinstance(line, bytes) else None
                    at = float(found[1]) if found is not None else -1.0
                    if 0 <= at <= LATEST:
                        newest = max(newest or 0.0, at)
        return newest


def find(paths: Iterable[Path]) -> Recording:
    """Return the recording that some files hold; NoRecording where they hold none, or several."""
    found: list[tuple[int, Path, Header]] = []
    for path in paths:
        header = _header(path)
        found.append((header.part, path, header))
    found.sort(key=lambda one: (one[0], str(one[1])))
    if len({header.id for _, _, header in found}) > 1:
        raise NoRecording("these files are of several recordings: play one, or look at all with callmon open")
    return Recording(found[0][2], [path for _, path, _ in found], [part for part, _, _ in found])


def _missing(first: int, last: int) -> str:
    """Return in words which parts were not given."""
    which = f"part {first}" if first == last else f"parts {first} to {last}"
    return f"what comes before it in the recording, {which}, is not among these files and not played"


def _header(path: Path) -> Header:
    try:
        with path.open("rb") as stream:
            first = next(items(stream), None)
    except OSError as error:
        raise NoRecording(f"{path}: {error.strerror or error}: check the path") from None
    if isinstance(first, Header):
        return first
    why = f" ({first.reason})" if isinstance(first, Rejected) else ""
    raise NoRecording(f"{path}: it does not begin as a recording does{why}: look at it with callmon open")


def timed(happened: Iterable[Item], broken: list[str]) -> Iterator[tuple[float, Frame | Tick | Told]]:
    """Return what happened with its time; what cannot be read is added to ``broken``.

    Times only go on: what was sent late happens again when it came.
    """
    at = 0.0
    for item in happened:
        if isinstance(item, Rejected):
            broken.append(item.reason)
        elif not isinstance(item, Header):
            if not isinstance(item, Told):
                at = max(at, item.at)
            yield at, item


def happen(item: Frame | Tick | Told, stage: Stage) -> None:
    """Let something happen again."""
    if isinstance(item, Frame):
        stage.take(item)
    elif isinstance(item, Tick):
        stage.pass_to(item.at)
    else:
        health = stage.source(item.source)
        for name, value in item.values.items():
            setattr(health, name, value)


def _lines(stream: IO[bytes]) -> Iterator[bytes | Rejected]:
    """Return the lines of a stream; of what is broken one ``Rejected`` each time."""
    rest = b""
    broken = False
    for part in _unpacked(stream):
        if isinstance(part, Rejected):
            rest, broken = b"", True
            yield part
            continue
        *whole, rest = (rest + part).split(b"\n") if rest else part.split(b"\n")
        yield from whole
        if len(rest) > LONGEST:
            yield Rejected("", f"a line of more than {LONGEST} bytes: the rest of the file is not read")
            return
    if rest and not broken:
        yield Rejected("", "the file breaks off in the middle of a line: all before it is there")


def _unpacked(stream: IO[bytes]) -> Iterator[bytes | Rejected]:
    """Return a stream in pieces, unpacked; what is damaged is left out up to the next gzip member."""
    data = _read(stream)
    if isinstance(data, Rejected) or not data.startswith(_GZIP):
        while data:
            yield data
            if isinstance(data, Rejected):
                return
            data = _read(stream)
        return
    place, inflate, inside = 0, zlib.decompressobj(wbits=31), True
    while data:
        before = inflate.copy()
        try:
            piece = inflate.decompress(data, _UNPACKED)
        except zlib.error:
            piece, good = _salvage(before, data, _UNPACKED)
            yield piece
            yield Rejected("", _damage(place + good, data[good:]))
            data, inside = _after_damage(stream, data[1:]), False
            inflate = zlib.decompressobj(wbits=31)
            continue
        if piece:
            yield piece
        inside = not inflate.eof
        left = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
        left = left if inside else left.lstrip(b"\0")
        place += len(data) - len(left)
        data = left
        if inflate.eof:
            inflate = zlib.decompressobj(wbits=31)
        while not data:
            more = _read(stream)
            if isinstance(more, Rejected):
                yield more
                return
            if not more:
                break
            # Between and after members a file may be filled up with NUL bytes, as tapes and file systems do.
            data = more if inside else more.lstrip(b"\0")
            place += len(more) - len(data)
    if inside:
        yield inflate.flush()
        yield Rejected("", "it was not ended, and breaks off here: all up to its last second is there")


def _salvage(inflate: zlib._Decompress, data: bytes, most: int) -> tuple[bytes, int]:
    """Return what can be unpacked of a piece up to where it is damaged, and how many of its bytes are good.

    zlib gives all of a piece or nothing.
    """
    found, place, step = bytearray(), 0, 4096
    while place < len(data) and len(found) < most and not inflate.eof:
        before = inflate.copy()
        try:
            found += inflate.decompress(data[place : place + step])
            place += step
        except zlib.error:
            if step == 1:
                break
            inflate, step = before, max(1, step // 16)
    return bytes(found), min(place, len(data))


def _damage(place: int, rest: bytes) -> str:
    """Return in words what is wrong at a byte, after which ``rest`` follows."""
    if not rest.strip(b"\0"):
        return "it was not ended, and nothing but zeros follows: all up to there is there"
    return f"it is damaged near byte {place}: what follows, up to its next part, is not read"


def _after_damage(stream: IO[bytes], data: bytes) -> bytes:
    """Return what is in a stream from the next gzip member on, nothing where there is none."""
    while data:
        at = data.find(_GZIP)
        if at >= 0:
            return data[at:]
        more = _read(stream)
        data = data[-2:] + more if isinstance(more, bytes) and more else b""
    return b""


def _read(stream: IO[bytes]) -> bytes | Rejected:
    try:
        return stream.read(_CHUNK)
    except (EOFError, zlib.error, OSError) as error:
        return Rejected("", f"it breaks off here ({str(error)[:80]}): all before it is there")
