"""How the sources did: no saved state of a call says that."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import fields

from callmon.model.events import Event
from callmon.model.frames import Frame
from callmon.model.health import SourceHealth

KEPT = 1800
"""So many moments are kept of each source: half an hour of one that changes every second."""

_NAMES = tuple(field.name for field in fields(SourceHealth))
_Row = tuple[object, ...]


class Chronicle:
    """What was known of each source and when: a witness that looks whenever time passes, so it is that exact."""

    def __init__(self, sources: Sequence[SourceHealth]) -> None:
        """Look at ``sources``, which others change."""
        self._watched = sources
        self._times: dict[str, list[float]] = {}
        self._rows: dict[str, list[_Row]] = {}

    def took(self, frame: Frame, events: Sequence[Event]) -> None:
        """See nothing new: it is looked at soon enough."""

    def ticked(self, at: float) -> None:
        """Keep how the sources do, where that differs from the moment before."""
        for source in self._watched:
            row = tuple([getattr(source, name) for name in _NAMES])
            times, rows = self._times.setdefault(source.name, []), self._rows.setdefault(source.name, [])
            if rows and rows[-1] == row:
                continue
            times.append(max(at, times[-1]) if times else at)
            rows.append(row)
            if len(times) > 2 * KEPT:
                del times[:KEPT], rows[:KEPT]

    def sources(self, at: float) -> list[SourceHealth]:
        """Return how the sources did at a moment; one of which nothing is known so early is left out."""
        found: list[SourceHealth] = []
        for name, times in self._times.items():
            place = bisect_right(times, at)
            if place:
                # A row holds the fields of the class in their order, which no type says.
                found.append(SourceHealth(*self._rows[name][place - 1]))  # type: ignore[arg-type]
        return found
