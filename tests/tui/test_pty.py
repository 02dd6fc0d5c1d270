"""The real driver in a pseudo-terminal, with real keys."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tui.terminal import ROOT, Terminal

DOWN, UP, PAGE_DOWN, ESCAPE, ENTER, CTRL_U = "\x1b[B", "\x1b[A", "\x1b[6~", "\x1b", "\r", "\x15"

Start = Callable[..., Terminal]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the app in a terminal, and ends it whatever happens."""
    opened: list[Terminal] = []

    def begin(*args: str, size: tuple[int, int] = (80, 24), shell: bool = False, **env: str) -> Terminal:
        opened.append(Terminal(*args, size=size, env=env, shell=shell))
        return opened[-1]

    yield begin
    for terminal in opened:
        terminal.close()


def cursor(terminal: Terminal) -> int:
    """The row of the screen that the cursor of the table is on."""
    return next((row for row, line in enumerate(terminal.lines) if line.startswith("▌")), -1)


def test_keys_move_the_cursor(start: Start) -> None:
    terminal = start("crowd", "100")
    terminal.until(lambda: cursor(terminal) == 3 and "? Help" in terminal.text)
    quiet = terminal.background(4)
    chosen = terminal.background(3)
    assert chosen != quiet
    terminal.press(DOWN, "j")
    terminal.until(lambda: cursor(terminal) == 5 and terminal.background(5) == chosen)
    assert terminal.background(3) == quiet
    terminal.press(UP)
    terminal.until(lambda: cursor(terminal) == 4)
    terminal.press("G")
    terminal.until(lambda: cursor(terminal) == 22)
    terminal.press("g")
    terminal.until(lambda: cursor(terminal) == 3)
    terminal.press(PAGE_DOWN)
    terminal.until(lambda: cursor(terminal) > 15)


def test_a_filter_is_typed_kept_and_taken_away(start: Start) -> None:
    terminal = start("mixed")
    terminal.until(lambda: "Dr. Okafor" in terminal.text)
    terminal.press("/", *"kiosk")
    terminal.until(lambda: "1/13" in terminal.text and "Dr. Okafor" not in terminal.text)
    terminal.press(ENTER)
    terminal.until(lambda: "Clear" in terminal.lines[-1])
    terminal.press("/", CTRL_U)
    terminal.until(lambda: "13/13" in terminal.text)
    terminal.press(ESCAPE)
    terminal.until(lambda: "1/13" in terminal.text)
    terminal.press(ESCAPE)
    terminal.until(lambda: "Dr. Okafor" in terminal.text)


def test_sorting_freezing_help_and_quitting(start: Start) -> None:
    terminal = start("mixed", size=(120, 40))
    terminal.until(lambda: "Dr. Okafor" in terminal.text)
    terminal.press(">")
    terminal.until(lambda: "Why▴" in terminal.lines[2])
    terminal.press("w", "p")
    terminal.until(lambda: "FROZEN 00:0" in terminal.text)
    terminal.press("p")
    terminal.until(lambda: "FROZEN" not in terminal.text)
    terminal.press("?")
    terminal.until(lambda: "Worst calls first." in terminal.text)
    terminal.press("q")
    terminal.until(lambda: "Dr. Okafor" in terminal.text)
    terminal.press("q")
    assert terminal.wait() == 0
    assert "Dr. Okafor" not in terminal.afterwards


def test_enter_opens_a_call_and_escape_comes_back_to_its_row(start: Start) -> None:
    terminal = start("mixed")
    terminal.until(lambda: cursor(terminal) == 3)
    terminal.press("j", ENTER)
    terminal.until(lambda: "calls ▸ Ana Ruiz" in terminal.lines[0])
    terminal.press(ESCAPE)
    terminal.until(lambda: cursor(terminal) == 4)


def test_the_last_screen_can_stay(start: Start) -> None:
    terminal = start("mixed")
    terminal.until(lambda: "Dr. Okafor" in terminal.text)
    terminal.press("Q")
    assert terminal.wait() == 0
    assert "Dr. Okafor" in terminal.afterwards


