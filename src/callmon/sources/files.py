"""Files opened from disk, or read from stdin: captures of getStats as JSON lines or as one array."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, cast

from callmon.model.frames import Frame, Json
from callmon.w3c.report import parse

SET_BACK_S = 2.0
"""Lines may be out of order by this much; further back, the clock of the page was set."""

MAX_LINE_BYTES = 64 * 1024 * 1024
"""A longer line is no snapshot."""

_PARTS = frozenset({"stats", "states", "events", "end"})

Take = Callable[[Frame], object]
"""Whoever takes the frames."""


class Unreadable(Exception):
    """A file that cannot be read; the message says which, what is wrong, and what to do."""


@dataclass(slots=True)
class Opened:
    """What came of a file: frames taken, the first and last time in it, and what broke (None: all was read)."""

    name: str
    frames: int = 0
    rejected: int = 0
    first: str | None = None
    ended_at: float | None = None

    def refuse(self, reason: str) -> None:
        """Count something that could not be read."""
        self.rejected += 1
        self.first = self.first or reason


@dataclass(slots=True)
class _Clock:
    """The time of one call in a file, which only goes on: a clock that was set back is set right again."""

    at: float | None = None
    shift: float = 0.0

    def follow(self, told: float | None) -> float:
        """Return when a snapshot is to be taken; one that does not say comes a second after the last."""
        before = self.at if self.at is not None else 0.0
        at = before + 1.0 if told is None else told + self.shift
        if self.at is not None and at < before - SET_BACK_S:
            self.shift += before + 1.0 - at
            at = before + 1.0
        self.at = max(at, before)
        return self.at


def open_file(path: str, name: str, take: Take) -> Opened:
    """Read a capture and give its frames to ``take`` in its own time; lines that are broken are counted.

    Raises ``Unreadable`` when there is nothing in it that callmon knows.
    """
    opened = Opened(name)
    number = 0
    clock: float | None = None
    clocks: dict[str, _Clock] = {}
    ended: dict[str, bool] = {}
    for number, value, reason in _values(path):
        if reason is not None:
            opened.refuse(f"line {number}: {reason}" if number else reason)
            continue
        for message in _messages(value):
            if not _is_snapshot(message):
                opened.refuse(f"line {number}: it is JSON, but no getStats snapshot")
                continue
            call, whole = _ends(message)
            clock = clocks.setdefault(call or name, _Clock()).follow(_time(message))
            take(Frame("webrtc", clock, "snapshot", message, {"call": name}, name))
            opened.frames += 1
            opened.ended_at = clock
            ended[call or name] = ended.get(call or name, False) or whole
    if not opened.frames:
        first = opened.first or "it is empty"
        raise Unreadable(
            f"{path}: nothing in it that callmon can read ({first}): give a getStats capture as JSON lines"
        )
    for call in (call for call, over in ended.items() if not over):
        last = {"t": (clock or 0.0) * 1000, "end": 1, "reason": "the file ends here"}
        take(Frame("webrtc", clock or 0.0, "snapshot", last, {"call": call}, name))
    return opened


def _ends(message: Json) -> tuple[str | None, bool]:
    """Return which call a message names, if any, and whether it says that the whole of it is over."""
    if not isinstance(message, dict):
        return None, False
    call = str(message["call"]) if message.get("call") else None
    return call, bool(message.get("end")) and not message.get("leg")


def _messages(value: Json) -> Iterator[Json]:
    """Return the snapshots in one value: a snapshot, an array of snapshots, or one bare report."""
    if isinstance(value, list):
        # A row of another format, such as ["getstats", "PC_0", {…}], holds a report among other things.
        rows = any(isinstance(item, str) for item in value[:3])
        many = not rows and any(_is_one_of_many(item) for item in value[:3])
        yield from value if many else [value]
    else:
        yield value


def _is_one_of_many(item: Json) -> bool:
    """Return whether an item of an array is a snapshot of its own, and not an object of one report."""
    if isinstance(item, list):
        return bool(item) and isinstance(item[0], dict)
    if not isinstance(item, dict) or "type" in item or {"key", "value"} <= item.keys():
        return False
    return bool({"stats", "states"} & item.keys()) or any(
        isinstance(one, dict) and "type" in one for one in item.values()
    )


def _is_snapshot(message: Json) -> bool:
    """Return whether a value is a report, or a message with a report, states or events."""
    if isinstance(message, dict) and _PARTS & message.keys():
        return True
    found = parse(message)
    return found is not None and bool(found.by_id)


def _time(message: Json) -> float | None:
    """Return when a snapshot was taken, in epoch seconds: its ``t``, else the newest timestamp in it."""
    if isinstance(message, dict):
        t = message.get("t")
        if isinstance(t, int | float) and not isinstance(t, bool) and 0 < t < 1e14:
            return t / 1000
        inner = message.get("stats", message)
    else:
        inner = message
    entries = inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else ()
    stamps = [stamp for entry in entries if (stamp := _stamp(entry)) is not None]
    return max(stamps) / 1000 if stamps else None


def _stamp(entry: Json) -> float | None:
    if isinstance(entry, list) and len(entry) == 2:
        entry = entry[1]
    if isinstance(entry, dict) and isinstance(entry.get("value"), dict):
        entry = entry["value"]
    stamp = entry.get("timestamp") if isinstance(entry, dict) else None
    good = isinstance(stamp, int | float) and not isinstance(stamp, bool) and 0 < stamp < 1e14
    return stamp if good else None


def _values(path: str) -> Iterator[tuple[int, Json, str | None]]:
    """Yield (line, value, None) or (line, None, what is wrong); a file that is one value has one line."""
    try:
        with _stream(path) as stream:
            yield from _lines(stream)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield 0, None, f"the compressed data breaks off ({str(error)[:80]})"
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}: check the path") from None


@contextmanager
def _stream(path: str) -> Iterator[IO[bytes]]:
    """Give the bytes of a file, unpacked where it is gzip."""
    file = io.FileIO(sys.stdin.fileno() if path == "-" else path, closefd=path != "-")
    with io.BufferedReader(file) as raw:
        if raw.peek(2)[:2] != b"\x1f\x8b":
            yield raw
            return
        # gzip leaves the file that it is given open.
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield cast(IO[bytes], unpacked)


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, Json, str | None]]:
    number = 0
    whole: list[bytes] = []
    for line in iter(lambda: stream.readline(MAX_LINE_BYTES), b""):
        number += 1
        if whole:
            whole.append(line)
            continue
        text = line.strip().removeprefix(b"\xef\xbb\xbf")
        if not text:
            continue
        value, reason = _decode(text)
        if reason is not None and number == 1 and text[:1] in b"[{":
            whole.append(line)
            continue
        yield number, value, reason
    if whole:
        value, reason = _decode(b"".join(whole))
        if reason is None:
            yield 1, value, None
            return
        for number, line in enumerate(whole, 1):
            if line.strip():
                yield number, *_decode(line)


def _decode(text: bytes) -> tuple[Json, str | None]:
    try:
        return json.loads(text), None
    except RecursionError:
        return None, "it is nested too deeply"
    except UnicodeDecodeError:
        return None, "it is not UTF-8"
    except ValueError as error:
        return None, f"it is no JSON ({error})"
