"""The line in which a command is typed, and below it what may follow, or what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from callmon.tui import keys
from callmon.tui.line import Line, cells, clip, cut, strip
from callmon.tui.theme import palette_of
from callmon.tui.widgets.entry import EDITING, Entry, caret

if TYPE_CHECKING:
    from callmon.tui.commands import Known
    from callmon.tui.history import History

HEAD = " :"


class CommandBar(Entry):
    """A one-line editor: enter runs, tab completes, up and down go through what was typed before, escape leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings(
            "command.run",
            "command.drop",
            "command.complete",
            "command.complete_back",
            "command.before",
            "command.after",
        ),
        *EDITING,
    ]

    class Typed(Message):
        """Somebody wants the command to be run."""

    class Left(Message):
        """Somebody wants nothing."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._wrong: tuple[int, str] | None = None
        self._history: History | None = None
        self._known: Known = lambda kind: ()
        self._turn: tuple[int, list[str], int] | None = None
        self._turning = False

    def open(self, history: History, known: Known, text: str = "") -> None:
        """Begin to type; ``known`` are the words that there are of a kind."""
        self._history, self._known = history, known
        self._wrong = self._turn = None
        self.text = text
        history.begin()
        self.display = self.taking = True
        self.screen.set_focus(self)
        self.refresh()

    def refuse(self, place: int, reason: str) -> None:
        """Say what was expected, and point at where."""
        self._wrong = place, reason
        self.refresh()

    def changed(self) -> None:
        """Say no more about what stood there before."""
        self._wrong = None
        if not self._turning:
            self._turn = None

    def on_blur(self) -> None:
        """Go away with the keys, unless they are back already."""
        self.display = self.screen.focused is self

    def action_keep(self) -> None:
        """Run the command."""
        self.taking = False
        self.post_message(self.Typed())

    def action_drop(self) -> None:
        """Run nothing."""
        self.taking = False
        self.post_message(self.Left())

    def action_erase(self) -> None:
        """Take the last character away; of nothing leave, as in an editor."""
        if not self.text:
            self.action_drop()
        super().action_erase()

    def action_complete(self, step: int) -> None:
        """Put the next word that fits in the place of what is being typed, or as much as all that fit share."""
        from callmon.tui.commands import complete

        if self._turn is None:
            start, words = complete(self.text, self._known)
            if not words:
                return
            prefix = _shared(words)
            if len(words) == 1 or len(prefix) > len(self.text) - start:
                self.put(self.text[:start] + prefix + (" " if len(words) == 1 else ""))
                return
            self._turn = start, words, -1 if step > 0 else len(words)
        start, words, at = self._turn
        at = (at + step) % len(words)
        self._turn, self._turning = (start, words, at), True
        self.put(self.text[:start] + words[at])
        self._turning = False

    def action_recall(self, step: int) -> None:
        """Show the line that was typed before, or after."""
        if self._history is not None:
            told: Callable[[str], str] = getattr(self.app, "told_command", str)
            self.put(self._history.go(step, self.text, told))

    def render_line(self, y: int) -> Strip:
        """Return the line as cells, or what is below it."""
        width = self.size.width
        palette = palette_of(self.app)
        if y:
            return strip(clip(self._below(width), width), palette, width, "bar")
        text = self.text
        while text and cells(((HEAD + text, ""),)) > width - 1:
            text = text[1:]
        spans: Line = ((HEAD, "key"), (text, "strong"), ("▏", "accent"))
        return strip(clip(spans, width), palette, width, "bar")

    def _below(self, width: int) -> Line:
        """Return what is wrong, or the words that fit, or what the command does."""
        from callmon.tui.commands import COMMANDS, complete

        if self._wrong is not None:
            place, reason = self._wrong
            return caret(cells(((HEAD + self.text[:place], ""),)), reason, width)
        if self._turn is not None:
            _, words, at = self._turn
            chosen = words[at]
        else:
            words, chosen = complete(self.text, self._known)[1], ""
        command = COMMANDS.get(self.text.partition(" ")[0])
        line: list[tuple[str, str]] = [(" ", "text")]
        if command is not None and len(words) != 1:
            line += [(f" {command.usage}", "key"), ("  ", "text"), ("" if words else command.meaning, "dim")]
        first = max(0, words.index(chosen) - 4) if chosen else 0
        for word in words[first : first + 40]:
            line += [(" ", "text"), (cut(word, 30), "match" if word == chosen else "text")]
        if command is None and not words:
            line += [(" there is no such command", "dim")]
        return tuple(line)


def _shared(words: list[str]) -> str:
    """Return how all of the words begin."""
    first, last = min(words), max(words)
    count = next((at for at, char in enumerate(first) if at >= len(last) or last[at] != char), len(first))
    return first[:count]
