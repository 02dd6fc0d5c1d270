"""Panes of lines that scroll: where there are few lines the title says which of them are in sight."""

from __future__ import annotations

import re

import pytest

from callmon.tui.widgets.panel import Panel
from tests.tui import boards, strips
from tests.tui.conftest import Show

LINES = re.compile(r"(\d+)–(\d+) of (\d+)")


@pytest.mark.parametrize("page", ["question_mark", "L"])
async def test_a_low_title_says_which_lines_are_in_sight(show: Show, page: str) -> None:
    board = boards.mixed()
    board.lines = [(boards.NOW + second, f"line {second}") for second in range(40)]
    async with show(board, (40, 12)) as pilot:
        await pilot.press(page)
        await pilot.pause()
        panel = pilot.app.screen.focused
        assert isinstance(panel, Panel)

        def told() -> tuple[int, ...]:
            title = strips.lines(pilot.app)[panel.region.y]
            found = LINES.search(title)
            assert found is not None, title
            return tuple(map(int, found.groups()))

        await pilot.press("g")
        await pilot.pause()
        first, last, count = told()
        assert first == 1 and last == panel.size.height - 1 < count
        await pilot.press("j", "j")
        await pilot.pause()
        assert told() == (3, last + 2, count)
        await pilot.press("G")
        await pilot.pause()
        assert told() == (count - last + 1, count, count)
        board.lines.append((boards.NOW + 50, "one more"))
        board.number += 1
        pilot.app.screen.redraw()  # type: ignore[attr-defined]
        await pilot.pause()
        assert told()[2] == count + (page == "L")


async def test_where_there_is_room_the_scrollbar_says_it(show: Show) -> None:
    async with show(boards.mixed(), (80, 24)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert not LINES.search("\n".join(strips.lines(pilot.app)))
