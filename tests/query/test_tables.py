from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.query.columns import COLUMNS
from callmon.query.tables import columns, curves_csv, view_csv, view_markdown
from tests.tui.boards import NOW, make_call, mixed
from tests.tui.details import live


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_view_has_a_row_for_each_call_with_numbers_as_numbers_and_units_in_the_head() -> None:
    calls = mixed().all
    found = rows(view_csv(calls, NOW))
    assert [row["id"] for row in found] == [call.id for call in calls]
    poor = found[0]
    assert poor["grade"] == "poor" and poor["loss_pct (%)"] == "6.2" and poor["duration (s)"] == "240"
    assert poor["bitrate_in_bps (bit/s)"] == "31000" and poor["started_at"] == "2027-01-15T07:56:00.000Z"
    assert found[4]["rtt_ms (ms)"] == "" and found[4]["ended_at"] == ""
    heads = [head.partition(" ")[0] for head in found[0]]
    assert heads == ["id", "started_at", "ended_at", *(column.key for column in columns())]
    drawn_or_chosen = {key for key, column in COLUMNS.items() if column.kind == "spark" or not column.usual}
    assert set(COLUMNS) - set(heads) == drawn_or_chosen - {"id"}


def test_the_columns_that_were_chosen_are_written_in_their_order() -> None:
    head = view_csv(mixed().all, NOW, ("loss_pct", "call", "rtt_ms_spark", "browser")).partition("\r\n")[0]
    assert head == "id,started_at,ended_at,loss_pct (%),call,browser"


def test_lines_end_as_rfc_4180_wants() -> None:
    text = view_csv(mixed().all, NOW)
    assert text.count("\r\n") == len(mixed().all) + 1 and text.count("\n") == text.count("\r\n")


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1 555", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_name_is_a_formula(name: str) -> None:
    call = make_call(name)
    call.label = call.room = name
    (row,) = rows(view_csv([call], NOW))
    for key in ("id", "call", "room"):
        assert row[key] == f"'{name}"


@given(st.text(max_size=40))
def test_whatever_a_call_is_called_it_is_read_back(name: str) -> None:
    call = make_call("x")
    call.label = name or None
    (row,) = rows(view_csv([call], NOW))
    assert row["call"].removeprefix("'") in (name, call.id) or name.startswith("'")
    assert view_markdown([call], NOW).count("\n") == 3


def test_a_view_as_markdown_is_a_table_of_what_the_screen_shows() -> None:
    lines = view_markdown(mixed().all, NOW).splitlines()
    assert len(lines) == len(mixed().all) + 2
    assert lines[0].startswith("| Grade | Why | Call |") and "Loss (%)" in lines[0]
    assert "Ana Ruiz → Support" in lines[2] and "▲ P" in lines[2]
    assert {line.count(" | ") for line in lines} == {len(columns()) - 1}


def test_curves_have_a_row_for_each_sample_of_each_stream() -> None:
    call = live()
    found = rows(curves_csv(call, NOW))
    streams = {stream.id for leg in call.legs.values() for stream in leg.streams.values()}
    assert {row["stream"] for row in found} == streams
    assert [row["at"] for row in found] == sorted(row["at"] for row in found)
    assert any(row["rtt_ms (ms)"] for row in found)
    points = sum(
        len(
            {
                at
                for key in stream.history.columns
                for at, value in stream.history.points(key, 0, NOW)
                if value == value
            }
        )
        for leg in call.legs.values()
        for stream in leg.streams.values()
    )
    assert len(found) == points
