"""What the files of all vendors have in common: messages in the order of their times, and an end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from callmon.dumps.ends import call_of, ending
from callmon.dumps.moments import newest_s
from callmon.model.frames import Frame, Json, Rejected

MAX_MESSAGES = 100_000
"""Messages of one file that are read; a second apart they last a day."""

_FIRST = 20


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a vendor's dialect: provider, tag, what is in it, and what is known about it."""

    provider: str
    tag: str
    body: Json
    about: dict[str, str] = field(default_factory=dict)


def items(value: Json) -> list[Json]:
    """Return the messages of a file: those of an array, or the one that the file is."""
    return value if isinstance(value, list) else [value]


def is_many(value: Json, fits: Callable[[Json], bool]) -> bool:
    """Whether a value is a message, or an array that begins with messages."""
    return any(fits(one) for one in items(value)[:_FIRST])


def in_time(
    value: Json, name: str, read: Callable[[Json], list[Message]], nothing: str
) -> Iterator[Frame | Rejected]:
    """Return the messages of a file as frames at the newest time that each tells, in the order of time.

    One that tells no time comes a second after the one before it; what ``read`` knows nothing of is counted. The
    calls of an array end with what it tells of them.
    """
    told: list[Frame] = []
    bad, clock = 0, 0.0
    for one in items(value)[:MAX_MESSAGES]:
        found = read(one)
        bad += not found
        for message in found:
            at = newest_s(message.body)
            clock = at if at is not None else clock + 1.0
            told.append(Frame(message.provider, clock, message.tag, message.body, message.about, name))
    told.sort(key=_at)
    if isinstance(value, list):
        told += [end for last in _last(told) if (end := ending(last)) is not None]
        told.sort(key=_at)
    yield from told
    if bad:
        yield Rejected(name, nothing, bad)
    if isinstance(value, list) and len(value) > MAX_MESSAGES:
        yield Rejected(name, "more messages than are read", len(value) - MAX_MESSAGES)


def _at(frame: Frame) -> float:
    return frame.at


def _last(frames: list[Frame]) -> Iterable[Frame]:
    """Return the last message of each leg of each call."""
    last: dict[tuple[str, ...], Frame] = {}
    for frame in frames:
        body = frame.body if isinstance(frame.body, dict) else {}
        key = (frame.provider, frame.tag, call_of(frame) or "", str(body.get("leg")))
        last[key] = frame
    return last.values()
