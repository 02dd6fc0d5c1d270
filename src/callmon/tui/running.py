"""Running the app in this terminal, and what is left there when it ends."""

from __future__ import annotations

import os
import stat
import sys
import time
from typing import TextIO

from callmon.board import EmptyBoard
from callmon.tui.app import CallmonApp

FAILED = (1, 2, 3)
"""Exit codes of who could not watch, and says why."""


TURN_S = 0.001
"""So long the thread that reads keys, and the one that writes, wait at most for their turn while callmon computes.

Python's own 5 ms, a few times for each key, were half of what a key took with a thousand calls.
"""


def run(app: CallmonApp, mouse: bool = True, quiet: bool = True) -> int:
    """Run the app in this terminal and return the exit code; print the last screen, or what was watched.

    ``mouse`` listens to the mouse; with ``quiet`` it is not said what was watched. What failed is always said.
    """
    began, turns = time.monotonic(), sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        kept = app.run(mouse=mouse)
    finally:
        sys.setswitchinterval(turns)
    if sys.stdout is not None and not _there(sys.stdout):
        quiet, kept = True, None
    try:
        if kept:
            print(kept)
        if not quiet and (app.return_code or 0) not in FAILED and not isinstance(app.live(), EmptyBoard):
            _say_farewell(app, time.monotonic() - began)
        if app.failure is not None:
            print(f"callmon: {app.said(app.failure)}", file=sys.stderr)
    except OSError:
        pass  # the terminal has gone
    for name in ("stdout", "stderr"):
        try:
            if (stream := getattr(sys, name)) is not None:
                stream.flush()
        except OSError:
            # Python would fail once more when it closes it, with an exit code of its own.
            setattr(sys, name, None)
    return app.return_code or 0


def _there(out: TextIO) -> bool:
    """Return whether what is printed comes to somebody: not where it was a terminal that has gone."""
    try:
        return os.isatty(out.fileno()) or not stat.S_ISCHR(os.fstat(out.fileno()).st_mode)
    except (OSError, ValueError):
        return True  # it is no file of the system


def _say_farewell(app: CallmonApp, watched_s: float) -> None:
    """Print what was watched up to now, whatever moment was shown; under aliases where the mask was on."""
    from callmon.tui.farewell import farewell

    for line in farewell(app.watched(), watched_s):
        print(line)
