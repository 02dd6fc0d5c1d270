"""Histories: rows that age into buckets, gaps that stay gaps, sparks that do not waver, memory that is bounded."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.series import History

BEGAN = 1_700_000_000.0


def filled(seconds: int, **sizes: float) -> History:
    history = History(BEGAN, **sizes)  # type: ignore[arg-type]
    for second in range(seconds):
        history.append(BEGAN + second, {"rtt_ms": float(second % 100), "loss_pct": None})
    return history


def test_points_come_back_in_order() -> None:
    history = filled(60)
    assert history.points("rtt_ms", BEGAN + 10, BEGAN + 12) == [
        (BEGAN + 10, 10.0),
        (BEGAN + 11, 11.0),
        (BEGAN + 12, 12.0),
    ]
    assert history.last("rtt_ms") == 59
    assert history.last("loss_pct") is None
    assert history.points("mos", BEGAN, BEGAN + 60) == []


def test_a_metric_that_comes_late_is_unknown_before() -> None:
    history = filled(5)
    history.append(BEGAN + 5, {"rtt_ms": 1.0, "mos": 4.0})
    values = [value for _, value in history.points("mos", BEGAN, BEGAN + 9)]
    assert all(math.isnan(value) for value in values[:-1])
    assert values[-1] == 4.0


def test_a_gap_is_a_gap() -> None:
    history = filled(5)
    history.append(BEGAN + 30, {"rtt_ms": 7.0}, gap_after=4.0)
    history.append(BEGAN + 31, {"rtt_ms": 8.0}, gap_after=4.0)
    points = history.points("rtt_ms", BEGAN + 4, BEGAN + 31)
    assert [at - BEGAN for at, _ in points] == pytest.approx([4.0, 4.001, 30.0, 31.0])
    assert math.isnan(points[1][1])


def test_a_row_at_the_same_time_amends_and_an_older_one_is_left_out() -> None:
    history = filled(3)
    history.append(BEGAN + 2, {"loss_pct": 5.0})
    history.append(BEGAN + 1, {"rtt_ms": 999.0})
    assert len(history.times) == 3
    assert history.last("loss_pct") == 5.0
    assert history.last("rtt_ms") == 2.0


def test_old_rows_become_minutes_of_least_and_greatest() -> None:
    history = filled(1200, keep_s=300.0)
    points = history.points("rtt_ms", BEGAN, BEGAN + 1200)
    minute = [value for at, value in points if BEGAN + 60 <= at < BEGAN + 120]
    assert minute == [0.0, 99.0]
    assert [at for at, _ in points] == sorted(at for at, _ in points)
    assert history.last("rtt_ms") == 99.0


def test_what_is_folded_away_neither_loses_nor_invents_extremes() -> None:
    history = History(BEGAN, keep_s=120.0)
    for second in range(1000):
        history.append(BEGAN + second, {"rtt_ms": 900.0 if second == 125 else 10.0})
    values = [value for _, value in history.points("rtt_ms", BEGAN, BEGAN + 1000) if value == value]
    assert max(values) == 900.0
    assert min(values) == 10.0


def test_minutes_go_after_a_day() -> None:
    history = History(BEGAN, keep_s=60.0, keep_coarse_s=600.0)
    for second in range(0, 7200, 2):
        history.append(BEGAN + second, {"rtt_ms": 1.0})
    assert history.coarse_times[0] >= (7200 - 600 - 400) * 1000
    assert len(history.coarse["rtt_ms"]) == 2 * len(history.coarse_times)


def test_memory_is_bounded() -> None:
    history = History(BEGAN, max_rows=600)
    for second in range(20_000):
        history.append(BEGAN + 0.1 * second, {"rtt_ms": 1.0, "loss_pct": 2.0})
    assert len(history.times) <= 600 + 128
    size = sys.getsizeof(history.times) + sum(sys.getsizeof(column) for column in history.columns.values())
    assert size < 16 * 1024


def test_sparks_hold_the_worst_of_each_span_and_do_not_waver() -> None:
    history = History(BEGAN)
    for second in range(100):
        history.append(BEGAN + second, {"rtt_ms": 500.0 if second == 57 else 10.0, "mos": 4.0 - second / 100})
    cells = history.spark("rtt_ms", BEGAN + 99, 10, 5.0)
    assert len(cells) == 10
    assert cells.index(500.0) == math.floor((BEGAN + 57) / 5) - math.floor((BEGAN + 99) / 5) + 9
    for later in (0.1, 0.5, 0.9):
        assert history.spark("rtt_ms", BEGAN + 99 + later, 10, 5.0) == cells
    worst = history.spark("mos", BEGAN + 99, 2, 5.0, worst_high=False)
    assert worst[-1] == pytest.approx(3.01, abs=0.001)


def test_sparks_show_gaps_and_nothing_of_the_future() -> None:
    history = History(BEGAN)
    for second in (0, 1, 2, 20, 21, 22):
        history.append(BEGAN + second, {"rtt_ms": float(second)})
    cells = history.spark("rtt_ms", BEGAN + 21, 8, 4.0)
    assert None in cells
    assert 22.0 not in cells
    assert history.spark("mos", BEGAN + 21, 8, 4.0) == [None] * 8


@given(st.lists(st.tuples(st.floats(0.01, 400), st.none() | st.floats(0, 1000, width=32)), max_size=300))
def test_times_rise_and_columns_fit(steps: list[tuple[float, float | None]]) -> None:
    history, at = History(BEGAN, keep_s=600.0, max_rows=100), BEGAN
    for step, value in steps:
        at += step
        history.append(at, {"rtt_ms": value}, gap_after=60.0)
    times = list(history.times)
    assert times == sorted(set(times))
    assert all(len(column) == len(times) for column in history.columns.values())
    points = history.points("rtt_ms", BEGAN, at)
    assert all(one[0] <= two[0] for one, two in zip(points, points[1:], strict=False))
    known = {value for _, value in points if value == value}
    assert known <= {value for _, value in steps if value is not None}


def test_a_moment_in_a_gap_is_told_from_one_before_the_first_value_and_from_one_between_two() -> None:
    history = History(BEGAN, keep_s=1800.0)
    for second in (10, 40, 70, 400, 430):
        history.append(BEGAN + second, {"rtt_ms": 40.0}, gap_after=100.0)
    asked = [history.lapsed("rtt_ms", BEGAN + second) for second in (5, 10, 55, 71, 399, 400, 415)]
    assert asked == [False, False, False, True, True, False, False]
    assert not history.lapsed("mos", BEGAN + 399)


def test_a_moment_in_a_gap_is_known_of_the_minutes_that_are_left_of_what_is_old() -> None:
    history = History(BEGAN, keep_s=600.0)
    for second in (*range(200), *range(1200, 4000)):
        history.append(BEGAN + second, {"rtt_ms": 40.0}, gap_after=3.0)
    asked = [history.lapsed("rtt_ms", BEGAN + second) for second in (100, 230, 600, 1300, 3900)]
    assert asked == [False, False, True, False, False]
