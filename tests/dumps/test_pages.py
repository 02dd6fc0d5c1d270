"""What a webrtc-internals dump says beside one call: several connections and pages, refusals, nothing, nonsense."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from callmon.dumps.documents import DOCUMENTS
from tests.dumps.reading import brief, dump, opened, read

BEGUN = 1_763_640_000_000.0
PAGE = "https://example.org/call?token=secret"


def log(*entries: tuple[float, str, str]) -> list[dict[str, Any]]:
    return [{"timestamp": BEGUN + 1000 * at, "type": type, "value": value} for at, type, value in entries]


def connection(*entries: tuple[float, str, str], pid: int = 7, url: str = PAGE) -> dict[str, Any]:
    return {"pid": pid, "url": url, "rtcConfiguration": "{}", "stats": {}, "updateLog": log(*entries)}


def states(begin: float, end: float | None = None) -> list[tuple[float, str, str]]:
    found = [
        (begin, "onconnectionstatechange", '"connecting"'),
        (begin + 1, "onconnectionstatechange", '"connected"'),
    ]
    return found if end is None else [*found, (end, "close", "")]


def internals(**connections: dict[str, Any]) -> dict[str, Any]:
    return {"PeerConnections": {id.replace("_", "-"): one for id, one in connections.items()}}


def legs(whole: dict[str, Any]) -> dict[str, set[str]]:
    return {call["id"]: {leg["id"] for leg in call["legs"]} for call in read(whole, "f").calls}


def test_connections_that_are_open_at_the_same_time_are_one_call() -> None:
    whole = internals(
        p_1=connection(*states(0, 30)), p_2=connection(*states(5, 10)), p_3=connection(*states(20, 40))
    )
    assert legs(whole) == {"f": {"p-1", "p-2", "p-3"}}


def test_one_that_begins_when_no_other_is_open_is_another_call() -> None:
    whole = internals(p_2=connection(*states(50, 60)), p_1=connection(*states(0, 30)))
    assert legs(whole) == {"f": {"p-1"}, "f/2": {"p-2"}}


def test_one_of_which_nothing_is_heard_any_more_is_no_longer_open() -> None:
    whole = internals(p_1=connection(*states(0)), p_2=connection(*states(50)), p_3=connection(*states(200)))
    assert legs(whole) == {"f": {"p-1", "p-2"}, "f/2": {"p-3"}}


def test_pages_are_different_calls() -> None:
    whole = internals(p_1=connection(*states(0, 30)), q_1=connection(*states(5, 25), pid=8))
    assert legs(whole) == {"f": {"p-1"}, "f/2": {"q-1"}}
    whole = internals(
        p_1=connection(*states(0, 30)), p_2=connection(*states(5, 25), url="https://example.org/b")
    )
    assert legs(whole) == {"f": {"p-1"}, "f/2": {"p-2"}}


def test_a_connection_that_was_closed_ends_then() -> None:
    call = read(internals(p_1=connection(*states(0, 30)))).call
    assert (call["state"], call["ice"]["verdict"], call["duration_s"]) == ("ended", "closed", 30.0)


def test_what_is_in_an_address_behind_the_question_mark_goes_nowhere() -> None:
    found = read(internals(p_1=connection(*states(0, 30))))
    assert found.frames[0].body["page"]["page"] == "https://example.org/call"
    assert "secret" not in json.dumps([frame.body for frame in found.frames])


def gum(error: str | None = None, at: float = 0.0, pid: int = 7, **more: Any) -> dict[str, Any]:
    found = {"pid": pid, "rid": 8, "request_type": "getUserMedia", "timestamp": BEGUN + 1000 * at, **more}
    return {**found, "error": error, "error_message": "Permission denied"} if error else found


def test_a_refused_microphone_is_on_the_timeline_of_its_page() -> None:
    whole = internals(p_1=connection(*states(0, 30)), q_1=connection(*states(0, 30), pid=8))
    whole["getUserMedia"] = [gum(audio=""), gum("NotAllowedError", 3.0)]
    told = {
        (frame.about["call"], event["ev"])
        for frame in read(whole, "f").frames
        for event in frame.body.get("events", ())
        if "failed" in event["ev"]
    }
    assert told == {("f", "getUserMedia failed: NotAllowedError: Permission denied")}


def test_a_refused_microphone_is_told_where_there_was_no_connection_at_all() -> None:
    found = read({"getUserMedia": [gum("NotFoundError")], "PeerConnections": {}}, "f")
    assert found.call["id"] == "f"
    assert found.rejected == []


def test_an_empty_dump_is_one_and_says_so() -> None:
    found = read({"getUserMedia": [gum(audio="")], "PeerConnections": {}, "UserAgent": "x"})
    assert found.form == "a webrtc-internals dump"
    assert found.frames == []
    (told,) = found.rejected
    assert "no peer connection" in told.reason
    assert "before the call begins" in told.reason


def test_failures_and_candidates_of_the_log() -> None:
    error = {
        "url": "stun:stun.example.org",
        "error_text": "STUN binding request timed out.",
        "error_code": 701,
    }
    line = "candidate:1 1 udp 2122260223 192.0.2.1 4000 typ host generation 0"
    one = connection(
        (0.0, "createOfferOnFailure", "OperationError: no"),
        (0.1, "onicecandidate", json.dumps({"candidate": line})),
        (0.2, "addIceCandidate", f"sdpMid: 0, candidate: {line}, url: x"),
        (0.3, "onicecandidateerror", json.dumps(error)),
        (0.4, "onicecandidateerror", "url: turn:t.example.org\nerror_text: refused\nerror_code: 401"),
        (0.5, "createOffer", '{"iceRestart":true}'),
        (0.6, "ontrack", '{"kind":"video"}'),
        *states(1, 5),
    )
    found = read(internals(p_1=one))
    assert {one["side"] for one in found.call["ice"]["candidates"]} == {"local", "remote"}
    told = [event for frame in found.frames for event in frame.body.get("events", ())]
    names = [event["ev"] for event in told]
    assert "createoffer failed:" in names
    assert "ICE restart" in names
    codes = [event["v"]["error_code"] for event in told if event["ev"] == "icecandidateerror"]
    assert codes == [701, 401]
    assert (found.call["state"], found.call["issues"]) == ("ended", []), "701 comes in calls that are good"


def test_relay_policy_is_read_from_both_spellings() -> None:
    for told in ('{"iceTransportPolicy":"relay"}', "{ iceServers: [], iceTransportPolicy: relay }"):
        one = {**connection(*states(0, 5)), "rtcConfiguration": told}
        assert read(internals(p_1=one)).frames[0].body["policy"] == "relay"


@pytest.mark.parametrize(
    ("place", "value", "word"),
    [
        pytest.param(("stats", "x-y"), 7, "series", id="series"),
        pytest.param(("stats", "x-y"), {"values": "["}, "series", id="values"),
        pytest.param(("stats", "x-y"), {"values": "[" * 100_000}, "series", id="nested"),
        pytest.param(("stats", "xy"), {"values": "[1]"}, "series", id="key"),
        pytest.param(("updateLog", None), 7, "log", id="entry"),
        pytest.param(("updateLog", None), {"type": "close"}, "log", id="no time"),
        pytest.param(("updateLog", None), {"type": [], "timestamp": BEGUN}, "log", id="no type"),
        pytest.param(("updateLog", None), {"type": "close", "time": "yesterday"}, "log", id="words"),
    ],
)
def test_what_is_broken_is_counted_with_its_place_and_the_rest_is_kept(
    place: tuple[str, str | None], value: Any, word: str
) -> None:
    whole = dump("voice_opus_clean")
    (one,) = whole["PeerConnections"].values()
    part, key = place
    if key is None:
        one[part].insert(3, value)
    else:
        one[part][key] = value
    found = read(whole, "voice_opus_clean")
    (told,) = found.rejected
    assert told.reason.startswith("peer connection 8-1: ")
    assert word in told.reason
    assert told.count == 1
    assert found.document["calls"] == opened("voice_opus_clean").document["calls"]


def test_stats_that_are_none_are_counted_and_the_log_is_kept() -> None:
    whole = dump("remote_close")
    whole["PeerConnections"]["8-1"]["stats"] = [1]
    found = read(whole)
    assert [told.reason for told in found.rejected] == ["peer connection 8-1: stats are no object"]
    assert found.call["state"] == "failed", "that the far end hung up is in the statistics alone"


def test_a_connection_that_is_none_is_counted_and_the_rest_is_kept() -> None:
    whole = dump("remote_close")
    whole["PeerConnections"] = {"0-0": None, **whole["PeerConnections"], "9-9": [], "": {}}
    found = read(whole, "remote_close")
    assert brief(found.call) == brief(opened("remote_close").call)
    assert [told.reason.partition(":")[0] for told in found.rejected] == [
        "peer connection 0-0",
        "peer connection 9-9",
    ]


def test_a_short_log_cannot_make_endless_frames() -> None:
    turns = [
        (day * 86_400.0, "onconnectionstatechange", f'"{state}"')
        for day in range(500)
        for state in ("disconnected",)
    ]
    assert len(read_only(internals(p_1=connection(*turns)))) < 3000


def read_only(whole: dict[str, Any]) -> list[Any]:
    (form,) = [form for form in DOCUMENTS if form.fits(whole)]
    return list(form.frames(whole, "f"))


@pytest.mark.parametrize("many", [2000])
def test_series_that_are_short_beside_long_ones_cost_what_they_hold(many: int) -> None:
    times = [BEGUN + 1000 * number for number in range(many)]
    whole = copy.deepcopy(internals(p_1=connection(*states(0))))
    stats = {"T01-timestamp": {"values": json.dumps(times)}}
    stats |= {f"T01-m{number}": {"values": '["a"]'} for number in range(many)}
    whole["PeerConnections"]["p-1"]["stats"] = stats
    members = sum(len(one) for frame in read_only(whole) for one in frame.body.get("stats", ()))
    assert members <= 4 * many + many
