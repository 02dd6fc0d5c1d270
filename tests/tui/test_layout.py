from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.query.catalogue import CATALOGUE
from callmon.query.columns import COLUMNS
from callmon.query.order import in_order
from callmon.query.people import FACTS, persons
from callmon.query.rooms import LISTED, rooms
from callmon.query.view import View, choose
from callmon.tui import sheet
from callmon.tui.layout import GAP, PAIRS, lay_out
from callmon.tui.line import cells, plain
from tests.tui import details, halls
from tests.tui.boards import NOW


def used(width: int) -> int:
    columns = lay_out(width).columns
    return sum(size for _, size in columns) + GAP * (len(columns) - 1)


@given(st.integers(6, 400))
def test_a_layout_never_takes_more_than_there_is(width: int) -> None:
    assert used(width) <= width


@given(st.integers(12, 400))
def test_badge_and_name_are_always_there(width: int) -> None:
    keys = [column.key for column, _ in lay_out(width).columns]
    assert {"grade", "call"} <= set(keys)


@given(st.integers(1, 400))
def test_columns_keep_their_order(width: int) -> None:
    keys = [column.key for column, _ in lay_out(width).columns]
    assert keys == [key for key in COLUMNS if key in keys]


@given(st.integers(1, 400))
def test_pairs_come_together_or_not_at_all(width: int) -> None:
    keys = {column.key for column, _ in lay_out(width).columns}
    assert all(keys.isdisjoint(pair) or keys.issuperset(pair) for pair in PAIRS)


def test_eighty_columns_show_what_is_wrong_and_how_it_went() -> None:
    keys = {column.key for column, _ in lay_out(79).columns}
    assert {"reason", "rtt_ms", "jitter_ms", "loss_pct", "mos", "loss_pct_spark", "duration"} <= keys


def test_a_wide_screen_shows_every_column() -> None:
    assert {column.key for column, _ in lay_out(220).columns} == {
        key for key in COLUMNS if COLUMNS[key].usual
    }


@given(st.integers(12, 400), st.sampled_from(sorted(COLUMNS)), st.booleans())
def test_the_titles_stand_over_their_columns(width: int, sort: str, reverse: bool) -> None:
    layout = lay_out(width)
    assert cells(layout.titles(sort, reverse)) == 1 + used(width)


def goes_down(keys: list[object]) -> bool | None:
    """Whether what is known goes from the greatest down; None where nothing tells."""
    known = [key for key in keys if key is not None]
    if len(set(known)) < 2:
        return None
    down = known == sorted(known, reverse=True)  # type: ignore[type-var]
    assert down or known == sorted(known)  # type: ignore[type-var]
    return down


def arrows(title: str) -> str:
    return "".join(sign for sign in title if sign in "▴▾")


@pytest.mark.parametrize("reverse", [False, True])
def test_the_arrow_says_which_way_the_rows_go(reverse: bool) -> None:
    told = set()
    calls = [*halls.board().all, details.live(), details.failed(), details.video()]
    for key, column in CATALOGUE.items():
        view = View(
            sort=key, reverse=reverse, columns=tuple(dict.fromkeys(("grade", "call", *PAIRS[0], key)))
        )
        title = plain(lay_out(160, view.shown()).titles(key, reverse))
        down = goes_down([column.key_of(call, NOW) for call in choose(calls, view, NOW)])
        assert down is None or arrows(title) == "▴▾"[down], key
        told |= {key} if down is not None else set()
    assert {"grade", "call", "reason", "rtt_ms", "mos", "duration", "age", "issues", "participants"} <= told


@pytest.mark.parametrize("reverse", [False, True])
def test_the_arrow_of_rooms_and_participants_says_which_way_the_rows_go(reverse: bool) -> None:
    told = set()
    calls = halls.board().all
    for key, column in LISTED.items():
        keys = [column.key_of(call, NOW) for call in in_order(rooms(calls), column, NOW, reverse)]
        title = plain(sheet.lay_out(200, LISTED, key).titles(key, reverse))
        assert (down := goes_down(keys)) is None or arrows(title) == "▴▾"[down], key
        told |= {key} if down is not None else set()
    for key, fact in FACTS.items():
        keys = [fact.key_of(who, NOW) for who in in_order(persons(halls.standup()), fact, NOW, reverse)]
        title = plain(sheet.lay_out(200, FACTS, key).titles(key, reverse))
        assert (down := goes_down(keys)) is None or arrows(title) == "▴▾"[down], key
        told |= {key} if down is not None else set()
    assert {"grade", "room", "participants_now", "name", "joined", "device"} <= told
