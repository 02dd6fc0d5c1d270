"""Opens broken files without end: ``fuzz.py FORM ITERATIONS [SEED]`` tells of crashes, of the slowest, and of memory.

What breaks or takes longer than a second is written to ``fuzz-FORM-N.bin`` in the current directory.
"""

from __future__ import annotations

import gzip
import io
import json
import resource
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from callmon.board import LiveBoard
from callmon.cli.opening import _passing_time
from callmon.cli.wire import Watch
from callmon.engine.engine import Engine
from callmon.model.frames import Frame
from callmon.monitor import Monitor
from callmon.providers.webrtc import WebRTC
from callmon.sources.files import Reading, Unreadable

T0 = 1_795_000_000_000
SLOW_S = 1.0
MEMORY_MB = 600.0

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, -1e308, 10**30, -(10**18), 0.5, float("nan"), float("inf"), "", "x", "\ud800",
    "\x1b[31m\u202e", "9" * 400, "x" * 3000, [], {}, [[]], [None], {"": None}, {"id": 1}, {"type": []}, T0, T0 * 1000,
    "getStats", "getstats", "close", "8-1", "connectionInfo", "timestamp", "undefined-undefined", {"timestamp": 0},
)  # fmt: skip
"""What is put in the place of anything."""


def report(second: int, own_ids: bool = True) -> dict[str, Any]:
    """Return a small report of every kind of object that is read."""
    at = T0 + 1000 * second
    stats: dict[str, dict[str, Any]] = {
        "T": {"type": "transport", "dtlsState": "connected", "selectedCandidatePairId": "P"},
        "P": {"type": "candidate-pair", "state": "succeeded", "nominated": True, "localCandidateId": "L",
              "remoteCandidateId": "R", "currentRoundTripTime": 0.04, "bytesReceived": 9000 * second},
        "L": {"type": "local-candidate", "candidateType": "host", "address": "192.0.2.1", "port": 5},
        "R": {"type": "remote-candidate", "candidateType": "relay", "address": "192.0.2.2", "port": 6},
        "I": {"type": "inbound-rtp", "kind": "audio", "ssrc": 1, "packetsReceived": 50 * second,
              "packetsLost": second, "jitter": 0.01, "codecId": "C"},
        "O": {"type": "outbound-rtp", "kind": "video", "ssrc": 2, "packetsSent": 60 * second},
        "F": {"type": "remote-inbound-rtp", "kind": "video", "ssrc": 2, "localId": "O", "roundTripTime": 0.09,
              "roundTripTimeMeasurements": second},
        "C": {"type": "codec", "mimeType": "audio/opus"},
    }  # fmt: skip
    return {id: {**({"id": id} if own_ids else {}), **one, "timestamp": at} for id, one in stats.items()}


OLD = {
    "ssrc_1_recv": {
        "type": "ssrc",
        "ssrc": "1",
        "mediaType": "audio",
        "packetsReceived": "50",
        "packetsLost": "1",
    },
    "ssrc_2_send": {"type": "ssrc", "ssrc": "2", "mediaType": "video", "packetsSent": "60", "googRtt": "90"},
    "P": {
        "type": "googCandidatePair",
        "googActiveConnection": "true",
        "googWritable": "true",
        "googRtt": "40",
    },
    "L": {"type": "localcandidate", "candidateType": "relayed", "ipAddress": "192.0.2.1", "portNumber": "7"},
    "C": {"type": "googComponent", "selectedCandidatePairId": "P", "srtpCipher": "x"},
}
EVENTS: tuple[tuple[str, Any], ...] = (
    ("create", {"iceTransportPolicy": "relay"}),
    ("transceiverAdded", {"transceiverIndex": 0, "kind": "audio", "currentDirection": "sendrecv"}),
    (
        "setLocalDescription",
        {"type": "offer", "sdp": "v=0\r\na=fingerprint:sha-256 AB:CD:EF:01:23:45:67:89\r\n"},
    ),
    ("onicecandidate", {"candidate": "candidate:1 1 udp 2122260223 192.0.2.1 5 typ host"}),
    ("onicecandidateerror", '{"url":"stun:example.org","error_code":701}'),
    ("oniceconnectionstatechange", '"connected"'),
    ("onconnectionstatechange", "connected"),
    ("ontrack", ["audio", "x"]),
    ("setRemoteDescriptionOnFailure", "InvalidStateError"),
)


