"""What an app runs on, what is done once when it has begun, and once when it ends."""

from __future__ import annotations

import gc
import sys
from typing import Any

from textual.app import App
from textual.driver import Driver


def settle() -> None:
    """Take what is there to stay out of the garbage collector's sight."""
    gc.collect()
    gc.freeze()


def last_screen(app: App[Any]) -> str:
    """Return what is on the screen as text with its styles, for a terminal."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.render(app.console).rstrip() for strip in strips)


def patient_driver() -> type[Driver] | None:
    """Return the driver that knows how far the terminal is behind, or None where there is no such thing."""
    if sys.platform == "win32":
        return None
    from callmon.tui.driver import PatientDriver

    return PatientDriver
