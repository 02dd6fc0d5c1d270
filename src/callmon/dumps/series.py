"""The series of numbers of a webrtc-internals dump, put together again as the reports that they came from.

The page keeps the last thousand values of every member of every object by itself. What belongs together is found
by the end of each series: its own times where there are any (``<id>-timestamp``), else its first and last time.
"""

from __future__ import annotations

import heapq
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callmon.dumps.moments import epoch_ms
from callmon.dumps.scalars import all_kept, unpacked
from callmon.model.frames import Json
from callmon.w3c import goog

MAX_SERIES = 50_000
MAX_POLLS = 200_000
"""More than any page keeps; the rest is not read."""

KEPT = 1000
"""Values of a series that the page keeps; a series as long as this may have begun earlier."""

SAME_POLL_MS = 400.0
"""Objects of one report have the same time, or nearly; the page looks once a second."""

Object = dict[str, Any]
"""One stats object with ``id``, ``type``, ``timestamp`` and members."""

_TYPES = (
    ("remote-inbound-rtp", re.compile(r"RTCRemoteInboundRtp|RI[AV]\d", re.IGNORECASE)),
    ("remote-outbound-rtp", re.compile(r"RTCRemoteOutboundRtp|RO[AV]\d", re.IGNORECASE)),
    ("inbound-rtp", re.compile(r"RTCInboundRtp|IT(audio|video)?\d+[AV]\d", re.IGNORECASE)),
    ("outbound-rtp", re.compile(r"RTCOutboundRtp|OT(audio|video)?\d+[AV]\d", re.IGNORECASE)),
    ("candidate-pair", re.compile(r"RTCIceCandidatePair|CP.+_")),
    ("transport", re.compile(r"RTCTransport|T\d\d$|Taudio|Tvideo")),
    ("media-source", re.compile(r"RTC(Audio|Video)Source|S[AV]\d+$")),
    ("codec", re.compile(r"RTCCodec|C[IO]T(audio|video)?\d")),
    ("certificate", re.compile(r"RTCCertificate|CF[0-9A-F:]+$")),
    ("track", re.compile(r"RTCMediaStreamTrack|DEPRECATED_T")),
)
_CANDIDATE = re.compile(r"RTCIceCandidate_|Cand-|I[\w+/]{8,}$")
_KIND = re.compile(r"^(?:[IO]T(?:audio|video)?\d+|RI|RO|S)([AV])\d|(audio|video)", re.IGNORECASE)
_SIDES = {"localCandidateId": "local-candidate", "remoteCandidateId": "remote-candidate"}
_OF_THE_FAR_END = ("remote-inbound-rtp", "remote-outbound-rtp")


@dataclass(slots=True)
class _Series:
    """One member of one object, value after value; the times are of its first and last value."""

    values: list[Json]
    first_ms: float | None
    last_ms: float | None


@dataclass(slots=True)
class _Row:
    """A series in its place: its values are those of the samples from ``start`` on."""

    name: str
    start: int
    values: Sequence[Json]


@dataclass(slots=True)
class _Thing:
    """One object over all polls: ``polls`` are those in which it is there, ``times`` what it says of each."""

    id: str
    type: str | None = None
    series: dict[str, _Series] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    polls: list[int] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)

    def last(self, name: str) -> Json:
        """Return the last value of a member, or None."""
        series = self.series.get(name)
        return series.values[-1] if series is not None else None


