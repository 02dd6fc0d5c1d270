"""Figures over all calls: how many and how good, for whom, where, over which relays; behind each its calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from callmon.board import Board
from callmon.engine.quality import Grade
from callmon.query import format as fmt
from callmon.query.aggregate import Figures, Wanted
from callmon.query.columns import NOT_HEARD
from callmon.query.selection import selection
from callmon.query.slots import Slot
from callmon.tui import keys
from callmon.tui.counting import SPANS, Counting
from callmon.tui.dossier import DOT
from callmon.tui.figures import span_words
from callmon.tui.limits import limits
from callmon.tui.line import Line, cells, clip, join, plain
from callmon.tui.panes import GUTTER, BarPane, Pane, SpreadPane, TimePane, counted, share
from callmon.tui.screen import Page
from callmon.tui.widgets.panel import Panel
from callmon.tui.widgets.panes import Panes

COLUMNS = ((170, 3), (100, 2), (0, 1))
"""From which width on there are how many columns."""

MOST = 8
MOST_TALL = 14
"""So many bars of a kind are shown at most, and on a tall screen; all of them where there is one column."""

TALL, SHORT = 50, 30
"""From so many lines on charts of time are taller, and with fewer they are lower."""

ROOMY = 60
"""From this width on there is room for more than the fewest words."""

ALONE = 10
"""Lines that a chart of time leaves to everything else, where no other pane stands beside it."""

MOST_SLOTS = 96
"""So many stretches of time at most."""

TITLES = {
    "browser": "Browsers", "os": "Systems", "sdk": "SDKs", "region": "Regions", "left_reason": "Why they left",
    "device": "Devices",
}  # fmt: skip
"""What participants are told apart by, and what stands over it."""


class DashboardPage(Page):
    """The page of figures over all calls."""

    NAME = "dashboard"
    ABOUT = "Figures over all calls: under way, with issues, by software, region; Enter leads to the calls, Esc back."
    OPENS = keys.ACTIONS["show.dashboard"]
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "open.row", "pane.next", "pane.previous", "span.longer", "span.shorter"
    )
    CSS = """
    DashboardPage Panes {
        height: 1fr; margin: 0 1; background: $ground-page; overflow: hidden auto; scrollbar-size-vertical: 1;
        scrollbar-background: $ground-page; scrollbar-background-hover: $ground-page;
        scrollbar-background-active: $ground-page; scrollbar-color: $ink-faint;
        scrollbar-color-hover: $ink-dim; scrollbar-color-active: $ink-dim; scrollbar-corner-color: $ground-page;
    }
    DashboardPage #detail { dock: bottom; height: 1; margin: 0 0 1 0; padding: 0 1; background: $ground-page; }
    """

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self.span: int | None = None
        self._grid = Panes(id="grid")
        self._counting = Counting()
        self._figures: Figures | None = None
        self._drawn: tuple[object, ...] = ()
        self._alone = False

    def body(self) -> ComposeResult:
        """Yield the grid of panes, and the line about what the cursor is on."""
        yield self._grid
        yield Panel(id="detail", focusable=False)

    def on_mount(self) -> None:
        """Begin where one left."""
        self._counting, self.span, self._grid.at = self.host.kept.get(
            self.NAME, (self._counting, self.span, self._grid.at)
        )

    def leave(self) -> None:
        """Note where one is, for when one comes again."""
        self.host.kept[self.NAME] = (self._counting, self.span, self._grid.at)

    def renamed(self, names: Callable[[str], str]) -> None:
        """Count again: in the figures there are names."""
        super().renamed(names)
        self._counting, self._figures, self._drawn = Counting(), None, ()
        self._grid.at = (self._grid.at[0], names(self._grid.at[1]))
        self._grid.show([], 1)
        self.leave()

    def head(self, board: Board) -> tuple[Line, Line]:
        """Count on, and return the totals and the span: they are of the same moment as the panes."""
        slots = self._divided()[1]
        chosen = None if self.span is None else SPANS[self.span]
        found = self._figures = self._counting.look(board, self.host.clock(), chosen, slots) or self._figures
        if found is None:
            return (("counting…", "dim"),), ()
        before = f" (before {fmt.count(found.minutes_before)})" if found.minutes_before is not None else ""
        parts: list[Line] = [
            ((fmt.count(found.calls), "strong"), (" calls, ", "dim"),
             (share(found.bad_calls, found.calls), "fair" if found.bad_calls else "text"), (" with issues", "dim")),
            ((f"{NOT_HEARD} {fmt.count(found.unheard)}", "fair"), (" not heard", "dim")) if found.unheard else (),
            ((fmt.count(found.rooms), "strong"), (" rooms, ", "dim"),
             (share(found.bad_rooms, found.rooms), "fair" if found.bad_rooms else "text")),
            ((fmt.count(found.people), "strong"), (" participants, ", "dim"),
             (share(found.bad_people, found.people), "fair" if found.bad_people else "text")),
            ((fmt.count(found.minutes), "strong"), (f" min{before}", "dim")),
        ]  # fmt: skip
        when: Line = (("last ", "dim"), (_lasting(_shown(found)), "text"))
        parts = [part for part in parts if part]
        line = join(parts, DOT)
        while len(parts) > 1 and cells(line) + cells(when) > self.size.width - 4:
            line = join(parts := parts[:-1], DOT)
        return line, when

    def draw(self, board: Board) -> None:
        """Bring the panes up to date."""
        found, columns = self._figures, self._divided()[0]
        key = (
            found,
            columns,
            self.host.charts,
            tuple(board.levels().items()),
            self._grid.width,
            self.size.height,
            self._alone,
        )
        if found is not None and key != self._drawn:
            self._drawn = key
            panes = self._panes(found, board, columns)
            self._grid.show([one for one in panes if not self._alone or one.key == self._grid.at[0]], columns)
        self._tell()

    def _divided(self) -> tuple[int, int]:
        """Return in how many columns the panes stand, and how many stretches of time one of them has room for."""
        columns = 1 if self._alone else next(n for width, n in COLUMNS if self.size.width >= width)
        return columns, max(8, min(MOST_SLOTS, self._grid.column_width(columns) - GUTTER))

    def _tell(self) -> None:
        """Say in one line what the cursor is on."""
        chosen = self._grid.chosen
        line = (
            chosen[0].detail(chosen[1]) if chosen is not None else (("nothing has been counted yet", "dim"),)
        )
        self.query_one("#detail", Panel).show([clip(line, self.size.width - 2)])

    def _panes(self, found: Figures, board: Board, columns: int) -> list[Pane]:
        charts = self.host.charts
        known = limits(board.levels())

        def grade(key: str, value: float | None) -> str:
            levels = known.get(key)
            if value is None:
                return "faint"
            judged = levels.grade(value) if levels is not None else Grade.GOOD
            return "text" if judged is Grade.GOOD else judged.value

        def bars(key: str, name: str, what: str) -> BarPane:
            all_ = {"issues": found.issues, "relays": found.relays, "providers": found.providers}.get(key)
            all_ = found.groups[key] if all_ is None else all_
            most = len(all_) if columns == 1 else MOST_TALL if self.size.height >= TALL else MOST
            return BarPane(key, name, all_[:most], what, charts, max(0, len(all_) - most))

        return [
            *self._times(found),
            SpreadPane("spread", "Measured", found.spreads, grade),
            bars("issues", "Issues", "calls"),
            bars("relays", "Relays, worst first", "calls"),
            *(bars(key, name, "people") for key, name in TITLES.items()),
            bars("providers", "Sources", "calls"),
        ]

    def _times(self, found: Figures) -> list[TimePane]:
        """Return the charts of time."""
        rooms = Wanted("is", ("room",))
        height, charts = self.size.height, self.host.charts
        tall = 5 if height >= TALL else 2 if height < SHORT else 3
        tall = max(tall, height - ALONE) if self._alone else tall
        had = "of all had issues" if self.size.width >= ROOMY else "had issues"
        bad = f"{share(found.bad_calls, found.calls)} {had}"
        bad_rooms = f"{share(found.bad_rooms, found.rooms)} {had}"
        before = fmt.count(found.minutes_before) if found.minutes_before is not None else "unknown"
        panes = [
            TimePane("calls", "Calls under way", bad, found.slots, lambda one: one.calls,
                     lambda one: _part(one.bad_calls, one.calls), _calls, 1.0, "bad%", True,
                     charts=charts, tall=tall),
            TimePane("rooms", "Rooms under way", bad_rooms, found.slots,
                     lambda one: one.rooms, lambda one: _part(one.bad_rooms, one.rooms), _rooms, 1.0, "bad%", True,
                     rooms, charts, tall, lambda one: one.room_hole),
            TimePane("minutes", "Minutes of participants", f"before: {before}", found.slots, lambda one: one.minutes,
                     lambda one: one.before, _minutes, max((one.minutes for one in found.slots), default=1.0) or 1.0,
                     "was", False, charts=charts, tall=tall),
        ]  # fmt: skip
        return [pane for pane in panes if found.rooms or pane.key != "rooms"]

    def on_panes_moved(self) -> None:
        """Say what the cursor is on now."""
        self._tell()
        self.leave()

    def on_panes_chosen(self) -> None:
        """Open the calls behind what was clicked."""
        self.action_open_row()

    def action_open_row(self) -> None:
        """Open the calls behind what the cursor is on."""
        chosen, found = self._grid.chosen, self._figures
        if chosen is None or found is None:
            return
        self.leave()
        wanted, stretch = chosen[0].wanted(chosen[1])
        whole = None if found.whole else (found.since, found.until)
        self.host.filter_calls(selection(wanted, stretch or whole))

    @property
    def enlarged(self) -> bool:
        """Whether one pane has the whole screen."""
        return self._alone

    def action_whole(self, wanted: int) -> None:
        """Give the pane that the cursor is in the whole screen, or let it be one of several again."""
        self._alone = not self._alone and bool(wanted)
        self.redraw()
        self.refresh_bindings()

    def action_pane(self, step: int) -> None:
        """Go to the next (1) or previous (-1) pane; of one that is alone its neighbour takes the place."""
        alone, self._alone = self._alone, False
        if alone:
            self.redraw()
        self._grid.leap(step)
        if alone:
            self.action_whole(1)

    def action_span(self, step: int) -> None:
        """Look at a longer (1) or shorter (-1) span of time."""
        usual = SPANS.index(self._counting.usual(self.host.board().now()))
        self.span = max(0, min(len(SPANS) - 1, (self.span if self.span is not None else usual) + step))
        self.say(("the last ", "dim"), (_lasting(SPANS[self.span]), "strong"))
        self.leave()
        self.redraw()

    def copied(self) -> tuple[str, str] | None:
        """Return what the cursor is on, in words."""
        chosen = self._grid.chosen
        return ("figure", plain(chosen[0].detail(chosen[1]))) if chosen is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something now."""
        if action == "open_row":
            return self._grid.chosen is not None
        if action == "whole":
            return self._alone or (parameters == (1,) and self._grid.chosen is not None)
        return True if action == "pane" else super().check_action(action, parameters)


