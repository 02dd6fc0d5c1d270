"""Chromium's own export of a call says the same of it as the capture that was taken beside it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from callmon.cli import wire
from callmon.cli.opening import Files, finish
from callmon.engine.quality import RULE_SETS
from tests.kept import check_kept
from tests.recordings.recordings import FOLDER, call

DUMPS = sorted((FOLDER / "rtcstats").glob("*.gz"))
SCENARIOS = [path.name.removesuffix(".gz") for path in DUMPS]
GOLDEN = Path(__file__).parent / "rtcstats"


@cache
def opened(scenario: str) -> dict[str, Any]:
    """The document of a dump, as the command prints it."""
    ends = [0.0]
    watch = wire.watch(RULE_SETS["telnyx"], lambda: ends[0])
    files = Files(watch, {str(FOLDER / "rtcstats" / f"{scenario}.gz"): scenario}, ends)
    for _ in files.steps():
        pass
    finish(watch)
    assert (files.failed, files.said) == (0, [])
    found: dict[str, Any] = watch.calls()
    return found


def both(scenario: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The call as the dump tells it, and as the capture does."""
    (dumped,) = opened(scenario)["calls"]
    return dumped, call(f"{scenario}-a")


def test_every_scenario_is_there() -> None:
    assert len(SCENARIOS) == 13


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_verdict_state_and_issues_are_the_same(scenario: str) -> None:
    dumped, captured = both(scenario)
    assert dumped["ice"]["verdict"] == captured["ice"]["verdict"]
    assert dumped["state"] == captured["state"]
    codes = [[issue["code"] for issue in one["issues"]] for one in (dumped, captured)]
    assert sorted(codes[0]) == sorted(codes[1])
    if captured["state"] == "failed":
        assert dumped["summary"]["end_reason"] == captured["summary"]["end_reason"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_numbers_are_the_same_within_two_percent(scenario: str) -> None:
    """The two were taken at other moments of each second, and the capture went on for up to half a second."""
    dumped, captured = (one["summary"] for one in both(scenario))
    if not dumped["packets"]["sent"]:
        return
    for kind in ("packets", "bytes"):
        for way, value in captured[kind].items():
            assert dumped[kind][way] == pytest.approx(value, rel=0.02, abs=2), (kind, way)
    for name, within in (("rtt_ms", 1.0), ("jitter_ms", 1.0), ("loss_pct", 0.1), ("mos", 0.02)):
        wanted = captured[name]["avg"]
        assert dumped[name]["avg"] == (
            pytest.approx(wanted, rel=0.02, abs=within) if wanted is not None else None
        )
    assert dumped["duration_s"] == pytest.approx(captured["duration_s"], rel=0.02, abs=0.1)


SAMPLED = [name for name in SCENARIOS if name not in ("ice_failed", "relay_unreachable", "remote_close")]
"""Calls of which Chromium took stats to their end."""


@pytest.mark.parametrize("scenario", SAMPLED)
def test_the_path_is_the_same(scenario: str) -> None:
    dumped, captured = (one["ice"] for one in both(scenario))
    assert dumped["transport"] == captured["transport"]
    assert {**dumped["selected_pair"], "rtt_ms": 0} == {**captured["selected_pair"], "rtt_ms": 0}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_document_is_kept_to_the_letter(scenario: str) -> None:
    check_kept(opened(scenario), GOLDEN / f"{scenario}.json")
