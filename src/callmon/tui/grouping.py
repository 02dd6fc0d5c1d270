"""Calls in groups: a line for each group, and under those that are not folded their calls."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from callmon.engine.quality import Grade
from callmon.query import format as fmt
from callmon.query.catalogue import CATALOGUE
from callmon.query.columns import BADGES, counted_grade
from callmon.query.view import Group
from callmon.tui.line import Line, Span, cells, clip, cut, fit
from callmon.tui.rows import CallRows

HEADER = "\x1f"
"""What the id of a group's line begins with; no call's id does."""


LONGEST = 28
"""Cells that the name of a group takes at most."""

NARROW = 60
"""With fewer cells a group's line has only its value, not what that is of."""

ORDER = (Grade.POOR, Grade.FAIR, Grade.GOOD, Grade.UNKNOWN)
"""The worst first, as in the header."""


def id_of(value: str) -> str:
    """Return the id of the line of the group of a value."""
    return HEADER + value


def is_header(id: str | None) -> bool:
    """Return whether a row is the line of a group."""
    return id is not None and id.startswith(HEADER)


def flat(groups: Sequence[Group], folded: frozenset[str]) -> list[str]:
    """Return the ids of all rows in their order: each group's line, then its calls unless it is folded."""
    ids: list[str] = []
    for group in groups:
        ids.append(id_of(group.value))
        if group.value not in folded:
            ids.extend(call.id for call in group.calls)
    return ids


@dataclass(frozen=True, slots=True)
class GroupRows:
    """Rows of a table: those of calls as ``CallRows`` has them, and those of groups; see ``table.Rows``."""

    ids: Sequence[str]
    calls: CallRows
    by: str
    groups: dict[str, Group]
    folded: frozenset[str]
    counted: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)

    def stamp(self, id: str) -> Hashable:
        """Return what the look of a row depends on."""
        return self._counts(id[1:]) + (id[1:] in self.folded,) if is_header(id) else self.calls.stamp(id)

    def marked(self, id: str) -> bool:
        """Return whether a row is marked."""
        return self.calls.marked(id)

    def _counts(self, value: str) -> tuple[object, ...]:
        """Return how many calls of a group have each grade, and how many are over."""
        group = self.groups.get(value)
        if group is None:
            return ()
        if value not in self.counted:
            live = [call for call in group.calls if not call.over]
            grades = tuple(
                (grade.value, sum(counted_grade(call) is grade for call in live)) for grade in ORDER
            )
            self.counted[value] = (*grades, ("over", len(group.calls) - len(live)))
        return self.counted[value]

    def line(self, id: str, width: int) -> Line:
        """Return a row."""
        if not is_header(id):
            return self.calls.line(id, width)
        value = id[1:]
        group = self.groups.get(value)
        if group is None:
            return ()
        column = CATALOGUE[self.by]
        spans: list[Span] = [("▸ " if value in self.folded else "▾ ", "accent")]
        names, counts = self._sizes()
        if width >= NARROW:
            spans.append((f"{(column.title or 'grade').lower()} ", "dim"))
        else:
            names = min(names, width // 3)
        spans.append((fit(cut(value or fmt.UNKNOWN, names), names), "strong"))
        count = len(group.calls)
        spans.append((f"  {fmt.count(count):>{counts}} call{' ' if count == 1 else 's'}", "text"))
        known = {grade.value: (shape, letter) for grade, (shape, letter, _) in BADGES.items()}
        for name, number in self._pairs(value):
            if not number:
                continue
            if name == "over":
                spans.append((f"   {fmt.count(number)} over", "dim"))
            else:
                shape, letter = known[name]
                spans.append((f"   {shape} {letter} {fmt.count(number)}", name))
        return clip(tuple(spans), width)

    def _sizes(self) -> tuple[int, int]:
        """Return the cells that the names of all groups take, and the counts of their calls, so that they align."""
        names = max((cells(((value, ""),)) for value in self.groups), default=0)
        counts = max((len(fmt.count(len(group.calls))) for group in self.groups.values()), default=1)
        return min(LONGEST, max(1, names)), counts

    def _pairs(self, value: str) -> tuple[tuple[str, int], ...]:
        self._counts(value)
        return self.counted.get(value, ())
