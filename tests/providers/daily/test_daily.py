"""The Daily dialect: network statistics of every version, and presence, meetings and logs of the API."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS
from callmon.model.events import Closed, Event, Joined, Left, Noted, Opened, Reported, Sampled
from callmon.model.frames import Fetch, Frame, Json, Rejected
from callmon.providers.daily import Daily
from callmon.providers.daily.daily import DailySettings
from callmon.providers.provider import Watched, described
from callmon.query.document import call_document
from tests.providers import golden

FOLDER = Path(__file__).parent / "golden"
GOLDEN = sorted(FOLDER.glob("*.json"))
AT = 1_787_566_831.5
CALL = "7a99abff-0047-4b27-c6c1-49b4ec46f1de"
LEG = "4fde3659-71f6-4c28-9a90-e4c3f08ca611"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_a_frame_means(path: Path) -> None:
    """Each file holds a frame, the events it means, and the arithmetic between the two, done by hand."""
    golden.check(Daily(), path)


def test_there_are_golden_frames() -> None:
    assert len(GOLDEN) >= 16


def body(name: str) -> Any:
    return copy.deepcopy(json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["body"])


def frame(said: Json, tag: str = "page", at: float = AT, **about: str) -> Frame:
    return Frame("daily", at, tag, said, about, "test")


def answer(said: Json, tag: str, about: Mapping[str, str]) -> Frame:
    return Frame("daily", AT, tag, said, about, "test")


def events(reader: Daily, one: Frame) -> list[Event]:
    return [found for found in reader.read(one) if not isinstance(found, Fetch | Rejected)]


def network(second: int, state: str = "good", **latest: Json) -> Frame:
    """A page's message with a measurement of ``second``, two seconds after the one before."""
    said = {"timestamp": 1000 * (AT + 2 * second), "networkRoundTripTime": 0.05, "audioRecvBitsPerSecond": 32_000.0,
            "audioRecvPacketLoss": 0.02, "audioRecvJitter": 0.004, "videoSendBitsPerSecond": 900_000.0,
            "videoSendPacketLoss": 0.01, **latest}  # fmt: skip
    data = {"networkState": state, "networkStateReasons": [], "stats": {"latest": said}}
    return frame({"event": "network-stats", "call": CALL, "leg": LEG, "room": "standup", "data": data},
                 at=AT + 2 * second)  # fmt: skip


def fold(frames: list[Frame], rules: str = "telnyx") -> Call:
    engine, reader = Engine(RULE_SETS[rules]), Daily()
    for one in frames:
        engine.tick(one.at)
        engine.fold(events(reader, one), one.at)
    return engine.calls[CALL]


def test_rates_stay_as_they_are_and_the_rest_is_in_our_units() -> None:
    call = fold([network(n) for n in range(20)])
    assert call.metrics["rtt_ms"] == pytest.approx(50)
    assert call.metrics["jitter_ms"] == pytest.approx(4)
    assert call.metrics["loss_pct"] == pytest.approx(2)
    assert call.metrics["bitrate_in_bps"] == pytest.approx(32_000)
    assert call.metrics["bitrate_out_bps"] == pytest.approx(900_000)
    assert call.metrics.get("mos") is None
    streams = call.legs[LEG].streams
    assert {id for id, one in streams.items() if one.tallies.get("rtt_ms")} == {"out-video"}


@pytest.mark.parametrize(
    ("state", "grade"), [("good", "good"), ("warning", "fair"), ("bad", "poor"), ("unknown", "unknown")]
)
def test_its_rule_set_is_the_vendors_verdict(state: str, grade: str) -> None:
    call = fold([network(n, state) for n in range(5)], "daily")
    assert call.grade.value == grade
    attributes = call_document(call, AT)["legs"][0]["attributes"]
    assert attributes["vendor_network_state"] == state


def test_the_vendors_verdict_stands_beside_our_grade() -> None:
    call = fold([network(n, "bad", audioRecvPacketLoss=0.0, videoSendPacketLoss=0.0) for n in range(5)])
    assert call.legs[LEG].words["network_state"] == "bad"
    assert call.grade.value == "good"


def test_what_is_null_in_one_interval_is_unknown_then_and_not_0() -> None:
    call = fold([network(n) for n in range(5)] + [network(5, audioRecvPacketLoss=None, audioRecvJitter=None)])
    stream = call.legs[LEG].streams["in-audio"]
    assert (stream.now["loss_pct"], stream.now["jitter_ms"]) == (None, None)
    assert stream.now["bitrate_bps"] == 32_000


