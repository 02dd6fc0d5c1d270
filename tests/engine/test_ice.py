"""Every verdict and every finding, with the fields that Chromium, Firefox and Safari really give."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from callmon.engine.call import Call
from callmon.engine.diagnosis import SEVERITY
from callmon.model.frames import Frame
from callmon.query.document import call_document
from tests.engine.peer import START, Listener
from tests.schema import FINDINGS, VERDICTS, check_call

BROWSERS = ("chromium", "firefox", "safari")
STATES = {"pc": "connection", "ice": "ice", "gathering": "gathering", "signaling": "signaling"}
CONTROLS = {"at", "verdict", "findings", "silent", "say", "summary"}


def cases() -> list[dict[str, Any]]:
    """Each case once for each of its browsers, with what a step says of that browser alone."""
    found = []
    for case in tomllib.loads((Path(__file__).parent / "ice.toml").read_text("utf-8"))["case"]:
        for browser in case.get("browsers", BROWSERS):
            steps = [
                {key: value for key, value in (step | step.get(browser, {})).items() if key not in BROWSERS}
                for step in case["step"]
            ]
            found.append({**case, "browser": browser, "step": steps})
    return found


CASES = cases()


def stats(browser: str, words: dict[str, Any], ms: float) -> list[dict[str, Any]]:
    """The report of a browser; words are ice, dtls, pair ("host udp > relay udp"), pair_state, local, remote."""
    found: list[dict[str, Any]] = []
    named: dict[str, str] = {}
    for side in ("local", "remote"):
        for line in words.get(side, []):
            entry = candidate(browser, side, line, ms)
            named.setdefault(f"{side} {line.partition(' @')[0]}", entry["id"])
            found.append(entry)
    transport: dict[str, Any] = {
        "type": "transport",
        "id": "T",
        "timestamp": ms,
        "dtlsState": words.get("dtls", "new"),
    }
    if browser != "safari":
        transport["iceState"] = words.get("transport", words.get("ice", "new"))
    if words.get("dtls") == "connected" and words.get("ciphers", True):
        transport |= {"tlsVersion": "FEFD", "dtlsCipher": "TLS_AES", "srtpCipher": "AES_CM_128"}
    if words.get("pair"):
        local, _, remote = words["pair"].partition(" > ")
        pair = {"type": "candidate-pair", "id": words.get("pair_id", "CP1"), "timestamp": ms}
        pair |= {"state": words.get("pair_state", "succeeded"), "nominated": True}
        pair |= {"localCandidateId": named[f"local {local}"], "remoteCandidateId": named[f"remote {remote}"]}
        if browser == "firefox":
            pair["selected"] = True
        transport["selectedCandidatePairId"] = pair["id"]
        found.append(pair)
    if browser == "chromium":
        transport["selectedCandidatePairChanges"] = words.get("changes", int(bool(words.get("pair"))))
    if not words.get("no_transport"):
        found.append(transport)
    return found


def candidate(browser: str, side: str, line: str, ms: float) -> dict[str, Any]:
    """A candidate of a line such as ``relay udp @192.0.2.1 via tcp``."""
    words = line.split()
    address = next((word[1:] for word in words if word.startswith("@")), "10.8.1.1")
    entry: dict[str, Any] = {
        "type": f"{side}-candidate",
        "id": f"{side} {line}",
        "timestamp": ms,
        "candidateType": words[0],
        "protocol": words[1],
        "port": 40_000,
    }
    if not (browser == "safari" and side == "local"):
        entry["address"] = address
    if "via" in words and side == "local" and browser != "safari":
        entry["relayProtocol"] = words[words.index("via") + 1]
        if browser == "chromium":
            entry["url"] = "turn:192.0.2.9:3478"
    return entry


def play(case: dict[str, Any]) -> Call:
    """Play the steps of a case, checking what each says on its way."""
    listener, words = Listener(), {"signaling": "stable"}
    call: Call | None = None
    for step in case["step"]:
        at = START + step["at"]
        words |= {key: value for key, value in step.items() if key not in CONTROLS}
        if step.get("silent"):
            listener.engine.tick(at)
        else:
            states = {ours: words[key] for key, ours in STATES.items() if key in words}
            body = {"t": at * 1000, "states": {} if case.get("stats_only") else states}
            body["stats"] = case.get("stats") or stats(case["browser"], words, at * 1000)
            listener.take(Frame("webrtc", at, "snapshot", body | step.get("say", {}), {"call": "c"}))
        call = listener.engine.calls["c"]
        check(step, call)
        check_call(call_document(call, at))
    assert call is not None
    return call


def check(step: dict[str, Any], call: Call) -> None:
    diagnosis = call.legs["pc"].diagnosis
    if "verdict" in step:
        assert (diagnosis.verdict if diagnosis else "unknown") == step["verdict"], f"at {step['at']}"
    if "findings" in step:
        found = diagnosis.findings if diagnosis else ()
        assert {one.code for one in found} == set(step["findings"]), f"at {step['at']}"
        assert all(one.summary and one.next_step and one.evidence for one in found)
    if "summary" in step:
        assert diagnosis is not None
        assert step["summary"] in diagnosis.summary


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case['browser']}: {case['name']}") for case in CASES]
)
def test_diagnosis(case: dict[str, Any]) -> None:
    play(case)


def told(key: str, browser: str | None = None) -> set[str]:
    found: set[str] = set()
    for case in CASES:
        if browser in (None, case["browser"]):
            for step in case["step"]:
                value = step.get(key, [])
                found |= {value} if isinstance(value, str) else set(value)
    return found


def test_every_verdict_and_finding_has_a_case() -> None:
    assert told("verdict") == VERDICTS == set(SEVERITY)
    assert told("findings") == FINDINGS


@pytest.mark.parametrize("browser", BROWSERS)
def test_every_browser_comes_to_every_verdict_that_it_can(browser: str) -> None:
    assert VERDICTS - told("verdict", browser) == set()


def test_every_failure_says_what_to_do() -> None:
    for case in CASES:
        call = play(case)
        diagnosis = call.legs["pc"].diagnosis
        if diagnosis is not None and diagnosis.verdict in (
            "ice-failed", "no-candidates", "dtls-stuck", "dtls-failed", "dropped", "disconnected",
        ):  # fmt: skip
            assert diagnosis.next_step
            assert diagnosis.summary.endswith(".")
            assert "{" not in diagnosis.summary
