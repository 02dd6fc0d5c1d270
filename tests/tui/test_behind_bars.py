"""The calls behind a bar of the dashboard lie over it: the way there, and back to the bar and to one's own view."""

from __future__ import annotations

from typing import cast

from textual.pilot import Pilot

from callmon.tui.app import CallmonApp
from callmon.tui.screens.overview import Overview
from tests.tui import halls
from tests.tui.conftest import Show
from tests.tui.test_dashboard import filter_of, grid, press, rest, text

OWN = ("slash", *"is:live", "enter", "r")
"""What somebody looks at on the first page: a filter, and an order."""


def trail(pilot: Pilot[str]) -> tuple[str, ...]:
    return cast(CallmonApp, pilot.app).trail()


async def test_the_app_leads_to_calls_from_wherever_and_back(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await press(pilot, "O", "enter", "enter")
        there = pilot.app.screen
        cast(CallmonApp, pilot.app).filter_calls("agent")
        await pilot.pause()
        assert filter_of(pilot) == "agent"
        assert "/ agent   Esc goes back" in text(pilot)
        await press(pilot, "escape")
        assert pilot.app.screen is there


async def test_escape_leads_from_the_calls_of_a_bar_back_to_it_and_to_ones_own_view(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await press(pilot, *OWN)
        own = cast(Overview, pilot.app.screen).viewed()
        await press(pilot, "D", *["tab"] * 5, "enter")
        at, shown = trail(pilot), filter_of(pilot)
        assert (at, shown) == (("calls", "dashboard", "calls"), "relay=198.51.100.7")
        assert cast(Overview, pilot.app.screen).viewed().reverse, "the order is one's own"
        assert cast(CallmonApp, pilot.app).view_line() == "is:live | sort grade reverse", (
            "that of a bar is not kept"
        )
        await press(pilot, "enter", "escape")
        assert filter_of(pilot) == shown
        await press(pilot, "escape")
        assert grid(pilot).at[0] == "relays"
        await press(pilot, "apostrophe")
        assert (trail(pilot), filter_of(pilot)) == (at, shown), "where one was last"
        await press(pilot, "D")
        assert grid(pilot).at[0] == "relays"
        await press(pilot, "enter", "q", "escape")
        assert (trail(pilot), cast(Overview, pilot.app.screen).viewed()) == (("calls",), own)


async def test_a_filter_that_was_changed_on_the_way_is_cleared_before_escape_leads_back(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await press(pilot, *OWN, "D", *["tab"] * 5, "enter")
        assert "Esc goes back" in text(pilot)
        await press(pilot, "slash", *" is:poor", "escape")
        assert "Esc goes back" in text(pilot), "it was taken back"
        await press(pilot, "slash", *" is:poor", "enter")
        assert "Esc clears" in text(pilot)
        await press(pilot, "escape")
        assert filter_of(pilot) == ""
        await press(pilot, "escape")
        assert grid(pilot).at[0] == "relays"
        await press(pilot, "escape")
        assert filter_of(pilot) == "is:live"


async def test_commands_mean_the_calls_of_the_bar_while_they_are_shown(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await press(pilot, *OWN, "D", *["tab"] * 5, "enter")
        app = cast(CallmonApp, pilot.app)
        shown = app.chosen("@shown", "")
        await press(pilot, "enter")
        assert app.chosen("@shown", "") == shown
        assert app.command("filter is:poor") is None
        await rest(pilot)
        assert (trail(pilot), filter_of(pilot)) == (("calls", "dashboard", "calls"), "is:poor")


async def test_the_mask_leaves_the_way_back_from_the_calls_of_a_bar(show: Show) -> None:
    async with show(halls.board(), (120, 40)) as pilot:
        await press(pilot, "P", "D", *["tab"] * 5, "enter")
        assert "Esc goes back" in text(pilot)
        await press(pilot, "P")
        assert "/ relay=198.51.100.7   Esc goes back" in text(pilot)
        await press(pilot, "escape")
        assert grid(pilot).at[0] == "relays"
