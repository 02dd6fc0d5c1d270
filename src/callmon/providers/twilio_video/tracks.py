"""The track statistics of ``room.getStats()`` as samples, and network quality levels as the vendor's words.

Units differ inside one SDK (twilio-video.js 2.36): in a StatsReport round trip and jitter are milliseconds, audio
levels 0 to 32767 and counters running totals; in NetworkQualityStats round trip and jitter are seconds, losses
fractions of 1 and bandwidths bits per second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from callmon.model.events import Described, Event, Sampled
from callmon.model.frames import Json
from callmon.w3c.report import Entry, num, text
from callmon.w3c.stats import Place

TRACKS = {
    "localAudioTrackStats": ("outbound", "audio"),
    "localVideoTrackStats": ("outbound", "video"),
    "remoteAudioTrackStats": ("inbound", "audio"),
    "remoteVideoTrackStats": ("inbound", "video"),
}
"""Members of a StatsReport: tracks by direction, as seen from the page, and kind."""

LOUDEST = 32767.0
"""The audio level that is 1 on callmon's scale."""

MAX_LAYERS = 400
"""More entries of one kind than any room has; the rest is not read."""

SENT = {"packetsSent": "packets", "bytesSent": "bytes"}
RECEIVED = {"packetsReceived": "packets", "bytesReceived": "bytes", "packetsLost": "lost"}
"""Members that are running totals, and what callmon calls them."""


@dataclass(slots=True)
class Track:
    """One track in one direction with all its layers: simulcast sends it more than once, under one SID."""

    id: str
    direction: str
    kind: str
    layers: list[Entry]


def is_report(body: Json) -> bool:
    """Whether a value is a StatsReport of the SDK."""
    return isinstance(body, dict) and any(isinstance(body.get(key), list) for key in TRACKS)


def is_quality(body: Json) -> bool:
    """Whether a value is the SDK's network quality: a level with or without what it is made from."""
    return isinstance(body, dict) and "level" in body and bool({"audio", "video"} & body.keys())


def tracks(reports: Iterable[Entry], suffix: str = "") -> list[Track]:
    """Return the tracks of all peer connections of a room, the layers of one track together.

    In a peer-to-peer room a track is sent over each connection: those copies are merged like layers.
    """
    found: dict[str, Track] = {}
    for report in reports:
        for member, (direction, kind) in TRACKS.items():
            entries = report.get(member)
            for entry in entries[:MAX_LAYERS] if isinstance(entries, list) else ():
                if not isinstance(entry, dict):
                    continue
                name = text(entry, "trackSid") or text(entry, "trackId") or text(entry, "ssrc")
                if name is not None:
                    id = f"{'in' if direction == 'inbound' else 'out'}-{kind}-{name}{suffix}"
                    found.setdefault(id, Track(id, direction, kind, [])).layers.append(entry)
    return list(found.values())


def newest(found: Iterable[Track]) -> float | None:
    """Return the newest timestamp of the tracks, in epoch milliseconds."""
    stamps = [ms for track in found for layer in track.layers if (ms := num(layer, "timestamp")) is not None]
    return max(stamps, default=None)


def events(found: Iterable[Track], place: Place, fallback_ms: float) -> Iterator[Event]:
    """Return what the tracks mean; ``fallback_ms`` is the time of entries that carry none."""
    for track in found:
        ms = max(num(layer, "timestamp") or fallback_ms for layer in track.layers)
        yield _described(track, place, ms)
        yield from (_sent if track.direction == "outbound" else _received)(track, place, ms)


def _described(track: Track, place: Place, ms: float) -> Described:
    layers = track.layers
    codec = next((codec for layer in layers if (codec := text(layer, "codec")) is not None), None)
    ssrc = text(layers[0], "ssrc") or ""
    return Described(
        place.call,
        place.at(ms),
        place.leg,
        track.id,
        track.kind,
        track.direction,
        codec=codec,
        ssrc=int(ssrc) if len(layers) == 1 and ssrc.isascii() and ssrc.isdigit() and len(ssrc) < 11 else None,
        attributes={"layers": str(len(layers))} if track.direction == "outbound" else {},
    )


