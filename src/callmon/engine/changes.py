"""What became different, for whoever wants to be told."""

from __future__ import annotations

from dataclasses import dataclass

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
