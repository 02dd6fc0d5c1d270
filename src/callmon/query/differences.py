"""What differs between calls: facts side by side, when limits were broken, and where the calls first part."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from callmon.engine.call import Call, Stream
from callmon.engine.ice import path_text
from callmon.engine.quality import Grade, Levels
from callmon.engine.summary import Tally
from callmon.model.dust import settled
from callmon.model.metrics import METRICS
from callmon.query import format as fmt
from callmon.query.columns import badge, reason_text, state_word, verdict_of
from callmon.query.course import ASPECTS, Aspect, Course, Extent
from callmon.query.spent import share, spent

SPANS = 300
"""A whole call is looked at in at most so many equal spans of time."""

HELD_S = 5.0
"""Calls have parted where they are apart for so long."""

STEP = 2.0
"""Of what has no limit one value must be so many times the other."""

NEAR = 0.2
"""Values that are no further apart than this share of the limit, or of the other value, are as good as each other."""

SETTLING_S = 10.0
"""So long after its start a call's bitrate says nothing yet."""


def worse(aspect: Aspect, value: float, other: float, levels: Levels | None) -> bool:
    """Return whether a value is clearly worse than another; a sum is where it is not even half as much."""
    if aspect.summed:
        return value * STEP < other
    by = value - other if aspect.worst_high else other - value
    if levels is not None and levels.grade(value).rank > levels.grade(other).rank:
        return True
    least = abs(other) * NEAR if levels is None else max(abs(other), levels.fair) * NEAR
    return by > least


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of each call, in their order; ``ranks`` say how bad each is, None for unknown or neither.

    ``numbers`` are there where a difference can be worked out, and are written as values of ``metric``.
    """

    group: str
    name: str
    texts: tuple[str, ...]
    ranks: tuple[float | None, ...] = ()
    numbers: tuple[float | None, ...] = ()
    metric: str = ""

    @property
    def differs(self) -> bool:
        """Whether the calls differ in it."""
        return len(set(self.texts)) > 1

    def worse(self, place: int, than: int) -> bool:
        """Return whether it is worse of one call than of another."""
        if not self.ranks:
            return False
        one, other = self.ranks[place], self.ranks[than]
        return one is not None and other is not None and one > other + 1e-9


@dataclass(frozen=True, slots=True)
class Crossing:
    """When a call first broke a limit, in seconds since its start, and for how many seconds in all."""

    first_s: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Divergence:
    """The moment (on the shared clock) from which two calls are apart: who is worse, and the values of both.

    ``limit`` is that which the worse one broke, None where one value is just many times the other.
    """

    at: float
    aspect: Aspect
    worse: int
    value: float
    better: int
    other: float
    limit: float | None


@dataclass
class Whole:
    """The courses of whole calls on one clock; ``follow`` brings them up to date."""

    courses: dict[tuple[str, str], Course] = field(default_factory=dict)
    calls: Sequence[Call] = ()
    step: float = 1.0
    since_start: bool = False
    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    _own: dict[tuple[str, str], list[Extent]] = field(default_factory=dict)

    def follow(self, calls: Sequence[Call], ends: Mapping[str, float], since_start: bool) -> None:
        """Look at ``calls`` up to their ``ends`` (epoch seconds by id), by the clock or each since its start."""
        longest = max((ends[call.id] - call.started_at for call in calls), default=1.0)
        self.step = 2.0 ** max(0, math.ceil(math.log2(max(1.0, longest) / SPANS)))
        self.calls, self.since_start = calls, since_start
        self._own.clear()
        spans = {}
        for call in calls:
            origin = call.started_at if since_start else 0.0
            first = math.floor((call.started_at - origin) / self.step)
            spans[call.id] = first, math.floor((ends[call.id] - origin) / self.step) + 1
            for aspect in ASPECTS:
                course = self.courses.setdefault((call.id, aspect.key), Course(aspect))
                course.follow(call, self.step, origin, first, ends[call.id])
        self.spans = spans

    def crossing(self, call: Call, aspect: Aspect, limit: float) -> Crossing | None:
        """Return when a call first went beyond a limit of an aspect, and for how long in all; or None."""
        beyond = [n for n, extent in enumerate(self._extents(call, aspect)) if _beyond(aspect, extent, limit)]
        return Crossing(beyond[0] * self.step, len(beyond) * self.step) if beyond else None

    def _extents(self, call: Call, aspect: Aspect) -> list[Extent]:
        """Return what is known of a call's own spans, put together once."""
        key = call.id, aspect.key
        if key not in self._own:
            self._own[key] = self.courses[key].extents(*self.spans[call.id])
        return self._own[key]

    def known(self, call: Call, aspect: Aspect) -> bool:
        """Return whether anything is known of an aspect of a call."""
        return bool(self.courses[call.id, aspect.key].tracks)

    def comparable(self) -> list[Aspect]:
        """Return the aspects of which something is known of two calls at least."""
        return [aspect for aspect in ASPECTS if sum(self.known(call, aspect) for call in self.calls) > 1]

    def divergence(self, levels: Mapping[str, Levels]) -> Divergence | None:
        """Return where the calls first part, or None where they never do."""
        found = [one for aspect in ASPECTS if (one := self._parting(aspect, levels.get(aspect.metric)))]
        return min(found, key=lambda one: one.at, default=None)

    def _parting(self, aspect: Aspect, levels: Levels | None) -> Divergence | None:
        """Return from when on the calls are apart in one aspect for long enough."""
        places = [n for n, call in enumerate(self.calls) if self.known(call, aspect)]
        if len(places) < 2:
            return None
        spans = [self.spans[self.calls[n].id] for n in places]
        first, last = min(begin for begin, _ in spans), max(end for _, end in spans)
        series = [self._values(self.calls[n], aspect, first, last, levels is None) for n in places]
        needed = max(1, math.ceil(HELD_S / self.step))
        run: list[Divergence] = []
        for number, values in enumerate(zip(*series, strict=True), first):
            known = [(value, place) for value, place in zip(values, places, strict=True) if value is not None]
            apart = _apart(aspect, known, levels, number * self.step) if len(known) > 1 else None
            if apart is None:
                run.clear()
                continue
            run.append(apart)
            if len(run) >= needed:
                return run[0]
        return None

    def _values(self, call: Call, aspect: Aspect, first: int, last: int, settled: bool) -> list[float | None]:
        own, end = self.spans[call.id]
        begin = own + (math.ceil(SETTLING_S / self.step) if settled else 0)
        found = [extent.high if aspect.worst_high else extent.low for extent in self._extents(call, aspect)]
        values = [
            value if value == value and number >= begin else None for number, value in enumerate(found, own)
        ]
        return [*[None] * (own - first), *values, *[None] * (last - end)]


