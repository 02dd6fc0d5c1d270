"""The top of a page: where one is, what is in force, what must not be overlooked."""

from __future__ import annotations

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from callmon.tui.line import Line, cells, join, shorten, spread, strip
from callmon.tui.theme import palette_of

BRAND: Line = ((" callmon ", "strong"),)
BETWEEN = (" ▸ ", "faint")
MORE = ("…", "dim")
QUIET = ("faint", "dim", "text")
"""Roles of what may stand at the right, and gives way to the trail where there is no room for both."""

LEAST = 8
"""With less room than this beside it the right end gives way: see ``line.spread``."""

MASKED = "MASKED"
"""What says that everything is shown under aliases."""

SHORT = 14
"""Cells to which a crumb before the last is shortened where there is no room for all of it."""


def crumbs(trail: tuple[str, ...], room: int) -> Line:
    """Return the trail in at most ``room`` cells if that can be; the last crumb is where one is, and goes last."""
    last = len(trail) - 1
    full: list[Line] = [((crumb, "strong" if n == last else "dim"),) for n, crumb in enumerate(trail)]
    short: list[Line] = [((shorten(crumb, SHORT), "dim"),) for crumb in trail[:-1]] + full[-1:]
    tries = [(BRAND, full), (BRAND, short), (((" ", "text"),), full), (((" ", "text"),), short)]
    tries += [(((" ", "text"),), [(MORE,), *short[n:]]) for n in range(1, last + 1)]
    lines = [(*head, *join(parts, BETWEEN)) for head, parts in tries]
    return next((line for line in lines if cells(line) <= room), lines[-1])


def narrow(trail: tuple[str, ...], right: Line, kept: Line, width: int) -> tuple[Line, Line]:
    """Return both ends of a line that is too narrow for all of them.

    At the right stands what is ``kept`` of it, as much as there is room for beside where one is, and at least the
    first; besides, or where there is none of that, what is loudest, if it takes nothing away from the trail.
    """
    loud = [span for span in right if span[1] not in QUIET and span not in kept][:1]
    alone = crumbs(trail, width - 1)
    for said in (trimmed((*kept, *loud)), *(trimmed(kept[:count]) for count in range(len(kept), 0, -1))):
        room = width - cells(said) - 3
        left = crumbs(trail, room)
        fits = cells(left) <= room >= LEAST and (MORE not in left or MORE in alone or len(said) <= len(kept))
        if said and (fits or said == trimmed(kept[:1])):
            return left, said
    return alone, ()


def trimmed(line: Line) -> Line:
    """Return a line without the blanks at its end."""
    return (*line[:-1], (line[-1][0].rstrip(), line[-1][1])) if line else ()


def loudly(right: Line) -> Line:
    """Return what of a right end is not said always."""
    return trimmed(tuple((text, role) for text, role in right if role not in QUIET))


class Header(Widget):
    """One line with the trail of crumbs, then a banner and a line of the page's own where there are any."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._trail: tuple[str, ...] = ()
        self._kept: Line = ()
        self._rows: list[tuple[Line, Line, str]] = [(BRAND, (), "bar")]

    def show(
        self, trail: tuple[str, ...], standing: tuple[Line, Line], banner: Line, head: tuple[Line, Line]
    ) -> None:
        """Show the trail, at its right ``standing``, and what of that is never left out.

        Below it stand the banner and the page's own line, if any.
        """
        rows: list[tuple[Line, Line, str]] = [(crumbs(trail, 1_000_000), standing[0], "bar")]
        self._trail, self._kept = trail, standing[1]
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
            room = width - cells(right) - 3 if right else width
            left = crumbs(self._trail, room)
            if MORE in left and (loud := loudly(right)):
                # Where one is matters more than what is said as always.
                whole = crumbs(self._trail, width - cells(loud) - 3)
                if MORE not in whole:
                    left, right, room = whole, loud, width - cells(loud) - 3
            quiet = all(role in QUIET for _, role in right)
            if cells(left) > room or room < LEAST or (quiet and MORE in left):
                left, right = narrow(self._trail, right, self._kept, width)
        least = 1 if self._kept and y == 0 else LEAST
        line = spread(left, (*right, (" ", "text")) if right else (), width, least=least)
        return strip(line, palette_of(self.app), width, ground)
