"""Files of other tools: each is known for what it is, tells the call that it is about, and ends with its data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from callmon.dumps.documents import DOCUMENTS
from tests.dumps.reading import read
from tests.dumps.samples import body, client_samples, conference
from tests.recordings.recordings import call, rows
from tests.schema import check_document

TELNYX = "a call report or statistics of Telnyx"
TWILIO = "an answer of Twilio Insights or statistics of a Twilio SDK"
DAILY = "statistics or an answer of Daily"
PEERMETRICS = "an event file of peermetrics"
OBSERVERTC = "client samples of ObserveRTC"
REPORTS = "reports of getStats"
CA = "CA0123456789abcdef0123456789abcdef"
RM = "RM0123456789abcdef0123456789abcdef"
MEETING = "7a99abff-0047-4b27-c6c1-49b4ec46f1de"
TELNYX_CALL = "0b9f6a52-3c1e-4a77-9d55-6f2a1c7e8d10"


@pytest.mark.parametrize(
    ("provider", "name", "form", "id"),
    [
        ("telnyx", "report-segment", TELNYX, TELNYX_CALL),
        ("telnyx", "report-final", TELNYX, TELNYX_CALL),
        ("telnyx", "api-by-call", TELNYX, TELNYX_CALL),
        ("telnyx", "api-list", TELNYX, TELNYX_CALL),
        ("telnyx", "debug-report", TELNYX, "c"),
        ("telnyx", "debug-report-with-streams", TELNYX, "c"),
        ("telnyx", "nested", TELNYX, "file"),
        ("telnyx", "nested-before-rtcp", TELNYX, "file"),
        ("telnyx", "service-call", TELNYX, "98041520"),
        ("telnyx", "warning", TELNYX, None),
        ("telnyx", "webhook-hang-up", TELNYX, None),
        ("twilio_voice", "metrics-sdk-page", TWILIO, CA),
        ("twilio_voice", "metrics-carrier", TWILIO, CA),
        ("twilio_voice", "events", TWILIO, CA),
        ("twilio_voice", "summary-partial", TWILIO, CA),
        ("twilio_voice", "summary-complete-2020", TWILIO, None),
        ("twilio_voice", "list", TWILIO, CA),
        ("twilio_voice", "sdk-sample", TWILIO, "file"),
        ("twilio_voice", "sdk-post", TWILIO, CA),
        ("twilio_video", "rooms", TWILIO, None),
        ("twilio_video", "room", TWILIO, RM),
        ("twilio_video", "room-over", TWILIO, None),
        ("twilio_video", "participants", TWILIO, RM),
        ("twilio_video", "bare-stats-report", TWILIO, "file"),
        ("twilio_video", "stats-report", TWILIO, None),
        ("daily", "network-stats", DAILY, MEETING),
        ("daily", "network-stats-old", DAILY, "file"),
        ("daily", "python-joined", DAILY, "file"),
        ("daily", "prejoin-0-76", DAILY, "file"),
        ("daily", "prejoin-0-77", DAILY, "file"),
        ("daily", "logs", DAILY, MEETING),
        ("daily", "meetings", DAILY, MEETING),
        ("daily", "presence", DAILY, MEETING),
        ("daily", "room-presence", DAILY, "standup"),
        ("daily", "webhook-meeting-started", DAILY, None),
    ],
)
def test_what_vendors_write_is_known(provider: str, name: str, form: str, id: str | None) -> None:
    found = read(body(provider, name))
    assert found.form == form
    assert found.calls, "there is a call in it"
    assert id is None or id in [one["id"] for one in found.calls]
    assert [told for told in found.rejected if "without a call SID" not in told.reason] == []
    check_document(found.document)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("inside", ["data", "payload"])
def test_a_hang_up_webhook_needs_no_envelope(inside: str, many: bool, named: bool) -> None:
    whole = body("telnyx", "webhook-hang-up")
    payload = whole["data"]["payload"]
    id = payload["call_leg_id"] if named else "file"
    if not named:
        whole["data"]["payload"] = {key: payload[key] for key in ("hangup_cause", "call_quality_stats")}
    one = whole["data"] if inside == "data" else whole["data"]["payload"]
    found = read([one] if many else one)
    assert found.rejected == []
    assert (found.call["id"], found.call["state"]) == (id, "ended")
    asked = read({"data": {**whole["data"], "payload": {**whole["data"]["payload"], "call_leg_id": id}}})
    untimed = ("duration_s", "time_in_grade_s")  # a payload alone does not say when the call ended
    for key in found.call["summary"].keys() - (untimed if inside == "payload" else ()):
        assert found.call["summary"][key] == asked.call["summary"][key]
    assert found.call["summary"]["packets"]["received"] is not None


@pytest.mark.parametrize(
    ("provider", "name"),
    [("telnyx", "api-error-429"), ("twilio_voice", "error-404"), ("daily", "error"), ("daily", "error-400")],
)
def test_an_error_is_no_file_of_a_call(provider: str, name: str) -> None:
    assert read(body(provider, name)).form is None


@pytest.mark.parametrize(
    "value",
    [
        None, True, 7, "text", [], {}, [1, 2], {"name": "x", "version": 3}, [{"id": 1}], {"log": {"entries": []}},
        {"stats": {}}, {"data": []}, {"metrics": []}, {"events": [{"name": "x"}]}, {"rooms": [{}]},
        [{"event": "click", "timestamp": 1}], {"type": "FeatureCollection", "features": []},
        {"peerConnections": {"PC_0": []}, "PeerConnections": {}}, {"PeerConnections": []},
    ],
)  # fmt: skip
def test_what_is_nothing_of_all_this_is_none(value: Any) -> None:
    assert [form.name for form in DOCUMENTS if form.fits(value)] == []


@pytest.mark.parametrize("name", ["voice_opus_clean-a", "av_clean-a"])
@pytest.mark.parametrize("shape", ["array", "key", "pairs", "by id", "message", "messages", "reports"])
def test_bare_reports_and_messages_are_left_to_who_reads_captures(name: str, shape: str) -> None:
    stats = rows(name)[5]["stats"]
    value: Any = {
        "array": stats,
        "key": [{"key": one["id"], "value": one} for one in stats],
        "pairs": [[one["id"], one] for one in stats],
        "by id": {one["id"]: one for one in stats},
        "message": rows(name)[5],
        "messages": list(rows(name)),
        "reports": [row["stats"] for row in rows(name) if row.get("stats")],
    }[shape]
    assert [form.name for form in DOCUMENTS if form.fits(value)] == []


@pytest.mark.parametrize("shape", ["pairs", "named", "wrapped", "deep", "maps"])
def test_reports_in_wrappings_of_somebodys_own(shape: str) -> None:
    name = "voice_opus_loss5-a"
    reports = [row["stats"] for row in rows(name) if row.get("stats")]
    value: Any = {
        "pairs": [[[one["id"], one] for one in stats] for stats in reports],
        "named": {"caller": reports},
        "wrapped": {"version": 2, "reports": reports},
        "deep": {"session": {"results": [{"when": 7, "report": stats} for stats in reports]}},
        "maps": [{"value": [[one["id"], one] for one in stats]} for stats in reports],
    }[shape]
    found = read(value, name)
    assert found.form == REPORTS
    assert found.call["summary"]["packets"] == call(name)["summary"]["packets"]
    assert found.call["summary"]["end_reason"] == "the file ends here"


def test_reports_under_two_names_are_two_legs() -> None:
    sides = {
        side: [row["stats"] for row in rows(f"voice_opus_clean-{side}") if row.get("stats")] for side in "ab"
    }
    found = read({"publisher": sides["a"], "subscriber": sides["b"]})
    assert {leg["id"] for leg in found.call["legs"]} == {"publisher", "subscriber"}
    assert found.call["state"] == "ended"


@pytest.mark.parametrize(
    "name", ["voice_opus_loss5-a", "ff_voice_loss3-b", "av_clean-b", "drop_forever-a", "ice_failed-a"]
)
def test_client_samples_tell_what_the_page_recorded(name: str) -> None:
    found = read(client_samples(name), name)
    assert found.form == OBSERVERTC
    assert found.rejected == []
    theirs = call(name)
    ours = found.call
    assert ours["ice"]["verdict"] == theirs["ice"]["verdict"]
    assert sorted(one["code"] for one in ours["issues"]) == sorted(one["code"] for one in theirs["issues"])
    assert ours["summary"]["packets"] == theirs["summary"]["packets"]
    assert ours["state"] == theirs["state"]


def test_client_samples_in_other_dress() -> None:
    name = "voice_opus_clean-a"
    samples = client_samples(name)
    wrapped = {"callId": "call-7", "samples": samples}
    assert read(wrapped).call["id"] == "call-7"
    enveloped = [{"clientSample": one} for one in samples]
    assert read(enveloped, "x").call["summary"] == read(samples, "x").call["summary"]
    single = read(samples[7])
    assert (single.form, single.call["state"]) == (OBSERVERTC, "live"), "more may follow"
    replay = [
        {"timestamp": row["t"], "peerConnections": [["pc-1", row["stats"]]], "tracks": []}
        for row in rows(name)
        if row.get("stats")
    ]
    found = read(replay, "x")
    assert found.form == OBSERVERTC
    assert found.call["summary"]["packets"] == call(name)["summary"]["packets"]


def test_clients_of_one_call_are_legs() -> None:
    samples = client_samples("av_clean-a", "anna") + client_samples("av_clean-b", "ben")
    found = read([{**one, "callId": "c"} for one in samples])
    assert {leg["id"] for leg in found.call["legs"]} == {"anna pc-1", "ben pc-1"}


def test_a_conference_of_peermetrics() -> None:
    found = read(conference(), "demo")
    assert found.form == PEERMETRICS
    assert found.call["id"] == "demo"
    assert {leg["id"] for leg in found.call["legs"]} == {"participant 0", "participant 1"}
    assert (found.call["state"], found.call["ice"]["verdict"]) == ("ended", "closed")
    assert found.call["started_at"].startswith("2026-11-20T10:35:54.5"), "the statistics tell the epoch"
    loss = found.call["summary"]["loss_pct"]["avg"]
    assert loss == pytest.approx(call("voice_opus_loss5-b")["summary"]["loss_pct"]["avg"], rel=0.1)
    rates = [stream["metrics"]["packets_per_s"] for leg in found.call["legs"] for stream in leg["streams"]]
    assert all(rate is None or rate < 120 for rate in rates), (
        "packetRate is eight times too high and is not read"
    )
    errors = [
        e for frame in found.frames for e in frame.body.get("events", ()) if e["ev"] == "onicecandidateerror"
    ]
    assert len(errors) == 2, "the same error is told once of each connection"


def test_the_library_of_peermetrics_by_itself() -> None:
    begun = rows("av_clean-a")[0]["t"]
    events = [
        {key: value for key, value in one.items() if key not in ("participant", "delta", "eventName")}
        | {"event": one["eventName"], "tag": "connection", "timestamp": begun + one["delta"], "peerId": "ben"}
        for one in conference()
        if one["participant"] == 0
    ]
    found = read(events, "one")
    assert found.form == PEERMETRICS
    assert [leg["id"] for leg in found.call["legs"]] == ["c0"]


def test_messages_of_an_array_come_at_their_times_and_end_with_it() -> None:
    sample = body("twilio_voice", "sdk-sample")
    first = sample["timestamp"]
    many = [{**sample, "timestamp": first + 1000 * number} for number in range(20)]
    found = read(many[::-1])
    assert [frame.at for frame in found.frames[:20]] == [
        (first + 1000 * number) / 1000 for number in range(20)
    ]
    assert (found.call["state"], found.call["summary"]["end_reason"]) == ("ended", "the file ends here")
    stats = body("daily", "python-joined")
    stats = [
        {**stats, "stats": {"latest": {**stats["stats"]["latest"], "timestamp": first + 1e3 * n}}}
        for n in range(9)
    ]
    daily = read(stats).call
    assert (daily["state"], daily["duration_s"]) == ("ended", 8.0)


def test_parts_of_a_report_are_read_in_their_order_and_end_the_call() -> None:
    segment, final = body("telnyx", "report-segment"), body("telnyx", "report-final")
    for value in ([final, segment], {"data": [final, segment], "meta": {}}):
        found = read(value)
        assert found.form == TELNYX
        assert (found.call["id"], found.call["state"]) == (TELNYX_CALL, "ended")
        assert found.call["summary"]["packets"]["received"] is not None


def test_answers_about_one_twilio_call_may_be_together() -> None:
    pages = [body("twilio_voice", name) for name in ("summary-partial", "events", "metrics-sdk-page")]
    found = read(pages)
    assert [one["id"] for one in found.calls] == [CA]
    assert found.call["state"] == "ended"


def test_a_meeting_and_a_room_of_long_ago_are_read() -> None:
    row = body("daily", "meetings")["data"][0]
    old = {**row, "id": "1" + row["id"][1:], "start_time": row["start_time"] - 1e6, "ongoing": False}
    assert len(read({"total_count": 2, "data": [row, old]}).calls) == 2
    room = body("twilio_video", "room-over")
    room = room["rooms"][0] if "rooms" in room else room
    late = {
        **room,
        "room_sid": "RM" + "f" * 32,
        "create_time": "2026-08-24T09:00:00Z",
        "end_time": "2026-08-24T09:10:00Z",
    }
    early = {
        **late,
        "room_sid": RM,
        "create_time": "2026-08-20T09:00:00Z",
        "end_time": "2026-08-20T09:10:00Z",
    }
    found = read({"meta": {"key": "rooms"}, "rooms": [late, early]})
    assert {one["state"] for one in found.calls} == {"ended"}
    assert len(found.calls) == 2


def test_no_time_is_that_of_today() -> None:
    stats = body("daily", "prejoin-0-76")
    assert read(stats).frames[0].at < 10.0, "what tells no time has none"
    for provider, name in (("telnyx", "api-list"), ("twilio_voice", "events"), ("daily", "logs")):
        told = json.dumps(body(provider, name))
        assert "2026-08-24" in told
        assert all(1_787_500_000 < frame.at < 1_787_600_000 for frame in read(body(provider, name)).frames)


def test_what_is_none_of_it_is_counted_and_the_rest_is_kept() -> None:
    sample = body("twilio_voice", "sdk-sample")
    found = read([sample, 7, None, {"x": 1}, {**sample, "timestamp": sample["timestamp"] + 1000}])
    assert len(found.calls) == 1
    assert [told.count for told in found.rejected] == [3]
    samples = client_samples("voice_opus_clean-a")
    assert [told.count for told in read([*samples, 7, {}]).rejected] == [2]
    assert [told.count for told in read([*conference(), 7, {}]).rejected] == [2]
