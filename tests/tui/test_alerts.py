"""Who is called when a call becomes poor, how often, and by what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from callmon.engine.call import Call
from callmon.engine.quality import Grade
from callmon.tui.alerts import FLASH, FLASH_S, LATER, OPEN, SEEN, SNOOZE_S, Alerts
from tests.tui import boards, strips
from tests.tui.conftest import Show, until


def poor(id: str, *codes: str) -> Call:
    call = boards.make_call(id, Grade.POOR)
    call.issues = [boards.issue(code) for code in codes]
    return call


def test_what_becomes_poor_is_told_once() -> None:
    alerts, call = Alerts(), boards.make_call("a")
    assert alerts.look([call], 0.0) == []
    call.grade = Grade.POOR
    assert alerts.look([call], 1.0) == [call]
    assert alerts.look([call], 2.0) == []
    assert alerts.states(1.0 + FLASH_S / 2) == {"a": FLASH}
    assert alerts.states(1.0 + FLASH_S) == {"a": OPEN}
    assert alerts.counts(9.0) == (1, 0, 0)


def test_what_was_poor_before_waits_but_calls_nobody() -> None:
    alerts = Alerts()
    assert alerts.look([poor("a")], 0.0) == []
    assert alerts.states(0.0) == {"a": OPEN}
    assert alerts.look([poor("a"), poor("b")], 1.0, quiet=True) == []
    assert alerts.counts(1.0) == (2, 0, 0)


def test_what_was_acknowledged_calls_again_for_something_new_only() -> None:
    alerts, call = Alerts(), poor("a", "loss-high")
    alerts.look([call], 0.0)
    assert alerts.acknowledge(call)
    assert alerts.states(1.0) == {"a": SEEN} and alerts.counts(1.0) == (0, 1, 0)
    assert alerts.look([call], 2.0) == []
    call.issues[0].until = boards.NOW
    assert alerts.look([call], 3.0) == []
    call.issues.append(boards.issue("media-stopped"))
    assert alerts.look([call], 4.0) == [call]
    assert alerts.states(4.0) == {"a": FLASH}


def test_what_was_put_off_calls_again_later() -> None:
    alerts, call = Alerts(), poor("a", "loss-high")
    alerts.look([call], 0.0)
    assert alerts.snooze(call, 10.0)
    call.issues.append(boards.issue("media-stopped"))
    assert alerts.look([call], 10.0 + SNOOZE_S - 1) == []
    assert alerts.states(11.0) == {"a": LATER} and alerts.counts(11.0) == (0, 0, 1)
    assert alerts.look([call], 10.0 + SNOOZE_S) == [call]


def test_what_is_well_again_is_forgotten() -> None:
    alerts, call = Alerts(), poor("a")
    alerts.look([call], 0.0)
    alerts.acknowledge(call)
    call.grade = Grade.FAIR
    alerts.look([call], 1.0)
    assert alerts.counts(1.0) == (0, 0, 0)
    assert not alerts.acknowledge(call) and not alerts.snooze(call, 1.0)
    call.grade = Grade.POOR
    assert alerts.look([call], 2.0) == [call]
    call.state = "ended"
    alerts.look([call], 3.0)
    assert alerts.states(3.0) == {}


@given(st.lists(st.sets(st.sampled_from("abc")), min_size=1, max_size=12))
def test_nobody_is_called_twice_for_one_time_of_being_poor(looks: list[set[str]]) -> None:
    alerts, before = Alerts(), looks[0]
    alerts.look([poor(id) for id in before], 0.0)
    for number, now in enumerate(looks[1:], 1):
        found = {call.id for call in alerts.look([poor(id) for id in now], float(number))}
        assert found == now - before
        before = now


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def worsen(pilot: Pilot[Any], board: boards.FixtureBoard, clock: Clock, number: int) -> None:
    """Let a call become poor, well after everything was there."""
    clock.now += 10.0
    call = board.all[number]
    call.grade = Grade.POOR
    board.touch(call)
    pilot.app.paint()  # type: ignore[attr-defined]
    await pilot.pause()


def good(board: boards.FixtureBoard) -> int:
    return next(n for n, call in enumerate(board.all) if call.grade is Grade.GOOD and not call.over)


async def test_the_row_flashes_and_one_line_says_so(show: Show) -> None:
    board, clock = boards.mixed(), Clock()
    async with show(board, (100, 24), clock=clock) as pilot:
        await until(pilot, lambda: "▲ 2 new" in strips.lines(pilot.app)[0])
        await worsen(pilot, board, clock, good(board))
        await until(pilot, lambda: any("▲!P" in line for line in strips.lines(pilot.app)))
        lines = strips.lines(pilot.app)
        assert "▲ Agent 00 → Customer" in lines[-1]
        assert "▲ 3 new" in lines[0]
        clock.now += FLASH_S
        await until(pilot, lambda: not any("▲!P" in line for line in strips.lines(pilot.app)))


async def test_it_is_acknowledged_and_put_off_by_a_key_and_by_a_command(show: Show) -> None:
    async with show(boards.mixed(), (100, 24), clock=Clock()) as pilot:
        await until(pilot, lambda: "▲ 2 new" in strips.lines(pilot.app)[0])
        await pilot.press("a")
        await until(pilot, lambda: any("△ P media-stopped" in line for line in strips.lines(pilot.app)))
        assert "▲ 1 new  △ 1 ack" in strips.lines(pilot.app)[0]
        await pilot.press("enter")
        await until(
            pilot, lambda: any("△ P poor acknowledged" in line for line in strips.lines(pilot.app)[:3])
        )
        await pilot.press("escape", "j", "z")
        await until(pilot, lambda: any("△zP loss" in line for line in strips.lines(pilot.app)))
        assert "△ 1 ack  △z 1 put off" in strips.lines(pilot.app)[0]
        await pilot.press("colon", *"snooze 30m", "enter")
        await pilot.pause()
        assert "put off for 30 min" in strips.lines(pilot.app)[-1]
        await pilot.press("colon", *"snooze @shown 99h", "enter")
        await pilot.pause()
        assert "put off for 4 d 3 h" in strips.lines(pilot.app)[-1]
        await pilot.press("colon", *"snooze 30x", "enter")
        await pilot.pause()
        assert "expected how long, such as 15m or 90s" in strips.lines(pilot.app)[-2]
        await pilot.press("escape", "G", "colon", *"ack", "enter")
        await pilot.pause()
        assert "expected a poor call: there is none in @focus" in strips.lines(pilot.app)[-2]


async def test_keys_that_answer_are_there_for_poor_calls_only(show: Show) -> None:
    async with show(boards.mixed(), (200, 24)) as pilot:
        await until(pilot, lambda: "a Ack" in strips.lines(pilot.app)[-1])
        await pilot.press("G")
        await until(pilot, lambda: "a Ack" not in strips.lines(pilot.app)[-1])


@pytest.mark.parametrize("bell", [True, False])
async def test_the_bell_rings_where_it_is_wanted(
    show: Show, bell: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, clock, rung = boards.mixed(), Clock(), list[float]()
    async with show(board, (100, 24), clock=clock, bell=bell) as pilot:
        monkeypatch.setattr(pilot.app, "bell", lambda: rung.append(clock.now))
        await until(pilot, lambda: "▲ 2 new" in strips.lines(pilot.app)[0])
        await worsen(pilot, board, clock, good(board))
        assert len(rung) == int(bell)


async def test_alerts_are_of_what_goes_on_while_the_screen_is_frozen(show: Show) -> None:
    board, clock = boards.mixed(), Clock()
    async with show(board, (100, 24), clock=clock) as pilot:
        await until(pilot, lambda: "▲ 2 new" in strips.lines(pilot.app)[0])
        await pilot.press("p")
        await worsen(pilot, board, clock, good(board))
        await until(pilot, lambda: "▲ 3 new" in strips.lines(pilot.app)[0])


def test_what_alerts_is_what_the_filter_says() -> None:
    alerts, call = Alerts("rtt>300ms and not is:over"), boards.make_call("a", rtt_ms=100.0)
    assert alerts.look([call], 0.0, at=boards.NOW) == []
    call.metrics["rtt_ms"] = 400.0
    call.version += 1
    assert alerts.look([call], 1.0, at=boards.NOW) == [call]
    assert alerts.look([call], 2.0, at=boards.NOW) == []
