"""Calls as rows of a table: what a row's look depends on, and its line in roles."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from callmon.board import Board
from callmon.engine.call import Call
from callmon.engine.quality import Grade
from callmon.model.metrics import METRICS
from callmon.query import format as fmt
from callmon.query.columns import BADGES, COLUMNS, NOT_HEARD, Column, badge, state_word
from callmon.query.view import View
from callmon.tui.alerts import FLASH, LATER, SEEN
from callmon.tui.layout import GAP, Layout
from callmon.tui.limits import limits
from callmon.tui.line import Line, Span, cut, fit, shorten
from callmon.tui.spark import PER_CELL, Scale, spark
from callmon.tui.times import Times

SPARK_S = 5.0
"""Seconds that one value of a sparkline stands for; a cell shows two."""

SHAPES = {"ended": "■", "failed": "✗", "stale": NOT_HEARD, "not heard": NOT_HEARD}
"""Shapes of calls that are not live, or of which nobody hears; the letter stays that of the grade."""

VERDICTS = {
    "disconnected": "fair",
    "ice-failed": "poor",
    "no-candidates": "poor",
    "dtls-stuck": "poor",
    "dtls-failed": "poor",
    "dropped": "poor",
}
"""Roles of the verdicts that call for attention; the others are quiet."""


TIME_TITLES = {Times.START: COLUMNS["duration"].title, Times.CLOCK: "Began", Times.PREVIOUS: "Heard"}
"""What stands over the time of a call: how long it lasts, when it began, how long ago it was heard of."""

TIME_COLUMNS = {Times.START: "duration", Times.CLOCK: "started", Times.PREVIOUS: "age"}
"""The column by which the time of a call is sorted, as it is shown."""

CLOCK_CELLS = 8
"""What a time of day takes."""


def columns(times: Times, view: View) -> dict[str, Column]:
    """Return the columns of a view, that of time with the title of what it shows and room for it."""
    found = view.shown()
    column = found.get("duration")
    if column is not None:
        width = max(CLOCK_CELLS if times is Times.CLOCK else 0, column.width)
        down = COLUMNS[TIME_COLUMNS[times]].worst_first
        found["duration"] = replace(column, title=TIME_TITLES[times], width=width, worst_first=down)
    return found


def sorted_as_shown(times: Times, view: View) -> View:
    """Return a view that sorts by the time of calls as that is shown: who sorts by a column means what is in it."""
    return replace(view, sort=TIME_COLUMNS[times]) if view.sort == "duration" else view


def provider_name(name: str, size: int) -> str:
    """Return a provider's name so that two of one vendor differ even where only their beginnings fit."""
    vendor, _, product = name.partition("-")
    shorter = (name, f"{vendor[:2]}-{product}") if product else (name,)
    return next((one for one in shorter if len(one) <= size), product or name)


def issues_within(text: str, size: int) -> str:
    """Return the worst issue, cut so that the number of the others stays to be seen."""
    name, plus, more = text.rpartition(" +")
    return text if not plus or len(text) <= size else cut(name, max(1, size - len(plus + more))) + plus + more


def state_span(call: Call, role: str = "text") -> Span:
    """Return the state of a call in a word, with the role that it has on a page; ``role`` where all is well."""
    word = state_word(call)
    return word, "fair" if word == "not heard" else "poor" if word in ("stale", "failed") else role


NOTES = {FLASH: ("", "!"), SEEN: ("△", " "), LATER: ("△", "z")}
"""What the badge of a poor call has in place of its shape, and between it and the letter."""


def badge_of(call: Call, note: str = "") -> Span:
    """Return shape and letter of a call's grade, with its role; a call that is not live has its own shape.

    ``note`` is what is with a poor call (see ``alerts``): one that was answered is hollow and dim.
    """
    shape, letter, word = BADGES[call.grade]
    own, between = NOTES.get(note, ("", " "))
    shape = SHAPES.get(state_word(call), own or shape)
    return f"{shape}{between}{letter}", "over" if call.over else "dim" if own or call.unheard else word


def badge_in(call: Call, grade: Grade) -> Span:
    """Return the grade of a call, or of something in it, as shape and letter with its role; see ``badge_of``."""
    return badge(grade, not call.unheard), "dim" if call.unheard else grade.value


Shown = tuple[tuple[Board, float, Grade, str], int]
"""What of a call is on the screen: its version, and what makes another be shown."""


