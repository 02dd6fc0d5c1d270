"""From a getStats report to samples: W3C names and units in, callmon's metrics out (webrtc-stats)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from callmon.model.events import Described, Event, IceChanged, Sampled
from callmon.model.frames import Json
from callmon.w3c import additions
from callmon.w3c.report import Entry, Report, figure, text
from callmon.w3c.transport import facts, selected_pair

INBOUND_COUNTERS = {
    "packetsReceived": "packets",
    "bytesReceived": "bytes",
    "packetsLost": "lost",
    "packetsDiscarded": "discarded",
    "totalSamplesReceived": "samples",
    "concealedSamples": "concealed",
    "jitterBufferDelay": "buffer_delay_s",
    "jitterBufferEmittedCount": "buffer_emitted",
    "totalAudioEnergy": "energy",
    "totalSamplesDuration": "energy_s",
    "framesDecoded": "frames",
    "freezeCount": "freezes",
    "totalFreezesDuration": "freeze_s",
}
"""Members of inbound-rtp that are running totals, and what callmon calls them."""

OUTBOUND_COUNTERS = {"packetsSent": "packets", "bytesSent": "bytes", "framesSent": "frames"}
"""Members of outbound-rtp that are running totals."""

SOURCE_COUNTERS = {"totalAudioEnergy": "energy", "totalSamplesDuration": "energy_s"}
"""Members of the audio media-source that are running totals."""

REMOTE_COUNTERS = {
    "packetsLost": "lost",
    "totalRoundTripTime": "rtt_total_s",
    "roundTripTimeMeasurements": "rtt_count",
}
"""Members of remote-inbound-rtp that are running totals."""

EARLIEST_S, LATEST_S = 86_400.0, 60.0
"""How far from its arrival anything in a frame may lie, in seconds; what claims more is a broken clock."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose report it is, and how its clock (epoch ms of the page) lies to ours: ``at = ms / 1000 + offset_s``.

    ``heard_at`` is when it came, in epoch seconds; no time of the page is taken for later, or for a day earlier.
    """

    call: str
    leg: str
    offset_s: float
    heard_at: float

    def at(self, ms: float) -> float:
        """Return a time of the page on our clock, in epoch seconds."""
        at = ms / 1000.0 + self.offset_s
        return max(self.heard_at - EARLIEST_S, min(at, self.heard_at + LATEST_S))


def events(
    report: Report, place: Place, fallback_ms: float, states: Mapping[str, Json] | None = None
) -> Iterator[Event]:
    """Return what a report means: the leg's path first, then each stream with what the far end says of it.

    ``fallback_ms`` is the time of objects that carry none; ``states`` are the RTCPeerConnection states that
    were read with the report.
    """
    stamp = report.newest() or fallback_ms
    yield IceChanged(place.call, place.at(stamp), place.leg, facts(report, states or {}))
    pair = selected_pair(report)
    if pair is not None:
        yield _path(report, pair, place, fallback_ms)
    for entry in report.of(additions.CARRIER):
        if told := additions.gauges(entry):
            ms = figure(entry, "timestamp") or fallback_ms
            yield Sampled(place.call, place.at(ms), place.leg, None, ms / 1000, told)
    for layers in _senders(report):
        yield from _outbound(report, layers, place, fallback_ms)
    for entry in report.of("inbound-rtp"):
        if entry.get("isRemote") is not True:
            yield from _inbound(report, entry, place, fallback_ms)


def _path(report: Report, pair: Entry, place: Place, fallback_ms: float) -> Sampled:
    ms = figure(pair, "timestamp") or fallback_ms
    gauges = _gauges(
        pair_rtt_ms=_ms(figure(pair, "currentRoundTripTime")),
        available_out_bps=figure(pair, "availableOutgoingBitrate"),
    )
    counters = _counters(pair, {"totalRoundTripTime": "rtt_total_s", "responsesReceived": "rtt_count"})
    return Sampled(
        place.call, place.at(ms), place.leg, None, ms / 1000, gauges, counters, text(pair, "id") or ""
    )


def kind_of(entry: Entry) -> str | None:
    """Return audio or video; ``mediaType`` is the old name of ``kind``."""
    kind = entry.get("kind") or entry.get("mediaType")
    return kind if kind in ("audio", "video") else None


def stream_id(entry: Entry, direction: str, kind: str) -> str:
    """Return the id of a stream: direction, kind and ssrc, or the m-line of a simulcast sender."""
    name = "in" if direction == "inbound" else "out"
    ssrc = figure(entry, "ssrc")
    if (
        direction == "outbound"
        and text(entry, "rid")
        and (text(entry, "mid") or text(entry, "mediaSourceId"))
    ):
        return f"{name}-{kind}-{text(entry, 'mid') or text(entry, 'mediaSourceId')}"
    return f"{name}-{kind}-{ssrc:.0f}" if ssrc is not None else f"{name}-{kind}-{text(entry, 'id') or '0'}"


def _inbound(report: Report, entry: Entry, place: Place, fallback_ms: float) -> Iterator[Event]:
    kind = kind_of(entry)
    if kind is None:
        return
    stream = stream_id(entry, "inbound", kind)
    ms = figure(entry, "timestamp") or fallback_ms
    yield _described(report, [entry], place, ms, stream, kind, "inbound")
    gauges = _gauges(
        jitter_ms=_ms(figure(entry, "jitter")),
        audio_level=figure(entry, "audioLevel"),
        fps=figure(entry, "framesPerSecond"),
        frame_height=figure(entry, "frameHeight"),
    ) | additions.gauges(entry)
    counters = additions.counted(entry, _counters(entry, INBOUND_COUNTERS))
    if not additions.is_made(entry):
        yield Sampled(
            place.call, place.at(ms), place.leg, stream, ms / 1000, gauges, counters, _identity([entry])
        )
    remote = report.get(entry.get("remoteId")) or _same_ssrc(report, entry, "remote-outbound-rtp")
    if remote is not None and not additions.is_made(remote):
        far_ms = figure(remote, "timestamp") or ms
        # Chromium measures this round trip now and then, Firefox never; where we send, RTCP tells a better one.
        sends = bool(report.by_type.get("outbound-rtp"))
        far = {} if sends else _gauges(rtt_ms=_ms(figure(remote, "roundTripTime")))
        far |= additions.gauges(remote)
        yield Sampled(
            place.call,
            place.at(far_ms),
            place.leg,
            stream,
            far_ms / 1000,
            far,
            {},
            _identity([remote]),
            "remote",
        )


def _senders(report: Report) -> list[list[Entry]]:
    """Return the outbound streams, the layers of one simulcast sender together."""
    groups: dict[str, list[Entry]] = {}
    for entry in report.of("outbound-rtp"):
        kind = kind_of(entry)
        if kind is not None and entry.get("isRemote") is not True:
            groups.setdefault(stream_id(entry, "outbound", kind), []).append(entry)
    return list(groups.values())


def _outbound(report: Report, layers: Sequence[Entry], place: Place, fallback_ms: float) -> Iterator[Event]:
    kind = kind_of(layers[0]) or "audio"
    stream = stream_id(layers[0], "outbound", kind)
    ms = max((figure(entry, "timestamp") or fallback_ms) for entry in layers)
    yield _described(report, layers, place, ms, stream, kind, "outbound")
    live = [entry for entry in layers if entry.get("active") is not False] or list(layers)
    largest = max(live, key=lambda entry: figure(entry, "frameHeight") or 0.0)
    source = report.get(layers[0].get("mediaSourceId"))
    gauges = _gauges(
        target_bps=_sum(live, "targetBitrate"),
        audio_level=figure(source, "audioLevel"),
        fps=figure(largest, "framesPerSecond"),
        frame_height=figure(largest, "frameHeight"),
        source_fps=figure(source, "framesPerSecond"),
        active=None
        if layers[0].get("active") is None
        else float(any(e.get("active") is True for e in layers)),
        limited_by_bandwidth=_limited(largest, "bandwidth"),
        limited_by_cpu=_limited(largest, "cpu"),
    ) | additions.gauges(layers[0])
    counters = additions.counted(layers[0], _merged(layers, OUTBOUND_COUNTERS))
    if kind == "audio" and source is not None:
        counters |= _counters(source, SOURCE_COUNTERS)
    if not additions.is_made(layers[0]):
        yield Sampled(
            place.call,
            place.at(ms),
            place.leg,
            stream,
            ms / 1000,
            gauges,
            counters,
            _identity(layers),
            parts=_parts(layers, layers, OUTBOUND_COUNTERS),
        )
    yield from _far_end(report, layers, place, ms, stream)


def _far_end(
    report: Report, layers: Sequence[Entry], place: Place, ms: float, stream: str
) -> Iterator[Event]:
    """Return what the far end's receiver reports say of what we send; they carry their own timestamps."""
    told = [
        remote
        for entry in layers
        if (remote := report.get(entry.get("remoteId")) or _same_ssrc(report, entry, "remote-inbound-rtp"))
        and not additions.is_made(remote)
    ]
    if not told:
        return
    far_ms = max((figure(remote, "timestamp") or ms) for remote in told)
    fractions = [value for remote in told if (value := figure(remote, "fractionLost")) is not None]
    gauges = _gauges(
        rtt_ms=_ms(_most(told, "roundTripTime")),
        jitter_ms=_ms(_most(told, "jitter")),
        loss_pct=100.0 * max(fractions) if fractions else None,
    ) | additions.gauges(told[0])
    counters = _merged(told, REMOTE_COUNTERS)
    yield Sampled(
        place.call,
        place.at(far_ms),
        place.leg,
        stream,
        far_ms / 1000,
        gauges,
        counters,
        _identity(told),
        "remote",
        _parts(layers, told, REMOTE_COUNTERS),
    )


