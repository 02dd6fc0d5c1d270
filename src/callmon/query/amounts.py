"""Numbers with units as people write them: 150ms, 0.15s, 3%, 24k, 1.2Mbit/s, 1h30m, 3:05."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from decimal import Decimal

from callmon.query.misread import Misread

NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?")
"""A number as it may be written, without its unit."""

UNITS: dict[str, dict[str, float]] = {
    "ms": {"ms": 1.0, "s": 1000.0},
    "%": {"%": 1.0},
    "s": {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0},
    "bit/s": {
        "bit/s": 1.0,
        "bps": 1.0,
        "k": 1e3,
        "kbps": 1e3,
        "kbit/s": 1e3,
        "m": 1e6,
        "mbps": 1e6,
        "mbit/s": 1e6,
    },
}
"""What may stand behind a number of each unit, in lower case, and how much it is of that unit; none is one."""

_WRITTEN = {"ms": "ms", "%": "%", "s": "s"}
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})")
_UNSIGNED = re.compile(r"[0-9.]")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|min|[smhd])")
_BEGUN = re.compile(rf"(?:{_SPAN.pattern})*(?:\d+(?:[.:]\d*)*)?", re.IGNORECASE)
_EXAMPLES = {
    "ms": "a time such as 150ms or 0.2s",
    "%": "a share such as 3%",
    "s": "a span of time such as 90s, 5m, 1h30m or 3:05",
    "bit/s": "a bitrate such as 24k or 1.2Mbit/s",
    "at": "a time such as 10:15, -5m or 2026-01-31T10:15:30Z",
}


def wanted(unit: str) -> str:
    """Return what may be written for an amount of a unit, with an example."""
    return _EXAMPLES.get(unit, "a number such as 3 or 4.2")


def read(text: str, unit: str) -> float:
    """Return the amount that a text means in ``unit``; ValueError where it means none."""
    if unit == "s" and (span := _span(text)) is not None:
        return span
    if unit == "at":
        return _moment(text)
    found = NUMBER.match(text)
    if found is None:
        raise ValueError(wanted(unit))
    suffix = text[found.end() :].strip().lower()
    factor = 1.0 if not suffix else UNITS.get(unit, {}).get(suffix)
    if factor is None:
        raise ValueError(wanted(unit))
    return float(found[0]) * factor


def span(text: str) -> float:
    """Return the seconds of a span of time, which has no sign; Misread, at what is wrong, where there is none."""
    try:
        seconds = read(text, "s") if _UNSIGNED.match(text) else math.inf
    except ValueError:
        seconds = math.inf
    if seconds == math.inf:
        begun = _BEGUN.match(text)
        raise Misread(begun.end() if begun is not None else 0, f"expected {wanted('s')}")
    return seconds


def dated(text: str) -> datetime:
    """Return the moment of a date with a time, without an offset by the clock of this machine; else ValueError."""
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo is not None else found.astimezone()
    except (ValueError, OverflowError, OSError):
        raise ValueError(wanted("at")) from None


def _moment(text: str) -> float:
    """Return the epoch seconds of a date with a time, to the millisecond; ValueError where they cannot be written."""
    at = round(dated(text).timestamp(), 3)
    try:
        datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(wanted("at")) from None
    return at


def _span(text: str) -> float | None:
    """Return the seconds of 3:05, 1:02:03 or 1h30m, None where it is not written so."""
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        return int(clock[1] or 0) * 3600.0 + int(clock[2]) * 60.0 + int(clock[3])
    parts = _SPAN.findall(text.lower())
    if parts and "".join(number + unit for number, unit in parts) == text.lower():
        factors = {**UNITS["s"], "ms": 0.001}
        return sum(float(number) * factors[unit] for number, unit in parts)
    return None


def write(value: float, unit: str) -> str:
    """Return an amount as it is read again: the shortest of its forms that means exactly the same."""
    if unit == "at":
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if unit == "bit/s":
        for suffix, factor in (("M", 1e6), ("k", 1e3)):
            short = bare(value / factor)
            if abs(value) >= factor and len(short) < 8 and float(short) * factor == value:
                return short + suffix
    if unit == "s" and value >= 60 and value % 60 == 0:
        return f"{bare(value / 60)}m"
    return bare(value) + _WRITTEN.get(unit, "")


def bare(value: float) -> str:
    """Return a number with all its digits and no exponent."""
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
