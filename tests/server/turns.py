"""How long a loop is held up, whatever else the machine does."""

from __future__ import annotations

import asyncio
import time
from typing import Any


async def spent_on_turns(task: asyncio.Task[Any]) -> list[float]:
    """The seconds of processor time that each turn of the loop takes until the task is done."""
    turns: list[float] = []
    at = time.thread_time()
    while not task.done():
        await asyncio.sleep(0)
        turns.append(time.thread_time() - at)
        at = time.thread_time()
    return turns
