"""Leaving, for good or for a while: what stays in the terminal, and that a recording is not ended by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import App

from callmon.tui.platform import comes_back, stop
from callmon.tui.recording import toggle
from callmon.tui.screen import last_screen
from callmon.tui.widgets.entry import HIDDEN

if TYPE_CHECKING:
    from rich.console import RenderableType

    from callmon.tui.leading import Leading
    from callmon.tui.recording import Switch
    from callmon.tui.rewinding import Rewinding
    from callmon.tui.veiling import Veiling


class Leaving:
    """The part of the app that ends it, and the recording with it; ``switch`` is None where nothing records."""

    switch: Switch | None

    def exit(
        self, result: str | None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        """End the app; the view that holds is remembered, for there are no pages any more when it has ended."""
        cast("Leading", self).remember()
        App.exit(cast("App[str]", self), result, return_code, message)

    def action_leave(self) -> None:
        """Quit; while somebody records, ask first."""
        app, switch = cast("App[str]", self), self.switch
        if switch is None or switch.since_s() is None:
            app.exit()
            return
        from callmon.tui.question import Question

        def answer(yes: bool | None) -> None:
            if yes:
                app.exit()

        file = HIDDEN if cast("Veiling", self).masked else switch.file
        app.push_screen(Question(f"recording to {file}", "ends it and quits", "goes on"), answer)

    def action_leave_now(self) -> None:
        """Quit from anywhere, as an interrupt does."""
        cast("App[str]", self).exit(return_code=130)

    def action_leave_kept(self) -> None:
        """Quit; the last screen is the result."""
        app = cast("App[str]", self)
        app.exit(last_screen(app))

    def action_suspend_process(self) -> None:
        """Go to the background, where somebody can bring us back; else say that nobody can."""
        app = cast("App[str]", self)
        driver = app._driver
        if driver is None or not driver.can_suspend:
            return
        if not comes_back():
            cast("Rewinding", self).tell(
                "not suspended: no shell began callmon, so nothing could bring it back"
            )
            return
        # A paint meanwhile would wait for a terminal that is not ours.
        with app.batch_update():
            app.app_suspend_signal.publish(app)
            stop()

    def command_quit(self) -> None:
        """Quit, as its key does."""
        self.action_leave()

    def action_record(self) -> None:
        """Begin or end a recording."""
        toggle(self.switch, cast("App[str]", self).screen)
