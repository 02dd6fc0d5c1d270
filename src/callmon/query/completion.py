"""What may come next in a filter that is being typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from callmon.engine.call import Call
from callmon.query import people
from callmon.query.expression import quoted
from callmon.query.fields import FIELDS, FLAGS, Field, field
from callmon.query.format import clean
from callmon.query.grammar import OF_NUMBERS, OF_TEXTS, Token, tokens
from callmon.query.misread import Misread

MOST = 40
"""Completions that are offered at once."""

KEYWORDS = (
    ("is:", "what it is: is:poor, is:live"),
    ("has:", "what it has: has:relay, has:mos"),
    ("issue:", "an issue it has or had"),
    ("open:", "an issue it has now"),
    ("marked", "the calls you have marked"),
    ("not", "the opposite of what follows"),
    ("any(", "at any moment: any(rtt>300ms, 5m)"),
    ("all(", "at every moment: all(loss<1, 5m)"),
)
"""Beginnings that are no fields, and what they mean."""

MOST_VALUES = 200
"""Values of a field that are offered at most."""

Values = Callable[[str], Iterable[str]]
"""The values that the calls of the moment have in a field, by its name."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A text that may stand from ``place`` on, in place of what stands there, and what it means."""

    place: int
    text: str
    meaning: str


def occurring(name: str, calls: Iterable[Call], now: float) -> list[str]:
    """Return the values that calls have in a field, the most frequent first."""
    known = field(name)
    if known is None:
        return []
    calls = list(calls)
    texts = Counter(clean(text) for call in calls for text in known.texts(call, now))
    if known.lacking is not None:
        texts.update(people.UNKNOWN for call in calls if known.lacking(call))
    return [text for text, _ in texts.most_common(MOST_VALUES)]


def complete(text: str, values: Values) -> list[Completion]:
    """Return what may stand at the end of a filter in place of its last, unfinished word."""
    try:
        found = tokens(text)[:-1]
    except Misread as wrong:
        # A quote is open: what stands in it is the beginning of a value.
        found = [*tokens(text[: wrong.place])[:-1], Token("quoted", text[wrong.place + 1 :], wrong.place)]
    last = found[-1] if found else None
    typing = last is not None and last.kind in ("word", "quoted") and not text[-1:].isspace()
    word = last if typing and last is not None else Token("word", "", len(text))
    before = found[:-1] if typing else found
    return list(_options(word, before, values))[:MOST]


def _options(word: Token, before: list[Token], values: Values) -> Iterable[Completion]:
    previous = before[-1] if before else None
    if previous is not None and previous.kind == "op" and len(before) > 1:
        known = field(before[-2].text)
        return _values(known, word, values) if known is not None else ()
    prefix, colon, rest = word.text.partition(":")
    if colon and prefix.lower() in FLAGS:
        return _flags(prefix.lower(), rest, word.place)
    if not word.text and previous is not None and previous.kind in ("word", "quoted"):
        return _after(previous, before, word.place)
    return [*_joining(word, before), *_beginnings(word)]


def _joining(word: Token, before: list[Token]) -> Iterable[Completion]:
    """Return what joins conditions, where the beginning of that was typed behind one."""
    compared = len(before) > 2 and before[-2].kind == "op"
    for name, meaning in (("and", "both"), ("or", "one of both"), ("for", "and so without a break: for 30s")):
        if before and word.text and name.startswith(word.text.lower()) and (compared or name != "for"):
            yield Completion(word.place, name, meaning)


def _values(known: Field, word: Token, values: Values) -> Iterable[Completion]:
    """Return the values that a field can have, or that calls have in it."""
    if known.unit is not None:
        return
    every = known.words or sorted({value for value in values(known.name) if value}, key=str.lower)
    typed = word.text.lower()
    for value in every:
        if typed in value.lower() and value != word.text:
            yield Completion(word.place, quoted(value), f"a value of {known.name}")


def _flags(kind: str, typed: str, place: int) -> Iterable[Completion]:
    known = [*FLAGS[kind], *(FIELDS if kind == "has" else ())]
    for word in known:
        if word.startswith(typed.lower()) and word != typed.lower():
            meaning = FIELDS[word].meaning if kind == "has" and word in FIELDS else ""
            yield Completion(place, f"{kind}:{word}", meaning)


def _after(previous: Token, before: list[Token], place: int) -> Iterable[Completion]:
    """Return what may follow a whole word: an operator after a field, else what joins conditions."""
    known = field(previous.text) if previous.kind == "word" else None
    compared = len(before) > 1 and before[-2].kind == "op"
    if known is not None and not compared:
        usual = OF_NUMBERS if known.unit is not None else OF_TEXTS
        for op in usual:
            yield Completion(place, op, known.meaning)
        return
    yield Completion(place, "and", "both")
    yield Completion(place, "or", "one of both")
    if compared:
        yield Completion(place, "for", "and so without a break: for 30s")


def _beginnings(word: Token) -> Iterable[Completion]:
    typed = word.text.lower()
    if word.kind == "quoted":
        return
    for one in FIELDS.values():
        names = [name for name in (one.name, *one.also) if name.startswith(typed)]
        if names and (typed not in (one.name, *one.also) or not typed):
            yield Completion(word.place, one.name, one.meaning)
    for name, meaning in KEYWORDS:
        if name.startswith(typed) and name != typed:
            yield Completion(word.place, name, meaning)
    exact = field(typed)
    if exact is not None and typed:
        for op in OF_NUMBERS if exact.unit is not None else OF_TEXTS:
            yield Completion(word.place, f"{word.text}{op}", exact.meaning)
