"""The table draws no more than what changed."""

from __future__ import annotations

from callmon.tui.screens.overview import LOOK_S
from tests.tui import boards
from tests.tui.conftest import Show
from tests.tui.test_overview import Clock, paint, table


async def test_one_call_more_moves_the_thumb_and_draws_no_row(show: Show) -> None:
    board, clock = boards.crowd(100), Clock()
    async with show(board, (100, 20), clock=clock) as pilot:
        clock.now += 60.0
        await pilot.press("j")
        await pilot.pause()
        rendered: list[int] = []
        inner = table(pilot).render_line
        table(pilot).render_line = lambda y: rendered.append(y) or inner(y)  # type: ignore[method-assign,func-returns-value]
        board.all.append(boards.healthy(100))
        board.number += 1
        clock.now += LOOK_S
        await paint(pilot)
        await pilot.pause()
        assert rendered == []
        assert table(pilot).max_scroll_y == 101 + 1 - table(pilot).size.height
        await pilot.press("G")
        assert table(pilot).chosen == table(pilot)._rows.ids[100]
