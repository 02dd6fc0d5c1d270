"""A yes-or-no question about a call, as a tree; ``str`` of a tree is a text that reads as the same tree."""

from __future__ import annotations

import re
from dataclasses import dataclass

from callmon.query import amounts

KEYWORDS = frozenset({"and", "or", "not", "for", "any", "all", "marked"})
"""Words that mean something else than a text to look for; in quotes they do not."""

PREFIXES = ("is", "has", "issue", "open")
"""What may stand before a colon."""

_PLAIN = re.compile(r"""[^\s()"=<>~!,|:\\]+(?::[^\s()"=<>~!,|\\]*)*""")


@dataclass(frozen=True, slots=True)
class Everything:
    """No question: every call passes."""

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Words:
    """A text that must be found in what is known of the call, without regard to case."""

    text: str

    def __str__(self) -> str:
        return quoted(self.text, keywords=True)


@dataclass(frozen=True, slots=True)
class Compare:
    """A field compared with a value: a number in the field's ``unit``, or a text."""

    field: str
    op: str
    value: float | str
    unit: str = ""

    def __str__(self) -> str:
        value = self.value
        text = quoted(value) if isinstance(value, str) else amounts.write(value, self.unit)
        return f"{self.field}{self.op}{text}"


@dataclass(frozen=True, slots=True)
class Flag:
    """A word about the call: ``is:poor``, ``has:relay``, ``issue:dtls-stuck``, ``open:high-rtt``."""

    kind: str
    word: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.word}"


@dataclass(frozen=True, slots=True)
class Marked:
    """Whether somebody has marked the call."""

    def __str__(self) -> str:
        return "marked"


@dataclass(frozen=True, slots=True)
class Lasting:
    """Something that holds now, and did without a break for so many seconds."""

    inner: Expression
    seconds: float

    def __str__(self) -> str:
        return f"{_within(self.inner, Lasting)} for {amounts.write(self.seconds, 's')}"


@dataclass(frozen=True, slots=True)
class Within:
    """Something that held at ``any`` or at ``all`` moments of the last so many seconds."""

    how: str
    inner: Expression
    seconds: float

    def __str__(self) -> str:
        return f"{self.how}({self.inner}, {amounts.write(self.seconds, 's')})"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    inner: Expression

    def __str__(self) -> str:
        return f"not {_within(self.inner, Not)}"


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        return " and ".join(_within(part, And) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """One at least of two or more."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        return " or ".join(_within(part, Or) for part in self.parts)


Expression = Everything | Words | Compare | Flag | Marked | Lasting | Within | Not | And | Or
"""What a filter says."""

_BARE: dict[type, tuple[type, ...]] = {
    Not: (Compare, Flag, Marked, Words, Within, Not, Lasting),
    Lasting: (Compare, Flag, Marked, Within),
    And: (Compare, Flag, Marked, Words, Within, Not, Lasting),
    Or: (Compare, Flag, Marked, Words, Within, Not, Lasting, And),
}
"""What needs no parentheses inside of what."""


def _within(inner: Expression, outer: type) -> str:
    """Return an inner expression as it stands in an outer one, in parentheses where it would else be torn."""
    return str(inner) if isinstance(inner, _BARE[outer]) else f"({inner})"


def quoted(text: str, keywords: bool = False) -> str:
    """Return a text as one word of the language; in quotes where it would else be read as something else."""
    prefix, colon, _ = text.partition(":")
    meant = keywords and (text.lower() in KEYWORDS or (colon and prefix.lower() in PREFIXES))
    if _PLAIN.fullmatch(text) and not meant:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
