"""What became different, for whoever wants to be told."""

from __future__ import annotations

from dataclasses import dataclass

from callmon.engine.call import Call
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade


@dataclass(frozen=True, slots=True)
class Raised:
    """An issue began."""

    call: str
    at: float
    issue: Issue


@dataclass(frozen=True, slots=True)
class Cleared:
    """An issue is over."""

    call: str
    at: float
    issue: Issue


@dataclass(frozen=True, slots=True)
class Regraded:
    """A call's grade is another."""

    call: str
    at: float
    old: Grade
    new: Grade


@dataclass(frozen=True, slots=True)
class Ended:
    """A call is over and has a summary."""

    call: str
    at: float
    state: str


Change = Raised | Cleared | Regraded | Ended
"""Any of the changes above."""


def was_known(change: Change, old: Call | None) -> bool:
    """Return whether a change of a call that is told again had been shown of it before, as it was then."""
    if old is None:
        return False
    if isinstance(change, Raised | Cleared):
        new = change.issue
        was = [
            one for one in old.issues if (one.code, one.leg, one.stream) == (new.code, new.leg, new.stream)
        ]
        return bool(was) and (isinstance(change, Raised) or was[-1].until is not None)
    return isinstance(change, Regraded) or (isinstance(change, Ended) and old.over)
