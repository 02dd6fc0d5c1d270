"""The garbage collector, which holds everything up while it looks at all there is: when it may do that."""

from __future__ import annotations

import gc
from collections.abc import Callable

EACH_S = 1.0
"""How often what is new is looked through, in seconds."""

IDLE_S = 1.0
"""So long nobody has pressed a key then."""

WHOLE = 600
"""Every so many times everything is looked through again: what was there before may have become garbage."""

YOUNG = (700, 6, 1_000_000)
"""Thresholds of the collector by itself: what is young at once, what is old never."""


class Tidying:
    """Looks what is new through in quiet moments, and takes what is still there out of the collector's sight.

    ``clock`` is a steady clock in seconds, ``key_at`` tells when the last key was pressed.
    """

    def __init__(self, clock: Callable[[], float], key_at: Callable[[], float]) -> None:
        """Do nothing yet."""
        self._clock = clock
        self._key_at = key_at
        self._count = 0
        self._before: tuple[int, int, int] | None = None
        self._ended = False

    def begin(self) -> None:
        """Take what was imported and made so far out of sight; not after the end, where a timer may still ask."""
        if self._ended:
            return
        self._before = self._before or gc.get_threshold()
        gc.set_threshold(*YOUNG)
        gc.collect()
        gc.freeze()

    def end(self) -> None:
        """Leave the collector as it was, for good."""
        self._ended = True
        if self._before is not None:
            gc.set_threshold(*self._before)
            gc.unfreeze()
            self._before = None

    def tidy(self) -> None:
        """Look what is new through, and at times everything; under somebody's hands only take it out of sight."""
        if self._before is None or not gc.isenabled():
            return
        if self._clock() - self._key_at() >= IDLE_S:
            self._count += 1
            if self._count % WHOLE == 0:
                gc.unfreeze()
            gc.collect()
        gc.freeze()
