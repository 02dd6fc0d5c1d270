"""A page that makes a second peer connection because the first has failed: one call, which is as the second is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.dumps.reading import read
from tests.dumps.test_rows import T0, Row, stream, told

FAILS_S = 15.0
LINE = "candidate:1 1 udp 1 10.0.0.1 9 typ host"


def tried_again(closed: bool, after_s: float = 0.5) -> list[Row]:
    """The rows of a page whose first connection fails, and is closed or not, before it makes another."""
    second_s = FAILS_S + after_s
    rows: list[tuple[float, str, str, Any]] = [
        (0.0, "create", "8-1", {}),
        (0.0, "onsignalingstatechange", "8-1", "stable"),
        (0.0, "onicegatheringstatechange", "8-1", "gathering"),
        (0.0, "onicecandidate", "8-1", {"candidate": LINE}),
        (0.0, "oniceconnectionstatechange", "8-1", "checking"),
        (FAILS_S, "oniceconnectionstatechange", "8-1", "failed"),
        (FAILS_S, "onconnectionstatechange", "8-1", "failed"),
        *([(FAILS_S + 0.1, "close", "8-1", None)] if closed else []),
        (second_s, "create", "8-2", {}),
        (second_s, "oniceconnectionstatechange", "8-2", "checking"),
        (second_s + 0.2, "oniceconnectionstatechange", "8-2", "connected"),
        (second_s + 0.2, "onconnectionstatechange", "8-2", "connected"),
    ]
    for second in range(1, 20):
        report = {"A": stream(50 * second), "timestamp": T0 + 1000 * (second_s + second)}
        rows.append((second_s + second, "getstats", "8-2", report))
    return [[method, pc, value, T0 + 1000 * at] for at, method, pc, value in rows]


def internals(rows: list[Row]) -> dict[str, Any]:
    """The same as webrtc-internals saves it, without what it sampled."""
    pages: dict[str, Any] = {}
    for method, pc, value, at in rows:
        page = pages.setdefault(pc, {"pid": 8, "url": "http://10.8.9.1/", "stats": {}, "updateLog": []})
        if method not in ("create", "getstats"):
            told = value["candidate"] if isinstance(value, dict) else json.dumps(value)
            page["updateLog"].append({"timestamp": at, "type": method, "value": told})
    return {"timestamp": rows[-1][-1], "PeerConnections": pages}


def calls(form: str, rows: list[Row], tmp_path: Path) -> list[dict[str, Any]]:
    return told(rows, tmp_path) if form == "rows" else read(internals(rows)).calls


@pytest.mark.parametrize("form", ["rows", "internals"])
@pytest.mark.parametrize("closed", [False, True])
def test_a_page_that_tries_again_has_one_call_that_works(tmp_path: Path, closed: bool, form: str) -> None:
    (call,) = calls(form, tried_again(closed), tmp_path)
    assert (call["state"], call["ice"]["verdict"]) == ("ended", "connected")
    assert call["summary"]["end_reason"] == "the file ends here"
    assert call["grade"] != "poor"
    (issue,) = call["issues"]
    assert (issue["code"], issue["leg"]) == ("ice-failed", "8-1")
    assert issue["until"] is not None
    assert {leg["id"] for leg in call["legs"]} == {"8-1", "8-2"}


@pytest.mark.parametrize("form", ["rows", "internals"])
def test_a_page_that_calls_again_later_has_two_calls(tmp_path: Path, form: str) -> None:
    first, second = calls(form, tried_again(True, after_s=6.0), tmp_path)
    assert (first["state"], second["state"]) == ("failed", "ended")
    assert [first["ice"]["verdict"], second["ice"]["verdict"]] == ["ice-failed", "connected"]
