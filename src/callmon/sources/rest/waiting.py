"""Requests that wait for their turn: each wanted thing once, the most urgent first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Set
from dataclasses import dataclass
from urllib.parse import urlencode

from callmon.model.frames import Fetch

MOST_WAITING = 20_000
KNOWN_S = 1800.0
"""What nobody wanted for so long is forgotten: wanted again, it is asked again."""

MOST_KNOWN = 100_000
"""Things of which it is remembered when they were asked; those longest unwanted are forgotten first."""


@dataclass(slots=True)
class Errand:
    """A fetch on its way: waiting since ``since``, tried ``tries`` times, ``hops`` redirects followed."""

    fetch: Fetch
    key: str
    due: float
    since: float
    tries: int = 0
    hops: int = 0

    @property
    def call(self) -> str | None:
        """The call that it is about, None for what is about no call in particular."""
        return self.fetch.about.get("call")

    def urgency(self, first: Set[str]) -> tuple[bool, int, float]:
        """Return what orders it among those that are due, the smallest first."""
        return self.call is not None and self.call not in first, self.fetch.weight, self.since


class Waiting:
    """The requests of one source that are not answered yet, by key; ``dropped`` counts those that found no room."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        """Let at most ``most`` wait."""
        self.dropped = 0
        self._most = most
        self._errands: dict[str, Errand] = {}
        self._asked: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._errands)

    def add(self, fetch: Fetch, now: float) -> None:
        """Let a fetch wait, unless it waits already or was asked since it was wanted; see ``Fetch``."""
        key = fetch.key or f"{fetch.path}?{urlencode(fetch.query)}"
        there = self._errands.get(key)
        if there is not None:
            if there.tries == 0:
                there.due = min(there.due, fetch.after)
            return
        asked_at, _ = self._asked.get(key, (None, 0.0))
        if asked_at is not None and asked_at >= fetch.after:
            self._know(key, asked_at, now)
            return
        if len(self._errands) >= self._most:
            self.dropped += 1
            return
        self._errands[key] = Errand(fetch, key, fetch.after, now)

    def take(self, now: float, first: Set[str], only_first: bool = False) -> Errand | None:
        """Take the most urgent that is due; with ``only_first`` nothing but what is about the calls ``first``."""
        due = [
            errand
            for errand in self._errands.values()
            if errand.due <= now and (not only_first or errand.call in first)
        ]
        if not due:
            return None
        chosen = min(due, key=lambda errand: errand.urgency(first))
        del self._errands[chosen.key]
        self._know(chosen.key, now, now)
        return chosen

    def _know(self, key: str, asked_at: float, now: float) -> None:
        """Remember when a thing was asked, and that it is wanted now."""
        self._asked[key] = asked_at, now
        self._asked.move_to_end(key)
        while len(self._asked) > MOST_KNOWN or next(iter(self._asked.values()))[1] < now - KNOWN_S:
            self._asked.popitem(last=False)

    def again(self, errand: Errand, due: float) -> None:
        """Let one that was taken wait once more, unless a newer one of its key does."""
        errand.due = due
        self._errands.setdefault(errand.key, errand)

    def next_at(self, first: Set[str], only_first: bool = False) -> float | None:
        """Return when the next one is due, None when none waits; with ``only_first`` as in ``take``."""
        return min(
            (e.due for e in self._errands.values() if not only_first or e.call in first),
            default=None,
        )