@dataclass(frozen=True, slots=True)
class CallRows:
    """Some calls of a board, in an order, in a layout; see ``table.Rows``.

    What a call measures is drawn once a second, with its time; that it became worse, at once. ``shown`` remembers
    what is on the screen, from one table of rows to the next.
    """

    ids: Sequence[str]
    board: Board
    layout: Layout
    times: Times
    charts: str
    marks: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)

    def marked(self, id: str) -> bool:
        """Return whether a call is marked."""
        return id in self.marks

    def stamp(self, id: str) -> Hashable:
        """Return what the look depends on: the call's version, and what only time changes."""
        call = self.board.call(id)
        if call is None:
            return None
        now = self._now()
        version = self._version(call, now)
        if call.over:
            return version, self.layout.key, self.times
        timed = [
            self._text(call, column, now)
            for column, _ in self.layout.columns
            if column.key in ("duration", "age")
        ]
        note = self.notes.get(id, "")
        return version, self.layout.key, self.times, tuple(timed), int(now / SPARK_S), note

    def _version(self, call: Call, now: float) -> int:
        """Return the version of a call that is shown in this second."""
        looks = self.board, now, call.grade, state_word(call)
        before = self.shown.get(call.id)
        if before is not None and before[0] == looks:
            return before[1]
        self.shown[call.id] = looks, call.version
        return call.version

    def _now(self) -> float:
        """Return the time in whole seconds, so that the times of all calls change at once and once a second."""
        return float(int(self.board.now()))

    def line(self, id: str, width: int) -> Line:
        """Return the row of a call."""
        call = self.board.call(id)
        if call is None:
            return ()
        now = self._now()
        spans: list[Span] = []
        for number, (column, size) in enumerate(self.layout.columns):
            if number:
                spans.append((" " * GAP, "text"))
            spans.extend(self._cell(call, column, size, now))
        if call.over:
            return tuple((text, "faint" if role == "spark" else "over") for text, role in spans)
        return tuple(spans)

    def _cell(self, call: Call, column: Column, size: int, now: float) -> list[Span]:
        """Return one cell of exactly ``size`` cells."""
        if column.kind == "spark":
            return self._spark(call, column.key.removesuffix("_spark"), size, now)
        if column.kind == "grade":
            text, role = badge_of(call, self.notes.get(call.id, ""))
            return [(fit(text, size), role)]
        text = self._text(call, column, now)
        if column.kind == "number":
            return [(fit(text, size, ">"), self._number_role(call, column, text))]
        if column.key == "call":
            short = cut(text, size) if call.label else shorten(text, size)
            return [(fit(short, size), "strong" if call.grade is Grade.POOR else "text")]
        if column.key == "provider":
            text = provider_name(text, size)
        if column.key == "issues":
            text = issues_within(text, size)
        return [(fit(text, size), self._text_role(call, column))]

    def _text(self, call: Call, column: Column, now: float) -> str:
        """Return a cell's text; the time of a call is shown in the way that was chosen."""
        if column.key == "duration" and self.times is Times.CLOCK:
            return fmt.clock(call.started_at)
        if column.key == "duration" and self.times is Times.PREVIOUS:
            return fmt.UNKNOWN if call.over else fmt.span(max(0.0, now - call.last_frame_at), column.width)
        return column.text(call, now)

    def _number_role(self, call: Call, column: Column, text: str) -> str:
        """Return the role of a number: that of its grade where it is fair or poor."""
        if text == fmt.UNKNOWN:
            return "faint"
        if column.key == "age":
            return "fair" if call.state == "stale" or call.unheard else "dim"
        value = call.metrics.get(column.key)
        levels = limits(self.board.levels()).get(column.key)
        if levels is None or value is None:
            return "dim" if column.key == "duration" else "text"
        grade = levels.grade(value)
        return "text" if grade is Grade.GOOD else grade.value

    def _text_role(self, call: Call, column: Column) -> str:
        """Return the role of a text: what is wrong stands out, the rest is quiet."""
        if column.key == "reason":
            return call.grade.value if call.grade in (Grade.FAIR, Grade.POOR) else "dim"
        if column.key == "verdict":
            diagnosis = call.diagnosis()
            return VERDICTS.get(diagnosis.verdict, "dim") if diagnosis is not None else "faint"
        if column.key == "issues":
            open_issues = call.open_issues()
            if not open_issues:
                return "faint"
            return "poor" if any(issue.severity == "critical" for issue in open_issues) else "fair"
        return "dim"

    def _spark(self, call: Call, metric: str, size: int, now: float) -> list[Span]:
        """Return the last minutes of a metric; those of a call that is over are its last."""
        bottom, top = METRICS[metric].chart
        until = call.ended_at if call.over and call.ended_at is not None else now
        values = call.trend.spark(metric, until, size * PER_CELL, SPARK_S, METRICS[metric].good != "high")
        return spark(values, Scale(bottom, top, limits(self.board.levels()).get(metric)), self.charts)
