"""Captures of getStats(): bare reports in any shape, or messages of the ``webrtc`` dialect."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from callmon.dumps.form import Form, LineForm
from callmon.dumps.moments import in_ms
from callmon.dumps.time import Clocks
from callmon.model.frames import Frame, Json, Rejected
from callmon.w3c.report import parse

_PARTS = frozenset({"stats", "states", "events", "end"})


class Snapshots:
    """The reader of a capture; the messages of one file are of one call unless they name others."""

    def __init__(self, name: str) -> None:
        """Name the call after the file."""
        self._name = name
        self._clocks = Clocks()
        self._ended: dict[str, bool] = {}

    def read(self, value: Json) -> Iterator[Frame | Rejected]:
        """Return the snapshots in one value: a snapshot, an array of snapshots, or one bare report."""
        for message in map(in_ms, _messages(value)):
            if not _is_snapshot(message):
                yield Rejected(self._name, "it is JSON, but no getStats snapshot")
                continue
            call, whole = _ends(message)
            at = self._clocks.follow(call or self._name, _time(message))
            yield Frame("webrtc", at, "snapshot", message, {"call": self._name}, self._name)
            self._ended[call or self._name] = self._ended.get(call or self._name, False) or whole

    def end(self, reason: str) -> Iterator[Frame]:
        """Return the end of each call that nobody ended."""
        at = self._clocks.latest
        for call in (call for call, over in self._ended.items() if not over):
            message = {"t": at * 1000, "end": 1, "reason": reason}
            yield Frame("webrtc", at, "snapshot", message, {"call": call}, self._name)


def frames(value: Json, name: str) -> Iterator[Frame | Rejected]:
    """Return the frames of a capture that is one value."""
    reader = Snapshots(name)
    yield from reader.read(value)
    yield from reader.end("the file ends here")


FORM = Form("a getStats capture", lambda value: True, frames)
"""What a file is that is nothing else: it is then refused part by part."""

LINE_FORM = LineForm("a getStats capture", lambda value: True, Snapshots)
"""The same, a snapshot a line."""


def fits(value: Json) -> bool:
    """Return whether there is a snapshot in a value."""
    return any(_is_snapshot(message) for message in _messages(value))


def _ends(message: Json) -> tuple[str | None, bool]:
    """Return which call a message names, if any, and whether it says that the whole of it is over."""
    if not isinstance(message, dict):
        return None, False
    call = str(message["call"]) if message.get("call") else None
    return call, bool(message.get("end")) and not message.get("leg")


def _messages(value: Json) -> Iterator[Json]:
    if isinstance(value, list):
        # A row of another format, such as ["getstats", "PC_0", {…}], holds a report among other things.
        rows = any(isinstance(item, str) for item in value[:3])
        many = not rows and any(_is_one_of_many(item) for item in value[:3])
        yield from _in_order(value) if many else _polls(value)
    else:
        yield value


def _in_order(messages: list[Json]) -> list[Json]:
    """Return the snapshots of an array, turned round where the newest is first; else their clock may be set back."""
    times = [_time(in_ms(message)) for message in (messages[0], messages[-1])]
    if times[0] is None or times[1] is None or times[0] <= times[1]:
        return messages
    known = [(_time(in_ms(message)), message) for message in messages]
    told = [at for at, _ in known if at is not None]
    if len(told) < len(known) or any(at > before for before, at in pairwise(told)):
        return messages
    return messages[::-1]


def _polls(entries: list[Json]) -> list[Json]:
    """Return the reports of an array in which several may be without anything between them.

    A next one begins where an object comes again that is newer or older.
    """
    found: list[list[Json]] = [[]]
    stamps: dict[str, Json] = {}
    for entry in entries:
        id = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(id, str) and "type" in entry:
            stamp = entry.get("timestamp")
            if id in stamps and stamps[id] != stamp:
                found.append([])
                stamps = {}
            stamps[id] = stamp
        found[-1].append(entry)
    return found


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
    inner = message
    if isinstance(message, dict):
        t = message.get("t")
        if isinstance(t, int | float) and not isinstance(t, bool) and 0 < t < 1e14:
            return t / 1000
        inner = message.get("stats", message)
    found = parse(inner)
    newest = found.newest() if found is not None else None
    return newest / 1000 if newest is not None and 0 < newest < 1e14 else None
