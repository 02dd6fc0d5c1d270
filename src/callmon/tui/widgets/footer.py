"""The bottom of a page: the keys that do something now, and at times a word about what just happened."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from callmon.tui.keys import PAST, written
from callmon.tui.line import Line, Span, cells, clip, strip
from callmon.tui.theme import palette_of

SAID_S = 2.0
"""A word stays so long; not at all while somebody types, who needs to see how to end that."""

LAST = ("show.help", "back", "quit")
"""Actions that stand at the right end, where they are not cut off."""

FIRST = (
    "typing.keep",
    "typing.drop",
    "typing.complete",
    "seek.go",
    "seek.drop",
    "command.run",
    "command.drop",
    "command.complete",
    "pick.take",
    "choose.take",
    "find.take",
    "pick.drop",
    "choose.drop",
    "find.drop",
    "choose.mask",
    "show.compare",
    "cursor.drop",
    "cursor.back",
    "cursor.on",
    "differences",
    "overlay",
    "baseline",
    "show.call",
    "filter.clear",
    "filter",
    "mark",
    "group.fold",
    "sort.previous",
    "sort.next",
    "freeze",
    *PAST,
    "group",
    "columns",
    "show.ice",
    "show.report",
    "raw",
    "pane.next",
    "span.longer",
    "span.shorter",
    "export.call",
    "export.view",
)
"""Actions that stand at the left end, the others after them."""


TYPING = frozenset({"typing.keep", "seek.go", "command.run"})
"""Actions that are there while somebody types."""

LiveKeys = dict[str, tuple[list[str], str, str]]
"""For each action id that works its keys, its label ('' for none) and its meaning."""


def live_keys(screen: Screen[Any]) -> LiveKeys:
    """Return what works on a screen that is on top."""
    found: LiveKeys = {}
    for key, active in screen.active_bindings.items():
        binding = active.binding
        if not active.enabled or binding.id is None:
            continue
        label = binding.description if binding.show else ""
        found.setdefault(binding.id, ([], label, binding.tooltip))[0].append(key)
    return found


class Footer(Widget):
    """One line of keys from the live keymap of its screen."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._said: Line = ()
        self._end: Line = ()
        self._line: Line = ()
        self._forget: Timer | None = None

    def on_mount(self) -> None:
        """Follow the keymap."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.look_again())

    def look_again(self) -> None:
        """Draw again if other keys work than before."""
        if self.is_mounted and self.screen.is_current and self._compose_line() != self._line:
            self.refresh()

    def say(self, spans: tuple[Span, ...], seconds: float = SAID_S, end: Line = ()) -> None:
        """Show a word at the left for so many seconds; where it is too long its ``end`` is not what is cut off."""
        self._said, self._end = spans, end
        self.refresh()
        if self._forget is not None:
            self._forget.stop()
        self._forget = self.set_timer(seconds, self.hush)

    @property
    def speaking(self) -> bool:
        """Whether a word stands there now."""
        return bool(self._said)

    def hush(self) -> None:
        """Take the word of the moment away."""
        self._said = ()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return the line as cells."""
        self._line = self._compose_line()
        return strip(self._line, palette_of(self.app), self.size.width, "bar")

    def _compose_line(self) -> Line:
        """Return the word of the moment or the keys, as many as there is room for, then the last ones."""
        width = self.size.width
        live = live_keys(self.screen)
        left, right = self._hints(live)
        end: Line = tuple(span for hint in right for span in hint)
        room = width - cells(end) - 1
        said = self._said if not TYPING & live.keys() else ()
        line: list[Span] = [(" ", "text"), *said]
        for hint in left if not said else ():
            if cells((*line, *hint)) > room:
                break
            line.extend(hint)
        room, last = max(0, room), self._end if said else ()
        start = clip((*clip(tuple(line), max(0, room - cells(last))), *last), room)
        return (*start, (" " * max(0, width - cells(start) - cells(end)), "text"), *end)

    def _hints(self, live: LiveKeys) -> tuple[list[Line], list[Line]]:
        """Return the keys and their labels; actions of one label, such as < and >, share it."""
        merged: dict[str, list[str]] = {}
        last: dict[str, str] = {}
        host: Any = self.app
        first: tuple[str, ...] = FIRST
        if PAST[-1] in live:
            # In the past the ways through it matter most; that it can be left by the key of freezing is said once.
            first, live = (*PAST, *FIRST), {id: keys for id, keys in live.items() if id != "freeze"}
        for id in sorted(live, key=lambda id: first.index(id) if id in first else len(first)):
            found, label, _ = live[id]
            label = host.worded(id, label) if label else label
            if label and id in LAST:
                last[id] = label
            if label:
                merged.setdefault(label, []).append(written(found[0]))
        hints: dict[str, Line] = {
            label: ((" ".join(found), "key"), (f" {label}  ", "dim")) for label, found in merged.items()
        }
        right = [hints.pop(last[id]) for id in LAST if id in last]
        return list(hints.values()), right
