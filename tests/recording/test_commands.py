"""The commands: record into a file, play it again printed or in the screens, from and to a time."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callmon.cli.main import Unusable, main
from callmon.cli.replay import time_of
from callmon.recording.replay import find
from tests.recording.worlds import START, Run, demo
from tests.schema import check_document
from tests.tui.terminal import ROOT, Terminal

Printed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """Runs a command as typed; returns exit code, stdout and stderr."""

    def typed(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return typed


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A recording of the demo, and the run that it was."""
    path, run = tmp_path_factory.mktemp("recording") / "demo.jsonl.gz", Run()
    run.now = START
    recorder = run.record(path)
    run.play(demo(120))
    recorder.close()
    return path, run


def test_printed_it_is_what_was_at_that_time(printed: Printed, recording: tuple[Path, Run]) -> None:
    path, run = recording
    for at, was in list(run.documents.items())[::4]:
        code, out, err = printed(
            "replay", path, "--json", "--to", datetime.fromtimestamp(at, UTC).isoformat()
        )
        assert (code, err) == (0, "")
        found = json.loads(out)
        check_document(found)
        calls = sorted(found["calls"], key=lambda call: str(call["id"]))
        for ours, theirs in zip(calls, was["calls"], strict=True):
            # An ISO time has microseconds, and the document was that of a time between them.
            assert abs(ours.pop("duration_s") - theirs["duration_s"]) < 0.002
            assert ours == {key: value for key, value in theirs.items() if key != "duration_s"}


def test_any_speed_and_any_beginning_give_the_same(printed: Printed, recording: tuple[Path, Run]) -> None:
    path, _ = recording
    _, whole, _ = printed("replay", path, "--json")
    for words in (
        ["--speed", "1000"],
        ["--from", "+100s", "--speed", "200"],
        ["--from", "+1m", "--speed", "500"],
    ):
        code, out, err = printed("replay", path, "--json", *words)
        assert (code, err) == (0, "")
        assert out == whole


def test_lines_say_only_what_is_after_the_beginning(printed: Printed, recording: tuple[Path, Run]) -> None:
    path, _ = recording
    _, all_lines, _ = printed("replay", path, "--jsonl")
    _, late, _ = printed("replay", path, "--jsonl", "--from", "+115s")
    assert 0 < len(late.splitlines()) < len(all_lines.splitlines()) / 2
    assert {json.loads(line)["id"] for line in late.splitlines()} <= {
        json.loads(line)["id"] for line in all_lines.splitlines()
    }
    code, plain, _ = printed("replay", path, "--plain", "--filter", "nobody-like-this")
    assert code == 0
    assert "begins" in plain


