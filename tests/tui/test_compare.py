"""Calls side by side: what the page shows, and what each key does there."""

from __future__ import annotations

from functools import partial
from typing import cast

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from callmon.engine.quality import Levels
from callmon.query.differences import Fact
from callmon.query.view import View
from callmon.tui import differing
from callmon.tui.app import CallmonApp
from callmon.tui.comparison import Member
from callmon.tui.differing import Differences
from callmon.tui.line import plain
from callmon.tui.screen import Page
from callmon.tui.screens.compare import ComparePage
from callmon.tui.spans import SPANS
from callmon.tui.widgets import grid as grid_module
from callmon.tui.widgets.footer import Footer
from callmon.tui.widgets.grid import Grid
from tests.tui import boards, details, several, strips
from tests.tui.boards import NOW, FixtureBoard
from tests.tui.conftest import Show, until
from tests.tui.several import Clock, compare, page, text

SIZES = [(80, 24), (120, 40), (200, 60), (240, 60), (40, 12)]
SHOWN: dict[str, tuple[int, tuple[str, ...]]] = {
    "two": (2, ()),
    "three": (3, ()),
    "six": (6, ()),
    "overlay": (3, ("o",)),
    "cursor": (2, ("left", "left", "left")),
    "baseline": (3, ("2", "b")),
    "differences": (3, ("d",)),
    "all": (6, ("2", "b", "d", "d")),
}


def on_top(pilot: Pilot[str], name: str) -> bool:
    return isinstance(pilot.app.screen, Page) and name == pilot.app.screen.NAME


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SHOWN)
async def test_it_looks_so(show: Show, size: tuple[int, int], name: str) -> None:
    count, keys = SHOWN[name]
    async with show(several.board(count), size, clock=Clock()) as pilot:
        await compare(pilot, count, *keys)
        strips.check(pilot.app, f"compare-{name}-{size[0]}x{size[1]}")
        assert all(cell_len(line) == size[0] for line in strips.lines(pilot.app))


@pytest.mark.parametrize("theme", ["light", "mono"])
async def test_other_colours_lose_nothing(show: Show, theme: str) -> None:
    found = []
    for shown in ("dark", theme):
        async with show(several.board(3), (120, 40), theme=shown, clock=Clock()) as pilot:
            await compare(pilot, 3, "2", "b", "left")
            found.append(text(pilot))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "size", [(1, 1), (10, 3), (20, 6), (50, 18), (60, 18), (99, 18), (400, 120)], ids=str
)
async def test_no_size_is_too_small_or_too_large(show: Show, size: tuple[int, int]) -> None:
    async with show(several.board(6), size) as pilot:
        await compare(pilot, 6)
        for key in ("o", "left", "d", "d", "d", "b", "minus", "t"):
            await pilot.press(key)
            await pilot.pause()
            assert all(cell_len(line) == size[0] for line in strips.lines(pilot.app))


# Opening it


async def test_the_footer_says_how_many_calls_would_be_compared(show: Show) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        assert "Compare" not in strips.lines(pilot.app)[-1]
        await pilot.press("space", "space")
        page = pilot.app.screen
        await until(pilot, lambda: "c Compare (2)" in strips.lines(pilot.app)[-1])
        await pilot.press("space")
        await until(pilot, lambda: "c Compare (3)" in strips.lines(pilot.app)[-1])
        assert pilot.app.screen is page


