"""A table of many rows of which only those on screen are ever built."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from callmon.tui import keys
from callmon.tui.line import Line, changes, strip
from callmon.tui.theme import palette_of

SCREENS_KEPT = 4
"""Strips are kept for so many screens of rows, whatever comes and goes."""


AROUND = 3
"""Lines that a page has above and below its table."""


CURSOR, MARK, BOTH = "▌", "▪", "▣"
"""What stands before the row that the cursor is on, before one that is marked, and before one that is both."""


class Rows(Protocol):
    """What a table shows; a row is asked for only while it is on screen."""

    @property
    def ids(self) -> Sequence[str]:
        """Who the rows are, in their order."""
        ...

    def stamp(self, id: str) -> Hashable:
        """Return what the look of a row depends on: as long as it is equal, the row is not drawn again."""
        ...

    def line(self, id: str, width: int) -> Line:
        """Return a row as a line of at most ``width`` cells."""
        ...

    def marked(self, id: str) -> bool:
        """Return whether a row is marked."""
        ...


@dataclass(frozen=True)
class NoRows:
    """A table before anything was shown in it."""

    ids: tuple[str, ...] = ()

    def stamp(self, id: str) -> Hashable:
        """Return nothing: there are no rows."""
        return None

    def line(self, id: str, width: int) -> Line:
        """Return an empty line."""
        return ()

    def marked(self, id: str) -> bool:
        """Return that nothing is marked."""
        return False


class Table(ScrollView, can_focus=True):
    """Rows under a line of titles, with a cursor that stays on its row when the order changes.

    With ``follows`` off it stays in its place instead, whoever comes there.
    ``built`` counts the strips that were made, so that a test can say how many a change costs.
    """

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "move.up", "move.down", "move.page_up", "move.page_down", "move.first", "move.last"
    )

    class Chosen(Message):
        """A row was clicked."""

    class Moved(Message):
        """The cursor went to another row."""

    class Resized(Message):
        """There is another width for the rows."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.built = 0
        self.touched = False
        self.follows = True
        self._rows: Rows = NoRows()
        self._titles: Line = ()
        self._cursor = 0
        self._cursor_id: str | None = None
        self._lost: str | None = None
        self._frame = (0, 0, "")
        self._decided: dict[int, tuple[Hashable, Strip]] = {}
        self._strips: OrderedDict[Hashable, Strip] = OrderedDict()

    @property
    def chosen(self) -> str | None:
        """The id of the row that the cursor is on."""
        return self._cursor_id

    @property
    def width(self) -> int:
        """How many cells a row has, without the scrollbar."""
        return self.scrollable_content_region.width

    @property
    def row_width(self) -> int:
        """How many cells a row has beside a scrollbar; as many without one, so that columns stay where they are."""
        bar, width = self.styles.scrollbar_size_vertical, self.scrollable_content_region.width
        if not width:  # nothing is known of a table that was never on screen
            return self.app.size.width - bar
        return width - (0 if self.show_vertical_scrollbar else bar)

    @property
    def page_rows(self) -> int:
        """How many rows there is room for under the titles."""
        return max(0, self.size.height - 1)

    @property
    def in_sight(self) -> Sequence[str]:
        """Who the rows on the screen are."""
        first = self.scroll_offset.y
        return self._rows.ids[first : first + self.page_rows]

    def show(self, rows: Rows, titles: Line) -> None:
        """Show these rows; only what differs from what is on screen is drawn."""
        if titles != self._titles:
            self._titles = titles
            self.refresh(Region(0, 0, self.width, 1))
        self._rows = rows
        size = Size(self.width, len(rows.ids) + 1)
        if size != self.virtual_size:
            self._grow(size)
        self._keep_cursor()
        self._draw_changed()

    def _grow(self, size: Size) -> None:
        """Have room for more rows or fewer; where only the scrollbar's thumb changes, nothing else is drawn."""
        page, before = self.scrollable_content_region.size, self.virtual_size
        longer = min(size.height, before.height) > page.height + self.scroll_offset.y
        if longer and size.width == before.width and self.show_vertical_scrollbar:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)
        else:
            self.virtual_size = size

    def rename(self, names: Callable[[str], str]) -> None:
        """Keep the cursor on its row, which has another id when rows are shown next; draw all of them anew."""
        self._cursor_id = names(self._cursor_id) if self._cursor_id is not None else None
        self._lost = names(self._lost) if self._lost is not None else None
        self._rows = NoRows()
        self._decided.clear()
        self._strips.clear()

    def choose(self, id: str) -> None:
        """Put the cursor on a row, if it is there."""
        if id in self._rows.ids:
            self._go(list(self._rows.ids).index(id))

    def _keep_cursor(self) -> None:
        """Put the cursor where its row is now; until somebody has moved it, it stays on the first row.

        One whose row has gone comes back with it, unless it was moved meanwhile.
        """
        ids = self._rows.ids
        if self._lost is not None and self._lost in ids and self.follows:
            self._cursor_id, self._lost = self._lost, None
        elif self._lost is None and self.touched and self.follows and self._cursor_id not in ids:
            self._lost = self._cursor_id
        if not ids:
            self._cursor, self._cursor_id = 0, None
            return
        at = min(self._cursor, len(ids) - 1)
        if self.follows and self._cursor_id is not None and (at >= len(ids) or ids[at] != self._cursor_id):
            try:
                at = ids.index(self._cursor_id)
            except ValueError:
                self._cursor_id = None
        if not self.touched:
            at = 0
        line = max(0, min(self._cursor - self.scroll_offset.y, self.page_rows - 1))
        self._cursor, self._cursor_id = at, ids[at]
        if self.touched and not 0 <= at - self.scroll_offset.y < self.page_rows:
            self._scroll(at - line)

    def _scroll(self, top: int) -> None:
        self.scroll_to(y=max(0, min(top, len(self._rows.ids) - self.page_rows)), animate=False)

    def _look(self, y: int) -> Hashable:
        """Return what line ``y`` under the titles must look like: row, stamp and cursor; None for no row."""
        index = y + self.scroll_offset.y
        ids = self._rows.ids
        if index >= len(ids):
            return None
        ground = self._ground() if index == self._cursor else ""
        return ids[index], self._rows.stamp(ids[index]), ground, self._rows.marked(ids[index])

    def _ground(self) -> str:
        return "cursor" if self.has_focus else "quiet"

    def _draw_changed(self) -> None:
        """Decide anew how each line looks, and have drawn what differs."""
        self._settle()
        changed = [region for y in range(self.page_rows) for region in self._changed(y)]
        if changed:
            self.refresh(*changed)

    def _settle(self) -> None:
        """Forget what was decided about another place, width or theme: then everything is drawn."""
        frame = self.scroll_offset.y, self.width, palette_of(self.app).name
        if frame != self._frame:
            self._frame = frame
            self._decided.clear()

    def _changed(self, y: int) -> list[Region]:
        """Return the parts of a line under the titles that look different from what was decided before."""
        before = self._decided.get(y)
        look = self._look(y)
        if before is not None and before[0] == look:
            return []
        found = self._decide(y, look)
        if before is None:
            return [Region(0, y + 1, found.cell_length, 1)]
        return [Region(start, y + 1, end - start, 1) for start, end in changes(before[1], found)]

    def _decide(self, y: int, look: Hashable) -> Strip:
        """Return a line as it is from now on, whatever its row becomes before it is drawn."""
        found = self._line_of(look, self._frame[1])
        self._decided[y] = look, found
        return found

    def render_line(self, y: int) -> Strip:
        """Return one line of cells; the titles do not scroll."""
        self._settle()
        return self._line_at(y)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return lines of cells: straight away, since there is no border, no padding and no link to look after."""
        self._settle()
        found = [self._line_at(y) for y in crop.line_range]
        ground = self.background_colors[1]
        for one in self.get_line_filters():
            found = [line.apply_filter(one, ground) for line in found]
        return [line.crop(crop.x, crop.right) for line in found]

    def _line_at(self, y: int) -> Strip:
        if y == 0:
            return strip(self._titles, palette_of(self.app), self._frame[1])
        decided = self._decided.get(y - 1)
        return decided[1] if decided is not None else self._decide(y - 1, self._look(y - 1))

    def _line_of(self, look: Hashable, width: int) -> Strip:
        """Return the line of a look; lines of late are kept."""
        palette = palette_of(self.app)
        if not isinstance(look, tuple):
            return Strip.blank(width, palette.style("text"))
        key = (look, width, palette.name)
        found = self._strips.get(key)
        if found is None:
            found = self._strips[key] = self._build(look, width)
            while len(self._strips) > SCREENS_KEPT * max(1, self.size.height):
                self._strips.popitem(last=False)
        else:
            self._strips.move_to_end(key)
        return found

    def _build(self, look: tuple[str, Hashable, str, bool], width: int) -> Strip:
        self.built += 1
        id, _, ground, marked = look
        sign = (BOTH if marked else CURSOR) if ground else (MARK if marked else " ")
        mark = (sign, "accent")
        line = (mark, *self._rows.line(id, width - 1))
        return strip(line, palette_of(self.app), width, ground or "page")

    def _go(self, index: int) -> None:
        """Put the cursor on a row and bring it into sight."""
        ids = self._rows.ids
        if not ids:
            return
        index = max(0, min(len(ids) - 1, index))
        self.touched, self._lost = True, None
        moved, self._cursor, self._cursor_id = index != self._cursor, index, ids[index]
        top = self.scroll_offset.y
        if index < top:
            self.scroll_to(y=index, animate=False)
        elif index >= top + self.page_rows:
            self.scroll_to(y=index - self.page_rows + 1, animate=False)
        self._draw_changed()
        if moved:
            self.post_message(self.Moved())

    def on_resize(self) -> None:
        """Lay the rows out anew, with the cursor in sight."""
        self._decided.clear()
        self._keep_cursor()
        self.refresh()
        self.post_message(self.Resized())

    def on_hide(self, event: events.Hide) -> None:
        """Keep the keys where there are no rows for a while: they would go to whatever stands beside it."""
        event.prevent_default()

    def on_focus(self) -> None:
        """Show the cursor as the one that keys move."""
        self._draw_changed()

    def on_blur(self) -> None:
        """Show the cursor as one that keys do not move."""
        self._draw_changed()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row; a second click chooses it."""
        index = event.y - 1 + self.scroll_offset.y
        if event.y >= 1 and index < len(self._rows.ids):
            if index == self._cursor:
                self.post_message(self.Chosen())
            self._go(index)

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self._go(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by some pages."""
        self._go(self._cursor + pages * max(1, self.page_rows - 1))

    def action_edge(self, end: int) -> None:
        """Move the cursor to the first (0) or last (1) row."""
        self._go(len(self._rows.ids) if end else 0)
