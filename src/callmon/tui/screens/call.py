"""One call: where it stands, its charts, its issues, its streams, what happened, and its newest raw frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical

from callmon.board import Board
from callmon.engine.call import Call
from callmon.model.frames import Frame
from callmon.query.columns import name_of
from callmon.tui import dossier, figures, keys, rawframe
from callmon.tui.line import Line, Span, cells, clip, plain, spread, wrap
from callmon.tui.screen import Page
from callmon.tui.spans import SPANS
from callmon.tui.times import Times
from callmon.tui.widgets.braille import GLYPHS
from callmon.tui.widgets.chart import Charts
from callmon.tui.widgets.panel import Panel
from callmon.tui.widgets.plot import CURVE_ROLES
from callmon.tui.widgets.stage import Stage

TABS = ("Receive", "Send", "Raw")
"""What is received, what is sent, and the frame as it came."""

RAW = TABS.index("Raw")
DIRECTIONS = ("inbound", "outbound")
EVENTS = 40
"""Lines of the timeline that are shown; the rest is on the page about ICE."""

LOW = 18
"""With fewer lines than this every line counts."""

WIDE = 140
"""From this width on, what happened stands beside the issues and streams."""


class CallPage(Page):
    """The page about one call."""

    NAME = "call"
    ABOUT = "One call: charts of what is received and sent, issues, streams, events, the newest raw frame."
    NEEDS_CALL = True
    TIMES = Times.CLOCK
    OPENS = keys.ACTIONS["show.call"]
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "pane.next", "pane.previous", "move.left", "move.right", "span.longer", "span.shorter", "raw"
    )
    CSS = """
    CallPage #summary { height: auto; max-height: 5; margin: 0 1; overflow: hidden hidden; }
    CallPage #tabs { height: 1; margin: 0 1; overflow: hidden hidden; }
    CallPage #raw { height: 1fr; margin: 0 1; display: none; }
    CallPage #charts { margin: 0 0 1 0; }
    CallPage .sides.wide > .left { width: 3fr; }
    CallPage .sides.wide > .right { width: 2fr; }
    """

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self.tab = 0
        self.leg: str | None = None
        self.scrolls: dict[int, float] = {}
        self.frame: Frame | None = None
        self.known = self.subject or self.NAME

    def body(self) -> ComposeResult:
        """Yield the summary, the tabs, and what they choose between."""
        yield Panel(id="summary", wrapped=True, indent=2, focusable=False)
        yield Panel(id="tabs", focusable=False)
        with Stage(id="stage"):
            yield Charts(id="charts")
            yield Panel(id="nothing", focusable=False)
            with Container(id="sides", classes="sides"):
                with Vertical(classes="left"):
                    yield Panel("Issues", id="issues", wrapped=True, indent=4, focusable=False)
                    yield Panel("Streams", id="streams", focusable=False)
                with Vertical(classes="right"):
                    yield Panel(
                        "Events, the newest first", id="events", wrapped=True, indent=19, focusable=False
                    )
        yield Panel(id="raw", wrapped=False)

    def renamed(self, names: Callable[[str], str]) -> None:
        """Hold on to the same call; what it was called before is forgotten."""
        super().renamed(names)
        self.known = self.subject or self.NAME
        self.leg = names(self.leg) if self.leg is not None else None
        self.frame = None

    def crumbs(self) -> tuple[str, ...]:
        """Return the call's name."""
        call = self.call(self.host.board())
        self.known = name_of(call) if call is not None else self.known
        return (self.known,)

    def head(self, board: Board) -> tuple[Line, Line]:
        """Return the call's badge, reason and name, its state and age."""
        call = self.call(board)
        if call is None:
            return (), ()
        return dossier.standing(call, board.now(), self.size.width, self.note(call))

    def draw(self, board: Board) -> None:
        """Show the call as it is."""
        call = self.call(board)
        self._show_body(call is not None)
        if call is None:
            self.query_one("#summary", Panel).show([((dossier.NOT_THERE, "dim"),)])
            return
        self.query_one("#summary", Panel).show(self._summary(call))
        self.query_one("#tabs", Panel).show([self._tabs(call, board.now())])
        if self.tab == RAW:
            self._draw_raw(board.raw(call.id))
            return
        self._draw_charts(call, board)
        self._draw_panels(call, board.now())

    def _show_body(self, there: bool) -> None:
        """Show what is below the summary, where there is a call."""
        self.query_one("#tabs", Panel).display = there
        self.query_one("#stage", Stage).display = there and self.tab != RAW
        self.query_one("#raw", Panel).display = there and self.tab == RAW

    def _summary(self, call: Call) -> list[Line]:
        """Return the summary; on a low screen each of its lines is cut to one, so that there is room to scroll."""
        lines = dossier.summary(call, self.times)
        if self.app.size.height >= LOW:
            return lines
        return [clip(line, self.app.size.width - 2) for line in lines]

    def _draw_raw(self, frame: Frame | None) -> None:
        """Show a frame; one that is shown already is not written out again."""
        if frame is None or frame is not self.frame:
            self.frame = frame
            self.query_one("#raw", Panel).show(rawframe.lines(frame))

    def _tabs(self, call: Call, now: float) -> Line:
        """Return the tabs and the legs, the chosen ones marked, and the span of the charts."""
        width = self.app.size.width - 2
        spans: list[Span] = []
        for index, name in enumerate(TABS):
            chosen = index == self.tab
            spans += [
                ("▸" if chosen else " ", "accent"),
                (name, "match" if chosen else "dim"),
                ("  ", "text"),
            ]
        if self.tab == RAW:
            return tuple(spans)
        left: Line = tuple(spans)
        if len(call.legs) > 1:
            heard: Line = (*left, ("│ ", "faint"))
            left = (*heard, *dossier.legs(call, self._leg(call), self._samples(call), width - cells(heard)))
        shown = figures.span(call, SPANS[self.chart_span], now)
        words: Line = (("charts ", "dim"), (figures.span_words(round(shown.until - shown.since)), "text"))
        limits: Line = (
            (", limits ", "dim"),
            ("F", "fair"),
            (" fair ", "dim"),
            ("P", "poor"),
            (" poor", "dim"),
        )
        for right in ((*words, *limits), words):
            if cells(left) + cells(right) + 2 <= width:
                return spread(left, right, width)
        return left

    def _leg(self, call: Call) -> str | None:
        """Return the leg that is chosen, or None for all of them."""
        return self.leg if self.leg in call.legs else None

    def _samples(self, call: Call) -> dict[str, Line]:
        """Return a sample of its curve for each leg that has one, where all legs are shown."""
        found: dict[str, Line] = {"": ()}
        if self._leg(call) is not None:
            return found
        names = [name for name, _ in figures.choice(call, DIRECTIONS[self.tab], None)]
        samples = GLYPHS[self.host.charts].samples
        for leg in call.legs.values():
            if dossier.leg_name(leg) in names:
                place = names.index(dossier.leg_name(leg))
                found[leg.id] = ((f"{samples[place]} ", CURVE_ROLES[place]),)
        return found

    def _draw_charts(self, call: Call, board: Board) -> None:
        charts = self.query_one("#charts", Charts)
        direction, leg = DIRECTIONS[self.tab], self._leg(call)
        count = len(figures.metrics(call, direction, leg))
        charts.display = count > 0
        nothing = self.query_one("#nothing", Panel)
        nothing.display = count == 0
        if not count:
            words = "Nothing has been received." if direction == "inbound" else "Nothing has been sent."
            nothing.show([(("no charts  ", "dim"), (words, "text"))])
            return
        charts.columns = figures.columns(self.app.size.width, count)
        charts.styles.height = figures.height(self._room(call), count, charts.columns)
        shown = figures.span(call, SPANS[self.chart_span], board.now())
        levels, times = board.levels(), self.times
        key = figures.key(call, (direction, leg, shown, tuple(levels.items()), times))
        make = partial(figures.figures, call, direction, leg, shown, levels, times)
        charts.show(key, make, self.host.charts)

    def _room(self, call: Call) -> int:
        """Return how many lines there are between tabs and footer; known before anything is laid out."""
        if self.enlarged:
            return self.app.size.height - 4
        width = self.app.size.width - 2
        summary = sum(len(wrap(line, width, 2)) for line in self._summary(call))
        header = 3 if self.host.banner() else 2
        return self.app.size.height - header - summary - 2

    def _draw_panels(self, call: Call, now: float) -> None:
        sides = self.query_one("#sides", Container)
        wide, width = self.app.size.width >= WIDE, self.app.size.width - 3
        sides.set_class(wide, "wide")
        self.query_one("#issues", Panel).show(dossier.issues(call, self.times, now))
        lines = dossier.streams(
            call, self._leg(call), (width - 2) * 3 // 5 - 1 if wide else width, call.last_frame_at
        )
        self.query_one("#streams", Panel).show(lines)
        self.query_one("#events", Panel).show(dossier.events(call, self.times, EVENTS))

    def action_pane(self, step: int) -> None:
        """Choose the next (1) or previous (-1) tab."""
        self._choose((self.tab + step) % len(TABS))

    def action_step(self, step: int) -> None:
        """Choose the next (1) or previous (-1) leg where there are several, else tab."""
        call = self.call(self.host.board())
        if call is None or len(call.legs) < 2 or self.tab == RAW:
            self.action_pane(step)
            return
        legs = [None, *call.legs]
        self.leg = legs[(legs.index(self._leg(call)) + step) % len(legs)]
        self.redraw()

    def action_raw(self) -> None:
        """Show the raw frame, or go back to the charts."""
        self._choose(0 if self.tab == RAW else RAW)

    def _choose(self, tab: int) -> None:
        stage, raw = self.query_one("#stage", Stage), self.query_one("#raw", Panel)
        self.scrolls[self.tab] = stage.scroll_offset.y
        if tab == RAW:
            self.minimize()
        self.tab = tab
        stage.display, raw.display = tab != RAW, tab == RAW
        (raw if tab == RAW else stage).focus(scroll_visible=False)
        if tab != RAW:
            stage.scroll_to(y=self.scrolls.get(tab, 0), animate=False)
        self.redraw()

    def action_span(self, step: int) -> None:
        """Show a longer (1) or shorter (-1) span of time."""
        self.chart_span = max(0, min(len(SPANS) - 1, self.chart_span + step))
        self.say(("charts: ", "dim"), (figures.span_words(SPANS[self.chart_span]), "strong"))
        self.redraw()

    def copied(self) -> tuple[str, str] | None:
        """Return the summary as text."""
        board = self.host.board()
        call = self.call(board)
        if call is None:
            return None
        left, right = dossier.standing(call, board.now(), note=self.note(call))
        lines = [f"{plain(left)}  {plain(right)}", f"call {call.id}"]
        return "summary", "\n".join(lines + [plain(line) for line in dossier.summary(call, self.times)])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something here."""
        if action == "pane":
            return True
        if action == "span":
            return self.tab != RAW
        return super().check_action(action, parameters)