def rows(method: str | int, whole: bool, since_before: bool) -> list[Any]:
    """Return the rows of a small call."""
    found = [[name, "8-1", value, T0 + 10 * n] for n, (name, value) in enumerate(EVENTS)]
    for second in range(1, 5):
        stats: dict[str, Any] = report(second, whole) if whole or second == 1 else changes(second)
        stamp = {} if whole else {"t" if method in (1, "g") else "timestamp": T0 + 1000 * second}
        found.append([method, "8-1", {**stats, **stamp}, T0 + 1000 * second])
    found.append(["onconnectionstatechange", "8-1", "disconnected", T0 + 5100])
    found.append(["create", "8-2", None, T0 + 5500])
    found.append(["onconnectionstatechange", "8-1", "failed", T0 + 8000])
    if since_before:
        times = [row[-1] for row in found]
        for n in range(1, len(found)):
            found[n][-1] = times[n] - times[n - 1]
    return found


def changes(second: int) -> dict[str, Any]:
    """Return what changed since the report before."""
    return {
        "I": {"packetsReceived": 50 * second, "14": 50 * second},
        "F": None if second == 4 else {"79": second},
    }


def lines(values: Sequence[Any], head: bytes = b"") -> bytes:
    """Return values as lines of JSON."""
    return head + b"".join(json.dumps(value).encode() + b"\n" for value in values)


HEAD = b'RTCStatsDump\n{"fileFormat":3,"userAgent":"Chrome/156.0"}\n'
ABOUT = {"clientProtocol": "3.1_STANDARD", "userAgent": "Chrome/117.0"}
EXPORT = {
    "8-1": [{"time": row[-1], "type": row[0], "value": row[2]} for row in rows("getStats", False, False)]
}
CAPTURE = [
    {"t": T0 + 1000 * n, "states": {"ice": "connected"}, "stats": list(report(n).values())} for n in range(5)
]

SEEDS: dict[str, bytes] = {
    "rtcstats": lines(rows("getStats", True, True), HEAD),
    "deltas": lines(rows("g", False, True), HEAD),
    "legacy": lines(rows("getstats", False, False)),
    "jitsi": lines([["connectionInfo", None, ABOUT, T0], *rows("getstats", False, False)]),
    "export": json.dumps({"PeerConnections": {}, "peerConnections": EXPORT}).encode(),
    "table": json.dumps(rows("getstats", False, False), indent=1).encode(),
    "snapshots": lines(CAPTURE),
    "array": json.dumps(CAPTURE).encode(),
    "goog": lines([["create", "P", {}, T0], *(["getstats", "P", OLD, T0 + 1000 * n] for n in range(4))]),
    "gzip": gzip.compress(lines(CAPTURE)[:3000], mtime=0) + gzip.compress(lines(CAPTURE)[3000:], mtime=0),
}
"""A small file of each form."""


def mutated(random: Random, form: str) -> bytes:
    """Return the file of a form with some things wrong in it."""
    text = SEEDS[form]
    for _ in range(random.randint(1, 4)):
        text = random.choice(WAYS if form != "gzip" else WAYS[:5])(random, text)
    return text


def flip(random: Random, text: bytes) -> bytes:
    """Change some bits."""
    found = bytearray(text or b"\n")
    for _ in range(random.choice((1, 1, 3, 30))):
        found[random.randrange(len(found))] ^= 1 << random.randrange(8)
    return bytes(found)


def cut(random: Random, text: bytes) -> bytes:
    """Leave the end out."""
    return text[: random.randrange(len(text) + 1)]


def drop(random: Random, text: bytes) -> bytes:
    """Leave a part out."""
    at = random.randrange(len(text) + 1)
    return text[:at] + text[at + random.randrange(1, 400) :]


def splice(random: Random, text: bytes) -> bytes:
    """Put a part of another file, or of this one, anywhere."""
    other = random.choice((text, *SEEDS.values()))
    start, at = random.randrange(len(other) + 1), random.randrange(len(text) + 1)
    return text[:at] + other[start : start + random.randrange(1, 2000)] + text[at:]


