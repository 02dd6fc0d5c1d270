"""JSON from bytes, by orjson where that is installed, and what is still whole of a document that breaks off."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from callmon.model.frames import Json

MEND_BYTES = 64 * 1024 * 1024
"""A longer document that breaks off is not mended."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
_BLANK = re.compile(r"[^\s\x1e]")
_MOST_DIGITS = 400
_CLOSES = {"[": "]", "{": "}"}
_DEEPEST = 200

Loads = Callable[[bytes], Json]


def _loads() -> Loads:
    """Return the fastest decoder there is."""
    if find_spec("orjson") is None:
        return json.loads
    return cast(Loads, import_module("orjson").loads)


loads = _loads()
"""Decodes JSON; raises ValueError or RecursionError."""


def decode(text: bytes) -> tuple[Json, str | None]:
    """Return a value and None, or None and what is wrong."""
    if loads is not json.loads:
        # Infinity, NaN and the words of an error are those of the standard library, whoever else is installed.
        try:
            return loads(text), None
        except (ValueError, RecursionError):
            pass
    try:
        return _parsed(text), None
    except RecursionError:
        return None, "it is nested too deeply"
    except UnicodeDecodeError:
        return None, "it is not UTF-8"
    except json.JSONDecodeError as error:
        return None, _wrong(error)


def _parsed(text: str | bytes) -> Json:
    """Return a value in which a number with more digits than any measure has is null, as Python reads none of it."""
    try:
        return json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:
        return json.loads(text, parse_int=_whole)


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MOST_DIGITS else None


def _wrong(error: json.JSONDecodeError) -> str:
    """Return in words what is wrong with a text, and where: in which line where it has several."""
    text, at = error.doc, error.pos
    inside = "string" in error.msg and "Invalid" not in error.msg
    if at == len(text) - len(text.lstrip()) and not inside:
        return "it is no JSON"
    several = "\n" in text.strip()
    if inside or at >= len(text.rstrip()):
        return f"it breaks off in line {error.lineno}" if several else "it breaks off"
    place = f"line {error.lineno}, character {error.colno}" if several else f"character {at + 1}"
    return f"it is no JSON from {place} on"


def stream(raw: bytes) -> tuple[list[Json], str | None]:
    """Return the values that stand one after another, however they are laid out, and what is wrong after them."""
    found: list[Json] = []
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return found, "it is not UTF-8"
    at = 0
    while (begin := _BLANK.search(text, at)) is not None:
        try:
            value, at = _DECODER.raw_decode(text, begin.start())
        except RecursionError:
            return found, "it is nested too deeply"
        except json.JSONDecodeError as error:
            return found, _wrong(error)
        found.append(value)
    return found, None


_DECODER = json.JSONDecoder(parse_int=_whole)


def mend(raw: bytes) -> Json:
    """Return what is whole of a document that breaks off or has bytes that are no UTF-8; None where nothing is."""
    if len(raw) > MEND_BYTES:
        return None
    text = raw.decode("utf-8", "replace")
    try:
        return _parsed(text)
    except json.JSONDecodeError as error:
        text = text[: error.pos]
    except (ValueError, RecursionError):
        return None
    open: list[str] = []
    cut, closing = 0, ""
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in _CLOSES:
            open.append(_CLOSES[mark])
            if len(open) > _DEEPEST:
                return None
        elif mark[0] != '"':
            if mark != "," and (not open or open.pop() != mark):
                break
            cut = token.start() if mark == "," else token.end()
            closing = "".join(reversed(open))
    try:
        return _parsed(text[:cut] + closing) if cut else None
    except (ValueError, RecursionError):
        return None
