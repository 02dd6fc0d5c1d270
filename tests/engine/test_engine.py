"""The life of calls: opened, ended, failed, revived, stale, let go; rooms of many legs; bounds."""

from __future__ import annotations

import pytest

from callmon.engine.call import TIMELINE_LIMIT
from callmon.engine.changes import Change, Ended, Raised, Regraded
from callmon.engine.engine import MAX_STREAMS, Engine
from callmon.engine.quality import RULE_SETS, RuleSet
from callmon.model.events import Closed, Described, Event, IceChanged, Joined, Left, Noted, Opened, Sampled
from callmon.model.ice import IceFacts
from tests.engine.peer import START, Listener, Peer
from tests.recordings.recordings import frames, replay


def fold(engine: Engine, at: float, *events: Event) -> list[Change]:
    return engine.fold(events, at)


def test_opened_twice_is_one_call_and_only_fills_in() -> None:
    engine = Engine()
    fold(engine, START, Opened("c", START, "p", room="r"))
    fold(engine, START + 1, Opened("c", START + 1, "q", room=None, label="l"))
    (call,) = engine.calls.values()
    assert (call.started_at, call.provider, call.room, call.label) == (START, "p", "r", "l")


def test_events_about_calls_that_nobody_opened_change_nothing() -> None:
    engine = Engine()
    events: list[Event] = [
        Closed("c", START), Joined("c", START, "l"), Left("c", START, "l"), Noted("c", START, "l", "ice", "x"),
        IceChanged("c", START, "l", IceFacts(ice="failed")), Sampled("c", START, "l", "s", START),
        Described("c", START, "l", "s", "audio", "inbound"),
    ]  # fmt: skip
    assert fold(engine, START, *events) == []
    assert engine.calls == {}


def test_the_version_grows_with_whatever_changed() -> None:
    engine = Engine()
    before = engine.version
    fold(engine, START, Opened("c", START, "p"))
    assert engine.version > before
    version = engine.calls["c"].version
    fold(engine, START + 1, Joined("c", START + 1, "l"))
    assert engine.calls["c"].version > version


def test_the_oldest_ended_call_makes_room() -> None:
    engine = Engine(max_calls=3)
    for number in range(3):
        fold(
            engine,
            START + number,
            Opened(f"c{number}", START + number, "p"),
            Joined(f"c{number}", START, "l"),
        )
    fold(engine, START + 3, Closed("c1", START + 3))
    fold(engine, START + 4, Opened("c3", START + 4, "p"))
    assert set(engine.calls) == {"c0", "c2", "c3"}
    fold(engine, START + 5, Opened("c4", START + 5, "p"))
    assert set(engine.calls) == {"c2", "c3", "c4"}
    assert engine.evicted == 2


def test_ended_calls_are_let_go_after_a_while() -> None:
    engine = Engine(keep_ended_s=60.0)
    fold(engine, START, Opened("c", START, "p"), Joined("c", START, "l"))
    fold(engine, START + 1, Closed("c", START + 1))
    engine.tick(START + 60)
    assert "c" in engine.calls
    engine.tick(START + 62)
    assert engine.calls == {}


def test_a_call_that_is_closed_has_ended_with_its_reason_and_a_summary_at_once() -> None:
    listener, peer = Listener(), Peer()
    for _ in range(10):
        listener.take(peer.frame())
    changes = fold(listener.engine, peer.at + 1, Closed("c", peer.at + 1, "hang up"))
    call = listener.engine.calls["c"]
    assert (call.state, call.end_reason, call.ended_at) == ("ended", "hang up", peer.at + 1)
    assert call.summary is not None
    assert (call.summary.status, call.summary.codec) == ("provisional", None)
    assert call.summary.packets["received"] == 500
    assert [change for change in changes if isinstance(change, Ended)]
    assert call.duration_s(peer.at + 500) == call.summary.duration_s


def test_a_call_that_its_source_calls_failed_has_failed() -> None:
    engine = Engine()
    fold(engine, START, Opened("c", START, "p"), Joined("c", START, "l"))
    fold(engine, START + 1, Closed("c", START + 1, "486 busy", failed=True))
    assert (engine.calls["c"].state, engine.calls["c"].end_reason) == ("failed", "486 busy")


def test_closing_again_changes_nothing() -> None:
    engine = Engine()
    fold(engine, START, Opened("c", START, "p"), Joined("c", START, "l"))
    fold(engine, START + 1, Closed("c", START + 1, "first"))
    assert fold(engine, START + 9, Closed("c", START + 9, "second")) == []
    assert (engine.calls["c"].ended_at, engine.calls["c"].end_reason) == (START + 1, "first")


