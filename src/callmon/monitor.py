"""Everything meets: frames are read, folded, published and counted; time passes."""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter

from callmon.bus.bus import Bus, LocalBus
from callmon.engine.changes import Change
from callmon.engine.engine import Engine
from callmon.engine.quality import RuleSet
from callmon.model import codec
from callmon.model.events import Event, Restored, Sampled, Unheard
from callmon.model.frames import UNHEARD, Fetch, Frame, Rejected
from callmon.model.health import SourceHealth
from callmon.model.intake import Witness
from callmon.providers.provider import Provider
from callmon.query.format import clean, duration

TICK_S = 1.0
"""How often time passes for calls of which nothing is heard."""

SLICE_S, REST_S = 0.003, 0.002
"""For so long it passes for one call after another, and so long others have their turn; both in seconds."""

STOOD_STILL_S = 3.0
"""A tick that is later than this was not late by accident: callmon stood still, or somebody set the clock."""

MISSED_BEATS = 2.5
"""After so many of its beats without a word a source is silent: sooner than any of its calls would be."""

EXCUSED_S = 3.0
"""How often calls are excused while their source is silent: sooner than any would be called silent."""

EXCUSED_AT_ONCE = 200
"""So many calls are, before others have their turn."""

_NUMBER = re.compile(r"\d+")

Ask = Callable[[Iterable[Fetch]], None]
"""Whoever makes the requests that the reader of a frame wants."""

MAX_LINES = 1000
MAX_REASONS = 50
"""So many different reasons of one source stand in the log; what it is refused for after those is only counted."""

