"""A view: which calls are shown and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callmon.engine.call import Call
from callmon.query.columns import COLUMNS, SORT_LAST
from callmon.query.filter import Filter


@dataclass(frozen=True, slots=True)
class View:
    """A filter, the key of the column to sort by, and whether the order is reversed."""

    filter: Filter = Filter("")
    sort: str = "grade"
    reverse: bool = False


def choose(calls: Sequence[Call], view: View, now: float) -> list[Call]:
    """Return the calls that pass the filter, in the view's order; unknown values come last either way."""
    shown = [call for call in calls if view.filter.passes(call, now)]
    column = COLUMNS[view.sort]
    known = [(call, column.key_of(call, now)) for call in shown]
    have = [pair for pair in known if pair[1] is not SORT_LAST]
    lack = [call for call, key in known if key is SORT_LAST]
    have.sort(
        key=lambda pair: (pair[1], pair[0].started_at, pair[0].id), reverse=view.reverse != column.worst_first
    )
    return [call for call, _ in have] + lack
