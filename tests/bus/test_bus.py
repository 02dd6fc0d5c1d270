"""The bus: everybody gets everything in order, and who is slow holds up nobody."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.bus.bus import Bounds, LocalBus, Subscription
from callmon.model.events import Event, Noted, Restored, Sampled

BOUNDS = Bounds(recent=50, pending=20, most=40)


def note(number: int) -> Noted:
    return Noted("c", float(number), None, "call", str(number))


def sample(number: int) -> Sampled:
    return Sampled("c", float(number), "l", "s", float(number), {}, {"packets": float(number)})


def subscribed(bus: LocalBus, after: int | None = None) -> Subscription:
    subscription = bus.subscribe(after)
    assert subscription is not None
    return subscription


def taken(subscription: Subscription) -> list[Event]:
    return [entry.event for entry in subscription.take()]


def test_everybody_gets_everything_in_order() -> None:
    bus = LocalBus()
    first, second = subscribed(bus), subscribed(bus)
    assert [bus.publish([note(1), note(2)], 5.0), bus.publish([note(3)])] == [1, 2]
    entries = first.take()
    assert [(entry.seq, entry.at) for entry in entries] == [(1, 5.0), (1, 5.0), (2, None)]
    assert taken(second) == [note(1), note(2), note(3)]
    assert taken(second) == []


def test_who_comes_later_gets_what_comes_later() -> None:
    bus = LocalBus()
    bus.publish([note(1)])
    late = subscribed(bus)
    bus.publish([note(2)])
    assert taken(late) == [note(2)]


def test_who_has_gone_gets_nothing() -> None:
    bus = LocalBus()
    with subscribed(bus) as gone:
        assert bus.subscribers == 1
    bus.publish([note(1)])
    assert (bus.subscribers, taken(gone)) == (0, [])
    gone.close()


async def test_waiting_ends_with_the_next_event() -> None:
    bus = LocalBus()
    reading = subscribed(bus)
    waiting = asyncio.create_task(reading.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    bus.publish([])
    await asyncio.sleep(0)
    assert not waiting.done()
    bus.publish([note(1)])
    await asyncio.wait_for(waiting, 5)
    reading.take()
    again = asyncio.create_task(reading.wait())
    await asyncio.sleep(0)
    assert not again.done()
    again.cancel()


@given(st.lists(st.integers(0, 4), max_size=40), st.integers(0, 40))
def test_resuming_leaves_out_nothing_and_repeats_nothing(sizes: list[int], at: int) -> None:
    bus = LocalBus(bounds=BOUNDS)
    whole: list[tuple[int, Event]] = []
    for size in sizes:
        events = [note(len(whole) + i) for i in range(size)]
        seq = bus.publish(events)
        whole += [(seq, event) for event in events]
    resumed = bus.subscribe(at)
    if resumed is None:
        missed = [event for seq, event in whole if seq > at]
        assert at > len(sizes) or len(whole) > BOUNDS.recent or len(missed) > BOUNDS.most
    else:
        assert taken(resumed) == [event for seq, event in whole if seq > at]
        bus.publish([note(-1)])
        assert taken(resumed) == [note(-1)]


def test_what_is_forgotten_cannot_be_resumed() -> None:
    bus = LocalBus(bounds=BOUNDS)
    for number in range(60):
        bus.publish([note(number)])
    assert bus.subscribe(9) is None
    assert bus.subscribe(19) is None, "more than a subscriber may be behind"
    assert taken(subscribed(bus, 30)) == [note(number) for number in range(30, 60)]
    assert bus.subscribe(61) is None
    assert bus.subscribers == 1


def test_each_life_has_another_name() -> None:
    assert LocalBus().boot != LocalBus().boot


def test_a_slow_subscriber_gets_the_newest_samples() -> None:
    bus = LocalBus(bounds=BOUNDS)
    slow, quick = subscribed(bus), subscribed(bus)
    for number in range(10_000):
        bus.publish([sample(number)])
        assert taken(quick) == [sample(number)]
    pending = taken(slow)
    assert pending[-1] == sample(9_999)
    assert len(pending) <= BOUNDS.pending + 1
    assert slow.coalesced == 10_000 - len(pending)
    assert slow.cut is None


async def test_a_subscriber_who_never_reads_is_cut_off_and_the_others_are_not() -> None:
    bus = LocalBus(bounds=BOUNDS)
    stalled, quick = subscribed(bus), subscribed(bus)
    waiting = asyncio.create_task(stalled.wait())
    for number in range(1_000):
        bus.publish([note(number)])
        assert taken(quick) == [note(number)]
    assert stalled.cut == "too slow: more than 40 events behind"
    await asyncio.wait_for(waiting, 5)
    await asyncio.wait_for(stalled.wait(), 5)
    assert (taken(stalled), bus.subscribers) == ([], 1)


def test_a_restored_call_counts_for_many() -> None:
    bus = LocalBus(bounds=BOUNDS)
    reading = subscribed(bus)
    bus.publish([Restored("c", 1.0, {})])
    assert reading.cut is not None


@pytest.mark.parametrize("reader_behind", [0, 5_000])
def test_memory_is_bounded(reader_behind: int) -> None:
    bus = LocalBus(bounds=BOUNDS)
    reading = subscribed(bus)
    for number in range(reader_behind):
        bus.publish([sample(number)] * 3)
    assert len(reading.take()) <= BOUNDS.pending + 3
    assert bus.subscribe(0) is None or reader_behind == 0
