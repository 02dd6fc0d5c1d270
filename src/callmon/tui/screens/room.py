"""One room: what it is, who is affected, its participants, who came and who left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from callmon.board import Board
from callmon.engine.call import Call
from callmon.query.order import in_order
from callmon.query.people import FACTS, Person, persons
from callmon.query.rooms import name_of
from callmon.tui import attendance, dossier, figures, keys
from callmon.tui.line import Line, Span, clip, plain
from callmon.tui.listing import ListPage
from callmon.tui.sheet import Head, SheetRows, lay_out
from callmon.tui.subject import participant
from callmon.tui.times import Times
from callmon.tui.widgets.braille import GLYPHS
from callmon.tui.widgets.chart import Charts
from callmon.tui.widgets.panel import Panel
from callmon.tui.widgets.plot import CURVE_ROLES
from callmon.tui.widgets.table import Table

WIDE = 130
"""From this width on, who came and left stands beside the lanes."""

LOW = 20
"""With fewer lines there is room for the table or for joins and leaves; ``tab`` chooses."""

LANES = 12
"""So many participants at most have a lane; more would leave no room for the table."""

CHARTS = 10
"""Fewer lines than this are not worth a chart."""

AROUND = 3
"""Lines that joins and leaves have around them: a blank one, the title, and the times."""

COMINGS_LEAST = 3
"""Fewer joins and leaves than this are not worth a pane of their own."""

COMINGS = 60
"""So many joins and leaves are listed."""


class RoomPage(ListPage):
    """The page about one room."""

    NAME = "room"
    ABOUT = (
        "One room: its facts, who is affected, participants, joins and leaves; Enter leads to a participant."
    )
    NEEDS_CALL = True
    AUTO_FOCUS = "#rows"
    TIMES = Times.CLOCK
    HEADS: ClassVar[Mapping[str, Head]] = FACTS
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("pane.next", "pane.previous")
    CSS = """
    RoomPage #facts { height: auto; max-height: 6; margin: 0 1; overflow: hidden hidden; }
    RoomPage #rows { min-height: 3; }
    RoomPage #presence { height: auto; layout: vertical; }
    RoomPage #lanes { height: auto; margin: 1 1 0 1; overflow: hidden hidden; }
    RoomPage #comings { height: 8; margin: 1 1 0 1; }
    RoomPage #charts { height: 12; margin: 1 1 0 1; display: none; }
    RoomPage.wide #presence { layout: horizontal; }
    RoomPage.wide #lanes { width: 3fr; }
    RoomPage.wide #comings { width: 2fr; margin: 1 1 0 1; }
    RoomPage.few #presence { height: 1fr; }
    RoomPage.few #comings { height: 1fr; }
    RoomPage.low #presence { height: 1fr; }
    RoomPage.low #lanes { margin: 0 1; }
    RoomPage.low #comings { height: 1fr; margin: 0 1; }
    """

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self.known = self.subject or self.NAME
        self.turned = False

    def body(self) -> ComposeResult:
        """Yield the facts, the table of participants, and joins and leaves."""
        yield Panel(id="facts", wrapped=True, indent=2)
        yield self.table
        yield Charts(id="charts")
        with Container(id="presence"):
            yield Panel("Joins and leaves", id="lanes", focusable=False)
            yield Panel("Who came and left, the newest first", id="comings")

    def renamed(self, names: Callable[[str], str]) -> None:
        """Hold on to the same room; what it was called before is forgotten."""
        super().renamed(names)
        self.known = self.subject or self.NAME

    def crumbs(self) -> tuple[str, ...]:
        """Return the room's name."""
        call = self.call(self.host.board())
        self.known = name_of(call) if call is not None else self.known
        return (self.known,)

    def head(self, board: Board) -> tuple[Line, Line]:
        """Return the room's badge and name, how many are there and for how long it goes."""
        call = self.call(board)
        return attendance.standing(call, board.now()) if call is not None else ((), ())

    def draw(self, board: Board) -> None:
        """Show the room as it is."""
        call = self.call(board)
        facts = self.query_one("#facts", Panel)
        presence = self.query_one("#presence", Container)
        if call is None:
            facts.show([((dossier.NOT_THERE, "dim"),)])
            self.table.display = presence.display = False
            return
        now = float(int(board.now()))
        low = self.size.height < LOW
        self.set_class(low, "low")
        self.set_class(self.size.width >= WIDE and not low, "wide")
        lines = attendance.summary(call, now)
        facts.show([clip(line, self.size.width - 2) for line in lines] if low else lines)
        self.table.display = not (low and self.turned)
        presence.display = not low or self.turned
        people = persons(call)
        few = len(people) + 1 <= self.size.height // 3
        self.table.styles.height = len(people) + 1 if few and not low else "1fr"
        self.set_class(few and not low, "few")
        self._draw_table(board, people, now)
        self._draw_charts(call, board, len(people))
        if presence.display:
            self._draw_presence(call, people, now, low)

    def _samples(self, call: Call, people: list[Person]) -> dict[str, Line]:
        """Return the sample of its curve for each participant that has one in the charts."""
        if not self.query_one("#charts", Charts).display:
            return {}
        chosen = [id(stream) for _, stream in figures.choice(call, "outbound", None)]
        signs = GLYPHS[self.host.charts].samples
        found: dict[str, Line] = {}
        for person in people:
            own = [chosen.index(id(stream)) for stream in person.streams() if id(stream) in chosen]
            sample: Span = (f"{signs[own[0]]} ", CURVE_ROLES[own[0]]) if own else ("   ", "text")
            found[person.id] = (sample,)
        return found

    def _draw_charts(self, call: Call, board: Board, people: int) -> None:
        """Show what is sent, a curve for each of those worst off, where there is room beside everything else."""
        charts = self.query_one("#charts", Charts)
        count = len(figures.metrics(call, "outbound", None))
        across = min(3 if self.size.width >= WIDE else 2, count)
        left = self.size.height - 2 * people - 22
        charts.display = count > 0 and left >= CHARTS
        if not charts.display:
            return
        charts.columns = across
        charts.styles.height = min(left, 16) if across >= count else min(left, 2 * 12)
        shown = figures.span(call, 0.0, board.now())
        levels, times = board.levels(), self.times
        key = figures.key(call, (shown, tuple(levels.items()), times, across))
        charts.show(
            key,
            lambda: figures.figures(call, "outbound", None, shown, levels, times)[: 2 * across],
            self.host.charts,
        )

    def _draw_table(self, board: Board, people: list[Person], now: float) -> None:
        known = {person.id: person for person in people}
        ids = self.follow([person.id for person in in_order(people, FACTS[self.sort], now, self.reverse)])
        sheet = lay_out(max(1, self.table.row_width - 1), FACTS, self.sort)
        rows = SheetRows(
            tuple(ids),
            lambda id: attendance.row(known[id], sheet, board, now),
            lambda id: (known[id].call.version, sheet.columns, 0.0 if known[id].left_at is not None else now),
        )
        self.table.show(rows, sheet.titles(self.sort, self.reverse))

    def _draw_presence(self, call: Call, people: list[Person], now: float, low: bool) -> None:
        lanes, comings = self.query_one("#lanes", Panel), self.query_one("#comings", Panel)
        wide, few = self.has_class("wide"), self.has_class("few")
        facts = len(self.query_one("#facts", Panel).text.splitlines())
        above = 3 + (facts if self.size.width >= WIDE else facts + 3) + (len(people) + 1 if few else 6)
        room = self.size.height - above - AROUND
        most = min(LANES, len(people), room)
        lanes.display = not low and most >= min(2, len(people))
        comings.display = low or wide or room - most - AROUND >= COMINGS_LEAST
        if lanes.display:
            shown = sorted(people, key=lambda one: (one.left_at is not None, -one.grade.rank))[:most]
            shown = [one for one in people if one in shown]
            width = self.size.width - 3
            width = width * 3 // 5 - 3 if wide else width
            lines = attendance.lanes(
                call, shown, now, width, self.host.charts, self.times, self._samples(call, people)
            )
            hidden = len(people) - len(shown)
            lanes.show([*lines, ((f"… and {hidden} more", "dim"),)] if hidden else lines)
        if comings.display:
            comings.show(attendance.comings(call, people, self.times)[:COMINGS])

    def open_row(self) -> None:
        """Open the participant under the cursor."""
        if self.subject is not None and self.table.chosen is not None:
            self.host.show("participant", participant(self.subject, self.table.chosen))

    def action_pane(self, step: int) -> None:
        """Go to the next pane, or where there is room for one only, show the other."""
        if self.size.height < LOW:
            self.turned = not self.turned
            self.redraw()
            self.set_focus(self.query_one("#comings", Panel) if self.turned else self.table)
        else:
            comings = self.query_one("#comings", Panel)
            self.set_focus(comings if self.focused is self.table and comings.display else self.table)

    def copied(self) -> tuple[str, str] | None:
        """Return the facts of the room and who is affected, as text."""
        board = self.host.board()
        call = self.call(board)
        if call is None:
            return None
        left, right = attendance.standing(call, board.now())
        lines = [f"{plain(left)}  {plain(right)}", f"room {call.id}"]
        return "room", "\n".join(lines + [plain(line) for line in attendance.summary(call, board.now())])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something here."""
        if action == "pane" and self.enlarged:
            return False
        if action == "whole" and self.focused is self.table:
            return False
        if action == "pane":
            return self.size.height < LOW or self.query_one("#comings", Panel).display
        if action == "open_row":
            return self.table.chosen is not None and isinstance(self.focused, Table)
        return super().check_action(action, parameters)
