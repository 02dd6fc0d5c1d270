"""Dumps of chrome://webrtc-internals, of every era of that page: what Chrome, Edge and Opera let their users save."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from callmon.dumps import updatelog
from callmon.dumps.calls import Part, grouped
from callmon.dumps.ends import ENDS_HERE
from callmon.dumps.form import Form
from callmon.dumps.moments import LocalTime, epoch_ms
from callmon.dumps.scalars import unpacked
from callmon.dumps.series import Reports
from callmon.dumps.updatelog import Entry, Reader, Said
from callmon.model.frames import Frame, Json, Rejected
from callmon.w3c import agents
from callmon.w3c.rtcstats import OF_LEG

MAX_CONNECTIONS = 500
"""Peer connections of one dump that are read."""

LINGERS_MS = 60_000.0
"""For so long a connection that is not up is taken to have stayed so, after the last that the page saw of it."""

BEAT_MS, MAX_BEATS = 1000.0, 2000
"""While a connection is not up the page takes no samples; that its state lasts is told so often instead."""

FORGOTTEN_MS = 10_000.0
"""How often that is told for a time of which the page has forgotten the samples."""

NO_LOG = "the log of this connection is not in the dump: how it was set up and ended is not known"
"""What is said where a dump breaks off before the log, or was saved without."""

_Step = tuple[float, int, Any]
_POLICY = re.compile(r"iceTransportPolicy:\s*\"?(\w+)")
_LOCAL = re.compile(r"-\[(lastPacket(?:Received|Sent)Timestamp|remoteTimestamp)\]$")
_BEGIN_WITH = re.compile(r"connectionstate", re.IGNORECASE)


@dataclass(slots=True)
class _Connection:
    """One peer connection of a dump; times are epoch milliseconds."""

    id: str
    page: tuple[str, str]
    policy: str | None
    reports: Reports
    log: list[Entry]
    logged: bool = True
    attributes: dict[str, str] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    call: str = ""

    def spans(self) -> list[float]:
        """Return first and last moment of log and samples."""
        ends = [one for one in (self.log[:1], self.log[-1:]) if one]
        return [one[0].at for one in ends] + self.reports.polls[:1] + self.reports.polls[-1:]

    def heard(self) -> list[float]:
        """Return when anything was told of it, in the order of time."""
        return sorted([entry.at for entry in self.log] + self.reports.polls)

    def closed_ms(self) -> float | None:
        """Return when the page closed it, or None."""
        return next((entry.at for entry in self.log if entry.type in ("close", "stop")), None)


def fits(value: Json) -> bool:
    """Whether a value is what the page saves; the server of rtcstats once wrote both spellings."""
    return isinstance(value, dict) and isinstance(value.get("PeerConnections"), dict) and (
        "peerConnections" not in value
    )  # fmt: skip


def frames(value: Json, name: str) -> Iterator[Frame | Rejected]:
    """Return snapshots and events of all peer connections of a dump, merged in the order of time.

    Peer connections of one page that are open at the same time are legs of one call.
    """
    told = value["PeerConnections"]
    attributes = _environment(value)
    clock = _wall_clock(told)
    found: list[_Connection] = []
    if len(told) > MAX_CONNECTIONS:
        yield Rejected(name, "more peer connections than are read", len(told) - MAX_CONNECTIONS)
    for id, one in list(told.items())[:MAX_CONNECTIONS]:
        if not isinstance(one, dict):
            yield Rejected(name, f"peer connection {id[:40]}: it is no object")
            continue
        connection, reasons = _connection(id[:100], one, attributes, clock)
        named = connection.about.pop("leg", id[:100])
        connection.id = named if all(other.id != named for other in found) else id[:100]
        for reason, count in reasons:
            yield Rejected(name, f"peer connection {id[:40]}: {reason}", count)
        if connection.spans():
            found.append(connection)
    refusals = list(_refusals(value.get("getUserMedia"), clock))
    if not found:
        yield from _without(name, refusals, bool(told))
        return
    dumped = epoch_ms(value.get("timestamp")) or max(max(one.spans()) for one in found)
    _name_calls(found, name)
    streams = [_framed(_messages(one, refusals, dumped), one.call, name) for one in found]
    # What ends one comes after what is told of the others at that moment: they were there together.
    yield from heapq.merge(*streams, key=lambda frame: (frame.at, "end" in frame.body))


def _framed(messages: Iterator[tuple[float, Said]], call: str, name: str) -> Iterator[Frame]:
    for at, message in messages:
        yield Frame("webrtc", at / 1000, "snapshot", {"t": at, **message}, {"call": call}, name)


def _environment(value: Mapping[str, Json]) -> dict[str, str]:
    """Return what the dump says of browser and machine."""
    agent, hints = value.get("UserAgent"), value.get("UserAgentData")
    found = agents.read(agent[:1000]) if isinstance(agent, str) else {}
    found |= agents.read_hints({"brands": hints} if isinstance(hints, list) else hints)
    for key, word, unit in (("hardwareConcurrency", "cores", ""), ("deviceMemory", "memory", " GB")):
        number = value.get(key)
        if isinstance(number, int | float) and not isinstance(number, bool) and 0 < number < 1e6:
            found[word] = f"{number:g}{unit}"
    return found


def _wall_clock(told: Mapping[str, Json]) -> LocalTime:
    """Set the clock of logs in local time: by times that the page wrote both ways, else by the first sample.

    That is taken a second after connecting, or is at least the first that the page still has.
    """
    known: list[tuple[str, float | None]] = []
    guessed: list[tuple[str, float | None]] = []
    for one in list(told.values())[:MAX_CONNECTIONS]:
        given = one if isinstance(one, dict) else {}
        times = updatelog.times_of(given.get("updateLog"))
        stats = given.get("stats")
        if not times or not isinstance(stats, dict):
            continue
        known += _written_twice(stats)
        connecting = [time for kind, time in times if _BEGIN_WITH.search(kind)]
        rows = [row for row in islice(stats.values(), 1000) if isinstance(row, dict)]
        firsts = [ms for row in rows if (ms := epoch_ms(row.get("startTime"))) is not None]
        guessed.append(((connecting or [times[0][1]])[0], min(firsts, default=None)))
    return LocalTime(known + guessed)


def _written_twice(stats: Mapping[str, Json]) -> Iterator[tuple[str, float]]:
    """Yield times in the words of the page with the same in epoch milliseconds."""
    for key in islice(stats, 20_000):
        found = _LOCAL.search(key)
        if found is None:
            continue
        ends = []
        for name in (key, f"{key[: found.start()]}-{found[1]}"):
            row = stats.get(name)
            values = unpacked(row.get("values")) if isinstance(row, dict) else None
            ends.append(values[-1] if isinstance(values, list) and values else None)
        ms = epoch_ms(ends[1])
        if isinstance(ends[0], str) and ms is not None:
            yield ends[0], ms


def _connection(
    id: str, one: Mapping[str, Json], attributes: Mapping[str, str], clock: LocalTime
) -> tuple[_Connection, list[tuple[str, int]]]:
    """Read one peer connection; returns with it what could not be read, and how often."""
    reports = Reports(one.get("stats"))
    polls = reports.polls or [1.0]
    log, bad = updatelog.entries(one.get("updateLog"), clock, (polls[0], polls[-1]))
    reasons = []
    if not isinstance(one.get("stats", {}), dict):
        reasons.append(("stats are no object", 1))
    if reports.skipped:
        reasons.append(("a series without values, or one too many", reports.skipped))
    if bad:
        reasons.append(("an entry of the log without type or a time that can be read, or one too many", bad))
    url = one.get("url")
    where = url.partition("?")[0].partition("#")[0][:200] if isinstance(url, str) else ""
    page = (str(one.get("pid"))[:40], url[:2000] if isinstance(url, str) else "")
    about = updatelog.leg(log)
    # Where callmon wrote it, it is the name of the leg that stands in place of the page.
    own = {**attributes, "page": where} if where and not about else dict(attributes)
    own |= about.pop("page", {})
    logged = "updateLog" in one
    policy = _policy(one.get("rtcConfiguration"))
    return _Connection(id, page, policy, reports, log, logged, own, about), reasons


def _policy(told: Json) -> str | None:
    """Return ``relay`` or ``all`` of a configuration, which was no JSON in older dumps."""
    value = unpacked(told)
    if isinstance(value, str):
        found = _POLICY.search(value[:20_000])
        policy: Json = found[1] if found is not None else "all"
    elif isinstance(value, dict):
        policy = value.get("iceTransportPolicy", "all")
    else:
        return None
    return policy if policy in ("relay", "all") else None


def _name_calls(found: Sequence[_Connection], name: str) -> None:
    """Give each connection the call that it belongs to; what callmon wrote is one call."""
    if all(one.about for one in found):
        for one in found:
            one.call = name
        return
    parts = [Part(one.page, one.heard(), one.closed_ms(), updatelog.failed(one.log)) for one in found]
    for one, call in zip(found, grouped(parts, name), strict=True):
        one.call = call


def _messages(
    one: _Connection, refusals: Sequence[tuple[float, str, str]], dumped: float
) -> Iterator[tuple[float, Said]]:
    """Yield the messages of one connection with their times, from the first that is known of it to its end."""
    begun, last = min(one.spans()), max(one.spans())
    reader = Reader()
    leg = {"leg": one.id, **{key: one.about[key] for key in OF_LEG if key in one.about}}
    opening = {**one.about, **leg, "policy": one.policy, "page": one.attributes, "states": {}}
    yield begun, opening if one.logged else {**opening, "events": [{"t": begun, "ev": NO_LOG}]}
    late = updatelog.replayed(one.log)
    # What ends a connection comes after a sample of the same millisecond.
    happened: list[_Step] = [
        (entry.at, 3 if entry.type in updatelog.LAST else 0, (entry, number >= late, number + 1 == late))
        for number, entry in enumerate(one.log)
    ]
    of_page: list[_Step] = [
        (min(max(at, begun), last), 1, text) for at, page, text in refusals if page == one.page[0]
    ]
    sampled: Iterator[_Step] = ((at, 2, report) for at, report in one.reports)
    untold = one.reports.polls[0] if one.reports.cut else begun
    told, beats = begun, MAX_BEATS
    for at, kind, what in heapq.merge(sorted(happened, key=_moment), sorted(of_page), sampled, key=_moment):
        for beat in _beats(told, at, reader.down, told < untold, beats):
            yield beat, {**leg, "states": dict(reader.states)}
            beats -= 1
        told = at
        if kind in (0, 3):
            said = _said(reader, *what)
        else:
            said = {"events": [{"t": at, "ev": what}]} if kind == 1 else {"stats": what}
        if said is not None:
            yield at, {**leg, "states": dict(reader.states), **said}
        if said is not None and "end" in said:
            return
    ended = max(last, min(dumped, last + LINGERS_MS)) if reader.down else last
    for beat in _beats(told, ended, reader.down, False, beats):
        yield beat, {**leg, "states": dict(reader.states)}
    yield ended, {**leg, "end": 1, **({} if reader.down else {"reason": ENDS_HERE})}


def _moment(step: _Step) -> tuple[float, int]:
    return step[:2]


def _beats(since: float, until: float, down: bool, forgotten: bool, most: int) -> Iterator[float]:
    """Yield the times between two moments at which a state is said to last, where missing samples are no gap."""
    every = FORGOTTEN_MS if forgotten else BEAT_MS
    many = most if forgotten else min(most, int(LINGERS_MS / BEAT_MS)) if down else 0
    for number in range(1, many + 1):
        if since + number * every > until - every / 2:
            return
        yield since + number * every


def _said(reader: Reader, entry: Entry, history: bool, last_of_replay: bool) -> Said | None:
    """Return what an entry of the log means; a page that was opened late is said to be so."""
    said = reader.read(entry, history=history)
    if last_of_replay:
        words = "webrtc-internals was opened after this: how it began is not in the dump"
        return {**(said or {}), "events": [{"t": entry.at, "ev": words}]}
    return said


def _refusals(rows: Json, clock: LocalTime) -> Iterator[tuple[float, str, str]]:
    """Yield when the page was refused microphone, camera or screen, the process of the page, and the words."""
    for row in rows[:1000] if isinstance(rows, list) else ():
        if not isinstance(row, dict) or not isinstance(row.get("error"), str):
            continue
        told = row.get("timestamp", row.get("time", row.get("startTime")))
        at = epoch_ms(told) or clock.epoch_ms(told)
        kind, more = row.get("request_type"), row.get("error_message")
        words = ": ".join(word[:200] for word in (row["error"], more) if isinstance(word, str) and word)
        name = kind[:40] if isinstance(kind, str) and kind else "getUserMedia"
        if at is not None:
            yield at, str(row.get("pid"))[:40], f"{name} failed: {words}"


def _without(name: str, refusals: Sequence[tuple[float, str, str]], some: bool) -> Iterator[Frame | Rejected]:
    """Tell of a dump without any peer connection, which is all there is when a page was opened too late."""
    for at, _, words in refusals:
        message = {"t": at, "events": [{"t": at, "ev": words}]}
        yield Frame("webrtc", at / 1000, "snapshot", message, {"call": name}, name)
    if refusals:
        at = refusals[-1][0]
        yield Frame("webrtc", at / 1000, "snapshot", {"t": at, "end": 1}, {"call": name}, name)
    else:
        words = "nothing is in its peer connections" if some else "it has no peer connection"
        yield Rejected(name, f"a webrtc-internals dump, but {words}: open that page before the call begins")


FORM = Form("a webrtc-internals dump", fits, frames)
"""What ``chrome://webrtc-internals`` saves."""
