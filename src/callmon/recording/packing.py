"""Entries of a tape as bytes: many to a block, each with its time and its calls in front.

``marshal`` is several times as fast as JSON here, and only this process ever reads what it writes: the file has
no name and no other reader.
"""

from __future__ import annotations

import json
import marshal
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from callmon.model.events import EVENTS, Event, IceChanged
from callmon.model.frames import Frame, Json
from callmon.model.ice import IceFacts
from callmon.model.shapes import shape_of
from callmon.model.tape import Entry

_FACTS = shape_of(IceFacts)
_FIELDS = {
    kind: (number, attrgetter(*(one.name for one in fields(kind)))) for number, kind in enumerate(EVENTS)
}
_HEAD = struct.Struct("<dIH")


def pack(at: float, calls: Sequence[int], frame: Frame, events: Sequence[Event]) -> bytes:
    """Return one entry as bytes; ``calls`` are the numbers of the calls that it is about."""
    told = [_told(event) for event in events]
    head = (frame.at, frame.provider, frame.tag, frame.source, dict(frame.about))
    try:
        body = _dumped((*head, frame.body, told))
    except (RecursionError, ValueError):  # nested deeper than anything that was ever sent
        body = _dumped((*head, None, told))
    return _HEAD.pack(at, len(body), len(calls)) + struct.pack(f"<{len(calls)}I", *calls) + body


def unpack(block: bytes, call: int | None = None) -> Iterator[tuple[float, bytes]]:
    """Return the time and the bytes of each entry of a block, of one call or of all, in their order."""
    place, wanted = 0, b"" if call is None else struct.pack("<I", call)
    while place < len(block):
        at, size, count = _HEAD.unpack_from(block, place)
        start = place + _HEAD.size + 4 * count
        if call is None or _is_in(wanted, block[place + _HEAD.size : start]):
            yield at, block[start : start + size]
        place = start + size


def entry(at: float, data: bytes) -> Entry:
    """Return the entry that ``pack`` wrote."""
    taken_at, provider, tag, source, about, body, told = marshal.loads(data)
    events = tuple(_event(number, values) for number, values in told)
    return Entry(at, Frame(provider, taken_at, tag, body, about, source), events)


def state(value: Json) -> bytes:
    """Return the state of a call as bytes."""
    return _dumped(value)


def state_of(data: bytes) -> Json:
    """Return the state that ``state`` wrote."""
    return marshal.loads(data)


def _is_in(number: bytes, numbers: bytes) -> bool:
    return any(numbers[place : place + 4] == number for place in range(0, len(numbers), 4))


def _told(event: Event) -> tuple[int, tuple[Any, ...]]:
    number, get = _FIELDS[type(event)]
    values: tuple[Any, ...] = get(event)
    if type(event) is IceChanged:
        values = (*values[:-1], _FACTS.write(event.facts))
    return number, values


def _event(number: int, values: tuple[Any, ...]) -> Event:
    make: Callable[..., Event] = EVENTS[number]
    if EVENTS[number] is IceChanged:
        values = (*values[:-1], _FACTS.read(values[-1]))
    return make(*values)


def _dumped(value: Any) -> bytes:
    """Return a value as bytes; what is no plain dictionary, list or number is made one."""
    try:
        return marshal.dumps(value)
    except ValueError:
        return marshal.dumps(json.loads(json.dumps(value, default=_plain)))


def _plain(value: Any) -> Any:
    return dict(value) if hasattr(value, "keys") else str(value)
