"""The dashboard: its panes, the cursor over them, and the way to the calls behind a figure."""

from __future__ import annotations

from typing import cast

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from callmon.engine.call import Call, Missed
from callmon.query.aggregate import Figures
from callmon.tui.counting import SLICE, SPANS, Counting
from callmon.tui.line import plain
from callmon.tui.panes import HOLE
from callmon.tui.screen import Page
from callmon.tui.screens.dashboard import DashboardPage
from callmon.tui.screens.overview import Overview
from callmon.tui.widgets.panes import Panes
from tests.tui import boards, details, halls, strips
from tests.tui.boards import NOW, FixtureBoard
from tests.tui.conftest import Show, until

SIZES = ((80, 24), (120, 40), (200, 60), (40, 12))


def text(pilot: Pilot[str]) -> str:
    return "\n".join(strips.lines(pilot.app))


def page(pilot: Pilot[str]) -> DashboardPage:
    assert isinstance(pilot.app.screen, DashboardPage)
    return pilot.app.screen


def grid(pilot: Pilot[str]) -> Panes:
    return page(pilot).query_one(Panes)


def filter_of(pilot: Pilot[str]) -> str:
    """The filter of the first page, on which one is."""
    assert isinstance(pilot.app.screen, Overview)
    return str(pilot.app.screen.viewed().filter)


async def press(pilot: Pilot[str], *keys: str) -> None:
    """Press keys, each one when the panes that it is for are there and what the one before led to is drawn."""
    for key in keys:
        await pilot.press(key)
        await until(
            pilot, lambda: not isinstance(pilot.app.screen, DashboardPage) or filled(pilot.app.screen)
        )
        await rest(pilot)


async def rest(pilot: Pilot[str]) -> None:
    """Wait until drawing again changes nothing any more."""
    looks = [""]

    def same() -> bool:
        if isinstance(pilot.app.screen, Page):
            pilot.app.screen.redraw()
        looks.append(text(pilot))
        return looks[-1] == looks[-2]

    await until(pilot, same)


