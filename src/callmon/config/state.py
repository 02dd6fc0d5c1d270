"""What is remembered from one watch to the next: the last view, never in the user's own configuration."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

LARGEST = 100_000
"""Bytes of a file of state that are believed to be one."""


class State:
    """A few words by name in a file of the state directory; what cannot be read or written is as if it were not."""

    def __init__(self, path: Path) -> None:
        """Read ``path``, which need not exist."""
        self._path = path
        self._words: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError, RecursionError):
            if path.stat().st_size <= LARGEST:
                found = json.loads(path.read_text("utf-8"))
                if isinstance(found, dict):
                    self._words = {key: word for key, word in found.items() if isinstance(word, str)}

    def word(self, name: str) -> str:
        """Return what was remembered under a name, '' for nothing."""
        return self._words.get(name, "")

    def keep(self, words: Mapping[str, str]) -> None:
        """Remember some words, and write all of them where any is another than before."""
        merged = {**self._words, **words}
        if merged == self._words:
            return
        self._words = merged
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            made = self._path.with_name(f".{self._path.name}.{os.getpid()}")
            made.write_text(json.dumps(merged, indent=1, sort_keys=True) + "\n", "utf-8")
            made.replace(self._path)
