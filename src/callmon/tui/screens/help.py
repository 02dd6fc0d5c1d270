"""The keys that work on the page below, from its live keymap, and what the signs mean."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container

from callmon.board import Board
from callmon.query.columns import BADGES, COLUMNS
from callmon.tui.keys import ACTIONS, GROUPS, Action, written
from callmon.tui.layout import SPOKEN
from callmon.tui.line import Line, fit, wrap
from callmon.tui.rows import SHAPES
from callmon.tui.screen import Page
from callmon.tui.widgets.footer import LiveKeys
from callmon.tui.widgets.panel import Panel

WIDE = 110
"""From this width on keys and signs stand side by side."""

LOW = 18
"""With fewer lines than this the signs stand below the keys, and everything is one list."""

KEYS = 9
MEANING = 14


class Help(Page):
    """Keys and signs; it shows what works where one came from."""

    NAME = "help"
    OPENS = ACTIONS["show.help"]
    ABOUT = "The keys that work here, and what columns and signs mean."

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self._keys = Panel("Keys", id="keys", wrapped=True, indent=KEYS + 2)
        self._signs = Panel("Signs", id="signs", wrapped=True, indent=MEANING)

    def body(self) -> ComposeResult:
        """Yield the keys and the signs."""
        with Container(id="both"):
            yield self._keys
            yield self._signs

    def draw(self, board: Board) -> None:
        """Show the keys of the page below, and the signs beside or below them."""
        wide = self.size.width >= WIDE
        self.set_class(wide, "wide")
        one = self.size.height < LOW and not wide
        if self._signs.display == one:
            self._signs.display = not one
            self._keys.focus()
        below = [screen for screen in self.app.screen_stack[:-1] if isinstance(screen, Page)][-1:]
        if below:
            title: Line = (("Keys", "title"), (f" on {below[0].NAME}", "dim"))
            lines = key_lines(self.host.offered, self.host.actions())
            self._keys.show([*lines, (), *self._broken()] if one else lines, title)
        self._signs.show(sign_lines())

    def _broken(self) -> list[Line]:
        """Return the signs with their long lines broken as they are where they stand by themselves."""
        width = max(1, self._keys.scrollable_content_region.width)
        return [part for line in sign_lines() for part in wrap(line, width, MEANING)]


def key_lines(works: LiveKeys, actions: dict[str, Action]) -> list[Line]:
    """Return what works by group, each action with all its keys and what it does."""
    lines: list[Line] = []
    for group in GROUPS:
        found = [action for action in actions.values() if action.group == group and action.id in works]
        if not found:
            continue
        lines += [()] if lines else []
        lines.append(((group, "strong"),))
        for action in found:
            # Some keys have several names, such as those that terminals give to ctrl+space.
            names = " ".join(dict.fromkeys(written(key) for key in works[action.id][0]))
            lines.append(((fit(names, KEYS), "key"), ("  ", "text"), (action.meaning, "text")))
    return lines


SAMPLES: dict[str, tuple[tuple[Line, str], ...]] = {
    "Sparklines": (
        ((("⣀⣠⣤⣴⣶", "spark"),), "within the limits of the rule set"),
        ((("▃", "fair"), ("▅▇", "poor")), "beyond a limit"),
        ((("⣀", "spark"), ("   ", "spark"), ("⣀", "spark")), "a gap: nothing was measured"),
    ),
    "Charts": (
        (
            (("F", "fair"), (" ", "text"), ("P", "poor")),
            "the fair and the poor limit of the rule set; for MOS where it has none 3.5 and 2.6",
        ),
        (
            (("─1─", "spark"), (" ", "text"), ("─2─", "series2")),
            "several curves: their numbers are in the title; where they meet, the worse has the colour",
        ),
        (
            (("───", "faint"), (" ", "text"), ("━━━", "fair"), (" ", "text"), ("▀▀▀", "poor")),
            "the base line: good, fair, poor",
        ),
        ((("╌╌╌", "dim"),), "a gap: nothing was measured"),
        ((("◆", "accent"), (" ", "text"), ("▲", "poor")), "an event, one that went wrong"),
    ),
}
"""Signs of sparklines and charts, and what they mean."""


def sign_lines() -> list[Line]:
    """Return what shapes, sparklines and columns mean."""
    lines: list[Line] = [(("Grades", "strong"),)]
    for grade, (shape, letter, word) in BADGES.items():
        lines.append(((fit(f"{shape} {letter}", 12), grade.value), ("  ", "text"), (word, "text")))
    for state, shape in SHAPES.items():
        role = "dim" if state in ("stale", "not heard") else "over"
        lines.append(
            ((fit(shape, 12), role), ("  ", "text"), (f"{state}; the letter is the last grade", "text"))
        )
    for note, meaning in (
        ("▲!P", "became poor just now"),
        ("△ P", "poor and acknowledged; a new issue calls again"),
        ("△zP", "poor and put off"),
    ):
        lines.append(((fit(note, 12), "poor" if "!" in note else "dim"), ("  ", "text"), (meaning, "text")))
    for title, samples in SAMPLES.items():
        lines += [(), ((title, "strong"),)]
        for spans, meaning in samples:
            pad = " " * (MEANING - sum(len(text) for text, _ in spans))
            lines.append((*spans, (pad, "text"), (meaning, "text")))
    lines += [(), (("Columns", "strong"),)]
    for sign, meaning in (
        ("▾", "sorted by it, from the greatest down; of grades the worst first"),
        ("▴", "sorted by it, from the least up"),
    ):
        lines.append(((fit(sign, 12), "accent"), ("  ", "text"), (meaning, "text")))
    for column in COLUMNS.values():
        title = column.title or "●"
        unit = f" ({column.unit})" if column.unit not in SPOKEN else ""
        lines.append(((fit(title, 12), "title"), ("  ", "text"), (column.meaning + unit, "text")))
    return lines