def _shown(found: Figures) -> float:
    """Return the span that was asked for: that of the slots is up to one of them longer."""
    return max((span for span in SPANS if span <= found.until - found.since), default=SPANS[0])


def _lasting(seconds: float) -> str:
    """Return a span in words: ``15 min``, ``3 h``."""
    return f"{fmt.number(seconds / 3600)} h" if seconds >= 3600 else span_words(seconds)


def _part(bad: int, all_: int) -> float | None:
    return bad / all_ if all_ else None


def _words(count: int, bad: int, lost: int, what: str) -> Line:
    if lost and not count:
        return ((f"{counted(lost, what)} under way, not heard", "fair"),)
    return ((f"{counted(count, what)} under way", "strong"),
            (f", {fmt.count(bad)} with an issue then ({share(bad, count)})", "fair" if bad else "dim"),
            (f", {counted(lost, what, more=True)} not heard" if lost else "", "fair"))  # fmt: skip


def _calls(slot: Slot) -> Line:
    return _words(slot.calls, slot.bad_calls, slot.unheard, "calls")


def _rooms(slot: Slot) -> Line:
    return _words(slot.rooms, slot.bad_rooms, slot.unheard_rooms, "rooms")


def _minutes(slot: Slot) -> Line:
    before = "unknown" if slot.before is None else fmt.number(slot.before, 1)
    minutes = fmt.UNKNOWN if slot.hole else fmt.number(slot.minutes, 1)
    return (
        (f"{minutes} min of participants", "strong"),
        (f", a period before {before}", "dim"),
        (f", {counted(slot.unheard, 'calls')} not heard" if slot.unheard else "", "fair"),
    )
