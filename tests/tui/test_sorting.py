"""The order of calls: by which column, which way, and what is said of it."""

from __future__ import annotations

from callmon.query.catalogue import CATALOGUE
from callmon.tui.screens.overview import Overview
from tests.tui import boards, strips
from tests.tui.conftest import Show
from tests.tui.test_commands import typed
from tests.tui.test_overview import rows


async def test_sorting_goes_from_column_to_column(show: Show) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        await pilot.press("greater_than_sign")
        assert "Why▴" in strips.lines(pilot.app)[2]
        await pilot.press("less_than_sign", "less_than_sign")
        assert "Issues▴" in strips.lines(pilot.app)[2]
        await pilot.press("r")
        assert "Issues▾" in strips.lines(pilot.app)[2]
        await pilot.press("w")
        await pilot.pause()
        assert rows(pilot)[0][1:4] == "▲ P" or "media-stopped" in "".join(rows(pilot)[:2])


async def test_who_sorts_by_the_time_of_calls_sorts_by_what_is_shown_of_it(show: Show) -> None:
    board = boards.mixed()
    for number, call in enumerate(board.all):
        call.last_frame_at = boards.NOW - 7 * number
    async with show(board, (120, 40)) as pilot:
        page = pilot.app.screen
        assert isinstance(page, Overview)
        await pilot.press("j", "k")
        await typed(pilot, "sort duration")
        for _ in range(3):
            for _ in range(2):
                await pilot.pause()
                title = strips.lines(pilot.app)[2]
                column = {"Lasted": "duration", "Began": "started", "Heard": "age"}[
                    next(word for word in ("Lasted", "Began", "Heard") if word in title)
                ]
                calls = [board.call(id) for id in page._order.ids]
                keys = [CATALOGUE[column].key_of(call, boards.NOW) for call in calls if call is not None]
                known = [key for key in keys if key is not None]
                assert len(set(known)) > 2 and known == sorted(known, reverse="▾" in title), title
                await pilot.press("r")
            await pilot.press("t")
