"""A callmon that folds and publishes, and another that reads its feed; both in a test's hands."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from callmon.bus.bus import Bounds, LocalBus
from callmon.engine import snapshot
from callmon.engine.engine import Engine
from callmon.model.events import Event
from callmon.model.frames import Frame, Rejected
from callmon.model.health import SourceHealth
from callmon.providers.callmon import Callmon
from callmon.server.app import Serving, create_app, serve
from callmon.server.auth import Auth
from callmon.server.feed import Feed, Pace
from callmon.server.limits import Limits
from tests.engine.invented import Folded
from tests.server.conftest import Papers, Recorder

QUICK = Pace(batch_s=0.02, beat_s=5.0, deadline_s=5.0, resume_s=0.1)


def dumps(engine: Engine) -> dict[str, Any]:
    """All that an engine holds."""
    return {id: snapshot.dump(call) for id, call in engine.calls.items()}


class Collector:
    """Folds frames as a monitor does, and serves its feed."""

    def __init__(self, pace: Pace = QUICK, bounds: Bounds | None = None, auth: Auth | None = None) -> None:
        self.engine = Engine()
        self.bus = LocalBus(bounds=bounds)
        self.feed = Feed(lambda: self.engine.calls, self.bus, time.time, pace)
        self.auth = auth or Auth()
        self.serving: Serving | None = None

    async def open(self, port: int = 0) -> str:
        app = create_app(Recorder(), Papers(), Limits(), self.auth, {}, more=self.feed.routes())
        self.serving = await serve(app, self.auth, Limits(), "127.0.0.1", port)
        return self.serving.url

    async def close(self) -> None:
        await self.feed.close()
        if self.serving is not None:
            await self.serving.close()

    def take(self, *frames: Folded) -> None:
        for at, events in frames:
            self.engine.fold(events, at)
            self.bus.publish(events, at)

    def say(self, events: Iterable[Event]) -> None:
        self.bus.publish(events, time.time())


@dataclass(frozen=True)
class Outcome:
    events: int
    rejected: tuple[str, ...]


@dataclass
class Reading:
    """What a callmon that reads a feed holds; an intake of its source."""

    engine: Engine = field(default_factory=Engine)
    health: SourceHealth = field(default_factory=lambda: SourceHealth("feed"))
    lines: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def take(self, frame: Frame) -> Outcome:
        read = list(Callmon().read(frame))
        events = [item for item in read if not isinstance(item, Rejected)]
        reasons = tuple(item.reason for item in read if isinstance(item, Rejected))
        self.rejected += reasons
        self.engine.fold(events, frame.at)
        self.times.append(time.monotonic())
        return Outcome(len(events), reasons)

    def source(self, name: str) -> SourceHealth:
        assert name == "feed"
        return self.health

    def refuse(self, source: str, reason: str) -> None:
        self.rejected += (reason,)

    def say(self, text: str) -> None:
        self.lines.append(text)