def test_a_cut_recording_is_played_with_one_line_of_warning(
    printed: Printed, recording: tuple[Path, Run], tmp_path: Path
) -> None:
    data = recording[0].read_bytes()
    (tmp_path / "cut.gz").write_bytes(data[: len(data) // 2])
    code, out, err = printed("replay", tmp_path / "cut.gz", "--json")
    assert code == 0
    assert json.loads(out)["calls"]
    assert err.count("\n") == 1
    assert "breaks off" in err
    assert "frames were kept" in err


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("+5m", 300),
        ("+90", 90),
        ("+1h30m", 5400),
        ("+1.5s", 1.5),
        ("2027-01-15T08:00:10Z", 10),
        ("08:00:20", 20),
    ],
)
def test_times_that_can_be_meant(text: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        assert time_of(text, START, "--from") == START + seconds
        assert time_of("07:59:59", START, "--from") == START + 86_399
    time.tzset()


@pytest.mark.parametrize("text", ["", "+", "5m", "25:00:00", "10:61", "yesterday", "+5x", "2027-13-01"])
def test_times_that_cannot_be_meant(text: str) -> None:
    with pytest.raises(Unusable, match="write it as"):
        time_of(text, START, "--from")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--from", "+999h"), "--from +999h is not in it"),
        (("--from", "08:01:00", "--to", "08:00:30"), "--from 08:01:00 is after --to 08:00:30"),
        (("--from", "08:01:00", "--to", "07:00:00"), "--to 07:00:00 is not in it"),
        (("--from", "10:00", "--to", "09:00"), "--from 10:00 is not in it"),
        (("--to", "2020-01-01T00:00:00Z"), "--to 2020-01-01T00:00:00Z is not in it"),
        (("--from", "2020-01-01T00:00:00Z"), "--from 2020-01-01T00:00:00Z is not in it"),
        (("--to", "+90m"), "--to +90m is not in it"),
        (("--to", "23:59:00"), "--to 23:59:00 is not in it"),
        (("--from", "+1m", "--to", "+3m"), "--to +3m is not in it"),
    ],
)
def test_a_span_outside_of_the_recording_is_an_error(
    words: tuple[str, ...],
    why: str,
    printed: Printed,
    recording: tuple[Path, Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        code, out, err = printed("replay", recording[0], "--json", *words)
    time.tzset()
    assert (code, out) == (2, "")
    assert err.startswith(f"callmon: {why}: the recording goes from 2027-01-15 08:00:00 to 2027-01-15 08:0")
    assert err.count("\n") == 1


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``callmon record`` with no file named, and its address."""
    env = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "callmon", "record", "--listen", "127.0.0.1:0", "--rotate-age", "60"],
        stderr=subprocess.PIPE,
        text=True,
        env=env,
    )
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    address = next(found[1] for line in lines if (found := re.search(r"listening on (\S+)", line)))
    yield process, address
    process.kill()
    process.wait()
    process.stderr.close()


@pytest.mark.e2e
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_with_a_summary(
    recorder: tuple[subprocess.Popen[str], str], tmp_path: Path, number: signal.Signals
) -> None:
    process, address = recorder
    for _ in range(3):
        urllib.request.urlopen(
            f"{address}/ingest/webrtc?call=c", b'{"leg": "a", "stats": []}', timeout=10
        ).close()
    process.send_signal(number)
    assert process.stderr is not None
    last = process.stderr.read().splitlines()[-1]
    assert process.wait(10) == (130 if number == signal.SIGINT else 0)
    (path,) = (tmp_path / "callmon").iterdir()
    assert re.fullmatch(rf"callmon: recorded \d\d:\d\d: 3 frames, \d+\.\d MB in {path}", last)
    assert len(list(find([path]).items())) >= 3


def test_what_cannot_be_recorded_is_one_line(printed: Printed, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    for words, says in (
        (["-o", tmp_path / "there"], "--force"),
        (["-o", tmp_path / "no" / "folder"], "check the path"),
        (["-o", tmp_path], "xists"),
        (["--json"], "replay"),
        (["-o", tmp_path / "new", "--listen", "nowhere"], "HOST:PORT"),
        (["-o", tmp_path / "new", "--listen", "192.0.2.1:1"], "192.0.2.1"),
    ):
        code, out, err = printed("record", *words)
        assert (code, out) == (2, "")
        assert says in err.splitlines()[-1]
    assert (tmp_path / "there").read_text() == "mine"
    assert not (tmp_path / "new").exists(), "nothing is left of what never began"


@pytest.mark.e2e
def test_in_the_screens_it_plays_at_its_pace(recording: tuple[Path, Run]) -> None:
    env = {"PYTHONPATH": str(ROOT / "src"), "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"]}
    terminal = Terminal(
        "replay",
        str(recording[0]),
        "--from",
        "+60s",
        "--speed",
        "20",
        module="callmon",
        size=(120, 30),
        env=env,
    )
    try:
        terminal.until(lambda: "replay demo.jsonl.gz at 20×" in terminal.text, 30.0)
        terminal.until(lambda: "replay demo.jsonl.gz" in terminal.text and "good" in terminal.text, 30.0)
        terminal.press("L")
        terminal.until(lambda: "the recording ends here" in terminal.text, 60.0)
        terminal.press("q")
        terminal.until(lambda: "END OF THE REPLAY" in terminal.text and "closed" in terminal.text)
        assert " ok" not in terminal.text
        assert "at 20×" not in terminal.text
        terminal.press("q")
        assert terminal.wait() == 0
    finally:
        terminal.close()


@pytest.mark.e2e
def test_r_in_the_demo_records_and_quitting_says_where(tmp_path: Path) -> None:
    env = {"PYTHONPATH": str(ROOT / "src"), "XDG_DATA_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    terminal = Terminal("demo", module="callmon", size=(120, 30), env=env)
    try:
        terminal.until(lambda: "poor" in terminal.text, 30.0)
        terminal.press("R")
        terminal.until(lambda: "● REC 00:0" in terminal.text)
        terminal.until(lambda: bool(re.search("● REC 00:(0[2-9]|[1-5])", terminal.text)))
        terminal.press("q")
        terminal.until(lambda: "recording to" in terminal.text)
        terminal.press("y")
        assert terminal.wait() == 0
        (path,) = (tmp_path / "callmon").glob("*.jsonl.gz")
        assert "recorded 00:" in terminal.afterwards
        assert path.name in terminal.afterwards.replace("\n", "")
    finally:
        terminal.close()
    assert len(list(find([path]).items())) > 20
