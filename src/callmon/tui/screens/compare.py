"""Several calls side by side: on one clock, one scale and one cursor line, and what differs between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from callmon.board import Board
from callmon.query.course import Aspect
from callmon.query.view import View
from callmon.tui import differing, dossier, figures, keys, lineup
from callmon.tui.comparison import (
    CALM_S,
    Clock,
    Comparison,
    Member,
    Reach,
    Scene,
    aspects,
    clock,
    overlap,
    reach,
    stepped,
)
from callmon.tui.differing import Differences
from callmon.tui.host import Host
from callmon.tui.limits import limits
from callmon.tui.line import Line
from callmon.tui.marks import MOST, chosen
from callmon.tui.screen import Page
from callmon.tui.spans import SPANS
from callmon.tui.times import Times
from callmon.tui.widgets.braille import GLYPHS
from callmon.tui.widgets.entry import Entry
from callmon.tui.widgets.grid import Grid, shares
from callmon.tui.widgets.panel import Panel
from callmon.tui.widgets.plot import GUTTER

LEAST_HIGH, MOST_HIGH = 4, 16
"""Lines of a chart with its title."""

LISTED = 8
"""Events in words below the charts, at most."""

LOW, SLIM = 18, 50
"""With fewer lines or cells than this there are values and no charts."""

HURRY_S = 3.0
"""For the sake of a key, courses that are not older are not brought up to date: the next paint does that."""

CHARTS, DIFFERENT, EVERY = range(3)
"""What is shown: charts, the facts that differ, or all facts."""


class ComparePage(Page):
    """The page that holds calls against each other."""

    NAME = "compare"
    ABOUT = "Marked calls side by side: charts on one clock and scale, a cursor line, and what differs."
    TIMES = Times.CLOCK
    OPENS = keys.ACTIONS["show.compare"]
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "cursor.back",
        "cursor.on",
        "cursor.first",
        "cursor.last",
        "cursor.drop",
        "differences",
        "overlay",
        "baseline",
        "scale",
        "span.longer",
        "span.shorter",
        "call.next",
        "call.previous",
        *(f"call.{number}" for number in range(1, MOST + 1)),
    )
    CSS = """
    ComparePage #tops { height: auto; margin: 0 1; overflow: hidden hidden; }
    ComparePage #grid {
        height: 1fr; margin: 0 1; background: $ground-page; overflow: hidden auto; scrollbar-size-vertical: 1;
        scrollbar-background: $ground-page; scrollbar-background-hover: $ground-page; scrollbar-color: $ink-faint;
        scrollbar-background-active: $ground-page; scrollbar-color-hover: $ink-dim; scrollbar-color-active: $ink-dim;
    }
    ComparePage #axis { height: auto; margin: 0 1; overflow: hidden hidden; }
    ComparePage #facts { height: 1fr; margin: 0 1; }
    """

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self.ids: tuple[str, ...] = ()
        self.focus_at = 0
        self.cursor: float | None = None
        self.mode = CHARTS
        self.over = False
        self.own = False
        self.baseline: int | None = None
        self.scene: Scene | None = None
        self._left_out = 0
        self._began = False
        self._held: int | None = None
        self._hurried = False
        self._reach = Reach(0.0, 0.0, False)
        self._aspects: list[Aspect] = []
        self._comparison = Comparison()
        self._differences = Differences()

    @classmethod
    def count(cls, host: Host, target: str | None) -> int:
        """Return how many calls would be compared, 0 where there are not two of them."""
        return len(chosen(host.marks, target))

    def body(self) -> ComposeResult:
        """Yield the calls, their charts, what happened to them, and the facts that take the place of the charts."""
        yield Panel(id="tops", focusable=False)
        yield Grid(MOST, self.host.clock, id="grid")
        yield Panel(id="axis", focusable=False)
        yield Panel(id="facts")

    def on_mount(self) -> None:
        """Take the calls that are marked now, and the clock that fits them."""
        below = [one.target() for one in self.app.screen_stack if isinstance(one, Page) and one is not self]
        self.ids = chosen(self.host.marks, below[-1] if below else None)
        self._left_out = max(self.host.marks.left_out, len(self.host.marks) - MOST)
        if self._left_out > 0:
            self.say(*lineup.shared(len(self.ids), self._left_out, self.host.marks.order), seconds=8.0)

    def renamed(self, names: Callable[[str], str]) -> None:
        """Hold on to the same calls; what was gathered of them has names in it, and is gathered again."""
        super().renamed(names)
        self.ids = tuple(map(names, self.ids))
        self.scene = None
        self._comparison, self._differences = Comparison(), Differences()

    def target(self) -> str | None:
        """Return the call that was picked."""
        return self.ids[self.focus_at] if self.focus_at < len(self.ids) else None

    def viewed(self) -> View | None:
        """Return the calls that are compared."""
        return View(marked=frozenset(self.ids), only_marked=True)

    def about(self) -> Sequence[str]:
        """Return the calls that are compared."""
        return self.ids

    def crumbs(self) -> tuple[str, ...]:
        """Return how many calls are compared."""
        return (f"compare {len(self.ids)}",)

    def head(self, board: Board) -> tuple[Line, Line]:
        """Return the clock and the part of time that is shown, and what else was chosen."""
        self.scene = scene = self._scene(board)
        if scene is None:
            return ((dossier.NOT_THERE, "dim"),), ()
        left = lineup.shown(scene, self._reach, SPANS[self.chart_span])
        words = [lineup.shared(len(self.ids), self._left_out)[0][0]] if self._left_out > 0 else []
        words += [f"against {self.baseline + 1}"] if self.baseline is not None else []
        if self.mode != CHARTS and self.app.size.height < LOW:
            left = ()
        else:
            words += ["own scales"] if self.own and not self.over else ["one scale"]
        return left, ((" · ".join(words), "dim"),) if words else ()

    @property
    def _since_start(self) -> bool:
        return self.times is Times.START

    # What is drawn

    def draw(self, board: Board) -> None:
        """Show the calls as they are, in the scene that the head is of."""
        scene = self.scene
        tops, grid = self.query_one("#tops", Panel), self.query_one("#grid", Grid)
        axis, listed = self.query_one("#axis", Panel), self.query_one("#facts", Panel)
        charts = scene is not None and self.mode == CHARTS and not self._little
        for widget, there in (
            (grid, charts),
            (axis, charts),
            (listed, scene is not None and self.mode != CHARTS),
        ):
            if bool(widget.display) != there:
                widget.display = there
        self._give_keys()
        if scene is None:
            tops.show([((dossier.NOT_THERE, "dim"),)])
            return
        width = self._width
        if self.mode == CHARTS:
            calm_s = HURRY_S if self._hurried else CALM_S
            self._comparison.follow(scene, self._aspects, board, self.host.clock(), calm_s)
        if self.mode != CHARTS:
            tops.show([] if self._little else lineup.tops(scene, width, self._across(scene), self.focus_at))
            self._draw_facts(scene, board, listed)
        elif self._little:
            lines = lineup.values(self._comparison, scene, self._aspects, width, self.focus_at)
            room = self.app.size.height - len(lines) - 3
            tops.show([*lines, (), *lineup.happened(scene, room - 1)] if room > 1 else lines)
        else:
            self._draw_charts(scene)

    @property
    def _width(self) -> int:
        """How many cells there are beside the margins."""
        return max(1, self.app.size.width - 2)

    @property
    def _little(self) -> bool:
        """Whether there is no room for charts."""
        return self.app.size.height < LOW or self.app.size.width < SLIM

    def _across(self, scene: Scene) -> int:
        """Return how many charts stand beside each other."""
        if scene.over:
            return lineup.overlaid(self._width, len(scene.members), len(self._aspects))
        return lineup.across(self._width, len(scene.members))

    def _scene(self, board: Board) -> Scene | None:
        """Return what is to be shown, or None where none of the calls is there."""
        found = [Member(place, call) for place, id in enumerate(self.ids) if (call := board.call(id))]
        if not found:
            return None
        now = board.now()
        if not self._began:
            self._began = True
            together = overlap([one.call for one in found], now, SPANS[self.chart_span])
            self.times = Times.CLOCK if together else Times.START
            self.over = len(found) > 3 and lineup.across(self._width, len(found)) == 1
        if not self._hurried:
            self._aspects = aspects(found)
            self._reach = reach(found, self._since_start, now)
        glyphs = GLYPHS[self.host.charts]
        members, levels = tuple(found), limits(board.levels())
        rest = levels, glyphs, now, self.cursor, self.baseline, self.own, self.over
        scene = Scene(members, Clock(1.0, 0, 1), *rest)
        # The charts leave a cell for the scrollbar, whether there is one or not.
        cells = max(1, shares(self._width - 1, self._across(scene)) - GUTTER - 1)
        shown = clock(self._reach, SPANS[self.chart_span], cells, self._since_start, self.cursor, self._held)
        self._held = shown.first
        return Scene(members, shown, *rest)

    def _draw_charts(self, scene: Scene) -> None:
        grid, width = self.query_one("#grid", Grid), self._width - 1
        across = self._across(scene)
        tops = lineup.tops(scene, width, across, self.focus_at)
        bands = 1 if scene.over else -(-len(scene.members) // across)
        count = -(-len(self._aspects) // across) if scene.over else bands * len(self._aspects)
        header = 3 if self.host.banner() else 2
        room = self.app.size.height - header - 1 - len(tops) - lineup.mark_lines(scene, across) - 1
        high = max(LEAST_HIGH, min(MOST_HIGH, (room - 1) // max(1, count)))
        listed = max(1, min(LISTED, room - high * count))
        self.query_one("#tops", Panel).show(tops)
        self.query_one("#axis", Panel).show(lineup.axis(scene, width, across, listed))
        each = [self._comparison.tiles(scene, aspect, high) for aspect in self._aspects]
        if scene.over:
            tiles = [tile for row in each for tile in row]
            rows = [tiles[begin : begin + across] for begin in range(0, len(tiles), across)]
        else:
            rows = [row[begin : begin + across] for row in each for begin in range(0, len(row), across)]
        grid.show(rows, width, high, scene.clock.column(scene.cursor), scene.glyphs.axis)

    def _draw_facts(self, scene: Scene, board: Board, panel: Panel) -> None:
        found, since_start, at = self._differences, self._since_start, self.host.clock()
        found.follow(scene.members, scene.levels, scene.now, since_start=since_start, board=board, at=at)
        lines = differing.lines(
            scene.members,
            found,
            self._width - 1,
            every=self.mode == EVERY,
            baseline=self.baseline,
            since_start=since_start,
            dense=self.app.size.height < LOW,
        )
        panel.show(lines)

    def _give_keys(self) -> None:
        """Let the keys that scroll go to what is shown."""
        wanted = self.query_one("#facts") if self.mode != CHARTS else self.query_one("#grid")
        if self.focused is not wanted and wanted.display and not isinstance(self.focused, Entry):
            wanted.focus(scroll_visible=False)

    def on_grid_resized(self) -> None:
        """Draw for the room that there is now."""
        self.redraw()

    # What keys do

    def action_times(self) -> None:
        """Show all by the clock, or each call since its start."""
        self.times = Times.CLOCK if self._since_start else Times.START
        self.cursor = self._held = None
        self.say(("each since its start" if self._since_start else "all by the clock", "strong"))
        self.redraw()

    def action_step(self, step: int) -> None:
        """Move the cursor line by a cell; beyond the end it goes, and the newest values are shown."""
        scene = self.scene
        if scene is None:
            return
        latest = self._comparison.latest(scene) if self.cursor is None and step < 0 else None
        there = replace(self._reach, end=latest) if latest is not None else self._reach
        number = stepped(scene.clock, there, self.cursor, step)
        if number is None:
            self.action_drop_cursor()
        else:
            self._put(number)

    def _hurry(self, keys: bool = True) -> None:
        """Draw what a key changed; what is new comes with the next paint. Without ``keys`` the same keys work."""
        self._hurried = True
        try:
            self.redraw(keys)
        finally:
            self._hurried = False

    def _put(self, number: int) -> None:
        scene, before = self.scene, self.cursor
        if scene is not None:
            self.cursor = (number + 0.5) * scene.clock.cell
            self._hurry(keys=before is None)

    def action_edge(self, end: int) -> None:
        """Put the cursor line at the beginning (0) or the end (1)."""
        if self.scene is not None:
            self._put(self.scene.clock.number(self._reach.end if end else self._reach.begin))

    def action_drop_cursor(self) -> None:
        """Show the newest values."""
        self.cursor = self._held = None
        self._hurry()

    def action_span(self, step: int) -> None:
        """Show a longer (1) or shorter (-1) span of time."""
        self.chart_span = max(0, min(len(SPANS) - 1, self.chart_span + step))
        self._held = None
        seconds = SPANS[self.chart_span]
        self.say(("charts: ", "dim"), (figures.span_words(seconds) if seconds else "whole calls", "strong"))
        self.redraw()

    def action_overlay(self) -> None:
        """Lay all calls over each other, or give each its own charts."""
        self.over = not self.over
        self._held = None
        self.redraw()

    def action_scale(self) -> None:
        """Give all calls one scale, or each its own."""
        self.own = not self.own
        self.say(("each call has its own scale" if self.own else "one scale for all calls", "strong"))
        self.redraw()

    def action_differences(self) -> None:
        """Show the facts that differ, then all, then the charts again."""
        self.mode = (self.mode + 1) % 3
        self.redraw()

    def action_baseline(self) -> None:
        """Hold the others against the call that was picked, or no longer."""
        self.baseline = None if self.baseline == self.focus_at else self.focus_at
        self.redraw()

    def action_pick(self, number: int) -> None:
        """Pick a call by its number."""
        if number <= len(self.ids):
            self.focus_at = number - 1
            self._hurry()

    def action_pane(self, step: int) -> None:
        """Pick the next (1) or previous (-1) call."""
        self.action_pick((self.focus_at + step) % max(1, len(self.ids)) + 1)

    def copied(self) -> tuple[str, str] | None:
        """Return the values, or the facts, as text."""
        if self.scene is None:
            return None
        if self.mode != CHARTS:
            return "differences", self.query_one("#facts", Panel).text
        return "values", lineup.copied(self._comparison, self.scene, self._aspects)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something here."""
        if action == "drop_cursor":
            return self.cursor is not None and self.mode == CHARTS
        if action in ("step", "edge", "span"):
            return self.mode == CHARTS
        if action in ("overlay", "scale"):
            return self.mode == CHARTS and not self._little
        if action == "copy":
            return self.scene is not None
        if action == "pick":
            return int(str(parameters[0])) <= len(self.ids)
        if action == "pane":
            return len(self.ids) > 1
        return super().check_action(action, parameters)
