"""The app over a demo that is on a tape, and what tests of going back do and look at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from textual.pilot import Pilot

from callmon.engine.call import Call
from callmon.sources.demo.demo import Demo
from callmon.tui.app import CallmonApp
from tests.rewind.tapes import START, Taping, taping
from tests.tui import strips
from tests.tui.conftest import until

LENGTH_S = 200.0


class World:
    """A demo on a tape, and the app over it."""

    def __init__(self, seconds: float = LENGTH_S) -> None:
        self.live: Taping = taping(save_s=20.0)
        self.demo = Demo(20, 4, START)
        self.play(seconds)

    def play(self, seconds: float) -> None:
        """Let the demo go on, up to so many seconds after its start."""
        self.live.play(self.demo.frames(START + seconds), START + seconds)
        # What the sources did is known as of each tick.
        self.live.watch.monitor.pass_to(START + seconds)

    def app(self, **more: Any) -> CallmonApp:
        past = self.live.past(spilled=True), self.live.chronicle
        return CallmonApp(self.live.watch.board, past=past, **more)


@cache
def still() -> World:
    """A world that nobody lets go on."""
    return World()


@asynccontextmanager
async def shown(world: World, size: tuple[int, int] = (100, 30), **more: Any) -> AsyncIterator[Pilot[str]]:
    app = world.app(**more)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot


async def press(pilot: Pilot[str], *keys: str) -> None:
    """Press keys, each one when what the one before led to is on the screen."""
    for key in keys:
        await pilot.press(key)
        await arrived(pilot)


async def arrived(pilot: Pilot[str]) -> None:
    app = pilot.app
    assert isinstance(app, CallmonApp)
    await until(pilot, lambda: app._showing._going is None, 20.0)
    await pilot.pause()


def at(pilot: Pilot[str]) -> float:
    """Seconds after the start that are shown."""
    assert isinstance(pilot.app, CallmonApp)
    return pilot.app.board().now() - START


def banner(pilot: Pilot[str]) -> str:
    return strips.lines(pilot.app)[1].strip()


def footer(pilot: Pilot[str]) -> str:
    return strips.lines(pilot.app)[-1].strip()


def find(world: World, wanted: Callable[[Call], bool]) -> Call:
    return next(call for call in world.live.watch.board.calls() if wanted(call))


async def seek(pilot: Pilot[str], text: str) -> None:
    await pilot.press("S", *text, "enter")
    await arrived(pilot)


class Steps:
    """Clocks that go on by a step whenever they are looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def slow(self) -> float:
        self.now += 1.0
        return self.now

    def fast(self) -> float:
        self.now += 0.01
        return self.now
