"""The mask on the screens: nobody can be recognized on any page, and everything goes on as before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from callmon.board import FrozenBoard
from callmon.engine.call import Call
from callmon.model.health import SourceHealth
from callmon.query.expression import Compare
from callmon.query.filter import Filter
from callmon.query.view import View
from callmon.tui.app import CallmonApp
from callmon.tui.farewell import farewell
from callmon.tui.grouping import id_of
from callmon.tui.masked import MaskedBoard, Veil
from callmon.tui.screen import Page
from callmon.tui.screens import SCREENS
from callmon.tui.screens.call import CallPage
from callmon.tui.screens.compare import ComparePage
from callmon.tui.screens.overview import Overview
from callmon.tui.screens.participant import ParticipantPage
from callmon.tui.subject import participant
from callmon.tui.widgets.footer import Footer
from callmon.tui.widgets.table import Table
from tests.masking import names
from tests.tui import boards, details, halls, strips
from tests.tui.conftest import Show, until
from tests.tui.test_commands import typed

PEOPLE = ("Ana Ruiz", "Mata Hari", "Dr. Okafor", "Warehouse phone", "901820", "203.0.113.77", "acme")


def board() -> boards.FixtureBoard:
    """Calls with names wherever names may be, the first one with a frame."""
    found = boards.mixed()
    secret = names.call()
    secret.version, secret.started_at, secret.last_frame_at = 1, boards.NOW - 200, boards.NOW - 1
    secret.legs["b"] = halls.person("b", "Mata Hari", 60.0, halls.APPLE)
    secret.legs["leg-of-someone"].role = "participant"
    found.all[:0] = [secret, halls.standup()]
    found.frames[secret.id] = details.frame(details.live())
    found.health.append(SourceHealth("office", "down", "wss://pbx.acme.example/feed: Ana Ruiz was refused"))
    found.lines.append((boards.NOW - 3, "office: connected to 203.0.113.77 for Ana Ruiz"))
    return found


def texts(call: Call) -> Iterator[str]:
    """Every name in a call that somebody could recognize."""
    for name in (call.id, call.label, call.room, *call.legs):
        if name is not None and len(name) > 3:
            yield name
    yield from (*names.ADDRESSES[:6], *names.HOSTS, names.PERSONS[0], "901820")


def leaks(lines: list[str], shown: boards.FixtureBoard) -> set[str]:
    """Every name that stands on a screen, also one of which the middle was cut out."""
    text = "\n".join(lines)
    found = {name for call in shown.all for name in texts(call) if name in text}
    return found | {name for name in PEOPLE if name in text}


SIZES = ((40, 12), (80, 24), (200, 60))
"""Sizes at which every page is looked at."""


async def opened(pilot: Pilot[str], page: type[Page], shown: boards.FixtureBoard) -> None:
    """Open a page so that there is something to see on it."""
    app = pilot.app
    assert isinstance(app, CallmonApp)
    call = shown.all[0]
    if page is ComparePage:
        app.marks.add(one.id for one in shown.all[:3])
    subject = participant(call.id, next(iter(call.legs))) if page is ParticipantPage else call.id
    if page is not SCREENS[0]:
        app.show(page.NAME, subject)
        await until(pilot, lambda: isinstance(app.screen, page))
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("page", SCREENS, ids=lambda page: page.NAME)
async def test_no_name_is_on_any_page(show: Show, page: type[Page], size: tuple[int, int]) -> None:
    shown = board()
    async with show(shown, size, title="wss://pbx.acme.example") as pilot:
        await opened(pilot, page, shown)
        before = strips.lines(pilot.app)
        await pilot.press("P")
        await pilot.pause()
        await pilot.pause()
        assert leaks(strips.lines(pilot.app), shown) == set()
        assert "MASKED" in strips.lines(pilot.app)[0]
        for key in ("t", "tab", "x", "d", "d", "right", "G", "j", "plus", "w"):
            await pilot.press(key)
            await pilot.pause()
            assert leaks(strips.lines(pilot.app), shown) == set(), key
        named = ("help", "log", "dashboard", "wallboard")
        assert page.NAME in named or size == SIZES[0] or leaks(before, shown) != set()


async def test_it_goes_on_with_the_same_call_and_comes_back(show: Show) -> None:
    shown = board()
    async with show(shown, (120, 40)) as pilot:
        await pilot.press("j", "space")
        marked = pilot.app.marks.ids  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CallPage))
        subject = pilot.app.screen.subject  # type: ignore[attr-defined]
        before = strips.lines(pilot.app)[2:-1]
        await pilot.press("P")
        await pilot.pause()
        assert pilot.app.screen.subject != subject  # type: ignore[attr-defined]
        assert pilot.app.screen.call(pilot.app.board()) is not None  # type: ignore[attr-defined]
        await pilot.press("P")
        await pilot.pause()
        await pilot.pause()
        assert strips.lines(pilot.app)[2:-1] == before
        assert pilot.app.screen.subject == subject  # type: ignore[attr-defined]
        assert pilot.app.marks.ids == marked  # type: ignore[attr-defined]


async def test_aliases_stay_the_same_when_frozen_and_when_taken_off_and_on(show: Show) -> None:
    async with show(board(), (120, 40)) as pilot:
        await pilot.press("P")
        await pilot.pause()
        rows = strips.lines(pilot.app)[3:-1]
        await pilot.press("p")
        await until(pilot, lambda: "FROZEN" in strips.lines(pilot.app)[1])
        assert strips.lines(pilot.app)[4:-1] == rows[:-1]
        await pilot.press("p", "P", "P")
        await pilot.pause()
        await pilot.pause()
        assert strips.lines(pilot.app)[3:-1] == rows


@pytest.mark.parametrize("title", ["7 files", "file", "demo"])
def test_how_many_files_there_are_names_nobody(title: str) -> None:
    assert Veil().told(title) == title
    assert Veil().told("zelda.json") is None


async def test_a_filter_that_was_typed_names_nobody(show: Show) -> None:
    async with show(board(), (120, 40)) as pilot:
        await typed(pilot, "filter Okafor")
        await pilot.press("P")
        await pilot.pause()
        await pilot.pause()
        lines = strips.lines(pilot.app)
        assert not any("Okafor" in line for line in lines)
        assert sum("media-stopped" in line for line in lines) == 1
        await pilot.press("slash")
        await pilot.pause()
        assert not any("Okafor" in line for line in strips.lines(pilot.app))
        await pilot.press("enter")
        await pilot.pause()
        assert sum("media-stopped" in line for line in strips.lines(pilot.app)) == 1
        await pilot.press("slash", *"rtt>1", "escape", "P")
        await pilot.pause()
        await pilot.pause()
        lines = strips.lines(pilot.app)
        assert any("Okafor" in line for line in lines) and sum("media-stopped" in line for line in lines) == 1


async def test_commands_take_aliases_and_history_names_nobody(show: Show, tmp_path: Path) -> None:
    shown = board()
    async with show(shown, (120, 40), state=tmp_path) as pilot:
        (tmp_path / "commands").write_text(f"open call {shown.all[0].id}\n", "utf-8")
        await typed(pilot, "mask on")
        await pilot.press("colon", "up", "up")
        await pilot.pause()
        line = strips.lines(pilot.app)[-3]
        assert shown.all[0].id not in line and "open call " in line
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CallPage))
        assert pilot.app.screen.call(pilot.app.board()) is not None  # type: ignore[attr-defined]
        await typed(pilot, "mask off")
        assert pilot.app.screen.subject == shown.all[0].id  # type: ignore[attr-defined]


def test_a_masked_board_is_asked_by_aliases_and_by_ids() -> None:
    shown, veil = board(), Veil()
    masked = MaskedBoard(shown, veil)
    calls = masked.calls()
    assert [veil.real(call.id) for call in calls] == [call.id for call in shown.all]
    assert all(masked.call(call.id) is call for call in calls)
    assert masked.call(shown.all[0].id) is calls[0]
    assert masked.call("nobody") is None
    assert masked.version() != shown.version()
    view = View(marked=frozenset({calls[2].id}), only_marked=True)
    assert [call.id for call in masked.rows(view)] == [calls[2].id]
    assert len(masked.rows(View(Filter('"Dr. Okafor"')))) == 1
    masked.attend(frozenset({calls[1].id}))
    assert shown.attention == {shown.all[1].id}
    assert isinstance(masked.frozen().behind, FrozenBoard)


def test_a_call_is_made_anew_only_where_it_changed() -> None:
    shown, veil = board(), Veil()
    masked = MaskedBoard(shown, veil)
    before = masked.calls()
    shown.touch(shown.all[3])
    after = masked.calls()
    assert [one is other for one, other in zip(before, after, strict=True)].count(False) == 1


def test_a_name_that_comes_later_is_masked_too() -> None:
    shown, veil = board(), Veil()
    masked = MaskedBoard(shown, veil)
    masked.calls()
    shown.all[3].label = "Zoë Newcomer"
    shown.touch(shown.all[3])
    assert masked.calls()[3].label not in (None, "Zoë Newcomer")
    frame = masked.raw(shown.all[0].id)
    assert frame is not None and frame is masked.raw(masked.calls()[0].id)


async def masked(pilot: Pilot[str]) -> None:
    await pilot.press("P")
    await pilot.pause()
    await pilot.pause()


def names_of(pilot: Pilot[str]) -> list[str]:
    """Return the calls that are shown, by the ids that they have."""
    page, app = pilot.app.screen, pilot.app
    assert isinstance(page, Overview) and isinstance(app, CallmonApp)
    return [app.real(call.id) for call in app.board().rows(page.view)]


@pytest.mark.parametrize("alias", ["label", "id", "room"])
async def test_a_call_is_found_by_its_alias_and_by_its_name(show: Show, alias: str) -> None:
    shown = board()
    async with show(shown, (120, 40)) as pilot:
        await masked(pilot)
        seen = pilot.app.board().calls()[0]  # type: ignore[attr-defined]
        field = {"label": "", "id": "id=", "room": "room="}[alias]
        assert isinstance(pilot.app.screen, Overview)
        pilot.app.screen.obey("filter", (f'{field}"{getattr(seen, alias)}"',))
        await pilot.pause()
        wanted = [call.id for call in shown.all if getattr(call, alias) == getattr(shown.all[0], alias)]
        assert sorted(names_of(pilot)) == sorted(wanted)
        assert getattr(seen, alias).split()[0] in "\n".join(strips.lines(pilot.app)[-3:])
        await pilot.press("P")
        await pilot.pause()
        assert sorted(names_of(pilot)) == sorted(wanted)
        assert getattr(shown.all[0], alias) in pilot.app.screen.view.filter.text


async def test_folded_groups_and_the_cursor_stay_where_they_are(show: Show) -> None:
    shown = board()
    async with show(shown, (120, 40)) as pilot:
        page = pilot.app.screen
        assert isinstance(page, Overview)
        page.put(View(group="room"))
        await pilot.pause()
        header = next(row for row in page._order.ids if row == id_of("support-7"))
        page._table.choose(header)
        await pilot.press("enter")
        count = len(page._order.ids)
        await masked(pilot)
        assert len(page._order.ids) == count and len(page._folded) == 1
        assert not page._folded & {"support-7"}
        await pilot.press("P")
        await pilot.pause()
        assert page._folded == {"support-7"} and len(page._order.ids) == count


def rows_of(pilot: Pilot[str]) -> list[str]:
    """The ids of the rows on the screen, as they are in the table now."""
    return list(pilot.app.screen.query_one(Table).in_sight)


@pytest.mark.parametrize("opening", [(), ("O",)], ids=["calls", "rooms"])
async def test_rows_that_are_sorted_by_names_have_the_order_of_aliases_at_once(
    show: Show, opening: tuple[str, ...]
) -> None:
    shown = boards.FixtureBoard([*halls.board().all, halls.over()])
    for number, call in enumerate(shown.all):
        call.id, call.label = f"id-{number}", f"{'zyxwvutsrqponmlkj'[number]} Okafor"
        call.room = call.label
    async with show(shown, (120, 40)) as pilot:
        await pilot.press(*opening, "greater_than_sign", "greater_than_sign" if not opening else "j", "k")
        await pilot.pause()
        before = rows_of(pilot)
        await pilot.press("P")
        await pilot.pause()
        assert len(before) > 3 and rows_of(pilot) == sorted(rows_of(pilot)), "aliases are numbers by age"
        await pilot.press("P")
        await pilot.pause()
        assert rows_of(pilot) == before


async def test_views_and_what_is_said_of_them_name_nobody(show: Show, tmp_path: Path) -> None:
    async with show(board(), (120, 40)) as pilot:
        app = pilot.app
        assert isinstance(app, CallmonApp)
        app.views_file = tmp_path / "Okafor" / "views.toml"
        app.views.save(4, View(Filter("Okafor")), "all of Okafor")
        app.views.save(5, View(Filter("room=support-7")))
        await masked(pilot)
        for keys in (
            ("V",),
            ("6",),
            ("5",),
            ("4",),
            ("Y",),
            ("V", "6"),
            ("colon", *"view", "space", "5", "enter"),
            ("V",),
        ):
            await pilot.press(*keys)
            await pilot.pause()
            text = "\n".join(strips.lines(app))
            assert "Okafor" not in text and "support-7" not in text, (keys, text)
        await pilot.press("escape", "P")
        assert app.views.all()[6].view.filter.text == "Okafor"


async def test_what_is_offered_names_nobody(show: Show) -> None:
    shown = board()
    async with show(shown, (240, 60)) as pilot:
        await masked(pilot)
        for text in ("/room=", "/call=", "/browser=", ":open call ", ":view "):
            await pilot.press(
                {"/": "slash", ":": "colon"}[text[0]],
                *("space" if char == " " else char for char in text[1:]),
            )
            await pilot.pause()
            for _ in range(4):
                await pilot.press("tab")
                await pilot.pause()
                assert leaks(strips.lines(pilot.app), shown) == set(), text
            await pilot.press("escape")


async def test_a_command_of_another_day_is_not_shown(show: Show, tmp_path: Path) -> None:
    (tmp_path / "commands").write_text(
        "sort rtt\nfilter Okafor\nopen call acme-7\nfilter rtt>150ms\n", "utf-8"
    )
    async with show(board(), (120, 40), state=tmp_path) as pilot:
        await masked(pilot)
        await pilot.press("colon", "up")
        assert "filter rtt>150ms" in strips.lines(pilot.app)[-3]
        await pilot.press("up")
        await pilot.pause()
        assert "sort rtt" in strips.lines(pilot.app)[-3]
        await pilot.press("up")
        await pilot.pause()
        assert "sort rtt" in strips.lines(pilot.app)[-3]


async def test_what_was_said_before_is_said_no_more(show: Show) -> None:
    async with show(board(), (120, 40)) as pilot:
        page = pilot.app.screen
        assert isinstance(page, Page)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CallPage))
        page.query_one(Footer).say((("Okafor is poor", "poor"),), 60.0)
        await pilot.press("P", "escape")
        await pilot.pause()
        assert not any("Okafor" in line for line in strips.lines(pilot.app))


async def test_it_ends_under_aliases(show: Show) -> None:
    shown = board()
    async with show(shown, (120, 40)) as pilot:
        app = pilot.app
        assert isinstance(app, CallmonApp)
        await masked(pilot)
        assert leaks(farewell(app.watched(), 60.0), shown) == set()
        assert "Ana" not in app.said("OSError: no file of Ana Somebody")
        await typed(pilot, "filter id=call-1")
        assert app.view_line() == f"id={shown.all[0].id}"


def test_an_alias_stands_for_each_way_in_which_a_name_is_written() -> None:
    veil = Veil()
    for name in ("+49 30 901820", "4930901820"):
        veil.mask.learn("phone", name)
    veil.mask.learn("person", "a.*b+[c]$")
    assert str(veil.named(Filter("phone-1"))) == '"+49 30 901820" or 4930901820'
    assert str(veil.named(Filter("not call!=phone-1 and rtt>5")).expression).count("4930901820") == 1
    pattern = veil.named(Filter("call~^person-1$")).expression
    assert isinstance(pattern, Compare) and re.fullmatch(str(pattern.value), "a.*b+[c]$")
    asked = Filter("is:poor  and   rtt>5")
    assert veil.named(asked) is asked
