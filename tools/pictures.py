"""Draws the pictures of the tour from the demo: the same seed at the same moment, so the same pictures."""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path

from callmon.board import Board
from callmon.cli import wire
from callmon.engine.quality import RULE_SETS
from callmon.sources.demo.demo import PREROLL_S, Demo
from callmon.tui.app import CallmonApp
from callmon.tui.screen import Page

DOCS = Path(__file__).parent.parent / "docs"
SIZE = (120, 34)
START = 1_800_000_000.0
FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

MOST_BYTES = 120_000
"""A picture that takes more is too much for a page that somebody only wants to read."""

PICTURES: dict[str, tuple[str, ...]] = {
    "overview": (),
    "call": ("enter",),
    "compare": (*("space",) * 3, "c", *("left",) * 9),
    "diagnosis": ("slash", *"dtls", "enter", "i"),
    "dashboard": ("D",),
}
"""Each picture of the tour and the keys that lead to it."""


def played() -> wire.Watch:
    """Return a watch over the demo as it is after its first minutes."""
    ends = START + PREROLL_S
    watch = wire.watch(RULE_SETS["telnyx"], lambda: ends)
    ticked = 0.0
    for frame in Demo(32, 1, START).frames(ends):
        if frame.at - ticked >= 1.0:
            watch.monitor.engine.tick(frame.at)
            ticked = frame.at
        watch.monitor.take(frame)
    watch.monitor.engine.tick(ends)
    for health in watch.monitor.health:
        health.state = "ok"
    return watch


CELL = 12.2
"""How wide a cell is drawn."""

RUN = re.compile(r'(<text class="[^"]*") x="([^"]*)"( y="[^"]*") textLength="([^"]*)">([^<]*)</text>')
"""One run of cells in one style."""


def trimmed(run: re.Match[str]) -> str:
    """Return a run of cells without the blanks at its ends: where those are left out the rest is too far left."""
    head, x, y, length, text = run.groups()
    inner = text.strip("\u00a0")
    before, blanks = len(text) - len(text.lstrip("\u00a0")), len(text) - len(inner)
    if not inner:
        return ""
    place, size = float(x) + before * CELL, float(length) - blanks * CELL
    return f'{head} x="{place:g}"{y} textLength="{size:g}">{inner}</text>'


def portable(svg: str) -> str:
    """Return a picture that fetches nothing, without the fonts it would load; in half as many bytes.

    Every run of cells brings its own clip and edges, a name with a checksum, and each space as an entity.
    """
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.S)
    svg = re.sub(r"<clipPath id=\"[^\"]*-line-\d+\">.*?</clipPath>\s*", "", svg, flags=re.S)
    svg = re.sub(r" clip-path=\"url\(#[^\"]*-line-\d+\)\"", "", svg)
    svg = RUN.sub(trimmed, svg.replace("&#160;", "\u00a0"))
    svg = svg.replace(' shape-rendering="crispEdges"', "").replace(
        "<style>", "<style>rect{shape-rendering:crispEdges}", 1
    )
    svg = re.sub(r"terminal-\d+-", "t-", svg)
    return re.sub(r"font-family: (?!arial)[^;]+;", f"font-family: {FONT};", svg)


async def picture(board: Board, keys: tuple[str, ...]) -> str:
    """Return what is on the screen after some keys."""
    app = CallmonApp(board, title="demo", clock=lambda: 0.0)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
        if isinstance(app.screen, Page):
            app.screen.redraw()
        await pilot.pause()
        return portable(app.export_screenshot(title="callmon demo"))


async def draw() -> None:
    """Write the pictures that changed."""
    board = played().board
    for name, keys in PICTURES.items():
        drawn, path = await picture(board, keys), DOCS / f"{name}.svg"
        assert len(drawn.encode()) <= MOST_BYTES, f"{path.name} takes {len(drawn.encode())} bytes"
        if not path.exists() or path.read_text("utf-8") != drawn:
            path.write_text(drawn, "utf-8")
            print(f"drew {path.name}")


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    asyncio.run(draw())