def stuff(random: Random, text: bytes) -> bytes:
    """Put something nasty anywhere."""
    at = random.randrange(len(text) + 1)
    nasty = (b"[" * 3000, b'{"a":' * 2000, b"\xff\xfe", b"\x00" * 50, b"9" * 5000, b"NaN", b"-Infinity", b"1e999",
             b"\n\n\r\n", b'"' * 3, b"\\u0000\\ud800", b"\xef\xbb\xbf", b"\x1f\x8b\x08")  # fmt: skip
    return text[:at] + random.choice(nasty) + text[at:]


def swap(random: Random, text: bytes) -> bytes:
    """Put something else in the place of a value."""
    found = text.split(b"\n")
    at = random.randrange(len(found))
    try:
        value = json.loads(found[at])
    except (ValueError, RecursionError):
        return text
    places: list[tuple[Any, Any]] = []
    collect(value, places)
    for _ in range(random.choice((1, 1, 2, 8))):
        if places:
            holder, key = random.choice(places)
            holder[key] = random.choice(NASTY)
    try:
        found[at] = json.dumps(value if places else random.choice(NASTY)).encode()
    except (ValueError, RecursionError):
        return text
    return b"\n".join(found)


def collect(value: Any, places: list[tuple[Any, Any]], depth: int = 0) -> None:
    """Collect where every value stands."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        places.append((value, key))
        if depth < 8:
            collect(item, places, depth + 1)


def shuffle(random: Random, text: bytes) -> bytes:
    """Put lines in another order, or twice."""
    found = text.split(b"\n")
    if random.random() < 0.5:
        found.insert(random.randrange(len(found)), random.choice(found))
    else:
        one, two = random.randrange(len(found)), random.randrange(len(found))
        found[one], found[two] = found[two], found[one]
    return b"\n".join(found)


WAYS: tuple[Callable[[Random, bytes], bytes], ...] = (
    flip,
    cut,
    drop,
    splice,
    stuff,
    swap,
    swap,
    swap,
    shuffle,
)


def open_bytes(text: bytes, depth: int = 2) -> str | None:
    """Open a file and return what was said when there was nothing in it.

    With ``depth`` 0 its frames are read, with 1 folded as well, and with 2 time passes and the outcome is printed.
    """
    ends = [0.0]
    engine = Engine()
    reader = WebRTC()
    monitor = Monitor(engine, [reader], lambda: ends[0])
    watch = Watch(monitor, LiveBoard(engine, monitor, lambda: ends[0]))
    try:
        takes: tuple[Callable[[Frame], object], ...] = (
            lambda frame: list(reader.read(frame)),
            monitor.take,
            _passing_time(watch, ends),
        )
        take = takes[depth]
        for _ in Reading("fuzz", "fuzz", take, io.BytesIO(text)).steps():
            pass
    except Unreadable as error:
        assert "\n" not in str(error), error
        return str(error)
    finally:
        broken = [line for _, line in monitor.lines if "broke on it" in line]
        assert not broken, broken[0]
    if depth == 2:
        json.dumps(watch.calls(), allow_nan=False).encode()
    return None


def peak_mb() -> float:
    """Return the most memory that this process has taken."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> int:
    """Run, and return 1 where anything broke."""
    form, iterations = sys.argv[1], int(sys.argv[2])
    random = Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    kept, slowest, refused, before = 0, 0.0, 0, peak_mb()
    began = time.monotonic()
    for number in range(iterations):
        text = mutated(random, form)
        start = time.process_time()
        try:
            refused += open_bytes(text, 2 if number % 16 == 0 else int(number % 4 == 0)) is not None
            took, bad = time.process_time() - start, ""
        except Exception:
            took, bad = time.process_time() - start, traceback.format_exc()
        slowest = max(slowest, took)
        if bad or took > SLOW_S:
            kept += 1
            Path(f"fuzz-{form}-{kept}.bin").write_bytes(text)
            print(f"{number}: {took:.2f} s {bad}", file=sys.stderr)
            if kept >= 20:
                break
    spent = time.monotonic() - began
    print(
        f"{form}: {number + 1} files in {spent:.0f} s, {refused} refused, {kept} broken or slow, "
        f"slowest {1000 * slowest:.0f} ms, memory {before:.0f} → {peak_mb():.0f} MB"
    )
    return 1 if kept or peak_mb() > MEMORY_MB else 0


if __name__ == "__main__":
    sys.exit(main())
