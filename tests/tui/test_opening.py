"""Files that are read while they are shown: how far it is, and escape, which keeps what was read."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from callmon.tui.app import CallmonApp
from callmon.tui.progress import progress_line
from tests.recordings.recordings import FOLDER
from tests.tui import boards, strips
from tests.tui.conftest import Show, until
from tests.tui.terminal import ROOT, Terminal

ESCAPE = "\x1b"
Start = Callable[..., Terminal]


@dataclass
class FakeFiles:
    name: str = "a[/]b"
    done: int = 430
    total: int | None = 1000
    stopped: bool = False

    def stop(self) -> None:
        self.stopped = True


def text(files: FakeFiles) -> str:
    return "".join(word for word, _ in progress_line(files))


def test_a_bar_says_how_far_it_is() -> None:
    assert text(FakeFiles()) == "reading a[/]b █████████░░░░░░░░░░░ 43 % · Esc: stop"
    assert text(FakeFiles(done=0)).count("░") == 20
    assert "100 %" in text(FakeFiles(done=2000))
    assert text(FakeFiles(done=2_500_000, total=None)) == "reading a[/]b 2.5 MB · Esc: stop"
    assert text(FakeFiles(name="", total=0)) == "reading 0.0 MB · Esc: stop"


async def test_escape_stops_on_the_first_page_and_goes_back_on_others(show: Show) -> None:
    async with show(boards.mixed(), (100, 30)) as pilot:
        app = cast(CallmonApp, pilot.app)
        app.reading = files = FakeFiles()
        await until(pilot, lambda: "43 %" in strips.lines(app)[1])
        await pilot.press("enter", "escape")
        await pilot.pause()
        assert not files.stopped
        await pilot.press("escape")
        await until(pilot, lambda: files.stopped)
        app.reading = None
        await until(pilot, lambda: "43 %" not in "".join(strips.lines(app)))
        await pilot.press("escape")
        assert app.is_running


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the command in a terminal, and ends it whatever happens."""
    begun: list[Terminal] = []

    def begin(*args: str, **more: str) -> Terminal:
        env = {"PYTHONPATH": str(ROOT / "src")}
        begun.append(Terminal(*args, size=(100, 24), env=env, module="callmon", stdin=more.get("stdin")))
        return begun[-1]

    yield begin
    for terminal in begun:
        terminal.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump that takes far longer to read than a key to be pressed; it would not fit into any report."""
    lines = gzip.decompress((FOLDER / "rtcstats" / "voice_opus_clean.gz").read_bytes()).splitlines(True)
    path = tmp_path_factory.mktemp("large") / "large.gz"
    with path.open("wb") as file:
        file.writelines([*lines, *(lines[-10:] * 2000)])
    return path


def test_a_large_file_is_shown_at_once_and_escape_keeps_what_was_read(start: Start, large: Path) -> None:
    terminal = start("open", str(large))
    terminal.until(lambda: "Esc: stop" in terminal.text and " % " in terminal.text)
    assert "100 %" not in terminal.text
    terminal.press(ESCAPE)
    terminal.until(lambda: "stopped at" in terminal.text)
    assert "kept 1 call" in terminal.text
    terminal.until(lambda: "Esc: stop" not in terminal.text and "large closed" in terminal.text)
    terminal.press("q")
    assert terminal.wait() == 0


def test_what_is_wrong_with_a_file_is_said_when_the_screen_has_gone(start: Start, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"\x89PNG\r\n")
    only = start("open", str(bad))
    assert only.wait() == 2
    assert "a PNG picture" in only.afterwards
    good = str(FOLDER / "rtcstats" / "ice_failed.gz")
    beside = start("open", str(bad), good)
    beside.until(lambda: "ice_failed" in beside.text and "reading" not in beside.text)
    beside.press("q")
    assert beside.wait() == 2
    assert "a PNG picture" in beside.afterwards


def test_standard_input_is_read_while_the_terminal_has_the_keys(start: Start) -> None:
    piped = start("open", "-", stdin=str(FOLDER / "rtcstats" / "ice_failed.gz"))
    piped.until(lambda: "stdin" in piped.text and "stdin closed" in piped.text)
    piped.press("q")
    assert piped.wait() == 0
