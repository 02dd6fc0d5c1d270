"""What goes to the terminal when something changed: the parts that did, each colour said once, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import Compositor, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

Look = tuple[str, str, str]
"""A style as codes of a terminal: weights, colour, ground; '' for what the terminal does by itself."""

Extent = tuple[int, int, int]
"""A part of a line: its row, and from which cell to which."""

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


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line as it looks now, and where it begins."""

    y: int
    x: int
    strip: Strip


class Change(CompositorUpdate):
    """Parts of lines, from the top to the bottom and from the left to the right."""

    def __init__(self, parts: Sequence[Part]) -> None:
        """Write parts of lines."""
        self.parts = parts

    def render_segments(self, console: Console) -> str:
        """Return what is written to the terminal."""
        pen = Pen(console)
        for part in self.parts:
            pen.go(part.x, part.y)
            pen.write(part.strip)
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


class Narrow:
    """A widget that draws a few cells of its lines at less cost than whole lines, which are cut otherwise."""


@dataclass(slots=True)
class _Shown:
    """A widget with the part of the screen in which it is seen, and what of it is to be drawn: y, from x, to x."""

    widget: Widget
    region: Region
    seen: Region
    wanted: list[Extent] = field(default_factory=list)

    def take(self, y: int, open_: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Take what is its own of some cells of a line; return what is left for those behind it."""
        left, right, rest = self.seen.x, self.seen.right, []
        for start, stop in open_:
            begin, end = max(start, left), min(stop, right)
            if begin >= end:
                rest.append((start, stop))
                continue
            self.wanted.append((y, begin, end))
            if start < begin:
                rest.append((start, begin))
            if end < stop:
                rest.append((end, stop))
        return rest

    def parts(self) -> Iterator[Part]:
        """Draw what was taken, lines below one another at once."""
        left, top, width, _ = self.region
        narrow = isinstance(self.widget, Narrow)
        for group in _blocks(self.wanted, narrow):
            begin, end = group[0][1:] if narrow else (left, left + width)
            first, last = group[0][0], group[-1][0]
            strips = self.widget.render_lines(
                Region(begin - left, first - top, end - begin, last - first + 1)
            )
            for y, start, stop in group:
                strip = strips[y - first]
                whole = start == begin and stop == end
                yield Part(y, start, strip if whole else strip.crop(start - begin, stop - begin))


def _blocks(wanted: Sequence[Extent], alike: bool) -> Iterator[Sequence[Extent]]:
    """Return parts of lines in groups of lines that follow one another; ``alike``: and are in the same cells."""
    begun = 0
    for place in range(1, len(wanted) + 1):
        before, now = wanted[place - 1], wanted[place] if place < len(wanted) else None
        if now is None or now[0] - before[0] > 1 or (alike and now[1:] != before[1:]):
            yield wanted[begun:place]
            begun = place


class ThriftyCompositor(Compositor):
    """A compositor that draws and writes no more than what changed."""

    def render_partial_update(self) -> Change | None:  # type: ignore[override]  # it has another way to say it
        """Return what changed, or None where nothing did."""
        regions = self._dirty_regions.copy()
        self._dirty_regions.clear()
        spans = list(self._regions_to_spans(regions))
        return Change(self._parts(Region.from_union(regions), spans)) if spans else None

    def _parts(self, around: Region, spans: Sequence[Extent]) -> list[Part]:
        """Draw parts of lines, each by the foremost widget that is there; all of them lie in one region."""
        there = [
            _Shown(widget, region, seen)
            for widget, (region, clip) in self.visible_widgets.items()
            if (seen := region.intersection(clip)).overlaps(around)
        ]
        row, behind = -1, there
        for y, start, stop in spans:
            if y != row:
                row, behind = y, [shown for shown in there if shown.seen.y <= y < shown.seen.bottom]
            left = [(start, stop)]
            for shown in behind:
                left = shown.take(y, left)
                if not left:
                    break
        found = [part for shown in there for part in shown.parts()]
        return sorted(found, key=lambda part: (part.y, part.x))

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        """Return everything."""
        update = super().render_full_update(simplify)
        return Whole(update.strips, update.region)
