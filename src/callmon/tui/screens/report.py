"""The report of a call, to read and to copy as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from callmon.board import Board
from callmon.engine.call import Call
from callmon.engine.ending import summarise
from callmon.query import report as reports
from callmon.query.columns import BADGES
from callmon.tui import dossier, keys
from callmon.tui.line import Line, Span, fit
from callmon.tui.screen import Page
from callmon.tui.widgets.panel import Panel

SHAPES = {word: shape for shape, _, word in BADGES.values()}
"""The shape before an entry of a list, by its tone."""


class ReportPage(Page):
    """The page with the report of one call."""

    NAME = "report"
    ABOUT = "The report of a call: grades, values, issues and path; y copies it as Markdown."
    NEEDS_CALL = True
    ON = "call"
    OPENS = keys.ACTIONS["show.report"]
    CSS = """
    ReportPage #report { height: 1fr; margin: 0 1; }
    """

    def body(self) -> ComposeResult:
        """Yield the panel."""
        yield Panel(id="report", wrapped=True, indent=4)

    def head(self, board: Board) -> tuple[Line, Line]:
        """Return the call's badge, reason and name, its state and age."""
        call = self.call(board)
        if call is None:
            return (), ()
        return dossier.standing(call, board.now(), self.size.width, self.note(call))

    def draw(self, board: Board) -> None:
        """Show the report as it is by now."""
        call = self.call(board)
        panel = self.query_one("#report", Panel)
        if call is None:
            panel.show([((dossier.NOT_THERE, "dim"),)])
            return
        panel.show(lines(_blocks(call, board), call.grade.value, self.app.size.width - 3))

    def copied(self) -> tuple[str, str] | None:
        """Return the report as Markdown."""
        board = self.host.board()
        call = self.call(board)
        return ("report as Markdown", reports.markdown(_blocks(call, board))) if call is not None else None


def _blocks(call: Call, board: Board) -> tuple[reports.Block, ...]:
    summary = call.summary if call.summary is not None else summarise(call, board.now())
    return reports.report(call, summary, board.rules(), board.now())


def lines(blocks: Sequence[reports.Block], grade: str, width: int) -> list[Line]:
    """Return a report as lines to read; a table that is wider than the screen loses its last columns."""
    found: list[Line] = []
    for block in blocks:
        if isinstance(block, reports.Heading):
            found += [(), ((block.text, "title"),)] if block.level > 1 else [((block.text, "strong"),)]
        elif isinstance(block, reports.Words):
            found.append(((block.text, block.tone),))
        elif isinstance(block, reports.Facts):
            names = max(len(name) for name, _ in block.rows) + 2
            found += [
                ((fit(name, names), "dim"), (value, grade if name == "Grade" else "text"))
                for name, value in block.rows
            ]
        elif isinstance(block, reports.Table):
            found += _table(block, width)
        else:
            for item in block.entries:
                found.append(((f"{SHAPES.get(item.tone, '◆')} {item.text}", item.tone),))
                found += [((f"  {detail}", "text"),) for detail in item.details]
    return found


def _table(table: reports.Table, width: int) -> list[Line]:
    """Return a table as lines; the first column stands left, the others right."""
    rows = [table.head, *table.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.head))]
    while len(widths) > 2 and sum(widths) + 3 * len(widths) > width:
        widths.pop()
    found: list[Line] = []
    for number, row in enumerate(rows):
        role = "dim" if number == 0 else "text"
        spans: list[Span] = [(fit(row[0], widths[0] + 2), "dim")]
        spans += [(fit(cell, width + 3, ">"), role) for cell, width in zip(row[1:], widths[1:], strict=False)]
        found.append(tuple(spans))
    return found
