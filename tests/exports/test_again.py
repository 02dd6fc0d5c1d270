"""What is exported and opened again is the same call: verdict, issues, summary."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from callmon.exports import bundle
from callmon.exports.export import make, masked
from callmon.exports.formats import BY_KEY
from callmon.masking.mask import Mask
from tests.exports import worlds
from tests.recordings.recordings import NAMES

DEMO = worlds.demo().calls()
PROVIDERS = sorted({call["provider"] for call in DEMO.values()})

UNSAID = {
    "daily": {"high-packet-loss"},
    "twilio-video": {"participant-packet-loss", "participant-rtt"},
    "callstats": {"media-stopped"},
}
"""Issues that a dump of W3C statistics cannot carry, by provider: shares without counts, the vendor's own."""


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
    assert wanted - found <= UNSAID.get(before["provider"], set())
    # A path that has just changed may be seen a report earlier: states have rows of their own.
    assert found - wanted <= {"path-changed"}


def test_every_provider_is_among_the_invented_calls() -> None:
    assert PROVIDERS == ["callstats", "daily", "telnyx", "twilio-video", "twilio-voice", "webrtc"]
