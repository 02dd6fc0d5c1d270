"""What is exported and opened again is the same call: verdict, issues, summary."""

from __future__ import annotations

import json
from collections.abc import Set
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS
from callmon.exports import bundle
from callmon.exports.export import Empty, Subject, make, masked
from callmon.exports.formats import BY_KEY
from callmon.masking.mask import Mask
from callmon.model.events import Closed, Event, IceChanged, Joined, Opened
from callmon.model.frames import Frame
from callmon.model.ice import Candidate, IceFacts
from callmon.model.tape import Entry
from tests.dumps.samples import body
from tests.exports import worlds
from tests.recordings.recordings import NAMES

DEMO = worlds.demo().calls()
PROVIDERS = sorted({call["provider"] for call in DEMO.values()})

UNSAID = {"twilio-video": {"participant-packet-loss", "participant-rtt"}}
"""Issues by the vendor's own rules, which do not judge a call that comes from a file of another."""

VENDORS = [id for id, call in DEMO.items() if call["provider"] != "webrtc"]
MEETINGS = [id for id, call in DEMO.items() if len(call["legs"]) > 1]
REPORTS = [
    ("telnyx", "report-final"),
    ("telnyx", "report-ios"),
    ("telnyx", "report-android"),
    ("telnyx", "webhook-hang-up"),
    ("twilio_voice", "summary-complete-2020"),
    ("twilio_voice", "summary-failed"),
    ("twilio_voice", "summary-partial"),
    ("twilio_voice", "sdk-sample"),
    ("twilio_video", "stats-report"),
    ("twilio_video", "simulcast"),
    ("daily", "network-stats"),
    ("daily", "python-joined"),
]
"""Messages that carry a vendor's own figures, or a whole call at once."""


def seconds(stamp: str | None) -> float | None:
    return None if stamp is None else datetime.fromisoformat(stamp).timestamp()


def near(before: Any, after: Any, share: float, beside: float) -> bool:
    """Whether a figure is the same, as far as a log of rows can tell what came in one message."""
    if before is None or after is None:
        return before is after
    return bool(abs(before - after) <= max(beside, share * abs(before)))


def only(documents: dict[str, Any]) -> Any:
    (call,) = documents.values()
    return call


def same_issues(before: Any, after: Any) -> None:
    def told(call: Any) -> list[Any]:
        return sorted((issue["code"], issue["severity"], issue["limit"] or 0) for issue in call["issues"])

    assert told(before) == told(after)
    for one, other in zip(*(sorted(c["issues"], key=lambda i: (i["code"], i["since"])) for c in (before, after)),
                          strict=True):  # fmt: skip
        assert near(seconds(one["since"]), seconds(other["since"]), 0, 1.5)
        assert near(seconds(one["until"]), seconds(other["until"]), 0, 1.5)
        assert near(one["value"], other["value"], 0.05, 0.05)


def same_summary(before: Any, after: Any) -> None:
    for key in ("status", "codec", "mos_source"):
        assert before[key] == after[key]
    assert near(before["duration_s"], after["duration_s"], 0, 0.1)
    for key in ("rtt_ms", "jitter_ms", "loss_pct", "mos"):
        # A millisecond is what a report more or less makes where a round trip takes one or two.
        assert near(before[key]["avg"], after[key]["avg"], 0.02, 1.0)
    for key in ("packets", "bytes"):
        for part in before[key]:
            # Chromium goes on counting what it sends into a path that has failed; the log says when it was over.
            assert near(before[key][part], after[key][part], 0.04, 1)
    for grade, spent in before["time_in_grade_s"].items():
        assert near(spent, after["time_in_grade_s"][grade], 0, 1.5)


