"""Silence: of a leg beside others that report, and of calls to which callmon itself did not listen."""

from __future__ import annotations

import pytest

from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.model.events import Event, IceChanged, Joined, Noted, Opened, Sampled, Unheard
from callmon.model.ice import Candidate, IceFacts

BEGAN = 1_800_000_000.0
LOCAL = (Candidate("local", "host", "udp", "10.0.0.1", 9),)


def sample(leg: str, second: float) -> list[Event]:
    return [Sampled("c", BEGAN + second, leg, None, BEGAN + second, {"pair_rtt_ms": 40.0})]


class Two:
    """A call of two legs, with a tick each second; ``until`` says which of them report up to when."""

    def __init__(self, ice: str = "connected") -> None:
        self.engine = Engine()
        self.second = 0
        events: list[Event] = [Opened("c", BEGAN, "webrtc")]
        for leg in "ab":
            connection = "connected" if ice == "connected" else "connecting"
            facts = IceFacts(ice=ice, connection=connection, gathering="complete", candidates=LOCAL)
            events += [Joined("c", BEGAN, leg), IceChanged("c", BEGAN, leg, facts)]
        self.engine.fold(events, BEGAN)

    @property
    def call(self) -> Call:
        return self.engine.calls["c"]

    def until(self, second: int, reporting: str) -> None:
        while self.second < second:
            self.second += 1
            self.engine.tick(BEGAN + self.second)
            for leg in reporting:
                self.engine.fold(sample(leg, self.second + 0.5), BEGAN + self.second + 0.5)

    def stand_still(self, seconds: int) -> None:
        self.second += seconds
        self.engine.fold([Unheard("c", BEGAN + self.second)], BEGAN + self.second)
        self.engine.tick(BEGAN + self.second + 0.001)


def test_a_leg_that_is_silent_is_diagnosed_while_another_reports() -> None:
    run = Two("checking")
    run.until(14, "a")
    diagnosis = run.call.legs["b"].diagnosis
    assert diagnosis is not None
    assert diagnosis.verdict == "checking"
    assert "for 14 s" in diagnosis.summary or "for 13 s" in diagnosis.summary
    run.until(18, "a")
    diagnosis = run.call.legs["b"].diagnosis
    assert diagnosis is not None
    assert diagnosis.verdict == "ice-failed"


def test_what_a_silent_leg_measured_grows_old_while_another_reports() -> None:
    run = Two()
    run.until(5, "ab")
    assert run.call.legs["b"].now["pair_rtt_ms"] == 40.0
    run.until(25, "a")
    assert run.call.legs["a"].now["pair_rtt_ms"] == 40.0
    assert run.call.legs["b"].now["pair_rtt_ms"] is None


def test_where_callmon_stood_still_a_call_is_not_silent_until_it_had_time_to_report() -> None:
    run = Two()
    run.until(20, "ab")
    run.stand_still(20)
    assert run.call.state == "live"
    run.until(44, "")
    assert run.call.state == "live"
    run.until(46, "")
    assert run.call.state == "stale"
    (issue,) = run.call.issues
    assert (issue.code, issue.since, issue.value) == ("no-data", BEGAN + 40, 6.0)


def test_where_callmon_stood_still_the_time_until_it_went_on_is_not_that_of_a_call() -> None:
    run = Two()
    run.until(20, "ab")
    before = sum(run.call.grade_seconds.values())
    assert before > 18
    run.stand_still(3580)
    run.until(3610, "")
    (issue,) = run.call.issues
    assert (issue.code, issue.since, issue.value) == ("no-data", BEGAN + 3600, 10.0)
    assert sum(run.call.grade_seconds.values()) == pytest.approx(before + 10)
    run.until(3620, "ab")
    assert (issue.until, issue.value) == (BEGAN + 3611.5, 11.5)
    assert sum(run.call.grade_seconds.values()) == pytest.approx(before + 20, abs=1)


def test_a_call_that_stays_silent_after_callmon_stood_still_is_heard_to_be_silent() -> None:
    run = Two()
    run.until(20, "ab")
    run.stand_still(100)
    run.until(122, "")
    assert [one.until for one in run.call.missed] == [None]
    run.until(160, "")
    assert (run.call.state, [issue.code for issue in run.call.issues]) == ("stale", ["no-data"])
    assert not run.call.unheard
    assert [one.until for one in run.call.missed] == [run.call.unheard_at]


def test_what_is_told_later_of_the_time_in_which_callmon_stood_still_is_time_of_the_call() -> None:
    run = Two()
    run.until(20, "a")
    run.stand_still(100)
    told = [event for second in range(22, 111) for event in sample("a", second)]
    run.engine.fold(told, BEGAN + 121)
    assert sum(run.call.grade_seconds.values()) == 110.0


def test_a_call_that_was_silent_before_callmon_stood_still_is_silent_since_then() -> None:
    run = Two()
    run.until(20, "")
    run.stand_still(3580)
    for second in (3601, 3640):
        run.until(second, "")
        (issue,) = run.call.issues
        assert (issue.since, issue.until) == (BEGAN, None)
    assert issue.value == 3640.0
    run.until(3641, "a")
    assert (issue.until, issue.value) == (BEGAN + 3641.5, 3641.5)


def test_where_callmon_stood_still_a_call_that_reports_again_has_no_issue() -> None:
    run = Two()
    run.until(20, "ab")
    run.stand_still(20)
    run.until(60, "ab")
    assert run.call.state == "live"
    assert run.call.issues == []


def test_where_callmon_stood_still_no_handshake_hangs() -> None:
    run = Two("checking")
    run.until(5, "ab")
    run.stand_still(20)
    run.until(28, "a")
    verdicts = [leg.diagnosis.verdict for leg in run.call.legs.values() if leg.diagnosis is not None]
    assert verdicts == ["ice-failed", "checking"], "only of the leg that was heard again time has passed"


def test_that_callmon_stood_still_is_no_word_of_the_call() -> None:
    run = Two()
    run.until(20, "")
    assert run.call.state == "stale"
    frames, version = run.call.frames, run.call.version
    for at in (20.2, 20.4):
        run.engine.fold([Unheard("c", BEGAN + at), Unheard("nobody", BEGAN + at)], BEGAN + at)
    # It was silent before: that is what is known of it.
    assert (run.call.state, run.call.frames, run.call.version) == ("stale", frames, version)
    assert not run.call.unheard and not run.call.missed
    assert list(run.engine.calls) == ["c"]
    run.engine.fold([Noted("c", BEGAN + 21, None, "page", "hello")], BEGAN + 21)
    assert run.call.state == "live"
