"""Moments told from now: by the clock of a zone, and so long ago."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.call import Call
from callmon.query.filter import Filter
from callmon.query.format import clock
from callmon.query.times import Ago, TimeOfDay, read

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 10, 20, 11, tzinfo=UTC).timestamp()


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def of(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("text", "now", "wanted"),
    [
        ("10:00", "2026-11-20T11:20:11+01:00", "2026-11-20T10:00:00+01:00"),
        ("11:20:11", "2026-11-20T11:20:11+01:00", "2026-11-20T11:20:11+01:00"),
        ("11:20:12", "2026-11-20T11:20:11+01:00", "2026-11-19T11:20:12+01:00"),
        ("23:50", "2026-11-21T00:10:00+01:00", "2026-11-20T23:50:00+01:00"),
        ("1:30", "2026-03-29T12:00:00+02:00", "2026-03-29T01:30:00+01:00"),
        ("12:00", "2026-03-29T11:00:00+02:00", "2026-03-28T12:00:00+01:00"),
        ("-5m", "2026-11-20T11:20:11+01:00", "2026-11-20T11:15:11+01:00"),
    ],
)
def test_a_moment_is_found_by_the_clock_of_a_zone(text: str, now: str, wanted: str) -> None:
    moment = read(text)
    assert isinstance(moment, TimeOfDay | Ago)
    assert moment.at(of(now), BERLIN) == of(wanted)


@pytest.mark.usefixtures("berlin")
def test_without_a_zone_it_is_the_clock_by_which_times_are_shown() -> None:
    moment = TimeOfDay(10, 0)
    assert clock(moment.at(NOW)) == "10:00:00"
    assert moment.at(NOW) == moment.at(NOW, BERLIN) != moment.at(NOW, UTC)


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.floats(1e8, 4e9))
def test_a_time_of_day_is_the_last_one_up_to_now(hour: int, minute: int, second: int, now: float) -> None:
    found = TimeOfDay(hour, minute, second).at(now, UTC)
    assert now - 86_400 < found <= now
    assert datetime.fromtimestamp(found, UTC).time().isoformat() == f"{hour:02d}:{minute:02d}:{second:02d}"


@pytest.mark.parametrize("now", [0.0, 60.0, math.inf, math.nan, 1e13])
def test_where_no_clock_tells_the_time_there_is_no_time_of_day(now: float) -> None:
    assert math.isnan(TimeOfDay(10, 0).at(now))
    assert not Filter("started<10:00 or started>10:00").passes(Call("a", "webrtc", 0.0), now)


@pytest.mark.usefixtures("berlin")
def test_a_filter_goes_on_with_now() -> None:
    early, late = Call("early", "webrtc", NOW - 5_000), Call("late", "webrtc", NOW - 100)
    for text in ("started>11:00", "started>-5m"):
        assert [Filter(text).passes(call, NOW) for call in (early, late)] == [False, True]
    assert not Filter("started>-5m").passes(late, NOW + 300)
    assert not Filter("started>11:00").passes(late, NOW + 86_400)
