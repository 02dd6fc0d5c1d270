"""What of the terminal depends on the system that callmon runs on, and on Python."""

from __future__ import annotations

import os
import sys

from textual.driver import Driver


def patient_driver() -> type[Driver] | None:
    """Return the driver that knows how far the terminal is behind, or None where there is no such thing."""
    if sys.platform == "win32" or os.environ.get("TEXTUAL_DRIVER"):
        return None  # the one of that name is taken, as in a browser
    from callmon.tui.driver import PatientDriver

    return PatientDriver


def full() -> int:
    """Return from how many writes on that the terminal has not taken nothing more is drawn."""
    from callmon.tui.driver import FULL

    return FULL
