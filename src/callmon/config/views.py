"""Saved views: a TOML file of up to nine views by number, to be kept, edited and shared."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callmon.config.lines import key_lines, nearest, unread
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


class UnwritableViews(Exception):
    """The file of views cannot be written: one line says why, first, and where."""


class Views:
    """The saved views of a file; those that come with callmon where the file does not have the number."""

    def __init__(self, path: Path | None, *, unreadable: bool = False) -> None:
        """Read ``path``, which need not exist; UnreadableViews where it is no file of views.

        One that is known to be ``unreadable`` is not read before there is something to save in it.
        """
        self._path = path
        self._own = _read(path) if path is not None and not unreadable else {}
        self._unsaved: dict[int, Saved] = {}

    def all(self) -> dict[int, Saved]:
        """Return all views by number."""
        return dict(sorted({**usual(), **self._own, **self._unsaved}.items()))

    def save(self, number: int, view: View, name: str = "") -> str:
        """Save a view under a number, over the one that is there; return where.

        UnwritableViews where the file cannot be written, UnreadableViews where it would be lost what somebody wrote
        into it: then the view is there as long as callmon runs, and in the file as soon as another can be saved.
        """
        self._unsaved[number] = Saved(name or write(view) or "All calls", view)
        if self._path is None:
            return "this watch only"
        # Somebody may have edited it since it was read.
        every = _read(self._path) | self._unsaved
        try:
            _put(self._path.resolve(), _text(every))
        except OSError as error:
            why = error.strerror or str(error)
            raise UnwritableViews(
                f"{why}: {self._path} cannot be written: mend that and save again"
            ) from None
        self._own, self._unsaved = every, {}
        return str(self._path)


def saved_views(path: Path | None) -> tuple[Views, str | None]:
    """Return the saved views of a file, and why they cannot be read where they cannot: then the usual ones."""
    try:
        return Views(path), None
    except UnreadableViews as error:
        return Views(path, unreadable=True), str(error)


def _put(path: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        made.write_text(text, "utf-8")
        made.replace(path)
    except OSError:
        made.unlink(missing_ok=True)
        raise


def _text(views: dict[int, Saved]) -> str:
    """Return views as TOML."""
    lines = [
        "# Views of callmon; saving one there writes this file anew, without any other comment.",
        "# A view is: filter | sort COLUMN | columns … | group COLUMN | span TIME",
        "",
    ]
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
    """Return the views of a file, none where there is none; all that is in it is known, or it is not read."""
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableViews(f"{path}: too large for a file of views: take it away")
        text = path.read_text("utf-8")
        told = tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise UnreadableViews(f"{path}: {unread(text, error)}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableViews(f"{path}: {error}: mend it or take it away") from None
    lines = key_lines(text)
    found: dict[int, Saved] = {}
    try:
        for key, value in _numbered(told):
            found[int(key)] = _saved(key, value)
    except _Wrong as wrong:
        line = nearest(lines, wrong.key) or nearest(lines, f"{wrong.key}.0")
        raise UnreadableViews(f"{path}: {f'line {line}: ' if line else ''}{wrong.key}: {wrong}") from None
    return found


class _Wrong(Exception):
    """What is wrong with one key, and what to do."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(why)
        self.key = key


def _numbered(told: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, value in told.items():
        if key != "views" or not isinstance(value, dict):
            raise _Wrong(key, "views have the numbers 1 to 9: write [views.1] and so on")
        for number, view in value.items():
            if number not in map(str, NUMBERS) or not isinstance(view, dict):
                raise _Wrong(f"views.{number}", "views have the numbers 1 to 9: write [views.1] and so on")
            yield number, view


def _saved(number: str, told: dict[str, Any]) -> Saved:
    for key, value in told.items():
        if key not in ("name", "view"):
            raise _Wrong(
                f"views.{number}.{key}", 'views have a name and a view: write view = "loss>3 | sort rtt"'
            )
        if not isinstance(value, str):
            raise _Wrong(f"views.{number}.{key}", "name and view are texts: write them in quotes")
    line = told.get("view", "")
    try:
        return Saved(told.get("name", "") or line, read(line))
    except Misread as wrong:
        raise _Wrong(f"views.{number}.view", located(line, wrong)) from None
