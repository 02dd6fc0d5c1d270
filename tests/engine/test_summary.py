"""Tallies: means, extremes with their times, and quantiles within one percent."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.summary import Tally


def tally(values: list[float]) -> Tally:
    found = Tally()
    for at, value in enumerate(values):
        found.add(float(at), value)
    return found


def test_nothing_counted_is_unknown() -> None:
    empty = Tally()
    assert (empty.mean(), empty.quantile(0.95), empty.most, empty.least) == (None, None, None, None)


def test_extremes_know_when_they_were() -> None:
    found = tally([5, 80, 3, 80, 7])
    assert (found.most, found.most_at) == (80, 1)
    assert (found.least, found.least_at) == (3, 2)
    assert found.mean() == 35


VALUES = st.lists(st.floats(0.01, 1e6) | st.just(0.0), min_size=1, max_size=200)


@given(VALUES, st.floats(0.01, 1.0))
def test_quantiles_are_within_one_percent(values: list[float], share: float) -> None:
    exact = sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
    assert tally(values).quantile(share) == pytest.approx(exact, rel=0.0101, abs=1e-9)


@given(VALUES)
def test_quantiles_rise_and_stay_between_the_extremes(values: list[float]) -> None:
    found = tally(values)
    quantiles = [found.quantile(share) for share in (0.05, 0.5, 0.95, 1.0)]
    assert all(value is not None and min(values) <= value <= max(values) for value in quantiles)
    assert quantiles == sorted(value for value in quantiles if value is not None)
    assert len(found.buckets) <= len(set(values))
