"""Stretches of time: what was under way in each, what of it had an issue then, and minutes of participants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callmon.query.digest import Digest


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time: calls and rooms under way in it, those with an issue then, and minutes of participants.

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


def slots(
    digests: Sequence[Digest], span: tuple[float, float, float], count: int, known: bool
) -> tuple[Slot, ...]:
    """Return the stretches of a span, given its ends and the moment up to which minutes have passed.

    Differences are noted at both ends of what lasts, and added up at the end. ``known`` is whether anything is
    known of the time before.
    """
    since, until, now = span
    step = max(1e-6, (until - since) / count)
    names = ("calls", "bad_calls", "rooms", "bad_rooms")
    steps = {name: [0] * (count + 1) for name in names}
    for one in digests:
        first, last = _range(one.began_at, one.ended_at, since, step, count)
        if first <= last:
            _mark(steps["calls"], first, last)
            if one.room:
                _mark(steps["rooms"], first, last)
        troubled = {
            place
            for _, began, ended in one.troubles
            for place in _places(
                _range(began, ended if ended is not None else one.ended_at, since, step, count)
            )
            if first <= place <= last
        }
        for place in troubled:
            _mark(steps["bad_calls"], place, place)
            if one.room:
                _mark(steps["bad_rooms"], place, place)
    minutes = _minutes_by(digests, since, step, count, now)
    before = _minutes_by(digests, since - step * count, step, count, now) if known else [None] * count
    calls, bad_calls, rooms, bad_rooms = (_added(steps[name]) for name in names)
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
        )
        for n in range(count)
    )


def _range(began: float, ended: float | None, since: float, step: float, count: int) -> tuple[int, int]:
    """Return the first and the last stretch that something lies in; the first beyond the last for none."""
    if ended is not None and ended < since:
        return 1, 0
    first = max(0, int((began - since) // step))
    last = count - 1 if ended is None else min(count - 1, int((ended - since) // step))
    return first, last


def _places(ends: tuple[int, int]) -> range:
    return range(ends[0], ends[1] + 1)


def _mark(steps: list[int], first: int, last: int) -> None:
    steps[first] += 1
    steps[last + 1] -= 1


def _added(steps: Sequence[int]) -> list[int]:
    total, found = 0, []
    for step in steps:
        total += step
        found.append(total)
    return found


def _minutes_by(
    digests: Iterable[Digest], since: float, step: float, count: int, now: float
) -> list[float | None]:
    """Return the minutes of participants in each stretch."""
    whole, edges, until = [0] * (count + 1), [0.0] * count, since + step * count
    for one in digests:
        for who in one.people:
            began = max(who.joined_at, since)
            ended = min(who.left_at if who.left_at is not None else now, until)
            if ended <= began:
                continue
            first, last = (
                min(count - 1, int((began - since) / step)),
                min(count - 1, int((ended - since) / step)),
            )
            if first == last:
                edges[first] += ended - began
                continue
            edges[first] += since + step * (first + 1) - began
            edges[last] += ended - (since + step * last)
            if first + 1 < last:
                _mark(whole, first + 1, last - 1)
    return [(full * step + edge) / 60 for full, edge in zip(_added(whole)[:count], edges, strict=True)]
