"""Marked calls: those that are to be compared, exported or shown alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

MOST = 6
"""More calls than this cannot be told apart beside each other."""


class Marks:
    """Ids of calls in the order in which they were marked; ``version`` grows with every change.

    ``left_out`` is how many calls were to be compared beside those that are marked, and ``order`` says of which order
    those are the first; '' where they were marked one by one.
    """

    def __init__(self) -> None:
        self.version = 0
        self.left_out = 0
        self.order = ""
        self._ids: dict[str, None] = {}
        self._kept: frozenset[str] = frozenset()

    @property
    def ids(self) -> tuple[str, ...]:
        """The marked calls, the first one that was marked first."""
        return tuple(self._ids)

    @property
    def last(self) -> str | None:
        """The call that was marked last, None where none is."""
        return next(reversed(self._ids), None)

    def all(self) -> frozenset[str]:
        """Return the marked calls as a set."""
        return self._kept

    def toggle(self, id: str) -> bool:
        """Mark a call, or take its mark away; return whether it is marked now."""
        if id in self._ids:
            del self._ids[id]
        else:
            self._ids[id] = None
        self._changed()
        return id in self._ids

    def add(self, ids: Iterable[str]) -> None:
        """Mark these calls, and keep what is marked already."""
        self._ids.update(dict.fromkeys(ids))
        self._changed()

    def take(self, ids: Sequence[str], order: str) -> None:
        """Mark these calls and no others, of more than can be compared the first ones in their ``order``."""
        self._ids = dict.fromkeys(ids[:MOST])
        self._changed(max(0, len(ids) - MOST), order)

    def rename(self, names: Callable[[str], str]) -> None:
        """Keep the same calls under other ids."""
        self._ids = {names(id): None for id in self._ids}
        self._changed(self.left_out, self.order)

    def clear(self) -> None:
        """Take all marks away."""
        self._ids.clear()
        self._changed()

    def _changed(self, left_out: int = 0, order: str = "") -> None:
        self.version += 1
        self.left_out, self.order = left_out, order
        self._kept = frozenset(self._ids)

    def __contains__(self, id: object) -> bool:
        return id in self._ids

    def __len__(self) -> int:
        return len(self._ids)


def chosen(marks: Marks, under: str | None) -> tuple[str, ...]:
    """Return the calls to compare: the marked ones, of one alone that and the one under the cursor; or none."""
    ids = marks.ids[:MOST]
    if len(ids) == 1 and under is not None and under not in marks:
        return (*ids, under)
    return ids if len(ids) > 1 else ()
