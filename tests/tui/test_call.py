from __future__ import annotations

from typing import cast

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from callmon.engine.call import Call
from callmon.engine.quality import Grade
from callmon.model.frames import Frame
from callmon.tui import figures
from callmon.tui.app import CallmonApp
from callmon.tui.screens.call import CallPage
from callmon.tui.spans import SPANS
from callmon.tui.times import Times
from callmon.tui.widgets.chart import Charts
from callmon.tui.widgets.stage import Stage
from tests.tui import details, strips
from tests.tui.boards import NOW, FixtureBoard
from tests.tui.conftest import Show

SIZES = [(80, 24), (120, 40), (200, 60)]


def page(pilot: Pilot[str]) -> CallPage:
    assert isinstance(pilot.app.screen, CallPage)
    return pilot.app.screen


def text(pilot: Pilot[str]) -> str:
    return "\n".join(strips.lines(pilot.app))


async def paint(pilot: Pilot[str]) -> None:
    cast(CallmonApp, pilot.app).paint()
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "keys"),
    [("live", ""), ("live-send", "tab"), ("live-raw", "x"), ("video", ""), ("room", ""), ("failed", "")],
)
async def test_the_page_of_a_call_looks_so(show: Show, size: tuple[int, int], name: str, keys: str) -> None:
    call = getattr(details, name.partition("-")[0])()
    async with show(details.board(call), size) as pilot:
        await pilot.press("enter", *([keys] if keys else []))
        await pilot.pause()
        strips.check(pilot.app, f"call-{name}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("theme", ["light", "mono"])
async def test_other_colours_lose_nothing(show: Show, theme: str) -> None:
    found = []
    for shown in ("dark", theme):
        async with show(details.board(details.live()), (120, 40), theme=shown) as pilot:
            await pilot.press("enter")
            await pilot.pause()
            found.append(text(pilot))
    assert found[0] == found[1]


@pytest.mark.parametrize("size", [(40, 24), (60, 24), (60, 12), (120, 12)], ids=str)
async def test_a_small_screen_shows_what_matters(show: Show, size: tuple[int, int]) -> None:
    async with show(details.board(details.live()), size) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        found = text(pilot)
        assert "▲ P poor" in found
        assert "high-packet-loss 6.2 % > 3" in found
        assert "RTT ms" in found
        assert all(cell_len(line) == size[0] for line in strips.lines(pilot.app))


async def test_a_low_screen_leaves_room_to_scroll(show: Show) -> None:
    async with show(details.board(details.live()), (40, 12)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen.query_one(Stage).size.height >= 6
        assert "▲ high-packet-loss" in text(pilot)


@pytest.mark.parametrize("size", [(1, 1), (10, 3), (20, 6), (30, 8), (400, 120)], ids=str)
async def test_no_size_is_too_small_or_too_large(show: Show, size: tuple[int, int]) -> None:
    async with show(details.board(details.room()), size) as pilot:
        for keys in ("enter", "tab", "x", "i", "escape", "s", "G"):
            await pilot.press(keys)
            await pilot.pause()
        assert all(cell_len(line) == size[0] for line in strips.lines(pilot.app))


async def test_charts_in_ascii_are_ascii(show: Show) -> None:
    async with show(details.board(details.live()), (80, 24), charts="ascii") as pilot:
        await pilot.press("enter")
        await pilot.pause()
        charts = pilot.app.screen.query_one(Charts)
        rows = [charts.render_line(y).text for y in range(charts.size.height)]
        assert "".join(rows).isascii()
        assert any("500+" in row for row in rows)


async def test_charts_are_drawn_only_for_news(show: Show) -> None:
    board = details.board(details.live())
    call = board.all[0]
    async with show(board, (120, 40)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        charts = pilot.app.screen.query_one(Charts)
        drawn = charts.drawn
        for seconds in range(1, 6):
            board.at = NOW + seconds
            board.touch(call)
            await paint(pilot)
        assert charts.drawn == drawn
        one = call.legs["a"].streams["in"]
        one.history.append(NOW, {"loss_pct": 9.0})
        one.last_at = call.last_frame_at = NOW
        call.frames += 1
        await paint(pilot)
        assert charts.drawn == drawn + 1


async def test_the_silence_of_a_call_grows_on_its_charts(show: Show) -> None:
    board = details.board(details.live())
    call = board.all[0]
    call.state = "stale"
    async with show(board, (80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        drawn = pilot.app.screen.query_one(Charts).drawn
        board.at = NOW + 1
        await paint(pilot)
        assert pilot.app.screen.query_one(Charts).drawn == drawn
        board.at = NOW + 60
        await paint(pilot)
        assert pilot.app.screen.query_one(Charts).drawn == drawn + 1
        assert "no data" in text(pilot)


async def test_tabs_keep_their_place(show: Show) -> None:
    async with show(details.board(details.live()), (80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        stage = pilot.app.screen.query_one(Stage)
        await pilot.press("j", "j", "j")
        await pilot.pause()
        assert stage.scroll_offset.y == 3
        await pilot.press("tab")
        await pilot.pause()
        assert page(pilot).tab == 1
        assert stage.scroll_offset.y == 0
        await pilot.press("shift+tab")
        await pilot.pause()
        assert (page(pilot).tab, stage.scroll_offset.y) == (0, 3)
        await pilot.press("i", "escape")
        await pilot.pause()
        assert (page(pilot).tab, stage.scroll_offset.y) == (0, 3)


async def test_the_page_scrolls_to_its_end_and_back(show: Show) -> None:
    async with show(details.board(details.live()), (80, 24)) as pilot:
        await pilot.press("enter", "G")
        await pilot.pause()
        assert "ice checking" in text(pilot)
        await pilot.press("g")
        await pilot.pause()
        assert "RTT ms" in text(pilot)


async def test_the_raw_frame_shows_what_becomes_of_its_numbers(show: Show) -> None:
    async with show(details.board(details.live()), (100, 40)) as pilot:
        await pilot.press("enter", "x")
        await pilot.pause()
        found = text(pilot)
        assert '"jitter": 0.011,   0.011 s → 11.0 ms' in found
        assert '"roundTripTime": 0.145,   0.145 s → 145 ms' in found
        assert '"fractionLost": 0.052   fraction → 5.2 %' in found
        assert '"bytesReceived": 384000,   384 kB' in found
        assert '"mid": null' in found
        await pilot.press("x")
        await pilot.pause()
        assert page(pilot).tab == 0


async def test_a_frozen_screen_keeps_its_raw_frame(show: Show) -> None:
    board = details.board(details.live())
    call = board.all[0]
    async with show(board, (100, 40)) as pilot:
        await pilot.press("enter", "x", "p")
        board.frames[call.id] = Frame("webrtc", NOW, "snapshot", {"jitter": 0.5}, {}, "listen")
        board.touch(call)
        await paint(pilot)
        assert "0.011 s → 11.0 ms" in text(pilot)
        await pilot.press("p")
        await paint(pilot)
        assert "0.5 s → 500 ms" in text(pilot)


async def test_plus_and_minus_change_the_span(show: Show) -> None:
    async with show(details.board(details.live()), (120, 40)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "charts 1:59" in text(pilot)
        await pilot.press("plus", "plus", "plus")
        await pilot.pause()
        assert "charts 30 s" in text(pilot)
        await pilot.press("minus")
        await pilot.pause()
        assert "charts 1 min" in text(pilot)
        for _ in range(9):
            await pilot.press("minus")
        assert page(pilot).chart_span == len(SPANS) - 1


async def test_the_score_has_limits_though_the_rule_set_has_none(show: Show) -> None:
    board = details.board(details.live())
    call = board.all[0]
    call.metrics["mos"] = 2.2
    async with show(board, (120, 40)) as pilot:
        row = strips.cells(pilot.app, 3)
        assert row[strips.lines(pilot.app)[3].index("2.20")] == row[3]
        await pilot.press("enter")
        await pilot.pause()
        assert "3.5F" in text(pilot)


async def test_a_leg_of_a_room_can_be_chosen(show: Show) -> None:
    async with show(details.board(details.room()), (120, 40)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        first = text(pilot)
        assert "▸all" in first
        assert "1─ Singer" in first
        await pilot.press("right", "right", "right")
        await pilot.pause()
        assert page(pilot).leg == "p2"
        assert "▸Singer 3" in text(pilot)
        await pilot.press("left", "left", "left", "left")
        await pilot.pause()
        assert page(pilot).leg == "p5"
        assert "▸Singer 6" in text(pilot)


async def test_moments_are_shown_in_three_ways(show: Show) -> None:
    async with show(details.board(details.live()), (120, 60)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "07:58:50 ▲ issue high-packet-loss begins  ↓ audio" in text(pilot)
        await pilot.press("t")
        await pilot.pause()
        assert "+50s ▲ issue high-packet-loss begins" in text(pilot)
        await pilot.press("t")
        await pilot.pause()
        assert "+10s ◆ ice   path changed" in text(pilot)


async def test_the_summary_can_be_copied(show: Show) -> None:
    async with show(details.board(details.live()), (80, 24)) as pilot:
        await pilot.press("enter", "y")
        await pilot.pause()
        copied = pilot.app.clipboard
        assert copied.startswith("▲ P poor  loss↓ 6.2>3  Ana Ruiz → Support")
        assert "call 35a3a34c-a655" in copied
        assert "high-packet-loss 6.2 % > 3" in copied


async def test_a_call_that_is_gone_says_so(show: Show) -> None:
    board = details.board(details.live())
    async with show(board, (80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        board.all.clear()
        board.number += 1
        for keys in ("tab", "x", "x", "i", "escape", "s", "y", "escape", "minus"):
            await pilot.press(keys)
            await paint(pilot)
        assert "no longer kept" in text(pilot)


@pytest.mark.parametrize("keys", ["", "tab", "x", "i", "s", "y", "t"])
async def test_hostile_strings_change_nothing(show: Show, keys: str) -> None:
    board = details.board(details.hostile())
    board.frames["choir-40"] = Frame(
        "x\x1b", NOW, "\x1b[2J", {"\x1b]0;t\x07": "\x1b[5;5H[/]\u202e"}, {}, "\x9b"
    )
    for size in ((80, 24), (120, 40)):
        async with show(board, size) as pilot:
            await pilot.press("enter", *([keys] if keys else []))
            await pilot.pause()
            found = strips.lines(pilot.app)
            assert all(char.isprintable() for line in found for char in line)
            assert all(cell_len(line) == size[0] for line in found)


def test_a_young_call_has_charts_of_its_own_length() -> None:
    call = details.live()
    shown = figures.span(call, 300.0, NOW)
    assert (shown.since, shown.until) == (call.started_at, NOW - 1)
    assert figures.span(call, 30.0, NOW) == (NOW - 31, NOW - 1)
    assert figures.span(call, 0.0, NOW) == (call.started_at, NOW - 1)


def test_an_ended_call_is_shown_to_its_end() -> None:
    call = details.video()
    assert figures.span(call, 300.0, NOW + 999) == (call.started_at, NOW - 1)


def test_of_many_curves_the_worst_are_shown_in_their_order() -> None:
    call = details.room(9)
    for id in ("p1", "p7", "p8"):
        call.legs[id].streams["in"].grade = Grade.FAIR
    assert [name for name, _ in figures.choice(call, "inbound", None)] == [
        f"Singer {n}" for n in (2, 3, 8, 9)
    ]


def test_a_round_trip_told_by_the_other_direction_is_shown_in_both() -> None:
    call = details.live()
    shown = figures.span(call, 300.0, NOW)
    found = figures.figures(call, "inbound", None, shown, {}, Times.CLOCK)
    assert found[0].metric == "rtt_ms"
    assert len(found[0].curves[0].points) > 50


@pytest.mark.parametrize(
    ("width", "count", "columns"), [(40, 6, 1), (80, 6, 2), (120, 5, 2), (200, 6, 3), (200, 2, 2)]
)
def test_charts_use_the_width(width: int, count: int, columns: int) -> None:
    assert figures.columns(width, count) == columns


async def test_nothing_measured_is_not_all_well(show: Show) -> None:
    async with show(FixtureBoard([bare()]), (80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "✓" not in text(pilot) and "nothing was measured" in text(pilot)


def bare() -> Call:
    return Call("bare", "webrtc", NOW - 3, last_frame_at=NOW - 3)


@pytest.mark.parametrize("keys", [[], ["tab"], ["x"], ["i"], ["s"]])
async def test_a_call_of_which_nothing_is_known_has_its_pages(show: Show, keys: list[str]) -> None:
    async with show(FixtureBoard([bare()]), (80, 24)) as pilot:
        await pilot.press("enter", *keys)
        await pilot.pause()
        assert "bare" in text(pilot)
