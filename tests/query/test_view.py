"""Which calls are shown and in which order: filters that print back, unknown values last either way."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from callmon.engine.call import Call, Leg, Stream
from callmon.query.columns import COLUMNS
from callmon.query.filter import Filter
from callmon.query.view import View, choose
from tests.query.calls import NOW, calls


def ids(view: View, of: Any = None) -> list[str]:
    return [call.id for call in choose(calls() if of is None else of, view, NOW)]


def test_words_must_all_be_found_and_case_does_not_matter() -> None:
    call = Call("id-1", "webrtc", NOW - 10, room="Blue Room", label="Ann")
    stream = Stream("s", "audio", "inbound", NOW, codec="opus")
    call.legs["l"] = Leg(
        "l", "peer", NOW, label="Desk", attributes={"browser": "Firefox 153"}, streams={"s": stream}
    )
    for text in (
        "",
        "  ",
        "ann",
        "BLUE",
        "room ann",
        "id-1",
        "firefox",
        "opus",
        "desk",
        "webrtc live",
        "!bob",
    ):
        assert Filter(text).passes(call, NOW), text
    for text in ("bob", "ann bob", "!ann", "ann !opus"):
        assert not Filter(text).passes(call, NOW), text


@pytest.mark.parametrize("key", COLUMNS)
@pytest.mark.parametrize("reverse", [False, True])
def test_every_column_sorts_and_unknown_comes_last(key: str, reverse: bool) -> None:
    shown = choose(calls(), View(Filter(""), key, reverse), NOW)
    assert {call.id for call in shown} == {call.id for call in calls()}
    keys = [COLUMNS[key].key_of(call, NOW) for call in shown]
    known = [value for value in keys if value is not None]
    assert keys == known + [None] * (len(keys) - len(known))
    down = COLUMNS[key].worst_first != reverse
    assert all((one >= two) if down else (one <= two) for one, two in pairwise(known))


def test_the_order_does_not_depend_on_the_order_before() -> None:
    assert ids(View()) == ids(View(), list(reversed(calls())))


def test_the_worst_calls_come_first() -> None:
    grades = [call.grade.rank for call in choose(calls(), View(), NOW) if not call.over]
    assert grades == sorted(grades, reverse=True)


@pytest.mark.parametrize("key", COLUMNS)
def test_every_column_writes_every_call(key: str) -> None:
    column = COLUMNS[key]
    assert column.key == key
    assert column.meaning.endswith(".")
    for call in calls():
        text = column.text(call, NOW)
        assert isinstance(text, str)
        assert "None" not in text
        assert "nan" not in text.lower()
