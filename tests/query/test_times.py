"""Moments told from now: by the clock of a zone, and so long ago."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.call import Call
from callmon.query import amounts, grammar, viewline
from callmon.query.filter import Filter
from callmon.query.format import clock
from callmon.query.times import Ago, TimeOfDay, read
from callmon.query.view import View
from callmon.rewind.when import moment

NOW = datetime(2026, 11, 20, 10, 20, 11, tzinfo=UTC).timestamp()


@contextmanager
def zone(name: str) -> Iterator[None]:
    """Have this machine's clock be that of a zone."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TZ", name)
            time.tzset()
            yield
    finally:
        time.tzset()


@pytest.fixture
def berlin() -> Iterator[None]:
    with zone("Europe/Berlin"):
        yield


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
        ("2:15", "2026-10-25T02:30:00+01:00", "2026-10-25T02:15:00+01:00"),
        ("2:15", "2026-10-25T02:10:00+01:00", "2026-10-25T02:15:00+02:00"),
        ("2:15", "2026-10-25T02:10:00+02:00", "2026-10-24T02:15:00+02:00"),
        ("2:15", "2026-10-26T02:10:00+01:00", "2026-10-25T02:15:00+01:00"),
        ("2:30", "2026-03-29T03:10:00+02:00", "2026-03-28T02:30:00+01:00"),
        ("2:30", "2026-03-30T01:00:00+02:00", "2026-03-28T02:30:00+01:00"),
        ("-5m", "2026-11-20T11:20:11+01:00", "2026-11-20T11:15:11+01:00"),
    ],
)
@pytest.mark.usefixtures("berlin")
def test_a_moment_is_found_by_the_clock_of_this_machine(text: str, now: str, wanted: str) -> None:
    moment = read(text)
    assert isinstance(moment, TimeOfDay | Ago)
    assert moment.at(of(now)) == of(wanted)


@pytest.mark.usefixtures("berlin")
def test_it_is_the_clock_by_which_times_are_shown() -> None:
    assert clock(TimeOfDay(10, 0).at(NOW)) == "10:00:00"


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("UTC", "2026-01-01T00:00+00:00"),
        ("Europe/Berlin", "2026-03-29T01:00+00:00"),
        ("Europe/Berlin", "2026-10-25T01:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-04T15:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-03T15:30+00:00"),
    ],
)
@given(
    st.integers(1, 3) | st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
    st.floats(-1e4, 2e5) | st.floats(-1.5e9, 2e9),
)
def test_a_time_of_day_is_the_last_one_up_to_now(
    name: str, changed: str, hour: int, minute: int, second: int, after: float
) -> None:
    now = of(changed) + after
    said = f"{hour:02d}:{minute:02d}:{second:02d}"
    with zone(name):
        found = TimeOfDay(hour, minute, second).at(now)
        assert found <= now
        assert clock(found) == said
        # It comes again after a day, which may be longer or shorter, or after what the clock was set back by.
        steps = [days * 86_400 + minutes * 60 for days in range(3) for minutes in (-60, -30, 0, 30, 60)]
        assert not [step for step in steps if found < found + step <= now and clock(found + step) == said]
        assert now - found < 3 * 86_400


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


ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Kiritimati")
dates = st.datetimes(datetime(1975, 1, 1), datetime(2120, 1, 1)).map(lambda it: it.replace(microsecond=0))


@pytest.mark.usefixtures("berlin")
def test_a_date_without_an_offset_is_by_the_clock_by_which_times_are_shown() -> None:
    wanted = of("2026-11-20T10:00:00+01:00")
    for text in ("2026-11-20T10:00", '"2026-11-20 10:00:00"', "2026-11-20T10:00+01:00", "2026-11-20T09:00Z"):
        assert str(grammar.parse(f"started>{text}")) == "started>2026-11-20T09:00:00.000Z"
        assert moment(text.strip('"'), 0.0, NOW) == wanted
    assert clock(wanted) == "10:00:00"


@pytest.mark.parametrize(
    ("text", "placed"),
    [
        ("started>2026-11-20T10:00", "started>2026-11-20T10:00:00+01:00"),
        (
            'a "b c"  ended<="2026-07-20 10:00:30" loss>3',
            'a "b c"  ended<="2026-07-20T10:00:30+02:00" loss>3',
        ),
        (
            "started > 2026-11-20 or ended<2026-11-21",
            "started > 2026-11-20T00:00:00+01:00 or ended<2026-11-21T00:00:00+01:00",
        ),
        ("started>2026-11-20T10:00Z", "started>2026-11-20T10:00Z"),
        ('(started>"2026-11-20"agent)', '(started>"2026-11-20T00:00:00+01:00"agent)'),
        (
            "started>10:00 ended>-5m call=2026-11-20 2026-11-20",
            "started>10:00 ended>-5m call=2026-11-20 2026-11-20",
        ),
        ('"started>2026-11-20"', '"started>2026-11-20"'),
        ("", ""),
    ],
)
@pytest.mark.usefixtures("berlin")
def test_where_it_is_kept_it_names_its_offset(text: str, placed: str) -> None:
    assert viewline.write(View(Filter(text))) == placed
    assert viewline.read(placed).filter.expression == Filter(text).expression


@given(dates, st.sampled_from(ZONES), st.sampled_from(ZONES))
def test_a_view_is_the_same_elsewhere(said: datetime, here: str, there: str) -> None:
    with zone(here):
        asked = Filter(f"not started>{said.isoformat()}")
        line = viewline.write(View(asked))
        printed = str(asked.expression)
    with zone(there):
        assert viewline.read(line).filter.expression == asked.expression == grammar.parse(printed)
        assert viewline.write(viewline.read(line)) == line


@given(dates, st.sampled_from(ZONES))
def test_a_date_is_read_as_it_is_shown(said: datetime, name: str) -> None:
    with zone(name):
        found = amounts.read(said.isoformat(), "at")
        assert (
            amounts.read(amounts.write(found, "at"), "at") == found == moment(said.isoformat(" "), 0.0, NOW)
        )
        # A time that the clock leaves out is shown as none.
        there = datetime.fromtimestamp(found) == said
        assert clock(found) == said.strftime("%H:%M:%S") or not there
        assert there or datetime.fromtimestamp(found - 3600) < said < datetime.fromtimestamp(found + 3600)


def test_what_is_as_long_as_can_be_read_can_still_be_kept() -> None:
    text = f'started>2026-11-20T10:15 "{"x" * (grammar.LONGEST - 27)}"'
    assert len(text) == grammar.LONGEST
    assert viewline.read(viewline.write(View(Filter(text)))).filter == Filter(text)
