"""What a page may ask of the app that shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from callmon.tui import keys
from callmon.tui.line import Line
from callmon.tui.widgets.footer import LiveKeys
from callmon.tui.widgets.header import Standing

if TYPE_CHECKING:
    from callmon.board import Board
    from callmon.config.views import Views
    from callmon.engine.call import Call
    from callmon.query.misread import Misread
    from callmon.query.view import View
    from callmon.tui.history import History
    from callmon.tui.marks import Marks


class Host(Protocol):
    """What a page may ask of the app that shows it."""

    charts: str
    """Characters that charts are drawn in: braille, block or ascii."""

    view: View | None
    """The filter and the order that the first page begins with; None for all calls, the worst first."""

    address: str | None
    """Where callmon listens for frames, such as http://127.0.0.1:7880, or None."""

    key_at: float
    """When the last key was pressed, by ``clock``."""

    clock: Callable[[], float]
    """A steady clock in seconds."""

    @property
    def views(self) -> Views:
        """The saved views."""
        ...

    span_at: int
    """How long charts go back, as a place in ``spans.SPANS``."""

    remembered: str
    """The view of the last watch as a line, '' for none."""

    marks: Marks
    """The calls that are marked, on whatever page."""

    history: History
    """The commands that were typed before."""

    offered: LiveKeys
    """What worked on the page from which the page on top was opened."""

    @property
    def kept(self) -> dict[str, Any]:
        """What pages leave for when they are opened again, by their names."""
        ...

    def filter_calls(self, text: str) -> None:
        """Show the calls that a filter passes, on a page of their own over this one."""
        ...

    def notes(self) -> Mapping[str, str]:
        """Return what is with the calls that are poor: see ``alerts``."""
        ...

    def actions(self) -> dict[str, keys.Action]:
        """Return all actions by id."""
        ...

    def board(self) -> Board:
        """Return the board to look at: the live one, the frozen one, or that of an earlier moment."""
        ...

    def text_of(self, key: str) -> Callable[[Call, float], str]:
        """Return what a column says of the calls of the board, to be asked of all of them that are shown."""
        ...

    def between(self) -> bool:
        """Return whether the board is just being led to another moment, so that nobody may look at it."""
        ...

    def seek(self, text: str) -> Misread | None:
        """Show the moment that somebody typed; return what is wrong with it, if anything is."""
        ...

    masked: bool
    """Whether everything is shown under aliases."""

    def veiled(self, text: str) -> str:
        """Return a text as it may be shown now: with aliases for names where the mask is on."""
        ...

    def told(self, text: str) -> str:
        """Return somebody's own words as they may be shown now: not at all where they may name somebody."""
        ...

    def said(self, text: str) -> str:
        """Return what a server, a library or this machine said, as far as it may be shown now."""
        ...

    def complaints(self) -> Sequence[tuple[float, str]]:
        """Return what is wrong with files of callmon's own and when that was said, as it may be shown now."""
        ...

    def complain(self, problems: Sequence[str], anew: bool = False) -> None:
        """Say the first of some problems and how many there are besides; all of them go into the log."""
        ...

    def told_filter(self, text: str) -> str:
        """Return a filter as it may be shown now: with aliases for names, or not at all."""
        ...

    def named(self, view: View) -> View:
        """Return a view as it is about calls that are not masked."""
        ...

    def known(self, kind: str) -> Sequence[str]:
        """Return the words that there are of a kind of a command's parameter."""
        ...

    def command(self, text: str) -> Misread | None:
        """Do what somebody typed; return what is wrong with it, if anything is."""
        ...

    def show(self, name: str, subject: str | None = None) -> None:
        """Open the page of that name, about a call where it is about one; or go back to it if it is open."""
        ...

    def worded(self, action: str, label: str) -> str:
        """Return an action's label for the footer, with the number of calls that it is about where that says more."""
        ...

    def standing(self, about: Sequence[str] = ()) -> Standing:
        """Return what every header says at its right.

        Never left out is that it is masked or recorded, sources that are down, and that nobody hears calls that
        the page is ``about``.
        """
        ...

    def banner(self) -> Line:
        """Return what must not be overlooked, such as that the screen is frozen; empty for nothing."""
        ...

    def trail(self) -> tuple[str, ...]:
        """Return the crumbs of the pages that are open, the first one first."""
        ...
