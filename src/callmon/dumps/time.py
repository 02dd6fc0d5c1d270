"""The time of the calls in a file, which only goes on, whatever the clock of the page did."""

from __future__ import annotations

from dataclasses import dataclass, field

SET_BACK_S = 2.0
"""Lines may be out of order by this much; further back, the clock of the page was set."""

LATEST_S = 1e11
"""No time is taken for later, in epoch seconds."""


@dataclass(slots=True)
class Clock:
    """The time of one call: a clock that was set back is set right again."""

    at: float | None = None
    shift: float = 0.0

    def follow(self, told: float | None) -> float:
        """Return when a snapshot is to be taken; one that does not say comes a second after the last."""
        before = self.at if self.at is not None else 0.0
        at = before + 1.0 if told is None else told + self.shift
        if self.at is not None and at < before - SET_BACK_S:
            self.shift += before + 1.0 - at
            at = before + 1.0
        self.at = min(max(at, before), LATEST_S)
        return self.at


@dataclass(slots=True)
class Clocks:
    """The times of the calls of one file; ``latest`` is the newest of all."""

    latest: float = 0.0
    _by_call: dict[str, Clock] = field(default_factory=dict)

    def follow(self, call: str, told: float | None) -> float:
        """Return when something about a call is to be taken, in epoch seconds."""
        at = self._by_call.setdefault(call, Clock()).follow(told)
        self.latest = max(self.latest, at)
        return at
