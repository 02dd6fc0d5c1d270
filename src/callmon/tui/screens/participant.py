"""One participant of a room: device and software, and what is sent and received, track by track."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from callmon.board import Board
from callmon.engine.call import Call, Leg
from callmon.query.people import Person, persons
from callmon.tui import dossier, figures, keys, portrait
from callmon.tui.line import Line, Span, cells, clip, plain, spread, wrap
from callmon.tui.screen import Page
from callmon.tui.spans import SPANS
from callmon.tui.subject import participant, parts
from callmon.tui.times import Times
from callmon.tui.widgets.chart import Charts
from callmon.tui.widgets.panel import Panel
from callmon.tui.widgets.stage import Stage

TABS = ("Send", "Receive")
"""What the participant publishes, and what it gets."""

DIRECTIONS = ("outbound", "inbound")

STEP_S = 10.0
"""Seconds of an interval, as Twilio's console shows them."""

INTERVALS = 60
"""So many intervals are listed."""

MIDDLE, LOW = 30, 18
"""With fewer lines each fact of the portrait has one; with fewer still only the first and the last are shown."""


class ParticipantPage(Page):
    """The page about one participant; its subject is a call and a leg."""

    NAME = "participant"
    ABOUT = (
        "One participant: device, OS, browser, SDK, and per track bitrate, loss and RTT sent and received."
    )
    NEEDS_CALL = True
    AUTO_FOCUS = "#stage"
    TIMES = Times.CLOCK
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "pane.next", "pane.previous", "move.left", "move.right", "span.longer", "span.shorter"
    )
    CSS = """
    ParticipantPage #portrait { height: auto; max-height: 8; margin: 0 1; overflow: hidden hidden; }
    ParticipantPage #tabs { height: 1; margin: 0 1; overflow: hidden hidden; }
    ParticipantPage #charts { margin: 0 0 1 0; }
    """

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self.tab = 0
        self.link = 0
        self.known = self.NAME

    def body(self) -> ComposeResult:
        """Yield the portrait, the tabs, and the stage with charts, tracks, intervals and events."""
        yield Panel(id="portrait", wrapped=True, indent=2)
        yield Panel(id="tabs", focusable=False)
        with Stage(id="stage"):
            yield Charts(id="charts")
            yield Panel("Tracks", id="tracks", focusable=False)
            yield Panel("Intervals of 10 s, the newest first", id="intervals", focusable=False)

    def renamed(self, names: Callable[[str], str]) -> None:
        """Hold on to the same participant; what it was called before is forgotten."""
        if self.subject is not None:
            call, leg = parts(self.subject)
            self.subject = participant(names(call), names(leg))
        self.known = self.NAME

    def call(self, board: Board) -> Call | None:
        """Return the call that the participant takes part in."""
        return board.call(parts(self.subject)[0]) if self.subject is not None else None

    def target(self) -> str | None:
        """Return the id of the call."""
        return parts(self.subject)[0] if self.subject is not None else None

    def person(self, board: Board) -> Person | None:
        """Return the participant, or None where it is no longer kept."""
        call = self.call(board)
        if call is None or self.subject is None:
            return None
        leg = parts(self.subject)[1]
        return next((person for person in persons(call) if person.id == leg), None)

    def crumbs(self) -> tuple[str, ...]:
        """Return the participant's name."""
        person = self.person(self.host.board())
        self.known = person.name if person is not None else self.known
        return (self.known,)

    def head(self, board: Board) -> tuple[Line, Line]:
        """Return the participant's badge, reason and name, and how long it has been there."""
        person = self.person(board)
        return portrait.facing(person, board.now()) if person is not None else ((), ())

    def draw(self, board: Board) -> None:
        """Show the participant as it is."""
        person = self.person(board)
        there = person is not None
        self.query_one("#tabs", Panel).display = there
        self.query_one("#stage", Stage).display = there
        if person is None:
            self.query_one("#portrait", Panel).show([((dossier.NOT_THERE, "dim"),)])
            return
        self.query_one("#portrait", Panel).show(self._portrait(person, board.now()))
        self.query_one("#tabs", Panel).show([self._tabs(person, board.now())])
        self._draw_charts(person, board)
        width = self.size.width - 3
        self.query_one("#tracks", Panel).show(portrait.tracks(person, DIRECTIONS[self.tab], width, board))
        newest = figures.span(person.call, 0.0, board.now()).until
        lines = portrait.intervals(person, DIRECTIONS[self.tab], width, newest, STEP_S, INTERVALS)
        rows = self.query_one("#intervals", Panel)
        rows.display = bool(lines)
        rows.show(lines)

    def _portrait(self, person: Person, now: float) -> list[Line]:
        lines = portrait.portrait(person, now)
        if self.size.height >= MIDDLE:
            return lines
        shown = lines if self.size.height >= LOW else (lines[0], lines[-1])
        return [clip(line, self.size.width - 2) for line in shown]

    def links(self, person: Person) -> list[Leg]:
        """Return the connections of the participant that have tracks, one of which has its charts shown."""
        return [link for link in person.links if link.streams] or [person.leg]

    def _link(self, person: Person) -> Leg:
        found = self.links(person)
        return found[self.link % len(found)]

    def _tabs(self, person: Person, now: float) -> Line:
        width = self.size.width - 2
        spans: list[Span] = []
        for index, name in enumerate(TABS):
            here = index == self.tab
            spans += [("▸" if here else " ", "accent"), (name, "match" if here else "dim"), ("  ", "text")]
        left: Line = tuple(spans)
        if len(self.links(person)) > 1:
            left = (*left, ("│ ", "faint"), (dossier.leg_name(self._link(person)), "text"))
        shown = figures.span(person.call, SPANS[self.chart_span], now)
        right: Line = (("charts ", "dim"), (figures.span_words(round(shown.until - shown.since)), "text"))
        return spread(left, right, width) if cells(left) + cells(right) + 2 <= width else left

    def _draw_charts(self, person: Person, board: Board) -> None:
        charts = self.query_one("#charts", Charts)
        direction, link, call = DIRECTIONS[self.tab], self._link(person), person.call
        count = len(figures.metrics(call, direction, link.id))
        charts.display = count > 0
        if not count:
            return
        charts.columns = figures.columns(self.size.width, count)
        charts.styles.height = figures.height(self._room(person, board.now()), count, charts.columns)
        shown = figures.span(call, SPANS[self.chart_span], board.now())
        levels, times = board.levels(), self.times
        key = figures.key(call, (direction, link.id, shown, tuple(levels.items()), times))
        make = partial(figures.figures, call, direction, link.id, shown, levels, times)
        charts.show(key, make, self.host.charts)

    def _room(self, person: Person, now: float) -> int:
        if self.enlarged:
            return self.size.height - 4
        lines = sum(len(wrap(line, self.size.width - 2, 2)) for line in self._portrait(person, now))
        return self.size.height - (3 if self.host.banner() else 2) - lines - 2

    def action_pane(self, step: int) -> None:
        """Choose the next (1) or previous (-1) tab."""
        self.tab = (self.tab + step) % len(TABS)
        self.query_one("#stage", Stage).scroll_to(y=0, animate=False)
        self.redraw()

    def action_step(self, step: int) -> None:
        """Choose the next (1) or previous (-1) connection where there are several, else tab."""
        person = self.person(self.host.board())
        if person is not None and len(self.links(person)) > 1:
            self.link = (self.link + step) % len(self.links(person))
            self.redraw()
        else:
            self.action_pane(step)

    def action_span(self, step: int) -> None:
        """Show a longer (1) or shorter (-1) span of time."""
        self.chart_span = max(0, min(len(SPANS) - 1, self.chart_span + step))
        self.say(("charts: ", "dim"), (figures.span_words(SPANS[self.chart_span]), "strong"))
        self.redraw()

    def copied(self) -> tuple[str, str] | None:
        """Return what is known of the participant as text."""
        board = self.host.board()
        person = self.person(board)
        if person is None:
            return None
        left, right = portrait.facing(person, board.now())
        lines = [f"{plain(left)}  {plain(right)}", f"call {person.call.id}, participant {person.id}"]
        return "participant", "\n".join(
            lines + [plain(line) for line in portrait.portrait(person, board.now())]
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something here."""
        return True if action == "pane" else super().check_action(action, parameters)
