"""Which columns fit a width, how wide each is, and the line of their titles."""

from __future__ import annotations

from dataclasses import dataclass

from callmon.query.columns import Column
from callmon.query.view import View
from callmon.tui.line import Line, Span, fit
from callmon.tui.sheet import arrow

GAP = 1
"""Cells between columns."""

LEAST = {
    "call": 18,
    "reason": 15,
    "rtt_ms_spark": 8,
    "loss_pct_spark": 8,
    "jitter_ms_spark": 8,
    "verdict": 10,
    "issues": 18,
    "provider": 6,
    "room": 8,
}
"""Widths to which columns may shrink before another is dropped."""

MOST = {
    "call": 36,
    "reason": 22,
    "rtt_ms_spark": 18,
    "loss_pct_spark": 18,
    "jitter_ms_spark": 18,
    "issues": 40,
    "room": 20,
    "provider": 12,
}
"""Widths to which columns may grow where there is room."""

FIRST = 4
"""Columns of this priority or a lower number are taken even at their least width."""

SPOKEN = ("", "bit/s", "s", "at")
"""Units that a title does not name: the values carry them, or are times."""

PAIRS = (("bitrate_in_bps", "bitrate_out_bps"),)
"""Columns of which one says little without the other."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that fit, in the order of display, with their widths in cells."""

    columns: tuple[tuple[Column, int], ...]

    @property
    def key(self) -> tuple[tuple[str, int], ...]:
        """What the layout is, as something to compare and to hash."""
        return tuple((column.key, width) for column, width in self.columns)

    def titles(self, sort: str, reverse: bool) -> Line:
        """Return the titles; the column that is sorted by has a mark that says which way its rows go."""
        spans: list[Span] = [(" ", "title")]
        for number, (column, width) in enumerate(self.columns):
            title = _title(column, width)
            role = "title"
            if column.key == sort:
                title = column.title if len(title) + 1 > width else title
                title, role = title[: width - 1] + arrow(column, reverse), "accent"
            gap = " " * GAP if number else ""
            spans.append((gap + fit(title, width, ">" if column.kind == "number" else "<"), role))
        return tuple(spans)


def _title(column: Column, width: int) -> str:
    """Return a title with its unit where there is room; a bitrate carries its unit itself."""
    long = f"{column.title} {column.unit}"
    if column.unit not in SPOKEN and len(long) <= width:
        return long
    return column.title if len(column.title) <= width else column.title.split()[-1]


def _wish(column: Column) -> int:
    """Return the width at which a column is well read; the name comes before what is beside it."""
    return 22 if column.key == "call" and not column.fixed else column.width


def _least(column: Column) -> int:
    """Return the width to which a column may shrink before another is dropped."""
    return column.width if column.fixed else LEAST.get(column.key, column.width)


def lay_out(width: int, columns: dict[str, Column] | None = None) -> Layout:
    """Return the layout for a width: the important columns first, then room for them, then the others."""
    known = columns if columns is not None else View().shown()
    wanted = sorted(known.values(), key=lambda column: column.priority)
    taken: dict[str, int] = {}
    for column in wanted:
        if column.priority <= FIRST:
            _take(taken, column, _least(column), width)
    _grow(taken, {key: _wish(known[key]) for key in taken}, width)
    for column in wanted:
        if column.key not in taken:
            least = _least(column)
            if _take(taken, column, _wish(column), width) or _take(taken, column, least, width):
                continue
    for pair in PAIRS:
        if any(key in taken for key in pair) and not all(key in taken for key in pair):
            for key in pair:
                taken.pop(key, None)
    _grow(taken, {key: known[key].width for key in taken}, width)
    free = [key for key in taken if not known[key].fixed]
    _grow(taken, {key: _with_unit(known[key]) for key in free}, width)
    _grow(taken, {key: most for key, most in MOST.items() if key in free}, width)
    return Layout(tuple((column, taken[key]) for key, column in known.items() if key in taken))


def _with_unit(column: Column) -> int:
    title = f"{column.title} {column.unit}"
    return max(column.width, len(title)) if column.unit not in SPOKEN else column.width


def _used(taken: dict[str, int]) -> int:
    return sum(taken.values()) + GAP * max(0, len(taken) - 1)


def _take(taken: dict[str, int], column: Column, size: int, width: int) -> bool:
    """Take a column if it fits; one of priority 0 is taken at whatever width is left."""
    left = width - _used(taken) - (GAP if taken else 0)
    if column.priority == 0:
        size = max(1, min(size, left))
    elif size > left:
        return False
    taken[column.key] = size
    return True


def _grow(taken: dict[str, int], to: dict[str, int], width: int) -> None:
    """Give the room that is left to columns up to their wishes, a cell at a time to each in turn."""
    left = width - _used(taken)
    while left > 0:
        hungry = [key for key, most in to.items() if taken[key] < most]
        if not hungry:
            return
        for key in hungry[:left]:
            taken[key] += 1
        left -= len(hungry[:left])
