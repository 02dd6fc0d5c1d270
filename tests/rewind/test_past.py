"""Whatever moment is gone to, in whatever order, is to the last digit what the live engine showed then."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.engine import snapshot
from callmon.engine.quality import Levels, RuleSet
from callmon.sources.demo.demo import Demo
from tests.rewind.tapes import START, Taping, gone, shown, taping

LENGTH_S = 240
STOPPED_S, WOKE_S = 101, 121
"""Between these callmon stood still."""

OTHERS = RuleSet("twice", {"rtt_ms": Levels(20, 60), "loss_pct": Levels(8, 20)}, source="callmon.toml")
"""By these it is judged from the middle on."""


@cache
def run() -> tuple[Taping, dict[float, Any], dict[float, Any]]:
    """A demo of every provider on a tape: its documents at some moments, and its states in full at some."""
    live = taping(keep_ended_s=25.0, seed=5)
    frames = Demo(34, 11, START)
    documents: dict[float, Any] = {}
    states: dict[float, Any] = {}
    moments = sorted({*range(20, LENGTH_S, 7), *(second + 0.37 for second in range(33, LENGTH_S, 11))})
    lived = [one for one in moments if not STOPPED_S < one <= WOKE_S]
    for number, moment in enumerate(lived):
        if live.at < START + STOPPED_S < START + moment:
            live.play(frames.frames(START + STOPPED_S), START + STOPPED_S)
            live.stand_still(START + WOKE_S)
        if number == len(lived) // 2:
            live.watch.monitor.judge_by(OTHERS)
        live.play(frames.frames(START + moment), START + moment)
        documents[START + moment] = live.document()
        if number % 6 == 0:
            states[START + moment] = {
                id: snapshot.dump(call) for id, call in live.watch.monitor.engine.calls.items()
            }
    live.play(frames.frames(START + LENGTH_S), START + LENGTH_S)
    return live, documents, states


MOMENTS = sorted(run()[1])


def test_the_run_of_these_tests_has_everything() -> None:
    live, documents, _ = run()
    there = [{call["id"] for call in document["calls"]} for document in documents.values()]
    assert any(before - after for before, after in zip(there, there[1:], strict=False)), "calls are let go"
    assert any(after - before for before, after in zip(there, there[1:], strict=False)), "calls begin"
    states = [{call["state"] for call in document["calls"]} for document in documents.values()]
    assert set().union(*states) == {"live", "stale", "ended", "failed"}
    assert any(call["issues"] for document in documents.values() for call in document["calls"])
    assert len({call["provider"] for document in documents.values() for call in document["calls"]}) >= 5
    assert any(entry.frame.at < entry.at for entry in live.tape.all), "frames come late"
    woke = min(at for at in documents if at > START + WOKE_S)
    stale = [call["id"] for call in documents[woke]["calls"] if call["state"] == "stale"]
    assert len(stale) < 4, "that callmon stood still made no call silent"


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from(MOMENTS), min_size=1, max_size=5), st.booleans())
def test_the_past_is_what_was_shown_then(moments: list[float], spilled: bool) -> None:
    live, documents, _ = run()
    past = live.past(spilled)
    for moment in moments:
        assert shown(gone(past, moment)) == documents[moment]


@pytest.mark.parametrize("spilled", [False, True])
def test_so_are_the_workings(spilled: bool) -> None:
    live, _, states = run()
    past = live.past(spilled)
    for moment in sorted(states, reverse=True):
        gone(past, moment)
        assert list(past.calls) == list(states[moment])
        assert {id: snapshot.dump(call) for id, call in past.calls.items()} == states[moment]
    for moment in sorted(states):
        gone(past, moment)
        assert {id: snapshot.dump(call) for id, call in past.calls.items()} == states[moment]


def test_stepping_back_second_by_second_and_forth_again() -> None:
    live, documents, _ = run()
    past = live.past()
    seconds = [START + LENGTH_S - 60 - step for step in range(30)]
    there = {second: shown(gone(past, second)) for second in seconds}
    met = [second for second in seconds if second in documents]
    assert len(met) >= 3
    assert all(there[second] == documents[second] for second in met)
    for second in reversed(seconds):
        assert shown(gone(past, second)) == there[second]


def test_the_live_engine_knows_nothing_of_it() -> None:
    live, _, _ = run()
    before = live.document()
    gone(live.past(), START + 100)
    assert live.document() == before


@settings(max_examples=6, deadline=None)
@given(st.sampled_from(MOMENTS), st.sampled_from(MOMENTS), st.integers(1, 4000))
def test_who_stops_half_way_can_go_on(first: float, second: float, pieces: int) -> None:
    live, documents, _ = run()
    past = gone(live.past(), MOMENTS[-1])
    for piece, _ in enumerate(past.go(first)):
        if piece == pieces:
            break
    assert shown(gone(past, second)) == documents[second]


def test_a_tape_that_begins_in_the_middle() -> None:
    live, documents, _ = run()
    live.tape.began = START + 90
    try:
        past = live.past()
        earliest = live.tape.earliest()
        assert earliest == START + 90
        for moment in [moment for moment in MOMENTS if moment >= START + 150][:6]:
            assert shown(gone(past, moment)) == documents[moment]
    finally:
        live.tape.began = 0.0


def test_before_everything_there_is_nothing() -> None:
    live, _, _ = run()
    past = gone(live.past(), START - 100)
    assert (past.at, past.calls) == (START - 100, {})
    past.leave()
    assert past.at is None
    with pytest.raises(AssertionError):
        shown(past)
