"""Counters become rates here and nowhere else; safe against resets, repeats and gaps (webrtc-stats, RFC 3550)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SIGNED = frozenset({"lost"})
"""Counters that may legally go down."""

_GAP_S = 15.0
_GAP_FACTOR = 4.0
_CLOCK_JUMP_S = 60.0


@dataclass(frozen=True, slots=True)
class Delta:
    """What counters gained in ``seconds``; a counter absent from either end is absent here."""

    seconds: float
    gained: dict[str, float]

    def per_second(self, key: str) -> float | None:
        """Return a counter's rate, or None where it is unknown."""
        value = self.gained.get(key)
        return None if value is None else value / self.seconds

    def ratio(self, part: str, whole: str) -> float | None:
        """Return what one counter gained over what another did, or None where that says nothing."""
        top, bottom = self.gained.get(part), self.gained.get(whole)
        return None if top is None or bottom is None or bottom <= 0 else top / bottom


@dataclass(slots=True)
class Reading:
    """The counters of one object at one moment on the clock of whoever measured."""

    clock: float
    identity: str
    counters: dict[str, float]


@dataclass(slots=True)
class Rates:
    """The last readings of one stream, by origin, and the totals of the objects that went before."""

    last: dict[str, Reading] = field(default_factory=dict)
    before: dict[str, Reading] = field(default_factory=dict)
    past: dict[str, float] = field(default_factory=dict)
    usual_s: dict[str, float] = field(default_factory=dict)

    def is_new(self, origin: str, clock: float, identity: str) -> bool:
        """Return whether a reading says anything that was not known; a repeat or a late one does not."""
        last = self.last.get(origin)
        return (
            last is None
            or last.identity != identity
            or clock > last.clock
            or clock < last.clock - _CLOCK_JUMP_S
        )

    def advance(
        self, origin: str, clock: float, identity: str, counters: Mapping[str, float]
    ) -> Delta | None:
        """Take a new reading; return what was gained since the last, or None where the interval is unknown.

        There is no delta for the first reading, for a new object, after any decrease (of ``lost`` only the
        identity counts), when the clock went backwards, and over a gap much longer than the usual spacing.
        """
        last = self.last.get(origin)
        reading = Reading(clock, identity, dict(counters))
        self.last[origin] = reading
        if last is None:
            return None
        if last.identity != identity or clock <= last.clock or _decreased(last.counters, counters):
            self._retire(origin, last)
            self.before.pop(origin, None)
            return None
        self.before[origin] = last
        seconds = clock - last.clock
        usual = self.usual_s.get(origin)
        if usual is not None and seconds > _GAP_S and seconds > _GAP_FACTOR * usual:
            return None
        self.usual_s[origin] = seconds if usual is None else 0.8 * usual + 0.2 * seconds
        gained = {
            key: max(0.0, value - last.counters[key]) if key in SIGNED else value - last.counters[key]
            for key, value in counters.items()
            if key in last.counters
        }
        return Delta(seconds, gained)

    def _retire(self, origin: str, reading: Reading) -> None:
        for key, value in reading.counters.items():
            name = f"{origin}.{key}"
            self.past[name] = self.past.get(name, 0.0) + value

    def total(self, origin: str, key: str) -> float | None:
        """Return a counter over the whole call, through every reset; None where it was never told."""
        last = self.last.get(origin)
        now = last.counters.get(key) if last is not None else None
        past = self.past.get(f"{origin}.{key}")
        if now is None and past is None:
            return None
        return (now or 0.0) + (past or 0.0)

    def at(self, origin: str, key: str, clock: float) -> float | None:
        """Return what a counter was at ``clock``, read off the line through the last two readings."""
        last, before = self.last.get(origin), self.before.get(origin)
        if last is None or key not in last.counters:
            return None
        if before is None or key not in before.counters:
            return last.counters[key]
        slope = (last.counters[key] - before.counters[key]) / (last.clock - before.clock)
        return last.counters[key] + slope * (clock - last.clock)


def _decreased(old: Mapping[str, float], new: Mapping[str, float]) -> bool:
    return any(key in old and value < old[key] for key, value in new.items() if key not in SIGNED)
