"""How much of a call had each grade: what was never graded was neither good nor bad."""

from __future__ import annotations

from collections.abc import Mapping

from callmon.engine.call import Call
from callmon.engine.quality import Grade
from callmon.query import format as fmt


def graded_s(seconds: Mapping[str, float]) -> float:
    """Return for how long there was any grade, of the seconds spent in each."""
    return sum(spent for grade, spent in seconds.items() if grade != Grade.UNKNOWN.value)


def share(seconds: Mapping[str, float], grade: Grade) -> float | None:
    """Return the percentage of the graded time that was spent in a grade; None where nothing was graded.

    Of the time without a grade it is the percentage of all time.
    """
    whole = sum(seconds.values()) if grade is Grade.UNKNOWN else graded_s(seconds)
    return 100.0 * seconds.get(grade.value, 0.0) / whole if whole > 0 else None


def spent(call: Call, grade: Grade) -> str:
    """Return in words how much of a call had a grade: in percent, or that it only came to it."""
    seconds = call.grade_seconds
    if grade is call.grade and seconds and not seconds.get(grade.value):
        return "just now" if call.ended_at is None else "at its end"
    part = share(seconds, grade)
    return fmt.UNKNOWN if part is None else f"{fmt.number(part)} %"
