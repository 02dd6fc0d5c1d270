"""Frames that tell of a stretch of the past, such as a page of an API: they are folded moment by moment."""

from __future__ import annotations

from collections.abc import Iterable

from callmon.model.events import Closed, Event, Sampled

LATE_S = 10.0
"""What was measured longer ago than this when it comes is of the past, in seconds."""

MOMENT_S = 0.5
"""Samples that lie no further apart belong to one moment."""


def moments(events: Iterable[Event], now: float) -> list[tuple[float, list[Event]]]:
    """Return the events of one frame that came at ``now`` by the moments of which they tell, in their order.

    Only samples of the past make moments, and the end of a call after them; everything else goes with what is
    before it. A frame without any is one moment, which is now.
    """
    found: list[tuple[float, list[Event]]] = []
    at: float | None = None
    part: list[Event] = []
    for event in events:
        if type(event) is Sampled and now - event.at > LATE_S and event.origin == "local":
            if at is not None and abs(event.at - at) >= MOMENT_S:
                found.append((at, part))
                at, part = event.at, []
            elif at is None:
                at = event.at
        elif type(event) is Closed and at is not None and at < event.at <= now:
            found.append((at, part))
            at, part = event.at, []
        part.append(event)
    found.append((now if at is None else at, part))
    return found
