"""The event stream of the WHATWG HTML standard, with its own examples, cut anywhere."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callmon.sources.sse import EventStream

Event = tuple[str, str, str]


def read(data: bytes, size: int | None = None, limit: int = 1000) -> tuple[list[Event], EventStream]:
    stream = EventStream(limit)
    step = size or max(1, len(data))
    found = [text for at in range(0, len(data), step) for text in stream.feed(data[at : at + step])]
    return [(text.kind, str(text.data), text.id or "") for text in found], stream


def reference(data: bytes) -> list[Event]:
    """The standard, word for word, over a whole stream."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = re.split("\r\n|\r|\n", text)[:-1]
    found: list[Event] = []
    kind = buffer = last = pending = ""
    for line in lines:
        if line == "":
            last = pending
            if buffer:
                found.append((kind or "message", buffer.removesuffix("\n"), last))
            kind = buffer = ""
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "event":
                kind = value
            elif name == "data":
                buffer += value + "\n"
            elif name == "id" and "\0" not in value:
                pending = value
    return found


PIECES = st.sampled_from(
    ["data", "id", "event", "retry", "odd", ":", ": ", " ", "\n", "\r", "\r\n", "\n\n", "a", "é",
     "\0", "7", "\ufeff"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join), st.integers(1, 7))
@example("data: a\r\n\r\ndata: b\r\r", 8)
@example("\ufeffdata: é\n\n", 1)
def test_it_is_the_standard_however_the_bytes_are_cut(text: str, size: int) -> None:
    data = text.encode()
    assert read(data, size)[0] == reference(data)


@given(st.binary(max_size=100), st.integers(1, 5))
def test_arbitrary_bytes_are_read_like_any_others(data: bytes, size: int) -> None:
    assert read(data, size)[0] == reference(data) == read(data)[0]


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("data: YHOO\ndata: +2\ndata: 10\n\n", [("message", "YHOO\n+2\n10", "")]),
        (
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            [
                ("message", "first event", "1"),
                ("message", "second event", ""),
                ("message", " third event", ""),
            ],
        ),
        ("data\n\ndata\ndata\n\ndata:", [("message", "", ""), ("message", "\n", "")]),
        ("data:test\n\ndata: test\n\n", [("message", "test", ""), ("message", "test", "")]),
        ("event: add\ndata: 73857293\n\n", [("add", "73857293", "")]),
        ("id: 5\ndata: cut off\n", []),
    ],
)
def test_the_examples_of_the_standard(text: str, events: list[Event]) -> None:
    for end in ("\n", "\r", "\r\n"):
        assert read(text.replace("\n", end).encode(), 3)[0] == events


def test_an_id_counts_from_its_empty_line_on_even_without_data() -> None:
    _, stream = read(b"id: 1\ndata: a\n\nid: 2\n\nid: 3\n")
    assert stream.last_id == "2"
    _, stream = read(b"id: 1\n\nid: x\0y\n\n")
    assert stream.last_id == "1"


@pytest.mark.parametrize(
    ("text", "seconds"), [("retry: 1500", 1.5), ("retry: 1.5", None), ("retry: -1", None), ("retry: ٣", None)]
)
def test_retry_is_digits_and_nothing_else(text: str, seconds: float | None) -> None:
    assert read(text.encode() + b"\n\n")[1].retry_s == seconds


@pytest.mark.parametrize("data", [b"data: " + b"x" * 5000, b"data: " + b"\ndata: ".join([b"x" * 9] * 500)])
@pytest.mark.parametrize("size", [1, 2, 64, 500])
def test_a_huge_event_is_refused_and_not_kept(data: bytes, size: int) -> None:
    stream = EventStream(100)
    for at in range(0, len(data), size):
        assert list(stream.feed(data[at : at + size])) == []
        assert len("".join(stream._line + stream._data)) <= 206
    (huge, fine) = stream.feed(b"\nid: 4\n\ndata: fine\n\n")
    assert (huge.place, huge.reason, huge.id) == ("message 1", "longer than 100 characters", "4")
    assert (fine.place, fine.data, fine.reason) == ("message 2", "fine", None)
