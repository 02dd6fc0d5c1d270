"""How numbers, times and foreign strings are written; the only place where a number becomes text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from callmon.model.dust import settled
from callmon.model.text import printable

UNKNOWN = "–"
"""What an unknown value looks like on screen."""

EARLIEST_S = 1e8
"""No call was before this, in epoch seconds (1973): what claims so is counted from no clock at all."""

LATEST_S = 253_000_000_000.0
"""Nor is any after this (the year 9987): what claims so is shown as of then."""


MOST_DECIMALS = 12
"""Digits behind the point that a number is ever given."""

_SHORT = re.compile(r"(-?\d+(\.\d+)?)([kM]?)")
_FACTORS = {"": 1.0, "k": 1e3, "M": 1e6}


def clean(text: object, limit: int = 200) -> str:
    """Return a foreign string made safe to show: what is not printable is replaced, what is too long is cut."""
    return printable(text if isinstance(text, str) else str(text), limit)


def number(value: float | None, decimals: int = 0) -> str:
    """Return a number with so many decimals, or the sign for unknown."""
    return UNKNOWN if value is None or value != value else f"{value:.{decimals}f}"


def metric(key: str, value: float | None) -> str:
    """Return a metric's value as it is shown in its column: fixed decimals per metric, no unit."""
    if value is None or value != value:
        return UNKNOWN
    if key.endswith("_bps"):
        return bitrate(value)
    if key in ("mos", "provider_mos", "audio_level"):
        return f"{value:.2f}"
    if key.endswith("_pct"):
        return f"{value:.1f}"
    if key == "jitter_ms":
        return f"{value:.0f}" if value >= 100 else f"{value:.1f}"
    return f"{value:.0f}"


def beside(text: str, value: float | None, limits: Iterable[float | None]) -> str:
    """Return a number that is written as ``text`` with as many digits more as it takes to see that it is no limit.

    So 150.3, which is 150 in its column, is 150.3 beside the limit 150: what is said of the two can be checked.
    """
    found = _SHORT.fullmatch(text)
    if value is None or found is None:
        return text
    shown, factor = found[1], _FACTORS[found[3]]
    for limit in limits:
        if limit is None or settled(value, limit) == limit:
            continue
        decimals = len(shown.partition(".")[2])
        while decimals < MOST_DECIMALS and not _same_side(float(shown) * factor, value, limit):
            decimals += 1
            shown = f"{value / factor:.{decimals}f}"
    return shown + found[3]


def _same_side(shown: float, value: float, limit: float) -> bool:
    return shown > limit if value > limit else shown < limit


def signed(key: str, difference: float | None) -> str:
    """Return how far a metric's value is from another: +12, −0.4, ±0."""
    if difference is None or difference != difference:
        return UNKNOWN
    size = metric(key, abs(difference))
    if not any(char in "123456789" for char in size):
        return "±0"
    return f"{'+' if difference > 0 else '−'}{size}"


def bitrate(bps: float | None) -> str:
    """Return a bitrate in three or four characters: 950, 24k, 1.2M."""
    if bps is None or bps != bps:
        return UNKNOWN
    if bps < 999.5:
        return f"{bps:.0f}"
    if bps < 999_500:
        return f"{bps / 1000:.0f}k"
    return f"{bps / 1e6:.1f}M" if bps < 99.5e6 else f"{bps / 1e6:.0f}M"


def duration(seconds: float | None) -> str:
    """Return a span of time: 12s, 3:05, 1:02:03."""
    if seconds is None:
        return UNKNOWN
    whole = int(max(0.0, seconds))
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def span(seconds: float | None, cells: int) -> str:
    """Return a span of time as exactly as so many cells hold it: 1:02:03, 12h 03m, 4d 4h, 365d."""
    exact = duration(seconds)
    if seconds is None or len(exact) <= cells:
        return exact
    hours, minutes = divmod(int(seconds) // 60, 60)
    if hours >= 48:
        fine, coarse = f"{hours // 24}d {hours % 24}h", f"{hours // 24}d"
    else:
        fine, coarse = f"{hours}h {minutes:02d}m", f"{hours}h" if hours else f"{minutes}m"
    return fine if len(fine) <= cells else coarse


def words(seconds: float) -> str:
    """Return a span of time in its two greatest units, for sentences: 15 min, 4 d 3 h, 1 min 30 s."""
    left, parts = round(seconds), []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or f"{seconds:g} s"


def stopwatch(seconds: float) -> str:
    """Return a span of time as a stopwatch shows it: 00:41, 61:05."""
    whole = int(max(0.0, seconds))
    return f"{whole // 60:02d}:{whole % 60:02d}"


def clock(at: float | None) -> str:
    """Return the local time of day, 13:04:05."""
    known = _known(at)
    return UNKNOWN if known is None else datetime.fromtimestamp(known).strftime("%H:%M:%S")


def utc(at: float | None) -> str:
    """Return the time of day in UTC, 13:04:05Z, for what other people read in other places."""
    known = _known(at)
    return UNKNOWN if known is None else datetime.fromtimestamp(known, UTC).strftime("%H:%M:%SZ")


def rfc3339(at: float | None) -> str | None:
    """Return a time as RFC 3339 in UTC with milliseconds, or None, also where no clock told it."""
    known = _known(at)
    if known is None:
        return None
    moment = datetime.fromtimestamp(round(known, 3), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _known(at: float | None) -> float | None:
    """Return a time that a calendar has: a vendor's answer may claim one of the year 58913.

    None where nobody knows the time: what a file without a clock tells is counted from 0.
    """
    return None if at is None or not at >= EARLIEST_S else min(at, LATEST_S)


def measure(key: str, value: float | None, unit: str, limit: float | None = None) -> str:
    """Return a metric's value with its unit, for sentences: 11.0 ms, 5.2 %, 24 kbit/s; ``limit`` as in ``beside``."""
    text = beside(metric(key, value), value, (limit,))
    if text == UNKNOWN or not unit:
        return text
    if unit == "bit/s" and text[-1] in "kM":
        return f"{text[:-1]} {text[-1]}{unit}"
    return f"{text} {unit}"


def bare(value: float | None) -> str:
    """Return a number with as many digits as it needs, such as a limit: 3, 0.25, 1500."""
    return UNKNOWN if value is None else f"{value:.6g}"


def count(value: float | None) -> str:
    """Return a whole number with its thousands apart: 12 345."""
    return UNKNOWN if value is None else f"{value:,.0f}".replace(",", " ")


def size(octets: float | None) -> str:
    """Return a number of bytes: 950 B, 24 kB, 1.2 MB."""
    if octets is None:
        return UNKNOWN
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if octets >= factor:
            amount = octets / factor
            return f"{amount:.1f} {unit}" if amount < 99.5 else f"{amount:.0f} {unit}"
    return f"{octets:.0f} B"
