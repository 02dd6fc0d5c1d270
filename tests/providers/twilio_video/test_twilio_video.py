"""The Twilio Video dialect: rooms and participants of the API, StatsReports of the page, and the room's tags."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS
from callmon.model.events import Event, Left, Noted, Reported, Sampled
from callmon.model.frames import Fetch, Frame, Json, Rejected
from callmon.providers.provider import Watched, described
from callmon.providers.twilio_video import TwilioVideo
from callmon.providers.twilio_video.rooms import epoch
from callmon.providers.twilio_video.tracks import TRACKS
from callmon.providers.twilio_video.twilio_video import VideoSettings
from callmon.query.document import call_document
from tests.providers import golden

FOLDER = Path(__file__).parent / "golden"
GOLDEN = sorted(FOLDER.glob("*.json"))
AT = 1_787_566_831.0
ROOM = "RM0123456789abcdef0123456789abcdef"
LEG = "PA0123456789abcdef0123456789abcdef"
OTHER = "PAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_a_frame_means(path: Path) -> None:
    """Each file holds a frame, the events it means, and the arithmetic between the two, done by hand."""
    golden.check(TwilioVideo(), path)


def test_there_are_golden_frames() -> None:
    assert len(GOLDEN) >= 9


def body(name: str) -> Any:
    return copy.deepcopy(json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["body"])


def frame(said: Json, tag: str = "page", at: float = AT, **about: str) -> Frame:
    return Frame("twilio-video", at, tag, said, about, "test")


def events(reader: TwilioVideo, one: Frame) -> list[Event]:
    return [found for found in reader.read(one) if not isinstance(found, Fetch | Rejected)]


def track(sent: int, lost: int, rtt: int | None = 40, ssrc: str = "1", sid: str = "MTa") -> dict[str, Json]:
    return {"trackSid": sid, "trackId": sid, "ssrc": ssrc, "packetsSent": sent, "packetsLost": lost,
            "bytesSent": 100 * sent, "roundTripTime": rtt}  # fmt: skip


def stats(second: int, audio: list[Json] = (), video: list[Json] = (), leg: str = LEG) -> Frame:  # type: ignore[assignment]
    ms = 1000 * (AT + second)
    report = {
        "peerConnectionId": "p",
        "localAudioTrackStats": [{**one, "timestamp": ms} for one in audio],
        "localVideoTrackStats": [{**one, "timestamp": ms} for one in video],
        "remoteAudioTrackStats": [],
        "remoteVideoTrackStats": [],
    }
    return frame({"event": "stats", "call": ROOM, "leg": leg, "data": [report]}, at=AT + second)


def fold(frames: list[Frame], rules: str = "twilio-video") -> Call:
    engine, reader = Engine(RULE_SETS[rules]), TwilioVideo()
    for one in frames:
        engine.tick(one.at)
        engine.fold(events(reader, one), one.at)
    return engine.calls[ROOM]


def test_simulcast_layers_are_one_track_with_the_documented_merge() -> None:
    """Per second: layers of 30 and 70 packets, 3 and 2 of them lost: 8 × 100 × 100 bit/s, 5 / (5 + 100) = 4.76 %."""
    frames = [
        stats(s, video=[track(30 * s, 3 * s, 40, "1"), track(70 * s, 2 * s, 90, "2")]) for s in range(1, 41)
    ]
    call = fold(frames)
    [stream] = call.legs[LEG].streams.values()
    assert stream.attributes == {"layers": "2"}
    assert stream.now["bitrate_bps"] == pytest.approx(80_000)
    assert stream.now["loss_pct"] == pytest.approx(100 * 5 / 105)
    assert stream.now["rtt_ms"] == 90
    assert call.metrics["bitrate_out_bps"] == pytest.approx(80_000)


@pytest.mark.parametrize("page_first", [True, False])
def test_what_the_api_says_of_a_participant_stands_whoever_spoke_first(page_first: bool) -> None:
    page = stats(1, audio=[track(50, 0)])
    page.body["page"] = {"browser": "Chrome 139", "os": "macOS", "sdk": "twilio-video.js"}
    room = frame({"rooms": [body("room")]}, "rooms", AT + 1, status="200")
    people = frame(body("participants"), "participants", AT + 1, status="200", call=ROOM)
    call = fold([page, room, people] if page_first else [room, people, page])
    assert call.legs[LEG].attributes["sdk"] == "twilio-video.js 2.36.0"
    assert call.legs[LEG].attributes["browser"] == "Chrome 139.0"
    assert len(call.legs[LEG].streams) == 1


@pytest.mark.parametrize("rules", ["twilio-video", "telnyx"])
def test_the_room_is_tagged_when_one_participant_is_whatever_rules_judge(rules: str) -> None:
    """Sent 95 and lost 5 a second is the limit itself: 5 / 100."""
    good = [stats(s, audio=[track(50 * s, 0)], leg=OTHER) for s in range(1, 31)]
    bad = [
        stats(s, audio=[track(95 * s, 5 * s)], video=[track(95 * s, 4 * s, sid="MTv")]) for s in range(1, 31)
    ]
    call = fold([one for pair in zip(good, bad, strict=True) for one in pair], rules)
    [tag] = [issue for issue in call.issues if issue.code == "participant-packet-loss"]
    assert (tag.leg, tag.kinds, tag.limit, tag.rule) == (LEG, ("audio",), 5.0, "twilio-video")
    assert tag.value == pytest.approx(5.0)
    said = call_document(call, AT + 31)["issues"]
    assert {one["rule"] for one in said if not one["code"].startswith("participant-")} <= {rules}
    assert [one["kinds"] for one in said if one["code"] == tag.code] == [["audio"]]
    assert all("kinds" not in one for one in said if not one["code"].startswith("participant-"))


def test_the_grade_by_its_rule_set_and_the_tag_agree_on_the_limit() -> None:
    """Lost 4.9 of 100 is 4.9 % as documented, and would be 5.2 % of what was sent."""
    near = fold([stats(s, audio=[track(951 * s, 49 * s)]) for s in range(1, 31)])
    assert (near.grade.value, near.issues) == ("good", [])
    beyond = fold([stats(s, audio=[track(949 * s, 51 * s)]) for s in range(1, 31)])
    assert (beyond.grade.value, "participant-packet-loss" in {issue.code for issue in beyond.issues}) == (
        "poor",
        True,
    )


def test_the_round_trip_is_averaged_over_the_whole_track() -> None:
    """First 200 then 500 ms, as long each: 350 ms. Then 250 ms for thrice as long: 300 ms, which is no issue."""
    slow = [stats(s, video=[track(50 * s, 0, 200 if s <= 20 else 500)]) for s in range(1, 41)]
    call = fold(slow)
    [tag] = [issue for issue in call.issues if issue.code == "participant-rtt"]
    assert (tag.kinds, tag.until) == (("video",), None)
    assert tag.value == pytest.approx(350, abs=6)
    call = fold(slow + [stats(s, video=[track(50 * s, 0, 240)]) for s in range(41, 121)])
    [tag] = [issue for issue in call.issues if issue.code == "participant-rtt"]
    assert tag.until is not None


def test_what_nobody_told_is_unknown() -> None:
    found = events(
        TwilioVideo(), stats(1, audio=[{**track(1, 0), "packetsLost": None, "roundTripTime": None}])
    )
    assert [one.origin for one in found if isinstance(one, Sampled)] == ["local"]
    said = {"event": "networkQuality", "call": ROOM, "data": {"level": None, "audio": None, "video": None}}
    [words] = [one.words for one in events(TwilioVideo(), frame(said)) if isinstance(one, Reported)]
    assert words == {"network_quality": "unknown"}


def test_whoever_leaves_the_page_left_and_comes_again_as_another() -> None:
    frames = [
        stats(1, audio=[track(50, 0)]),
        frame({"event": "disconnected", "call": ROOM, "leg": LEG, "reason": "page closed"}, at=AT + 2),
        stats(3, audio=[track(50, 0)], leg=OTHER),
    ]
    call = fold(frames)
    assert call.legs[LEG].left_reason == "page closed"
    assert call.legs[OTHER].left_at is None
    assert call.state == "live"
    assert fold(frames[:2]).state == "ended"


def test_what_the_room_says_is_a_line_on_the_timeline() -> None:
    said = {"event": "reconnecting", "call": ROOM, "leg": LEG, "message": "Signaling connection disconnected"}
    [line] = [one for one in events(TwilioVideo(), frame(said)) if isinstance(one, Noted)]
    assert (line.code, line.text) == ("reconnecting", "reconnecting Signaling connection disconnected")


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (17, "object"),
        ({"hello": 1}, "StatsReport"),
        ({"event": "stats", "data": 5}, "getStats"),
        ({"code": 20003, "message": "Authenticate"}, "StatsReport"),
    ],
)
def test_what_cannot_be_read_is_told_why(said: Json, word: str) -> None:
    [found] = TwilioVideo().read(frame(said, call=ROOM))
    assert isinstance(found, Rejected)
    assert word in found.reason


def test_an_error_in_an_answer_of_200_is_told_in_the_vendors_words() -> None:
    for said in (
        {"code": 20429, "message": "Too Many Requests"},
        {"code": 20429, "title": "Too Many Requests"},
    ):
        for tag in ("rooms", "participants", "room"):
            [found] = TwilioVideo().read(frame(said, tag, status="200"))
            assert isinstance(found, Rejected)
            assert found.reason == "Twilio says 20429: Too Many Requests"


def test_every_filter_of_the_api_is_a_setting() -> None:
    assert all(described(VideoSettings).values())
    settings = VideoSettings(
        ("group", "go"), ("VP8",), "standup", "2026-08-01T00:00:00Z", "2026-08-25T00:00:00Z"
    )
    [fetch] = TwilioVideo(settings).poll(AT, Watched())
    assert fetch.query == (
        ("RoomType", "group"), ("RoomType", "go"), ("Codec", "VP8"), ("RoomName", "standup"),
        ("CreatedAfter", "2026-08-01T00:00:00Z"), ("CreatedBefore", "2026-08-25T00:00:00Z"), ("PageSize", "100"),
    )  # fmt: skip
    [fetch] = TwilioVideo().poll(1_787_562_000.0, Watched())
    assert fetch.query == (("CreatedAfter", "2026-08-23T09:00:00Z"), ("PageSize", "100"))


def test_participants_are_asked_for_while_the_room_lives_and_once_more_when_all_is_told() -> None:
    reader = TwilioVideo()
    list(reader.read(frame({"rooms": [body("room")]}, "rooms", status="200")))
    assert [one.tag for one in reader.poll(AT + 60, Watched())] == ["rooms", "participants"]
    over = {
        **body("room"),
        "room_status": "completed",
        "end_time": "2026-08-24T10:20:00Z",
        "end_reason": "timeout",
    }
    list(reader.read(frame({"rooms": [over]}, "rooms", at=AT + 60, status="200")))
    [_, last] = reader.poll(AT + 90, Watched())
    assert (last.after, last.key) == (0.0, f"participants {ROOM} over")
    answer = frame(body("participants"), "participants", AT + 91, status="200", call=ROOM, of="over")
    assert [one.reason for one in events(reader, answer) if isinstance(one, Left)] == [
        "signaling_connection_error"
    ]
    assert [one.tag for one in reader.poll(AT + 120, Watched())] == ["rooms"]
    complete = {**over, "processing_state": "complete"}
    list(reader.read(frame({"rooms": [complete]}, "rooms", at=AT + 120, status="200")))
    assert [one.key for one in reader.poll(AT + 150, Watched())] == ["rooms", f"participants {ROOM} complete"]


def test_a_list_that_is_not_there_yet_is_asked_for_again_and_one_that_is_complete_never() -> None:
    over = {**body("room"), "room_status": "completed", "processing_state": "complete"}
    reader = TwilioVideo()
    list(reader.read(frame(over, "room", status="200")))
    assert not list(reader.read(frame({}, "participants", status="404", call=ROOM, of="complete")))
    assert [one.after for one in reader.poll(AT + 30, Watched()) if one.tag == "participants"] == [AT + 60]
    list(
        reader.read(
            frame(body("participants"), "participants", AT + 61, status="200", call=ROOM, of="complete")
        )
    )
    assert [one.tag for one in reader.poll(AT + 90, Watched())] == ["rooms"]


def test_a_room_that_ended_long_ago_is_left_out_unless_it_is_asked_for() -> None:
    over = {**body("room"), "room_status": "completed", "end_time": "2026-08-24T10:11:11Z"}
    late = epoch(over["end_time"]) + 7200  # type: ignore[operator]
    reader = TwilioVideo()
    assert not events(reader, frame({"rooms": [over]}, "rooms", late, status="200"))
    asked = list(reader.poll(late, Watched(asked=(ROOM,))))
    assert [(one.path, one.tag) for one in asked] == [(f"/Video/Rooms/{ROOM}", "room")]
    assert events(reader, frame(over, "room", late, status="200"))


def test_a_long_room_that_the_list_has_lost_is_asked_for_by_itself() -> None:
    reader = TwilioVideo()
    list(reader.read(frame({"rooms": [body("room")]}, "rooms", status="200")))
    assert [one.tag for one in reader.poll(AT + 200, Watched())] == ["rooms", "room", "participants"]


def lifecycle() -> list[Frame]:
    people = body("participants")
    over = {**body("room"), "room_status": "completed", "end_time": "2026-08-24T10:30:00Z", "end_reason": "timeout",
            "processing_state": "complete", "duration_sec": 5400}  # fmt: skip
    left = copy.deepcopy(people)
    left["participants"][0] |= {
        "leave_time": "2026-08-24T10:29:00Z",
        "status": "disconnected",
        "duration_sec": 5335,
    }
    about = {"call": ROOM, "status": "200"}
    return [
        frame({"rooms": [body("room")]}, "rooms", AT, status="200"),
        frame(people, "participants", AT + 1, **about),
        frame({"rooms": [over]}, "rooms", AT + 600, status="200"),
        frame(left, "participants", AT + 601, of="complete", **about),
    ]


def lasting(call: Call) -> Json:
    """What must not depend on the order in which answers come."""
    said = call_document(call, AT + 1000)
    kept = {key: said[key] for key in ("id", "room", "state", "started_at", "ended_at", "words")}
    return {**kept, "legs": {leg["id"]: leg for leg in said["legs"]}}


@given(st.permutations(range(8)))
def test_answers_twice_and_in_any_order_give_the_same_call(order: list[int]) -> None:
    frames = lifecycle()
    assert lasting(fold([frames[index % 4] for index in order])) == lasting(fold(frames))


@given(st.lists(st.integers(0, 29), max_size=30))
def test_a_report_that_comes_again_changes_nothing(again: list[int]) -> None:
    frames = [
        stats(s, audio=[track(50 * s, s)], video=[track(90 * s, 2 * s, sid="MTv")]) for s in range(1, 31)
    ]
    late = [Frame(one.provider, AT + 30, one.tag, one.body, one.about) for one in (frames[i] for i in again)]
    once, twice = (call_document(fold(many), AT + 31) for many in (frames, frames + late))
    assert once == twice


WORDS = """event call leg room label data networkQuality level audio video send recv sendStats bandwidth
    latency fractionLost rtt jitter rooms participants meta next_page_url room_sid participant_sid room_status
    create_time end_time join_time leave_time duration_sec codecs publisher_info properties sdk device error_code
    status timestamp packetsSent packetsLost bytesSent roundTripTime trackSid ssrc audioLevel dimensions height
    end reason page code message"""
KEYS = st.sampled_from([*TRACKS, *WORDS.split()])
LEAVES = (
    st.none() | st.booleans() | st.floats() | st.integers(-(10**30), 10**30) | st.text(max_size=12)
    | st.sampled_from(["stats", "disconnected", "completed", ROOM, LEG, "2026-08-24T09:00:00Z", "0001-01-01", 1e15])
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=8)
    ),
)


@given(st.lists(st.tuples(st.sampled_from(["page", "rooms", "room", "participants"]), ANYTHING), max_size=5))
def test_no_json_makes_it_raise(said: list[tuple[str, Json]]) -> None:
    """Whatever comes is events, fetches or a reason, and the events can be folded."""
    reader, engine = TwilioVideo(), Engine()
    for tag, one in said:
        found = list(reader.read(frame(one, tag, call=ROOM, status="200")))
        for event in found:
            if isinstance(event, Sampled):
                values = [*event.gauges.values(), *event.counters.values(), event.clock]
                assert all(math.isfinite(value) for value in values)
        engine.fold([event for event in found if not isinstance(event, Fetch | Rejected)], AT)
        list(reader.poll(AT, Watched(live=frozenset(engine.calls))))
