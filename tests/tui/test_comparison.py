"""The shared clock: a moment stands in the same column of every chart, whichever calls, sizes and spans."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.quality import Reason
from callmon.engine.series import History
from callmon.query.course import ASPECTS
from callmon.query.format import signed
from callmon.tui.comparison import LEAPS, Comparison, Member, Reach, Scene, clock, reach
from callmon.tui.line import plain
from callmon.tui.lineup import across, overlaid, tops
from callmon.tui.marks import Marks, chosen
from callmon.tui.widgets.braille import GLYPHS
from callmon.tui.widgets.grid import crossed, differing, shares
from callmon.tui.widgets.plot import GUTTER

BEGAN = 1_800_000_000.0
LASTED = 100
METRICS = {"loss_pct": 90.0, "rtt_ms": 2000.0, "jitter_ms": 400.0}


def spiked(id: str, began: float, at: float) -> Call:
    """A call with nothing but one spike ``at`` seconds after it began."""
    call = Call(id, "webrtc", began, last_frame_at=began + LASTED)
    call.legs["l"] = Leg("l", "peer", began)
    stream = Stream("s", "audio", "inbound", began, history=History(began), last_at=began + LASTED)
    call.legs["l"].streams["s"] = stream
    moments = sorted({*(float(n) for n in range(LASTED + 1)), at - 0.01, at, at + 0.01})
    for moment in moments:
        row = {key: high if moment == at else 0.0 for key, high in METRICS.items()}
        stream.history.append(began + moment, dict(row))
    return call


def scene(calls: list[Call], seconds: float, cells: int, since_start: bool, moment: float) -> Scene:
    members = tuple(Member(place, call) for place, call in enumerate(calls))
    now = BEGAN + 2 * LASTED
    there = reach(members, since_start, now)
    shown = clock(there, seconds, cells, since_start, moment, None)
    return Scene(members, shown, {}, GLYPHS["braille"], now, moment)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(2, 6),
    st.integers(5, 95_000),
    st.sampled_from([30.0, 60.0, 120.0, 300.0, 0.0]),
    st.integers(20, 240),
    st.booleans(),
    st.sampled_from(["braille", "block", "ascii"]),
)
def test_a_moment_has_the_same_column_in_every_chart(
    count: int, ms: int, seconds: float, width: int, since_start: bool, glyphs: str
) -> None:
    # Calls begin at other moments; what happens to all of them happens at one moment of the shared clock.
    starts = [BEGAN + 0.25 * n for n in range(count)]
    shift = 4.0 + ms / 1000 * 0.9
    calls = [
        spiked(f"c{n}", start, round(shift if since_start else shift - 0.25 * n, 3))
        for n, start in enumerate(starts)
    ]
    moment = shift if since_start else BEGAN + shift
    moment = round(moment, 3)
    picture = scene(calls, seconds, width - GUTTER - 1, since_start, moment)
    picture = Scene(picture.members, picture.clock, {}, GLYPHS[glyphs], picture.now, picture.cursor, own=True)
    column = picture.clock.column(moment)
    assert column is not None
    edge = (moment / picture.clock.cell) % 1.0
    if min(edge, 1 - edge) * picture.clock.cell < 0.002:
        return  # between two cells a millisecond, in which times are kept, decides
    comparison = Comparison()
    found = [aspect for aspect in ASPECTS if aspect.metric in METRICS]
    comparison.follow(picture, found, None, 0.0)
    for aspect in found:
        for tile in comparison.tiles(picture, aspect, 8):
            body = tile.make(width, 7)
            top = plain(body[0])[GUTTER + 1 :]
            inked = [n for n, char in enumerate(top) if char not in " ⠀"]
            assert column in inked
            assert all(abs(n - column) <= 1 for n in inked)
            assert all(len(plain(line)) == width for line in body)
            # The cursor line stands where the moment does.
            assert plain(crossed(body[-1], GUTTER + 1 + column, "@"))[GUTTER + 1 + column] in "@▀━"
        for one in picture.members:
            assert comparison.value(picture, one, aspect) == METRICS[aspect.metric]


@given(st.integers(1, 6), st.integers(1, 400))
def test_columns_are_equally_wide_and_fit(count: int, width: int) -> None:
    columns = across(width, count)
    assert 1 <= columns <= count
    assert columns == 1 or shares(width, columns) * columns + 2 * (columns - 1) <= width
    assert 1 <= overlaid(width, count, 7) <= 7


def test_as_many_stand_beside_each_other_as_can_be_read() -> None:
    assert [across(width - 2, 6) for width in (80, 120, 160, 200, 240)] == [1, 3, 3, 3, 6]
    assert [across(width - 2, 2) for width in (80, 120, 240)] == [1, 2, 2]


def test_calls_are_chosen_by_their_marks() -> None:
    marks = Marks()
    assert chosen(marks, "a") == ()
    marks.add(["a"])
    assert (chosen(marks, "a"), chosen(marks, None), chosen(marks, "b")) == ((), (), ("a", "b"))
    marks.add("bcdefgh")
    assert chosen(marks, "z") == tuple("abcdef")


def test_the_part_of_time_follows_the_cursor_and_comes_back() -> None:
    calls = [spiked("a", BEGAN, 50.0)]
    members = [Member(0, calls[0])]
    there = reach(members, False, BEGAN + 999)
    newest = clock(there, 30.0, 30, False, None, None)
    assert 0 <= newest.first + newest.cells - 1 - newest.number(BEGAN + LASTED) < 30 / LEAPS
    early = clock(there, 30.0, 30, False, BEGAN + 5.5, newest.first)
    assert early.column(BEGAN + 5.5) == 0
    held = clock(there, 30.0, 30, False, BEGAN + 15.5, early.first)
    assert (held.first, held.column(BEGAN + 15.5)) == (early.first, 10)
    back = clock(there, 30.0, 30, False, BEGAN + 90.5, held.first)
    assert back == newest


def test_the_newest_value_may_be_long_before_the_end() -> None:
    calls = [spiked("a", BEGAN, 50.0), spiked("b", BEGAN - 30, 50.0)]
    for call in calls:
        call.ended_at = BEGAN + LASTED + 300
    for since_start, wanted in ((False, BEGAN + LASTED), (True, LASTED)):
        picture = scene(calls, 0.0, 100, since_start, 0.0)
        comparison = Comparison()
        comparison.follow(picture, [aspect for aspect in ASPECTS if aspect.metric in METRICS], None, 0.0)
        assert comparison.latest(picture) == pytest.approx(wanted, abs=picture.clock.cell)
    assert Comparison().latest(picture) is None


def test_a_part_of_time_that_goes_on_does_so_in_leaps_and_never_loses_the_newest() -> None:
    firsts = []
    for passed in range(100, 130):
        there = Reach(BEGAN, BEGAN + passed, True)
        now = clock(there, 30.0, 30, False, None, None)
        assert now.column(there.end) is not None
        firsts.append(now.first)
    assert firsts == sorted(firsts)
    assert len(set(firsts)) <= 30 // (30 // LEAPS) + 1
    over = clock(Reach(BEGAN, BEGAN + LASTED, False), 30.0, 30, False, None, None)
    assert over.number(BEGAN + LASTED) == over.first + over.cells - 1


@pytest.mark.parametrize("seconds", [0.0, 3600.0])
def test_what_still_grows_is_shown_whole(seconds: float) -> None:
    for passed in range(30, 3600, 7):
        whole = clock(Reach(BEGAN, BEGAN + passed, True), seconds, 100, False, None, None)
        assert whole.since <= BEGAN + whole.cell
        assert whole.column(BEGAN + passed) is not None


def test_a_line_says_where_it_differs() -> None:
    one, other = (("abc", "text"), ("def", "dim")), (("abX", "text"), ("de", "dim"), ("f", "text"))
    assert differing(one, other, 6) == (2, 6)
    assert differing(one, one, 6) == (0, 6)
    assert plain(crossed((("─── ", "faint"),), 3, "│")) == "───│"


def test_differences_have_a_sign() -> None:
    found = [signed("rtt_ms", 12.4), signed("loss_pct", -0.44), signed("mos", 0.001), signed("rtt_ms", None)]
    assert found == ["+12", "−0.4", "±0", "–"]
    assert signed("bitrate_bps", -24_000.0) == "−24k"


def judged(place: int, over: bool = False) -> Call:
    """A call that is poor by a window, and whose newest loss is none."""
    call = spiked(f"c{place}", BEGAN, 50.0)
    call.reason = Reason("loss_pct", ">", 6.2, 3.0, "inbound", "l", "s")
    call.legs["l"].streams["s"].window = {"loss_pct": 6.2}
    call.state = "ended" if over else "live"
    return call


@pytest.mark.parametrize(("width", "said"), [(120, True), (80, True), (60, False)])
def test_a_reason_says_over_how_long_it_is_where_there_is_room(width: int, said: bool) -> None:
    picture = scene([judged(0), judged(1)], 0.0, 100, False, BEGAN + 10)
    lines = [plain(line) for line in tops(picture, width, across(width, 2), 0)]
    assert all(len(line) <= width for line in lines)
    assert any("loss↓ 6.2>3 over 30 s" in line for line in lines) == said
    assert any("c0" in line for line in lines)


@pytest.mark.parametrize(
    ("over", "said"), [((False, False), "now"), ((True, False), "now"), ((True, True), "last")]
)
def test_a_newest_value_says_of_when_it_is(over: tuple[bool, bool], said: str) -> None:
    calls = [judged(place, one) for place, one in enumerate(over)]
    loss = next(aspect for aspect in ASPECTS if aspect.metric == "loss_pct")
    for cursor in (None, BEGAN + 50):
        for together in (False, True):
            picture = replace(scene(calls, 0.0, 100, False, BEGAN + 50), cursor=cursor, over=together)
            comparison = Comparison()
            comparison.follow(picture, [loss], None, 0.0)
            title = plain(comparison.tiles(picture, loss, 8)[-1].title(60))
            assert (f" {said} " in title) == (cursor is None)
            assert " now " not in title or " last " not in title
