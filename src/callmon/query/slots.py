"""Stretches of time: what was under way in each, what of it had an issue then, and minutes of participants."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from callmon.query.digest import Digest

Lost = tuple[tuple[float, float | None], ...]
"""Stretches in which nobody heard a call, in the order of time; None lasts."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time: calls and rooms under way in it, those with an issue then, and minutes of participants.

    ``unheard`` calls were under way as well, of which nothing was heard in all of it, ``unheard_rooms`` of them
    rooms: nothing else counts them.
    ``before`` are the minutes of the period before, of equal length, None where nothing is known of then.
    """

    since: float
    until: float
    calls: int = 0
    bad_calls: int = 0
    rooms: int = 0
    bad_rooms: int = 0
    minutes: float = 0.0
    before: float | None = None
    unheard: int = 0
    unheard_rooms: int = 0

    @property
    def hole(self) -> bool:
        """Whether nothing is known of it, though calls were under way."""
        return self.unheard > 0 and not self.calls

    @property
    def room_hole(self) -> bool:
        """Whether nothing is known of rooms in it, though some were under way."""
        return self.unheard_rooms > 0 and not self.rooms


def slots(
    digests: Sequence[Digest], span: tuple[float, float, float], count: int, known: bool
) -> tuple[Slot, ...]:
    """Return the stretches of a span, given its ends and the moment up to which minutes have passed.

    Differences are noted at both ends of what lasts, and added up at the end. ``known`` is whether anything is
    known of the time before.
    """
    since, until, now = span
    step = max(1e-6, (until - since) / count)
    names = ("calls", "bad_calls", "rooms", "bad_rooms", "unheard", "unheard_rooms")
    steps = {name: [0] * (count + 1) for name in names}
    for one in digests:
        first, last = _range(one.began_at, one.ended_at, since, step, count)
        if first <= last:
            _count(steps, one, first, last, since, step)
    minutes = _minutes_by(digests, since, step, count, now)
    before = _minutes_by(digests, since - step * count, step, count, now) if known else [None] * count
    calls, bad_calls, rooms, bad_rooms, unheard, unheard_rooms = (_added(steps[name]) for name in names)
    return tuple(
        Slot(
            since + step * n,
            since + step * (n + 1),
            calls[n],
            bad_calls[n],
            rooms[n],
            bad_rooms[n],
            minutes[n] or 0.0,
            before[n],
            unheard[n],
            unheard_rooms[n],
        )
        for n in range(count)
    )


def _count(
    steps: Mapping[str, list[int]], one: Digest, first: int, last: int, since: float, step: float
) -> None:
    """Count a call in the stretches from ``first`` to ``last``, but not where nobody heard it in all of one."""
    missed = _missed(one, since, step, first, last) if one.missed else []
    for heard, unheard in (("calls", "unheard"), ("rooms", "unheard_rooms"))[: 2 if one.room else 1]:
        _mark(steps[heard], first, last)
        for ends in missed:
            _mark(steps[heard], *ends, by=-1)
            _mark(steps[unheard], *ends)
    if not one.troubles:
        return
    count = len(steps["calls"]) - 1
    troubled: set[int] = set()
    for _, began, ended in one.troubles:
        begin, end = _range(began, ended if ended is not None else one.ended_at, since, step, count)
        troubled.update(range(max(first, begin), min(last, end) + 1))
    for begin, end in missed:
        troubled.difference_update(range(begin, end + 1))
    for place in troubled:
        _mark(steps["bad_calls"], place, place)
        if one.room:
            _mark(steps["bad_rooms"], place, place)


def _range(began: float, ended: float | None, since: float, step: float, count: int) -> tuple[int, int]:
    """Return the first and the last stretch that something lies in; the first beyond the last for none."""
    if ended is not None and ended < since:
        return 1, 0
    first = max(0, int((began - since) // step))
    last = count - 1 if ended is None else min(count - 1, int((ended - since) // step))
    return first, last


def _missed(one: Digest, since: float, step: float, first: int, last: int) -> list[tuple[int, int]]:
    """Return the first and the last of the stretches in all of which a call was not heard."""
    ends = [
        (
            max(first, math.ceil((began - since) / step)),
            last if ended is None else min(last, int((ended - since) // step) - 1),
        )
        for began, ended in _near(one.missed, since, since + step * (last + 1))
        if ended is None or ended - began >= step
    ]
    return [pair for pair in ends if pair[0] <= pair[1]]


def _near(missed: Lost, since: float, until: float) -> Lost:
    """Return, of stretches in the order of time, those that may lie in a span."""
    return missed[max(0, bisect_left(missed, (since,)) - 1) : bisect_left(missed, (until,))]


def _mark(steps: list[int], first: int, last: int, by: int = 1) -> None:
    steps[first] += by
    steps[last + 1] -= by


def _added(steps: Sequence[int]) -> list[int]:
    total, found = 0, []
    for step in steps:
        total += step
        found.append(total)
    return found


def _minutes_by(
    digests: Iterable[Digest], since: float, step: float, count: int, now: float
) -> list[float | None]:
    """Return the minutes of participants in each stretch, without those in which nobody heard their call."""
    whole, edges, until = [0] * (count + 1), [0.0] * count, since + step * count

    def add(began: float, ended: float, by: int) -> None:
        if ended <= began:
            return
        first, last = (
            min(count - 1, int((began - since) / step)),
            min(count - 1, int((ended - since) / step)),
        )
        if first == last:
            edges[first] += by * (ended - began)
            return
        edges[first] += by * (since + step * (first + 1) - began)
        edges[last] += by * (ended - (since + step * last))
        if first + 1 < last:
            _mark(whole, first + 1, last - 1, by)

    for one in digests:
        there = [
            (max(who.joined_at, since), min(who.left_at if who.left_at is not None else now, until))
            for who in one.people
        ]
        for began, ended in there:
            add(began, ended, 1)
        for lost, found in _near(one.missed, since, until) if one.missed else ():
            lost, found = max(lost, since), min(now if found is None else found, until)
            whole_time = 0
            for began, ended in there:
                if began <= lost and found <= ended:
                    whole_time += 1
                else:
                    add(max(began, lost), min(ended, found), -1)
            add(lost, found, -whole_time)
    return [(full * step + edge) / 60 for full, edge in zip(_added(whole)[:count], edges, strict=True)]
