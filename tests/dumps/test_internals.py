"""webrtc-internals dumps of our own calls: kept to the letter, and the same as what the page itself recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callmon.dumps.moments import epoch_ms
from tests.dumps.reading import SCENARIOS, brief, dump, opened, read
from tests.kept import check_kept
from tests.recordings.recordings import call

GOLDEN = Path(__file__).parent / "golden"

SPREADS = [("rtt_ms", 0.5), ("jitter_ms", 0.5), ("loss_pct", 0.1), ("mos", 0.05)]
"""Figures of a summary, and by how much their means may differ where two percent is less than one step of them."""

CANNOT = {
    # Nothing is sampled before a connection begins to connect, and this one never does.
    "relay_unreachable": {"packets", "bytes", "codec"},
}
"""What the dump of a scenario does not hold."""


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_document_is_kept_to_the_letter(scenario: str) -> None:
    check_kept(opened(scenario).document, GOLDEN / f"{scenario}.json")


def test_there_is_a_dump_of_every_kind_of_trouble() -> None:
    assert len(SCENARIOS) == 13
    assert {"drop_midcall", "remote_close", "relay_unreachable", "ice_failed", "dtls_stuck"} <= {*SCENARIOS}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_rejected(scenario: str) -> None:
    assert opened(scenario).rejected == []
    assert opened(scenario).form == "a webrtc-internals dump"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_verdict_issues_and_findings_are_those_of_the_capture(scenario: str) -> None:
    assert brief(opened(scenario).call) == brief(call(f"{scenario}-a"))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_numbers_are_those_of_the_capture(scenario: str) -> None:
    ours, theirs = opened(scenario).call["summary"], call(f"{scenario}-a")["summary"]
    missing = CANNOT.get(scenario, set())
    for key, step in SPREADS:
        if theirs[key]["avg"] is None:
            assert ours[key]["avg"] is None
        else:
            assert ours[key]["avg"] == pytest.approx(theirs[key]["avg"], rel=0.02, abs=step)
    for key in ("packets", "bytes"):
        for way, count in theirs[key].items():
            found = ours[key][way]
            if key in missing or count is None:
                assert found is None
            else:
                # The page looks at its own second: what came after the last look is not in the dump.
                assert found == pytest.approx(count, rel=0.02, abs=1)
    assert ours["codec"] == (None if "codec" in missing else theirs["codec"])
    # A connection that is not up lasts until the dump was saved, the capture until its page was closed.
    assert ours["duration_s"] == pytest.approx(theirs["duration_s"], rel=0.04, abs=0.2)


@pytest.mark.parametrize("scenario", ["voice_opus_loss5", "ff_voice_loss3", "av_clean", "relay_udp_only"])
def test_streams_are_those_of_the_capture(scenario: str) -> None:
    def streams(one: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return {stream["id"]: stream for leg in one["legs"] for stream in leg["streams"]}

    ours, theirs = streams(opened(scenario).call), streams(call(f"{scenario}-a"))
    assert ours.keys() == theirs.keys()
    for id, stream in theirs.items():
        assert ours[id]["codec"] == stream["codec"]
        known = {key for key, value in stream["metrics"].items() if value is not None}
        assert {key for key, value in ours[id]["metrics"].items() if value is not None} == known


def test_a_page_tells_of_itself() -> None:
    (leg,) = opened("av_clean").call["legs"]
    assert leg["id"] == "8-1"
    assert leg["attributes"]["browser"] == "Chromium 156"
    assert leg["attributes"]["os"] == "Linux"
    first = opened("av_clean").frames[0].body
    assert first["page"]["cores"] == "2"
    assert first["page"]["memory"] == "16 GB"
    assert first["page"]["page"] == "http://10.8.9.1:8000/p", "without what stands behind the question mark"


def test_an_outage_is_told_by_the_log_where_nothing_was_sampled() -> None:
    (issue,) = opened("drop_midcall").call["issues"]
    assert issue["code"] == "media-stopped"
    assert issue["value"] == pytest.approx(9.2, abs=1.0)
    (dropped,) = [one for one in opened("ice_restart").call["issues"] if one["code"] == "connection-dropped"]
    assert dropped["until"] is not None


def test_a_gap_between_samples_of_which_the_log_knows_nothing_is_a_gap() -> None:
    whole = dump("voice_opus_clean")
    shifted = _later(whole, after=12, by_ms=40_000)
    found = read(shifted).call
    assert "no-data" in [issue["code"] for issue in found["issues"]]
    assert found["duration_s"] == pytest.approx(opened("voice_opus_clean").call["duration_s"] + 40, abs=0.1)


def test_a_sample_of_the_moment_at_which_a_connection_is_closed_counts() -> None:
    whole, wanted = dump("voice_opus_loss5"), opened("voice_opus_loss5").call
    (page,) = whole["PeerConnections"].values()
    stamps = [one["values"] for name, one in page["stats"].items() if name.endswith("-timestamp")]
    last = max(json.loads(values)[-1] for values in stamps)
    page["updateLog"] = [row for row in page["updateLog"] if row["timestamp"] < last]
    page["updateLog"].append({"timestamp": last, "type": "close", "value": ""})
    found = read(whole).call
    assert found["summary"]["packets"] == wanted["summary"]["packets"]
    assert found["state"] == "ended"


def _later(whole: dict[str, Any], after: int, by_ms: float) -> dict[str, Any]:
    """A dump of which everything sampled after a number of seconds came so much later."""
    (one,) = whole["PeerConnections"].values()
    begun = min(epoch_ms(series["startTime"]) or 0.0 for series in one["stats"].values())
    limit = begun + 1000 * after

    def moved(ms: float) -> float:
        return ms + by_ms if ms > limit else ms

    for key, series in one["stats"].items():
        for name in ("startTime", "endTime"):
            series[name] = moved(epoch_ms(series[name]) or 0.0)
        if key.endswith("-timestamp"):
            series["values"] = json.dumps([moved(value) for value in json.loads(series["values"])])
    return whole
