"""Counters become rates here and nowhere else; safe against resets, repeats and gaps (webrtc-stats, RFC 3550)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SIGNED = frozenset({"lost"})
"""Counters that may legally go down."""

_NOTHING: Mapping[str, float] = MappingProxyType({})
_MOST_PARTS = 64
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

    def is_new(
        self, origin: str, clock: float, identity: str, counters: Mapping[str, float] = _NOTHING
    ) -> bool:
        """Return whether a reading says anything that was not known; a repeat or a late one does not.

        A clock that was set back is told from a late reading by the counters: they went on.
        """
        last = self.last.get(origin)
        if last is None or last.identity != identity or clock > last.clock:
            return True
        if clock == last.clock:
            return False
        return clock < last.clock - _CLOCK_JUMP_S or _grew(last.counters, counters)

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
        if last.identity != identity or _decreased(last.counters, counters):
            self._retire(origin, last)
            self.before.pop(origin, None)
            return None
        if clock <= last.clock:
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

    def advance_parts(
        self, origin: str, clock: float, parts: Mapping[str, Mapping[str, float]]
    ) -> Delta | None:
        """Take the readings of objects that count together (simulcast layers), by their identity.

        One that is new, absent or back counts for itself, so that none of it is counted twice or lost.
        """
        seconds, gained = 0.0, dict[str, float]()
        for identity, counters in parts.items():
            name = f"{origin}:{identity}"
            if name not in self.last and len(self.last) >= _MOST_PARTS:
                continue
            delta = self.advance(name, clock, identity, counters)
            if delta is not None:
                seconds = max(seconds, delta.seconds)
                for key, value in delta.gained.items():
                    gained[key] = gained.get(key, 0.0) + value
        last = self.last.get(origin)
        if last is not None and last.clock < clock:
            self.before[origin] = last
        else:
            self.before.pop(origin, None)
        self.last[origin] = Reading(clock, "", self._sums(f"{origin}:"))
        return Delta(seconds, gained) if seconds else None

    def _sums(self, prefix: str) -> dict[str, float]:
        """Return the totals over all objects whose origin begins so."""
        sums: dict[str, float] = {}
        for origin, reading in self.last.items():
            if origin.startswith(prefix):
                for key in reading.counters:
                    sums[key] = sums.get(key, 0.0) + (self.total(origin, key) or 0.0)
        return sums

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


def _grew(old: Mapping[str, float], new: Mapping[str, float]) -> bool:
    return any(key in old and value > old[key] for key, value in new.items() if key not in SIGNED)


def _decreased(old: Mapping[str, float], new: Mapping[str, float]) -> bool:
    return any(key in old and value < old[key] for key, value in new.items() if key not in SIGNED)
