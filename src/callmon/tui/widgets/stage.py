"""What a page scrolls as a whole: charts and panels below one another."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.containers import ScrollableContainer

from callmon.tui import keys


class Stage(ScrollableContainer, inherit_bindings=False, can_focus=True):
    """A container that scrolls by the same keys as a panel."""

    ALLOW_MAXIMIZE = True
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "move.up", "move.down", "move.page_up", "move.page_down", "move.first", "move.last"
    )

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
