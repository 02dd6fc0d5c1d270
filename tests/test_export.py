"""The commands that write files: what they say, what they refuse, and that what they write is opened again."""

from __future__ import annotations

import csv
import json
import os
import stat
import zipfile
from pathlib import Path

import pytest

from callmon.cli.main import EXPORTS
from callmon.exports.formats import BY_KEY
from tests.commands import Run
from tests.recording import worlds as recording
from tests.recordings.recordings import path_of

LOSS, STUCK = "voice_opus_loss5-a", "dtls_stuck-a"


def test_the_command_line_knows_all_formats() -> None:
    assert tuple(BY_KEY) == EXPORTS


@pytest.mark.parametrize("format", EXPORTS)
def test_one_call_in_every_format(run: Run, tmp_path: Path, format: str) -> None:
    code, out, err = run("export", path_of(LOSS), "--format", format, "--call", LOSS, "-o", "out")
    assert (code, err) == (0, "")
    counted = {"csv": "60 rows", "rtcstats": "30 reports", "internals": "30 reports", "ticket": "31 messages"}
    assert out == f"{counted.get(format, '1 call')} → out\n"
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600
    if format != "ticket":
        assert LOSS not in (tmp_path / "out").read_text("utf-8")


@pytest.mark.parametrize("format", ["rtcstats", "ticket"])
def test_what_was_written_is_opened_again(run: Run, format: str) -> None:
    run("export", path_of(LOSS), "--format", format, "-o", "out")
    code, again, _ = run("open", "--json", "out")
    assert code == 0
    _, first, _ = run("open", "--json", path_of(LOSS))
    (before,), (after,) = json.loads(first)["calls"], json.loads(again)["calls"]
    assert after["ice"]["verdict"] == before["ice"]["verdict"] == "connected"
    assert [issue["code"] for issue in after["issues"]] == [issue["code"] for issue in before["issues"]]
    assert after["summary"]["loss_pct"]["avg"] == before["summary"]["loss_pct"]["avg"]


def test_a_view_is_what_the_filter_leaves_in_its_order(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("export", path_of(LOSS), path_of(STUCK), "--format", "csv", "--no-mask", "-o", "two.csv",
                       "--sort", "call")  # fmt: skip
    assert (code, out) == (0, "2 calls → two.csv\n")
    with open("two.csv", newline="", encoding="utf-8") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [STUCK, LOSS]
    code, out, _ = run(
        "export", path_of(LOSS), path_of(STUCK), "--format", "json", "--filter", "dtls", "-o", "-"
    )
    assert [call["id"] for call in json.loads(out)["calls"]] == ["call-1"]


def test_a_file_without_a_name_gets_one_that_is_free(run: Run, tmp_path: Path) -> None:
    for _ in range(2):
        code, out, _ = run("export", path_of(LOSS), "--format", "csv")
        assert code == 0 and out.startswith("1 call → ")
    assert len(list(tmp_path.glob("callmon-*.csv"))) == 2


def test_the_ticket_of_a_call_of_many(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("bundle", STUCK, path_of(LOSS), path_of(STUCK), "-o", "t.zip")
    assert code == 0 and out.endswith(" messages → t.zip\n")
    with zipfile.ZipFile("t.zip") as file:
        assert {"screens/calls.svg", "screens/ice.svg", "report.md"} <= set(file.namelist())
        for name in file.namelist():
            if name.endswith(".svg"):
                picture = file.read(name).decode()
                assert STUCK not in picture and "10.8." not in picture and "@font-face" not in picture
        assert "dtls-stuck" in file.read("screens/ice.svg").decode().replace("&#160;", " ")
    code, out, _ = run("open", "--plain", "t.zip")
    assert code == 0 and "because dtls-stuck" in out and "call-1" in out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("export", "--format", "csv"), "give files to read, or --connect URL"),
        (("export", "nowhere", "--format", "csv"), "nothing was exported: none of the files could be read"),
        (("export", path_of(LOSS), "--format", "csv", "--filter", "nobody"), "no call is shown"),
        (("export", path_of(LOSS), path_of(STUCK), "--format", "ticket"), "of one call, there are 2"),
        (("export", path_of(LOSS), "--format", "rtcstats", "--call", "x"), "there is no call x"),
        (("bundle", "x", path_of(LOSS), "-o", "t.zip"), "there is no call x"),
        (("export", path_of(LOSS), "--format", "csv", "-o", "nowhere/a.csv"), "choose another place"),
        (("export", path_of(LOSS), "--format", "csv", "--sort", "x"), "there is no column x"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    run: Run, words: tuple[object, ...], why: str
) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "") and why in err
    assert os.listdir() == []


def test_nothing_is_written_over(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("mine")
    code, _, err = run("export", path_of(LOSS), "--format", "csv", "-o", "mine.csv")
    assert code == 2 and "it is there already" in err
    assert (tmp_path / "mine.csv").read_text() == "mine"


def test_the_ticket_of_a_call_of_a_recording(run: Run, tmp_path: Path) -> None:
    done = recording.Run()
    done.now = recording.START
    recorder = done.record(tmp_path / "rec.jsonl.gz")
    done.play(recording.demo(40.0))
    recorder.close()
    calls = done.document(done.now)["calls"]
    id = next(call["id"] for call in calls if call["provider"] == "webrtc")
    code, out, err = run("bundle", id, "rec.jsonl.gz", "-o", "t.zip", "--no-mask")
    assert (code, err) == (0, "") and out.endswith("→ t.zip\n")
    _, played, _ = run("replay", "--json", "rec.jsonl.gz")
    code, again, _ = run("open", "--json", "t.zip")
    (after,) = json.loads(again)["calls"]
    (before,) = [call for call in json.loads(played)["calls"] if call["id"] == id]
    assert after == before


@pytest.mark.parametrize("format", ["rtcstats", "internals"])
def test_a_candidate_that_is_older_than_the_report_begins_no_call(
    run: Run, tmp_path: Path, format: str
) -> None:
    at = 1_800_000_000_000.0
    report = [
        {"id": "I1", "type": "inbound-rtp", "timestamp": at, "kind": "audio", "ssrc": 7, "codecId": "C1",
         "packetsReceived": 50, "packetsLost": 0, "bytesReceived": 4000, "jitter": 0.002},
        {"id": "C1", "type": "codec", "timestamp": at - 600_000, "mimeType": "audio/opus", "payloadType": 111},
        {"id": "L1", "type": "local-candidate", "timestamp": at - 500_000, "candidateType": "host",
         "address": "192.0.2.1", "port": 9, "protocol": "udp"},
    ]  # fmt: skip
    (tmp_path / "one.json").write_text(json.dumps(report))
    _, first, _ = run("open", "--json", "one.json")
    (before,) = json.loads(first)["calls"]
    run("export", "one.json", "--format", format, "--call", before["id"], "-o", "out")
    _, again, _ = run("open", "--json", "out")
    (after,) = json.loads(again)["calls"]
    assert before["summary"]["codec"] == after["summary"]["codec"] == "opus"
    assert after["summary"]["duration_s"] == before["summary"]["duration_s"] == 0.0
    assert after["issues"] == before["issues"] == []
