"""A board with rooms of several vendors, people in them, and calls beside them; time stands still."""

from __future__ import annotations

from callmon.engine.call import Call, Leg
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade, Reason
from callmon.model.ice import Pair
from callmon.query.format import clean
from tests.tui import boards, details
from tests.tui.boards import HOSTILE, NOW, FixtureBoard

APPLE = {"device": "Apple Mac", "os": "macOS 15.6", "browser": "Chrome 156.0", "sdk": "twilio-video.js 2.36.0",
         "region": "us1"}  # fmt: skip
PIXEL = {**APPLE, "device": "Google Pixel 9", "os": "Android 16", "browser": "Chrome Mobile 155.0"}
WINDOWS = {"os": "Windows 11", "browser": "Firefox 153.0", "sdk": "daily-js 0.77"}


def person(id: str, label: str, joined: float, attributes: dict[str, str]) -> Leg:
    """A participant who joined so many seconds ago, sends two tracks and receives one."""
    tracks = ((f"out-audio-{id}", "audio", "outbound"), (f"out-video-{id}", "video", "outbound"),
              (f"in-audio-{id}", "audio", "inbound"))  # fmt: skip
    streams = [details.stream(track, kind, way, wave) for wave, (track, kind, way) in enumerate(tracks)]
    found = Leg(id, "participant", NOW - joined, label, dict(attributes), {one.id: one for one in streams})
    found.grade = Grade.GOOD
    return found


def issue(code: str, leg: str, since: float, until: float | None = None) -> Issue:
    """An issue of a participant from so many seconds ago on."""
    ended = None if until is None else NOW - until
    return Issue(code, "warning", leg, None, NOW - since, ended, 431.0, 300.0, "twilio-video", code, "Look.")


def standup() -> Call:
    """A Twilio room of four, of whom one is badly off and one has left."""
    call = Call(
        "RM0123456789abcdef0123456789abcdef", "twilio-video", NOW - 240, "standup", "standup", frames=400
    )
    call.last_frame_at, call.grade = NOW - 1, Grade.POOR
    call.reason = Reason("rtt_ms", ">", 431.0, 300.0, "outbound", "PA2", "out-audio-PA2")
    call.words = {
        "type": "group", "region": "us1", "edge_location": "ashburn", "codecs": "VP8, opus", "created_by": "api",
        "status": "in_progress", "max_participants": "50", "total_recording_duration_sec": "0",
        "unique_participants": "4", "unique_participant_identities": "3", "max_concurrent_participants": "3",
    }  # fmt: skip
    for id, label, joined, attributes in (
        ("PA1", "Emil Okafor", 236.0, APPLE),
        ("PA2", "Chidi Petrova", 210.0, PIXEL),
        ("PA3", "Hanna Diallo", 190.0, APPLE),
        ("PA4", "Hanna Diallo", 80.0, APPLE),
    ):
        call.legs[id] = person(id, label, joined, attributes)
    worst, gone = call.legs["PA2"], call.legs["PA3"]
    worst.grade, worst.reason = Grade.POOR, call.reason
    worst.ice.last_pair = Pair("p", details.RELAY, details.REMOTE)
    worst.words = {"network_quality": "1 of 5", "audio_send": "1 of 5 (RTT 431 ms, loss 9.0 %)"}
    gone.left_at, gone.left_reason = NOW - 95, "disconnected_via_api"
    call.issues = [issue("participant-rtt", "PA2", 150.0), issue("high-packet-loss", "PA2", 170.0, 60.0)]
    return call


def conference() -> Call:
    """A callstats conference: participants have connections of their own."""
    call = Call("class-7b-298", "callstats", NOW - 130, "class-7b", "class-7b", frames=90, grade=Grade.GOOD)
    call.last_frame_at = NOW - 2
    for id, name in (("ana", "Ana Ruiz"), ("ben", "Ben Mora")):
        call.legs[id] = Leg(id, "participant", NOW - 128, name, {"browser": "Chrome 156", "os": "Windows"})
        link = person(f"{id}/f1", f"{name} → server", 126.0, {"browser": "Chrome 156", "far_end": "server"})
        link.role = "peer"
        call.legs[link.id] = link
    return call


def over() -> Call:
    """A Daily meeting that has ended, of which no more is known than the list of meetings tells."""
    call = Call("7a99abff-0047", "daily", NOW - 900, "design-review", "design-review", state="ended")
    call.ended_at, call.end_reason, call.grade = NOW - 300, "everybody left", Grade.GOOD
    call.words = {"status": "ended", "max_participants": "2"}
    call.legs["s1"] = Leg("s1", "participant", NOW - 890, "Juno Keller", dict(WINDOWS))
    call.legs["s1"].left_at, call.legs["s1"].left_reason = NOW - 310, "no longer present"
    return call


def board() -> FixtureBoard:
    """The rooms, and the calls of the mixed board beside them."""
    found = boards.mixed(3)
    found.all = [standup(), conference(), over(), *found.all]
    return found


def hostile() -> FixtureBoard:
    """Rooms whose every string is hostile, cleaned as it would be at ingest."""
    names = [clean(name) for name in HOSTILE]
    call = standup()
    call.room = call.label = names[0]
    call.words = {key: names[n % len(names)] for n, key in enumerate(call.words)}
    for leg, name in zip(call.legs.values(), names[1:], strict=False):
        leg.label, leg.left_reason = name, name
        leg.attributes = dict.fromkeys(leg.attributes, name)
        leg.words = {name: name}
        for track in leg.streams.values():
            track.codec = name
    call.issues = [issue(name, "PA2", 50.0) for name in names]
    found = boards.hostile()
    found.all.append(call)
    return found
