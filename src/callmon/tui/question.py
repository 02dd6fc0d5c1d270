"""One line that asks something to which the answer is yes or no."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from callmon.query.format import clean
from callmon.tui import keys
from callmon.tui.keys import written
from callmon.tui.line import Line, cells, shorten, strip
from callmon.tui.theme import palette_of
from callmon.tui.widgets.footer import live_keys

LEAST = 8
"""What is asked about keeps so many cells, however narrow the screen is."""


class Asked(Widget, can_focus=True):
    """The line."""

    def render_line(self, y: int) -> Strip:
        """Return the line as cells."""
        question = self.screen
        assert isinstance(question, Question)
        return strip(question.line(self.size.width), palette_of(self.app), self.size.width, "cursor")


class Question(ModalScreen[bool], inherit_bindings=False):
    """A line at the foot of the page: ``about`` what, and what ``yes`` and ``no`` do; the page stays in sight."""

    CSS = """
    Question { background: transparent; }
    Question Asked { dock: bottom; height: 1; width: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("answer.yes", "answer.no", "quit.now")

    def __init__(self, about: str, yes: str, no: str) -> None:
        super().__init__()
        self._about = clean(about, 400)
        self._answers = (("answer.yes", yes), ("answer.no", no))

    def compose(self) -> ComposeResult:
        """Yield the line."""
        yield Asked()

    def line(self, width: int) -> Line:
        """Return the question in so many cells: the answers whole, of a long name its beginning and end."""
        answers: list[tuple[str, str]] = []
        live = live_keys(self)
        for id, does in self._answers:
            if id in live:
                answers += [("   ", "text"), (written(live[id][0][0]), "key"), (f" {does}", "text")]
        room = max(LEAST, width - 1 - cells(tuple(answers)))
        return ((" ", "text"), (shorten(self._about, room), "strong"), *answers)

    def action_answer(self, yes: int) -> None:
        """Take the answer: 1 is yes, 0 is no."""
        self.dismiss(bool(yes))
