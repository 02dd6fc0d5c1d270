"""Calls with all that the pages about one call show: histories, streams, transports, issues, events, frames."""

from __future__ import annotations

import math

from callmon.engine.call import Call, Leg, Moment, Stream
from callmon.engine.ice import Diagnosis, IceFinding
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade, Reason
from callmon.engine.series import History
from callmon.engine.summary import Tally
from callmon.model.frames import Frame
from callmon.model.ice import Candidate, IceFacts, Pair
from callmon.query.format import clean
from tests.tui.boards import HOSTILE, NOW, FixtureBoard

LASTED = 120.0

LOCAL = Candidate("local", "host", "udp", "10.8.1.1", 51820, network_type="wifi")
RELAY = Candidate("local", "relay", "udp", "198.51.100.7", 61000, "tls", url="turns:turn.example.org")
REMOTE = Candidate("remote", "srflx", "udp", "203.0.113.9", 40022)
V6 = Candidate("remote", "host", "tcp", "2001:db8::42", 9)


def stream(
    id: str, kind: str, direction: str, wave: float = 0.0, gap: tuple[float, float] = (0, 0)
) -> Stream:
    """A stream with two minutes of history, its loss bad in the middle, a gap of seconds ago (from, to)."""
    found = Stream(id, kind, direction, NOW - LASTED, codec="opus" if kind == "audio" else "VP8")
    found.history = History(NOW - LASTED)
    for second in range(int(LASTED)):
        at, ago = NOW - LASTED + second, LASTED - second
        if gap[1] <= ago < gap[0]:
            continue
        bad = 6.0 if 50 < second < 75 else 0.2
        row: dict[str, float | None] = {
            "jitter_ms": 12.0 + 6 * math.sin(second / 9 + wave) + 3 * bad,
            "loss_pct": max(0.0, bad + math.sin(second / 3 + wave)),
            "bitrate_bps": (24_000 if kind == "audio" else 260_000) * (1 + 0.1 * math.sin(second / 7)),
            "fps": None if kind == "audio" else 24.0 + 3 * math.sin(second / 11),
            "audio_level": 0.3 + 0.2 * math.sin(second / 4) if kind == "audio" else None,
            "mos": 4.2 - bad / 4 if kind == "audio" and direction == "inbound" else None,
            "rtt_ms": 120 + 60 * math.sin(second / 20 + wave) if direction == "outbound" else None,
        }
        found.history.append(at, row, gap_after=4.0)
        found.now = {key: value for key, value in row.items() if value is not None}
        for key in ("rtt_ms", "jitter_ms", "loss_pct", "mos"):
            value = row[key]
            if value is not None:
                found.tallies.setdefault(key, Tally()).add(at, value)
    found.window = {key: None if value is None else value * 1.1 for key, value in found.now.items()}
    found.totals = {"packets": 6000.0, "bytes": 384_000.0, "lost": 82.0}
    found.last_at, found.remote_at = NOW - 1, NOW - 4
    found.grade = Grade.GOOD
    found.mos_source = "est-g107" if "mos" in found.now else None
    return found


def leg(id: str, label: str, *streams: Stream) -> Leg:
    """A connected leg with a path over a relay that it changed to."""
    found = Leg(id, "peer", NOW - LASTED, label=label)
    found.streams = {stream.id: stream for stream in streams}
    found.now["pair_rtt_ms"] = 118.0
    ice = found.ice
    ice.seen = True
    pair = Pair("p", RELAY, REMOTE, "succeeded", True)
    ice.facts = IceFacts(
        "connected", "connected", "complete", "stable", "connected", "connected",
        "SRTP_AES128_CM_HMAC_SHA1_80", "TLS_AES_128_GCM_SHA256", "FEFC", pair, 6, 2, 2, full=True,
    )  # fmt: skip
    ice.last_pair, ice.path_changes, ice.path_changed_at = pair, 1, NOW - 60
    for seconds, candidate in ((118.0, LOCAL), (117.5, RELAY), (116.0, REMOTE), (115.0, V6)):
        key = f"{candidate.side} {candidate.type}"
        ice.candidates[key], ice.candidate_at[key] = candidate, NOW - seconds
    finding = IceFinding(
        "relay-over-tls",
        "The hop to the TURN server runs over TLS: only web traffic seems to get through.",
        {"relay_protocol": "tls"},
        "Let UDP to the TURN server through (usually port 3478).",
    )
    found.diagnosis = Diagnosis("connected", "Connected over relay udp (tls) → srflx udp.", None, (finding,))
    return found


def issue(code: str, severity: str, since: float, until: float | None, **more: float | None) -> Issue:
    """An issue of the stream ``in`` from ``since`` to ``until`` seconds ago."""
    ended = None if until is None else NOW - until
    step = (
        "Compare both directions to find the side; look at Wi-Fi, at full uplinks, and at the path's history."
    )
    return Issue(
        code,
        severity,
        "a",
        "in",
        NOW - since,
        ended,
        more.get("value"),
        more.get("limit"),
        "telnyx",
        code,
        step,
    )


