"""What is remembered from one watch to the next: the last view, never in the user's own configuration."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from itertools import count
from pathlib import Path

LARGEST = 100_000
"""Bytes of a file of state that are believed to be one."""


class State:
    """A few words by name in a file of the state directory; ``wrong`` says why what was there is not remembered.

    A file that is none of these is put aside, so that what is in it is not written over. What is written is
    readable by its owner only: there are names in filters.
    """

    def __init__(self, path: Path) -> None:
        """Read ``path``, which need not exist."""
        self._path: Path | None = path
        self._words: dict[str, str] = {}
        self.wrong: str | None = None
        try:
            self._words = _read(path)
        except FileNotFoundError:
            pass
        except OSError as error:
            # What is in it is not known, and so it is not written over.
            self._path = None
            self.wrong = f"{path}: {error.strerror or error}: nothing is remembered: make it a readable file"
        except (ValueError, RecursionError):
            self._put_aside(path)

    def _put_aside(self, path: Path) -> None:
        """Keep a file that is no state under another name, beside where it was."""
        names = (path.with_name(f"{path.name}.bad{number or ''}") for number in count())
        aside = next(name for name in names if not name.exists())
        try:
            path.replace(aside)
        except OSError:
            self._path = None
            self.wrong = f"{path}: not readable as state, so nothing is remembered: take it away"
        else:
            self.wrong = f"{path}: not readable as state, begun anew: what was in it is in {aside.name}"

    def word(self, name: str) -> str:
        """Return what was remembered under a name, '' for nothing."""
        return self._words.get(name, "")

    def keep(self, words: Mapping[str, str]) -> None:
        """Remember some words, and write all of them where any is another than before and there is a place."""
        merged = {**self._words, **words}
        if merged == self._words:
            return
        self._words = merged
        if self._path is None:
            return
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = self._path.with_name(f".{self._path.name}.{os.getpid()}")
            made.touch(mode=0o600)
            made.write_text(json.dumps(merged, indent=1, sort_keys=True) + "\n", "utf-8")
            made.replace(self._path)


def _read(path: Path) -> dict[str, str]:
    """Return the words of a file; OSError where it cannot be read, ValueError where it is no such file."""
    if path.stat().st_size > LARGEST:
        raise ValueError
    found = json.loads(path.read_text("utf-8"))
    if not isinstance(found, dict) or not all(isinstance(word, str) for word in found.values()):
        raise ValueError
    return found
