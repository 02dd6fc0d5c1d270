"""Video: what an encoder does with its bandwidth and processor, and what a decoder makes of what comes."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from callmon.sources.demo.audio import Codec
from callmon.sources.demo.cast import ssrc
from callmon.sources.demo.network import Network, events_of
from callmon.sources.demo.rtcp import VIDEO_S, ReceiverReports, SenderReports

VP8 = Codec("video/VP8", 96, 90_000)
H264 = Codec(
    "video/H264", 102, 90_000, fmtp="level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
)

_PAYLOAD = 1060


@dataclass(frozen=True, slots=True)
class Layer:
    """One encoding of a camera: its height and what it takes; ``rid`` names it where there are several."""

    height: int
    bps: int
    rid: str | None = None
    index: int = 0


SINGLE = (Layer(720, 1_500_000),)
SIMULCAST = (Layer(180, 150_000, "q", 0), Layer(360, 500_000, "h", 1), Layer(720, 1_600_000, "f", 2))
_TIERS = ((900_000, 720), (300_000, 360), (0, 180))


class VideoSender:
    """What a page counts of one encoding it sends; from age ``busy_from`` on the processor is short."""

    def __init__(
        self, rng: Random, codec: Codec, layer: Layer, active: bool = True, busy_from: float | None = None
    ) -> None:
        """Begin with nothing sent."""
        self._rng = rng
        self.codec = codec
        self.layer = layer
        self.active = active
        self.busy_from = busy_from
        self.ssrc, self.rtx = ssrc(rng), ssrc(rng)
        self.packets = self.bytes = self.lost = self.frames = self.source_frames = 0
        self.keys = self.nacks = self.plis = self.qp = self.resent = self.resolutions = 0
        self.encode_s = 0.0
        self.fps, self.height = 0, layer.height
        self.target_bps = layer.bps * 0.3
        self.reason = "none"
        self.durations = {"bandwidth": 0.0, "cpu": 0.0, "none": 0.0, "other": 0.0}
        self.reports = ReceiverReports(rng, VIDEO_S)

    def step(self, at: float, age: float, dt: float, network: Network, flowing: bool, heard: bool) -> None:
        """Go on to ``at``; the bitrate climbs to what the path carries within some ten seconds."""
        self.source_frames += round(30 * dt)
        if not (flowing and self.active):
            self.fps = 0
            return
        busy = self.busy_from is not None and age >= self.busy_from
        self._encode(dt, network, busy)
        rng = self._rng
        octets = int(self.target_bps * dt / 8 * rng.uniform(0.82, 1.02))
        count = max(1, octets // _PAYLOAD + self.frames % 3)
        self.bytes += octets
        self.packets += count
        lost = min(count, events_of(rng, count * network.up * network.loss_out)) if network.up > 0.0 else 0
        self.lost += lost
        self.nacks += lost
        self.resent += lost
        if heard:
            self.reports.step(at, dt, self.packets, self.lost, network)

    def _encode(self, dt: float, network: Network, busy: bool) -> None:
        rng, wanted = self._rng, float(self.layer.bps)
        narrow = network.capacity_bps is not None and network.capacity_bps < wanted
        room = min(wanted, network.capacity_bps * 0.85) if network.capacity_bps is not None else wanted
        if busy:
            room = min(room, wanted * 0.4)
        self.target_bps += (room * rng.uniform(0.93, 1.05) - self.target_bps) * min(1.0, dt / 4.0)
        self.reason = "cpu" if busy else "bandwidth" if narrow else "none"
        self.durations[self.reason] += dt
        height = min(self.layer.height, next(height for bps, height in _TIERS if self.target_bps >= bps))
        height = (
            min(height, 360)
            if busy
            else max(height, 360)
            if self.reason == "none" and height < 360
            else height
        )
        height = min(height, self.layer.height)
        if height != self.height:
            self.height, self.resolutions = height, self.resolutions + 1
            self.keys += 1
        usual = 12 if busy else 15 if height <= 180 and narrow else 30
        self.fps = max(
            1, usual + rng.choice((-1, 0, 0, 0, 0, 1)) if usual < 30 else usual - rng.choice((0, 0, 0, 1))
        )
        made = round(self.fps * dt)
        self.keys += 0 if self.keys else 1
        self.frames += made
        self.encode_s += made * (0.058 if busy else 0.0042) * rng.uniform(0.9, 1.1)
        self.qp += made * (36 if self.reason == "bandwidth" else 14)


class VideoReceiver:
    """What a page counts of one video it receives; it stands still in ``spells``, (from, to) ages."""

    def __init__(
        self, rng: Random, codec: Codec, layer: Layer, spells: tuple[tuple[float, float], ...] = ()
    ) -> None:
        """Begin with nothing received."""
        self._rng = rng
        self._spells = spells
        self._still = 0.0
        self._sent = self._sent_bytes = 0
        self.codec = codec
        self.layer = layer
        self.ssrc = ssrc(rng)
        self.packets = self.lost = self.bytes = self.frames = self.received = self.dropped = 0
        self.keys = self.nacks = self.plis = self.qp = self.freezes = 0
        self.buffer_s = self.decode_s = self.freeze_s = self.gaps_s = self.jitter_ms = 0.0
        self.fps, self.height = 0, layer.height
        self.last_packet_at = 0.0
        self.reports = SenderReports(rng, VIDEO_S)

    def step(self, at: float, age: float, dt: float, network: Network, flowing: bool) -> None:
        """Go on to ``at``; a freeze counts once it is over, as browsers count it."""
        rng = self._rng
        up = network.up if flowing else 0.0
        room = min(self.layer.bps, (network.capacity_bps or self.layer.bps * 4) * 0.8)
        octets = int(room * dt / 8 * up * rng.uniform(0.85, 1.0))
        count = octets // _PAYLOAD
        if not count and not self.packets:
            return
        lost = min(count, events_of(rng, count * network.loss_in)) if count else 0
        self.packets += count - lost
        self.lost += lost
        self.nacks += lost
        self.bytes += octets - lost * _PAYLOAD
        self._sent += count
        self._sent_bytes += octets
        if count:
            self.jitter_ms = network.jitter_ms * 1.3 + 1.0
            self.last_packet_at = at - rng.uniform(0.001, 0.03)
        still = max((min(end, age) - max(start, age - dt) for start, end in self._spells), default=0.0)
        self._decode(dt, max(still, dt * (1.0 - up)), network)
        if flowing:
            self.reports.step(at, self._sent, self._sent_bytes, network)

    def _decode(self, dt: float, still: float, network: Network) -> None:
        rng = self._rng
        moving = max(0.0, dt - max(0.0, still))
        if still > 0.05:
            self._still += still
            self.plis += 1
        if moving <= 0.0:
            self.fps = 0
            return
        if self._still > 0.3:
            self.freezes += 1
            self.freeze_s += self._still
            self.keys += 1
        made = round(30 * moving)
        self.gaps_s += moving + self._still
        self._still = 0.0
        self.keys += 0 if self.keys else 1
        self.fps = round(30 * moving / dt) - rng.choice((0, 0, 0, 1))
        bad = events_of(rng, made * network.loss_in * 1.5)
        self.received += made
        self.dropped += min(made, bad)
        self.frames += max(0, made - bad)
        self.decode_s += made * 0.0021
        self.buffer_s += made * (0.028 + 1.6 * network.jitter_ms / 1000)
        self.qp += made * 15
