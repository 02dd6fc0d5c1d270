"""The command line and the palette: what is typed or chosen, and who does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, cast

from textual.app import App

from callmon.query.misread import Misread
from callmon.tui.history import History
from callmon.tui.host import Host
from callmon.tui.line import plain
from callmon.tui.screen import Page
from callmon.tui.widgets.entry import Entry

if TYPE_CHECKING:
    from callmon.exports.exporter import Exporter
    from callmon.exports.formats import Format
    from callmon.query.view import View
    from callmon.tui.commands import Asked
    from callmon.tui.finder import Entered

CALLS_OFFERED = 200
"""So many ids of calls are offered for completion."""


class Told(Host, Protocol):
    """What commands need of the rest of the app."""

    exporter: Exporter | None

    @property
    def ready(self) -> bool:
        """Whether there is anything to look at yet."""
        ...

    def every_page(self) -> tuple[type[Page], ...]:
        """Return all pages."""
        ...

    def table_below(self) -> Page | None:
        """Return the page on top of those that show the calls that a filter passes."""
        ...

    def wear(self, theme: str) -> bool:
        """Show everything in another theme; return whether that can be."""
        ...

    def begin_export(
        self, page: Page, format: Format, call: str | None, mask: bool, view: View | None = None
    ) -> None:
        """Begin to write one call, or those of a view."""
        ...


class Commanding:
    """The part of the app that is told by words what to do; ``history`` is what was typed before."""

    history: History

    @property
    def _told(self) -> Told:
        return cast(Told, self)

    @property
    def _top(self) -> Page:
        """The page on top, where commands are given."""
        return cast(Page, cast("App[str]", self).screen)

    def can_command(self) -> bool:
        """Return whether there is a page that a command can be about, and nobody types on it."""
        app = cast("App[str]", self)
        return isinstance(app.screen, Page) and self._told.ready and not isinstance(app.focused, Entry)

    def action_palette(self) -> None:
        """Let everything that can be done be found by some letters of it."""
        from callmon.tui.finder import Finder, everything

        app, page = cast("App[str]", self), self._top

        def choose(chosen: Entered | None) -> None:
            if chosen is not None and chosen.runs is not None:
                app.call_later(app.run_action, chosen.runs[0], chosen.runs[1])
            elif chosen is not None and chosen.writes is not None:
                page.ask_command(chosen.writes)

        app.push_screen(Finder(everything(page, self._told.actions())), choose)

    def action_command(self) -> None:
        """Let a command be typed."""
        self._top.ask_command()

    def known(self, kind: str) -> Sequence[str]:
        """Return the words that there are of a kind, for completing and checking."""
        app = self._told
        if kind == "order":
            from callmon.query.fields import FIELDS

            return [*FIELDS, *(f"-{name}" for name in FIELDS)]
        if kind == "reverse":
            return ("reverse",)
        if kind == "format":
            from callmon.exports.formats import BY_KEY

            return list(BY_KEY)
        if kind == "theme":
            from callmon.tui.theme import PALETTES

            return list(PALETTES)
        if kind == "page":
            return [page.NAME for page in app.every_page()]
        if kind == "switch":
            return ("on", "off")
        if kind == "call":
            return [call.id for call in app.board().calls()[-CALLS_OFFERED:]]
        return ()

    def command(self, text: str) -> Misread | None:
        """Do what was typed on the page on top; return what is wrong with it, if anything is."""
        from callmon.tui.commands import Refused, read

        if not text.strip():
            return None
        try:
            asked = read(text, self.known)
        except Misread as error:
            return error
        try:
            self._obey(asked)
        except Misread as error:
            return error
        except Refused as error:
            return Misread(asked.places[error.word] + error.place, str(error))
        self.history.add(text)
        return None

    def _obey(self, asked: Asked) -> None:
        """Do what was asked: by a key, by the app, or by a page that knows how; raises Misread or Refused."""
        command = asked.command
        own = getattr(self, f"command_{command.name}", None)
        if command.presses:
            self.press(command.presses, command.name)
        elif own is not None:
            own(*asked.words)
        else:
            self._pass_on(asked)

    def _pass_on(self, asked: Asked) -> None:
        """Let the page on top obey, else the table of calls below it; raises Misread or Refused."""
        app, top = self._told, self._top
        for page in dict.fromkeys((top, app.table_below() or top)):
            if page.obey(asked.command.name, asked.words):
                if page is not top:
                    app.show(page.NAME)
                return
        raise Misread(0, f"{asked.command.name} does nothing here")

    def press(self, id: str, name: str = "") -> None:
        """Do what the key of an action does; raises Misread where it does nothing now."""
        app = cast("App[str]", self)
        for active in app.screen.active_bindings.values():
            if active.binding.id == id and active.enabled:
                app.call_later(app.run_action, active.binding.action, active.node)
                return
        raise Misread(0, f"{name or id} does nothing here now")

    def chosen(self, selector: str, otherwise: str) -> list[str]:
        """Return the ids of the calls that a selector means, the first word; raises Refused where that is none.

        Of all calls those come first that do so in the order in which calls are shown.
        """
        from callmon.query.filter import Filter
        from callmon.tui.commands import Refused

        app = self._told
        board, view = app.board(), self._view()
        selector = selector or otherwise
        target = self._top.target()
        found = {
            "@focus": lambda: [target] if target is not None else [],
            "@marked": lambda: [id for id in app.marks.ids if board.call(id) is not None],
            "@shown": lambda: [call.id for call in board.rows(view)],
            "@all": lambda: [
                call.id for call in board.rows(replace(view, filter=Filter(), only_marked=False))
            ],
        }[selector]()
        if not found:
            raise Refused(f"expected a call: there is none in {selector} here")
        return found

    def _view(self) -> View:
        """Return which calls are shown, and in which order, by the page on top or the table of calls below it."""
        from callmon.query.view import View

        table = self._told.table_below()
        return self._top.viewed() or (table.viewed() if table is not None else None) or View()

    def command_mark(self, calls: str) -> None:
        """Mark calls."""
        self._told.marks.add(self.chosen(calls, "@focus"))
        self._marked()

    def command_unmark(self, calls: str) -> None:
        """Take marks away."""
        marks = self._told.marks
        for id in [id for id in self.chosen(calls, "@marked") if id in marks]:
            marks.toggle(id)
        self._marked()

    def _marked(self) -> None:
        page = self._top
        page.say((f"{len(self._told.marks)} marked", "strong"))
        page.redraw()

    def command_compare(self, calls: str) -> None:
        """Show calls side by side, where there is a page that can."""
        from callmon.query.catalogue import CATALOGUE
        from callmon.tui.commands import Refused
        from callmon.tui.sheet import ordered_by

        if calls and calls != "@marked":
            view = self._view()
            order = plain(ordered_by(CATALOGUE[view.sort], view.reverse))
            self._told.marks.take(self.chosen(calls, "@marked"), order)
        try:
            self.press("show.compare", "compare")
        except Misread:
            if len(self._told.marks) > 1:
                raise
            raise Refused(
                "expected two calls or more: space marks one, and @shown are those on the screen"
            ) from None

    def command_export(self, calls: str, format: str) -> None:
        """Write calls to a file, masked."""
        from callmon.exports.formats import BY_KEY
        from callmon.query.view import View
        from callmon.tui.commands import Refused

        app, chosen = self._told, self.chosen(calls, "@focus")
        made = BY_KEY[format]
        if app.exporter is None:
            raise Misread(0, "nothing can be exported here")
        alone = len(chosen) == 1 and calls in ("", "@focus")
        if (made.call if alone else made.view) is None:
            fits = [one.key for one in BY_KEY.values() if (one.call if alone else one.view) is not None]
            kind = "one call" if alone else "several calls"
            raise Refused(f"expected a format for {kind}: {', '.join(fits)}", 1)
        page = self._top
        if alone:
            app.begin_export(page, made, chosen[0], True)
        else:
            app.begin_export(page, made, None, True, View(marked=frozenset(chosen), only_marked=True))

    def command_open(self, screen: str, call: str) -> None:
        """Open a page."""
        from callmon.tui.commands import Refused

        app = self._told
        page = next(one for one in app.every_page() if screen == one.NAME)
        subject = call or self._top.target()
        if page.NEEDS_CALL and (subject is None or app.board().call(subject) is None):
            raise Refused(f"there is no call {call}" if call else "expected the id of a call", 1)
        app.show(screen, subject)

    def command_seek(self, moment: str) -> None:
        """Show an earlier moment."""
        from callmon.tui.commands import Refused

        wrong = self._told.seek(moment)
        if wrong is not None:
            raise Refused(str(wrong), 0, wrong.place)

    def command_theme(self, theme: str) -> None:
        """Show everything in another theme."""
        if not self._told.wear(theme):
            raise Misread(0, "there is one theme only: NO_COLOR is set")