class Reports:
    """The reports of one peer connection.

    ``polls`` are the times at which the page looked, in epoch milliseconds; ``cut`` says that it has forgotten
    earlier ones. ``skipped`` counts series that could not be read.
    """

    def __init__(self, stats: Json) -> None:
        """Read the ``stats`` of a peer connection."""
        self.skipped = 0
        self._things: dict[str, _Thing] = {}
        self.polls: list[float] = []
        if isinstance(stats, dict):
            self._split(stats)
        self._name()
        lengths = (len(series.values) for thing in self._things.values() for series in thing.series.values())
        self.cut = max(lengths, default=0) >= KEPT
        self._clock()
        for thing in self._things.values():
            self._place(thing)
            thing.rows = sorted(_rows(thing), key=lambda row: row.start)

    def __iter__(self) -> Iterator[tuple[float, list[Object]]]:
        """Yield the time of each poll in epoch milliseconds, and the objects of its report."""
        walks = [(walk, next(walk, None)) for thing in self._things.values() for walk in [_walk(thing)]]
        heap = [(first[0], number) for number, (_, first) in enumerate(walks) if first is not None]
        coming = {number: first for number, (_, first) in enumerate(walks) if first is not None}
        heapq.heapify(heap)
        while heap:
            poll = heap[0][0]
            report = []
            while heap and heap[0][0] == poll:
                number = heap[0][1]
                report.append(coming.pop(number)[1])
                following = next(walks[number][0], None)
                if following is None:
                    heapq.heappop(heap)
                else:
                    coming[number] = following
                    heapq.heapreplace(heap, (following[0], number))
            yield self.polls[poll], report

    def _split(self, stats: Mapping[str, Json]) -> None:
        """Take the series apart by object and member; what is derived from others stands in brackets."""
        for number, (key, told) in enumerate(stats.items()):
            if "[" in key:
                continue
            id, dash, name = key.rpartition("-")
            values = unpacked(told.get("values")) if isinstance(told, dict) else None
            if not dash or not id or not isinstance(values, list) or not values or number >= MAX_SERIES:
                self.skipped += 1
                continue
            thing = self._things.setdefault(id, _Thing(id))
            told_type = told.get("statsType")
            if isinstance(told_type, str) and thing.type is None:
                thing.type = told_type
            thing.series[name] = _Series(
                values, epoch_ms(told.get("startTime")), epoch_ms(told.get("endTime"))
            )

    def _name(self) -> None:
        """Find out what each object is; only newer pages say it."""
        sides: dict[str, str] = {}
        for thing in self._things.values():
            for name, side in _SIDES.items():
                if name in thing.series:
                    ids = thing.series[name].values
                    sides |= {id: side for id in (ids[0], ids[-1]) if isinstance(id, str)}
        for thing in self._things.values():
            told = thing.last("type")
            thing.type = told if isinstance(told, str) else thing.type or _type_of(thing, sides)
            if thing.type in ("local-candidate", "remote-candidate") and thing.id.startswith("Cand-"):
                thing.type = thing.type.replace("-", "")

    def _clock(self) -> None:
        """Find out when the page looked: from the times of objects, or by dividing up the longest series."""
        stamps: list[float] = []
        for thing in self._things.values():
            series = thing.series.pop("timestamp", None)
            times = [epoch_ms(value) for value in series.values[-MAX_POLLS:]] if series is not None else []
            known = [time for time in times if time is not None]
            if known and len(known) == len(times):
                thing.times = known
                if thing.type not in _OF_THE_FAR_END and _goes_on(known):
                    stamps += known
        if not stamps:
            stamps = self._divided()
        for stamp in sorted(stamps):
            if not self.polls or stamp - self.polls[-1] > SAME_POLL_MS:
                self.polls.append(stamp)
        del self.polls[MAX_POLLS:]

    def _divided(self) -> list[float]:
        """Return evenly spaced times, for pages that kept none, over all that the series say of first and last."""
        all = [series for thing in self._things.values() for series in thing.series.values()]
        known = [one for one in all if one.first_ms is not None and one.last_ms is not None]
        if not known:
            return []
        longest = max(known, key=lambda one: len(one.values))
        first, last, count = longest.first_ms or 0.0, longest.last_ms or 0.0, len(longest.values)
        if count < 2 or last - first < count:
            return sorted({one.last_ms for one in known if one.last_ms is not None})[:MAX_POLLS]
        step = (last - first) / (count - 1)
        before = int((first - min(one.first_ms or first for one in known)) / step + 0.5)
        after = int((max(one.last_ms or last for one in known) - last) / step + 0.5)
        before, after = (number if number <= count else 0 for number in (before, after))
        return [first + step * number for number in range(-before, min(count, MAX_POLLS) + after)]

    def _place(self, thing: _Thing) -> None:
        """Say in which polls an object was there."""
        if not self.polls:
            return
        local = self._things.get(str(thing.last("localId"))) if thing.type in _OF_THE_FAR_END else None
        if local is not None and local.type in _OF_THE_FAR_END:
            local = None
        if not thing.times:
            longest = max((len(series.values) for series in thing.series.values()), default=0)
            ends = [series.last_ms for series in thing.series.values() if series.last_ms is not None]
            last = self._nearest(max(ends)) if ends else len(self.polls) - 1
            thing.polls = list(range(max(0, last + 1 - longest), last + 1))
            thing.times = [self.polls[poll] for poll in thing.polls]
        elif thing.type in _OF_THE_FAR_END or not _goes_on(thing.times):
            # It has the time of its last news, so that the times do not say when it was looked at.
            if local is not None and local.times and not local.polls:
                self._place(local)
            seen = local.polls if local is not None and local.polls else range(len(self.polls))
            thing.polls = list(seen[-len(thing.times) :])
            thing.times = thing.times[-len(thing.polls) :]
        else:
            found = {self._nearest(time): number for number, time in enumerate(thing.times)}
            thing.polls = sorted(found)
            thing.times = [thing.times[found[poll]] for poll in thing.polls]

    def _nearest(self, time: float) -> int:
        """Return the poll that is nearest to a time."""
        number = bisect_left(self.polls, time)
        if number and (
            number == len(self.polls) or time - self.polls[number - 1] < self.polls[number] - time
        ):
            number -= 1
        return number


