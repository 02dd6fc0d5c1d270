"""The figures of a call at earlier moments, from its histories."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from callmon.engine.call import Call, Stream
from callmon.engine.rollup import TREND
from callmon.model.metrics import METRICS

Row = Mapping[str, float | None]
"""Figures of one moment by the keys of columns."""

STEP_S = 5.0
"""Where the call's own short history does not do, the streams' are put together in steps of so many seconds."""

SIDES = {"": ("inbound", "outbound"), "_in": ("inbound",), "_out": ("outbound",)}
"""Which streams a figure is of, by the end of its key."""

WORST = {
    f"{short}{side}" if side else key: (key, directions)
    for key, short in (("rtt_ms", "rtt"), ("jitter_ms", "jitter"), ("loss_pct", "loss"), ("mos", "mos"))
    for side, directions in SIDES.items()
}
"""Figures that are the worst of some streams, with their metric and directions."""

SUMS = {"bitrate_in_bps": "inbound", "bitrate_out_bps": "outbound"}
"""Figures that are sums over the streams of a direction."""

KEPT = frozenset({*WORST, *SUMS})
"""All figures that have a past."""


def rows(call: Call, now: float, seconds: float, keys: frozenset[str]) -> list[Row]:
    """Return the figures ``keys`` at each known moment of the last seconds, oldest first.

    Of a call that is over they are those of its last seconds.
    """
    until = call.ended_at if call.over and call.ended_at is not None else now
    return [row for at, row in _rows(call, until - seconds, until, keys) if at >= until - seconds]


def reaching_back(call: Call, now: float, seconds: float, keys: frozenset[str]) -> list[Row] | None:
    """Return the figures of the last seconds and of the moment before them, None where nothing reaches so far."""
    until = call.ended_at if call.over and call.ended_at is not None else now
    since = until - seconds
    if call.started_at > since:
        return None
    found = _rows(call, since - 4 * STEP_S, until, keys)
    before = [index for index, (at, _) in enumerate(found) if at <= since]
    return [row for _, row in found[before[-1] :]] if before else None


def _rows(call: Call, since: float, until: float, keys: frozenset[str]) -> list[tuple[float, Row]]:
    trend = call.trend
    reaches = len(trend.times) > 0 and trend.origin + trend.times[0] / 1000 <= max(
        since, call.started_at + STEP_S
    )
    if reaches and keys <= set(TREND):
        return [(at, row) for at, row in trend.rows(since, until)]
    return _from_streams(call, since, until, keys)


def _from_streams(call: Call, since: float, until: float, keys: frozenset[str]) -> list[tuple[float, Row]]:
    """Return the figures of all streams together in steps."""
    steps: dict[int, dict[str, float | None]] = {}
    for key in keys & KEPT:
        for step, value in _steps(call, since, until, key).items():
            steps.setdefault(step, {})[key] = value
    unknown: dict[str, float | None] = dict.fromkeys(keys & KEPT)
    return [(step * STEP_S, {**unknown, **steps[step]}) for step in sorted(steps)]


def _steps(call: Call, since: float, until: float, key: str) -> dict[int, float]:
    found: dict[int, float] = {}
    if key in WORST:
        metric, directions = WORST[key]
        worse = min if METRICS[metric].good == "high" else max
        for stream in _streams(call, directions):
            for step, values in _values(stream, metric, since, until).items():
                found[step] = worse(*values, found[step]) if step in found else worse(values)
    else:
        for stream in _streams(call, (SUMS[key],)):
            for step, values in _values(stream, "bitrate_bps", since, until).items():
                found[step] = found.get(step, 0.0) + sum(values) / len(values)
    return found


def _streams(call: Call, directions: tuple[str, ...]) -> Iterator[Stream]:
    for leg in call.legs.values():
        yield from (stream for stream in leg.streams.values() if stream.direction in directions)


def _values(stream: Stream, metric: str, since: float, until: float) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for at, value in stream.history.points(metric, since, until):
        if not math.isnan(value):
            found.setdefault(math.floor(at / STEP_S), []).append(value)
    return found
