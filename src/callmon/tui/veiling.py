"""The privacy mask on the screens: one key, and everything that is shown is shown under aliases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, cast

from textual.app import App

from callmon.query.catalogue import CATALOGUE
from callmon.tui.line import Line
from callmon.tui.screen import Page
from callmon.tui.widgets.entry import HIDDEN
from callmon.tui.widgets.footer import Footer

if TYPE_CHECKING:
    from callmon.board import Board
    from callmon.engine.call import Call
    from callmon.query.view import View
    from callmon.tui.marks import Marks
    from callmon.tui.masked import MaskedBoard, Veil
    from callmon.tui.showing import Showing


class Veilable(Protocol):
    """What the mask needs of the rest of the app."""

    marks: Marks
    _showing: Showing

    def opened(self) -> list[Page]:
        """Return the pages that are open."""
        ...


class Veiling:
    """The part of the app that masks; pages only ever see the board that it gives them."""

    masked: bool = False
    _veil: Veil | None = None
    _veiled_board: MaskedBoard | None = None

    def live(self) -> Board:
        """Return what goes on now, whatever moment is shown, as it is."""
        return cast(Veilable, self)._showing.live

    def real_board(self) -> Board:
        """Return the board behind the mask."""
        return cast(Veilable, self)._showing.board()

    def watched(self) -> Board:
        """Return what goes on now, whatever moment is shown, as it may be shown: maybe masked."""
        if not self.masked or self._veil is None:
            return self.live()
        from callmon.tui.masked import MaskedBoard

        return MaskedBoard(self.live(), self._veil)

    def board(self) -> Board:
        """Return the board to look at: the live one, the frozen one, or that of an earlier moment; maybe masked."""
        board = self.real_board()
        if not self.masked or self._veil is None:
            return board
        if self._veiled_board is None or self._veiled_board.behind is not board:
            from callmon.tui.masked import MaskedBoard

            self._veiled_board = MaskedBoard(board, self._veil)
        return self._veiled_board

    def text_of(self, key: str) -> Callable[[Call, float], str]:
        """Return what a column says of the calls of the board; under the mask it is remembered for a while."""
        board, veiled = self.board(), self._veiled_board
        return veiled.text_of(key) if veiled is not None and veiled is board else CATALOGUE[key].text

    def real(self, id: str) -> str:
        """Return the id that a call has, of the one by which it is shown."""
        return self._veil.real(id) if self._veil is not None else id

    def alias(self, id: str) -> str:
        """Return the id by which a call is shown."""
        return self.veiled(id)

    def veiled(self, text: str) -> str:
        """Return a text as it may be shown now."""
        return self._veil.mask.text(text) if self.masked and self._veil is not None else text

    def veiled_line(self, line: Line) -> Line:
        """Return a line as it may be shown now."""
        return tuple((self.veiled(text), role) for text, role in line) if self.masked else line

    def told(self, text: str) -> str:
        """Return somebody's own words as they may be shown now: not at all where they may name somebody."""
        found = self._veil.told(text) if self.masked and self._veil is not None else text
        return HIDDEN if found is None else found

    def said(self, text: str) -> str:
        """Return what a server, a library or this machine said, as far as it may be shown now."""
        return self._veil.said(text) if self.masked and self._veil is not None else text

    def told_filter(self, text: str) -> str:
        """Return a filter as it may be shown now: with aliases for names, or not at all."""
        found = self._veil.told_filter(text) if self.masked and self._veil is not None else text
        return HIDDEN if found is None else found

    def told_command(self, line: str) -> str:
        """Return a command that was typed before as it may be shown now, '' for not at all."""
        from callmon.tui.commands import COMMANDS

        name, _, rest = line.partition(" ")
        command, rest = COMMANDS.get(name), rest.strip()
        if not self.masked or self._veil is None:
            return line
        if name == "filter":
            found = self._veil.told_filter(rest)
            return f"filter {found}".rstrip() if found is not None else ""
        if command is None or name == "view" and len(rest) > 1:
            return ""
        words = rest.split()
        kinds = [one.kind for one in command.parameters]
        if "call" in kinds and len(words) > kinds.index("call"):
            words[-1] = self.veiled(words[-1])
            if self.real(words[-1]) == words[-1]:
                return ""
        return " ".join((name, *words))

    def named(self, view: View) -> View:
        """Return a view as it is about calls that are not masked."""
        return replace(view, filter=self._veil.named(view.filter)) if self._veil is not None else view

    def action_mask(self) -> None:
        """Show everything under aliases, or as it is again."""
        from callmon.tui.masked import Veil

        self._veil = self._veil or Veil()
        self._veil.learn(self.real_board().calls())
        self._veil.learn(self.live().calls())
        self.masked = not self.masked
        self._veiled_board = None
        app = cast(Veilable, self)
        rename = self.alias if self.masked else self.real
        app.marks.rename(rename)
        for page in app.opened():
            page.renamed(rename)
            page.query_one(Footer).hush()
            page.query("*").refresh()
        top = cast("App[str]", self).screen
        if isinstance(top, Page):
            top.say(("masked" if self.masked else "names are shown", "strong"))
            top.redraw()

    def command_mask(self, switch: str) -> None:
        """Show everything under aliases, or as it is."""
        if not switch or (switch == "on") != self.masked:
            self.action_mask()