def test_with_camera_and_microphone_off_there_is_a_rate_of_0_and_no_loss() -> None:
    call = fold([network(n, videoSendBitsPerSecond=0, videoSendPacketLoss=None) for n in range(5)])
    stream = call.legs[LEG].streams["out-video"]
    assert stream.now["bitrate_bps"] == 0
    assert stream.now.get("loss_pct") is None


@pytest.mark.parametrize("name", ["prejoin-0-76", "prejoin-0-77", "python-prejoin"])
def test_before_joining_nothing_is_good(name: str) -> None:
    call = fold([frame(body(name), call=CALL, leg=LEG)], "daily")
    assert call.grade.value == "unknown"
    assert call.legs[LEG].words["network_state"] == "unknown"
    assert "100" not in str(call.legs[LEG].words)


def test_a_verdict_that_outlives_the_call_is_none() -> None:
    """After leaving, ``stats`` is empty and the verdict is the old one."""
    stale = {"networkState": "bad", "threshold": "low", "quality": 3, "stats": {}}
    call = fold([network(n, "good") for n in range(3)] + [frame(stale, at=AT + 9, call=CALL, leg=LEG)])
    assert call.legs[LEG].words["network_state"] == "unknown"


@pytest.mark.parametrize("spelling", ["very-low", "veryLow"])
def test_both_spellings_of_the_old_word(spelling: str) -> None:
    said = {"threshold": spelling, "stats": {"latest": {"timestamp": 1, "sendBitsPerSecond": 5}}}
    [words] = [one.words for one in events(Daily(), frame(said, call=CALL)) if isinstance(one, Reported)]
    assert words["network_state"] == "bad"


def test_the_worst_and_the_mean_of_the_call_are_told_at_its_end() -> None:
    """Fractions and seconds: 0.0412 is 4.12 %, 0.031 s is 31 ms, 0.0387 s is 38.7 ms; a worst jitter of 0 is none."""
    last = frame({"event": "left-meeting", "call": CALL, "leg": LEG, "end": 1}, at=AT + 5)
    call = fold([frame(body("network-stats")), last])
    assert call.told[LEG] == pytest.approx({"loss_pct.max": 4.12, "jitter_ms.max": 31.0, "rtt_ms.avg": 38.7})
    assert call.state == "ended"
    assert not [moment for moment in call.timeline if "→" in moment.text]


def test_what_a_call_object_says_is_a_line_or_a_word() -> None:
    cpu = {"event": "cpu-load-change", "data": {"cpuLoadState": "high", "cpuLoadStateReason": "encode"}}
    [words] = [one.words for one in events(Daily(), frame(cpu, call=CALL)) if isinstance(one, Reported)]
    assert words == {"cpu_load": "high, encode"}
    said = {"event": "network-connection", "message": "signaling interrupted"}
    [line] = [one for one in events(Daily(), frame(said, call=CALL)) if isinstance(one, Noted)]
    assert line.text == "network-connection signaling interrupted"


def test_presence_is_of_a_meeting_and_two_absences_are_a_departure() -> None:
    reader = Daily()
    there = body("presence")
    assert [type(one) for one in events(reader, frame(there, "presence", AT))] == [Opened, Joined]
    assert not events(reader, frame({}, "presence", AT + 15))
    assert not events(reader, frame({}, "presence", AT + 15)), "the same answer again is no second absence"
    [left] = events(reader, frame({}, "presence", AT + 30))
    assert isinstance(left, Left) and left.at == AT, "they left when they were last seen"
    assert not events(reader, frame({}, "presence", AT + 45))


def test_presence_that_names_only_the_room_is_of_the_meeting_that_goes_on_there() -> None:
    reader = Daily()
    assert not events(reader, frame(body("room-presence"), "presence"))
    events(reader, frame(body("meetings"), "meetings", status="200"))
    found = events(reader, frame(body("room-presence"), "presence"))
    assert [one.call for one in found] == [CALL, CALL]
    assert [one.label for one in found if isinstance(one, Joined)] == ["Moishe"]


