"""The top of a page: where one is, what is in force, what must not be overlooked."""

from __future__ import annotations

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from callmon.tui.line import Line, spread, strip
from callmon.tui.theme import palette_of

BRAND: Line = ((" callmon ", "strong"),)
BETWEEN = (" ▸ ", "faint")


class Header(Widget):
    """One line with the trail of crumbs, then a banner and a line of the page's own where there are any."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[tuple[Line, Line, str]] = [(BRAND, (), "bar")]

    def show(self, trail: tuple[str, ...], standing: Line, banner: Line, head: tuple[Line, Line]) -> None:
        """Show the trail, at its right ``standing``; below it the banner and the page's own line, if any."""
        crumbs: list[tuple[str, str]] = list(BRAND)
        for number, crumb in enumerate(trail, 1):
            if number > 1:
                crumbs.append(BETWEEN)
            crumbs.append((crumb, "strong" if number == len(trail) else "dim"))
        rows: list[tuple[Line, Line, str]] = [(tuple(crumbs), standing, "bar")]
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
        line = spread(left, (*right, (" ", "text")) if right else (), width)
        return strip(line, palette_of(self.app), width, ground)
