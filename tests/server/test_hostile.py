"""Whatever is sent, the calls of everybody else can still be read."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from callmon.engine.engine import Engine
from callmon.model.frames import Frame
from callmon.monitor import Monitor
from callmon.providers import every_provider
from callmon.query.document import document

T0 = 1_795_000_000.0
ODD: list[Any] = [
    *(None, True, "", "x" * 5000, "a[/]\x1b[2J\u202e", [], {}, [[]], {"a": {}}),
    *(-1, 1e18, -1e18, 1e308, -1e308, 5e-324, 2**63, 10**30, 1e-9),
]


def snapshot(second: int) -> dict[str, Any]:
    """A message of a page at one second of its call."""
    ms = 1000 * (T0 + second)
    stats: list[dict[str, Any]] = [
        {"id": "T", "type": "transport", "selectedCandidatePairId": "P", "dtlsState": "connected"},
        {"id": "P", "type": "candidate-pair", "localCandidateId": "L", "remoteCandidateId": "R", "nominated": True,
         "state": "succeeded", "currentRoundTripTime": 0.05, "totalRoundTripTime": second},
        {"id": "L", "type": "local-candidate", "candidateType": "host", "address": "10.0.0.1", "port": 9},
        {"id": "R", "type": "remote-candidate", "candidateType": "relay", "address": "10.0.0.2", "port": 9},
        {"id": "C", "type": "codec", "mimeType": "audio/opus", "clockRate": 48000},
        {"id": "I", "type": "inbound-rtp", "kind": "audio", "ssrc": 1, "codecId": "C", "packetsReceived": 50 * second,
         "packetsLost": second, "bytesReceived": 4000 * second, "jitter": 0.01, "audioLevel": 0.1,
         "totalSamplesReceived": 48000 * second, "concealedSamples": second, "jitterBufferDelay": second,
         "jitterBufferEmittedCount": 48000 * second, "totalAudioEnergy": second, "totalSamplesDuration": second},
        {"id": "O", "type": "outbound-rtp", "kind": "video", "ssrc": 2, "remoteId": "RI", "packetsSent": 50 * second,
         "bytesSent": 4000 * second, "framesPerSecond": 25, "frameHeight": 360, "qualityLimitationReason": "cpu"},
        {"id": "RI", "type": "remote-inbound-rtp", "kind": "video", "ssrc": 2, "roundTripTime": 0.1, "jitter": 0.01,
         "packetsLost": second, "fractionLost": 0.01, "roundTripTimeMeasurements": second},
    ]  # fmt: skip
    return {
        "t": ms,
        "states": {
            "signaling": "stable",
            "ice": "connected",
            "connection": "connected",
            "gathering": "complete",
        },
        "events": [{"t": ms, "ev": "iceconnectionstatechange", "v": "connected"}],
        "stats": [{"timestamp": ms, **entry} for entry in stats],
        "transceivers": [
            {"mid": "0", "kind": "audio", "direction": "sendrecv", "currentDirection": "sendrecv"}
        ],
        "page": {"browser": "x"},
        "policy": "all",
    }


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything in a message."""
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*path, key))


def put(message: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """The message with something else in one place."""
    changed = copy.deepcopy(message)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = odd
    return changed


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_one_odd_value_anywhere(odd: Any) -> None:
    monitor = Monitor(Engine(), every_provider(), lambda: T0 + 3)
    paths = list(places(snapshot(1)))
    for number, path in enumerate(paths):
        for second in range(3):
            body = snapshot(second) if second != 1 else put(snapshot(1), path, odd)
            monitor.take(Frame("webrtc", T0 + second, "snapshot", body, {"call": f"c{number}"}, "test"))
            monitor.engine.tick(T0 + second)
    whole = document(monitor.engine.calls.values(), monitor.health, "telnyx", T0 + 3)
    told = json.loads(json.dumps(whole, allow_nan=False))
    assert {f"c{number}" for number in range(len(paths))} <= {call["id"] for call in told["calls"]} | {
        str(odd)[:200]
    }
    for call in told["calls"]:
        assert abs(call["duration_s"]) <= 90_000