async def test_one_mark_and_another_call_under_the_cursor_are_two(show: Show) -> None:
    async with show(several.board(3), (120, 40)) as pilot:
        await pilot.press("g", "c")
        assert not isinstance(pilot.app.screen, ComparePage)
        await pilot.press("space", "k", "c")
        assert not isinstance(pilot.app.screen, ComparePage)
        await pilot.press("j", "c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComparePage))
        assert len(page(pilot).ids) == 2


async def test_of_more_than_six_the_first_are_taken_and_it_says_so(show: Show) -> None:
    async with show(several.board(7), (200, 60)) as pilot:
        await compare(pilot, 7)
        assert len(page(pilot).ids) == 6
        lines = strips.lines(pilot.app)
        assert "6 of 7 compared" in lines[1]
        assert lines[-1].startswith(" 6 of 7 compared: the first 6 that were marked; 1 left out")
        await pilot.press("escape", "space", "c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComparePage))
        assert "compared" not in text(pilot), "six are marked, and nobody asked for more"


@pytest.mark.parametrize("size", [(40, 12), (120, 40)])
async def test_of_more_than_six_that_are_named_it_says_so_as_well(show: Show, size: tuple[int, int]) -> None:
    async with show(several.board(7), size) as pilot:
        await pilot.press("colon", *"compare @all", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComparePage))
        await until(pilot, lambda: "6 of 7 compared: " in strips.lines(pilot.app)[-1])
        assert page(pilot).ids == pilot.app.marks.ids and len(page(pilot).ids) == 6  # type: ignore[attr-defined]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    ("before", "command", "order"),
    [
        ([], "compare @all", "worst first"),
        (["r"], "compare @all", "worst last"),
        (["slash", *"is:live", "enter"], "compare @shown", "worst first"),
        (["slash", *"is:poor", "enter"], "compare @all", "worst first"),
    ],
)
async def test_of_all_calls_the_first_as_they_are_shown_are_compared(
    show: Show, masked: bool, before: list[str], command: str, order: str
) -> None:
    found = boards.mixed(6)
    found.all = [*(several.ended(f"over-{place}", 60 * place) for place in range(6)), *found.all]
    shown = found.rows(View(reverse=order == "worst last"))
    if "@shown" in command:
        shown = [call for call in shown if call.state == "live"]
    async with show(found, (200, 60)) as pilot:
        assert isinstance(pilot.app, CallmonApp)
        await pilot.press(*["P"] * masked, *before)
        await pilot.pause()
        await pilot.press("colon", *command, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComparePage))
        said = f" 6 of {len(shown)} compared: the first 6, {order}; {len(shown) - 6} left"
        await until(pilot, lambda: strips.lines(pilot.app)[-1].startswith(said))
        assert [pilot.app.real(id) for id in page(pilot).ids] == [call.id for call in shown[:6]]


@pytest.mark.parametrize(
    ("ends", "span", "says"),
    [
        ((0, 200, 400), 300.0, "since each began"),
        ((0, 200, 250), 300.0, "by the clock"),
        ((0, 200, 400), 0.0, "by the clock"),
        ((0, None, 400), 300.0, "by the clock"),
        ((0, None, 900), 300.0, "since each began"),
    ],
)
async def test_calls_that_are_over_stand_by_the_clock_where_all_of_them_are_in_what_is_shown(
    show: Show, ends: tuple[int | None, ...], span: float, says: str
) -> None:
    calls = [several.ended(f"c{place}", ago) for place, ago in enumerate(ends)]
    async with show(details.board(*calls), (120, 40)) as pilot:
        assert isinstance(pilot.app, CallmonApp)
        pilot.app.span_at = SPANS.index(span)
        await compare(pilot, 3)
        assert says in strips.lines(pilot.app)[1]


async def test_on_every_page_escape_leads_back_to_it(show: Show) -> None:
    async with show(several.board(3), (120, 40)) as pilot:
        await compare(pilot, 3, "2")
        first = page(pilot)
        meant = first.target()
        for key, name in (("enter", "call"), ("i", "ice"), ("s", "report")):
            await pilot.press(key)
            await until(pilot, partial(on_top, pilot, name))
            assert cast(ComparePage, pilot.app.screen).subject == meant
            while pilot.app.screen is not first:
                await pilot.press("escape")
                await pilot.pause()
        await pilot.press("enter", "c")
        await until(pilot, lambda: pilot.app.screen is first)


# Life


