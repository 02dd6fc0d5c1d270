"""A terminal that does not read must not stop the work."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.tui.player import BEAT_S
from tests.tui.terminal import Terminal

STALL_S = float(os.environ.get("CALLMON_STALL_S", "20"))
KEPT = 0.9
"""A machine that does much else misses a beat now and then; a loop that waits for its terminal stands still."""


def beats_of(path: Path) -> list[float]:
    return [float(line) for line in path.read_text("utf-8").splitlines()[1:]]


def test_a_terminal_that_stops_reading_does_not_stop_the_loop(tmp_path: Path) -> None:
    path = tmp_path / "beats"
    terminal = Terminal("crowd", "200", "--churn", "--paint-hz", "4", "--beats", str(path), size=(160, 48))
    try:
        terminal.until(lambda: "Agent 00" in terminal.text and path.exists())
        terminal.read(1.0)
        before = len(beats_of(path))
        end = time.monotonic() + STALL_S
        while time.monotonic() < end:
            terminal.press("j")
            time.sleep(0.25)
        after = len(beats_of(path))
        assert after - before >= int(KEPT * STALL_S / BEAT_S) - 1  # one may fall on either end
        terminal.until(lambda: terminal.text.count("▌") == 1 and "Agent" in terminal.text)
        terminal.press("G")
        terminal.until(lambda: terminal.lines[-2].startswith("▌"))
        terminal.press("q")
        assert terminal.wait() == 0
    finally:
        terminal.close()
