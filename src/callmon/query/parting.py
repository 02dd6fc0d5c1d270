"""Where calls first part: by a value that goes another way, or by an issue that some of them have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from callmon.engine.quality import Levels
from callmon.query.differences import Divergence, Whole


@dataclass(frozen=True, slots=True)
class Onset:
    """An issue that began ``at`` a moment (on the shared clock) in one call, and that the ``better`` never had."""

    at: float
    code: str
    worse: int
    better: tuple[int, ...]


def parting(whole: Whole, levels: Mapping[str, Levels]) -> Divergence | Onset | None:
    """Return where the calls first part, or None where they never do; a value says more than an issue."""
    curves = whole.divergence(levels)
    issues = min(_onsets(whole), key=lambda one: one.at, default=None)
    if curves is None or issues is None:
        return curves or issues
    return issues if issues.at < curves.at else curves


def _onsets(whole: Whole) -> list[Onset]:
    """Return the beginnings of issues that some of the calls have and others, which were there then, never had."""
    found = []
    codes = [{issue.code for issue in call.issues} for call in whole.calls]
    for place, call in enumerate(whole.calls):
        for issue in call.issues:
            at = issue.since - (call.started_at if whole.since_start else 0.0)
            there = [other for other, one in enumerate(whole.calls) if _covers(whole, one.id, at)]
            better = tuple(other for other in there if issue.code not in codes[other])
            if better:
                found.append(Onset(at, issue.code, place, better))
    return found


def _covers(whole: Whole, call: str, at: float) -> bool:
    """Return whether a call was under way at a moment."""
    first, end = whole.spans[call]
    return first * whole.step <= at < end * whole.step
