from __future__ import annotations

import re
from itertools import pairwise

import pytest
import wcwidth
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from callmon.query.format import clean
from callmon.tui.line import (
    NEAR,
    Span,
    cells,
    changes,
    clip,
    cut,
    fit,
    join,
    plain,
    shorten,
    spread,
    steady,
    strip,
    wrap,
)
from callmon.tui.theme import DARK, PALETTES
from callmon.tui.widgets.entry import caret
from callmon.tui.widgets.header import LEAST, Standing, heading
from tests.tui.boards import HOSTILE

texts = st.one_of(
    st.text(max_size=40).map(clean),
    st.sampled_from([clean(name) for name in HOSTILE]),
    st.text(alphabet="ab 山한é→⡇▂", max_size=60),
)
lines = st.lists(st.tuples(texts, st.sampled_from(["text", "dim", "poor"])), max_size=6).map(tuple)


@given(texts, st.integers(0, 50), st.sampled_from("<>^"))
def test_a_fitted_text_takes_exactly_its_cells(text: str, width: int, align: str) -> None:
    assert cell_len(fit(text, width, align)) == width


@given(texts, st.integers(1, 50))
def test_what_is_cut_never_takes_more_than_its_cells(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) <= width
    assert cell_len(shorten(text, width)) <= width


@given(lines, st.integers(1, 60))
def test_a_strip_is_as_wide_as_asked_whatever_is_in_it(line: tuple[tuple[str, str], ...], width: int) -> None:
    found = strip(line, DARK, width)
    assert found.cell_length == width
    assert sum(cell_len(segment.text) for segment in found) == width


@given(lines, lines, lines, lines, st.integers(1, 60))
def test_what_changed_is_each_cell_that_differs(
    head: tuple[Span, ...],
    ours: tuple[Span, ...],
    theirs: tuple[Span, ...],
    tail: tuple[Span, ...],
    width: int,
) -> None:
    old, new = (strip((*head, *middle, *tail), DARK, width) for middle in (ours, theirs))
    before, now = _cells_of(old), _cells_of(new)
    differing = {cell for cell, (one, other) in enumerate(zip(before, now, strict=False)) if one != other}
    parts = changes(old, new)
    covered = {cell for start, end in parts for cell in range(start, end)}
    assert differing <= covered
    for start, end in parts:
        assert {start, end - 1} <= differing
        assert all({cell + step for step in range(NEAR)} & differing for cell in range(start, end))
    assert all(b[0] - a[1] >= NEAR for a, b in pairwise(parts))


def _cells_of(strip: Strip) -> list[tuple[str, int, Style | None]]:
    """Return what is in each cell, one by one; of a sign of two cells which half of it."""
    return [
        (sign, half, style)
        for text, style, _ in strip
        for sign in re.findall(r"\w[\u0300-\u036f]*|.", text, re.DOTALL)
        for half in range(cell_len(sign))
    ]


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        pytest.param("山" * 8 + "x", "y" + "山" * 8, [(0, 17)], id="wide signs moved by one cell"),
        pytest.param("山" * 8 + "x", "山" * 8 + "y", [(16, 17)], id="wide signs as they were"),
        pytest.param("e\u0301bc", "e\u0300bc", [(0, 1)], id="another accent over a sign"),
        pytest.param("ab山\u0301", "ab山", [(2, 4)], id="an accent taken from a wide sign"),
    ],
)
def test_what_changed_is_told_by_signs(old: str, new: str, parts: list[tuple[int, int]]) -> None:
    width = cell_len(old)
    assert changes(*(strip(((text, "text"),), DARK, width) for text in (old, new))) == parts


@given(lines, st.integers(1, 60))
def test_a_clipped_line_fits(line: tuple[tuple[str, str], ...], width: int) -> None:
    assert cells(clip(line, width)) <= width


@given(lines, st.integers(8, 60), st.integers(0, 3))
def test_wrapping_loses_no_word_and_fits(line: tuple[tuple[str, str], ...], width: int, indent: int) -> None:
    broken = wrap(line, width, indent)
    assert all(cells(part) <= width for part in broken)
    shown = steady("".join(plain(part) for part in broken))
    assert "".join(shown.split()) == "".join(steady(plain(line)).split())


@given(st.one_of(texts, st.text(alphabet="❤\ufe0f1\u20e3👍🏽🇩🇪é̈山", max_size=12)))
def test_every_terminal_counts_the_cells_alike(text: str) -> None:
    found = steady(text)
    assert cell_len(found) == sum(max(0, wcwidth.wcwidth(char)) for char in found)
    assert steady(found) == found


def test_a_flag_is_its_letters() -> None:
    assert steady("🇩🇪 👍🏽") == "DE 👍"


def test_the_left_gives_way_to_the_right() -> None:
    line = spread((("a long title that goes on", "text"),), (("right", "dim"),), 20)
    assert plain(line) == "a long title… right"[:13] + "  right"


