"""Charts in rows and columns on one time axis, each drawn only when it has news, under one cursor line."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from callmon.tui import keys
from callmon.tui.line import Line, Span, clip, strip
from callmon.tui.theme import palette_of
from callmon.tui.widgets.plot import GUTTER

GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A chart: ``title(width)`` and, made anew only when the key is another, its body of ``make(width, height)``."""

    key: Hashable
    title: Callable[[int], Line]
    make: Callable[[int, int], Sequence[Line]]


@dataclass(slots=True)
class _Slot:
    """What stands at one place: its lines, and the strips of those that were on the screen."""

    key: Hashable = None
    title: Line = ()
    body: list[Line] = field(default_factory=list)
    strips: dict[int, tuple[str, Strip]] = field(default_factory=dict)


def shares(width: int, columns: int) -> int:
    """Return how wide each of some columns is; all are equal, so that a moment has one place in all of them."""
    return max(GUTTER + 2, (width - GAP * (columns - 1)) // max(1, columns))


def crossed(line: Line, cell: int, bar: str) -> Line:
    """Return a line with the cursor in one cell: a bar where there is nothing, else what is there, stronger."""
    found: list[Span] = []
    left = cell
    for text, role in line:
        if 0 <= left < len(text):
            char = text[left]
            found += [
                (text[:left], role),
                (bar if char in BLANK else char, "strong"),
                (text[left + 1 :], role),
            ]
        else:
            found.append((text, role))
        left -= len(text)
    return tuple(span for span in found if span[0])


BLANK = " ⠀─-╌"
"""What the cursor may hide."""


class Grid(ScrollView, inherit_bindings=False, can_focus=True):
    """Tiles of equal size, row by row; only what differs from what is on the screen is drawn again.

    ``made`` counts the bodies that were drawn, so that a test can say what a change costs.
    """

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "move.up", "move.down", "move.page_up", "move.page_down"
    )

    class Resized(Message):
        """There is another room for the charts."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.made = 0
        self._rows: list[list[Tile]] = []
        self._slots: dict[tuple[int, int], _Slot] = {}
        self._across = 1
        self._high = 4
        self._cell: int | None = None
        self._bar = "│"
        self._shape: Hashable = None

    @property
    def cells(self) -> int:
        """How many cells a line has, without the scrollbar."""
        return self.scrollable_content_region.width

    def show(self, rows: Sequence[Sequence[Tile]], high: int, cell: int | None, bar: str = "│") -> None:
        """Show rows of tiles, each ``high`` lines high, with the cursor in a cell of their time axis."""
        self._rows = [list(row) for row in rows]
        across = max((len(row) for row in rows), default=1)
        shape = (across, high, self.cells, len(rows))
        moved, self._cell, self._bar = self._cell != cell, cell, bar
        if shape != self._shape:
            self._shape, self._across, self._high = shape, across, high
            self._slots.clear()
            self.virtual_size = Size(self.cells, len(rows) * high)
            self.refresh()
            return
        dirty: set[int] = set()
        sight = self._in_sight()
        self._slots = {place: slot for place, slot in self._slots.items() if place in sight}
        for place in sight:
            dirty.update(place[0] * high + line for line in self._renew(place, moved))
        top = self.scroll_offset.y
        shown = [Region(0, y - top, self.cells, 1) for y in dirty if 0 <= y - top < self.size.height]
        if shown:
            self.refresh(*shown)

    def _in_sight(self) -> list[tuple[int, int]]:
        top = self.scroll_offset.y
        first, last = top // self._high, -(-(top + self.size.height) // self._high)
        return [
            (row, column)
            for row in range(first, min(last, len(self._rows)))
            for column in range(len(self._rows[row]))
        ]

    def _renew(self, place: tuple[int, int], moved: bool) -> list[int]:
        """Bring one place up to date; return the lines of it that look different now."""
        slot = self._slots.get(place)
        if slot is None:
            return list(range(self._high))
        tile, width = self._rows[place[0]][place[1]], shares(self.cells, self._across)
        changed = set()
        title = tile.title(width)
        if title != slot.title:
            slot.title = title
            changed.add(0)
        if tile.key != slot.key:
            before, slot.body = slot.body, self._body(tile, width)
            slot.key = tile.key
            changed.update(n + 1 for n, line in enumerate(slot.body) if n >= len(before) or line != before[n])
        if moved:
            changed.update(range(1, self._high))
        for line in changed:
            slot.strips.pop(line, None)
        return list(changed)

    def _body(self, tile: Tile, width: int) -> list[Line]:
        self.made += 1
        return list(tile.make(width, self._high - 1))

    def _slot(self, place: tuple[int, int]) -> _Slot:
        slot = self._slots.get(place)
        if slot is None:
            tile, width = self._rows[place[0]][place[1]], shares(self.cells, self._across)
            slot = self._slots[place] = _Slot(tile.key, tile.title(width), self._body(tile, width))
        return slot

    def _strip(self, place: tuple[int, int], line: int) -> Strip:
        slot, palette = self._slot(place), palette_of(self.app)
        theme, found = slot.strips.get(line, ("", None))
        if found is None or theme != palette.name:
            text: Line = slot.title if line == 0 else slot.body[line - 1] if line <= len(slot.body) else ()
            if line and self._cell is not None:
                text = crossed(text, GUTTER + 1 + self._cell, self._bar)
            width = shares(self.cells, self._across)
            found = strip(clip(text, width), palette, width)
            slot.strips[line] = palette.name, found
        return found

    def render_line(self, y: int) -> Strip:
        """Return one line of cells."""
        width, row = self.cells, (y + self.scroll_offset.y) // self._high
        blank = palette_of(self.app).style("text")
        if row >= len(self._rows):
            return Strip.blank(width, blank)
        line = (y + self.scroll_offset.y) % self._high
        parts: list[Strip] = []
        for column in range(len(self._rows[row])):
            if column:
                parts.append(Strip.blank(GAP, blank))
            parts.append(self._strip((row, column), line))
        used = sum(part.cell_length for part in parts)
        if used < width:
            parts.append(Strip.blank(width - used, blank))
        return Strip.join(parts).crop(0, width)

    def on_resize(self) -> None:
        """Lay all out anew."""
        self._shape = None
        self._slots.clear()
        self.post_message(self.Resized())

    def action_move(self, lines: int) -> None:
        """Scroll by some lines."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by some pages."""
        step = max(1, self.size.height - self._high)
        self.scroll_to(y=self.scroll_offset.y + pages * step, animate=False)
