"""The menu that asks in which format something is exported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip
from textual.widget import Widget

from callmon.tui import keys
from callmon.tui.line import Line, clip, fit, strip
from callmon.tui.overlay import Overlay
from callmon.tui.theme import palette_of

if TYPE_CHECKING:
    from callmon.exports.formats import Format

Chosen = tuple["Format", bool]
"""The format, and whether names and addresses are masked."""


class Lines(Widget, can_focus=True):
    """The lines of the menu."""

    def render_line(self, y: int) -> Strip:
        """Return one line as cells."""
        menu = self.screen
        assert isinstance(menu, Menu)
        line, ground = menu.line(y)
        return strip(clip(line, self.size.width), palette_of(self.app), self.size.width, ground)


class Menu(Overlay[Chosen], inherit_bindings=False):
    """A list of formats over the page that was there: arrows and Enter choose, or the letter of one."""

    CSS = """
    Menu { align: center middle; background: $ground-page 60%; }
    Menu Lines { width: 70; max-width: 100%; max-height: 100%; background: $ground-bar; }
    """
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "choose.up", "choose.down", "choose.take", "choose.mask", "choose.drop", "quit.now"
    )

    def __init__(self, title: str, formats: Sequence[Format], scope: str) -> None:
        super().__init__()
        self._title_line = title
        self._formats = formats
        self._scope = scope
        self._at = 0
        self._mask = True

    def body(self) -> ComposeResult:
        """Yield the lines."""
        lines = Lines()
        lines.styles.height = len(self._formats) + 5
        yield lines

    def line(self, y: int) -> tuple[Line, str]:
        """Return a line and the ground on which it stands."""
        number = y - 2
        if y == 1:
            return ((f"  {self._title_line}", "title"),), "bar"
        if 0 <= number < len(self._formats):
            format = self._formats[number]
            about = (format.call if self._scope == "call" else format.view) or ""
            chosen = number == self._at
            line: Line = (
                (" ▸ " if chosen else "   ", "accent"),
                (f"{format.letter}  ", "key"),
                (fit(format.title, 18), "strong" if chosen else "text"),
                (about, "text" if chosen else "dim"),
            )
            return line, "cursor" if chosen else "bar"
        if number == len(self._formats) + 1:
            words = "as aliases" if self._mask else "AS THEY ARE"
            return (("   Names and addresses ", "dim"), (words, "strong" if self._mask else "poor")), "bar"
        return (), "bar"

    def on_key(self, event: events.Key) -> None:
        """Take the format of a letter."""
        found = next((one for one in self._formats if one.letter == event.character), None)
        if found is not None:
            event.stop()
            self.dismiss((found, self._mask))

    def action_choose(self, step: int) -> None:
        """Go to the format before (-1) or to the next (1)."""
        self._at = (self._at + step) % len(self._formats)
        self.query_one(Lines).refresh()

    def action_take(self) -> None:
        """Take the format under the cursor."""
        self.dismiss((self._formats[self._at], self._mask))

    def action_mask(self) -> None:
        """Mask names and addresses, or do not."""
        self._mask = not self._mask
        self.query_one(Lines).refresh()

    def action_drop(self) -> None:
        """Export nothing."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """Take the format that was clicked; outside of the menu nothing."""
        lines = self.query_one(Lines)
        if event.widget is not lines:
            self.dismiss(None)
            return
        number = event.get_content_offset_capture(lines).y - 2
        if 0 <= number < len(self._formats):
            self.dismiss((self._formats[number], self._mask))
