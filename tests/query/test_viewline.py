"""A view as one line of text: reading is the opposite of writing, and what is wrong is pointed at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.query.columns import COLUMNS
from callmon.query.filter import Filter
from callmon.query.misread import Misread
from callmon.query.view import View, group
from callmon.query.viewline import read, write
from tests.query.calls import NOW, calls

SORTED = [key for key, column in COLUMNS.items() if column.kind != "spark"]


@pytest.mark.parametrize(
    ("line", "view"),
    [
        ("", View()),
        ("loss>3", View(Filter("loss>3"))),
        ("  loss>3 | sort rtt reverse", View(Filter("loss>3"), "rtt_ms", True)),
        ("| sort -rtt", View(sort="rtt_ms")),
        ("| sort -rtt reverse", View(sort="rtt_ms", reverse=True)),
        ("| sort -mos", View(sort="mos", reverse=True)),
        ("| group region | marked", View(group="region", only_marked=True)),
        (
            'call="a | b" | columns call rtt=8 rtt_ms_spark | span 5m',
            View(Filter('call="a | b"'), columns=("call", "rtt_ms", "rtt_ms_spark"), widths=(("rtt_ms", 8),),
                 span=300.0),
        ),
        (
            "| widths rtt=9 | columns call rtt",
            View(columns=("call", "rtt_ms"), widths=(("rtt_ms", 9),)),
        ),
        (
            "| columns call=5 rtt | widths rtt=9",
            View(columns=("call", "rtt_ms"), widths=(("call", 5), ("rtt_ms", 9))),
        ),
        ("| widths call=40", View(widths=(("call", 40),))),
    ],
)  # fmt: skip
def test_a_line_means(line: str, view: View) -> None:
    assert read(line) == view
    assert read(write(view)) == view


@pytest.mark.parametrize(
    ("line", "caret", "reason"),
    [
        ("  loss>x", 7, "expected a share such as 3%"),
        ("loss>3 |", 8, "expected sort, columns, group, span or marked"),
        ("a | order rtt", 4, "expected sort, columns, group, span or marked"),
        ("a | sorted rtt", 4, "there is no sorted: did you mean sort?"),
        ("a | sort -rrt", 10, "there is no column rrt: did you mean rtt?"),
        ("a | sort -", 10, "expected a column, as in sort rtt"),
        (
            "a | group xyz",
            10,
            "there is no column xyz: docs/columns.md lists them",
        ),
        ("a | sort", 8, "expected a column, as in sort rtt"),
        ("a | sort rrt", 9, "there is no column rrt: did you mean rtt?"),
        ("a | sort rtt down", 13, "expected reverse, or the end"),
        ("a | columns", 11, "expected columns, as in columns call rtt=8 loss"),
        ("a | columns rtt call rtt", 21, "expected another column: rtt is there already"),
        ("a | columns rtt=0", 16, "expected a width from 1 to 80"),
        ("a | group", 9, "expected a column, as in group region"),
        ("a | group region x", 17, "expected the end, or | and something else"),
        ("loss>3 | sort rtt | sort loss", 20, "expected sort only once, or the end"),
        ("a | marked | sort rtt | Marked", 24, "expected marked only once, or the end"),
        ("a | span x", 9, "expected a span of time such as 90s, 5m, 1h30m or 3:05"),
        ("a | marked x", 11, "expected the end, or | and something else"),
    ],
)
def test_what_is_wrong_is_pointed_at(line: str, caret: int, reason: str) -> None:
    with pytest.raises(Misread) as wrong:
        read(line)
    assert (wrong.value.place, str(wrong.value)) == (caret, reason)


@st.composite
def views(draw: st.DrawFn) -> View:
    keys = tuple(draw(st.lists(st.sampled_from(sorted(COLUMNS)), unique=True, max_size=6)))
    widths = tuple((key, draw(st.integers(1, 80))) for key in keys if draw(st.booleans()))
    return View(
        Filter(
            draw(st.sampled_from(["", "agent", "loss>3 for 30s", '"a | b"', "is:poor or (has:relay marked)"]))
        ),
        draw(st.sampled_from(SORTED)),
        draw(st.booleans()),
        keys,
        widths,
        draw(st.sampled_from(["", *SORTED])),
        draw(st.one_of(st.none(), st.floats(1, 86_400))),
        draw(st.booleans()),
    )


@given(views())
def test_what_is_written_reads_as_the_same(view: View) -> None:
    assert read(write(view)) == view


@given(st.text(max_size=60))
def test_every_line_is_read_or_refused_at_a_place_in_it(line: str) -> None:
    try:
        view = read(line)
    except Misread as wrong:
        assert 0 <= wrong.place <= len(line)
    else:
        assert read(write(view)) == view


@pytest.mark.parametrize("key", SORTED)
def test_groups_hold_every_call_once(key: str) -> None:
    groups = group(calls(), View(group=key), NOW)
    assert sorted(call.id for one in groups for call in one.calls) == sorted(call.id for call in calls())
    assert len({one.value for one in groups}) == len(groups)
    assert [one.value for one in groups[:-1]].count("") == 0


def test_the_columns_of_a_view_are_those_that_were_chosen_in_their_order() -> None:
    assert list(read("| columns loss call rtt=9").shown()) == ["loss_pct", "call", "rtt_ms"]
    assert read("| columns loss call rtt=9").shown()["rtt_ms"].width == 9
    assert set(View().shown()) == {key for key, column in COLUMNS.items() if column.usual}