def test_an_interrupt_leaves_the_terminal_as_it_was(start: Start) -> None:
    terminal = start("mixed")
    terminal.until(lambda: "Dr. Okafor" in terminal.text)
    terminal.press("\x03")
    assert terminal.wait() == 130
    assert b"\x1b[?1049l" in terminal.raw and b"\x1b[?25h" in terminal.raw


RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l", b"\x1b[?1004l")


@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)])
def test_a_signal_leaves_the_terminal_as_it_was(start: Start, number: str, code: int) -> None:
    terminal = start("mixed")
    before = termios.tcgetattr(terminal.fd)
    terminal.until(lambda: "Dr. Okafor" in terminal.text)
    assert termios.tcgetattr(terminal.fd)[3] != before[3]
    os.kill(terminal.pid, getattr(signal, number))
    assert terminal.wait() == code
    assert termios.tcgetattr(terminal.fd)[3] == before[3]
    assert [sequence for sequence in RESTORED if terminal.raw.rfind(sequence) < 0] == []
    assert "Traceback" not in terminal.afterwards


def test_a_terminal_that_goes_away_ends_it(start: Start) -> None:
    terminal = start("crowd", "50", "--churn")
    terminal.until(lambda: "Agent 00" in terminal.text)
    terminal.hang_up()
    assert terminal.wait() == 129


