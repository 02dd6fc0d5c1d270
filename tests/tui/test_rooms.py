"""The pages of rooms, of one room and of one participant."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from callmon.query.people import FACTS
from callmon.query.rooms import LISTED, rooms
from callmon.tui.screen import Page
from callmon.tui.screens.call import CallPage
from callmon.tui.screens.participant import ParticipantPage
from callmon.tui.screens.room import RoomPage
from callmon.tui.screens.rooms import RoomsPage
from callmon.tui.sheet import lay_out
from callmon.tui.widgets.filterbar import FilterBar
from tests.tui import boards, halls, strips
from tests.tui.boards import NOW
from tests.tui.conftest import Show, until

SIZES = ((80, 24), (120, 40), (200, 60), (40, 12))


def text(pilot: Pilot[str]) -> str:
    return "\n".join(strips.lines(pilot.app))


def top(pilot: Pilot[str]) -> Page:
    assert isinstance(pilot.app.screen, Page)
    return pilot.app.screen


async def press(pilot: Pilot[str], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("rooms", "O"),
        ("room", "O enter"),
        ("room-conference", "O j enter"),
        ("participant", "O enter enter"),
        ("participant-receive", "O enter enter tab"),
    ],
)
async def test_it_looks_so(show: Show, name: str, keys: str, size: tuple[int, int]) -> None:
    async with show(halls.board(), size) as pilot:
        for key in keys.split():
            await press(pilot, key)
        strips.check(pilot.app, f"{name}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("theme", ["light", "mono"])
async def test_other_colours_lose_nothing(show: Show, theme: str) -> None:
    found: list[str] = []
    for shown in ("dark", theme):
        async with show(halls.board(), (120, 40), theme=shown) as pilot:
            for key in ("O", "enter", "enter"):
                await press(pilot, key)
                found.append(text(pilot))
    assert found[:3] == found[3:]


async def test_enter_leads_down_and_escape_up_and_the_way_is_kept(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await press(pilot, "O", "greater_than_sign", "j")
        rooms = pilot.app.screen
        assert isinstance(rooms, RoomsPage) and rooms.target() is not None
        chosen = rooms.target()
        opened = []
        for _ in range(2):
            await press(pilot, "enter")
            opened.append(top(pilot))
        assert [page.NAME for page in opened] == ["room", "participant"]
        assert [page.target() for page in opened] == [chosen, chosen]
        await press(pilot, "escape", "escape")
        assert top(pilot) is rooms
        assert (rooms.sort, rooms.target()) == ("room", chosen)
        await press(pilot, "escape")
        assert top(pilot).NAME == "calls"


async def test_the_keys_of_a_call_mean_the_call_of_the_participant(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await press(pilot, "O", "enter", "enter", "i")
        assert strips.lines(pilot.app)[0].startswith(
            " callmon calls ▸ rooms ▸ standup ▸ Chidi Petrova ▸ standup ▸ ICE"
        )
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, CallPage)


async def test_every_fact_can_be_sorted_by_and_is_shown_then(show: Show) -> None:
    async with show(halls.board(), (60, 24)) as pilot:
        for opening, heads in (("O", LISTED), ("enter", FACTS)):
            await press(pilot, opening)
            page = pilot.app.screen
            assert isinstance(page, RoomsPage | RoomPage)
            seen = set()
            for _ in heads:
                await press(pilot, "greater_than_sign")
                seen.add(page.sort)
                down = heads[page.sort].worst_first
                assert "▴▾"[down] in strips.lines(pilot.app)[page.table.region.y], page.sort
            assert seen == heads.keys()
            await press(pilot, "r")
            assert page.reverse and "▴▾"[not heads[page.sort].worst_first] in text(pilot)
            await press(pilot, "w")
            assert (page.sort, page.reverse) == ("grade", False)
            await press(pilot, "less_than_sign")
            assert page.sort == list(heads)[-1]
            await press(pilot, "w")


async def test_rooms_are_filtered_as_one_types(show: Show) -> None:
    async with show(halls.board(), (100, 24)) as pilot:
        await press(pilot, "O", "slash", *"design")
        rooms = pilot.app.screen
        assert isinstance(rooms, RoomsPage) and rooms.order.ids == [halls.over().id]
        assert "1/3" in text(pilot)
        await press(pilot, "enter", "escape")
        assert len(rooms.order.ids) == 3


async def test_the_filter_of_rooms_is_completed_by_what_rooms_have(show: Show) -> None:
    async with show(halls.board(), (100, 24)) as pilot:
        await press(pilot, "O", "slash", *"provider=")
        page = pilot.app.screen
        assert isinstance(page, RoomsPage)
        bar, calls = page.query_one(FilterBar), pilot.app.board().calls()  # type: ignore[attr-defined]
        offered = {one.text for one in bar._offers}
        assert offered == {call.provider for call in rooms(calls)} != {call.provider for call in calls}
        await press(pilot, "tab")
        assert bar.text == f"provider={min(offered)}"


async def test_without_rooms_it_says_what_a_room_is(show: Show) -> None:
    async with show(boards.crowd(3), (80, 24)) as pilot:
        await press(pilot, "O")
        assert "No rooms yet." in text(pilot)
        await press(pilot, "escape")
        assert "callmon calls ▸" not in text(pilot)


async def test_who_is_affected_and_who_left_is_told(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await press(pilot, "O", "enter")
        found = text(pilot)
        assert "affected ▲ P Chidi Petrova rtt↑ 431>300" in found
        assert "left   Hanna Diallo  disconnected_via_api  2 there" in found
        assert "at once 3 · in all 4 · identities 3" in found
        await press(pilot, "t")
        assert "+2:25" in text(pilot)


async def test_the_head_keeps_who_is_there_now_apart_from_rooms_that_are_over(show: Show) -> None:
    board = halls.board()
    live, gone = halls.standup(), halls.over()
    gone.issues = [halls.issue("participant-rtt", "s1", 700.0, 650.0)]
    board.all = [live, gone]
    async with show(board, (80, 24)) as pilot:
        await press(pilot, "O")
        assert "1 room, 3 people there, 1 affected · 1 over, 1 affected" in text(pilot)
        board.all = [live, halls.conference()]
        for id in ("PA1", "PA4"):
            live.legs[id].left_at = NOW - 20
        live.issues = []
        board.touch(live)
        top(pilot).redraw()
        assert "2 rooms, 3 people there, 0 affected" in text(pilot)
        assert "over" not in text(pilot)


async def test_send_and_receive_are_the_participants_own(show: Show) -> None:
    async with show(halls.board(), (120, 60)) as pilot:
        await press(pilot, "O", "enter", "enter", "G")
        sent = text(pilot)
        assert "▸Send" in sent and "video out-video-PA2" in sent and "in-audio-PA2" not in sent
        assert "Intervals of 10 s" in sent
        await press(pilot, "tab", "G")
        received = text(pilot)
        assert "▸Receive" in received and "in-audio-PA2" in received and "out-video-PA2" not in received


async def test_a_conference_shows_the_connections_of_its_participants(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await press(pilot, "O", "j", "enter")
        assert "Ana Ruiz" in text(pilot) and "→ server" not in text(pilot)
        await press(pilot, "enter", "G")
        assert "audio out-audio-ana/f1" in text(pilot)


async def test_a_room_that_is_gone_is_said_to_be(show: Show) -> None:
    board = halls.board()
    async with show(board, (80, 24)) as pilot:
        await press(pilot, "O", "enter", "enter")
        board.all = board.all[1:]
        board.number += 1
        for _ in range(2):
            page = pilot.app.screen
            assert isinstance(page, RoomPage | ParticipantPage)
            page.redraw()
            await pilot.pause()
            assert "This call is not there" in text(pilot)
            await press(pilot, "escape")
        assert isinstance(pilot.app.screen, RoomsPage)


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (200, 60)], ids=str)
async def test_hostile_strings_stay_in_their_cells(show: Show, size: tuple[int, int]) -> None:
    async with show(halls.hostile(), size) as pilot:
        for keys in ("O", "enter", "enter", "tab"):
            await press(pilot, keys)
            for line in strips.lines(pilot.app):
                assert cell_len(line) == size[0]
                assert line.isprintable()


async def test_nothing_is_drawn_again_where_nothing_changed(show: Show) -> None:
    board = halls.board()
    async with show(board, (120, 40)) as pilot:
        for key in ("O", "enter"):
            await press(pilot, key)
            page = pilot.app.screen
            assert isinstance(page, RoomsPage | RoomPage)
            page.redraw()
            await pilot.pause()
            built = page.table.built
            board.at = NOW + 0.4
            page.redraw()
            await pilot.pause()
            assert page.table.built == built
            board.touch(board.all[0])
            page.redraw()
            await pilot.pause()
            assert built < page.table.built <= built + 4


@pytest.mark.parametrize("width", range(1, 241, 7))
def test_a_row_has_the_width_there_is(width: int) -> None:
    for heads in (LISTED, FACTS):
        sheet = lay_out(width, heads, "issues")
        assert sum(size for _, size in sheet.columns) + len(sheet.columns) - 1 <= max(width, 1) + 2
        keys = [head.key for head, _ in sheet.columns]
        assert keys == [key for key in heads if key in keys]


async def test_a_filter_that_cannot_be_read_leaves_the_rooms_as_they_are(show: Show) -> None:
    async with show(halls.board(), (100, 24)) as pilot:
        await pilot.press("O")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomsPage))
        await pilot.pause()
        await pilot.press("slash", *"standup", "space", *"and", "space", "left_parenthesis")
        await pilot.pause()
        text = "\n".join(strips.lines(pilot.app))
        assert "standup" in text and "class-7b" not in text and "^" in text
