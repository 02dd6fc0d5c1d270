"""Event files of peermetrics: what its server lists of a conference, and the timeline of its client library.

``packetRate`` in them is eight times too high and is not read: the counters beside it say it right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from callmon.dumps.ends import ENDS_HERE
from callmon.dumps.form import Form
from callmon.dumps.moments import EARLIEST_MS, epoch_ms
from callmon.dumps.scalars import is_one_of, kept
from callmon.dumps.vendors import MAX_MESSAGES
from callmon.model.frames import Frame, Json, Rejected
from callmon.w3c.report import parse

Said = dict[str, Any]
"""Members of a message of the ``webrtc`` dialect."""

_STATES = {
    "onconnectionstatechange": "connection",
    "oniceconnectionstatechange": "ice",
    "onicegatheringstatechange": "gathering",
    "onsignalingstatechange": "signaling",
}
_TAGS = frozenset({"getUserMedia", "peer", "connection", "track", "stats", "datachannel"})
_OF_A_TRACK = {"mute": "track muted", "unmute": "track unmuted", "ended": "track ended"}
_STREAMS = (("audio", "inbound"), ("audio", "outbound"), ("video", "inbound"), ("video", "outbound"))


@dataclass(slots=True)
class _Row:
    """One event: when (epoch milliseconds), of whom, of which connection, what, and with which data."""

    at: float
    who: str
    connection: str
    event: str
    data: Json
    error: Json


@dataclass(slots=True)
class _Leg:
    """What is known of one connection so far."""

    id: str
    opened: bool = False
    over: bool = False
    states: dict[str, str] = field(default_factory=dict)
    errors: set[str] = field(default_factory=set)


def fits(value: Json) -> bool:
    """Whether a value is an array of such events."""
    return isinstance(value, list) and any(_is_row(one) for one in value[:20])


def frames(value: Json, name: str) -> Iterator[Frame | Rejected]:
    """Return the events of a conference in the order of time; each connection of each participant is a leg."""
    rows, bad = _rows(value)
    connections: dict[str, dict[str, None]] = {}
    for row in rows:
        known = connections.setdefault(row.who, {})
        if row.connection:
            known[row.connection] = None
    legs: dict[str, _Leg] = {}
    for row in rows:
        id = _leg_of(row, connections[row.who])
        leg = legs.setdefault(id, _Leg(id))
        said = _said(row, leg)
        if said is not None and not leg.over:
            message = {"t": row.at, "leg": leg.id, "states": dict(leg.states), **said}
            leg.opened, leg.over = True, "end" in said
            yield Frame("webrtc", row.at / 1000, "snapshot", message, {"call": name}, name)
    for leg in legs.values():
        if leg.opened and not leg.over:
            last = {"t": rows[-1].at, "leg": leg.id, "end": 1, "reason": ENDS_HERE}
            yield Frame("webrtc", rows[-1].at / 1000, "snapshot", last, {"call": name}, name)
    if bad:
        yield Rejected(name, "an event without a name or a time", bad)


def _is_row(one: Json) -> bool:
    if not isinstance(one, dict):
        return False
    return isinstance(one.get("eventName"), str) or (
        isinstance(one.get("event"), str) and is_one_of(one.get("tag"), _TAGS)
    )


def _rows(value: list[Json]) -> tuple[list[_Row], int]:
    """Return the events in the order of time, and how many could not be read.

    What the server lists has only the time since the first event; the epoch is that of the statistics.
    """
    given = [one for one in value[:MAX_MESSAGES] if _is_row(one)]
    base = next((epoch for one in given if (epoch := _epoch(one)) is not None), None)
    found = []
    for one in given:
        at = _stamp(one)
        delta = _delta(one)
        if at is None and delta is not None:
            at = (base if base is not None else 0.0) + delta
        if at is not None:
            who = one.get("participant", one.get("participantId"))
            who = f"participant {who}" if isinstance(who, int) and not isinstance(who, bool) else who
            found.append(
                _Row(
                    at,
                    str(who)[:100] if isinstance(who, str) else "",
                    _word(one.get("connectionId")),
                    (one.get("eventName") or one.get("event") or "")[:60],
                    one.get("data"),
                    one.get("error"),
                )
            )
    return sorted(found, key=lambda row: row.at), len(value) - len(found)


def _stamp(one: dict[str, Json]) -> float | None:
    for key in ("timestamp", "createdAt", "created_at", "time"):
        at = epoch_ms(one.get(key))
        if at is not None:
            return at
    return None


def _delta(one: dict[str, Json]) -> float | None:
    delta = kept("delta", one.get("delta"))
    return float(delta) if isinstance(delta, int | float) and 0 <= delta < EARLIEST_MS else None


def _epoch(one: dict[str, Json]) -> float | None:
    """Return when the conference began, by an event that tells both its time and how long that was after."""
    delta = _delta(one)
    if delta is None:
        return None
    stamps = [
        at for entry in _objects(one.get("data")) if (at := epoch_ms(entry.get("timestamp"))) is not None
    ]
    return max(stamps) - delta if stamps else None


def _leg_of(row: _Row, connections: dict[str, None]) -> str:
    """Return the leg of an event: the participant, and its connection where it has several."""
    connection = row.connection or next(iter(connections), "")
    if len(connections) <= 1:
        return row.who or connection or "peer"
    return f"{row.who} {connection[:8]}".strip()


def _said(row: _Row, leg: _Leg) -> Said | None:
    """Return the parts of a message that an event means, or None."""
    if row.event in _STATES:
        inner = row.data.get("signalingState") if isinstance(row.data, dict) else row.data
        if not isinstance(inner, str) or not inner:
            return None
        leg.states[_STATES[row.event]] = inner[:40]
        over = {"end": 1} if row.event == "onconnectionstatechange" and inner == "closed" else {}
        return {"events": [{"t": row.at, "ev": row.event, "v": inner[:40]}], **over}
    if row.event == "stats":
        report = list(_objects(row.data))
        return {"stats": report} if report else None
    if row.event in ("addConnection", "peerDetails"):
        return {"policy": _policy(row.data)}
    if row.event in ("unload", "disconnect"):
        return {"end": 1} if leg.opened else None
    event = _event(row, leg)
    return {"events": [{"t": row.at, **event}]} if event is not None else None


def _event(row: _Row, leg: _Leg) -> Said | None:
    """Return what belongs on a timeline; of errors of gathering, which are normal, each is told once."""
    data = row.data if isinstance(row.data, dict) else {}
    error = row.error if row.error is not None else data.get("error")
    if row.event == "onicecandidate":
        line = data.get("candidate", row.data)
        line = line.get("candidate") if isinstance(line, dict) else line
        return {"ev": row.event, "v": line[:2000]} if isinstance(line, str) and line else None
    if row.event == "onicecandidateerror":
        told = error if isinstance(error, dict) else data
        plain = {key: value for key, value in list(told.items())[:20] if isinstance(value, str | int | float)}
        if repr(plain) in leg.errors:
            return None
        leg.errors.add(repr(plain))
        return {"ev": row.event, "v": plain}
    if error:
        words = error.get("message") or error.get("name") if isinstance(error, dict) else error
        return {"ev": f"{row.event} failed:", "v": str(words)[:200] if isinstance(words, str) else ""}
    if row.event in _OF_A_TRACK:
        return {"ev": _OF_A_TRACK[row.event]}
    return None


def _policy(data: Json) -> str | None:
    told = data.get("peerConfiguration") if isinstance(data, dict) else None
    policy = told.get("iceTransportPolicy", "all") if isinstance(told, dict) else None
    return policy if is_one_of(policy, ("relay", "all")) else None


def _objects(data: Json) -> Iterator[Said]:
    """Yield the objects of an event's statistics as those of a getStats report."""
    if not isinstance(data, dict):
        return
    raw = parse(data.get("rawStats", data.get("statsObject")))
    if raw is not None and raw.by_id:
        yield from ({**entry, "id": id} for id, entry in raw.by_id.items())
        return
    remote = data.get("remote")
    for place in (data, remote if isinstance(remote, dict) else {}):
        for kind, direction in _STREAMS:
            streams = place.get(kind)
            rows = streams.get(direction) if isinstance(streams, dict) else None
            for entry in rows[:200] if isinstance(rows, list) else ():
                if isinstance(entry, dict):
                    yield entry
                    yield from _codec(entry)
    pair = data.get("connection")
    if isinstance(pair, dict) and isinstance(pair.get("id"), str):
        yield {"type": "candidate-pair", **pair, "selected": True}
        yield from (end for end in (pair.get("local"), pair.get("remote")) if isinstance(end, dict))


def _codec(entry: dict[str, Json]) -> Iterator[Said]:
    if isinstance(entry.get("codecId"), str) and isinstance(entry.get("mimeType"), str):
        yield {"id": entry["codecId"], "type": "codec", "mimeType": entry["mimeType"]}


def _word(value: Json) -> str:
    return value[:100] if isinstance(value, str) else ""


FORM = Form("an event file of peermetrics", fits, frames)
"""What peermetrics lists of a conference."""
