"""What goes to the terminal when part of a line changed: that part, and not all of the line before it."""

from __future__ import annotations

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor


class Change(ChopsUpdate):
    """Parts of lines; Textual would write each from the beginning of its widget."""

    def render_segments(self, console: Console) -> str:
        """Return what is written to the terminal."""
        written: list[str] = []
        for y, begin, end in self.spans:
            for stop, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is None or x >= end or stop <= begin:
                    continue
                start = max(x, begin)
                if start > x or stop > end:
                    strip = strip.crop(start - x, min(stop, end) - x)
                written += (Control.move_to(start, y).segment.text, strip.render(console))
        return "".join(written)


class ThriftyCompositor(Compositor):
    """A compositor that writes no more than what changed: over a slow line that is what counts."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Return what changed, or None where nothing did."""
        update = super().render_partial_update()
        return Change(update.chops, update.spans, update.chop_ends) if update is not None else None
