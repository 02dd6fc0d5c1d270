"""Requests that wait for their turn: each wanted thing once, the most urgent first."""

from __future__ import annotations

import heapq
import math
from collections import OrderedDict
from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode

from callmon.model.frames import Fetch

MOST_WAITING = 20_000
KNOWN_S = 1800.0
"""What nobody wanted for so long is forgotten: wanted again, it is asked again."""

MOST_KNOWN = 100_000
"""Things of which it is remembered when they were asked; those longest unwanted are forgotten first."""

Urgency = tuple[int, float, int]
"""The weight of a fetch, since when it waits, and its number."""


@dataclass(slots=True, eq=False)
class Errand:
    """The ``number``-th fetch: waiting since ``since``, tried ``tries`` times, redirected ``hops`` times."""

    fetch: Fetch
    key: str
    due: float
    since: float
    number: int
    tries: int = 0
    hops: int = 0

    @property
    def call(self) -> str | None:
        """The call that it is about, None for what is about no call in particular."""
        return self.fetch.about.get("call")

    @property
    def urgency(self) -> Urgency:
        """What orders it among those that are due and equally looked at, the smallest first."""
        return self.fetch.weight, self.since, self.number


Ripe = tuple[Urgency, int, float, Errand]
"""An errand among those that are due: its urgency, a number that none other has, and when it became due."""


class Waiting:
    """The requests of one source that are not answered yet, by key; ``dropped`` counts those that found no room.

    What is not due lies in one heap by its time, what is due in two by its urgency: what is about no call, which
    comes with that about the calls that are looked at, and the rest. An entry of a heap whose errand was taken
    meanwhile, or is due at another time, is passed over when it comes up.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        """Let at most ``most`` wait."""
        self.dropped = 0
        self._most = most
        self._errands: dict[str, Errand] = {}
        self._of_call: dict[str, dict[str, Errand]] = {}
        self._later: list[tuple[float, int, Errand]] = []
        self._general: list[Ripe] = []
        self._rest: list[Ripe] = []
        self._number = count()
        self._at = -math.inf
        self._asked: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lists: set[str] = set()
        self._under_way: set[Errand] = set()

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._errands)

    def add(self, fetch: Fetch, now: float) -> None:
        """Let a fetch wait, unless it waits already or was asked since it was wanted; see ``Fetch``."""
        key = fetch.key or f"{fetch.path}?{urlencode(fetch.query)}"
        there = self._errands.get(key)
        if there is not None:
            if there.tries == 0 and fetch.after < there.due:
                there.due = fetch.after
                self._wait(there)
            return
        asked_at, _ = self._asked.get(key, (None, 0.0))
        if asked_at is not None and asked_at >= fetch.after:
            self._know(key, asked_at, now)
            return
        if len(self._errands) >= self._most:
            self.dropped += 1
            return
        self._put(Errand(fetch, key, fetch.after, now, next(self._number)))

    def take(self, now: float, first: Set[str], only_first: bool = False) -> Errand | None:
        """Take the most urgent that is due; with ``only_first`` nothing but what is about the calls ``first``."""
        if now < self._at:  # the clock was set back
            self._begin_anew()
        self._at = now
        self._ripen(now)
        foremost = [errand for errand in self._about(first) if errand.due <= now]
        if not only_first:
            foremost += self._top(self._general)
        chosen = min(foremost, key=lambda errand: errand.urgency, default=None)
        if chosen is None and not only_first:
            chosen = next(iter(self._top(self._rest)), None)
        if chosen is None:
            return None
        del self._errands[chosen.key]
        if chosen.call is None:
            self._lists.add(chosen.key)
        else:
            of_call = self._of_call[chosen.call]
            del of_call[chosen.key]
            if not of_call:
                del self._of_call[chosen.call]
        self._know(chosen.key, now, now)
        self._under_way.add(chosen)
        return chosen

    def end(self, errand: Errand) -> None:
        """Take note that one that was taken is under way no more, whatever came of it."""
        self._under_way.discard(errand)

    def again(self, errand: Errand, due: float) -> None:
        """Let one that was taken wait once more, unless a newer one of its key does."""
        if errand.key not in self._errands:
            errand.due = due
            self._put(errand)

    def hasten(self, first: Set[str], now: float) -> None:
        """Let what is about no call, and what is about the calls ``first``, be due now, also what was answered."""
        answered = self._lists - {errand.key for errand in self._under_way}
        for key in answered:
            self._asked.pop(key, None)
        self._lists -= answered
        sooner = [errand for errand in self._errands.values() if errand.call is None]
        for errand in (*sooner, *self._about(first)):
            if errand.due > now:
                errand.due = now
                self._wait(errand)

    def next_at(self, first: Set[str], only_first: bool = False) -> float | None:
        """Return when the next one is due, None when none waits; with ``only_first`` as in ``take``."""
        if only_first:
            return min((errand.due for errand in self._about(first)), default=None)
        while self._later and not self._stands(self._later[0]):
            heapq.heappop(self._later)
        found = [*self._top(self._general), *self._top(self._rest)]
        found += [self._later[0][2]] if self._later else []
        return min((errand.due for errand in found), default=None)

    def _put(self, errand: Errand) -> None:
        self._errands[errand.key] = errand
        if errand.call is not None:
            self._of_call.setdefault(errand.call, {})[errand.key] = errand
        self._wait(errand)

    def _wait(self, errand: Errand) -> None:
        """Put an errand among those that are not due; entries that no longer stand do not pile up."""
        heapq.heappush(self._later, (errand.due, next(self._number), errand))
        if len(self._later) + len(self._general) + len(self._rest) > 4 * len(self._errands) + 100:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Put everything that waits among what is not due yet."""
        self._later = [(one.due, next(self._number), one) for one in self._errands.values()]
        heapq.heapify(self._later)
        self._general, self._rest = [], []

    def _stands(self, entry: tuple[float, int, Errand]) -> bool:
        due, _, errand = entry
        return self._errands.get(errand.key) is errand and errand.due == due

    def _ripen(self, now: float) -> None:
        """Move what has become due to where it waits by urgency."""
        while self._later and self._later[0][0] <= now:
            entry = heapq.heappop(self._later)
            if self._stands(entry):
                errand = entry[2]
                ripe = self._general if errand.call is None else self._rest
                heapq.heappush(ripe, (errand.urgency, next(self._number), errand.due, errand))

    def _about(self, calls: Set[str]) -> Iterator[Errand]:
        """Return what waits about some calls."""
        for call in calls if len(calls) < len(self._of_call) else self._of_call.keys() & calls:
            yield from self._of_call.get(call, {}).values()

    def _top(self, heap: list[Ripe]) -> list[Errand]:
        """Return the most urgent of a heap, if any; entries that do not stand are let go."""
        while heap:
            _, _, due, errand = heap[0]
            if self._errands.get(errand.key) is errand and errand.due == due:
                return [errand]
            heapq.heappop(heap)
        return []

    def _know(self, key: str, asked_at: float, now: float) -> None:
        """Remember when a thing was asked, and that it is wanted now."""
        self._asked[key] = asked_at, now
        self._asked.move_to_end(key)
        while len(self._asked) > MOST_KNOWN or next(iter(self._asked.values()))[1] < now - KNOWN_S:
            self._lists.discard(self._asked.popitem(last=False)[0])