def _sent(track: Track, place: Place, ms: float) -> Iterator[Sampled]:
    """Return what we send, and what the far end told of it; the SDK folds both into one entry.

    The documented merge of simulcast layers: bitrates are added, the loss is lost / (lost + sent) over all
    layers, the round trip is that of the slowest layer.
    """
    layers = track.layers
    largest = max(layers, key=lambda layer: _height(layer) or 0.0)
    gauges = _known(
        audio_level=_level(layers[0]),
        fps=num(largest, "frameRate"),
        source_fps=_most(layers, "captureFrameRate"),
        frame_height=_height(largest),
        limited_by_bandwidth=_limited(largest, "bandwidth"),
        limited_by_cpu=_limited(largest, "cpu"),
    )
    at, clock, identity = place.at(ms), ms / 1000, _identity(layers)
    counters = _summed(layers, SENT)
    yield Sampled(place.call, at, place.leg, track.id, clock, gauges, counters, identity)
    told = _known(rtt_ms=_most(layers, "roundTripTime"), jitter_ms=_most(layers, "jitter"))
    lost = _summed(layers, {"packetsLost": "lost"})
    if told or lost:
        yield Sampled(place.call, at, place.leg, track.id, clock, told, lost, identity, "remote")


def _received(track: Track, place: Place, ms: float) -> Iterator[Sampled]:
    layers = track.layers
    gauges = _known(
        jitter_ms=_most(layers, "jitter"),
        audio_level=_level(layers[0]),
        fps=_most(layers, "frameRate"),
        frame_height=max(
            (height for layer in layers if (height := _height(layer)) is not None), default=None
        ),
    )
    counters = _summed(layers, RECEIVED)
    yield Sampled(
        place.call, place.at(ms), place.leg, track.id, ms / 1000, gauges, counters, _identity(layers)
    )


def quality_words(body: Entry) -> dict[str, str]:
    """Return network quality levels (0 broken to 5 excellent) in words, with the figures behind them."""
    words = {"network_quality": _word(body.get("level"))}
    for kind in ("audio", "video"):
        half = body.get(kind)
        for way in ("send", "recv"):
            if isinstance(half, dict) and half.get(way) is not None:
                words[f"{kind}_{way}"] = _word(half.get(way), half.get(f"{way}Stats"))
    return words


def _word(level: Json, stats: Json = None) -> str:
    if isinstance(level, bool) or not isinstance(level, int) or not 0 <= level <= 5:
        return "unknown"
    figures = ", ".join(_figures(stats)) if isinstance(stats, dict) else ""
    return f"{level} of 5 ({figures})" if figures else f"{level} of 5"


def _figures(stats: Entry) -> Iterator[str]:
    latency, lost, width = (_part(stats, key) for key in ("latency", "fractionLost", "bandwidth"))
    rtt, jitter = num(latency, "rtt"), num(latency, "jitter")
    if rtt is not None:
        yield f"RTT {1000 * rtt:.0f} ms"
    if jitter is not None:
        yield f"jitter {1000 * jitter:.0f} ms"
    fraction = num(lost, "fractionLost")
    if fraction is not None:
        yield f"loss {100 * fraction:.1f} %"
    used, free = num(width, "actual"), num(width, "available")
    if used is not None and free is not None:
        yield f"{used / 1000:.0f} of {free / 1000:.0f} kbit/s"


def _part(stats: Entry, key: str) -> Entry | None:
    value = stats.get(key)
    return value if isinstance(value, dict) else None


def _identity(layers: Sequence[Entry]) -> str:
    return " ".join(sorted(text(layer, "ssrc") or "" for layer in layers))


def _height(layer: Entry) -> float | None:
    size = layer.get("dimensions")
    return num(size, "height") if isinstance(size, dict) else None


def _level(layer: Entry) -> float | None:
    level = num(layer, "audioLevel")
    return None if level is None or level < 0 else min(1.0, level / LOUDEST)


def _limited(layer: Entry, reason: str) -> float | None:
    told = text(layer, "qualityLimitationReason")
    return None if told is None else float(told == reason)


def _most(layers: Iterable[Entry], key: str) -> float | None:
    values = [value for layer in layers if (value := num(layer, key)) is not None and value >= 0]
    return max(values, default=None)


def _summed(layers: Iterable[Entry], names: Mapping[str, str]) -> dict[str, float]:
    """Return counters over all layers that tell them; one that none tells is unknown, and not 0."""
    found: dict[str, float] = {}
    for layer in layers:
        for theirs, ours in names.items():
            value = num(layer, theirs)
            if value is not None:
                found[ours] = found.get(ours, 0.0) + value
    return found


def _known(**values: float | None) -> dict[str, float]:
    return {key: value for key, value in values.items() if value is not None}
