"""The same call in a dump of every era of that page is the same call."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from callmon.dumps.series import Reports
from tests.dumps import eras
from tests.dumps.reading import SCENARIOS, brief, dump, opened, read

# Nothing in these is said of when they were saved, so nothing of how long a connection stayed as it was.
UNTOLD = {"relay_unreachable"}


@pytest.mark.parametrize("scenario", sorted({*SCENARIOS} - UNTOLD))
@pytest.mark.parametrize(
    "aged",
    [
        pytest.param(eras.chrome_138, id="138"),
        pytest.param(lambda whole: eras.chrome_138(whole, -8.0), id="138 in California"),
        pytest.param(lambda whole: eras.chrome_138(whole, 5.5), id="138 in India"),
        pytest.param(lambda whole: eras.chrome_138(whole, 1.0, eras.german), id="138 in Berlin"),
        pytest.param(eras.chrome_86, id="86"),
        pytest.param(lambda whole: eras.chrome_86(whole, 13.75), id="86 east of everything"),
    ],
)
def test_old_dumps_tell_the_same(scenario: str, aged: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    found, new = read(aged(dump(scenario))), opened(scenario)
    assert found.rejected == []
    assert brief(found.call) == brief(new.call)
    assert found.call["summary"]["packets"] == new.call["summary"]["packets"]
    assert found.call["duration_s"] == pytest.approx(new.call["duration_s"], abs=2.1)
    (old_leg,), (new_leg,) = found.call["legs"], new.call["legs"]
    assert {one["id"] for one in old_leg["streams"]} == {one["id"] for one in new_leg["streams"]}


def local(form: str, year: int) -> Callable[..., str]:
    """Times of other calendars; the recordings are all of one day."""

    def write(ms: float, hours: float = 0.0) -> str:
        moment = datetime.fromtimestamp(ms / 1000 + 3600 * hours, UTC)
        return form.format(day=moment.day, month=moment.month, year=year, time=f"{moment:%H:%M:%S}")

    return write


@pytest.mark.parametrize("scenario", ["ice_failed", "drop_midcall"])
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(local("{time} {day}/{month}/{year}", 2026), id="vi"),
        pytest.param(local("{day}/{month}/{year} {time}", 2569), id="th"),
        pytest.param(local("{year}/8/29, {time}", 1405), id="fa"),
    ],
)
def test_calendars_and_orders_of_other_places(scenario: str, write: Callable[..., str]) -> None:
    found, new = read(eras.chrome_138(dump(scenario), 2.0, write)), opened(scenario)
    assert found.rejected == []
    assert brief(found.call) == brief(new.call)
    assert found.call["started_at"][:16] == new.call["started_at"][:16]
    assert found.call["duration_s"] == pytest.approx(new.call["duration_s"], abs=2.1)


@pytest.mark.parametrize("scenario", ["ice_failed", "remote_close"])
def test_entries_whose_times_nobody_can_read_are_taken_where_they_stand(scenario: str) -> None:
    found, new = read(eras.chrome_138(dump(scenario), 0.0, lambda ms, hours: "?")), opened(scenario)
    assert found.rejected
    assert found.call["ice"]["verdict"] == new.call["ice"]["verdict"]
    assert found.call["state"] == new.call["state"]
    assert found.call["started_at"][:15] == new.call["started_at"][:15]


def test_local_time_is_known_where_the_page_forgot_how_it_began() -> None:
    whole = eras.chrome_138(dump("voice_opus_clean"), -3.0, eras.german)
    (one,) = whole["PeerConnections"].values()
    for entry in one["updateLog"]:
        # Two hours before the first sample that the page still had.
        entry["time"] = entry["time"].replace(", 07:", ", 05:")
    assert "05:35" in one["updateLog"][0]["time"]
    assert read(whole).call["started_at"].startswith("2026-11-20T08:35:21")


def test_what_the_page_forgot_is_no_gap() -> None:
    begun, count = 1_763_640_000_000, 1000
    times = [begun + 3_600_000 + 1000 * number for number in range(count)]
    packets = [
        {"values": json.dumps([50 * number for number in range(count)])},
        {"values": json.dumps(times)},
    ]
    for kept in (count, count - 1):
        stats = {
            "I-packetsReceived": {**packets[0], "statsType": "inbound-rtp"},
            "I-timestamp": packets[1],
            "I-kind": {"values": json.dumps(["audio"] * count)},
        }
        stats = {
            key: {**one, "values": json.dumps(json.loads(one["values"])[-kept:])}
            for key, one in stats.items()
        }
        log = [{"timestamp": begun, "type": "onconnectionstatechange", "value": '"connected"'}]
        call = read({"PeerConnections": {"7-1": {"pid": 7, "stats": stats, "updateLog": log}}}).call
        assert call["duration_s"] == 4599.0
        silent = [issue["code"] for issue in call["issues"] if issue["code"] == "no-data"]
        assert silent == ([] if kept == count else ["no-data"])


def test_values_that_were_parsed_already() -> None:
    whole = dump("voice_opus_loss5")
    for one in whole["PeerConnections"].values():
        one["rtcConfiguration"] = json.loads(one["rtcConfiguration"])
        for series in one["stats"].values():
            series["values"] = json.loads(series["values"])
        for entry in one["updateLog"]:
            if entry["value"].startswith(("{", '"')):
                entry["value"] = json.loads(entry["value"])
    assert read(whole, "voice_opus_loss5").document == opened("voice_opus_loss5").document


def test_a_page_that_was_opened_late_has_no_history() -> None:
    whole = dump("voice_opus_clean")
    (one,) = whole["PeerConnections"].values()
    at = one["updateLog"][-1]["timestamp"]
    now = {
        "onsignalingstatechange": "stable",
        "oniceconnectionstatechange": "connected",
        "onconnectionstatechange": "connected",
    }
    one["updateLog"] = [
        {"timestamp": at, "type": "setLocalDescription", "value": "{}"},
        *({"timestamp": at, "type": type, "value": f'"{value}"'} for type, value in now.items()),
    ]
    found = read(whole)
    assert brief(found.call) == brief(opened("voice_opus_clean").call)
    told = [event for frame in found.frames for event in frame.body.get("events", ())]
    assert [event["ev"] for event in told] == [
        "webrtc-internals was opened after this: how it began is not in the dump"
    ]


def stats(**series: list[Any]) -> dict[str, Any]:
    """Series of one object that was sampled in the last seconds before noon, one of them shorter than the rest."""
    noon = 1_763_640_000_000

    def iso(index: int) -> str:
        return f"2025-11-20T11:59:{60 - index:02d}.000Z"

    longest = max(len(values) for values in series.values())
    times = [noon - 1000 * (longest - number) for number in range(longest)]
    found = {
        f"I-{name}": {
            "startTime": iso(len(values)),
            "endTime": iso(1),
            "statsType": "inbound-rtp",
            "values": json.dumps(values),
        }
        for name, values in series.items()
    }
    found["I-timestamp"] = {**found[next(iter(found))], "values": json.dumps(times)}
    found["I-timestamp"] |= {"startTime": iso(longest), "endTime": iso(1)}
    return found


def members(told: dict[str, Any], name: str) -> list[Any]:
    return [report[0].get(name) for _, report in Reports(told)]


def test_objects_of_one_poll_need_not_have_the_same_time_to_the_millisecond() -> None:
    told = stats(packetsReceived=[1, 2, 3])
    times = json.loads(told["I-timestamp"]["values"])
    told["T-timestamp"] = {**told["I-timestamp"], "values": json.dumps([at + 250 for at in times])}
    told["T-bytesSent"] = {**told["I-packetsReceived"], "statsType": "transport", "values": "[4, 5, 6]"}
    assert [[one["id"] for one in report] for _, report in Reports(told)] == [["I", "T"]] * 3


def test_an_object_that_was_looked_at_twice_at_one_time_stays_where_it_was() -> None:
    told = stats(packetsReceived=[1, 2, 3, 4, 5, 6])
    times = json.loads(told["I-timestamp"]["values"])[:4]
    told["O-timestamp"] = {
        **told["I-timestamp"],
        "values": json.dumps([times[0], times[0], times[1], times[2]]),
    }
    told["O-packetsSent"] = {"statsType": "outbound-rtp", "values": "[7, 7, 8, 9]"}
    sent = [{one["id"]: one for one in report}.get("O", {}).get("packetsSent") for _, report in Reports(told)]
    assert sent == [7, 8, 9, None, None, None]


def test_a_member_that_begins_late_begins_late() -> None:
    told = stats(packetsReceived=[1, 2, 3, 4, 5], roundTripTime=[7, 8])
    assert members(told, "packetsReceived") == [1, 2, 3, 4, 5]
    assert members(told, "roundTripTime") == [None, None, None, 7, 8]


def test_a_member_that_ends_early_ends_early() -> None:
    told = stats(packetsReceived=[1, 2, 3, 4, 5], srtpCipher=["a", "b"])
    told["I-srtpCipher"] |= {"startTime": "2025-11-20T11:59:56.000Z", "endTime": "2025-11-20T11:59:57.000Z"}
    assert members(told, "srtpCipher") == [None, "a", "b", None, None]


def test_a_member_that_comes_and_goes_is_put_to_its_end_and_one_that_never_changes_stays() -> None:
    told = stats(packetsReceived=[1, 2, 3, 4, 5], roundTripTime=[7, 8, 9], remoteId=["R", "R", "R"])
    for name in ("roundTripTime", "remoteId"):
        told[f"I-{name}"] |= {"startTime": "2025-11-20T11:59:55.000Z", "endTime": "2025-11-20T11:59:59.000Z"}
    assert members(told, "roundTripTime") == [None, None, 7, 8, 9]
    assert members(told, "remoteId") == ["R"] * 5


def test_what_is_derived_is_not_read_and_ids_have_dashes() -> None:
    told = stats(packetsReceived=[1, 2])
    told["a-b=c/d:e-packetsReceived"] = {**told["I-packetsReceived"]}
    told["a-b=c/d:e-timestamp"] = told["I-timestamp"]
    told["I-[packetsReceived/s]"] = {**told["I-packetsReceived"], "values": "[1e3]"}
    ((_, first), (_, second)) = Reports(told)
    assert {one["id"] for one in first} == {"I", "a-b=c/d:e"}
    assert {name for one in second for name in one} == {"id", "type", "timestamp", "packetsReceived"}


def test_numbers_that_are_none_are_left_out_and_names_stay_text() -> None:
    told = stats(packetsReceived=[1, 2, 3], jitter=[float("nan"), 10**400, 1e999], mid=[0, 0, 0])
    assert members(told, "jitter") == [None, None, None]
    assert members(told, "mid") == ["0", "0", "0"]


def test_reports_of_the_far_end_are_those_of_the_same_polls_as_what_they_report_on() -> None:
    told = stats(packetsReceived=[1, 2, 3, 4])
    late = {"startTime": "2025-11-20T11:59:50.000Z", "endTime": "2025-11-20T11:59:55.000Z"}
    remote = {"statsType": "remote-inbound-rtp", **late}
    told["R-timestamp"] = {**remote, "values": "[1763639990000, 1763639990000, 1763639995000]"}
    told["R-localId"] = {**remote, "values": '["I", "I", "I"]'}
    told["R-packetsLost"] = {**remote, "values": "[5, 5, 6]"}
    reports = [{one["id"]: one for one in report} for _, report in Reports(told)]
    assert [one.get("R", {}).get("packetsLost") for one in reports] == [None, 5, 5, 6]
    assert reports[-1]["R"]["timestamp"] == 1_763_639_995_000, "it keeps the time of its news"


@pytest.mark.parametrize(
    ("id", "type", "kind"),
    [
        ("RTCInboundRTPAudioStream_7", "inbound-rtp", "audio"),
        ("ITaudio1V7", "inbound-rtp", "video"),
        ("OTaudio1A7", "outbound-rtp", "audio"),
        ("OT01V7", "outbound-rtp", "video"),
        ("RTCRemoteInboundRtpVideoStream_7", "remote-inbound-rtp", "video"),
        ("ROA7", "remote-outbound-rtp", "audio"),
        ("RTCVideoSource_2", "media-source", "video"),
        ("SA1", "media-source", "audio"),
        ("RTCTransport_audio_1", "transport", None),
        ("RTCIceCandidatePair_a_b", "candidate-pair", None),
        ("COTaudio1_107_level-asymmetry-allowed=1;profile-level-id=42e01f", "codec", None),
        ("RTCCertificate_30:74:CA", "certificate", None),
        ("DEPRECATED_TO7", "track", None),
    ],
)
def test_objects_are_known_by_their_ids(id: str, type: str, kind: str | None) -> None:
    span = {"startTime": "2020-11-12T16:33:00.000Z", "endTime": "2020-11-12T16:33:01.000Z"}
    ((_, (one,)), _) = Reports({f"{id}-x": {**span, "values": "[1,2]"}})
    assert (one["id"], one["type"], one.get("kind"), one["x"]) == (id, type, kind, 1)


OLD = {
    "ssrc_7_recv-ssrc": [7, 7, 7],
    "ssrc_7_recv-mediaType": ["audio", "audio", "audio"],
    "ssrc_7_recv-packetsReceived": [50, 100, 150],
    "ssrc_7_recv-packetsLost": [0, 1, 3],
    "ssrc_7_recv-googJitterReceived": [5, 6, 7],
    "ssrc_7_recv-googCodecName": ["opus", "opus", "opus"],
    "Conn-audio-1-0-googActiveConnection": ["true", "true", "true"],
    "Conn-audio-1-0-googWritable": ["true", "true", "true"],
    "Conn-audio-1-0-responsesReceived": [1, 2, 3],
    "Conn-audio-1-0-googRtt": [57, 58, 59],
    "Conn-audio-1-0-localCandidateId": ["Cand-l", "Cand-l", "Cand-l"],
    "Conn-audio-1-0-remoteCandidateId": ["Cand-r", "Cand-r", "Cand-r"],
    "Cand-l-ipAddress": ["192.0.2.1", "192.0.2.1", "192.0.2.1"],
    "Cand-l-candidateType": ["relayed", "relayed", "relayed"],
    "Cand-r-ipAddress": ["192.0.2.2", "192.0.2.2", "192.0.2.2"],
    "Cand-r-candidateType": ["host", "host", "host"],
    "Channel-audio-1-selectedCandidatePairId": ["Conn-audio-1-0"] * 3,
    "Channel-audio-1-srtpCipher": ["AES_CM_128_HMAC_SHA1_80"] * 3,
}


def test_legacy_statistics() -> None:
    span = {"startTime": "2020-11-12T16:33:00.000Z", "endTime": "2020-11-12T16:33:02.000Z"}
    told = {key: {**span, "values": json.dumps(values)} for key, values in OLD.items()}
    log = [{"time": "11/12/2020, 8:32:59 AM", "type": "iceConnectionStateChange", "value": "connected"}]
    found = read({"PeerConnections": {"7-1": {"pid": 7, "stats": told, "updateLog": log}}})
    assert found.call["started_at"] == "2020-11-12T16:32:59.000Z"
    assert found.call["ice"]["verdict"] == "connected"
    assert found.call["ice"]["transport"]["srtp_cipher"] == "AES_CM_128_HMAC_SHA1_80"
    pair = found.call["ice"]["selected_pair"]
    assert (pair["local"]["type"], pair["remote"]["address"], pair["rtt_ms"]) == ("relay", "192.0.2.2", 59.0)
    (stream,) = found.call["legs"][0]["streams"]
    assert (stream["id"], stream["codec"]) == ("in-audio-7", "opus")
    assert stream["metrics"]["jitter_ms"] == 6.0, "the mean of 5, 6 and 7"
    assert found.call["summary"]["packets"] == {"sent": None, "received": 150, "lost": 3}
