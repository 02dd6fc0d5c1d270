"""A made-up peer connection: what is said of it in a few words becomes getStats messages, second by second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from callmon.engine.engine import Engine
from callmon.model.events import Event
from callmon.model.frames import Fetch, Frame, Rejected
from callmon.providers.webrtc import WebRTC

START = 1_700_000_000.0

Parts = dict[str, dict[str, Any]]

CALM: Parts = {
    "states": {"signaling": "stable", "ice": "connected", "connection": "connected", "gathering": "complete"},
    "transport": {
        "iceState": "connected",
        "dtlsState": "connected",
        "srtpCipher": "AEAD_AES_128_GCM",
        "dtlsCipher": "TLS_AES_128_GCM_SHA256",
        "tlsVersion": "FEFD",
    },
    "pair": {"id": "CP1", "state": "succeeded", "local": "host", "remote": "host", "rtt": 0.03},
    "in_audio": {"pps": 50, "loss": 0.0, "jitter": 0.005, "level": 0.05, "concealed": 0.0, "buffer": 0.04},
    "out_audio": {"pps": 50, "level": 0.05, "rtt": 0.03, "loss": 0.0, "report": 5.0, "target": 32_000},
    "in_video": {"absent": True, "fps": 30, "kbps": 800, "height": 360, "frozen": 0.0, "loss": 0.0},
    "out_video": {
        "absent": True,
        "fps": 30,
        "kbps": 800,
        "height": 360,
        "target": 800_000,
        "limited": "none",
    },
    "say": {},
}
"""A good call of two voices; what a part does not say is as it was."""


class Peer:
    """A peer connection with its counters; ``now`` is what is said of it at the moment."""

    def __init__(self, call: str = "c") -> None:
        self.call = call
        self.now: Parts = {part: dict(words) for part, words in CALM.items()}
        self.at = START
        self.totals: dict[str, float] = {}
        self.reports: dict[str, dict[str, Any]] = {}

    def become(self, parts: Mapping[str, Mapping[str, Any]]) -> None:
        """Change what is said; a part that is None gets its calm words again."""
        for part, words in parts.items():
            self.now[part] = {**self.now[part], **words}

    def grow(self, key: str, amount: float) -> int:
        """Let a counter grow; return it as a whole number."""
        self.totals[key] = self.totals.get(key, 0.0) + amount
        return round(self.totals[key])

    def frame(self, step: float = 1.0) -> Frame:
        """The message after ``step`` more seconds."""
        self.at += step
        stats = [*self._path(), *self._inbound("audio", step), *self._inbound("video", step)]
        stats += [*self._outbound("audio", step), *self._outbound("video", step)]
        body = {"t": self.at * 1000, "states": self.now["states"], "stats": stats, **self.now["say"]}
        return Frame("webrtc", self.at, "snapshot", body, {"call": self.call}, "test")

    def _path(self) -> Iterator[dict[str, Any]]:
        pair = self.now["pair"]
        ms = self.at * 1000
        transport = {"type": "transport", "id": "T01", "timestamp": ms}
        transport |= {key: value for key, value in self.now["transport"].items() if value is not None}
        if not pair.get("absent"):
            yield {
                "type": "candidate-pair",
                "id": pair["id"],
                "timestamp": ms,
                "state": pair["state"],
                "nominated": pair["state"] == "succeeded",
                "localCandidateId": "L",
                "remoteCandidateId": "R",
                "currentRoundTripTime": pair["rtt"],
                **({"availableOutgoingBitrate": pair["available"]} if "available" in pair else {}),
            }
            transport["selectedCandidatePairId"] = pair["id"]
        yield transport
        for side in ("local", "remote"):
            if pair.get(side):
                yield {
                    "type": f"{side}-candidate",
                    "id": side[0].upper(),
                    "timestamp": ms,
                    "candidateType": pair[side],
                    "protocol": "udp",
                    "address": "192.0.2.1" if side == "local" else "192.0.2.2",
                    "port": 5000,
                }

    def _inbound(self, kind: str, step: float) -> Iterator[dict[str, Any]]:
        words, key = self.now[f"in_{kind}"], f"in_{kind}"
        if words.get("absent"):
            return
        pps = words.get("pps", words.get("kbps", 0) / 8)
        entry: dict[str, Any] = {
            "type": "inbound-rtp",
            "id": f"IN-{kind}",
            "timestamp": self.at * 1000,
            "kind": kind,
            "ssrc": 11 if kind == "audio" else 12,
            "packetsReceived": self.grow(f"{key}.packets", pps * (1 - words["loss"]) * step),
            "packetsLost": self.grow(f"{key}.lost", pps * words["loss"] * step),
            "bytesReceived": self.grow(f"{key}.bytes", words.get("kbps", pps * 0.64) * 125 * step),
            "jitter": words.get("jitter", 0.005),
        }
        if kind == "audio":
            played = 48_000 * step
            entry |= {
                "audioLevel": words["level"],
                "totalSamplesReceived": self.grow(f"{key}.samples", played),
                "concealedSamples": self.grow(f"{key}.concealed", played * words["concealed"]),
                "jitterBufferDelay": self.grow(f"{key}.delay", played * words["buffer"]),
                "jitterBufferEmittedCount": self.grow(f"{key}.emitted", played),
            }
        else:
            entry |= {
                "framesDecoded": self.grow(f"{key}.frames", words["fps"] * step),
                "framesPerSecond": words["fps"],
                "frameHeight": words["height"],
                "totalFreezesDuration": self.grow(f"{key}.frozen", words["frozen"] * step * 1000) / 1000,
            }
        yield entry

    def _outbound(self, kind: str, step: float) -> Iterator[dict[str, Any]]:
        words, key = self.now[f"out_{kind}"], f"out_{kind}"
        if words.get("absent"):
            return
        pps = words.get("pps", words.get("kbps", 0) / 8)
        ssrc = 21 if kind == "audio" else 22
        entry: dict[str, Any] = {
            "type": "outbound-rtp",
            "id": f"OUT-{kind}",
            "timestamp": self.at * 1000,
            "kind": kind,
            "ssrc": ssrc,
            "mediaSourceId": f"S-{kind}",
            "active": words.get("active", True),
            "packetsSent": self.grow(f"{key}.packets", pps * step),
            "bytesSent": self.grow(f"{key}.bytes", words.get("kbps", pps * 0.64) * 125 * step),
            "targetBitrate": words["target"],
        }
        source: dict[str, Any] = {"type": "media-source", "id": f"S-{kind}", "timestamp": self.at * 1000}
        if kind == "video":
            entry |= {
                "framesSent": self.grow(f"{key}.frames", words["fps"] * step),
                "framesPerSecond": words["fps"],
                "frameHeight": words["height"],
                "qualityLimitationReason": words["limited"],
            }
            source |= {"kind": "video", "framesPerSecond": words.get("source_fps", 30)}
        elif words["level"] is not None:
            source |= {"kind": "audio", "audioLevel": words["level"]}
        yield entry
        yield source
        yield from self._told(key, ssrc, words, pps * step)

    def _told(self, key: str, ssrc: int, words: dict[str, Any], sent: float) -> Iterator[dict[str, Any]]:
        """The far end's report, which is written only now and then and stands until the next."""
        lost = self.grow(f"{key}.lost", sent * words.get("loss", 0.0))
        old = self.reports.get(key)
        every = words.get("report", 0.0)
        if every and (old is None or self.at * 1000 - old["timestamp"] >= every * 1000):
            self.reports[key] = {
                "type": "remote-inbound-rtp",
                "id": f"RI-{key}",
                "timestamp": self.at * 1000,
                "ssrc": ssrc,
                "packetsLost": lost,
                "roundTripTime": words["rtt"],
                "jitter": 0.004,
            }
        if key in self.reports:
            yield self.reports[key]


class Listener:
    """A reader and an engine; takes frames as the monitor does, a tick before each."""

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine or Engine()
        self.reader = WebRTC()

    def take(self, frame: Frame) -> None:
        """Let time pass up to the frame, then fold it."""
        self.engine.tick(frame.at)
        self.engine.fold(self.events(frame), frame.at)

    def events(self, frame: Frame) -> list[Event]:
        """What a frame means; nothing in it may be refused."""
        items = list(self.reader.read(frame))
        assert not [item for item in items if isinstance(item, Rejected)], items
        return [item for item in items if not isinstance(item, Rejected | Fetch)]
