"""The list in which columns are chosen, put in order and given widths."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from callmon.query.catalogue import CATALOGUE
from callmon.query.view import NARROWEST, WIDEST, View
from callmon.tui import keys
from callmon.tui.line import Line, fit
from callmon.tui.picker import Lines, Listing

Chosen = tuple[tuple[str, ...], tuple[tuple[str, int], ...]]
"""Columns in their order (none: the usual ones) and the widths that some were given."""


class ColumnChooser(Listing[Chosen]):
    """Every column: Space shows or hides one, J and K move it, + and - change its width, Enter keeps it all."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "choose.up",
        "choose.down",
        "pick.take",
        "choose.show",
        "choose.later",
        "choose.earlier",
        "choose.wider",
        "choose.narrower",
        "choose.reset",
        "choose.drop",
        "quit.now",
    )

    def __init__(self, view: View) -> None:
        super().__init__("Columns")
        shown = list(view.shown())
        self._shown = set(shown)
        self._order = [*shown, *(key for key in CATALOGUE if key not in shown)]
        self._widths = dict(view.widths)

    def count(self) -> int:
        """Return how many columns there are."""
        return len(self._order)

    def row(self, number: int, chosen: bool, width: int) -> Line:
        """Return a column: whether it is shown, its title, its width and what it is."""
        column = CATALOGUE[self._order[number]]
        shown = column.key in self._shown
        given = self._widths.get(column.key)
        title = column.title or "Grade"
        return (
            (" ▸ " if chosen else "   ", "accent"),
            ("[x] " if shown else "[ ] ", "strong" if shown else "dim"),
            (fit(title, 14), "strong" if chosen else "text" if shown else "dim"),
            (fit(str(given) if given is not None else "", 3, ">"), "accent"),
            (f"  {column.meaning}", "text" if chosen else "dim"),
        )

    @property
    def _key(self) -> str:
        return self._order[self._at]

    def action_mark(self) -> None:
        """Show the column, or hide it; the last one stays."""
        if self._key in self._shown and len(self._shown) > 1:
            self._shown.discard(self._key)
        else:
            self._shown.add(self._key)
        self.query_one(Lines).refresh()

    def action_shift(self, step: int) -> None:
        """Move the column one place to the left (-1) or the right (1)."""
        to = self._at + step
        if 0 <= to < len(self._order):
            self._order[self._at], self._order[to] = self._order[to], self._order[self._at]
            self._at = to
            self.query_one(Lines).refresh()

    def action_widen(self, step: int) -> None:
        """Make the column wider (1) or narrower (-1)."""
        width = self._widths.get(self._key, CATALOGUE[self._key].width) + step
        self._widths[self._key] = max(NARROWEST, min(WIDEST, width))
        self.query_one(Lines).refresh()

    def action_reset(self) -> None:
        """Choose the usual columns in their usual order."""
        self._order = list(CATALOGUE)
        self._shown = {key for key, column in CATALOGUE.items() if column.usual}
        self._widths.clear()
        self.query_one(Lines).refresh()

    def action_take(self) -> None:
        """Keep what was chosen."""
        keys = tuple(key for key in self._order if key in self._shown)
        usual = tuple(key for key, column in CATALOGUE.items() if column.usual)
        widths = tuple((key, width) for key, width in self._widths.items() if key in self._shown)
        self.dismiss((() if keys == usual else keys, widths))
