"""Feeds of this machine: lines of JSON from a Unix socket or from standard input."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from callmon.sources.feed import Feed
from callmon.sources.lines import Lines
from callmon.sources.reader import Reader
from callmon.sources.source import Lost, Session

_CHUNK = 65_536
_AHEAD = 4


async def read_unix(feed: Feed, reader: Reader, session: Session, longest: int) -> None:
    """Read lines from a Unix socket until it is lost, which raises Lost."""
    path = str(Path(feed.url).expanduser())
    try:
        stream, writer = await asyncio.open_unix_connection(path)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise Lost(f"{feed.place} cannot be reached: {reason}", "unreachable") from None
    session.connect()
    lines = Lines(longest)
    try:
        while data := await stream.read(_CHUNK):
            await reader.read(lines.feed(data))
    except OSError:
        raise Lost("the connection broke") from None
    finally:
        writer.close()
    await reader.read(lines.end())
    raise Lost("the far end closed the connection")


async def read_stdin(feed: Feed, reader: Reader, session: Session, longest: int, descriptor: int) -> None:
    """Read lines from a file descriptor to its end, which is the end of the source."""
    session.connect()
    lines = Lines(longest)
    async for data in _chunks(descriptor):
        await reader.read(lines.feed(data))
    await reader.read(lines.end())
    session.end("end of input")


async def _chunks(descriptor: int) -> AsyncIterator[bytes]:
    """Return what comes from a descriptor of any kind: pipe, file or terminal.

    A thread waits for it that nobody waits for: reading a terminal cannot be interrupted.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    room = threading.Semaphore(_AHEAD)

    def read() -> None:
        data = b"\n"
        while data and room.acquire():
            try:
                data = os.read(descriptor, _CHUNK)
            except OSError:
                data = b""
            try:
                loop.call_soon_threadsafe(queue.put_nowait, data)
            except RuntimeError:  # the loop is gone, and with it whoever wanted to know
                return

    threading.Thread(target=read, name="stdin", daemon=True).start()
    while data := await queue.get():
        room.release()
        yield data
