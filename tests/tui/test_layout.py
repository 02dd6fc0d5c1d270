from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callmon.query.columns import COLUMNS
from callmon.tui.layout import GAP, PAIRS, lay_out
from callmon.tui.line import cells


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
