from __future__ import annotations

from typing import cast

import pytest
from textual import events
from textual.pilot import Pilot

from callmon.engine.quality import Grade
from callmon.query.view import View
from callmon.tui.app import CallmonApp
from callmon.tui.order import REORDER_S
from callmon.tui.rows import provider_name
from callmon.tui.screens.overview import LOOK_S
from callmon.tui.widgets.filterbar import FilterBar
from callmon.tui.widgets.table import SCREENS_KEPT, Table
from tests.tui import boards, strips
from tests.tui.conftest import Show, until


class Clock:
    """A steady clock that goes only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def table(pilot: Pilot[str]) -> Table:
    return pilot.app.screen.query_one(Table)


async def paint(pilot: Pilot[str]) -> None:
    """One tick of painting, and what it leads to."""
    assert isinstance(pilot.app, CallmonApp)
    pilot.app.paint()
    await pilot.pause()


def rows(pilot: Pilot[str]) -> list[str]:
    """The rows of calls that are on the screen."""
    return [line for line in strips.lines(pilot.app)[3:-1] if line.strip()]


async def test_the_worst_call_is_on_top_with_its_reason(show: Show) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        found = rows(pilot)
        assert found[0].startswith("▌▲ P") and "media-stopped" in found[0]
        assert "loss↓ 6.2>3" in found[1]
        assert "■ G" in found[-2] and "✗ –" in found[-1]


async def test_a_change_costs_the_strips_of_the_rows_that_changed(show: Show) -> None:
    board = boards.crowd(500)
    clock = Clock()
    view = View(columns=("grade", "call", "rtt_ms", "loss_pct"))
    async with show(board, (120, 40), clock=clock, view=view) as pilot:
        built = table(pilot).built
        assert built <= 2 * table(pilot).page_rows
        visible, hidden = table(pilot)._rows.ids[2:9], table(pilot)._rows.ids[100:400]
        for id in (*visible, *hidden):
            call = board.call(id)
            assert call is not None
            call.metrics["rtt_ms"] = 149.0
            board.touch(call)
        await paint(pilot)
        assert table(pilot).built == built, "what a call measures is drawn once a second"
        board.at += 1.0
        await paint(pilot)
        assert table(pilot).built == built + len(visible)
        await paint(pilot)
        assert table(pilot).built == built + len(visible)


async def test_nothing_is_drawn_when_nothing_changed(show: Show) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        await pilot.pause()
        drawn: list[object] = []
        app = pilot.app
        app.post_display_hook = lambda: drawn.append(1)  # type: ignore[method-assign]
        for _ in range(5):
            await paint(pilot)
        assert drawn == []


async def test_the_cache_of_strips_is_bounded(show: Show) -> None:
    async with show(boards.crowd(2000), (100, 20)) as pilot:
        for _ in range(40):
            await pilot.press("pagedown")
        kept = len(table(pilot)._strips)
        assert kept <= SCREENS_KEPT * 20


async def test_the_cursor_stays_on_its_call_when_the_order_changes(show: Show) -> None:
    board, clock = boards.crowd(60), Clock()
    async with show(board, (100, 24), clock=clock) as pilot:
        for _ in range(5):
            await pilot.press("j")
        chosen = table(pilot).chosen
        assert chosen is not None
        worse = board.call(table(pilot)._rows.ids[30])
        assert worse is not None
        worse.grade = Grade.POOR
        board.touch(worse)
        clock.now += REORDER_S + LOOK_S
        await paint(pilot)
        assert table(pilot)._rows.ids[0] == worse.id
        assert table(pilot).chosen == chosen
        assert rows(pilot)[6].startswith("▌")


async def test_rows_do_not_move_within_two_seconds_of_a_key(show: Show) -> None:
    board, clock = boards.crowd(30), Clock()
    async with show(board, (100, 24), clock=clock) as pilot:
        before = list(table(pilot)._rows.ids)
        clock.now += 60
        await pilot.press("j")
        worse = board.call(before[20])
        assert worse is not None
        worse.grade = Grade.POOR
        board.touch(worse)
        clock.now += 1.5
        await paint(pilot)
        assert list(table(pilot)._rows.ids) == before
        clock.now += 1.0
        await paint(pilot)
        assert table(pilot)._rows.ids[0] == worse.id


async def test_the_cursor_of_a_call_that_went_stays_in_its_place(show: Show) -> None:
    board, clock = boards.crowd(30), Clock()
    async with show(board, (100, 24), clock=clock) as pilot:
        await pilot.press("j", "j", "j")
        ids = list(table(pilot)._rows.ids)
        board.all.remove(next(call for call in board.all if call.id == ids[3]))
        board.number += 1
        clock.now += 5
        await paint(pilot)
        assert table(pilot).chosen == ids[4]


async def test_the_cursor_is_in_sight_when_the_screen_becomes_lower(show: Show) -> None:
    async with show(boards.crowd(60), (100, 24)) as pilot:
        for key in ("G", "g", "pagedown"):
            await pilot.press(key)
            await pilot.resize_terminal(100, 12)
            await pilot.pause()
            assert any(row.startswith("▌") for row in rows(pilot)), key
            await pilot.resize_terminal(100, 24)
            await pilot.pause()


async def test_movement(show: Show) -> None:
    async with show(boards.crowd(200), (100, 24)) as pilot:
        ids = list(table(pilot)._rows.ids)
        for key, at in (("G", 199), ("k", 198), ("g", 0), ("down", 1), ("end", 199), ("home", 0)):
            await pilot.press(key)
            assert table(pilot).chosen == ids[at], key
        await pilot.press("pagedown")
        page = ids.index(table(pilot).chosen or "")
        assert page > 10
        await pilot.press("ctrl+f", "ctrl+b", "pageup")
        assert table(pilot).chosen == ids[0]


async def test_a_filter_applies_as_it_is_typed_and_escape_restores(show: Show) -> None:
    async with show(boards.mixed(), (80, 24)) as pilot:
        await pilot.press("slash", *"agent")
        await pilot.pause()
        assert len(rows(pilot)) == 7  # six calls and the filter itself
        assert "6/13" in strips.lines(pilot.app)[-3]
        await pilot.press("escape")
        await pilot.pause()
        assert len(rows(pilot)) == 13
        assert not pilot.app.screen.query_one(FilterBar).display


async def test_enter_keeps_a_filter_and_escape_takes_it_away(show: Show) -> None:
    async with show(boards.mixed(), (80, 24)) as pilot:
        await pilot.press("slash", *"okafor", "enter")
        await pilot.pause()
        assert pilot.app.focused is table(pilot)
        assert "1/13" in strips.lines(pilot.app)[-2]
        assert "Clear" in strips.lines(pilot.app)[-1]
        await pilot.press("escape")
        await pilot.pause()
        assert len(rows(pilot)) == 13


async def test_a_filter_can_be_typed_ahead(show: Show) -> None:
    async with show(boards.mixed(), (80, 24)) as pilot:
        for key in ("slash", "k", "i", "o"):
            pilot.app.post_message(events.Key(key, "/" if key == "slash" else key))
        await until(pilot, lambda: pilot.app.screen.query_one(FilterBar).text == "kio")


async def test_what_is_typed_into_a_filter_does_nothing_else(show: Show) -> None:
    async with show(boards.mixed(), (80, 24)) as pilot:
        await pilot.press("slash", *"qpQ?L")
        await pilot.pause()
        assert pilot.app.is_running
        assert pilot.app.screen.query_one(FilterBar).text == "qpQ?L"
        assert "No call matches qpQ?L" in "\n".join(strips.lines(pilot.app))


async def test_freezing_stops_the_screen_and_not_the_work(show: Show) -> None:
    board = boards.mixed()
    async with show(board, (80, 24)) as pilot:
        await pilot.press("p")
        board.all[0].metrics["rtt_ms"] = 999.0
        board.touch(board.all[0])
        board.health[0].frames += 3120
        board.at += 41
        await paint(pilot)
        text = "\n".join(strips.lines(pilot.app))
        assert "FROZEN 00:41 · 3 120 frames behind" in text
        assert "999" not in text
        await pilot.press("p")
        await paint(pilot)
        text = "\n".join(strips.lines(pilot.app))
        assert "FROZEN" not in text and "999" in text


async def test_times_by_the_clock_or_since(show: Show) -> None:
    async with show(boards.mixed(0), (80, 24)) as pilot:
        assert "1:02:05" in "\n".join(rows(pilot))
        assert "Lasted" in strips.lines(pilot.app)[2]
        await pilot.press("t")
        assert "Heard" in strips.lines(pilot.app)[2]
        await pilot.press("t")
        assert "Began" in strips.lines(pilot.app)[2]
        assert "06:57:55" in "\n".join(rows(pilot))


async def test_a_filter_that_is_dropped_gives_the_cursor_back(show: Show) -> None:
    async with show(boards.crowd(30), (100, 24)) as pilot:
        await pilot.press(*"jjjjj")
        chosen = table(pilot).chosen
        await pilot.press("slash", *"29")
        await pilot.pause()
        assert table(pilot).chosen not in (None, chosen)
        await pilot.press("escape")
        await pilot.pause()
        assert table(pilot).chosen == chosen
        assert rows(pilot)[5].startswith("▌")


async def test_a_word_does_not_hide_the_keys_of_typing(show: Show) -> None:
    async with show(boards.mixed(), (80, 24)) as pilot:
        await pilot.press("w")
        await pilot.pause()
        assert "worst first" in strips.lines(pilot.app)[-1]
        await pilot.press("slash")
        await pilot.pause()
        assert "Keep" in strips.lines(pilot.app)[-1]


async def test_while_the_first_calls_come_the_worst_is_on_top_and_under_the_cursor(show: Show) -> None:
    board, clock = boards.crowd(1), Clock()
    async with show(board, (100, 24), clock=clock) as pilot:
        for number in (2, 3, 4):
            call = boards.healthy(number)
            call.grade = Grade.POOR if number == 3 else Grade.GOOD
            board.all.append(call)
            board.touch(call)
            clock.now += 0.5
            await paint(pilot)
        assert table(pilot)._rows.ids[0] == table(pilot).chosen == boards.healthy(3).id
        await pilot.press("j")
        chosen = table(pilot).chosen
        worse = boards.healthy(5)
        worse.grade = Grade.POOR
        board.all.insert(0, worse)
        board.touch(worse)
        clock.now += LOOK_S
        await paint(pilot)
        assert table(pilot)._rows.ids[-1] == worse.id
        assert table(pilot).chosen == chosen


async def test_no_frame_is_laid_out_for_a_scrollbar_that_is_not_there_yet(show: Show) -> None:
    board, clock = boards.empty(), Clock()
    async with show(board, (60, 20), clock=clock) as pilot:
        board.all.extend(boards.crowd(50).all)
        board.number += 1
        clock.now += LOOK_S
        cast(CallmonApp, pilot.app).paint()
        titles = table(pilot)._titles
        await pilot.pause()
        assert table(pilot)._titles == titles


async def test_where_no_call_is_live_the_grades_are_those_of_the_ended_ones(show: Show) -> None:
    board = boards.mixed()
    board.all = [call for call in board.all if call.over]
    async with show(board, (120, 24)) as pilot:
        assert "0 live · 2 over   ▲ 0 poor   ◐ 0 fair   ● 1 good   ? 1 unknown" in strips.lines(pilot.app)[1]


async def test_copying_goes_through_the_terminal(show: Show) -> None:
    async with show(boards.mixed(), (80, 24)) as pilot:
        await pilot.press("y")
        assert pilot.app.clipboard == table(pilot).chosen
        await pilot.pause()
        assert "copied call id" in strips.lines(pilot.app)[-1]


async def test_an_empty_board_says_how_to_send_frames(show: Show) -> None:
    async with show(boards.empty(), (80, 24), address="http://127.0.0.1:7880") as pilot:
        text = "\n".join(strips.lines(pilot.app))
        assert '<script src="http://127.0.0.1:7880/callmon.js"></script>' in text
        assert "curl http://127.0.0.1:7880/ingest/webrtc" in text
        assert "callmon demo" in text


async def test_an_empty_board_fills(show: Show) -> None:
    board, clock = boards.empty(), Clock()
    async with show(board, (80, 24), clock=clock) as pilot:
        board.all.append(boards.healthy(1))
        board.number += 1
        clock.now += LOOK_S
        await paint(pilot)
        await pilot.pause()
        assert "Agent 01" in rows(pilot)[0]
        assert table(pilot).has_focus


async def test_a_click_moves_the_cursor_and_a_second_opens(show: Show) -> None:
    async with show(boards.mixed(), (80, 24)) as pilot:
        ids = list(table(pilot)._rows.ids)
        await pilot.click(Table, offset=(10, 3))
        assert table(pilot).chosen == ids[2]
        await pilot.click(Table, offset=(10, 3))
        await pilot.pause()
        assert len(pilot.app.screen_stack) == 2


async def test_narrow_screens_still_show_calls(show: Show) -> None:
    for width, height in ((60, 12), (40, 8), (20, 6)):
        async with show(boards.mixed(), (width, height)) as pilot:
            assert rows(pilot)[0].startswith("▌▲ P"), width
            assert all(len(line) <= width for line in strips.lines(pilot.app))


async def test_the_board_is_told_which_calls_are_on_the_screen(show: Show) -> None:
    board = boards.crowd(100)
    async with show(board, (100, 20)) as pilot:
        ids = list(table(pilot)._rows.ids)
        assert board.attention == frozenset(ids[: table(pilot).page_rows])
        await pilot.press("end")
        await paint(pilot)
        assert board.attention == frozenset(ids[-table(pilot).page_rows :])
        await pilot.press("enter")
        await pilot.pause()
        assert board.attention == {ids[-1]}


@pytest.mark.parametrize(
    ("name", "size", "shown"),
    [
        ("twilio-voice", 12, "twilio-voice"),
        ("twilio-voice", 9, "tw-voice"),
        ("twilio-voice", 7, "voice"),
        ("twilio-video", 6, "video"),
        ("callstats", 6, "callstats"),
        ("daily", 6, "daily"),
    ],
)
def test_two_products_of_one_vendor_differ_in_the_narrowest_column(name: str, size: int, shown: str) -> None:
    assert provider_name(name, size) == shown
