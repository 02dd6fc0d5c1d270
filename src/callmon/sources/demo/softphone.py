"""A Telnyx softphone of the demo: stats frames in both shapes, the MOS with all its quirks, warnings."""

from __future__ import annotations

import math
from random import Random

from callmon.model.frames import Json
from callmon.sources.demo.audio import PCMU, Talk, VoiceReceiver, VoiceSender
from callmon.sources.demo.network import Network

WARNINGS = {
    31001: ("HIGH_RTT", "High network latency detected"),
    31002: ("HIGH_JITTER", "High jitter detected"),
    31003: ("HIGH_PACKET_LOSS", "High packet loss detected"),
}
"""The warnings that the demo's softphones raise: code, name and message."""

_REPEAT_S = 15.0
_ROWS = 3


def gauge(jitter_ms: float, rtt_ms: float, lost: int, received: int) -> float | None:
    """Return the MOS that the SDK puts into its frames, from counters since the start of the stream.

    R is not clamped, so from about 2.4 s of round trip on the cubic shoots up to 5 again.
    """
    if received + lost == 0:
        return None
    loss = 100.0 * lost / (lost + received)
    late = jitter_ms + rtt_ms / 2
    r = 93.2 - 0.024 * late - (0.11 * (late - 177.3) if late > 177.3 else 0.0) - 20 * math.log(1 + loss)
    return min(5.0, max(1.0, 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r)))


def word(mos: float | None) -> str | None:
    """Return the SDK's word for a MOS; between its buckets, as at 4.05, it says bad."""
    if mos is None:
        return None
    for name, low, high in (("good", 4.1, 4.2), ("fair", 3.7, 4.0), ("poor", 3.1, 3.6)):
        if low <= mos <= high:
            return name
    return "excellent" if mos > 4.2 else "bad"


