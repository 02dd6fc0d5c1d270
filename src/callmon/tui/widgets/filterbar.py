"""The line in which the filter is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from callmon.query.completion import Completion, complete
from callmon.query.filter import Filter
from callmon.query.misread import Misread
from callmon.tui import keys
from callmon.tui.line import Line, Span, cells, clip, cut, strip
from callmon.tui.theme import palette_of
from callmon.tui.widgets.entry import EDITING, HIDDEN, Entry, caret

HEAD = " / "

Values = Callable[[str], Iterable[str]]
"""The values that calls have in a field, by its name."""


class FilterBar(Entry):
    """A one-line editor that applies as one types: enter keeps, escape restores what was before.

    While somebody types there is a second line: what may come next, or a caret at what cannot be read and why.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("typing.keep", "typing.drop", "typing.complete", "typing.complete_back"),
        *EDITING,
    ]

    class Typed(Message):
        """The text changed."""

    class Done(Message):
        """Typing is over; the text is what it shall be, or with ``dropped`` what it was before."""

        def __init__(self, dropped: bool = False) -> None:
            super().__init__()
            self.dropped = dropped

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.taking = False
        self.wrong: Misread | None = None
        self.way_out = "Esc clears"
        self.values: Values = lambda name: ()
        self._before = ""
        self._untouched = False
        self._typing = False
        self._found: tuple[str, str] = ("", "")
        self._offers: list[Completion] = []
        self._cycle: tuple[str, str, int] | None = None

    def open(self, values: Values | None = None) -> None:
        """Begin to type; what holds now can be changed. ``values`` are offered behind ``field=``."""
        self._before = self.text
        shown = self.shown()
        if shown != self.text:
            # Under the mask a filter that names somebody is typed again; escape brings it back.
            self.text, self._untouched = "" if shown == HIDDEN else shown, True
        self.at = len(self.text)
        self.values = values or self.values
        self.display = True
        self._offer()
        self.taking = True
        self.screen.set_focus(self)
        self._widen()

    def preset(self, text: str) -> None:
        """Hold a text that was not typed here; it is shown like one that was kept."""
        self.text, self.wrong = text, None
        self.display = bool(text)
        self.refresh(layout=True)

    def refuse(self, wrong: Misread | None) -> None:
        """Say why the text is no filter, and point at what is wrong; with None take it back."""
        self.wrong = wrong
        self.refresh(layout=True)

    @property
    def unfinished(self) -> bool:
        """Whether the last word may be the beginning of another."""
        return any(offer.place < self.at for offer in self._offers)

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
        self._untouched = False
        self._cycle = None
        self.wrong = None
        self._offer()
        self.post_message(self.Typed())

    def _offer(self) -> None:
        self._offers = complete(self.text[: self.at], self.values) if self.has_focus or self.display else []

    def _widen(self) -> None:
        """Take the second line now: a layout that comes before the focus would be kept as it is."""
        self._typing = True
        self.refresh(layout=True)

    def on_focus(self) -> None:
        """Show the place where typing goes, and what may come next."""
        self._widen()

    def on_blur(self) -> None:
        """Hide when there is nothing to say; what cannot be read gives way to what holds."""
        if self.wrong is not None or self._untouched:
            self.text, self.wrong, self._untouched = self._before, None, False
        self._typing = self.taking = False
        self.display = bool(self.text)
        self.refresh(layout=True)

    def on_click(self) -> None:
        """Type on."""
        self.open()

    def action_keep(self) -> None:
        """Keep what was typed; what cannot be read is not kept."""
        if self._untouched:
            self.text, self._untouched = self._before, False
        try:
            Filter(self.text)
        except Misread as wrong:  # nobody may have looked at it yet
            self.refuse(wrong)
            return
        self.wrong, self._before = None, self.text
        self._finish()

    def action_drop(self) -> None:
        """Restore what was there before."""
        self.put(self._before)
        self._untouched = False
        self._finish(dropped=True)

    def action_complete(self, step: int) -> None:
        """Put the first completion in, or after it the next (1) or the one before (-1)."""
        if self._cycle is None:
            if not self._offers:
                return
            # The cycle begins with what was typed, so that it can be come back to.
            self._cycle = (self.text[: self.at], self.text[self.at :], 0)
        typed, rest, place = self._cycle
        offers = complete(typed, self.values)
        place = (place + step) % (len(offers) + 1)
        chosen = typed if place == 0 else typed[: offers[place - 1].place] + offers[place - 1].text
        self.put(chosen + rest, len(chosen))
        if len(offers) > 1:
            self._cycle = (typed, rest, place)
            self._offers = offers
            self.refresh()

    def _finish(self, dropped: bool = False) -> None:
        self.display, self.taking = bool(self.text), False
        self.post_message(self.Done(dropped))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return one line, or two while somebody types."""
        return 2 if self._typing and self.app.size.height >= LOW else 1

    def render_line(self, y: int) -> Strip:
        """Return the line as cells, and the one below it."""
        width = self.size.width
        line = self._below(width) if y else self._line(width)
        return strip(line, palette_of(self.app), width, "bar")

    def _line(self, width: int) -> Line:
        shown, all_ = self._found
        count: Line = ((shown, "strong"), (f"/{all_} ", "dim"))
        room = width - cells(count) - 4
        if self.has_focus and self.wrong is not None and self.size.height < 2:
            count = ((f"{cut(str(self.wrong), max(8, room // 2))} ", "error"),)
            room = width - cells(count) - 4
        spans: list[Span] = [(HEAD, "key")]
        if self.has_focus:
            spans += self.written(room)
        else:
            spans.append((cut(self.shown(), room), "strong"))
            if cells(tuple(spans)) + 20 < room:
                spans.append((cut(f"   {self.way_out}", room), "faint"))
        left = clip(tuple(spans), width - cells(count))
        pad = (" " * max(0, width - cells(left) - cells(count)), "text")
        return (*left, pad, *count)

    def _below(self, width: int) -> Line:
        if self.wrong is not None:
            return caret(len(HEAD) + cells(((self.text[: self.wrong.place], ""),)), str(self.wrong), width)
        spans: list[Span] = [(" " * len(HEAD), "text")]
        place = self._cycle[2] if self._cycle is not None else 0
        for number, offer in enumerate(self._offers[max(0, place - 3) :], max(0, place - 3) + 1):
            spans += [(offer.text, "match" if number == place else "dim"), ("  ", "text")]
            if cells(tuple(spans)) > width:
                break
        if len(self._offers) == 1 or place:
            meaning = self._offers[place - 1 if place else 0].meaning
            spans.append((f" {meaning}", "faint"))
        return clip(tuple(spans), width)


LOW = 10
"""On a screen with fewer lines there is no second line."""
