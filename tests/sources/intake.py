"""An intake that keeps what it is given, as the monitor would count it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from callmon.model.frames import Frame
from callmon.model.health import SourceHealth


@dataclass(frozen=True)
class Outcome:
    events: int
    rejected: tuple[str, ...] = ()


@dataclass
class Notebook:
    """Keeps frames and lines; refuses frames whose body is ``"bad"``."""

    frames: list[Frame] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    healths: dict[str, SourceHealth] = field(default_factory=dict)

    def take(self, frame: Frame) -> Outcome:
        health = self.source(frame.source)
        if frame.body == "bad":
            health.rejected += 1
            health.first_reason = health.first_reason or "it is bad"
            return Outcome(0, ("it is bad",))
        health.frames += 1
        self.frames.append(frame)
        return Outcome(1)

    def source(self, name: str) -> SourceHealth:
        return self.healths.setdefault(name, SourceHealth(name))

    def refuse(self, source: str, reason: str) -> None:
        health = self.source(source)
        if not health.rejected:
            self.say(f"{source}: {reason}")
        health.rejected += 1
        health.first_reason = health.first_reason or reason

    def say(self, text: str) -> None:
        self.lines.append(text)

    @property
    def bodies(self) -> list[Any]:
        return [frame.body for frame in self.frames]

    @property
    def health(self) -> SourceHealth:
        """The health of the source called feed."""
        return self.source("feed")

    @property
    def shown(self) -> str:
        """Everything that anybody may see."""
        return repr((self.lines, list(self.healths.values())))


async def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Return when something holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)
