"""The rolling window over which a stream is judged."""

from __future__ import annotations

from dataclasses import dataclass, field

STEADY_VALUES = 5
"""With fewer values than this in the window none can be called an outlier."""

MIN_PACKETS = 25
"""Fewer packets than this in the window say nothing about loss."""


@dataclass(slots=True)
class Span:
    """The values of one gauge in the window, with their sum."""

    values: list[tuple[float, float]] = field(default_factory=list)
    total: float = 0.0

    def trim(self, old: float) -> None:
        """Forget what was measured at ``old`` or before."""
        values = self.values
        if not values or values[0][0] > old:
            return
        count = 0
        for at, _ in values:
            if at > old:
                break
            count += 1
        del values[:count]
        # Taken away from the sum, what is forgotten would leave its rounding behind for good.
        self.total = sum([value for _, value in values])


@dataclass(slots=True)
class Window:
    """The values of the last ``span_s`` seconds: means of gauges, and loss as packets over packets."""

    span_s: float = 30.0
    spans: dict[str, Span] = field(default_factory=dict)
    packets: list[tuple[float, float, float]] = field(default_factory=list)
    lost: float = 0.0
    expected: float = 0.0

    def add(self, at: float, key: str, value: float) -> None:
        """Take one value of a gauge."""
        span = self.spans.get(key)
        if span is None:
            span = self.spans[key] = Span()
        span.values.append((at, value))
        span.total += value
        span.trim(at - self.span_s)

    def add_loss(self, at: float, lost: float, expected: float) -> None:
        """Take what was lost of the packets expected in one interval."""
        self.packets.append((at, lost, expected))
        self.lost += lost
        self.expected += expected

    def count(self, key: str) -> int:
        """Return how many values of a gauge lie in the window."""
        span = self.spans.get(key)
        return len(span.values) if span is not None else 0

    def mean(self, key: str, now: float) -> float | None:
        """Return the mean of a gauge over the window that ends now, or None."""
        span = self.spans.get(key)
        if span is None or not span.values:
            return None
        span.trim(now - self.span_s)
        return span.total / len(span.values) if span.values else None

    def recent(self, key: str, since: float) -> float | None:
        """Return the mean of what was measured of a gauge after ``since``, or None."""
        span = self.spans.get(key)
        values = [value for at, value in span.values if at > since] if span is not None else []
        return sum(values) / len(values) if values else None

    def steady(self, key: str, now: float, high_is_bad: bool = True) -> float | None:
        """Return the mean without its worst value, so that a single outlier says nothing."""
        mean = self.mean(key, now)
        span = self.spans.get(key)
        if mean is None or span is None or len(span.values) < STEADY_VALUES:
            return mean
        worst = (max if high_is_bad else min)(value for _, value in span.values)
        return (span.total - worst) / (len(span.values) - 1)

    def steady_loss_pct(self, now: float) -> float | None:
        """Return the loss in the window without its worst interval."""
        loss = self.loss_pct(now)
        if loss is None or len(self.packets) < STEADY_VALUES:
            return loss
        _, lost, expected = max(self.packets, key=lambda entry: entry[1])
        rest = self.expected - expected
        return 100.0 * max(0.0, self.lost - lost) / rest if rest >= MIN_PACKETS else None

    def loss_pct(self, now: float) -> float | None:
        """Return the packets lost in the window in percent of those expected, or None where that says nothing."""
        old = now - self.span_s
        packets = self.packets
        if packets and packets[0][0] <= old:
            count = 0
            for at, _, _ in packets:
                if at > old:
                    break
                count += 1
            del packets[:count]
            self.lost = sum([lost for _, lost, _ in packets])
            self.expected = sum([expected for _, _, expected in packets])
        return 100.0 * max(0.0, self.lost) / self.expected if self.expected >= MIN_PACKETS else None

    def sums(self) -> tuple[float, float]:
        """Return the packets lost in the window and those expected."""
        return self.lost, self.expected

    def clear(self) -> None:
        """Forget everything: what comes next has nothing to do with what was."""
        self.spans.clear()
        self.packets.clear()
        self.lost = self.expected = 0.0
