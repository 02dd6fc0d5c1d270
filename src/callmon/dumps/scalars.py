"""JSON that was put into strings of other JSON, and what of it may go into a frame."""

from __future__ import annotations

import json
import math
from collections.abc import Container, Sequence

from callmon.model.frames import Json

LONGEST = 4000
"""Characters of a string that are kept; no member of a stats object is longer but a certificate."""

_NUMBERS = frozenset({int, float})
_WHOLE = 2**63
_TEXTS = frozenset({"mid", "rid", "trackIdentifier", "remoteId", "localId"})


def is_one_of(value: Json, words: Container[str]) -> bool:
    """Whether a value is text, and one of these words."""
    return isinstance(value, str) and value in words


def unpacked(value: Json) -> Json:
    """Return what a string of JSON means, or the value itself where it is none."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def kept(name: str, value: Json) -> str | int | float | bool | None:
    """Return a member of a stats object as it may go on, or None: no containers, no infinities, no huge numbers.

    The page that writes dumps turns text that looks like a number into one; names and ids become text again.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, int):
        if abs(value) >= _WHOLE:
            return None
    elif not isinstance(value, float) or not math.isfinite(value):
        return None
    return f"{value:g}" if name in _TEXTS or name.endswith("Id") else value


def all_kept(name: str, values: list[Json]) -> Sequence[Json]:
    """Return all values of a member as they may go on (see ``kept``); mostly they may, and are given back."""
    types = set(map(type, values))
    if types == {str}:
        good = max(map(len, values)) <= LONGEST
    elif types <= _NUMBERS and name not in _TEXTS and not name.endswith("Id"):
        # Only what is no huge integer can be asked whether it is finite.
        good = max(values) < _WHOLE and min(values) > -_WHOLE and all(map(math.isfinite, values))
    else:
        good = types == {bool}
    return values if good else [kept(name, value) for value in values]
