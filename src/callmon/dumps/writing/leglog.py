"""What browsers would have logged of each leg of a call: rows of rtcstats methods, from what callmon took."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from callmon.dumps.writing import path
from callmon.dumps.writing.streams import Object, StreamObjects
from callmon.engine import snapshot
from callmon.engine.ice import merge
from callmon.engine.past import LATE_S
from callmon.model.events import (
    Closed,
    Described,
    Event,
    IceChanged,
    Joined,
    Left,
    Negotiated,
    Noted,
    Opened,
    Reported,
    Restored,
    Sampled,
)
from callmon.model.frames import Frame, Json
from callmon.model.ice import Candidate, IceFacts
from callmon.model.tape import Entry
from callmon.w3c import report as reports
from callmon.w3c.report import Report
from callmon.w3c.rtcstats import ENDED, LEG, TOLD

STATES = {
    "signaling": "onsignalingstatechange",
    "ice": "oniceconnectionstatechange",
    "connection": "onconnectionstatechange",
    "gathering": "onicegatheringstatechange",
}
"""The states of a peer connection, and the method that logs a change of each."""

CANDIDATES = ("onicecandidate", "addIceCandidate")
"""The methods that log a candidate, of this end and of the far one."""

LIVE = "it was live when it was exported"
"""Why the log of a call ends that was not over."""

AFTER_S = 0.001
"""By so much later is written what a reader has to take after a report of the same moment."""

ONE_REPORT_S = 0.5
"""What tells of moments further apart than this is no single report, and is taken apart."""

_STAMPS = ("timestamp", "remoteTimestamp", "lastPacketReceivedTimestamp", "lastPacketSentTimestamp")
_TRACK = re.compile(r"remote (audio|video) track")
_ERROR = re.compile(r"(\d{3})\b ?(.*)", re.DOTALL)
_DIRECTIONS = {
    (True, True): "sendrecv",
    (False, True): "sendonly",
    (True, False): "recvonly",
    (False, False): "inactive",
}
_CLOCKS_S = 5.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a log: when (epoch seconds), the method as rtcstats names it, and what it was about."""

    at: float
    method: str
    value: Json = None


@dataclass(slots=True)
class LegLog:
    """The log of one leg; ``page`` is what is known of its browser, ``relay_only`` its policy (None: unknown)."""

    id: str
    label: str | None = None
    role: str = "peer"
    joined: float | None = None
    page: dict[str, str] = field(default_factory=dict)
    relay_only: bool | None = None
    rows: list[Row] = field(default_factory=list)
    facts: IceFacts = field(default_factory=IceFacts)
    candidates: dict[tuple[Any, ...], Candidate] = field(default_factory=dict)
    streams: dict[str, StreamObjects] = field(default_factory=dict)
    measured: Sampled | None = None
    said: dict[str, str] = field(default_factory=dict)
    shifts: dict[str, float] = field(default_factory=dict)
    ended: Row | None = None

    def log(self, at: float, method: str, value: Json = None) -> None:
        """Add a row."""
        self.rows.append(Row(at, method, value))

    def say(self, at: float, facts: IceFacts) -> None:
        """Add a row for each state that is another than the last that was logged."""
        for name, method in STATES.items():
            value = getattr(facts, name)
            if value is not None and self.said.get(name) != value:
                self.said[name] = value
                self.log(at, method, value)

    def finish(self, until: float | None, about: dict[str, Json]) -> None:
        """Put all in the order of time, what it is ``about`` before it, and the end after it.

        What a vendor says when all is over, it says at the end.
        """
        last = self.ended.at if self.ended is not None else math.inf
        self.rows = [replace(row, at=min(row.at, last)) if row.method == TOLD else row for row in self.rows]
        self.rows.sort(key=lambda row: row.at)
        begun = [row.at for row in self.rows[:1]] + [at for at in (self.joined,) if at is not None]
        told = {"leg": self.id, "name": self.label, "role": self.role, "page": self.page, **about}
        if begun:
            self.rows.insert(0, Row(min(begun), LEG, {key: value for key, value in told.items() if value}))
        if self.ended is None and until is not None and self.rows:
            self.ended = Row(until, ENDED, {"reason": LIVE, "failed": False})
        if self.ended is not None:
            last = self.rows[-1].at if self.rows else self.ended.at
            self.rows.append(replace(self.ended, at=max(last, self.ended.at)))

    def shift(self, origin: str, at: float, clock: float) -> float:
        """Return a time of another clock on ours, in epoch seconds: the first pair of both says how they lie."""
        offset = self.shifts.setdefault(origin, at - clock)
        return clock + offset if abs(clock + offset - at) < _CLOCKS_S else at


