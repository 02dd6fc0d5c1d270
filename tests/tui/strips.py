"""What is on a screen as readable text: the characters, then the style of every run of cells."""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path
from string import ascii_letters
from typing import Any

from textual.app import App

FOLDER = Path(__file__).parent.parent / "snapshots"
WRITE = os.environ.get("CALLMON_SNAP") == "1"


def lines(app: App[Any]) -> list[str]:
    """Return the lines that are composed now, as text."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def cells(app: App[Any], row: int) -> list[str]:
    """Return the colour of each cell of a line."""
    strip = app.screen._compositor.render_strips()[row]
    styles = [segment.style for segment in strip for _ in range(segment.cell_length)]
    return [str(style.color) if style is not None else "" for style in styles]


def picture(app: App[Any]) -> str:
    """Return text and styles: each line of text, then per line runs such as ``a12`` (style a, 12 cells)."""
    strips = app.screen._compositor.render_strips()
    names: dict[str, str] = {}
    rows = []
    for strip in strips:
        cells = [str(segment.style or "none") for segment in strip for _ in range(segment.cell_length)]
        for style in cells:
            names.setdefault(style, letter(len(names)))
        rows.append(" ".join(f"{names[style]}{sum(1 for _ in run)}" for style, run in groupby(cells)))
    text = "\n".join(strip.text.rstrip() for strip in strips)
    legend = "\n".join(f"{name} {style}" for style, name in names.items())
    return "\n".join((text, "== runs", *rows, "== styles", legend, ""))


def letter(number: int) -> str:
    """Return the short name of the style with a number."""
    return ascii_letters[number] if number < len(ascii_letters) else f"<{number}>"


def check(app: App[Any], name: str) -> None:
    """Compare what is on the screen with the snapshot of that name; CALLMON_SNAP=1 writes it instead."""
    path = FOLDER / f"{name}.txt"
    now = picture(app)
    if WRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(now, "utf-8")
        return
    assert path.exists(), f"there is no snapshot {path.name}: make one by CALLMON_SNAP=1 and look at it"
    assert now == path.read_text("utf-8")
