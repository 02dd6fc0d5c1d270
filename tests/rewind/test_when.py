from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.query import times
from callmon.query.misread import Misread
from callmon.rewind.when import moment
from callmon.tui.commands import seconds

NOW = datetime(2026, 11, 20, 10, 20, 11, 400_000, UTC).timestamp()
SHOWN = NOW - 100
SPANS = {
    "90": 90,
    "90s": 90,
    "5m": 300,
    "5M": 300,
    "5min": 300,
    "1.5h": 5400,
    "1h30m": 5400,
    "3:05": 185,
    "2d": 172_800,
}


def of(hour: int, minute: int, second: int = 0, day: int = 20) -> float:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10:15", of(10, 15)),
        (" 10:15:30 ", of(10, 15, 30)),
        ("9:05", of(9, 5)),
        ("10:20:11", of(10, 20, 11)),
        ("10:20:12", of(10, 20, 12, day=19)),
        ("23:59", of(23, 59, day=19)),
        ("-5m", SHOWN - 300),
        ("+30s", SHOWN + 30),
        ("-90", SHOWN - 90),
        ("+1m30s", SHOWN + 90),
        ("-1.5h", SHOWN - 5400),
        ("-1d", SHOWN - 86_400),
        ("-2min", SHOWN - 120),
        ("+3:05", SHOWN + 185),
        ("2026-11-20T10:15:30Z", of(10, 15, 30)),
        ("2026-11-20T11:15:30+01:00", of(10, 15, 30)),
        ("2026-11-20 10:15", of(10, 15)),
    ],
)
def test_what_is_typed_is_a_moment(text: str, wanted: float) -> None:
    assert moment(text, SHOWN, NOW) == wanted


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("", 0, "expected a time"),
        ("24:00", 0, "expected hours up to 23"),
        ("10:60", 3, "expected minutes up to 59"),
        (" 10:15:75", 7, "expected seconds up to 59"),
        ("10", 2, "expected a time: 10:15:30"),
        ("10:", 3, "expected a time: 10:15:30"),
        ("10:1a", 4, "expected a time: 10:15:30"),
        ("10:15:30:00", 9, "expected a time: 10:15:30"),
        ("101:15", 2, "expected a time: 10:15:30"),
        ("-", 1, "how far"),
        ("-5x", 2, "expected a span of time such as 90s, 5m, 1h30m or 3:05"),
        (" -1m5x", 5, "expected a span of time"),
        ("-1m30", 5, "expected a span of time"),
        ("--5m", 1, "expected a span of time"),
        ("-" + "9" * 400, 401, "expected a span of time"),
        ("2026-13-20T10:15:30Z", 0, "expected a date such as"),
        ("noon", 0, "expected a time: 10:15:30"),
        ("١٠:١٥", 0, "expected a time: 10:15:30"),
    ],
)
def test_what_is_none_is_pointed_at(text: str, place: int, why: str) -> None:
    with pytest.raises(Misread, match=why) as found:
        moment(text, SHOWN, NOW)
    assert found.value.place == place


@given(st.text(max_size=20) | st.from_regex(r"[-+0-9:smhTZ. ]{0,20}", fullmatch=True))
def test_anything_else_is_refused_in_words(text: str) -> None:
    try:
        found = moment(text, SHOWN, NOW)
    except Misread as error:
        assert str(error)
        assert 0 <= error.place <= len(text)
    else:
        assert isinstance(found, float)


@pytest.mark.parametrize(("text", "lasting"), SPANS.items())
def test_how_long_is_read_the_same_wherever_it_is_typed(text: str, lasting: float) -> None:
    assert seconds(text) == lasting
    assert moment(f"-{text}", 1e9, 2e9) == 1e9 - lasting
    if text.isdecimal():
        with pytest.raises(Misread, match="expected a unit"):  # there a number alone may be meant as anything
            times.read(f"-{text}")
    else:
        assert times.read(f"-{text}") == times.Ago(lasting)
