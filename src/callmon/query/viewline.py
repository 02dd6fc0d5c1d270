"""A view as one line of text to paste: ``loss>3 | sort rtt | columns call rtt=8 loss | group region | span 5m``."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import replace

from callmon.query import amounts
from callmon.query.catalogue import CATALOGUE
from callmon.query.fields import field
from callmon.query.filter import Filter
from callmon.query.grammar import placed, tokens
from callmon.query.misread import Misread
from callmon.query.order import descends
from callmon.query.view import NARROWEST, WIDEST, View

CLAUSES = "sort, columns, group, span or marked"


def write(view: View) -> str:
    """Return a view as a line that reads as the same view, in every time zone."""
    parts = [placed(view.filter.text.strip())]
    if view.sort != "grade" or view.reverse:
        parts.append(f"sort {name_of(view.sort)}{' reverse' if view.reverse else ''}")
    if view.columns or view.widths:
        given = dict(view.widths)
        keys = view.columns or tuple(given)
        words = [name_of(key) + (f"={given[key]}" if key in given else "") for key in keys]
        parts.append(f"{'columns' if view.columns else 'widths'} {' '.join(words)}")
    if view.group:
        parts.append(f"group {name_of(view.group)}")
    if view.span is not None:
        parts.append(f"span {amounts.write(view.span, 's')}")
    if view.only_marked:
        parts.append("marked")
    return " | ".join(parts).strip()


def read(text: str) -> View:
    """Return the view that a line means; Misread says where it means none."""
    pipes = [token.place for token in tokens(text) if token.is_sign("|")]
    ends = [*pipes, len(text)]
    first = text[: ends[0]]
    view = View(Filter(first.strip()) if first.strip() == first else _filter(first))
    said: set[str] = set()
    for start, end in zip(pipes, ends[1:], strict=True):
        view = _clause(view, text, start + 1, end, said)
    return view


def _filter(text: str) -> Filter:
    """Return a filter; what is wrong with it is told by its place in the line."""
    start = len(text) - len(text.lstrip())
    try:
        return Filter(text.strip())
    except Misread as wrong:
        raise Misread(wrong.place + start, str(wrong)) from None


def _clause(view: View, text: str, start: int, end: int, said: set[str]) -> View:
    """Return a view with what a clause says; ``said`` has the names of those before it, and takes its own."""
    words: list[tuple[str, int]] = []
    place = start
    for word in text[start:end].split():
        place = text.index(word, place)
        words.append((word, place))
        place += len(word)
    if not words:
        raise Misread(end, f"expected {CLAUSES}")
    (name, at), rest = words[0], words[1:]
    reader = _READERS.get(name.lower())
    if reader is None:
        near = difflib.get_close_matches(name.lower(), _READERS, n=1)
        raise Misread(
            at, f"there is no {name[:30]}: did you mean {near[0]}?" if near else f"expected {CLAUSES}"
        )
    if name.lower() in said:
        raise Misread(at, f"expected {name.lower()} only once, or the end")
    said.add(name.lower())
    return reader(view, rest, end)


_Words = list[tuple[str, int]]


def _sort(view: View, words: _Words, end: int) -> View:
    if not words:
        raise Misread(end, "expected a column, as in sort rtt")
    reverse = len(words) > 1 and words[1][0].lower() == "reverse"
    if len(words) > 1 + reverse:
        raise Misread(words[1 + reverse][1], "expected reverse, or the end")
    key, turned = ordering(*words[0])
    return replace(view, sort=key, reverse=turned != reverse)


def _columns(view: View, words: _Words, end: int) -> View:
    keys, widths = _sized(words, end, "expected columns, as in columns call rtt=8 loss")
    return replace(view, columns=keys, widths=_with(view.widths, widths))


def _widths(view: View, words: _Words, end: int) -> View:
    keys, widths = _sized(words, end, "expected columns with widths, as in widths rtt=8")
    if len(widths) < len(keys):
        raise Misread(words[0][1], "expected a width for each, as in rtt=8")
    return replace(view, widths=_with(view.widths, widths))


def _with(
    before: tuple[tuple[str, int], ...], widths: tuple[tuple[str, int], ...]
) -> tuple[tuple[str, int], ...]:
    """Return the widths that columns had, or have by another clause."""
    return tuple({**dict(before), **dict(widths)}.items())


def _sized(words: _Words, end: int, question: str) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    if not words:
        raise Misread(end, question)
    keys: list[str] = []
    widths: list[tuple[str, int]] = []
    for word, at in words:
        name, sign, width = word.partition("=")
        key = column_of(name, at, drawn=True)
        if key in keys:
            raise Misread(at, f"expected another column: {name} is there already")
        keys.append(key)
        if sign:
            if not width.isascii() or not width.isdecimal() or not NARROWEST <= int(width[:6]) <= WIDEST:
                raise Misread(at + len(name) + 1, f"expected a width from {NARROWEST} to {WIDEST}")
            widths.append((key, int(width)))
    return tuple(keys), tuple(widths)


def _group(view: View, words: _Words, end: int) -> View:
    if not words:
        raise Misread(end, "expected a column, as in group region")
    return replace(view, group=column_of(*_alone(words)))


def _span(view: View, words: _Words, end: int) -> View:
    if not words:
        raise Misread(end, "expected how long, as in span 5m")
    word, at = _alone(words)
    try:
        seconds = amounts.read(word, "s")
    except ValueError as error:
        raise Misread(at, f"expected {error}") from None
    if not 1 <= seconds <= 86_400:
        raise Misread(at, "expected from 1s to 24h")
    return replace(view, span=seconds)


def _marked(view: View, words: _Words, end: int) -> View:
    if words:
        raise Misread(words[0][1], "expected the end, or | and something else")
    return replace(view, only_marked=True)


def _alone(words: _Words) -> tuple[str, int]:
    if len(words) > 1:
        raise Misread(words[1][1], "expected the end, or | and something else")
    return words[0]


_READERS: dict[str, Callable[[View, _Words, int], View]] = {
    "sort": _sort,
    "columns": _columns,
    "widths": _widths,
    "group": _group,
    "span": _span,
    "marked": _marked,
}


def name_of(key: str) -> str:
    """Return what a column is called where it is written: its short name."""
    return CATALOGUE[key].name or key


def ordering(word: str, place: int) -> tuple[str, bool]:
    """Return by which column to sort, and whether reversed, of ``rtt``; ``-rtt`` is from the greatest value down."""
    name = word.removeprefix("-")
    if not name:
        raise Misread(place + len(word), "expected a column, as in sort rtt")
    key = column_of(name, place + len(word) - len(name))
    return key, name != word and not descends(CATALOGUE[key], reverse=False)


def column_of(name: str, place: int, drawn: bool = False) -> str:
    """Return the key of a column by one of its names; Misread where there is none. ``drawn`` allows sparklines."""
    found = field(name)
    if found is not None:
        return found.key
    key = name.lower()
    if drawn and key in CATALOGUE:
        return key
    names = [CATALOGUE[key].name or key for key in CATALOGUE if drawn or CATALOGUE[key].kind != "spark"]
    near = difflib.get_close_matches(key, names, n=1)
    hint = f"did you mean {near[0]}?" if near else "docs/columns.md lists them"
    raise Misread(place, f"there is no column {name[:30]}: {hint}")
