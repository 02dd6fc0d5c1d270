"""Stretches of time against a count second by second, with time in which nobody heard a call."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.engine.quality import Grade
from callmon.query.digest import Attended, Digest
from callmon.query.slots import Slot, slots

COUNT, STEP = 6, 50
"""The span is so many stretches of so many seconds, and as much lies before it."""

SPAN = COUNT * STEP
MOMENTS = st.integers(-SPAN - 50, SPAN + 50).map(float)

Between = tuple[float, float | None]


@st.composite
def lasting(draw: st.DrawFn) -> Between:
    """When something began and when it ended, if it has."""
    began = draw(MOMENTS)
    return began, draw(st.none() | MOMENTS.filter(lambda moment: moment >= began))


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    """A call or room that nobody heard for some stretches of its time."""
    began, ended = draw(lasting())
    ends: list[float | None] = [*sorted(draw(st.sets(MOMENTS, max_size=12)))]
    ends += [None] * (len(ends) % 2)
    missed = tuple((one, two) for one, two in zip(ends[::2], ends[1::2], strict=True) if one is not None)
    troubles = tuple(("high-rtt", *one) for one in draw(st.lists(lasting(), max_size=3)))
    people = tuple(Attended(*one, False, {}) for one in draw(st.lists(lasting(), max_size=3)))
    room = draw(st.booleans())
    return Digest("c", 1, "p", room, began, ended, Grade.GOOD, troubles, people, frozenset(), missed)


def touches(slot: Slot, began: float, ended: float | None) -> bool:
    return began < slot.until and (ended is None or ended >= slot.since)


def lost(one: Digest, slot: Slot) -> bool:
    """Whether nobody heard a call in all of a stretch."""
    return any(began <= slot.since and (ended is None or ended >= slot.until) for began, ended in one.missed)


def minutes(found: list[Digest], since: float, now: float) -> float:
    """The minutes in a stretch, by its seconds."""
    seconds = 0
    for one in found:
        for who in one.people:
            for second in range(int(since), int(since) + STEP):
                there = who.joined_at <= second < (now if who.left_at is None else who.left_at)
                heard = not any(
                    began <= second < (now if ended is None else ended) for began, ended in one.missed
                )
                seconds += there and heard
    return seconds / 60


@given(st.lists(digests(), max_size=4), st.integers(0, SPAN).map(float))
@settings(deadline=None)
def test_stretches_are_what_a_count_by_the_second_says(found: list[Digest], now: float) -> None:
    for slot in slots(found, (0.0, float(SPAN), now), COUNT, known=True):
        there = [one for one in found if touches(slot, one.began_at, one.ended_at)]
        heard = [one for one in there if not lost(one, slot)]
        bad = [
            one
            for one in heard
            if any(
                touches(slot, began, one.ended_at if ended is None else ended)
                for _, began, ended in one.troubles
            )
        ]
        assert (slot.calls, slot.bad_calls, slot.unheard) == (len(heard), len(bad), len(there) - len(heard))
        assert (slot.rooms, slot.bad_rooms) == (sum(one.room for one in heard), sum(one.room for one in bad))
        assert slot.unheard_rooms == sum(one.room for one in there) - slot.rooms
        assert slot.hole == (bool(there) and not heard)
        assert slot.room_hole == (slot.unheard_rooms > 0 and not slot.rooms)
        assert slot.minutes == pytest.approx(minutes(found, slot.since, now), abs=1e-6)
        assert slot.before == pytest.approx(minutes(found, slot.since - SPAN, now), abs=1e-6)
