"""The end-of-call report, from our own frames; and the tallies that it is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

_STEP = math.log(1.02)


@dataclass(slots=True)
class Tally:
    """Running count, sum, extremes and a logarithmic histogram (2 % wide) of one metric."""

    count: int = 0
    total: float = 0.0
    least: float | None = None
    least_at: float | None = None
    most: float | None = None
    most_at: float | None = None
    buckets: dict[int, int] = field(default_factory=dict)

    def add(self, at: float, value: float) -> None:
        """Count one value."""
        self.count += 1
        self.total += value
        if self.least is None or value < self.least:
            self.least, self.least_at = value, at
        if self.most is None or value > self.most:
            self.most, self.most_at = value, at
        bucket = round(math.log(value) / _STEP) if value > 1e-6 else -1_000_000
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def mean(self) -> float | None:
        """Return the mean, or None where nothing was counted."""
        return self.total / self.count if self.count else None

    def quantile(self, share: float) -> float | None:
        """Return the value below which ``share`` of the values lie, within 1 % of the exact one."""
        if not self.count or self.most is None or self.least is None:
            return None
        rank = math.ceil(share * self.count)
        seen = 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                value = math.exp(bucket * _STEP) if bucket > -1_000_000 else 0.0
                return min(self.most, max(self.least, value))
        return self.most


@dataclass(slots=True)
class Spread:
    """One metric over the whole call: mean, 95th percentile, greatest and least value, and when those were."""

    avg: float | None = None
    p95: float | None = None
    max: float | None = None
    max_at: float | None = None
    min: float | None = None
    min_at: float | None = None


@dataclass(slots=True)
class Summary:
    """What is said of a call at its end; ``status`` is provisional, or final once the provider's summary is.

    What our own frames say stands; where they say nothing, the provider's figure does. All that the provider
    says is in ``told``, by the keys of ``events.Reported``, and ``told_status`` is partial or final.
    """

    status: str
    duration_s: float
    end_reason: str | None
    verdict: str
    codec: str | None
    rtt_ms: Spread
    jitter_ms: Spread
    loss_pct: Spread
    mos: Spread
    mos_source: str | None
    packets: dict[str, float | None]
    bytes: dict[str, float | None]
    time_in_grade_s: dict[str, float]
    told: dict[str, float] = field(default_factory=dict)
    told_status: str | None = None
