"""Calls of very many legs: the worst of each is that of all, and a sample costs hardly more for the others."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine import ending, rollup, snapshot
from callmon.engine.call import Call, Leg
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS, Grade
from callmon.engine.tree import Tree
from callmon.model.events import Closed, Described, Event, IceChanged, Joined, Left, Opened, Retold, Sampled
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


WORDS = st.sampled_from(["new", "checking", "connected", "disconnected", "failed", "closed"])
TOLD = st.tuples(
    st.sampled_from([0.0, 0.2, 1.0, 7.0]),
    st.sampled_from(["joined", "left", "ice", "sampled", "sampled", "closed", "ticked", "retold"]),
    st.integers(1, 9),
    WORDS,
    st.floats(0, 900),
)


def events_of(kind: str, at: float, leg: str, word: str, value: float) -> list[Event]:
    """What is told of one leg of the call; samples name its stream, so that it has a grade and a reason."""
    if kind == "joined":
        return [Joined("c", at, leg)]
    if kind == "left":
        return [Left("c", at, leg, word, failed=word == "failed")]
    if kind == "ice":
        return [IceChanged("c", at, leg, IceFacts(ice=word, connection=word, dtls=word))]
    if kind == "closed":
        return [Closed("c", at, word)]
    if kind == "retold":
        return [Retold("c", at), Joined("c", at, leg)]
    gauges = {"rtt_ms": value, "loss_pct": value / 90, "mos": 1 + value / 300, "bitrate_bps": value / 7}
    return [
        Joined("c", at, leg),
        Described("c", at, leg, "s", "audio", "inbound"),
        Sampled("c", at, leg, "s", at, gauges),
    ]


def legs_of(told: list[tuple[Any, ...]]) -> list[tuple[float, list[Event]]]:
    at, found = BEGAN, []
    for after_s, kind, leg, word, value in told:
        at += after_s
        found.append((at, [] if kind == "ticked" else events_of(kind, at, f"pc_{leg}", word, value)))
    return found


@given(told=st.lists(TOLD, max_size=60))
def test_what_changes_leg_by_leg_is_what_all_legs_come_to(told: list[tuple[Any, ...]]) -> None:
    kept_up, anew = Engine(), Engine()
    for engine in (kept_up, anew):
        engine.fold([Opened("c", BEGAN, "webrtc")], BEGAN)
    for at, events in legs_of(told):
        anew.calls["c"].shares, anew.calls["c"].fates = Tree(), Tree()
        for engine in (kept_up, anew):
            engine.tick(at)
        anew.calls["c"].shares, anew.calls["c"].fates = Tree(), Tree()
        assert kept_up.fold(events, at) == anew.fold(events, at)
        assert snapshot.dump(kept_up.calls["c"]) == snapshot.dump(anew.calls["c"])


@given(puts=st.lists(st.dictionaries(st.sampled_from("abcdefghijk"), st.text("xyz", max_size=2), max_size=5)))
def test_a_tree_joins_its_parts_in_their_order(puts: list[dict[str, str]]) -> None:
    tree: Tree[str] = Tree()
    parts: dict[str, str] = {}
    for some in puts:
        parts |= some
        assert tree.put(some, operator.add) == (
            functools.reduce(operator.add, parts.values()) if parts else None
        )
        assert len(tree) == len(parts)


def test_a_sample_of_one_leg_does_not_look_at_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    told = [events_of("sampled", BEGAN, f"pc_{number}", "", float(number)) for number in range(200)]
    engine.fold([Opened("c", BEGAN, "webrtc"), *(event for events in told for event in events)], BEGAN)
    joined: list[object] = []

    def counting(join: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def counted(one: Any, other: Any) -> Any:
            joined.append(one)
            return join(one, other)

        return counted

    for module in (rollup, ending):
        monkeypatch.setattr(module, "_joined", counting(module._joined))
    engine.fold(events_of("sampled", BEGAN + 1, "pc_7", "", 1000.0), BEGAN + 1)
    assert engine.calls["c"].metrics["rtt_ms"] == (7 + 1000) / 2
    assert 1 <= len(joined) <= 16


def test_what_is_told_after_a_call_is_told_anew_in_one_moment_is_of_the_new_call() -> None:
    engine = Engine()
    engine.fold([Opened("c", BEGAN, "webrtc")], BEGAN)
    engine.fold(
        [Joined("c", BEGAN + 1, "old"), Retold("c", BEGAN + 1), Joined("c", BEGAN + 1, "new")], BEGAN + 1
    )
    assert list(engine.calls["c"].legs) == ["new"]
    assert engine.calls["c"].legs["new"].last_at == BEGAN + 1


def test_what_a_call_becomes_does_not_follow_from_the_order_of_a_set() -> None:
    """Processes have their own order of sets of names, and one that replays a recording is another."""

    class Backwards(set[str]):
        def __iter__(self) -> Iterator[str]:
            return iter(sorted(set(self), reverse=True))

    states = []
    for kind in (set, Backwards):
        engine = Engine()
        engine.fold([Opened("c", BEGAN, "webrtc"), *events_of("sampled", BEGAN, "a", "", 900.0)], BEGAN)
        engine.fold(events_of("sampled", BEGAN, "b", "", 900.0), BEGAN)
        call = engine.calls["c"]
        call.legs["a"].interval_s, call.legs["b"].interval_s = 1.0, 30.0
        engine._arrived(call, kind(["a", "b"]), BEGAN + 1)
        states.append(call.interval_s)
    assert states == [30.0, 30.0]


def test_what_is_nothing_has_no_sign_that_depends_on_what_was_before() -> None:
    kept_up, anew = Engine(), Engine()
    for engine in (kept_up, anew):
        engine.fold([Opened("c", BEGAN, "webrtc")], BEGAN)
        for after_s, level in enumerate((0.0, -0.0)):
            if engine is anew:
                engine.calls["c"].shares = Tree()
            sampled = Sampled("c", BEGAN + after_s, "pc_1", "s", BEGAN + after_s, {"audio_level": level})
            engine.fold(
                [*events_of("sampled", BEGAN + after_s, "pc_1", "", 1.0)[:2], sampled], BEGAN + after_s
            )
    assert repr(kept_up.calls["c"].metrics) == repr(anew.calls["c"].metrics)
