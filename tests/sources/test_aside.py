"""Work in a thread for which nobody waits."""

from __future__ import annotations

import asyncio
import threading

import pytest

from callmon.sources.aside import aside


def fail() -> int:
    raise LookupError("nothing there")


async def test_what_it_returns_or_raises_comes_back() -> None:
    assert await aside(lambda: 7) == 7
    with pytest.raises(LookupError, match="nothing there"):
        await aside(fail)


async def test_an_end_that_no_future_can_hold_comes_back_as_an_error() -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(aside(lambda: next(iter(()))), 10)


def test_nobody_waits_for_what_blocks() -> None:
    blocked, began = threading.Event(), threading.Event()

    def block() -> bool:
        began.set()
        return blocked.wait(60)

    async def leave() -> None:
        task = asyncio.create_task(aside(block))
        while not began.is_set():
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    assert not blocked.is_set()
    blocked.set()
