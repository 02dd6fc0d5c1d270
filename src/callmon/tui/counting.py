"""Figures over the calls of a board: counted a few calls at each look, and added up at most every two seconds."""

from __future__ import annotations

import math

from callmon.board import Board
from callmon.query.aggregate import Figures, Ledger

EVERY_S = 2.0
"""Calls are counted anew at most so often, in seconds of a steady clock."""

SLICE = 250
"""So many calls at each look, so that a paint never waits long; at first four times as many."""

SPANS = (120.0, 300.0, 900.0, 3600.0, 10_800.0, 43_200.0, 86_400.0)
"""Seconds that the figures may span; the shortest that holds all calls is the usual one."""


class Counting:
    """Keeps the figures of a board; another board, such as a frozen one, is counted from the beginning."""

    def __init__(self) -> None:
        self._ledger = Ledger()
        self._board: Board | None = None
        self._version = -1
        self._began_at = float("-inf")
        self._figures: Figures | None = None
        self._for: tuple[object, ...] = ()

    def look(self, board: Board, clock: float, span: float | None, slots: int) -> Figures | None:
        """Count on, and return the figures of the last ``span`` seconds (None: the usual span) in so many slots.

        None before there are any; the same object as long as nothing changed.
        """
        if board is not self._board:
            self._board, self._ledger, self._version = board, Ledger(), -1
            self._began_at, self._for = float("-inf"), ()
        due = clock - self._began_at >= EVERY_S and board.version() != self._version
        if not self._ledger.busy and (due or not self._ledger.passes):
            self._began_at, self._version = clock, board.version()
            self._ledger.begin(board.calls())
        if self._ledger.busy:
            self._ledger.step(SLICE if self._ledger.passes else 4 * SLICE)
        since, until, count = self._ends(board.now(), span, max(1, slots))
        wanted = (self._ledger.passes, since, until, count)
        if self._ledger.passes and wanted != self._for:
            self._for = wanted
            self._figures = self._ledger.figures(since, until, count, board.now())
        return self._figures if self._ledger.passes else None

    def _ends(self, now: float, span: float | None, slots: int) -> tuple[float, float, int]:
        """Return both ends and the number of slots: whole seconds each, and at the same places as time goes on."""
        seconds = span if span is not None else self.usual(now)
        step = max(1, math.ceil(seconds / slots))
        count = math.ceil(seconds / step)
        until = math.ceil(now / step) * step
        return float(until - step * count), float(until), count

    def usual(self, now: float) -> float:
        """Return the shortest span that holds all calls."""
        first = min((one.began_at for one in self._ledger.digests.values()), default=now)
        return next((span for span in SPANS if now - first < span * 0.95), SPANS[-1])
