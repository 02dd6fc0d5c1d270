"""When something happened, from what tools write: epoch milliseconds, ISO text, or text of some locale."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import islice

from callmon.model.frames import Json

EARLIEST_MS, LATEST_MS = 1e11, 1e13
"""Times of 1973 to 2286; what lies outside is no time of a call."""

_QUARTER_MS = 900_000.0
_WIDEST_MS = 14.25 * 3_600_000.0
_NUMBERS = re.compile(r"\d{1,4}")
_TIME_FIRST = re.compile(r"\D*\d{1,2}:\d{2}(:\d{2})?(?!\d)")
_AFTERNOON = re.compile(r"p\.?\s?m\.?|下午|오후|午後", re.IGNORECASE)
_MORNING = re.compile(r"a\.?\s?m\.?|上午|오전|午前", re.IGNORECASE)
_LONGEST = 60
_MAX_NODES = 1_000_000
_STAMPS = frozenset(
    ("timestamp", "time", "clienttime", "stored_at", "created_at", "occurred_at", "event_ts", "start_ts")
    + ("starttimestamp", "endtimestamp", "intervalstartutc", "intervalendutc", "start_time", "end_time")
    + ("join_time", "leave_time", "jointime", "create_time", "created_time", "createdat")
)
_CLOCKED = ("timestamp", "remoteTimestamp", "t")
_EARLIEST_S, _LATEST_S = 1e9, 1e10
_MOST_DEEP = 4
_STARTS = ("start_time", "join_time", "joinTime", "create_time")
_SPANS = ("duration", "duration_sec")


def epoch_ms(value: Json) -> float | None:
    """Return a time in epoch milliseconds given as a number or as ISO text, or None for anything else."""
    if isinstance(value, str):
        if len(value) > _LONGEST or value[:2] not in ("19", "20"):
            return None
        try:
            moment = datetime.fromisoformat(value)
            value = round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000, 3)
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if EARLIEST_MS < value < LATEST_MS else None


def readings(text: str) -> list[float]:
    """Return what a time in the words of some locale may mean, in milliseconds as if it were UTC, likeliest first.

    ``10/11/2020, 3:33:44 PM`` is the 11th of October, or the 10th of November.
    """
    if len(text) > _LONGEST:
        return []
    numbers = [int(number) for number in _NUMBERS.findall(text)]
    if (time_first := _TIME_FIRST.match(text)) is not None:
        # ``11:42:20 20/11/2026``, as Vietnamese has it.
        count = 2 if time_first[1] is None else 3
        numbers = [*numbers[count:], *numbers[:count]]
    if len(numbers) < 5:
        return []
    first, second, third, hour, minute = numbers[:5]
    second_of = numbers[5] if len(numbers) > 5 else 0
    afternoon, morning = bool(_AFTERNOON.search(text)), bool(_MORNING.search(text))
    if afternoon or morning:
        hour = hour % 12 + (12 if afternoon else 0)
    if first > 31:
        orders = [(first, second, third)]
    elif "/" in text and (afternoon or morning):
        orders = [(third, first, second), (third, second, first)]
    else:
        orders = [(third, second, first), (third, first, second)]
    found = []
    for year, month, day in orders:
        try:
            on = _day(year, month, day, persian=first > 31)
            moment = datetime(on.year, on.month, on.day, hour, minute, second_of, tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
        ms = moment.timestamp() * 1000
        if EARLIEST_MS < ms < LATEST_MS and ms not in found:
            found.append(ms)
    return found


def _day(year: int, month: int, day: int, *, persian: bool) -> date:
    """Return a day of the Gregorian, the Buddhist or, where the year may come first, the Persian calendar."""
    if persian and 1300 <= year < 1500:
        if not (1 <= month <= 12 and 1 <= day <= 31):
            raise ValueError("no day")
        year += 1595
        before = 31 * (month - 1) if month < 7 else 30 * (month - 7) + 186
        return date.fromordinal(365 * year + year // 33 * 8 + (year % 33 + 3) // 4 + before + day - 356_033)
    if 2400 <= year < 2800:
        year -= 543
    return date(year if year > 99 else 2000 + year, month, day)


class LocalTime:
    """The clock on somebody's wall: which order days are written in, and how far it is from UTC."""

    def __init__(self, told: Iterable[tuple[str, float | None]]) -> None:
        """Take times as they were told, each with the epoch milliseconds at which it must about have been, if known.

        Nothing in such text names a time zone, but zones differ by quarters of an hour.
        """
        self._order, self._ahead_ms = 0, 0.0
        for text, about_ms in told:
            best: tuple[float, int, float] | None = None
            for order, ms in enumerate(readings(text) if about_ms is not None else ()):
                ahead = round((ms - (about_ms or 0.0)) / _QUARTER_MS) * _QUARTER_MS
                if abs(ahead) <= _WIDEST_MS:
                    found = (abs(ms - ahead - (about_ms or 0.0)), order, ahead)
                    best = min(best, found) if best is not None else found
            if best is not None:
                _, self._order, self._ahead_ms = best
                return

    def epoch_ms(self, text: Json) -> float | None:
        """Return a time that is written in the words of this place."""
        found: Sequence[float] = readings(text) if isinstance(text, str) else ()
        if not found:
            return None
        return found[min(self._order, len(found) - 1)] - self._ahead_ms