@pytest.mark.parametrize(
    ("name", "mask"), [*((name, True) for name in NAMES), *((name, False) for name in NAMES[::4])]
)
def test_a_recording_as_an_rtcstats_file_is_the_same_call(name: str, mask: bool) -> None:
    before = worlds.recording(name).calls()[name]
    made = make(worlds.recording(name).subject(name), BY_KEY["rtcstats"], mask)
    after = only(worlds.opened(worlds.joined(made.chunks)))
    assert after["ice"]["verdict"] == before["ice"]["verdict"]
    assert after["state"] == before["state"]
    found, wanted = ([one["code"] for one in call["ice"]["findings"]] for call in (after, before))
    assert found == wanted
    same_issues(before, after)
    same_summary(before["summary"], after["summary"])
    assert after["summary"]["end_reason"] == before["summary"]["end_reason"]


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_as_a_masked_webrtc_internals_dump_is_the_same_call(name: str) -> None:
    before = worlds.recording(name).calls()[name]
    made = make(worlds.recording(name).subject(name), BY_KEY["internals"], True)
    after = only(worlds.opened(worlds.joined(made.chunks)))
    assert after["ice"]["verdict"] == before["ice"]["verdict"]
    assert after["state"] == before["state"]
    same_issues(before, after)
    same_summary(before["summary"], after["summary"])
    assert after["summary"]["end_reason"] == before["summary"]["end_reason"]


@pytest.mark.parametrize("mask", [True, False], ids=["masked", "plain"])
@pytest.mark.parametrize("name", NAMES[::3])
def test_a_recording_as_a_ticket_is_the_very_same_call(name: str, mask: bool) -> None:
    subject = worlds.recording(name).subject(name)
    before = worlds.recording(name).calls()[name]
    if mask:
        subject = masked(subject, Mask())
    parts = bundle.parts(subject, mask, {})
    after = only(worlds.opened(bundle.pack(parts)))
    assert after == worlds.loaded([parts["call.json"]])["calls"][0]
    for key in ("state", "grade", "metrics", "summary", "duration_s", "started_at"):
        assert after[key] == before[key]
    same_issues(before, after)
    assert after["ice"]["verdict"] == before["ice"]["verdict"]
    if not mask:
        assert after == before


@pytest.mark.parametrize("id", DEMO, ids=[f"{call['provider']}-{id[:8]}" for id, call in DEMO.items()])
def test_an_invented_call_of_any_provider_as_a_masked_ticket_is_the_very_same(id: str) -> None:
    subject = masked(worlds.demo().subject(id), Mask())
    parts = bundle.parts(subject, True, {})
    after = only(worlds.opened(bundle.pack(parts)))
    assert after == worlds.loaded([parts["call.json"]])["calls"][0]
    before = DEMO[id]
    for key in ("provider", "state", "grade", "metrics", "summary", "duration_s", "last_frame_at"):
        assert after[key] == before[key]
    assert [issue | {"leg": "", "stream": ""} for issue in after["issues"]] == [
        issue | {"leg": "", "stream": ""} for issue in before["issues"]
    ]
    assert after["ice"]["verdict"] == before["ice"]["verdict"]


@pytest.mark.parametrize("id", DEMO, ids=[f"{call['provider']}-{id[:8]}" for id, call in DEMO.items()])
def test_an_invented_call_of_any_provider_as_a_masked_rtcstats_file(id: str) -> None:
    before = DEMO[id]
    made = make(worlds.demo().subject(id), BY_KEY["rtcstats"], True)
    after = only(worlds.opened(worlds.joined(made.chunks)))
    assert after["ice"]["verdict"] == before["ice"]["verdict"]
    if before["state"] in ("ended", "failed"):
        assert after["state"] == before["state"]
    found, wanted = ({issue["code"] for issue in call["issues"]} for call in (after, before))
    assert wanted - found == UNSAID.get(before["provider"], set())
    # A path that has just changed may be seen a report earlier: states have rows of their own.
    assert found - wanted <= {"path-changed"}


