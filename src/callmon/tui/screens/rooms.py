"""All rooms, one row each, the worst first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from callmon.board import Board
from callmon.engine.call import Call
from callmon.query import format as fmt
from callmon.query.completion import occurring
from callmon.query.filter import Filter
from callmon.query.misread import Misread
from callmon.query.order import in_order
from callmon.query.rooms import LISTED, affected, rooms, there
from callmon.query.view import View
from callmon.tui import keys
from callmon.tui.line import Line, Span, join
from callmon.tui.listing import ListPage
from callmon.tui.rows import badge_of
from callmon.tui.sheet import Head, Sheet, SheetRows, lay_out
from callmon.tui.widgets.entry import Entry
from callmon.tui.widgets.filterbar import FilterBar
from callmon.tui.widgets.panel import Panel

ROLES = {"people_with_issues": "fair", "issue_count": "fair", "issue_types": "fair"}
"""Roles of facts that stand out where they are not nothing."""


class RoomsPage(ListPage):
    """The table of rooms, its filter and its order."""

    NAME = "rooms"
    ABOUT = "Rooms, meetings and conferences: who is there, how many are affected; Enter leads to one."
    OPENS = keys.ACTIONS["show.rooms"]
    AUTO_FOCUS = "#rows"
    HEADS: ClassVar[Mapping[str, Head]] = LISTED
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("filter", "filter.clear")

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self._filter = FilterBar(id="filter")
        self._empty = Panel(id="empty")
        self._wanted = Filter()

    def body(self) -> ComposeResult:
        """Yield the table, what stands there while it is empty, and the filter."""
        yield self.table
        yield self._empty
        yield self._filter

    def on_mount(self) -> None:
        """Begin without a filter."""
        self._filter.preset("")

    def target(self) -> str | None:
        """Return the room under the cursor."""
        return self.table.chosen

    def seen(self) -> frozenset[str]:
        """Return the rooms on the screen."""
        return super().seen() | frozenset(self.table.in_sight)

    def head(self, board: Board) -> tuple[Line, Line]:
        """Return how many rooms and people there are now, how many of those are affected, and what is over."""
        found = rooms(board.calls())
        live, over = [call for call in found if not call.over], [call for call in found if call.over]
        here = [person for call in live for person in there(call)]
        now: Line = (
            *_many(len(live), " room" if len(live) == 1 else " rooms"),
            (", ", "dim"),
            *_many(len(here), " person there, " if len(here) == 1 else " people there, "),
            *_hurt(sum(bool(person.issues()) for person in here)),
        )
        if not over:
            return now, ()
        bad = _hurt(sum(len(affected(call)) for call in over))
        then: Line = ((fmt.count(len(over)), "text"), (" over, ", "dim"), *bad)
        return join([now, then], (" · ", "faint")), ()

    def draw(self, board: Board) -> None:
        """Bring table and filter up to date."""
        now = float(int(board.now()))
        found = rooms(board.calls())
        shown = found
        if self._wanted.text:
            passing = {call.id for call in board.rows(View(self._wanted))}
            shown = [call for call in found if call.id in passing]
        calls = {call.id: call for call in shown}
        ids = self.follow([call.id for call in in_order(shown, LISTED[self.sort], now, self.reverse)])
        sheet = lay_out(max(1, self.table.row_width - 1), LISTED, self.sort)
        rows = SheetRows(
            tuple(ids),
            lambda id: row(calls[id], sheet, now),
            lambda id: (calls[id].version, sheet.columns, self._timed(calls[id], now)),
            self.host.marks.all(),
        )
        self.table.show(rows, sheet.titles(self.sort, self.reverse))
        self._filter.counted(fmt.count(len(shown)), fmt.count(len(found)))
        self.table.display, self._empty.display = bool(ids), not ids
        if not ids:
            text: Span = (self.host.told_filter(self._wanted.text), "strong")
            self._empty.show([(), (("No room matches ", "dim"), text)] if found else NONE)

    @staticmethod
    def _timed(call: Call, now: float) -> float:
        return 0.0 if call.over else now

    def renamed(self, names: Callable[[str], str]) -> None:
        """Hold on to the same rooms; what was filtered by aliases is filtered by names again."""
        super().renamed(names)
        if not self.host.masked:
            self._wanted = self.host.named(View(self._wanted)).filter
            self._filter.preset(self._wanted.text)

    def open_row(self) -> None:
        """Open the room under the cursor."""
        self.host.show("room", self.table.chosen)

    def on_filter_bar_typed(self) -> None:
        """Filter as one types; while that cannot be read, the filter before holds."""
        try:
            self._wanted = Filter(self._filter.text)
        except Misread as wrong:
            self._filter.refuse(wrong)
            return
        self.look_again()

    def on_filter_bar_done(self) -> None:
        """Give the keys back to the table."""
        self.set_focus(self.table)
        if self._filter.wrong is None:
            self._wanted = Filter(self._filter.text)
        self.look_again()

    def action_filter(self) -> None:
        """Begin to type a filter."""
        self._filter.open(self._values)

    def _values(self, name: str) -> list[str]:
        """Return the values that rooms have in a field, the most frequent first."""
        board = self.host.board()
        return occurring(name, rooms(board.calls()), board.now())

    def action_clear_filter(self) -> None:
        """Show all rooms again."""
        self._filter.clear()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something now."""
        if action == "clear_filter":
            return bool(self._filter.text)
        if action == "filter":
            return not isinstance(self.focused, Entry) and bool(self.order.ids or self._filter.text)
        if action == "pane":
            return False
        return super().check_action(action, parameters)


NONE: list[Line] = [
    (),
    (("No rooms yet.", "strong"),),
    (),
    (
        (
            "A room is a meeting or conference of its provider, or a call with more than two participants.",
            "dim",
        ),
    ),
]
"""What stands there while there is no room."""


def _many(number: int, what: str) -> Line:
    return (fmt.count(number), "strong"), (what, "dim")


def _hurt(number: int) -> Line:
    return (fmt.count(number), "fair" if number else "text"), (" affected", "dim")


def row(call: Call, sheet: Sheet, now: float) -> Line:
    """Return the row of a room."""
    line = sheet.line(partial(_cell, call, now))
    return tuple((text, "over") for text, _ in line) if call.over else line


def _cell(call: Call, now: float, head: Head) -> Span:
    if head.kind == "grade":
        return badge_of(call)
    text = LISTED[head.key].text(call, now)
    if head.key == "reason":
        return text, call.grade.value
    if head.key in ROLES:
        return text, ROLES[head.key] if LISTED[head.key].key_of(call, now) else "faint"
    if text == fmt.UNKNOWN:
        return text, "faint"
    return text, "text" if head.key in ("room", "participants_now") else "dim"
