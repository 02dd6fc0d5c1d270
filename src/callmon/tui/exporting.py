"""Exporting from the screens: the keys, the menu that asks how, and the line that says what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from textual.app import App

from callmon.query.format import clean
from callmon.tui.host import Host
from callmon.tui.line import shorten
from callmon.tui.menu import Chosen, Menu
from callmon.tui.screen import Page

if TYPE_CHECKING:
    from callmon.board import Board
    from callmon.exports.exporter import Exporter
    from callmon.exports.formats import Format
    from callmon.query.view import View
    from callmon.tui.rewinding import Rewinding

KEYS = 26
"""Cells that the keys at the end of the last line take, and what is between."""

SAID_S = 8.0
"""So long it is said where a file is."""


class Masked(Protocol):
    """What is behind the mask, if one is on."""

    masked: bool

    def said(self, text: str) -> str:
        """Return what a server, a library or this machine said, as far as it may be shown now."""
        ...

    def named(self, view: View) -> View:
        """Return a view as it is about calls that are not masked."""
        ...

    def real_board(self) -> Board:
        """Return the board behind the mask."""
        ...

    def real(self, id: str) -> str:
        """Return the id that a call has, of the one by which it is shown."""
        ...


class Exporting:
    """The part of the app that exports; ``exporter`` does it, None while there is nobody who can."""

    exporter: Exporter | None = None
    _exports: set[asyncio.Task[None]] | None = None

    @property
    def _app(self) -> App[str]:
        return cast(App[str], self)

    @property
    def _behind(self) -> Masked:
        return cast(Masked, self)

    def can_export(self, scope: str) -> bool:
        """Return whether there is anything to export: a call that is meant here, or calls that are shown."""
        page = self._app.screen
        if self.exporter is None or not isinstance(page, Page):
            return False
        return page.target() is not None if scope == "call" else page.viewed() is not None

    def action_export(self, scope: str) -> None:
        """Ask in which format, and export."""
        from callmon.exports.formats import of_call, of_view

        page = cast(Page, self._app.screen)
        if self._refused(page):
            return
        call = page.target() if scope == "call" else None
        formats = of_call() if scope == "call" else of_view()
        title = "Export this call" if scope == "call" else f"Export {self._count(page)}"

        def export(chosen: Chosen | None) -> None:
            if chosen is not None:
                self.begin_export(page, chosen[0], call, chosen[1])

        self._app.push_screen(Menu(title, formats, scope), export)

    def action_ticket(self) -> None:
        """Write the ticket of the call, masked."""
        from callmon.exports.formats import BY_KEY

        page = cast(Page, self._app.screen)
        self.begin_export(page, BY_KEY["ticket"], page.target(), True)

    def _count(self, page: Page) -> str:
        view = page.viewed()
        count = len(cast(Host, self).board().rows(view)) if view is not None else 0
        return f"{count} call{'' if count == 1 else 's'}"

    def begin_export(
        self, page: Page, format: Format, call: str | None, mask: bool, view: View | None = None
    ) -> None:
        """Begin to write one call, or those of a view: of the one that the page shows if none is given."""
        if self._refused(page):
            return
        page.say(("exporting…", "dim"), seconds=60.0)
        task = asyncio.create_task(self._export(format, call, view or page.viewed(), mask), name="export")
        self._exports = self._exports or set()
        self._exports.add(task)
        task.add_done_callback(self._exports.discard)

    def _refused(self, page: Page) -> bool:
        """Say that nothing is exported while another moment is on its way: it would be of the one before."""
        on_the_way = cast("Rewinding", self).on_the_way()
        if on_the_way:
            page.say(("not exported: that moment is on its way", "strong"))
        return on_the_way

    async def _export(self, format: Format, call: str | None, view: View | None, mask: bool) -> None:
        from callmon.exports.export import Empty
        from callmon.exports.file import NotWritten

        # What is exported is masked by itself, or not, and has the ids that calls have.
        exporter, board, real = self.exporter, self._behind.real_board(), self._behind.real
        if exporter is None:
            return
        try:
            if call is not None:
                path, counted = await exporter.call(board, real(call), format, mask)
            elif view is not None:
                view = replace(self._behind.named(view), marked=frozenset(map(real, view.marked)))
                path, counted = await exporter.view(board, view, format, mask)
            else:
                return
        except (Empty, NotWritten) as error:
            self._tell(self._behind.said(str(error)), "poor")
        except Exception as error:
            # Whatever it is, the screen stays: what cannot be exported is no reason to stop watching.
            self._tell(f"not exported: {type(error).__name__}: {self._behind.said(str(error))}", "poor")
        else:
            where = f"…/{path.name}" if self._behind.masked else at_home(path)
            self._tell(f"{counted}{'' if mask else ', not masked,'} → {where}", "strong")

    def _tell(self, text: str, role: str) -> None:
        top = self._app.screen
        if isinstance(top, Page):
            # Beginning and end say most: what it is, and where or what to do.
            top.say((shorten(clean(text, 300), max(20, top.size.width - KEYS)), role), seconds=SAID_S)


def at_home(path: Path) -> str:
    """Return a path as people write it: with ``~`` for their home."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
