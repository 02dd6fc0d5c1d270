"""Chrome's statistics of before the standard (``googJitterReceived``, ``ssrc_1_recv``), told in W3C words.

All values are strings there, times in them are milliseconds, levels go to 32767, and what the far end reports of
a stream stands in the stream itself. Chrome dropped them with version 117; files have them longer than that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from callmon.model.frames import Json

Object = dict[str, Any]
"""One stats object with its ``id`` and ``type``."""

OLD_TYPES = frozenset({"ssrc", "googComponent", "googCandidatePair", "localcandidate", "remotecandidate"})
"""Types of which one is in every such report, and which no report of the standard has."""

TYPES = OLD_TYPES | {"VideoBwe", "googCertificate"}
"""Types that have a counterpart in the standard; what else is called ``goog…`` says nothing of a call."""

MAX_ENTRIES = 4000
"""More objects than any browser puts into a report; the rest is not read."""

_LARGEST = 1e18
_CERTIFICATES = ("localCertificateId", "remoteCertificateId")
_STANDARD = frozenset(
    {"inbound-rtp", "outbound-rtp", "transport", "candidate-pair", "inboundrtp", "outboundrtp"}
)
_IDS = (
    ("ssrc", re.compile(r"ssrc_\d+_(send|recv)$")),
    ("googCandidatePair", re.compile(r"Conn-")),
    ("googComponent", re.compile(r"Channel-")),
    ("VideoBwe", re.compile(r"bweforvideo$")),
)
_SAMPLES_A_BLOCK = 480.0
_LOUDEST = 32767.0
_NO_ANSWER_MS = 3000.0
_SIDES = {"localCandidateId": "local-candidate", "remoteCandidateId": "remote-candidate"}
_KINDS_OF_CANDIDATE = {"local": "host", "stun": "srflx"}

_RTP = {
    "packetsSent": ("packetsSent", 1.0),
    "bytesSent": ("bytesSent", 1.0),
    "packetsReceived": ("packetsReceived", 1.0),
    "bytesReceived": ("bytesReceived", 1.0),
    "framesDecoded": ("framesDecoded", 1.0),
    "framesEncoded": ("framesSent", 1.0),
    "totalAudioEnergy": ("totalAudioEnergy", 1.0),
    "totalSamplesDuration": ("totalSamplesDuration", 1.0),
    "audioOutputLevel": ("audioLevel", 1 / _LOUDEST),
    "googFrameRateReceived": ("framesPerSecond", 1.0),
    "googFrameRateSent": ("framesPerSecond", 1.0),
    "googFrameHeightReceived": ("frameHeight", 1.0),
    "googFrameHeightSent": ("frameHeight", 1.0),
    "googFrameWidthReceived": ("frameWidth", 1.0),
    "googFrameWidthSent": ("frameWidth", 1.0),
    "googDecodingCTN": ("totalSamplesReceived", _SAMPLES_A_BLOCK),
}
_SOURCE = {
    "audioInputLevel": ("audioLevel", 1 / _LOUDEST),
    "totalAudioEnergy": ("totalAudioEnergy", 1.0),
    "totalSamplesDuration": ("totalSamplesDuration", 1.0),
    "googFrameRateInput": ("framesPerSecond", 1.0),
}
_PAIR = {
    "bytesSent": ("bytesSent", 1.0),
    "bytesReceived": ("bytesReceived", 1.0),
    "packetsSent": ("packetsSent", 1.0),
    "requestsSent": ("requestsSent", 1.0),
    "responsesReceived": ("responsesReceived", 1.0),
    "requestsReceived": ("requestsReceived", 1.0),
    "responsesSent": ("responsesSent", 1.0),
}


def type_of(id: str) -> str | None:
    """Return the old type of an object by its id, for files that leave types out; candidates do not tell."""
    return next((kind for kind, pattern in _IDS if pattern.match(id)), None)


def is_old(report: Json) -> bool:
    """Return whether a report is made of the old objects, and of none of the standard's."""
    items = report.values() if isinstance(report, dict) else report if isinstance(report, list) else ()
    old = False
    for one in items:
        kind = one.get("type") if isinstance(one, dict) else None
        if isinstance(kind, str):
            if kind in _STANDARD:
                return False
            old = old or kind in TYPES
    return old


def convert(entries: Iterable[tuple[str, Mapping[str, Json]]]) -> list[tuple[str, Object]]:
    """Return the objects of a report by id, old ones in the names and units of the standard (see ``converted``)."""
    return [(one["id"], one) for one in converted(dict(entries))]


