"""A server on a free port of this machine, whose frames are kept instead of folded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from callmon.model.frames import Frame, Route
from callmon.model.health import SourceHealth
from callmon.server.app import Serving, create_app, serve
from callmon.server.auth import Auth
from callmon.server.limits import Limits

ROUTES = {
    "webrtc": (
        Route("/ingest/webrtc", "message"),
        Route("/rtcstats", "rtcstats", protocol="rtcstats#5.0"),
        Route("/rtcstats", "rtcstats", protocol="2.0"),
    ),
    "telnyx": (Route("/ingest/telnyx", "telnyx"),),
}


@dataclass
class Outcome:
    events: int
    rejected: tuple[str, ...]


@dataclass
class Recorder:
    """An intake that keeps every frame, and rejects those whose body has ``bad``."""

    frames: list[Frame] = field(default_factory=list)
    sources: dict[str, SourceHealth] = field(default_factory=dict)

    def take(self, frame: Frame) -> Outcome:
        self.frames.append(frame)
        bad = not isinstance(frame.body, dict | list) or (
            isinstance(frame.body, dict) and "bad" in frame.body
        )
        return Outcome(0, ("has bad in it",)) if bad else Outcome(1, ())

    def source(self, name: str) -> SourceHealth:
        return self.sources.setdefault(name, SourceHealth(name))

    def refuse(self, source: str, reason: str) -> None:
        health = self.source(source)
        health.rejected += 1
        health.first_reason = health.first_reason or reason

    @property
    def health(self) -> SourceHealth:
        return self.source("listen")

    async def until(self, frames: int) -> list[Frame]:
        """The frames, as soon as there are as many."""
        await until(lambda: len(self.frames) >= frames)
        return self.frames


class Papers:
    """Documents of two calls, one with a name that is awkward in an address."""

    def __init__(self) -> None:
        self.kept = {id: {"id": id, "state": "live"} for id in ("a", "b/ä ?")}

    def calls(self) -> Any:
        return {"schema": "callmon/1", "calls": list(self.kept.values())}

    def call(self, id: str) -> Any:
        return self.kept.get(id)

    def health(self) -> Any:
        return [{"name": "listen", "rejected": 0}]


@dataclass
class Served:
    """A running server, who takes its frames, and a client of it."""

    url: str
    intake: Recorder
    client: aiohttp.ClientSession
    serving: Serving

    async def post(self, path: str, **given: Any) -> tuple[int, Any]:
        """The status and the JSON of the answer."""
        async with self.client.post(self.url + path, **given) as answer:
            return answer.status, await answer.json()


Start = Callable[..., Awaitable[Served]]


async def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Return when something holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a server with the limits and the auth that are given."""
    running: list[Served] = []

    async def started(
        limits: Limits | None = None, auth: Auth | None = None, clock: Callable[[], float] = time.time
    ) -> Served:
        limits, auth, intake = limits or Limits(), auth or Auth(), Recorder()
        app = create_app(intake, Papers(), limits, auth, ROUTES, clock=clock)
        serving = await serve(app, auth, limits, "127.0.0.1", 0)
        served = Served(serving.url, intake, aiohttp.ClientSession(), serving)
        running.append(served)
        return served

    yield started
    for served in running:
        await served.client.close()
        await served.serving.close()


@pytest.fixture
async def server(start: Start) -> Served:
    """A server as it is without any setting."""
    return await start()
