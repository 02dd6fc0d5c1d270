"""The command line: what may be typed, exit codes, and output that is the same with and without a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from callmon import __version__
from callmon.cli.main import COMMANDS, EXIT_INTERRUPTED, FORMS, build_parser, main, parse
from callmon.config.template import template
from tests.recordings.recordings import path_of
from tests.schema import check_call, check_document

Run = Callable[..., tuple[int, str, str]]
BAD, GOOD = "voice_opus_loss5-a", "voice_opus_clean-a"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as typed; returns exit code, stdout and stderr."""

    def typed(*words: object) -> tuple[int, str, str]:
        try:
            code = main([str(word) for word in words])
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 1
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return typed


def calls(run: Run, *words: object) -> list[dict[str, Any]]:
    code, out, err = run(*words)
    assert (code, err) == (0, "")
    found = json.loads(out)
    check_document(found)
    listed: list[dict[str, Any]] = found["calls"]
    return listed


def test_every_command_takes_the_common_options() -> None:
    for command in ("demo", "serve", "open x", "config path"):
        words = [
            *command.split(),
            "--json",
            "--filter",
            "a b",
            "--sort",
            "mos",
            "--rules",
            "daily",
            "--config",
            "f",
        ]
        options = parse(words)
        assert options.command == command.split()[0]
        assert (options.form, options.filter, options.sort) == ("json", "a b", "mos")
        assert (options.rules, options.config_file) == ("daily", "f")
    before = parse(["--json", "--filter", "x", "demo"])
    assert (before.form, before.filter) == ("json", "x"), "before a command as well as after it"


def test_without_a_command_it_is_the_terminal() -> None:
    options = parse([])
    assert (options.command, options.form, options.stdin, options.connect) == (None, None, False, None)
    assert parse(["-"]).stdin
    assert parse(["--dialect", "telnyx", "-"]).dialect == "telnyx"
    assert not parse(["open", "-"]).stdin
    assert parse(["open", "-"]).files == ["-"]


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        ("demo --sort -rtt", "sort", "-rtt"),
        ("--sort -rtt demo --json", "sort", "-rtt"),
        ("open x --sort -out", "sort", "-out"),  # -o is an option, of another command
        ("export x --format csv --sort -out -o -", "output", "-"),
        ("export x --format csv -o -x.csv", "output", "-x.csv"),
        ("export x --format csv --call -Ab3", "call", "-Ab3"),
        ("check x --assert -agent --filter -b", "assertions", ["-agent"]),
        ("replay x --from -5m --to -3m", "until", "-3m"),
        ("web -- --sort -rtt", "words", ["--", "--sort", "-rtt"]),
    ],
)
def test_a_value_may_begin_with_a_minus(words: str, name: str, value: object) -> None:
    assert getattr(parse(words.split()), name) == value


@pytest.mark.parametrize(
    "words", ["demo --sort --json", "demo --sort -h", "export x --format csv -o -o", "demo --sort"]
)
def test_an_option_is_no_value(run: Run, words: str) -> None:
    code, out, err = run(*words.split())
    assert (code, out) == (2, "")
    assert "expected one argument" in err


MARKED = "only on the screen can calls be marked: name them here, as in 'id=ID'"


