"""Moments as somebody writes them: a time of day, so long ago, or a date with a time."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from callmon.query import amounts
from callmon.query.format import EARLIEST_S, LATEST_S
from callmon.query.misread import Misread

_PARTS = (("hours", 23), ("minutes", 59), ("seconds", 59))
_DIGIT = re.compile(r"[0-9.]")


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """The last time up to now at which the clock said so."""

    hour: int
    minute: int
    second: int = 0

    def at(self, now: float, zone: tzinfo | None = None) -> float:
        """Return the moment in epoch seconds by the clock of a zone, None for this machine's, as times are shown.

        NaN, which compares with nothing, where ``now`` is by no clock.
        """
        if not EARLIEST_S <= now <= LATEST_S:
            return math.nan
        today = datetime.fromtimestamp(now, zone)
        found = self._on(today)
        return found if found <= now else self._on(today - timedelta(days=1))

    def _on(self, day: datetime) -> float:
        hour, minute, second = self.hour, self.minute, self.second
        return day.replace(hour=hour, minute=minute, second=second, microsecond=0, fold=0).timestamp()

    def __str__(self) -> str:
        return f"{self.hour:02d}:{self.minute:02d}" + (f":{self.second:02d}" if self.second else "")


NOW = "now"
"""The moment itself."""


@dataclass(frozen=True, slots=True)
class Ago:
    """So many seconds before now."""

    seconds: float

    def at(self, now: float, zone: tzinfo | None = None) -> float:
        """Return the moment in epoch seconds, which is the same in every zone."""
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
    ago = text.startswith("-") and _DIGIT.match(text, 1)
    if ago and amounts.NUMBER.fullmatch(text, 1):
        raise Misread(len(text), "expected a unit, as in -5m or -90s")
    try:
        if ago:
            return Ago(amounts.read(text[1:], "s"))
        return amounts.read(text, "at")
    except ValueError:
        raise Misread(0, wanted) from None


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
