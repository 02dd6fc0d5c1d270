"""What happened to the sources, line by line."""

from __future__ import annotations

from textual.app import ComposeResult

from callmon.board import Board
from callmon.query import format as fmt
from callmon.tui import status
from callmon.tui.keys import ACTIONS
from callmon.tui.line import Line, fit
from callmon.tui.screen import Page
from callmon.tui.times import Times
from callmon.tui.widgets.panel import Panel


class Log(Page):
    """The sources with their counts, and the log, the newest line at its end."""

    NAME = "log"
    OPENS = ACTIONS["show.log"]
    ABOUT = "Every source with its state and counts, what happened, and what is wrong with files of callmon."
    TIMES = Times.CLOCK

    def __init__(self, subject: str | None = None) -> None:
        super().__init__(subject)
        self._sources = Panel("Sources", id="sources", focusable=False, wrapped=True, indent=4)
        self._log = Panel("Log", id="log", wrapped=True, indent=10)

    def body(self) -> ComposeResult:
        """Yield the sources and the log."""
        yield self._sources
        yield self._log

    def draw(self, board: Board) -> None:
        """Bring both up to date; the log stays at its end if it was there."""
        self._sources.show(self._source_lines(board) or [(("No sources.", "dim"),)])
        at_end = self._log.scroll_offset.y >= self._log.max_scroll_y
        self._log.show(self._log_lines(board) or [(("Nothing happened yet.", "dim"),)])
        if at_end:
            self._log.action_edge(1)

    def _source_lines(self, board: Board) -> list[Line]:
        now = board.now()
        lines: list[Line] = []
        for source in board.sources():
            line = status.source_line(source, now, True)
            lines.append((*line, ("  ", "text"), (f"{fmt.count(source.frames)} frames", "dim")))
            if asking := status.asking_line(source, now):
                lines.append((("    ", "text"), *asking))
            if source.detail:
                lines.append(((f"    {source.detail}", "dim"),))
            if source.first_reason:
                lines.append((("    first rejected: ", "dim"), (source.first_reason, "fair")))
        return lines

    def _log_lines(self, board: Board) -> list[Line]:
        lines: list[Line] = []
        start = previous = None
        for at, text in sorted((*board.log(), *self.host.complaints()), key=lambda line: line[0]):
            start = at if start is None else start
            lines.append(
                ((fit(self.times.text(at, start, previous), 9), "dim"), (" ", "text"), (text, "text"))
            )
            previous = at
        return lines

    def copied(self) -> tuple[str, str] | None:
        """Return the log as text."""
        return ("log", self._log.text) if self.is_mounted else None
