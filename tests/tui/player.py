"""The app over a board made by hand in the terminal it is started in: ``python -m tests.tui.player BOARD``."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from callmon.tui.app import CallmonApp
from callmon.tui.running import run
from tests.tui import boards

BEAT_S = 0.05
"""The loop's heart beats this often."""


async def play(board: boards.FixtureBoard, beats: Path | None, churn: bool) -> None:
    """Say what is imported by now, then beat; with ``churn`` every call changes at every beat."""
    loaded = sorted({name.partition(".")[0] for name in sys.modules})
    if beats is not None:
        beats.write_text(json.dumps({"loaded": loaded}) + "\n", "utf-8")
    loop = asyncio.get_running_loop()
    begin, number = loop.time(), 0
    while True:
        number = max(number + 1, int((loop.time() - begin) / BEAT_S))
        await asyncio.sleep(max(0.0, begin + number * BEAT_S - loop.time()))
        if beats is not None:
            with beats.open("a", encoding="utf-8") as file:
                file.write(f"{loop.time():.3f}\n")
        if churn:
            for call in board.all:
                call.metrics["rtt_ms"] = 50.0 + number % 90
                board.touch(call)


def main() -> int:
    """Run the app until somebody quits it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("board")
    parser.add_argument("count", type=int, nargs="?")
    parser.add_argument("--beats", type=Path)
    parser.add_argument("--churn", action="store_true")
    parser.add_argument("--paint-hz", type=float, default=2.0)
    options = parser.parse_args()
    module, _, name = options.board.rpartition(".")
    make: Any = getattr(import_module(f"tests.tui.{module}") if module else boards, name)
    board = make() if options.count is None else make(options.count)
    app = CallmonApp(
        board,
        lambda: play(board, options.beats, options.churn),
        address="http://127.0.0.1:7880",
        paint_hz=options.paint_hz,
    )
    return run(app)


if __name__ == "__main__":
    sys.exit(main())
