"""What callmon asks of a terminal, and what it leaves there: copies, the mouse, few frames, a summary."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from callmon.cli.main import main
from callmon.tui import appearance
from callmon.tui.clipboard import hand_over, program
from callmon.tui.farewell import WORST, farewell
from callmon.tui.masked import MaskedBoard, Veil
from tests.tui import boards
from tests.tui.conftest import Show, until
from tests.tui.terminal import Terminal

MOUSE_ON, MOUSE_OFF = b"\x1b[?1000h", b"\x1b[?1000l"


def watching(*words: str, size: tuple[int, int] = (100, 30), **env: str) -> Terminal:
    env = {"XDG_STATE_HOME": "/nonexistent", **env}  # nothing that is typed here is kept
    return Terminal("demo", "--calls", "6", *words, size=size, env=env, module="callmon")


def tells(terminal: Terminal, words: str, wanted: bool = True) -> bool:
    """Return whether some words stand on the screen now, or do not where they are not ``wanted``."""
    return (words in terminal.text) is wanted


# Copying


@pytest.mark.parametrize(
    ("env", "system", "words"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux", ["wl-copy"]),
        ({"DISPLAY": ":0"}, "linux", ["xclip", "-selection", "clipboard"]),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "a b c d"}, "linux", None),
        ({}, "linux", None),
        ({}, "darwin", ["pbcopy"]),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", ["clip.exe"]),
    ],
)
def test_a_copy_goes_to_the_program_of_the_machine_one_sits_at(
    env: Mapping[str, str], system: str, words: list[str] | None
) -> None:
    assert program(env, system, lambda name: name) == words
    assert program(env, system, lambda name: None) is None


def test_a_program_gets_the_copy_on_its_stdin(tmp_path: Path) -> None:
    file = tmp_path / "copy"
    code = f"import sys; open({str(file)!r}, 'w').write(sys.stdin.read())"
    assert hand_over([sys.executable, "-c", code], "CA75 → ü")
    assert file.read_text("utf-8") == "CA75 → ü"
    assert not hand_over(["there-is-no-such-program"], "x")
    assert not hand_over([sys.executable, "-c", "raise SystemExit(3)"], "x")


@pytest.mark.parametrize(("how", "ours", "theirs"), [("auto", 1, 1), ("native", 0, 1), ("osc52", 1, 0)])
async def test_both_ways_or_one(
    show: Show, how: str, ours: int, theirs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    written: list[str] = []
    monkeypatch.setattr("callmon.tui.clipboard.program", lambda env: ["copy"])
    monkeypatch.setattr("callmon.tui.clipboard.hand_over", lambda words, text: given.append(text))
    assert appearance  # the part of the app that looks them up when somebody copies
    async with show(boards.mixed(), clipboard=how) as pilot:
        driver = pilot.app._driver
        assert driver is not None
        monkeypatch.setattr(driver, "write", written.append)
        await pilot.press("y")
        await until(
            pilot,
            lambda: len(given) == theirs and sum("\x1b]52;c;" in text for text in written) == ours,
        )


# The mouse


@pytest.mark.e2e
def test_the_mouse_is_left_to_the_terminal_where_that_is_wanted() -> None:
    usual, without = watching(), watching("--no-mouse")
    try:
        for terminal in (usual, without):
            terminal.until(lambda terminal=terminal: "? Help" in terminal.text)  # type: ignore[misc]
        assert MOUSE_ON in usual.raw and MOUSE_ON not in without.raw
        usual.press(":", *"mouse off", "\r")
        usual.until(lambda: MOUSE_OFF in usual.raw)
        without.press(":", *"mouse on", "\r")
        without.until(lambda: MOUSE_ON in without.raw)
    finally:
        usual.close()
        without.close()


# Few frames


def test_frames_a_second_are_limited_before_anything_is_drawn() -> None:
    code = (
        "from callmon.cli.screen import Begun; one = Begun('', None, fps=1, paint_hz=2.0);"
        "import textual.constants as it; print(it.MAX_FPS, one._app._paint_s)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert found.stdout.split() == ["1", "1.0"]


@pytest.mark.parametrize("value", ["0", "61", "x"])
def test_what_is_no_rate_is_refused(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--fps", value])
    assert ended.value.code == 2
    assert f"'{value}' is not a number from 1 to 60" in capsys.readouterr().err


# What is left


def test_the_summary_says_how_many_and_which_were_worst() -> None:
    lines = farewell(boards.mixed(), 754.0)
    assert lines[0] == "watched 12:34: 13 calls, 11 live · 2 poor · 1 fair · 7 good · 3 unknown"
    assert lines[1].startswith("  ▲ P media-stopped") and "Dr. Okafor" in lines[1]
    assert lines[2].startswith("  ▲ P loss↓ 6.2>3")
    assert any(line.startswith("  source twilio: backing-off") for line in lines)
    assert farewell(boards.crowd(3), 1.0) == ["watched 1s: 3 calls, 3 live · 3 good"]
    assert farewell(boards.FixtureBoard([]), 5.0) == []


def test_the_summary_is_short_and_masked_like_the_screen() -> None:
    board = boards.mixed()
    for call in board.all:
        call.grade = board.all[0].grade
    lines = farewell(MaskedBoard(board, Veil()), 60.0)
    assert f"  and {len(board.all) - WORST} more" in lines
    assert "Okafor" not in "\n".join(lines)
    assert all(line.isprintable() for line in farewell(boards.hostile(), 60.0))


@pytest.mark.e2e
@pytest.mark.parametrize("words", [(), ("--quiet",)], ids=str)
def test_quitting_leaves_the_summary_in_the_scrollback(words: tuple[str, ...]) -> None:
    terminal = watching(*words)
    try:
        terminal.until(lambda: "? Help" in terminal.text)
        terminal.press("q")
        assert terminal.wait() == 0
        assert ("watched " in terminal.afterwards) == (not words)
    finally:
        terminal.close()


SLOW = """
[[source]]
name = "office"
url = "http://127.0.0.1:{port}/feed"
dialect = "webrtc"
{secret}

