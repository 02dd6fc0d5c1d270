"""The demo: slots in which one call follows another, and all their frames in the order of time."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import attrgetter
from random import Random
from time import perf_counter

from callmon.model.frames import Frame
from callmon.sources.demo.modes import MODES, Mode
from callmon.sources.demo.plays import Play, legs

PREROLL_S = 240.0
"""How much has already happened when the screen opens, in seconds."""

_SLICE_S = 0.002
_REST_S = 0.001
_LONGEST_NAP_S = 0.25


class Demo:
    """Invented calls of every kind; the same seed and start give the same frames, to the byte.

    ``calls`` run at the same time, one after another in each slot. Slot by slot they take the modes in their
    order, over and over. ``start`` is epoch seconds.
    """

    def __init__(self, calls: int = 32, seed: int = 1, start: float = 0.0) -> None:
        """Begin at ``start`` with nothing."""
        self.start = start
        self.modes: dict[str, str] = {}
        slots = (self._slot(seed, number) for number in range(calls))
        self._frames = heapq.merge(*slots, key=attrgetter("at"))
        self._next: Frame | None = next(self._frames, None)

    def frames(self, until: float) -> Iterator[Frame]:
        """Return the frames that have not been returned yet, up to ``until``, in the order of time."""
        while self._next is not None and self._next.at <= until:
            frame = self._next
            self._next = next(self._frames, None)
            yield frame

    async def run(
        self, take: Callable[[Frame], object], clock: Callable[[], float], speed: float = 1.0
    ) -> None:
        """Give each frame to ``take`` when its time has come, and whatever is due already at once.

        ``clock`` tells the demo's time, which goes ``speed`` times as fast as that of the world.
        """
        while self._next is not None:
            began = perf_counter()
            for frame in self.frames(clock()):
                take(frame)
                if perf_counter() - began >= _SLICE_S:
                    # A key goes through several turns of the loop before it is on the screen.
                    await asyncio.sleep(_REST_S)
                    began = perf_counter()
            if self._next is not None:
                ahead = (self._next.at - clock()) / speed
                await asyncio.sleep(min(_LONGEST_NAP_S, max(0.0, ahead)))

    def _slot(self, seed: int, number: int) -> Iterator[Frame]:
        """Return the frames of the calls of one slot, which follow one another for ever."""
        mode = MODES[number % len(MODES)]
        rng = Random(f"{seed}/{number}")
        begins = self.start + self._first(mode, number, rng)
        while True:
            play = Play(mode if begins < self.start + PREROLL_S else _varied(mode, rng), begins, rng)
            self.modes[play.call] = mode.name
            yield from heapq.merge(*legs(play), key=attrgetter("at"))
            begins = play.ends + mode.gap_s * rng.uniform(0.8, 1.4)

    def _first(self, mode: Mode, number: int, rng: Random) -> float:
        """Return when the first call of a slot begins; beyond the first round they come spread out."""
        round_ = number // len(MODES)
        if not round_:
            return mode.first_s
        return mode.first_s + rng.uniform(0.0, max(0.0, min(60.0, PREROLL_S - mode.first_s - 60.0)))


def _varied(mode: Mode, rng: Random) -> Mode:
    """Return a mode with another length of life."""
    return replace(mode, life_s=mode.life_s * rng.uniform(0.85, 1.3)) if mode.fate == "none" else mode


def hastened(clock: Callable[[], float], speed: float) -> Callable[[], float]:
    """Return a clock that agrees with ``clock`` now and goes ``speed`` times as fast from here."""
    origin = clock()
    return lambda: origin + (clock() - origin) * speed
