"""Saved views: a TOML file of up to nine views by number, to be kept, edited and shared."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from callmon.query.misread import Misread, located
from callmon.query.view import View
from callmon.query.viewline import read, write

NUMBERS = range(1, 10)
"""The keys of saved views."""

LARGEST = 100_000
"""Bytes of a file of views."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A view with its name."""

    name: str
    view: View


def _usual(name: str, line: str) -> Saved:
    return Saved(name, read(line))


def usual() -> dict[int, Saved]:
    """Return the views that are there before anybody has saved one."""
    return {
        1: _usual("Poor now", "is:poor not is:over"),
        2: _usual("Never connected", "issue:ice-failed or issue:dtls-stuck"),
        3: _usual("Through a relay", "has:relay"),
        4: _usual("Losing packets", "loss>1 for 10s | sort loss"),
        5: _usual("By provider", "| group provider"),
        6: _usual("Over", "is:over | sort duration"),
    }


class UnreadableViews(Exception):
    """The file of views cannot be read: one line says where and why."""


class Views:
    """The saved views of a file; those that come with callmon where the file does not have the number."""

    def __init__(self, path: Path | None, why: str = "") -> None:
        """Read ``path``, which need not exist; UnreadableViews where it is no file of views.

        ``why`` is why there is no path.
        """
        self._path = path
        self._why = why
        self._own: dict[int, Saved] = {}
        self.reload()

    def reload(self) -> None:
        """Read the file again."""
        self._own = _read(self._path) if self._path is not None and self._path.exists() else {}

    def all(self) -> dict[int, Saved]:
        """Return all views by number."""
        return dict(sorted({**usual(), **self._own}.items()))

    def save(self, number: int, view: View, name: str = "") -> str:
        """Save a view under a number, over the one that is there; return where. OSError where it cannot be."""
        self._own[number] = Saved(name or write(view) or "All calls", view)
        if self._path is None:
            return f"this watch only: {self._why}" if self._why else "this watch only"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        made = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        made.write_text(_text(self._own), "utf-8")
        made.replace(self._path)
        return str(self._path)


def saved_views(path: Path | None) -> tuple[Views, str | None]:
    """Return the saved views of a file, and why they cannot be read where they cannot: then the usual ones."""
    try:
        return Views(path), None
    except UnreadableViews as error:
        return Views(None, str(error)), str(error)


def _text(views: dict[int, Saved]) -> str:
    """Return views as TOML."""
    lines = ["# Views of callmon: filter | sort COLUMN | columns … | group COLUMN | span TIME", ""]
    for number, saved in sorted(views.items()):
        lines += [
            f"[views.{number}]",
            f"name = {_string(saved.name)}",
            f"view = {_string(write(saved.view))}",
            "",
        ]
    return "\n".join(lines)


def _string(text: str) -> str:
    """Return a text as a TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def _read(path: Path) -> dict[int, Saved]:
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableViews(f"{path}: too large for a file of views")
        told = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableViews(f"{path}: {error}: mend it or take it away") from None
    found: dict[int, Saved] = {}
    views = told.get("views", {})
    for key, value in views.items() if isinstance(views, dict) else ():
        if not key.isdecimal() or int(key[:3]) not in NUMBERS or not isinstance(value, dict):
            raise UnreadableViews(f"{path}: views.{key}: views have the numbers 1 to 9")
        line, name = value.get("view", ""), value.get("name", "")
        if not isinstance(line, str) or not isinstance(name, str):
            raise UnreadableViews(f"{path}: views.{key}: name and view are texts")
        try:
            found[int(key)] = Saved(name or line, read(line))
        except Misread as wrong:
            raise UnreadableViews(f"{path}: views.{key}: {located(line, wrong)}") from None
    return found