@dataclass(slots=True)
class CallLog:
    """The logs of all legs of a call, and what it is called."""

    call: str
    room: str | None = None
    label: str | None = None
    every_s: float | None = None
    began: float | None = None
    legs: dict[str, LegLog] = field(default_factory=dict)

    def leg(self, id: str) -> LegLog:
        """Return the log of a leg, begun where it is new."""
        if id not in self.legs:
            self.legs[id] = LegLog(id)
        return self.legs[id]

    def begin(self, at: float, sure: bool) -> None:
        """Take when the call began; for earlier than was told only from who is ``sure`` of it."""
        self.began = at if self.began is None else min(at, self.began) if sure else self.began

    def about(self) -> dict[str, Json]:
        """Return what each leg says of the whole call."""
        began = None if self.began is None else round(self.began * 1000, 3)
        return {"room": self.room, "label": self.label, "every_s": self.every_s, "began": began}

    def counted(self) -> tuple[int, int]:
        """Return how many reports and how many events there are; words alone, and an end, are nothing to export."""
        rows = [row for leg in self.legs.values() for row in leg.rows if row.method != LEG]
        reports = sum(row.method == "getStats" for row in rows)
        return reports, len(rows) - reports if any(map(_tells, rows)) else 0

    def rows(self) -> list[tuple[Row, LegLog]]:
        """Return the rows of all legs in the order of time, ends after what was told at the same moment."""
        found = [(row, leg) for leg in self.legs.values() for row in leg.rows]
        return sorted(found, key=lambda pair: (pair[0].at, pair[0].method == ENDED))


def read(entries: Iterable[Entry], call: str, until: float | None = None) -> CallLog:
    """Return the log of one call; the statistics are the browser's own where they came as such.

    With ``until`` (epoch seconds) the log of a call that is not over ends there.
    """
    log = CallLog(call)
    for entry in entries:
        events = [event for event in entry.events if event.call == call]
        _follow(log, events)
        _report(log, entry.frame, events)
        # What is agreed on goes after what has come: it came together, and in two rows it would seem to be missing.
        for event in events:
            if isinstance(event, Negotiated):
                _negotiated(log.leg(event.leg), event, max(event.at, entry.frame.at) + AFTER_S)
        _end(log, events)
    for leg in log.legs.values():
        leg.finish(until, log.about())
    return log


def _follow(log: CallLog, events: Iterable[Event]) -> None:
    """Take all events but those that are statistics."""
    for event in events:
        if isinstance(event, Opened):
            log.room, log.label = event.room or log.room, event.label or log.label
            log.every_s = event.every_s or log.every_s
            log.begin(event.at, event.every_s is not None or event.lasts)
        elif isinstance(event, Restored):
            _restore(log, event)
        elif isinstance(event, Joined):
            leg = log.leg(event.leg)
            leg.label, leg.role = event.label or leg.label, event.role
            leg.joined = event.at if leg.joined is None else leg.joined
            leg.page.update(event.attributes)
        elif isinstance(event, Described):
            _stream(log.leg(event.leg), event).describe(event)
        elif isinstance(event, IceChanged):
            _ice(log.leg(event.leg), event)
        elif isinstance(event, Noted):
            _noted(log, event)
        elif isinstance(event, Reported):
            _told(log, event)


