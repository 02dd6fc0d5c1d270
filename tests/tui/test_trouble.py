"""What the page of a call says is wrong: issues, reasons, and over which time a value is."""

from __future__ import annotations

from textual.pilot import Pilot

from callmon.engine.quality import Grade, Reason
from callmon.tui.widgets.panel import Panel
from tests.tui import details, strips
from tests.tui.boards import NOW, FixtureBoard, issue
from tests.tui.conftest import Show
from tests.tui.test_call import paint, text


def panel(pilot: Pilot[str], id: str) -> str:
    return pilot.app.screen.query_one(f"#{id}", Panel).text


async def test_issues_say_what_to_do_and_the_open_ones_come_first(show: Show) -> None:
    board: FixtureBoard = details.board(details.live())
    async with show(board, (120, 40)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        lines = panel(pilot, "issues").splitlines()
        assert lines[0].startswith("▲ high-packet-loss 6.2 % > 3  mean since 07:58:50, 1:10  ↓ audio")
        assert lines[1].startswith("  → Compare both directions")
        assert lines[2] == "✓ media-stopped for 14s  07:59:20, for 14s  ↓ audio"


async def test_what_never_went_away_ends_with_the_call_and_is_not_ticked_off(show: Show) -> None:
    board = details.board(details.failed())
    call = board.all[0]
    call.issues = [issue("ice-failed", "critical", since=45.0)]
    async with show(board, (120, 40)) as pilot:
        await pilot.press("enter")
        for _ in range(2):
            board.at += 600
            board.touch(call)
            await paint(pilot)
            first = panel(pilot, "issues").splitlines()[0]
            assert first.startswith("▲ ice-failed")
            assert ", for 15s, to the end" in first
        assert "✓" not in text(pilot)


async def test_a_call_that_ended_badly_says_why(show: Show) -> None:
    board = details.board(details.live())
    call = board.all[0]
    call.state, call.ended_at, call.reason, call.grade = "ended", NOW, None, Grade.POOR
    for past in call.issues:
        past.until = NOW - 5
    async with show(board, (120, 40)) as pilot:
        assert strips.lines(pilot.app)[3].startswith("▌■ P high-packet-lo")
        await pilot.press("enter")
        await pilot.pause()
        assert strips.lines(pilot.app)[1].startswith(" ▲ P poor  high-packet-loss")
        call.reason = Reason("media-stopped", "is", 16.0, None, "inbound", "a", "in")
        board.touch(call)
        await paint(pilot)
        assert strips.lines(pilot.app)[1].startswith(" ▲ P poor  media-stopped  Ana")


async def test_a_value_says_over_which_time_it_is(show: Show) -> None:
    board = details.board(details.live())
    call = board.all[0]
    call.legs["a"].streams["in"].window["loss_pct"] = 6.2
    async with show(board, (120, 40)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert strips.lines(pilot.app)[1].startswith(" ▲ P poor  loss↓ 6.2>3 over 30 s  Ana")
        assert "last 30 s" in panel(pilot, "streams")
