"""How much is taken from whom: sizes, and frames a second as a token bucket per sender."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one sender, and all of them together, may take up.

    ``max_body_bytes`` holds for a message both as sent and unpacked; ``max_frames_per_second`` for one
    sender, who may save up ``burst_s`` seconds of it; ``max_depth`` is how deep JSON may nest; a body must
    have arrived within ``body_s`` seconds; ``oldest_s`` bounds how late a buffered frame may claim to be.
    """

    max_body_bytes: int = 2_097_152
    max_frames_per_second: float = 50.0
    max_connections: int = 2000
    burst_s: float = 4.0
    max_depth: int = 32
    body_s: float = 30.0
    oldest_s: float = 3600.0


class Bucket:
    """Frames that one sender may still send: filled at a steady rate, up to a bound."""

    __slots__ = ("_clock", "_level", "_most", "_rate", "_since")

    def __init__(self, rate: float, burst_s: float, clock: Callable[[], float]) -> None:
        """Fill by ``rate`` a second up to ``burst_s`` seconds of it; ``clock`` is monotonic, in seconds."""
        self._rate = rate
        self._most = max(1.0, rate * burst_s)
        self._level = self._most
        self._clock = clock
        self._since = clock()

    def wait(self) -> float:
        """Return the seconds until one more frame may come: 0 when it may come now."""
        now = self._clock()
        self._level = min(self._most, self._level + (now - self._since) * self._rate)
        self._since = now
        return 0.0 if self._level >= 1 else (1 - self._level) / self._rate

    def spend(self, frames: int) -> None:
        """Count frames that were taken; a large body may overdraw, and the sender then waits longer."""
        self.wait()
        self._level -= frames


class Buckets:
    """A bucket for each sender that has no connection of its own, the least recent forgotten first."""

    def __init__(self, limits: Limits, clock: Callable[[], float], most: int = 10_000) -> None:
        """Keep at most ``most`` senders in mind."""
        self._limits = limits
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[str, Bucket] = OrderedDict()

    def bucket(self) -> Bucket:
        """Return a full bucket that nobody else uses."""
        return Bucket(self._limits.max_frames_per_second, self._limits.burst_s, self._clock)

    def of(self, sender: str) -> Bucket:
        """Return the bucket of a sender."""
        bucket = self._kept.get(sender)
        if bucket is None:
            bucket = self._kept[sender] = self.bucket()
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(sender)
        return bucket
