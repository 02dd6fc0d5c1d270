"""A call that is dumped and loaded is the same call, now and for all that comes after."""

from __future__ import annotations

import copy
import json
from array import array
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.engine import snapshot
from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.model.events import Restored
from tests.engine.invented import START, fold, invented
from tests.model.events import JSON

FRAMES = invented()
CALLS = fold(Engine(), FRAMES).calls


def through_json(call: Call) -> Call:
    return snapshot.load(json.loads(json.dumps(snapshot.dump(call), allow_nan=False)))


def some_state() -> dict[str, Any]:
    """The state of the call that has the most of everything."""
    call = max(CALLS.values(), key=lambda call: len(json.dumps(snapshot.dump(call))))
    state: dict[str, Any] = json.loads(json.dumps(snapshot.dump(call)))
    return state


def test_the_calls_of_these_tests_have_everything() -> None:
    assert len(CALLS) >= 5
    assert any(call.over and call.summary for call in CALLS.values())
    assert any(call.issues for call in CALLS.values())
    assert any(call.trackers for call in CALLS.values())
    legs = [leg for call in CALLS.values() for leg in call.legs.values()]
    assert any(leg.ice.candidates and leg.diagnosis and leg.diagnosis.findings for leg in legs)
    assert any(stream.history.columns and stream.tallies for leg in legs for stream in leg.streams.values())


@pytest.mark.parametrize("id", CALLS)
def test_a_call_comes_back_the_same(id: str) -> None:
    loaded = through_json(CALLS[id])
    assert snapshot.dump(loaded) == snapshot.dump(CALLS[id])
    assert type(loaded.grade) is type(CALLS[id].grade)


@settings(max_examples=10)
@given(st.integers(1, len(FRAMES) - 1))
def test_folding_goes_on_as_if_nothing_had_happened(cut: int) -> None:
    whole = fold(Engine(), FRAMES[:cut])
    moved = Engine()
    moved.fold([Restored(call.id, START, snapshot.dump(call)) for call in whole.calls.values()], START)
    fold(whole, FRAMES[cut:])
    fold(moved, FRAMES[cut:])
    assert {id: snapshot.dump(call) for id, call in moved.calls.items()} == {
        id: snapshot.dump(call) for id, call in whole.calls.items()
    }


def test_a_dump_does_not_change_with_its_call() -> None:
    engine = fold(Engine(), FRAMES[: len(FRAMES) // 2])
    dumps = {id: snapshot.dump(call) for id, call in engine.calls.items()}
    kept = copy.deepcopy(dumps)
    fold(engine, FRAMES[len(FRAMES) // 2 :])
    assert dumps == kept


def test_what_a_newer_peer_adds_is_ignored() -> None:
    state = some_state()
    assert snapshot.dump(snapshot.load({**state, "colour": "red"})) == state


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value[:3]))
    return [path, *(deep for key, item in inner for deep in paths(item, (*path, key)))]


STATE = some_state()
PATHS = [path for path in paths(STATE) if path]


@given(
    st.sampled_from(PATHS), JSON | st.sampled_from(["f:", "q:AAAAAAAAAAA=", "f:AAAAAA==", 1e18, -1e18, 2**62])
)
def test_a_damaged_state_is_refused_in_words_or_can_be_used(path: tuple[Any, ...], value: object) -> None:
    state: Any = copy.deepcopy(STATE)
    inner = state
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    try:
        call = snapshot.load(state)
    except ValueError as error:
        assert str(error)
        assert "\n" not in str(error)
        return
    for leg in call.legs.values():
        for stream in leg.streams.values():
            stream.history.append(START + 500, {"rtt_ms": 1.0})
            stream.history.points("rtt_ms", 0, START + 1000)
            stream.history.spark("rtt_ms", START + 500, 20, 2.0)
            for tally in stream.tallies.values():
                tally.quantile(0.95)
    engine = Engine()
    engine.calls[call.id] = call
    fold(engine, FRAMES[-20:])
    snapshot.dump(call)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_arbitrary_json_is_refused_in_words(state: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="."):
        snapshot.load(state)


def test_a_history_that_does_not_fit_is_refused() -> None:
    call = through_json(max(CALLS.values(), key=lambda call: call.frames))
    call.trend.times = array("q", [1, 2, 3])
    with pytest.raises(ValueError, match="call: trend: a history whose columns do not fit its times"):
        snapshot.load(snapshot.dump(call))
    call.trend.times, call.trend.columns = array("q", [3, 2]), {}
    with pytest.raises(ValueError, match="call: trend: a history whose times are not in order"):
        snapshot.load(snapshot.dump(call))


def test_only_a_call_that_saw_as_much_replaces_ours() -> None:
    ours = Call("c", "webrtc", 100.0, frames=10)
    assert snapshot.replaces(Call("c", "webrtc", 100.0, frames=10), ours)
    assert snapshot.replaces(Call("c", "webrtc", 90.0, frames=11), ours)
    assert not snapshot.replaces(Call("c", "webrtc", 100.0, frames=9), ours)
    assert not snapshot.replaces(Call("c", "webrtc", 150.0, frames=20), ours)
