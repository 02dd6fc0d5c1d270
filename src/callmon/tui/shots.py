"""Pictures of the screens of one call, drawn without a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from textual import events

from callmon.board import Board
from callmon.engine.call import Call
from callmon.engine.quality import Levels
from callmon.model.frames import Frame
from callmon.model.health import SourceHealth
from callmon.query.view import View, choose
from callmon.tui.app import CallmonApp

SIZE = (120, 40)
"""Columns and lines of a picture."""

SHOWN = ("calls", "call", "ice", "report")
"""The screens of which pictures are taken."""

_FONTS = re.compile(r"@font-face\s*\{[^}]*\}\s*")


class OneCall:
    """A board that shows one call as it stood at one moment."""

    def __init__(self, call: Call, now: float, rules: str, levels: Mapping[str, Levels]) -> None:
        """Show ``call`` at ``now`` (epoch seconds)."""
        self._call = call
        self._now = now
        self._rules = rules
        self._levels = levels

    def now(self) -> float:
        """Return that moment."""
        return self._now

    def version(self) -> int:
        """Return 1: nothing changes."""
        return 1

    def rules(self) -> str:
        """Return the name of the rule set that judged."""
        return self._rules

    def levels(self) -> Mapping[str, Levels]:
        """Return its limits, by metric."""
        return self._levels

    def calls(self) -> Sequence[Call]:
        """Return the call."""
        return (self._call,)

    def call(self, id: str) -> Call | None:
        """Return the call, or None for any other."""
        return self._call if id == self._call.id else None

    def rows(self, view: View) -> list[Call]:
        """Return the call where the view shows it."""
        return choose(self.calls(), view, self._now)

    def sources(self) -> Sequence[SourceHealth]:
        """Return no source."""
        return ()

    def raw(self, call: str) -> Frame | None:
        """Return None."""
        return None

    def log(self) -> Sequence[tuple[float, str]]:
        """Return no line."""
        return ()

    def attend(self, calls: frozenset[str]) -> None:
        """Note nothing."""

    def frozen(self) -> OneCall:
        """Return itself."""
        return self


class _Easel(CallmonApp):
    """The app where nobody looks: it takes no signals, and leaves no trace in what runs beside it."""

    # Textual calls the handlers of all classes, one after another, unless it is told not to.

    def on_load(self, event: events.Load) -> None:  # type: ignore[override]  # Textual gives what is asked for
        """Leave signals to whom they belong."""
        event.prevent_default()

    def on_ready(self, event: events.Ready) -> None:  # type: ignore[override]  # as above
        """Begin nothing: what is drawn stands still."""
        event.prevent_default()


async def shoot(board: Board, call: Call, now: float) -> dict[str, str]:
    """Return the screens of a call at ``now`` as SVG, by name, judged as on ``board``; they load nothing."""
    found: dict[str, str] = {}
    app = _Easel(OneCall(call, now, board.rules(), board.levels()))
    async with app.run_test(size=SIZE) as pilot:
        for name in SHOWN:
            if name != "calls":
                app.show(name, call.id)
            await pilot.pause()
            await pilot.pause()
            found[name] = _FONTS.sub("", app.export_screenshot(title=f"callmon {name}"))
    return found
