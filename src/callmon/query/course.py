"""The course of a metric over a whole call, in equal spans of time: what curves, cursors and comparisons read."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from callmon.engine.call import Call, Stream
from callmon.engine.series import History

NAN = math.nan

FORGOTTEN = 4096
"""So many spans that nobody looks at are kept, since going back to them costs nothing."""

TOGETHER_S = 15.0
"""Newest values of several streams count together if they are no further apart than this."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """A metric of a whole call: the worst of its streams, or with ``summed`` all those of ``direction`` together.

    ``short`` is its title where there is little room.
    """

    key: str
    metric: str
    title: str
    direction: str | None = None
    kind: str | None = None
    summed: bool = False
    worst_high: bool = True
    short: str = ""


ASPECTS: tuple[Aspect, ...] = (
    Aspect("loss_pct", "loss_pct", "Loss"),
    Aspect("rtt_ms", "rtt_ms", "RTT"),
    Aspect("jitter_ms", "jitter_ms", "Jitter", short="Jit"),
    Aspect("mos", "mos", "MOS", worst_high=False),
    Aspect("bitrate_in", "bitrate_bps", "In", "inbound", summed=True, worst_high=False),
    Aspect("bitrate_out", "bitrate_bps", "Out", "outbound", summed=True, worst_high=False),
    Aspect("fps", "fps", "Frames", kind="video", worst_high=False),
)
"""What calls are compared by, in the order in which it is shown."""


class Extent(NamedTuple):
    """The least, the greatest and the last value in one span of time; NaN for none."""

    low: float
    high: float
    last: float


LEAD_S = 120.0
"""Two samples that are further apart than this are not looked at together where only the later one is shown."""

FARTHEST = 200_000
"""So many spans at most are empty between two that are kept."""

NOTHING = Extent(NAN, NAN, NAN)


@dataclass(slots=True)
class Track:
    """One stream's values, folded into spans of ``step`` seconds that are counted from ``origin`` (epoch seconds).

    ``spans`` begin with number ``first``; those between two samples that belong together lie on the line
    between them. What is folded once is not looked at again, except for the span that was the newest.
    """

    history: History
    metric: str
    step: float
    origin: float
    first: int
    spans: list[Extent] = field(default_factory=list)
    newest_ms: int | None = None

    def follow(self, until: float) -> None:
        """Fold what came since, up to ``until`` (epoch seconds)."""
        limit = round((until - self.history.origin) * 1000)
        if self.newest_ms is not None and limit < self.newest_ms:
            self.spans.clear()
            self.newest_ms = None
        begin = self.first if self.newest_ms is None else max(self.first, self._number(self.newest_ms))
        del self.spans[max(0, begin - self.first) :]
        for number, extent, joined in self._found(begin, limit):
            self._put(number, extent, joined)

    def at(self, number: int) -> Extent:
        """Return what is known of one span."""
        place = number - self.first
        return self.spans[place] if 0 <= place < len(self.spans) else NOTHING

    def between(self, first: int, last: int) -> list[Extent]:
        """Return what is known of the spans from ``first`` up to and without ``last``."""
        before = min(max(0, self.first - first), last - first)
        found = self.spans[max(0, first - self.first) : max(0, last - self.first)]
        return [NOTHING] * before + found + [NOTHING] * (last - first - before - len(found))

    def forget(self, first: int) -> None:
        """Keep no more than there is from span ``first`` on, once that is much less."""
        if first - self.first > FORGOTTEN:
            del self.spans[: first - self.first]
            self.first = first

    def newest(self) -> tuple[float, float] | None:
        """Return when the newest value was taken (epoch seconds, at the end of its span) and the value."""
        for place in range(len(self.spans) - 1, -1, -1):
            value = self.spans[place].last
            if value == value:
                return (self.first + place + 1) * self.step + self.origin, value
        return None

    def _number(self, ms: int) -> int:
        return math.floor((ms + round((self.history.origin - self.origin) * 1000)) / (self.step * 1000))

    def _begin_ms(self, number: int) -> int:
        shift = round((self.history.origin - self.origin) * 1000)
        return math.ceil(number * self.step * 1000 - shift)

    def _found(self, begin: int, limit: int) -> Iterator[tuple[int, Extent, bool]]:
        """Yield spans with values from ``begin`` on, and whether nothing is missing since the one before."""
        history, low = self.history, self._begin_ms(begin)
        joined = not self.spans or self.spans[-1].last == self.spans[-1].last
        if self.newest_ms is None:
            for ms, extent, unbroken in self._old(low, limit):
                yield self._number(ms), extent, unbroken
        column, times = history.columns.get(self.metric), history.times
        if column is None:
            return
        index, end = bisect_left(times, low), bisect_right(times, limit)
        while index < end:
            number = self._number(times[index])
            after = max(index + 1, bisect_left(times, self._begin_ms(number + 1), index, end))
            there = _extent(column[index:after])
            if there is not None:
                yield number, there, joined and column[index] == column[index]
            joined = column[after - 1] == column[after - 1]
            self.newest_ms = times[after - 1]
            index = after

    def _old(self, low: int, limit: int) -> Iterator[tuple[int, Extent, bool]]:
        """Yield the minutes of what is too old to be kept sample by sample."""
        pairs, times = self.history.coarse.get(self.metric), self.history.coarse_times
        bucket = round(self.history.bucket_s * 1000)
        before = None
        for index in range(bisect_left(times, low), bisect_right(times, limit)) if pairs else ():
            if pairs is not None and 2 * index + 1 < len(pairs) and pairs[2 * index] == pairs[2 * index]:
                extent = Extent(pairs[2 * index], pairs[2 * index + 1], pairs[2 * index + 1])
                yield times[index], extent, before is not None and times[index] - before <= bucket
                before = times[index]

    def _put(self, number: int, extent: Extent, joined: bool) -> None:
        place = number - self.first
        missing = place - len(self.spans)
        if missing > FARTHEST:
            # Such as of a call of which the start was told wrongly; what is so far apart is never shown together.
            self.spans.clear()
            self.first, missing = number, 0
        if missing < 0:
            if place >= 0:
                old = self.spans[place]
                self.spans[place] = Extent(min(old.low, extent.low), max(old.high, extent.high), extent.last)
            return
        if missing:
            start = self.spans[-1].last if self.spans else NAN
            if joined and start == start:
                slope = (extent.low + extent.high) / 2 - start
                for n in range(1, missing + 1):
                    value = start + slope * n / (missing + 1)
                    self.spans.append(Extent(value, value, value))
            else:
                self.spans.extend([NOTHING] * missing)
        self.spans.append(extent)


def _extent(part: array[float]) -> Extent | None:
    """Return the extent of some values, or None where none is known."""
    if len(part) == 1:
        value = part[0]
        return Extent(value, value, value) if value == value else None
    total = sum(part)
    if total == total:
        return Extent(min(part), max(part), part[-1])
    known = [value for value in part if value == value]
    return Extent(min(known), max(known), known[-1]) if known else None


@dataclass(slots=True)
class Course:
    """One aspect of one call in spans of ``step`` seconds; ``follow`` brings it up to date."""

    aspect: Aspect
    tracks: dict[tuple[str, str], Track] = field(default_factory=dict)
    step: float = 1.0
    origin: float = 0.0

    def follow(self, call: Call, step: float, origin: float, first: int, until: float) -> None:
        """Know the spans from number ``first`` on, counted from ``origin``, up to ``until`` (epoch seconds).

        The first of them may lie on the line from a sample that is earlier.
        """
        anew = (step, origin) != (self.step, self.origin)
        self.step, self.origin = step, origin
        lead = math.ceil(LEAD_S / step)
        there = dict(self._streams(call))
        for key in [key for key in self.tracks if key not in there]:
            del self.tracks[key]
        for key, stream in there.items():
            track = self.tracks.get(key)
            if anew or track is None or track.history is not stream.history or first < track.first:
                track = Track(stream.history, self.aspect.metric, step, origin, first - lead)
                self.tracks[key] = track
            track.forget(first - lead)
            track.follow(until)

    def lapsed(self, at: float) -> bool:
        """Return whether ``at`` (epoch seconds) lies in a gap."""
        return any(track.history.lapsed(track.metric, at) for track in self.tracks.values())

    def _streams(self, call: Call) -> Iterator[tuple[tuple[str, str], Stream]]:
        aspect = self.aspect
        for leg in call.legs.values():
            for stream in leg.streams.values():
                history = stream.history
                if aspect.metric not in history.columns and aspect.metric not in history.coarse:
                    continue
                if aspect.direction in (None, stream.direction) and aspect.kind in (None, stream.kind):
                    yield (leg.id, stream.id), stream

    def extents(self, first: int, last: int) -> list[Extent]:
        """Return what is known of the spans from ``first`` up to and without ``last``."""
        tracks = list(self.tracks.values())
        if not tracks:
            return [NOTHING] * (last - first)
        if len(tracks) == 1:
            return tracks[0].between(first, last)
        columns = zip(*(track.between(first, last) for track in tracks), strict=True)
        return [self._joined([extent for extent in found if extent.last == extent.last]) for found in columns]

    def _joined(self, extents: Sequence[Extent]) -> Extent:
        """Return the extents of several streams as that of the call."""
        if not extents:
            return NOTHING
        if len(extents) == 1:
            return extents[0]
        if self.aspect.summed:
            return Extent(*(sum(values) for values in zip(*extents, strict=True)))
        worst = max if self.aspect.worst_high else min
        return Extent(*(worst(values) for values in zip(*extents, strict=True)))

    def worst(self, first: int, last: int) -> float | None:
        """Return the worst value in some spans, of what is summed the last; None where nothing is known."""
        known = [extent for extent in self.extents(first, last) if extent.last == extent.last]
        if not known:
            return None
        if self.aspect.summed:
            return known[-1].last
        if self.aspect.worst_high:
            return max(extent.high for extent in known)
        return min(extent.low for extent in known)

    def newest(self) -> float | None:
        """Return the newest value, or None where nothing was ever known."""
        found = [newest for track in self.tracks.values() if (newest := track.newest()) is not None]
        if not found:
            return None
        latest = max(at for at, _ in found)
        values = [value for at, value in found if latest - at <= TOGETHER_S]
        if self.aspect.summed:
            return sum(values)
        return max(values) if self.aspect.worst_high else min(values)

    def latest(self) -> float | None:
        """Return when the span with the newest value begins (epoch seconds), or None where nothing was ever known."""
        found = [
            newest[0] - self.step for track in self.tracks.values() if (newest := track.newest()) is not None
        ]
        return max(found, default=None)

    def tail(self, low: float, places: float) -> Hashable:
        """Return what changes whenever the course does, as far as it can be seen.

        ``places`` is how many values of the metric's unit, from ``low`` on, can be told from one another; less is no
        change.
        """
        found = []
        for key, track in self.tracks.items():
            end = len(track.spans)
            ends = [
                math.floor((value - low) * places + 0.5) if value == value else None
                for value in track.at(track.first + end - 1)[:2]
            ]
            found.append((key, end + track.first, *ends))
        return tuple(found)