def live() -> Call:
    """A voice call under way with loss, a past gap, one open and one past issue."""
    call = Call("35a3a34c-a655", "telnyx", NOW - LASTED, "support-7", "Ana Ruiz → Support", frames=120)
    call.last_frame_at = NOW - 1
    call.legs["a"] = leg(
        "a",
        "Chrome",
        stream("in", "audio", "inbound", gap=(40, 26)),
        stream("out", "audio", "outbound", 1.0, gap=(40, 26)),
    )
    call.legs["a"].streams["in"].grade = Grade.POOR
    call.ice_leg, call.grade = "a", Grade.POOR
    call.reason = Reason("loss_pct", ">", 6.2, 3.0, "inbound", "a", "in")
    call.metrics = {"mos": 3.1}
    call.issues = [
        issue("media-stopped", "critical", 40, 26, value=14.0),
        issue("high-packet-loss", "critical", 70, None, value=6.2, limit=3.0),
    ]
    texts = ("ice checking", "ice connected", "dtls connected", "path host udp → srflx udp")
    call.timeline = [Moment(NOW - 118 + 2 * n, "ice", text, "a") for n, text in enumerate(texts)]
    call.timeline += [
        Moment(NOW - 70, "issue", "high-packet-loss begins", "a", "high-packet-loss"),
        Moment(NOW - 60, "ice", "path changed: host udp → srflx udp", "a"),
        Moment(NOW - 40, "issue", "media-stopped begins", "a", "media-stopped"),
        Moment(NOW - 26, "issue", "media-stopped ends", "a", "media-stopped"),
    ]
    call.grade_seconds = {"good": 50.0, "poor": 70.0}
    return call


def video() -> Call:
    """A call with audio and video in both directions that has ended well."""
    call = Call("v2-77", "webrtc", NOW - LASTED, label="Design review", state="ended", frames=120)
    call.ended_at, call.last_frame_at, call.end_reason = NOW - 1, NOW - 1, "closed on this side"
    streams = [
        stream(f"{kind}-{direction}", kind, direction, wave)
        for wave, (kind, direction) in enumerate(
            (kind, direction) for direction in ("inbound", "outbound") for kind in ("audio", "video")
        )
    ]
    call.legs["a"] = leg("a", "pc", *streams)
    call.ice_leg, call.grade = "a", Grade.GOOD
    call.metrics = {"mos": 4.2}
    call.timeline = [Moment(NOW - 1, "call", "ended: closed on this side")]
    return call


def room(people: int = 6) -> Call:
    """A room with many people, the third of them badly off."""
    call = Call("choir-40", "webrtc", NOW - LASTED, "choir", "choir-practice", frames=300)
    call.last_frame_at = NOW - 1
    for number in range(people):
        name = f"Singer {number + 1}"
        one = leg(
            f"p{number}",
            name,
            stream("in", "audio", "inbound", number),
            stream("out", "audio", "outbound", number),
        )
        call.legs[one.id] = one
    worst = call.legs["p2"]
    worst.diagnosis = Diagnosis(
        "disconnected", "The media path is lost for the moment for 4 s.", "Wait a few seconds."
    )
    worst.streams["in"].grade = Grade.POOR
    call.ice_leg, call.grade = "p2", Grade.POOR
    return call


def failed() -> Call:
    """A call that never connected."""
    call = Call("9f1c03de77", "webrtc", NOW - 45, label="Warehouse phone", state="failed", frames=40)
    call.ended_at, call.last_frame_at, call.end_reason = NOW - 30, NOW - 2, "ICE failed"
    one = Leg("a", "peer", NOW - 45)
    one.ice.seen = True
    one.ice.facts = IceFacts(
        "failed", "disconnected", "complete", "stable", "failed", "new", pairs=1, pairs_succeeded=0
    )
    one.ice.candidates["local"], one.ice.candidate_at["local"] = LOCAL, NOW - 45
    one.diagnosis = Diagnosis(
        "ice-failed",
        "No candidate pair ever worked: this side offered host, the far end host.",
        "Check that both ends reach a TURN server over UDP, TCP and TLS 443; compare the candidates of both sides.",
    )
    call.legs["a"], call.ice_leg, call.grade = one, "a", Grade.POOR
    call.timeline = [
        Moment(NOW - 44, "ice", "ice checking", "a"),
        Moment(NOW - 30, "ice", "ice failed", "a"),
    ]
    return call


def hostile() -> Call:
    """A call whose every string is hostile, cleaned as it would be at ingest."""
    names = [clean(name) for name in HOSTILE]
    call = room(3)
    call.label, call.room, call.provider, call.end_reason = names[0], names[1], names[2], names[3]
    for one, name in zip(call.legs.values(), names[4:], strict=False):
        one.label = name
        one.diagnosis = Diagnosis(name, name, name, (IceFinding(name, name, {name: name}, name),))
        one.ice.facts = IceFacts(name, name, name, name, name, name, name, name, name)
        for number, entry in enumerate(names):
            key = f"{number}"
            one.ice.candidates[key] = Candidate("local", entry, entry, entry, 1, entry, entry, entry)
            one.ice.candidate_at[key] = NOW
        for track in one.streams.values():
            track.codec = name
    call.issues = [
        Issue(name, name, "p0", "in", NOW - 9, None, 1.0, 2.0, name, name, name, name) for name in names
    ]
    call.timeline = [Moment(NOW - 9, name, name, "p0", name) for name in names]
    return call


def frame(call: Call) -> Frame:
    """A raw frame with numbers in the units of getStats."""
    body = {
        "t": 1_800_000_000_123.0,
        "states": {"ice": "connected"},
        "stats": [
            {"type": "remote-inbound-rtp", "jitter": 0.011, "roundTripTime": 0.145, "fractionLost": 0.052},
            {
                "type": "inbound-rtp",
                "bytesReceived": 384_000,
                "packetsLost": 82,
                "mid": None,
                "audioLevel": 0.02,
            },
        ],
    }
    return Frame("webrtc", NOW - 1, "snapshot", body, {"call": call.id}, "listen")


def board(*calls: Call) -> FixtureBoard:
    """A board over these calls, with a frame of each."""
    return FixtureBoard(list(calls), frames={call.id: frame(call) for call in calls})
