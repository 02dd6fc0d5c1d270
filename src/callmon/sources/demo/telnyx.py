"""A Telnyx softphone whose call report is uploaded: parts of rows while it talks, the last one when it hangs up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from callmon.model.frames import Frame, Json
from callmon.sources.demo.audio import Talk
from callmon.sources.demo.cast import address, hexes, port, uuid
from callmon.sources.demo.modes import Mode
from callmon.sources.demo.network import Network
from callmon.sources.demo.softphone import Softphone

FLUSH_S = 30.0
"""How often these phones upload; the SDK's default is three minutes."""

RING_S = 3.0
"""Rows begin when the call is answered; before that it rings."""

_CODEC = {"mimeType": "audio/PCMU", "clockRate": 8000, "channels": 1, "payloadType": 0}


def iso(at: float) -> str:
    """Return a moment as the SDK writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Reporter:
    """What collects the rows of one call and makes the parts of its report of them."""

    def __init__(self, rng: Random, phone: Softphone, call: str, number: str, begins: float) -> None:
        """Begin when the call begins, with the path that its media will take."""
        self._phone, self._call, self._number, self._begins = phone, call, number, begins
        self.session, self.leg = uuid(rng), uuid(rng)
        self._rows: list[dict[str, Json]] = []
        self._segment = 0
        self._bytes = (0, 0)
        id, local, remote = f"CP{hexes(rng)}", hexes(rng), hexes(rng)
        self._ice = {
            "id": id, "localCandidateId": local, "remoteCandidateId": remote, "state": "succeeded",
            "nominated": True, "writable": True,
            "local": {"id": local, "address": address(rng, 2), "port": port(rng), "candidateType": "srflx",
                      "protocol": "udp", "networkType": "wifi", "url": "stun:stun.example.net:3478"},
            "remote": {"id": remote, "address": address(rng, 1), "port": port(rng), "candidateType": "host",
                       "protocol": "udp"},
        }  # fmt: skip
        self._transport = {
            "iceState": "connected", "dtlsState": "connected", "srtpCipher": "AES_CM_128_HMAC_SHA1_80",
            "tlsVersion": "FEFD", "selectedCandidatePairChanges": 1, "selectedCandidatePairId": id,
        }  # fmt: skip

    def row(self, start: float, end: float, rtt_ms: float) -> None:
        """Note what was counted from ``start`` to ``end``; jitter is in ms, round trips are in seconds."""
        sender, receiver, before = self._phone.sender, self._phone.receiver, self._bytes
        self._bytes = sender.bytes, receiver.bytes
        outbound: dict[str, Json] = {
            "packetsSent": sender.packets, "bytesSent": sender.bytes, "audioLevelAvg": round(sender.level, 4),
            "mediaSource": {"id": "SA1", "audioLevel": sender.level, "totalAudioEnergy": sender.energy,
                            "totalSamplesDuration": round(sender.duration_s, 2)},
            "targetBitrate": 64_000, "active": True, "codec": _CODEC,
        }  # fmt: skip
        inbound: dict[str, Json] = {
            "packetsReceived": receiver.packets, "bytesReceived": receiver.bytes,
            "packetsLost": receiver.lost, "packetsDiscarded": receiver.discarded,
            "jitterBufferDelay": round(receiver.buffer_s, 2), "jitterBufferEmittedCount": receiver.emitted,
            "totalSamplesReceived": receiver.samples, "concealedSamples": receiver.concealed,
            "audioLevelAvg": round(receiver.level, 4), "jitterAvg": round(receiver.jitter_ms, 4),
            "totalAudioEnergy": receiver.energy, "totalSamplesDuration": round(receiver.duration_s, 2),
            "codec": _CODEC,
        }  # fmt: skip
        if self._rows or self._segment:
            for entry, now, then in zip((outbound, inbound), self._bytes, before, strict=True):
                entry["bitrateAvg"] = round((now - then) * 8 / (end - start), 4)
        found: dict[str, Json] = {
            "intervalStartUtc": iso(start), "intervalEndUtc": iso(end),
            "audio": {"outbound": outbound, "inbound": inbound},
            "connection": {"roundTripTimeAvg": round(rtt_ms / 1000, 4),
                           "roundTripTimeSource": "candidate-pair.currentRoundTripTime"},
            "ice": self._ice, "transport": self._transport,
        }  # fmt: skip
        far = sender.reports
        if far.at is not None:
            told: dict[str, Json] = {
                "packetsLost": far.lost, "fractionLost": far.fraction, "jitter": round(far.jitter_s * 1000, 4),
                "totalRoundTripTime": round(far.rtt_total_s, 6), "roundTripTimeMeasurements": far.measured,
            }  # fmt: skip
            if far.rtt_s is not None:
                told["roundTripTime"] = far.rtt_s
            found["remoteRtcp"] = {"inbound": told}
        self._rows.append(found)

    def post(self, at: float, final: bool) -> dict[str, Json]:
        """Return the part of the report that is uploaded ``at``; its rows are not sent again."""
        rows, self._rows = self._rows, []
        body: dict[str, Json] = {
            "summary": {
                "callId": self._call, "destinationNumber": self._number, "direction": "outbound",
                "state": "destroy" if final else "active", "telnyxSessionId": self.session,
                "telnyxLegId": self.leg, "sdkVersion": "2.27.10",
                "clientSummary": {"connection": {"region": "eu"},
                                  "callReports": {"enabled": True, "intervalMs": 5000,
                                                  "flushIntervalMs": round(1000 * FLUSH_S)}},
                "durationSeconds": round(at - self._begins, 3), "startTimestamp": iso(self._begins),
                "endTimestamp": iso(at),
            },
            "stats": rows,
        }  # fmt: skip
        if not self._segment:
            body["logs"] = [{"timestamp": iso(self._begins), "level": "info", "message": "New Call"}]
        if self._segment or not final:
            body["segment"] = self._segment
        if not final:
            body["flushReason"] = {"type": "buffer-limit"}
        self._segment += 1
        return body

    def hang_up(self, at: float) -> dict[str, Json]:
        """Return the webhook that the vendor's own end sends; its numbers are texts."""
        sender, receiver = self._phone.sender, self._phone.receiver
        payload: dict[str, Json] = {
            "call_leg_id": self.leg, "call_session_id": self.session, "to": self._number,
            "hangup_cause": "normal_clearing", "hangup_source": "callee", "state": "hangup",
            "start_time": iso(self._begins),
            "call_quality_stats": {
                "inbound": {"mos": "4.50", "packet_count": str(sender.packets - sender.lost),
                            "skip_packet_count": str(sender.lost), "jitter_max_variance": "31.40"},
                "outbound": {"packet_count": str(receiver.packets + receiver.lost), "skip_packet_count": "0"},
            },
        }  # fmt: skip
        return {"data": {"record_type": "event", "event_type": "call.hangup", "occurred_at": iso(at),
                         "payload": payload}}  # fmt: skip


def reported(
    rng: Random, mode: Mode, talk: Talk, call: str, number: str, begins: float, ends: float, source: str
) -> Iterator[Frame]:
    """Return the frames of a call whose report is uploaded; its page sends its stats frames too, or it does not."""
    network = Network(Random(rng.random()), mode.weather)
    phone = Softphone(Random(rng.random()), network, talk, begins + RING_S, call, "nested")
    reporter = Reporter(rng, phone, call, number, begins)
    about = {"call": call, "label": number}
    at, flushed = begins + RING_S, begins + RING_S
    while at < ends:
        start, at = at, at + mode.every_s * rng.uniform(0.998, 1.004)
        phone.step(at)
        reporter.row(start, at, network.rtt_ms)
        if mode.vendor == "telnyx-both":
            yield Frame("telnyx", at, "frame", phone.frame(at), about, source)
        if at - flushed >= FLUSH_S and at < ends:
            flushed = at
            yield Frame("telnyx", at + 0.2, "report", reporter.post(at, False), about, source)
    yield Frame("telnyx", at + 0.2, "report", reporter.post(at, True), about, source)
    yield Frame("telnyx", at + 0.6, "webhook", reporter.hang_up(at + 0.1), about, source)
