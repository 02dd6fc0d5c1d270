"""How often an API may be asked: evenly within a second, and so many times a UTC day."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from callmon.providers.provider import Limits

DAY_S = 86_400.0
MARGIN = 1.05
"""Requests keep this much more than their share of a second apart, since they do not all travel equally fast."""

RESERVE = 0.1
"""The part of a day's requests that is kept for calls that somebody looks at."""


class Ledger(Protocol):
    """What remembers the requests of a day when callmon begins anew."""

    def read(self) -> tuple[int, int]:
        """Return the day that was counted last, as a number of days since 1970, and its requests."""
        ...

    def write(self, day: int, used: int) -> None:
        """Keep the count of a day."""
        ...


@dataclass(frozen=True, slots=True)
class FileLedger:
    """A ledger in a file; one that cannot be read or written is as good as empty."""

    path: Path

    def read(self) -> tuple[int, int]:
        """Return the day that was counted last and its requests."""
        try:
            kept = json.loads(self.path.read_text("utf-8"))
            day, used = int(kept["day"]), int(kept["used"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0, 0
        return day, max(0, used)

    def write(self, day: int, used: int) -> None:
        """Keep the count of a day; the file is never seen half written."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            half = self.path.with_suffix(f".{os.getpid()}")
            half.write_text(json.dumps({"day": day, "used": used}), "utf-8")
            half.replace(self.path)
        except OSError:
            return


class Budget:
    """What may still be spent; ``now`` is epoch seconds everywhere."""

    def __init__(self, limits: Limits, ledger: Ledger | None = None) -> None:
        """Spend within ``limits``; with a ledger, go on where the day was left."""
        self._apart_s = MARGIN / limits.per_second
        self._per_day = limits.per_day
        self._ledger = ledger if limits.per_day is not None else None
        self._day, self._used = self._ledger.read() if self._ledger is not None else (0, 0)
        self._kept = self._used
        self._next_at = -math.inf

    def used(self, now: float) -> int:
        """Return the requests of this UTC day."""
        return self._used if int(now // DAY_S) == self._day else 0

    def left(self, now: float) -> int | None:
        """Return how many more there may be this UTC day, None where there is no limit."""
        return None if self._per_day is None else max(0, self._per_day - self.used(now))

    def is_scarce(self, now: float) -> bool:
        """Return whether what is left of the day is kept for calls that somebody looks at."""
        left = self.left(now)
        return left is not None and 0 < left <= (self._per_day or 0) * RESERVE

    def next_at(self, now: float) -> float:
        """Return from when on there may be a request."""
        if self.left(now) == 0:
            return max(self._next_at, (now // DAY_S + 1) * DAY_S)
        # A clock that was set back must not stop the source for as long.
        return min(self._next_at, now + self._apart_s)

    def spend(self, now: float) -> None:
        """Count a request that is made now."""
        day = int(now // DAY_S)
        if day != self._day:
            self._day, self._used, self._kept = day, 0, 0
        self._used += 1
        self._next_at = now + self._apart_s
        # Writing now and then is enough, until little is left: what is lost in a crash is a few requests.
        if self._used - self._kept >= 10 or (self.left(now) or 0) <= 20:
            self.keep()

    def sent(self, now: float) -> None:
        """Count the distance to the next request from now on, when the last one has really gone out."""
        self._next_at = now + self._apart_s

    def keep(self) -> None:
        """Write the count down where it is kept, and take over what other processes have spent there."""
        if self._ledger is None or self._used == self._kept:
            return
        day, used = self._ledger.read()
        spent = self._used - self._kept
        self._used = used + spent if day == self._day else self._used
        self._kept = self._used
        self._ledger.write(self._day, self._used)
