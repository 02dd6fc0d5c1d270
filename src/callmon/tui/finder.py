"""The palette: every action with its key, found by some letters of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.geometry import Offset
from textual.screen import Screen
from textual.strip import Strip

from callmon.tui import keys
from callmon.tui.commands import COMMANDS
from callmon.tui.fuzzy import match
from callmon.tui.line import Line, cells, clip, cut, strip
from callmon.tui.overlay import Overlay
from callmon.tui.theme import palette_of
from callmon.tui.widgets.entry import EDITING, Entry

if TYPE_CHECKING:
    from typing import Any

WITHIN = ("typing.", "seek.", "choose.", "pick.", "command.", "find.", "answer.", "palette")
"""Beginnings of the ids of actions that belong to a line or a menu, and mean nothing elsewhere."""

SHOWN = 14
"""Rows that are shown at most."""

AROUND = 3
"""Lines around the rows: the one that is typed in, a rule, and one below."""


@dataclass(frozen=True, slots=True)
class Entered:
    """One row: what it is, its key, and what happens; ``runs`` is None where it does nothing now."""

    meaning: str
    key: str
    words: str
    runs: tuple[str, DOMNode] | None = None
    writes: str | None = None

    @property
    def works(self) -> bool:
        """Whether choosing it does something."""
        return self.runs is not None or self.writes is not None


def everything(screen: Screen[Any], actions: dict[str, keys.Action]) -> list[Entered]:
    """Return all that can be done: what works on a screen, then the commands that take words, then the rest."""
    live: dict[str, Entered] = {}
    for key, active in screen.active_bindings.items():
        id = active.binding.id
        if id is None or not active.enabled or id.startswith(WITHIN) or id in live or id not in actions:
            continue
        action = actions[id]
        words = f"{action.meaning} {action.label} {action.group} {id}"
        live[id] = Entered(action.meaning, keys.written(key), words, (active.binding.action, active.node))
    order = {
        group: number for number, group in enumerate(("Calls", "Screens", "Look", "Past", "callmon", "Move"))
    }
    found = sorted(live, key=lambda id: order.get(actions[id].group, len(order)))
    commands = [
        Entered(one.meaning, f":{one.name}", f"{one.meaning} {one.name} command", None, f"{one.name} ")
        for one in COMMANDS.values()
        if one.parameters
    ]
    rest = [
        Entered(action.meaning, keys.written(action.keys[0]) if action.keys else "", f"{action.meaning} {id}")
        for id, action in actions.items()
        if id not in live and not id.startswith(WITHIN)
    ]
    return [*(live[id] for id in found), *commands, *rest]


class Search(Entry):
    """The palette's lines; the first one is where one types."""

    BINDINGS: ClassVar[list[BindingType]] = list(EDITING)

    def __init__(self) -> None:
        super().__init__()
        self.display = True

    def changed(self) -> None:
        """Look for what is typed."""
        finder = self.screen
        assert isinstance(finder, Finder)
        finder.look()

    def render_line(self, y: int) -> Strip:
        """Return one line as cells."""
        finder = self.screen
        assert isinstance(finder, Finder)
        line, ground = finder.line(y, self.size.width)
        return strip(clip(line, self.size.width), palette_of(self.app), self.size.width, ground)


class Finder(Overlay[Entered], inherit_bindings=False):
    """A list over the page that was there: letters narrow it, arrows and enter choose."""

    CSS = """
    Finder { align: center top; background: $ground-page 60%; }
    Finder Search { width: 84; max-width: 100%; margin: 2 0 0 0; background: $ground-bar; }
    Finder.low Search { margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(
        "find.up", "find.down", "find.page_up", "find.page_down", "find.take", "find.drop", "quit.now"
    )

    def __init__(self, entries: list[Entered]) -> None:
        super().__init__()
        self._entries = entries
        self._found: list[tuple[Entered, tuple[int, ...]]] = [(one, ()) for one in entries]
        self._search = Search()
        self._at = self._top = 0
        self._refused = False

    def body(self) -> ComposeResult:
        """Yield the lines."""
        self.on_resize()
        yield self._search

    def on_resize(self) -> None:
        """Have as many rows as there is room for."""
        height = self.room
        self.set_class(height < SHOWN + AROUND + 3, "low")
        self._search.styles.height = min(height, SHOWN + AROUND)
        self._go(0)

    @property
    def _rows(self) -> int:
        return max(1, min(self.room, SHOWN + AROUND) - AROUND)

    def look(self) -> None:
        """Find what is typed: what works first, and then the best."""
        query = self._search.text
        scored = [(match(query, one.words), one) for one in self._entries] if query.strip() else []
        best = sorted(
            ((found, one) for found, one in scored if found is not None),
            key=lambda pair: (not pair[1].works, -pair[0][0]),
        )
        # Letters that are strewn over a sentence are found by accident where others stand together.
        least = max((found[0] for found, _ in best), default=0) // 3
        self._found = [(one, found[1]) for found, one in best if found[0] >= least]
        if not query.strip():
            self._found = [(one, ()) for one in self._entries]
        self._at = self._top = 0
        self._refused = False

    def line(self, y: int, width: int) -> tuple[Line, str]:
        """Return a line and the ground on which it stands."""
        if y == 0:
            hint = () if self._search.text else ((" some letters of what to do", "faint"),)
            return ((" › ", "key"), (self._search.text, "strong"), ("▏", "accent"), *hint), "bar"
        if y == 1:
            return (("─" * width, "faint"),), "bar"
        index = y - 2 + self._top
        if y - 2 < self._rows:
            return self._row(index, width) if index < len(self._found) else ((), "bar")
        if self._refused:
            return ((" that does nothing here now", "error"),), "bar"
        return ((f" {len(self._found)} of {len(self._entries)}", "dim"),), "bar"

    def _row(self, index: int, width: int) -> tuple[Line, str]:
        entry, places = self._found[index]
        chosen = index == self._at
        role = "faint" if not entry.works else "strong" if chosen else "text"
        key = cut(entry.key, 12)
        room = width - cells(((key, ""),)) - 6
        spans: list[tuple[str, str]] = [(" ▸ " if chosen else "   ", "accent")]
        shown = cut(entry.meaning, room)
        spans += [(char, "match" if at in places and entry.works else role) for at, char in enumerate(shown)]
        pad = width - cells(tuple(spans)) - cells(((key, ""),)) - 2
        spans += [(" " * max(1, pad), "text"), (key, "key" if entry.works else "faint")]
        return tuple(spans), "cursor" if chosen else "bar"

    def _go(self, to: int) -> None:
        self._at = max(0, min(len(self._found) - 1, to))
        self._top = max(self._at - self._rows + 1, min(self._top, self._at))
        self._refused = False
        self._search.refresh()

    def action_choose(self, step: int) -> None:
        """Go to another row, round the ends by single steps."""
        count = max(1, len(self._found))
        self._go((self._at + step) % count if abs(step) == 1 else self._at + step * self._rows // 10)

    def action_take(self) -> None:
        """Do what the row says, or say that it does nothing."""
        entry = self._found[self._at][0] if self._found else None
        if entry is not None and entry.works:
            self.dismiss(entry)
        else:
            self._refused = True
            self._search.refresh()

    def action_drop(self) -> None:
        """Do nothing."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """Do what was clicked; outside of the list nothing."""
        if event.widget is not self._search:
            self.dismiss(None)
            return
        place: Offset = event.get_content_offset_capture(self._search)
        if 0 <= place.y - 2 < self._rows and place.y - 2 + self._top < len(self._found):
            self._go(place.y - 2 + self._top)
            self.action_take()
