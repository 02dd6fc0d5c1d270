"""Every key of every action does what the action is for, where it works; and no two actions fight over a key."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from callmon.tui.app import CallmonApp
from callmon.tui.keys import ACTIONS
from callmon.tui.screens import SCREENS
from callmon.tui.widgets.entry import Entry
from tests.tui import details, halls, rewinding, several
from tests.tui.boards import FixtureBoard
from tests.tui.conftest import Show, until
from tests.tui.scenarios import (
    SCENARIOS,
    Scenario,
    at,
    configured,
    ended,
    entry,
    exporting,
    kind,
    name,
    polled,
    reading,
    recorded,
)
from tests.tui.terminal import Terminal

BY_TERMINAL = {"suspend"}
"""Actions that only a terminal can show."""

KEYS = [(id, key) for id, action in ACTIONS.items() for key in action.keys if id not in BY_TERMINAL]

INNERMOST = {
    # From an earlier moment End leads to now; the last row is then reached by G.
    frozenset({"past.now", "move.last"}),
    # Escape takes away first what was put there last; q goes back at once.
    frozenset({"cursor.drop", "back"}),
    frozenset({"pane.part", "back"}),
    frozenset({"filter.clear", "back"}),
    frozenset({"filter.clear", "stop"}),
}
"""Actions that share a key and may both work: then the innermost one has it, or the one that comes first."""


def test_every_action_has_a_scenario() -> None:
    assert SCENARIOS.keys() | BY_TERMINAL == ACTIONS.keys()


@asynccontextmanager
async def played(show: Show, scenario: Scenario, folder: Path) -> AsyncIterator[Pilot[str]]:
    """Run the app up to the moment before the key."""
    opened = (
        rewinding.shown(rewinding.still(), scenario.size)
        if scenario.board is None
        else show(scenario.board(), scenario.size)
    )
    async with opened as pilot:
        assert isinstance(pilot.app, CallmonApp)
        scenario.given(pilot.app, folder)
        await rewinding.press(pilot, *scenario.before.split())
        await pilot.pause()
        yield pilot


@pytest.mark.parametrize(("id", "key"), KEYS, ids=[f"{id}-{key}" for id, key in KEYS])
async def test_a_key_does_what_its_action_is_for(show: Show, tmp_path: Path, id: str, key: str) -> None:
    scenario = SCENARIOS[id]
    async with played(show, scenario, tmp_path) as pilot:
        assert scenario.look(pilot) != scenario.want, "it is so before the key was pressed"
        assert fought_over(pilot) == {}
        await pilot.press(key)
        await until(pilot, lambda: scenario.look(pilot) == scenario.want)


def fought_over(pilot: Pilot[str]) -> dict[str, set[str]]:
    """Return the keys that several actions have that all work now, with the ids of those."""
    app, found = pilot.app, dict[str, set[str]]()
    # Whoever types has the keys of typing to himself.
    own = set(app.focused._bindings.key_to_bindings) if isinstance(app.focused, Entry) else set()
    for node, bindings in app.screen._modal_binding_chain:
        for key, binding in bindings:
            if node is not app.focused and key in own and not binding.priority:
                continue
            if binding.id is not None and app._check_action_state(binding.action, node):
                found.setdefault(key, set()).add(binding.id)
    return {key: ids for key, ids in found.items() if len(ids) > 1 and frozenset(ids) not in INNERMOST}


PAGES: dict[str, tuple[str, Callable[[], FixtureBoard]]] = {
    "calls": ("", halls.board),
    "calls-grouped": ("v p r o v enter g", halls.board),
    "calls-filtered": ("/ a enter", halls.board),
    "calls-typing": ("/ a", halls.board),
    "call": ("enter", lambda: details.board(details.live())),
    "call-raw": ("enter x", lambda: details.board(details.live())),
    "call-legs": ("enter", lambda: details.board(details.room())),
    "compare": ("space space c", lambda: several.board(3)),
    "compare-cursor": ("space space c left", lambda: several.board(3)),
    "compare-facts": ("space space c d", lambda: several.board(3)),
    "compare-facts-cursor": ("space space c left d", lambda: several.board(3)),
    "ice": ("i", lambda: details.board(details.room())),
    "report": ("s", halls.board),
    "rooms": ("O", halls.board),
    "rooms-filtered": ("O / a enter", halls.board),
    "room": ("O enter", halls.board),
    "room-comings": ("O enter tab", halls.board),
    "participant": ("O enter enter", halls.board),
    "dashboard": ("D", halls.board),
    "wallboard": ("W", halls.board),
    "log": ("L", halls.board),
    "help": ("?", halls.board),
    "help-whole": ("? \\", halls.board),
    "export": ("e", halls.board),
    "columns": ("C", halls.board),
    "list": ("V", halls.board),
    "palette": ("ctrl+p", halls.board),
    "question": ("q", halls.board),
}
"""Every page, line and menu, in the states in which other keys work."""


def test_every_page_is_looked_at() -> None:
    assert {one.NAME for one in SCREENS} <= {page.partition("-")[0] for page in PAGES}


@pytest.mark.parametrize("size", [(120, 40), (40, 12)], ids=["120x40", "40x12"])
@pytest.mark.parametrize("page", PAGES)
async def test_no_two_actions_have_a_key_where_both_work(
    show: Show, tmp_path: Path, page: str, size: tuple[int, int]
) -> None:
    before, board = PAGES[page]
    scenario = Scenario(kind, "", before, board, everything, size)
    async with played(show, scenario, tmp_path) as pilot:
        assert fought_over(pilot) == {}
        for pane in pilot.app.screen.focus_chain:
            pilot.app.screen.set_focus(pane)
            assert fought_over(pilot) == {}


def everything(app: CallmonApp, folder: Path) -> None:
    """Whatever a key may need is there: an exporter, a recording, files that are read, a configuration."""
    for given in (exporting, recorded, reading, configured, polled):
        given(app, folder)


def test_keys_that_terminals_take_for_themselves_are_not_needed() -> None:
    for action in ACTIONS.values():
        assert not {"ctrl+s", "ctrl+q"} & set(action.keys), action.id
        spare = [
            key for key in action.keys if key not in ("ctrl+a", "ctrl+b") and not FUNCTION.fullmatch(key)
        ]
        assert spare, action.id
        assert not all(key.startswith("alt+") for key in action.keys), action.id


FUNCTION = re.compile(r"f[0-9]+")


@pytest.mark.parametrize(
    "page", [page for page in PAGES if PAGES[page][0] and page not in ("calls-typing", "question")]
)
async def test_escape_leads_out_and_never_quits(show: Show, tmp_path: Path, page: str) -> None:
    before, board = PAGES[page]
    async with played(show, Scenario(kind, "", before, board, exporting, (120, 40)), tmp_path) as pilot:
        for _ in range(8):
            await pilot.press("escape")
        await until(pilot, lambda: name(pilot) == "calls")
        assert pilot.app.is_running and not ended(pilot)[0]


async def test_what_is_typed_in_the_past_or_in_a_menu_is_not_taken_by_the_page() -> None:
    async with rewinding.shown(rewinding.still()) as pilot:
        await rewinding.press(pilot, "{", "/", "a", "b", "home", "end")
        assert at(pilot) == -60.0 and entry(pilot).at == 2
        await rewinding.press(pilot, "escape", "C", "end", "S", "[")
        assert at(pilot) == -60.0 and kind(pilot) == "ColumnChooser"


def test_ctrl_z_puts_it_in_the_background_and_it_comes_back() -> None:
    terminal = Terminal("mixed", shell=True)
    try:
        terminal.until(lambda: "Dr. Okafor" in terminal.text)
        assert not terminal.stopped()
        terminal.press("\x1a")
        terminal.until(terminal.stopped)
        terminal.screen.reset()
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.until(lambda: "Dr. Okafor" in terminal.text)
    finally:
        terminal.close()
