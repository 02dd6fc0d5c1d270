"""A yes-or-no question about a call, as text and as what it means."""

from __future__ import annotations

from dataclasses import dataclass, field

from callmon.engine.call import Call
from callmon.query.columns import BADGES, COLUMNS
from callmon.query.expression import Expression
from callmon.query.grammar import parse

NOBODY: frozenset[str] = frozenset()
"""No marked calls."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A question as it was typed; Misread where the text is none. Prints back as it was typed."""

    text: str = ""
    expression: Expression = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "expression", parse(self.text))

    def passes(self, call: Call, now: float, marked: frozenset[str] = NOBODY) -> bool:
        """Return whether the call is shown; ``marked`` are the calls that somebody has marked."""
        from callmon.query.match import matcher

        return matcher(self.expression)(call, now, marked, None)

    def __str__(self) -> str:
        return self.text


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
