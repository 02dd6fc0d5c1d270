"""What every screen is: a page with a header and a footer that pulls from the board while it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from callmon.tui import keys
from callmon.tui.compositor import ThriftyCompositor
from callmon.tui.host import Host
from callmon.tui.line import Line, Span
from callmon.tui.theme import Palette, palette_of
from callmon.tui.times import Times
from callmon.tui.widgets.commandbar import CommandBar
from callmon.tui.widgets.entry import Entry
from callmon.tui.widgets.footer import SAID_S, Footer
from callmon.tui.widgets.header import Header
from callmon.tui.widgets.seekbar import SeekBar
from callmon.tui.widgets.stage import Stage

if TYPE_CHECKING:
    from callmon.board import Board
    from callmon.engine.call import Call
    from callmon.query.view import View


class Page(Screen[None], inherit_bindings=False):
    """One screen of callmon.

    To write one: declare ``NAME``, ``OPENS`` (the action that opens it), ``ABOUT`` and own ``BINDINGS`` (by
    ``keys.bindings``), yield the widgets of ``body`` and fill them in ``draw``; list it in ``screens``.
    ``draw`` is called when the page comes up, at the pace of painting while it is on top, never while it is
    covered, and by ``redraw`` after a key that changes what is shown; it is cheap where nothing changed.
    """

    NAME: ClassVar[str] = ""
    """What ``Host.show`` calls it, and its crumb unless ``crumbs`` says otherwise."""

    OPENS: ClassVar[keys.Action | None] = None
    """The action, with its keys, that opens it from anywhere; None for the first page."""

    ABOUT: ClassVar[str] = ""
    """One sentence for the help and the documentation."""

    NEEDS_CALL: ClassVar[bool] = False
    """Whether it is about one call, the ``subject``."""

    ON: ClassVar[str] = ""
    """The page of the same call on which it always stands, and to which escape leads; '' for none."""

    INSTEAD: ClassVar[str] = ""
    """The page that is not opened from here, since its key leads somewhere else; '' for none."""

    FILTERS: ClassVar[bool] = False
    """Whether it shows the calls that a filter passes; then ``filtered`` makes another of it."""

    TIMES: ClassVar[Times | None] = None
    """How it shows moments at first; None where it shows none, and ``t`` does nothing."""

    ALLOW_SELECT = False
    ALLOW_IN_MAXIMIZED_VIEW = "Header, SeekBar, CommandBar, Footer"
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "times", "copy", "pane.next", "pane.previous", "pane.whole", "pane.part"
    )

    def __init__(self, subject: str | None = None) -> None:
        super().__init__()
        self._compositor = ThriftyCompositor()
        self.subject = subject
        self.times = self.TIMES or Times.CLOCK
        self._head: tuple[Line, Line] = ((), ())
        self._focus: Widget | None = None
        self._sizes: tuple[Size, ...] = ()

    @classmethod
    def count(cls, host: Host, target: str | None) -> int:
        """Return how many calls it would be about, opened where call ``target`` is meant; 0 keeps it shut."""
        return 0 if cls.NEEDS_CALL and target is None else 1

    @property
    def host(self) -> Host:
        """The app, as far as a page may know it."""
        return cast(Host, self.app)

    @property
    def chart_span(self) -> int:
        """How long the charts go back, as a place in ``SPANS``: one for all pages."""
        return self.host.span_at

    @chart_span.setter
    def chart_span(self, place: int) -> None:
        self.host.span_at = place

    @property
    def palette(self) -> Palette:
        """The colours that hold now."""
        return palette_of(self.app)

    def compose(self) -> ComposeResult:
        """Lay the page out between header and footer."""
        yield Header(id="header")
        yield from self.body()
        yield SeekBar(id="seek")
        yield CommandBar(id="command")
        yield Footer(id="footer")

    def body(self) -> ComposeResult:
        """Yield the widgets between header and footer."""
        yield from ()

    def draw(self, board: Board) -> None:
        """Bring the widgets up to date with the board."""

    def head(self, board: Board) -> tuple[Line, Line]:
        """Return the left and the right of the header's own line for this page; empty ones take no room."""
        return (), ()

    def crumbs(self) -> tuple[str, ...]:
        """Return the page's part of the trail: its own name, not those of the pages below it."""
        return (self.NAME,)

    def call(self, board: Board) -> Call | None:
        """Return the call that the page is about, or None where it is about none or it is no longer kept."""
        return board.call(self.subject) if self.subject is not None else None

    def about(self) -> Sequence[str]:
        """Return the ids of the calls that the page is about, not those of a list: see ``Host.standing``."""
        target = self.target() if self.NEEDS_CALL else None
        return () if target is None else (target,)

    def note(self, call: Call) -> str:
        """Return what is with a call that is poor, '' for nothing: see ``alerts``."""
        return self.host.notes().get(call.id, "")

    def target(self) -> str | None:
        """Return the id of the call that keys such as ``i`` mean: the page's, or the one under the cursor."""
        return self.subject

    def seen(self) -> frozenset[str]:
        """Return the calls that somebody looks at here; sources ask about them first."""
        target = self.target()
        return frozenset((*self.about(), *(() if target is None else (target,))))

    def copied(self) -> tuple[str, str] | None:
        """Return what ``y`` copies: what it is in a word or two, and the text; None for nothing."""
        target = self.target()
        return ("call id", target) if target is not None else None

    def redraw(self, keys: bool = True) -> None:
        """Draw what is on top now; the app calls it at the pace of painting.

        Without ``keys`` the same keys work as before, which takes its time to find out.
        """
        if not self.is_current or not self.is_mounted or not self.app.is_running or not self.query(Header):
            return
        host = self.host
        board, settled = host.board(), not host.between()
        if settled:
            self._head = self.head(board)
        self.query_one(Header).show(host.trail(), host.standing(self.about()), host.banner(), self._head)
        if settled:
            self.draw(board)
            board.attend(self.seen())
        if keys:
            self.query_one(Footer).look_again()

    def filtered(self, text: str) -> Page:
        """Return a page like this one of the calls that a filter passes, to be opened over others."""
        raise NotImplementedError

    def asked(self) -> str:
        """Return the filter of a page that was made by ``filtered``, with names; '' of any other."""
        return ""

    def viewed(self) -> View | None:
        """Return which calls it shows, and in which order, where it shows many."""
        return None

    def say(self, *spans: Span, seconds: float = SAID_S, end: Line = ()) -> None:
        """Show a word in the footer for a few seconds, as soon as there is one; its ``end`` is never cut off."""
        if not self.query(Footer):
            self.call_after_refresh(self.say, *spans, seconds=seconds, end=end)
            return
        veiled = self.host.veiled
        self.query_one(Footer).say(tuple((veiled(text), role) for text, role in spans), seconds, end)

    def remark(self, *spans: Span, seconds: float = SAID_S) -> None:
        """Show a word in the footer, unless another stands there that somebody asked for."""
        if not self.query_one(Footer).speaking:
            self.say(*spans, seconds=seconds)

    def ask_moment(self) -> None:
        """Let a moment be typed that shall be shown."""
        self._focus = self.focused
        self.query_one(SeekBar).open()

    def on_seek_bar_typed(self) -> None:
        """Show the moment that was typed, or say what is wrong with it."""
        bar = self.query_one(SeekBar)
        wrong = self.host.seek(bar.text)
        if wrong is not None:
            bar.refuse(wrong.place, str(wrong))
        else:
            self.on_seek_bar_left()

    def on_seek_bar_left(self) -> None:
        """Give the keys back to whoever had them."""
        self.set_focus(self._focus)

    def renamed(self, names: Callable[[str], str]) -> None:
        """Hold on to the same calls, now that they have other ids: aliases, or their own again; ``names`` says which.

        A page that keeps ids, or texts in which there are names, beside its subject lets them go, or renames them.
        """
        self.subject = names(self.subject) if self.subject is not None else None

    def obey(self, command: str, words: tuple[str, ...]) -> bool:
        """Do what a command says that is for pages; return whether it is known here. Refused says what is wrong."""
        return False

    def ask_command(self, text: str = "") -> None:
        """Let a command be typed; it may begin with a text."""
        self._focus = self.focused
        self.query_one(CommandBar).open(self.host.history, self.host.known, text)

    def on_command_bar_typed(self) -> None:
        """Run what was typed, with the keys where they were before; or say what is wrong with it."""
        bar = self.query_one(CommandBar)
        text, focus = bar.text, self._focus
        self.set_focus(focus)
        wrong = self.host.command(text)
        if wrong is not None:
            self.ask_command(text)
            self._focus = focus
            bar.refuse(wrong.place, str(wrong))

    def on_command_bar_left(self) -> None:
        """Give the keys back to whoever had them."""
        self.set_focus(self._focus)

    def on_screen_resume(self) -> None:
        """Draw as soon as the page comes up, and once more when its size is known."""
        self.redraw()
        self.call_after_refresh(self.redraw)

    def on_resize(self, event: events.Resize) -> None:
        """Lay out anew for the size that there is now, rather than at the next painting.

        A terminal that tells no size is given two by turns, each because of what was drawn for the other.
        """
        if event.size not in self._sizes:
            self.redraw()
        self._sizes = (event.size, *self._sizes[:1])

    def action_times(self) -> None:
        """Show moments in the next way."""
        self.times = self.times.next()
        self.say(("times: ", "dim"), (self.times.words, "strong"))
        self.redraw()

    def action_copy(self) -> None:
        """Copy through the terminal (OSC 52), which works over ssh."""
        found = self.copied()
        if found is not None:
            what, text = found
            self.app.copy_to_clipboard(text)
            self.say(("copied ", "dim"), (what, "strong"))

    def action_pane(self, step: int) -> None:
        """Give the keys to the next (1) or previous (-1) pane, and the whole screen if this one has it."""
        alone = self.maximized is not None
        self.minimize()
        pane = self.focus_next() if step > 0 else self.focus_previous()
        if alone and pane is not None:
            self.maximize(pane, container=False)

    @property
    def enlarged(self) -> bool:
        """Whether one pane has the whole screen."""
        return self.maximized is not None

    def pane(self) -> Widget | None:
        """Return the pane that may have the whole screen: that with the keys, where anything stands beside it."""
        panes = [widget for widget in self.focus_chain if not isinstance(widget, Entry)]
        there = isinstance(self.focused, Stage) or (len(panes) > 1 and self.focused in panes)
        return self.focused if there else None

    def action_whole(self, wanted: int) -> None:
        """Give one pane the whole screen, or let it be one of several again."""
        if self.enlarged:
            self.minimize()
        elif wanted and (pane := self.pane()) is not None:
            self.maximize(pane, container=False)
        self.refresh_bindings()
        self.call_after_refresh(self.redraw)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something here, so that the footer and the help show only what works."""
        if action == "whole":
            return self.enlarged or (parameters == (1,) and self.pane() is not None)
        if action == "times":
            return self.TIMES is not None
        if action == "copy":
            return self.copied() is not None
        if action == "pane":
            return self.maximized is not None or len(self.focus_chain) > 1
        return True


def last_screen(app: App[Any]) -> str:
    """Return what is on the screen as text with its styles, for a terminal."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.render(app.console).rstrip() for strip in strips)
