"""Figures over many calls: what they add up to, and that a figure's calls are those its filter means."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.engine.call import Call, Leg, Missed
from callmon.engine.quality import Grade
from callmon.query.aggregate import Bar, Figures, Ledger, Wanted
from callmon.query.digest import digest
from callmon.query.facts import relays
from callmon.query.people import GROUPS, UNKNOWN, persons, values
from callmon.query.rooms import is_room
from callmon.query.slots import Slot
from tests.query.crowds import BEGAN, LASTS, calls, issue, measured, relayed

SPANS = st.tuples(st.integers(0, 3000), st.integers(60, 3600)).map(
    lambda pair: (BEGAN + pair[0], BEGAN + pair[0] + pair[1])
)


def count(
    found: list[Call], since: float = BEGAN - 1, until: float = BEGAN + LASTS, slots: int = 12
) -> Figures:
    ledger = Ledger()
    ledger.begin(found)
    while ledger.busy:
        ledger.step(2)
    return ledger.figures(since, until, slots)


def under_way(call: Call, since: float, until: float) -> bool:
    return call.started_at < until and not (call.over and (call.ended_at or 0.0) < since)


def means(wanted: Wanted, call: Call) -> bool:
    """Whether a call is one of those meant, by what its fields say."""
    if wanted.field in GROUPS:
        return bool(values(call, wanted.field) & set(wanted.values))
    if wanted.field == "issue":
        return any(one.code in wanted.values for one in call.issues)
    if wanted.field == "relay":
        return bool(set(relays(call)) & set(wanted.values))
    assert wanted.field == "provider"
    return call.provider in wanted.values


def bars(found: Figures) -> list[Bar]:
    groups = [bar for group in found.groups.values() for bar in group]
    return [*groups, *found.issues, *found.relays, *found.providers]


@given(calls(), SPANS)
@settings(deadline=None)
def test_what_a_bar_selects_are_exactly_the_calls_it_counted(
    found: list[Call], span: tuple[float, float]
) -> None:
    figures = count(found, *span)
    for bar in bars(figures):
        meant = {call.id for call in found if means(bar.wanted, call) and under_way(call, *span)}
        assert meant == bar.calls, bar


@given(calls(), SPANS)
@settings(deadline=None)
def test_the_bars_of_a_group_are_everybody_once(found: list[Call], span: tuple[float, float]) -> None:
    figures = count(found, *span)
    shown = [call for call in found if under_way(call, *span)]
    people = [person for call in shown for person in persons(call)]
    assert figures.people == len(people)
    assert figures.bad_people == sum(bool(person.issues()) for person in people)
    for key, group in figures.groups.items():
        counted = people if key != "left_reason" else [one for one in people if one.left_at is not None]
        assert sum(bar.count for bar in group) == len(counted)
        assert sum(bar.bad for bar in group) == sum(bool(one.issues()) for one in counted)
    assert all(0 <= bar.bad <= bar.count for bar in bars(figures))
    assert sum(bar.count for bar in figures.providers) == figures.calls == len(shown)
    assert figures.bad_calls == sum(bool(call.issues) for call in shown)
    assert figures.whole == (len(shown) == len(found))


@given(calls(), SPANS, st.sampled_from((1, 2, 4, 16, 32)))
@settings(deadline=None)
def test_a_stretch_of_time_has_what_was_under_way_in_it(
    found: list[Call], span: tuple[float, float], slots: int
) -> None:
    figures = count(found, *span, slots)
    assert len(figures.slots) == slots
    for slot in figures.slots:
        here = [call for call in found if inside(call.started_at, call.ended_at if call.over else None, slot)]
        assert slot.calls == len(here)
        assert slot.rooms == sum(is_room(call) for call in here)
        bad = [
            call for call in here if any(inside(one.since, end(one.until, call), slot) for one in call.issues)
        ]
        assert slot.bad_calls == len(bad)
        assert slot.bad_rooms == sum(is_room(call) for call in bad)
    lengths = [
        max(0.0, min(who.left_at or span[1], span[1]) - max(who.joined_at, span[0]))
        for call in found
        for who in digest(call).people
    ]
    assert figures.minutes == pytest.approx(sum(lengths) / 60, abs=1e-6)


def test_time_in_which_nobody_heard_a_call_is_in_no_figure() -> None:
    call = Call("c", "webrtc", BEGAN, room="r", legs={"l": Leg("l", "participant", BEGAN)})
    call.issues = [issue("high-rtt", "l", BEGAN + 10)]
    call.missed = [Missed(BEGAN + 605.0, BEGAN + 1200.0), Missed(BEGAN + 3000.0)]
    call.unheard_at, call.last_frame_at = BEGAN + LASTS, BEGAN + 3000.0
    found = count([call], since=BEGAN, slots=12)  # of five minutes each
    assert [slot.calls for slot in found.slots] == [1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0]
    assert [slot.bad_calls for slot in found.slots] == [slot.calls for slot in found.slots]
    assert [slot.unheard for slot in found.slots] == [1 - slot.calls for slot in found.slots]
    assert [slot.hole for slot in found.slots] == [not slot.calls for slot in found.slots]
    minutes = [5.0, 5.0, 5.0 / 60, 0.0, *[5.0] * 6, 0.0, 0.0]
    assert [slot.minutes for slot in found.slots] == pytest.approx(minutes)
    assert (found.calls, found.unheard) == (1, 1)
    assert found.minutes == pytest.approx(sum(minutes))
    assert [spread.unheard for spread in found.spreads] == [1]
    assert found.grades[Grade.UNKNOWN] == 1


def end(until: float | None, call: Call) -> float | None:
    return until if until is not None else call.ended_at if call.over else None


def inside(began: float, ended: float | None, slot: Slot) -> bool:
    """Whether something touches a stretch of time; it has its beginning, and not its end."""
    return began < slot.until and (ended is None or ended >= slot.since)


@given(calls(), st.integers(1, 7))
@settings(deadline=None)
def test_counting_a_few_at_a_time_is_counting_all_at_once(found: list[Call], most: int) -> None:
    slowly, at_once = Ledger(), Ledger()
    slowly.begin(found)
    while slowly.busy:
        slowly.step(most)
    at_once.begin(found)
    at_once.step(len(found) + 1)
    assert slowly.figures(BEGAN, BEGAN + LASTS) == at_once.figures(BEGAN, BEGAN + LASTS)
    assert slowly.passes == at_once.passes == 1


def test_what_changed_is_counted_anew_and_what_went_is_forgotten() -> None:
    one, other = Call("a", "daily", BEGAN), Call("b", "webrtc", BEGAN)
    ledger = Ledger()
    ledger.begin([one, other])
    ledger.step(9)
    assert [digest.bad for digest in ledger.digests.values()] == [False, False]
    one.issues.append(issue("high-rtt", None, BEGAN + 5))
    ledger.begin([one])
    ledger.step(9)
    assert not ledger.digests["a"].bad, "a call of the same version is not looked at again"
    assert list(ledger.digests) == ["a"]
    one.version += 1
    ledger.begin([one])
    ledger.step(9)
    assert ledger.digests["a"].bad


def test_no_calls_are_no_figures() -> None:
    figures = count([])
    assert (figures.calls, figures.people, figures.minutes, figures.minutes_before) == (0, 0, 0.0, None)
    assert bars(figures) == [] and figures.spreads == ()


def test_versions_share_a_bar_and_the_unknown_come_last() -> None:
    call = Call("a", "daily", BEGAN)
    for number, browser in enumerate(("Chrome 156", "Chrome 155.0", "Chrome Mobile 155", None, None, None)):
        call.legs[str(number)] = Leg(str(number), "participant", BEGAN)
        if browser is not None:
            call.legs[str(number)].attributes["browser"] = browser
    call.issues.append(issue("high-rtt", "1", BEGAN))
    group = count([call]).groups["browser"]
    assert [(bar.name, bar.count, bar.bad) for bar in group] == [
        ("Chrome", 2, 1),
        ("Chrome Mobile", 1, 0),
        (UNKNOWN, 3, 0),
    ]
    assert group[0].wanted == Wanted("browser", ("Chrome 155.0", "Chrome 156"))


def test_the_relay_with_the_most_bad_calls_comes_first() -> None:
    found = []
    for number in range(5):
        call = Call(str(number), "webrtc", BEGAN)
        call.legs["a"] = relayed(Leg("a", "peer", BEGAN), "198.51.100.1" if number < 3 else "198.51.100.2")
        if number >= 3:
            call.issues.append(issue("high-rtt", "a", BEGAN))
        found.append(call)
    relays = [(bar.name, bar.count, bar.bad) for bar in count(found).relays]
    assert relays == [("198.51.100.2", 2, 2), ("198.51.100.1", 3, 0)]


def test_the_minutes_before_are_unknown_where_nothing_was_seen_then() -> None:
    call = Call("a", "daily", BEGAN, ended_at=BEGAN + 900, state="ended")
    call.legs["x"] = Leg("x", "participant", BEGAN, left_at=BEGAN + 900)
    assert count([call], BEGAN - 60, BEGAN + 1200).minutes_before is None
    later = count([call], BEGAN + 600, BEGAN + 1200, 10)
    assert later.minutes == pytest.approx(5.0)
    assert later.minutes_before == pytest.approx(10.0)
    assert [round(slot.before or 0.0, 6) for slot in later.slots] == [1.0] * 10


def test_the_spread_of_a_metric_is_that_of_all_values_of_a_provider() -> None:
    found = []
    for number in range(10):
        call = Call(str(number), "webrtc" if number < 8 else "daily", BEGAN)
        call.legs["a"] = measured(Leg("a", "peer", BEGAN), *[10.0 * (number + 1)] * 10)
        found.append(call)
    first, second = count(found).spreads
    assert (first.provider, first.calls, second.provider) == ("webrtc", 8, "daily")
    middle, bad = first.values["rtt_ms"]
    assert middle == pytest.approx(40.0, rel=0.02) and bad == pytest.approx(80.0, rel=0.02)
    assert first.values["mos"] == (None, None)
    assert first.wanted == Wanted("provider", ("webrtc",))


def test_counting_leaves_the_calls_as_they_are() -> None:
    call = Call("a", "webrtc", BEGAN)
    call.legs["a"] = measured(Leg("a", "peer", BEGAN), 10.0, 20.0)
    before = copy.deepcopy(call)
    count([call, Call("b", "webrtc", BEGAN)])
    assert call == before


def test_who_is_there_has_been_there_until_now_and_no_longer() -> None:
    call = Call("a", "daily", BEGAN)
    call.legs["x"] = Leg("x", "participant", BEGAN)
    ledger = Ledger()
    ledger.begin([call])
    ledger.step(9)
    assert ledger.figures(BEGAN - 60, BEGAN + 600, 11, BEGAN + 90).minutes == pytest.approx(1.5)