def _restore(log: CallLog, event: Restored) -> None:
    """Begin with what was known of a call that was taken up in its middle."""
    call = snapshot.load(event.state)
    log.room, log.label = call.room or log.room, call.label or log.label
    log.every_s = call.every_s or log.every_s
    log.begin(call.started_at, True)
    for leg in call.legs.values():
        mine = log.leg(leg.id)
        mine.label, mine.role, mine.joined = leg.label or mine.label, leg.role, leg.joined_at
        mine.page.update(leg.attributes)
        for stream in leg.streams.values():
            told = Described(
                call.id, event.at, leg.id, stream.id, stream.kind, stream.direction, stream.codec, stream.ssrc
            )
            _stream(mine, told).describe(told)
        facts = replace(leg.ice.facts, candidates=tuple(leg.ice.candidates.values()))
        if leg.ice.seen:
            _ice(mine, IceChanged(call.id, event.at, leg.id, replace(facts, full=False)))


def _stream(leg: LegLog, event: Described) -> StreamObjects:
    found = leg.streams.get(event.stream)
    if found is None:
        number = len(leg.streams) + 1
        found = leg.streams[event.stream] = StreamObjects(event.stream, number, event.kind, event.direction)
    return found


def _ice(leg: LegLog, event: IceChanged) -> None:
    facts = event.facts
    if facts.relay_policy is not None:
        leg.relay_only = facts.relay_policy
    leg.say(event.at, facts)
    for candidate in facts.candidates:
        key = (candidate.side, candidate.type, candidate.protocol, candidate.address, candidate.port)
        if key not in leg.candidates and not facts.full:
            method = CANDIDATES[candidate.side != "local"]
            leg.log(event.at, method, _candidate(candidate))
        leg.candidates.setdefault(key, candidate)
    leg.facts = merge(leg.facts, facts)


def _candidate(candidate: Candidate) -> Json:
    """Return a candidate as a page signals it (RFC 8839); its foundation and priority say nothing."""
    tcp = " tcptype active" if candidate.protocol == "tcp" else ""
    address = (candidate.address or "0.0.0.0").replace(" ", "_")
    port = candidate.port if candidate.port is not None else 9
    where = f"{candidate.protocol or 'udp'} 1 {address} {port}"
    line = f"candidate:1 1 {where} typ {candidate.type or 'host'}{tcp}"
    return {"sdpMid": "0", "sdpMLineIndex": 0, "candidate": line}


def _negotiated(leg: LegLog, event: Negotiated, at: float) -> None:
    """Log what was agreed on where it is new: as transceivers, or where only a track came as that."""
    for index, kind in enumerate(("audio", "video")):
        receives, sends = event.media.get(f"inbound-{kind}"), event.media.get(f"outbound-{kind}")
        if receives and sends is None:
            leg.log(at, "ontrack", [kind, "", f"remote {kind}", ""])
        elif receives is not None or sends is not None:
            direction = _DIRECTIONS[bool(receives), bool(sends)]
            if leg.said.get(kind) != direction:
                leg.said[kind] = direction
                value = {"kind": kind, "currentDirection": direction, "transceiverIndex": index}
                leg.log(at, "transceiverModified", {**value, "reason": "negotiated"})


def _noted(log: CallLog, event: Noted) -> None:
    if event.leg is None or _TRACK.fullmatch(event.text):
        return
    leg = log.leg(event.leg)
    if event.code == "icecandidateerror":
        url = event.about.get("url") or ""
        found = _ERROR.match(event.text)
        words = (found[2] if found else event.text).removesuffix(url).strip()
        code = {"errorCode": int(found[1])} if found else {}
        leg.log(event.at, "onicecandidateerror", {**code, "errorText": words, "url": url})
        return
    name, mark, rest = event.text.partition(" failed: ")
    if event.kind == "page" and mark:
        leg.log(event.at, f"{name}OnFailure", rest)
    elif event.kind in ("page", "vendor"):
        name, _, rest = event.text.partition(" ")
        leg.log(
            event.at,
            f":{name.lstrip(':')}" if event.kind == "page" else ":vendor",
            rest if event.kind == "page" else event.text,
        )


