"""All calls, one row each, the worst first."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from callmon.board import Board
from callmon.query import format as fmt
from callmon.query.columns import COLUMNS
from callmon.query.filter import Filter
from callmon.query.view import View
from callmon.tui import keys, status
from callmon.tui.layout import lay_out
from callmon.tui.line import Line, cells
from callmon.tui.order import Order
from callmon.tui.rows import CallRows, columns
from callmon.tui.screen import Page
from callmon.tui.times import Times
from callmon.tui.widgets.entry import Entry
from callmon.tui.widgets.filterbar import FilterBar
from callmon.tui.widgets.panel import Panel
from callmon.tui.widgets.table import Table

LOOK_S = 1.0
"""The board is asked for its rows at most this often, and only after something changed."""

FILLING_S = 5.0
"""So long after the first call came, rows are put in order at once, unless somebody has moved the cursor."""

FAR_S = 5.0
"""A moment that is further away than this from the one before has its own order at once."""

TIMED = ("duration", "age")
"""Columns whose order changes without any event."""


class Overview(Page):
    """The first page: the table of calls, its filter and its order."""

    NAME = "calls"
    ABOUT = "Every call with its grade, the reason, and what it measures; the worst first."
    TIMES = Times.START
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "filter",
        "filter.clear",
        "sort.previous",
        "sort.next",
        "sort.reverse",
        "sort.worst",
        "mark",
        "mark.range",
        "mark.clear",
        "mark.only",
    )

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self._table = Table(id="calls")
        self._empty = Panel(id="empty", focusable=False)
        self._filter = FilterBar(id="filter")
        self._view = View()
        self._order = Order()
        self._wanted: list[str] = []
        self._asked: tuple[float, int] = (float("-inf"), -1)
        self._board: tuple[Board, float] | None = None
        self._at_once = True
        self._first_at: float | None = None
        self._origin: str | None = None

    def body(self) -> ComposeResult:
        """Yield the table, what stands there while it is empty, and the filter."""
        yield self._table
        yield self._empty
        yield self._filter

    def on_screen_suspend(self) -> None:
        """Hold on to the row from which another page was opened."""
        self._table.touched = True

    def on_mount(self) -> None:
        """Begin with the filter and the order that were asked for."""
        self._view = self.host.view or self._view
        self._filter.preset(str(self._view.filter))

    def target(self) -> str | None:
        """Return the call under the cursor."""
        return self._table.chosen

    def viewed(self) -> View:
        """Return the filter and the order that hold."""
        return self._view

    def seen(self) -> frozenset[str]:
        """Return the calls on the screen."""
        return super().seen() | frozenset(self._table.in_sight)

    def copied(self) -> tuple[str, str] | None:
        """Return the id of the call under the cursor, or while there is none the script tag."""
        if self._table.chosen is None and self.host.address is not None and self._empty.display:
            return "script tag", status.script_tag(self.host.address)
        return super().copied()

    def head(self, board: Board) -> tuple[Line, Line]:
        """Return the totals and the sources, as many as there is room for."""
        width = self.size.width - 4
        left = status.totals(board, long=width >= 100)
        found = board.sources()
        for most in range(len(found), 0, -1):
            right = status.sources(found, board.now(), most)
            if cells(left) + cells(right) <= width:
                return left, right
        return left, ()

    def draw(self, board: Board) -> None:
        """Bring table and filter up to date."""
        if self._view.marked != self.host.marks.all():
            self._view = replace(self._view, marked=self.host.marks.all())
            self._at_once = self._at_once or self._view.only_marked
        self._look(board)
        ids = self._order.ids
        total = len(board.calls())
        layout = lay_out(max(1, self._table.width_of(len(ids)) - 1), columns(self.times))
        host = self.host
        rows = CallRows(tuple(ids), board, layout, self.times, host.charts, host.marks.all(), host.notes())
        self._table.show(rows, layout.titles(self._view.sort, self._view.reverse))
        self._filter.counted(fmt.count(len(ids)), fmt.count(total))
        self._show_empty(board, not ids)

    def _look(self, board: Board) -> None:
        """Ask the board for its rows if that may change anything, and put them in order if it is time."""
        at, version = self._asked
        now = self.host.clock()
        at_once = self._at_once or self._filling(now)
        changed = board.version() != version or self._view.sort in TIMED
        before, self._board = self._board, (board, board.now())
        another = before is None or before[0] is not board
        # Whoever goes far asks for the order of then; at single steps rows shall stay where they are.
        at_once = at_once or (before is not None and another and abs(board.now() - before[1]) > FAR_S)
        if self._at_once or another or (changed and (at_once or now - at >= LOOK_S)):
            self._wanted = [call.id for call in board.rows(self._view)]
            self._asked = (now, board.version())
        if self._wanted and self._first_at is None:
            self._first_at = now
        self._order.follow(self._wanted, now, self.host.key_at, at_once)
        self._at_once = False

    def _filling(self, now: float) -> bool:
        """Return whether the first calls are just coming, and nobody holds on to a row yet."""
        return not self._table.touched and (self._first_at is None or now - self._first_at < FILLING_S)

    def _show_empty(self, board: Board, empty: bool) -> None:
        self._empty.display = empty
        self._table.display = not empty
        if not empty:
            return
        if board.calls():
            lines: list[Line] = [(), (("No call matches ", "dim"), (self._filter.text, "strong"))]
        else:
            lines = status.how_to_send(self.host.address, board.sources(), board.now())
        self._empty.show(lines)

    def _look_again(self, **changes: object) -> None:
        """Show the view anew at once, because somebody asked for it."""
        # What changes has the name of its field.
        self._view = replace(self._view, **changes)  # type: ignore[arg-type]
        self._at_once = True
        self.redraw()

    def obey(self, command: str, words: tuple[str, ...]) -> str | None:
        """Filter and sort as a command says."""
        if command == "filter":
            self._filter.preset(words[0])
            self._look_again(filter=Filter(words[0]))
        elif command == "sort":
            self._look_again(sort=words[0], reverse=False)
        else:
            return None
        return ""

    def on_filter_bar_typed(self) -> None:
        """Filter as one types."""
        self._look_again(filter=Filter(self._filter.text))

    def on_filter_bar_done(self, event: FilterBar.Done) -> None:
        """Give the keys back to the table, and the cursor to its call where the filter was dropped."""
        self.set_focus(self._table)
        if event.dropped and self._origin is not None and self._table.touched:
            self._table.choose(self._origin)

    def on_table_chosen(self) -> None:
        """Open the call that was clicked."""
        self.host.show("call", self._table.chosen)

    def on_table_resized(self) -> None:
        """Lay the columns out for the width there is now."""
        self.redraw()

    def on_table_moved(self) -> None:
        """Other keys may work on another call."""
        self.refresh_bindings()

    def action_filter(self) -> None:
        """Begin to type a filter."""
        self._origin = self._table.chosen
        self._filter.open()

    def action_clear_filter(self) -> None:
        """Show all calls again."""
        self._filter.clear()

    def action_sort(self, step: int) -> None:
        """Sort by the next column of those that are shown."""
        shown = [column.key for column, _ in lay_out(max(1, self._table.width - 1)).columns]
        known = [key for key in COLUMNS if key in shown or key == self._view.sort]
        known = [key for key in known if COLUMNS[key].kind != "spark"]
        key = known[(known.index(self._view.sort) + step) % len(known)]
        self._look_again(sort=key, reverse=False)
        self.say(("sorted by ", "dim"), (COLUMNS[key].title or "grade", "strong"))

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._look_again(reverse=not self._view.reverse)

    def action_worst(self) -> None:
        """Put the worst calls first."""
        self._look_again(sort="grade", reverse=False)
        self.say(("worst first", "strong"))

    def action_mark(self) -> None:
        """Mark the call under the cursor, or take its mark away, and go on to the next one."""
        if self._table.chosen is not None:
            self._said_marks(self.host.marks.toggle(self._table.chosen))
            self._table.action_move(1)
            self._look_again()

    def action_mark_range(self) -> None:
        """Mark every call from the one that was marked last to the one under the cursor."""
        ids, last, chosen = self._order.ids, self.host.marks.last, self._table.chosen
        if chosen in ids:
            ends = sorted((ids.index(last) if last in ids else ids.index(chosen), ids.index(chosen)))
            self.host.marks.add(ids[ends[0] : ends[1] + 1])
            self._said_marks(True)
            self._look_again()

    def _said_marks(self, marked: bool) -> None:
        count = len(self.host.marks)
        self.say(("marked" if marked else "not marked", "strong"), (f" · {count} in all", "dim"))

    def action_mark_none(self) -> None:
        """Take all marks away; what only they let be seen is shown with all else."""
        self.host.marks.clear()
        self._look_again(only_marked=False)

    def action_mark_only(self) -> None:
        """Show only the marked calls, or all of them again."""
        self._look_again(only_marked=not self._view.only_marked, marked=self.host.marks.all())
        self.say(("only marked calls" if self._view.only_marked else "all calls", "strong"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something now."""
        if action == "clear_filter":
            return bool(self._filter.text)
        if action in ("sort", "reverse", "worst"):
            return len(self._order.ids) > 1
        if action == "filter":
            return not isinstance(self.focused, Entry) and (bool(self._order.ids) or bool(self._filter.text))
        if action in ("mark", "mark_range"):
            return self._table.chosen is not None
        if action in ("mark_none", "mark_only"):
            return len(self.host.marks) > 0 or self._view.only_marked
        if action == "pane":
            return False
        return super().check_action(action, parameters)
