"""Keys of one's own: what they may be, what is wrong with them, and that they work."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._xterm_parser import XTermParser
from textual.events import Key

from callmon.cli.main import main
from callmon.config.loading import ConfigError, load
from callmon.tui.keymap import RARE, keymap, named
from callmon.tui.keys import ACTIONS, written
from tests.tui import boards, strips
from tests.tui.conftest import Show


def test_the_keys_that_there_are_are_no_conflict() -> None:
    assert keymap({}) == ({}, [])
    given = {
        id: " ".join(written(key) if written(key).isascii() else key for key in action.keys)
        for id, action in ACTIONS.items()
    }
    assert keymap(given)[1] == []


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("^p", "ctrl+p"),
        ("ctrl+p", "ctrl+p"),
        ("Esc", "escape"),
        ("PgUp", "pageup"),
        ("?", "?"),
        ("f5", "f5"),
        ("F1", "f1"),
        ("shift+tab", "shift+tab"),
        ("S-Tab", "shift+tab"),
        ("x", "x"),
        ("slash", "slash"),
        ("+", "+"),
        ("^.", "ctrl+full_stop"),
        ("shift+ctrl+alt+a", "alt+ctrl+shift+a"),
    ],
)
def test_a_key_is_written_as_on_screen_or_by_its_name(word: str, key: str) -> None:
    assert named(word) == key


@pytest.mark.parametrize("word", ["foo", "hyper+x", "ctrl+foo", "ctrl+"])
def test_what_is_no_key_is_said(word: str) -> None:
    made, wrong = keymap({"theme": f"X {word}"})
    assert made == {"theme": "X"}
    assert wrong == [
        f"keys.theme: {word} is no key and is ignored: write one as on screen, or as ctrl+x, f5 or pageup"
    ]


def test_an_unknown_action_is_said_with_the_nearest_one() -> None:
    made, wrong = keymap({"show.icy": "I", "nothing like it": "Z"})
    assert made == {}
    assert wrong[0] == "keys.show.icy: there is no such action and it is ignored: did you mean show.ice?"
    assert wrong[1].endswith("docs/keys.md lists them")


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("ctrl+i", "ctrl+i is tab to most terminals and is ignored: write tab, or another key"),
        ("^m", "^m is enter to most terminals and is ignored: write enter, or another key"),
        ("^[", "^[ is escape to most terminals and is ignored: write escape, or another key"),
        ("^c", "^c is the key of quit.now everywhere and is ignored: take another"),
        ("ctrl+z", "ctrl+z is the key of suspend everywhere and is ignored: take another"),
        ("shift+x", "shift+x is sent by terminals as the sign itself and is ignored: write X"),
        ("shift+?", "shift+? is sent by terminals as the sign itself and is ignored: write that"),
    ],
)  # fmt: skip
def test_a_key_that_always_means_something_else_is_said(word: str, says: str) -> None:
    made, wrong = keymap({"theme": f"X {word}"})
    assert made == {"theme": "X"}
    assert wrong == [f"keys.theme: {says}"]


@pytest.mark.parametrize(
    ("word", "typed"),
    [
        ("^s", "\x13"),
        ("ctrl+q", "\x11"),
        ("ctrl+j", "\n"),
        ("^\\", "\x1c"),
        ("ctrl+]", "\x1d"),
        ("^_", "\x1f"),
        ("plus", "+"),
        ("shift+tab", "\x1b[Z"),
        ("alt+x", "\x1bx"),
        ("alt+X", "\x1bX"),
        ("ctrl+up", "\x1b[1;5A"),
        ("shift+ctrl+up", "\x1b[1;6A"),
        ("ctrl+f5", "\x1b[15;5~"),
        ("shift+f5", "\x1b[15;2~"),
    ],
)
def test_a_key_that_every_terminal_sends_is_taken(word: str, typed: str) -> None:
    made, wrong = keymap({"theme": word})
    assert made == {"theme": sent(typed)}
    assert [line for line in wrong if "another key" in line or RARE in line] == []


@pytest.mark.parametrize("word", ["ctrl+space", "^Space", "ctrl+@", "^@", "ctrl+space ctrl+@"])
async def test_a_key_that_terminals_call_differently_works_in_all_of_them(word: str, show: Show) -> None:
    made, wrong = keymap({"theme": word, "mark.range": "X"})
    assert wrong == []
    assert keymap({"theme": word})[1] == [
        "keys.theme: ctrl+space is also the key of mark.range: where both work, only one has it: take another"
    ]
    async with show(boards.mixed(), (120, 40), keymap=made) as pilot:
        for typed, theme in (("\x00", "light"), ("\x1b[32;5u", "high-contrast")):
            await pilot.press(sent(typed))
            assert pilot.app.theme == theme


@pytest.mark.parametrize(
    ("word", "kitty", "others"),
    [
        ("ctrl+enter", "\x1b[13;5u", "\r"),
        ("shift+enter", "\x1b[13;2u", "\r"),
        ("ctrl+tab", "\x1b[9;5u", "\t"),
        ("shift+space", "\x1b[32;2;32u", " "),
        ("^h", "\x1b[104;5u", "\x08"),
        ("ctrl+backspace", "\x1b[127;5u", "\x7f"),
        ("ctrl+shift+a", "\x1b[97;6u", "\x01"),
        ("ctrl+alt+A", "\x1b[97;8u", "\x1b\x01"),
        ("ctrl+full_stop", "\x1b[46;5u", "."),
        ("ctrl+;", "\x1b[59;5u", ";"),
        ("ctrl+1", "\x1b[49;5u", "1"),
        ("alt+f", "\x1b[102;3u", "\x1bf"),
        ("alt+.", "\x1b[46;3u", "\x1b."),
        ("alt+enter", "\x1b[13;3u", "\x1b\r"),
    ],
)
def test_a_key_that_some_terminals_send_is_taken_and_that_is_said(word: str, kitty: str, others: str) -> None:
    key = sent(kitty)
    assert keymap({"theme": word}) == ({"theme": key}, [f"keys.theme: {key}: {RARE}"])
    assert sent(others) != key
    assert keymap({"theme": f"{word} X"}) == ({"theme": f"{key},X"}, [])


def sent(typed: str) -> str:
    """The key that Textual understands when a terminal sends this."""
    parser = XTermParser()
    (key,) = [one.key for one in (*parser.feed(typed), *parser.feed("")) if isinstance(one, Key)]
    return key


def test_the_keys_that_everybody_needs_may_stay_where_they_are() -> None:
    assert keymap({"quit.now": "^c ^x", "suspend": "ctrl+z"}) == (
        {"quit.now": "ctrl+c,ctrl+x", "suspend": "ctrl+z"}, [],
    )  # fmt: skip


def test_conflicts_are_said() -> None:
    assert keymap({"theme": "p"})[1] == [
        "keys.theme: p is also the key of freeze: where both work, only one has it: take another"
    ]
    assert keymap({"theme": "p", "freeze": "T"})[1] == []
    assert keymap({"theme": "?"})[1] != []
    assert (
        keymap({"theme": "X", "record": "X"})[1]
        == ["keys.theme: X is also the key of record: where both work, only one has it: take another"]
        or len(keymap({"theme": "X", "record": "X"})[1]) == 1
    )
    assert keymap({"choose.mask": "p"})[1] == []


@given(st.dictionaries(st.sampled_from([*ACTIONS, "no"]), st.text(max_size=12), max_size=5))
def test_whatever_is_written_makes_a_keymap(given: dict[str, str]) -> None:
    made, _ = keymap(given)
    assert made.keys() <= ACTIONS.keys() & given.keys()


async def test_another_key_works_and_the_old_one_does_not(show: Show) -> None:
    made, _ = keymap({"theme": "^t f5", "filter": ""})
    async with show(boards.mixed(), (120, 100), keymap=made) as pilot:
        await pilot.press("T")
        assert pilot.app.theme == "dark"
        await pilot.press("ctrl+t")
        assert pilot.app.theme == "light"
        await pilot.press("f5")
        assert pilot.app.theme == "high-contrast"
        assert "Filter" not in strips.lines(pilot.app)[-1]
        await pilot.press("question_mark")
        await pilot.pause()
        assert any("^t F5" in line for line in strips.lines(pilot.app))


@pytest.mark.parametrize("typed", string.punctuation)
def test_a_sign_is_written_as_itself_whatever_its_name(typed: str) -> None:
    name = sent(typed)
    assert (written(name), written(typed)) == (typed, typed)
    assert written(f"alt+{name}") == f"alt+{typed}"
    assert written(f"ctrl+{name}") == f"^{typed}"


async def test_a_sign_of_ones_own_stands_at_the_foot_in_the_help_and_in_the_palette(show: Show) -> None:
    made, wrong = keymap({"filter": "!"})
    assert wrong == []
    async with show(boards.mixed(), (120, 100), keymap=made) as pilot:
        await pilot.pause()
        assert "! Filter" in strips.lines(pilot.app)[-1]
        for key, row in (
            ("question_mark", r"\s! +Only calls with these"),
            ("ctrl+p", r"Only calls with these.*\s!\s"),
        ):
            await pilot.press(key)
            await pilot.pause()
            text = "\n".join(strips.lines(pilot.app))
            assert re.search(row, text) and "excl" not in text
            await pilot.press("escape")


def test_a_sign_and_its_name_are_one_key() -> None:
    assert keymap({"theme": "!", "record": "exclamation_mark"})[1] == [
        "keys.record: ! is also the key of theme: where both work, only one has it: take another"
    ]


def test_ids_with_dots_need_no_quotes_in_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[keys]\nshow.ice = "I"\ntheme = "X"\n"past.seek" = "^g"\n', "utf-8")
    assert load(file).config.keys == {"show.ice": "I", "theme": "X", "past.seek": "^g"}


@pytest.mark.parametrize(
    "text",
    [
        '[keys]\nfilter = "f4"\nfilter = "f6"\n',
        '[keys]\n"filter.clear" = "f7"\nfilter = "f4"\nfilter = "f6"\n',
        '[keys]\nfilter.clear = "f4"\nfilter.clear = "f6"\n',
    ],
)
def test_what_is_there_twice_in_one_form_has_to_go_once(text: str, tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"take one of the two out$"):
        load(file)


@pytest.mark.parametrize(
    "text",
    [
        '[keys]\nshow.call = "f4"\n"show.ice" = "I"\nshow.ice = "J"\n',
        '[keys]\nshow.call = "f4"\nshow.ice = "J"\n"show.ice" = "I"\n',
    ],
)
def test_of_an_id_that_is_there_with_and_without_quotes_one_counts_and_it_is_said(
    text: str, tmp_path: Path
) -> None:
    file = tmp_path / "c.toml"
    file.write_text(text, "utf-8")
    loaded = load(file)
    assert loaded.config.keys == {"show.call": "f4", "show.ice": "I"}
    assert loaded.warnings == (
        f'{file}: line 3: keys.show.ice: there twice, and "show.ice" = … counts: take the other out',
    )


@pytest.mark.parametrize(
    ("text", "line", "id"),
    [
        ('[keys]\nfilter = "f4"\nfilter.clear = "f6"\n', 3, "filter.clear"),
        ('[keys]\nfilter.clear = "f6"\nfilter = "f4"', 3, "filter.clear"),
        ('[keys]\nquit = "f4"\n\nquit.now = "f6"\nquit.keep = "f7"\n', 4, "quit.now"),
        ('[keys]\nmark = "f4"\n"mark.only" = "f6"\nmark.range = "f7"\n', 4, "mark.range"),
        ('keys = {filter = "f4", filter.clear = "f6"}\n', 1, "filter.clear"),
        ('[keys]\nfilter = "f4"\n[keys.filter]\nclear = "f6"\n', 3, "filter.clear"),
        ('[keys.filter]\nclear = "f6"\n[keys]\nfilter = "f4"\n', 4, "filter.clear"),
    ],
)
def test_ids_that_toml_cannot_read_beside_each_other_have_a_remedy(
    text: str, line: int, id: str, tmp_path: Path
) -> None:
    file = tmp_path / "c.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        load(file)
    (message,) = refused.value.messages
    assert message.startswith(f"{file}: line {line}: not TOML")
    assert message.endswith(f'put names of actions that have dots in quotes: "{id}" = …')


def test_every_id_can_be_given_keys_beside_all_others(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("[keys]\n" + "".join(f'"{id}" = "f20"\n' for id in ACTIONS), "utf-8")
    assert load(file).config.keys == dict.fromkeys(ACTIONS, "f20")


def test_what_is_no_keys_is_ignored_and_all_else_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "c.toml"
    file.write_text(
        '[keys]\ntheme = 5\nfilter.clear = true\nmark = ["a", 3]\nfreeze = ["f4", ","]\nicy = "I"\n'
    )
    loaded = load(file)
    assert loaded.config.keys == {"freeze": "f4 comma", "icy": "I"}
    wrong = [
        f"{file}: line {line}: keys.{id}" for line, id in ((2, "theme"), (3, "filter.clear"), (4, "mark"))
    ]
    advice = 'not usable and ignored: write keys separated by spaces, such as "f4 ctrl+t"'
    assert loaded.warnings == tuple(f"{one}: {advice}" for one in wrong)
    assert keymap(loaded.config.keys)[0] == {"freeze": "f4,comma"}
    assert main(["config", "check", "--config", str(file)]) == 2
    said = capsys.readouterr().err
    assert all(one in said for one in (*wrong, "line 6: keys.icy: there is no such action"))


def test_what_is_wrong_is_said_by_config_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[keys]\ntheme = "X"\nshow.icy = "I"\n', "utf-8")
    assert main(["config", "check", "--config", str(file)]) == 2
    assert "line 3: keys.show.icy: there is no such action" in capsys.readouterr().err