async def test_only_charts_with_news_are_drawn(show: Show) -> None:
    clock = Clock()
    board = several.board(3)
    async with show(board, (120, 40), clock=clock) as pilot:
        await compare(pilot, 3)
        grid = pilot.app.screen.query_one(Grid)
        drawn = grid.made
        for seconds in range(1, 6):
            clock.at += 2
            board.at = NOW + seconds
            board.touch(board.all[0])
            cast(CallmonApp, pilot.app).paint()
            await pilot.pause()
        assert grid.made == drawn
        await pilot.press("left", "tab")
        await pilot.pause()
        assert grid.made == drawn
        stream = board.all[1].legs["a"].streams["in"]
        stream.history.append(NOW - 0.5, {"loss_pct": 0.1, "jitter_ms": 19.0})
        stream.last_at = NOW - 0.5
        clock.at += 2
        cast(CallmonApp, pilot.app).paint()
        await pilot.pause()
        assert grid.made == drawn + 1


@pytest.mark.parametrize(
    ("compared", "width", "words"),
    [
        ([], 80, "– no two calls have curves to compare"),
        (["Loss", "RTT"], 80, "= the curves never part for long: Loss, RTT"),
        (["Loss", "RTT"], 38, "= the curves never part for long"),
    ],
)
def test_what_was_compared_is_said(compared: list[str], width: int, words: str) -> None:
    members = [Member(place, call) for place, call in enumerate(several.calls(2))]
    found = differing.lines(
        members, Differences(compared=compared), width, every=False, baseline=None, since_start=False
    )
    assert plain(found[0]) == words


@pytest.mark.parametrize("baseline", [None, 1])
@pytest.mark.parametrize("width", [38, 80, 160])
def test_what_is_the_same_is_written_out_and_is_said_with_whom(width: int, baseline: int | None) -> None:
    members = [Member(place, call) for place, call in enumerate(several.calls(3))]
    facts = (
        Fact("Issues", "dtls-stuck", ("none", "1 ×", "1 ×" if baseline else "none")),
        Fact("Path", "relay", ("–", "tls", "–")),
    )
    found = differing.lines(
        members, Differences(facts), width, every=False, baseline=baseline, since_start=False
    )
    text = [plain(line).split() for line in found]
    issue = next(line for line in text if line[:1] == ["dtls-stuck"])
    if width == 38:
        assert issue[1:] == (["1", "none", "2,3", "1", "×"] if baseline else ["1,3", "none", "2", "1", "×"])
        return
    assert ["=", "as", "2" if baseline else "1"] in [line[:3] for line in text]
    assert issue[1:] == ["none", "1", "×", "=", *(["1", "×"] if baseline else ["none"])]
    assert next(line for line in text if line[:1] == ["relay"])[1:] == ["–", "tls", "–"]


