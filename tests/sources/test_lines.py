"""Lines of JSON, cut anywhere on their way, too long, garbled, or not JSON at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.sources.lines import Lines, Text, decode
from tests.model.events import JSON


def read(chunks: list[bytes], limit: int = 100) -> list[Text]:
    lines = Lines(limit)
    found = [text for chunk in chunks for text in lines.feed(chunk)]
    return [*found, *lines.end()]


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)), st.integers(1, 20))
def test_how_the_bytes_are_cut_makes_no_difference(data: bytes, cuts: list[int], limit: int) -> None:
    edges = sorted({0, len(data), *(cut for cut in cuts if cut <= len(data))})
    chunks = [data[start:end] for start, end in zip(edges, edges[1:], strict=False)]
    assert read(chunks, limit) == read([data], limit)


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=8))
def test_lines_are_what_is_between_the_ends(lines: list[bytes]) -> None:
    data = b"x\n" + b"\n".join(lines)
    found = [text.data for text in read([data])]
    assert found == [b"x", *(line.strip() for line in lines if line.strip())]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    found = read([b"\xef\xbb\xbfone\r\n\n  \nfour\nfi", b"ve"])
    assert found == [Text("line 1", b"one"), Text("line 4", b"four"), Text("line 5, cut off", b"five")]


def test_a_huge_line_is_skipped_and_not_kept() -> None:
    lines = Lines(10)
    for _ in range(1000):
        assert list(lines.feed(b"x" * 1000)) == []
    assert len(lines._pending) == 0
    assert list(lines.feed(b"\nnext\n")) == [
        Text("line 1", b"", "longer than 10 bytes"),
        Text("line 2", b"next"),
    ]


@pytest.mark.parametrize(("size", "reason"), [(10, None), (11, "longer than 10 bytes")])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_the_limit_is_for_the_line_without_its_end(size: int, reason: str | None, end: bytes) -> None:
    (text,) = read([b"x" * size + end], 10)
    assert text.reason == reason


@given(JSON)
def test_json_is_decoded(value: object) -> None:
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        with pytest.raises(ValueError, match="is not a number in JSON"):
            decode(json.dumps(value))
    else:
        assert decode(text) == decode(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "not JSON: expecting property name enclosed in double quotes at character 2"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b"{\x00}\x00", "not JSON: expecting property name enclosed in double quotes at character 2"),
        (b"NaN", "NaN is not a number in JSON"),
        (b"[-Infinity]", "-Infinity is not a number in JSON"),
        (b"1e999", "a number that is out of range"),
        (b"1" * 5000, "a number that is out of range"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_json_is_refused_in_words(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match="^" + reason.replace("[", r"\[") + "$"):
        decode(data)
