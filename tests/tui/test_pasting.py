"""What is pasted is text, whatever is in it and in however many pieces it comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from callmon.tui.pasting import BEGIN, END, LIMIT, PasteParser, plain
from tests.tui import boards
from tests.tui.conftest import Show
from tests.tui.terminal import Terminal

LOG = "\x1b[31mERROR\x1b[0m call lost\r\nqQR\x01 \x1b]0;title\x07{\x1b[5~}"
READ = "ERROR call lost\r\nqQR {}"

signs = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["\x1b", "\x1b[", "\x1b[20", "\x1b[201", "\x1b[31m", "\x1b[A", "\x1b]8;;x\x07", "\r", "q"]
    ),
)
texts = st.lists(signs, max_size=8).map("".join).filter(lambda text: END not in text and BEGIN not in text)


def read(data: str, cuts: list[int]) -> Iterator[tuple[str, str]]:
    """Yield keys and what was pasted of data that comes in pieces."""
    parser, at = PasteParser(), 0
    for end in (*sorted(cut % (len(data) + 1) for cut in cuts), len(data)):
        for event in parser.feed(data[at:end]) if end > at else ():
            if isinstance(event, events.Key):
                yield "key", event.key
            elif isinstance(event, events.Paste):
                yield "paste", event.text
        at = end


@given(texts, st.lists(st.integers(0, 500), max_size=8))
def test_what_is_pasted_is_one_text_between_the_keys(text: str, cuts: list[int]) -> None:
    pasted = plain((text + END).removesuffix(END))
    found = list(read(f"a{BEGIN}{text}{END}b", cuts))
    assert found == [("key", "a"), ("paste", pasted), ("key", "b")]
    assert not any(sign in pasted for sign in "\x00\x01\x1b\x7f\x9b")


def test_words_of_a_coloured_log_are_left() -> None:
    assert plain(LOG) == READ
    assert list(read(f"{BEGIN}{LOG}{END}{BEGIN}{END}", [])) == [("paste", READ), ("paste", "")]


def test_more_than_anybody_pastes_is_not_kept() -> None:
    (found,) = read(BEGIN + "x" * (3 * LIMIT) + END, list(range(0, 3 * LIMIT, LIMIT // 3)))
    assert found[0] == "paste" and LIMIT - 10 <= len(found[1]) <= 2 * LIMIT


@pytest.mark.parametrize("keys", ["", "/"])
def test_a_coloured_log_pasted_into_a_terminal_does_nothing_but_stand_in_a_line(keys: str) -> None:
    terminal = Terminal("mixed", size=(100, 24))
    try:
        terminal.until(lambda: "live" in terminal.text)
        terminal.press(*keys, f"{BEGIN}{LOG}{END}", ":", "end")
        terminal.until(lambda: ":end" in "\n".join(terminal.lines[-4:]))
        if keys:
            assert f"/ {' '.join(READ.split())}:end" in terminal.text
        else:
            assert "callmon calls" in terminal.lines[0] and "REC" not in terminal.text
    finally:
        terminal.close()


async def test_a_list_is_narrowed_by_what_is_pasted(show: Show) -> None:
    async with show(boards.mixed(), (80, 24)) as pilot:
        await pilot.press("v")
        await pilot.pause()
        pilot.app.post_message(events.Paste("pro\nvider"))
        await pilot.pause()
        await pilot.press("backspace", *["backspace"] * 5)
        await pilot.pause()
        assert "/ pro" in "\n".join(line.text for line in pilot.app.screen._compositor.render_strips())
