"""What each key does where calls stand side by side."""

from __future__ import annotations

import pytest

from callmon.tui.screens.compare import ComparePage
from callmon.tui.times import Times
from callmon.tui.widgets.grid import Grid
from tests.tui import details, several, strips
from tests.tui.boards import NOW, FixtureBoard, issue
from tests.tui.conftest import Show
from tests.tui.several import Clock, compare, page, text


async def test_the_cursor_moves_in_all_charts_and_shows_the_values_of_then(show: Show) -> None:
    async with show(several.board(2), (120, 40), clock=Clock()) as pilot:
        await compare(pilot, 2)
        newest = text(pilot)
        await pilot.press("left")
        await pilot.pause()
        now = page(pilot).scene
        assert now is not None and now.cursor is not None
        column = now.clock.column(now.cursor)
        assert column == now.clock.number(NOW - 1) - now.clock.first
        await pilot.press("h", "h")
        await pilot.pause()
        again = page(pilot).scene
        assert again is not None and again.clock.column(again.cursor) == column - 2
        assert text(pilot) != newest
        await pilot.press("right", "l")
        await pilot.pause()
        assert page(pilot).scene is not None
        await pilot.press("right")
        await pilot.pause()
        assert page(pilot).cursor is None
        assert text(pilot) == newest


async def test_the_ends_of_the_time_axis_are_one_key_away(show: Show) -> None:
    async with show(several.board(2), (120, 40), clock=Clock()) as pilot:
        await compare(pilot, 2, "plus", "plus", "plus", "g")
        scene = page(pilot).scene
        assert scene is not None and scene.clock.column(scene.cursor) == 0
        assert scene.clock.number(NOW - details.LASTED) == scene.clock.first
        assert "07:58:0" in text(pilot)
        await pilot.press("G")
        await pilot.pause()
        scene = page(pilot).scene
        assert scene is not None and scene.clock.since <= NOW - 1 < scene.clock.until
        assert scene.cursor is not None and scene.clock.number(scene.cursor) == scene.clock.number(NOW - 1)


async def test_escape_takes_the_cursor_away_before_it_leads_back(show: Show) -> None:
    async with show(several.board(2), (80, 24)) as pilot:
        await compare(pilot, 2, "left", "escape")
        assert page(pilot).cursor is None
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, ComparePage)


async def test_against_a_baseline_what_is_worse_is_flagged(show: Show) -> None:
    async with show(several.board(2), (120, 40), clock=Clock()) as pilot:
        await compare(pilot, 2)
        ids = page(pilot).ids
        good = ids.index("calm-1")
        await pilot.press(str(good + 1), "b")
        await pilot.pause()
        found = text(pilot)
        assert f"against {good + 1}" in found
        assert "baseline Front desk 2" in found
        line = next(line for line in found.splitlines() if "Jitter ms" in line)
        assert "4.0  baseline" in line and "▲" in line and "+" in line
        await pilot.press("d")
        await pilot.pause()
        assert "▲" in next(line for line in text(pilot).splitlines() if "Loss > fair" in line)
        await pilot.press("b")
        await pilot.pause()
        assert page(pilot).baseline is None


async def test_they_part_where_an_issue_begins_that_others_never_had(show: Show) -> None:
    board = FixtureBoard([several.calm(), several.calm("calm-2", "Pharmacy 5")])
    call = board.all[1]
    call.issues.insert(0, issue("dtls-stuck", since=NOW - call.started_at))
    async with show(board, (120, 60)) as pilot:
        await compare(pilot, 2, "d")
        number = page(pilot).ids.index(call.id) + 1
        line = next(line for line in text(pilot).splitlines() if "they first part at" in line)
        assert f": dtls-stuck {number}, not {3 - number}" in line


async def test_what_differs_then_all_facts_then_charts(show: Show) -> None:
    async with show(several.board(2), (120, 60)) as pilot:
        await compare(pilot, 2, "d")
        some = text(pilot)
        assert "they first part at" in some and "Firefox 153" in some
        assert "codec" not in some
        assert not pilot.app.screen.query_one(Grid).display
        await pilot.press("d")
        await pilot.pause()
        assert "codec" in text(pilot)
        await pilot.press("d")
        await pilot.pause()
        assert pilot.app.screen.query_one(Grid).display


