"""Every key of every action does what the action is for, where it works; and no two actions fight over a key."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from callmon.tui.app import CallmonApp
from callmon.tui.keys import ACTIONS
from callmon.tui.widgets.entry import Entry
from tests.tui import rewinding
from tests.tui.conftest import Show, until
from tests.tui.scenarios import SCENARIOS, Scenario
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


def test_ctrl_z_puts_it_in_the_background_and_it_comes_back() -> None:
    terminal = Terminal("mixed")
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
