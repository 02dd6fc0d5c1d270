"""Looking at another moment: the keys that freeze, go back and on, and return to now."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import App

from callmon.tui.screen import Page
from callmon.tui.showing import Showing

if TYPE_CHECKING:
    from callmon.query.misread import Misread


class Rewinding:
    """The part of the app that says which moment is shown; the pages ask it for the board to look at."""

    _showing: Showing

    def rewound(self) -> bool:
        """Return whether an earlier moment is shown, or is on its way."""
        return self._showing.rewound

    def between(self) -> bool:
        """Return whether the board is just being led to another moment, so that nobody may look at it."""
        return self._showing.between

    def on_the_way(self) -> bool:
        """Return whether another moment was asked for than the one that is shown so far."""
        return self._showing.on_the_way

    def seek(self, text: str) -> Misread | None:
        """Show the moment that somebody typed; return what is wrong with it, if anything is."""
        return self._showing.seek(text)

    def can_rewind(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Return whether an action that leads to another moment does something now."""
        return self._showing.can(action, parameters)

    def end_replay(self) -> None:
        """Say from now on that what is played is at its end."""
        self._showing.end()

    def action_freeze(self) -> None:
        """Freeze what is shown, or go back to now."""
        self._showing.freeze()

    def action_rewind(self, seconds: float) -> None:
        """Show what was so many seconds before (or after) what is shown."""
        self.tell(self._showing.step(seconds))

    def action_now(self) -> None:
        """Show what is live again."""
        self._showing.return_to_now()

    def action_seek(self) -> None:
        """Ask for the moment to show."""
        page = cast("App[str]", self).screen
        if isinstance(page, Page):
            page.ask_moment()

    def tell(self, text: str | None) -> None:
        """Say a word on the page on top, if there is one to say."""
        app = cast("App[str]", self)
        if text and app.is_running and isinstance(app.screen, Page):
            app.screen.say((text, "strong"))