def test_joined_lines_leave_out_the_empty() -> None:
    assert plain(join([(("a", "text"),), (), (("b", "text"),)], (" · ", "faint"))) == "a · b"


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_that_a_terminal_obeys_is_left_after_cleaning(name: str) -> None:
    assert clean(name).isprintable()


def test_both_ends_of_an_id_are_kept() -> None:
    assert shorten("CA75aabbccddeeff3310", 9) == "CA75…3310"


def test_every_palette_has_every_role_and_ground() -> None:
    for palette in PALETTES.values():
        assert palette.inks.keys() == DARK.inks.keys()
        assert palette.grounds.keys() == DARK.grounds.keys()


def test_a_header_that_is_too_narrow_keeps_what_is_loudest() -> None:
    right = (("● REC 00:41  ", "poor"), ("demo  ", "dim"), ("rules telnyx", "text"))
    for width, wanted in ((60, "● REC 00:41  demo  rules telnyx"), (40, "● REC 00:41"), (16, "")):
        found = heading(("calls",), Standing(right), width)
        assert tuple(map(plain, found)) == (" callmon calls", wanted)
    assert heading(("calls",), Standing(right[1:]), 20)[1] == ()


AWAY = Standing(
    (
        ("▲ 2 new  ", "poor"),
        ("◌ 3 of 6 not heard  ", "fair"),
        ("2 sources down  ", "poor"),
        ("rules ", "faint"),
    ),
    (("◌ 3 of 6 not heard  ", "fair"), ("2 sources down  ", "poor")),
    (("◌ 3/6  ", "fair"), ("2 down  ", "poor")),
)


@pytest.mark.parametrize(
    ("width", "left", "right"),
    [
        (
            96,
            " callmon calls ▸ Reception 4 · Zofia ▸ ICE",
            "▲ 2 new  ◌ 3 of 6 not heard  2 sources down  rules",
        ),
        (80, " calls ▸ Reception 4 · Zofia ▸ ICE", "▲ 2 new  ◌ 3 of 6 not heard  2 sources down"),
        (70, " calls ▸ Recepti… Zofia ▸ ICE", "◌ 3 of 6 not heard  2 sources down"),
        (60, " callmon calls ▸ Reception 4 · Zofia ▸ ICE", "◌ 3/6  2 down"),
        (40, " … ▸ ICE", "◌ 3/6  2 down"),
        (20, " … ▸ ICE", "◌ 3/6"),
        (10, " … ▸ ICE", ""),
    ],
)
def test_a_header_cuts_words_before_where_one_is(width: int, left: str, right: str) -> None:
    found = heading(("calls", "Reception 4 · Zofia", "ICE"), AWAY, width)
    assert tuple(map(plain, found)) == (left, right)


@given(
    trail=st.lists(st.text("abc äö字", min_size=1, max_size=40), min_size=1, max_size=5).map(tuple),
    of=st.sets(st.integers(0, 2)),
    loud=st.integers(0, 3),
    width=st.integers(40, 250),
)
def test_a_header_never_leaves_out_what_is_kept(
    trail: tuple[str, ...], of: set[int], loud: int, width: int
) -> None:
    long = [("MASKED  ", "strong"), *AWAY.kept]
    brief = [("MASKED  ", "strong"), *AWAY.brief]
    kept = tuple(long[n] for n in sorted(of))
    right = (*(("● REC 00:41  ", "poor") for _ in range(loud)), *kept, ("rules ", "faint"))
    left, said = heading(trail, Standing(right, kept, tuple(brief[n] for n in sorted(of))), width)
    assert cells(left) + cells(said) + (3 if said else 0) <= width
    assert cells(left) >= min(LEAST, cells(((trail[-1], "strong"),)) + 1)
    words = plain(said)
    for n in of:
        assert long[n][0].strip() in words or brief[n][0].strip() in words


def test_joiners_are_left_out_of_names() -> None:
    assert (
        clean("\u0646\u0631\u0645\u200c\u0627\u0641\u0632\u0627\u0631")
        == "\u0646\u0631\u0645\u0627\u0641\u0632\u0627\u0631"
    )
    assert clean("👩\u200d💻 a\u202eb") == "👩💻 a\ufffdb"


@given(st.integers(0, 60), st.text("abc defg", min_size=1, max_size=60), st.integers(24, 80))
def test_a_caret_is_always_there_and_the_reason_as_far_as_there_is_room(
    place: int, reason: str, width: int
) -> None:
    text = "".join(part for part, _ in caret(place, reason, width))
    assert cells(((text, ""),)) <= width
    assert text.rindex("^") == min(place, width - 1)
    assert reason in text or cells(((text.rstrip(), ""),)) >= width // 2


def test_a_reason_that_is_cut_stands_where_there_is_more_room() -> None:
    reason = "expected a time such as 150ms or 0.2s"
    assert caret(7, reason, 40)[-1][0] == "expected a time such as 150ms…"
    ((text, _),) = caret(30, reason, 40)
    assert text == "expected a time such as 150m… ^"
