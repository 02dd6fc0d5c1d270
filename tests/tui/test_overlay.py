"""What lies over a page: its keys are at the foot, once, and none of the page's."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from callmon.exports.exporter import Exporter
from callmon.tui.app import CallmonApp
from callmon.tui.overlay import Overlay
from tests.tui import boards, strips
from tests.tui.conftest import Show


@pytest.mark.parametrize("size", [(120, 40), (40, 12)], ids=str)
@pytest.mark.parametrize(
    ("key", "does"),
    [("E", "Write"), ("e", "Write"), ("v", "Choose"), ("V", "Choose"), ("C", "Choose"), ("ctrl+p", "Do")],
)
async def test_the_foot_has_the_keys_that_work_once(
    show: Show, tmp_path: Path, key: str, does: str, size: tuple[int, int]
) -> None:
    async with show(boards.mixed(), size) as pilot:
        app = cast(CallmonApp, pilot.app)
        app.exporter = Exporter(None, tmp_path)
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(app.screen, Overlay)
        *above, foot = strips.lines(app)
        assert foot.startswith(f" Enter {does}  Esc Back  ")
        assert not any(word in foot for word in ("Filter", "Mark ", "Sort", "Quit"))
        assert not any("Esc Back" in line or "Enter does" in line for line in above)
        await pilot.press("escape")
        await pilot.pause()
        assert "Quit" in strips.lines(app)[-1]
