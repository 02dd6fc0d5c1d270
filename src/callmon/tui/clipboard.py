"""Copying: through the terminal (OSC 52), which works over ssh, or by a program of the machine one sits at."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping

PATIENCE_S = 2.0
"""A program that takes a copy has so long."""


def program(
    env: Mapping[str, str], system: str = sys.platform, there: Callable[[str], object] = shutil.which
) -> list[str] | None:
    """Return the program that takes a copy on its stdin, None where nobody sits at this machine or there is none."""
    if env.get("SSH_CONNECTION") or env.get("SSH_TTY"):
        return None
    found: list[list[str]] = []
    if env.get("WAYLAND_DISPLAY"):
        found.append(["wl-copy"])
    if env.get("DISPLAY"):
        found += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
    if system == "darwin":
        found.append(["pbcopy"])
    if system == "win32" or env.get("WSL_DISTRO_NAME"):
        found.append(["clip.exe"])
    return next((words for words in found if there(words[0])), None)


def hand_over(words: list[str], text: str) -> bool:
    """Give a text to a program and wait for it; return whether it took it."""
    try:
        done = subprocess.run(
            words,
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
