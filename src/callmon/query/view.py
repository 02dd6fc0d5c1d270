"""A view: which calls are shown and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callmon.engine.call import Call
from callmon.query.columns import COLUMNS, SORT_LAST
from callmon.query.filter import Filter


@dataclass(frozen=True, slots=True)
class View:
    """A filter, the key of the column to sort by, and whether the order is reversed.

    ``marked`` are the calls that a reader has marked, and ``only_marked`` shows no others.
    """

    filter: Filter = Filter("")
    sort: str = "grade"
    reverse: bool = False
    marked: frozenset[str] = frozenset()
    only_marked: bool = False

    def passes(self, call: Call, now: float) -> bool:
        """Return whether a call is shown."""
        return (not self.only_marked or call.id in self.marked) and self.filter.passes(call, now)


def choose(calls: Sequence[Call], view: View, now: float) -> list[Call]:
    """Return the calls that pass the filter, in the view's order; unknown values come last either way."""
    shown = [call for call in calls if view.passes(call, now)]
    column = COLUMNS[view.sort]
    known = [(call, column.key_of(call, now)) for call in shown]
    have = [pair for pair in known if pair[1] is not SORT_LAST]
    lack = [call for call, key in known if key is SORT_LAST]
    have.sort(
        key=lambda pair: (pair[1], pair[0].started_at, pair[0].id), reverse=view.reverse != column.worst_first
    )
    return [call for call, _ in have] + lack
