"""Files of other tools, made by hand after what they publish, or from calls of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.recordings.recordings import rows

GOLDEN = Path(__file__).parent.parent / "providers"
NAMES = {
    "codec": "codecs",
    "inbound-rtp": "inboundRtps",
    "remote-inbound-rtp": "remoteInboundRtps",
    "outbound-rtp": "outboundRtps",
    "remote-outbound-rtp": "remoteOutboundRtps",
    "media-source": "mediaSources",
    "media-playout": "mediaPlayouts",
    "peer-connection": "peerConnectionTransports",
    "transport": "iceTransports",
    "candidate-pair": "iceCandidatePairs",
    "local-candidate": "iceCandidates",
    "remote-candidate": "iceCandidates",
    "certificate": "certificates",
}
STATES = {
    "connectionstatechange": ("PEER_CONNECTION_STATE_CHANGED", "connectionState"),
    "iceconnectionstatechange": ("ICE_CONNECTION_STATE_CHANGED", "iceConnectionState"),
    "icegatheringstatechange": ("ICE_GATHERING_STATE_CHANGED", "iceGatheringState"),
    "signalingstatechange": ("SIGNALING_STATE_CHANGE", "signalingState"),
}


def body(provider: str, name: str) -> Any:
    """The message of a provider's golden case."""
    return json.loads((GOLDEN / provider / "golden" / f"{name}.json").read_text("utf-8"))["body"]


def client_samples(name: str, client: str = "client-1") -> list[dict[str, Any]]:
    """A recording of ours as the client samples that ObserveRTC would have made of it."""
    found = []
    for row in rows(name):
        if not row.get("stats"):
            continue
        connection: dict[str, Any] = {"peerConnectionId": "pc-1", "score": 5.0}
        for entry in row["stats"]:
            told = {key: value for key, value in entry.items() if key not in ("type", "isRemote")}
            connection.setdefault(NAMES[entry["type"]], []).append(told)
        events = []
        for event in row["events"]:
            kind, member = STATES.get(event["ev"], (None, None))
            payload = {"peerConnectionId": "pc-1", str(member): event.get("v")}
            if kind is not None:
                events.append({"type": kind, "payload": json.dumps(payload), "timestamp": event["t"]})
        sample = {"timestamp": row["t"], "clientId": client, "peerConnections": [connection]}
        found.append({**sample, "clientEvents": events, "score": 5.0})
    return found


def conference() -> list[dict[str, Any]]:
    """A conference of two participants as peermetrics lists it: every ten seconds, and the time since it began."""
    found: list[dict[str, Any]] = []
    for number, name in enumerate(("voice_opus_loss5-a", "voice_opus_loss5-b")):
        begun = rows("voice_opus_loss5-a")[0]["t"]
        base = {"participant": number, "peer": 1 - number, "connectionId": f"c{number}", "trackId": None}
        delta = rows(name)[0]["t"] - begun

        def add(event: str, data: Any, at: float, base: dict[str, Any] = base) -> None:
            found.append({**base, "eventName": event, "data": data, "delta": max(0.0, at)})

        add("addConnection", None, 0.0)
        add("onicecandidateerror", {"errorCode": 701, "url": "stun:s"}, 1.0)
        add("onicecandidateerror", {"errorCode": 701, "url": "stun:s"}, 2.0)
        add("onconnectionstatechange", "connecting", 10.0)
        add("oniceconnectionstatechange", "connected", 20.0)
        add("onconnectionstatechange", "connected", 30.0)
        for row in rows(name)[::5]:
            if row.get("stats"):
                add("stats", _statistics(row["stats"]), row["t"] - begun)
        add("onconnectionstatechange", "closed", delta + 31_000.0)
    return sorted(found, key=lambda one: one["delta"])


def _statistics(stats: list[dict[str, Any]]) -> dict[str, Any]:
    by_id = {entry["id"]: entry for entry in stats}
    data: dict[str, Any] = {"audio": {}, "video": {}, "remote": {"audio": {}, "video": {}}}
    for entry in stats:
        kind, remote, direction = entry.get("kind"), entry["type"].startswith("remote-"), entry["type"]
        if direction.endswith("-rtp") and kind is not None:
            codec = by_id.get(entry.get("codecId"), {})
            told = {**entry, "mimeType": codec.get("mimeType"), "bitrate": 1.0, "packetRate": 400.0}
            place = data["remote"] if remote else data
            place[kind].setdefault(direction.split("-")[-2], []).append(told)
        if entry["type"] == "candidate-pair" and entry.get("nominated"):
            local, far = by_id[entry["localCandidateId"]], by_id[entry["remoteCandidateId"]]
            data["connection"] = {**entry, "local": local, "remote": far}
    return data