@pytest.mark.parametrize("format", ["rtcstats", "internals"])
@pytest.mark.parametrize("id", VENDORS, ids=[f"{DEMO[id]['provider']}-{id[:8]}" for id in VENDORS])
def test_an_invented_call_of_a_vendor_has_its_issues_summary_and_legs_again(id: str, format: str) -> None:
    subject = worlds.demo().subject(id)
    before = worlds.ended(subject)
    after = only(worlds.opened(worlds.joined(make(subject, BY_KEY[format], False).chunks)))
    same_call(before, after, UNSAID.get(before["provider"], set()))
    assert legs(after) == legs(before)
    assert after["room"] == before["room"]


@pytest.mark.parametrize("format", ["rtcstats", "internals"])
@pytest.mark.parametrize(("provider", "name"), REPORTS)
def test_what_a_vendor_says_itself_is_exported(provider: str, name: str, format: str, tmp_path: Path) -> None:
    path, ends = tmp_path / f"{name}.json", [0.0]
    path.write_text(json.dumps(body(provider, name)))
    world = worlds.empty(ends)
    worlds.read(world, {str(path): path.name}, ends)
    ((id, _),) = world.calls().items()
    subject = world.subject(id)
    before = worlds.ended(subject)
    after = only(worlds.opened(worlds.joined(make(subject, BY_KEY[format], False).chunks)))
    same_call(before, after)
    assert legs(after) == legs(before)


@pytest.mark.parametrize("format", ["rtcstats", "internals"])
@pytest.mark.parametrize("id", MEETINGS, ids=[f"{DEMO[id]['provider']}-{id[:8]}" for id in MEETINGS])
def test_a_call_of_several_legs_is_the_same_and_they_have_their_names(id: str, format: str) -> None:
    subject = worlds.demo().subject(id)
    after = only(worlds.opened(worlds.joined(make(subject, BY_KEY[format], False).chunks)))
    before = worlds.ended(subject)
    assert legs(after) == legs(before)
    same_call(before, after, UNSAID.get(before["provider"], set()))
    masked = only(worlds.opened(worlds.joined(make(subject, BY_KEY[format], True).chunks)))
    assert not legs(masked).keys() & legs(after).keys() - {"sdk_edge", "carrier_edge", "client_edge", "pc"}
    assert len(legs(masked)) == len(legs(after))


@pytest.mark.parametrize("format", ["rtcstats", "internals"])
def test_a_name_that_two_legs_claim_is_that_of_the_first(format: str) -> None:
    entries = [
        worlds_entry(at, Joined("c1", at, leg), IceChanged("c1", at, leg, IceFacts(ice="checking")))
        for leg, at in (("ann", 1.8e9), ("bob", 1.8e9 + 1))
    ]
    entries.insert(0, worlds_entry(1.8e9, Opened("c1", 1.8e9, "webrtc")))
    subject = Subject([Call("c1", "webrtc", 1.8e9)], 1.8e9 + 5, "telnyx", True, entries=entries)
    text = worlds.joined(make(subject, BY_KEY[format], False).chunks).replace(b"bob", b"ann")
    assert sorted(legs(only(worlds.opened(text)))) == ["1-2", "ann"]


def legs(call: Any) -> dict[str, Any]:
    """Who is in a call, and what is known and was said of them."""
    return {leg["id"]: (leg["label"] or leg["id"], leg["role"], leg["attributes"]) for leg in call["legs"]}


def same_call(before: Any, after: Any, unsaid: Set[str] = frozenset()) -> None:
    assert after["ice"]["verdict"] == before["ice"]["verdict"]
    assert after["state"] == before["state"]
    same_issues({"issues": [one for one in before["issues"] if one["code"] not in unsaid]}, after)
    same_summary(before["summary"], after["summary"])


def test_every_provider_is_among_the_invented_calls() -> None:
    assert PROVIDERS == ["callstats", "daily", "telnyx", "twilio-video", "twilio-voice", "webrtc"]


