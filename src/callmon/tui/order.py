"""The order of rows, which does not change under the hands of whoever reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

REORDER_S = 2.0
"""Rows are put in a new order at most this often, and not within this time of a key."""


class Order:
    """Ids in the order in which they are shown: new ones come at the end until the next time for order."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._ordered_at = float("-inf")

    def rename(self, names: Callable[[str], str]) -> None:
        """Keep the order of rows that have other ids now."""
        self.ids = [names(id) for id in self.ids]

    def follow(
        self, wanted: Sequence[str], at: float, key_at: float, now: bool = False, late: bool = False
    ) -> list[str]:
        """Return the ids to show, given those wanted in their right order.

        With ``late`` what is new waits for the next time for order: at the end it would be in the wrong group.

        ``at`` is the time of a steady clock in seconds and ``key_at`` that of the last key; ``now`` says that
        the reader asked for the order, so that it need not wait.
        """
        due = at - self._ordered_at >= REORDER_S and at - key_at >= REORDER_S
        if now or due or not self.ids:
            if self.ids != wanted:
                self.ids = list(wanted)
                self._ordered_at = at
            return self.ids
        there = set(wanted)
        had = set(self.ids)
        if there != had:
            self.ids = [id for id in self.ids if id in there] + [
                id for id in wanted if id not in had and not late
            ]
        return self.ids
