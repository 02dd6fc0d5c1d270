"""What is wrong with callmon's own files: one line of it on the screen for a while, all of it in the log."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from textual.app import App

from callmon.query.format import clean
from callmon.tui.keys import written
from callmon.tui.line import Line
from callmon.tui.screen import Page
from callmon.tui.widgets.footer import live_keys

if TYPE_CHECKING:
    from callmon.board import Board

COMPLAINED_S = 8.0
"""So long a complaint stays on the screen."""

MOST = 100
"""So many complaints are kept for the log."""

LONGEST = 2000
"""Characters of a complaint."""

_FOLDERS = re.compile(r"[~.]*/(?:[^:]*/)?")


class Complained(Protocol):
    """What complaints need of the rest of the app."""

    clock: Callable[[], float]

    def live(self) -> Board:
        """Return what goes on now."""
        ...

    def said(self, text: str) -> str:
        """Return what this machine said, as far as it may be shown now."""
        ...


class Complaining:
    """The part of the app that says what is wrong with files of callmon's own, each of which has one line."""

    _complaints: tuple[tuple[float, str], ...] = ()
    _standing: tuple[float, tuple[str, ...]] = (float("-inf"), ())

    def complaints(self) -> list[tuple[float, str]]:
        """Return what was complained of and when, the oldest first, as it may be shown now."""
        said = cast(Complained, self).said
        return [(at, said(text)) for at, text in self._complaints]

    def complain(self, problems: Sequence[str], anew: bool = False) -> None:
        """Say the first of some problems and how many there are besides; all of them go into the log.

        What is still on the screen is counted with them, unless it was looked at ``anew``.
        """
        app, screen = cast(Complained, self), cast("App[str]", self)
        if not problems:
            return
        now, fresh = app.clock(), [clean(one, LONGEST) for one in problems]
        self._complaints = (*self._complaints, *((app.live().now(), one) for one in fresh))[-MOST:]
        before = () if anew or now >= self._standing[0] else self._standing[1]
        every = (*before, *fresh)
        self._standing = (now + COMPLAINED_S, every)
        if screen.is_running and isinstance(screen.screen, Page):
            # Which file of that name it is, the log says.
            page, first = screen.screen, app.said(every[0])
            first = first[found.end() :] if (found := _FOLDERS.match(first)) else first
            page.say((first, "poor"), seconds=COMPLAINED_S, end=_rest(page, len(every) - 1))


def _rest(page: Page, more: int) -> Line:
    """Return where all of it is, and how many others are there."""
    found = live_keys(page).get("show.log")
    where: Line = ((" · ", "dim"), (f"+{more} in the log" if more else "in the log", "text"))
    return (*where, (", ", "dim"), (written(found[0][0]), "key")) if found else where
