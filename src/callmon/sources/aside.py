"""Work that may block, done in a thread for which nobody waits when the program ends."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T]) -> T:
    """Return what ``work`` returns, or raise what it raises; whoever is cancelled meanwhile does not wait for it.

    A thread of asyncio's own would be waited for at the end, such as one in which a password manager asks something.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(put: Callable[[Any], None], found: object) -> None:
        if not done.done():
            put(found)

    def run() -> None:
        put: Callable[[Any], None]
        try:
            found: object = work()
            put = done.set_result
        except StopIteration as error:  # a future takes none, and who waits would wait for ever
            found, put = RuntimeError(f"the work raised {error!r}"), done.set_exception
        except BaseException as error:
            found, put = error, done.set_exception
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, put, found)

    threading.Thread(target=run, daemon=True).start()
    return await done
