"""Arbitrary events and arbitrary JSON, for property tests."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from callmon.model.codec import LATEST
from callmon.model.events import EVENTS, Event

TEXTS = st.text(max_size=20)
NUMBERS = st.floats(-1e18, 1e18, allow_nan=False)
TIMES = st.floats(0, LATEST)

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def events() -> st.SearchStrategy[Event]:
    """Events of every type, drawn from the hints of their fields."""
    return st.one_of([values(kind) for kind in EVENTS])


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type hint."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = typing.get_type_hints(hint)
        special = {"call": st.text(min_size=1, max_size=20), "at": TIMES, "clock": TIMES}
        return st.builds(hint, **{name: special.get(name, values(hints[name])) for name in hints})
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values(item) for item in inner])
    if origin is Mapping:
        return st.dictionaries(TEXTS, values(inner[1]), max_size=4)
    if origin is tuple:
        return st.lists(values(inner[0]), max_size=3).map(tuple)
    simple: dict[Any, st.SearchStrategy[Any]] = {
        str: TEXTS,
        float: NUMBERS,
        int: st.integers(-(2**63), 2**63 - 1),
        bool: st.booleans(),
        type(None): st.none(),
        object: st.none() | TEXTS | st.lists(st.integers(0, 9), max_size=3),
    }
    return simple[hint]
