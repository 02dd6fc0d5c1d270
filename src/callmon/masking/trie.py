"""One regular expression for very many words, whose cost does not grow with their number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

SHORT = 5
"""A word that is shorter is only found where it stands alone, or it would be found everywhere."""

_END = ""


def expression(words: Iterable[str]) -> str:
    """Return an expression that finds any of the words, the longest first; one that finds nothing for none."""
    alone: dict[str, Any] = {}
    anywhere: dict[str, Any] = {}
    for word in words:
        _add(alone if len(word) < SHORT or word.isdigit() and len(word) < 7 else anywhere, word)
    parts = [_written(anywhere)] if anywhere else []
    if alone:
        parts.append(rf"(?<![^\W_])(?<!\d[.:]){_written(alone)}(?![^\W_]|[.:]\d)")
    return f"(?:{'|'.join(parts)})" if parts else r"(?!)"


def _add(tree: dict[str, Any], word: str) -> None:
    for char in word:
        tree = tree.setdefault(char, {})
    tree[_END] = {}


def _written(tree: dict[str, Any]) -> str:
    """Return the expression of a tree; written with a stack, since a word may be longer than Python's."""
    done: dict[int, str] = {}
    stack = [(tree, False)]
    while stack:
        node, visited = stack.pop()
        branches = [(char, below) for char, below in node.items() if char != _END]
        if not visited:
            stack.append((node, True))
            stack += [(below, False) for _, below in branches]
            continue
        ways = [re.escape(char) + done.pop(id(below)) for char, below in branches]
        body = "|".join(ways)
        if _END in node:
            body = f"(?:{body})?" if body else ""
        elif len(ways) > 1:
            body = f"(?:{body})"
        done[id(node)] = body
    return done[id(tree)]
