"""A tape in memory, and runs that are remembered at some moments so that the past can be held against them."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from random import Random
from typing import Any

from callmon.cli import wire
from callmon.engine import snapshot
from callmon.engine.quality import RULE_SETS
from callmon.model.events import Event
from callmon.model.frames import Frame, Json
from callmon.model.tape import Entry
from callmon.query.document import document
from callmon.recording.tape import SpillTape
from callmon.rewind.health import Chronicle
from callmon.rewind.past import Past

START = 1_800_000_000.0


@dataclass
class MemoryTape:
    """Everything, with states of calls as JSON text; ``began`` cuts its beginning off."""

    all: list[Entry] = field(default_factory=list)
    states: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    there: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    began: float = 0.0

    def earliest(self) -> float | None:
        return max(self.began, self.all[0].at) if self.all else None

    def latest(self) -> float | None:
        return self.all[-1].at if self.all else None

    def entries(self, since: float, until: float, call: str | None = None) -> Iterator[Entry]:
        for place in range(bisect_right(self.all, since, key=attrgetter("at")), len(self.all)):
            entry = self.all[place]
            if entry.at > until:
                return
            if self.began <= entry.at and (call is None or any(one.call == call for one in entry.events)):
                yield entry

    def ticks(self, since: float, until: float) -> Sequence[float]:
        return [at for at in self.times if since < at <= until]

    def calls(self, at: float) -> Iterable[str]:
        found: tuple[str, ...] = ()
        for when, ids in self.there:
            if when <= at:
                found = ids
        return found

    def held(self, call: str, at: float) -> tuple[float, Json] | None:
        found = [(when, text) for when, text in self.states.get(call, ()) if when <= at]
        return (found[-1][0], json.loads(found[-1][1])) if found else None


@dataclass
class Taping:
    """A watch whose frames go on a tape; a state of each call is saved about every ``save_s`` seconds."""

    watch: wire.Watch
    clock: list[float]
    tape: MemoryTape
    spill: SpillTape
    chronicle: Chronicle
    save_s: float
    rng: Random
    due: dict[str, float] = field(default_factory=dict)
    at: float = START
    ticked_at: float = 0.0

    def took(self, frame: Frame, events: Sequence[Event]) -> None:
        told = {event.call for event in events}
        if events:
            self.tape.all.append(Entry(self.at, frame, tuple(events)))
        for id in told:
            saved = self.tape.states.get(id)
            if saved and saved[-1][0] >= self.at:  # it does not hold what came at the same moment
                saved.pop()
                self.due[id] = self.at
        self._keep(told)

    def ticked(self, at: float) -> None:
        self.tape.times.append(at)
        self._keep(set())

    def take(self, frame: Frame, late_s: float = 0.0) -> None:
        self.pass_to(max(frame.at + late_s, self.at))
        self.watch.monitor.take(frame)

    def pass_to(self, until: float) -> None:
        self.clock[0] = self.at = max(self.at, until)
        if self.at - self.ticked_at >= 1.0:
            self.ticked_at = self.at
            self.watch.monitor.pass_to(self.at)

    def _keep(self, told: set[str]) -> None:
        calls = self.watch.monitor.engine.calls
        ids = tuple(calls)
        if not self.tape.there or self.tape.there[-1][1] != ids:
            self.tape.there.append((self.at, ids))
        for id in sorted(told & calls.keys()):
            due = self.due.setdefault(id, self.at + self.rng.uniform(0.2, 1.0) * self.save_s)
            if self.at >= due:
                self.due[id] = self.at + self.save_s
                text = json.dumps(snapshot.dump(calls[id]))
                self.tape.states.setdefault(id, []).append((self.at, text))

    def stand_still(self, until: float) -> None:
        """Hear nothing and let no time pass until a moment, as a process that was stopped."""
        stood_s = until - self.at
        self.clock[0] = self.at = until
        self.watch.monitor.wake(stood_s, until)
        self.pass_to(until + 0.001)

    def play(self, frames: Iterable[Frame], until: float) -> None:
        for frame in frames:
            late = self.rng.random() < 0.03
            self.take(frame, min(1.3, until - frame.at) if late else 0.0)
        self.pass_to(until)

    def document(self) -> Any:
        return self.watch.calls()

    def past(self, spilled: bool = False) -> Past:
        """The past from the tape in memory, or from the one in the spill file."""
        return Past(self.spill if spilled else self.tape, self.watch.monitor.engine)


def taping(save_s: float = 30.0, seed: int = 1, **more: Any) -> Taping:
    """A watch over nothing yet, on a tape."""
    clock = [START]
    watch = wire.watch(RULE_SETS["telnyx"], lambda: clock[0], **more)
    spill = SpillTape(lambda: watch.monitor.engine.calls, one_clock=True)
    found = Taping(watch, clock, MemoryTape(), spill, Chronicle(watch.monitor.health), save_s, Random(seed))
    watch.monitor.show(found)
    watch.monitor.show(spill)
    watch.monitor.show(found.chronicle)
    return found


def shown(past: Past) -> Any:
    """What a past says, as the document of a live watch does."""
    assert past.at is not None
    return document(past.calls.values(), (), past.rules.name, past.at)


def gone(past: Past, at: float) -> Past:
    """The past, having gone all the way."""
    for _ in past.go(at):
        pass
    return past
