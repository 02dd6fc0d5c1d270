"""Charts side by side and below one another on one time axis, in one widget."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

from textual.strip import Strip
from textual.widget import Widget

from callmon.tui.line import Line, cells, strip
from callmon.tui.theme import palette_of
from callmon.tui.widgets.braille import BRAILLE, GLYPHS, Glyphs
from callmon.tui.widgets.plot import Figure, draw

AXIS_LINES = 2
"""Lines for the marks and the times below the last chart of a column."""

BETWEEN = 2
"""Cells between two columns."""


class Charts(Widget):
    """Figures in a grid, row by row; they are drawn again only when the key or the size is another.

    ``drawn`` counts how often that was.
    """

    def __init__(self, *, id: str | None = None, columns: int = 1) -> None:
        super().__init__(id=id)
        self.columns = columns
        self.drawn = 0
        self._key: Hashable = None
        self._make: Callable[[], Sequence[Figure]] = tuple
        self._glyphs = BRAILLE
        self._lines: list[Line] = []
        self._for: Hashable = None

    def show(self, key: Hashable, make: Callable[[], Sequence[Figure]], glyphs: str = "braille") -> None:
        """Show the figures that ``make`` returns; it is not asked while ``key`` stays the same."""
        key = (key, glyphs, self.columns)
        if key != self._key:
            self._key, self._make, self._glyphs = key, make, GLYPHS[glyphs]
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one line of cells, drawing all of them where that is due."""
        width, height = self.size
        if self._key is not None and self._for != (self._key, width, height):
            self._for = (self._key, width, height)
            self._lines = arrange(self._make(), width, height, self.columns, self._glyphs)
            self.drawn += 1
        return strip(self._lines[y] if y < len(self._lines) else (), palette_of(self.app), width)


def arrange(figures: Sequence[Figure], width: int, height: int, columns: int, glyphs: Glyphs) -> list[Line]:
    """Return figures as lines: side by side in ``columns``, each column with one time axis at its foot.

    All are equally wide, so that a moment stands at the same place in each.
    """
    columns = max(1, min(columns, len(figures)))
    room = width - BETWEEN * (columns - 1)
    stacks: list[list[Line]] = []
    for column in range(columns):
        own = figures[column::columns]
        share = room // columns
        stacks.append(_stack(own, share, height, glyphs))
    lines: list[Line] = []
    for row in zip(*stacks, strict=True):
        line: Line = row[0]
        for part in row[1:]:
            line = (*line, (" " * BETWEEN, "text"), *part)
        lines.append((*line, (" " * (room % columns), "text")))
    return lines


def _stack(figures: Sequence[Figure], width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Return figures below one another in exactly ``height`` lines; only the last has the times."""
    room = max(0, height - AXIS_LINES)
    lines: list[Line] = []
    for number, figure in enumerate(figures):
        last = number == len(figures) - 1
        share = room * (number + 1) // len(figures) - room * number // len(figures)
        lines += draw(replace(figure, axis=last), width, share + AXIS_LINES if last else share, glyphs)
    blank: Line = ((" " * width, "text"),)
    lines = [line if cells(line) <= width else blank for line in lines[:height]]
    return lines + [blank] * (height - len(lines))
