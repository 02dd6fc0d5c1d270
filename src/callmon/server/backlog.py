"""Frames of one connection that come too fast: the oldest samples give way, lifecycle never does."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from callmon.model.frames import Frame, Json
from callmon.server.limits import Bucket


class Backlog:
    """A bounded queue between one connection and the intake, emptied at the rate of its bucket."""

    def __init__(
        self, take: Callable[[Frame, str], None], dropped: Callable[[], None], bucket: Bucket, most: int
    ) -> None:
        """Give frames to ``take`` with the place where each stood; keep ``most`` and tell ``dropped``."""
        self._take = take
        self._dropped = dropped
        self._bucket = bucket
        self._most = most
        self._kept: deque[tuple[Frame, str]] = deque()

    async def add(self, frame: Frame, where: str) -> None:
        """Take a frame now, or when it may be taken; waits only where nothing could be dropped instead."""
        self._kept.append((frame, where))
        while (wait := self.drain()) and len(self._kept) > self._most:
            if not self._drop():
                await asyncio.sleep(wait)

    def drain(self) -> float | None:
        """Take what may be taken now; return the seconds until the next one may, None when none is left."""
        while self._kept:
            if wait := self._bucket.wait():
                return wait
            self._bucket.spend(1)
            self._take(*self._kept.popleft())
        return None

    def flush(self) -> None:
        """Take everything that is left, because the connection is gone."""
        while self._kept:
            self._take(*self._kept.popleft())

    def _drop(self) -> bool:
        for position, (frame, _) in enumerate(self._kept):
            if is_sample(frame.body):
                del self._kept[position]
                self._dropped()
                return True
        return False


def is_sample(body: Json) -> bool:
    """Whether a message says nothing that a later one of its kind does not say anew."""
    if not isinstance(body, dict):
        return True
    return not any(body.get(key) for key in ("end", "events", "warning"))