def _beyond(aspect: Aspect, extent: Extent, limit: float) -> bool:
    if aspect.worst_high:
        return settled(extent.high, limit) > limit
    return settled(extent.low, limit) < limit


def _apart(
    aspect: Aspect, known: Sequence[tuple[float, int]], levels: Levels | None, at: float
) -> Divergence | None:
    """Return how far the worst and the best of some values are apart, if they are."""
    high, low = max(known), min(known)
    (value, bad), (other, good) = (high, low) if aspect.worst_high else (low, high)
    if levels is None:
        return Divergence(at, aspect, bad, value, good, other, None) if high[0] > STEP * low[0] else None
    crossed = levels.grade(value).rank > max(levels.grade(other).rank, Grade.GOOD.rank)
    if not crossed or abs(value - other) < levels.fair * NEAR:
        return None
    limit = levels.poor if levels.grade(other) is Grade.FAIR else levels.fair
    return Divergence(at, aspect, bad, value, good, other, limit)


def facts(whole: Whole, levels: Mapping[str, Levels], now: float) -> list[Fact]:
    """Return all facts by which calls can be told apart, in the order in which one looks for a cause."""
    calls = whole.calls
    return [
        *_standing(calls, now),
        *_quality(whole, levels),
        *_issues(calls),
        *_path(calls),
        *_client(calls),
    ]


