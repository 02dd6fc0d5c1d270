"""Coalescing: fewer events, and a call that comes out as it would have."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.bus.coalescing import coalesce
from callmon.bus.posted import Posted
from callmon.engine.engine import Engine
from callmon.model.events import (
    Closed,
    Described,
    Event,
    IceChanged,
    Joined,
    Left,
    Noted,
    Opened,
    Reported,
    Restored,
    Retold,
    Sampled,
)
from callmon.model.ice import Candidate, IceFacts
from tests.engine.invented import fold, invented

FRAMES = invented()
EVENTS = [event for _, events in FRAMES for event in events]
KEPT = (Closed, Left, Noted, Reported, Restored)


def coalesced(*events: Event) -> list[Event]:
    return [entry.event for entry in coalesce([Posted(seq, event) for seq, event in enumerate(events)])]


def sample(clock: float, **more: object) -> Sampled:
    return replace(Sampled("c", clock, "l", "s", clock, {"rtt_ms": clock}, {"packets": clock}), **more)  # type: ignore[arg-type]


def ice(at: float, **facts: object) -> IceChanged:
    return IceChanged("c", at, "l", IceFacts(**facts))  # type: ignore[arg-type]


def test_the_newest_sample_of_each_stream_and_origin_survives() -> None:
    others = [sample(1, stream=None), sample(1, leg="m"), sample(1, call="d"), sample(1, origin="remote")]
    assert coalesced(sample(1), *others, sample(2), sample(3)) == [*others, sample(3)]


def test_what_only_the_older_sample_says_is_kept() -> None:
    older = sample(1, gauges={"mos": 4.0, "rtt_ms": 1.0}, counters={"bytes": 5.0, "packets": 1.0})
    newer = sample(2)
    assert coalesced(older, newer) == [
        replace(newer, gauges={"mos": 4.0, "rtt_ms": 2.0}, counters={"bytes": 5.0, "packets": 2.0})
    ]


def test_counters_that_start_anew_are_both_kept() -> None:
    events = [sample(1), sample(2, identity="another"), sample(3, identity="another")]
    assert coalesced(*events) == [events[0], events[2]]


def test_a_sample_that_comes_late_is_not_merged_into_an_older_one() -> None:
    assert coalesced(sample(2), sample(1)) == [sample(2), sample(1)]


def test_every_ice_state_survives() -> None:
    path = [ice(1, ice="checking"), ice(2, ice="connected"), ice(3, ice="failed"), ice(4, ice="connected")]
    again = [replace(event, at=event.at + 0.5) for event in path]
    both = [event for pair in zip(path, again, strict=True) for event in pair]
    assert coalesced(*both) == again


def test_ice_facts_add_up() -> None:
    near, far = Candidate("local", "host"), Candidate("remote", "relay")
    (found,) = coalesced(
        ice(1, ice="connected", dtls="connected", candidates=(near,)),
        ice(2, pairs=3, candidates=(near, far)),
    )
    assert found == ice(2, ice="connected", dtls="connected", pairs=3, candidates=(near, far))


def test_a_whole_report_stands_for_itself() -> None:
    (found,) = coalesced(ice(1, pairs=3, changes=1), ice(2, changes=2, full=True))
    assert found == ice(2, changes=2, full=True)


def test_what_is_said_again_word_for_word_is_left_out() -> None:
    opened, joined = Opened("c", 1.0, "webrtc"), Joined("c", 1.0, "l")
    described = Described("c", 1.0, "l", "s", "audio", "inbound")
    other = replace(described, codec="opus", at=3.0)
    again = [replace(event, at=2.0) for event in (opened, joined, described)]
    assert coalesced(opened, joined, described, *again, other) == [opened, joined, described, other]


def test_what_is_said_again_after_an_end_is_kept() -> None:
    opened, closed = Opened("c", 1.0, "webrtc"), Closed("c", 2.0)
    reopened = replace(opened, at=3.0)
    assert coalesced(opened, closed, reopened) == [opened, closed, reopened]


@settings(max_examples=30)
@given(st.integers(0, len(EVENTS)), st.integers(0, len(EVENTS)))
def test_a_stretch_of_real_events_becomes_shorter_and_loses_nothing_that_happens_once(a: int, b: int) -> None:
    stretch = EVENTS[min(a, b) : max(a, b)]
    found = coalesced(*stretch)
    assert [event for event in found if isinstance(event, KEPT)] == [
        event for event in stretch if isinstance(event, KEPT)
    ]
    last = {(e.call, e.leg, e.stream, e.origin): e for e in stretch if isinstance(e, Sampled)}
    for event in last.values():
        assert any(
            isinstance(e, Sampled) and (e.clock, e.stream) == (event.clock, event.stream) for e in found
        )
    assert coalesced(*found) == found


def test_a_reader_who_fell_behind_ends_up_with_the_same_totals() -> None:
    quick, slow = Engine(), Engine()
    fold(quick, FRAMES)
    half = len(FRAMES) // 2
    fold(slow, FRAMES[:half])
    entries = [Posted(0, event, at) for at, events in FRAMES[half:] for event in events]
    found = coalesce(entries)
    assert len(found) < len(entries) / 4
    for entry in found:
        slow.fold([entry.event], entry.at or 0.0)
    for id, call in quick.calls.items():
        assert slow.calls[id].state == call.state
        for leg_id, leg in call.legs.items():
            for stream_id, stream in leg.streams.items():
                other = slow.calls[id].legs[leg_id].streams[stream_id]
                for origin in stream.rates.last:
                    for key in stream.rates.last[origin].counters:
                        assert other.rates.total(origin, key) == stream.rates.total(origin, key)


def test_what_was_told_before_a_call_is_told_again_is_not_mixed_with_what_follows() -> None:
    opened = Opened("c", 1.0, "p")
    told: list[Event] = [opened, sample(1.0), sample(2.0), Retold("c", 1.0), opened, sample(1.0), sample(2.0)]
    assert coalesced(*told) == [opened, sample(2.0), Retold("c", 1.0), opened, sample(2.0)]
