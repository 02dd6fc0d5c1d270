"""Where each key works: the app is run over a board of the tests, and asked on every page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from textual.dom import DOMNode

from callmon.board import Board
from callmon.query.people import persons
from callmon.query.rooms import rooms
from callmon.tui.app import CallmonApp
from callmon.tui.columnchooser import ColumnChooser
from callmon.tui.finder import Finder, Search
from callmon.tui.keys import ACTIONS, EVERYWHERE
from callmon.tui.menu import Menu
from callmon.tui.picker import Picker
from callmon.tui.question import Question
from callmon.tui.screen import Page
from callmon.tui.screens import SCREENS
from callmon.tui.subject import participant
from callmon.tui.widgets.commandbar import CommandBar
from callmon.tui.widgets.entry import Entry
from callmon.tui.widgets.filterbar import FilterBar
from callmon.tui.widgets.seekbar import SeekBar
from tests.tui import halls

SIZE = (140, 40)

ALL, ANY = "everywhere", "every screen"
"""Where the app itself has the key, and where all pages have it (the wallboard may do without)."""

ENTRIES: Mapping[type[DOMNode], str] = {
    FilterBar: "typing a filter",
    SeekBar: "typing a time",
    CommandBar: "typing a command",
    Search: "the palette",
    Finder: "the palette",
    Menu: "the export menu",
    Picker: "lists to choose from",
    ColumnChooser: "the column chooser",
    Question: "the question at quitting",
}
"""What has the keyboard for itself, and how it is called."""


def places() -> dict[str, tuple[str, ...]]:
    """Return for each action, by id, where its keys work: screens by name, or what has the keyboard for itself."""
    found = asyncio.run(_asked())
    order = [ALL, *(page.NAME for page in SCREENS), *ENTRIES.values()]
    most = {page.NAME for page in SCREENS} - {"wallboard"}
    return {
        id: (ANY,) if most <= found.get(id, set()) else tuple(sorted(found.get(id, ()), key=order.index))
        for id in ACTIONS
    }


async def _asked() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {id: {ALL} for id in EVERYWHERE}
    board = halls.board()
    app = CallmonApp(board)
    async with app.run_test(size=SIZE) as pilot:
        app.marks.add(call.id for call in board.calls()[:2])
        for page in SCREENS:
            top = page(_subject(page, board))
            if page is not SCREENS[0]:
                app.push_screen(top)
            await pilot.pause()
            top = app.screen  # type: ignore[assignment]
            base, works = set(ids(Page)), set()
            for pane in top.focus_chain:
                top.set_focus(pane)
                works |= {active.binding.id for active in top.active_bindings.values()}
            nodes = [top, *(node for node in top.query("*") if not isinstance(node, Entry))]
            for node in nodes:
                for id in ids(type(node)):
                    # What every page has by birth is listed where it does something.
                    if id not in base or id in works or _later(top, id):
                        found.setdefault(id, set()).add(page.NAME)
            if page is not SCREENS[0]:
                app.pop_screen()
    for kind, name in ENTRIES.items():
        for id in ids(kind):
            if id not in EVERYWHERE:
                found.setdefault(id, set()).add(name)
    return found


def ids(kind: type[DOMNode]) -> Iterable[str]:
    """Return the ids of the actions that a class of widgets or pages has keys for."""
    for one in kind.__mro__:
        for binding in one.__dict__.get("BINDINGS", ()):
            if (id := getattr(binding, "id", None)) in ACTIONS:
                yield id


def _later(page: Page, id: str) -> bool:
    """Return whether a key works as soon as another was pressed."""
    return id == "pane.part" and page.check_action("whole", (1,)) is True


def _subject(page: type[Page], board: Board) -> str | None:
    if not page.NEEDS_CALL:
        return None
    room = rooms(board.calls())[0]
    if page.NAME == "room":
        return room.id
    if page.NAME == "participant":
        return participant(room.id, persons(room)[0].id)
    return board.calls()[0].id
