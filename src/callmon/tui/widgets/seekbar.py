"""The line in which the moment is typed that one wants to go to."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from callmon.rewind.when import EXAMPLES
from callmon.tui import keys
from callmon.tui.line import Line, cells, clip, strip
from callmon.tui.theme import palette_of
from callmon.tui.widgets.entry import EDITING, Entry, caret

HEAD = " Go to "


class SeekBar(Entry):
    """A one-line editor: enter goes to the moment, escape stays; what is wrong is said below it, with a caret."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("seek.go", "seek.drop"), *EDITING]

    class Typed(Message):
        """Somebody wants to go to the moment that the text means."""

    class Left(Message):
        """Somebody wants to stay."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._wrong: tuple[int, str] | None = None

    def open(self) -> None:
        """Begin to type."""
        self.text, self.at, self._wrong = "", 0, None
        self.display = self.taking = True
        self.screen.set_focus(self)

    def refuse(self, place: int, reason: str) -> None:
        """Say why the text is no moment to go to, and point at the character that is wrong."""
        self._wrong, self.taking = (place, reason), True
        self.refresh(layout=True)

    def changed(self) -> None:
        """Say no more about what stood there before."""
        if self._wrong is not None:
            self._wrong = None
            self.refresh(layout=True)

    def on_blur(self) -> None:
        """Go away with the keys."""
        self.display = False

    def action_keep(self) -> None:
        """Go to the moment."""
        self.taking = False
        self.post_message(self.Typed())

    def action_drop(self) -> None:
        """Stay."""
        self.taking = False
        self.post_message(self.Left())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return one line, or two where something is wrong."""
        return 1 if self._wrong is None else 2

    def render_line(self, y: int) -> Strip:
        """Return the line as cells, or what is wrong with it."""
        width = self.size.width
        if y and self._wrong is not None:
            place, reason = self._wrong
            words = caret(cells(((HEAD + self.text[:place], ""),)), reason, width)
            return strip(words, palette_of(self.app), width, "bar")
        spans: Line = ((HEAD, "key"), *self.written(width - len(HEAD)))
        if not self.text:
            spans = (*spans, (f" {EXAMPLES}", "faint"))
        return strip(clip(spans, width), palette_of(self.app), width, "bar")