MAX_RAW = 2000


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a frame: how many events it meant, and why parts of it could not be read."""

    events: int
    rejected: tuple[str, ...] = ()


class Monitor:
    """The one who knows sources, providers, engine and bus; ``clock`` returns epoch seconds."""

    def __init__(
        self,
        engine: Engine,
        providers: Sequence[Provider],
        clock: Callable[[], float],
        bus: Bus | None = None,
        steady: Callable[[], float] | None = None,
    ) -> None:
        """Read with ``providers`` and fold into ``engine``; ``steady`` is a clock in seconds that nobody sets."""
        self.engine = engine
        self.clock = clock
        self._steady = steady or clock
        self.bus: Bus = bus if bus is not None else LocalBus()
        self.health: list[SourceHealth] = []
        self.lines: deque[tuple[float, str]] = deque(maxlen=MAX_LINES)
        self.frames = 0
        self._awake_at: float | None = None
        self._ahead_s = 0.0
        self._went_on_at = 0.0
        self._told: dict[str, set[str]] = {}
        self._excused_at: dict[str, float] = {}
        self._pace = 1.0
        self._providers = {provider.name: provider for provider in providers}
        self._own: dict[str, tuple[Provider, Ask]] = {}
        self._askers: dict[str, list[Ask]] = {}
        self._raw: OrderedDict[str, Frame] = OrderedDict()
        self._listeners: list[Callable[[Sequence[Change]], None]] = []
        self._witnesses: list[Witness] = []
        self._skipped: set[tuple[str, str]] = set()
        self._refused: dict[str, set[str]] = {}

    def source(self, name: str) -> SourceHealth:
        """Return the health of a source, made when it is new."""
        for health in self.health:
            if health.name == name:
                return health
        health = SourceHealth(name)
        self.health.append(health)
        return health

    def forget(self, name: str) -> None:
        """Show a source no longer; what it told stays, but is nothing of another that has its name later."""
        self.health[:] = [health for health in self.health if health.name != name]
        self._told.pop(name, None)
        self._excused_at.pop(name, None)
        self._refused.pop(name, None)
        self._skipped = {said for said in self._skipped if said[0] != name}

    def attach(self, name: str, provider: Provider, ask: Ask) -> None:
        """Read the frames of a source with its own reader, and give what that wants asked to ``ask``.

        The first reader of a dialect that is attached reads what is pushed in that dialect too.
        """
        self.source(name)
        if provider.name not in self._askers:
            self._providers[provider.name] = provider
        self._own[name] = provider, ask
        self._askers.setdefault(provider.name, []).append(ask)

    def live(self, provider: str) -> frozenset[str]:
        """Return the ids of the calls of a provider that are not over."""
        calls = self.engine.calls.values()
        return frozenset(call.id for call in calls if call.provider == provider and not call.over)

    def say(self, text: str) -> None:
        """Put a line into the log that the screen shows."""
        self.lines.append((self.clock(), clean(text, 500)))

    def listen(self, listener: Callable[[Sequence[Change]], None]) -> None:
        """Tell ``listener`` of every change from now on."""
        self._listeners.append(listener)

    def show(self, witness: Witness) -> None:
        """Let ``witness`` see every frame and every tick from now on."""
        self._witnesses.append(witness)

    def dismiss(self, witness: Witness) -> None:
        """Let ``witness`` see no more."""
        self._witnesses = [one for one in self._witnesses if one is not witness]

    def raw(self, call: str) -> Frame | None:
        """Return the newest frame of a call, or None."""
        return self._raw.get(call)

    def take(self, frame: Frame) -> Taken:
        """Read a frame, fold what it means and publish it; what cannot be read is counted and said."""
        if 0.0 <= self.clock() - frame.at < TICK_S:
            self._notice(frame.at)
        self.frames += 1
        name = frame.source or frame.provider
        health = None if frame.own else self.source(name)
        provider, askers = self._reader(frame)
        if provider is None:
            reasons = [f"no reader for the dialect {clean(frame.provider, 40)}"]
            events, fetches = list[Event](), list[Fetch]()
        else:
            events, fetches, reasons, newer = _read(provider, frame)
            if newer:
                self._skip(self.source(name), newer)
        for ask in askers if fetches else ():
            ask(fetches)
        if events:
            if health is not None:
                _count(health, events, frame.at)
            if not frame.own:
                self._remember(events, frame)
                if health is not None and health.beat_s is not None:
                    self._told.setdefault(name, set()).update(event.call for event in events)
            self._tell(self.engine.fold(events, frame.at))
            self.bus.publish(events, frame.at)
        for witness in self._witnesses:
            witness.took(frame, events)
        for reason in reasons:
            self.refuse(name, reason)
        return Taken(len(events), tuple(map(clean, reasons)))

    def _reader(self, frame: Frame) -> tuple[Provider | None, Sequence[Ask]]:
        """Return who reads a frame, and who asks what its reader wants: those of its source, else of its dialect."""
        own = self._own.get(frame.source)
        if own is not None and own[0].name == frame.provider:
            return own[0], (own[1],)
        return self._providers.get(frame.provider), self._askers.get(frame.provider, ())

    def refuse(self, source: str, reason: str) -> None:
        """Count at the health of a source what could not be read; of each kind, numbers aside, the first is said."""
        health, reason = self.source(source), clean(reason)
        health.rejected += 1
        health.first_reason = health.first_reason or reason
        kind, said = _NUMBER.sub("0", reason), self._refused.setdefault(source, set())
        if kind in said or len(said) >= MAX_REASONS:
            return
        said.add(kind)
        self.say(f"{source}: {reason}")
        if len(said) == MAX_REASONS:
            self.say(f"{source}: was refused for {MAX_REASONS} reasons: others are only counted from now on")

    def _skip(self, health: SourceHealth, newer: Sequence[Rejected]) -> None:
        """Count what only a newer callmon knows; of each kind it is said once."""
        for one in newer:
            health.skipped += one.count
            said = health.name, one.reason
            if said not in self._skipped and len(self._skipped) < MAX_LINES:
                self._skipped.add(said)
                self.say(f"{health.name}: {one.reason}: passed over, as the other callmon is newer")

    def _remember(self, events: Iterable[Event], frame: Frame) -> None:
        for call in {event.call for event in events if not isinstance(event, Restored)}:
            self._raw[call] = frame
            self._raw.move_to_end(call)
        while len(self._raw) > MAX_RAW:
            self._raw.popitem(last=False)

    def _tell(self, changes: Sequence[Change]) -> None:
        if changes:
            for listener in self._listeners:
                listener(changes)

    def judge_by(self, rules: RuleSet) -> None:
        """Judge by other limits from now on."""
        self._tell(self.engine.judge_by(rules, self.clock()))
        self.say(f"judged by the rules {rules.name} as they are from now on")

    def tick(self) -> None:
        """Let time pass once."""
        self.pass_to(self.clock())
        self._let_go()

    def _let_go(self) -> None:
        """Keep nothing of calls that are no longer kept."""
        calls = self.engine.calls
        for call in [call for call in self._raw if call not in calls]:
            del self._raw[call]
        for name, told in self._told.items():
            self._told[name] = {call for call in told if call in calls}

    def pass_to(self, at: float) -> None:
        """Let time pass until ``at``, as it did where the frames come from."""
        self._tell(self.engine.tick(at))
        for witness in self._witnesses:
            witness.ticked(at)

    def catch_up(self, call: str) -> None:
        """Let time pass for one call, if it has not yet: whoever keeps its state wants that."""
        self._tell(self.engine.catch_up(call))

    async def keep_time(self, pace: float = 1.0) -> None:
        """Let time pass until cancelled, for a few of many calls at a time; the clock goes at ``pace``."""
        self._awake_at, self._pace = self._steady(), pace
        self._ahead_s = self.clock() - self._awake_at
        try:
            while True:
                await self._rest(TICK_S)
                await self._excuse_silent()
                at = self.clock()
                self._tell(self.engine.begin_tick(at))
                for witness in self._witnesses:
                    witness.ticked(at)
                self._let_go()
                began = perf_counter()
                while (call := self.engine.behind) is not None:
                    self.catch_up(call)
                    if perf_counter() - began >= SLICE_S:
                        await self._rest(REST_S)
                        began = perf_counter()
        finally:
            self._awake_at = None

    async def _rest(self, seconds: float) -> None:
        """Let others have their turn, and notice when callmon stood still, then or since the last rest."""
        await asyncio.sleep(seconds)
        self._notice(self.clock(), seconds)
        self._awake_at = self._steady()

    def _notice(self, at: float, rested_s: float = TICK_S) -> None:
        """Notice at the first tick, or the first frame if that is earlier, when callmon stood still.

        A process that was stopped, a machine that slept and a loop that was held hear of no call. Where only the
        time of day went on nobody missed anything: it was set.
        """
        if self._awake_at is None:
            return
        now = self._steady()
        stood_s = (now - self._awake_at) / self._pace - rested_s
        set_s = self.clock() - now - self._ahead_s
        self._ahead_s += set_s
        if stood_s >= STOOD_STILL_S:
            self._awake_at = now
            self.wake(stood_s, at)
        elif abs(set_s) >= STOOD_STILL_S:
            how = f"set {'forward' if set_s > 0 else 'back'} by {duration(round(abs(set_s)))}"
            self._go_on(f"the clock of this machine was {how}", at)

    def wake(self, stood_s: float, at: float) -> None:
        """Go on after callmon stood still for some seconds until ``at``: calls may report before they are stale."""
        self._go_on(f"callmon itself stood still for {duration(round(stood_s))}", at)

    def _go_on(self, why: str, at: float) -> None:
        self.say(f"{why}: calls get their time to report before they are called silent")
        self._went_on_at = at
        self._excuse(self.engine.calls, at)

    def _excuse(self, calls: Iterable[str], at: float) -> None:
        """Tell calls that whatever was not heard of them until ``at`` is not their silence."""
        found = [self.engine.calls.get(id) for id in calls]
        events = [codec.write(Unheard(call.id, at)) for call in found if call is not None and not call.over]
        if events:
            self.take(Frame("callmon", at, UNHEARD, {"schema": codec.SCHEMA, "events": events}))

    async def _excuse_silent(self) -> None:
        """Excuse the calls of a source that says nothing at all, connected or not: the silence is its own.

        One that is at its end is no longer listened to, and its calls fall silent as all do.
        """
        for health in tuple(self.health):
            at = self.clock()
            if health.beat_s is None or health.last_success_at is None or health.state == "closed":
                continue
            since = max(health.last_success_at, self._went_on_at)
            if at - since < MISSED_BEATS * health.beat_s:
                continue
            health.unheard = True
            if health.state in ("ok", "waiting"):
                self.say(f"{health.name}: says nothing any more: its calls are shown as they were")
            if health.state in ("ok", "waiting", "starting"):
                health.state, health.detail = "silent", "says nothing: its calls are shown as they were"
            if self._steady() - self._excused_at.get(health.name, -EXCUSED_S) >= EXCUSED_S:
                self._excused_at[health.name] = self._steady()
                told = list(self._told.get(health.name, ()))
                for place in range(0, len(told), EXCUSED_AT_ONCE):
                    if place:
                        await self._rest(REST_S)
                    self._excuse(told[place : place + EXCUSED_AT_ONCE], at)


def since_boot() -> float:
    """Return seconds that nobody sets, and that go on while the machine sleeps as far as it counts them then."""
    # The CLOCK_MONOTONIC of Linux stands still in sleep, that of macOS does not, unlike Python's own there.
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):
        clock: int | None = getattr(time, name, None)
        if clock is not None:
            return time.clock_gettime(clock)
    return time.monotonic()


def _count(health: SourceHealth, events: Sequence[Event], at: float) -> None:
    """Note that a frame came from a source at ``at``, and how new its newest sample is."""
    health.frames += 1
    health.last_frame_at = health.last_success_at = at
    measured = [event.at for event in events if isinstance(event, Sampled)]
    health.newest_at = max((health.newest_at or 0.0, *measured)) or None


def _read(provider: Provider, frame: Frame) -> tuple[list[Event], list[Fetch], list[str], list[Rejected]]:
    """Return what a frame means, what is to be asked, why parts could not be read, and what is too new for us."""
    events: list[Event] = []
    fetches: list[Fetch] = []
    reasons: list[str] = []
    newer: list[Rejected] = []
    try:
        for item in provider.read(frame):
            if isinstance(item, Rejected):
                if item.newer:
                    newer.append(item)
                else:
                    reasons.append(item.reason)
            elif isinstance(item, Fetch):
                fetches.append(item)
            else:
                events.append(item)
    except Exception as error:
        # A reader never raises; one that does, such as a plugin's, must not end its source.
        reasons.append(f"the reader of {provider.name} broke on it: {type(error).__name__}: {error}")
    return events, fetches, reasons, newer
