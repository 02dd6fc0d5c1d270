"""Whether a call is what a filter asks for: expressions made into functions, once each."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from callmon.engine.call import Call
from callmon.model.dust import settled
from callmon.query import moments
from callmon.query.columns import BADGES, COLUMNS
from callmon.query.expression import (
    And,
    Compare,
    Everything,
    Expression,
    Flag,
    Lasting,
    Marked,
    Not,
    Or,
    Within,
    Words,
)
from callmon.query.fields import FIELDS, FLAGS, Field, Row
from callmon.query.people import UNKNOWN as NOT_KNOWN
from callmon.query.times import Relative

Test = Callable[[Call, float, frozenset[str], Row | None], bool]
"""Says whether a call passes now, given the marked calls; a row has the figures of an earlier moment."""

COMPARED: dict[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
"""How numbers are compared; what is unknown compares with nothing."""


@lru_cache(maxsize=256)
def matcher(expression: Expression) -> Test:
    """Return the function that says whether a call passes."""
    match expression:
        case Everything():
            return lambda call, now, marked, row: True
        case Marked():
            return lambda call, now, marked, row: call.id in marked
        case Words(text):
            return _words(text.lower())
        case Flag(kind, word):
            return _flag(kind, word)
        case Compare(field, op, value, _):
            return _compare(FIELDS[field], op, value)
        case Not(inner):
            test = matcher(inner)
            return lambda call, now, marked, row: not test(call, now, marked, row)
        case And(parts):
            tests = [matcher(part) for part in parts]
            return lambda call, now, marked, row: all(test(call, now, marked, row) for test in tests)
        case Or(parts):
            tests = [matcher(part) for part in parts]
            return lambda call, now, marked, row: any(test(call, now, marked, row) for test in tests)
        case Lasting(inner, seconds):
            return _lasting(matcher(inner), seconds, figures(inner))
        case Within(how, inner, seconds):
            return _window(how, matcher(inner), seconds, figures(inner))


def fields(expression: Expression) -> list[str]:
    """Return the names of the fields that an expression asks about, each once, in their order."""
    match expression:
        case Compare(field, _, _, _):
            found = [field]
        case Not(inner) | Lasting(inner, _) | Within(_, inner, _):
            found = fields(inner)
        case And(parts) | Or(parts):
            found = [name for part in parts for name in fields(part)]
        case Flag("is", word) if word in FIELDS["grade"].words:
            found = ["grade"]
        case Flag("is", word) if word in FIELDS["state"].words:
            found = ["state"]
        case Flag("has", word) if word in FIELDS:
            found = [word]
        case Flag("issue" | "open", _):
            found = ["issue_types"]
        case _:
            found = []
    return list(dict.fromkeys(found))


def limits(expression: Expression, name: str) -> list[float]:
    """Return the numbers with which an expression compares a field, in their order."""
    match expression:
        case Compare(field, _, value, _) if field == name and isinstance(value, float):
            return [value]
        case Not(inner) | Lasting(inner, _) | Within(_, inner, _):
            return limits(inner, name)
        case And(parts) | Or(parts):
            return [value for part in parts for value in limits(part, name)]
        case _:
            return []


def figures(expression: Expression) -> frozenset[str]:
    """Return the keys of the figures that an expression asks about, as far as they have a past."""
    match expression:
        case Compare(field, _, _, _):
            return frozenset({FIELDS[field].key}) & moments.KEPT
        case Not(inner) | Lasting(inner, _) | Within(_, inner, _):
            return figures(inner)
        case And(parts) | Or(parts):
            return frozenset().union(*(figures(part) for part in parts))
        case Flag("has", word) if word in FIELDS:
            return frozenset({FIELDS[word].key}) & moments.KEPT
        case _:
            return frozenset()


def _words(text: str) -> Test:
    return lambda call, now, marked, row: text in haystack(call, now)


def _flag(kind: str, word: str) -> Test:
    known = FLAGS[kind].get(word)
    if known is not None:
        return lambda call, now, marked, row: known(call)
    field = FIELDS[word]
    if field.unit is not None:
        return lambda call, now, marked, row: field.value(call, now, row) is not None
    return lambda call, now, marked, row: any(True for _ in field.texts(call, now))


def _compare(field: Field, op: str, value: float | Relative | str) -> Test:
    """Return a comparison; ``!=`` and ``!~`` are the opposites of ``=`` and ``~``, also of what is unknown."""
    if op in ("!=", "!~"):
        test = _compare(field, "=" if op == "!=" else "~", value)
        return lambda call, now, marked, row: not test(call, now, marked, row)
    if isinstance(value, str):
        return _text(field, op, value)
    compare = COMPARED[op]
    # Moments are told and not computed, and a billionth of all the seconds since 1970 is no dust.
    moment = field.unit == "at"
    # Every call is asked at the same now, and calendars are slow.
    amount = lru_cache(maxsize=1)(value.at) if isinstance(value, Relative) else value

    def holds(call: Call, now: float, marked: frozenset[str], row: Row | None) -> bool:
        found = field.value(call, now, row)
        if found is None:
            return False
        limit = amount(now) if callable(amount) else amount
        return compare(found if moment else settled(found, limit), limit)

    return holds


def _text(field: Field, op: str, value: str) -> Test:
    if op == "=":
        wanted, lacking = value.lower(), field.lacking
        if wanted == NOT_KNOWN and lacking is not None:
            return lambda call, now, marked, row: lacking(call)
        return lambda call, now, marked, row: any(text.lower() == wanted for text in field.texts(call, now))
    pattern = re.compile(value, re.IGNORECASE)
    return lambda call, now, marked, row: any(pattern.search(text) for text in field.texts(call, now))


def _lasting(test: Test, seconds: float, keys: frozenset[str]) -> Test:
    """Return whether something held at every moment of the last seconds, and there were such moments."""

    def holds(call: Call, now: float, marked: frozenset[str], row: Row | None) -> bool:
        if not test(call, now, marked, None):
            return False
        rows = moments.reaching_back(call, now, seconds, keys)
        return rows is not None and all(test(call, now, marked, one) for one in rows)

    return holds


def _window(how: str, test: Test, seconds: float, keys: frozenset[str]) -> Test:
    """Return whether something held at any, or at all, of the moments that are known of the last seconds."""

    def holds(call: Call, now: float, marked: frozenset[str], row: Row | None) -> bool:
        rows = [*moments.rows(call, now, seconds, keys), None]
        if how == "any":
            return any(test(call, now, marked, one) for one in rows)
        return all(test(call, now, marked, one) for one in rows)

    return holds


def haystack(call: Call, now: float) -> str:
    """Return everything a bare word is looked for in: text columns, grade, issue codes and leg attributes."""
    parts = [column.text(call, now) for column in COLUMNS.values() if column.searched]
    parts += [call.id, BADGES[call.grade][2]]
    parts.extend(issue.code for issue in call.issues)
    for leg in call.legs.values():
        parts.append(leg.label or "")
        parts.extend(leg.attributes.values())
        parts.extend(stream.codec or "" for stream in leg.streams.values())
    return "\n".join(parts).lower()
