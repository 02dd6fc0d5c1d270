"""A line in which something is typed, as much as all such lines have in common."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.widget import Widget

from callmon.query.format import clean
from callmon.tui.keys import bindings
from callmon.tui.line import Line, cells, cut

LIMIT = 1000
"""Characters that may be typed."""

HIDDEN = "•••"
"""What stands for a text that may hold a name."""

EDITING = bindings(
    "typing.erase",
    "typing.delete",
    "typing.erase_word",
    "typing.clear",
    "typing.left",
    "typing.right",
    "typing.start",
    "typing.end",
)
"""The keys that change what is typed, for the bindings of whoever is an entry."""


class Entry(Widget, can_focus=True):
    """A one-line editor: characters, erasing, pasting; ``changed`` is called when the text is another.

    While it is not ``taking`` keys, they mean what they mean on the page.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.display = False
        self.text = ""
        self.at = 0
        self.taking = True

    def allow_focus(self) -> bool:
        """Return whether it takes keys: no other widget that goes away may leave them to a line that only shows."""
        return self.taking

    def written(self, room: int) -> Line:
        """Return what is typed in at most ``room`` cells, with a bar at the cursor; the cursor is always in it."""
        before, after = self.text[: self.at], self.text[self.at :]
        while before and cells(((before, ""),)) > room - 1:
            before = before[1:]
        rest = room - 1 - cells(((before, ""),))
        return ((before, "strong"), ("▏", "accent"), (cut(after, max(0, rest)), "strong"))

    def changed(self) -> None:
        """Take note of another text."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Return whether a key is text here, so that it means nothing else meanwhile."""
        return self.taking and character is not None and character.isprintable()

    async def on_key(self, event: events.Key) -> None:
        """Take a character, or do what a key does here: what is typed after it must find that done."""
        if not self.taking:
            return
        if event.is_printable and event.character is not None:
            self._insert(event.character)
        else:
            bound = self.screen.active_bindings.get(event.key)
            if bound is None or bound.node is not self:
                return
            await self.app.run_action(bound.binding.action, self)
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Take pasted text as one line."""
        event.stop()
        self._insert(" ".join(event.text.split()))

    def _insert(self, text: str) -> None:
        self.put(self.text[: self.at] + text + self.text[self.at :], self.at + len(text))

    def shown(self) -> str:
        """Return the text as it may be shown: under the mask without names, unless it is being typed."""
        told: Callable[[str], str] = getattr(self.app, "told_filter", str)
        return self.text if self.has_focus else told(self.text)

    def on_focus(self) -> None:
        """Show the place where typing goes."""
        self.refresh()

    def action_erase(self) -> None:
        """Take the character before the cursor away."""
        if self.at:
            self.put(self.text[: self.at - 1] + self.text[self.at :], self.at - 1)

    def action_delete(self) -> None:
        """Take the character behind the cursor away."""
        self.put(self.text[: self.at] + self.text[self.at + 1 :], self.at)

    def action_erase_word(self) -> None:
        """Take the word before the cursor away."""
        kept = self.text[: self.at].rstrip().rpartition(" ")[0]
        self.put(kept + self.text[self.at :], len(kept))

    def action_erase_all(self) -> None:
        """Take all of it away."""
        self.put("")

    def action_cursor(self, step: int) -> None:
        """Move the cursor by some characters."""
        self.at = max(0, min(len(self.text), self.at + step))
        self.refresh()

    def action_cursor_edge(self, end: int) -> None:
        """Move the cursor to the beginning (0) or the end (1)."""
        self.at = len(self.text) if end else 0
        self.refresh()

    def put(self, text: str, at: int | None = None) -> None:
        """Let a text stand for the one before, with the cursor at a place, else at its end."""
        text = clean(text, LIMIT)
        self.at = len(text) if at is None else max(0, min(len(text), at))
        if text != self.text:
            self.text = text
            self.refresh()
            self.changed()


def caret(place: int, reason: str, width: int) -> Line:
    """Return a line with a caret under ``place`` and the reason beside it, before it where there is more room.

    A reason that fits on neither side is cut, so that the caret is there and what was typed stays where it is.
    """
    place = min(place, width - 1)
    words: Line = ((" " * place, "text"), ("^ ", "error"), (reason, "error"))
    if cells(words) <= width:
        return words
    if len(reason) + 1 < place:
        return ((f"{reason} ^".rjust(place + 1), "error"),)
    behind, before = width - place - 2, place - 1
    if behind >= before:
        return ((" " * place, "text"), ("^ ", "error"), (cut(reason, behind), "error"))
    return ((f"{cut(reason, before)} ^".rjust(place + 1), "error"),)
