"""When a call is over of which its provider tells the end, and what is told of an end that was taken for one."""

from __future__ import annotations

from itertools import permutations

import pytest

from callmon.engine import snapshot
from callmon.engine.call import Call
from callmon.engine.changes import Ended, Raised
from callmon.engine.engine import Engine
from callmon.model.events import Closed, Described, Event, Joined, Left, Opened, Sampled

NOW = 1_700_000_000.0


def opened(at: float = NOW, lasts: bool = True) -> Opened:
    return Opened("c", at, "daily", every_s=30.0, lasts=lasts)


def folded(*frames: list[Event], step_s: float = 10.0) -> Call:
    """The call when so many frames came one after another."""
    engine = Engine()
    for number, events in enumerate(frames):
        engine.fold(events, NOW + 1000 + step_s * number)
    return engine.calls["c"]


def ends(call: Call) -> list[tuple[float, str]]:
    return [(one.at, one.text) for one in call.timeline if one.text.startswith(("ended", "failed"))]


def test_it_ends_once_when_it_is_told_that_it_did() -> None:
    engine = Engine()
    engine.fold([opened(), Joined("c", NOW, "a", "participant")], NOW)
    assert not engine.fold([Left("c", NOW + 5, "a")], NOW + 5)
    [change] = engine.fold([Closed("c", NOW + 9, "timeout")], NOW + 10)
    assert isinstance(change, Ended)
    assert not engine.fold([Closed("c", NOW + 9, "timeout")], NOW + 20)
    call = engine.calls["c"]
    assert (call.state, call.ended_at, call.end_reason) == ("ended", NOW + 9, "timeout")
    assert call.legs["a"].left_at == NOW + 5
    assert ends(call) == [(NOW + 9, "ended: timeout")]


def test_an_end_that_is_told_otherwise_takes_the_place_of_the_first() -> None:
    call = folded(
        [opened(), Joined("c", NOW, "a", "participant"), Closed("c", NOW + 90)],
        [Closed("c", NOW + 91, "timeout", True)],
    )
    assert (call.state, call.ended_at, call.end_reason) == ("failed", NOW + 91, "timeout")
    assert ends(call) == [(NOW + 91, "failed: timeout")]
    assert (call.legs["a"].left_at, call.legs["a"].left_reason) == (NOW + 91, "timeout")
    assert call.summary is not None and call.summary.duration_s == 91.0


def test_an_end_that_is_told_otherwise_raises_nothing_again() -> None:
    engine = Engine()
    engine.fold(
        [opened(), Joined("c", NOW, "a", "peer"), Described("c", NOW, "a", "i", "audio", "inbound")], NOW
    )
    raised = []
    for n in range(60):
        sample = Sampled("c", NOW + n, "a", "i", NOW + n, {}, {"packets": 40.0 * n, "lost": 10.0 * n})
        raised += [one for one in engine.fold([sample], NOW + n) if isinstance(one, Raised)]
    assert raised
    engine.fold([Closed("c", NOW + 60)], NOW + 60)
    before = [issue.code for issue in engine.calls["c"].issues]
    assert [issue.until for issue in engine.calls["c"].issues] == [NOW + 60]
    [change] = engine.fold([Closed("c", NOW + 61)], NOW + 61)
    assert isinstance(change, Ended)
    assert [issue.code for issue in engine.calls["c"].issues] == before
    assert [issue.until for issue in engine.calls["c"].issues] == [NOW + 61], "it went on as long as the call"


def test_whoever_is_told_of_after_the_end_left_with_it_until_more_is_told() -> None:
    first: list[Event] = [opened(), Closed("c", NOW + 90, "timeout")]
    late = folded(first, [Joined("c", NOW + 5, "a", "participant")])
    assert (late.state, late.legs["a"].left_at, late.legs["a"].left_reason) == ("ended", NOW + 90, "timeout")
    told = folded(
        first, [Joined("c", NOW + 5, "a", "participant")], [Left("c", NOW + 50, "a", "hung up", "remote")]
    )
    leg = told.legs["a"]
    assert (told.state, leg.left_at, leg.left_reason, leg.left_by) == ("ended", NOW + 50, "hung up", "remote")
    assert told.ended_at == NOW + 90


def test_what_was_taken_for_an_end_is_none_when_the_provider_says_that_it_goes_on() -> None:
    call = folded(
        [opened(lasts=False), Joined("c", NOW, "a", "participant"), Left("c", NOW + 5, "a")], [opened()]
    )
    assert (call.state, call.ended_at, call.summary, ends(call)) == ("live", None, None, [])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_where_no_end_is_told_it_is_when_the_last_left(order: tuple[int, ...]) -> None:
    frames: list[list[Event]] = [
        [opened(NOW + n, lasts=False), Joined("c", NOW + n, leg, "participant"), Left("c", at, leg, leg)]
        for n, (leg, at) in enumerate((("a", NOW + 50), ("b", NOW + 70), ("d", NOW + 60)))
    ]
    call = folded(*(frames[number] for number in order))
    assert (call.state, call.started_at, call.ended_at, call.end_reason) == ("ended", NOW, NOW + 70, "b")
    assert ends(call) == [(NOW + 70, "ended: b")]
    assert call.summary is not None and call.summary.duration_s == 70.0


def test_time_before_what_was_known_counts_as_unknown() -> None:
    call = folded(
        [opened(NOW + 40, lasts=False), Joined("c", NOW + 40, "a", "participant"), Left("c", NOW + 70, "a")],
        [opened(NOW), Closed("c", NOW + 90)],
    )
    assert call.duration_s(NOW + 5000) == 90.0
    assert call.grade_seconds == {"unknown": pytest.approx(90.0)}
    assert call.summary is not None and call.summary.time_in_grade_s == call.grade_seconds


def test_a_state_of_before_ends_were_told_can_be_gone_on_from() -> None:
    call = folded([opened(lasts=False), Joined("c", NOW, "a", "participant")])
    state = snapshot.dump(call)
    for key in ("lasts", "told_end", "once"):
        state.pop(key, None)
    for leg in state["legs"].values():
        leg.pop("left_with_call", None)
    assert snapshot.load(state) == call
    over = folded([opened(), Joined("c", NOW, "a", "participant"), Closed("c", NOW + 90, "timeout")])
    assert snapshot.load(snapshot.dump(over)) == over
