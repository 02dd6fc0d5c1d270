"""How everything looks: the theme, and what is taken out of it where no colour is wanted."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.app import App
from textual.filter import LineFilter

from callmon.tui.line import Line
from callmon.tui.screen import Page
from callmon.tui.theme import MONO, PALETTES, Colourless

if TYPE_CHECKING:
    from callmon.tui.alerting import Alerting
    from callmon.tui.complaining import Complaining

SAID_S = 6.0
"""So long it is said what came of reading the configuration."""

Again = Callable[[], tuple[Mapping[str, Any], list[str]]]
"""Reads how the app shall look from the configuration: ``CallmonApp``'s arguments, and what is wrong with it."""


class Appearance:
    """The part of the app that has a theme; ``dress`` is called once, when the app is made.

    ``again`` reads the configuration anew, None where there is none to read; ``take_config`` takes over what of it
    does not concern the screen, and says which parts wait for another start.
    """

    again: Again | None = None
    take_config: Callable[[Any], list[str]] | None = None
    charts: str
    bell_wanted: bool
    _copies: str

    @property
    def _dressed(self) -> App[Any]:
        return cast("App[Any]", self)

    def dress(self, theme: str) -> None:
        """Begin with a theme; NO_COLOR has the last word."""
        app = self._dressed
        for palette in PALETTES.values():
            app.register_theme(palette.theme())
        app.theme = MONO.name if app.no_color else theme

    def line_filters(self, usual: list[LineFilter]) -> list[LineFilter]:
        """Return what everything that is drawn goes through: without colour another filter than usually."""
        return [Colourless()] if self._dressed.theme == MONO.name else usual

    def wear(self, theme: str) -> bool:
        """Show everything in another theme; return whether that can be: not where NO_COLOR is set."""
        app = self._dressed
        if app.no_color or theme not in PALETTES:
            return False
        app.theme = theme
        return True

    async def action_reload(self) -> None:
        """Look, ring, take keys and judge as the configuration says by now; say what only another start can use."""
        if self.again is None:
            return
        # It is read beside the loop: loading what reads it takes longer than a key may.
        look, wrong = await asyncio.to_thread(self.again)
        app = self._dressed
        if look:
            self.wear(look.get("theme", app.theme))
            self.charts = look.get("charts", self.charts)
            self.bell_wanted = look.get("bell", self.bell_wanted)
            self._copies = look.get("clipboard", self._copies)
            app.set_keymap(look.get("keymap") or {})
            cast("Alerting", self).alert_when(look.get("alert"))
        waiting = (
            self.take_config(look["config"]) if self.take_config is not None and "config" in look else []
        )
        restart = f"restart callmon for {', '.join(waiting)}" if waiting else ""
        if isinstance(app.screen, Page):
            app.screen.redraw()
            if not wrong:
                read: Line = (("configuration read again", "strong"),)
                app.screen.say(*read, seconds=SAID_S, end=((f"; {restart}", "fair"),) if restart else ())
        if wrong:
            cast("Complaining", self).complain([*wrong, restart] if restart else wrong, anew=True)

    def command_mouse(self, switch: str) -> None:
        """Listen to the mouse, or leave it to the terminal."""
        from callmon.query.misread import Misread

        hear = getattr(self._dressed._driver, "hear_mouse", None)
        if hear is None:
            raise Misread(0, "the mouse cannot be switched here")
        hear(switch == "on")

    def hand_over(self, text: str) -> None:
        """Give a copy to the program of this machine that takes copies, if there is one."""
        from callmon.tui.clipboard import hand_over, program

        words = program(os.environ)
        if words is not None:
            self._dressed.run_worker(partial(hand_over, words, text), thread=True, exit_on_error=False)

    def action_next_theme(self) -> None:
        """Go on to the next theme."""
        app, names = self._dressed, list(PALETTES)
        self.wear(names[(names.index(app.theme) + 1) % len(names)])
        if isinstance(app.screen, Page):
            app.screen.say(("theme ", "dim"), (app.theme, "strong"))
