"""What of the terminal depends on the system that callmon runs on, and on Python."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

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


def comes_back() -> bool:
    """Return whether somebody could continue a process that stops: a shell that has given it a job of its own.

    Who was begun by no shell, as by ``ssh -t HOST callmon``, would stand still for good.
    """
    if sys.platform == "win32":
        return False
    session, group, pid = os.getsid(0), os.getpgrp(), os.getppid()
    try:
        # Whoever waits with us in our job stops with us: of interest is who began the job.
        while pid > 0 and os.getsid(pid) == session:
            if os.getpgid(pid) != group:
                # The init of a container gives what it begins a group too, and never continues it.
                return pid > 1 or _stays(pid)
            parent = _parent(pid)
            if parent is None:
                return group != session  # only a shell gives a job a group of its own
            pid = parent
    except OSError:
        return False
    return False


def _parent(pid: int) -> int | None:
    """Return the parent of a process, None where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def _stays(pid: int) -> bool:
    """Return whether a process ignores the key that stops jobs, as shells do that continue them."""
    try:
        words = Path(f"/proc/{pid}/status").read_text("utf-8", "replace").partition("\nSigIgn:")[2].split()
        return bool(int(words[0], 16) >> signal.SIGTSTP - 1 & 1)
    except (OSError, ValueError, IndexError):
        return False


def stop() -> None:
    """Stop all of our job, as the terminal's own key does where nobody else takes keys."""
    if sys.platform != "win32":
        os.killpg(0, signal.SIGTSTP)
