"""The command line and the palette: what is typed, what comes of it, and what is said where nothing can."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from callmon.query.misread import Misread
from callmon.tui.app import CallmonApp
from callmon.tui.commands import COMMANDS, SELECTORS, complete, read
from callmon.tui.finder import WITHIN, Finder
from callmon.tui.fuzzy import match
from callmon.tui.history import KEPT, History
from callmon.tui.keys import ACTIONS
from callmon.tui.screens.call import CallPage
from callmon.tui.screens.overview import Overview
from tests.tui import boards, strips
from tests.tui.conftest import Show, until

WORDS = {
    "format": ("csv", "json", "ticket"),
    "order": ("call", "rtt", "loss", "-call", "-rtt", "-loss"),
    "reverse": ("reverse",),
    "theme": ("dark", "light"),
    "page": ("call", "ice"),
    "switch": ("on", "off"),
}


def known(kind: str) -> Sequence[str]:
    return WORDS.get(kind, ())


async def typed(pilot: Pilot[Any], text: str, *keys: str) -> list[str]:
    """Type a command and run it; return the lines of the screen."""
    await pilot.press("colon")
    for char in text:
        await pilot.press(
            {" ": "space", "@": "at", "_": "underscore", ">": "greater_than_sign"}.get(char, char)
        )
    for key in keys or ("enter",):
        await pilot.press(key)
    await pilot.pause()
    await pilot.pause()
    return strips.lines(pilot.app)


# Reading


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("export @marked csv", ("@marked", "csv")),
        ("export csv", ("", "csv")),
        ("  theme   light ", ("light",)),
        ("filter rtt > 150 and is:poor", ("rtt > 150 and is:poor",)),
        ("filter", ("",)),
        ("mark", ("",)),
        ("mark @shown", ("@shown",)),
        ("open call CA75", ("call", "CA75")),
        ("open ice", ("ice", "")),
        ("seek -5m", ("-5m",)),
        ("quit", ()),
    ],
)
def test_a_command_is_read(text: str, words: tuple[str, ...]) -> None:
    asked = read(text, known)
    assert asked.words == words
    assert asked.command is COMMANDS[text.split()[0]]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("expert csv", 0, "there is no command expert: did you mean export?"),
        ("export", 6, "expected a format: csv, json, ticket"),
        ("export @marked", 14, "expected a format: csv, json, ticket"),
        ("export @market csv", 7, "expected @focus, @marked, @shown or @all: did you mean @marked?"),
        ("export cvs", 7, "there is no format cvs: did you mean csv?"),
        ("theme  green", 7, "there is no theme green: use one of dark, light"),
        ("sort", 4, "expected a column: call, rtt, loss, -call, -rtt, -loss"),
        ("sort rtt down", 9, "expected reverse, or the end"),
        ("mouse maybe", 6, "expected on or off"),
        ("mouse", 5, "expected on or off"),
        ("view", 4, "expected a view, such as 3 or loss>3 | sort rtt"),
        ("snooze @marked 5m 6m", 18, "expected the end: snooze [@CALLS] [TIME]"),
        ("quit now", 5, "expected the end: quit"),
        ("seek", 4, "expected a time, such as 10:15 or -5m"),
    ],
)
def test_what_cannot_be_read_says_what_was_expected(text: str, place: int, said: str) -> None:
    with pytest.raises(Misread) as error:
        read(text, known)
    assert (error.value.place, str(error.value)) == (place, said)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_command_or_is_misread(text: str) -> None:
    try:
        asked = read(text, known)
    except Misread as error:
        assert 0 <= error.place <= len(text)
        assert str(error) and "\n" not in str(error)
    else:
        assert len(asked.words) == len(asked.command.parameters)


@given(st.sampled_from([*COMMANDS, "export @shown", "export c", "mark @", "theme ", "open i", "sort r", ""]))
def test_what_is_completed_is_longer_and_begins_as_it_was_typed(text: str) -> None:
    start, words = complete(text, known)
    assert words or COMMANDS[text.split()[0]].parameters == () or text in COMMANDS
    assert all(word.startswith(text[start:]) for word in words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("th", ["theme"]),
        ("f", ["filter", "freeze"]),
        ("theme ", ["dark", "light"]),
        ("theme l", ["light"]),
        ("export ", [*SELECTORS, "csv", "json", "ticket"]),
        ("export @marked ", ["csv", "json", "ticket"]),
        ("export @m", ["@marked"]),
        ("export csv ", []),
        ("nonsense ", []),
    ],
)
def test_words_are_completed(text: str, words: list[str]) -> None:
    assert complete(text, known)[1] == words


def test_every_command_is_obeyed_by_somebody() -> None:
    by_pages = {"filter", "sort", "view"}
    by_others = {"columns"}
    for command in COMMANDS.values():
        if command.presses:
            assert command.presses in ACTIONS or command.name in by_others
        else:
            assert hasattr(CallmonApp, f"command_{command.name}") or command.name in by_pages


# History


def test_history_is_kept_and_gone_through(tmp_path: Path) -> None:
    path = tmp_path / "state" / "commands"
    history = History(path)
    for line in ("sort rtt_ms", "theme light", "sort rtt_ms"):
        history.add(line)
    assert path.read_text("utf-8") == "theme light\nsort rtt_ms\n"
    assert path.stat().st_mode & 0o077 == 0
    later = History(path)
    later.begin()
    assert later.go(-1, "fil") == "sort rtt_ms"
    assert later.go(-1, "sort rtt_ms") == "theme light"
    assert later.go(-1, "theme light") == "theme light"
    assert later.go(1, "theme light") == "sort rtt_ms"
    assert later.go(1, "sort rtt_ms") == "fil"


def test_history_is_bounded_and_survives_a_bad_file(tmp_path: Path) -> None:
    path = tmp_path / "commands"
    path.write_bytes(b"sort rtt_ms\n\xff\xfe\ntheme light\n")
    history = History(path)
    assert (len(history.lines), history.lines[0], history.lines[-1]) == (3, "sort rtt_ms", "theme light")
    for number in range(KEPT + 5):
        history.add(f"open call {number}")
    assert len(history.lines) == KEPT == len(path.read_text("utf-8").splitlines())
    path.write_text("\x1b[2Jevil\n", "utf-8")
    assert all(line.isprintable() for line in History(path).lines)
    (tmp_path / "file").write_text("", "utf-8")
    History(tmp_path / "file" / "commands").add("quit")
    (tmp_path / "folder").mkdir()
    unreadable = History(tmp_path / "folder")
    unreadable.add("quit")
    assert unreadable.lines == ["quit"] and (tmp_path / "folder").is_dir()


# Fuzzy search


def test_letters_find_words() -> None:
    assert match("frz", "freeze the screen") is not None
    assert match("zzz", "freeze the screen") is None
    assert match("screen freeze", "Freeze the screen") is not None
    assert match("", "anything") == (0, ())


@given(st.text(min_size=1, max_size=20), st.data())
def test_any_letters_of_a_text_in_their_order_find_it(text: str, data: st.DataObject) -> None:
    low = text.lower()
    places = sorted(data.draw(st.sets(st.integers(0, len(low) - 1), max_size=6)))
    query = "".join(low[at] for at in places if not low[at].isspace())
    found = match(query, low)
    assert found is not None
    assert "".join(low[at] for at in found[1]).lower() == query.lower() or not query.isascii()


def test_words_in_one_piece_at_a_beginning_are_best() -> None:
    texts = ["Restore the filter as it was", "Show the report", "Reverse the order"]
    best = max(texts, key=lambda text: (match("re", text) or (-99, ()))[0])
    assert best != "Show the report"
    assert (match("port", "the report") or (0,))[0] < (match("port", "a port") or (0,))[0]


# On the screen


async def test_a_command_sorts_filters_and_changes_the_theme(show: Show) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        await typed(pilot, "theme light")
        assert pilot.app.theme == "light"
        await typed(pilot, "sort rtt_ms")
        page = pilot.app.screen
        assert isinstance(page, Overview) and page.viewed().sort == "rtt_ms"
        lines = await typed(pilot, "filter agent")
        assert str(page.viewed().filter) == "agent"
        assert sum("Agent" in line for line in lines) == 6
        await typed(pilot, "filter")
        assert str(page.viewed().filter) == ""


async def test_what_is_wrong_is_said_below_and_can_be_put_right(show: Show) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        lines = await typed(pilot, "theme green")
        assert lines[-3].startswith(" :theme green")
        assert lines[-2].index("^") == lines[-3].index("green")
        assert "there is no theme green: use one of dark, light" in lines[-2]
        await pilot.press("ctrl+w", *"light", "enter")
        await pilot.pause()
        assert pilot.app.theme == "dark"
        await pilot.press("escape")
        await pilot.pause()
        assert not any(line.startswith(" :") for line in strips.lines(pilot.app))


async def test_tab_completes_and_up_brings_back_what_was_typed(show: Show, tmp_path: Path) -> None:
    async with show(boards.mixed(), (100, 24), state=tmp_path) as pilot:
        lines = await typed(pilot, "the", "tab")
        assert lines[-3].startswith(" :theme ▏")
        await pilot.press("tab", "tab", "enter")
        await pilot.pause()
        assert pilot.app.theme == "light"
        assert (tmp_path / "commands").read_text("utf-8") == "theme light\n"
        await pilot.press("colon", "up")
        await pilot.pause()
        assert strips.lines(pilot.app)[-3].startswith(" :theme light▏")


async def test_calls_are_marked_by_selectors_and_opened(show: Show) -> None:
    board = boards.mixed()
    async with show(board, (100, 24)) as pilot:
        await typed(pilot, "filter agent")
        await typed(pilot, "mark @shown")
        assert len(pilot.app.marks) == 6  # type: ignore[attr-defined]
        await typed(pilot, "unmark")
        assert len(pilot.app.marks) == 0  # type: ignore[attr-defined]
        lines = await typed(pilot, "mark @marked")
        assert "expected a call: there is none in @marked here" in lines[-2]
        await pilot.press("escape")
        lines = await typed(pilot, "compare")
        await pilot.press("escape")
        id = board.all[0].id
        await typed(pilot, f"open call {id}")
        await until(pilot, lambda: isinstance(pilot.app.screen, CallPage))
        assert pilot.app.screen.subject == id  # type: ignore[attr-defined]
        lines = await typed(pilot, "open call nobody")
        assert "there is no call nobody" in lines[-2]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("filter loss>x", 12, "expected a share such as 3%"),
        ("filter   loss>3 for", 19, "expected how long, as in for 30s"),
        ("view loss>3 | srt", 14, "there is no srt: did you mean sort?"),
        ("sort -rrt", 6, "there is no column rrt: did you mean rtt?"),
        ("mark  @marked", 6, "expected a call: there is none in @marked here"),
        ("compare", 7, "expected two calls or more: space marks one, and @shown are those on the screen"),
        ("open  call  nobody", 12, "there is no call nobody"),
        ("sort -xyz", 6, "there is no column xyz: docs/columns.md lists them"),
        ("xyz", 0, "there is no command xyz: Tab completes them"),
        ("seek  10:75", 9, "expected minutes up to 59"),
        ("snooze @focus 30x", 14, "expected how long, such as 15m or 90s"),
        ("snooze @focus 0m", 14, "expected how long, such as 15m or 90s"),
        ("snooze @focus -5m", 14, "expected how long, such as 15m or 90s"),
        ("ticket", 0, "ticket does nothing here now"),
    ],
)
async def test_what_cannot_be_done_is_pointed_at(show: Show, text: str, place: int, said: str) -> None:
    async with show(boards.mixed(), (140, 24)) as pilot:
        wrong = cast(CallmonApp, pilot.app).command(text)
        assert wrong is not None
        assert (wrong.place, str(wrong)) == (place, said)


@pytest.mark.parametrize(
    ("text", "sort", "reverse"),
    [
        ("sort rtt", "rtt_ms", False),
        ("sort -rtt", "rtt_ms", False),
        ("sort rtt reverse", "rtt_ms", True),
        ("sort -rtt_ms reverse", "rtt_ms", True),
        ("sort mos", "mos", False),
        ("sort -mos", "mos", True),
        ("sort -call", "call", True),
    ],
)
async def test_a_minus_sorts_from_the_greatest_down(show: Show, text: str, sort: str, reverse: bool) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        page = pilot.app.screen
        assert isinstance(page, Overview)
        assert cast(CallmonApp, pilot.app).command(text) is None
        assert (page.viewed().sort, page.viewed().reverse) == (sort, reverse)


async def test_the_line_says_how_the_order_is_turned_and_completes_it(show: Show) -> None:
    async with show(boards.mixed(), (120, 24)) as pilot:
        await pilot.press("colon", *"sort", "space")
        assert "sort [-]COLUMN [reverse]" in strips.lines(pilot.app)[-2]
        await pilot.press("minus", *"jitt", "tab")
        assert strips.lines(pilot.app)[-3].startswith(" :sort -jitter")


async def test_a_filter_can_be_given_on_any_page(show: Show) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        await pilot.press("L")
        await typed(pilot, "filter agent")
        await until(pilot, lambda: isinstance(pilot.app.screen, Overview))


async def test_the_palette_does_what_is_found(show: Show) -> None:
    async with show(boards.mixed(), (100, 30)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Finder)
        await pilot.press(*"frz")
        await pilot.pause()
        lines = strips.lines(pilot.app)
        assert any("▸ Freeze the screen" in line for line in lines)
        await pilot.press("enter")
        await until(pilot, lambda: "FROZEN" in strips.lines(pilot.app)[1])


async def test_the_palette_has_every_action_with_its_key(show: Show) -> None:
    async with show(boards.mixed(), (100, 30), keymap={"theme": "X"}) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        finder = pilot.app.screen
        assert isinstance(finder, Finder)
        entries = {entry.meaning: entry for entry in finder._entries}
        for action in ACTIONS.values():
            if not action.id.startswith(WITHIN):
                assert action.meaning in entries, action.id
        assert entries[ACTIONS["theme"].meaning].key == "X"
        assert not entries[ACTIONS["raw"].meaning].works


async def test_what_does_nothing_here_says_so(show: Show) -> None:
    async with show(boards.mixed(), (100, 30)) as pilot:
        await pilot.press("ctrl+p", *"newest raw frame")
        await pilot.press("enter")
        await pilot.pause()
        assert type(pilot.app.screen) is Finder
        assert any("that does nothing here now" in line for line in strips.lines(pilot.app))
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen_stack[-1], Overview)


async def test_the_palette_begins_commands(show: Show) -> None:
    async with show(boards.mixed(), (100, 30)) as pilot:
        await pilot.press("ctrl+p", *"another theme", "enter")
        await pilot.pause()
        await pilot.pause()
        assert strips.lines(pilot.app)[-3].startswith(" :theme ▏")


@pytest.mark.parametrize("size", ((80, 24), (120, 40), (200, 60), (40, 12)), ids=str)
async def test_they_look_so(show: Show, size: tuple[int, int]) -> None:
    async with show(boards.mixed(), size) as pilot:
        await pilot.press("ctrl+p", *"sort")
        await pilot.pause()
        strips.check(pilot.app, f"palette-{size[0]}x{size[1]}")
        await pilot.press("escape", "colon", *"export", "space", "tab")
        await pilot.pause()
        strips.check(pilot.app, f"command-{size[0]}x{size[1]}")
