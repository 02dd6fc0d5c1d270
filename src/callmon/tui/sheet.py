"""Tables of anything that has facts: which facts fit, in which order, and the line of each row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from callmon.query.order import Directed, descends
from callmon.tui.line import Line, Span, fit, shorten

GAP = 1
"""Cells between columns."""

WIDEST = 40
"""A stretching column grows to so many cells."""

NAMED, ROOMY = 18, 78
"""What tells rows apart has so many cells where the table has so many: before other columns come, it is read."""


class Head(Protocol):
    """What of a column or a fact the layout needs."""

    @property
    def key(self) -> str:
        """What it is called in code."""
        ...

    @property
    def title(self) -> str:
        """What stands over it."""
        ...

    @property
    def width(self) -> int:
        """The least cells that it takes."""
        ...

    @property
    def priority(self) -> int:
        """0 for what is always there; the higher the sooner it goes."""
        ...

    @property
    def kind(self) -> str:
        """Text, number or grade: how it is drawn."""
        ...

    @property
    def unit(self) -> str:
        """The unit, '' for none."""
        ...

    @property
    def stretch(self) -> bool:
        """Whether it takes what is left."""
        ...

    @property
    def meaning(self) -> str:
        """One sentence."""
        ...

    @property
    def worst_first(self) -> bool:
        """Whether the usual order is from the greatest down."""
        ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns that fit a width with their cells, in the order of display."""

    columns: tuple[tuple[Head, int], ...]

    def titles(self, sort: str, reverse: bool) -> Line:
        """Return the titles; the one that is sorted by has a mark that says which way its rows go."""
        spans: list[Span] = [(" ", "title")]
        for number, (head, width) in enumerate(self.columns):
            title, role = head.title, "title"
            long = f"{title} {head.unit}"
            if head.unit and head.unit not in ("s", "bit/s") and len(long) <= width:
                title = long
            if head.key == sort:
                title, role = head.title[: width - 1] + arrow(head, reverse), "accent"
            gap = " " * GAP if number else ""
            spans.append((gap + fit(title, width, ">" if head.kind == "number" else "<"), role))
        return tuple(spans)

    def line(self, cell: Callable[[Head], Span]) -> Line:
        """Return a row, given the text and role of each of its cells."""
        spans: list[Span] = []
        for number, (head, width) in enumerate(self.columns):
            text, role = cell(head)
            if head.priority == 0 and head.stretch:
                text = shorten(text, width)
            text = fit(text, width, ">" if head.kind == "number" else "<")
            spans.append(((" " * GAP if number else "") + text, role))
        return tuple(spans)


def lay_out(width: int, heads: Mapping[str, Head], sort: str = "") -> Sheet:
    """Return what fits a width: what is sorted by always, then by priority; what is left goes to what stretches."""
    taken: dict[str, int] = {}
    ranked = sorted(heads.values(), key=lambda head: (head.priority > 0, head.key != sort, head.priority))
    for head in ranked:
        left = width - sum(taken.values()) - GAP * len(taken)
        named = head.stretch and head.priority == 0 and width >= ROOMY
        least = max(head.width, NAMED) if named else head.width
        if least <= left:
            taken[head.key] = least
        elif head.priority == 0 and left > 0:
            taken[head.key] = left
    left = width - sum(taken.values()) - GAP * max(0, len(taken) - 1)
    hungry = [key for key in taken if heads[key].stretch]
    while left > 0 and (hungry := [key for key in hungry if taken[key] < WIDEST]):
        for key in hungry[:left]:
            taken[key] += 1
        left -= len(hungry[:left])
    return Sheet(tuple((head, taken[key]) for key, head in heads.items() if key in taken))


def arrow(by: Directed, reverse: bool) -> str:
    """Return the sign of the way in which rows go: ``▾`` from the greatest down, of grades the worst first."""
    return "▾" if descends(by, reverse) else "▴"


def ordered_by(head: Head, reverse: bool) -> Line:
    """Return in words by what rows are sorted, and which way."""
    down = descends(head, reverse)
    if head.kind == "grade":
        return ((f"worst {'first' if down else 'last'}", "strong"),)
    way = "descending" if down else "ascending"
    return (("sorted by ", "dim"), (f"{head.title} {arrow(head, reverse)}", "strong"), (f" {way}", "dim"))


@dataclass(frozen=True, slots=True)
class SheetRows:
    """Rows of a sheet; see ``table.Rows``. ``lines`` writes a row when it is on screen, ``stamps`` says if anew."""

    ids: Sequence[str]
    lines: Callable[[str], Line]
    stamps: Callable[[str], Hashable]
    marks: frozenset[str] = frozenset()

    def stamp(self, id: str) -> Hashable:
        """Return what the look of a row depends on."""
        return self.stamps(id)

    def line(self, id: str, width: int) -> Line:
        """Return a row."""
        return self.lines(id)

    def marked(self, id: str) -> bool:
        """Return whether a row is marked."""
        return id in self.marks
