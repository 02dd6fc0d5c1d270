"""The states of calls on a tape: written about once a minute for each, never for many at once."""

from __future__ import annotations

import heapq
import zlib
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from callmon.engine import snapshot
from callmon.engine.call import Call
from callmon.model.frames import Json
from callmon.recording import packing
from callmon.recording.reel import Place, Reel
from callmon.recording.segment import Segment

Calls = Callable[[], Mapping[str, Call]]
"""Whoever knows which calls are held now."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A state of a call: everything of the call that came up to ``at`` is in it."""

    at: float
    place: Place
    size: int


@dataclass(slots=True)
class Owed:
    """What a call was told since its last state: bytes of entries, and the time of the newest."""

    since: float
    last: float
    size: int = 0


class States:
    """Saved states by call, each written when it is due.

    A state is due ``every_s`` after the last one, and later where little was told of the call since: then after
    ``longest_s`` at most, so that states never take much more room than what leads from one to the next.
    """

    def __init__(
        self, calls: Calls, reel: Reel, every_s: float, longest_s: float, ready: Callable[[str], None]
    ) -> None:
        """Save states of what ``calls`` returns in ``reel``; ``ready`` lets time pass for one of them."""
        self._calls = calls
        self._ready = ready
        self._reel = reel
        self._every_s = every_s
        self._longest_s = longest_s
        self._saved: dict[str, list[Saved]] = {}
        self._owed: dict[str, Owed] = {}
        self._queue: list[tuple[float, str]] = []

    def touch(self, call: str, at: float, size: int) -> None:
        """Note that ``size`` bytes were told of a call at ``at``; may raise OSError."""
        saved = self._saved.get(call)
        if saved and saved[-1].at >= at and self._outdated(call, saved):
            return
        owed = self._owed.get(call)
        if owed is None:
            owed = self._owed[call] = Owed(saved[-1].at if saved else at, at)
            # Calls that begin together are not saved together.
            share = 1.0 if saved else 0.5 + zlib.crc32(call.encode("utf-8", "replace")) / 2**33
            heapq.heappush(self._queue, (owed.since + share * self._every_s, call))
        owed.size += size
        owed.last = max(owed.last, at)

    def _outdated(self, call: str, saved: list[Saved]) -> bool:
        """Take back a state that lacks what came only now, at the same moment or told late.

        The only one is written anew instead; return whether it was.
        """
        if len(saved) > 1:
            saved.pop()
            return False
        self.save(call, saved[0].at)
        if len(saved) > 1:
            del saved[0]
        return True

    def save_due(self, at: float, most: int) -> None:
        """Save up to ``most`` states that are due at ``at``; may raise OSError."""
        while self._queue and self._queue[0][0] <= at and most > 0:
            _, call = heapq.heappop(self._queue)
            owed = self._owed.get(call)
            if owed is None:
                continue
            saved = self._saved.get(call)
            if saved and 2 * owed.size < saved[-1].size and at - owed.since < self._longest_s:
                heapq.heappush(self._queue, (at + self._every_s / 2, call))
                continue
            self.save(call, max(at, owed.last))
            most -= 1

    def save(self, call: str, at: float) -> None:
        """Save the state that a call has now as that of ``at``; may raise OSError."""
        self._owed.pop(call, None)
        self._ready(call)
        held = self._calls().get(call)
        if held is None:
            return
        data = packing.state(snapshot.dump(held))
        self._saved.setdefault(call, []).append(Saved(at, self._reel.write(data, at), len(data)))

    def held(self, call: str, at: float) -> tuple[float, Json] | None:
        """Return the newest state at or before ``at`` and its time, None where there is none."""
        saved = self._saved.get(call, [])
        place = bisect_right(saved, at, key=attrgetter("at"))
        if not place:
            return None
        found = saved[place - 1]
        return found.at, packing.state_of(found.place.read())

    def let_go(self, segment: Segment, known: Mapping[str, float]) -> float:
        """Forget what is in a segment, and return from when on there is a state of every call.

        ``known`` are the calls that the tape still knows, with their beginnings. A state that still holds is
        copied, one that was never written is written now; may raise OSError.
        """
        earliest = segment.newest
        for call in [call for call in self._saved if call not in known]:
            del self._saved[call]
            self._owed.pop(call, None)
        for call, began in known.items():
            if began > segment.newest:
                continue
            saved = self._saved.get(call, [])
            kept = [one for one in saved if one.place.segment is not segment]
            if saved and not kept and call not in self._owed:
                newest = saved[-1]
                kept = [Saved(newest.at, self._reel.copy(newest.place, segment.newest), newest.size)]
            self._saved[call] = kept
            if not kept and (owed := self._owed.get(call)) is not None:
                self.save(call, owed.last)
            if kept:
                earliest = max(earliest, kept[0].at)
        return earliest

    def clear(self) -> None:
        """Forget everything."""
        self._saved.clear()
        self._owed.clear()
        self._queue.clear()