def _told(log: CallLog, event: Reported) -> None:
    """Log what the vendor says of a leg, or of the whole call by the first that there is."""
    leg = log.legs.get(event.leg) if event.leg is not None else next(iter(log.legs.values()), None)
    if leg is not None:
        told = {"words": dict(event.words), "figures": dict(event.figures), "status": event.status}
        whole: dict[str, Json] = {"whole": True} if event.leg is None else {}
        leg.log(event.at, TOLD, {key: value for key, value in told.items() if value} | whole)


def _tells(row: Row) -> bool:
    if row.method == TOLD and isinstance(row.value, dict):
        return not row.value.keys().isdisjoint(("figures", "status"))
    return row.method != ENDED


def _report(log: CallLog, frame: Frame, events: list[Event]) -> None:
    """Log a getStats report for each leg that was measured: the browser's own, or one made of the samples."""
    measured = [event for event in events if isinstance(event, Sampled)]
    told = [event for event in events if isinstance(event, IceChanged) and event.facts.full]
    legs = [event.leg for event in told] + [event.leg for event in measured]
    for id in dict.fromkeys(legs):
        leg = log.leg(id)
        own = _own(frame)
        if own is not None:
            _log_own(leg, own, frame.at, told)
            continue
        mine = sorted((event for event in measured if event.leg == id), key=lambda event: event.at)
        moments = [list(group) for _, group in groupby(mine, key=lambda event: event.at)]
        here = [event.at for event in mine if event.origin == "local"]
        # A report of a whole call tells of many moments of the past at once: each is a report of its own.
        apart = bool(here) and (here[-1] - here[0] > ONE_REPORT_S or frame.at - here[-1] > LATE_S)
        for moment in moments if apart else [mine]:
            _log_made(leg, moment, moment[0].at if apart else frame.at)


def _own(frame: Frame) -> Report | None:
    """Return the report that a frame holds as the browser gave it, None where it holds none or a difference."""
    body = frame.body
    if frame.provider != "webrtc" or frame.tag == "rtcstats":
        return None
    stats = body.get("stats", body) if isinstance(body, dict) else body
    found = reports.parse(stats)
    return found if found is not None and found.by_id else None


def _log_own(leg: LegLog, report: Report, at: float, full: Sequence[IceChanged]) -> None:
    """Log a browser's own report at ``at``, its times moved to our clock."""
    newest = report.newest()
    told = next((event.at for event in full if event.leg == leg.id), at)
    shift_ms = 0.0 if newest is None else 1000 * leg.shift("page", told, newest / 1000) - newest
    leg.log(at, "getStats", {id: _moved(id, entry, shift_ms) for id, entry in report.by_id.items()})


def _moved(id: str, entry: reports.Entry, shift_ms: float) -> Object:
    """Return an object with its times moved; differences of less than a millisecond are left alone."""
    found = {**entry, "id": id}
    if abs(shift_ms) >= 1:
        for name in _STAMPS:
            stamp = reports.num(found, name)
            if stamp is not None:
                found[name] = stamp + shift_ms
    return found


def _log_made(leg: LegLog, events: Sequence[Sampled], at: float) -> None:
    """Log a report of what was measured together; a stream that was not is absent, as it was from the message."""
    found: list[Object] = []
    fresh: dict[str, StreamObjects] = {}
    for event in events:
        ms = 1000 * leg.shift(event.origin, event.at, event.clock)
        if event.stream is None:
            leg.measured = event
            found += path.beside(leg.facts, event, ms)
        elif event.stream in leg.streams:
            fresh[event.stream] = leg.streams[event.stream]
            fresh[event.stream].sample(event, ms)
    for stream in fresh.values():
        found += stream.objects()
    found += path.objects(leg.facts, leg.candidates.values(), leg.measured, at * 1000)
    if found:
        leg.log(at, "getStats", {entry["id"]: entry for entry in found})


def _end(log: CallLog, events: Iterable[Event]) -> None:
    """Take the end of legs, and why."""
    for event in events:
        if isinstance(event, Left | Closed):
            for leg in [log.leg(event.leg)] if isinstance(event, Left) else log.legs.values():
                leg.ended = leg.ended or Row(
                    event.at, ENDED, {"reason": event.reason, "failed": event.failed}
                )
