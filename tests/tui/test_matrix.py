"""How every page looks in every size and theme, over the demo as its frames were read up to one moment.

One file of ``snapshots/matrix`` is one scene. For each size it has the text once, since no theme may change it, and
the styles of all themes together: a letter stands for the styles that a run of cells has in one theme after another.
So all of it is readable, a failure shows the lines that changed, and the matrix stays below 2 MB.
"""

from __future__ import annotations

import difflib
from functools import cache
from itertools import groupby

import pytest
from textual.app import App
from textual.pilot import Pilot

from callmon.cli import wire
from callmon.tui.app import CallmonApp
from callmon.tui.screen import Page
from callmon.tui.screens import SCREENS
from callmon.tui.widgets.footer import Footer
from tests.tui import strips
from tests.tui.scenes import SCENES
from tools.pictures import played

FOLDER = strips.FOLDER / "matrix"
MOST_BYTES = 2_000_000
TURNS = 20
"""After so many drawings a page must have come to rest."""

DIFFERENT = 40
"""So many lines of a difference are shown."""

THEMES = ("dark", "light", "mono")
SIZES = {
    (120, 40): THEMES,
    (80, 24): THEMES,
    (200, 60): THEMES,
    (40, 12): THEMES[:1],
    (240, 60): THEMES[:1],
}
"""The sizes that the terminal has one after the other, and the themes that are looked at in each."""


@cache
def watched() -> wire.Watch:
    """The demo at its moment; nobody lets it go on."""
    return played()


Styles = list[list[str]]
"""The style of each cell of each line."""


def looked(app: App[str]) -> tuple[list[str], Styles]:
    """Return the lines that are composed now, and the styles of their cells."""
    found = app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in found], [
        [str(segment.style or "none") for segment in strip for _ in range(segment.cell_length)]
        for strip in found
    ]


def written(size: tuple[int, int], text: list[str], themes: list[Styles]) -> str:
    """Return one section of a scene's file."""
    names: dict[tuple[str, ...], str] = {}
    runs = []
    for row in zip(*themes, strict=True):
        cells = list(zip(*row, strict=True))
        for cell in cells:
            names.setdefault(cell, strips.letter(len(names)))
        runs.append(" ".join(f"{names[style]}{sum(1 for _ in run)}" for style, run in groupby(cells)))
    legend = [f"{name} {' | '.join(styles)}" for styles, name in names.items()]
    title = f"==== {size[0]}x{size[1]} {' '.join(SIZES[size])}"
    return "\n".join((title, *text, "== runs", *runs, "== styles", *legend, ""))


async def settled(pilot: Pilot[str]) -> None:
    """Wait until drawing again changes nothing any more: sizes go down from page to widget in several turns."""
    app, before = pilot.app, None
    for _ in range(TURNS):
        if isinstance(app.screen, Page):
            app.screen.redraw()
        await pilot.pause()
        if (now := looked(app)) == before:
            return
        before = now
    pytest.fail("it does not come to rest")


async def acted(name: str) -> str:
    """Play a scene and return its file."""
    first = next(iter(SIZES))
    app = CallmonApp(watched().board, title="demo", clock=lambda: 100.0)
    sections = []
    async with app.run_test(size=first) as pilot:
        await pilot.pause()
        for key in SCENES[name]:
            await pilot.press(key)
        for size, themes in SIZES.items():
            await pilot.resize_terminal(*size)
            looks = []
            for theme in themes:
                app.wear(theme)
                await settled(pilot)
                looks.append(looked(app))
            for theme, (text, _) in zip(themes, looks, strict=True):
                assert text == looks[0][0], f"the theme {theme} says something else"
            sections.append(written(size, looks[0][0], [styles for _, styles in looks]))
            app.wear(THEMES[0])
    return "\n".join(sections)


@pytest.mark.parametrize("name", SCENES)
async def test_it_looks_so(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A word in the footer goes by the time of the world, of which tests have more or less.
    monkeypatch.setattr(Footer, "hush", lambda _: None)
    path = FOLDER / f"{name}.txt"
    now = await acted(name)
    if strips.WRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(now, "utf-8")
        return
    assert path.exists(), f"there is no snapshot {path.name}: make one by CALLMON_SNAP=1 and look at it"
    before = path.read_text("utf-8")
    if now != before:
        lines = difflib.unified_diff(before.splitlines(), now.splitlines(), "was", "is", n=1, lineterm="")
        pytest.fail("\n".join((f"{path.name} looks different", *list(lines)[:DIFFERENT])), pytrace=False)


def test_every_page_is_in_a_scene() -> None:
    shown = {name.partition("-")[0] for name in SCENES}
    assert [page.NAME for page in SCREENS if page.NAME not in shown] == []


def test_every_snapshot_has_its_scene_and_they_are_small() -> None:
    files = list(FOLDER.glob("*"))
    assert sorted(path.name for path in files) == sorted(f"{name}.txt" for name in SCENES)
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
