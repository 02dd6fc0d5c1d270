"""From figures to the calls behind them, and what pages leave for when they are opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.app import App

from callmon.tui.screen import Page

if TYPE_CHECKING:
    from callmon.tui.screen import Host


class Leading:
    """The part of the app that leads from one page to another; ``begins_with`` is the page to open over the first."""

    begins_with: str = ""
    _kept: dict[str, Any] | None = None

    @property
    def kept(self) -> dict[str, Any]:
        """What pages leave for when they are opened again, by their names."""
        if self._kept is None:
            self._kept = {}
        return self._kept

    def filter_calls(self, text: str) -> None:
        """Show the calls that a filter passes, on the first page."""
        app = cast("App[str]", self)
        while isinstance(app.screen, Page) and len(app.screen_stack) > 1 and not app.screen.FILTERS:
            below = app.screen_stack[-2]
            if not isinstance(below, Page):
                break
            app.pop_screen()
        if isinstance(app.screen, Page):
            app.screen.filter_by(text)

    def begin_with(self) -> None:
        """Open the page that was asked for at the start."""
        if self.begins_with:
            cast("Host", self).show(self.begins_with)
