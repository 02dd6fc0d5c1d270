"""What was taken lately, kept so that one can go back to it: frames, what they meant, and states of calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from callmon.model.events import Event
from callmon.model.frames import Frame, Json


@dataclass(frozen=True, slots=True)
class Entry:
    """One frame that was taken at ``at`` (epoch seconds, as the engine was told), and the events that it meant."""

    at: float
    frame: Frame
    events: tuple[Event, ...]


class Tape(Protocol):
    """The recent past; times are epoch seconds."""

    def earliest(self) -> float | None:
        """Return from when on everything is there, None while there is nothing."""
        ...

    def latest(self) -> float | None:
        """Return the time of the newest entry."""
        ...

    def entries(self, since: float, until: float, call: str | None = None) -> Iterator[Entry]:
        """Return what was taken after ``since`` and up to ``until``, oldest first; of one call, or of all."""
        ...

    def calls(self, at: float) -> Iterable[str]:
        """Return the calls that were held at a time, as far back as the tape reaches."""
        ...

    def held(self, call: str, at: float) -> tuple[float, Json] | None:
        """Return the newest state of a call at or before ``at``, and when it was so; None where it began later.

        The state is what ``engine.snapshot.dump`` gives; the events of the call after that time lead on from it.
        """
        ...
