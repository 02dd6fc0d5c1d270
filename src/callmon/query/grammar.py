"""The reading of filters: a text becomes an expression, or an error that points at what is wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

from callmon.query import amounts, times
from callmon.query.expression import (
    PREFIXES,
    SELECTORS,
    And,
    Compare,
    Everything,
    Expression,
    Flag,
    Lasting,
    Marked,
    Not,
    Or,
    Within,
    Words,
)
from callmon.query.fields import FIELDS, FLAGS, Field, field
from callmon.query.misread import Misread

OF_NUMBERS = ("=", "!=", "<", "<=", ">", ">=")
"""What may stand between a field that is a number and a value."""

OF_TEXTS = ("=", "!=", "~", "!~")
"""What may stand between a field that is a text and a value."""

DEEPEST = 40
"""Parentheses within parentheses."""

LONGEST = 4000
"""Characters of a filter."""

SOME = 6
"""Words that are named where any of many would do."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<op>[<>]=|!=|!~|==|[=<>~])|(?P<sign>[(),!|])"""
    r"""|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<torn>")|(?P<word>[^\s()"=<>~!,|]+))""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a filter: its kind (op, sign, quoted, word or end), its text and where it begins."""

    kind: str
    text: str
    place: int

    def is_word(self, *words: str) -> bool:
        """Return whether it is one of these keywords."""
        return self.kind == "word" and self.text.lower() in words

    def is_sign(self, sign: str) -> bool:
        """Return whether it is this sign."""
        return self.kind == "sign" and self.text == sign


def tokens(text: str) -> list[Token]:
    """Return the pieces of a filter, the last one of kind end; Misread where a quote is not closed."""
    found: list[Token] = []
    place = 0
    while (match := _TOKEN.match(text, place)) is not None:
        kind = match.lastgroup or ""
        if kind == "torn":
            raise Misread(match.start(kind), 'expected another " where the quote ends')
        piece = match[kind]
        if kind == "quoted":
            piece = re.sub(r"\\(.)", r"\1", piece[1:-1], flags=re.DOTALL)
        found.append(Token(kind, "=" if piece == "==" and kind == "op" else piece, match.start(kind)))
        place = match.end()
    return [*found, Token("end", "", len(text))]


def parse(text: str) -> Expression:
    """Return what a filter says; Misread says where it cannot be read and what was expected."""
    if len(text) > LONGEST:
        raise Misread(LONGEST, f"too long: at most {LONGEST} characters")
    reader = _Reader(tokens(text))
    if reader.next.kind == "end":
        return Everything()
    found = reader.either()
    if reader.next.kind != "end":
        raise Misread(reader.next.place, reader.stray())
    return found


