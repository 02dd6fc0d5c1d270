"""Calls to ask questions about: invented ones, through the real reader and engine."""

from __future__ import annotations

from functools import cache

from callmon.engine.call import Call
from callmon.engine.engine import Engine
from tests.engine.invented import fold, invented

NOW = invented()[-1][0]


@cache
def calls() -> tuple[Call, ...]:
    """The calls at NOW; nobody may change them."""
    return tuple(fold(Engine(), invented()).calls.values())