def _fact(group: str, name: str, calls: Sequence[Call], text: Callable[[Call], str | None]) -> Fact:
    return Fact(group, name, tuple(text(call) or fmt.UNKNOWN for call in calls))


def _standing(calls: Sequence[Call], now: float) -> list[Fact]:
    grades = tuple(float(call.grade.rank) or None for call in calls)
    found = [
        Fact("Call", "grade", tuple(badge(call.grade, not call.unheard) for call in calls), grades),
        _fact("Call", "why", calls, reason_text),
        _fact("Call", "verdict", calls, verdict_of),
        _fact("Call", "state", calls, state_word),
        _fact("Call", "end reason", calls, lambda call: call.end_reason),
        _fact("Call", "began", calls, lambda call: fmt.clock(call.started_at)),
        _fact("Call", "lasted", calls, lambda call: fmt.duration(call.duration_s(now))),
        _fact("Call", "provider", calls, lambda call: call.provider),
        _fact("Call", "room", calls, lambda call: call.room),
        _fact("Call", "ends", calls, lambda call: fmt.count(len(call.legs))),
    ]
    for grade in Grade:
        shares = [share(call.grade_seconds, grade) for call in calls]
        bad = grade in (Grade.FAIR, Grade.POOR)
        name = "no grade, of all" if grade is Grade.UNKNOWN else f"{grade.value}, of graded"
        texts = tuple(spent(call, grade) for call in calls)
        found.append(Fact("Call", name, texts, tuple(shares) if bad else ()))
    return found


def _quality(whole: Whole, levels: Mapping[str, Levels]) -> list[Fact]:
    found = []
    for aspect in ASPECTS:
        calls = whole.calls
        if not any(whole.known(call, aspect) for call in calls):
            continue
        unit = METRICS[aspect.metric].unit
        means = tuple(_mean(call, aspect) for call in calls)
        signs = tuple(None if mean is None else mean if aspect.worst_high else -mean for mean in means)
        if any(mean is not None for mean in means):
            texts = tuple(fmt.measure(aspect.metric, mean, unit) for mean in means)
            found.append(Fact("Quality", f"{aspect.title} mean", texts, signs, means, aspect.metric))
        limit = levels.get(aspect.metric)
        for word, value in (("fair", limit.fair), ("poor", limit.poor)) if limit is not None else ():
            crossings = [
                whole.crossing(call, aspect, value) if whole.known(call, aspect) else None for call in calls
            ]
            texts = tuple(
                _crossed(crossing) if whole.known(call, aspect) else fmt.UNKNOWN
                for call, crossing in zip(calls, crossings, strict=True)
            )
            ranks = tuple(
                (crossing.seconds if crossing else 0.0) if whole.known(call, aspect) else None
                for call, crossing in zip(calls, crossings, strict=True)
            )
            sign = ">" if aspect.worst_high else "<"
            found.append(Fact("Quality", f"{aspect.title} {sign} {word} {fmt.bare(value)}", texts, ranks))
    return found


def _crossed(crossing: Crossing | None) -> str:
    if crossing is None:
        return "never"
    return f"+{fmt.duration(crossing.first_s)}, for {fmt.duration(crossing.seconds)}"


def _streams(call: Call) -> Iterable[Stream]:
    return (stream for leg in call.legs.values() for stream in leg.streams.values())


def _mean(call: Call, aspect: Aspect) -> float | None:
    """Return the mean of the worst stream over the whole call."""
    tallies: list[Tally] = [
        stream.tallies[aspect.metric] for stream in _streams(call) if aspect.metric in stream.tallies
    ]
    means = [mean for tally in tallies if (mean := tally.mean()) is not None]
    if not means or aspect.summed:
        return None
    return max(means) if aspect.worst_high else min(means)


