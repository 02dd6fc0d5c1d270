"""What is typed on any page stays with whoever takes it, however often the page is painted."""

from __future__ import annotations

from typing import cast

import pytest
from textual.events import Key

from callmon.engine.quality import Grade
from callmon.tui.app import CallmonApp
from callmon.tui.widgets.commandbar import CommandBar
from callmon.tui.widgets.entry import Entry
from callmon.tui.widgets.filterbar import FilterBar
from callmon.tui.widgets.seekbar import SeekBar
from callmon.tui.widgets.table import Table
from tests.tui import boards, halls
from tests.tui.conftest import Show, until
from tests.tui.scenes import SCENES

PAGES = [
    name
    for name in SCENES
    if name.partition("-")[0]
    in (
        "calls",
        "call",
        "compare",
        "ice",
        "report",
        "rooms",
        "room",
        "participant",
        "dashboard",
        "wallboard",
        "log",
    )
]


@pytest.mark.parametrize("name", PAGES)
async def test_a_command_can_be_typed_on_every_page_while_it_is_painted(name: str, show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await pilot.press(*SCENES[name])
        await pilot.pause()
        page, focused = pilot.app.screen, pilot.app.focused
        await pilot.press("colon")
        for key in "sor":
            await pilot.press(key)
            cast(CallmonApp, pilot.app).paint()
            await pilot.pause()
        bar = page.query_one(CommandBar)
        assert (pilot.app.screen, bar.text, pilot.app.focused) == (page, "sor", bar)
        await pilot.press("escape")
        await pilot.pause()
        assert (pilot.app.screen, pilot.app.focused) == (page, focused)


@pytest.mark.parametrize("opener", ["", "O"])
async def test_keys_typed_right_after_a_filter_are_not_part_of_it(show: Show, opener: str) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await pilot.press(*opener)
        await pilot.pause()
        page = pilot.app.screen
        bar = page.query_one(FilterBar)
        await pilot.press("slash")
        await pilot.pause()
        for key in (*"nobody", "enter", "L"):
            pilot.app.post_message(Key(key, key if len(key) == 1 else "\r"))
        for _ in range(50):
            if pilot.app.screen is not page:
                break
            await pilot.pause()
        assert bar.text == "nobody"
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is page and isinstance(pilot.app.focused, Table)
        await pilot.press("escape")
        await pilot.pause()
        assert bar.text == "" and pilot.app.focused.display


async def test_keys_stay_with_the_table_while_no_call_passes_the_filter(show: Show) -> None:
    board, now = boards.FixtureBoard([boards.make_call("a", Grade.POOR)]), [0.0]
    async with show(board, (80, 24), clock=lambda: now[0]) as pilot:
        await pilot.press("slash", *"is:poor", "enter")
        await pilot.pause()
        table, bar = pilot.app.focused, pilot.app.screen.query_one(FilterBar)
        for grade, there in ((Grade.GOOD, False), (Grade.POOR, True)):
            board.all[0].grade = grade
            board.touch(board.all[0])
            now[0] += 60.0
            cast(CallmonApp, pilot.app).paint()
            await pilot.pause()
            assert pilot.app.focused is table and table is not None and table.display is there
            await pilot.press("x", "j")
            assert bar.text == "is:poor"


async def test_what_cannot_be_read_is_not_kept_however_fast_enter_comes(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await pilot.press("slash")
        await pilot.pause()
        for key in (*"rtt>x", "enter", "1"):
            pilot.app.post_message(Key(key, key if len(key) == 1 else "\r"))
        bar = pilot.app.screen.query_one(FilterBar)
        await until(pilot, lambda: bar.text == "rtt>x1")
        assert pilot.app.focused is bar and bar.wrong is not None
        await pilot.press("escape")
        assert bar.text == ""


@pytest.mark.parametrize(("opener", "bar"), [("colon", CommandBar), ("S", SeekBar)])
async def test_keys_typed_right_after_a_line_are_the_page_s(
    show: Show, opener: str, bar: type[Entry]
) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await pilot.press("colon", *"freeze", "enter")
        await pilot.press(opener)
        await pilot.pause()
        page, line = pilot.app.screen, pilot.app.screen.query_one(bar)
        for key in (*("freeze" if bar is CommandBar else "-1s"), "enter", "L"):
            pilot.app.post_message(Key(key, key if len(key) == 1 else "\r"))
        await until(pilot, lambda: pilot.app.screen is not page)
        assert "L" not in line.text
