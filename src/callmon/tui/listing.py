"""What pages with a table of anything share: the order, the keys that change it, and who is under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.binding import BindingType

from callmon.tui import keys
from callmon.tui.order import Order
from callmon.tui.screen import Page
from callmon.tui.sheet import Head, ordered_by
from callmon.tui.widgets.table import Table


class ListPage(Page):
    """A page with a table ``table`` of rows that have ``HEADS``; a subclass says what ``enter`` opens."""

    INSTEAD = "call"
    HEADS: ClassVar[Mapping[str, Head]] = {}
    """The columns, by which one may sort."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "open.row", "sort.previous", "sort.next", "sort.reverse", "sort.worst"
    )

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self.table = Table(id="rows")
        self.sort = "grade"
        self.reverse = False
        self.order = Order()
        self.at_once = True

    def open_row(self) -> None:
        """Open what is under the cursor."""

    def renamed(self, names: Callable[[str], str]) -> None:
        """Hold on to the same rows; those that are sorted by a name have another order now."""
        super().renamed(names)
        self.order.rename(names)
        self.table.rename(names)
        self.at_once = True

    def follow(self, wanted: list[str]) -> list[str]:
        """Return the rows in the order in which they are shown: it does not change under the reader's hands."""
        now = self.host.clock()
        ids = self.order.follow(wanted, now, self.host.key_at, self.at_once or not self.table.touched)
        self.at_once = False
        return ids

    def look_again(self) -> None:
        """Show the rows anew at once, because somebody asked for it."""
        self.at_once = True
        self.redraw()

    def on_screen_suspend(self) -> None:
        """Hold on to the row from which another page was opened."""
        self.table.touched = True

    def on_table_chosen(self) -> None:
        """Open the row that was clicked."""
        self.open_row()

    def on_table_resized(self) -> None:
        """Lay the columns out for the width there is now."""
        self.redraw()

    def on_table_moved(self) -> None:
        """Other keys may work on another row."""
        self.refresh_bindings()

    def action_open_row(self) -> None:
        """Open what is under the cursor."""
        self.open_row()

    def action_sort(self, step: int) -> None:
        """Sort by the next fact of all there are; what is sorted by is always shown."""
        known = list(self.HEADS)
        key = known[(known.index(self.sort) + step) % len(known)]
        self.sort, self.reverse = key, False
        head = self.HEADS[key]
        self.look_again()
        self.say(*ordered_by(head, self.reverse), (f"  {head.meaning}", "dim"))

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.reverse = not self.reverse
        self.look_again()
        self.say(*ordered_by(self.HEADS[self.sort], self.reverse))

    def action_worst(self) -> None:
        """Put the worst first."""
        self.sort, self.reverse = "grade", False
        self.look_again()
        self.say(("worst first", "strong"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something now."""
        if action == "open_row":
            return self.table.chosen is not None
        if action in ("sort", "reverse", "worst"):
            return len(self.order.ids) > 1
        return super().check_action(action, parameters)