@pytest.mark.parametrize("asked", [["--filter", "is:poor not marked"], ["--view", "loss>3 | marked"]])
@pytest.mark.parametrize(
    "words",
    [
        ["open", path_of(GOOD), "--json"],
        ["open", path_of(GOOD), "--plain"],
        ["demo", "--jsonl"],
        ["replay", "recording", "--json"],
        ["serve", "--json"],
        ["watch", "CA1", "--json"],
        ["--json"],
        ["export", path_of(GOOD), "--format", "csv"],
        ["check", path_of(GOOD), "--assert", "loss<3"],
    ],
)
def test_nothing_is_marked_where_there_is_no_screen(run: Run, words: list[Any], asked: list[str]) -> None:
    assert run(*words, *asked) == (2, "", f"callmon: {asked[0]}: {MARKED}\n")


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["open"],
        ["open", "x", "--json", "--plain"],
        ["demo", "--calls", "0"],
        ["demo", "--calls", "many"],
        ["demo", "--speed", "0"],
        ["demo", "--seed", "x"],
        ["config"],
        ["config", "burn"],
        ["--dialect", "latin", "-"],
        ["--odd"],
    ],
)
def test_what_cannot_be_meant_is_one_line_and_exit_code_2(run: Run, words: list[str]) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith("callmon: ")
    assert err.count("\n") == 1
    assert "--help" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["open", path_of(GOOD), "--json", "--sort", "colour"], "no column colour"),
        (["open", path_of(GOOD), "--json", "--rules", "mine"], "no rule set 'mine'"),
        (["demo", "--rules", "mine", "--json"], "no rule set 'mine'"),
        (["demo", "--sort", "colour", "--json"], "no column colour"),
        (["open", path_of(GOOD)], "no terminal"),
        (["demo"], "no terminal"),
        ([], "no terminal"),
        (["--connect", "localhost", "--json"], "http://"),
        (["serve", "--listen", "nowhere"], "HOST:PORT"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(run: Run, words: list[Any], says: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith("callmon: ")
    assert err.count("\n") == 1
    assert says in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["dmo"], "argument COMMAND: there is no 'dmo': did you mean demo? see callmon --help"),
        (
            ["demo", "--theme", "drak"],
            "--theme: there is no 'drak': did you mean dark? see callmon demo --help",
        ),
        (["--charts", "brail"], "there is no 'brail': did you mean braille?"),
        (["config", "shw"], "there is no 'shw': did you mean show?"),
        (["xyzzy"], "choose from"),
    ],
)
def test_what_was_nearly_typed_is_asked_for(run: Run, words: list[str], says: str) -> None:
    code, _, err = run(*words)
    assert code == 2 and says in err and err.count("\n") == 1


