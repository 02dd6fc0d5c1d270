"""Events of invented calls, through the real reader, for tests that need calls with some history."""

from __future__ import annotations

from functools import cache

from callmon.engine.engine import Engine
from callmon.model.events import Event
from callmon.model.frames import Fetch, Rejected
from callmon.providers.webrtc import WebRTC
from callmon.sources.demo import Demo

START = 1_700_000_000.0

Folded = tuple[float, tuple[Event, ...]]


@cache
def invented(seconds: float = 240.0, calls: int = 12, seed: int = 3) -> tuple[Folded, ...]:
    """The frames of some calls in order: when each came, and what it meant."""
    reader = WebRTC()
    found: list[Folded] = []
    for frame in Demo(calls=calls, seed=seed, start=START).frames(START + seconds):
        if frame.provider == WebRTC.name:
            read = [item for item in reader.read(frame) if not isinstance(item, Rejected | Fetch)]
            found.append((frame.at, tuple(read)))
    return tuple(found)


def fold(engine: Engine, frames: tuple[Folded, ...]) -> Engine:
    """The engine, having folded the frames each at its time, and ticked in between."""
    for at, events in frames:
        engine.tick(at)
        engine.fold(events, at)
    return engine
