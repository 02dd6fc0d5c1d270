"""A moment as somebody types it: a time of day, a step from what is shown, or a date with a time."""

from __future__ import annotations

import re

from callmon.query import amounts
from callmon.query.misread import Misread
from callmon.query.times import time_of_day

EXAMPLES = "10:15:30, 10:15, -5m, +30s or 2026-01-31T10:15:30Z"
"""What may be typed."""


def moment(text: str, shown: float, now: float) -> float:
    """Return the moment that a text means, in epoch seconds; Misread where it means none.

    Steps such as ``-5m`` or ``+1m30s`` go from the moment that is ``shown``. A time of day is the last one up to
    ``now`` on the clock of this machine; a date without an offset is on that clock too.
    """
    start = len(text) - len(text.lstrip())
    word = text.strip()
    if not word:
        raise Misread(0, f"expected a time: {EXAMPLES}")
    if word[0] in "+-":
        return shown + (1 if word[0] == "+" else -1) * _step(word, start)
    if re.match(r"\d{4}-", word):
        return _date(word, start)
    try:
        return time_of_day(word, f"expected a time: {EXAMPLES}").at(now)
    except Misread as wrong:
        raise Misread(start + wrong.place, str(wrong)) from None


def _step(word: str, start: int) -> float:
    """Return the seconds of ``-1m30s`` without its sign."""
    if len(word) == 1:
        raise Misread(start + 1, f"expected how far, as in {word}5m or {word}30s")
    try:
        return amounts.span(word[1:])
    except Misread as wrong:
        raise Misread(start + 1 + wrong.place, str(wrong)) from None


def _date(word: str, start: int) -> float:
    try:
        return amounts.dated(word).timestamp()
    except ValueError:
        raise Misread(start, "expected a date such as 2026-01-31T10:15:30Z or 2026-01-31T10:15") from None
