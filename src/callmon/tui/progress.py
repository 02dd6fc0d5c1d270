"""How far the reading of files is, in one line."""

from __future__ import annotations

from typing import Protocol

from callmon.query.format import clean
from callmon.tui.line import Line
from callmon.tui.widgets.entry import HIDDEN

BAR_CELLS = 20


class Progress(Protocol):
    """Files that are being read one after another."""

    @property
    def name(self) -> str:
        """The name of the one that is being read, '' for none."""
        ...

    @property
    def done(self) -> int:
        """How many bytes of it were read."""
        ...

    @property
    def total(self) -> int | None:
        """How many bytes it has; None where nobody knows."""
        ...

    def stop(self) -> None:
        """Read no further."""
        ...


def progress_line(progress: Progress, stops: bool = True, named: bool = True) -> Line:
    """Return the name, a bar, the percentage and, where escape ``stops`` it, that; else megabytes.

    Unless it may be ``named`` there is a sign for the file: nobody knows whom its name names.
    """
    end: Line = ((" · Esc: stop", "text"),) if stops else ()
    file = clean(progress.name, 40) if named or not progress.name else HIDDEN
    name = (f"reading {file} ".replace("  ", " "), "strong")
    if not progress.total:
        return name, (f"{progress.done / 1e6:.1f} MB", "strong"), *end
    part = min(1.0, progress.done / progress.total)
    full = round(part * BAR_CELLS)
    return (
        name,
        ("█" * full, "strong"),
        ("░" * (BAR_CELLS - full), "faint"),
        (f" {100 * part:.0f} %", "strong"),
        *end,
    )
