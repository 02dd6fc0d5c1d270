"""On which line of a TOML text each key stands; tomllib reads values but forgets where they were."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

Value = TypeVar("Value")

_TAKEN = "Cannot overwrite a value"

_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_NAME = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_NAME})\s*\]\]?")
_KEY = re.compile(rf"\s*({_NAME})\s*=")
_INNER = re.compile(rf"[{{,]\s*({_NAME})\s*=")


Parts = tuple[str, ...]
"""The parts of a path; one in quotes is one part, whatever dots are in it."""


def key_lines(text: str) -> dict[str, int]:
    """Return the line of each key and table by its path; repeated tables are numbered: ``source.0.url``."""
    found: dict[str, int] = {}
    for number, parts in _places(text):
        found.setdefault(join(parts), number)
    return found


def _places(text: str) -> Iterator[tuple[int, Parts]]:
    counts: dict[Parts, int] = {}
    table: Parts = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = *table, str(counts[table])
            yield number, table
        elif key := _KEY.match(line):
            path = *table, *_parts(key[1])
            yield number, path
            for inner in _INNER.finditer(line, key.end()):
                yield number, (*path, *_parts(inner[1]))


def unread(text: str, error: tomllib.TOMLDecodeError) -> str:
    """Return in one line where a text is no TOML, why, and what to do."""
    what, _, place = str(error).partition(" (at ")
    found = re.match(r"line (\d+)", place)
    # An error at the end of the document has no line of its own.
    line = int(found[1]) if found else len(text.splitlines())
    remedy = _parted(text, line) if what == _TAKEN else "mend that line"
    return f"line {line}: not TOML ({what.lower()}): {remedy}"


def _parted(text: str, line: int) -> str:
    """Return what to do where a line gives a value to what has one, or is a table, by another line."""
    keys = [(number, parts[1:]) for number, parts in _places(text) if parts[0] == "keys" and len(parts) > 1]
    # Of filter and filter.clear TOML takes the one for a value and the other for a table, whichever is first.
    for mine in (parts for number, parts in keys if number == line):
        for _, other in keys:
            short, long = sorted((mine, other), key=len)
            if len(short) < len(long) and long[: len(short)] == short:
                return f'put names of actions that have dots in quotes: "{join(long)}" = …'
    return "take one of the two out"


def nearest(found: Mapping[str, Value], path: str) -> Value | None:
    """Return what is known of a key, or else of the nearest table around it."""
    while path:
        if path in found:
            return found[path]
        path = path.rpartition(".")[0]
    return None


def join(parts: Iterable[str | int]) -> str:
    """Return the path of a key from its parts."""
    return ".".join(str(part) for part in parts)


def _parts(name: str) -> Parts:
    return tuple(part.strip("\"'") for part in re.findall(_PART, name))
