"""Client samples of ObserveRTC (schema 3): members of getStats sorted by kind, and its replay files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from callmon.dumps.ends import ENDS_HERE
from callmon.dumps.form import Form
from callmon.dumps.moments import epoch_ms
from callmon.dumps.scalars import is_one_of, unpacked
from callmon.dumps.vendors import MAX_MESSAGES
from callmon.model.frames import Frame, Json, Rejected
from callmon.w3c.report import parse

Said = dict[str, Any]
"""Members of a message of the ``webrtc`` dialect."""

KINDS = {
    "codecs": "codec",
    "inboundRtps": "inbound-rtp",
    "remoteInboundRtps": "remote-inbound-rtp",
    "outboundRtps": "outbound-rtp",
    "remoteOutboundRtps": "remote-outbound-rtp",
    "mediaSources": "media-source",
    "mediaPlayouts": "media-playout",
    "peerConnectionTransports": "peer-connection",
    "iceTransports": "transport",
    "iceCandidatePairs": "candidate-pair",
    "certificates": "certificate",
}
"""Lists of a peer connection, and the type of getStats that their entries are of."""

_STATES = {
    "PEER_CONNECTION_STATE_CHANGED": "connectionstatechange",
    "ICE_CONNECTION_STATE_CHANGED": "iceconnectionstatechange",
    "ICE_GATHERING_STATE_CHANGED": "icegatheringstatechange",
    "SIGNALING_STATE_CHANGE": "signalingstatechange",
}
_VALUES = ("connectionState", "iceConnectionState", "iceGatheringState", "signalingState", "state")
_ENDS = frozenset({"CLIENT_LEFT"})
_CLOSED = "PEER_CONNECTION_CLOSED"
_SILENT = frozenset({"NEGOTIATION_NEEDED", "PEER_CONNECTION_OPENED", "CLIENT_JOINED"})
_MAX_ENTRIES = 1000
_MAX_CONNECTIONS = 50


def fits(value: Json) -> bool:
    """Whether a value is a sample, an array of samples, or samples wrapped in an object."""
    return any(_is_sample(one) for one in _samples(value)[:20])


def frames(value: Json, name: str) -> Iterator[Frame | Rejected]:
    """Return the samples in the order of time; each peer connection of each client is a leg of the call."""
    given = _samples(value)[:MAX_MESSAGES]
    good = [one for one in given if _is_sample(one)]
    several = len({str(one.get("clientId")) for one in good}) > 1
    legs: dict[tuple[str, str], float] = {}
    found: list[Frame] = []
    for one in sorted(good, key=lambda one: epoch_ms(one["timestamp"]) or 0.0):
        at = epoch_ms(one["timestamp"]) or 0.0
        call = _word(one.get("callId")) or name
        for leg, said in _messages(one, several):
            legs[call, leg] = at
            if said.get("end"):
                del legs[call, leg]
            message = {"t": at, "leg": leg, **said}
            found.append(Frame("webrtc", at / 1000, "snapshot", message, {"call": call}, name))
    if isinstance(value, list) or not _is_sample(value):
        for (call, leg), at in legs.items():
            message = {"t": at, "leg": leg, "end": 1, "reason": ENDS_HERE}
            found.append(Frame("webrtc", at / 1000, "snapshot", message, {"call": call}, name))
    yield from sorted(found, key=lambda frame: frame.at)
    if len(given) > len(good):
        words = "it is no client sample: timestamp and peerConnections are missing"
        yield Rejected(name, words, len(given) - len(good))


def _samples(value: Json) -> list[Json]:
    """Return the samples that a value holds, in whatever they are wrapped."""
    if isinstance(value, list):
        return [inner for one in value for inner in _samples_of(one)]
    return _samples_of(value)


def _samples_of(one: Json) -> list[Json]:
    given = one if isinstance(one, dict) else {}
    for key in ("samples", "clientSamples"):
        if isinstance(given.get(key), list):
            names = {name: given[name] for name in ("callId", "clientId") if name in given}
            return [{**names, **inner} if isinstance(inner, dict) else inner for inner in given[key]]
    inner = given.get("clientSample")
    return [inner if isinstance(inner, dict) else one]


def _is_sample(one: Json) -> bool:
    if not isinstance(one, dict) or epoch_ms(one.get("timestamp")) is None:
        return False
    connections = one.get("peerConnections")
    if isinstance(connections, list):
        return not connections or any(
            (isinstance(each, dict) and isinstance(each.get("peerConnectionId"), str)) or _is_pair(each)
            for each in connections[:20]
        )
    return isinstance(one.get("clientEvents"), list) and "clientId" in one


def _is_pair(one: Json) -> bool:
    """Whether this is a peer connection of a replay file: its id, and its report as it was."""
    return isinstance(one, list) and len(one) == 2 and isinstance(one[0], str) and isinstance(one[1], list)


def _messages(one: Mapping[str, Json], several: bool) -> Iterator[tuple[str, Said]]:
    """Yield the legs of a sample and what is said of each."""
    prefix = f"{str(one.get('clientId'))[:8]} " if several else ""
    told = one.get("clientEvents")
    events = (
        [each for each in told[:_MAX_ENTRIES] if isinstance(each, dict)] if isinstance(told, list) else []
    )
    said: dict[str, Said] = {}
    connections = one.get("peerConnections")
    for each in connections[:_MAX_CONNECTIONS] if isinstance(connections, list) else ():
        if _is_pair(each):
            said[each[0][:100]] = {"stats": _plain(each[1])}
        elif isinstance(each, dict) and isinstance(each.get("peerConnectionId"), str):
            said[each["peerConnectionId"][:100]] = {"stats": list(_objects(each))}
    for event in events:
        payload = unpacked(event.get("payload"))
        payload = payload if isinstance(payload, dict) else {}
        id = _word(payload.get("peerConnectionId")) or next(iter(said), None)
        found = _event(event, payload) if id is not None else None
        if id is not None and found is not None:
            leg = said.setdefault(id, {})
            leg.setdefault("events", []).append(found)
            if event.get("type") == _CLOSED:
                leg["end"] = 1
    left = any(is_one_of(event.get("type"), _ENDS) for event in events)
    for id, parts in said.items():
        yield f"{prefix}{id}", {**parts, **({"end": 1} if left else {})}


def _event(event: Mapping[str, Json], payload: Mapping[str, Json]) -> Said | None:
    """Return what a client event means: a state, or a line of the timeline in the words of its type."""
    kind, at = event.get("type"), epoch_ms(event.get("timestamp"))
    if not isinstance(kind, str) or not kind:
        return None
    when = {"t": at} if at is not None else {}
    if kind in _STATES:
        state = next((payload[key] for key in _VALUES if isinstance(payload.get(key), str)), None)
        return {**when, "ev": _STATES[kind], "v": state[:40]} if state else None
    if kind in _SILENT:
        return None
    if kind == "ICE_CANDIDATE_ERROR":
        told = {key: word for key, word in payload.items() if isinstance(word, str | int | float)}
        return {**when, "ev": "icecandidateerror", "v": told}
    if kind == "ICE_CANDIDATE":
        line = payload.get("candidate")
        return {**when, "ev": "icecandidate", "v": line[:2000]} if isinstance(line, str) else None
    return {**when, "ev": kind[:60].lower().replace("_", " ")}


def _objects(one: Mapping[str, Json]) -> Iterator[Said]:
    """Yield the entries of a peer connection as objects of a getStats report; candidates do not tell their side."""
    remote = {
        pair.get("remoteCandidateId")
        for pair in _rows(one, "iceCandidatePairs")
        if isinstance(pair.get("remoteCandidateId"), str)
    }
    for key, kind in KINDS.items():
        for entry in _rows(one, key):
            yield {**entry, "type": kind}
    for entry in _rows(one, "iceCandidates"):
        told = entry.get("isRemote")
        far = told if isinstance(told, bool) else entry["id"] in remote
        yield {**entry, "type": "remote-candidate" if far else "local-candidate"}


def _rows(one: Mapping[str, Json], key: str) -> Iterator[Said]:
    rows = one.get(key)
    for entry in rows[:_MAX_ENTRIES] if isinstance(rows, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("id"), str):
            yield entry


def _plain(stats: list[Json]) -> list[Said]:
    """Return the objects of a report in any of its shapes as an array."""
    report = parse(stats)
    return [{**entry, "id": id} for id, entry in report.by_id.items()] if report is not None else []


def _word(value: Json) -> str | None:
    return value[:200] if isinstance(value, str) and value else None


FORM = Form("client samples of ObserveRTC", fits, frames)
"""What ObserveRTC's monitor makes in a page."""