class Softphone:
    """One end of a telephone call in a page that uses the SDK; ``shape`` is flat or nested."""

    def __init__(self, rng: Random, network: Network, talk: Talk, born: float, call: str, shape: str) -> None:
        """Begin at ``born``, epoch seconds."""
        self._rng, self._network, self._talk, self._born, self._at = rng, network, talk, born, born
        self._call, self._shape = call, shape
        self.sender = VoiceSender(rng, PCMU)
        self.receiver = VoiceReceiver(rng, PCMU)
        self._before = (0, 0)
        self._loss_pct = 0.0
        self._rows: dict[int, int] = {}
        self._warned: dict[int, float] = {}
        self._bitrates = (64_000.0, 64_000.0)

    def step(self, at: float) -> None:
        """Go on to ``at``."""
        dt = at - self._at
        self._at = at
        self._network.step(at - self._born, dt)
        before = self.sender.bytes, self.receiver.bytes
        self.sender.step(at, dt, self._network, self._talk.speaks(0, at), True, True)
        self.receiver.step(at, dt, self._network, self._talk.speaks(1, at), True)
        self._bitrates = (self.sender.bytes - before[0]) * 8 / dt, (self.receiver.bytes - before[1]) * 8 / dt
        lost, received = self.receiver.lost - self._before[0], self.receiver.packets - self._before[1]
        self._before = self.receiver.lost, self.receiver.packets
        self._loss_pct = 100.0 * lost / (lost + received) if lost + received else 0.0

    def _wrapped(self, event: str, data: Json) -> dict[str, Json]:
        return {"event": event, "call": self._call, "data": data}

    def frame(self, at: float) -> dict[str, Json]:
        """Return the stats frame of ``at`` in its envelope."""
        return self._wrapped(
            "telnyx.stats.frame", self._flat(at) if self._shape == "flat" else self._nested(at)
        )

    def _flat(self, at: float) -> dict[str, Json]:
        sender, receiver = self.sender, self.receiver
        return {
            "rtt": round(self._network.rtt_ms, 1), "jitter": round(self._network.jitter_out_ms, 1),
            "packetLoss": round(self._loss_pct, 2), "bytesSent": sender.bytes,
            "bytesReceived": receiver.bytes, "packetsSent": sender.packets,
            "packetsReceived": receiver.packets, "packetsLost": receiver.lost,
            "audioLevel": round(receiver.level, 4), "timestamp": round(at * 1000),
        }  # fmt: skip

    def _nested(self, at: float) -> dict[str, Json]:
        sender, receiver, ts = self.sender, self.receiver, round(at * 1000, 3)
        codec = {"clockRate": 8000, "mimeType": "audio/PCMU", "payloadType": 0}
        reports = sender.reports
        jitter = reports.jitter_s if reports.rtt_s is not None else None
        mos = None
        if jitter is not None and reports.rtt_s is not None:
            mos = gauge(jitter * 1000, reports.rtt_s * 1000, receiver.lost, receiver.packets)
        frame: dict[str, Json] = {"jitter": jitter, "rtt": reports.rtt_s, "mos": mos, "quality": word(mos)}
        if receiver.packets:
            frame["inboundAudio"] = {
                "id": f"IT01A{receiver.ssrc}", "timestamp": ts, "type": "inbound-rtp",
                "ssrc": receiver.ssrc, "kind": "audio", "mediaType": "audio", "codecId": "CIT01_0",
                "transportId": "T01", "jitter": round(receiver.jitter_ms) / 1000,
                "packetsLost": receiver.lost, "packetsReceived": receiver.packets,
                "packetsDiscarded": receiver.discarded, "bytesReceived": receiver.bytes,
                "jitterBufferDelay": round(receiver.buffer_s, 2),
                "jitterBufferEmittedCount": receiver.emitted, "totalSamplesReceived": receiver.samples,
                "concealedSamples": receiver.concealed, "audioLevel": receiver.level,
                "totalAudioEnergy": receiver.energy, "totalSamplesDuration": round(receiver.duration_s, 2),
                **codec, "track": {}, "bitrate": self._bitrates[1], "packetRate": 50.0,
            }  # fmt: skip
        microphone = {
            "id": "SA1", "type": "media-source", "kind": "audio", "audioLevel": sender.level,
            "totalAudioEnergy": sender.energy, "totalSamplesDuration": round(sender.duration_s, 2),
        }  # fmt: skip
        frame["outboundAudio"] = {
            "id": f"OT01A{sender.ssrc}", "timestamp": ts, "type": "outbound-rtp", "ssrc": sender.ssrc,
            "kind": "audio", "mediaType": "audio", "codecId": "COT01_0", "packetsSent": sender.packets,
            "bytesSent": sender.bytes, **codec, "track": microphone, "bitrate": self._bitrates[0],
            "packetRate": 50.0,
        }  # fmt: skip
        frame.update(self._told())
        return frame

    def _told(self) -> dict[str, Json]:
        """Return what the gateway has told of both directions so far."""
        told: dict[str, Json] = {}
        reports, far = self.sender.reports, self.receiver.reports
        if reports.at is not None:
            told["remoteInboundAudio"] = {
                "id": f"RIA{self.sender.ssrc}", "timestamp": round(reports.at * 1000, 3),
                "type": "remote-inbound-rtp", "ssrc": self.sender.ssrc, "kind": "audio",
                "jitter": reports.jitter_s, "packetsLost": reports.lost, "fractionLost": reports.fraction,
                "totalRoundTripTime": round(reports.rtt_total_s, 6),
                "roundTripTimeMeasurements": reports.measured,
            }  # fmt: skip
            if reports.rtt_s is not None:
                told["remoteInboundAudio"]["roundTripTime"] = reports.rtt_s
        if far.at is not None:
            told["remoteOutboundAudio"] = {
                "id": f"ROA{self.receiver.ssrc}", "timestamp": round(far.at * 1000, 3),
                "type": "remote-outbound-rtp", "ssrc": self.receiver.ssrc, "kind": "audio",
                "packetsSent": far.packets, "bytesSent": far.bytes, "reportsSent": far.count,
            }  # fmt: skip
        return told

    def warnings(self, at: float) -> list[dict[str, Json]]:
        """Return the warnings due at ``at``: after three rows beyond a limit, then every 15 s."""
        reports = self.sender.reports
        breached = {
            31001: (reports.rtt_s or 0.0) > 0.4,
            31002: self.receiver.jitter_ms > 30.0,
            31003: self._loss_pct > 1.0,
        }
        raised = []
        for code, bad in breached.items():
            self._rows[code] = self._rows.get(code, 0) + 1 if bad else 0
            if self._rows[code] >= _ROWS and at - self._warned.get(code, -math.inf) >= _REPEAT_S:
                self._warned[code] = at
                name, message = WARNINGS[code]
                warning = {"code": code, "name": name, "message": message, "description": message,
                           "causes": [],
                           "solutions": []}  # fmt: skip
                raised.append(self._wrapped("telnyx.warning", {"warning": warning, "callId": self._call}))
        return raised
