"""A getStats report in each of the shapes in which it travels, and numbers that are none."""

from __future__ import annotations

from typing import Any

import pytest

from callmon.w3c.report import MAX_ENTRIES, figure, num, parse, text

A = {"id": "A", "type": "inbound-rtp", "ssrc": 1, "timestamp": 5}
B = {"id": "B", "type": "transport", "timestamp": 9.5}


@pytest.mark.parametrize(
    "stats",
    [
        pytest.param([A, B], id="array"),
        pytest.param({"A": A, "B": B}, id="object by id"),
        pytest.param([{"key": "A", "value": A}, {"key": "B", "value": B}], id="key and value"),
        pytest.param([["A", A], ["B", B]], id="pairs"),
    ],
)
def test_all_shapes_are_the_same_report(stats: Any) -> None:
    report = parse(stats)
    assert report is not None
    assert report.by_id == {"A": A, "B": B}
    assert report.of("transport", "inbound-rtp") == [B, A]
    assert report.get("B") is B
    assert report.get(7) is report.get("C") is None
    assert report.newest() == 9.5


@pytest.mark.parametrize("stats", ["text", 7, None, True])
def test_anything_else_is_no_report(stats: Any) -> None:
    assert parse(stats) is None


def test_objects_without_a_type_are_left_out_and_unknown_types_are_kept() -> None:
    report = parse(
        [{"id": "Scores", "audio": 5}, {"id": "X", "type": "goog-new"}, A, 7, None, ["B"], ["B", 1]]
    )
    assert report is not None
    assert set(report.by_id) == {"X", "A"}
    assert report.of("inbound-rtp") == [A]


def test_a_report_without_end_is_cut() -> None:
    report = parse([{"id": str(number), "type": "codec"} for number in range(MAX_ENTRIES + 50)])
    assert report is not None
    assert len(report.by_id) == MAX_ENTRIES


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, 1.0), (-2.5, -2.5), (True, None), ("3", None), (None, None), (float("nan"), None), (float("inf"), None),
     (10**400, None), ([1], None)],
)  # fmt: skip
def test_numbers_are_finite_or_none(value: Any, number: float | None) -> None:
    assert num({"x": value}, "x") == number
    assert num(None, "x") is num({}, "x") is None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        ("3", 3.0),
        ("-2.5", -2.5),
        ("1e3", 1000.0),
        ("1e400", None),
        ("9" * 41, None),
        ("", None),
        (" 3", None),
        ("0x3", None),
        ("nan", None),
        ("1_000", None),
        ("٣", None),
        ("3s", None),
        (True, None),
        (None, None),
        ([3], None),
    ],
)
def test_a_figure_may_be_written_as_text(value: Any, number: float | None) -> None:
    assert figure({"x": value}, "x") == number
    assert figure(None, "x") is figure({}, "x") is None


def test_texts_are_printable_and_bounded() -> None:
    assert text({"x": "opus"}, "x") == "opus"
    assert text({"x": ""}, "x") is text({"x": 5}, "x") is text(None, "x") is None
    dirty = text({"x": "a\x1b[31m\u202eb" + "c" * 500}, "x")
    assert dirty is not None
    assert dirty.isprintable()
    assert len(dirty) <= 200


def test_streams_take_what_older_browsers_tell_of_tracks() -> None:
    stream = {"id": "I", "type": "inbound-rtp", "kind": "audio", "trackId": "T", "audioLevel": 0.5}
    track = {
        "id": "T",
        "type": "track",
        "audioLevel": 0.1,
        "concealedSamples": 7,
        "totalSamplesReceived": 480,
        "detached": False,
    }
    other = {"id": "J", "type": "inbound-rtp", "kind": "video", "trackId": "gone"}
    report = parse([stream, track, other])
    assert report is not None
    whole = {**stream, "concealedSamples": 7, "totalSamplesReceived": 480}
    assert report.of("inbound-rtp") == [whole, other]
    assert report.get("I") == whole
    assert "concealedSamples" not in stream, "what arrived stays as it was"