def test_help_names_every_command_and_form(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert all(word in out for word in (*COMMANDS, *(f"--{form}" for form in FORMS)))
    assert run("--version")[1] == f"callmon {__version__}\n"
    assert build_parser().prog == "callmon"


def test_an_interrupt_is_exit_code_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("callmon.cli.commands.run", interrupted)
    assert run("demo", "--json")[0] == EXIT_INTERRUPTED == 130


def test_only_what_passes_the_filter(run: Run) -> None:
    both = (path_of(BAD), path_of(GOOD), "--json")
    assert {one["id"] for one in calls(run, "open", *both)} == {BAD, GOOD}
    assert [one["id"] for one in calls(run, "open", *both, "--filter", "high-packet-loss")] == [BAD]
    assert [one["id"] for one in calls(run, "open", *both, "--filter", "!high-packet-loss")] == [GOOD]
    assert calls(run, "open", *both, "--filter", "nobody") == []


def test_in_the_order_of_a_column(run: Run) -> None:
    names = (path_of(GOOD), path_of("voice_high_rtt-a"), path_of(BAD), "--json", "--sort")
    assert [one["id"] for one in calls(run, "open", *names, "rtt_ms")] == ["voice_high_rtt-a", BAD, GOOD]
    assert [one["id"] for one in calls(run, "open", *names, "call")] == sorted(
        [GOOD, "voice_high_rtt-a", BAD]
    )


def test_the_rule_set_that_judged_is_named_and_judges_differently(run: Run) -> None:
    def judged(name: str, rules: str) -> tuple[str, str, set[str]]:
        code, out, _ = run("open", path_of(name), "--json", "--rules", rules)
        found = json.loads(out)
        (one,) = found["calls"]
        assert code == 0
        assert {issue["rule"] for issue in one["issues"]} <= {rules}
        return found["rules"], one["grade"], {issue["code"] for issue in one["issues"]}

    name = "voice_pcmu_loss2-b"
    assert judged(name, "telnyx") == ("telnyx", "fair", {"high-packet-loss"})
    assert judged(name, "twilio-voice") == ("twilio-voice", "poor", {"high-packet-loss"})
    assert judged(name, "twilio-video") == ("twilio-video", "good", set())
    assert judged("ff_voice_loss3-a", "telnyx")[1] == "poor"
    assert judged("ff_voice_loss3-a", "twilio-video")[1] == "good"


def test_the_demo_is_the_same_for_the_same_seed(run: Run) -> None:
    first = run("demo", "--json", "--calls", "24", "--seed", "7")
    assert first[0] == 0
    assert run("demo", "--json", "--calls", "24", "--seed", "7") == first
    assert run("demo", "--json", "--calls", "24", "--seed", "8")[1] != first[1]
    found = json.loads(first[1])
    check_document(found)
    assert len(found["calls"]) >= 24
    assert {one["grade"] for one in found["calls"]} >= {"good", "fair", "poor"}
    assert found["rejected"] == []


def test_the_demo_as_lines(run: Run) -> None:
    _, out, _ = run("demo", "--jsonl", "--calls", "24")
    for line in out.splitlines():
        check_call(json.loads(line))
    _, plain, _ = run("demo", "--plain", "--calls", "24")
    assert len(plain.splitlines()) == len(out.splitlines())
    assert plain.isascii() or plain.replace("\n", "").isprintable()


def test_the_path_of_the_configuration(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("config", "path")
    assert code == 0
    assert out.endswith("callmon/config.toml\n")
    assert run("config", "path", "--config", tmp_path / "x.toml")[1] == f"{tmp_path / 'x.toml'}\n"


def test_the_template_is_a_configuration(run: Run, tmp_path: Path) -> None:
    _, out, _ = run("config", "template")
    assert out == template()
    tomllib.loads(out)
    path = tmp_path / "callmon.toml"
    path.write_text(out, "utf-8")
    code, out, err = run("config", "check", "--config", path)
    assert (code, err) == (0, "")
    assert "valid" in out


def test_a_bad_configuration_is_said_line_by_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "callmon.toml"
    path.write_text('[engine]\nwindow_s = "long"\n[listen]\nport = 99999\n', "utf-8")
    for action in ("check", "show"):
        code, out, err = run("config", action, "--config", path)
        assert (code, out) == (2, "")
        assert err.count("callmon: ") == err.count("\n") == 2
        assert "window_s" in err
        assert "port" in err
    code, _, err = run("open", path_of(GOOD), "--json", "--config", path)
    assert code == 2
    assert err.count("\n") == 1


def test_each_value_and_where_it_came_from(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "callmon.toml"
    path.write_text("[engine]\nwindow_s = 20\n", "utf-8")
    code, out, _ = run("config", "show", "--config", path)
    assert code == 0
    rows = dict(line.split(" = ", 1) for line in out.splitlines())
    assert float(rows["engine.window_s"]) == 20
    _, out, _ = run("config", "show", "--config", path, "--origin")
    (line,) = [line for line in out.splitlines() if line.startswith("engine.window_s")]
    assert "callmon.toml" in line
    assert all("  # " in line for line in out.splitlines())


def test_a_rule_set_of_ones_own(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "callmon.toml"
    path.write_text("[rules.strict]\nrtt_ms = {fair = 50, poor = 100}\n", "utf-8")
    words = ("open", path_of(BAD), "--json", "--config", path, "--rules", "strict")
    (one,) = calls(run, *words)
    assert (one["grade"], one["reason"]["metric"]) == ("poor", "rtt_ms")


def outside(words: list[str], **environment: str) -> bytes:
    """What a command prints when stdout is a pipe."""
    run = subprocess.run(
        [sys.executable, "-m", "callmon", *words],
        capture_output=True,
        env={**os.environ, **environment},
        check=True,
    )
    assert run.stderr == b""
    return run.stdout


def on_a_terminal(words: list[str], **more: str) -> bytes:
    """What a command prints when stdout is a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **more}
    with subprocess.Popen(
        [sys.executable, "-m", "callmon", *words], stdout=theirs, stdin=theirs, env=environment
    ) as process:
        os.close(theirs)
        printed = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # the other side has closed
                break
            if not part:
                break
            printed += part
        assert process.wait(timeout=30) == 0
    os.close(ours)
    return printed.replace(b"\r\n", b"\n")


def test_a_terminal_that_cannot_draw_gets_plain_lines() -> None:
    plain = outside(["open", str(path_of(BAD)), "--plain"])
    assert on_a_terminal(["open", str(path_of(BAD))], TERM="dumb") == plain
    assert on_a_terminal(["open", str(path_of(BAD)), "--json"], TERM="dumb").startswith(b"{")


@pytest.mark.parametrize("environment", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}])
def test_what_is_written_is_utf8_in_every_locale(environment: dict[str, str]) -> None:
    words = ["demo", "--plain", "--calls", "24"]
    assert outside(words, **environment) == outside(words)
    assert not outside(words).isascii()


@pytest.mark.parametrize("form", FORMS)
def test_output_is_the_same_with_and_without_a_terminal(form: str) -> None:
    words = ["open", str(path_of(BAD)), f"--{form}"]
    assert on_a_terminal(words) == outside(words) == outside(words, NO_COLOR="1")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "callmon", "demo", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(100)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 0
