"""Strings from outside, made safe to show once, where they come in."""

from __future__ import annotations

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""What a character that cannot be shown looks like (controls, bidi overrides, halves of a pair)."""

JOINERS = "\u200c\u200d\u00ad\ufeff"
"""Signs without a look of their own, which say how those beside them are joined: names have them."""


def printable(text: str, limit: int = 200) -> str:
    """Return a string with what is not printable replaced, joiners left out, and cut where it is too long."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else REPLACEMENT for char in text if char not in JOINERS)
