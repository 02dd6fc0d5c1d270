"""Running the app in this terminal, and what is left there when it ends."""

from __future__ import annotations

import sys
import time

from callmon.board import EmptyBoard
from callmon.tui.app import CallmonApp

FAILED = (1, 2, 3, 129)
"""Exit codes of who could not watch, and says why, and of whoever has no terminal any more."""


def run(app: CallmonApp, mouse: bool = True, quiet: bool = True) -> int:
    """Run the app in this terminal and return the exit code; print the last screen, or what was watched.

    ``mouse`` listens to the mouse; with ``quiet`` it is not said what was watched. What failed is always said.
    """
    began = time.monotonic()
    kept = app.run(mouse=mouse)
    if kept:
        print(kept)
    if not quiet and (app.return_code or 0) not in FAILED and not isinstance(app.live(), EmptyBoard):
        _say_farewell(app, time.monotonic() - began)
    if app.failure is not None:
        print(f"callmon: {app.said(app.failure)}", file=sys.stderr)
    try:
        sys.stdout.flush()
    except OSError:
        # The terminal has gone; Python would fail once more when it closes stdout, with an exit code of its own.
        sys.stdout = None
    return app.return_code or 0


def _say_farewell(app: CallmonApp, watched_s: float) -> None:
    """Print what was watched, under aliases where the mask was on."""
    from callmon.tui.farewell import farewell

    for line in farewell(app.board(), watched_s):
        print(line)