def placed(text: str) -> str:
    """Return a filter that means the same in every time zone: dates without an offset get that of this machine.

    Where it would become too long to be read it stays as it is.
    """
    found, whole = tokens(text), text
    for name, op, value in reversed(list(zip(found, found[1:], found[2:], strict=False))):
        known = field(name.text) if name.kind == "word" and op.kind == "op" else None
        said = times.with_offset(value.text) if known is not None and known.unit == "at" else None
        if said is not None and (match := _TOKEN.match(text, value.place)) is not None:
            said = f'"{said}"' if value.kind == "quoted" else said
            whole = f"{whole[: value.place]}{said}{whole[match.end() :]}"
    return whole if len(whole) <= LONGEST else text


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0
        self._spans: list[int] = []

    @property
    def next(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self.next
        self._at += token.kind != "end"
        return token

    def stray(self) -> str:
        """Return what is wrong with the next token, which belongs nowhere."""
        token = self.next
        if token.is_sign(")"):
            return "expected a condition or the end: there is no ( for this )"
        if token.is_sign(","):
            return "expected and, or, or the end: a comma goes into any(loss>3, 5m), or into quotes"
        if token.is_sign("|"):
            return "expected and, or, or the end: a text with | goes into quotes"
        if token.kind == "op":
            return f"expected a field before {token.text}, as in loss>3"
        return "expected and, or, or the end"

    def either(self) -> Expression:
        """Read what is joined by ``or``."""
        parts = [self.every()]
        while self.next.is_word("or"):
            self._take()
            parts.append(self.every())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def every(self) -> Expression:
        """Read what is joined by ``and``, or only stands side by side."""
        parts = [self.no()]
        while True:
            if self.next.is_word("and"):
                self._take()
            elif self._ends():
                break
            parts.append(self.no())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _ends(self) -> bool:
        """Return whether no further condition begins here."""
        token = self.next
        return (
            token.kind in ("end", "op")
            or token.is_word("or")
            or (token.kind == "sign" and token.text not in "(!")
        )

    def no(self) -> Expression:
        """Read what may have ``not`` or ``!`` before it."""
        if not (self.next.is_word("not") or self.next.is_sign("!")):
            return self.lasting()
        self._take()
        return Not(self._deeper(self.no))

    def _deeper(self, read: Callable[[], Expression]) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Misread(self.next.place, f"too deep: at most {DEEPEST} within each other")
        found = read()
        self._depth -= 1
        return found

    def lasting(self) -> Expression:
        """Read what may have ``for 30s`` behind it."""
        bare, start = self.next.kind in ("word", "quoted"), self.next.place
        found = self.one()
        # After a bare word it is one more word to look for.
        while self.next.is_word("for") and not (bare and isinstance(found, Words)):
            if self._span_since(start) is not None:
                raise Misread(self.next.place, "expected and, or, or the end: how long is said already")
            self._take()
            found = Lasting(found, self._seconds("expected how long, as in for 30s"))
        return found

    def _span_since(self, start: int) -> int | None:
        """Return where how long was said of something that begins at a place or later, None where it was not."""
        return next((place for place in self._spans if place >= start), None)

    def _seconds(self, question: str) -> float:
        token = self._take()
        try:
            seconds = amounts.read(token.text, "s")
        except ValueError:
            raise Misread(token.place, question) from None
        if token.kind != "word" or not 0 < seconds <= 86_400:
            raise Misread(token.place, question if token.kind != "word" else "expected from 1s to 24h")
        self._spans.append(token.place)
        return seconds

    def one(self) -> Expression:
        """Read what stands for itself."""
        token = self._take()
        if token.is_sign("("):
            found = self._deeper(self.either)
            self._close("expected ) here")
            return found
        if token.kind == "quoted":
            return Words(token.text)
        if token.kind != "word":
            self._at -= token.kind != "end"
            missing = token.kind == "end" or (token.is_sign(")") and self._depth > 0)
            raise Misread(token.place, "expected a condition here" if missing else self.stray())
        if self.next.kind == "op":
            return self._compare(token)
        if token.is_word("any", "all") and self.next.is_sign("("):
            return self._deeper(lambda: self._window(token.text.lower()))
        if token.is_word("marked"):
            return Marked()
        if token.is_word("and", "or"):
            raise Misread(
                token.place, f'expected a condition here: to look for the word write "{token.text}"'
            )
        if token.text.lower() in SELECTORS:
            raise Misread(
                token.place,
                f'expected a condition here: {token.text} is for commands; write marked, or "{token.text}"',
            )
        prefix, colon, word = token.text.partition(":")
        if colon and prefix.lower() in PREFIXES:
            return _flag(prefix.lower(), word, token.place + len(prefix) + 1)
        return Words(token.text)

    def _close(self, otherwise: str) -> None:
        if not self.next.is_sign(")"):
            raise Misread(self.next.place, otherwise)
        self._take()

    def _window(self, how: str) -> Expression:
        start = self._take().place
        inner = self.either()
        if (place := self._span_since(start)) is not None:
            raise Misread(place, f"expected how long once, as in {how}(loss>3, 5m)")
        if not self.next.is_sign(","):
            raise Misread(self.next.place, f"expected a comma and how long, as in {how}(loss>3, 5m)")
        self._take()
        seconds = self._seconds(f"expected how long, as in {how}(loss>3, 5m)")
        self._close("expected ) here")
        return Within(how, inner, seconds)

    def _compare(self, token: Token) -> Compare:
        known = field(token.text)
        if known is None:
            raise Misread(token.place, _nearest("field", token.text))
        op = self._take()
        value = self._take()
        if value.kind not in ("word", "quoted"):
            begins = known.unit is None and value.kind == "sign" and value.text in "(|!"
            remedy = f": a text with {value.text} goes into quotes" if begins else ""
            raise Misread(value.place, f"expected {_wanted(known, op.text)}{remedy}")
        if known.unit is None:
            if self.next.is_sign("(") and self.next.place == value.place + len(value.text):
                raise Misread(self.next.place, "expected a blank here: a text with ( goes into quotes")
            return _compare_text(known, op, value)
        if op.text in ("~", "!~"):
            kind = "moment" if known.unit == "at" else "number"
            raise Misread(op.place, f"expected = != < <= > or >=: {known.name} is a {kind}")
        if known.unit == "at":
            return Compare(known.name, op.text, _moment(value), known.unit)
        amount = value.text
        apart = self.next.kind == "word" and self.next.text.lower() in amounts.UNITS.get(known.unit, {})
        if apart and amounts.NUMBER.fullmatch(amount):
            amount += self._take().text
        try:
            number = amounts.read(amount, known.unit)
        except (ValueError, OverflowError):
            raise Misread(value.place, f"expected {amounts.wanted(known.unit)}") from None
        if number < 0:
            raise Misread(value.place, f"expected {amounts.wanted(known.unit)}: it is never below 0")
        return Compare(known.name, op.text, number, known.unit)


def _moment(token: Token) -> float | times.Relative:
    """Return the moment that a word means; where it means none the place is that in the filter."""
    try:
        return times.read(token.text)
    except Misread as wrong:
        place = token.place + (wrong.place if token.kind == "word" else 0)
        raise Misread(place, str(wrong)) from None


def _wanted(known: Field, op: str) -> str:
    if known.unit is not None:
        return amounts.wanted(known.unit)
    return f"a value, as in {known.name}{op}{known.example or 'text'}"


def _compare_text(known: Field, op: Token, value: Token) -> Compare:
    if op.text not in OF_TEXTS:
        raise Misread(op.place, f"expected = != ~ or !~: {known.name} is a text")
    if op.text in ("~", "!~"):
        try:
            re.compile(value.text)
        except (re.error, OverflowError, RecursionError) as error:
            raise Misread(value.place, f"expected a regular expression: {error}") from None
    elif known.words and value.text.lower() not in known.words:
        raise Misread(value.place, f"expected {_or(known.words)}")
    text = value.text.lower() if known.words and op.text in ("=", "!=") else value.text
    return Compare(known.name, op.text, text)


def _flag(kind: str, word: str, place: int) -> Flag:
    known = FLAGS[kind]
    lower = word.lower()
    if kind == "has" and lower not in known and (found := field(lower)) is not None:
        lower = found.name
    elif lower not in known:
        every_word = [*known, *(FIELDS if kind == "has" else ())]
        near = [one for one in every_word if lower and one.startswith(lower)]
        near = near or difflib.get_close_matches(lower, every_word, n=1)
        if near:
            raise Misread(place, f"there is no {kind}:{word[:30]}: did you mean {kind}:{near[0]}?")
        every = len(known) <= 2 * SOME
        some = tuple(known) if every else tuple(known)[:3]
        words = _or((*some, "a field") if kind == "has" else some)
        raise Misread(place, f"expected {words if every else f'one of {len(known)}, such as {words}'}")
    return Flag(kind, lower)


def _or(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def _nearest(what: str, word: str) -> str:
    known = [name for one in FIELDS.values() for name in (one.name, *one.also)]
    near = difflib.get_close_matches(word.lower(), known, n=1)
    hint = f"did you mean {near[0]}?" if near else 'write a text with signs in quotes, as in "a=b"'
    return f"there is no {what} {word[:30]}: {hint}"
