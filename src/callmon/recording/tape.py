"""The tape: the recent past in a spill file, so that one can go back to it."""

from __future__ import annotations

import bisect
import heapq
import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from callmon.engine.call import Call
from callmon.model.events import Event
from callmon.model.frames import Frame, Json
from callmon.model.tape import Entry
from callmon.recording import packing
from callmon.recording.reel import Place, Reel
from callmon.recording.secrets import Secrets
from callmon.recording.states import States

KEEP_S = 1800.0
"""How much is kept at least, in seconds, as long as there is room."""

LIMIT = 512 * 1024 * 1024
"""Bytes on disk at most."""

STATE_S = 60.0
"""How often the state of a call is saved, in seconds."""

LONGEST_S = 300.0
"""How often at least, for a call of which little is told."""

BLOCK = 262_144
"""Bytes of entries that are compressed and written together."""

AGAIN_S = 30.0
"""After so many seconds it is tried again where nothing can be written."""

_STATES_A_TICK = 2


@dataclass(slots=True)
class Block:
    """Entries that are together in the spill file: the least and the greatest time, and the calls in it."""

    first: float
    last: float
    calls: array[int]
    place: Place


class SpillTape:
    """What was taken lately (``model.tape.Tape``), filled as a witness of the monitor.

    The time of an entry is that of its frame, but never before the last one of the same source: what was sent
    late is there when it came. So a file that is read after another one begins in its own time. With ``one_clock``,
    where all is taken as it comes, it is never before any entry or tick: what comes is gone through in that order.
    """

    def __init__(
        self,
        calls: Callable[[], Mapping[str, Call]],
        folder: Path | None = None,
        keep_s: float | None = KEEP_S,
        limit: int = LIMIT,
        say: Callable[[str], None] = lambda text: None,
        secrets: Secrets | None = None,
        one_clock: bool = False,
        ready: Callable[[str], None] = lambda call: None,
    ) -> None:
        """Keep ``keep_s`` seconds (None: whatever there is room for) of what ``calls`` returns, in ``folder``.

        ``ready`` lets time pass for a call for which it has not yet passed, before its state is kept.
        """
        short = 1.0 if keep_s is None else min(1.0, keep_s / 4 / LONGEST_S)
        self._held_now = calls
        self._keep_s = keep_s
        self._margin_s = LONGEST_S * short
        self._say = say
        self._secrets = secrets or Secrets()
        self._one_clock = one_clock
        self._reel = Reel(folder, keep_s, limit)
        self._states = States(calls, self._reel, STATE_S * short, LONGEST_S * short, ready)
        self._failed = False
        self._again_at = -math.inf
        self._whole = True
        self._newest = -math.inf
        self._latest: float | None = None
        self._floor: float | None = None
        self._clocks: dict[str, float] = {}
        self._numbers: dict[str, int] = {}
        self._count = 0
        self._spans: dict[str, list[list[float]]] = {}
        self._here: set[str] = set()
        self._ticks: list[float] = []
        self._blocks: list[Block] = []
        self._open = bytearray()
        self._open_calls: set[int] = set()
        self._first, self._last = math.inf, -math.inf

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._reel.size

    # What the monitor tells

    def took(self, frame: Frame, events: Sequence[Event]) -> None:
        """Keep a frame that was taken, and the events that were folded."""
        source = frame.source or frame.provider
        at = max(self._newest if self._one_clock else self._clocks.get(source, frame.at), frame.at)
        self._clocks[source] = at
        if at < self._again_at:
            return
        about = dict.fromkeys(event.call for event in events) or {frame.about.get("call", ""): None}
        numbers = [self._number(call) for call in about]
        data = packing.pack(at, numbers, frame, events)
        if self._secrets.in_bytes(data):
            data = packing.pack(at, numbers, self._secrets.cleaned(frame), events)
        self._newest = max(self._newest, at)
        self._latest = at if self._latest is None else max(self._latest, at)
        if self._floor is None and not self._attempt(self._begin, at, events):
            return
        if self._whole:
            self._floor = min(self._floor or at, math.nextafter(at, -math.inf))
        self._open += data
        self._first, self._last = min(self._first, at), max(self._last, at)
        self._open_calls.update(numbers)
        self._attempt(self._follow, at, about, len(data) if events else 0)

    def _follow(self, at: float, calls: Iterable[str], size: int) -> None:
        """Keep up with what an entry means for its calls; may raise OSError."""
        held = self._held_now()
        for call in calls:
            if call not in held:
                continue
            if call not in self._here:
                self._here.add(call)
                self._spans.setdefault(call, []).append([at, math.inf])
            if size:
                self._states.touch(call, at, size)
        if len(self._open) >= BLOCK:
            self._seal()
        self._states.save_due(at, 1)

    def ticked(self, at: float) -> None:
        """Keep that time passed; note which calls are no longer held."""
        self._newest = max(self._newest, at)
        bisect.insort(self._ticks, at)
        for call in self._here.difference(self._held_now()):
            self._here.discard(call)
            self._spans[call][-1][1] = at
        self._attempt(self._states.save_due, at, _STATES_A_TICK)
        self._attempt(self._let_go)

    # What can be asked

    def earliest(self) -> float | None:
        """Return from when on everything is there, None while there is nothing."""
        return self._floor if self._latest is not None else None

    def latest(self) -> float | None:
        """Return the time of the newest entry."""
        return self._latest

    def ticks(self, since: float, until: float) -> Sequence[float]:
        """Return when time was let pass after ``since`` and up to ``until``, in order."""
        return self._ticks[bisect.bisect_right(self._ticks, since) : bisect.bisect_right(self._ticks, until)]

    def calls(self, at: float) -> list[str]:
        """Return the calls that were held at a time, as far back as the tape reaches, in the order they came in."""
        there = [
            (began, call)
            for call, spans in self._spans.items()
            for began, ended in spans
            if began <= at < ended
        ]
        return [call for _, call in sorted(there, key=itemgetter(0))]

    def held(self, call: str, at: float) -> tuple[float, Json] | None:
        """Return the newest state of a call at or before ``at``, and when it was so; None where it began later."""
        try:
            return self._states.held(call, at)
        except OSError as error:
            self._say(f"the tape cannot be read: {error.strerror or error}")
            return None

    def entries(self, since: float, until: float, call: str | None = None) -> Iterator[Entry]:
        """Return what was taken after ``since`` and up to ``until``, oldest first.

        Of one call these are the entries that mean something for it, with its own events only.
        """
        number = None if call is None else self._numbers.get(call)
        if call is not None and number is None:
            return
        waiting: list[tuple[float, int, int, bytes]] = []
        for order, (first, block) in enumerate(self._wanted(since, until, number)):
            while waiting and waiting[0][0] < first:
                yield _of_call(heapq.heappop(waiting), call)
            for place, (at, data) in enumerate(packing.unpack(self._read(block), number)):
                if since < at <= until:
                    heapq.heappush(waiting, (at, order, place, data))
        while waiting:
            yield _of_call(heapq.heappop(waiting), call)

    def _wanted(self, since: float, until: float, number: int | None) -> list[tuple[float, Block | bytes]]:
        """Return the blocks that hold something of a time and a call, by their first times."""
        found: list[tuple[float, Block | bytes]] = [
            (block.first, block)
            for block in self._blocks
            if block.last > since and block.first <= until and (number is None or number in block.calls)
        ]
        if self._open and (number is None or number in self._open_calls):
            found.append((self._first, bytes(self._open)))
        found.sort(key=lambda one: one[0])
        return found

    def _read(self, block: Block | bytes) -> bytes:
        if isinstance(block, bytes):
            return block
        try:
            return block.place.read()
        except OSError as error:
            self._say(f"the tape cannot be read: {error.strerror or error}")
            return b""

    # Writing

    def _number(self, call: str) -> int:
        number = self._numbers.get(call)
        if number is None:
            self._count += 1
            number = self._numbers[call] = self._count
        return number

    def _begin_block(self) -> None:
        self._open = bytearray()
        self._open_calls = set()
        self._first, self._last = math.inf, -math.inf

    def _seal(self) -> None:
        """Write the entries that are together so far."""
        place = self._reel.write(bytes(self._open), self._last)
        self._blocks.append(Block(self._first, self._last, array("I", sorted(self._open_calls)), place))
        self._failed = False
        self._begin_block()

    def _begin(self, at: float, events: Sequence[Event]) -> None:
        """Begin at ``at``, with the states of the calls that were there before; may raise OSError."""
        self._floor = at
        told: dict[str, float] = {}
        for event in events:
            told[event.call] = min(told.get(event.call, math.inf), event.at)
        # One message may tell of a whole call, in many pieces: that call was not there before.
        old = [
            id
            for id, call in self._held_now().items()
            if id not in told or (call.frames > 1 and call.started_at < told[id])
        ]
        self._whole = not old
        for call in old:
            self._here.add(call)
            self._spans.setdefault(call, []).append([at, math.inf])
            self._states.save(call, at)

    def _let_go(self) -> None:
        """Let go what is too old, or too much."""
        before = -math.inf if self._keep_s is None else self._newest - self._keep_s - self._margin_s
        for segment in self._reel.overdue(before):
            over = segment.newest
            self._blocks = [block for block in self._blocks if block.place.segment is not segment]
            self._whole = False
            self._spans = {call: spans for call, spans in self._spans.items() if spans[-1][1] > over}
            self._numbers = {call: number for call, number in self._numbers.items() if call in self._spans}
            known = {call: spans[0][0] for call, spans in self._spans.items()}
            self._floor = max(self._floor or over, self._states.let_go(segment, known))
            del self._ticks[: bisect.bisect_right(self._ticks, over)]

    def _attempt(self, write: Callable[..., None], *what: object) -> bool:
        """Write, and return whether that went well.

        Where it fails everything is forgotten, which makes room, and it begins anew after a while.
        """
        try:
            write(*what)
        except OSError as error:
            self._again_at = self._newest + AGAIN_S
            self._forget()
            if not self._failed:
                self._failed = True
                self._say(f"rewinding begins anew: the tape cannot be written: {error.strerror or error}")
            return False
        return True

    def _forget(self) -> None:
        self._reel.clear()
        self._states.clear()
        self._blocks.clear()
        self._ticks.clear()
        self._spans.clear()
        self._here.clear()
        self._numbers.clear()
        self._floor = self._latest = None
        self._whole = True
        self._begin_block()


def _of_call(found: tuple[float, int, int, bytes], call: str | None) -> Entry:
    entry = packing.entry(found[0], found[3])
    if call is None or all(event.call == call for event in entry.events):
        return entry
    return Entry(entry.at, entry.frame, tuple(event for event in entry.events if event.call == call))
