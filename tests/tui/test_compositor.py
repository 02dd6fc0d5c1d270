"""What is written to the terminal looks as Textual would have it look, and is shorter."""

from __future__ import annotations

import random

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from callmon.tui.compositor import Change, Narrow, Pen, ThriftyCompositor

STYLES = st.builds(
    Style,
    color=st.sampled_from([None, "#ff0000", "#00ff00", "red"]),
    bgcolor=st.sampled_from([None, "#000080", "blue"]),
    bold=st.sampled_from([None, True]),
    underline=st.sampled_from([None, True, False]),
    reverse=st.sampled_from([None, True]),
)
PARTS = st.lists(st.tuples(st.text("ab é", min_size=1, max_size=4), st.none() | STYLES), max_size=5)
PLACES = st.tuples(st.integers(0, 20), st.integers(0, 3))


def shown(written: str) -> list[dict[int, object]]:
    screen = pyte.Screen(60, 5)
    pyte.Stream(screen).feed(written)
    return [dict(screen.buffer[row]) for row in range(5)]


def console() -> Console:
    return Console(force_terminal=True, color_system="truecolor")


@given(st.lists(st.tuples(PLACES, PARTS), min_size=1, max_size=6))
def test_a_pen_paints_what_textual_would_paint(
    pieces: list[tuple[tuple[int, int], list[tuple[str, Style]]]],
) -> None:
    pen, plain = Pen(console()), ""
    for (x, y), parts in pieces:
        strip = Strip([Segment(text, style) for text, style in parts])
        pen.go(x, y)
        pen.write(strip)
        plain += f"\x1b[{y + 1};{x + 1}H" + strip.render(console())
    written = pen.done()
    assert shown(written + "!") == shown(plain + "!")


def test_a_look_is_said_once() -> None:
    pen, style = Pen(console()), Style(color="#ff0000", bgcolor="#000080")
    for x in (0, 10, 20):
        pen.go(x, 2)
        pen.write(Strip([Segment("x", style)]))
    assert pen.done() == "\x1b[3;1H\x1b[38;2;255;0;0;48;2;0;0;128mx\x1b[11Gx\x1b[21Gx\x1b[0m"


class Noise(Widget):
    """Letters that are others at each drawing of a line, so that what was not drawn anew shows."""

    def __init__(self, chance: random.Random, name: str) -> None:
        super().__init__(id=name)
        self.chance = chance
        self.rows: dict[int, str] = {}

    def change(self) -> None:
        """Change some cells, and say so."""
        x, y = self.chance.randrange(self.size.width), self.chance.randrange(self.size.height)
        wide, high = self.chance.randint(1, self.size.width - x), self.chance.randint(1, self.size.height - y)
        for row in range(y, y + high):
            old = self.row(row)
            new = "".join(self.chance.choice("abcdefg") for _ in range(wide))
            self.rows[row] = old[:x] + new + old[x + wide :]
        self.refresh(Region(x, y, wide, high))

    def row(self, y: int) -> str:
        """Return what stands in a line."""
        return self.rows.get(y, "." * self.size.width)

    def render_line(self, y: int) -> Strip:
        return Strip([Segment(self.row(y), Style(color="#ff0000" if y % 2 else "#00ff00"))])


class Straight(Narrow, Noise):
    """One that cuts its lines by itself."""

    def render_lines(self, crop: Region) -> list[Strip]:
        return [self.render_line(y).crop(crop.x, crop.right) for y in crop.line_range]


class Layered(Screen[None]):
    """Widgets beside and before each other, one of them partly out of sight."""

    CSS = """
    Layered { layers: below above; }
    #left { width: 20; height: 10; }
    #right { width: 25; height: 8; offset: 20 -10; }
    #over { layer: above; width: 12; height: 5; offset: 14 3; }
    #out { layer: above; width: 15; height: 9; offset: 50 6; }
    """

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self._compositor = ThriftyCompositor()

    def compose(self) -> ComposeResult:
        yield Noise(self.chance, "left")
        yield Straight(self.chance, "right")
        yield Straight(self.chance, "over")
        yield Noise(self.chance, "out")


@pytest.mark.parametrize("seed", range(8))
async def test_what_changed_is_drawn_where_it_is_seen_and_nowhere_else(seed: int) -> None:
    chance = random.Random(seed)
    app, screen = App[None](), Layered(chance)
    async with app.run_test(size=(60, 12)) as pilot:
        await app.push_screen(screen)
        await pilot.pause()
        there, compositor = console(), screen._compositor
        shown = pyte.Screen(60, 12)
        stream = pyte.Stream(shown)
        stream.feed(compositor.render_full_update().render_segments(there))
        with app.batch_update():
            for _ in range(12):
                changing = chance.sample(list(screen.query(Noise)), chance.randint(1, 4))
                for widget in changing * 2:
                    widget.change()
                compositor.update_widgets(set(changing))
                update = compositor.render_partial_update()
                assert update is None or isinstance(update, Change)
                stream.feed(update.render_segments(there) if update is not None else "")
                wanted = ["".join(part.text for part in row) for row in compositor.render_strips()]
                assert shown.display == wanted
