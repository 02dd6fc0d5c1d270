"""What was typed on the command line before, also in earlier sessions."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from callmon.model.text import printable

KEPT = 200
"""Lines that are kept."""


class History:
    """Lines, the newest last, and a place among them; kept in a file of the state directory where there is one."""

    def __init__(self, path: Path | None = None) -> None:
        """Keep the lines in ``path``; None keeps them for this session only. Nothing is read yet."""
        self._path = path
        self._lines: list[str] | None = None
        self._at = 0
        self._typed = ""

    @property
    def lines(self) -> list[str]:
        """The lines; one that is repeated stands once, where it was typed last."""
        if self._lines is None:
            self._lines = _once(printable(line, 200) for line in self._read().splitlines())
        return self._lines

    def _read(self) -> str:
        """Return what is in the file; of one that is damaged the rest; one that is shut is not written over."""
        try:
            return self._path.read_text("utf-8", "replace") if self._path is not None else ""
        except FileNotFoundError:
            return ""
        except OSError:
            self._path = None
            return ""

    def begin(self) -> None:
        """Stand after the newest line."""
        self._at, self._typed = len(self.lines), ""

    def go(self, step: int, now: str, told: Callable[[str], str] = str) -> str:
        """Return the line before (-1) or after (1); beyond the newest one what was being typed, ``now`` at first.

        ``told`` says how a line is shown; one for which it says nothing is passed over.
        """
        if self._at == len(self.lines):
            self._typed = now
        at = self._at + step
        while 0 <= at < len(self.lines):
            if line := told(self.lines[at]):
                self._at = at
                return line
            at += step
        if at < 0:
            return now
        self._at = len(self.lines)
        return self._typed

    def add(self, line: str) -> None:
        """Keep a line; that it cannot be written down is no reason to say anything."""
        self._lines = _once([*self.lines, line.strip()])
        if self._path is None:
            return
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            new.touch(mode=0o600)
            new.write_text("\n".join(self._lines) + "\n", "utf-8")
            new.replace(self._path)


def _once(lines: Iterable[str]) -> list[str]:
    """Return the last lines without repetitions."""
    found: dict[str, None] = {}
    for line in lines:
        found.pop(line, None)
        if line:
            found[line] = None
    return list(found)[-KEPT:]