def _goes_on(times: Sequence[float]) -> bool:
    """Whether the times of an object grow from nearly each to the next, so that they are those of polls."""
    grows = all(one <= other for one, other in zip(times, times[1:], strict=False))
    return grows and 2 * len(set(times)) > len(times)


def _type_of(thing: _Thing, sides: Mapping[str, str]) -> str | None:
    """Return the type of an object that does not tell it, by its id."""
    found = next((kind for kind, pattern in _TYPES if pattern.match(thing.id)), None) or goog.type_of(
        thing.id
    )
    if found is None and _CANDIDATE.match(thing.id):
        remote = thing.last("isRemote")
        if isinstance(remote, bool | str):
            return "remote-candidate" if remote in (True, "true") else "local-candidate"
        return sides.get(thing.id)
    return found


def _rows(thing: _Thing) -> Iterator[_Row]:
    """Put the members of an object into their places: where both ends fit, else as if they had no holes."""
    count = len(thing.times)
    marks: dict[int, tuple[int, int]] = {}
    for number, time in enumerate(thing.times):
        marks[int(time)] = (marks.get(int(time), (number, number))[0], number)
    for name, series in thing.series.items():
        if name in ("id", "type"):
            continue
        values = series.values[-count:] if count else []
        size = len(values)
        if not values:
            continue
        ends = marks.get(int(series.last_ms)) if series.last_ms is not None else None
        begins = marks.get(int(series.first_ms)) if series.first_ms is not None else None
        earliest, latest = ends or (size - 1, count - 1)
        last = latest
        if ends is not None and begins is not None:
            low, high = max(earliest, begins[0] + size - 1), min(latest, begins[1] + size - 1)
            if low <= high:
                last = high
            elif 2 * size >= (span := latest - begins[0] + 1) > size and values.count(values[0]) == size:
                # It came and went, but never changed.
                values, size = [values[0]] * span, span
        yield _Row(name, max(0, last + 1 - size), all_kept(name, values[max(0, size - last - 1) :]))


def _walk(thing: _Thing) -> Iterator[tuple[int, Object]]:
    """Yield the polls in which an object was there, and what it was like."""
    if thing.type is None:
        return
    kind = _KIND.search(thing.id)
    given: Object = {"id": thing.id, "type": thing.type}
    if kind is not None and thing.type.endswith(("-rtp", "-source")):
        given["kind"] = kind[2].lower() if kind[2] else "audio" if kind[1] in "aA" else "video"
    coming = iter(thing.rows)
    following = next(coming, None)
    active: list[_Row] = []
    until = 0
    for number, (poll, time) in enumerate(zip(thing.polls, thing.times, strict=True)):
        while following is not None and following.start <= number:
            active.append(following)
            following = next(coming, None)
            until = 0
        if number >= until:
            active = [row for row in active if number < row.start + len(row.values)]
            until = min((row.start + len(row.values) for row in active), default=len(thing.polls))
        found: Object = {**given, "timestamp": time}
        for row in active:
            value = row.values[number - row.start]
            if value is not None:
                found[row.name] = value
        yield poll, found
