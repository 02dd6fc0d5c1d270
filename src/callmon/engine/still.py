"""A call as it is at one moment, apart from what goes on: to look at, or to go on from once more."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

from callmon.engine.call import Call
from callmon.engine.issues import Tracker
from callmon.engine.quality import Judge
from callmon.engine.rates import Rates
from callmon.engine.series import History
from callmon.engine.tree import Tree
from callmon.engine.window import Window

SHARED = (Rates, Window, Judge, Tracker, History)
"""What is not copied: workings that nobody looks at, and histories, which whoever draws cuts at the moment."""

Plan = tuple[tuple[str, ...], tuple[str, ...]]
"""Names of the fields of a class that can be taken as they are, and of those that must be copied."""


def still(calls: list[Call]) -> list[Call]:
    """Return the calls as they are now; many times faster than a deep copy, which would hold all else up."""
    plans: dict[type, Plan | None] = dict.fromkeys(SHARED)
    return [_copied(call, plans) for call in calls]


def twins(calls: Iterable[Call]) -> list[Call]:
    """Return calls that are equal to these down to their workings, and share nothing that changes."""
    plans: dict[type, Plan | None] = {}
    return [_copied(call, plans) for call in calls]


def _copied(value: Any, plans: dict[type, Plan | None]) -> Any:
    """Return a value that nobody changes any more."""
    kind: Any = type(value)
    if kind is dict:
        return _each(value, plans)
    if kind is list:
        return value[:] if value and type(value[0]) in _LASTING else [_copied(item, plans) for item in value]
    if kind is array:
        return value[:]
    if kind is Tree:  # it follows from the rest
        return Tree()
    if kind not in plans:
        plans[kind] = _plan(kind)
    plan = plans[kind]
    if plan is None:
        return value
    new = kind.__new__(kind)
    for name in plan[0]:
        setattr(new, name, getattr(value, name))
    for name in plan[1]:
        setattr(new, name, _copied(getattr(value, name), plans))
    return new


def _each(value: Any, plans: dict[type, Plan | None]) -> Any:
    """Return a dictionary with its values copied, at once where they are numbers and words."""
    if all(type(item) in _PLAIN for item in value.values()):
        return dict(value)
    return {key: _copied(item, plans) for key, item in value.items()}


_PLAIN = {str, int, float, bool, type(None)}
_LASTING = _PLAIN | {tuple}


def _plan(kind: type) -> Plan | None:
    """Return how to copy a class, or None for one whose objects are shared or never change."""
    # How a dataclass was made is in an attribute that the stubs leave out.
    if not is_dataclass(kind) or kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return None
    names = [(field.name, str(field.type)) for field in fields(kind)]
    plain = tuple(name for name, annotation in names if annotation.removesuffix(" | None") in _WORDS)
    return plain, tuple(name for name, _ in names if name not in plain)


_WORDS = {"str", "int", "float", "bool"}
