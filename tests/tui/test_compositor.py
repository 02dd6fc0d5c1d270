"""What is written to the terminal looks as Textual would have it look, and is shorter."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from callmon.tui.compositor import Pen

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
