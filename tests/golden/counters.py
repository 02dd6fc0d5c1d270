"""What the raw counters of a recording say, worked out without any of callmon's own code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.recordings.recordings import rows

STOPPED_S = 2.5


@dataclass(frozen=True)
class Point:
    """A reading of one stream; ``at`` in epoch seconds."""

    at: float
    packets: float
    lost: float


@dataclass(frozen=True)
class Outage:
    """A span without a new packet, from the last one before to the first one after (None: to the end)."""

    stream: str
    since: float
    until: float | None


def objects(name: str, *types: str) -> Iterator[dict[str, Any]]:
    for row in rows(name):
        yield from (entry for entry in row.get("stats") or () if entry["type"] in types)


def received(name: str) -> dict[str, list[Point]]:
    """The readings of each inbound stream, by the id that callmon gives it."""
    found: dict[str, list[Point]] = {}
    for entry in objects(name, "inbound-rtp"):
        point = Point(entry["timestamp"] / 1000, entry["packetsReceived"], entry["packetsLost"])
        found.setdefault(f"in-{entry['kind']}-{entry['ssrc']}", []).append(point)
    return found


def sent(name: str) -> dict[str, list[Point]]:
    """The receiver reports on each outbound stream, with what had been sent when they were written."""
    counts: dict[int, list[tuple[float, float]]] = {}
    for entry in objects(name, "outbound-rtp"):
        counts.setdefault(entry["ssrc"], []).append((entry["timestamp"] / 1000, entry["packetsSent"]))
    found: dict[str, list[Point]] = {}
    for entry in objects(name, "remote-inbound-rtp"):
        at = entry["timestamp"] / 1000
        stream = f"out-{entry['kind']}-{entry['ssrc']}"
        points = found.setdefault(stream, [])
        if entry["ssrc"] in counts and (not points or at > points[-1].at):
            points.append(Point(at, _between(counts[entry["ssrc"]], at), entry["packetsLost"]))
    return {stream: points for stream, points in found.items() if points}


def _between(readings: list[tuple[float, float]], at: float) -> float:
    for (before, low), (after, high) in pairwise(readings):
        if before <= at <= after:
            return low + (high - low) * (at - before) / (after - before)
    return readings[0][1] if at < readings[0][0] else readings[-1][1]


def loss_pct(points: list[Point], *, inbound: bool, since: float = 0.0, until: float = 1e12) -> float | None:
    """The loss from ``since`` to ``until``: a first reading at or before it counts from there, else from zero."""
    before = [point for point in points if point.at <= since] or [Point(0.0, 0.0, 0.0)]
    inside = [point for point in points if since < point.at <= until]
    if not inside:
        return None
    lost = max(0.0, inside[-1].lost - before[-1].lost)
    packets = inside[-1].packets - before[-1].packets
    whole = packets + lost if inbound else packets
    return 100 * lost / whole if whole > 0 else None


def worst_loss_pct(name: str) -> float | None:
    """The loss of the whole call in the worst of its streams."""
    losses = [loss_pct(points, inbound=True) for points in received(name).values()]
    losses += [loss_pct(points, inbound=False) for points in sent(name).values()]
    return max((loss for loss in losses if loss is not None), default=None)


def outages(name: str) -> list[Outage]:
    """The spans in which an inbound stream that is there and had flowed gets nothing."""
    found: list[Outage] = []
    closed = [e["timestamp"] / 1000 for e in objects(name, "transport") if e.get("dtlsState") == "closed"]
    for stream, points in received(name).items():
        flowing = [points[0].at] + [new.at for old, new in pairwise(points) if new.packets > old.packets]
        found += [Outage(stream, one, two) for one, two in pairwise(flowing) if two - one > STOPPED_S]
        if points[-1].at - flowing[-1] > STOPPED_S and not closed:
            found.append(Outage(stream, flowing[-1], None))
    return found