def told(at_s: int) -> dict[str, Any]:
    """Five seconds of a call report of Telnyx."""
    number, clock = at_s // 5 + 1, "2026-11-20T10:20:{:02}.000Z".format
    sent = {"packetsSent": 250 * number, "bytesSent": 20000 * number}
    got = {"packetsReceived": 240 * number, "bytesReceived": 19000 * number, "packetsLost": 10 * number}
    return {
        "intervalStartUtc": clock(at_s),
        "intervalEndUtc": clock(at_s + 5),
        "audio": {"outbound": sent, "inbound": got},
        "connection": {"roundTripTimeAvg": 0.04},
    }


@pytest.mark.parametrize("format", ["rtcstats", "internals"])
def test_a_report_of_a_whole_call_is_exported_from_its_events(format: str, tmp_path: Path) -> None:
    summary = {"callId": "c1", "state": "done", "startTimestamp": "2026-11-20T10:20:00.000Z"}
    path, ends = tmp_path / "report.json", [0.0]
    body = {"summary": {**summary, "durationSeconds": 30}, "stats": [told(at_s) for at_s in range(0, 30, 5)]}
    path.write_text(json.dumps(body))
    world = worlds.empty(ends)
    worlds.read(world, {str(path): "report.json"}, ends)
    subject = world.subject("c1")
    assert subject.since is None
    made = make(subject, BY_KEY[format], True)
    assert made.counted == "6 reports"
    after, before = only(worlds.opened(worlds.joined(made.chunks))), world.calls()["c1"]
    same_call(before, after)
    assert after["state"] == "ended"
    assert after["summary"]["status"] == "final"
    assert after["summary"]["packets"]["sent"] == 1500
    assert after["summary"]["rtt_ms"]["avg"] == 40.0
    assert after["summary"]["time_in_grade_s"]["unknown"] < 10


@pytest.mark.parametrize("format", ["rtcstats", "internals"])
def test_a_call_without_statistics_is_exported_with_its_states(format: str) -> None:
    entries = [
        worlds_entry(1.8e9, Opened("c1", 1.8e9, "webrtc"), Joined("c1", 1.8e9, "pc")),
        worlds_entry(1.8e9 + 1, IceChanged("c1", 1.8e9 + 1, "pc", IceFacts(ice="checking"))),
        worlds_entry(1.8e9 + 20, IceChanged("c1", 1.8e9 + 20, "pc", IceFacts(ice="failed"))),
    ]
    call = Call("c1", "webrtc", 1.8e9)
    made = make(Subject([call], 1.8e9 + 30, "telnyx", True, entries=entries), BY_KEY[format], True)
    assert made.counted == "3 events"
    assert only(worlds.opened(worlds.joined(made.chunks)))["ice"]["verdict"] == "ice-failed"
    with pytest.raises(Empty, match="nothing of the call"):
        make(Subject([call], 1.8e9 + 30, "telnyx", True), BY_KEY[format], True)


@pytest.mark.parametrize("format", ["rtcstats", "internals"])
def test_of_legs_that_are_equally_well_the_first_is_the_connection_of_the_call_again(format: str) -> None:
    at = 1.8e9
    entries = [worlds_entry(at, Opened("c1", at, "webrtc"))]
    for number, leg in enumerate(("a", "b", "c")):
        candidate = Candidate("local", "host", "udp", f"192.0.2.{number}", 5000)
        entries += [
            worlds_entry(at, Joined("c1", at, leg)),
            worlds_entry(at + 1, IceChanged("c1", at + 1, leg, IceFacts(ice="checking"))),
            worlds_entry(at + 2, IceChanged("c1", at + 2, leg, IceFacts(candidates=(candidate,)))),
            worlds_entry(at + 20, IceChanged("c1", at + 20, leg, IceFacts(ice="failed"))),
        ]
    engine = Engine(RULE_SETS["telnyx"])
    for entry in sorted(entries, key=lambda entry: entry.at):
        engine.fold(entry.events, entry.at)
    engine.fold([Closed("c1", at + 30)], at + 30)
    call = engine.calls["c1"]
    subject = Subject([call], at + 30, "telnyx", True, entries=sorted(entries, key=lambda entry: entry.at))
    after = only(worlds.opened(worlds.joined(make(subject, BY_KEY[format], False).chunks)))["ice"]
    assert call.ice_leg == "a"
    assert [one["address"] for one in after["candidates"]] == ["192.0.2.0"]
    assert after["verdict"] == "ice-failed"


