"""What filters may ask about: every column by its name, and the words behind ``is:``, ``has:`` and ``issue:``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from callmon.engine.call import Call
from callmon.engine.rules import RULES
from callmon.query import facts, people
from callmon.query.catalogue import CATALOGUE
from callmon.query.columns import Column
from callmon.query.format import UNKNOWN
from callmon.query.rooms import is_room

Row = Mapping[str, float | None]
"""Figures of another moment, by the keys of columns, that stand for those of now."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something to compare: a number in ``unit`` (which may be ''), or where that is None a text.

    ``words`` are all that a text can be, where those are known. ``number`` and ``texts`` find the values, nothing
    where they are unknown; ``lacking`` says whether one is unknown of some participant, which ``=unknown`` asks.
    """

    name: str
    also: tuple[str, ...]
    key: str
    unit: str | None
    words: tuple[str, ...]
    example: str
    meaning: str
    number: Callable[[Call, float], float | None]
    texts: Callable[[Call, float], Iterable[str]]
    lacking: Callable[[Call], bool] | None = None

    def value(self, call: Call, now: float, row: Row | None) -> float | None:
        """Return the number: that of the row where the row has one."""
        return row[self.key] if row is not None and self.key in row else self.number(call, now)


EXAMPLES = {
    "call": "support-312",
    "provider": "telnyx",
    "region": "us1",
    "codec": "opus",
    "browser": "Firefox",
}
"""Values that are named where one is missing."""


def _field(column: Column) -> Field:
    own = column.name or column.key
    return Field(
        own,
        tuple(name for name in (column.key, *column.also) if name != own),
        column.key,
        column.unit if column.kind == "number" else None,
        column.words,
        EXAMPLES.get(column.key, ""),
        column.meaning,
        column.key_of if column.kind == "number" else _no_number,
        _texts(column),
        _lacking(column.key) if column.key in people.GROUPS else None,
    )


def _lacking(key: str) -> Callable[[Call], bool]:
    return lambda call: people.UNKNOWN in people.values(call, key)


def _no_number(call: Call, now: float) -> float | None:
    return None


def _texts(column: Column) -> Callable[[Call, float], Iterable[str]]:
    if column.key == "grade":
        return lambda call, now: (call.grade.value,)
    if column.key in people.GROUPS:
        return lambda call, now: _of_people(call, column)
    found = column.facts
    if found is not None:
        return lambda call, now: found(call)
    return lambda call, now: [text for text in (column.text(call, now),) if text not in ("", UNKNOWN)]


def _of_people(call: Call, column: Column) -> Iterable[str]:
    """Return what is known of the participants, also without versions."""
    every = [text for text in people.values(call, column.key) if text != people.UNKNOWN]
    every += column.facts(call) if column.facts is not None else ()
    return dict.fromkeys(one for text in every for one in (text, people.family(text)))


FIELDS: dict[str, Field] = {
    field.name: field for field in (_field(column) for column in CATALOGUE.values() if column.kind != "spark")
}
"""All fields by their names."""

_BY_NAME: dict[str, Field] = {name: field for field in FIELDS.values() for name in (field.name, *field.also)}


def field(name: str) -> Field | None:
    """Return the field of a name, without regard to case, or None."""
    return _BY_NAME.get(name.lower())


Test = Callable[[Call], bool]

IS: dict[str, Test] = {
    "good": lambda call: call.grade.value == "good",
    "fair": lambda call: call.grade.value == "fair",
    "poor": lambda call: call.grade.value == "poor",
    "unknown": lambda call: call.grade.value == "unknown",
    "live": lambda call: call.state == "live",
    "stale": lambda call: call.state == "stale",
    "ended": lambda call: call.state == "ended",
    "failed": lambda call: call.state == "failed",
    "over": lambda call: call.over,
    "room": is_room,
}
"""What a call can be."""

HAS: dict[str, Test] = {
    "relay": lambda call: any(True for _ in facts.relays(call)),
    "audio": lambda call: "audio" in facts.kinds(call),
    "video": lambda call: "video" in facts.kinds(call),
    "issues": lambda call: bool(call.issues),
    "open-issues": lambda call: bool(call.open_issues()),
    "ice": lambda call: call.diagnosis() is not None,
}
"""What a call can have; besides, each field of which something is known."""

CODES: tuple[str, ...] = tuple(dict.fromkeys(rule.code for rule in RULES))
"""The codes of all issues."""


def _issue(code: str) -> Test:
    return lambda call: any(issue.code == code for issue in call.issues)


def _open(code: str) -> Test:
    return lambda call: any(issue.code == code and issue.until is None for issue in call.issues)


FLAGS: dict[str, dict[str, Test]] = {
    "is": IS,
    "has": HAS,
    "issue": {code: _issue(code) for code in CODES},
    "open": {code: _open(code) for code in CODES},
}
"""The words that may stand behind each prefix; an ``issue`` is or was there, an ``open`` one is there now."""
