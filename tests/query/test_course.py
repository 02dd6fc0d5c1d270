"""The course of a metric: folded bit by bit it is the same as at once, and gaps stay gaps."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.series import History
from callmon.query.course import ASPECTS, Aspect, Course, Extent

ORIGIN = 1_800_000_000.0
LOSS = next(aspect for aspect in ASPECTS if aspect.key == "loss_pct")
MOS = next(aspect for aspect in ASPECTS if aspect.key == "mos")
IN = next(aspect for aspect in ASPECTS if aspect.key == "bitrate_in")

Rows = list[tuple[float, float | None]]


def call(*streams: Stream) -> Call:
    found = Call("a", "webrtc", ORIGIN)
    found.legs["l"] = Leg("l", "peer", ORIGIN)
    found.legs["l"].streams = {stream.id: stream for stream in streams}
    return found


def stream(id: str, metric: str, rows: Rows, direction: str = "inbound") -> Stream:
    found = Stream(id, "audio", direction, ORIGIN, history=History(ORIGIN))
    for at, value in rows:
        found.history.append(ORIGIN + at, {metric: value})
    return found


def course(aspect: Aspect, of: Call, until: float, step: float = 1.0) -> Course:
    found = Course(aspect)
    found.follow(of, step, ORIGIN, 0, ORIGIN + until)
    return found


def highs(found: Course, count: int) -> list[float | None]:
    return [None if math.isnan(extent.high) else extent.high for extent in found.extents(0, count)]


def same(one: list[Extent], other: list[Extent]) -> bool:
    return [[str(value) for value in extent] for extent in one] == [
        [str(value) for value in e] for e in other
    ]


def test_a_span_keeps_the_least_and_the_greatest() -> None:
    found = course(LOSS, call(stream("s", "loss_pct", [(0.1, 2.0), (0.2, 8.0), (0.9, 3.0)])), 5)
    assert found.extents(0, 1) == [Extent(2.0, 8.0, 3.0)]


def test_what_is_between_two_samples_lies_on_their_line() -> None:
    found = course(LOSS, call(stream("s", "loss_pct", [(0.5, 0.0), (4.5, 8.0)])), 9)
    assert highs(found, 6) == [0.0, 2.0, 4.0, 6.0, 8.0, None]


def test_a_gap_is_a_gap() -> None:
    found = course(LOSS, call(stream("s", "loss_pct", [(0.5, 1.0), (1.5, None), (4.5, 8.0)])), 9)
    assert highs(found, 5) == [1.0, None, None, None, 8.0]


def test_of_several_streams_the_worst_counts() -> None:
    both = call(stream("a", "mos", [(0.5, 4.0)]), stream("b", "mos", [(0.5, 2.0)]))
    assert course(MOS, both, 2).worst(0, 2) == 2.0
    lost = call(stream("a", "loss_pct", [(0.5, 4.0)]), stream("b", "loss_pct", [(0.5, 2.0)]))
    assert course(LOSS, lost, 2).worst(0, 2) == 4.0


def test_bitrates_of_one_direction_are_added() -> None:
    both = call(
        stream("a", "bitrate_bps", [(0.5, 100.0)]),
        stream("b", "bitrate_bps", [(0.6, 50.0)]),
        stream("c", "bitrate_bps", [(0.5, 9000.0)], "outbound"),
    )
    found = course(IN, both, 2)
    assert (found.newest(), found.worst(0, 1)) == (150.0, 150.0)


def test_nothing_is_no_number() -> None:
    found = course(LOSS, call(stream("s", "rtt_ms", [(0.5, 1.0)])), 2)
    assert (found.newest(), found.worst(0, 2), highs(found, 1)) == (None, None, [None])


def test_what_is_later_than_the_moment_is_not_there() -> None:
    found = course(LOSS, call(stream("s", "loss_pct", [(0.5, 1.0), (3.5, 9.0)])), 2)
    assert (found.newest(), highs(found, 5)) == (1.0, [1.0, None, None, None, None])


def test_going_back_forgets_what_came_later() -> None:
    one = call(stream("s", "loss_pct", [(0.5, 1.0), (3.5, 9.0)]))
    found = course(LOSS, one, 5)
    assert found.newest() == 9.0
    found.follow(one, 1.0, ORIGIN, 0, ORIGIN + 2)
    assert found.newest() == 1.0


def test_what_has_grown_coarse_is_still_there() -> None:
    one = stream("s", "loss_pct", [])
    one.history = History(ORIGIN, keep_s=60.0)
    for second in range(1000):
        one.history.append(ORIGIN + second, {"loss_pct": 9.0 if second == 100 else 1.0})
    assert one.history.coarse_times
    found = course(LOSS, call(one), 1000, 10.0)
    assert found.worst(0, 100) == 9.0
    assert None not in highs(found, 99)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9000), st.one_of(st.none(), st.floats(0, 100, width=32))), max_size=40),
    st.lists(st.integers(0, 60), max_size=5),
    st.sampled_from([0.25, 1.0, 3.7]),
)
def test_bit_by_bit_is_the_same_as_at_once(
    steps: list[tuple[int, float | None]], stops: list[int], step: float
) -> None:
    at, rows = 0.0, []
    for ms, value in steps:
        at += ms / 1000
        rows.append((at, value))
    end = at + 1
    growing = stream("s", "loss_pct", [])
    slowly = Course(LOSS)
    one = call(growing)
    for stop in [*sorted(stops), end + 60]:
        while rows and rows[0][0] <= stop:
            when, value = rows.pop(0)
            growing.history.append(ORIGIN + when, {"loss_pct": value})
        slowly.follow(one, step, ORIGIN, 0, ORIGIN + min(stop, end))
    count = math.ceil(end / step) + 1
    assert same(slowly.extents(0, count), course(LOSS, one, end, step).extents(0, count))


@pytest.mark.parametrize("first", [0, 3])
def test_a_part_is_the_same_as_of_the_whole(first: int) -> None:
    one = call(stream("s", "loss_pct", [(n / 2, float(n)) for n in range(40)]))
    part = Course(LOSS)
    part.follow(one, 1.0, ORIGIN, first, ORIGIN + 20)
    assert same(part.extents(first, 15), course(LOSS, one, 20).extents(first, 15))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(100, 30_000), st.floats(0, 100, width=32)), min_size=1, max_size=60),
    st.integers(0, 200),
    st.sampled_from([0.5, 1.0, 3.7]),
)
def test_a_part_begins_as_in_the_whole(steps: list[tuple[int, float]], first: int, step: float) -> None:
    at = 0.0
    rows: Rows = []
    for ms, value in steps:
        at += ms / 1000
        rows.append((at, value))
    one = call(stream("a", "bitrate_bps", rows), stream("b", "bitrate_bps", rows[::3]))
    part, last = Course(IN), math.ceil(at / step) + 1
    part.follow(one, step, ORIGIN, min(first, last), ORIGIN + at)
    whole = course(IN, one, at, step)
    assert same(part.extents(min(first, last), last), whole.extents(min(first, last), last))


def test_values_that_are_far_from_all_others_cost_no_more_than_others() -> None:
    far = 3e8
    found = course(LOSS, call(stream("s", "loss_pct", [(0.0, 1.0), (far, 2.0), (far + 1, 4.0)])), far + 10)
    assert found.newest() == 4.0
    assert max(len(track.spans) for track in found.tracks.values()) < 10
