"""Running the app in this terminal, and what is left there when it ends."""

from __future__ import annotations

import sys

from callmon.tui.app import CallmonApp


def run(app: CallmonApp) -> int:
    """Run the app in this terminal and return the exit code; print the last screen or what failed."""
    kept = app.run()
    if kept:
        print(kept)
    if app.failure is not None:
        print(f"callmon: {app.failure}", file=sys.stderr)
    try:
        sys.stdout.flush()
    except OSError:
        # The terminal has gone; Python would fail once more when it closes stdout, with an exit code of its own.
        sys.stdout = None
    return app.return_code or 0