async def test_one_clock_or_each_since_its_start(show: Show) -> None:
    async with show(several.board(2), (120, 40)) as pilot:
        await compare(pilot, 2)
        assert page(pilot).times is Times.CLOCK and "by the clock" in text(pilot)
        await pilot.press("t")
        await pilot.pause()
        assert "since each began" in text(pilot)
        await pilot.press("left")
        await pilot.pause()
        assert "at +1:5" in text(pilot)


async def test_calls_that_never_lasted_together_are_shown_since_their_starts(show: Show) -> None:
    async with show(several.apart(), (120, 40)) as pilot:
        await compare(pilot, 2)
        assert page(pilot).times is Times.START
        scene = page(pilot).scene
        assert scene is not None and (scene.clock.first, scene.clock.since_start) == (0, True)


async def test_overlaid_calls_carry_their_numbers(show: Show) -> None:
    async with show(several.board(3), (120, 40), clock=Clock()) as pilot:
        await compare(pilot, 3, "o")
        found = text(pilot)
        assert all(sample in found for sample in ("1─", "2─", "3─"))
        assert found.count("Loss %") == 1
        await pilot.press("o")
        await pilot.pause()
        assert text(pilot).count("Loss %") == 3


async def test_one_scale_or_each_its_own(show: Show) -> None:
    async with show(several.board(2), (120, 40), clock=Clock()) as pilot:
        await compare(pilot, 2)
        tops = [line for line in strips.lines(pilot.app) if "┤" in line][0].split()
        assert tops[0][:-1] == tops[1].partition("┤")[0] or tops.count(tops[0]) == 2
        shared = text(pilot)
        await pilot.press("equals_sign")
        await pilot.pause()
        assert "own scales" in text(pilot) and text(pilot) != shared
        await pilot.press("equals_sign")
        await pilot.pause()
        assert "one scale" in text(pilot)


async def test_the_span_can_be_chosen(show: Show) -> None:
    async with show(several.board(2), (120, 40)) as pilot:
        await compare(pilot, 2, "plus", "plus", "plus")
        assert "last 30 s" in text(pilot)
        scene = page(pilot).scene
        assert scene is not None and scene.clock.cell * scene.clock.cells == pytest.approx(30.0)
        await pilot.press("minus")
        await pilot.pause()
        assert "last 1 min" in text(pilot)


async def test_tab_and_numbers_pick_a_call(show: Show) -> None:
    async with show(several.board(3), (120, 40)) as pilot:
        await compare(pilot, 3, "tab")
        assert page(pilot).target() == page(pilot).ids[1]
        await pilot.press("shift+tab", "shift+tab")
        assert page(pilot).target() == page(pilot).ids[2]
        await pilot.press("1", "4")
        assert page(pilot).target() == page(pilot).ids[0]
        await pilot.pause()
        assert "▸1" in text(pilot)


async def test_values_and_facts_can_be_copied(show: Show) -> None:
    async with show(several.board(2), (120, 40)) as pilot:
        await compare(pilot, 2, "y")
        copied = pilot.app.clipboard
        assert "Front desk 2" in copied and "RTT 40" in copied
        await pilot.press("d", "y")
        assert "they first part" in pilot.app.clipboard


async def test_charts_that_do_not_fit_can_be_scrolled(show: Show) -> None:
    async with show(several.board(2), (80, 24)) as pilot:
        await compare(pilot, 2)
        grid = pilot.app.screen.query_one(Grid)
        assert "Out bit/s" not in text(pilot)
        await pilot.press(*["pagedown"] * 6)
        await pilot.pause()
        assert grid.scroll_offset.y > 0 and "Out bit/s" in text(pilot)
        await pilot.press("k")
        await pilot.pause()
        assert grid.scroll_offset.y < grid.max_scroll_y
