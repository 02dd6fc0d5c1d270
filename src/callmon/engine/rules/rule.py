"""A rule, and what it is given to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.issues import Finding, Holding
from callmon.engine.quality import Levels, RuleSet
from callmon.model.dust import settled

__all__ = ["Context", "Finding", "Rule", "over", "worse"]


@dataclass(slots=True)
class Context:
    """The place and the time a rule is asked about; ``leg`` and ``stream`` are None in a wider scope."""

    call: Call
    leg: Leg | None
    stream: Stream | None
    now: float
    rules: RuleSet

    @property
    def connected(self) -> bool:
        """Whether media can flow on the leg, as far as is known."""
        leg = self.leg
        return leg is None or not leg.ice.seen or leg.ice.connected_at is not None

    def interval_s(self) -> float:
        """Return the usual spacing of samples of the leg in seconds, 1 s where it is not known."""
        known = self.leg.interval_s if self.leg is not None else self.call.interval_s
        return known if known is not None else 1.0


@dataclass(frozen=True, slots=True)
class Rule:
    """A question about *now*; raising, holding and clearing belong to the engine.

    ``scope`` is stream, leg or call; a stream rule may be for one ``kind`` or
    ``direction`` only. The issue is raised once ``when`` held for ``hold`` seconds, since when it
    began, and cleared once it was away for ``clear`` seconds, until when it went: that says ``until`` where more
    is known than when it was first not found, and None from it says that nothing is.
    """

    code: str
    title: str
    advice: str
    scope: str
    when: Callable[[Context], Finding | None]
    hold: float = 0.0
    clear: float = 5.0
    mean: bool = False
    kind: str | None = None
    direction: str | None = None
    until: Callable[[Context], float | None] | None = None

    @property
    def holding(self) -> Holding:
        """Return how long it must last and be away."""
        return Holding(self.hold, self.clear, self.mean)


def worse(value: float | None, levels: Levels | None) -> Finding | None:
    """Return a finding, critical, only when a value is beyond its second limit."""
    found = over(value, levels)
    return found if found is not None and levels is not None and found.limit == levels.poor else None


def over(value: float | None, levels: Levels | None) -> Finding | None:
    """Return a finding when a value is beyond its limits: a warning beyond the first, critical beyond the second."""
    if value is None or levels is None:
        return None
    fair, poor = levels.fair, levels.poor
    sign = -1.0 if levels.high_is_good else 1.0
    if sign * settled(value, poor) > sign * poor:
        return Finding(value, poor, "critical" if fair != poor else "warning")
    return Finding(value, fair, "warning") if sign * settled(value, fair) > sign * fair else None
