"""Going back while live: each key, what the pages show of then, and that nothing is lost on the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from callmon.exports.exporter import Exporter
from callmon.query import format as fmt
from callmon.query.view import View
from callmon.tui.app import CallmonApp
from callmon.tui.farewell import farewell
from callmon.tui.running import _say_farewell
from callmon.tui.screens.call import CallPage
from callmon.tui.screens.overview import Overview
from callmon.tui.widgets.seekbar import SeekBar
from callmon.tui.widgets.table import Table
from tests.rewind.tapes import START
from tests.tui import strips
from tests.tui.conftest import until
from tests.tui.rewinding import (
    LENGTH_S,
    Steps,
    World,
    arrived,
    at,
    banner,
    find,
    footer,
    press,
    seek,
    shown,
    still,
)


@pytest.mark.parametrize(
    ("keys", "seconds"),
    [
        (["left_square_bracket"], -1),
        (["left_square_bracket"] * 3, -3),
        (["left_square_bracket"] * 3 + ["right_square_bracket"], -2),
        (["left_curly_bracket"], -60),
        (["left_curly_bracket", "left_curly_bracket", "right_curly_bracket"], -60),
        (["left_curly_bracket", "right_square_bracket", "right_square_bracket"], -58),
        (["S", *"-90", "enter"], -90),
    ],
)
async def test_keys_go_back_and_on(keys: list[str], seconds: int) -> None:
    # Time stands still for what repeats a key, so that these are pressed one by one.
    async with shown(still(), clock=Steps().slow) as pilot:
        await press(pilot, *keys)
        assert at(pilot) == LENGTH_S + seconds
        moment = fmt.clock(START + LENGTH_S + seconds)
        assert banner(pilot) == f"◂◂ {moment} · {fmt.stopwatch(-seconds)} behind · End: now"


async def test_a_key_that_is_held_down_goes_faster_after_a_while() -> None:
    async with shown(still(), clock=Steps().fast) as pilot:
        await press(pilot, *["left_square_bracket"] * 12)
        assert at(pilot) == LENGTH_S - 9 - 3 * 5
        await press(pilot, "right_square_bracket")
        assert at(pilot) == LENGTH_S - 9 - 3 * 5 + 1


async def test_going_on_ends_at_now() -> None:
    async with shown(still(), clock=Steps().slow) as pilot:
        await press(pilot, "left_square_bracket", "left_square_bracket")
        await press(pilot, "right_square_bracket", "right_square_bracket")
        assert at(pilot) == LENGTH_S
        assert "behind" not in banner(pilot)
        assert footer(pilot).startswith("back to now")
        await press(pilot, "left_square_bracket", "right_curly_bracket")
        assert "behind" not in banner(pilot)


async def test_end_is_now_while_rewound_and_else_the_last_row() -> None:
    async with shown(still()) as pilot:
        table = pilot.app.screen.query_one(Table)
        await press(pilot, "end")
        assert table.chosen == table._rows.ids[-1]
        await press(pilot, "g", "left_curly_bracket", "G")
        assert at(pilot) == LENGTH_S - 60
        assert table.chosen == table._rows.ids[-1]
        await press(pilot, "g", "end")
        assert at(pilot) == LENGTH_S
        assert table.chosen == table._rows.ids[0]


async def test_the_oldest_moment_says_so() -> None:
    async with shown(still(), clock=Steps().slow) as pilot:
        await press(pilot, *["left_curly_bracket"] * 4)
        oldest = fmt.clock(START + at(pilot))
        assert footer(pilot).startswith(f"the tape begins at {oldest}")
        assert f"◂◂ {oldest} · " in banner(pilot)
        assert "the tape begins here" in banner(pilot)
        assert 0 <= at(pilot) < LENGTH_S - 120


async def test_collecting_goes_on_and_what_is_shown_stands_still() -> None:
    world = World()
    async with shown(world) as pilot:
        await press(pilot, "left_curly_bracket")
        before = strips.lines(pilot.app)[2:]
        frames = world.live.watch.monitor.frames
        world.play(LENGTH_S + 20)
        assert world.live.watch.monitor.frames > frames
        assert isinstance(pilot.app, CallmonApp)
        pilot.app.paint()
        await pilot.pause()
        assert strips.lines(pilot.app)[2:] == before
        assert "01:20 behind" in banner(pilot)
        await press(pilot, "end")
        assert at(pilot) == LENGTH_S + 20
        assert strips.lines(pilot.app)[2:] != before


@pytest.mark.parametrize("keys", [(), ("enter",), ("enter", "tab"), ("enter", "x"), ("i",), ("e",), ("L",)])
async def test_every_page_is_what_it_was_then(keys: tuple[str, ...]) -> None:
    world = World(140.0)
    async with shown(world, (120, 40)) as pilot:
        await press(pilot, *keys)
        then = strips.lines(pilot.app)
    world.play(LENGTH_S)
    async with shown(world, (120, 41)) as pilot:
        await seek(pilot, "-1m")
        assert at(pilot) == 140.0
        assert isinstance(pilot.app.screen, Overview)
        await press(pilot, *keys)
        now = strips.lines(pilot.app)
    assert now[1].startswith(" ◂◂")
    del now[1]
    # Alerts are of what goes on, whatever moment is shown.
    assert " new  " in now[0] and now[0].split() != then[0].split()
    now[0], then[0] = (line[: line.index("▲")].rstrip() for line in (now[0], then[0]))
    # The first call of a page that scrolls has one line more here; the keys of the footer are others.
    assert now[:-1] == then[:-1]


async def test_a_call_that_had_not_begun_is_not_there_and_comes_again() -> None:
    world = still()
    call = find(world, lambda call: call.started_at > START + 140 and not call.over)
    before = int(LENGTH_S - (call.started_at - START)) + 3
    async with shown(world) as pilot:
        pilot.app.screen.query_one(Table).choose(call.id)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, CallPage)
        await seek(pilot, f"-{before}")
        text = "\n".join(strips.lines(pilot.app))
        assert "This call is not there: it has not begun yet" in text
        assert "Receive" not in text and "Issues" not in text
        assert (call.label or call.id) in strips.lines(pilot.app)[0]
        await seek(pilot, "+15")
        text = "\n".join(strips.lines(pilot.app))
        assert "Receive" in text and "not there" not in text
        await press(pilot, "end", "escape")
        assert pilot.app.screen.query_one(Table).chosen == call.id


async def test_a_call_that_has_ended_since_is_live_again() -> None:
    world = still()
    call = find(world, lambda call: call.over and (call.ended_at or 0) - call.started_at > 20)
    assert call.ended_at is not None
    before = int(START + LENGTH_S - call.ended_at) + 10
    async with shown(world, (160, 30)) as pilot:
        pilot.app.screen.query_one(Table).choose(call.id)
        await press(pilot, "enter")
        assert f"  {call.state} · " in strips.lines(pilot.app)[1]
        await seek(pilot, f"-{before}")
        assert "  live · " in strips.lines(pilot.app)[2]
        assert "heard" in strips.lines(pilot.app)[2]


async def test_filter_order_and_cursor_survive_the_way_there_and_back() -> None:
    world = still()
    call = find(world, lambda call: call.started_at > START + 140 and call.provider == "webrtc")
    async with shown(world) as pilot:
        table = pilot.app.screen.query_one(Table)
        await press(pilot, "slash", *"webrtc", "enter", "greater_than_sign", "r")
        table.choose(call.id)
        await press(pilot, "k", "j")
        shown_before, title = list(table._rows.ids), strips.lines(pilot.app)[2]
        assert table.chosen == call.id
        await press(pilot, "left_curly_bracket", "left_curly_bracket")
        assert call.id not in table._rows.ids and 0 < len(table._rows.ids) < len(shown_before)
        assert strips.lines(pilot.app)[3] == title
        assert "webrtc" in strips.lines(pilot.app)[-2]
        await press(pilot, "end")
        assert set(table._rows.ids) == set(shown_before)
        assert table.chosen == call.id
        assert strips.lines(pilot.app)[2] == title


async def test_keys_of_time_are_text_where_text_is_typed() -> None:
    async with shown(still()) as pilot:
        await press(pilot, "slash", *"S[]{}")
        assert strips.lines(pilot.app)[-3].startswith(" / S[]{}")
        assert at(pilot) == LENGTH_S


async def test_after_a_jump_the_worst_are_on_top_at_once_and_after_a_step_rows_stay() -> None:
    async with shown(still(), clock=Steps().slow) as pilot:
        table = pilot.app.screen.query_one(Table)
        await press(pilot, "j", "left_curly_bracket", "left_curly_bracket")
        board = pilot.app.board()  # type: ignore[attr-defined]
        assert list(table._rows.ids) == [call.id for call in board.rows(View())]
        order = list(table._rows.ids)
        await press(pilot, "right_square_bracket")
        assert [id for id in table._rows.ids if id in order] == order


async def test_frozen_and_rewound() -> None:
    world = World()
    async with shown(world, clock=Steps().slow) as pilot:
        await press(pilot, "p")
        world.play(LENGTH_S + 10)
        await press(pilot, "left_square_bracket")
        assert at(pilot) == LENGTH_S - 1, "from what is shown"
        assert "00:11 behind" in banner(pilot)
        await press(pilot, "p")
        assert at(pilot) == LENGTH_S + 10
        assert "FROZEN" not in banner(pilot) and "behind" not in banner(pilot)


@pytest.mark.parametrize(
    ("typed", "why", "caret"),
    [
        ("", "expected a time", 0),
        ("10:75", "expected minutes up to 59", 3),
        ("noon", "expected a time: 10:15:30", 0),
        ("-5x", "expected a span of time such as 90s", 2),
        ("-3h", "the tape begins at", 0),
        ("+5m", "it is only", 0),
    ],
)
async def test_what_is_no_moment_is_said_and_can_be_mended(typed: str, why: str, caret: int) -> None:
    async with shown(still()) as pilot:
        await pilot.press("S", *typed, "enter")
        await pilot.pause()
        line, wrong = strips.lines(pilot.app)[-3:-1]
        assert line.startswith(f" Go to {typed}")
        assert wrong.strip().startswith(f"^ {why}")
        assert wrong.index("^") == len(" Go to ") + caret
        assert footer(pilot).startswith("Enter Go  Esc Stay")
        await pilot.press("ctrl+u", *"-10", "enter")
        await arrived(pilot)
        assert at(pilot) == LENGTH_S - 10
        assert not pilot.app.screen.query_one(SeekBar).display


async def test_escape_stays_and_gives_the_keys_back() -> None:
    async with shown(still()) as pilot:
        before = pilot.app.focused
        await press(pilot, "S", "minus", "escape")
        assert at(pilot) == LENGTH_S
        assert pilot.app.focused is before
        assert isinstance(pilot.app.screen, Overview)


async def test_keys_work_and_now_is_at_hand_while_it_is_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    from callmon.tui import showing

    monkeypatch.setattr(showing, "SLICE_S", 0.0)
    monkeypatch.setattr(showing, "PATIENCE_S", 0.0)
    monkeypatch.setattr(showing, "REST_S", 0.05)
    async with shown(still()) as pilot:
        app = pilot.app
        assert isinstance(app, CallmonApp)
        table = app.screen.query_one(Table)
        await pilot.press("left_curly_bracket")
        await until(pilot, lambda: "going back to" in banner(pilot))
        assert at(pilot) == LENGTH_S, "until it is there, what is live is shown"
        await pilot.press("j", "j")
        assert table.chosen == table._rows.ids[2]
        assert app._showing._going is not None, "it is on its way still"
        await pilot.press("end")
        await arrived(pilot)
        assert "behind" not in banner(pilot) and "going" not in banner(pilot)
        monkeypatch.setattr(showing, "SLICE_S", 0.01)
        monkeypatch.setattr(showing, "REST_S", 0.0)
        await press(pilot, "left_curly_bracket")
        assert at(pilot) == LENGTH_S - 60


@pytest.mark.parametrize("key", ["B", "e", "E"])
async def test_nothing_is_exported_of_the_moment_before_while_another_is_on_its_way(
    key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from callmon.tui import showing

    patience = {"SLICE_S": 0.0, "PATIENCE_S": 0.0, "REST_S": 0.05}
    for name, seconds in patience.items():
        monkeypatch.setattr(showing, name, seconds)
    async with shown(still()) as pilot:
        app = pilot.app
        assert isinstance(app, CallmonApp)
        app.exporter = Exporter(None, tmp_path)
        await pilot.press("left_curly_bracket", key)
        assert app._showing._going is not None, "it is on its way still"
        assert footer(pilot).startswith("not exported: that moment is on its way")
        assert isinstance(app.screen, Overview) and not list(tmp_path.iterdir())
        monkeypatch.setattr(showing, "REST_S", 0.0)
        await arrived(pilot)
        await pilot.press(*(key if key == "B" else (key, "enter")))
        await until(pilot, lambda: any(not one.name.startswith(".") for one in tmp_path.iterdir()), 20.0)
        assert at(pilot) == LENGTH_S - 60


async def test_what_cannot_be_read_is_said_and_what_is_live_goes_on() -> None:
    world = World()

    def broken(*_: object) -> Any:
        raise ValueError("no\x1b[31m state")

    world.live.spill.held = broken  # type: ignore[method-assign, assignment]
    async with shown(world) as pilot:
        await press(pilot, "left_square_bracket")
        assert at(pilot) == LENGTH_S
        assert footer(pilot).startswith("the past cannot be shown: ValueError: no")
        assert "\x1b" not in footer(pilot)


async def test_without_a_past_no_key_is_offered() -> None:
    app = CallmonApp(still().live.watch.board)
    async with app.run_test(size=(200, 30)) as pilot:
        await pilot.pause()
        assert "Rewind" not in footer(pilot) and "Minute" not in footer(pilot)
        await press(pilot, "left_square_bracket", "S", "end")
        assert at(pilot) == LENGTH_S
        await press(pilot, "question_mark")
        assert "A second back" not in "\n".join(strips.lines(app))


async def test_the_footer_offers_what_does_something_now() -> None:
    async with shown(still(), (80, 24)) as pilot:
        assert "[ Rewind" in footer(pilot) and "End" not in footer(pilot)
        await press(pilot, "left_square_bracket")
        assert footer(pilot).startswith("[ ] Rewind  { } Minute  S Time  End Now")
        assert "Freeze" not in footer(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "keys", "charts"),
    [
        ("calls-rewound", ["left_curly_bracket"], "braille"),
        ("calls-rewound-ascii", ["left_curly_bracket"], "ascii"),
        ("calls-oldest", ["left_curly_bracket"] * 4, "braille"),
        ("calls-seek", ["S", *"10:75", "enter"], "braille"),
        ("call-rewound", ["enter", "left_curly_bracket"], "braille"),
    ],
)
async def test_it_looks_so(name: str, keys: list[str], charts: str, size: tuple[int, int]) -> None:
    async with shown(still(), size, charts=charts, clock=Steps().slow) as pilot:
        await press(pilot, *keys)
        strips.check(pilot.app, f"{name}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("mask", [False, True])
@pytest.mark.parametrize("key", ["left_curly_bracket", "p"])
async def test_the_summary_at_the_end_is_of_now(
    key: str, mask: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(100.0)
    async with shown(world) as pilot:
        app = pilot.app
        assert isinstance(app, CallmonApp)
        await press(pilot, key)
        before = farewell(app.board(), 5.0)
        world.play(LENGTH_S)
        if mask:
            await press(pilot, "P")
    capsys.readouterr()
    _say_farewell(app, 5.0)
    now = farewell(app.live(), 5.0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == now[0] != before[0]
    assert (lines == now) is not mask