[[provider]]
type = "telnyx"
base_url = "http://127.0.0.1:{port}"
token = {{command = "sleep 60"}}
"""

ENDINGS = {"q": 0, "Q": 0, "\x03": 130, signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
"""How one leaves, and the exit code."""


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("how", "secret"), [*((how, "") for how in ENDINGS), ("q", 'token = {command = "sleep 60"}')], ids=repr
)
def test_it_ends_at_once_and_says_so_whatever_hangs(
    how: str | signal.Signals, secret: str, tmp_path: Path
) -> None:
    """A feed that never answers, and programs that never tell a secret, as one that waits for a password."""
    file = tmp_path / "c.toml"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        file.write_text(SLOW.format(port=silent.getsockname()[1], secret=secret), "utf-8")
        env = {f"XDG_{kind}_HOME": str(tmp_path) for kind in ("STATE", "CONFIG", "DATA")}
        words = ("--listen", "127.0.0.1:0", "--config", str(file))
        terminal = Terminal(*words, module="callmon", size=(100, 24), env=env)
        before = termios.tcgetattr(terminal.fd)
        try:
            terminal.until(lambda: ("No calls yet" if secret else "office starting") in terminal.text)
            began = time.monotonic()
            if isinstance(how, str):
                terminal.press(how)
            else:
                os.kill(terminal.pid, how)
            assert terminal.wait() == ENDINGS[how]
            assert time.monotonic() - began < ENDS_S
            assert termios.tcgetattr(terminal.fd) == before
            assert "watched " in terminal.afterwards or secret  # then there is no source yet
            assert "Traceback" not in terminal.afterwards
            assert (tmp_path / "callmon" / "last.json").exists()
        finally:
            terminal.close()


ENDS_S = 3.0
"""It is a third of a second; a machine that does much else may take longer."""


# Credentials


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ('{env = "NOBODY_SET_THIS"}', "the environment variable NOBODY_SET_THIS is not set: export it"),
        ('{file = "/nowhere/secret"}', "the file /nowhere/secret cannot be read"),
        ('{command = "there-is-no-such-program x"}', "is not there: try it in a shell"),
    ],
)
def test_a_missing_secret_is_said_before_the_screen_is_taken_over(
    secret: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "c.toml"
    file.write_text(
        f'[[source]]\nname = "office"\nurl = "wss://pbx.example/feed"\ndialect = "telnyx"\ntoken = {secret}\n',
        "utf-8",
    )
    terminal = Terminal("--config", str(file), module="callmon", size=(200, 20))
    try:
        assert terminal.wait() == 2
        assert b"\x1b[?1049h" not in terminal.raw
        assert "source.0.token: " in terminal.raw.decode() and said in terminal.raw.decode()
    finally:
        terminal.close()


@pytest.mark.e2e
def test_a_feed_that_is_added_to_the_configuration_begins_and_one_that_is_taken_out_ends(
    tmp_path: Path,
) -> None:
    file = tmp_path / "c.toml"
    file.write_text("", "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        feed = SLOW.format(port=silent.getsockname()[1], secret="")
        env = {f"XDG_{kind}_HOME": str(tmp_path) for kind in ("STATE", "CONFIG", "DATA")}
        words = ("--listen", "127.0.0.1:0", "--config", str(file))
        terminal = Terminal(*words, module="callmon", size=(100, 24), env=env)
        try:
            terminal.until(lambda: "listen ok" in terminal.text)
            for written in (feed, "", feed):
                file.write_text(written, "utf-8")
                terminal.press("\x12")
                terminal.until(partial(tells, terminal, "office starting", bool(written)))
            terminal.press("\x0c")
            terminal.until(lambda: "no source waits to be asked or tried again" in terminal.text)
        finally:
            terminal.close()


# Standard input as a source


STDIN = '[[source]]\nname = "pipe"\nurl = "-"\ndialect = "webrtc"\n'


@pytest.mark.e2e
def test_a_source_on_stdin_does_not_take_the_keys(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(STDIN, "utf-8")
    env = {f"XDG_{kind}_HOME": str(tmp_path) for kind in ("STATE", "CONFIG", "DATA")}
    words = ("--listen", "127.0.0.1:0", "--config", str(file))
    terminal = Terminal(*words, module="callmon", size=(100, 24), env=env)
    try:
        assert terminal.wait() == 2
        said = (
            'callmon: source pipe: url = "-" is stdin, and the keys come from there: pipe frames into callmon'
        )
        (line,) = terminal.afterwards.strip().splitlines()
        assert line.endswith(said)
    finally:
        terminal.close()


@pytest.mark.e2e
def test_a_source_on_stdin_reads_what_is_piped_in(tmp_path: Path) -> None:
    file, frames = tmp_path / "c.toml", tmp_path / "frames"
    file.write_text(STDIN, "utf-8")
    frames.write_text('{"call": "from-the-pipe", "leg": "a", "stats": []}\n', "utf-8")
    env = {f"XDG_{kind}_HOME": str(tmp_path) for kind in ("STATE", "CONFIG", "DATA")}
    words = ("--listen", "127.0.0.1:0", "--config", str(file))
    terminal = Terminal(*words, module="callmon", size=(100, 24), env=env, stdin=str(frames))
    try:
        terminal.until(lambda: "from-the-pipe" in terminal.text)
        terminal.press("q")
        assert terminal.wait() == 0, "the keys come from the terminal"
    finally:
        terminal.close()
