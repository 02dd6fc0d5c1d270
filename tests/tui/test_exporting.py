"""Exporting from the screens: the menu, what is written, and what is said of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import cast

import pytest
from textual.pilot import Pilot

from callmon.exports.exporter import Exporter
from callmon.tui.app import CallmonApp
from callmon.tui.menu import Menu
from callmon.tui.shots import SHOWN, shoot
from tests.exports import worlds
from tests.tui import boards, details, strips
from tests.tui.conftest import Show, until

SIZES = [(80, 24), (120, 40)]


def given(pilot: Pilot[str], folder: Path) -> CallmonApp:
    app = cast(CallmonApp, pilot.app)
    app.exporter = Exporter(None, folder)
    return app


def last_line(app: CallmonApp) -> str:
    return strips.lines(app)[-1]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("name", "keys"), [("call", ("e", "down", "space")), ("view", ("E",))])
async def test_the_menu_looks_so(
    show: Show, tmp_path: Path, name: str, keys: tuple[str, ...], size: tuple[int, int]
) -> None:
    async with show(boards.mixed(), size) as pilot:
        app = given(pilot, tmp_path)
        await pilot.press(*keys)
        await pilot.pause()
        strips.check(app, f"menu-{name}-{size[0]}x{size[1]}")


async def test_all_calls_that_are_shown_are_written(show: Show, tmp_path: Path) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        app = given(pilot, tmp_path)
        await pilot.press("slash", *"agent", "enter", "E")
        await pilot.pause()
        assert any("Export 6 calls" in line for line in strips.lines(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "6 calls → " in last_line(app))
        (path,) = tmp_path.glob("callmon-*.json")
        found = json.loads(path.read_text("utf-8"))
        assert len(found["calls"]) == 6
        assert "Agent" not in path.read_text("utf-8")


async def test_a_letter_takes_its_format_and_space_says_names_as_they_are(show: Show, tmp_path: Path) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        app = given(pilot, tmp_path)
        await pilot.press("E", "space", "c")
        await until(pilot, lambda: ", not masked" in last_line(app))
        (path,) = tmp_path.glob("callmon-*.csv")
        assert "Ana Ruiz" in path.read_text("utf-8")


async def test_the_report_of_the_call_that_is_looked_at(show: Show, tmp_path: Path) -> None:
    async with show(details.board(details.live()), (120, 40)) as pilot:
        app = given(pilot, tmp_path)
        await pilot.press("enter", "e", "m")
        await until(pilot, lambda: "1 call → " in last_line(app))
        (path,) = tmp_path.glob("callmon-*.md")
        assert path.read_text("utf-8").startswith("# Call ")


@pytest.mark.parametrize("keys", [("e", "escape"), ("E", "q")])
async def test_escape_exports_nothing(show: Show, tmp_path: Path, keys: tuple[str, ...]) -> None:
    async with show(boards.mixed(), (80, 24)) as pilot:
        app = given(pilot, tmp_path)
        await pilot.press(keys[0])
        await until(pilot, lambda: isinstance(app.screen, Menu))
        await pilot.press(keys[1])
        await until(pilot, lambda: not isinstance(app.screen, Menu))
        assert os.listdir(tmp_path) == []


async def test_what_has_nothing_in_it_is_said(show: Show, tmp_path: Path) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        app = given(pilot, tmp_path)
        await pilot.press("e", "r")
        await until(pilot, lambda: "nothing of the call is kept here" in last_line(app))
        assert os.listdir(tmp_path) == []


async def test_a_place_that_cannot_be_written_is_said(show: Show, tmp_path: Path) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        app = given(pilot, tmp_path / "nowhere")
        await pilot.press("E", "c")
        await until(pilot, lambda: "choose another place" in last_line(app))


async def test_without_anybody_who_exports_the_keys_do_nothing(show: Show) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        await pilot.press("e", "E", "B")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, Menu)
        assert "Export" not in last_line(cast(CallmonApp, pilot.app))


async def test_the_ticket_of_a_call_has_pictures_and_leaves_the_screen_alone(
    show: Show, tmp_path: Path
) -> None:
    world = worlds.recording("voice_opus_loss5-a")
    async with show(world.watch.board, (120, 40)) as pilot:
        app = cast(CallmonApp, pilot.app)
        app.exporter = Exporter(world.tape, tmp_path, shoot)
        before = strips.lines(app)[:-1]
        await pilot.press("B")
        await until(pilot, lambda: "31 messages → " in last_line(app), 20.0)
        assert strips.lines(app)[:-1] == before
        (path,) = tmp_path.glob("callmon-*.ticket.zip")
        (call,) = worlds.opened(path.read_bytes()).values()
        assert call["id"] == "call-1" and call["ice"]["verdict"] == "connected"


async def test_pictures_are_of_all_screens_of_the_call() -> None:
    board = boards.mixed()
    found = await shoot(board, board.all[0], boards.NOW)
    assert tuple(found) == SHOWN
    assert all(picture.startswith("<svg") and "http" not in picture.replace("http://www.w3.org", "").replace(
        "https://www.textualize.io", "") for picture in found.values())  # fmt: skip
    assert all("CA7512aa93f0" in picture or "Ana" in picture for picture in found.values())


async def test_taking_pictures_leaves_signals_to_whom_they_belong() -> None:
    board = boards.mixed()
    loop, heard = asyncio.get_running_loop(), list[int]()
    loop.add_signal_handler(signal.SIGHUP, heard.append, 1)
    try:
        assert await shoot(board, board.all[0], boards.NOW)
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0.05)
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
    assert heard == [1]
