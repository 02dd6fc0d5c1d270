"""Dumps as older pages wrote them, made from ours: what changed between the eras, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

OLD_IDS = (
    (re.compile(r"^IT\d+([AV])(\d+)$"), "RTCInboundRTP{kind}Stream_{rest}"),
    (re.compile(r"^OT\d+([AV])(\d+)$"), "RTCOutboundRTP{kind}Stream_{rest}"),
    (re.compile(r"^RI([AV])(\d+)$"), "RTCRemoteInboundRtp{kind}Stream_{rest}"),
    (re.compile(r"^RO([AV])(\d+)$"), "RTCRemoteOutboundRtp{kind}Stream_{rest}"),
    (re.compile(r"^S([AV])(\d+)$"), "RTC{kind}Source_{rest}"),
    (re.compile(r"^(T)(\d+)$"), "RTCTransport_audio_{rest}"),
    (re.compile(r"^(C[IO]T)(\d+.*)$"), "RTCCodec_audio_{rest}"),
    (re.compile(r"^(CP)(.+)$"), "RTCIceCandidatePair_{rest}"),
    (re.compile(r"^(I)([\w+/]{8})$"), "RTCIceCandidate_{rest}"),
)


def old_id(id: str) -> str:
    """An id as Chrome made it before version 112."""
    for pattern, form in OLD_IDS:
        found = pattern.match(id)
        if found:
            kind = {"A": "Audio", "V": "Video"}.get(found[1], "")
            return form.format(kind=kind, rest=found[2])
    return id


def wall(ms: float, hours: float = 0.0) -> str:
    """A time as an American browser writes it, in a zone so many hours ahead."""
    moment = datetime.fromtimestamp(ms / 1000 + 3600 * hours, UTC)
    return f"{moment.month}/{moment.day}/{moment.year}, {moment.hour % 12 or 12}:{moment:%M:%S %p}"


def german(ms: float, hours: float = 0.0) -> str:
    """The same from a German browser."""
    moment = datetime.fromtimestamp(ms / 1000 + 3600 * hours, UTC)
    return f"{moment.day}.{moment.month}.{moment.year}, {moment:%H:%M:%S}"


def chrome_138(whole: dict[str, Any], hours: float = 0.0, write: Callable[..., str] = wall) -> dict[str, Any]:
    """Log times in local text, types of the log without ``on``, brands as an array, nothing of the machine."""
    for name in ("timestamp", "deviceMemory", "hardwareConcurrency", "cpuPerformance"):
        whole.pop(name, None)
    whole["UserAgentData"] = whole["UserAgentData"]["brands"]
    for one in whole["PeerConnections"].values():
        for key, series in one["stats"].items():
            told = re.search(r"-\[(lastPacket\w+Timestamp|remoteTimestamp)\]$", key)
            if told:
                raw = json.loads(one["stats"][f"{key[: told.start()]}-{told[1]}"]["values"])
                series["values"] = json.dumps([write(ms, hours) for ms in raw])
        for entry in one["updateLog"]:
            entry["time"] = write(entry.pop("timestamp"), hours)
            entry["type"] = entry["type"].removeprefix("on")
    return whole


def chrome_86(whole: dict[str, Any], hours: float = 0.0) -> dict[str, Any]:
    """What else was different in 2020: ids, no types and times of series, configuration and log values as text."""
    chrome_138(whole, hours)
    whole.pop("UserAgentData")
    renamed = {
        "iceconnectionstatechange": "iceConnectionStateChange",
        "signalingstatechange": "signalingStateChange",
        "icegatheringstatechange": "iceGatheringStateChange",
        "connectionstatechange": "connectionStateChange",
    }
    for one in whole["PeerConnections"].values():
        told = json.loads(one["rtcConfiguration"])
        policy = told.get("iceTransportPolicy", "all")
        one["rtcConfiguration"] = (
            f"{{ iceServers: [], iceTransportPolicy: {policy}, bundlePolicy: balanced }}"
        )
        one["constraints"] = "{optional: [{googDscp: true}]}"
        for entry in one["updateLog"]:
            entry["type"] = renamed.get(entry["type"], entry["type"])
            entry["value"] = _as_text(entry["type"], entry["value"])
        legacy = [
            {**entry, "type": f"{entry['type']} (legacy)"}
            for entry in one["updateLog"]
            if entry["type"] == "iceConnectionStateChange"
        ]
        one["updateLog"] += legacy
        stats = {}
        for key, series in one["stats"].items():
            id, _, name = key.partition("-[") if "[" in key else key.rpartition("-")
            if name in ("timestamp", "type") or "[" in key:
                continue
            values = json.loads(series["values"])
            if name.endswith("Id"):
                values = [old_id(value) if isinstance(value, str) else value for value in values]
            stats[f"{old_id(id)}-{name}"] = {
                "startTime": series["startTime"],
                "endTime": series["endTime"],
                "values": json.dumps(values),
            }
        one["stats"] = stats
    return whole


def _as_text(kind: str, value: str) -> str:
    """A value of the log as text that is no JSON."""
    try:
        told = json.loads(value)
    except ValueError:
        return value
    if isinstance(told, str):
        return told
    if kind in ("icecandidate", "addIceCandidate"):
        return f"sdpMid: {told['sdpMid']}, sdpMLineIndex: {told['sdpMLineIndex']}, candidate: {told['candidate']}"
    if kind.startswith("transceiver"):
        return (
            f"Caused by: {told['reason']}\n\n"
            f"getTransceivers()[{told['transceiverIndex']}]:{{\n  mid:'{told['mid']}',\n"
            f"  kind:'{told['kind']}',\n  direction:'{told['direction']}',\n"
            f"  currentDirection:{told['currentDirection'] and repr(told['currentDirection'])},\n}}"
        )
    return value
