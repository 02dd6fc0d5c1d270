"""What is said of real calls: decided by hand, checked against their own counters, and kept to the letter."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.golden import counters
from tests.kept import check_kept
from tests.recordings.recordings import NAMES, call, rows, said

FOLDER = Path(__file__).parent
EXPECTED: dict[str, Any] = tomllib.loads((FOLDER / "expected.toml").read_text("utf-8"))
WINDOW_S = 30.0


def expected(name: str) -> dict[str, Any]:
    scenario, _, side = name.rpartition("-")
    found: dict[str, Any] = {
        "state": "ended",
        "verdict": "connected",
        "issues": [],
        "findings": [],
        "outage_s": None,
    }
    return {**found, **EXPECTED[scenario].get(side, {})}


def seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def test_every_recording_has_its_expectation_and_no_other() -> None:
    assert {name.rpartition("-")[0] for name in NAMES} == EXPECTED.keys()
    assert all(f"{name}-{side}" in NAMES for name, sides in EXPECTED.items() for side in ("a", "b", *sides))
    goldens = {path.stem for path in FOLDER.glob("*.json")}
    assert goldens <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_verdict_state_issues_and_findings(name: str) -> None:
    found, wanted = call(name), expected(name)
    assert found["state"] == wanted["state"]
    assert found["ice"]["verdict"] == wanted["verdict"]
    assert {issue["code"] for issue in found["issues"]} == set(wanted["issues"])
    assert {finding["code"] for finding in found["ice"]["findings"]} == set(wanted["findings"])
    assert found["summary"]["status"] == "provisional"


@pytest.mark.parametrize("name", NAMES)
def test_an_end_that_was_wrong_names_its_reason(name: str) -> None:
    found = call(name)
    failed = found["state"] == "failed"
    assert (found["ice"]["next_step"] is not None) >= failed
    assert (found["summary"]["end_reason"] is not None) == (
        failed or found["ice"]["verdict"] in ("closed", "closed-by-remote")
    )
    if failed:
        assert any(issue["until"] is None and issue["severity"] == "critical" for issue in found["issues"])
    else:
        assert all(issue["until"] is not None for issue in found["issues"])


@pytest.mark.parametrize("name", NAMES)
def test_loss_is_that_of_the_counters(name: str) -> None:
    """To 0.5 points; the call may have ended before the file does, so only what lies before its end counts."""
    found, wanted = call(name), counters.worst_loss_pct(name)
    if wanted is None:
        assert found["summary"]["loss_pct"]["avg"] is None
    else:
        assert found["summary"]["loss_pct"]["avg"] == pytest.approx(wanted, abs=0.5)


@pytest.mark.parametrize("name", [name for name in NAMES if "high-packet-loss" in expected(name)["issues"]])
def test_the_loss_of_an_issue_is_that_of_its_interval(name: str) -> None:
    points = counters.received(name) | counters.sent(name)
    issues = [issue for issue in call(name)["issues"] if issue["code"] == "high-packet-loss"]
    for issue in issues:
        readings, inbound = points[issue["stream"]], issue["stream"].startswith("in-")
        # What led to it lies in the window before it; what the first reading says of before it has no interval.
        since = max(seconds(issue["since"]) - WINDOW_S, readings[0].at)
        wanted = counters.loss_pct(
            readings, inbound=inbound, since=since, until=seconds(issue["until"]) + 0.001
        )
        assert wanted is not None
        assert issue["value"] == pytest.approx(wanted, abs=0.5)
        assert wanted > issue["limit"] - 0.5


@pytest.mark.parametrize("name", NAMES)
def test_outages_are_those_of_the_packets(name: str) -> None:
    found = call(name)
    stopped = [issue for issue in found["issues"] if issue["code"] == "media-stopped"]
    outages = counters.outages(name)
    assert [issue["stream"] for issue in stopped] == [outage.stream for outage in outages]
    for issue, outage in zip(stopped, outages, strict=True):
        assert seconds(issue["since"]) == pytest.approx(outage.since, abs=1.5)
        if outage.until is not None:
            assert seconds(issue["until"]) == pytest.approx(outage.until, abs=1.5)
            assert issue["value"] == pytest.approx(outage.until - outage.since, abs=1.5)
    if expected(name)["outage_s"] is not None:
        (issue,) = stopped
        assert issue["value"] == pytest.approx(expected(name)["outage_s"], abs=1.5)


@pytest.mark.parametrize("name", NAMES)
def test_totals_are_those_of_the_last_counters(name: str) -> None:
    found = call(name)
    received = counters.received(name)
    # A call that failed was over before the file; with nothing arriving its counters stood still.
    wanted = sum(points[-1].packets for points in received.values()) if received else None
    assert found["summary"]["packets"]["received"] == wanted


@pytest.mark.parametrize("name", NAMES)
def test_times_fit_together(name: str) -> None:
    found = call(name)
    summary = found["summary"]
    first, last = rows(name)[0]["t"] / 1000, rows(name)[-1]["t"] / 1000
    assert first - 3 <= seconds(found["started_at"]) <= first
    assert seconds(found["ended_at"]) <= last + 0.001
    assert summary["duration_s"] == found["duration_s"]
    assert sum(summary["time_in_grade_s"].values()) == pytest.approx(found["duration_s"], abs=0.01)
    for issue in found["issues"]:
        assert seconds(found["started_at"]) <= seconds(issue["since"]) + 0.001
        assert issue["until"] is None or seconds(issue["until"]) <= last + 0.001


@pytest.mark.parametrize("name", NAMES)
def test_the_document_is_kept_to_the_letter(name: str) -> None:
    check_kept(said(name), FOLDER / f"{name}.json")
