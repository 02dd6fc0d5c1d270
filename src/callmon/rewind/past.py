"""An engine of its own that is led to a moment of the past, through saved states and what came after them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from callmon.engine import snapshot
from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.engine.quality import RuleSet
from callmon.engine.still import twins
from callmon.model.events import Event
from callmon.model.tape import Entry, Tape

LAG_S = 15.0
"""A copy of all calls is kept as they were so long before the moment gone to, so that the next step back is quick."""

MOST_STEPS = 20_000
"""Of more frames than this after that copy, what they meant is not kept at hand."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one frame meant: taken at ``at``, and folded as of ``told_at``, in epoch seconds."""

    at: float
    told_at: float
    events: tuple[Event, ...]


class Past:
    """The calls as they were ``at`` a moment; ``go`` leads to another one.

    Time passes for them when it did live, so that they are what they were to the last digit.
    """

    def __init__(self, tape: Tape, live: Engine) -> None:
        """Read from ``tape``, and judge and forget as ``live`` does."""
        self.tape = tape
        self._live = live
        self.at: float | None = None
        self.calls: dict[str, Call] = {}
        self._engine = live.alike()
        self._touched: dict[str, float] = {}
        self._base: tuple[float, dict[str, Call]] | None = None
        self._steps: list[Step] = []
        self._read = 0.0

    @property
    def rules(self) -> RuleSet:
        """By whose limits it was judged then."""
        return self._live.rules if self.at is None else self._live.rules_at(self.at)

    def go(self, to: float) -> Iterator[None]:
        """Go to a moment (epoch seconds), a small piece of work at a time; where nothing was, there are no calls.

        Whoever stops half-way is where it was, or on the way forward at a moment in between.
        """
        if self.at is None or to < self.at:
            yield from self._back(to)
        yield from self._forward(to)

    def leave(self) -> None:
        """Forget all calls: somebody who comes back later begins anew."""
        self.at, self.calls, self._engine = None, {}, self._engine.alike()
        self._drop_base()

    def _drop_base(self) -> None:
        self._base, self._steps, self._touched = None, [], {}

    def _back(self, to: float) -> Iterator[None]:
        """Stand at the copy that is kept before ``to``, making one first where there is none."""
        if self._base is None or to < self._base[0]:
            yield from self._found(max(to - LAG_S, min(to, self.tape.earliest() or to)))
        assert self._base is not None
        at, kept = self._base
        engine = self._engine.alike()
        for call in kept.values():
            # One that is over changes only when it is told of, and has its twin then.
            engine.calls[call.id] = call if call.over else twins([call])[0]
            yield
        self._engine, self.calls, self.at = engine, engine.calls, at

    def _found(self, at: float) -> Iterator[None]:
        """Make the copy of all calls as they were at a moment, from their newest saved states before it."""
        engine = self._engine.alike()
        since: dict[str, float] = {}
        saved: list[tuple[float, Call]] = []
        for id in self.tape.calls(at):
            reused = self._untouched(id, at)
            held = self.tape.held(id, at) if reused is None else None
            if reused is not None:
                engine.calls[id], since[id] = reused, self._touched[id]
            elif held is not None:
                since[id] = held[0]
                saved.append((held[0], snapshot.load(held[1])))
            else:
                since[id] = self._begun(id, at)
            yield
        began = min((when for id, when in since.items() if id not in engine.calls), default=at)
        time = _Time(engine, self._live.rules_at, self.tape.ticks(began, at), saved)
        touched = dict(since)
        for entry in self.tape.entries(began, at):
            yield from time.pass_to(entry.at)
            told = {event.call for event in entry.events if entry.at > since.get(event.call, entry.at)}
            if told:
                engine.fold(entry.events, entry.frame.at, told)
                touched |= dict.fromkeys(told, entry.at)
            yield
        yield from time.pass_to(at)
        time.admit(math.inf)
        self._base = at, {id: engine.calls[id] for id in since if id in engine.calls}
        self._steps, self._read, self._touched = [], at, touched

    def _untouched(self, id: str, at: float) -> Call | None:
        """Return a call that we hold where it was over at ``at`` already, and nothing was told of it since."""
        call = self.calls.get(id)
        when = self._touched.get(id)
        if call is None or when is None or not call.over or max(when, call.settled_at) > at:
            return None
        return call

    def _begun(self, id: str, at: float) -> float:
        """Return a moment just before the first word of a call of which no state was saved by then."""
        earliest = self.tape.earliest()
        first = next(iter(self.tape.entries((earliest or at) - 1, at, id)), None)
        return (first.at if first is not None else at) - 1e-3

    def _forward(self, to: float) -> Iterator[None]:
        """Go on to a later moment, as the live engine did."""
        assert self.at is not None
        time = _Time(self._engine, self._live.rules_at, self.tape.ticks(self.at, to))
        for step in self._following(self.at, to):
            if step.at > self.at:  # whoever stops here goes on after a moment: all that came at it is taken
                yield
            yield from time.pass_to(step.at)
            self._part(step)
            self._engine.fold(step.events, step.told_at)
            self.at = max(self.at, step.at)
        yield from time.pass_to(to)
        self.at = max(self.at, to)

    def _part(self, step: Step) -> None:
        """Give the calls that a step tells of twins of their own, where they are still those of the copy."""
        kept = self._base[1] if self._base is not None else {}
        for id in {event.call for event in step.events}:
            self._touched[id] = step.at
            call = self.calls.get(id)
            if call is not None and call is kept.get(id):
                self.calls[id] = twins([call])[0]

    def _following(self, after: float, until: float) -> Iterator[Step]:
        """Return what was taken after one moment and up to another; that after the copy is kept at hand."""
        if self._base is None or len(self._steps) > MOST_STEPS or until > self._base[0] + 4 * LAG_S:
            self._base, self._steps = None, []
            yield from map(_step, self.tape.entries(after, until))
            return
        known, read = len(self._steps), self._read
        yield from (self._steps[place] for place in range(known) if after < self._steps[place].at <= until)
        if until <= read:
            return
        whole = False
        try:
            for step in map(_step, self.tape.entries(read, until)):
                self._steps.append(step)
                if step.at > after:
                    yield step
            self._read, whole = until, True
        finally:
            if not whole:  # somebody stopped half-way: what is at hand has no clear end
                self._base, self._steps = None, []


def _step(entry: Entry) -> Step:
    return Step(entry.at, entry.frame.at, entry.events)


class _Time:
    """How time passed for an engine: its ticks, whose limits judged, and calls saved at moments in between."""

    def __init__(
        self,
        engine: Engine,
        rules: Callable[[float], RuleSet],
        ticks: Sequence[float],
        saved: Sequence[tuple[float, Call]] = (),
    ) -> None:
        self._engine = engine
        self._rules = rules
        self._due = list(reversed(ticks))
        self._saved = sorted(saved, key=itemgetter(0), reverse=True)

    def pass_to(self, at: float) -> Iterator[None]:
        """Let time pass up to a moment; what is of that very moment or later is not there yet."""
        while self._due and self._due[-1] <= at:
            when = self._due.pop()
            self.admit(when)
            self._engine.rules = self._rules(when)
            self._engine.tick(when)
            yield
        self.admit(at)
        self._engine.rules = self._rules(at)

    def admit(self, at: float) -> None:
        """Let the calls in that were saved before a moment."""
        while self._saved and self._saved[-1][0] < at:
            call = self._saved.pop()[1]
            self._engine.calls[call.id] = call
