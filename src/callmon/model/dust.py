"""The rounding that a computed number carries, which decides nothing: 150.00000000000003 is not more than 150."""

from __future__ import annotations

DUST = 1e-9
"""So much of a limit a value may be from it and be the limit: means and rates of counters are no more exact."""


def settled(value: float, limit: float) -> float:
    """Return a value to be compared with a limit: the limit itself, where only dust is between the two."""
    return limit if abs(value - limit) < DUST * abs(limit) else value
