"""What was taken lately, kept so that one can go back to it: frames, what they meant, and states of calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from callmon.model.events import Event
from callmon.model.frames import Frame, Json


@dataclass(frozen=True, slots=True)
class Entry:
    """One frame that was taken at ``at`` (epoch seconds), and the events that it meant.

    The times of one source only go on: what was sent late has the time of the frame before it. Whoever folds the
    events again tells the engine ``frame.at``, as it was told then.
    """

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
        """Return what was taken after ``since`` and up to ``until``, oldest first; of one call, or of all.

        Of one call these are the entries that are about it, with the events that are about it.
        """
        ...

    def ticks(self, since: float, until: float) -> Sequence[float]:
        """Return when the engine was told that time passes, after ``since`` and up to ``until``, in order.

        A tick goes before the entries of the same time.
        """
        ...

    def calls(self, at: float) -> Iterable[str]:
        """Return the calls that were held at a time, as far back as the tape reaches."""
        ...

    def held(self, call: str, at: float) -> tuple[float, Json] | None:
        """Return the newest state of a call at or before ``at``, and when it was so; None where it began later.

        The state is what ``engine.snapshot.dump`` gives; the events of the call after that time lead on from it.
        """
        ...
