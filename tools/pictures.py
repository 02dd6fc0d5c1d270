"""Draws the pictures of docs/ from the demo: the same seed at the same moment, so the same picture."""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path

from callmon.cli import wire
from callmon.engine.quality import RULE_SETS
from callmon.sources.demo.demo import PREROLL_S, Demo
from callmon.tui.app import CallmonApp

DOCS = Path(__file__).parent.parent / "docs"
SIZE = (140, 36)
START = 1_800_000_000.0
FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

PICTURES = {"overview": (), "call": ("enter",)}
"""Each picture and the keys that lead to it."""


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


def portable(svg: str) -> str:
    """Return a picture that fetches nothing: without the fonts it would load."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.S)
    return re.sub(r"font-family: (?!arial)[^;]+;", f"font-family: {FONT};", svg)


async def draw() -> None:
    """Draw all pictures."""
    for name, keys in PICTURES.items():
        app = CallmonApp(played().board, title="demo")
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            for key in keys:
                await pilot.press(key)
            await pilot.pause()
            (DOCS / f"{name}.svg").write_text(portable(app.export_screenshot(title="callmon demo")), "utf-8")


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    asyncio.run(draw())
