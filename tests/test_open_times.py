"""Reports of getStats whose times or figures are written in other ways, or that stand in other orders."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from callmon.cli import opening, wire
from callmon.engine.quality import RULE_SETS
from callmon.model.events import Event
from callmon.model.frames import Frame
from tests.recordings.recordings import path_of
from tests.test_open import NAME, REPORTS, ROWS, Run, file, lines, opened, run, same

__all__ = ["run"]


def clocked(how: Callable[[float], Any]) -> list[list[dict[str, Any]]]:
    return [[{**one, "timestamp": how(one["timestamp"])} for one in stats] for stats in REPORTS]


def iso(ms: float) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()


FLAT = [one for stats in REPORTS for one in stats]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps(clocked(lambda ms: ms * 1000)), id="microseconds"),
        pytest.param(json.dumps(clocked(lambda ms: ms / 1000)), id="seconds"),
        pytest.param(json.dumps(clocked(iso)), id="ISO text"),
        pytest.param(lines([{"stats": stats} for stats in clocked(iso)]), id="ISO text in messages"),
        pytest.param(json.dumps({"reports": clocked(lambda ms: ms * 1000)}), id="microseconds, wrapped"),
        pytest.param(json.dumps(FLAT), id="one after another in one array"),
        pytest.param("".join(json.dumps(one, indent=1) + "\n" for one in REPORTS), id="laid out"),
        pytest.param(json.dumps(REPORTS[::-1]), id="newest first"),
    ],
)
def test_the_times_of_bare_reports_are_told_however_written(run: Run, tmp_path: Path, text: str) -> None:
    found, err = opened(run, file(tmp_path, text))
    assert err == ""
    wanted, _ = opened(run, file(tmp_path, json.dumps(REPORTS)))
    (one,), (whole,) = found["calls"], wanted["calls"]
    assert abs(one["duration_s"] - whole["duration_s"]) < 0.01
    assert one["started_at"][:19] == whole["started_at"][:19]
    for name in ("packets", "codec"):
        assert one["summary"][name] == whole["summary"][name]
    for name in ("loss_pct", "jitter_ms", "rtt_ms"):
        assert one["summary"][name]["avg"] == pytest.approx(whole["summary"][name]["avg"], rel=0.01)


def test_times_that_no_clock_told_are_unknown(run: Run, tmp_path: Path) -> None:
    entries = [{key: entry[key] for key in entry if key != "timestamp"} for entry in ROWS[-2]["stats"]]
    report = {"stats": entries}
    found, _ = opened(run, file(tmp_path, json.dumps(report), "untimed.json"))
    (one,) = found["calls"]
    assert [one[key] for key in ("started_at", "ended_at", "last_frame_at")] == [None] * 3
    assert found["generated_at"] is None
    assert one["summary"]["packets"]["received"] > 0
    assert "1970" not in json.dumps(found)


def test_figures_that_are_written_as_text_are_figures(run: Run, tmp_path: Path) -> None:
    members = r"(?:packets|bytes|frames|total|concealed|jitterBuffer|round|current)\w+|ssrc|timestamp|jitter"
    numbers = re.compile(rf'"({members})":\s*(-?[\d.]+(?:e-\d+)?)(?=[,}}])')
    text = gzip.decompress(path_of(NAME).read_bytes()).decode()
    told, many = numbers.subn(r'"\1": "\2"', text)
    assert many > 1000
    found, err = opened(run, file(tmp_path, told))
    assert err == ""
    assert same(found)


@pytest.mark.parametrize(("silence_s", "seconds"), [(10.987, 10), (11.0, 10), (1.6, 1), (2.0, 1), (30.2, 29)])
def test_while_a_file_is_silent_time_passes_by_the_second(silence_s: float, seconds: int) -> None:
    """So what has to last ten seconds lasts them however little sooner the next report comes."""
    watch = wire.watch(RULE_SETS["telnyx"], lambda: 0.0)
    ticks: list[float] = []

    class Witness:
        def took(self, frame: Frame, events: Sequence[Event]) -> None:
            pass

        def ticked(self, at: float) -> None:
            ticks.append(at)

    watch.monitor.show(Witness())
    take = opening._passing_time(watch, [0.0])
    for at in (1.8e9, 1.8e9 + silence_s):
        take(Frame("webrtc", at, "snapshot", {"t": at * 1000, "states": {}}, {"call": "c"}))
    assert ticks == [1.8e9 + second for second in range(1, seconds + 1)]
