"""A list over the page, of which one is chosen; typing narrows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip
from textual.widget import Widget

from callmon.query.format import clean
from callmon.tui import keys
from callmon.tui.line import Line, clip, fit, strip
from callmon.tui.overlay import Overlay, Result
from callmon.tui.theme import palette_of
from callmon.tui.widgets.entry import LIMIT

AROUND = 3
"""Lines of a list that are not its choices: the title, and a line on either side of them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: its key, what stands there, and what is said of it; ``hot`` chooses it at once."""

    key: str
    title: str
    about: str = ""
    hot: str = ""


class Lines(Widget, can_focus=True):
    """The lines of a list."""

    def render_line(self, y: int) -> Strip:
        """Return one line as cells."""
        screen = self.screen
        assert isinstance(screen, Listing)
        line, ground = screen.line(y, self.size.width, self.size.height)
        return strip(clip(line, self.size.width), palette_of(self.app), self.size.width, ground)


class Listing(Overlay[Result], inherit_bindings=False):
    """Lines over the page that was there, with a cursor: what ``Picker`` and ``ColumnChooser`` have in common."""

    CSS = """
    Listing { align: center middle; background: $ground-page 60%; }
    Listing Lines { width: 76; max-width: 100%; max-height: 100%; background: $ground-bar; }
    """
    SCOPED_CSS = False  # Textual scopes by the name of the subclass, which would match nothing here

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title_line = title
        self._at = 0

    def body(self) -> ComposeResult:
        """Yield the lines."""
        yield Lines()

    def on_mount(self) -> None:
        """Take as much room as there is to show."""
        self.fill()

    def fill(self) -> None:
        """Take as much room as there is to show, and draw anew."""
        lines = self.query_one(Lines)
        lines.styles.height = min(self.room, max(1, self.count()) + AROUND)
        self._at = max(0, min(self._at, self.count() - 1))
        lines.refresh()

    def count(self) -> int:
        """Return how many rows there are to choose from."""
        raise NotImplementedError

    def row(self, number: int, chosen: bool, width: int) -> Line:
        """Return a row."""
        raise NotImplementedError

    def head(self) -> Line:
        """Return the title."""
        return ((f"  {self._title_line}", "title"),)

    def top(self, height: int) -> int:
        """Return the row that is shown first, so that the cursor is in sight."""
        room = max(1, height - AROUND)
        return max(0, min(self._at - room // 2, self.count() - room))

    def line(self, y: int, width: int, height: int) -> tuple[Line, str]:
        """Return a line and the ground on which it stands."""
        if y == 0 and height > AROUND:
            return self.head(), "bar"
        number = y - 2 + self.top(height)
        if y >= 2 and y < height - 1 and number < self.count():
            return self.row(number, number == self._at, width), "cursor" if number == self._at else "bar"
        return (), "bar"

    def action_choose(self, step: int) -> None:
        """Go to the row before (-1) or to the next (1)."""
        self._at = (self._at + step) % max(1, self.count())
        self.query_one(Lines).refresh()

    def action_drop(self) -> None:
        """Choose nothing."""
        self.dismiss(None)

    def action_take(self) -> None:
        """Choose the row under the cursor."""
        raise NotImplementedError

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked; outside of the list nothing."""
        lines = self.query_one(Lines)
        if event.widget is not lines:
            self.dismiss(None)
            return
        number = event.get_content_offset_capture(lines).y - 2 + self.top(lines.size.height)
        if 0 <= number < self.count():
            self._at = number
            self.action_take()


class Picker(Listing[str]):
    """A list of choices: arrows and Enter choose, typing leaves those that have it in them."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "pick.up", "pick.down", "pick.take", "pick.erase", "pick.drop", "quit.now"
    )

    def __init__(self, title: str, choices: Sequence[Choice], at: str = "", other: str = "") -> None:
        """List choices with the cursor on the one of key ``at``.

        With ``other``, the words that say so, a text that fits none is taken too: as ``=`` and the text.
        """
        super().__init__(title)
        self._other = other
        self._otherwise = other or "nothing fits"
        self._choices = choices
        self._typed = ""
        self._at = next((n for n, choice in enumerate(choices) if choice.key == at), 0)

    def _left(self) -> list[Choice]:
        typed = self._typed.lower()
        return [one for one in self._choices if typed in f"{one.key} {one.title} {one.about}".lower()]

    def count(self) -> int:
        """Return how many choices are left."""
        return len(self._left())

    def head(self) -> Line:
        """Return the title and what was typed."""
        typed: Line = (("  / ", "key"), (self._typed, "strong"), ("▏", "accent")) if self._typed else ()
        none: Line = ((f"  {self._otherwise}", "dim"),) if self._typed and not self.count() else ()
        return (*super().head(), *typed, *none)

    def row(self, number: int, chosen: bool, width: int) -> Line:
        """Return a choice."""
        choice = self._left()[number]
        hot: Line = ((f"{choice.hot}  ", "key"),) if any(one.hot for one in self._choices) else ()
        size = max(12, max(len(one.title) for one in self._choices) + 2)
        return (
            (" ▸ " if chosen else "   ", "accent"),
            *hot,
            (fit(choice.title, min(size, width // 2)), "strong" if chosen else "text"),
            (choice.about, "text" if chosen else "dim"),
        )

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Return whether a key is text here."""
        return character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        """Take the choice of a key, or narrow the list."""
        if not event.is_printable or event.character is None:
            return
        event.stop()
        hot = next((one for one in self._choices if one.hot == event.character and not self._typed), None)
        if hot is not None:
            self.dismiss(hot.key)
            return
        self._narrow(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """Narrow the list by what is pasted, as one line."""
        event.stop()
        self._narrow(" ".join(event.text.split()))

    def _narrow(self, more: str) -> None:
        self._typed = clean(self._typed + more, LIMIT)
        self._at = 0
        self.fill()

    def action_erase(self) -> None:
        """Take the last character back."""
        self._typed = self._typed[:-1]
        self.fill()

    def action_take(self) -> None:
        """Choose what is under the cursor."""
        left = self._left()
        if left:
            self.dismiss(left[self._at].key)
        elif self._other and self._typed.strip():
            self.dismiss(f"={self._typed.strip()}")
