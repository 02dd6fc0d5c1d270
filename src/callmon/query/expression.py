"""A yes-or-no question about a call, as a tree; ``str`` of a tree is a text that reads as the same tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from callmon.query import amounts
from callmon.query.times import Relative

KEYWORDS = frozenset({"and", "or", "not", "for", "any", "all", "marked"})
"""Words that mean something else than a text to look for; in quotes they do not."""

SELECTORS = ("@marked", "@shown", "@focus", "@all")
"""Words of the command line that people type here too; in quotes they are texts."""

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
    """A field compared with a value: a number in the field's ``unit``, a moment told from now, or a text."""

    field: str
    op: str
    value: float | Relative | str
    unit: str = ""

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, str):
            text = quoted(value)
        else:
            text = str(value) if isinstance(value, Relative) else amounts.write(value, self.unit)
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
    """Something that holds now, and did without a break for so many seconds; it names no span itself."""

    inner: Expression
    seconds: float

    def __str__(self) -> str:
        return f"{_within(self.inner, Lasting)} for {amounts.write(self.seconds, 's')}"


@dataclass(frozen=True, slots=True)
class Within:
    """Something that held at ``any`` or at ``all`` moments of the last so many seconds; it names no span itself."""

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


def texts(expression: Expression) -> Iterator[str]:
    """Return every text that is looked for: bare words, and values of fields that are texts."""
    match expression:
        case Words(text):
            yield text
        case Compare(_, _, str(value)):
            yield value
        case Not(inner) | Lasting(inner) | Within(_, inner):
            yield from texts(inner)
        case And(parts) | Or(parts):
            for part in parts:
                yield from texts(part)


def asks_for_marks(expression: Expression) -> bool:
    """Return whether it matters anywhere which calls somebody has marked."""
    match expression:
        case Marked():
            return True
        case Not(inner) | Lasting(inner) | Within(_, inner):
            return asks_for_marks(inner)
        case And(parts) | Or(parts):
            return any(map(asks_for_marks, parts))
        case _:
            return False


def translated(expression: Expression, words: Callable[[str, bool], tuple[str, ...]]) -> Expression:
    """Return the same question about other texts: ``words`` says which stand for one; any of several will do.

    It is also told whether the text is a regular expression.
    """
    match expression:
        case Words(text):
            return _any_of(expression, [Words(one) for one in words(text, False)])
        case Compare(_, op, str(value)):
            found = [replace(expression, value=one) for one in words(value, op in ("~", "!~"))]
            return _any_of(expression, found, every=op in ("!=", "!~"))
        case Not(inner) | Lasting(inner) | Within(_, inner):
            return replace(expression, inner=translated(inner, words))
        case And(parts) | Or(parts):
            return replace(expression, parts=tuple(translated(part, words) for part in parts))
        case _:
            return expression


def _any_of(one: Expression, found: list[Words] | list[Compare], every: bool = False) -> Expression:
    """Return one of several questions, or ``every`` one, as it would be read."""
    if len(found) < 2:
        return found[0] if found else one
    return And(tuple(found)) if every else Or(tuple(found))


_BARE: dict[type, tuple[type, ...]] = {
    Not: (Compare, Flag, Marked, Words, Within, Not, Lasting),
    Lasting: (Compare, Flag, Marked),
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
    special = text.lower() in (*KEYWORDS, *SELECTORS) or (colon and prefix.lower() in PREFIXES)
    meant = keywords and special
    if _PLAIN.fullmatch(text) and not meant:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