def filled(page: DashboardPage) -> bool:
    """Whether the panes are there, with the cursor in one of them."""
    return page.query_one(Panes).chosen is not None


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "keys"), [("dashboard", "D"), ("dashboard-bars", "D tab tab tab tab tab j")]
)
async def test_it_looks_so(show: Show, name: str, keys: str, size: tuple[int, int]) -> None:
    async with show(halls.board(), size) as pilot:
        for key in keys.split():
            await press(pilot, key)
        strips.check(pilot.app, f"{name}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_ascii_is_ascii(show: Show, size: tuple[int, int]) -> None:
    async with show(halls.board(), size, charts="ascii") as pilot:
        await press(pilot, "D")
        assert not set("█▇▂━") & set(text(pilot))


@pytest.mark.parametrize("theme", ["light", "mono"])
async def test_other_colours_lose_nothing(show: Show, theme: str) -> None:
    found = []
    for shown in ("dark", theme):
        async with show(halls.board(), (120, 40), theme=shown) as pilot:
            await press(pilot, "D", "tab", "tab", "tab", "tab")
            found.append(text(pilot))
    assert found[0] == found[1]


async def test_enter_on_any_bar_opens_its_calls(show: Show) -> None:
    """Every pane is visited, and what enter asks for is the filter of the bar that the cursor was on."""
    asked = {}
    async with show(halls.board(), (120, 40)) as pilot:
        await press(pilot, "D")
        count = 0
        while True:
            await press(pilot, *["tab"] * count)
            key = grid(pilot).at[0]
            if key in asked:
                break
            await press(pilot, "enter")
            asked[key] = filter_of(pilot)
            await press(pilot, "escape", "D")
            assert grid(pilot).at[0] == key, "one comes back to where one was"
            count = 1
    assert asked.pop("calls").startswith('started<"2027-01-15T08:0')
    assert asked.pop("rooms").startswith('is:room and started<"2027-01-15T08:0')
    assert ' and not ended<"2027-01-15T0' in asked.pop("minutes")
    assert asked == {
        "spread": "provider=webrtc",
        "issues": "issue:high-packet-loss",
        "relays": "relay=198.51.100.7",
        "browser": 'browser="Chrome 156" or browser="Chrome 156.0"',
        "os": 'os=Windows or os="Windows 11"',
        "sdk": 'sdk="twilio-video.js 2.36.0"',
        "region": "region=us1",
        "left_reason": "left_reason=disconnected_via_api",
        "device": 'device="Apple Mac"',
        "providers": "provider=webrtc",
    }


async def test_the_cursor_goes_everywhere_and_back(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await press(pilot, "D", "j")
        places = [grid(pilot).at]
        for _ in range(80):
            await press(pilot, "j")
            if grid(pilot).at == places[-1]:
                break
            places.append(grid(pilot).at)
        assert len(places) == len(set(places)) > 8
        for place in reversed(places[:-1]):
            await press(pilot, "k")
            if place[0] != grid(pilot).at[0]:
                pytest.fail(f"{place} was left for {grid(pilot).at}")
        await press(pilot, "g", "left")
        assert grid(pilot).at[0] == "calls"
        await press(pilot, *["right"] * 2)
        assert grid(pilot).at[0] != "calls"
        await press(pilot, "G")
        assert grid(pilot).at[0] == "providers"


async def test_the_cursor_stays_on_its_bar_when_the_order_changes(show: Show) -> None:
    board = halls.board()
    async with show(board, (120, 40)) as pilot:
        await press(pilot, "D", *["tab"] * 4, "j")
        before = grid(pilot).at
        assert before[0] == "issues"
        for number in range(5):
            call = boards.healthy(number)
            call.issues = [boards.issue("one-way-audio")]
            board.all.append(call)
        board.number += 1
        shown = page(pilot)._counting
        shown._began_at = float("-inf")
        page(pilot).redraw()
        await pilot.pause()
        assert grid(pilot).at == before
        assert "one-way-audio" in text(pilot)


async def test_the_head_is_of_the_same_moment_as_the_panes(show: Show) -> None:
    board = halls.board()
    async with show(board, (120, 40)) as pilot:
        await press(pilot, "D")
        for number in range(3):
            board.all.append(boards.healthy(100 + number))
            board.number += 1
            page(pilot)._counting._began_at = float("-inf")
            page(pilot).redraw()
            panes = page(pilot)._drawn[0]
            assert isinstance(panes, Figures)
            assert plain(page(pilot)._head[0]).startswith(f"{panes.calls} calls")
            assert panes.calls == len(board.all)


@pytest.mark.parametrize(
    ("away", "holes", "said"),
    [
        (
            (True, False),
            (False, True),
            (
                "1 call under way, 1 with an issue then (100 %), 1 more call not heard",
                "1 room under way, not heard",
                "1 call not heard",
            ),
        ),
        (
            (False, True),
            (False, False),
            (
                "1 call under way, 1 with an issue then (100 %), 1 more call not heard",
                "1 room under way, 1 with an issue then (100 %)",
                "1 call not heard",
            ),
        ),
        (
            (True, True),
            (True, True),
            ("2 calls under way, not heard", "1 room under way, not heard", "– min of participants"),
        ),
    ],
    ids=["room", "call", "both"],
)
async def test_each_chart_of_time_marks_and_says_what_nobody_heard_of_its_own(
    show: Show, away: tuple[bool, bool], holes: tuple[bool, bool], said: tuple[str, str, str]
) -> None:
    board = FixtureBoard([halls.standup(), details.live()])
    for call, lost in zip(board.all, away, strict=True):
        call.started_at = NOW - 1200
        if lost:
            call.last_frame_at, call.unheard_at, call.missed = NOW - 900, NOW - 1, [Missed(NOW - 900)]
    async with show(board, (80, 24)) as pilot:
        await press(pilot, "D")
        found = page(pilot)._figures
        assert found is not None
        times = page(pilot)._times(found)
    last = len(found.slots) - 2  # the last one has only begun
    assert tuple(HOLE[0] in str(one.rows(80, None)) for one in times[:2]) == holes
    for one, words in zip(times, said, strict=True):
        assert words in plain(one.detail(last))


@pytest.mark.parametrize(
    ("width", "says"),
    [(80, "p50 and p95; 1 of 7 calls not heard now"), (40, "─ p50 and p95")],
)
async def test_figures_of_all_calls_are_not_taken_for_those_of_the_ones_nobody_hears(
    show: Show, width: int, says: str
) -> None:
    board = boards.crowd(7)
    board.all[2].last_frame_at, board.all[2].unheard_at = NOW - 900, NOW - 1
    async with show(board, (width, 40)) as pilot:
        await press(pilot, "D")
        found = page(pilot)._figures
        assert found is not None
        panes = page(pilot)._panes(found, board, 1)
    (pane,) = [pane for pane in panes if pane.key == "spread"]
    assert says in plain(pane.rows(width - 2, None)[0][0])
    of = {one.provider: (one.calls, one.unheard) for one in found.spreads}
    assert sorted(unheard for _, unheard in of.values()) == [0] * (len(of) - 1) + [1]
    place = next(place for place, one in enumerate(found.spreads) if one.unheard)
    calls = found.spreads[place].calls
    assert f"{calls} call{'s' * (calls > 1)}, 1 of them not heard now" in plain(pane.detail(place))


async def test_a_span_can_be_chosen(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await press(pilot, "D")
        assert "last 3 h" in text(pilot)
        seen = []
        for _ in SPANS:
            await press(pilot, "plus")
            seen.append(page(pilot).span)
        assert seen[-1] == 0 and "last 2 min" in text(pilot)
        await press(pilot, "tab", "tab", "tab", "enter")
        assert filter_of(pilot).startswith("provider=") and 'started<"' in filter_of(pilot)


async def test_nothing_is_drawn_where_nothing_changed(show: Show) -> None:
    board = halls.board()
    async with show(board, (120, 40)) as pilot:
        await press(pilot, "D")
        built = grid(pilot).built
        for _ in range(3):
            page(pilot).redraw()
            await pilot.pause()
        assert grid(pilot).built == built


async def test_without_calls_it_is_calm(show: Show) -> None:
    async with show(boards.empty(), (80, 24)) as pilot:
        await press(pilot, "D", "j", "k", "left", "tab")
        assert "0 calls" in text(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, Overview)


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (200, 60)], ids=str)
async def test_hostile_strings_stay_in_their_cells(show: Show, size: tuple[int, int]) -> None:
    async with show(halls.hostile(), size) as pilot:
        await press(pilot, "D")
        for _ in range(12):
            await press(pilot, "tab")
            for line in strips.lines(pilot.app):
                assert cell_len(line) == size[0] and line.isprintable()


def test_many_calls_are_counted_a_few_at_a_time() -> None:
    board = boards.crowd(10 * SLICE)
    counting = Counting()
    assert counting.look(board, 0.0, None, 20) is None
    looks = 1
    while (found := counting.look(board, 0.0, None, 20)) is None:
        looks += 1
    assert found.calls == 10 * SLICE and looks >= 2
    assert counting.look(board, 0.5, None, 20) is found
    board.number += 1
    assert counting.look(board, 1.0, None, 20) is found, "it is not counted anew within two seconds"


def test_another_board_is_counted_from_the_beginning() -> None:
    counting = Counting()
    first = counting.look(boards.crowd(3), 0.0, None, 20)
    second = counting.look(boards.crowd(5), 0.1, None, 20)
    assert (cast(Figures, first).calls, cast(Figures, second).calls) == (3, 5)


def test_columns_stay_where_they_are_as_time_goes_on() -> None:
    board = FixtureBoard([Call("a", "webrtc", NOW - 200, last_frame_at=NOW)])
    counting, edges = Counting(), set()
    for tenth in range(300):
        board.at = NOW + tenth / 10
        found = counting.look(board, tenth / 10, 300.0, 50)
        edges |= {slot.since for slot in cast(Figures, found).slots}
    assert all(edge % 6 == 0 for edge in edges) and len(edges) <= 50 + 6
