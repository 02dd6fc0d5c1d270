"""All calls, one row each, the worst first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from callmon.board import Board
from callmon.query import format as fmt
from callmon.query.completion import occurring
from callmon.query.filter import Filter
from callmon.query.misread import Misread
from callmon.query.view import Group, View, group
from callmon.tui import keys, status
from callmon.tui.grouping import GroupRows, flat, is_header
from callmon.tui.layout import lay_out
from callmon.tui.line import Line
from callmon.tui.order import Order
from callmon.tui.rows import CallRows, Shown, columns, sorted_as_shown
from callmon.tui.spans import place_of
from callmon.tui.times import Times
from callmon.tui.viewing import Viewing
from callmon.tui.widgets.entry import Entry
from callmon.tui.widgets.filterbar import FilterBar
from callmon.tui.widgets.panel import Panel
from callmon.tui.widgets.table import Rows, Table

LOOK_S = 1.0
"""The board is asked for its rows at most this often, and only after something changed."""

FILLING_S = 5.0
"""So long after the first call came, rows are put in order at once, unless somebody has moved the cursor."""

FAR_S = 5.0
"""A moment that is further away than this from the one before has its own order at once."""

TIMED = ("duration", "age")
"""Columns whose order changes without any event."""


class Overview(Viewing):
    """The first page: the table of calls, its filter and its order."""

    NAME = "calls"
    ABOUT = "Every call with its grade, the reason, and what it measures; the worst first."
    TIMES = Times.START
    FILTERS = True
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
        "follow",
        "columns",
        "group",
        "group.fold",
        *(f"view.{number}" for number in range(10)),
        "view.save",
        "view.copy",
    )

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self._table = Table(id="calls")
        self._empty = Panel(id="empty", focusable=False)
        self._filter = FilterBar(id="filter")
        self.view = View()
        self._given: View | None = None
        self._order = Order()
        self._wanted: list[str] = []
        self._count = 0
        self._asked: tuple[float, int] = (float("-inf"), -1)
        self._board: tuple[Board, float] | None = None
        self._at_once = True
        self._first_at: float | None = None
        self._origin: str | None = None
        self._folded: frozenset[str] = frozenset()
        self._groups: dict[str, Group] = {}
        self._rows_shown: dict[str, Shown] = {}

    def body(self) -> ComposeResult:
        """Yield the table, what stands there while it is empty, and the filter."""
        yield self._table
        yield self._empty
        yield self._filter

    def renamed(self, names: Callable[[str], str]) -> None:
        """Hold on to the same rows and folded groups; what was filtered by aliases is filtered by names again."""
        super().renamed(names)
        self._fold_anew(names)
        self._order.rename(lambda id: id if is_header(id) else names(id))
        self._table.rename(names)
        self._origin = names(self._origin) if self._origin is not None else None
        if not self.host.masked:
            self.view = self.host.named(self.view)
            self._given = self.host.named(self._given) if self._given is not None else None
            self._filter.preset(self.view.filter.text)
        self._at_once = True

    def _fold_anew(self, names: Callable[[str], str]) -> None:
        """Keep the same groups folded: those of the same calls, which are called differently now."""
        board, groups = self.host.board(), [self._groups[one] for one in self._folded if one in self._groups]
        calls = [call for one in groups if (call := board.call(names(one.calls[0].id))) is not None]
        self._folded = (
            frozenset(one.value for one in group(calls, self.view, board.now())) if calls else frozenset()
        )
        self._groups = {}

    def on_screen_suspend(self) -> None:
        """Hold on to the row from which another page was opened."""
        self._table.touched = True

    def on_mount(self) -> None:
        """Begin with the view that it was made for or that was asked for, or with the one of the last watch."""
        self.view = self._given or self.host.view or self.remembered() or self.view
        self._filter.preset(str(self.view.filter))
        self.chart_span = place_of(self.view.span)

    def target(self) -> str | None:
        """Return the call under the cursor."""
        chosen = self._table.chosen
        return None if is_header(chosen) else chosen

    def viewed(self) -> View:
        """Return the filter and the order that hold."""
        return self.view

    def seen(self) -> frozenset[str]:
        """Return the calls on the screen."""
        return super().seen() | frozenset(id for id in self._table.in_sight if not is_header(id))

    def copied(self) -> tuple[str, str] | None:
        """Return the id of the call under the cursor, or while there is none the script tag."""
        if self.target() is None and self.host.address is not None and self._empty.display:
            return "script tag", status.script_tag(self.host.address)
        return super().copied()

    def head(self, board: Board) -> tuple[Line, Line]:
        """Return the totals and the sources, as many as there is room for."""
        return status.beside(board, self.size.width - 4)

    def draw(self, board: Board) -> None:
        """Bring table and filter up to date."""
        self._filter.way_out = "Esc goes back" if self._stands else "Esc clears"
        if self.view.marked != self.host.marks.all():
            self.view = replace(self.view, marked=self.host.marks.all())
            self._at_once = self._at_once or self.view.only_marked
        self._look(board)
        ids = self._order.ids
        total = len(board.calls())
        layout = lay_out(max(1, self._table.row_width - 1), columns(self.times, self.view))
        host = self.host
        marked, notes = host.marks.all(), host.notes()
        if len(self._rows_shown) > 2 * total + 100:
            self._rows_shown.clear()
        calls = CallRows(tuple(ids), board, layout, self.times, host.charts, marked, notes, self._rows_shown)
        rows: Rows = calls
        if self.view.group:
            rows = GroupRows(calls.ids, calls, self.view.group, self._groups, self._folded)
        self._table.show(rows, layout.titles(self.view.sort, self.view.reverse))
        self._filter.counted(fmt.count(self._count), fmt.count(total))
        self._show_empty(board, not ids)

    def _look(self, board: Board) -> None:
        """Ask the board for its rows if that may change anything, and put them in order if it is time."""
        at, version = self._asked
        now = self.host.clock()
        at_once = self._at_once or self._filling(now)
        changed = board.version() != version or self.view.sort in TIMED
        before, self._board = self._board, (board, board.now())
        another = before is None or before[0] is not board
        # Whoever goes far asks for the order of then; at single steps rows shall stay where they are.
        at_once = at_once or (before is not None and another and abs(board.now() - before[1]) > FAR_S)
        if self._at_once or another or (changed and (at_once or now - at >= LOOK_S)):
            self._wanted = self._rows(board)
            self._asked = (now, board.version())
        if self._wanted and self._first_at is None:
            self._first_at = now
        self._order.follow(self._wanted, now, self.host.key_at, at_once, bool(self.view.group))
        self._at_once = False

    def _rows(self, board: Board) -> list[str]:
        """Return the ids of the rows that the view wants, in its order."""
        calls = board.rows(sorted_as_shown(self.times, self.view))
        self._count = len(calls)
        if not self.view.group:
            return [call.id for call in calls]
        groups = group(calls, self.view, board.now(), self.host.text_of(self.view.group))
        self._groups = {one.value: one for one in groups}
        return flat(groups, self._folded)

    def _filling(self, now: float) -> bool:
        """Return whether the first calls are just coming, and nobody holds on to a row yet."""
        return not self._table.touched and (self._first_at is None or now - self._first_at < FILLING_S)

    def _show_empty(self, board: Board, empty: bool) -> None:
        self._empty.display = empty
        self._table.display = not empty
        if not empty:
            return
        if board.calls():
            lines: list[Line] = [(), (("No call matches ", "dim"), (self.told(self.view), "strong"))]
        else:
            address = self.host.veiled(self.host.address) if self.host.address is not None else None
            lines = status.how_to_send(address, board.sources(), board.now())
        self._empty.show(lines)

    def _look_again(self, **changes: object) -> None:
        """Show the view anew at once, because somebody asked for it."""
        # What changes has the name of its field.
        self.view = replace(self.view, **changes)  # type: ignore[arg-type]
        self._at_once = True
        self.redraw()

    def put(self, view: View) -> None:
        """Show another view at once."""
        self._filter.preset(str(view.filter))
        self.chart_span = place_of(view.span)
        if view.group != self.view.group:
            self._folded = frozenset()
        self._look_again(
            **{one.name: getattr(view, one.name) for one in fields(View) if one.name != "marked"}
        )

    def filtered(self, text: str) -> Overview:
        """Return a page like this one of the calls that a filter passes; from it escape leads back."""
        page = Overview()
        page._given = replace(self.whole_view(), filter=Filter(text), only_marked=False)
        return page

    def asked(self) -> str:
        """Return the filter that holds, with names, where the page was made for one."""
        return self.host.named(self.view).filter.text if self._given is not None else ""

    @property
    def _stands(self) -> bool:
        """Whether the filter that the page was made for still holds: then escape leads back, as it does below."""
        return self._given is not None and self._given.filter == self.view.filter

    def on_filter_bar_typed(self) -> None:
        """Filter as one types; while that cannot be read, the filter before holds."""
        try:
            found = Filter(self._filter.text)
        except Misread as wrong:
            self._filter.refuse(wrong)
            return
        if not self._filter.unfinished or self._any(found):
            self._look_again(filter=found)

    def _any(self, found: Filter) -> bool:
        """Return whether any call passes: the beginning of a field, that is in no call, is no filter yet."""
        return bool(self.host.board().rows(View(found, marked=self.host.marks.all())))

    def on_filter_bar_done(self, event: FilterBar.Done) -> None:
        """Give the keys back to the table, and the cursor to its call where the filter was dropped."""
        self.set_focus(self._table)
        if self._filter.wrong is None and self._filter.text != self.view.filter.text:
            self._look_again(filter=Filter(self._filter.text))
        if event.dropped and self._origin is not None and self._table.touched:
            self._table.choose(self._origin)

    def on_table_chosen(self) -> None:
        """Open the call that was clicked, or fold the group."""
        if is_header(self._table.chosen):
            self.action_fold()
        else:
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
        self._filter.open(self._values)

    def _values(self, name: str) -> list[str]:
        """Return the values that calls have in a field, the most frequent first."""
        board = self.host.board()
        return occurring(name, board.calls(), board.now())

    def action_clear_filter(self) -> None:
        """Show all calls again."""
        self._filter.clear()

    def action_sort(self, step: int) -> None:
        """Sort by the next column of those that are shown."""
        layout = lay_out(max(1, self._table.width - 1), columns(self.times, self.view))
        known = [column.key for column, _ in layout.columns if column.kind != "spark"]
        known += [] if self.view.sort in known else [self.view.sort]
        key = known[(known.index(self.view.sort) + step) % len(known)]
        self._look_again(sort=key, reverse=False)
        self.say_order()

    def action_times(self) -> None:
        """Show moments in the next way, and sort by that where the order is that of the time of calls."""
        self._at_once = self.view.sort == "duration"
        super().action_times()

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._look_again(reverse=not self.view.reverse)
        self.say_order()

    def action_worst(self) -> None:
        """Put the worst calls first."""
        self._look_again(sort="grade", reverse=False)
        self.say(("worst first", "strong"))

    def action_mark(self) -> None:
        """Mark the call under the cursor, or take its mark away, and go on to the next one."""
        if (target := self.target()) is not None:
            self._said_marks(self.host.marks.toggle(target))
            self._table.action_move(1)
            self._look_again()

    def action_mark_range(self) -> None:
        """Mark every call from the one that was marked last to the one under the cursor."""
        ids, last, chosen = self._order.ids, self.host.marks.last, self._table.chosen
        if chosen in ids:
            ends = sorted((ids.index(last) if last in ids else ids.index(chosen), ids.index(chosen)))
            self.host.marks.add(id for id in ids[ends[0] : ends[1] + 1] if not is_header(id))
            self._said_marks(True)
            self._look_again()

    def _said_marks(self, marked: bool) -> None:
        count = len(self.host.marks)
        compare: Line = ((" · ", "dim"), ("c", "key"), (" compares them", "dim")) if count > 1 else ()
        self.say(("marked" if marked else "not marked", "strong"), (f" · {count} in all", "dim"), *compare)

    def action_fold(self) -> None:
        """Fold the group under the cursor, or unfold it."""
        if (chosen := self._table.chosen) is not None and is_header(chosen):
            self._folded ^= {chosen[1:]}
            self._look_again()

    def action_follow(self) -> None:
        """Keep the cursor on its call when the order changes, or in its place."""
        self._table.follows = not self._table.follows
        self.say(
            ("the cursor stays ", "dim"), ("on its call" if self._table.follows else "in its place", "strong")
        )

    def action_mark_none(self) -> None:
        """Take all marks away; what only they let be seen is shown with all else."""
        self.host.marks.clear()
        self._look_again(only_marked=False)

    def action_mark_only(self) -> None:
        """Show only the marked calls, or all of them again."""
        self._look_again(only_marked=not self.view.only_marked, marked=self.host.marks.all())
        self.say(("only marked calls" if self.view.only_marked else "all calls", "strong"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something now."""
        if action == "clear_filter":
            return bool(self._filter.text) and not self._stands
        if action in ("sort", "reverse", "worst"):
            return len(self._order.ids) > 1
        if action == "filter":
            return not isinstance(self.focused, Entry) and (bool(self._order.ids) or bool(self._filter.text))
        if action in ("mark", "mark_range", "follow"):
            return self.target() is not None
        if action == "fold":
            return is_header(self._table.chosen)
        if action in ("view", "columns", "group", "save_view", "copy_view"):
            return not isinstance(self.focused, Entry) and len(self.host.board().calls()) > 0
        if action in ("mark_none", "mark_only"):
            return len(self.host.marks) > 0 or self.view.only_marked
        if action == "pane":
            return False
        return super().check_action(action, parameters)
