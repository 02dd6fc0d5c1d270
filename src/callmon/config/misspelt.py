"""What somebody may have meant by a key that is no setting: its name mended, or the section that has it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from callmon.config.settings import every_key

SEVERAL = ("rules", "source", "provider")
"""Sections of which there may be several: behind each of them is a name or a position."""


def meant(loc: Sequence[str | int], value: Any) -> str:
    """Return a hint for a key that is not known; of the value given to it only the names of keys are looked at."""
    parts = [str(part) for part in loc]
    if parts[0] in SEVERAL and len(parts) > 1:
        parts[1] = "*"
    *above, name = parts
    if isinstance(value, dict):
        if near := difflib.get_close_matches(name, _names(above), n=1):
            return f"did you mean {near[0]}?"
        homes = [
            home for home in _homes(str(next(iter(value), ""))) if all(key in _names(home) for key in value)
        ]
        return f"did you mean {_written(homes)}, which has {next(iter(value))}?" if homes else "take it out"
    if homes := _homes(name):
        return f"did you mean {name} in {_written(homes)}?"
    if near := difflib.get_close_matches(name, _names(above), n=1):
        return f"did you mean {near[0]}?"
    every = {path[-1] for path in _paths()}
    if near := difflib.get_close_matches(name, every, n=1):
        return f"did you mean {near[0]} in {_written(_homes(near[0]))}?"
    return "take it out"


def _paths() -> list[list[str]]:
    return [path.split(".") for path in every_key() if not path.endswith("*")]


def _names(above: Sequence[str]) -> list[str]:
    """Return what may stand in a section, or with no section at the top of the file."""
    size = len(above)
    return list(
        dict.fromkeys(path[size] for path in _paths() if path[:size] == [*above] and len(path) > size)
    )


def _homes(name: str) -> list[list[str]]:
    """Return the sections that have a key of a name."""
    return [path[:-1] for path in _paths() if path[-1] == name]


def _written(sections: Sequence[Sequence[str]]) -> str:
    """Return sections as their headers are written."""
    headers = []
    for section in sections:
        if section[0] == "rules":
            headers.append(f"[{'.'.join(section).replace('*', 'NAME')}]")
        else:
            headers.append(f"[[{section[0]}]]" if "*" in section else f"[{'.'.join(section)}]")
    return " or ".join(dict.fromkeys(headers))
