"""Grades: limits as documented; a judge that worsens after 3 of 5 samples, betters after 15 s, and never flaps."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.quality import RULE_SETS, Grade, Judge, Levels
from callmon.query.columns import reason_text
from tests.engine.peer import Listener, Peer

GOOD, FAIR, POOR, UNKNOWN = Grade.GOOD, Grade.FAIR, Grade.POOR, Grade.UNKNOWN


@pytest.mark.parametrize(
    ("metric", "value", "grade"),
    [
        ("rtt_ms", 149.9, GOOD),
        ("rtt_ms", 150, FAIR),
        ("rtt_ms", 300, FAIR),
        ("rtt_ms", 300.1, POOR),
        ("jitter_ms", 19.9, GOOD),
        ("jitter_ms", 20, FAIR),
        ("jitter_ms", 50, FAIR),
        ("jitter_ms", 50.1, POOR),
        ("loss_pct", 0.99, GOOD),
        ("loss_pct", 1, FAIR),
        ("loss_pct", 3, FAIR),
        ("loss_pct", 3.01, POOR),
    ],
)
def test_telnyx_limits_are_included_in_fair(metric: str, value: float, grade: Grade) -> None:
    assert RULE_SETS["telnyx"].levels[metric].grade(value) is grade


@pytest.mark.parametrize(
    ("rules", "metric", "value", "grade"),
    [
        ("twilio-voice", "rtt_ms", 399, GOOD),
        ("twilio-voice", "rtt_ms", 401, POOR),
        ("twilio-voice", "jitter_ms", 31, POOR),
        ("twilio-voice", "loss_pct", 1.1, POOR),
        ("twilio-voice", "mos", 3.4, POOR),
        ("twilio-voice", "mos", 3.6, GOOD),
        ("twilio-video", "rtt_ms", 301, POOR),
        ("twilio-video", "loss_pct", 4.9, GOOD),
        ("twilio-video", "loss_pct", 5.1, POOR),
    ],
)
def test_limits_of_the_other_rule_sets(rules: str, metric: str, value: float, grade: Grade) -> None:
    assert RULE_SETS[rules].levels[metric].grade(value) is grade


@pytest.mark.parametrize("limit", [150.0, 300.0])
def test_what_is_off_a_limit_by_rounding_is_the_limit(limit: float) -> None:
    levels = RULE_SETS["telnyx"].levels["rtt_ms"]
    assert 0.05 * 3 * 1000 > 150
    assert (
        levels.grade(limit * (1 + 1e-12)) is levels.grade(limit * (1 - 1e-12)) is levels.grade(limit) is FAIR
    )
    assert levels.grade(150 - 1e-3) is GOOD and levels.grade(300 + 1e-3) is POOR
    assert Levels(100, math.inf).grade(5e9) is FAIR and Levels(0, 0).grade(1e-12) is POOR


@pytest.mark.parametrize(
    ("rtt_s", "words"),
    [(0.05 * 3, "rtt↑ 150>=150"), (0.1 * 3, "rtt↑ 300>150"), (0.1503, "rtt↑ 150.3>150"), (0.14, "")],
)
def test_a_call_at_a_limit_is_not_beyond_it_by_rounding(rtt_s: float, words: str) -> None:
    peer, listener = Peer(), Listener()
    peer.become({"out_audio": {"rtt": rtt_s, "report": 1.0}})
    for _ in range(40):
        listener.take(peer.frame())
    assert reason_text(listener.engine.calls["c"]) == words


def test_rule_sets_are_the_documented_ones() -> None:
    assert set(RULE_SETS) == {"telnyx", "twilio-voice", "twilio-video", "daily", "callstats"}
    assert RULE_SETS["twilio-video"].whole_call
    assert not RULE_SETS["telnyx"].whole_call
    assert RULE_SETS["daily"].words == "network_state"


def test_where_high_is_good_the_comparison_is_the_other_way_round() -> None:
    mos = Levels(4.0, 3.0, high_is_good=True)
    assert [mos.grade(value) for value in (4.1, 4.0, 3.0, 2.9)] == [GOOD, FAIR, FAIR, POOR]
    assert mos.grade(4.1, ease=0.9) is FAIR, "clearly better needs more than just better"


def judged(*raws: Grade, spacing: float = 1.0) -> list[Grade]:
    judge = Judge()
    return [judge.judge(spacing * at, raw, raw) for at, raw in enumerate(raws)]


def test_it_worsens_after_three_of_five() -> None:
    calm = [GOOD] * 5
    assert judged(*calm, POOR, POOR)[-1] is GOOD
    assert judged(*calm, POOR, POOR, POOR)[-1] is POOR
    assert judged(*calm, POOR, GOOD, POOR, GOOD, POOR)[-1] is POOR
    assert judged(*calm, POOR, GOOD, GOOD, POOR, GOOD, GOOD, POOR)[-1] is GOOD
    assert judged(*calm, POOR, FAIR, POOR)[-1] is FAIR, "three are at least fair"


def test_it_betters_after_fifteen_seconds() -> None:
    bad = [POOR] * 5
    assert judged(*bad, *[GOOD] * 15)[-1] is POOR
    assert judged(*bad, *[GOOD] * 16)[-1] is GOOD
    assert judged(*bad, *[GOOD] * 10, POOR, *[GOOD] * 10)[-1] is POOR, "the 15 s begin anew"
    assert judged(*bad, *[GOOD] * 3, spacing=10.0)[-1] is GOOD


def test_it_betters_to_the_worst_that_was_seen_meanwhile() -> None:
    assert judged(*[POOR] * 5, *[GOOD] * 8, *[FAIR] * 8)[-1] is FAIR


def test_the_first_samples_show_their_best() -> None:
    assert judged(POOR) == [POOR]
    assert judged(POOR, GOOD, GOOD) == [POOR, GOOD, GOOD]
    assert judged(POOR, POOR, POOR) == [POOR, POOR, POOR]


def test_unknown_is_at_once_and_starts_anew() -> None:
    assert judged(*[POOR] * 5, UNKNOWN) == [POOR] * 5 + [UNKNOWN]
    assert judged(*[POOR] * 5, UNKNOWN, GOOD)[-1] is GOOD


def test_it_does_not_flap_at_a_boundary() -> None:
    judge, levels = Judge(), Levels(150, 300)
    grades = []
    for second in range(300):
        value = 150 + (2 if second % 2 else -2)
        grades.append(judge.judge(float(second), levels.grade(value), levels.grade(value, 0.9)))
    changes = sum(one is not two for one, two in zip(grades, grades[1:], strict=False))
    assert changes <= 1


@given(st.lists(st.sampled_from([GOOD, FAIR, POOR]), min_size=1, max_size=120))
def test_it_never_betters_twice_within_fifteen_seconds(raws: list[Grade]) -> None:
    grades = judged(*raws)
    bettered = [at for at in range(3, len(grades)) if grades[at].rank < grades[at - 1].rank]
    assert all(two - one >= 15 for one, two in zip(bettered, bettered[1:], strict=False))
    assert all(at >= 15 for at in bettered)
