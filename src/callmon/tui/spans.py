"""How long charts go back."""

from __future__ import annotations

SPANS = (30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 0.0)
"""Seconds that charts may span; 0 is the whole call."""

USUAL_SPAN = SPANS.index(300.0)
"""Where one starts."""

WHOLE_S = 86_400.0
"""What a view says for the whole call."""


def seconds_of(place: int) -> float | None:
    """Return the seconds that a view says of a place in ``SPANS``, None for the usual one."""
    return None if place == USUAL_SPAN else SPANS[place] or WHOLE_S


def place_of(seconds: float | None) -> int:
    """Return the place in ``SPANS`` that comes nearest to what a view says."""
    if seconds is None:
        return USUAL_SPAN
    known = [one or WHOLE_S for one in SPANS]
    return min(range(len(known)), key=lambda place: abs(known[place] - seconds))