def test_a_terminal_that_goes_away_without_a_signal_ends_it() -> None:
    """Whoever does not control its terminal, such as a child of a script, is sent no SIGHUP."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tests.tui.player", "mixed"]
    env = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=env, start_new_session=True
    ) as child:
        os.close(theirs)
        seen = b""
        while b"Okafor" not in seen:
            seen += os.read(ours, 65_536)
        os.close(ours)
        try:
            assert child.wait(30) == 129
        finally:
            child.kill()


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_keys_come_from_the_terminal_and_signs_reach_it(encoding: str) -> None:
    env = {"PYTHONIOENCODING": encoding}
    terminal = Terminal("demo", module="callmon", stdin=os.devnull, size=(100, 30), env=env)
    try:
        terminal.until(lambda: cursor(terminal) == 3 and "▲ P" in terminal.text)
        terminal.press("j")
        terminal.until(lambda: cursor(terminal) >= 4)
        terminal.press("q")
        assert terminal.wait() == 0
    finally:
        terminal.close()


def test_without_a_shell_it_is_not_put_in_the_background(start: Start) -> None:
    """As begun by ``ssh -t HOST callmon`` or ``tmux new-window callmon``: nobody could continue it."""
    terminal = start("mixed", size=(100, 24))
    terminal.until(lambda: "Dr. Okafor" in terminal.text)
    terminal.press("\x1a")
    terminal.until(lambda: "not suspended: no shell began callmon" in terminal.lines[-1])
    assert not terminal.stopped()
    terminal.press("j")
    terminal.until(lambda: cursor(terminal) == 4)


def test_it_can_be_put_in_the_background_and_comes_back(start: Start) -> None:
    terminal = start("mixed", shell=True)
    terminal.until(lambda: "Dr. Okafor" in terminal.text)
    terminal.press("\x1a")
    terminal.until(terminal.stopped)
    terminal.screen.reset()
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.until(lambda: "Dr. Okafor" in terminal.text and "Board meeting" in terminal.text)
    terminal.press("j")
    terminal.until(lambda: cursor(terminal) == 4)


def test_nothing_is_written_when_nothing_changes(start: Start) -> None:
    terminal = start("mixed")
    terminal.until(lambda: "Dr. Okafor" in terminal.text)
    for _ in range(10):
        if terminal.read(1.0) == b"":  # the start is over, however fast the machine is
            break
    assert terminal.read(2.0) == b""


def test_no_colour_where_none_is_wanted(start: Start) -> None:
    terminal = start("mixed", NO_COLOR="1")
    terminal.until(lambda: cursor(terminal) == 3 and "▲ P" in terminal.text and "● G" in terminal.text)
    colours = re.findall(rb"\x1b\[[\d;]*?(?:3[0-8]|4[0-8]|9\d|10\d)[;m]", bytes(terminal.raw))
    assert colours == []
    assert terminal.screen.buffer[3][4].reverse


def test_the_first_frame_waits_for_no_server(start: Start, tmp_path: Path) -> None:
    beats = tmp_path / "beats"
    terminal = start("mixed", "--beats", str(beats))
    terminal.until(lambda: beats.exists() and "\n" in beats.read_text("utf-8"))
    loaded = set(json.loads(beats.read_text("utf-8").splitlines()[0])["loaded"])
    assert "textual" in loaded
    assert loaded.isdisjoint({"aiohttp", "pydantic", "pydantic_core", "numpy"})
    terminal.until(lambda: "Dr. Okafor" in terminal.text)


OBEYED = re.compile(
    rb"\x1b(?:\[[0-9;:?<>=!$]*[@-~]|[=>78cM]|\][0-9]+;[^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|P[^\x1b]*\x1b\\)"
)
PAYLOADS = (
    b"\x1b]0;title",
    b"\x1b[2J\x1b[5;5H",
    b"\x1b[31m7880",
    "\x9b".encode(),
    "\x85".encode(),
    "\u202e".encode(),
)


def test_hostile_strings_reach_no_terminal(start: Start) -> None:
    terminal = start("hostile", size=(160, 40))
    terminal.until(lambda: "a[/]b" in terminal.text and "[@click" in terminal.text)
    titles = terminal.lines[2]
    for _ in range(10):
        for key in ("i", "s", ENTER):
            terminal.press(key)
            terminal.until(lambda: "▾" not in terminal.lines[2])
            terminal.press(ESCAPE)
            if key != ENTER:
                terminal.until(lambda: "ICE ▸" not in terminal.lines[0] and "Receive" in terminal.text)
                terminal.press(ESCAPE)
            terminal.until(lambda: terminal.lines[2] == titles)
        terminal.press("j")
    terminal.press("L")
    terminal.until(lambda: "▸ Log" in terminal.text)
    terminal.press(ESCAPE)
    terminal.until(lambda: terminal.lines[2] == titles)
    terminal.press("/", *"click")
    terminal.until(lambda: "1/10" in terminal.text)
    terminal.press(ESCAPE)
    terminal.until(lambda: "click▏" not in terminal.text)
    terminal.press("?")
    terminal.until(lambda: "▸ help" in terminal.lines[0] and terminal.lines[2] != titles)
    terminal.press(ESCAPE)
    terminal.until(lambda: terminal.lines[2] == titles and "a[/]b" in terminal.text)
    end = titles.index("Lasted") + len("Lasted")
    terminal.until(lambda: {terminal.cells(row, end - 6, end + 1) for row in range(3, 13)} == {"  4:00 "})
    terminal.press("q")
    assert terminal.wait() == 0
    raw = bytes(terminal.raw)
    assert [payload for payload in PAYLOADS if payload in raw] == []
    left = OBEYED.sub(b"", raw).decode()
    assert {char for char in left if not char.isprintable()} <= {"\r", "\n"}


def test_a_file_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    terminal = Terminal("open", str(tmp_path / "nowhere.json"), module="callmon", size=(100, 30))
    assert terminal.wait() == 2
    assert b"Traceback" not in terminal.raw and b"NoMatches" not in terminal.raw
    assert b"check the path" in terminal.raw


def own_places(folder: Path) -> dict[str, str]:
    """A session that knows nothing of whoever runs the tests."""
    return {f"XDG_{kind}_HOME": str(folder) for kind in ("STATE", "CONFIG", "DATA")}


def test_a_last_view_that_cannot_be_read_is_said_and_kept(tmp_path: Path) -> None:
    state = tmp_path / "callmon"
    state.mkdir()
    (state / "last.json").write_text("{half", "utf-8")
    said = "last.json: not readable as state, begun anew: what was in it is in last.json.bad"
    arguments = ("--listen", "127.0.0.1:0")
    terminal = Terminal(*arguments, module="callmon", size=(200, 24), env=own_places(tmp_path))
    try:
        terminal.until(lambda: said in terminal.lines[-1])
        terminal.press("L")
        terminal.until(lambda: "▸ log" in terminal.text and said in "\n".join(terminal.lines[2:-1]))
        terminal.press("q", "q")
        assert terminal.wait() == 0
    finally:
        terminal.close()
    assert (state / "last.json.bad").read_text("utf-8") == "{half"
    assert json.loads((state / "last.json").read_text("utf-8"))


def test_views_that_cannot_be_read_are_said_at_the_start_and_stay_as_they_are(tmp_path: Path) -> None:
    views = tmp_path / "callmon" / "views.toml"
    views.parent.mkdir()
    views.write_text("[views.0]\n", "utf-8")
    terminal = Terminal("demo", module="callmon", size=(200, 24), env=own_places(tmp_path))
    try:
        terminal.until(lambda: "views.0: views have the numbers 1 to 9" in terminal.lines[-1])
        terminal.press("L")
        terminal.until(
            lambda: (
                "▸ log" in terminal.text
                and f"{views}: line 1: views.0: views have the numbers" in "\n".join(terminal.lines[2:-1])
            )
        )
        terminal.press("q", "q")
        assert terminal.wait() == 0
    finally:
        terminal.close()
    assert views.read_text("utf-8") == "[views.0]\n"


def test_keys_of_ones_own_are_received_and_those_that_cannot_be_are_said(tmp_path: Path) -> None:
    """Flow control is off while callmon draws: what stops the output of a shell is a key like others."""
    file = tmp_path / "callmon.toml"
    file.write_text('[keys]\ntheme = "ctrl+s"\ncolumns = "ctrl+q"\nfreeze = "ctrl+i p"\n', "utf-8")
    arguments = ("demo", "--config", str(file))
    terminal = Terminal(*arguments, module="callmon", size=(200, 24), env=own_places(tmp_path))
    said = f"{file.name}: line 4: keys.freeze: ctrl+i is tab to most terminals and is ignored"
    try:
        terminal.until(lambda: said in terminal.lines[-1])
        terminal.press("\x13")
        terminal.until(lambda: "theme light" in terminal.lines[-1])
        terminal.press("\x11")
        terminal.until(lambda: "[x]" in terminal.text)
        terminal.press(ESCAPE)
        terminal.until(lambda: "[x]" not in terminal.text)
        terminal.press("p")
        terminal.until(lambda: "FROZEN" in terminal.text)
        terminal.press("q")
        assert terminal.wait() == 0
    finally:
        terminal.close()
    assert f"callmon: {file.parent}/{said}" in bytes(terminal.raw).decode()


@pytest.mark.parametrize("end", ["q", "\x03", signal.SIGTERM, signal.SIGHUP], ids=str)
def test_the_next_watch_begins_with_the_last_view_until_it_is_cleared(
    tmp_path: Path, end: str | signal.Signals
) -> None:
    def watch() -> Terminal:
        terminal = Terminal(
            "--listen", "127.0.0.1:0", module="callmon", size=(100, 24), env=own_places(tmp_path)
        )
        terminal.until(lambda: "listen ok" in terminal.text)
        found = re.search(r"http://127.0.0.1:\d+", terminal.text)
        assert found is not None
        report = json.dumps({"call": "desk 4", "leg": "a", "stats": []}).encode()
        with urllib.request.urlopen(f"{found[0]}/ingest/webrtc", report):
            terminal.until(lambda: "1 live" in terminal.text)
        return terminal

    def leave(terminal: Terminal) -> str:
        terminal.press(end) if isinstance(end, str) else os.kill(terminal.pid, end)
        terminal.wait()
        terminal.close()
        return str(json.loads((tmp_path / "callmon" / "last.json").read_text("utf-8"))["view"])

    terminal = watch()
    terminal.press("/")
    terminal.until(lambda: "Enter Keep" in terminal.text)
    terminal.press(*"rtt>100")
    terminal.until(lambda: "0/1" in terminal.text)
    terminal.press("\r")
    terminal.until(lambda: "Enter Keep" not in terminal.text)
    assert leave(terminal) == "rtt>100"
    terminal = watch()
    terminal.until(lambda: "No call matches rtt>100" in terminal.text)
    terminal.press("\x1b")
    terminal.until(lambda: "desk 4" in terminal.text)
    assert leave(terminal) == ""
