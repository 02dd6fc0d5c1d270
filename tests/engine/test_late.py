"""What is measured before the end of a call and told after it: the call is as if all had been told in order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.engine.call import Call
from callmon.engine.changes import Change, Ended, Raised
from callmon.engine.engine import Engine
from callmon.model.events import Closed, Described, Event, Joined, Left, Opened, Sampled

NOW = 1_700_000_000.0
TOLD = NOW + 5000.0
"""When all of it is told, an hour later."""

LEGS = ("ann", "ben")


def opened(lasts: bool = True) -> list[Event]:
    """A call of two with a stream each."""
    found: list[Event] = [Opened("c", NOW, "daily", every_s=60.0, lasts=lasts)]
    for leg in LEGS:
        found += [Joined("c", NOW, leg, "participant"), Described("c", NOW, leg, "in", "audio", "inbound")]
    return found


def sample(n: int, leg: str, lost_pct: float) -> Sampled:
    """What a leg measured in the nth ten seconds."""
    at = NOW + 10.0 * n + (0.0 if leg == "ann" else 2.0)
    return Sampled("c", at, leg, "in", at, {"loss_pct": lost_pct, "jitter_ms": 4.0 + n % 7, "rtt_ms": 50.0})


def told(bad: dict[str, tuple[int, int]]) -> list[list[Event]]:
    """What is told of five minutes, in which each leg loses much for a while, and of one that leaves in between."""
    found: list[list[Event]] = []
    for n in range(30):
        for leg in LEGS[1:] if n > LEFT else LEGS:
            found.append([sample(n, leg, 12.0 if bad[leg][0] <= n < bad[leg][1] else 0.1)])
    found[2 * LEFT].append(Left("c", NOW + 10.0 * LEFT, "ann", "hung up"))
    return found


LEFT = 20
END: list[Event] = [Closed("c", NOW + 310.0, "over")]
ENDS: tuple[list[Event], ...] = ([Closed("c", NOW + 320.0, "over")], END)
"""The end as a webhook may tell it, a little later than it was, and as it was."""


def fold(frames: list[list[Event]], lasts: bool = True) -> tuple[Engine, list[Change]]:
    """Fold frames, an hour later."""
    engine = Engine()
    changes = engine.fold(opened(lasts), TOLD)
    for number, events in enumerate(frames):
        changes += engine.fold(events, TOLD + number / 10)
    return engine, changes


def is_about(call: Call) -> dict[str, Any]:
    """What of a call must not depend on the order; times in grades are sums, which may differ by rounding."""
    assert call.summary is not None
    times = {key: round(value, 6) + 0.0 for key, value in call.grade_seconds.items() if value > 1e-6}
    call.summary.time_in_grade_s.clear()
    return {
        "end": (call.state, call.ended_at, call.end_reason),
        "grade": (call.grade, call.reason),
        "metrics": call.metrics,
        "times": times,
        "issues": sorted((one.code, one.leg or "", one.since, one.until, one.value) for one in call.issues),
        "summary": call.summary,
        "timeline": {(one.at, one.text, one.leg) for one in call.timeline},
        "histories": [stream.history for leg in call.legs.values() for stream in leg.streams.values()],
    }


CALM = dict.fromkeys(LEGS, (0, 0))
SPANS = st.tuples(st.integers(0, 30), st.integers(0, 30))


@settings(max_examples=40)
@given(
    st.fixed_dictionaries(dict.fromkeys(LEGS, SPANS)),
    st.lists(st.integers(0, 51), min_size=2, max_size=2),
)
def test_when_the_end_is_told_changes_nothing(bad: dict[str, tuple[int, int]], places: list[int]) -> None:
    frames = told(bad)
    in_order = is_about(fold([*frames, END])[0].calls["c"])
    for place, end in zip(sorted(places, reverse=True), reversed(ENDS), strict=True):
        frames.insert(place, end)
    assert is_about(fold(frames)[0].calls["c"]) == in_order


@pytest.mark.parametrize("place", [0, 20, 51])
def test_an_issue_goes_on_to_the_end_however_late_it_is_told(place: int) -> None:
    frames = told({"ann": (0, 0), "ben": (15, 30)})
    frames.insert(place, END)
    engine, changes = fold(frames)
    call = engine.calls["c"]
    [issue] = call.issues
    assert (issue.code, issue.leg, issue.until) == ("high-packet-loss", "ben", NOW + 310)
    assert (call.state, call.grade.value, call.grade_seconds["poor"] > 100) == ("ended", "poor", True)
    assert len([one for one in changes if isinstance(one, Ended)]) == 1
    assert len([one for one in changes if isinstance(one, Raised)]) == 1


def test_what_was_measured_after_the_end_changes_nothing() -> None:
    engine, _ = fold([*told(CALM), END])
    before = is_about(engine.calls["c"])
    assert engine.fold([sample(n, "ben", 30.0) for n in range(32, 50)], TOLD + 100) == []
    assert is_about(engine.calls["c"]) == before


def test_what_is_told_again_changes_nothing() -> None:
    frames = told({"ann": (10, 25), "ben": (0, 0)})
    engine, _ = fold([*frames, END])
    before = is_about(engine.calls["c"])
    for number, events in enumerate([*frames[-6:], END]):
        assert engine.fold(events, TOLD + 100 + number) == []
    assert is_about(engine.calls["c"]) == before


def test_a_call_of_which_only_leaving_is_told_takes_what_is_late_too() -> None:
    frames = told(dict.fromkeys(LEGS, (5, 20)))
    last: Event = Left("c", NOW + 310.0, "ben", "over")
    in_order = is_about(fold([*frames, [last]], lasts=False)[0].calls["c"])
    left = frames[2 * LEFT].pop()
    assert is_about(fold([[left, last], *frames], lasts=False)[0].calls["c"]) == in_order
