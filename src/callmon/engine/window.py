"""The rolling window over which a stream is judged."""

from __future__ import annotations

from dataclasses import dataclass, field

MIN_PACKETS = 25
"""Fewer packets than this in the window say nothing about loss."""


@dataclass(slots=True)
class Window:
    """The values of the last ``span_s`` seconds: means of gauges, and loss as packets over packets."""

    span_s: float = 30.0
    values: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    packets: list[tuple[float, float, float]] = field(default_factory=list)

    def add(self, at: float, key: str, value: float) -> None:
        """Take one value of a gauge."""
        kept = self.values.setdefault(key, [])
        kept.append((at, value))
        self._trim(kept, at)

    def add_loss(self, at: float, lost: float, expected: float) -> None:
        """Take what was lost of the packets expected in one interval."""
        self.packets.append((at, lost, expected))
        self._trim(self.packets, at)

    def _trim(self, kept: list[tuple[float, float]] | list[tuple[float, float, float]], now: float) -> None:
        old = now - self.span_s
        count = 0
        for entry in kept:
            if entry[0] > old:
                break
            count += 1
        if count:
            del kept[:count]

    def mean(self, key: str, now: float) -> float | None:
        """Return the mean of a gauge over the window that ends now, or None."""
        kept = self.values.get(key)
        if not kept:
            return None
        self._trim(kept, now)
        return sum(value for _, value in kept) / len(kept) if kept else None

    def loss_pct(self, now: float) -> float | None:
        """Return the packets lost in the window in percent of those expected, or None where that says nothing."""
        self._trim(self.packets, now)
        expected = sum(entry[2] for entry in self.packets)
        if expected < MIN_PACKETS:
            return None
        return 100.0 * sum(entry[1] for entry in self.packets) / expected

    def sums(self) -> tuple[float, float]:
        """Return the packets lost in the window and those expected."""
        return sum(entry[1] for entry in self.packets), sum(entry[2] for entry in self.packets)

    def clear(self) -> None:
        """Forget everything: what comes next has nothing to do with what was."""
        self.values.clear()
        self.packets.clear()
