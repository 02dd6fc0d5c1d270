"""How much of a call had each grade: what was never graded was neither good nor bad."""

from __future__ import annotations

from collections.abc import Mapping

from callmon.engine.quality import Grade


def graded_s(seconds: Mapping[str, float]) -> float:
    """Return for how long there was any grade, of the seconds spent in each."""
    return sum(spent for grade, spent in seconds.items() if grade != Grade.UNKNOWN.value)


def share(seconds: Mapping[str, float], grade: Grade) -> float | None:
    """Return the percentage of the graded time that was spent in a grade; None where nothing was graded.

    Of the time without a grade it is the percentage of all time.
    """
    whole = sum(seconds.values()) if grade is Grade.UNKNOWN else graded_s(seconds)
    return 100.0 * seconds.get(grade.value, 0.0) / whole if whole > 0 else None