async def test_other_limits_are_drawn_at_once(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    board = several.board(2)
    async with show(board, (120, 40), clock=clock) as pilot:
        await compare(pilot, 2)
        before = text(pilot)
        monkeypatch.setattr(board, "levels", lambda: {"loss_pct": Levels(0.01, 0.02), "rtt_ms": Levels(5, 6)})
        cast(CallmonApp, pilot.app).paint()
        await pilot.pause()
        after = text(pilot)
        assert after != before
        await pilot.press("escape", "c")
        await pilot.pause()
        assert text(pilot) == after


async def test_what_was_drawn_bit_by_bit_is_what_is_drawn_at_once(show: Show) -> None:
    clock = Clock()
    board = several.board(3)
    async with show(board, (120, 40), clock=clock) as pilot:
        await compare(pilot, 3)
        await pilot.press("plus", "plus", "plus")
        for second in range(1, 26):
            clock.at += 1
            board.at = NOW + second
            for number, stream in enumerate(board.all[1].legs["a"].streams.values()):
                wave = (second * (number + 3)) % 11
                row = {"loss_pct": wave / 2, "jitter_ms": 4.0 * wave, "bitrate_bps": 2_000.0 * wave}
                if second % (number + 2) == 0:
                    stream.history.append(NOW + second - 0.2, dict(row))
                    stream.last_at = NOW + second - 0.2
            cast(CallmonApp, pilot.app).paint()
            await pilot.pause()
            if second % 6 == 0:
                grown = text(pilot)
                await pilot.press("escape", "c", "plus", "plus", "plus")
                await pilot.pause()
                clock.at += 5
                pilot.app.screen.query_one(Footer).hush()
                await pilot.pause()
                assert text(pilot).splitlines()[:-1] == grown.splitlines()[:-1]


async def test_charts_that_change_together_are_drawn_one_after_the_other(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid_module, "SLICE_S", -1.0)
    clock = Clock()
    board = several.board(3)
    async with show(board, (120, 40), clock=clock) as pilot:
        await compare(pilot, 3)
        grid = pilot.app.screen.query_one(Grid)
        drawn = grid.made
        for values in ({"loss_pct": 0.1, "jitter_ms": 19.0}, {"loss_pct": 9.9, "jitter_ms": 2.0}):
            stream = board.all[1].legs["a"].streams["in"]
            stream.history.append(NOW - 0.5, values)
            stream.last_at = NOW - 0.5
        clock.at += 2
        cast(CallmonApp, pilot.app).paint()
        assert grid.made == drawn + 1
        await until(pilot, lambda: grid.made > drawn + 1)


async def test_live_calls_go_on_and_a_frozen_screen_stands(show: Show) -> None:
    clock = Clock()
    board = several.board(2)
    async with show(board, (120, 40), clock=clock) as pilot:
        await compare(pilot, 2)
        before = page(pilot).scene
        await pilot.press("p")
        grow(board, 40)
        clock.at += 2
        cast(CallmonApp, pilot.app).paint()
        await pilot.pause()
        frozen = page(pilot).scene
        assert before is not None and frozen is not None and frozen.clock == before.clock
        assert "0.1" in text(pilot) and "77.0" not in text(pilot)
        await pilot.press("p")
        clock.at += 2
        cast(CallmonApp, pilot.app).paint()
        await pilot.pause()
        live = page(pilot).scene
        assert live is not None and live.clock.until > before.clock.until
        assert "77.0 P" in text(pilot)


def grow(board: FixtureBoard, seconds: int) -> None:
    """Let every call go on for some seconds."""
    for call in board.all:
        for leg in call.legs.values():
            for stream in leg.streams.values():
                for second in range(seconds):
                    stream.history.append(NOW + second, {"loss_pct": 77.0})
                stream.last_at = NOW + seconds - 1
        call.last_frame_at = NOW + seconds - 1
        call.frames += seconds
        board.touch(call)
    board.at = NOW + seconds


async def test_calls_that_are_gone_leave_the_others(show: Show) -> None:
    board = several.board(3)
    async with show(board, (120, 40)) as pilot:
        await compare(pilot, 3)
        gone = page(pilot).ids[0]
        board.all[:] = [call for call in board.all if call.id != gone]
        board.number += 1
        for key in ("left", "b", "d", "d", "d", "y", "o"):
            await pilot.press(key)
            await pilot.pause()
        assert [one.place for one in (page(pilot).scene or pytest.fail("nothing is shown")).members] == [1, 2]
        board.all.clear()
        board.number += 1
        await pilot.press("o", "tab")
        await pilot.pause()
        assert "no longer kept" in text(pilot)


@pytest.mark.parametrize("keys", [(), ("o",), ("d",), ("left",), ("2", "b")], ids=str)
async def test_hostile_strings_change_nothing(show: Show, keys: tuple[str, ...]) -> None:
    board = details.board(details.hostile(), *several.calls(1))
    for size in ((80, 24), (120, 40), (40, 12)):
        async with show(board, size) as pilot:
            await compare(pilot, 2, *keys)
            found = strips.lines(pilot.app)
            assert all(char.isprintable() for line in found for char in line)
            assert all(cell_len(line) == size[0] for line in found)


async def test_charts_in_ascii_are_ascii(show: Show) -> None:
    async with show(several.board(2), (120, 40), charts="ascii") as pilot:
        await compare(pilot, 2, "left", "o")
        rows = [line for line in strips.lines(pilot.app)[6:] if "|" in line]
        assert rows and "".join(rows).isascii()
