"""Calls of very many legs: the worst of each is that of all, and a sample costs little more for the others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine import ending, rollup
from callmon.engine.call import Call, Leg
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS, Grade
from callmon.model.events import Event, IceChanged, Joined, Left, Opened
from callmon.model.ice import IceFacts

BEGAN = 1_800_000_000.0
LEGS = 50


def of_many_legs() -> tuple[Engine, Call]:
    """A call of many legs of which none is over."""
    engine = Engine(RULE_SETS["telnyx"])
    events: list[Event] = [Opened("c", BEGAN, "webrtc")]
    events += [Joined("c", BEGAN, f"leg-{number}") for number in range(LEGS)]
    engine.fold(events, BEGAN)
    return engine, engine.calls["c"]


def test_whether_a_call_is_over_is_known_with_the_first_leg_that_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, call = of_many_legs()
    asked: list[Leg] = []
    leg_end = ending._leg_end

    def counted(leg: Leg) -> Any:
        asked.append(leg)
        return leg_end(leg)

    monkeypatch.setattr(ending, "_leg_end", counted)
    engine.fold([Joined("c", BEGAN + 1, "leg-7", label="x")], BEGAN + 1)
    assert not call.over
    assert len(asked) == 1


FIGURES = st.none() | st.floats(0.0, 1e6)
WORST = st.fixed_dictionaries(
    {}, optional=dict.fromkeys((*rollup.TREND, "audio_level", "bitrate_in_bps", "bitrate_out_bps"), FIGURES)
)


@given(worst=st.lists(st.tuples(WORST, st.sampled_from(Grade)), min_size=1, max_size=LEGS))
def test_a_call_shows_the_worst_of_its_legs(worst: list[tuple[dict[str, float | None], Grade]]) -> None:
    _, call = of_many_legs()
    for leg, (figures, grade) in zip(list(call.legs.values()), worst, strict=False):
        leg.worst, leg.grade = figures, grade
    rollup.roll_call(call, BEGAN + 1)
    for key in {key for figures, _ in worst for key in figures}:
        told = [value for figures, _ in worst if (value := figures.get(key)) is not None]
        if key.startswith("bitrate"):
            wanted = sum(told) if told else None
        else:
            wanted = (min if key == "mos" else max)(told, default=None)
        assert call.metrics.get(key) == (None if wanted is None else pytest.approx(wanted))
    assert call.grade is max((grade for _, grade in worst), key=lambda grade: grade.rank)


def test_of_legs_that_are_closed_the_first_is_the_connection_of_the_call() -> None:
    """However soon it is told after that that a leg left: what is over is no better for having been closed last."""
    engine = Engine(RULE_SETS["telnyx"])
    engine.fold([Opened("c", BEGAN, "webrtc"), Joined("c", BEGAN, "a"), Joined("c", BEGAN, "b")], BEGAN)
    for leg, at in (("a", BEGAN + 1), ("b", BEGAN + 2)):
        engine.fold([IceChanged("c", at, leg, IceFacts(connection="connected"))], at)
    for leg, at in (("a", BEGAN + 60), ("b", BEGAN + 61)):
        engine.fold([IceChanged("c", at, leg, IceFacts(connection="closed"))], at)
        engine.fold([Left("c", at + 0.001, leg)], at + 0.001)
    assert engine.calls["c"].over
    assert engine.calls["c"].ice_leg == "a"
