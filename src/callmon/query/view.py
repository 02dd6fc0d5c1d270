"""A view: which calls are shown, in which order, with which columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from callmon.engine.call import Call
from callmon.query.catalogue import CATALOGUE
from callmon.query.columns import SORT_LAST, Column
from callmon.query.filter import Filter
from callmon.query.order import descends

C = TypeVar("C", bound=Call)

NARROWEST, WIDEST = 1, 80
"""Cells that a column may be given."""


@dataclass(frozen=True, slots=True)
class View:
    """A filter, the key of the column to sort by, and whether the order is reversed.

    ``columns`` are keys in the order of display (none: the usual ones), ``widths`` what some of them were given in
    cells; ``group`` is the column by whose values calls are put together, '' for none; ``span`` how many seconds
    charts show, None for as many as they do by themselves. ``marked`` are the calls that a reader has marked, and
    ``only_marked`` shows no others; what is marked is nothing that a view keeps.
    """

    filter: Filter = Filter("")
    sort: str = "grade"
    reverse: bool = False
    columns: tuple[str, ...] = ()
    widths: tuple[tuple[str, int], ...] = ()
    group: str = ""
    span: float | None = None
    only_marked: bool = False
    marked: frozenset[str] = frozenset()

    def passes(self, call: Call, now: float) -> bool:
        """Return whether a call is shown."""
        return (not self.only_marked or call.id in self.marked) and self.filter.passes(call, now, self.marked)

    def shown(self) -> dict[str, Column]:
        """Return the columns to show by their keys, in their order and with the widths they were given.

        Those that somebody chose are more important than room for the others, but for the first one.
        """
        if not self.columns:
            chosen = {key: column for key, column in CATALOGUE.items() if column.usual}
        else:
            found = [CATALOGUE[key] for key in self.columns]
            chosen = {
                one.key: replace(one, priority=0 if one.key in ("grade", "call") else 1 + place // 4)
                for place, one in enumerate(found)
            }
        given = dict(self.widths)
        return {
            key: replace(column, width=given[key], fixed=True) if key in given else column
            for key, column in chosen.items()
        }


def choose(calls: Sequence[Call], view: View, now: float) -> list[Call]:
    """Return the calls that pass the filter, in the view's order; unknown values come last either way."""
    return arrange([call for call in calls if view.passes(call, now)], view, now)


def arrange(
    calls: Sequence[C], view: View, now: float, key_of: Callable[[C, float], Any] | None = None
) -> list[C]:
    """Return calls in the view's order; of equals those that began first, or last where it goes down.

    ``key_of`` says what they are sorted by where that is not what the column says of them.
    """
    column = CATALOGUE[view.sort]
    key_of = key_of or column.key_of
    known = [(call, key_of(call, now)) for call in calls]
    have = [pair for pair in known if pair[1] is not SORT_LAST]
    lack = [call for call, key in known if key is SORT_LAST]
    have.sort(
        key=lambda pair: (pair[1], pair[0].started_at, pair[0].id), reverse=descends(column, view.reverse)
    )
    return [call for call, _ in have] + lack


@dataclass(frozen=True, slots=True)
class Group:
    """Calls that have the same value in the column of a group, '' where they have none; in the view's order."""

    value: str
    calls: tuple[Call, ...]

    @property
    def worst(self) -> Call:
        """The call that is worst off."""
        return max(self.calls, key=lambda call: (not call.over, call.grade.rank or 0.5))


def group(
    calls: Sequence[Call], view: View, now: float, text_of: Callable[[Call, float], str] | None = None
) -> list[Group]:
    """Return the calls of a view in groups, those with the worst calls first; what has no value comes last.

    A call with several values, such as two browsers, belongs to the group of both together. ``text_of`` says what
    their value is where somebody knows that without asking the column.
    """
    text_of = text_of or CATALOGUE[view.group].text
    found: dict[str, list[Call]] = {}
    for call in calls:
        text = text_of(call, now)
        found.setdefault("" if text == "–" else text, []).append(call)
    groups = [Group(value, tuple(those)) for value, those in found.items()]
    return sorted(groups, key=_need)


def _need(one: Group) -> tuple[bool, float, int, str]:
    poor = sum(call.grade.value == "poor" and not call.over for call in one.calls)
    worst = one.worst
    return not one.value, -(0.0 if worst.over else worst.grade.rank or 0.5), -poor, one.value.lower()
