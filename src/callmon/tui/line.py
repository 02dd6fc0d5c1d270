"""A line of text in roles, and how it becomes cells of a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from callmon.tui.theme import Palette

Span = tuple[str, str]
"""A text and its role in the theme."""

Line = tuple[Span, ...]
"""One line; equal lines look equal, so comparing them says whether something must be drawn."""

ELLIPSIS = "…"

_FLAGS = range(0x1F1E6, 0x1F200)
_JOINED = (*range(0xFE00, 0xFE10), 0x20E3, *range(0x1F3FB, 0x1F400), *range(0xE0100, 0xE01F0))
_STEADY: dict[int, str | None] = dict.fromkeys(_JOINED) | {
    char: chr(char - _FLAGS[0] + 65) for char in _FLAGS
}


def steady(text: str) -> str:
    """Return a text without what terminals disagree on: flags as letters, no skin tones, no variants of signs.

    Some count such a sequence as one sign and some as several; all count what is left alike (wcwidth).
    """
    return text if text.isascii() else text.translate(_STEADY)


def _size(text: str) -> int:
    """Return how many cells a text takes once it is steady."""
    return len(text) if text.isascii() else cell_len(text.translate(_STEADY))


def plain(line: Line) -> str:
    """Return the text of a line."""
    return "".join(text for text, _ in line)


def cells(line: Line) -> int:
    """Return how many cells a line takes."""
    return sum(_size(text) for text, _ in line)


def cut(text: str, width: int) -> str:
    """Return a text that takes at most ``width`` cells; what is cut off shows as an ellipsis."""
    if len(text) <= width and text.isascii():
        return text
    text = steady(text)
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + ELLIPSIS if width > 0 else ""


def fit(text: str, width: int, align: str = "<") -> str:
    """Return a text that takes exactly ``width`` cells, aligned ``<`` left, ``>`` right or ``^`` centred."""
    text = cut(text, width)
    missing = width - _size(text)
    if missing <= 0:
        return text
    left = {"<": 0, ">": missing, "^": missing // 2}[align]
    return " " * left + text + " " * (missing - left)


def shorten(text: str, width: int) -> str:
    """Return a text of at most ``width`` cells without its middle: both ends of an id tell calls apart."""
    text = steady(text)
    if cell_len(text) <= width or width < 5:
        return cut(text, width)
    head = (width - 1 + 1) // 2
    front = set_cell_size(text, head)
    back = ""
    for char in reversed(text):
        if cell_len(char + back) > width - 1 - head:
            break
        back = char + back
    return front + ELLIPSIS + back


def clip(line: Line, width: int) -> Line:
    """Return a line of at most ``width`` cells; what is cut off shows as an ellipsis."""
    if cells(line) <= width:
        return line
    found: list[Span] = []
    left = width
    for text, role in line:
        text = steady(text)
        taken = cell_len(text)
        if taken >= left:
            found.append((cut(text + " ", left) if taken == left else cut(text, left), role))
            break
        found.append((text, role))
        left -= taken
    return tuple(found)


def spread(left: Line, right: Line, width: int, gap: int = 2, least: int = 8) -> Line:
    """Return one line with ``left`` at the left and ``right`` at the right; the left gives way, to ``least``."""
    room = width - cells(right) - gap
    if room < least:
        return clip(left, width)
    left = clip(left, room)
    return (*left, (" " * (width - cells(left) - cells(right)), "text"), *right)


def merged(body: Sequence[Span]) -> list[Span]:
    """Return neighbours of one role as one span."""
    found: list[Span] = []
    start = 0
    for index in range(1, len(body) + 1):
        if index == len(body) or body[index][1] != body[start][1]:
            found.append(("".join([text for text, _ in body[start:index]]), body[start][1]))
            start = index
    return found


def join(parts: Iterable[Line], between: Span) -> Line:
    """Return the lines one after another with ``between`` between them; empty ones are left out."""
    found: list[Span] = []
    for part in parts:
        if part:
            if found:
                found.append(between)
            found.extend(part)
    return tuple(found)


def wrap(line: Line, width: int, indent: int = 0) -> list[Line]:
    """Return a line as several of at most ``width`` cells, broken at spaces, all but the first indented."""
    if cells(line) <= width or width <= indent + 4:
        return [clip(line, width)] if line else [line]
    found: list[Line] = []
    now: list[Span] = []
    used = 0
    for word, role in _words(line):
        size = cell_len(word)
        if used + cell_len(word.rstrip()) > width and used > indent:
            found.append(_trimmed(now))
            now, used = ([(" " * indent, "text")] if indent else []), indent
        while size > width - used and cell_len(word.rstrip()) > width - used:
            head = set_cell_size(word, width - used)
            found.append((*now, (head, role)))
            word = word[len(head.rstrip()) :] if head.endswith(" ") else word[len(head) :]
            size = cell_len(word)
            now, used = ([(" " * indent, "text")] if indent else []), indent
        now.append((word, role))
        used += size
    if used > indent or not found:
        found.append(_trimmed(now))
    return found


def _trimmed(spans: list[Span]) -> Line:
    """Return spans as a line without the spaces at its end, which would count as cells."""
    text, role = spans[-1] if spans else ("", "text")
    return (*spans[:-1], (text.rstrip(), role)) if spans else ()


def _words(line: Line) -> list[Span]:
    """Return the line word by word, each with the spaces that follow it."""
    found: list[Span] = []
    for text, role in line:
        word = ""
        for char in steady(text):
            if word and word[-1] == " " and char != " ":
                found.append((word, role))
                word = ""
            word += char
        if word:
            found.append((word, role))
    return found


def _bare(line: Line, palette: Palette, ground: str) -> Line:
    """Return a line in which a role that is underlined underlines words, not the blanks before and after them."""
    if palette.grounds[ground].underline or not any(palette.inks[role].underline for _, role in line):
        return line
    spans: list[Span] = []
    for text, role in line:
        inner = text.strip(" ")
        if inner == text or not palette.inks[role].underline:
            spans.append((text, role))
            continue
        before = len(text) - len(text.lstrip(" "))
        blanks = " " * before, inner, " " * (len(text) - before - len(inner))
        spans += [(part, one) for part, one in zip(blanks, ("text", role, "text"), strict=True) if part]
    return tuple(spans)


def strip(line: Line, palette: Palette, width: int, ground: str = "page") -> Strip:
    """Return a line as exactly ``width`` cells on a ground, in as few segments as there are styles to see."""
    segments: list[Segment] = []
    used = 0
    text, style = "", palette.style("text", ground)
    for piece, role in _bare(clip(line, width), palette, ground):
        piece = steady(piece)
        blank = bool(text) and piece.isspace() and not style.underline
        here = style if blank else palette.style(role, ground)
        if here is not style and text:
            segments.append(Segment(text, style))
            text = ""
        text, style = text + piece, here
        used += _size(piece)
    if used < width and text and not style.underline:
        text += " " * (width - used)
        used = width
    if text:
        segments.append(Segment(text, style))
    if used < width:
        segments.append(Segment(" " * (width - used), palette.style("text", ground)))
    return Strip(segments, max(width, used))


_NARROW = re.compile("[ -~\u2010-\u2027\u2190-\u21ff\u2500-\u25fc\u2800-\u28ff]*").fullmatch
"""Whether each sign of a text takes one cell, for those that callmon itself draws."""

NEAR = 8
"""Parts of a line that are no further apart than this are written as one: to go to a place costs as much."""


def changes(old: Strip, new: Strip) -> list[tuple[int, int]]:
    """Return from which cell to which two strips of one width look different, as few parts as are worth it."""
    found: list[tuple[int, int]] = []
    for start, end in _different(old, new):
        if found and start - found[-1][1] < NEAR:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _different(old: Strip, new: Strip) -> Iterator[tuple[int, int]]:
    """Yield from which cell to which two strips differ, run by run: most of a line is as it was."""
    ours, theirs = _runs(old), _runs(new)
    start = at = to = 0
    before, now = next(ours, None), next(theirs, None)
    while before is not None and now is not None:
        was, style = before
        is_now, other = now
        size = min(len(was) - at, len(is_now) - to)
        here, there = was[at : at + size], is_now[to : to + size]
        if style is not other and style != other:
            yield start, start + size
        elif here != there:
            for cell, (one, another) in enumerate(zip(here, there, strict=True), start):
                if one != another:
                    yield cell, cell + 1
        start, at, to = start + size, at + size, to + size
        if at == len(was):
            before, at = next(ours, None), 0
        if to == len(is_now):
            now, to = next(theirs, None), 0


def _runs(strip: Strip) -> Iterator[tuple[Sequence[str], Style | None]]:
    """Yield what is in the cells of each segment, and its style."""
    for text, style, _ in strip:
        if text.isascii() or _NARROW(text):
            if text:
                yield text, style
        elif parts := _parts(text):
            yield parts, style


def _parts(text: str) -> list[str]:
    """Return what is in each cell: a sign, the second half of a wide one, and the accents that are put over it.

    The halves differ, so that a wide sign is never taken for the same sign one cell further on.
    """
    found: list[str] = []
    size = 0
    for char in text:
        if wide := cell_len(char):
            size = wide
            found += (char, f"{char} ")[:size]
        elif found:
            found[-size:] = [part + char for part in found[-size:]]
    return found
