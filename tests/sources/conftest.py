"""Feeds as they are out there: a server that answers each connection by a script, and who subscribes to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from callmon.sources.feed import Feed
from callmon.sources.socket import Subscriber
from callmon.sources.source import Backoff, Clock
from callmon.sources.web import Patience
from tests.sources.intake import Notebook

SSE = "text/event-stream"
NDJSON = "application/x-ndjson"

Script = Callable[["Line"], Awaitable[None]]


class Line:
    """One connection: what was asked, and how it is answered, byte by byte."""

    def __init__(self, head: str, writer: asyncio.StreamWriter) -> None:
        first, *rest = head.split("\r\n")
        self.path = first.split(" ")[1]
        self.headers = {name.lower(): value for name, _, value in (row.partition(": ") for row in rest)}
        self._writer = writer

    async def answer(self, status: str, content_type: str | None = None, *, headers: str = "") -> None:
        """Send the head of a chunked answer."""
        kind = f"Content-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n" if content_type else ""
        await self.raw(f"HTTP/1.1 {status}\r\n{kind}{headers}".encode())
        await self.raw(b"\r\n" if content_type else b"Content-Length: 0\r\n\r\n")

    async def send(self, text: str | bytes) -> None:
        """Send one chunk."""
        data = text.encode() if isinstance(text, str) else text
        await self.raw(b"%x\r\n%s\r\n" % (len(data), data))

    async def finish(self) -> None:
        """End the answer in good order."""
        await self.raw(b"0\r\n\r\n")

    async def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    def abort(self) -> None:
        """Break the connection."""
        self._writer.transport.abort()


async def hang(_: Line | None = None) -> None:
    """Say nothing, and do not close."""
    await asyncio.Event().wait()


class Site:
    """A server whose connections go by the scripts, one after the other; the last is used again and again."""

    def __init__(self, *scripts: Script) -> None:
        self.lines: list[Line] = []
        self.port = 0
        self._scripts = list(scripts)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/feed"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                head = await reader.readuntil(b"\r\n\r\n")
                line = Line(head.decode().strip(), writer)
                self.lines.append(line)
                await (self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0])(line)
        finally:
            writer.close()


Serve = Callable[..., Awaitable[Site]]
Subscribe = Callable[..., Notebook]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a site that goes by the given scripts."""
    sites: list[Site] = []

    async def served(*scripts: Script) -> Site:
        site = Site(*scripts)
        await site.open()
        sites.append(site)
        return site

    yield served
    for site in sites:
        await site.close()


@pytest.fixture
async def subscribe() -> AsyncIterator[Subscribe]:
    """Subscribes to an address as ``feed``; the notebook fills while the test goes on."""
    tasks: list[asyncio.Task[None]] = []

    def subscribed(
        url: str,
        dialect: str = "telnyx",
        patience: Patience | None = None,
        backoff: Backoff | None = None,
        stdin: int = 0,
        **given: Any,
    ) -> Notebook:
        notebook = Notebook()
        clock = Clock(chance=lambda: 1.0)
        quick = Backoff(first_s=0.02, most_s=0.05, refused_s=3600)
        source = Subscriber(Feed("feed", url, dialect, **given), clock, backoff or quick, patience, stdin)
        tasks.append(asyncio.create_task(source.run(notebook)))
        return notebook

    yield subscribed
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert result is None or isinstance(result, asyncio.CancelledError), result
