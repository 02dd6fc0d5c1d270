from __future__ import annotations

import pytest
from textual.pilot import Pilot

from callmon.engine.ending import summarise
from callmon.query.report import markdown, report
from callmon.tui.screens.report import lines
from callmon.tui.widgets.panel import Panel
from tests.tui import details, strips
from tests.tui.boards import NOW
from tests.tui.conftest import Show

SIZES = [(80, 24), (120, 40), (200, 60)]


def panel(pilot: Pilot[str]) -> Panel:
    return pilot.app.screen.query_one("#report", Panel)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", ["live", "video", "failed"])
async def test_the_report_looks_so(show: Show, size: tuple[int, int], name: str) -> None:
    async with show(details.board(getattr(details, name)()), size) as pilot:
        await pilot.press("s")
        await pilot.pause()
        strips.check(pilot.app, f"report-{name}-{size[0]}x{size[1]}")


async def test_the_report_is_copied_as_markdown(show: Show) -> None:
    call = details.video()
    call.summary = summarise(call, NOW)
    async with show(details.board(call), (80, 24)) as pilot:
        await pilot.press("s", "y")
        await pilot.pause()
        assert pilot.app.clipboard == markdown(report(call, call.summary, "telnyx", NOW))
        assert pilot.app.clipboard.startswith("# Call Design review: good, connected\n")


async def test_of_a_live_call_the_report_goes_on(show: Show) -> None:
    board = details.board(details.live())
    async with show(board, (80, 24)) as pilot:
        await pilot.press("s")
        await pilot.pause()
        assert "Provisional" in panel(pilot).text
        assert "Duration  2:00" in panel(pilot).text
        board.at = NOW + 60
        board.touch(board.all[0])
        pilot.app.paint()  # type: ignore[attr-defined]
        await pilot.pause()
        assert "Duration  3:00" in panel(pilot).text


async def test_the_report_scrolls_and_says_all_that_the_markdown_says(show: Show) -> None:
    call = details.live()
    async with show(details.board(call), (80, 24)) as pilot:
        await pilot.press("s")
        await pilot.pause()
        shown = panel(pilot).text
        for words in (
            "Quality",
            "Time in each grade",
            "Packets and bytes",
            "Issues",
            "Connection",
            "relay-over-tls",
        ):
            assert words in shown
        await pilot.press("G")
        await pilot.pause()
        assert panel(pilot).scroll_offset.y == panel(pilot).max_scroll_y > 0


@pytest.mark.parametrize("width", [20, 40, 60, 100])
def test_a_table_fits_the_screen(width: int) -> None:
    call = details.live()
    blocks = report(call, summarise(call, NOW), "telnyx", NOW)
    table = [
        line for line in lines(blocks, "poor", width) if line and line[0][0].startswith(("RTT", "Metric"))
    ]
    assert len(table) == 2
    if width >= 40:
        assert all(sum(len(text) for text, _ in line) <= width for line in table)
    assert len(table[0]) >= 2