def test_a_room_lasts_until_its_last_leg_has_left() -> None:
    engine = Engine()
    fold(
        engine, START, Opened("room", START, "p"), *[Joined("room", START, id, "participant") for id in "abc"]
    )
    for number, id in enumerate("abc"):
        assert engine.calls["room"].state == "live"
        fold(engine, START + 10 + number, Left("room", START + 10 + number, id, f"{id} left"))
    call = engine.calls["room"]
    assert (call.state, call.ended_at, call.end_reason) == ("ended", START + 12, "c left")


def test_a_leg_that_fails_does_not_end_the_room() -> None:
    engine = Engine()
    fold(engine, START, Opened("room", START, "p"), Joined("room", START, "a"), Joined("room", START, "b"))
    for at, state in ((1, "connected"), (5, "failed")):
        fold(engine, START + at, IceChanged("room", START + at, "a", IceFacts(connection=state, ice=state)))
    call = engine.calls["room"]
    assert call.state == "live"
    diagnosis = call.diagnosis()
    assert diagnosis is not None
    assert diagnosis.verdict != "connected", "the leg that is worst off speaks"


def test_a_call_that_failed_and_comes_back_lives_again() -> None:
    states = []
    engine = Engine()
    reader = Listener(engine)
    for frame in frames("ice_restart-a"):
        reader.take(frame)
        states.append(next(iter(engine.calls.values())).state)
    assert "failed" in states
    (call,) = engine.calls.values()
    assert call.state == "ended"
    assert [moment.text for moment in call.timeline if moment.text == "the call lives again"]
    assert states[states.index("failed") :].count("live") > 5


def test_changes_tell_of_grades_and_issues() -> None:
    engine, changes = Engine(), list[Change]()
    reader = Listener()
    for frame in frames("drop_midcall-a"):
        changes += engine.tick(frame.at)
        changes += engine.fold(reader.events(frame), frame.at)
    grades = [(change.old.value, change.new.value) for change in changes if isinstance(change, Regraded)]
    assert grades == [("unknown", "good"), ("good", "poor"), ("poor", "good")]
    assert [change.issue.code for change in changes if isinstance(change, Raised)] == ["media-stopped"]
    assert len([change for change in changes if isinstance(change, Ended)]) == 1


def test_an_outage_is_noticed_within_four_seconds() -> None:
    engine, raised = Engine(), None
    reader = Listener()
    for frame in frames("drop_midcall-a"):
        for change in engine.fold(reader.events(frame), frame.at):
            if isinstance(change, Raised):
                raised = change
    assert raised is not None
    assert raised.at - raised.issue.since <= 4.0


def test_the_timeline_is_bounded_and_says_what_was_left_out() -> None:
    engine = Engine()
    fold(engine, START, Opened("c", START, "p"), Joined("c", START, "l"))
    for number in range(TIMELINE_LIMIT + 50):
        fold(engine, START + number, Noted("c", START + number, "l", "page", f"line {number}"))
    call = engine.calls["c"]
    assert len(call.timeline) == TIMELINE_LIMIT
    assert call.moments_dropped == 50
    assert call.timeline[-1].text == f"line {TIMELINE_LIMIT + 49}"


def test_streams_without_end_are_not_kept() -> None:
    engine = Engine()
    fold(engine, START, Opened("c", START, "p"), Joined("c", START, "l"))
    fold(
        engine,
        START,
        *[Described("c", START, "l", f"s{n}", "audio", "inbound") for n in range(MAX_STREAMS + 5)],
    )
    assert len(engine.calls["c"].legs["l"].streams) == MAX_STREAMS


@pytest.mark.parametrize("name", ["voice_opus_clean-a", "av_clean-b"])
def test_the_summary_is_that_of_the_call(name: str) -> None:
    (call,) = replay(name).calls.values()
    summary = call.summary
    assert summary is not None
    assert summary.codec == "opus"
    assert summary.mos_source == "est-g107"
    for spread in (summary.rtt_ms, summary.jitter_ms, summary.loss_pct):
        assert spread.avg is not None
        assert spread.p95 is not None
        assert spread.max is not None
        assert spread.max_at is not None
        assert spread.avg <= spread.max
        assert spread.p95 <= spread.max
        assert call.started_at <= spread.max_at <= (call.ended_at or 0)
    mos = summary.mos
    assert mos.min is not None and mos.avg is not None and mos.max is not None
    assert mos.min <= mos.avg <= mos.max


def test_by_whose_limits_it_was_judged_is_known_after_the_clock_was_set_back_too() -> None:
    first, late, early = RULE_SETS["telnyx"], RuleSet("late", {}), RuleSet("early", {})
    engine = Engine(first)
    engine.judge_by(late, START + 100)
    engine.judge_by(early, START + 50)
    wanted = {40: first, 50: first, 51: early, 99: early, 101: early}
    assert {second: engine.rules_at(START + second) for second in wanted} == wanted
