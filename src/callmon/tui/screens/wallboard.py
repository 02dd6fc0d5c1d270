"""What a screen on the wall shows: big, calm, of any size, without a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from callmon.board import Board
from callmon.query.view import View
from callmon.tui import keys
from callmon.tui.counting import Counting
from callmon.tui.line import Line
from callmon.tui.order import Order
from callmon.tui.screen import Page
from callmon.tui.wall import Wall, needy, wall
from callmon.tui.widgets.header import MASKED
from callmon.tui.widgets.panel import Panel

SPAN_S = 1800.0
"""The trend is of the last half hour, of less while callmon has not seen so much."""

SLOTS = 30
"""Columns of the trend."""


LOOK_S = 1.0
"""It is asked which calls are the worst at most so often, in seconds."""


class WallboardPage(Page):
    """The page for the wall: nothing in it moves but what it tells of."""

    NAME = "wallboard"
    ABOUT = "For a screen on the wall: totals by grade, the worst calls and why, the trend, the sources."
    OPENS = keys.ACTIONS["show.wallboard"]
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("wallboard.leave")
    CSS = """
    WallboardPage Header { display: none; }
    WallboardPage Footer { display: none; }
    WallboardPage #wall { height: 1fr; padding: 0 1; overflow: hidden hidden; }
    """

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self._counting = Counting()
        self._order = Order()
        self._board: Board | None = None
        self._looked_at = float("-inf")

    def body(self) -> ComposeResult:
        """Yield the one panel."""
        yield Panel(id="wall")

    def renamed(self, names: Callable[[str], str]) -> None:
        """Keep the same calls on the wall."""
        super().renamed(names)
        self._order.rename(names)
        self._board = None

    def draw(self, board: Board) -> None:
        """Show how all calls do now."""
        width, height = max(1, self.size.width - 2), self.size.height
        span = min(SPAN_S, self._counting.usual(board.now()))
        figures = self._counting.look(board, self.host.clock(), span, SLOTS)
        now = self.host.clock()
        if board is not self._board or now - self._looked_at >= LOOK_S:
            self._board, self._looked_at = board, now
            ids = [call.id for call in needy(board.rows(View()))]
            self._order.follow(ids, now, float("-inf"))
        worst = [call for id in self._order.ids if (call := board.call(id)) is not None]
        banner = self.host.banner()
        label: Line = ((f"{MASKED}  ", "strong"),) if self.host.masked else ()
        label = (*label, *banner, ("  ", "text")) if banner else label
        shown = Wall(board, worst, figures, self.host.charts, label)
        self.query_one("#wall", Panel).show(wall(shown, width, height))

    def seen(self) -> frozenset[str]:
        """Return the calls that stand on the wall."""
        return frozenset(self._order.ids[: self.size.height])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something here."""
        return False if action in ("copy", "pane") else super().check_action(action, parameters)
