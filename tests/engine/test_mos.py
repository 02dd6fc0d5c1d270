"""The estimate of the mean opinion score against published values of ITU-T G.107 and G.113."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine import mos


@pytest.mark.parametrize(
    ("delay_ms", "impairment"),
    [
        (100, 0),
        (150, 0.16),
        (177.3, 1.17),
        (200, 3.04),
        (250, 8.92),
        (300, 14.76),
        (400, 24.07),
        (500, 30.64),
    ],
)
def test_delay_impairment(delay_ms: float, impairment: float) -> None:
    assert mos.delay_impairment(delay_ms) == pytest.approx(impairment, abs=0.005)


@pytest.mark.parametrize(
    ("r", "score"),
    [
        (50, 2.58),
        (60, 3.10),
        (70, 3.60),
        (80, 4.02),
        (90, 4.34),
        (93.2, 4.41),
        (100, 4.5),
        (0, 1),
        (-20, 1),
        (130, 4.5),
    ],
)
def test_score_of_a_rating(r: float, score: float) -> None:
    assert mos.score(r) == pytest.approx(score, abs=0.005)


VECTORS = [
    (20, 2, 0, 4.41, 4.10),
    (150, 10, 0, 4.41, 4.10),
    (300, 30, 0, 4.25, 3.85),
    (50, 5, 1, 4.33, 3.95),
    (50, 5, 2, 4.23, 3.79),
    (50, 5, 5, 3.92, 3.34),
    (50, 5, 10, 3.41, 2.75),
    (150, 20, 3, 4.13, 3.63),
    (300, 30, 5, 3.64, 3.01),
    (400, 60, 10, 2.43, 1.80),
]
"""RTT, jitter in ms, loss in percent, MOS of G.711 with concealment and of G.729A; a buffer of twice the jitter."""


@pytest.mark.parametrize(("rtt_ms", "jitter_ms", "loss_pct", "g711", "g729a"), VECTORS)
def test_estimate(rtt_ms: float, jitter_ms: float, loss_pct: float, g711: float, g729a: float) -> None:
    assert mos.estimate(rtt_ms, 2 * jitter_ms, loss_pct, "PCMU") == pytest.approx(g711, abs=0.006)
    assert mos.estimate(rtt_ms, 2 * jitter_ms, loss_pct, "PCMA") == pytest.approx(g711, abs=0.006)
    assert mos.estimate(rtt_ms, 2 * jitter_ms, loss_pct, "G729") == pytest.approx(g729a, abs=0.006)


def test_only_the_loss_in_the_denominator_is_divided_by_the_burst_ratio() -> None:
    assert mos.loss_impairment(5, 0, 25.1) == pytest.approx(95 * 5 / 30.1)
    assert mos.loss_impairment(5, 0, 25.1, burst=2) == pytest.approx(95 * 5 / 27.6)
    assert mos.loss_impairment(5, 11, 19) == pytest.approx(11 + 84 * 5 / 24)


def test_an_unknown_codec_is_taken_as_opus() -> None:
    assert mos.estimate(50, 10, 2, None) == mos.estimate(50, 10, 2, "opus") == mos.estimate(50, 10, 2, "new")


MS = st.floats(0, 5000)


@given(MS, MS, st.floats(0, 500), st.sampled_from([None, "opus", "PCMU", "G729"]))
def test_a_score_is_between_1_and_4_5(rtt: float, buffer: float, loss: float, codec: str | None) -> None:
    assert 1.0 <= mos.estimate(rtt, buffer, loss, codec) <= 4.5


@given(MS, MS, st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
def test_nothing_that_gets_worse_betters_the_score(
    rtt: float, buffer: float, loss: float, more_ms: float, more_pct: float
) -> None:
    score = mos.estimate(rtt, buffer, loss, "opus")
    assert mos.estimate(rtt + more_ms, buffer, loss, "opus") <= score + 1e-9
    assert mos.estimate(rtt, buffer + more_ms, loss, "opus") <= score + 1e-9
    assert mos.estimate(rtt, buffer, loss + more_pct, "opus") <= score + 1e-9