def _described(
    report: Report, layers: Sequence[Entry], place: Place, ms: float, stream: str, kind: str, direction: str
) -> Described:
    codec = report.get(layers[0].get("codecId"))
    mime = text(codec, "mimeType")
    ssrc = figure(layers[0], "ssrc")
    attributes = {"layers": str(len(layers))} if text(layers[0], "rid") else {}
    return Described(
        place.call,
        place.at(ms),
        place.leg,
        stream,
        kind,
        direction,
        codec=mime.partition("/")[2] or mime if mime else None,
        ssrc=int(ssrc) if ssrc is not None and len(layers) == 1 else None,
        attributes=attributes,
    )


def _same_ssrc(report: Report, entry: Entry, type: str) -> Entry | None:
    ssrc = figure(entry, "ssrc")
    if ssrc is None:
        return None
    return next((remote for remote in report.of(type) if figure(remote, "ssrc") == ssrc), None)


def _identity(entries: Sequence[Entry]) -> str:
    return " ".join(f"{text(entry, 'id')}/{figure(entry, 'ssrc')}" for entry in entries)


def _parts(
    layers: Sequence[Entry], entries: Sequence[Entry], names: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """Return the counters of each layer of a simulcast sender; nothing for any other."""
    if not text(layers[0], "rid"):
        return {}
    return {_identity([entry]): _counters(entry, names) for entry in entries}


def _counters(entry: Entry, names: Mapping[str, str]) -> dict[str, float]:
    return {ours: value for theirs, ours in names.items() if (value := figure(entry, theirs)) is not None}


def _merged(entries: Sequence[Entry], names: Mapping[str, str]) -> dict[str, float]:
    return {ours: total for theirs, ours in names.items() if (total := _sum(entries, theirs)) is not None}


def _sum(entries: Sequence[Entry], key: str) -> float | None:
    values = [value for entry in entries if (value := figure(entry, key)) is not None]
    return sum(values) if values else None


def _most(entries: Sequence[Entry], key: str) -> float | None:
    return max((value for entry in entries if (value := figure(entry, key)) is not None), default=None)


def _gauges(**values: float | None) -> dict[str, float]:
    return {key: value for key, value in values.items() if value is not None}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None or seconds < 0 else seconds * 1000.0


def _limited(entry: Entry, reason: str) -> float | None:
    told = text(entry, "qualityLimitationReason")
    return None if told is None else float(told == reason)
