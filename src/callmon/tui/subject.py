"""What a page about a participant is about: a call and a leg of it, as one text."""

from __future__ import annotations

_BETWEEN = "\n"
"""No id has a line break: what is not printable is replaced where it comes in."""


def participant(call: str, leg: str) -> str:
    """Return a participant of a call as the subject of a page."""
    return f"{call}{_BETWEEN}{leg}"


def parts(subject: str) -> tuple[str, str]:
    """Return the call and the leg that a subject means."""
    call, _, leg = subject.partition(_BETWEEN)
    return call, leg
