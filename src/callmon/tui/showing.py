"""Which board is shown: the live one, one that was frozen, or the past; and how one comes from one to another."""

from __future__ import annotations

import asyncio
import gc
import math
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from callmon.board import Board
from callmon.query import format as fmt
from callmon.query.misread import Misread
from callmon.rewind.when import moment
from callmon.tui.line import Line

if TYPE_CHECKING:
    from callmon.rewind.board import PastBoard
    from callmon.rewind.health import Chronicle
    from callmon.rewind.past import Past

SLICE_S = 0.004
"""Going to another moment is done in pieces of so many seconds."""

REST_S = 0.001
"""So long everything else has its turn in between."""

PATIENCE_S = 0.15
"""That it takes its time is said after so many seconds."""

REPEAT_S = 0.3
"""Steps that come faster than this are those of a key that is held down."""

QUICK, LONG = 8, 5.0
"""After so many of them each one goes so many seconds."""


class Showing:
    """What the pages look at; ``changed`` is called whenever that is another."""

    def __init__(
        self,
        live: Board,
        clock: Callable[[], float],
        changed: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        """Begin with what is live; ``clock`` is a steady clock in seconds, ``say`` is told what went wrong."""
        self.live = live
        self._ended = False
        self._clock = clock
        self._changed = changed
        self._say = say
        self._frozen: tuple[Board, float, int] | None = None
        self._past: tuple[Past, Chronicle] | None = None
        self._shown: PastBoard | None = None
        self._target: float | None = None
        self._going: asyncio.Task[None] | None = None
        self._moving = False
        self._slow = False
        self._number = 0
        self._stride = (float("-inf"), 0, 0)

    def attach(self, live: Board, past: tuple[Past, Chronicle] | None) -> None:
        """Look at another live board, whose past is ``past`` (None: it cannot be gone back to)."""
        self.live, self._past = live, past

    def end(self) -> None:
        """What was live is at its end, and stands still from now on: that of a replay."""
        self._ended = True
        self._changed()

    @property
    def _newest(self) -> str:
        """What the newest moment is called."""
        return "the end" if self._ended else "now"

    def board(self) -> Board:
        """Return the board to look at."""
        if self._shown is not None:
            return self._shown
        return self._frozen[0] if self._frozen is not None else self.live

    @property
    def rewound(self) -> bool:
        """Whether an earlier moment is shown, or is on its way."""
        return self._target is not None

    @property
    def between(self) -> bool:
        """Whether what is shown is just being led to another moment, so that nobody may look at it."""
        return self._shown is not None and self._moving

    @property
    def on_the_way(self) -> bool:
        """Whether another moment was asked for than the one that is shown so far."""
        return self.rewound and (self._shown is None or self._going is not None)

    # Freezing

    def freeze(self) -> None:
        """Freeze what is shown; or go back to now, where it stands still already."""
        if self.rewound:
            self.return_to_now()
        elif self._frozen is None:
            self._frozen = (self.live.frozen(), self.live.now(), self._frames())
        else:
            self._frozen = None
        self._changed()

    def _frames(self) -> int:
        return sum(source.frames for source in self.live.sources())

    # Going to another moment

    def can(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Return whether an action does something: going on and back to now does from an earlier moment only."""
        on = action == "now" or (action == "rewind" and int(str(parameters[0])) > 0)
        return self.rewound if on else self.oldest() is not None

    def oldest(self) -> float | None:
        """Return the oldest whole second that can be gone to, None where there is none."""
        earliest = self._past[0].tape.earliest() if self._past is not None else None
        return math.ceil(earliest) if earliest is not None and earliest < self.live.now() else None

    def step(self, seconds: float) -> str | None:
        """Go some seconds on, or back where they are negative; return what is to be said of it."""
        if abs(seconds) == 1.0:
            seconds *= self._stretched(seconds > 0)
        return self._go(math.floor(self._at()) + seconds)

    def _stretched(self, on: bool) -> float:
        """Return by how much a step is longer because its key is held down."""
        last, way, count = self._stride
        held = self._clock() - last < REPEAT_S and way == on
        self._stride = (self._clock(), int(on), count + 1 if held else 0)
        return LONG if held and count >= QUICK else 1.0

    def _at(self) -> float:
        return self._target if self._target is not None else self.board().now()

    def _go(self, to: float) -> str | None:
        oldest, now = self.oldest(), self.live.now()
        if oldest is None:
            return "nothing is on the tape yet"
        if to > math.floor(now) - 1:
            there = not self.rewound
            self.return_to_now()
            return f"this is {self._newest}" if there else f"back to {self._newest}"
        if to <= oldest:
            self._head_for(oldest)
            return f"the tape begins at {fmt.clock(oldest)}"
        self._head_for(to)
        return None

    def seek(self, text: str) -> Misread | None:
        """Go to the moment that somebody typed; return what is wrong with it, if anything is."""
        oldest, now = self.oldest(), self.live.now()
        try:
            to = moment(text, self._at(), now)
        except Misread as error:
            return error
        if oldest is None:
            return Misread(0, "nothing is on the tape yet")
        if math.floor(to) > math.floor(now):
            return Misread(0, f"it {'ends at' if self._ended else 'is only'} {fmt.clock(now)}")
        if math.ceil(to) < oldest:
            return Misread(0, f"the tape begins at {fmt.clock(oldest)}")
        self._go(max(float(round(to)), oldest))
        return None

    def return_to_now(self) -> None:
        """Look at what is live."""
        self._target = self._shown = self._frozen = None
        if self._going is None and self._past is not None:
            self._past[0].leave()
        self._changed()

    async def close(self) -> None:
        """Go nowhere any more."""
        if self._going is not None:
            self._going.cancel()
            await asyncio.wait([self._going], timeout=1.0)

    def _head_for(self, to: float) -> None:
        self._target = to
        if self._going is None and self._past is not None:
            self._going = asyncio.create_task(self._travel(*self._past), name="rewind")

    async def _travel(self, past: Past, chronicle: Chronicle) -> None:
        """Go to where somebody wants to be, and on where that has become another moment meanwhile."""
        from callmon.rewind.board import PastBoard

        try:
            while self._target is not None and past.at != self._target:
                self._moving = True
                await self._lead(past, self._target)
                self._moving = self._slow = False
                if self._target is not None:
                    self._number += 1
                    self._shown = PastBoard(past, chronicle, self.live, self._number)
                    self._frozen = None
                    self._changed()
        except Exception as error:
            # Whatever is wrong with what was kept, what is live goes on.
            self._target = self._shown = None
            self._say(f"the past cannot be shown: {fmt.clean(f'{type(error).__name__}: {error}')}")
        finally:
            self._going, self._moving, self._slow = None, False, False
            if self._target is None:
                past.leave()
                self._changed()

    async def _lead(self, past: Past, to: float) -> None:
        """Go to one moment in small pieces, or no further where somebody went back to now."""
        began = piece = perf_counter()
        # So much is made meanwhile that looking through all of it for garbage would be the longest piece by far.
        collected = gc.isenabled()
        gc.disable()
        try:
            for _ in past.go(to):
                if perf_counter() - piece < SLICE_S:
                    continue
                if not self._slow and perf_counter() - began > PATIENCE_S:
                    self._slow = True
                    self._changed()
                await asyncio.sleep(REST_S)
                if self._target is None:
                    return
                piece = perf_counter()
        finally:
            if collected:
                gc.enable()

    # Words

    def banner(self, plain: bool = False) -> Line:
        """Return what is shown instead of what is live; nothing where that is shown. ``plain`` is all ASCII."""
        if self.rewound and (self._shown is not None or self._slow):
            return self._rewound("<<" if plain else "◂◂", " - " if plain else " · ")
        if self._frozen is None or self._stands_at_the_end:
            return self._at_the_end(" - " if plain else " · ") if self._ended else ()
        since, frames = self.live.now() - self._frozen[1], self._frames() - self._frozen[2]
        behind = f"{fmt.count(frames)} frame{'' if frames == 1 else 's'} behind"
        return (
            ("FROZEN ", "strong"),
            (fmt.stopwatch(since), "strong"),
            (f" · {behind} · p: {self._newest}", "text"),
        )

    @property
    def _stands_at_the_end(self) -> bool:
        """Whether what was frozen is the end, after which nothing comes."""
        return self._ended and self._frozen is not None and self._frozen[1] == self.live.now()

    def _at_the_end(self, dot: str) -> Line:
        back = f"{dot}[: back" if self.oldest() is not None else ""
        return (
            ("END OF THE REPLAY ", "strong"),
            (fmt.clock(self.live.now()), "strong"),
            (f"{dot}all is as it was then{back}", "text"),
        )

    def _rewound(self, sign: str, dot: str) -> Line:
        target = self._target or 0.0
        if self._slow and (self._shown is None or self._shown.now() != target):
            at = self._shown.now() if self._shown is not None else self.live.now()
            way = "back" if target < at else "on"
            return ((f"{sign} ", "strong"), (f"going {way} to {fmt.clock(target)}…", "strong"))
        at = self._shown.now() if self._shown is not None else target
        begins = f"{dot}the tape begins here" if at == self.oldest() else ""
        before = "before the end" if self._ended else "behind"
        behind = f"{dot}{fmt.stopwatch(self.live.now() - at)} {before}{begins}{dot}End: {self._newest}"
        return ((f"{sign} {fmt.clock(at)}", "strong"), (behind, "text"))
