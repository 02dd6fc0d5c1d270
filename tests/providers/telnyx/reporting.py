"""Call reports of an invented call of PCMU: 50 packets a second each way, of those that come 1 in 50 is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from callmon.engine.engine import Engine
from callmon.model.events import Event
from callmon.model.frames import Fetch, Frame, Json, Rejected
from callmon.providers.telnyx import Telnyx
from callmon.query.document import call_document

CALL = "0b9f6a52-3c1e-4a77-9d55-6f2a1c7e8d10"
BEGAN = 1787566500.0
RINGS_S = 4.0
"""The first row begins so long after the call."""

MEDIA = BEGAN + RINGS_S


def iso(at: float) -> str:
    """A moment as the SDK writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def row(second: int, since: int = 0) -> dict[str, Json]:
    """The row that ends ``second`` seconds after the media began; counters began at ``since``."""
    end, n = BEGAN + RINGS_S + second, second - since
    return {
        "intervalStartUtc": iso(end - 1),
        "intervalEndUtc": iso(end),
        "audio": {
            "outbound": {"packetsSent": 50 * n, "bytesSent": 8000 * n, "audioLevelAvg": 0.03},
            "inbound": {
                "packetsReceived": 49 * n,
                "bytesReceived": 7840 * n,
                "packetsLost": n,
                "jitterAvg": 11.0,
                "audioLevelAvg": 0.02,
                "codec": {"mimeType": "audio/PCMU"},
            },
        },
        "connection": {"roundTripTimeAvg": 0.14},
        "ice": {"id": "P", "state": "succeeded", "nominated": True},
        "transport": {"iceState": "connected", "dtlsState": "connected"},
        "remoteRtcp": {
            "inbound": {
                "jitter": 11.0,
                "roundTripTime": 0.145,
                "roundTripTimeMeasurements": n // 5,
                "totalRoundTripTime": 0.145 * (n // 5),
                "packetsLost": 0,
            }
        },
    }


def part(seconds: range, segment: int | None, final: bool = False, since: int = 0) -> dict[str, Json]:
    """One part of the report, with a row for each of ``seconds``."""
    body: dict[str, Json] = {
        "summary": {
            "callId": CALL,
            "direction": "outbound",
            "destinationNumber": "+15551234567",
            "state": "destroy" if final else "active",
            "sdkVersion": "2.27.10",
            "telnyxLegId": "leg-1",
            "telnyxSessionId": "session-1",
            "startTimestamp": iso(BEGAN),
            "endTimestamp": iso(BEGAN + RINGS_S + (seconds[-1] if seconds else 0)),
        },
        "stats": [row(second, since) for second in seconds],
    }
    if segment is not None:
        body["segment"] = segment
    if not final:
        body["flushReason"] = {"type": "buffer-limit"}
    return body


def parts(seconds: int = 60, each: int = 20) -> list[dict[str, Json]]:
    """All parts of the report of a call that has media for so long."""
    cuts = range(0, seconds, each)
    return [
        part(range(cut + 1, min(cut + each, seconds) + 1), number, number == len(cuts) - 1)
        for number, cut in enumerate(cuts)
    ]


def live(second: int) -> dict[str, Json]:
    """The stats frame of the same second, as the SDK gives it to the page."""
    ms = (BEGAN + RINGS_S + second) * 1000
    inbound = {
        "id": "I", "ssrc": 7, "timestamp": ms, "packetsReceived": 49 * second, "packetsLost": second,
        "bytesReceived": 7840 * second, "jitter": 0.011, "audioLevel": 0.02, "mimeType": "audio/PCMU",
    }  # fmt: skip
    outbound = {
        "id": "O", "ssrc": 8, "timestamp": ms, "packetsSent": 50 * second, "bytesSent": 8000 * second,
    }  # fmt: skip
    return {"rtt": 0.145, "jitter": 0.011, "mos": None, "quality": None, "inboundAudio": inbound,
            "outboundAudio": outbound}  # fmt: skip


class World:
    """A reader and an engine, with every event and request that came of what they were given."""

    def __init__(self, reader: Telnyx | None = None) -> None:
        self.reader = reader or Telnyx()
        self.engine = Engine()
        self.events: list[Event] = []
        self.fetches: list[Fetch] = []
        self.rejected: list[str] = []

    def give(self, body: Json, at: float, tag: str = "report", **about: str) -> list[Event]:
        """Read a body that came ``at`` and fold what it means."""
        events: list[Event] = []
        for one in self.reader.read(Frame("telnyx", at, tag, body, about, "test")):
            if isinstance(one, Fetch):
                self.fetches.append(one)
            elif isinstance(one, Rejected):
                self.rejected.append(one.reason)
            else:
                events.append(one)
        self.engine.fold(events, at)
        self.events += events
        return events

    def document(self, call: str = CALL, now: float = BEGAN + 4000.0) -> dict[str, Any]:
        """The call as it is shown, without when it was last heard of."""
        shown = call_document(self.engine.calls[call], now)
        return {key: value for key, value in shown.items() if key not in ("last_frame_at",)}

    def totals(self, call: str = CALL) -> dict[str, dict[str, float]]:
        """What was counted over the whole call, by stream."""
        legs = self.engine.calls[call].legs.values()
        return {id: stream.totals for leg in legs for id, stream in leg.streams.items()}


PARTS = parts()
TRUTH = {
    "in-audio": {"packets": 49 * 60, "bytes": 7840 * 60, "lost": 60},
    "out-audio": {"packets": 50 * 60, "bytes": 8000 * 60},
}


def uploaded(order: list[int], world: World | None = None) -> World:
    """The parts as they come from the SDK, in some order, a tenth of a second apart at the end of the call."""
    world = world or World()
    for n, number in enumerate(order):
        world.give(PARTS[number], MEDIA + 60.5 + n / 10)
    return world


def counted(world: World) -> dict[str, dict[str, float]]:
    """What the world has counted of what the call really had."""
    return {id: {key: found[key] for key in TRUTH[id]} for id, found in world.totals().items()}
