"""What differs between calls: facts, crossings of limits, and the moment from which calls are apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.issues import Issue
from callmon.engine.quality import RULE_SETS, Grade, Levels
from callmon.engine.series import History
from callmon.model.ice import Candidate, IceFacts, Pair
from callmon.query.course import ASPECTS
from callmon.query.differences import Divergence, Fact, Whole, facts, worse
from callmon.query.parting import Onset, parting
from tests.query.calls import NOW, calls

BEGAN = 1_800_000_000.0
LEVELS = RULE_SETS["telnyx"].levels
LOSS, RTT = ASPECTS[0], ASPECTS[1]


def made(id: str, loss: list[float], began: float = BEGAN, metric: str = "loss_pct") -> Call:
    """A call with a value each second."""
    call = Call(id, "webrtc", began, last_frame_at=began + len(loss))
    leg = call.legs["l"] = Leg("l", "peer", began, attributes={"browser": "Firefox", "user_id": id})
    stream = leg.streams["s"] = Stream("s", "audio", "inbound", began, codec="opus", history=History(began))
    for second, value in enumerate(loss):
        stream.history.append(began + second, {metric: value})
    stream.last_at = began + len(loss) - 1
    return call


def whole(*of: Call, since_start: bool = False) -> Whole:
    found = Whole()
    found.follow(of, {call.id: call.last_frame_at for call in of}, since_start)
    return found


def told(found: Whole) -> dict[str, Fact]:
    return {fact.name: fact for fact in facts(found, LEVELS, BEGAN + 100)}


def parted(found: Whole) -> Divergence:
    divergence = found.divergence(LEVELS)
    assert divergence is not None
    return divergence


def test_a_crossing_says_when_and_for_how_long() -> None:
    call = made("a", [0.0] * 20 + [5.0] * 7 + [0.0] * 20)
    crossing = whole(call).crossing(call, LOSS, 3.0)
    assert crossing is not None and (crossing.first_s, crossing.seconds) == (20.0, 7.0)
    assert whole(call).crossing(call, LOSS, 6.0) is None
    assert told(whole(call))["Loss > poor 3"].texts == ("+20s, for 7s",)


def test_what_was_not_measured_never_crossed_nothing() -> None:
    found = told(whole(made("a", [0.0] * 9), made("b", [10.0] * 9, metric="rtt_ms")))
    assert found["Loss > fair 1"].texts == ("never", "–")
    assert found["RTT > fair 150"].ranks == (None, 0.0)


def test_calls_part_where_one_breaks_a_limit_for_long_enough() -> None:
    one, other = made("a", [0.2] * 60), made("b", [0.2] * 10 + [9.0] + [0.2] * 9 + [4.0] * 40)
    found = parted(whole(one, other))
    assert found.at == BEGAN + 20
    assert (found.aspect, found.worse, found.better, found.limit) == (LOSS, 1, 0, 1.0)
    assert [found.value, found.other] == pytest.approx([4.0, 0.2])


def test_since_their_start_calls_of_other_days_are_held_against_each_other() -> None:
    one = made("a", [0.2] * 60)
    other = made("b", [0.2] * 20 + [4.0] * 40, BEGAN - 86_400)
    assert parted(whole(one, other, since_start=True)).at == 20.0
    assert whole(one, other).divergence(LEVELS) is None


def test_calls_that_are_bad_together_do_not_part() -> None:
    assert whole(made("a", [4.0] * 60), made("b", [9.0] * 60)).divergence(LEVELS) is None


def test_a_hair_beyond_a_limit_is_not_apart() -> None:
    assert whole(made("a", [0.95] * 60), made("b", [1.05] * 60)).divergence(LEVELS) is None


def test_a_bitrate_parts_where_it_is_twice_the_other_once_it_has_settled() -> None:
    one = made("a", [30_000.0] * 60, metric="bitrate_bps")
    other = made("b", [100.0] * 5 + [30_000.0] * 25 + [9_000.0] * 30, metric="bitrate_bps")
    found = parted(whole(one, other))
    assert (found.at, found.worse, found.limit) == (BEGAN + 30, 1, None)


def test_facts_tell_clients_paths_and_issues_apart() -> None:
    one, other = made("a", [0.0] * 9), made("b", [0.0] * 9)
    leg = other.legs["l"]
    leg.attributes = {"browser": "Safari", "user_id": "b", "edge_location": "fra"}
    leg.streams["s"].codec = "PCMU"
    relay = Candidate("local", "relay", "udp", "198.51.100.7", 6, "tls", url="turns:turn.example.org")
    leg.ice.seen = True
    leg.ice.facts = IceFacts(pair=Pair("p", relay, Candidate("remote", "srflx", "udp"), "succeeded", True))
    leg.ice.meet(BEGAN, relay)
    step = Issue("high-rtt", "warning", "l", "s", BEGAN + 4, None, 3.0, 1.0, "telnyx", "x", "y")
    other.issues = [step]
    found = told(whole(one, other))
    assert found["codec"].texts == ("opus", "PCMU")
    assert found["browser"].texts == ("Firefox", "Safari")
    assert found["edge location"].texts == ("–", "fra")
    assert found["path"].texts == ("–", "relay udp (tls) → srflx udp")
    assert found["relay"].texts == ("–", "tls turns:turn.example.org")
    assert found["candidates"].texts == ("–", "relay udp")
    assert found["high-rtt"].texts == ("none", "1 ×, +4s")
    assert found["high-rtt"].worse(1, 0) and not found["high-rtt"].worse(0, 1)
    assert not found["provider"].differs
    assert "user id" not in found


def test_worse_is_clearly_worse() -> None:
    levels = Levels(1, 3)
    assert worse(LOSS, 1.5, 0.1, levels)
    assert not worse(LOSS, 0.3, 0.2, levels)
    assert not worse(LOSS, 0.1, 2.0, levels)
    mos = next(aspect for aspect in ASPECTS if aspect.key == "mos")
    assert worse(mos, 2.0, 4.2, Levels(3.5, 2.6, high_is_good=True))
    assert not worse(mos, 4.2, 2.0, Levels(3.5, 2.6, high_is_good=True))


def test_real_calls_have_facts_of_one_length() -> None:
    found = Whole()
    found.follow(calls(), {call.id: NOW for call in calls()}, False)
    every = facts(found, LEVELS, NOW)
    assert all(len(fact.texts) == len(calls()) for fact in every)
    assert all(len(fact.ranks) in (0, len(calls())) for fact in every)
    names = [fact.name for fact in every]
    assert len(names) == len(set(names))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 20), min_size=2, max_size=60), st.lists(st.floats(0, 20), min_size=2, max_size=60)
)
def test_a_call_never_parts_from_itself_and_the_order_does_not_matter(a: list[float], b: list[float]) -> None:
    assert whole(made("a", a), made("b", a)).divergence(LEVELS) is None
    one, other = whole(made("a", a), made("b", b)), whole(made("b", b), made("a", a))
    there, back = one.divergence(LEVELS), other.divergence(LEVELS)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert (there.at, there.value, there.worse) == (back.at, back.value, 1 - back.worse)


def with_issue(call: Call, after_s: float, code: str = "dtls-stuck") -> Call:
    call.issues.append(
        Issue(code, "critical", "l", None, call.started_at + after_s, None, None, None, "r", "x", "y")
    )
    return call


def test_calls_part_where_an_issue_begins_that_others_never_had() -> None:
    loss = [0.2] * 20 + [9.0] * 40
    one, other, third = with_issue(made("a", [0.2] * 60), 0.5), made("b", loss), made("c", [0.2] * 60)
    assert parting(whole(one, other, third, since_start=True), LEVELS) == Onset(0.5, "dtls-stuck", 0, (1, 2))
    assert parting(whole(other, third, one), LEVELS) == Onset(BEGAN + 0.5, "dtls-stuck", 2, (0, 1))
    with_issue(third, 7)
    assert parting(whole(one, third), LEVELS) is None, "both have it"
    late = with_issue(made("d", [0.2] * 60), 30.0)
    found = parting(whole(late, other, since_start=True), LEVELS)
    assert isinstance(found, Divergence) and found.at == 20.0
    same = with_issue(made("e", loss), 20.0, "high-loss")
    assert isinstance(parting(whole(same, made("f", [0.2] * 60), since_start=True), LEVELS), Divergence)


def test_who_was_not_there_yet_or_any_more_does_not_part_from_an_issue() -> None:
    one = with_issue(made("a", [0.2] * 60), 50.0)
    assert parting(whole(one, made("b", [0.2] * 30)), LEVELS) is None
    assert parting(whole(one, made("b", [0.2] * 30, BEGAN + 55)), LEVELS) is None
    assert parting(whole(one, made("b", [0.2] * 30, BEGAN + 45)), LEVELS) is not None


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("xyz"), st.integers(0, 59)), max_size=8))
def test_issues_part_calls_alike_in_any_order(issues: list[tuple[int, str, int]]) -> None:
    of = [made(id, [0.2] * 60) for id in "abc"]
    for place, code, after_s in issues:
        with_issue(of[place], after_s, code)
    there, back = parting(whole(*of), LEVELS), parting(whole(*reversed(of)), LEVELS)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert there.at == back.at
    assert parting(whole(of[0], of[0]), LEVELS) is None


def test_what_was_never_graded_was_in_no_grade() -> None:
    never, partly, none = made("a", [0.0] * 9), made("b", [0.0] * 9), made("c", [0.0] * 9)
    never.grade_seconds = {"unknown": 15.0}
    partly.grade_seconds = {"unknown": 10.0, "good": 5.0, "poor": 15.0}
    found = told(whole(never, partly, none))
    assert found["good, of graded"].texts == ("–", "25 %", "–")
    assert found["poor, of graded"].texts == ("–", "75 %", "–")
    assert found["poor, of graded"].ranks == (None, 75.0, None)
    assert found["no grade, of all"].texts == ("100 %", "33 %", "–")


def test_a_call_that_came_to_its_grade_without_spending_time_in_it_says_when() -> None:
    over, live, good = made("a", [0.0] * 9), made("b", [0.0] * 9), made("c", [0.0] * 9)
    over.ended_at = BEGAN + 9
    over.grade_seconds = live.grade_seconds = {"unknown": 9.0}
    good.grade_seconds = {"unknown": 1.0, "good": 8.0}
    over.grade = live.grade = good.grade = Grade.POOR
    found = told(whole(over, live, good))
    assert found["poor, of graded"].texts == ("at its end", "just now", "just now")
    assert found["good, of graded"].texts == ("–", "–", "100 %")
