"""Our own feed, ``GET /v1/events``: the calls as they are, then every event, as SSE or over a WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass

from aiohttp import WSCloseCode, WSMsgType, web

from callmon.bus.bus import Bus, Subscription
from callmon.engine import snapshot
from callmon.engine.call import Call
from callmon.model import codec
from callmon.model.events import Restored

PATH = "/v1/events"
"""Where the feed is."""

_RETRY_MS = 250
_LONGEST_ID = 100


@dataclass(frozen=True, slots=True)
class Pace:
    """How viewers are served, in seconds.

    Events are gathered for ``batch_s``, and something is sent at least every ``beat_s``, so that a viewer knows whose
    silence it is; one that does not take it within ``deadline_s`` is cut off, and one that answers no ping of
    every ``ping_s``. What is said is made in parts, so that nobody waits for
    it: the state of the calls in such as take ``part_s`` to make or have ``part_bytes``, and events by
    ``part_events``. A WebSocket may say within ``resume_s`` where to resume.
    """

    batch_s: float = 0.15
    beat_s: float = 1.0
    ping_s: float = 20.0
    deadline_s: float = 10.0
    resume_s: float = 0.25
    part_s: float = 0.004
    part_bytes: int = 262_144
    part_events: int = 500
    most_viewers: int = 100


@dataclass(frozen=True, slots=True)
class _Part:
    """One message to a viewer; ``id`` is None where a reader could not resume after it."""

    id: str | None
    text: str


class Feed:
    """The feed of one callmon: each viewer has its own task and subscription, and waits for no other."""

    def __init__(
        self,
        calls: Callable[[], Mapping[str, Call]],
        bus: Bus,
        clock: Callable[[], float] = time.time,
        pace: Pace | None = None,
    ) -> None:
        """Tell of ``calls()`` and of what is published on ``bus``, in the same stretch as it is folded."""
        self._calls = calls
        self._bus = bus
        self._clock = clock
        self._pace = pace or Pace()
        self._viewers: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Return what the server mounts."""
        return [web.get(PATH, self.answer, allow_head=False)]

    @property
    def viewers(self) -> int:
        """Number of viewers that are being served."""
        return len(self._viewers)

    async def close(self, *_: object) -> None:
        """Let every viewer go, because the server stops."""
        for viewer in tuple(self._viewers):
            viewer.cancel()
        await asyncio.gather(*self._viewers, return_exceptions=True)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Serve a viewer until it goes, or is cut off."""
        if len(self._viewers) >= self._pace.most_viewers:
            return web.json_response(
                {"error": "too many viewers: try again later"}, status=503, headers={"Retry-After": "10"}
            )
        socket = web.WebSocketResponse(heartbeat=self._pace.ping_s, compress=False)
        response: web.StreamResponse
        if socket.can_prepare(request):
            response, serving = socket, self._serve_socket(request, socket)
        else:
            response = web.StreamResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
            response.content_type = "text/event-stream"
            serving = self._serve_events(request, response)
        viewer = asyncio.create_task(serving, name="viewer")
        self._viewers.add(viewer)
        try:
            # Whoever cancels the viewer ends the response in good order; whoever cancels us means it.
            await asyncio.wait([viewer])
            if not viewer.cancelled():
                viewer.result()
        finally:
            viewer.cancel()
            self._viewers.discard(viewer)
        return response

    async def _serve_events(self, request: web.Request, response: web.StreamResponse) -> None:
        await response.prepare(request)
        await response.write(f"retry: {_RETRY_MS}\n\n".encode())
        parts = self._parts(request.headers.get("Last-Event-ID"))
        async with contextlib.aclosing(parts):
            async for part in parts:
                id = "" if part.id is None else f"id: {part.id}\n"
                written = f"{id}data: {part.text}\n\n".encode()
                try:
                    async with asyncio.timeout(self._pace.deadline_s):
                        await response.write(written)
                except TimeoutError:
                    _abort(request)
                    return
                except ConnectionError:
                    return

    async def _serve_socket(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        await socket.prepare(request)
        resume = await self._asked(socket, request.headers.get("Last-Event-ID"))
        sending = asyncio.create_task(self._send(request, socket, resume))
        reading = asyncio.create_task(_listen(socket))
        try:
            await asyncio.wait([sending, reading], return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            reading.cancel()
            await asyncio.wait([sending, reading])
        if not sending.cancelled():
            sending.result()
        if not socket.closed:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")

    async def _asked(self, socket: web.WebSocketResponse, resume: str | None) -> str | None:
        """Return where a viewer wants to resume: by its header, or by a first message that comes soon."""
        if resume is not None:
            return resume
        try:
            message = await socket.receive(timeout=self._pace.resume_s)
            asked = json.loads(message.data) if message.type is WSMsgType.TEXT else None
        except (TimeoutError, ValueError, RecursionError):
            return None
        found = asked.get("resume") if isinstance(asked, dict) else None
        return found if isinstance(found, str) else None

    async def _send(self, request: web.Request, socket: web.WebSocketResponse, resume: str | None) -> None:
        parts = self._parts(resume)
        async with contextlib.aclosing(parts):
            async for part in parts:
                try:
                    async with asyncio.timeout(self._pace.deadline_s):
                        await socket.send_str(part.text)
                except TimeoutError:
                    _abort(request)
                    return
                except ConnectionError:
                    return

    async def _parts(self, resume: str | None) -> AsyncGenerator[_Part]:
        """Return the messages to one viewer; one without events says only that we are there."""
        subscription = self._resumed(resume)
        with subscription or _new(self._bus) as reading:
            if subscription is not None:
                yield self._part([], None, resumed=True, beat_s=self._pace.beat_s)
            else:
                for part in self._state(reading):
                    yield part
                    await asyncio.sleep(0)
            while reading.cut is None:
                try:
                    async with asyncio.timeout(self._pace.beat_s):
                        await reading.wait()
                except TimeoutError:
                    yield self._part([], None)
                    continue
                await asyncio.sleep(self._pace.batch_s)
                for part in self._events(reading):
                    yield part
                    await asyncio.sleep(0)

    def _resumed(self, resume: str | None) -> Subscription | None:
        boot, _, number = (resume or "")[:_LONGEST_ID].rpartition("-")
        if boot != self._bus.boot or not (number.isascii() and number.isdigit()):
            return None
        return self._bus.subscribe(int(number))

    def _state(self, reading: Subscription) -> Iterator[_Part]:
        """Return the calls as they are, in parts.

        What happens meanwhile is told too, but not of calls that are yet to be told, as they will be then. As
        a frame is folded and published in one stretch, that leaves out nothing and repeats nothing.
        """
        to_tell = dict.fromkeys(self._calls())
        more: dict[str, float] = {"resumed": False, "beat_s": self._pace.beat_s}
        while reading.cut is None:
            until = time.perf_counter() + self._pace.part_s
            texts = [entry.text() for entry in reading.take() if entry.event.call not in to_tell]
            size = 0
            for id in tuple(to_tell):
                del to_tell[id]
                call = self._calls().get(id)
                if call is not None:
                    texts.append(codec.text(Restored(id, self._clock(), snapshot.dump(call))))
                    size += len(texts[-1])
                if size > self._pace.part_bytes or time.perf_counter() > until:
                    break
            yield self._part(texts, None if to_tell else self._bus.seq, **more)
            more = {}
            if not to_tell:
                return

    def _events(self, reading: Subscription) -> Iterator[_Part]:
        """Return what is pending, in parts that never divide a frame; after each a reader may resume."""
        texts: list[str] = []
        last = 0
        for entry in reading.take():
            if len(texts) >= self._pace.part_events and entry.seq != last:
                yield self._part(texts, last)
                texts = []
            texts.append(entry.text())
            last = entry.seq
        if texts:
            yield self._part(texts, last)

    def _part(self, texts: list[str], seq: int | None, **more: float) -> _Part:
        id = None if seq is None else f"{self._bus.boot}-{seq}"
        return _Part(id, codec.message(texts, self._clock(), id, **more))


def _new(bus: Bus) -> Subscription:
    subscription = bus.subscribe()
    assert subscription is not None, "only a reader that comes back can be too late"
    return subscription


async def _listen(socket: web.WebSocketResponse) -> None:
    """Read what a viewer sends, which is how its pongs and its end are noticed."""
    async for _ in socket:
        pass


def _abort(request: web.Request) -> None:
    """End a connection whose reader does not read: a polite end would wait for it."""
    if request.transport is not None:
        request.transport.abort()
