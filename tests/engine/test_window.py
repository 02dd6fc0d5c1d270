"""The rolling window: what is older than it is forgotten, loss is counted in packets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.window import Window


def test_a_mean_over_the_last_seconds() -> None:
    window = Window(10.0)
    for at in range(20):
        window.add(float(at), "rtt_ms", 100.0 if at < 15 else 200.0)
    assert window.mean("rtt_ms", 19.0) == pytest.approx((5 * 100 + 5 * 200) / 10)
    assert window.mean("rtt_ms", 25.0) == 200.0
    assert window.mean("rtt_ms", 40.0) is None
    assert window.mean("jitter_ms", 19.0) is None


def test_what_was_measured_lately() -> None:
    window = Window()
    for at, value in ((1.0, 4.0), (2.0, 2.0), (3.0, 3.0)):
        window.add(at, "mos", value)
    assert window.recent("mos", 1.0) == 2.5
    assert window.recent("mos", 3.0) is None
    assert window.recent("rtt_ms", 0.0) is None
    assert window.count("mos") == 3


def test_loss_is_packets_over_packets() -> None:
    window = Window(10.0)
    window.add_loss(1.0, 0, 1000)
    window.add_loss(2.0, 10, 10)
    assert window.loss_pct(3.0) == pytest.approx(100 * 10 / 1010)
    assert window.sums() == (10, 1010)


def test_few_packets_say_nothing_of_loss() -> None:
    window = Window()
    window.add_loss(1.0, 5, 24)
    assert window.loss_pct(1.0) is None
    window.add_loss(2.0, 0, 1)
    assert window.loss_pct(2.0) == 20.0


def test_old_loss_is_forgotten() -> None:
    window = Window(10.0)
    window.add_loss(1.0, 50, 100)
    window.add_loss(9.0, 0, 100)
    assert window.loss_pct(10.0) == 25.0
    assert window.loss_pct(12.0) == 0.0
    assert window.loss_pct(30.0) is None


def test_a_cleared_window_knows_nothing() -> None:
    window = Window()
    window.add(1.0, "rtt_ms", 5.0)
    window.add_loss(1.0, 50, 100)
    window.clear()
    assert window.mean("rtt_ms", 1.0) is None
    assert window.loss_pct(1.0) is None


@given(st.lists(st.tuples(st.floats(0.01, 20), st.floats(0, 100), st.integers(0, 50)), max_size=60))
def test_the_running_sums_are_those_of_what_is_left(steps: list[tuple[float, float, int]]) -> None:
    window, at = Window(30.0), 0.0
    kept: list[tuple[float, float, int]] = []
    for step, value, lost in steps:
        at += step
        window.add(at, "rtt_ms", value)
        window.add_loss(at, lost, 50)
        kept = [row for row in [*kept, (at, value, lost)] if row[0] > at - 30.0]
        assert window.mean("rtt_ms", at) == pytest.approx(sum(row[1] for row in kept) / len(kept), abs=1e-6)
        wanted = 100 * sum(row[2] for row in kept) / (50 * len(kept))
        assert window.loss_pct(at) == pytest.approx(wanted, abs=1e-6)


def test_a_value_that_was_absurd_leaves_nothing_behind() -> None:
    window = Window(5.0)
    window.add(0.0, "rtt_ms", 1e18)
    window.add_loss(0.0, 1e17, 1e18)
    for at in range(1, 12):
        window.add(float(at), "rtt_ms", 0.1)
        window.add_loss(float(at), 1, 50)
    assert window.mean("rtt_ms", 11.0) == pytest.approx(0.1)
    assert window.loss_pct(11.0) == pytest.approx(2)


@given(st.lists(st.floats(0, 1), min_size=40, max_size=80))
def test_a_mean_of_what_is_not_negative_is_not_negative(values: list[float]) -> None:
    window = Window(5.0)
    for at, value in enumerate([*values, *[0.0] * 10]):
        window.add(float(at), "concealment_pct", value)
    assert window.mean("concealment_pct", len(values) + 9.0) == 0.0
