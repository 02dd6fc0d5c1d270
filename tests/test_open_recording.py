"""Opening a recording: it is played as it went, whatever was in it, and beside other files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from callmon.cli import keeping, wire
from callmon.cli.main import main
from callmon.engine.quality import RULE_SETS
from callmon.query.document import call_document
from callmon.recording.recorder import Rotation
from callmon.sources.demo import Demo
from tests.recordings.recordings import path_of

BEGAN = 1_800_000_000.0
LASTED_S = 60.0


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, list[dict[str, Any]]]:
    """A recording of a minute of invented calls of every provider, and how they were at its end."""
    now = [BEGAN]
    watch = wire.watch(RULE_SETS["telnyx"], lambda: now[0])
    path = tmp_path / "minute.jsonl.gz"
    recorder = keeping.record(watch, None, path, Rotation(0, 0.0, 0))
    ticked = BEGAN
    for frame in Demo(32, 5, BEGAN - 200.0).frames(BEGAN + LASTED_S):
        if frame.at < BEGAN:
            continue
        while ticked + 1.0 <= frame.at:
            ticked += 1.0
            now[0] = ticked
            watch.monitor.pass_to(ticked)
        now[0] = frame.at
        watch.monitor.take(frame)
    recorder.close()
    return path, [call_document(call, now[0]) for call in watch.board.calls()]


def document(capsys: pytest.CaptureFixture[str], *paths: Path) -> tuple[int, list[dict[str, Any]], str]:
    code = main(["open", *map(str, paths), "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out)["calls"] if out else [], err


def by_id(calls: list[dict[str, Any]]) -> dict[str, Any]:
    return {call["id"]: call for call in json.loads(json.dumps(calls))}


def test_a_recording_is_what_it_was(
    recorded: tuple[Path, list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    path, calls = recorded
    code, found, err = document(capsys, path)
    assert (code, err) == (0, "")
    assert len(found) >= 10 and {call["provider"] for call in found} > {"webrtc", "telnyx"}
    assert by_id(found) == by_id(calls)


def test_a_recording_beside_another_file(
    recorded: tuple[Path, list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    path, calls = recorded
    code, found, _ = document(capsys, path, path_of("voice_opus_clean-a"))
    assert code == 0
    assert {call["id"] for call in found} == {call["id"] for call in calls} | {"voice_opus_clean-a"}


def test_a_recording_that_breaks_off_is_read_up_to_there(
    recorded: tuple[Path, list[dict[str, Any]]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path, calls = recorded
    cut = tmp_path / "cut.jsonl.gz"
    plain = gzip.decompress(path.read_bytes())
    cut.write_bytes(gzip.compress(plain)[: len(path.read_bytes()) // 2])
    code, found, err = document(capsys, cut)
    assert code == 0 and found
    assert {call["id"] for call in found} <= {call["id"] for call in calls}
    assert err.count("\n") == 1 and "breaks off" in err


def test_a_recording_on_standard_input(
    recorded: tuple[Path, list[dict[str, Any]]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, calls = recorded
    with path.open("rb") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        code, found, _ = document(capsys, Path("-"))
    assert code == 0
    assert {call["id"] for call in found} == {call["id"] for call in calls}


def test_a_recording_of_which_nothing_is_whole_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"callmon":"recording/1","at":-1}\nnonsense\n')
    assert main(["open", "--json", str(path)]) == 2
    err = capsys.readouterr().err
    assert "nothing in this recording can be read (line 1: " in err
    assert err.count("\n") == 1
