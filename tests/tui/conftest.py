"""What the tests of the terminal share: one time zone, and apps over boards that wait for what they show."""

from __future__ import annotations

import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from callmon.board import Board
from callmon.tui.app import CallmonApp
from callmon.tui.widgets import grid

Show = Callable[..., AbstractAsyncContextManager[Pilot[str]]]


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clock times on screen do not depend on where the tests run."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Every app leaves the garbage collector as it found it."""
    before = gc.get_threshold()
    yield
    left = gc.get_threshold(), gc.get_freeze_count()
    gc.set_threshold(*before)
    gc.unfreeze()
    assert left == (before, 0)


async def until(pilot: Pilot[Any], condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until something is so, and fail if it does not become so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await pilot.pause(0.02)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts that change together are drawn together, however fast the machine is."""
    monkeypatch.setattr(grid, "SLICE_S", float("inf"))


@pytest.fixture
def show() -> Show:
    """Runs the app headless: ``async with show(board, (80, 24)) as pilot``."""

    @asynccontextmanager
    async def open(
        board: Board,
        size: tuple[int, int] = (80, 24),
        collect: Callable[[], Awaitable[None]] | None = None,
        **more: Any,
    ) -> AsyncIterator[Pilot[str]]:
        app = CallmonApp(board, collect, **more)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield pilot

    return open
