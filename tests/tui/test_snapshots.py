"""How the pages look; the call's own pages have theirs in test_call, test_ice and test_report."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from callmon.tui.screens import SCREENS
from callmon.tui.theme import Colourless
from tests.tui import boards, strips
from tests.tui.conftest import Show

SIZES = ((80, 24), (120, 40), (200, 60))
ADDRESS = "http://127.0.0.1:7880"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "board", "keys"),
    [
        ("calls", boards.mixed, ()),
        ("calls-empty", boards.empty, ()),
        ("calls-hostile", boards.hostile, ()),
        ("calls-filter", boards.mixed, ("slash", *"agent")),
        ("calls-frozen", boards.mixed, ("p", "j")),
        ("calls-sorted", boards.mixed, ("t", "greater_than_sign", "r")),
        ("calls-clock", boards.mixed, ("t", "t")),
        ("log", boards.mixed, ("L",)),
        ("help", boards.mixed, ("question_mark",)),
    ],
)
async def test_it_looks_so(
    show: Show,
    name: str,
    board: Callable[[], boards.FixtureBoard],
    keys: tuple[str, ...],
    size: tuple[int, int],
) -> None:
    async with show(board(), size, address=ADDRESS) as pilot:
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
        strips.check(pilot.app, f"{name}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("size", ((60, 16), (40, 12), (20, 6)), ids=lambda size: f"{size[0]}x{size[1]}")
async def test_it_looks_so_where_there_is_little_room(show: Show, size: tuple[int, int]) -> None:
    async with show(boards.mixed(), size) as pilot:
        strips.check(pilot.app, f"calls-{size[0]}x{size[1]}")


@pytest.mark.parametrize("theme", ["light", "mono"])
async def test_it_looks_so_in_other_themes(show: Show, theme: str) -> None:
    async with show(boards.mixed(), (120, 40), theme=theme) as pilot:
        strips.check(pilot.app, f"calls-{theme}-120x40")
        assert (theme == "mono") == (type(next(iter(pilot.app.get_line_filters()), None)) is Colourless)


@pytest.mark.parametrize("charts", ["block", "ascii"])
async def test_it_looks_so_in_other_characters(show: Show, charts: str) -> None:
    async with show(boards.mixed(), (120, 40), charts=charts) as pilot:
        strips.check(pilot.app, f"calls-{charts}-120x40")


def test_every_page_has_a_snapshot_in_every_size() -> None:
    names = [path.stem for path in strips.FOLDER.glob("*.txt")]
    for page in SCREENS:
        for width, height in SIZES:
            found = [
                name
                for name in names
                if name.partition("-")[0] == page.NAME and name.endswith(f"-{width}x{height}")
            ]
            assert found, f"{page.NAME} has no snapshot of {width}x{height}"
