"""What every source is, and the loop that keeps one going: try, tell how it goes, back off, try again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from callmon.model import intake
from callmon.query import format as fmt

UNTOLD = "a time that is not known (the clock was set back)"
"""How long something took that ended before it began."""

WITHOUT = ", without what came meanwhile"
"""What is said of a source that is back and does not tell what it was told while it was away."""


class Intake(intake.Intake, Protocol):
    """Where a source puts its frames and says how it is doing."""

    def say(self, text: str) -> None:
        """Put a line in the log."""
        ...


class Source(Protocol):
    """Somewhere that frames come from; ``run`` goes on until the source is at its end or is cancelled."""

    @property
    def name(self) -> str:
        """What the source is called on screen."""
        ...

    async def run(self, intake: Intake) -> None:
        """Put frames into ``intake``; what goes wrong is said in the source's health, never raised."""
        ...


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance as a source uses them; a test gives its own."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the next try: somewhere between 0 and a cap that doubles (full jitter).

    Full jitter spreads many readers evenly over time when the feed that they all lost comes back. Who does not want
    to wait has it tried at most every ``least_s``.
    """

    first_s: float = 1.0
    most_s: float = 60.0
    refused_s: float = 900.0
    least_s: float = 1.0

    def cap(self, failures: int) -> float:
        """Return the longest wait after so many failures in a row (1 for the first)."""
        return min(self.most_s, self.first_s * 2.0 ** min(failures - 1, 30))


class Lost(Exception):
    """The connection is gone, or was never there.

    ``state`` is the health it makes: unreachable, unauthorised, backing-off, or waiting where all is well.
    ``wait_s`` is how long the far end asks to be left alone, where it says so; where all is well, how long to wait.
    """

    def __init__(self, reason: str, state: str = "backing-off", wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.state = state
        self.wait_s = wait_s


class Session:
    """What one source knows across its connections, and the writer of its health's state, but for its silence.

    ``told_at`` is when it last received anything, and ``told`` whether it has on the present connection.
    """

    def __init__(self, name: str, intake: Intake, clock: Clock) -> None:
        self.health = intake.source(name)
        self.health.beat_s, self.health.unheard = None, False  # one of that name may have been another kind
        self.told_at: float | None = None
        self.told = False
        self._lost_at: float | None = None
        self._stood_at: float | None = None
        self._name = name
        self._intake = intake
        self._clock = clock

    def begin(self) -> None:
        """A connection is being made."""
        self.told = False
        self._stood_at = None
        self.health.next_try_at = None
        if self.health.state != "waiting":
            self._become("starting", "connecting")

    def connect(self) -> None:
        """The connection stands; from where nothing ever came that alone is said, as it may be quiet for long."""
        self.health.last_success_at = self._stood_at = now = self._clock.now()
        if self.told_at is None and self._lost_at is not None:
            self.say(back(now - self._lost_at, first=True))
            self._lost_at = None
        self._become("waiting", "connected, nothing received yet")

    def receive(self, resumed: bool = False) -> None:
        """Something was received; unless the far end ``resumed``, what came since the last time is lost.

        It was away until it was connected again, or as long as nothing was heard of its calls.
        """
        now, before = self._clock.now(), self.told_at
        anew = not self.told and before is not None and not resumed
        self.health.gaps += anew or self.health.unheard
        if anew and before is not None:
            self.say(f"{back(now - before, first=False)}{WITHOUT}")
        elif self.health.unheard and before is not None:
            self.say(back(now - before, first=False))
        elif self._lost_at is not None:
            self.say(back((self._stood_at or now) - self._lost_at, first=False))
        self._lost_at, self.health.unheard = None, False
        self.told = True
        self.told_at = self.health.last_success_at = now
        if self.health.state != "ok":
            self._become("ok", "")

    def hear(self) -> None:
        """Part of something came: who sends it, however slowly, is not silent."""
        self.health.last_success_at = self._clock.now()

    def reject(self, reason: str) -> None:
        """Count something that could not even become a frame."""
        self._intake.refuse(self._name, reason)

    def lose(self, lost: Lost, wait_s: float) -> None:
        """The connection is gone; the next try is in ``wait_s``."""
        self.health.next_try_at = self._clock.now() + wait_s
        self._become(lost.state, lost.reason)
        if lost.state != "waiting":
            self._lost_at = self._clock.now() if self._lost_at is None else self._lost_at
            self.say(f"{lost.reason}; {next_try(wait_s)}")

    def end(self, reason: str) -> None:
        """The source is at its end and will not be tried again."""
        self.health.next_try_at = None
        self._become("closed", reason)
        self.say(reason)

    def say(self, text: str) -> None:
        """Put a line in the log, under the name of the source."""
        self._intake.say(f"{self._name}: {text}")

    def _become(self, state: str, detail: str) -> None:
        self.health.state, self.health.detail = state, detail


def back(away_s: float, first: bool) -> str:
    """Return in words after how long a source is connected for the ``first`` time, or is back."""
    return f"{'connected' if first else 'back'} after {fmt.duration(away_s) if away_s >= 0 else UNTOLD}"


def next_try(wait_s: float) -> str:
    """Return in words when the next try is."""
    return f"next try in {wait_s:.0f} s" if wait_s >= 0.5 else "next try at once"


async def sleep(seconds: float, woken: asyncio.Event, clock: Clock) -> bool:
    """Wait so long, or until something happens; return whether it did."""
    sleeping = asyncio.ensure_future(clock.sleep(seconds))
    waking = asyncio.ensure_future(woken.wait())
    try:
        await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sleeping.cancel()
        waking.cancel()
    happened = woken.is_set()
    woken.clear()
    return happened


class Pause:
    """The time from a loss to the next try, which somebody who does not want to wait can cut short.

    It never becomes shorter than the far end asks, nor than ``least_s``: a key that is held down is no reason to
    try without end. Who does not want to wait while there is no pause does not shorten the next one.
    """

    def __init__(self, clock: Clock, least_s: float) -> None:
        self.lasts = False
        self._clock = clock
        self._least_s = least_s
        self._left_alone_until = 0.0
        self._hurried = asyncio.Event()

    def hurry(self) -> float | None:
        """Let the next try be made now; or return until when the far end asks to be left alone."""
        if self._clock.now() < self._left_alone_until:
            return self._left_alone_until
        self._hurried.set()
        return None

    async def last(self, wait_s: float, lost: Lost) -> bool:
        """Let time pass after a loss; return whether somebody cut it short."""
        began = self._clock.now()
        alone_s = lost.wait_s if lost.wait_s is not None and lost.state != "waiting" else 0.0
        self._left_alone_until = began + min(wait_s, alone_s)
        self._hurried.clear()
        self.lasts = True
        try:
            hurried = await sleep(wait_s, self._hurried, self._clock)
            if hurried:
                rest_s = min(wait_s, self._least_s) - max(0.0, self._clock.now() - began)
                if rest_s > 0:
                    await self._clock.sleep(rest_s)
            return hurried
        finally:
            self.lasts = False


async def keep(
    connect: Callable[[Session], Awaitable[None]],
    session: Session,
    backoff: Backoff,
    clock: Clock,
    pause: Pause | None = None,
) -> None:
    """Call ``connect`` again and again: it raises Lost when the connection is gone, and returns at the end.

    Failures in a row make the waits longer, but not that of a try for which somebody did not want to wait; a
    connection that told something starts the count anew. Anything else that is raised is a defect of ours: it is
    said and treated as a loss, so that the rest goes on. The waits are those of ``pause``.
    """
    pause = pause or Pause(clock, backoff.least_s)
    failures, hurried = 0, False
    while True:
        session.begin()
        try:
            await connect(session)
        except Lost as error:
            lost = error
        except Exception as error:
            # Whatever else it is, a defect of ours too, this source tries again and the others go on.
            lost = Lost(f"failed unexpectedly ({type(error).__name__})")
        else:
            return
        failures = 1 if session.told else failures + (not hurried)
        wait_s = wait_after(lost, failures, backoff, clock.chance())
        session.lose(lost, wait_s)
        hurried = await pause.last(wait_s, lost)


def wait_after(lost: Lost, failures: int, backoff: Backoff, chance: float) -> float:
    """Return how long to wait: long where refused, at least what the far end asks, else full jitter."""
    if lost.state == "unauthorised":
        return backoff.refused_s * (0.5 + 0.5 * chance)
    jitter = chance * backoff.cap(failures)
    return jitter if lost.wait_s is None else min(backoff.refused_s, lost.wait_s + jitter)
