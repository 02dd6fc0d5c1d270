"""The stats that Chrome told before 2017 or so (``googSsrc`` and the like), put into W3C names and units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from callmon.model.frames import Json

OLD_TYPES = frozenset({"ssrc", "googCandidatePair", "googComponent", "localcandidate", "remotecandidate"})
"""Types of which one is in every such report, and which no W3C report has."""

Entry = Mapping[str, Json]
_LOUDEST = 32767.0

_INBOUND = {
    "packetsReceived": "packetsReceived",
    "packetsLost": "packetsLost",
    "bytesReceived": "bytesReceived",
    "framesDecoded": "framesDecoded",
    "totalAudioEnergy": "totalAudioEnergy",
    "totalSamplesDuration": "totalSamplesDuration",
    "googFrameHeightReceived": "frameHeight",
    "googFrameWidthReceived": "frameWidth",
    "googFrameRateOutput": "framesPerSecond",
}
_OUTBOUND = {
    "packetsSent": "packetsSent",
    "bytesSent": "bytesSent",
    "framesEncoded": "framesEncoded",
    "googFrameHeightSent": "frameHeight",
    "googFrameWidthSent": "frameWidth",
    "googFrameRateSent": "framesPerSecond",
}
_SOURCE = {
    "totalAudioEnergy": "totalAudioEnergy",
    "totalSamplesDuration": "totalSamplesDuration",
    "googFrameRateInput": "framesPerSecond",
}
_PAIR = {
    "bytesSent": "bytesSent",
    "bytesReceived": "bytesReceived",
    "packetsSent": "packetsSent",
    "requestsSent": "requestsSent",
    "responsesReceived": "responsesReceived",
}


def convert(entries: Iterable[tuple[str, Entry]]) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects of a report by id in the words of webrtc-stats; what has no old name is left as it is.

    Numbers and truth values may be strings, members may lie in ``stats``, and times may be ISO 8601.
    """
    told = [(id, _flat(entry)) for id, entry in entries]
    bandwidth = next((_number(entry, "googAvailableSendBandwidth") for _, entry in told
                      if entry.get("type") == "VideoBwe"), None)  # fmt: skip
    found: list[tuple[str, dict[str, Any]]] = []
    for id, entry in told:
        kind = entry.get("type")
        if kind == "ssrc":
            found += _stream(id, entry)
        elif kind == "googCandidatePair":
            found.append((id, _pair(entry, bandwidth)))
        elif kind == "googComponent":
            found.append((id, _transport(entry)))
        elif kind in ("localcandidate", "remotecandidate"):
            found.append((id, _candidate(entry, kind.removesuffix("candidate"))))
        elif kind == "googCertificate":
            found.append((id, _certificate(entry)))
        else:
            found.append((id, entry))
    for id, entry in found:
        entry.setdefault("id", id)
    return found


def _flat(entry: Entry) -> dict[str, Any]:
    inner = entry.get("stats")
    flat = {**entry, **inner} if isinstance(inner, dict) else dict(entry)
    stamp = flat.get("timestamp")
    if isinstance(stamp, str):
        try:
            flat["timestamp"] = datetime.fromisoformat(stamp).timestamp() * 1000
        except (ValueError, OverflowError):
            del flat["timestamp"]
    return flat


