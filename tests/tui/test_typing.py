"""What is typed on any page stays with whoever takes it, however often the page is painted."""

from __future__ import annotations

from typing import cast

import pytest

from callmon.tui.app import CallmonApp
from callmon.tui.widgets.commandbar import CommandBar
from tests.tui import halls
from tests.tui.conftest import Show
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
