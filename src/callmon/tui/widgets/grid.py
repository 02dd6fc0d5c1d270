"""Charts in rows and columns on one time axis, each drawn only when it has news, under one cursor line."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.color import Color
from textual.containers import Horizontal, ScrollableContainer
from textual.filter import LineFilter
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from callmon.tui import keys
from callmon.tui.compositor import Narrow
from callmon.tui.line import Line, Span, strip
from callmon.tui.theme import Palette, palette_of
from callmon.tui.widgets.plot import GUTTER

GAP = 2
"""Cells between two columns."""

SLICE_S, REST_S = 0.006, 0.02
"""So long bodies are drawn at a time, and then not: a key goes through several turns of the loop."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A chart: ``title(width)`` and, made anew only when the key is another, its body of ``make(width, height)``."""

    key: Hashable
    title: Callable[[int], Line]
    make: Callable[[int, int], Sequence[Line]]


@dataclass(slots=True)
class _Slot:
    """What stands at one place: its lines, and those that were on the screen as cells, without the cursor line."""

    key: Hashable = None
    title: Line = ()
    body: list[Line] = field(default_factory=list)
    strips: dict[int, Strip] = field(default_factory=dict)

    def line(self, number: int) -> Line:
        """Return the title (0) or a line of the body; an empty one below it."""
        if number == 0:
            return self.title
        return self.body[number - 1] if number <= len(self.body) else ()


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


def portion(line: Line, start: int, stop: int) -> Line:
    """Return some cells of a line of characters that take one cell each."""
    found: list[Span] = []
    left = 0
    for text, role in line:
        right = left + len(text)
        if right > start:
            found.append((text[max(0, start - left) : stop - left], role))
            if right >= stop:
                break
        left = right
    return tuple(found)


def differing(one: Line, other: Line, width: int) -> tuple[int, int]:
    """Return from which cell to which two lines differ; both are of characters that take one cell each."""
    pairs = [list(_cells(line)) for line in (one, other)]
    places = [n for n, (left, right) in enumerate(zip_longest(*pairs)) if left != right]
    return (places[0], places[-1] + 1) if places else (0, width)


def _cells(line: Line) -> Iterator[Span]:
    for text, role in line:
        for char in text:
            yield char, role


BLANK = " ⠀─-╌"
"""What the cursor may hide."""


FEW = 3
"""Of lines that are so many times as wide it is cheaper to make cells anew than to cut them out."""


class Inks:
    """The styles of roles as the terminal is given them, looked up once instead of once for each cell."""

    def __init__(self, palette: Palette, filters: Sequence[LineFilter], background: Color) -> None:
        """Take what every line of a widget on a background goes through."""
        self.palette = palette
        self._filters = filters
        self._background = background
        self._styles: dict[str, Style | None] = {}

    def strip(self, line: Line, width: int) -> Strip:
        """Return a line of any text as cells."""
        return self._filtered(strip(line, self.palette, width))

    def narrow(self, line: Line, width: int) -> Strip:
        """Return a line of signs that take one cell each, as a chart is, as cells: at a small part of the cost."""
        if sum(len(text) for text, _ in line) != width:
            return self.strip(line, width)
        return Strip([Segment(text, self._style(role)) for text, role in line], width)

    def _style(self, role: str) -> Style | None:
        if role not in self._styles:
            sample = Strip([Segment(" ", self.palette.style(role))], 1)
            self._styles[role] = next(iter(self._filtered(sample))).style
        return self._styles[role]

    def _filtered(self, found: Strip) -> Strip:
        for one in self._filters:
            found = found.apply_filter(one, self._background)
        return found


