"""Recording as the terminal switches it on and off."""

from __future__ import annotations

from typing import Protocol

from callmon.query import format as fmt
from callmon.tui.line import Line
from callmon.tui.screen import Page


class Switch(Protocol):
    """Whoever records what arrives."""

    def since_s(self) -> float | None:
        """Return for how long it has been recorded, in seconds; None while it is not."""
        ...

    @property
    def file(self) -> str:
        """The file that is recorded into, '' while none is."""
        ...

    def toggle(self) -> str:
        """Begin or end a recording, and return one line about it, with its file."""
        ...

    def close(self) -> str | None:
        """End the recording, if there is one, and return one line about it."""
        ...


def mark(switch: Switch | None) -> tuple[Line, Line]:
    """Return what the header says while it is recorded, and that in the fewest words."""
    since_s = switch.since_s() if switch is not None else None
    if since_s is None:
        return (), ()
    return ((f"● REC {fmt.stopwatch(since_s)}  ", "poor"),), (("● REC  ", "poor"),)


def toggle(switch: Switch | None, page: object) -> None:
    """Begin or end a recording, and say so at the foot of the page; under the mask without its file."""
    if switch is None or not isinstance(page, Page):
        return
    before, text = switch.since_s(), switch.toggle()
    if page.host.masked:
        after = switch.since_s()
        words = "recording ended" if after is None else "recording"
        text = words if (before is None) != (after is None) else page.host.said(text)
    page.say((text, "strong"))
    page.redraw()
