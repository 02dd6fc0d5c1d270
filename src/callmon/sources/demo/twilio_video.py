"""Rooms of Twilio Video: what each page forwards of its participant, and what the API lists of them meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from callmon.model.frames import Frame, Json
from callmon.sources.demo.audio import Talk, level_of
from callmon.sources.demo.cast import hexes
from callmon.sources.demo.network import Network, Weather, events_of
from callmon.sources.demo.telnyx import iso

LISTED_S = 30.0
"""How often the API is asked."""

LAYERS = ((180, 15, 150_000), (360, 24, 600_000), (720, 30, 1_500_000))
"""Height, frames per second and bits per second of what simulcast sends."""

DEVICES = (
    {"browser": {"name": "Chrome", "version": "156.0"}, "os": {"name": "macOS", "version": "15.6"},
     "device": {"manufacturer": "Apple", "model": "Mac"}},
    {"browser": {"name": "Chrome Mobile", "version": "155.0"}, "os": {"name": "Android", "version": "16"},
     "device": {"manufacturer": "Google", "model": "Pixel 9"}},
    {"browser": {"name": "Firefox", "version": "153.0"}, "os": {"name": "Windows", "version": "11"},
     "device": {"manufacturer": "Unknown"}},
)  # fmt: skip
_AUDIO_BPS, _AUDIO_PPS, _PACKET = 32_000, 50.0, 1000


@dataclass
class Guest:
    """A participant with the running totals of what is sent; times are epoch seconds."""

    number: int
    sid: str
    name: str
    joins: float
    leaves: float
    network: Network
    rng: Random
    tracks: tuple[str, str] = ("", "")
    totals: dict[str, float] = field(default_factory=dict)

    def grow(self, key: str, amount: float) -> int:
        """Let a total grow; return it as a whole number."""
        self.totals[key] = self.totals.get(key, 0.0) + amount
        return int(self.totals[key])

    def sent(self, name: str, pps: float, bps: float, dt: float) -> dict[str, Json]:
        """Return the totals of one encoding after ``dt`` more seconds."""
        lost = events_of(self.rng, pps * dt * self.network.loss_out)
        return {
            "packetsSent": self.grow(f"{name}.packets", pps * dt),
            "bytesSent": self.grow(f"{name}.bytes", bps * dt / 8),
            "packetsLost": self.grow(f"{name}.lost", lost),
            "roundTripTime": round(self.network.rtt_ms),
        }


@dataclass(frozen=True)
class Script:
    """A room about to be: its SID and name, who comes, and until when it lasts."""

    call: str
    room: str
    guests: list[Guest]
    begins: float
    ends: float
    talk: Talk
    source: str


def room(
    rng: Random, call: str, name: str, people: list[str], weathers: list[Weather], span: tuple[float, float],
    talk: Talk, source: str,
) -> list[Iterator[Frame]]:  # fmt: skip
    """Return the frames of each page of a room, and those of the API."""
    begins, ends = span
    guests = []
    for number, (person, weather) in enumerate(zip(people, weathers, strict=True)):
        chance = Random(rng.random())
        joins, leaves = begins + 9.0 * number, ends - chance.uniform(1.0, 20.0)
        tracks = (f"MT{hexes(chance, 32)}", f"MT{hexes(chance, 32)}")
        network = Network(chance, weather)
        guests.append(Guest(number, f"PA{hexes(chance, 32)}", person, joins, leaves, network, chance, tracks))
    script = Script(call, name, guests, begins, ends, talk, source)
    return [*(_page(script, guest) for guest in guests), _api(script)]


def _page(script: Script, guest: Guest) -> Iterator[Frame]:
    """Return what callmon.js forwards from the page of a participant."""
    device = DEVICES[guest.number % len(DEVICES)]
    names: dict[str, Json] = {
        "call": script.call, "room": script.room, "leg": guest.sid, "label": guest.name,
        "page": {"browser": " ".join(device["browser"].values()), "os": device["os"]["name"],
                 "sdk": "twilio-video.js", "region": "us1"},
    }  # fmt: skip
    about, at = {"call": script.call}, guest.joins
    while at < guest.leaves:
        dt = 2.0 * guest.rng.uniform(0.995, 1.006)
        at += dt
        guest.network.step(at - guest.joins, dt)
        body = {"event": "stats", **names, "t": round(at * 1000), "data": [_report(script, guest, at, dt)],
                "networkQuality": _quality(guest.network)}  # fmt: skip
        yield Frame("twilio-video", at, "page", body, about, script.source)
    body = {"event": "disconnected", **names, "end": 1, "reason": "left the room"}
    yield Frame("twilio-video", at + 0.1, "page", body, about, script.source)


def _report(script: Script, guest: Guest, at: float, dt: float) -> dict[str, Json]:
    ms, network, rng = round(at * 1000), guest.network, guest.rng
    loud = script.talk.speaks(guest.number, at)
    audio, video = guest.tracks
    report: dict[str, Json] = {
        "peerConnectionId": "p0",
        "localAudioTrackStats": [{
            "trackId": "a", "trackSid": audio, "timestamp": ms, "ssrc": "1001", "codec": "opus",
            "audioLevel": round(32767 * level_of(rng, loud)), "jitter": round(network.jitter_out_ms),
            **guest.sent("audio", _AUDIO_PPS, _AUDIO_BPS, dt)}],
        "localVideoTrackStats": [{
            "trackId": "v", "trackSid": video, "timestamp": ms, "ssrc": str(2000 + n), "codec": "VP8",
            "dimensions": {"width": height * 16 // 9, "height": height}, "frameRate": fps,
            "captureDimensions": {"width": 1280, "height": 720}, "captureFrameRate": 30,
            "qualityLimitationReason": "none",
            **guest.sent(f"video{n}", bps / 8 / _PACKET, bps * rng.uniform(0.9, 1.05), dt)}
            for n, (height, fps, bps) in enumerate(LAYERS)],
        "remoteAudioTrackStats": [], "remoteVideoTrackStats": [],
    }  # fmt: skip
    for other in script.guests:
        if other is guest or not other.joins < at < other.leaves:
            continue
        lost = events_of(rng, _AUDIO_PPS * dt * network.loss_in)
        report["remoteAudioTrackStats"].append({
            "trackId": f"a{other.number}", "trackSid": other.tracks[0], "timestamp": ms, "codec": "opus",
            "ssrc": str(3000 + other.number), "jitter": round(network.jitter_ms),
            "packetsReceived": guest.grow(f"{other.sid}.packets", _AUDIO_PPS * dt - lost),
            "packetsLost": guest.grow(f"{other.sid}.lost", lost),
            "bytesReceived": guest.grow(f"{other.sid}.bytes", _AUDIO_BPS / 8 * dt),
            "audioLevel": round(32767 * level_of(rng, script.talk.speaks(other.number, at)))})  # fmt: skip
    return report


def _quality(network: Network) -> dict[str, Json]:
    """Return levels as the SDK gives them: round trip in seconds, loss as a fraction."""
    level = 5 - min(4, int(network.rtt_ms / 120) + int(network.loss_out * 40))
    stats = {"latency": {"rtt": network.rtt_ms / 1000, "jitter": network.jitter_out_ms / 1000, "level": level},
             "fractionLost": {"fractionLost": round(network.loss_out, 4), "level": level}}  # fmt: skip
    half = {"send": level, "recv": level, "sendStats": stats, "recvStats": None}
    return {"level": level, "audio": half, "video": half}


def _api(script: Script) -> Iterator[Frame]:
    """Return what the API answers: the room and who is or was in it, and at last that it is over."""
    at = script.begins + 1.0
    while at < script.ends:
        yield from _listed(script, at, {"call": script.call, "status": "200"})
        at += LISTED_S
    yield from _listed(script, script.ends, {"call": script.call, "status": "200", "of": "complete"})


def _listed(script: Script, at: float, about: Mapping[str, str]) -> Iterator[Frame]:
    over = "of" in about
    there = [guest for guest in script.guests if guest.joins <= at]
    now = [guest for guest in there if not over and at < guest.leaves]
    doc: dict[str, Json] = {
        "room_sid": script.call, "room_name": script.room, "create_time": iso(script.begins),
        "end_time": iso(script.ends) if over else None, "room_type": "group", "created_method": "api",
        "room_status": "completed" if over else "in_progress", "end_reason": "timeout" if over else None,
        "processing_state": "complete" if over else "in_progress", "media_region": "us1",
        "edge_location": "ashburn", "codecs": ["VP8", "opus"], "duration_sec": int(at - script.begins),
        "concurrent_participants": len(now), "max_concurrent_participants": len(there),
        "unique_participants": len(there), "unique_participant_identities": len(there), "max_participants": 50,
    }  # fmt: skip
    rows = [_row(script, guest, min(at, guest.leaves), guest in now) for guest in there]
    meta = {"page": 0, "page_size": 50, "key": "participants", "next_page_url": None}
    yield Frame("twilio-video", at, "room", doc, {k: v for k, v in about.items() if k != "of"}, script.source)
    yield Frame(
        "twilio-video", at, "participants", {"meta": meta, "participants": rows}, about, script.source
    )


def _row(script: Script, guest: Guest, until: float, there: bool) -> dict[str, Json]:
    sdk = {"type": "twilio-video.js", "version": "2.36.0"}
    return {
        "participant_sid": guest.sid, "participant_identity": guest.name, "room_sid": script.call,
        "join_time": iso(guest.joins), "leave_time": None if there else iso(guest.leaves),
        "duration_sec": int(until - guest.joins), "status": "connected" if there else "disconnected",
        "end_reason": None if there else "disconnected_via_api", "error_code": None, "media_region": "us1",
        "edge_location": "ashburn", "codecs": ["VP8", "opus"], "properties": {},
        "publisher_info": {**DEVICES[guest.number % len(DEVICES)], "sdk": sdk},
    }  # fmt: skip
