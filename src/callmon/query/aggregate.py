"""Figures over many calls: what is under way and how much of it had issues, for whom, where, over which relays.

A ``Ledger`` looks at calls a few at a time and keeps of each only what is counted, so that what has not changed
costs nothing; ``figures`` adds that up for any span of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from callmon.engine.call import Call
from callmon.engine.quality import Grade
from callmon.engine.summary import Tally
from callmon.query.digest import Attended, Digest, digest
from callmon.query.people import GROUPS, LEFT_REASON, UNKNOWN, family
from callmon.query.slots import Slot
from callmon.query.slots import slots as slots_of

MEASURED = ("rtt_ms", "jitter_ms", "loss_pct", "mos")
"""The metrics whose spread is worked out for each provider."""

SHARES = (0.5, 0.95)
"""Of each metric the value below which so many of the values lie; of MOS, above which."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls are meant: those whose ``field`` has any of the values, all without any; see ``selection``."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """So many of one kind, ``bad`` of them with issues, and the calls that they belong to."""

    name: str
    count: int
    bad: int
    calls: frozenset[str]
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Spread:
    """The values of each metric over all calls of a provider: the middle one and a bad one; None is unknown.

    Of ``unheard`` calls they are what was heard of them before.
    """

    provider: str
    calls: int
    unheard: int
    values: Mapping[str, tuple[float | None, float | None]]
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a dashboard shows of the calls that were under way in a span of time.

    ``whole`` is whether those are all calls there are. ``unheard`` of them nobody can hear now; time in which
    nobody heard a call is in no figure.
    """

    since: float
    until: float
    whole: bool
    calls: int
    bad_calls: int
    unheard: int
    rooms: int
    bad_rooms: int
    people: int
    bad_people: int
    minutes: float
    minutes_before: float | None
    grades: Mapping[Grade, int]
    slots: tuple[Slot, ...]
    groups: Mapping[str, tuple[Bar, ...]]
    issues: tuple[Bar, ...]
    relays: tuple[Bar, ...]
    providers: tuple[Bar, ...]
    spreads: tuple[Spread, ...]


@dataclass
class Ledger:
    """Calls as they are counted, renewed a few at a time.

    ``passes`` counts how often all calls were looked at; before the first time the figures are of a part of them.
    """

    passes: int = 0
    digests: dict[str, Digest] = field(default_factory=dict)
    spreads: dict[str, dict[str, Tally]] = field(default_factory=dict)
    _waiting: list[Call] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _gathered: dict[str, dict[str, Tally]] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        """Whether a pass has begun and is not through."""
        return bool(self._waiting)

    def begin(self, calls: Iterable[Call]) -> None:
        """Begin a pass over these calls; one that is not through is given up."""
        self._waiting = list(calls)
        self._seen, self._gathered = {call.id for call in self._waiting}, {}
        if not self._waiting:
            self._finish()

    def step(self, most: int) -> bool:
        """Look at so many calls more; return whether that was the last of the pass."""
        if not self._waiting:
            return False
        part, self._waiting = self._waiting[-most:], self._waiting[:-most]
        for call in part:
            known = self.digests.get(call.id)
            if known is None or known.version != call.version:
                self.digests[call.id] = digest(call)
            gather(self._gathered.setdefault(call.provider, {}), call)
        if self._waiting:
            return False
        self._finish()
        return True

    def _finish(self) -> None:
        for gone in self.digests.keys() - self._seen:
            del self.digests[gone]
        self.spreads, self._gathered = self._gathered, {}
        self.passes += 1

    def figures(self, since: float, until: float, slots: int = 48, now: float | None = None) -> Figures:
        """Return the figures of a span in epoch seconds, in so many stretches; minutes count up to ``now``."""
        now = until if now is None else min(now, until)
        return figures(self.digests.values(), since, until, self.spreads, slots, now)


def gather(into: dict[str, Tally], call: Call) -> None:
    """Add what was measured of a call to the tallies by metric."""
    for leg in call.legs.values():
        for stream in leg.streams.values():
            for key, tally in stream.tallies.items():
                total = into.get(key)
                if total is None:
                    total = into[key] = Tally()
                _merge(total, tally)


def _merge(into: Tally, more: Tally) -> None:
    into.count += more.count
    into.total += more.total
    if more.least is not None and (into.least is None or more.least < into.least):
        into.least, into.least_at = more.least, more.least_at
    if more.most is not None and (into.most is None or more.most > into.most):
        into.most, into.most_at = more.most, more.most_at
    buckets = into.buckets
    for bucket, count in more.buckets.items():
        buckets[bucket] = buckets.get(bucket, 0) + count


def figures(
    digests: Iterable[Digest],
    since: float,
    until: float,
    spreads: Mapping[str, Mapping[str, Tally]],
    slots: int,
    now: float,
) -> Figures:
    """Return the figures of what was under way between two moments; see ``Ledger`` for who keeps what is counted."""
    everything = list(digests)
    found = [
        one
        for one in everything
        if one.began_at < until and not (one.ended_at is not None and one.ended_at < since)
    ]
    rooms = [one for one in found if one.room]
    people = [(one, who) for one in found for who in one.people]
    known = min((one.began_at for one in everything), default=until) < since
    slotted = slots_of(everything, (since, until, now), max(1, slots), known)
    return Figures(
        since,
        until,
        len(found) == len(everything),
        len(found),
        sum(one.bad for one in found),
        sum(one.unheard for one in found),
        len(rooms),
        sum(one.bad for one in rooms),
        len(people),
        sum(who.bad for _, who in people),
        sum(slot.minutes for slot in slotted),
        sum(slot.before or 0.0 for slot in slotted) if known else None,
        {grade: sum(one.grade is grade for one in found) for grade in Grade},
        slotted,
        {key: _group(key, people) for key in GROUPS},
        _bars(((one, code, one.bad) for one in found for code in {t[0] for t in one.troubles}), "issue"),
        _bars(((one, relay, one.bad) for one in found for relay in one.relays), "relay", worst=True),
        _bars(((one, one.provider, one.bad) for one in found), "provider"),
        _spreads(found, spreads),
    )


def _group(key: str, people: Sequence[tuple[Digest, Attended]]) -> tuple[Bar, ...]:
    """Return participants by what they are, those of one family in one bar, the unknown last."""
    return _bars(((one, who.values[key], who.bad) for one, who in people if key in who.values), key)


def _bars(entries: Iterable[tuple[Digest, str, bool]], of: str, *, worst: bool = False) -> tuple[Bar, ...]:
    """Return a bar for each name, the longest first (``worst``: the one with most issues), the unknown last."""
    counts: dict[str, list[int]] = {}
    calls: dict[str, set[str]] = {}
    values: dict[str, set[str]] = {}
    for one, value, bad in entries:
        name = family(value) if of in GROUPS and of not in ("region", LEFT_REASON) else value
        count = counts.setdefault(name, [0, 0])
        count[0] += 1
        count[1] += bad
        calls.setdefault(name, set()).add(one.id)
        values.setdefault(name, set()).add(value)
    bars = [
        Bar(
            name,
            counts[name][0],
            counts[name][1],
            frozenset(calls[name]),
            Wanted(of, tuple(sorted(values[name]))),
        )
        for name in counts
    ]
    return tuple(
        sorted(bars, key=lambda bar: (bar.name == UNKNOWN, -bar.bad if worst else 0, -bar.count, bar.name))
    )


def _spreads(found: Iterable[Digest], spreads: Mapping[str, Mapping[str, Tally]]) -> tuple[Spread, ...]:
    counts: dict[str, int] = {}
    unheard: dict[str, int] = {}
    for one in found:
        counts[one.provider] = counts.get(one.provider, 0) + 1
        unheard[one.provider] = unheard.get(one.provider, 0) + one.unheard
    rows = []
    for provider, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        tallies = spreads.get(provider, {})
        values = {key: _quantiles(key, tallies.get(key)) for key in MEASURED}
        rows.append(Spread(provider, count, unheard[provider], values, Wanted("provider", (provider,))))
    return tuple(rows)


def _quantiles(key: str, tally: Tally | None) -> tuple[float | None, float | None]:
    if tally is None:
        return None, None
    middle, bad = (1 - share if key == "mos" else share for share in SHARES)
    return tally.quantile(middle), tally.quantile(bad)
