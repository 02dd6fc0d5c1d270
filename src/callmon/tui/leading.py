"""From figures to the calls behind them, and what pages leave for when they are opened again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual.app import App

from callmon.tui.opening import Opening
from callmon.tui.screen import Page
from callmon.tui.spans import USUAL_SPAN, seconds_of
from callmon.tui.subject import parts

if TYPE_CHECKING:
    from callmon.config.views import Views
    from callmon.tui.commanding import Told
    from callmon.tui.complaining import Complaining
    from callmon.tui.host import Host
    from callmon.tui.rewinding import Rewinding
    from callmon.tui.veiling import Veiling


class Leading:
    """The part of the app that leads from one page to another; ``begins_with`` is the page to open over the first.

    ``views_file`` is where saved views are kept, ``remembered`` the view of the last watch as a line, at the end that
    of this one, and ``ask_sources`` asks what else is asked now and then, None where nothing is.
    """

    begins_with: str = ""
    ask_sources: Callable[[], str] | None = None
    views_file: Path | None = None
    remembered: str = ""
    span_at: int = USUAL_SPAN
    _kept: dict[str, Any] | None = None
    _before: tuple[str, str | None] | None = None
    _sought: str = ""
    _views: Views | None = None

    @property
    def kept(self) -> dict[str, Any]:
        """What pages leave for when they are opened again, by their names."""
        if self._kept is None:
            self._kept = {}
        return self._kept

    def opened(self) -> list[Page]:
        """Return the pages that are open, the first one first; what stood there before them does not count."""
        return [
            one
            for one in cast("App[str]", self).screen_stack
            if isinstance(one, Page) and not isinstance(one, Opening)
        ]

    def place(self) -> tuple[str, str | None] | None:
        """Return the page on top and what it is about, by the id that its call really has; None where none is."""
        page = cast("App[str]", self).screen
        if not isinstance(page, Page) or isinstance(page, Opening):
            return None
        return page.NAME, cast("Veiling", self).real(page.subject) if page.subject is not None else None

    def note_place(self) -> None:
        """Note where one is, before one goes elsewhere."""
        page = cast("App[str]", self).screen
        self._before, self._sought = self.place(), page.asked() if isinstance(page, Page) else ""

    def _place_before(self) -> tuple[type[Page], str | None] | None:
        """Return where one was last, if one can go there: the call may be kept no longer."""
        host = cast("Host", self)
        if self._before is None or self._before == self.place():
            return None
        name, subject = self._before
        page = next(one for one in cast("Told", self).every_page() if name == one.NAME)
        if subject is not None:
            subject = cast("Veiling", self).alias(subject)
            if host.board().call(parts(subject)[0]) is None:
                return None
        top = cast("App[str]", self).screen
        target = subject or (top.target() if isinstance(top, Page) else None)
        return (page, subject) if page.count(host, target) else None

    def can_turn(self) -> bool:
        """Return whether there is a page on which one was before."""
        return self._place_before() is not None

    def action_last(self) -> None:
        """Go where one was last; once more leads back here."""
        if (found := self._place_before()) is not None and found[0].FILTERS and self._sought:
            self.filter_calls(self._sought)
        elif found is not None:
            cast("Host", self).show(found[0].NAME, found[1])

    def action_ask_now(self) -> None:
        """Ask now what is asked now and then, as far as those who are asked let us."""
        if self.ask_sources is not None:
            cast("Rewinding", self).tell(self.ask_sources())

    def filter_calls(self, text: str) -> None:
        """Show the calls that a filter passes, on a page of their own: back from it all is as it was."""
        table = self.table_below()
        if table is not None:
            self.note_place()
            cast("App[str]", self).push_screen(table.filtered(text))

    def table_below(self) -> Page | None:
        """Return the page on top of those that show the calls that a filter passes."""
        return next((page for page in reversed(self.opened()) if page.FILTERS), None)

    def begin_with(self) -> None:
        """Open the page that was asked for at the start."""
        if self.views_file is not None and self.views_file.exists():
            # A file that cannot be read is said now, and not when somebody has made a view to save.
            self.views.all()
        if self.begins_with:
            cast("Host", self).show(self.begins_with)

    @property
    def views(self) -> Views:
        """The saved views: those of a file where one was given, else of this watch only."""
        if self._views is None:
            from callmon.config.views import saved_views

            self._views, wrong = saved_views(self.views_file)
            cast("Complaining", self).complain([wrong] if wrong else [])
        return self._views

    def view_line(self) -> str:
        """Return the view of the first page as a line, such as one that the next watch may begin with."""
        from callmon.query.viewline import write

        view = next((page.viewed() for page in self.opened()), None)
        if view is None:
            return self.remembered
        return write(replace(cast("Veiling", self).named(view), span=seconds_of(self.span_at)))

    def remember(self) -> None:
        """Keep the view of the first page as that which the next watch begins with, while there are pages.

        One that was asked for is for this watch alone, unless it was changed.
        """
        asked = cast("Host", self).view
        view = next((page.viewed() for page in self.opened()), None)
        if asked is None or (view is not None and replace(view, marked=asked.marked) != asked):
            self.remembered = self.view_line()
