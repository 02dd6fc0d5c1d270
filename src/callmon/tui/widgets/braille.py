"""Lines as pixels inside character cells: braille, quarter blocks or plain ASCII.

A raster has a few pixels per cell. Each series becomes one vertical span of pixels per pixel column, which
holds the least and the greatest of what falls there, so that a spike survives any number of samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from callmon.engine.quality import Levels

Point = tuple[float, float]
"""Epoch seconds and a value; NaN is a gap."""

EMPTY = -1
"""The owner of a cell without ink."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A way to show pixels as characters: ``across`` × ``down`` pixels a cell, ``chars`` by their bits.

    ``bits[x][y]`` is the bit of the pixel at column x and row y of a cell. The other characters draw the
    frame: the base line thickens from ``good`` to ``poor`` and is broken where there is nothing (``gap``); a
    ``limit`` is dotted, by a pixel of its own where that is empty; ``marks`` are an event and a grave one;
    ``samples`` name the curves where there are several, the number of each also stands on the curve.
    """

    name: str
    across: int
    down: int
    bits: tuple[tuple[int, ...], ...]
    chars: str
    axis: str
    notch: str
    corner: str
    good: str
    fair: str
    poor: str
    gap: str
    tick: str
    limit: str
    samples: tuple[str, ...]
    marks: str


BRAILLE = Glyphs(
    "braille",
    2,
    4,
    ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)),
    "".join(map(chr, range(0x2800, 0x2900))),
    axis="│",
    notch="┤",
    corner="└",
    good="─",
    fair="━",
    poor="▀",
    gap="╌",
    tick="┴",
    limit="",
    samples=("1─", "2─", "3─", "4─", "5─", "6─"),
    marks="◆▲",
)

BLOCK = Glyphs(
    "block",
    2,
    2,
    ((1, 4), (2, 8)),
    " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█",
    axis="│",
    notch="┤",
    corner="└",
    good="─",
    fair="━",
    poor="▀",
    gap="╌",
    tick="┴",
    limit="·",
    samples=("1─", "2─", "3─", "4─", "5─", "6─"),
    marks="◆▲",
)

ASCII = Glyphs(
    "ascii",
    1,
    3,
    ((1, 2, 4),),
    " '-|.:||",
    axis="|",
    notch="+",
    corner="+",
    good="-",
    fair="=",
    poor="#",
    gap=" ",
    tick="+",
    limit=".",
    samples=("1-", "2-", "3-", "4-", "5-", "6-"),
    marks="*^",
)

GLYPHS: dict[str, Glyphs] = {glyphs.name: glyphs for glyphs in (BRAILLE, BLOCK, ASCII)}
"""The ways to draw a chart, by name."""

TAG_CELLS = 8
"""Where there are several curves, each carries its number; these stand at most so far apart."""


@dataclass(slots=True)
class Trace:
    """One series in pixel columns: ``upper`` and ``lower`` pixel row of each (0 is the top, EMPTY for none).

    ``rank`` is, per pixel column, how bad the worst value is: 0 good, 1 beyond the fair limit, 2 beyond poor.
    """

    upper: list[int]
    lower: list[int]
    rank: list[int]


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the world that a raster shows: a span of time and a range of values."""

    since: float
    until: float
    low: float
    high: float


def pixel(value: float, frame: Frame, rows: int) -> int:
    """Return the pixel row of a value, 0 at the top; what lies outside is put on the edge."""
    span = (frame.high - frame.low) or 1.0
    row = (rows - 1) - int((value - frame.low) / span * (rows - 1) + 0.5)
    return 0 if row < 0 else rows - 1 if row >= rows else row


def trace(
    points: Sequence[Point], frame: Frame, columns: int, rows: int, levels: Levels | None = None
) -> Trace:
    """Return a series as spans of pixels, joined by lines, and by nothing where a value is missing."""
    upper, lower, rank = [rows] * columns, [EMPTY] * columns, [0] * columns
    per_second = columns / ((frame.until - frame.since) or 1.0)
    scale, bottom = (rows - 1) / ((frame.high - frame.low) or 1.0), rows - 1
    since, until, low, last_column = frame.since, frame.until, frame.low, columns - 1
    before = (EMPTY, EMPTY)
    joined = False
    # Asking for the grade of every value takes longer than all the rest; most limits are plain ones.
    plain = levels is not None and not levels.high_is_good and not levels.apart
    good = math.inf if levels is None else levels.fair if plain else -math.inf
    poor = levels.poor if levels is not None else math.inf
    for at, value in points:
        if value != value:
            joined = False
            continue
        if at > until:
            break
        x = min(last_column, math.floor((at - since) * per_second))
        y = bottom - int((value - low) * scale + 0.5)
        y = 0 if y < 0 else bottom if y > bottom else y
        if value < good:
            bad = 0
        elif plain:
            bad = 2 if value > poor else 1
        else:
            bad = levels.grade(value).rank - 1 if levels is not None else 0
        if x >= 0:
            if y < upper[x]:
                upper[x] = y
            if y > lower[x]:
                lower[x] = y
            if bad > rank[x]:
                rank[x] = bad
            if joined and x != before[0]:
                _join(upper, lower, rank, before, (x, y), bad)
        before, joined = (x, y), True
    return Trace([EMPTY if y == rows else y for y in upper], lower, rank)


