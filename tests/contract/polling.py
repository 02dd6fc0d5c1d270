"""A provider polled as callmon polls it: the real poller, monitor and engine over a fake API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS
from callmon.model.frames import Frame
from callmon.model.health import SourceHealth
from callmon.monitor import Monitor, Taken
from callmon.providers.provider import Limits, Polled, Watched
from callmon.sources.rest.api import Api, Patience
from callmon.sources.rest.budget import Ledger
from callmon.sources.rest.credential import Credential
from callmon.sources.rest.poller import Poller
from callmon.sources.source import Backoff, Clock

QUICK = Backoff(first_s=0.02, most_s=0.1, refused_s=0.05)
FAST = Limits(per_second=200.0, per_day=None, concurrency=4)


class Keeper(Monitor):
    """A monitor that keeps every frame."""

    kept: list[Frame]

    def take(self, frame: Frame) -> Taken:
        self.__dict__.setdefault("kept", []).append(frame)
        return super().take(frame)


@dataclass
class Polling:
    """What came of it so far."""

    monitor: Monitor
    poller: Poller
    watched: list[Watched] = field(default_factory=lambda: [Watched()])

    @property
    def health(self) -> SourceHealth:
        """The health of the source."""
        return self.monitor.source(self.poller.name)

    @property
    def calls(self) -> dict[str, Call]:
        """The calls by id."""
        return self.monitor.engine.calls

    @property
    def frames(self) -> list[Frame]:
        """Every frame that was read."""
        found: list[Frame] = self.monitor.__dict__.get("kept", [])
        return found

    @property
    def shown(self) -> str:
        """Everything that anybody may see."""
        return repr((list(self.monitor.lines), self.monitor.health, self.frames, self.calls))

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or waits to be asked."""
        return self.poller._busy == len(self.poller._waiting) == 0

    def look_at(self, *calls: str) -> None:
        """Have calls on screen."""
        self.watched[0] = Watched(self.watched[0].asked, self.watched[0].live, frozenset(calls))

    async def until(self, holds: Callable[[], bool], seconds: float = 10.0) -> None:
        """Return when something holds; fail when it does not in time."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"it did not happen in time: {self.health}"
            await asyncio.sleep(0.005)


@asynccontextmanager
async def polling(
    provider: Polled,
    url: str,
    credential: Credential | Callable[[], Credential] | None = None,
    *,
    name: str = "api",
    asked: tuple[str, ...] = (),
    limits: Limits = FAST,
    now: Callable[[], float] = time.time,
    chance: float = 0.5,
    backoff: Backoff = QUICK,
    patience: Patience | None = None,
    ledger: Ledger | None = None,
    monitor: Monitor | None = None,
) -> AsyncIterator[Polling]:
    """Poll ``url`` with ``provider`` for the length of the block."""
    fixed = credential or Credential(provider.AUTH, "s3cr3t-t0ken", "someone")
    given = fixed if callable(fixed) else lambda: fixed
    monitor = monitor or Keeper(Engine(RULE_SETS["telnyx"]), [], now)
    held = [Watched(asked)]

    def watched() -> Watched:
        return Watched(held[0].asked, monitor.live(provider.name), held[0].first)

    poller = Poller(
        name,
        provider,
        Api(url, provider.BASE_URL, given),
        limits,
        watched,
        Clock(now=now, chance=lambda: chance),
        backoff,
        patience,
        ledger,
    )
    monitor.attach(name, provider, poller.ask)
    running = asyncio.create_task(poller.run(monitor))
    try:
        yield Polling(monitor, poller, held)
    finally:
        running.cancel()
        (result,) = await asyncio.gather(running, return_exceptions=True)
        assert isinstance(result, asyncio.CancelledError), result
