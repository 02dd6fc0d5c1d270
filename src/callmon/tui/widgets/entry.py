"""A line in which something is typed, as much as all such lines have in common."""

from __future__ import annotations

from textual import events
from textual.widget import Widget

from callmon.query.format import clean
from callmon.tui.keys import bindings

LIMIT = 200
"""Characters that may be typed."""

HIDDEN = "•••"
"""What stands for a text that may hold a name."""

EDITING = bindings("typing.erase", "typing.erase_word", "typing.clear")
"""The keys that change what is typed, for the bindings of whoever is an entry."""


class Entry(Widget, can_focus=True):
    """A one-line editor: characters, erasing, pasting; ``changed`` is called when the text is another."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.display = False
        self.text = ""

    def changed(self) -> None:
        """Take note of another text."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Return whether a key is text here, so that it means nothing else meanwhile."""
        return character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        """Take a character."""
        if event.is_printable and event.character is not None:
            event.stop()
            event.prevent_default()
            self.put(self.text + event.character)

    def on_paste(self, event: events.Paste) -> None:
        """Take pasted text as one line."""
        event.stop()
        self.put(self.text + " ".join(event.text.split()))

    def shown(self) -> str:
        """Return the text as it may be shown: under the mask only while it is typed, as it may be half a name."""
        hidden = getattr(self.app, "masked", False) and not self.has_focus
        return HIDDEN if hidden and self.text else self.text

    def on_focus(self) -> None:
        """Show the place where typing goes."""
        self.refresh()

    def action_erase(self) -> None:
        """Take the last character away."""
        self.put(self.text[:-1])

    def action_erase_word(self) -> None:
        """Take the last word away."""
        self.put(self.text.rstrip().rpartition(" ")[0])

    def action_erase_all(self) -> None:
        """Take all of it away."""
        self.put("")

    def put(self, text: str) -> None:
        """Let a text stand for the one before."""
        text = clean(text, LIMIT)
        if text != self.text:
            self.text = text
            self.refresh()
            self.changed()
