"""What goes to the terminal when something changed: the parts that did, each colour said once, and no more."""

from __future__ import annotations

from functools import lru_cache

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.strip import Strip

Look = tuple[str, str, str]
"""A style as codes of a terminal: weights, colour, ground; '' for what the terminal does by itself."""

PLAIN: Look = ("", "", "")
"""How the terminal writes after a reset."""


@lru_cache(maxsize=4096)
def look_of(style: Style, system: ColorSystem) -> Look:
    """Return the codes of a style in the colours that a terminal has."""
    color, ground = style.color, style.bgcolor
    weights = Strip.render_ansi(style.without_color, system)
    return (
        weights,
        ";".join(color.downgrade(system).get_ansi_codes()) if color is not None else "",
        ";".join(ground.downgrade(system).get_ansi_codes(False)) if ground is not None else "",
    )


OFF = {"1": "22", "3": "23", "4": "24", "7": "27"}
"""What takes one weight back, and no other."""


@lru_cache(maxsize=256)
def _turned(before: str, now: str) -> tuple[str, ...] | None:
    """Return the codes that lead from some weights to others; None where only a reset does."""
    had, has = before.split(";") if before else [], now.split(";") if now else []
    gone = [code for code in had if code not in has]
    if any(code not in OFF for code in (*had, *has)):
        return () if had == has else None
    return (*(OFF[code] for code in gone), *(code for code in has if code not in had))


class Pen:
    """Writes strips and remembers place and look, so that nothing is said twice: over a slow line that counts."""

    def __init__(self, console: Console) -> None:
        """Write for the colours of ``console``, from anywhere and in no colour."""
        self._system = console._color_system or ColorSystem.TRUECOLOR
        self._written: list[str] = []
        self._line = -1
        self._look = PLAIN

    def go(self, x: int, y: int) -> None:
        """Go to a cell; on the same line the column is enough."""
        self._written.append(f"\x1b[{x + 1}G" if y == self._line else f"\x1b[{y + 1};{x + 1}H")
        self._line = y

    def write(self, strip: Strip) -> None:
        """Write a strip from here."""
        for text, style, _ in strip:
            if style is not None and style.link:
                self._take(PLAIN)
                self._written.append(Strip.render_style(style, text, self._system))
            else:
                self._take(look_of(style, self._system) if style is not None else PLAIN)
                self._written.append(text)

    def _take(self, look: Look) -> None:
        """Write what follows in a look."""
        before, self._look = self._look, look
        if look == before:
            return
        weights = _turned(before[0], look[0])
        if weights is None or any(had and not has for had, has in zip(before[1:], look[1:], strict=True)):
            codes = ["0", *(code for code in look if code)]
        else:
            codes = [*weights, *(now for now, was in zip(look[1:], before[1:], strict=True) if now != was)]
        self._written.append(f"\x1b[{';'.join(codes)}m")

    def done(self) -> str:
        """Return all that was written; what comes after it is in no colour."""
        self._take(PLAIN)
        return "".join(self._written)


class Change(ChopsUpdate):
    """Parts of lines; Textual would write each from the beginning of its widget."""

    def render_segments(self, console: Console) -> str:
        """Return what is written to the terminal."""
        pen = Pen(console)
        for y, begin, end in self.spans:
            for stop, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is None or x >= end or stop <= begin:
                    continue
                start = max(x, begin)
                if start > x or stop > end:
                    strip = strip.crop(start - x, min(stop, end) - x)
                pen.go(start, y)
                pen.write(strip)
        return pen.done()


class Whole(LayoutUpdate):
    """All lines."""

    def render_segments(self, console: Console) -> str:
        """Return what is written to the terminal."""
        pen = Pen(console)
        for y, line in enumerate(self.strips, self.region.y):
            pen.go(self.region.x, y)
            for strip in line:
                pen.write(strip)
        return pen.done()


class ThriftyCompositor(Compositor):
    """A compositor that writes no more than what changed."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Return what changed, or None where nothing did."""
        update = super().render_partial_update()
        return Change(update.chops, update.spans, update.chop_ends) if update is not None else None

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        """Return everything."""
        update = super().render_full_update(simplify)
        return Whole(update.strips, update.region)