def converted(report: Json) -> list[Object]:
    """Return the objects of a report, old ones in the names and units of the standard.

    Takes an array of objects or an object by id. Where there are standard objects too they tell the same call,
    and the old ones are left out. Never raises.
    """
    if is_old(report):
        return list(_standard(list(_objects(report))))
    return [
        one for one in _objects(report) if not isinstance(one.get("type"), str) or one["type"] not in TYPES
    ]


def _objects(report: Json) -> Iterator[Object]:
    """Yield the objects flat and with their id; some libraries put the values into ``stats``."""
    items: Iterable[tuple[Json, Json]]
    if isinstance(report, dict):
        items = report.items()
    else:
        items = ((None, one) for one in report) if isinstance(report, list) else ()
    for number, (id, one) in enumerate(items):
        if number >= MAX_ENTRIES:
            return
        if isinstance(one, dict) and isinstance(name := one.get("id", id), str):
            inner = one.get("stats")
            yield {**one, "id": name, **(inner if isinstance(inner, dict) else {})}


def _standard(objects: list[Object]) -> Iterator[Object]:
    by_type: dict[str, list[Object]] = {}
    for one in objects:
        kind = one.get("type")
        if isinstance(kind, str):
            by_type.setdefault(kind, []).append(one)
    estimate = next(iter(by_type.get("VideoBwe", [])), {})
    for one in by_type.get("googComponent", ()):
        yield _transport(one)
    for one in by_type.get("googCertificate", ()):
        yield _certificate(one)
    for one in by_type.get("googCandidatePair", ()):
        yield from _pair(one, estimate)
    for kind, name in (("localcandidate", "local-candidate"), ("remotecandidate", "remote-candidate")):
        for one in by_type.get(kind, ()):
            yield _candidate(one, name)
    sent = [one for one in by_type.get("ssrc", ()) if _direction(one) == "outbound" and _kind(one) == "video"]
    for one in by_type.get("ssrc", ()):
        target = _number(estimate, "googTargetEncBitrate") if sent == [one] else None
        yield from _stream(one, target)


def _transport(one: Object) -> Object:
    found = _made(one, "transport")
    for name in ("selectedCandidatePairId", "dtlsCipher", "srtpCipher", *_CERTIFICATES):
        if isinstance(one.get(name), str) and one[name]:
            found[name] = one[name]
    if "srtpCipher" in found:
        found["dtlsState"] = "connected"
    return found


def _pair(one: Object, estimate: Object) -> Iterator[Object]:
    found = _made(one, "candidate-pair", _PAIR)
    active, answered = _is_true(one, "googActiveConnection"), bool(_number(one, "responsesReceived"))
    works = _is_true(one, "googWritable") and _is_true(one, "googReadable") is not False
    found["state"] = "succeeded" if works else "in-progress"
    found["nominated"] = found["selected"] = bool(active)
    if isinstance(one.get("googChannelId"), str):
        found["transportId"] = one["googChannelId"]
    rtt = _number(one, "googRtt")
    if rtt is not None and rtt >= 0 and (answered or rtt != _NO_ANSWER_MS):
        found["currentRoundTripTime"] = rtt / 1000
    if active and (available := _number(estimate, "googAvailableSendBandwidth")):
        found["availableOutgoingBitrate"] = available
    for name, kind in _SIDES.items():
        if isinstance(one.get(name), str):
            found[name] = one[name]
        elif candidate := _addressed(one, kind):
            found[name] = candidate["id"]
            yield candidate
    yield found


def _addressed(one: Object, kind: str) -> Object | None:
    """Return the candidate of a pair that only tells its address, as the oldest did."""
    side = "Local" if kind == "local-candidate" else "Remote"
    address, told = one.get(f"goog{side}Address"), one.get(f"goog{side}CandidateType")
    if not isinstance(address, str) or not address:
        return None
    host, _, port = address.rpartition(":")
    word = told if isinstance(told, str) else ""
    found = _made(one, kind) | {"id": f"{one['id']}-{kind}", "address": host.strip("[]") or address}
    found["candidateType"] = _KINDS_OF_CANDIDATE.get(word, word)
    if port.isdecimal() and len(port) <= 5:
        found["port"] = int(port)
    if isinstance(one.get("googTransportType"), str):
        found["protocol"] = one["googTransportType"]
    return found


def _certificate(one: Object) -> Object:
    found = _made(one, "certificate")
    names = {"googFingerprint": "fingerprint", "googFingerprintAlgorithm": "fingerprintAlgorithm"}
    return found | {ours: one[theirs] for theirs, ours in names.items() if isinstance(one.get(theirs), str)}


def _candidate(one: Object, kind: str) -> Object:
    found = _made(one, kind)
    for theirs, ours in (
        ("ipAddress", "address"),
        ("transport", "protocol"),
        ("candidateType", "candidateType"),
        ("networkType", "networkType"),
    ):
        if isinstance(one.get(theirs), str):
            found[ours] = one[theirs]
    port = _number(one, "portNumber")
    if port is not None:
        found["port"] = int(port)
    return found


