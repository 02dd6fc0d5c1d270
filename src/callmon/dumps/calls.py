"""Which peer connections of a document are one call: those that one page has open at the same time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from callmon.w3c.calls import Calls


@dataclass(frozen=True, slots=True)
class Part:
    """A peer connection: whose it is, when it was heard of in epoch ms, when it was closed (None: never).

    ``failed`` says that it had failed before.
    """

    page: Hashable
    heard: Sequence[float]
    closed: float | None = None
    failed: bool = False


def grouped(parts: Sequence[Part], name: str) -> list[str]:
    """Return the call of each part, as if the file were told in the order of time (``w3c.calls``)."""
    calls, found = Calls(name), [""] * len(parts)
    begun: dict[str, list[int]] = {}
    for number in sorted(range(len(parts)), key=lambda number: parts[number].heard[0]):
        part = parts[number]
        page, at = repr(part.page), part.heard[0]
        before = begun.setdefault(page, [])
        over = [
            (closed, other)
            for other in before
            if (closed := parts[other].closed) is not None and closed <= at
        ]
        for closed, other in sorted(over):
            before.remove(other)
            calls.close(page, str(other), closed / 1000 if parts[other].failed else None)
        for other in before:
            heard = parts[other].heard
            calls.hear(page, str(other), heard[bisect_right(heard, at) - 1] / 1000)
        found[number] = calls.open(page, str(number), at / 1000)
        before.append(number)
    return found