@pytest.mark.parametrize("format", ["rtcstats", "internals"])
def test_legs_that_leave_at_the_moment_at_which_the_last_is_lost_were_there_at_the_end_again(
    format: str,
) -> None:
    at = 1.8e9
    local = Candidate("local", "host", "udp", "192.0.2.1", 5000)
    checking = IceFacts(ice="checking", connection="connecting", candidates=(local,))
    entries = [worlds_entry(at, Opened("c1", at, "webrtc"), *(Joined("c1", at, leg) for leg in "abc"))]
    for after_s, leg, facts in (
        (1, "a", checking),
        (1, "b", checking),
        (1, "c", checking),
        (2, "c", IceFacts(ice="connected", connection="connected")),
        (16, "a", IceFacts(ice="failed", connection="failed")),
        (16, "b", IceFacts(ice="failed", connection="failed")),
        (60, "c", IceFacts(ice="failed", connection="failed")),
    ):
        entries.append(worlds_entry(at + after_s, IceChanged("c1", at + after_s, leg, facts)))
    entries.append(worlds_entry(at + 60, Closed("c1", at + 60)))
    engine = Engine(RULE_SETS["telnyx"])
    for entry in entries:
        engine.fold(entry.events, entry.at)
    call = engine.calls["c1"]
    made = make(Subject([call], at + 60, "telnyx", True, entries=entries), BY_KEY[format], False)
    after = only(worlds.opened(worlds.joined(made.chunks)))
    before = call.diagnosis()
    assert before is not None
    assert (call.ice_leg, call.end_reason, before.verdict) == ("a", "connection dropped", "ice-failed")
    assert (after["summary"]["end_reason"], after["ice"]["verdict"]) == (call.end_reason, before.verdict)


def test_a_webrtc_internals_dump_has_the_form_that_its_importers_know() -> None:
    """What those of Chromium before 142 wrote is read by the newest too, and newer forms stop the older."""
    name = "voice_opus_clean-a"
    whole = json.loads(
        worlds.joined(make(worlds.recording(name).subject(name), BY_KEY["internals"], True).chunks)
    )
    assert set(whole["UserAgentData"]) == {"brands", "mobile", "platform"}
    (one,) = whole["PeerConnections"].values()
    assert one["url"]
    log = [(row["type"], row["value"]) for row in one["updateLog"]]
    assert all(isinstance(value, str) and not type.startswith("on") for type, value in log)
    assert [value for type, value in log if type == "connectionstatechange"] == ["connecting", "connected"]
    candidates = [value.split(", ") for type, value in log if type in ("icecandidate", "addIceCandidate")]
    assert {tuple(part.partition(": ")[0] for part in parts) for parts in candidates} == {
        ("sdpMid", "sdpMLineIndex", "candidate")
    }
    assert all(parts[2].startswith("candidate: candidate:1 1 udp ") for parts in candidates)
    sends = {key: value for key, value in one["stats"].items() if value["statsType"] == "outbound-rtp"}
    (sent,) = (json.loads(value["values"]) for key, value in sends.items() if key.endswith("-packetsSent"))
    (rate,) = (
        json.loads(value["values"]) for key, value in sends.items() if key.endswith("-[packetsSent/s]")
    )
    assert len(rate) == len(sent) - 1
    assert all(45 < value < 55 for value in rate[2:])


def worlds_entry(at: float, *events: Event) -> Entry:
    return Entry(at, Frame("webrtc", at, "snapshot", None), events)
