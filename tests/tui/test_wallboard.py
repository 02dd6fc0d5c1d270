"""The wallboard: any size, no key, nothing that moves by itself."""

from __future__ import annotations

import re
from typing import cast

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from callmon.board import EmptyBoard
from callmon.cli import commands
from callmon.cli.main import build_parser
from callmon.engine.quality import Grade
from callmon.tui import digits
from callmon.tui.app import CallmonApp
from callmon.tui.line import cells
from callmon.tui.screen import Page
from callmon.tui.screens.wallboard import WallboardPage
from callmon.tui.wall import Wall, needy, wall
from callmon.tui.widgets.panel import Panel
from tests.tui import boards, halls, strips
from tests.tui.conftest import Show

SIZES = ((80, 24), (120, 40), (200, 60), (40, 12))


def top(pilot: Pilot[str]) -> Page:
    assert isinstance(pilot.app.screen, Page)
    return pilot.app.screen


def text(pilot: Pilot[str]) -> str:
    return "\n".join(strips.lines(pilot.app))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_it_looks_so(show: Show, size: tuple[int, int]) -> None:
    async with show(halls.board(), size) as pilot:
        await pilot.press("W")
        await pilot.pause()
        strips.check(pilot.app, f"wallboard-{size[0]}x{size[1]}")


@pytest.mark.parametrize("theme", ["light", "mono"])
async def test_other_colours_lose_nothing(show: Show, theme: str) -> None:
    found = []
    for shown in ("dark", theme):
        async with show(halls.board(), (120, 40), theme=shown) as pilot:
            await pilot.press("W")
            await pilot.pause()
            found.append(text(pilot))
    assert found[0] == found[1]


async def test_the_same_key_leads_there_and_back(show: Show) -> None:
    async with show(halls.board()) as pilot:
        for key in ("W", "escape", "q"):
            await pilot.press("W")
            assert top(pilot).NAME == "wallboard"
            await pilot.press(key)
            assert top(pilot).NAME == "calls"


async def test_it_changes_only_by_what_it_tells(show: Show) -> None:
    board = halls.board()
    async with show(board, (120, 40)) as pilot:
        await pilot.press("W")
        await pilot.pause()
        page = pilot.app.screen
        assert isinstance(page, WallboardPage)
        panel = page.query_one("#wall", Panel)
        before = panel.text
        for _ in range(3):
            page.redraw()
            await pilot.pause()
            assert panel.text == before
        call = next(call for call in board.all if call.grade is Grade.GOOD and not call.over)
        call.grade = Grade.POOR
        board.touch(call)
        page._order._ordered_at = page._looked_at = float("-inf")
        page.redraw()
        await pilot.pause()
        assert panel.text != before


async def test_what_must_not_be_overlooked_is_there(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await pilot.press("p", "W")
        await pilot.pause()
        assert "FROZEN" in text(pilot)


async def test_all_is_well_and_no_calls_are_said(show: Show) -> None:
    for board, word in ((boards.crowd(4), "All is well"), (boards.empty(), "No calls yet.")):
        async with show(board, (80, 24)) as pilot:
            await pilot.press("W")
            await pilot.pause()
            assert word in text(pilot)


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (200, 60), (20, 6)], ids=str)
async def test_hostile_strings_stay_in_their_cells(show: Show, size: tuple[int, int]) -> None:
    async with show(halls.hostile(), size) as pilot:
        await pilot.press("W")
        await pilot.pause()
        for line in strips.lines(pilot.app):
            assert cell_len(line) == size[0] and line.isprintable()


async def test_a_tall_wall_is_filled_and_no_word_is_cut(show: Show) -> None:
    async with show(halls.board(), (45, 40)) as pilot:
        await pilot.press("W")
        await pilot.pause()
        lines = strips.lines(pilot.app)
        assert any("◐ F fair" in line and "? – unknown " in line for line in lines)
        begin, end = (
            next(n for n, line in enumerate(lines) if word in line)
            for word in ("Calls under way with", "07:30")
        )
        assert end - begin >= 15, "\n".join(lines)


@pytest.mark.parametrize("size", [(30, 8), (34, 8), (40, 12), (44, 12)], ids=str)
async def test_the_share_with_issues_is_whole_on_a_narrow_wall(show: Show, size: tuple[int, int]) -> None:
    async with show(halls.board(), size) as pilot:
        await pilot.press("W")
        await pilot.pause()
        first = strips.lines(pilot.app)[0]
        assert re.search(r"\d+ ?% (had )?issues ", first) and "…" not in first, first


@pytest.mark.parametrize("charts", ["braille", "ascii"])
def test_every_size_has_its_layout(charts: str) -> None:
    board = halls.board()
    worst = needy(board.calls())
    for width in range(10, 241, 10):
        for height in range(3, 70, 3):
            lines = wall(Wall(board, worst, None, charts), width, height)
            assert len(lines) == height
            assert all(cells(line) <= width for line in lines)
            found = "\n".join("".join(part for part, _ in line) for line in lines)
            if width >= 30 and height >= 6:
                assert "Ana" in found or "standup" in found, (width, height)
                assert "down" in found


def test_big_digits_are_equally_high_and_wide() -> None:
    for charts in ("braille", "ascii"):
        for height in (digits.BIG, digits.HUGE):
            for number in ("0", "17", "123456789"):
                rows = digits.big(number, height, charts)
                assert len(rows) == digits.lines(height, charts)
                assert len({len(row) for row in rows}) == 1
    assert digits.big("0", digits.BIG) == ["█▀█", "█ █", "▀▀▀"]
    assert len({tuple(digits.big(str(n), digits.BIG)) for n in range(10)}) == 10


async def test_callmon_can_begin_with_it(show: Show) -> None:
    async with show(EmptyBoard(lambda: 0.0), begins_with="wallboard") as pilot:
        cast(CallmonApp, pilot.app).attach(halls.board())
        await pilot.pause()
        assert top(pilot).NAME == "wallboard"
        await pilot.press("W")
        assert top(pilot).NAME == "calls"


@pytest.mark.parametrize("command", [[], ["demo"], ["open", "a"], ["watch", "CA1"], ["replay", "a"]], ids=str)
def test_every_command_with_a_screen_takes_the_option(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "configured", lambda options: False)
    parser = build_parser()
    assert commands.look_of(parser.parse_args([*command, "--wallboard"]))["begins_with"] == "wallboard"
    assert "begins_with" not in commands.look_of(parser.parse_args(command))


async def test_calls_that_are_all_over_are_not_all_well(show: Show) -> None:
    board = boards.mixed()
    board.all = [call for call in board.all if call.over]
    async with show(board, (120, 40)) as pilot:
        await pilot.press("W")
        await pilot.pause()
        text = "\n".join(strips.lines(pilot.app))
        assert "All is well" not in text and "No call is live; 2 are over." in text
