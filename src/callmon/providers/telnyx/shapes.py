"""The two shapes of a stats frame: which is which, and the SDK's own as a getStats report."""

from __future__ import annotations

from datetime import UTC, datetime

from callmon.model.frames import Json
from callmon.w3c.report import Entry, num, text

NESTED = {
    "inboundAudio": "inbound-rtp",
    "outboundAudio": "outbound-rtp",
    "remoteInboundAudio": "remote-inbound-rtp",
    "remoteOutboundAudio": "remote-outbound-rtp",
}
"""Members that only the SDK's frame has: getStats objects, by type. All times in it are in seconds."""

MOBILE = frozenset({"inboundAudioLevel", "outboundAudioLevel", "iceCandidates"})
"""Members that only the CallQualityMetrics of the mobile SDKs have; otherwise they are nested frames."""

FLAT = frozenset(
    ("packetLoss", "packetsLost", "packetsSent", "packetsReceived")
    + ("bytesSent", "bytesReceived", "audioLevel", "timestamp")
)
"""Members that only the documented frame has at its top: milliseconds, percent, running totals."""

Entries = dict[str, dict[str, Json]]
"""Objects of a report, by the member of the frame that they come from."""


def is_nested(body: Entry) -> bool:
    """Whether this is the SDK's frame; before there is any stream it holds ``mos`` and ``quality`` alone."""
    if NESTED.keys() & body.keys() or MOBILE & body.keys():
        return True
    return {"mos", "quality"} <= body.keys() and not is_flat(body)


def is_flat(body: Entry) -> bool:
    """Whether this is the frame that the documentation describes."""
    return bool(FLAT & body.keys())


def epoch_s(value: float | None) -> float | None:
    """Return a time in epoch seconds, given in microseconds, milliseconds or seconds; None for anything else.

    From 1e14 on it is microseconds (WebRTC's own stats on mobile), from 1e11 on milliseconds, from 1e8 on
    seconds; the documentation says only that ``timestamp`` is Unix time.
    """
    if value is None or value < 1e8:
        return None
    return value / 1e6 if value >= 1e14 else value / 1e3 if value >= 1e11 else value


def moment(value: Json) -> float | None:
    """Return a time in epoch seconds, given as ISO 8601 or as a number (see ``epoch_s``); None for anything else."""
    if not isinstance(value, str):
        return epoch_s(num({"at": value}, "at"))
    try:
        when = datetime.fromisoformat(value[:40])
        seconds = (when if when.tzinfo is not None else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return seconds if 1e8 <= seconds < 1e11 else None


def least(value: float | None) -> float | None:
    """Return a value that cannot be below 0, or None where it is."""
    return value if value is not None and value >= 0.0 else None


def part(body: Entry, name: str) -> Entry | None:
    """Return one of the getStats objects of a nested frame, or None where it is empty or absent."""
    value = body.get(name)
    return value if isinstance(value, dict) and value else None


def entries(body: Entry, at: float) -> tuple[list[dict[str, Json]], float]:
    """Return a nested frame as the objects of a getStats report, and its time in epoch milliseconds.

    ``at`` (epoch seconds) stands in where the frame tells no time.
    """
    found: Entries = {}
    for name, kind in NESTED.items():
        entry = part(body, name)
        if entry is not None:
            found[name] = {**entry, "id": text(entry, "id") or name, "type": kind, "kind": "audio"}
    rtt, jitter = least(num(body, "rtt")), least(num(body, "jitter"))
    if rtt is not None or jitter is not None:
        # The SDK copies both out of this object; where a mobile SDK leaves it out they are all there is.
        far = found.setdefault("remoteInboundAudio", _bare("far", "remote-inbound-rtp"))
        for key, value in (("roundTripTime", rtt), ("jitter", jitter)):
            if num(far, key) is None:
                far[key] = value
        found.setdefault("outboundAudio", _bare("out", "outbound-rtp"))
    for held in found.values():
        seconds = epoch_s(num(held, "timestamp"))
        held["timestamp"] = None if seconds is None else seconds * 1000
    local = (num(found.get(name), "timestamp") for name in ("inboundAudio", "outboundAudio"))
    taken = max((ms for ms in local if ms is not None), default=at * 1000)
    _join(found, "inboundAudio", "remoteOutboundAudio")
    _join(found, "outboundAudio", "remoteInboundAudio")
    _levels(body, found)
    return list(found.values()), taken


def _bare(id: str, type: str) -> dict[str, Json]:
    return {"id": id, "type": type, "kind": "audio"}


def _join(found: Entries, name: str, far: str) -> None:
    """Say which far report is about a stream, and unfold the codec that the SDK folded into it."""
    entry = found.get(name)
    if entry is None:
        return
    entry["remoteId"] = found[far]["id"] if far in found else None
    mime = text(entry, "mimeType")
    if mime is not None:
        entry["codecId"] = f"{name} codec"
        found[f"{name} codec"] = {"id": entry["codecId"], "type": "codec", "mimeType": mime}


def _levels(body: Entry, found: Entries) -> None:
    """Unfold the microphone, and take the levels that mobile SDKs put beside the objects."""
    inbound, outbound = found.get("inboundAudio"), found.get("outboundAudio")
    level = num(body, "inboundAudioLevel")
    if inbound is not None and level is not None and num(inbound, "audioLevel") is None:
        inbound["audioLevel"] = level
    if outbound is None:
        return
    track = outbound.get("track")
    source: dict[str, Json] = dict(track) if isinstance(track, dict) else {}
    level = num(body, "outboundAudioLevel")
    if level is not None and num(source, "audioLevel") is None:
        source["audioLevel"] = level
    if source:
        outbound["mediaSourceId"] = "microphone"
        found["microphone"] = {**source, "id": "microphone", "type": "media-source", "timestamp": None}
