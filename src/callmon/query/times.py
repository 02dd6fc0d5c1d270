"""Moments as somebody writes them: a time of day, so long ago, or a date with a time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from callmon.query import amounts
from callmon.query.format import EARLIEST_S, LATEST_S
from callmon.query.misread import Misread

_PARTS = (("hours", 23), ("minutes", 59), ("seconds", 59))
_DAYS = 3
"""So far back, as today's may be still to come, and the clock may have been set forward over yesterday's."""


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """The last time up to now at which the clock said so."""

    hour: int
    minute: int
    second: int = 0

    def at(self, now: float) -> float:
        """Return the moment in epoch seconds by the clock of this machine, as times are shown.

        NaN, which compares with nothing, where ``now`` is by no clock.
        """
        if not EARLIEST_S <= now <= LATEST_S:
            return math.nan
        today = datetime.fromtimestamp(now)
        days = (today - timedelta(days=back) for back in range(_DAYS))
        return max((found for day in days for found in self._on(day) if found <= now), default=math.nan)

    def _on(self, day: datetime) -> Iterator[float]:
        """Return the moments of a day at which the clock said so: two where it is set back, none where forward."""
        said = time(self.hour, self.minute, self.second)
        for fold in (0, 1):
            found = datetime.combine(day, said.replace(fold=fold)).timestamp()
            if datetime.fromtimestamp(found).time() == said:
                yield found

    def __str__(self) -> str:
        return f"{self.hour:02d}:{self.minute:02d}" + (f":{self.second:02d}" if self.second else "")


NOW = "now"
"""The moment itself."""


@dataclass(frozen=True, slots=True)
class Ago:
    """So many seconds before now."""

    seconds: float

    def at(self, now: float) -> float:
        """Return the moment in epoch seconds."""
        return now - self.seconds

    def __str__(self) -> str:
        return f"-{amounts.write(self.seconds, 's')}" if self.seconds else NOW


Relative = TimeOfDay | Ago
"""A moment that goes on with now."""


def read(text: str) -> float | Relative:
    """Return the moment that a text means, in epoch seconds where it has a date; Misread where it means none."""
    wanted = f"expected {amounts.wanted('at')}"
    if re.match(r"[0-9]{1,2}:", text):
        return time_of_day(text, wanted)
    if text.lower() == NOW:
        return Ago(0.0)
    if text.startswith("-") and amounts.NUMBER.fullmatch(text, 1):
        raise Misread(len(text), "expected a unit, as in -5m or -90s")
    try:
        return Ago(amounts.span(text[1:])) if text.startswith("-") else amounts.read(text, "at")
    except ValueError:
        raise Misread(0, wanted) from None


def with_offset(text: str) -> str | None:
    """Return a date with the offset of this machine's clock, None where it has one or the text is no date."""
    try:
        if datetime.fromisoformat(text).tzinfo is not None:
            return None
        return amounts.dated(text).isoformat()
    except ValueError:
        return None


def time_of_day(text: str, otherwise: str) -> TimeOfDay:
    """Return what ``10:15`` or ``10:15:30`` means; Misread, by ``otherwise`` where it is no time at all."""
    place, numbers = 0, list[int]()
    parts = text.split(":")
    for part, (name, most) in zip(parts, _PARTS, strict=False):
        if not re.fullmatch(r"[0-9]{1,2}", part):
            bad = re.search(r"[^0-9]", part)
            raise Misread(place + (bad.start() if bad else min(2, len(part))), otherwise)
        if int(part) > most:
            raise Misread(place, f"expected {name} up to {most}")
        numbers.append(int(part))
        place += len(part) + 1
    if len(parts) not in (2, 3):
        raise Misread(min(place, len(text)), otherwise)
    return TimeOfDay(*numbers)
