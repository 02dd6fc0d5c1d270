"""What another callmon tells of its calls: events that it has already read, and calls as it holds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from callmon.engine import snapshot
from callmon.model import codec
from callmon.model.events import Event, Restored
from callmon.model.frames import Frame, Json, Rejected, Route

_REPLACEMENT = "\ufffd"


class Callmon:
    """The reader of the ``callmon`` dialect: the messages of ``GET /v1/events``."""

    name: ClassVar[str] = "callmon"
    routes: ClassVar[tuple[Route, ...]] = ()

    def read(self, frame: Frame) -> Iterator[Event | Rejected]:
        """Return the events of a message; the rest of it stands where one of them cannot be read."""
        body = frame.body
        if not isinstance(body, dict) or "schema" not in body:
            yield Rejected(frame.source, "not a message of callmon: is the dialect right?")
            return
        if body["schema"] != codec.SCHEMA:
            yield Rejected(frame.source, f"another schema than {codec.SCHEMA}: is the other callmon newer?")
            return
        events = body.get("events")
        if not isinstance(events, list):
            yield Rejected(frame.source, "a message without a list of events")
            return
        for item in events:
            try:
                yield _checked(codec.read(_printable(item), frame.source), frame.source)
            except RecursionError:
                yield Rejected(frame.source, "an event that is nested too deeply")


def _checked(event: Event | Rejected, source: str) -> Event | Rejected:
    """Return an event that the engine can fold: a restored call must be one, and be the one it says."""
    if not isinstance(event, Restored):
        return event
    try:
        call = snapshot.load(event.state)
    except ValueError as error:
        return Rejected(source, f"restored: {error}")
    return event if call.id == event.call else Rejected(source, "restored: another call inside")


def _printable(value: Json) -> Json:
    """Return a value with every text in it made safe to show, as at any other way in."""
    if isinstance(value, str):
        if value.isprintable():
            return value
        return "".join(char if char.isprintable() else _REPLACEMENT for char in value)
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return value
