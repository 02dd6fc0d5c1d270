"""Streams as W3C objects, made from samples: the way back from ``callmon.w3c.stats``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from callmon.model.events import Described, Sampled
from callmon.w3c.additions import ALL, MADE, added
from callmon.w3c.stats import INBOUND_COUNTERS, OUTBOUND_COUNTERS, REMOTE_COUNTERS, SOURCE_COUNTERS

Object = dict[str, Any]
"""One stats object with ``id``, ``type`` and ``timestamp`` (epoch milliseconds)."""

FIRST_SSRC = 1000
"""Streams of which no ssrc is known get numbers from here on."""

IN_W3C = {
    "inbound": frozenset({"jitter_ms", "audio_level", "fps", "frame_height"}),
    "outbound": frozenset(
        {
            "target_bps",
            "audio_level",
            "fps",
            "frame_height",
            "source_fps",
            "active",
            "limited_by_bandwidth",
            "limited_by_cpu",
        }
    ),
    "remote-inbound": frozenset(),
    "remote-outbound": frozenset({"rtt_ms", "jitter_ms", "loss_pct"}),
}
"""Gauges that W3C has a member for, by the direction of the stream and by who measured it."""

LONGEST_S = 60.0
"""What was lost over a longer time than this is not worked out from a share."""


@dataclass(slots=True)
class StreamObjects:
    """The objects of one stream: itself, its codec, its source, and what the far end says of it.

    A source that tells shares and rates where W3C has running totals gets totals that grow by as much.
    """

    id: str
    number: int
    kind: str
    direction: str
    ssrc: int | None = None
    codec: str | None = None
    own: list[Object] = field(default_factory=list)
    source: Object | None = None
    remote: list[Object] = field(default_factory=list)
    totals: dict[str, float] = field(default_factory=dict)
    last: Sampled | None = None
    names: dict[str, str] = field(default_factory=dict)

    @property
    def inbound(self) -> bool:
        """Whether the reporting end receives it."""
        return self.direction == "inbound"

    def describe(self, event: Described) -> None:
        """Take what the stream is."""
        self.codec = event.codec or self.codec
        self.ssrc = event.ssrc if event.ssrc is not None else self.ssrc

    def sample(self, event: Sampled, ms: float) -> None:
        """Take what was measured; ``ms`` is when, in epoch milliseconds."""
        if event.origin == "remote":
            self._sample_remote(event, ms)
        else:
            self._sample_own(event, ms)

    def objects(self) -> list[Object]:
        """Return all objects there are."""
        found = [*self.own, *self.remote]
        if self.source is not None:
            found.append(self.source)
        if self.codec is not None and self.own:
            found.append(
                {
                    "id": self._codec_id,
                    "type": "codec",
                    "timestamp": self.own[0]["timestamp"],
                    "mimeType": f"{self.kind}/{self.codec}",
                    "transportId": "T1",
                }
            )
        return found

    @property
    def _codec_id(self) -> str:
        return f"C{self.number}_{self.codec}"

    @property
    def _short(self) -> str:
        return f"{'I' if self.inbound else 'O'}{self.kind[:1].upper()}{self.number}"

    def _ssrc(self, part: int = 0) -> int:
        return self.ssrc if self.ssrc is not None and not part else FIRST_SSRC + 100 * self.number + part

    def _id(self, kind: str, identity: str) -> str:
        """Return the id of an object; it is another one where counters start anew."""
        key = f"{kind} {identity}"
        if key not in self.names:
            count = sum(1 for name in self.names if name.startswith(f"{kind} "))
            self.names[key] = f"{kind}{self._short}" + (f"_{count}" if count else "")
        return self.names[key]

    def _sample_own(self, event: Sampled, ms: float) -> None:
        grown = self._grown(event)
        counters = {**event.counters, **grown}
        names = INBOUND_COUNTERS if self.inbound else OUTBOUND_COUNTERS
        base = {"timestamp": ms, "kind": self.kind, "transportId": "T1"}
        if self.codec is not None:
            base["codecId"] = self._codec_id
        parts = event.parts or {event.identity: counters}
        self.own = []
        for index, (identity, part) in enumerate(parts.items()):
            self.own.append(
                {
                    "id": self._id("", identity),
                    "type": "inbound-rtp" if self.inbound else "outbound-rtp",
                    **base,
                    "ssrc": self._ssrc(index),
                    **({"rid": str(index), "mid": str(self.number)} if event.parts else {}),
                    **_members(part, names),
                }
            )
        first = self.own[0]
        gauges = event.gauges
        if self.inbound:
            first |= _some(
                jitter=_seconds(gauges.get("jitter_ms")),
                audioLevel=gauges.get("audio_level"),
                framesPerSecond=gauges.get("fps"),
                frameHeight=gauges.get("frame_height"),
            )
        else:
            first |= self._sending(gauges)
            self._source(event, ms)
        first |= added(gauges, IN_W3C[self.direction])
        if grown and not event.parts:
            first[MADE] = " ".join(grown)
        if "rtt_ms" in gauges or ("loss_pct" in gauges and not self.inbound):
            self._sample_remote(event, ms, dict(event.counters))
        self._link()

    def _sending(self, gauges: Mapping[str, float]) -> Object:
        limits = {name: gauges.get(f"limited_by_{name}") for name in ("bandwidth", "cpu")}
        reason = next((name for name, value in limits.items() if value), None)
        if reason is None and any(value is not None for value in limits.values()):
            reason = "none"
        active = gauges.get("active")
        return _some(
            targetBitrate=gauges.get("target_bps"),
            framesPerSecond=gauges.get("fps"),
            frameHeight=gauges.get("frame_height"),
            qualityLimitationReason=reason,
            active=None if active is None else active > 0,
        )

    def _source(self, event: Sampled, ms: float) -> None:
        """Keep the object of what is sent: microphone or camera."""
        members = _some(
            audioLevel=event.gauges.get("audio_level"), framesPerSecond=event.gauges.get("source_fps")
        )
        members |= _members(event.counters, SOURCE_COUNTERS)
        if members:
            self.source = {
                "id": f"S{self._short}",
                "type": "media-source",
                "timestamp": ms,
                "kind": self.kind,
                **members,
            }

    def _sample_remote(self, event: Sampled, ms: float, counters: Mapping[str, float] | None = None) -> None:
        """Take what the far end says: a receiver's report of what is sent, a sender's of what comes."""
        told = event.counters if counters is None else counters
        parts = event.parts if event.parts and counters is None else {event.identity: told}
        self.remote = []
        for index, (identity, part) in enumerate(parts.items()):
            entry: Object = {
                "id": self._id("R", identity),
                "type": "remote-outbound-rtp" if self.inbound else "remote-inbound-rtp",
                "timestamp": ms,
                "kind": self.kind,
                "ssrc": self._ssrc(index),
            }
            entry |= _some(roundTripTime=_seconds(event.gauges.get("rtt_ms")))
            if counters is not None:
                entry[MADE] = ALL
            elif not index:
                entry |= added(event.gauges, IN_W3C[f"remote-{self.direction}"])
            if not self.inbound:
                entry |= _members(part if counters is None else {}, REMOTE_COUNTERS)
                entry |= _some(
                    jitter=_seconds(event.gauges.get("jitter_ms")),
                    fractionLost=_share(event.gauges.get("loss_pct")),
                )
            self.remote.append(entry)
        if not self.own:
            kind = "inbound-rtp" if self.inbound else "outbound-rtp"
            own = {"id": self._id("", event.identity), "type": kind, "timestamp": ms, MADE: ALL}
            self.own = [{**own, "kind": self.kind, "ssrc": self._ssrc()}]
        self._link()

    def _link(self) -> None:
        """Let each object name the one that tells of it."""
        by_ssrc = {entry["ssrc"]: entry["id"] for entry in self.remote}
        for entry in self.own:
            if entry["ssrc"] in by_ssrc:
                entry["remoteId"] = by_ssrc[entry["ssrc"]]
            if self.source is not None:
                entry["mediaSourceId"] = self.source["id"]

    def _grown(self, event: Sampled) -> dict[str, float]:
        """Return running totals for what a source only tells as a share or a rate."""
        last, self.last = self.last, event
        found: dict[str, float] = {}
        span = event.clock - last.clock if last is not None else 0.0
        if not 0 < span <= LONGEST_S:
            span = 0.0
        if "bytes" not in event.counters and "bitrate_bps" in event.gauges:
            self.totals["bytes"] = self.totals.get("bytes", 0.0) + event.gauges["bitrate_bps"] / 8 * span
            found["bytes"] = round(self.totals["bytes"])
        share = event.gauges.get("loss_pct")
        if (
            self.inbound
            and share is not None
            and "lost" not in event.counters
            and "packets" in event.counters
        ):
            gained = event.counters["packets"] - (last.counters.get("packets", 0.0) if last else 0.0)
            if span and gained > 0 and share < 100:
                self.totals["lost"] = self.totals.get("lost", 0.0) + gained * share / (100 - share)
            found["lost"] = round(self.totals.get("lost", 0.0), 3)
        return found


def _members(counters: Mapping[str, float], names: Mapping[str, str]) -> Object:
    return {theirs: _plain(counters[ours]) for theirs, ours in names.items() if ours in counters}


def _plain(value: float) -> float | int:
    """Return a whole number as one, as browsers write it."""
    return int(value) if value == int(value) else value


def _some(**members: Any) -> Object:
    return {key: value for key, value in members.items() if value is not None}


def _seconds(ms: float | None) -> float | None:
    return None if ms is None else ms / 1000


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100
