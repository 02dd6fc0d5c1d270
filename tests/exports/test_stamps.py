"""Objects that do not say when they were looked at: what is exported of them is of the time of their report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callmon.exports.export import make
from callmon.exports.formats import BY_KEY
from tests.exports import worlds

AT_MS = 1_800_000_000_000.0
DAYS_MS = 3 * 86_400_000.0


def report(**stamps: float | None) -> list[dict[str, Any]]:
    """One report of a call that sends audio; with ``stamps`` some of its types have another time, or none."""
    objects: list[dict[str, Any]] = [
        {"id": "O1", "type": "outbound-rtp", "kind": "audio", "ssrc": 7, "packetsSent": 500, "codecId": "C1"},
        {"id": "C1", "type": "codec", "mimeType": "audio/opus"},
        {"id": "P1", "type": "candidate-pair", "state": "succeeded", "nominated": True},
        {"id": "P2", "type": "candidate-pair", "state": "in-progress", "nominated": False},
    ]
    found = []
    for entry in objects:
        stamp = stamps.get(entry["id"], AT_MS)
        found.append(entry if stamp is None else {**entry, "timestamp": stamp})
    return found


@pytest.mark.parametrize("format", ["rtcstats", "internals"])
@pytest.mark.parametrize(
    "stamps",
    [
        pytest.param({"C1": AT_MS + DAYS_MS}, id="a codec of later"),
        pytest.param({"C1": AT_MS - DAYS_MS}, id="a codec of earlier"),
        pytest.param({"C1": None}, id="a codec without a time"),
        pytest.param({"P2": AT_MS - DAYS_MS}, id="a pair of earlier"),
    ],
)
def test_a_call_lasts_as_long_as_its_reports_came(
    format: str, stamps: dict[str, float | None], tmp_path: Path
) -> None:
    path, ends = tmp_path / "call.json", [0.0]
    path.write_text(json.dumps(report(**stamps)))
    world = worlds.empty(ends)
    worlds.read(world, {str(path): "call"}, ends)
    before = world.calls()["call"]
    made = make(world.subject("call"), BY_KEY[format], False)
    (after,) = worlds.opened(worlds.joined(made.chunks)).values()
    for call in (before, after):
        assert call["started_at"] == "2027-01-15T08:00:00.000Z"
        assert call["duration_s"] == 0
        assert call["issues"] == []
        assert call["summary"]["codec"] == "opus"