def _stream(one: Object, target: float | None) -> Iterator[Object]:
    direction, kind = _direction(one), _kind(one)
    ssrc = _number(one, "ssrc")
    if direction is None or kind is None:
        return
    found = _made(one, f"{direction}-rtp", _RTP) | {"kind": kind}
    if ssrc is not None:
        found["ssrc"] = int(ssrc)
    if isinstance(one.get("transportId"), str):
        found["transportId"] = one["transportId"]
    codec = one.get("googCodecName")
    if isinstance(codec, str) and codec:
        found["codecId"] = f"codec-{kind}-{codec}"
        yield _made(one, "codec") | {"id": found["codecId"], "mimeType": f"{kind}/{codec}"}
    if direction == "inbound":
        _receive(one, found)
    else:
        yield from _send(one, found, target)
    yield found


def _receive(one: Object, found: Object) -> None:
    jitter = _number(one, "googJitterReceived")
    if jitter is not None and jitter >= 0:
        found["jitter"] = jitter / 1000
    if (lost := _number(one, "packetsLost")) is not None:
        found["packetsLost"] = lost
    # A block of NetEq is 10 ms; these two kinds of it were made up.
    if "totalSamplesReceived" in found:
        made_up = (_number(one, "googDecodingPLC") or 0.0) + (_number(one, "googDecodingPLCCNG") or 0.0)
        found["concealedSamples"] = made_up * _SAMPLES_A_BLOCK


def _send(one: Object, found: Object, target: float | None) -> Iterator[Object]:
    source = _made(one, "media-source", _SOURCE) | {"id": f"source-{one['id']}", "kind": found["kind"]}
    found["mediaSourceId"] = source["id"]
    yield source
    for name in ("totalAudioEnergy", "totalSamplesDuration"):
        found.pop(name, None)
    if target:
        found["targetBitrate"] = target
    limits = (("googBandwidthLimitedResolution", "bandwidth"), ("googCpuLimitedResolution", "cpu"))
    if any(name in one for name, _ in limits):
        reasons = [reason for name, reason in limits if _is_true(one, name)]
        found["qualityLimitationReason"] = reasons[0] if reasons else "none"
    lost, rtt, jitter = (_number(one, name) for name in ("packetsLost", "googRtt", "googJitterReceived"))
    told: Object = {}
    # Below zero, or a round trip of zero: the far end has not reported yet.
    if lost is not None and lost >= 0:
        told["packetsLost"] = lost
    if rtt is not None and rtt > 0:
        told["roundTripTime"] = rtt / 1000
    if jitter is not None and jitter >= 0:
        told["jitter"] = jitter / 1000
    if told and "ssrc" in found:
        id = f"remote-{one['id']}"
        found["remoteId"] = id
        names = {"id": id, "ssrc": found["ssrc"], "kind": found["kind"], "localId": one["id"]}
        yield _made(one, "remote-inbound-rtp") | names | told


def _direction(one: Object) -> str | None:
    end = one["id"].rpartition("_")[2]
    if end in ("send", "recv"):
        return "outbound" if end == "send" else "inbound"
    if "packetsSent" in one:
        return "outbound"
    return "inbound" if "packetsReceived" in one else None


def _kind(one: Object) -> str | None:
    kind = one.get("mediaType")
    if kind in ("audio", "video"):
        return str(kind)
    if one.keys() & {"audioInputLevel", "audioOutputLevel", "googDecodingCTN"}:
        return "audio"
    return "video" if any(name.startswith("googFrame") for name in one) else None


def _made(one: Object, kind: str, names: Mapping[str, tuple[str, float]] | None = None) -> Object:
    """Return an object of a standard type with the numbers of an old one."""
    found: Object = {"id": one["id"], "type": kind}
    stamp = _stamp(one.get("timestamp"))
    if stamp is not None:
        found["timestamp"] = stamp
    for theirs, (ours, factor) in (names or {}).items():
        number = _number(one, theirs)
        if number is not None and number >= 0:
            found[ours] = number * factor
    return found


def _stamp(value: Json) -> float | None:
    """Return a time in epoch milliseconds, which the first versions wrote as ISO text."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000
    return _number({"timestamp": value}, "timestamp")


def _number(one: Mapping[str, Json], name: str) -> float | None:
    """Return a number that may be written as text, or None for anything else."""
    value = one.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and len(value) > 40:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) <= _LARGEST else None


def _is_true(one: Object, name: str) -> bool | None:
    value = one.get(name)
    return None if value is None else value is True or value == "true"
