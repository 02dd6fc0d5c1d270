"""A replay that has ended: it stands still there, says so, and can be gone back in."""

from __future__ import annotations

from callmon.query import format as fmt
from callmon.tui.app import CallmonApp
from tests.rewind.tapes import START
from tests.tui import strips
from tests.tui.rewinding import LENGTH_S, Steps, World, banner, footer, press, seek, shown, still


async def test_a_replay_at_its_end_says_so_and_can_be_gone_back_in() -> None:
    end = fmt.clock(START + LENGTH_S)
    async with shown(still(), clock=Steps().slow) as pilot:
        assert isinstance(pilot.app, CallmonApp)
        assert "END" not in banner(pilot)
        pilot.app.end_replay()
        await pilot.pause()
        there = f"END OF THE REPLAY {end} · all is as it was then · [: back"
        assert banner(pilot) == there
        await press(pilot, "right_square_bracket")
        assert "this is" not in footer(pilot), "there is nothing to go on to"
        await press(pilot, "p")
        assert banner(pilot) == there, "it stands still already"
        await press(pilot, "p", "left_square_bracket")
        moment = fmt.clock(START + LENGTH_S - 1)
        assert banner(pilot) == f"◂◂ {moment} · 00:01 before the end · End: the end"
        await press(pilot, "right_square_bracket")
        assert (banner(pilot), footer(pilot)[:15]) == (there, "back to the end")
        await press(pilot, "left_curly_bracket", "end")
        assert banner(pilot) == there
        await press(pilot, "left_curly_bracket")
        await seek(pilot, "+5m")
        assert f"it ends at {end}" in "\n".join(strips.lines(pilot.app))


async def test_what_was_frozen_before_the_end_is_behind_it() -> None:
    world = World()
    async with shown(world) as pilot:
        assert isinstance(pilot.app, CallmonApp)
        await press(pilot, "p")
        world.play(LENGTH_S + 20)
        pilot.app.end_replay()
        await pilot.pause()
        assert banner(pilot).startswith("FROZEN 00:20")
        assert banner(pilot).endswith("p: the end")
        await press(pilot, "p")
        assert banner(pilot).startswith("END OF THE REPLAY")
