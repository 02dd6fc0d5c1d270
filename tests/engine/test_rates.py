"""Counters become rates: resets, decreases, gaps, repeats, late readings, jumping clocks, absent counters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.rates import SIGNED, Delta, Rates


def fed(*readings: tuple[float, dict[str, float]], identity: str = "a") -> tuple[Rates, Delta | None]:
    rates, delta = Rates(), None
    for clock, counters in readings:
        delta = rates.advance("local", clock, identity, counters)
    return rates, delta


def test_two_readings_are_a_rate() -> None:
    _, delta = fed((10, {"bytes": 1000}), (12, {"bytes": 4000}))
    assert delta is not None
    assert delta.seconds == 2
    assert delta.per_second("bytes") == 1500
    assert delta.per_second("packets") is None


def test_the_first_reading_is_none() -> None:
    rates, delta = fed((10, {"bytes": 1000}))
    assert delta is None
    assert rates.total("local", "bytes") == 1000


def test_a_new_identity_is_a_reset_and_the_total_goes_on() -> None:
    rates, _ = fed((10, {"packets": 500, "lost": 5}), (11, {"packets": 550, "lost": 6}))
    assert rates.advance("local", 12, "b", {"packets": 20, "lost": 0}) is None
    assert rates.total("local", "packets") == 570
    assert rates.total("local", "lost") == 6
    delta = rates.advance("local", 13, "b", {"packets": 70, "lost": 1})
    assert delta is not None
    assert delta.gained == {"packets": 50, "lost": 1}
    assert rates.total("local", "packets") == 620


def test_a_decrease_is_a_reset() -> None:
    rates, delta = fed((10, {"packets": 500}), (11, {"packets": 30}))
    assert delta is None
    assert rates.total("local", "packets") == 530


def test_lost_may_go_down_and_is_clamped() -> None:
    assert set(SIGNED) == {"lost"}
    rates, delta = fed((10, {"packets": 500, "lost": 10}), (11, {"packets": 550, "lost": 7}))
    assert delta is not None
    assert delta.gained == {"packets": 50, "lost": 0}
    assert rates.total("local", "lost") == 7


def test_a_clock_that_goes_back_gives_no_rate() -> None:
    rates, _ = fed((1000, {"packets": 500}), (1001, {"packets": 550}))
    assert not rates.is_new("local", 1001, "a")
    assert not rates.is_new("local", 1000.5, "a")
    assert rates.is_new("local", 1000.5, "b")
    assert rates.is_new("local", 900, "a"), "a clock that was set back is believed"
    assert rates.advance("local", 900, "a", {"packets": 600}) is None
    delta = rates.advance("local", 901, "a", {"packets": 650})
    assert delta is not None
    assert delta.per_second("packets") == 50


def test_a_gap_gives_no_rate_and_the_next_reading_does() -> None:
    rates, _ = fed((10, {"packets": 500}), (11, {"packets": 550}), (12, {"packets": 600}))
    assert rates.advance("local", 40, "a", {"packets": 610}) is None
    delta = rates.advance("local", 41, "a", {"packets": 660})
    assert delta is not None
    assert delta.per_second("packets") == 50
    assert rates.total("local", "packets") == 660


def test_seldom_readings_are_no_gap() -> None:
    _, delta = fed((0, {"packets": 0}), (30, {"packets": 1500}), (60, {"packets": 3000}))
    assert delta is not None
    assert delta.per_second("packets") == 50


def test_a_counter_absent_from_either_end_is_absent() -> None:
    _, delta = fed((10, {"packets": 500}), (11, {"bytes": 900}))
    assert delta is not None
    assert delta.gained == {}
    _, delta = fed((10, {}), (11, {"packets": 50}))
    assert delta is not None
    assert delta.ratio("lost", "packets") is None


def test_a_ratio_of_nothing_is_unknown() -> None:
    _, delta = fed((10, {"a": 1, "b": 5}), (11, {"a": 3, "b": 5}))
    assert delta is not None
    assert delta.ratio("a", "b") is None
    assert delta.ratio("b", "a") == 0


def test_origins_are_apart() -> None:
    rates, _ = fed((10, {"packets": 500}), (11, {"packets": 550}))
    assert rates.advance("remote", 10.5, "r", {"lost": 3}) is None
    assert rates.total("local", "lost") is None
    assert rates.at("local", "packets", 10.5) == 525
    assert rates.at("local", "lost", 10.5) is None


READINGS = st.lists(
    st.tuples(
        st.floats(0, 1e6),
        st.sampled_from("ab"),
        st.dictionaries(st.sampled_from(["packets", "lost", "bytes"]), st.floats(-1e9, 1e9)),
    ),
    max_size=30,
)


@given(READINGS)
def test_rates_are_never_negative(readings: list[tuple[float, str, dict[str, float]]]) -> None:
    rates = Rates()
    for clock, identity, counters in readings:
        if not rates.is_new("local", clock, identity):
            continue
        delta = rates.advance("local", clock, identity, counters)
        if delta is not None:
            assert delta.seconds > 0
            assert all(value >= 0 for value in delta.gained.values())


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=30))
def test_the_total_counts_through_every_reset(steps: list[tuple[int, bool]]) -> None:
    rates, count, total, identity = Rates(), 0, 0, 0
    for clock, (gain, restart) in enumerate(steps):
        if restart:
            identity, count = identity + 1, 0
        count, total = count + gain, total + gain
        rates.advance("local", float(clock), str(identity), {"packets": count})
    assert rates.total("local", "packets") == pytest.approx(total)
