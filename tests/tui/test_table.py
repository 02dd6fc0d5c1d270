"""The table draws no more than what changed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyte
import pytest
from rich.console import Console
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from callmon.tui.compositor import Change
from callmon.tui.line import Line
from callmon.tui.screens.overview import LOOK_S
from callmon.tui.theme import PALETTES
from tests.tui import boards
from tests.tui.conftest import Show
from tests.tui.test_overview import Clock, paint, table


async def test_one_call_more_moves_the_thumb_and_draws_no_row(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, clock = boards.crowd(100), Clock()
    async with show(board, (100, 20), clock=clock) as pilot:
        clock.now += 60.0
        await pilot.press("j")
        await pilot.pause()
        rendered: list[Region] = []
        inner = table(pilot).render_lines

        def noted(crop: Region) -> list[Strip]:
            rendered.append(crop)
            return inner(crop)

        monkeypatch.setattr(table(pilot), "render_lines", noted)
        board.all.append(boards.healthy(100))
        board.number += 1
        clock.now += LOOK_S
        await paint(pilot)
        await pilot.pause()
        assert rendered == []
        assert table(pilot).max_scroll_y == 101 + 1 - table(pilot).size.height
        await pilot.press("G")
        assert table(pilot).chosen == table(pilot)._rows.ids[100]


@dataclass
class Moody:
    """Rows that become others by themselves."""

    ids: Sequence[str] = ("a", "b", "c")
    grades: dict[str, str] = field(default_factory=lambda: dict.fromkeys("abc", "good"))
    seconds: int = 0

    def stamp(self, id: str) -> Hashable:
        return self.grades[id], self.seconds

    def line(self, id: str, width: int) -> Line:
        return ((f"{id} is {self.grades[id]:<30}{self.seconds} s", "text"),)

    def marked(self, id: str) -> bool:
        return False


async def test_a_row_that_changes_before_it_is_drawn_is_drawn_as_it_is_in_the_end(show: Show) -> None:
    there = Console(force_terminal=True, color_system="truecolor")
    async with show(boards.crowd(3), (60, 12)) as pilot:
        with pilot.app.batch_update():
            found, rows = table(pilot), Moody()
            compositor: Any = pilot.app.screen._compositor
            found.show(rows, ())
            screen = pyte.Screen(60, 12)
            stream = pyte.Stream(screen)
            compositor.update_widgets({found})
            stream.feed(compositor.render_full_update().render_segments(there))
            for grade in ("fair", "poor", "good", "fair"):
                rows.seconds += 1
                found.show(rows, ())
                rows.grades["b"] = grade  # between the moment it was looked at and that at which it is drawn
                for _ in range(2):
                    compositor.update_widgets({found})
                    update = compositor.render_partial_update()
                    assert isinstance(update, Change)
                    stream.feed(update.render_segments(there))
                    found.show(rows, ())
                assert f"b is {grade:<30}{rows.seconds} s" in "\n".join(screen.display)
                assert compositor.render_partial_update() is None


@pytest.mark.parametrize("calls", [3, 100])
@pytest.mark.parametrize("theme", sorted(PALETTES))
async def test_lines_are_what_textual_would_make_of_them(show: Show, calls: int, theme: str) -> None:
    async with show(boards.crowd(calls), (80, 24)) as pilot:
        pilot.app.theme = theme
        await pilot.press("j")
        await pilot.pause()
        found = table(pilot)
        for crop in (Region(0, 0, found.width, found.size.height), Region(5, 2, 20, 3), Region(0, 0, 1, 1)):
            straight = found.render_lines(crop)
            found._styles_cache.clear()
            assert straight == Widget.render_lines(found, crop)
