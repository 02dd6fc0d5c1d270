"""Recording from the terminal: R begins and ends it, and every header says that it is going on."""

from __future__ import annotations

import pytest

from callmon.tui.recording import mark
from tests.tui import boards, strips
from tests.tui.conftest import Show


class FakeSwitch:
    """A switch that has recorded for 41 seconds as soon as it is on."""

    on = False
    file = "x.jsonl.gz"

    def since_s(self) -> float | None:
        return 41.0 if self.on else None

    def toggle(self) -> str:
        self.on = not self.on
        return "recording into x.jsonl.gz" if self.on else "recorded 00:41: 7 frames in x.jsonl.gz"

    def close(self) -> str | None:
        return None


async def test_r_records_and_every_header_says_so(show: Show) -> None:
    async with show(boards.mixed(), (110, 30)) as pilot:
        pilot.app.switch = FakeSwitch()  # type: ignore[attr-defined]
        await pilot.press("R")
        await pilot.pause()
        assert "● REC 00:41" in strips.lines(pilot.app)[0]
        assert "recording into x.jsonl.gz" in strips.lines(pilot.app)[-1]
        await pilot.press("L")
        await pilot.pause()
        assert "● REC 00:41" in strips.lines(pilot.app)[0]
        await pilot.press("R")
        await pilot.pause()
        assert "REC" not in strips.lines(pilot.app)[0]
        assert "recorded 00:41" in strips.lines(pilot.app)[-1]


@pytest.mark.parametrize("size", [(40, 12), (60, 16), (80, 24), (120, 40)], ids=str)
async def test_it_is_said_on_every_page_of_every_size_under_the_mask_too(
    show: Show, size: tuple[int, int]
) -> None:
    async with show(boards.mixed(), size) as pilot:
        pilot.app.switch = FakeSwitch()  # type: ignore[attr-defined]
        await pilot.press("R", "P")
        for key in ("", "enter", "i", "L"):
            await pilot.press(*([key] if key else []))
            await pilot.pause()
            top = strips.lines(pilot.app)[0]
            assert "● REC" in top and "MASKED" in top and " down" in top, top


async def test_where_nothing_can_be_recorded_the_key_does_nothing(show: Show) -> None:
    async with show(boards.mixed(), (110, 40)) as pilot:
        before = strips.lines(pilot.app)
        await pilot.press("R")
        await pilot.pause()
        assert strips.lines(pilot.app) == before


def test_nothing_is_said_while_nothing_is_recorded() -> None:
    assert mark(None) == mark(FakeSwitch()) == ((), ())
