"""Which peer connections of a file are one call: those that one page has open at the same time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

SILENT_MS = 60_000.0
"""A peer connection of which nothing was heard for so long is no longer open, though nobody closed it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A peer connection: whose it is, when it was heard of in epoch ms, and when it was closed (None: never)."""

    page: Hashable
    heard: Sequence[float]
    closed: float | None = None

    def is_open(self, at: float) -> bool:
        """Whether it is open at a time, as far as anybody could tell then."""
        number = bisect_right(self.heard, at)
        if not number or (self.closed is not None and self.closed <= at):
            return False
        return at - self.heard[number - 1] <= SILENT_MS


def grouped(parts: Sequence[Part], name: str) -> list[str]:
    """Return the call of each part, named after the file: ``name``, ``name/2``, … in the order of their beginnings.

    A part that begins while another of its page is open belongs to the same call.
    """
    calls = [""] * len(parts)
    newest: dict[Hashable, tuple[str, list[Part]]] = {}
    count = 0
    for number in sorted(range(len(parts)), key=lambda number: parts[number].heard[0]):
        part = parts[number]
        call, known = newest.get(part.page, ("", []))
        if not any(other.is_open(part.heard[0]) for other in known):
            count += 1
            call, known = name if count == 1 else f"{name}/{count}", []
        newest[part.page] = call, [*known, part]
        calls[number] = call
    return calls