def _number(entry: Entry, name: str) -> float | None:
    """Return a number that may be a string; what is negative stands for unknown."""
    value = entry.get(name)
    try:
        number = float(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and 0 <= number < 1e18 else None


def _numbers(entry: Entry, names: Mapping[str, str]) -> dict[str, Any]:
    return {ours: value for theirs, ours in names.items() if (value := _number(entry, theirs)) is not None}


def _true(entry: Entry, name: str) -> bool:
    return entry.get(name) in (True, "true")


def _common(entry: Entry, kind: str) -> dict[str, Any]:
    return {"type": kind, "timestamp": entry.get("timestamp")}


def _scaled(entry: Entry, name: str, unit: float) -> float | None:
    value = _number(entry, name)
    return None if value is None else value / unit


def _stream(id: str, entry: Entry) -> list[tuple[str, dict[str, Any]]]:
    """Return a stream, and beside it its codec, what feeds it, and what the far end says of it."""
    sends = id.endswith("_send") or (not id.endswith("_recv") and "packetsReceived" not in entry)
    video = any(name.startswith("googFrame") for name in entry)
    kind = entry.get("mediaType") or ("video" if video else "audio")
    common = {"ssrc": _number(entry, "ssrc"), "kind": kind, "transportId": entry.get("transportId")}
    stream = {**_common(entry, "outbound-rtp" if sends else "inbound-rtp"), **common}
    beside: list[tuple[str, dict[str, Any]]] = []
    if codec := entry.get("googCodecName"):
        stream["codecId"] = f"{id} codec"
        beside.append((f"{id} codec", {**_common(entry, "codec"), "mimeType": f"{kind}/{codec}"}))
    if not sends:
        stream |= _numbers(entry, _INBOUND)
        stream["jitter"] = _scaled(entry, "googJitterReceived", 1000)
        stream["audioLevel"] = _scaled(entry, "audioOutputLevel", _LOUDEST)
        return [(id, stream), *beside]
    stream |= _numbers(entry, _OUTBOUND)
    if "googBandwidthLimitedResolution" in entry or "googCpuLimitedResolution" in entry:
        limits = {"bandwidth": "googBandwidthLimitedResolution", "cpu": "googCpuLimitedResolution"}
        stream["qualityLimitationReason"] = next((w for w, n in limits.items() if _true(entry, n)), "none")
    source = {**_common(entry, "media-source"), "kind": kind, **_numbers(entry, _SOURCE)}
    source["audioLevel"] = _scaled(entry, "audioInputLevel", _LOUDEST)
    stream["mediaSourceId"] = f"{id} source"
    beside.append((f"{id} source", source))
    if _number(entry, "googRtt"):  # 0 before the first report
        far = {
            **_common(entry, "remote-inbound-rtp"),
            **common,
            "localId": id,
            "roundTripTime": _scaled(entry, "googRtt", 1000),
            "packetsLost": _number(entry, "packetsLost"),
            "jitter": _scaled(entry, "googJitterReceived", 1000),
        }
        beside.append((f"{id} far", far))
    return [(id, stream), *beside]


def _pair(entry: Entry, bandwidth: float | None) -> dict[str, Any]:
    active = _true(entry, "googActiveConnection")
    pair = {
        **_common(entry, "candidate-pair"),
        **_numbers(entry, _PAIR),
        "transportId": entry.get("googChannelId"),
        "localCandidateId": entry.get("localCandidateId"),
        "remoteCandidateId": entry.get("remoteCandidateId"),
        "selected": active,
        "nominated": active,
        "state": "succeeded" if _true(entry, "googWritable") else "in-progress",
        "currentRoundTripTime": _scaled(entry, "googRtt", 1000),
    }
    if active and bandwidth:
        pair["availableOutgoingBitrate"] = bandwidth
    return pair


def _transport(entry: Entry) -> dict[str, Any]:
    names = (
        "selectedCandidatePairId", "localCertificateId", "remoteCertificateId", "srtpCipher", "dtlsCipher"
    )  # fmt: skip
    told = {name: entry[name] for name in names if entry.get(name)}
    # DTLS is done when its keys are there, and of anything before that nothing is said.
    state = {"dtlsState": "connected"} if "srtpCipher" in told else {}
    return {**_common(entry, "transport"), **told, **state}


def _candidate(entry: Entry, side: str) -> dict[str, Any]:
    port = _number(entry, "portNumber")
    return {
        **_common(entry, f"{side}-candidate"),
        "address": entry.get("ipAddress"),
        "port": int(port) if port is not None else None,
        "protocol": entry.get("transport"),
        "candidateType": entry.get("candidateType"),
        "networkType": entry.get("networkType"),
        "priority": _number(entry, "priority"),
    }


def _certificate(entry: Entry) -> dict[str, Any]:
    return {
        **_common(entry, "certificate"),
        "fingerprint": entry.get("googFingerprint"),
        "fingerprintAlgorithm": entry.get("googFingerprintAlgorithm"),
    }
