"""A yes-or-no question about a call, as text and as what it means."""

from __future__ import annotations

from dataclasses import dataclass, field

from callmon.engine.call import Call
from callmon.query.expression import Expression
from callmon.query.grammar import parse
from callmon.query.match import matcher

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
        return matcher(self.expression)(call, now, marked, None)

    def __str__(self) -> str:
        return self.text
