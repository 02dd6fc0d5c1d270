"""A moment as somebody types it: a time of day, a step from what is shown, or a date with a time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from callmon.query.misread import Misread

EXAMPLES = "10:15:30, 10:15, -5m, +30s or 2026-01-31T10:15:30Z"
"""What may be typed."""

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_STEP = re.compile(r"(\d+(?:\.\d+)?)([smh]?)")
_PARTS = (("hours", 23), ("minutes", 59), ("seconds", 59))


def moment(text: str, shown: float, now: float) -> float:
    """Return the moment that a text means, in epoch seconds; Misread where it means none.

    Steps such as ``-5m`` or ``+1m30s`` go from the moment that is ``shown``. A time of day is the last one up to
    ``now`` on the clock of this machine; a date without an offset is on that clock too.
    """
    start = len(text) - len(text.lstrip())
    word = text.strip()
    if not word:
        raise Misread(0, f"write a time: {EXAMPLES}")
    if word[0] in "+-":
        return shown + (1 if word[0] == "+" else -1) * _step(word, start)
    if re.match(r"\d{4}-", word):
        return _date(word, start)
    return _clock(word, start, now)


def _step(word: str, start: int) -> float:
    """Return the seconds of ``-1m30s`` without its sign."""
    place, total = 1, 0.0
    while place < len(word):
        part = _STEP.match(word, place)
        if part is None:
            raise Misread(start + place, "s, m or h goes after a number, as in -5m or +1m30s")
        total += float(part[1]) * _UNITS[part[2] or "s"]
        place = part.end()
    if len(word) == 1:
        raise Misread(start + 1, f"how far? as in {word}5m or {word}30s")
    return total


def _date(word: str, start: int) -> float:
    try:
        return datetime.fromisoformat(word.replace(" ", "T", 1)).timestamp()
    except (ValueError, OverflowError, OSError):
        raise Misread(start, "no such date: write it as 2026-01-31T10:15:30Z or 2026-01-31T10:15") from None


def _clock(word: str, start: int, now: float) -> float:
    """Return the last time up to ``now`` at which the clock said so."""
    place, numbers = 0, list[int]()
    for part, (name, most) in zip(word.split(":"), _PARTS, strict=False):
        if not re.fullmatch(r"[0-9]{1,2}", part):
            bad = re.search(r"[^0-9]", part)
            wrong = place + (bad.start() if bad else min(2, len(part)))
            raise Misread(start + wrong, f"no time: write {EXAMPLES}")
        if int(part) > most:
            raise Misread(start + place, f"{name} go up to {most}")
        numbers.append(int(part))
        place += len(part) + 1
    if len(word.split(":")) not in (2, 3):
        raise Misread(start + min(place, len(word)), f"no time: write {EXAMPLES}")
    today = datetime.fromtimestamp(now)
    hour, minute, second = (*numbers, 0)[:3]
    found = today.replace(hour=hour, minute=minute, second=second, microsecond=0)
    if found.timestamp() > now:
        found = (today - timedelta(days=1)).replace(hour=hour, minute=minute, second=second, microsecond=0)
    return found.timestamp()