def _join(
    upper: list[int],
    lower: list[int],
    rank: list[int],
    start: tuple[int, int],
    end: tuple[int, int],
    bad: int,
) -> None:
    """Draw the line to a pixel further right; what lies on it is as bad as the value that it leads to."""
    (x0, y0), (x1, y1) = start, end
    slope = (y1 - y0) / (x1 - x0)
    before = y0
    for x in range(x0 + 1, x1 + 1):
        y = y1 if x == x1 else round(y0 + slope * (x - x0))
        top, floor = (before + 1, y) if before < y else (y, before - 1) if before > y else (y, y)
        before = y
        if x < 0:
            continue
        if top < upper[x]:
            upper[x] = top
        if floor > lower[x]:
            lower[x] = floor
        if bad > rank[x]:
            rank[x] = bad


@dataclass(slots=True)
class Raster:
    """Rows of cells: the ``bits`` set in each, which series is its ``owner``, and how bad (``rank``) that is there.

    Where series share a cell their pixels stand together, and the one that is worst there owns it. ``tags`` are
    the numbers of the series by row and cell.
    """

    width: int
    height: int
    glyphs: Glyphs
    bits: list[list[int]]
    owner: list[list[int]]
    rank: list[list[int]]
    tags: dict[tuple[int, int], tuple[str, int]]

    def text(self, row: int, start: int, end: int) -> str:
        """Return the characters of part of a row."""
        chars = self.glyphs.chars
        return "".join([chars[bits] for bits in self.bits[row][start:end]])


def blank(width: int, height: int, glyphs: Glyphs) -> Raster:
    """Return a raster without ink."""
    rows = range(height)
    bits, owner, rank = (
        [[0] * width for _ in rows],
        [[EMPTY] * width for _ in rows],
        [[0] * width for _ in rows],
    )
    return Raster(width, height, glyphs, bits, owner, rank, {})


def ink(raster: Raster, drawn: Trace, series: int) -> None:
    """Put a trace into a raster; of equals the first that was put there owns a cell."""
    glyphs = raster.glyphs
    spans = _SPANS[glyphs.name]
    across, down = glyphs.across, glyphs.down
    bits, owner, rank = raster.bits, raster.owner, raster.rank
    for x, (top, floor) in enumerate(zip(drawn.upper, drawn.lower, strict=True)):
        if top < 0 or floor < 0:
            continue
        cell, column = x // across, x % across
        first, last = top // down, floor // down
        bad = drawn.rank[x]
        for row in range(first, last + 1):
            upper = top - row * down if row == first else 0
            lower = floor - row * down if row == last else down - 1
            bits[row][cell] |= spans[column][upper][lower]
            if owner[row][cell] == EMPTY or bad > rank[row][cell]:
                owner[row][cell], rank[row][cell] = series, bad


def tag(raster: Raster, traces: Sequence[Trace], numbers: Sequence[int]) -> None:
    """Put the number of each series on its curve, every few cells and each at another place than the others.

    ``numbers`` are the places of their samples among those of the glyphs.
    """
    count, across, down = len(traces), raster.glyphs.across, raster.glyphs.down
    step = max(2, min(TAG_CELLS, raster.width // (count + 1)))
    for series, drawn in enumerate(traces):
        number = raster.glyphs.samples[numbers[series] % len(raster.glyphs.samples)][0]
        for cell in range(step // 2 + series * step, raster.width, step * count):
            top, floor = drawn.upper[cell * across], drawn.lower[cell * across]
            if top >= 0 and floor >= 0:
                raster.tags.setdefault(((top + floor) // 2 // down, cell), (number, series))


def _spans(glyphs: Glyphs) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Return the bits from pixel ``upper`` to ``lower`` of a column of a cell, by column, upper and lower."""
    down = range(glyphs.down)
    return tuple(
        tuple(tuple(sum(column[upper : lower + 1]) for lower in down) for upper in down)
        for column in glyphs.bits
    )


_SPANS = {glyphs.name: _spans(glyphs) for glyphs in GLYPHS.values()}


def ranks(traces: Sequence[Trace], width: int, across: int) -> list[int]:
    """Return, per cell, how bad the worst value is (0 to 2), or EMPTY where no series has a value."""
    found = [EMPTY] * width
    for drawn in traces:
        for x, floor in enumerate(drawn.lower):
            if floor != EMPTY:
                cell = x // across
                bad = drawn.rank[x]
                if bad > found[cell]:
                    found[cell] = bad
    return found


def gaps(found: Sequence[int], tail: int = 1) -> list[tuple[int, int]]:
    """Return the runs of cells without any value, (start, end), after the first cell with one.

    At the end of the row a run counts only if it has more than ``tail`` cells.
    """
    begin = next((cell for cell, bad in enumerate(found) if bad != EMPTY), len(found))
    edges = [cell for cell in range(begin, len(found)) if found[cell] != EMPTY]
    runs = [(left + 1, right) for left, right in pairwise(edges) if right - left > 1]
    if edges and len(found) - 1 - edges[-1] > tail:
        runs.append((edges[-1] + 1, len(found)))
    return runs
