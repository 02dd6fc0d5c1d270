"""The line in which a filter is typed, and which says what is filtered while it holds."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from callmon.tui import keys
from callmon.tui.line import Line, Span, cells, clip, cut, strip
from callmon.tui.theme import palette_of
from callmon.tui.widgets.entry import EDITING, Entry


class FilterBar(Entry):
    """A one-line editor that applies as one types: enter keeps, escape restores what was before."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("typing.keep", "typing.drop"), *EDITING]

    class Typed(Message):
        """The text changed."""

    class Done(Message):
        """Typing is over; the text is what it shall be, or with ``dropped`` what it was before."""

        def __init__(self, dropped: bool = False) -> None:
            super().__init__()
            self.dropped = dropped

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._before = ""
        self._found: tuple[str, str] = ("", "")

    def open(self) -> None:
        """Begin to type; what holds now can be changed."""
        self._before = self.text
        self.display = True
        self.screen.set_focus(self)

    def preset(self, text: str) -> None:
        """Hold a text that was not typed here; it is shown like one that was kept."""
        self.text = text
        self.display = bool(text)

    def counted(self, shown: str, all: str) -> None:
        """Say how many rows are shown of how many."""
        if (shown, all) != self._found:
            self._found = (shown, all)
            self.refresh()

    def clear(self) -> None:
        """Take the filter away."""
        self.put("")
        self._finish()

    def changed(self) -> None:
        """Apply as one types."""
        self.post_message(self.Typed())

    def on_blur(self) -> None:
        """Hide when there is nothing to say."""
        self.display = bool(self.text)
        self.refresh()

    def on_click(self) -> None:
        """Type on."""
        self.open()

    def action_keep(self) -> None:
        """Keep what was typed."""
        self._finish()

    def action_drop(self) -> None:
        """Restore what was there before."""
        self.put(self._before)
        self._finish(dropped=True)

    def _finish(self, dropped: bool = False) -> None:
        self.display = bool(self.text)
        self.post_message(self.Done(dropped))

    def render_line(self, y: int) -> Strip:
        """Return the line as cells."""
        width = self.size.width
        shown, all_ = self._found
        count: Line = ((shown, "strong"), (f"/{all_} ", "dim"))
        room = width - cells(count) - 4
        text = self.shown()
        while text and cells(((text, ""),)) > room:
            text = text[1:]
        spans: list[Span] = [(" / ", "key"), (text, "strong")]
        if self.has_focus:
            spans.append(("▏", "accent"))
        elif cells(tuple(spans)) + 20 < room:
            spans.append((cut("   Esc clears", room), "faint"))
        left = clip(tuple(spans), width - cells(count))
        pad = (" " * max(0, width - cells(left) - cells(count)), "text")
        return strip((*left, pad, *count), palette_of(self.app), width, "bar")
