"""Panes in columns with one cursor over all that is in them; only lines that changed are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from callmon.tui import keys
from callmon.tui.line import strip
from callmon.tui.panes import GUTTER, Pane, Row
from callmon.tui.theme import palette_of

BETWEEN = 2
"""Cells between columns."""

EMPTY: Row = ((), "page")


class Panes(ScrollView, can_focus=True):
    """Panes one after another, each put where there is most room; the cursor stays on what it is on by name.

    ``built`` counts how often the panes were laid out, so that a test can say how many a change costs.
    """

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "move.up", "move.down", "move.left", "move.right", "move.page_up", "move.page_down", "move.first",
        "move.last",
    )  # fmt: skip

    class Chosen(Message):
        """A place was clicked that the cursor is on already."""

    class Moved(Message):
        """The cursor went to another place."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.built = 0
        self.at: tuple[str, str] = ("", "")
        self._panes: tuple[Pane, ...] = ()
        self._stacks: list[list[tuple[Pane, int]]] = []
        self._rows: list[list[Row]] = []
        self._place = 0

    @property
    def width(self) -> int:
        """How many cells a line has, without the scrollbar."""
        return self.scrollable_content_region.width or self.app.size.width - 2

    def column_width(self, columns: int) -> int:
        """Return how wide each of so many columns is."""
        return (self.width - BETWEEN * (columns - 1)) // max(1, columns)

    def show(self, panes: Sequence[Pane], columns: int) -> None:
        """Show these panes in so many columns."""
        self._panes = tuple(panes)
        self._stacks = _stacked(self._panes, columns)
        self._lay()

    def _lay(self) -> None:
        """Write the panes out, keep the cursor where it was, and draw the lines that differ."""
        self.built += 1
        self._find()
        before = self._rows
        width = self.column_width(len(self._stacks))
        chosen = self.chosen
        self._rows = []
        for stack in self._stacks:
            rows: list[Row] = []
            for pane, _ in stack:
                here = chosen[1] if chosen is not None and chosen[0] is pane else None
                rows += [*pane.rows(width, here), EMPTY]
            self._rows.append(rows[:-1])
        size = Size(self.width, max((len(rows) for rows in self._rows), default=0))
        if size != self.virtual_size:
            self.virtual_size = size
        self._draw_changed(before)

    def _draw_changed(self, before: list[list[Row]]) -> None:
        if len(before) != len(self._rows):
            self.refresh()
            return
        top = self.scroll_offset.y
        changed = [
            y
            for y in range(top, top + self.size.height)
            if any(_at(old, y) != _at(new, y) for old, new in zip(before, self._rows, strict=True))
        ]
        if changed:
            self.refresh(*(Region(0, y - top, self.size.width, 1) for y in changed))

    @property
    def chosen(self) -> tuple[Pane, int] | None:
        """The pane that the cursor is in, and the place in it; None where there is none."""
        pane = next((pane for pane in self._panes if pane.key == self.at[0]), None)
        return (pane, min(self._place, len(pane.names) - 1)) if pane is not None and pane.names else None

    def _find(self) -> None:
        """Put the cursor where what it was on is now; if that is gone, as near as can be."""
        pane = next((pane for pane in self._panes if pane.key == self.at[0] and pane.names), None)
        if pane is None:
            pane = next((pane for pane in self._panes if pane.names), None)
            if pane is None:
                return
            self._place = len(pane.names) - 1 if pane.across else 0
        elif self.at[1] in pane.names:
            self._place = list(pane.names).index(self.at[1])
        elif pane.across:  # other stretches of time, as after another width: the newest is what one looks at
            self._place = len(pane.names) - 1
        self._place = max(0, min(self._place, len(pane.names) - 1))
        self.at = (pane.key, pane.names[self._place])

    def go(self, key: str, place: int) -> None:
        """Put the cursor on a place of a pane, and bring it into sight."""
        pane = next((pane for pane in self._panes if pane.key == key), None)
        if pane is None or not pane.names:
            return
        self._place = max(0, min(place, len(pane.names) - 1))
        self.at = (key, pane.names[self._place])
        self._lay()
        top = next(top for stack in self._stacks for one, top in stack if one is pane)
        line = top + pane.place(self._place)
        head, foot = (top, top + pane.height) if pane.height <= self.size.height else (line - 1, line + 2)
        offset = self.scroll_offset.y
        if head < offset:
            self.scroll_to(y=head, animate=False)
        elif foot > offset + self.size.height:
            self.scroll_to(y=foot - self.size.height, animate=False)
        self.post_message(self.Moved())

    def _where(self) -> tuple[int, int] | None:
        """Return the column of the pane that the cursor is in, and its number in it."""
        for column, stack in enumerate(self._stacks):
            for number, (pane, _) in enumerate(stack):
                if pane.key == self.at[0]:
                    return column, number
        return None

    def action_move(self, step: int) -> None:
        """Go to the next place down (1) or up (-1), in the next pane of the column where this one ends."""
        where, chosen = self._where(), self.chosen
        if where is None or chosen is None:
            return
        pane, place = chosen
        if not pane.across and 0 <= place + step < len(pane.names):
            self.go(pane.key, place + step)
            return
        column, number = where
        stack = [one for one, _ in self._stacks[column]]
        rest = stack[number + 1 :] if step > 0 else stack[:number][::-1]
        other = next((one for one in rest if one.names), None)
        if other is not None:
            self.go(other.key, self._entry(pane, place, other, step))

    @staticmethod
    def _entry(pane: Pane, place: int, other: Pane, step: int) -> int:
        """Return where the cursor comes in: between charts of time at the same time."""
        if other.across:
            return place if pane.across else len(other.names) - 1
        return 0 if step > 0 else len(other.names) - 1

    def action_step(self, step: int) -> None:
        """Go to the next stretch of time, or to the pane in the next column that stands nearest."""
        where, chosen = self._where(), self.chosen
        if where is None or chosen is None:
            return
        pane, place = chosen
        if pane.across and 0 <= place + step < len(pane.names):
            self.go(pane.key, place + step)
            return
        column = where[0] + step
        if not 0 <= column < len(self._stacks):
            return
        line = next(top for stack in self._stacks for one, top in stack if one is pane) + pane.place(place)
        near = [(abs(top + one.place(n) - line), one.key, n) for one, top in self._stacks[column]
                for n in ([len(one.names) - 1 if step < 0 else 0] if one.across else range(len(one.names)))
                if one.names]  # fmt: skip
        if near:
            _, key, found = min(near)
            self.go(key, found)

    def action_page(self, pages: int) -> None:
        """Go to the next pane that has anything in it."""
        self.leap(pages)

    def leap(self, step: int) -> None:
        """Go to the next (1) or previous (-1) pane, in the order in which they are given."""
        known = [pane for pane in self._panes if pane.names]
        keys_ = [pane.key for pane in known]
        if self.at[0] in keys_:
            pane = known[(keys_.index(self.at[0]) + step) % len(known)]
            self.go(pane.key, len(pane.names) - 1 if pane.across else 0)

    def action_edge(self, end: int) -> None:
        """Go to the first (0) or last (1) pane."""
        known = [pane for pane in self._panes if pane.names]
        if known:
            pane = known[-1 if end else 0]
            self.go(pane.key, len(pane.names) - 1 if end or pane.across else 0)

    def on_resize(self) -> None:
        """Lay the panes out anew."""
        self._lay()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on what was clicked; a second click chooses it."""
        width = self.column_width(len(self._stacks)) + BETWEEN
        column, y = event.x // max(1, width), event.y + self.scroll_offset.y
        for pane, top in self._stacks[column] if column < len(self._stacks) else ():
            if top <= y < top + pane.height and pane.names:
                before = self.at
                inner = event.x - column * width - GUTTER if pane.across else y - top - pane.place(0)
                if pane.across or 0 <= inner < len(pane.names):
                    self.go(pane.key, inner)
                    if self.at == before:
                        self.post_message(self.Chosen())

    def render_line(self, y: int) -> Strip:
        """Return one line of cells: that of each column."""
        palette, width = palette_of(self.app), self.size.width
        y += self.scroll_offset.y
        size = self.column_width(len(self._stacks))
        parts: list[Strip] = []
        for column, rows in enumerate(self._rows):
            if column:
                parts.append(strip((), palette, BETWEEN))
            line, ground = _at(rows, y)
            parts.append(strip(line, palette, size, ground))
        joined = Strip.join(parts)
        return joined.adjust_cell_length(width, palette.style("text"))


def _at(rows: list[Row], y: int) -> Row:
    return rows[y] if y < len(rows) else EMPTY


def _stacked(panes: Sequence[Pane], columns: int) -> list[list[tuple[Pane, int]]]:
    """Return the panes in columns, each with its first line: the next pane goes where there is most room."""
    stacks: list[list[tuple[Pane, int]]] = [[] for _ in range(max(1, columns))]
    heights = [0] * len(stacks)
    for pane in panes:
        column = heights.index(min(heights))
        stacks[column].append((pane, heights[column]))
        heights[column] += pane.height + 1
    return stacks