def test_meetings_are_paged_by_cursor() -> None:
    reader = Daily(DailySettings(page_size=1, room="standup"))
    [_, first, *_] = reader.poll(AT, Watched())
    since = str(int(AT // 60 * 60 - 86_400))
    assert first.query == (("timeframe_start", since), ("limit", "1"), ("room", "standup"))
    found = list(reader.read(frame(body("meetings"), "meetings", since=since)))
    [page] = [one for one in found if isinstance(one, Fetch)]
    assert page.query == (*first.query, ("starting_after", CALL))
    assert page.after == AT
    assert not list(reader.read(frame({"total_count": 1, "data": []}, "meetings", since=since)))


def test_logs_are_paged_by_offset_between_two_fixed_times() -> None:
    reader = Daily(DailySettings(page_size=2))
    events(reader, frame(body("meetings"), "meetings"))
    [first] = [one for one in reader.poll(AT, Watched()) if one.tag == "logs"]
    query = dict(first.query)
    until = AT // 30 * 30
    assert query == {"includeLogs": "1", "includeMetrics": "1", "mtgSessionId": CALL, "order": "ASC",
                     "logLevel": "INFO", "startTime": str(int(1000 * (until - 300))),
                     "endTime": str(int(1000 * until)), "limit": "2", "offset": "0"}  # fmt: skip
    found = list(reader.read(answer(body("logs"), "logs", first.about)))
    [page] = [one for one in found if isinstance(one, Fetch)]
    assert dict(page.query) == {**query, "offset": "2"}
    list(reader.read(answer({"logs": [], "metrics": []}, "logs", page.about)))
    [later] = [one for one in reader.poll(AT + 60, Watched()) if one.tag == "logs"]
    assert dict(later.query)["startTime"] == str(int(1000 * (until - 60))), (
        "what comes late is asked for again"
    )


def test_the_last_logs_are_read_after_the_end() -> None:
    reader = Daily()
    over = {**body("meetings")["data"][0], "ongoing": False, "duration": 100}
    found = events(reader, frame({"data": [over]}, "meetings", AT + 100))
    assert [one.at for one in found if isinstance(one, Closed)] == [1_787_566_931]
    assert [one.after for one in reader.poll(AT + 101, Watched()) if one.tag == "logs"] == [1_787_566_991]
    assert not [one for one in reader.poll(AT + 900, Watched()) if one.tag == "logs"]


def test_measurements_in_the_logs_are_left_out_where_the_page_is_heard() -> None:
    reader = Daily()
    events(reader, network(0))
    found = events(reader, frame(body("logs"), "logs"))
    assert {type(one) for one in found} == {Opened, Joined, Noted}


def test_a_loss_above_1_is_no_fraction_and_a_percentage_above_1_is_one() -> None:
    said = body("logs")
    said["metrics"][0]["videoRecvPacketLoss"] = 3.5
    said["metrics"][0]["metrics"]["sfu-recv"]["transport"]["recvPacketsLostPct"] = 3.5
    found = events(Daily(), frame(said, "logs"))
    assert not any("loss_pct" in one.gauges for one in found if isinstance(one, Sampled))
    [words] = [one.words for one in found if isinstance(one, Reported)]
    assert words["sfu-recv recvPacketsLostPct"] == "3.5 %"


def test_logs_that_are_polled_keep_their_own_time_and_their_numbers() -> None:
    """Four batches of 15 s, read half a minute after the last: jitter 4 ms, 32601 bit/s."""
    rows = []
    for n in range(4):
        row = body("logs")["metrics"][0]
        row["clientTime"] = f"2026-08-24T10:20:{10 + 15 * n if n < 3 else 55}.000Z"
        rows.append(row)
    call = fold([frame({"logs": [], "metrics": rows[::-1]}, "logs", AT + 50)])
    [stream] = [one for one in call.legs[LEG].streams.values() if one.kind == "audio"]
    assert stream.window["jitter_ms"] == pytest.approx(4)
    assert call.metrics["bitrate_in_bps"] == pytest.approx(32_601.02)
    assert len(stream.history.times) == 4


def test_webhooks_tell_of_meetings_and_of_who_is_in_them() -> None:
    reader = Daily()
    events(reader, frame(body("webhook-meeting-started"), call="daily-1"))
    payload = {"session_id": LEG, "room": "standup", "user_name": "Moishe", "joined_at": 1787566832.5}
    joined = events(
        reader, frame({"type": "participant.joined", "event_ts": 1787566833.0, "payload": payload})
    )
    assert [(one.call, one.at) for one in joined] == [(CALL, 1787566832.5)] * 2
    left = events(reader, frame({"type": "participant.left", "event_ts": 1787566900.5, "payload": payload}))
    assert [(one.at, one.leg) for one in left if isinstance(one, Left)] == [(1787566900.5, LEG)]
    assert [one.at for one in left if isinstance(one, Opened)] == [1787566832.5], "it had begun by then"
    ended = {"meeting_id": CALL, "end_ts": 1787566901.5, "room": "standup"}
    over = events(reader, frame({"type": "meeting.ended", "event_ts": 1787566902.0, "payload": ended}))
    assert [one.at for one in over if isinstance(one, Closed)] == [1787566901.5]
    assert [type(one) for one in reader.read(frame({"type": "recording.started", "payload": {}}))] == [
        Rejected
    ]


@pytest.mark.parametrize(
    ("said", "word"), [(17, "object"), ({"hello": 1}, "getNetworkStats"), ({"data": {"stats": 3}}, "getNetworkStats")]
)  # fmt: skip
def test_what_cannot_be_read_is_told_why(said: Json, word: str) -> None:
    [found] = Daily().read(frame(said, call=CALL))
    assert isinstance(found, Rejected)
    assert word in found.reason


def test_every_setting_says_what_it_is() -> None:
    assert all(described(DailySettings).values())
    assert [one.tag for one in Daily(DailySettings(logs_every_s=0)).poll(AT, Watched())] == [
        "presence",
        "meetings",
    ]
    [only] = Daily().poll(AT, Watched(asked=(CALL, "RM0123456789abcdef0123456789abcdef")))
    assert only.path == f"/meetings/{CALL}"


def lasting(call: Call) -> Json:
    """What must not depend on the order in which answers come."""
    said = call_document(call, AT + 10_000)
    kept = {key: said[key] for key in ("id", "room", "state", "started_at", "ended_at", "words")}
    return {**kept, "legs": {leg["id"]: leg for leg in said["legs"]}}


@given(st.permutations(range(6)))
def test_answers_twice_and_in_any_order_give_the_same_call(order: list[int]) -> None:
    there, over = body("presence"), {**body("meetings")["data"][0], "ongoing": False, "duration": 2400}
    over["participants"][0]["duration"] = 2400
    frames = [
        frame(body("meetings"), "meetings", AT),
        frame(there, "presence", AT + 1),
        frame({"data": [over]}, "meetings", AT + 2500),
    ]
    assert lasting(fold([frames[index % 3] for index in order])) == lasting(fold(frames))


@given(st.lists(st.integers(0, 19), max_size=20))
def test_a_measurement_that_comes_again_changes_nothing(again: list[int]) -> None:
    frames = [network(n, audioRecvJitter=0.001 * n) for n in range(20)]
    late = [Frame(one.provider, AT + 38, one.tag, one.body, one.about) for one in (frames[i] for i in again)]
    once, twice = (call_document(fold(many), AT + 40) for many in (frames, frames + late))
    assert once == twice


WORDS = """event call leg room label data stats latest timestamp networkState networkStateReasons threshold quality
    action recvBitsPerSecond receiveBitsPerSecond networkRoundTripTime audioRecvPacketLoss videoSendJitter
    worstVideoRecvPacketLoss averageNetworkRoundTripTime logs metrics mtgSessionId userSessionId clientTime message
    code videoRecvPacketLoss sfu-recv transport inbound-cam-audio jitterAvg packetsLostPct id joinTime mtgSessionId
    start_time duration ongoing participants participant_id join_time payload type meeting_id session_id start_ts
    end_ts error info end reason page since until offset"""
KEYS = st.sampled_from(WORDS.split())
LEAVES = (
    st.none() | st.booleans() | st.floats() | st.integers(-(10**30), 10**30) | st.text(max_size=12)
    | st.sampled_from(["bad", "meeting.started", "left-meeting", CALL, LEG, "2026-08-24T10:20:31Z", "0001-01-01"])
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=8)
    ),
)
TAGS = st.sampled_from(["page", "presence", "meetings", "meeting", "logs"])


ABOUT = st.dictionaries(st.sampled_from(["since", "until", "offset"]), st.text(max_size=5))


@given(st.lists(st.tuples(TAGS, ANYTHING), max_size=5), ABOUT)
def test_no_json_makes_it_raise(said: list[tuple[str, Json]], about: dict[str, str]) -> None:
    """Whatever comes is events, fetches or a reason, and the events can be folded."""
    reader, engine = Daily(), Engine()
    for tag, one in said:
        found = list(reader.read(answer(one, tag, {**about, "call": CALL, "status": "200"})))
        for event in found:
            if isinstance(event, Sampled):
                assert all(math.isfinite(value) for value in [*event.gauges.values(), event.clock])
        engine.fold([event for event in found if not isinstance(event, Fetch | Rejected)], AT)
        list(reader.poll(AT, Watched(live=frozenset(engine.calls))))
