"""Which peer connections of a file are one call: those that one page has open at the same time."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A peer connection: whose it is, when it began, and when it was closed (None: it never was)."""

    page: Hashable
    begun: float
    closed: float | None = None


def grouped(parts: Sequence[Part], name: str) -> list[str]:
    """Return the call of each part, named after the file: ``name``, ``name/2``, … in the order of their beginnings.

    A part that begins while another of its page is open belongs to the same call.
    """
    calls = [""] * len(parts)
    open_until: dict[Hashable, tuple[str, float]] = {}
    count = 0
    for number in sorted(range(len(parts)), key=lambda number: parts[number].begun):
        part = parts[number]
        call, until = open_until.get(part.page, ("", float("-inf")))
        if not call or part.begun > until:
            count += 1
            call, until = name if count == 1 else f"{name}/{count}", float("-inf")
        ends = part.closed if part.closed is not None else float("inf")
        open_until[part.page] = call, max(until, ends)
        calls[number] = call
    return calls
