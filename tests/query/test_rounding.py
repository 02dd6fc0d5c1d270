"""Filters compare what was measured, not how computers round it."""

from __future__ import annotations

from copy import copy

import pytest

from callmon.query.filter import Filter
from tests.query.calls import NOW, calls


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("rtt>150ms", False),
        ("rtt>=150ms", True),
        ("rtt=150ms", True),
        ("rtt<150ms", False),
        ("rtt<=150", True),
    ],
)
@pytest.mark.parametrize("rtt_ms", [0.05 * 3 * 1000, 150 - 3e-14])
def test_what_is_off_by_rounding_is_equal(text: str, passes: bool, rtt_ms: float) -> None:
    call = copy(calls()[0])
    call.metrics = {**call.metrics, "rtt_ms": rtt_ms}
    assert rtt_ms != 150 and Filter(text).passes(call, NOW) is passes


def test_moments_are_compared_to_the_millisecond() -> None:
    call = copy(calls()[0])
    asked = Filter("started>2026-01-31T10:15:30Z")
    call.started_at = 1769854530.001
    assert asked.passes(call, NOW)
    call.started_at = 1769854530.0
    assert not asked.passes(call, NOW)