def _issues(calls: Sequence[Call]) -> list[Fact]:
    codes = dict.fromkeys(issue.code for call in calls for issue in call.issues)
    found = []
    for code in codes:
        counts = [[issue for issue in call.issues if issue.code == code] for call in calls]
        texts = tuple(
            f"{len(own)} ×, +{fmt.duration(own[0].since - call.started_at)}" if own else "none"
            for call, own in zip(calls, counts, strict=True)
        )
        found.append(Fact("Issues", code, texts, tuple(float(len(own)) for own in counts)))
    return found


def _path(calls: Sequence[Call]) -> list[Fact]:
    changes = tuple(
        float(sum(leg.ice.path_changes for leg in call.legs.values())) if _seen(call) else None
        for call in calls
    )
    return [
        _fact("Path", "path", calls, lambda call: _each(_paths(call))),
        _fact("Path", "relay", calls, lambda call: _each(_relays(call))),
        _fact("Path", "candidates", calls, lambda call: _each(_candidates(call, "local"))),
        _fact("Path", "far candidates", calls, lambda call: _each(_candidates(call, "remote"))),
        _fact("Path", "network", calls, lambda call: _each(_networks(call))),
        Fact("Path", "path changes", tuple(fmt.count(count) for count in changes), changes),
    ]


def _seen(call: Call) -> bool:
    return any(leg.ice.seen for leg in call.legs.values())


def _each(words: Iterable[str | None]) -> str:
    return ", ".join(dict.fromkeys(word for word in words if word))


def _paths(call: Call) -> Iterable[str]:
    for leg in call.legs.values():
        pair = leg.ice.facts.pair or leg.ice.last_pair
        if pair is not None:
            yield path_text(pair)


def _relays(call: Call) -> Iterable[str]:
    """Yield the relays in use, or that there is none."""
    for leg in call.legs.values():
        pair = leg.ice.facts.pair or leg.ice.last_pair
        if pair is None:
            continue
        relayed = [end for end in (pair.local, pair.remote) if end is not None and end.type == "relay"]
        for end in relayed:
            yield " ".join(
                part for part in (end.relay_protocol or end.protocol, end.url or end.address) if part
            )
        if not relayed:
            yield "none"


def _candidates(call: Call, side: str) -> Iterable[str]:
    found = {
        f"{candidate.type} {candidate.protocol or ''}".strip()
        for leg in call.legs.values()
        for candidate in leg.ice.side(side)
        if candidate.type
    }
    return sorted(found)


def _networks(call: Call) -> Iterable[str]:
    found = {
        candidate.network_type
        for leg in call.legs.values()
        for candidate in leg.ice.side("local")
        if candidate.network_type
    }
    return sorted(found)


KNOWN = {"region": "region", "sdk": "SDK", "browser": "browser", "os": "OS", "device": "device"}
"""What clients are told apart by first, and how it is written."""

NAMELESS = ("user_id", "session_id", "participant_id")
"""What is another for every client and says nothing of it."""


def _client(calls: Sequence[Call]) -> list[Fact]:
    others = sorted(
        {
            key
            for call in calls
            for leg in call.legs.values()
            for key in leg.attributes
            if key not in KNOWN and key not in NAMELESS
        }
    )
    found = [
        _fact("Client", "codec", calls, lambda call: _each(stream.codec for stream in _streams(call))),
        _fact(
            "Client", "media", calls, lambda call: _each(sorted({stream.kind for stream in _streams(call)}))
        ),
    ]
    for key, name in (*KNOWN.items(), *((key, key.replace("_", " ")) for key in others)):
        texts = tuple(
            _each(leg.attributes.get(key) for leg in call.legs.values()) or fmt.UNKNOWN for call in calls
        )
        if any(text != fmt.UNKNOWN for text in texts):
            found.append(Fact("Client", name, texts))
    return found
