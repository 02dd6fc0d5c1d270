"""Why a call is, or is not, connected: the verdict and the next step first, then everything it rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical

from callmon.board import Board
from callmon.engine.call import Call, Leg
from callmon.tui import dossier, keys, path
from callmon.tui.line import Line, plain
from callmon.tui.screen import Page
from callmon.tui.times import Times
from callmon.tui.widgets.panel import Panel
from callmon.tui.widgets.stage import Stage

WIDE = 110
"""From this width on, candidates and timeline stand beside the rest."""


class IcePage(Page):
    """The page about the connectivity of one call, a leg at a time."""

    NAME = "ice"
    ABOUT = "Why a call is or is not connected: verdict, transport, path, findings, candidates, timeline."
    NEEDS_CALL = True
    ON = "call"
    TIMES = Times.CLOCK
    OPENS = keys.ACTIONS["show.ice"]
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "pane.next", "pane.previous", "move.left", "move.right"
    )
    CSS = """
    IcePage #verdict { height: auto; max-height: 6; margin: 0 1 1 1; overflow: hidden hidden; }
    IcePage #legs { height: 1; margin: 0 1; overflow: hidden hidden; display: none; }
    """

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self.leg: str | None = None

    def renamed(self, names: Callable[[str], str]) -> None:
        """Hold on to the same call and leg."""
        super().renamed(names)
        self.leg = names(self.leg) if self.leg is not None else None

    def body(self) -> ComposeResult:
        """Yield the verdict, the choice of legs, and the panels."""
        yield Panel(id="verdict", wrapped=True, indent=2, focusable=False)
        yield Panel(id="legs", focusable=False)
        with Stage(id="stage"), Container(id="sides", classes="sides"):
            with Vertical(classes="left"):
                yield Panel(
                    "Transport", id="transport", wrapped=True, indent=path.NAME_WIDTH, focusable=False
                )
                yield Panel("Selected pair", id="pair", wrapped=True, indent=path.NAME_WIDTH, focusable=False)
                yield Panel("Findings", id="findings", wrapped=True, indent=4, focusable=False)
            with Vertical(classes="right"):
                yield Panel("Candidates", id="candidates", focusable=False)
                yield Panel(
                    "Timeline, the newest first", id="timeline", wrapped=True, indent=19, focusable=False
                )

    def crumbs(self) -> tuple[str, ...]:
        """Return the page's name as people write it."""
        return ("ICE",)

    def head(self, board: Board) -> tuple[Line, Line]:
        """Return the call's badge, reason and name, its state and age."""
        call = self.call(board)
        if call is None:
            return (), ()
        return dossier.standing(call, board.now(), self.size.width, self.note(call))

    def chosen(self, call: Call) -> Leg | None:
        """Return the leg that is shown: the one chosen, else the one that is worst off."""
        for id in (self.leg, call.ice_leg):
            if id is not None and id in call.legs:
                return call.legs[id]
        return next(iter(call.legs.values()), None)

    def draw(self, board: Board) -> None:
        """Show the leg as it is."""
        call = self.call(board)
        leg = self.chosen(call) if call is not None else None
        self.query_one("#stage", Stage).display = leg is not None
        if call is None or leg is None:
            words = dossier.NOT_THERE if call is None else "Nothing is known of any end of this call."
            self.query_one("#verdict", Panel).show([((words, "dim"),)])
            self.query_one("#legs", Panel).display = False
            return
        wide, width = self.app.size.width >= WIDE, self.app.size.width - 3
        self.query_one("#sides", Container).set_class(wide, "wide")
        legs = self.query_one("#legs", Panel)
        legs.display = len(call.legs) > 1
        legs.show([self._legs(call, leg)])
        self.query_one("#verdict", Panel).show(path.verdict(leg.diagnosis))
        self.query_one("#transport", Panel).show(path.transport(leg.ice.facts))
        self.query_one("#pair", Panel).show(path.pair(leg, call, self.times))
        self.query_one("#findings", Panel).show(path.findings(leg.diagnosis))
        lines = path.candidates(leg, call, self.times, (width - 2) // 2 if wide else width)
        self.query_one("#candidates", Panel).show(lines)
        self.query_one("#timeline", Panel).show(dossier.events(call, self.times))

    def _legs(self, call: Call, chosen: Leg) -> Line:
        """Return the legs to choose from, each with the sign of its verdict."""
        signs: dict[str, Line] = {}
        for leg in call.legs.values():
            shape, role = dossier.sign(leg.diagnosis)
            signs[leg.id] = ((f"{shape} ", role),)
        return dossier.legs(call, chosen.id, signs, self.app.size.width - 3)

    def action_pane(self, step: int) -> None:
        """Choose the next (1) or previous (-1) leg."""
        self.action_step(step)

    def action_step(self, step: int) -> None:
        """Choose the next (1) or previous (-1) leg."""
        call = self.call(self.host.board())
        leg = self.chosen(call) if call is not None else None
        if call is None or leg is None:
            return
        ids = list(call.legs)
        self.leg = ids[(ids.index(leg.id) + step) % len(ids)]
        self.redraw()

    def copied(self) -> tuple[str, str] | None:
        """Return the verdict, the path and the findings as text."""
        call = self.call(self.host.board())
        leg = self.chosen(call) if call is not None else None
        if call is None or leg is None:
            return None
        parts = [path.verdict(leg.diagnosis), path.transport(leg.ice.facts), path.pair(leg, call, self.times)]
        if leg.diagnosis is not None and leg.diagnosis.findings:
            parts.append(path.findings(leg.diagnosis))
        text = "\n".join(plain(line) for lines in parts for line in lines)
        return "diagnosis", f"call {call.id}, leg {dossier.leg_name(leg)}\n{text}"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something here."""
        if action in ("pane", "step"):
            call = self.call(self.host.board())
            return call is not None and len(call.legs) > 1
        return super().check_action(action, parameters)
