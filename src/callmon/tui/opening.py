"""The page before there is anything to look at: drawn at once, while everything else is loaded."""

from __future__ import annotations

from textual.app import ComposeResult

from callmon.tui.screen import Page
from callmon.tui.widgets.header import Header
from callmon.tui.widgets.panel import Panel


class Opening(Page):
    """What stands where the calls will be."""

    NAME = "calls"

    def body(self) -> ComposeResult:
        """Yield the one line there is."""
        yield Panel(id="opening", focusable=False)

    def redraw(self, keys: bool = True) -> None:
        """Say that callmon is on its way; nothing here changes."""
        if self.is_current and self.is_mounted and self.app.is_running and self.query(Header):
            self.query_one(Header).show((self.NAME,), self.host.standing(), (), ((), ()))
            self.query_one(Panel).show([((("  connecting…"), "dim"),)])
