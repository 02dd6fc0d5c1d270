"""A titled pane of lines that scrolls; one widget however much it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from callmon.tui import keys
from callmon.tui.line import Line, Span, cells, plain, strip, wrap
from callmon.tui.theme import palette_of

LOW = 18
"""On screens with fewer lines than this a title says which lines are in sight: the scrollbar is too short for it."""


class Panel(ScrollView, can_focus=True):
    """Lines under a title; only what differs from the lines before is drawn again.

    ``wrapped`` breaks long lines at spaces (continued ones indented by ``indent``), else they are cut.
    Without a ``title`` there is no title line; one that is not ``focusable`` is passed over by ``tab``.
    """

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "move.up", "move.down", "move.page_up", "move.page_down", "move.first", "move.last"
    )

    def __init__(
        self,
        title: str = "",
        *,
        id: str | None = None,
        classes: str | None = None,
        wrapped: bool = False,
        indent: int = 0,
        focusable: bool = True,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.can_focus = focusable
        self._title: Line = ((title, "title"),) if title else ()
        self._wrapped = wrapped
        self._indent = indent
        self._lines: tuple[Line, ...] = ()
        self._laid: list[Line] = []
        self._width = 0
        self._told = ""

    @property
    def _cells(self) -> int:
        """How many cells a line has, without the scrollbar."""
        return self.scrollable_content_region.width

    @property
    def text(self) -> str:
        """The lines as plain text, unwrapped, for copying and for tests."""
        return "\n".join(plain(line) for line in self._lines)

    def show(self, lines: Sequence[Line], title: Line | None = None) -> None:
        """Show these lines; a title, if given, replaces the one before."""
        if title is not None and title != self._title:
            self._title = title
            self.refresh(Region(0, 0, self._cells, 1))
        fresh = tuple(lines)
        if fresh == self._lines and self._width == self._cells:
            return
        self._lines = fresh
        self._lay()

    def _lay(self) -> None:
        """Break the lines for the width there is, and draw those that changed."""
        before, self._width = self._laid, self._cells
        self._laid = self._broken(self._cells)
        head = 1 if self._title else 0
        size = Size(self._cells, len(self._laid) + head)
        if size != self.virtual_size:
            grown = size.height != self.virtual_size.height
            self.virtual_size = size
            if grown and self.styles.height is not None and self.styles.height.is_auto:
                self.refresh(layout=True)
                return
        top = self.scroll_offset.y
        shown = range(top, top + max(0, self.size.height - head))
        changed = [y for y in shown if self._at(before, y) != self._at(self._laid, y)]
        if self._title and self.in_sight != self._told:
            self.refresh(Region(0, 0, self._cells, 1))
        if changed:
            self.refresh(*(Region(0, y - top + head, self._cells, 1) for y in changed))

    def _broken(self, width: int) -> list[Line]:
        if width <= 0 or not self._wrapped:
            return list(self._lines)
        return [part for line in self._lines for part in wrap(line, width, self._indent)]

    @staticmethod
    def _at(lines: list[Line], y: int) -> Line | None:
        return lines[y] if y < len(lines) else None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines there are at a width, with the title."""
        return len(self._broken(width)) + (1 if self._title else 0)

    def on_resize(self) -> None:
        """Break the lines anew."""
        if self._cells != self._width:
            self._lay()
            self.refresh()

    def on_focus(self) -> None:
        """Show by the title that the keys go here."""
        self.refresh(Region(0, 0, self._cells, 1))

    def on_blur(self) -> None:
        """Show by the title that the keys go elsewhere."""
        self.refresh(Region(0, 0, self._cells, 1))

    def render_line(self, y: int) -> Strip:
        """Return one line of cells; the title does not scroll."""
        width = self._cells
        palette = palette_of(self.app)
        if self._title:
            if y == 0:
                return strip(self._title_line(width), palette, width)
            y -= 1
        y += self.scroll_offset.y
        return strip(self._laid[y] if y < len(self._laid) else (), palette, width)

    @property
    def in_sight(self) -> str:
        """Which lines are in sight, such as ``12–20 of 87``, where not all are and the screen is low, else ''."""
        count, high = len(self._laid), self.size.height - (1 if self._title else 0)
        if self.app.size.height >= LOW or count <= high or high < 1:
            return ""
        top = self.scroll_offset.y
        return f"{top + 1}–{min(count, top + high)} of {count}"

    def _title_line(self, width: int) -> Line:
        """Return the title with a rule after it; a mark shows where the keys go."""
        (name, _), *rest = self._title
        role = "accent" if self.has_focus else "faint"
        mark = "▸ " if self.has_focus else "─ "
        title: Line = ((mark, role), (name, "title"), *rest, (" ", "text"))
        self._told = self.in_sight
        end: tuple[Span, ...] = ((f" {self._told}", "dim"),) if self._told else ()
        if (room := width - cells(title) - cells(end)) < 0:
            end, room = (), width - cells(title)
        return (*title, ("─" * max(0, room), role), *end)

    def action_move(self, lines: int) -> None:
        """Scroll by some lines."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by some pages."""
        step = max(1, self.size.height - 2)
        self.scroll_to(y=self.scroll_offset.y + pages * step, animate=False)

    def action_edge(self, end: int) -> None:
        """Scroll to the first (0) or last (1) line."""
        self.scroll_to(y=self.max_scroll_y if end else 0, animate=False)
