"""Every rule by data: frames that raise it, frames that clear it, and near misses that must not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.engine.issues import Issue
from callmon.engine.quality import RULE_SETS
from callmon.engine.rules import RULES, rules_for
from tests.engine.peer import Listener, Peer
from tests.recordings.recordings import HEALTHY, call

FOLDER = Path(__file__).parent / "rules"
CODES = [rule.code for rule in RULES]


def cases(code: str) -> list[dict[str, Any]]:
    path = FOLDER / f"{code}.toml"
    return list(tomllib.loads(path.read_text("utf-8"))["case"]) if path.exists() else []


ALL = [pytest.param(code, case, id=f"{code}: {case['name']}") for code in CODES for case in cases(code)]
WORDS = {"s", "every", "open", "value", "began", "silent", "severity", "kinds"}


def test_every_rule_has_advice_and_every_file_a_rule() -> None:
    assert len(set(CODES)) == len(CODES)
    for rule in RULES:
        assert rule.title and rule.advice.endswith(".")
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_rule_has_cases_that_raise_clear_and_miss(code: str) -> None:
    told = [[phase["open"] for phase in case["phase"]] for case in cases(code)]
    assert any(True in phases for phases in told)
    assert any(False in phases[phases.index(True) :] for phases in told if True in phases)
    assert any(True not in phases for phases in told)


@pytest.mark.parametrize(("code", "case"), ALL)
def test_rule(code: str, case: dict[str, Any]) -> None:
    peer, listener = Peer(), Listener(Engine(RULE_SETS[case.get("rules", "telnyx")]))
    began = peer.at
    for number, phase in enumerate(case["phase"]):
        unknown = phase.keys() - WORDS - peer.now.keys()
        assert not unknown, f"{unknown} in phase {number}"
        peer.become({part: words for part, words in phase.items() if part in peer.now})
        before = peer.at
        run(peer, listener, phase)
        found = listener.engine.calls[peer.call]
        issues = [issue for issue in found.issues if issue.code == code and issue.until is None]
        assert bool(issues) == phase["open"], f"phase {number}: {found.issues}"
        check(phase, issues, began, before)
    others = {issue.code for issue in found.issues} - {code}
    assert others == set(case.get("also", [])), found.issues
    closed_in_order(found)


def run(peer: Peer, listener: Listener, phase: dict[str, Any]) -> None:
    """Play a phase of ``s`` seconds, a frame each ``every`` seconds, or only time when it is silent."""
    every, end = phase.get("every", 1.0), peer.at + phase["s"]
    while peer.at + every <= end + 1e-6:
        if phase.get("silent"):
            peer.at += every
            listener.engine.tick(peer.at)
        else:
            listener.take(peer.frame(every))


def check(phase: dict[str, Any], issues: list[Issue], began: float, before: float) -> None:
    for issue in issues:
        if "value" in phase:
            low, high = phase["value"]
            assert issue.value is not None
            assert low <= issue.value <= high
        if "severity" in phase:
            assert issue.severity == phase["severity"]
        if "kinds" in phase:
            assert list(issue.kinds) == phase["kinds"]
        if "began" in phase:
            assert issue.since - began == pytest.approx(phase["began"], abs=1.1)


def closed_in_order(found: Call) -> None:
    for issue in found.issues:
        assert issue.until is None or issue.until >= issue.since
        assert issue.next_step


@pytest.mark.parametrize("name", HEALTHY)
def test_all_rules_stay_silent_on_a_healthy_call(name: str) -> None:
    assert call(name)["issues"] == []


def test_rules_are_asked_where_they_belong() -> None:
    asked = [*rules_for("call"), *rules_for("leg")]
    for kind in ("audio", "video"):
        for direction in ("inbound", "outbound"):
            asked += rules_for("stream", kind, direction)
    assert {rule.code for rule in asked} == set(CODES)
    assert "media-stopped" not in {rule.code for rule in rules_for("stream", "audio", "outbound")}
    assert "cpu-limited" not in {rule.code for rule in rules_for("stream", "audio", "outbound")}
