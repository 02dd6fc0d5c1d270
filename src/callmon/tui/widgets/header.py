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
"""What says that everything is shown under aliases; it is never left out."""

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


def narrow(trail: tuple[str, ...], right: Line, width: int) -> tuple[Line, Line]:
    """Return both ends of a line that is too narrow for all of them: of the right one what is loudest, if any."""
    loud: Line = tuple((text.strip(), role) for text, role in right if role not in QUIET)[:1]
    room = width - cells(loud) - 3
    left, alone = crumbs(trail, room), crumbs(trail, width - 1)
    if loud and loud[0][0] == MASKED:
        return left, loud
    if not loud or cells(left) > room or (MORE in left and MORE not in alone):
        return alone, ()
    return left, loud


def loudly(right: Line) -> Line:
    """Return what of a right end is not said always."""
    loud = [(text, role) for text, role in right if role not in QUIET]
    return (*loud[:-1], (loud[-1][0].rstrip(), loud[-1][1])) if loud else ()


class Header(Widget):
    """One line with the trail of crumbs, then a banner and a line of the page's own where there are any."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._trail: tuple[str, ...] = ()
        self._rows: list[tuple[Line, Line, str]] = [(BRAND, (), "bar")]

    def show(self, trail: tuple[str, ...], standing: Line, banner: Line, head: tuple[Line, Line]) -> None:
        """Show the trail, at its right ``standing``; below it the banner and the page's own line, if any."""
        rows: list[tuple[Line, Line, str]] = [(crumbs(trail, 1_000_000), standing, "bar")]
        self._trail = trail
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
                left, right = narrow(self._trail, right, width)
        line = spread(left, (*right, (" ", "text")) if right else (), width)
        return strip(line, palette_of(self.app), width, ground)