class Column(Narrow, Widget):
    """The tiles of one column, below one another.

    It is a widget of its own because a terminal is written to from the beginning of a widget's line up to what
    changed there. ``made`` counts the bodies that were drawn.
    """

    DEFAULT_CSS = "Column { width: 1; height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        self._tiles: list[Tile] = []
        self._slots: dict[int, _Slot] = {}
        self._wide = 1
        self._high = 4
        self._cell: int | None = None
        self._bar = "│"
        self._inks: Inks | None = None

    def show(
        self, tiles: Sequence[Tile], wide: int, high: int, cell: int | None, bar: str, sight: range
    ) -> None:
        """Show tiles of a size, with the cursor in a cell; ``sight`` are the lines that are on the screen."""
        before, self._cell, self._bar = self._cell, cell, bar
        if (wide, high) != (self._wide, self._high) or len(tiles) != len(self._tiles):
            self._slots.clear()
            self._wide, self._high, self._tiles = wide, high, list(tiles)
            self.refresh()
            return
        self._tiles = list(tiles)
        seen = range(sight.start // high, min(len(tiles), -(-sight.stop // high)))
        self._slots = {place: slot for place, slot in self._slots.items() if place in seen}
        changed = [region for place in seen for region in self._renew(place, before, cell)]
        if changed:
            self.refresh(*changed)

    def _renew(self, place: int, before: int | None, cell: int | None) -> list[Region]:
        """Bring the title of one place up to date; return what looks different now.

        The cursor line was ``before``, and is in ``cell`` now.
        """
        slot, width, top = self._slots.get(place), self._wide, place * self._high
        if slot is None:
            return [Region(0, top, width, self._high)]
        found = []
        title = self._tiles[place].title(width)
        if title != slot.title:
            start, end = differing(slot.title, title, width)
            found.append(Region(start, top, end - start, 1))
            slot.title = title
            slot.strips.pop(0, None)
        if before != cell:
            columns = [GUTTER + 1 + one for one in (before, cell) if one is not None]
            start = min(columns)
            found.append(Region(start, top + 1, max(columns) + 1 - start, self._high - 1))
        return found

    @property
    def stale(self) -> list[int]:
        """The places on the screen whose bodies are to be drawn anew."""
        return [place for place, slot in self._slots.items() if slot.key != self._tiles[place].key]

    def remake(self, place: int) -> None:
        """Draw the body of a place anew."""
        slot, tile = self._slots[place], self._tiles[place]
        old, slot.body, slot.key = slot.body, self._body(tile), tile.key
        changed = []
        for line, (was, now) in enumerate(zip_longest(old, slot.body, fillvalue=()), 1):
            if was != now:
                start, end = differing(was, now, self._wide)
                changed.append(Region(start, place * self._high + line, end - start, 1))
                slot.strips.pop(line, None)
        if changed:
            self.refresh(*changed)

    def _body(self, tile: Tile) -> list[Line]:
        self.made += 1
        return list(tile.make(self._wide, self._high - 1))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return lines of cells: straight away, since there is no border, no padding and no link to look after."""
        inks = self._take_inks()
        few = crop.width * FEW <= self._wide
        return [self._part(inks, y, crop.x, crop.right, few) for y in crop.line_range]

    def notify_style_update(self) -> None:
        """Look the styles up anew."""
        super().notify_style_update()
        self._inks = None

    def _take_inks(self) -> Inks:
        """Return the styles of now; what was drawn in others is forgotten."""
        palette = palette_of(self.app)
        if self._inks is None or self._inks.palette is not palette:
            self._inks = Inks(palette, self.get_line_filters(), self.background_colors[1])
            for slot in self._slots.values():
                slot.strips.clear()
        return self._inks

    def _part(self, inks: Inks, y: int, start: int, stop: int, few: bool) -> Strip:
        """Return some cells of a line; ``few`` are made anew, rather than cut from all."""
        place, line = divmod(y, self._high)
        if place >= len(self._tiles):
            return inks.strip((), stop - start)
        slot = self._slot(place)
        at = GUTTER + 1 + self._cell if line and self._cell is not None else -1
        if few and line:
            part = portion(slot.line(line), start, stop)
            return inks.narrow(
                crossed(part, at - start, self._bar) if start <= at < stop else part, stop - start
            )
        found = slot.strips.get(line)
        if found is None:
            text = slot.line(line)
            found = slot.strips[line] = (inks.narrow if line else inks.strip)(text, self._wide)
        if not start <= at < stop:
            return found if (start, stop) == (0, self._wide) else found.crop(start, stop)
        under = inks.narrow(crossed(portion(slot.line(line), at, at + 1), 0, self._bar), 1)
        return Strip.join((found.crop(start, at), under, found.crop(at + 1, stop)))

    def _slot(self, place: int) -> _Slot:
        """Return what stands at a place, drawn if it was not on the screen before."""
        slot = self._slots.get(place)
        if slot is None:
            tile = self._tiles[place]
            slot = self._slots[place] = _Slot(tile.key, tile.title(self._wide), self._body(tile))
        return slot


class Grid(ScrollableContainer, inherit_bindings=False, can_focus=True):
    """Tiles of equal size in rows; at most ``columns`` stand beside each other. ``clock`` is a steady one."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "move.up", "move.down", "move.page_up", "move.page_down"
    )
    DEFAULT_CSS = """
    Grid Horizontal { height: auto; width: 100%; }
    Grid Column { margin: 0 2 0 0; display: none; }
    """

    class Resized(Message):
        """There is another room for the charts."""

    def __init__(self, columns: int, clock: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._columns = [Column() for _ in range(columns)]
        self._high = 4
        self._due = False

    @property
    def made(self) -> int:
        """How many bodies were drawn so far."""
        return sum(column.made for column in self._columns)

    def compose(self) -> ComposeResult:
        """Yield the columns."""
        with Horizontal():
            yield from self._columns

    def show(
        self, rows: Sequence[Sequence[Tile]], width: int, high: int, cell: int | None, bar: str = "│"
    ) -> None:
        """Show rows of tiles in ``width`` cells, each ``high`` lines high, with the cursor in a cell of their axis.

        ``bar`` is the sign of the cursor line.
        """
        self._high = high
        across = max((len(row) for row in rows), default=1)
        wide = shares(width, across)
        sight = range(self.scroll_offset.y, self.scroll_offset.y + self.size.height)
        for number, column in enumerate(self._columns):
            tiles = [row[number] for row in rows if number < len(row)]
            if column.display != bool(tiles):
                column.display = bool(tiles)
            if tiles:
                column.styles.width, column.styles.height = wide, len(tiles) * high
                column.show(tiles, wide, high, cell, bar, sight)
        if not self._due:
            self._remake()

    def _remake(self) -> None:
        """Draw bodies anew, a few at a time: keys come between. What is not on the screen waits until it is."""
        self._due, began = False, self._clock()
        if not self.display or not self.screen.is_current:
            return
        late = [(column, place) for column in self._columns if column.display for place in column.stale]
        for number, (column, place) in enumerate(late):
            if number and self._clock() - began > SLICE_S:
                self._due = True
                self.set_timer(REST_S, self._remake)
                return
            column.remake(place)

    def on_resize(self) -> None:
        """Say that there is another room."""
        self.post_message(self.Resized())

    def action_move(self, lines: int) -> None:
        """Scroll by some lines."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by some pages."""
        step = max(1, self.size.height - self._high)
        self.scroll_to(y=self.scroll_offset.y + pages * step, animate=False)
