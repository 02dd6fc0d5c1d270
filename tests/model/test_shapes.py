"""Types are written and read by their hints alone."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.model.shapes import ARRAY_BYTES, ShapeError, shape_of
from tests.model.events import JSON

CUT = "an array that is cut or garbled"


class Colour(StrEnum):
    RED = "red"


@dataclass(slots=True)
class Inner:
    numbers: array[float] = field(default_factory=lambda: array("f"))
    times: array[int] = field(default_factory=lambda: array("q"))


@dataclass(slots=True)
class Outer:
    needed: int
    colour: Colour = Colour.RED
    maybe: float | None = None
    pairs: list[tuple[float, str]] = field(default_factory=list)
    buckets: dict[int, int] = field(default_factory=dict)
    inner: dict[str, Inner] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    unknown: dict[str, float | None] = field(default_factory=dict)


def test_everything_a_call_may_hold_comes_back() -> None:
    inner = Inner(array("f", [1.5, math.inf]), array("q", [-1, 2**40]))
    outer = Outer(1, Colour.RED, 2.0, [(1.0, "a")], {-5: 6}, {"x": inner}, {"k": "v"}, {"n": None, "m": 1.0})
    shape = shape_of(Outer)
    assert shape.read(json.loads(json.dumps(shape.write(outer), allow_nan=False))) == outer


def test_what_is_at_its_default_is_not_written() -> None:
    assert shape_of(Outer).write(Outer(3)) == {"needed": 3}


def test_what_is_written_shares_nothing_with_what_it_came_from() -> None:
    outer = Outer(1, words={"a": "b"}, unknown={"n": 1.0})
    written = shape_of(Outer).write(outer)
    outer.unknown["n"] = 2.0
    assert written["unknown"] == {"n": 1.0}
    assert written["words"] is not outer.words


@given(JSON)
def test_arbitrary_json_is_read_or_refused_in_words(value: object) -> None:
    try:
        assert isinstance(shape_of(Outer).read(value), Outer)
    except ShapeError as error:
        assert str(error)


@given(st.sampled_from(["colour", "maybe", "pairs", "buckets", "inner", "words", "unknown"]), JSON)
def test_any_wrong_field_is_refused_in_words(name: str, value: object) -> None:
    try:
        assert isinstance(shape_of(Outer).read({"needed": 1, name: value}), Outer)
    except ShapeError as error:
        assert str(error).startswith(name)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "needed is missing"),
        ({"needed": 1.0}, "needed: a number where a whole number belongs"),
        ({"needed": 2**64}, "needed: a number that is out of range"),
        ({"needed": 1, "colour": "blue"}, "colour: a colour that is not known"),
        ({"needed": 1, "colour": []}, "colour: a colour that is not known"),
        ({"needed": 1, "pairs": [[1.0]]}, "pairs: 0: a list where a list of 2 belongs"),
        ({"needed": 1, "buckets": {"1e3": 1}}, "buckets: 1e3: not a whole number"),
        ({"needed": 1, "buckets": {"9" * 5000: 1}}, f"buckets: {'9' * 60}: a number that is out of range"),
        ({"needed": 1, "inner": {"x": {"numbers": "q:"}}}, "inner: x: numbers: no array of f or d"),
        ({"needed": 1, "inner": {"x": {"numbers": "f:AAA"}}}, f"inner: x: numbers: {CUT}"),
        ({"needed": 1, "inner": {"x": {"numbers": "f:AAAA"}}}, f"inner: x: numbers: {CUT}"),
        ({"needed": 1, "inner": {"x": {"times": "q:é"}}}, f"inner: x: times: {CUT}"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_its_place(value: object, reason: str) -> None:
    with pytest.raises(ShapeError) as error:
        shape_of(Outer).read(value)
    assert str(error.value) == reason


def test_an_array_is_bounded() -> None:
    huge = "f:" + "A" * (ARRAY_BYTES * 4 // 3 + 8)
    with pytest.raises(ShapeError, match="an array of more than"):
        shape_of(Inner).read({"numbers": huge})


@pytest.mark.parametrize("hint", [set, dict[float, int], int | str, bytes, list])
def test_a_type_without_a_shape_is_said_at_once(hint: object) -> None:
    with pytest.raises(TypeError, match="has no shape"):
        shape_of(hint)
