"""Events as JSON, as one callmon sends them to another (``"schema": "callmon/1"``)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import cast

from callmon.model.events import EVENTS, Event, Sampled
from callmon.model.frames import Json, Rejected
from callmon.model.shapes import ShapeError, shape_of

SCHEMA = "callmon/1"
"""The schema of a message; it changes when an older reader would misread a newer writer.

An event of a type that a reader does not know is none that it would misread: it passes it over.
"""

LATEST = 1e11
"""No time that is read is later, in epoch seconds."""

_SHAPES = {re.sub("(?<!^)([A-Z])", r"-\1", kind.__name__).lower(): (kind, shape_of(kind)) for kind in EVENTS}
_KIND = re.compile("[a-z]+(?:-[a-z]+){0,5}")
_NAMES = {kind: (name, shape.write) for name, (kind, shape) in _SHAPES.items()}


def write(event: Event) -> dict[str, Json]:
    """Return an event as a JSON object; its key ``type`` is the event's name, such as ``ice-changed``."""
    name, write_fields = _NAMES[type(event)]
    return {"type": name, **write_fields(event)}


def read(item: Json, source: str = "") -> Event | Rejected:
    """Return the event that a JSON value says, or why it says none; keys that are not known are ignored."""
    kind = item.get("type") if isinstance(item, dict) else None
    if not isinstance(kind, str):
        return Rejected(source, "not an event: it has no type")
    if kind not in _SHAPES:
        newer = _KIND.fullmatch(kind) is not None
        return Rejected(source, f"an event of a type that is not known: {kind[:40]!a}", newer=newer)
    try:
        event = cast(Event, _SHAPES[kind][1].read(item))
    except ShapeError as error:
        return Rejected(source, f"{kind}: {error}")
    if not event.call:
        return Rejected(source, f"{kind}: call is empty")
    if not 0 <= event.at <= LATEST or (isinstance(event, Sampled) and abs(event.clock) > LATEST):
        return Rejected(source, f"{kind}: a time that is out of range")
    return event


def text(event: Event, **more: Json) -> str:
    """Return an event as JSON text, in ASCII and on one line, with ``more`` that is no part of it.

    A feed says of each event in which ``frame`` it came, by number, and when that was ``folded_at``: who folds
    the events of a frame together and at that moment gets the same call.
    """
    return json.dumps({**write(event), **more}, allow_nan=False, separators=(",", ":"))


def message(texts: Iterable[str], at: float, id: str | None, **more: Json) -> str:
    """Return the message that carries events, given as text; ``id`` is where a reader may resume after it."""
    head = json.dumps({"schema": SCHEMA, "id": id, "at": at, **more}, separators=(",", ":"))
    return f'{head[:-1]},"events":[{",".join(texts)}]}}'
