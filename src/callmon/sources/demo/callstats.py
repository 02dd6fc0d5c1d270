"""A participant of a conference that the callstats SDK watches: what happens to a peer connection, in its words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from random import Random

from callmon.model.frames import Frame, Json
from callmon.sources.demo.browser import Entry
from callmon.sources.demo.cast import hexes
from callmon.w3c.report import num, parse

ALIVE_S = 10.0
"""How often the SDK says that its user is there."""

STATS_S = 15.0
"""How often it reports."""

GONE_S = 30.5
"""After how long without a word the server says that a user is gone."""

_STATUS = {
    ("connected", "disconnected"): "iceDisruptionStart",
    ("completed", "disconnected"): "iceDisruptionStart",
    ("disconnected", "connected"): "iceDisruptionEnd",
    ("checking", "disconnected"): "iceConnectionDisruptionStart",
    ("disconnected", "checking"): "iceConnectionDisruptionEnd",
    ("checking", "failed"): "iceFailed",
    ("checking", "closed"): "iceAborted",
    ("connected", "closed"): "iceTerminated",
}


class Watched:
    """The SDK in one page: it hears what the page hears and tells of it in its own messages."""

    def __init__(self, rng: Random, conference: str, user: str, remote: str, source: str) -> None:
        """Watch the peer connection of ``user`` towards ``remote``."""
        self._rng, self._user, self._remote, self._source = rng, user, remote, source
        self._device, self._connection = hexes(rng, 12), hexes(rng, 10)
        self._about = {"app": "487", "call": conference, "leg": hexes(rng, 16), "user": user}
        self._ice, self._up = "new", False
        self._since_ms = 0.0
        self._alive_at = self._stats_at = -math.inf
        self._counted: dict[str, tuple[float, ...]] = {}

    def told(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Return what the SDK sends while a page would send ``frames``."""
        at = 0.0
        for frame in frames:
            at, body = frame.at, frame.body
            if self._alive_at == -math.inf:
                yield self._joined(at, body)
            for event in body.get("events", ()):
                yield from self._heard(at, event, body)
            if body.get("end"):
                yield self._of_fabric(at, "events/fabric/terminated", "fabricTerminated")
                yield self._said(at, "events/user/left", "userLeft")
                return
            yield from self._routine(at, body)
        yield Frame("callstats", at + GONE_S, "silent", {"since": at}, self._about, self._source)

    def _joined(self, at: float, body: Mapping[str, Json]) -> Frame:
        page = body.get("page") or {}
        name, _, version = str(page.get("browser", "Chrome 92")).rpartition(" ")
        info = {"type": "browser", "os": page.get("os"), "buildName": name, "buildVersion": version,
                "appVersion": "7.2"}  # fmt: skip
        self._alive_at = self._stats_at = at
        first = min((event["t"] for event in body.get("events", ()) if event.get("t")), default=1000 * at)
        at = min(at, first / 1000 - 0.05)
        return self._said(at, "join", "userJoined", endpointInfo=info, siteID="Leeds")

    def _heard(self, at: float, event: Mapping[str, Json], body: Mapping[str, Json]) -> Iterator[Frame]:
        """Tell of one event of the page; the SDK names changes of ICE by where they lead from and to."""
        name, new, ms = event.get("ev"), event.get("v"), event.get("t")
        if name == "signalingstatechange":
            yield self._of_fabric(at, "events/fabric/statechange", "fabricStateChange", ms,
                                  changedState="signalingState", newState=new)  # fmt: skip
        if name == "connectionstatechange" and new == "connected" and not self._up:
            self._up = True
            yield self._set_up(at, ms, body)
        failed = name == "connectionstatechange" and new == "failed" and self._ice != "failed"
        if not failed and (name != "iceconnectionstatechange" or not isinstance(new, str)):
            return
        new = str(new)
        old, self._ice = self._ice, new
        yield self._of_fabric(at, "events/fabric/statechange", "fabricStateChange", ms,
                              changedState="iceConnectionState", prevState=old, newState=new)  # fmt: skip
        delay = round((ms or 1000 * at) - self._since_ms) if self._since_ms else None
        self._since_ms = ms or 1000 * at
        if new == "failed" and self._up:
            yield self._of_fabric(at, "events/fabric/status", "fabricDropped", ms, prevIceConnectionState=old,
                                  currIceConnectionState=new, delay=delay)  # fmt: skip
        elif kind := _STATUS.get((old, new)):
            yield self._of_fabric(at, "events/ice/status", kind, ms, prevIceConnectionState=old,
                                  currIceConnectionState=new, delay=delay)  # fmt: skip

    def _set_up(self, at: float, ms: Json, body: Mapping[str, Json]) -> Frame:
        ends: dict[str, list[Entry]] = {"local": [], "remote": []}
        pairs, chosen = [], None
        for entry in _entries(body):
            side = str(entry["type"]).partition("-")[0]
            if side in ends and entry["type"].endswith("-candidate"):
                ends[side].append({"id": entry["id"], "type": f"{side}candidate", "ip": entry.get("address"),
                                   "port": entry.get("port"), "candidateType": entry.get("candidateType"),
                                   "transport": entry.get("protocol")})  # fmt: skip
            elif entry["type"] == "candidate-pair":
                pairs.append({key: entry.get(key) for key in
                              ("id", "localCandidateId", "remoteCandidateId", "state", "nominated")})  # fmt: skip
                chosen = entry["id"] if entry.get("nominated") else chosen
        delays = {
            "delay": self._rng.randrange(180, 900),
            "iceGatheringDelay": self._rng.randrange(40, 160),
            "iceConnectivityDelay": self._rng.randrange(30, 160),
        }
        return self._of_fabric(
            at, "events/fabric/setup", "fabricSetup", ms, **delays, localIceCandidates=ends["local"],
            remoteIceCandidates=ends["remote"], iceCandidatePairs=pairs, selectedCandidatePairID=chosen,
            remoteEndpointType="server", fabricTransmissionDirection="sendrecv",
        )  # fmt: skip

    def _routine(self, at: float, body: Mapping[str, Json]) -> Iterator[Frame]:
        if at - self._alive_at >= ALIVE_S:
            self._alive_at = at
            yield self._said(at, "events/user/alive", "userAlive")
        if at - self._stats_at >= STATS_S - 0.1:
            self._stats_at = at
            rows = [self._worked_out(entry) for entry in _entries(body)]
            yield self._of_fabric(at, "stats", "stats", stats=rows, wifiStats=None, batteryStatus=None)

    def _worked_out(self, entry: Entry) -> Entry:
        """Return an object of getStats with the numbers that the SDK adds to a stream, by its own rules."""
        inbound = entry["type"] == "inbound-rtp"
        if not inbound and entry["type"] != "outbound-rtp":
            return entry
        names = ("bytesReceived", "packetsReceived") if inbound else ("bytesSent", "packetsSent")
        now = (num(entry, "timestamp") or 0.0, *(num(entry, name) or 0.0 for name in names),
               num(entry, "packetsLost") or 0.0)  # fmt: skip
        before = self._counted.get(entry["id"])
        self._counted[entry["id"]] = now
        if before is None or now[0] <= before[0]:
            return entry
        ms, size, packets, lost = (new - old for new, old in zip(now, before, strict=True))
        kbps = 8 * size / ms
        fraction = lost / (packets + lost) if packets + lost > 0 and lost >= 0 else None
        added: Entry = {"csioIntMs": round(ms), "csioIntBRKbps": round(kbps, 1), "csioeM": 40.1}
        if inbound:
            added |= {"csioIntPktLoss": lost, "csioIntFL": fraction}
        return {**entry, **added, "csioMark": mark(entry.get("kind") == "video", kbps, fraction)}

    def _of_fabric(self, at: float, tag: str, kind: str, ms: Json = None, **more: Json) -> Frame:
        return self._said(at, tag, kind, ms, remoteID=self._remote, connectionID=self._connection, **more)

    def _said(self, at: float, tag: str, kind: str, ms: Json = None, **more: Json) -> Frame:
        body = {
            "localID": self._user,
            "deviceID": self._device,
            "eventType": kind,
            "timestamp": round(ms if ms is not None else 1000 * at),
            "callstatsVersion": "3.73.16",
            **more,
        }
        return Frame("callstats", at, tag, body, self._about, self._source)


def mark(video: bool, kbps: float, fraction: float | None) -> str:
    """Return the SDK's class of a stream; its delay is in seconds plus 40, so that it is always excellent."""
    good, fair = (1024, 256) if video else (30, 8)
    scores = [5]
    if kbps > 0:
        scores.append(5 if kbps >= good else 3 if kbps > fair else 1)
    if fraction and not video:
        scores.append(5 if fraction < 0.15 else 3 if fraction <= 0.30 else 1)
    mean = math.floor(sum(scores) / len(scores))
    return "excellent" if mean == 5 else "bad" if mean == 1 else "fair"


def _entries(body: Mapping[str, Json]) -> list[Entry]:
    report = parse(body.get("stats"))
    return [dict(entry) for entry in report.by_id.values()] if report is not None else []