def newest_s(value: Json) -> float | None:
    """Return the newest time that is told anywhere inside a value, in epoch seconds, or None where there is none.

    Vendors write milliseconds, seconds, or microseconds on mobile; a beginning with a duration tells of its end.
    Times on other clocks, such as ``estimatedPlayoutTimestamp``, have other names and are not looked at.
    """
    newest: float | None = None
    waiting: list[Json] = [value]
    for _ in range(_MAX_NODES):
        if not waiting:
            break
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += [inner for inner in one.values() if isinstance(inner, dict | list)]
            told = [
                epoch_s(stamp) for key, stamp in one.items() if key.lower() in _STAMPS and stamp is not None
            ]
            begun = [at for key in _STARTS if (at := epoch_s(one.get(key))) is not None]
            lasted = [one[key] for key in _SPANS if isinstance(one.get(key), int | float)]
            if begun and lasted and 0 <= lasted[0] < 1e7:
                told.append(begun[0] + lasted[0])
            newest = max((at for at in (*told, newest) if at is not None), default=None)
    return newest


def epoch_s(value: Json) -> float | None:
    """Return a time in epoch seconds, given in seconds, milliseconds, microseconds or as ISO text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        for factor in (1.0, 1e3, 1e6):
            if EARLIEST_MS < value * 1000 < LATEST_MS * factor:
                return value / factor
        return None
    ms = epoch_ms(value) if isinstance(value, str) else None
    return ms / 1000 if ms is not None else None


def in_ms(stats: Json, depth: int = 0) -> Json:
    """Return a report, or a message with one, with the times of its objects in epoch milliseconds.

    Some write seconds, microseconds or ISO text. Times that are small are on a clock of the page, and stay.
    """
    if depth > _MOST_DEEP or not _is_foreign(_stamp(stats)):
        return stats
    return _converted(stats, depth)


def _converted(value: Json, depth: int) -> Json:
    if depth > _MOST_DEEP:
        return value
    if isinstance(value, list):
        return [_converted(one, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    if "timestamp" not in value and "t" not in value:
        return {
            name: _converted(one, depth + 1) if isinstance(one, dict | list) else one
            for name, one in value.items()
        }
    found = {**value}
    for name in _CLOCKED:
        if _is_foreign(found.get(name)) and (at := epoch_s(found[name])) is not None:
            found[name] = at * 1000
    if isinstance(found.get("stats"), list | dict):
        found["stats"] = _converted(found["stats"], depth + 1)
    return found


def _stamp(value: Json, depth: int = 0) -> Json:
    """Return the first time of an object in a report."""
    if isinstance(value, dict) and isinstance(value.get("timestamp", value.get("t")), str | int | float):
        inner = _stamp(value["stats"], depth + 1) if isinstance(value.get("stats"), list | dict) else None
        return inner if _is_foreign(inner) else value.get("timestamp", value.get("t"))
    if depth > _MOST_DEEP or not isinstance(value, dict | list):
        return None
    inside = list(islice(value.values() if isinstance(value, dict) else value, 9))
    return next((found for one in inside if (found := _stamp(one, depth + 1)) is not None), None)


def _is_foreign(stamp: Json) -> bool:
    if isinstance(stamp, str):
        return True
    good = isinstance(stamp, int | float) and not isinstance(stamp, bool)
    return good and (_EARLIEST_S <= stamp < _LATEST_S or LATEST_MS <= stamp < LATEST_MS * 1000)
