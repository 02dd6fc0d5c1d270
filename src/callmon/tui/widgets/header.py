"""The top of a page: where one is, what is in force, what must not be overlooked."""

from __future__ import annotations

from typing import NamedTuple

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from callmon.tui.line import Line, cells, join, shorten, spread, strip
from callmon.tui.theme import palette_of

BRAND: Line = ((" callmon ", "strong"),)
BETWEEN = (" ▸ ", "faint")
MORE = ("…", "dim")
BLANK: Line = ((" ", "text"),)
QUIET = ("faint", "dim", "text")
"""Roles of what may stand at the right, and gives way to the trail where there is no room for both."""

LEAST = 8
"""With less room than this beside it the right end gives way."""

MASKED = "MASKED"
"""What says that everything is shown under aliases."""

SHORT = 14
"""Cells to which a crumb before the last is shortened where there is no room for all of it."""


class Standing(NamedTuple):
    """What is said at the right of every page, what of it is never left out, and that in the fewest words."""

    line: Line = ()
    kept: Line = ()
    brief: Line = ()


def crumbs(trail: tuple[str, ...], room: int) -> tuple[Line, int]:
    """Return the trail in at most ``room`` cells if that can be, and how many crumbs it leaves out for that.

    The last crumb is where one is, and goes last.
    """
    last = len(trail) - 1
    full: list[Line] = [((crumb, "strong" if n == last else "dim"),) for n, crumb in enumerate(trail)]
    short: list[Line] = [((shorten(crumb, SHORT), "dim"),) for crumb in trail[:-1]] + full[-1:]
    tries = [(BRAND, full, 0), (BRAND, short, 0), (BLANK, full, 0), (BLANK, short, 0)]
    tries += [(BLANK, [(MORE,), *short[n:]], n) for n in range(1, last + 1)]
    lines = [((*head, *join(parts, BETWEEN)), lost) for head, parts, lost in tries]
    return next((one for one in lines if cells(one[0]) <= room), lines[-1])


def heading(trail: tuple[str, ...], standing: Standing, width: int) -> tuple[Line, Line]:
    """Return both ends of a line of ``width`` cells.

    Where one is matters more than what is said as always, and that more than where it is below; but what of
    ``standing`` is kept is said, in fewer words where it must be, and then the name of the page is cut.
    """
    right, kept, brief = standing
    loud = [span for span in right if span[1] not in QUIET and span not in kept]
    some = [
        tuple(span for span in right if span in (*kept, *loud[:count])) for count in range(len(loud), -1, -1)
    ]
    tries = [trimmed(line) for line in (right, *some, brief)]
    least = crumbs(trail, width - 2)[1]
    for most, said in (*((least, line) for line in tries), *((len(trail), line) for line in tries[-2:])):
        left, lost = crumbs(trail, _beside(said, width))
        if cells(left) <= _beside(said, width) >= LEAST and lost <= most:
            return left, said
    fitting = (trimmed(brief[:count]) for count in range(len(brief), -1, -1))
    said = next(line for line in fitting if not line or _beside(line, width) >= LEAST)
    left, room = crumbs(trail, _beside(said, width))[0], _beside(said, width)
    return left if cells(left) <= room else (*BLANK, (shorten(trail[-1], room - 1), "strong")), said


def _beside(right: Line, width: int) -> int:
    return width - cells(right) - 3 if right else width - 2


def trimmed(line: Line) -> Line:
    """Return a line without the blanks at its end."""
    return (*line[:-1], (line[-1][0].rstrip(), line[-1][1])) if line else ()


class Header(Widget):
    """One line with the trail of crumbs, then a banner and a line of the page's own where there are any."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._trail: tuple[str, ...] = ()
        self._standing = Standing()
        self._rows: list[tuple[Line, Line, str]] = [(BRAND, (), "bar")]

    def show(self, trail: tuple[str, ...], standing: Standing, banner: Line, head: tuple[Line, Line]) -> None:
        """Show the trail and at its right ``standing``; below it the banner and the page's own line, if any."""
        rows: list[tuple[Line, Line, str]] = [(crumbs(trail, 1_000_000)[0], standing.line, "bar")]
        self._trail, self._standing = trail, standing
        if banner:
            rows.append((((" ", "text"), *banner), (), "banner"))
        if head[0] or head[1]:
            rows.append((((" ", "text"), *head[0]), head[1], "bar"))
        before, self._rows = self._rows, rows
        if len(before) != len(rows):
            self.refresh(layout=True)
            return
        changed = [y for y, (old, new) in enumerate(zip(before, rows, strict=True)) if old != new]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines it has."""
        return len(self._rows)

    def render_line(self, y: int) -> Strip:
        """Return one line of cells."""
        width = self.size.width
        if y >= len(self._rows):
            return Strip.blank(width)
        left, right, ground = self._rows[y]
        if y == 0 and self._trail:
            left, right = heading(self._trail, self._standing, width)
        line = spread(left, (*right, (" ", "text")) if right else (), width)
        return strip(line, palette_of(self.app), width, ground)
