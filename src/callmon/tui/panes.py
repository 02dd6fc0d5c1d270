"""Panes of a dashboard: bars, stretches of time and spreads as lines, each with a place for the cursor; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from callmon.model.metrics import METRICS
from callmon.query import format as fmt
from callmon.query.aggregate import MEASURED, SHARES, Bar, Spread, Wanted
from callmon.query.slots import Slot
from callmon.tui.line import Line, Span, cells, clip, fit, merged, shorten

GUTTER = 5
"""Cells to the left of a chart, for its greatest value."""

Stretch = tuple[float, float]
"""Two ends of a stretch of time in epoch seconds."""

Row = tuple[Line, str]
"""A line and the ground that it stands on."""

_BLOCKS = " ▁▂▃▄▅▆▇█"
_ASCII = " .:-=+*##"
HOLE = "╌", "?"
"""What marks a stretch of time in which nobody could hear the calls under way, and in plain signs."""

_BARS = {"ascii": ("#", "-")}
_USUAL_BARS = ("━", "─")
"""What of a bar had issues, and the rest: heavy and light, so that they differ without colour."""

ALL = Wanted("", ())
"""Every call."""


class Pane(Protocol):
    """A part of a dashboard; ``key`` names it, ``names`` are the places for the cursor."""

    @property
    def key(self) -> str:
        """What it is called in code."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """The places for the cursor."""
        ...

    @property
    def across(self) -> bool:
        """Whether the places lie side by side."""
        ...

    @property
    def height(self) -> int:
        """How many lines it has."""
        ...

    def rows(self, width: int, chosen: int | None) -> list[Row]:
        """Return its lines, with the cursor on a place or nowhere."""
        ...

    def place(self, chosen: int) -> int:
        """Return in which line a place is."""
        ...

    def detail(self, chosen: int) -> Line:
        """Return all there is to say of a place."""
        ...

    def wanted(self, chosen: int) -> tuple[Wanted, Stretch | None]:
        """Return which calls are behind a place, and when, where that is less than the whole span."""
        ...


def share(part: float, whole: float) -> str:
    """Return a share in percent, or the sign for unknown."""
    return f"{100 * part / whole:.0f} %" if whole else fmt.UNKNOWN


def counted(number: int, what: str, more: bool = False) -> str:
    """Return so many of something, or so many ``more``, in words."""
    one = {"calls": "call", "rooms": "room", "people": "person"}.get(what, what)
    return f"{fmt.count(number)} {'more ' if more else ''}{one if number == 1 else what}"


def titled(name: str, about: str, width: int) -> bool:
    """Return whether there is room for what a pane is about behind its name."""
    return len(about) + len(name) + 6 <= width


def title(name: str, about: str, width: int, chosen: bool) -> Row:
    """Return the line over a pane."""
    head: Line = (("▸ " if chosen else "─ ", "accent" if chosen else "faint"), (name, "title"), (" ", "text"))
    tail: Line = ((f" {about}", "dim"),) if about and titled(name, about, width) else ()
    rule = max(0, width - cells(head) - cells(tail))
    return (*head, ("─" * rule, "faint"), *tail), "page"


@dataclass(frozen=True, slots=True)
class BarPane:
    """Bars below one another; ``what`` is counted, ``hidden`` bars there is no room for."""

    key: str
    name: str
    bars: tuple[Bar, ...]
    what: str
    charts: str = "braille"
    hidden: int = 0

    @property
    def names(self) -> Sequence[str]:
        """The names of the bars."""
        return [bar.name for bar in self.bars]

    @property
    def across(self) -> bool:
        """Bars lie below one another."""
        return False

    @property
    def height(self) -> int:
        """The title, a line for each bar, and one for what is hidden, or for nothing."""
        return 1 + max(1, len(self.bars)) + (1 if self.hidden else 0)

    def place(self, chosen: int) -> int:
        """Return in which line a bar is."""
        return 1 + chosen

    def rows(self, width: int, chosen: int | None) -> list[Row]:
        """Return a line for each bar: name, count, the bar, and how many had issues."""
        every = all(bar.bad == bar.count for bar in self.bars)
        found = [title(self.name, "" if every else f"{self.what}, with issues", width, chosen is not None)]
        if not self.bars:
            return [*found, (((" nothing yet", "faint"),), "page")]
        most = max(bar.count for bar in self.bars)
        name = max(8, min(26, width * 2 // 5, max(len(bar.name) for bar in self.bars) + 1))
        size = max(4, len(fmt.count(most)) + 1)
        room = max(1, width - name - 2 * size - 8 if not every else width - name - size - 3)
        bad_sign, sign = _BARS.get(self.charts, _USUAL_BARS)
        for place, bar in enumerate(self.bars):
            long = max(1, round(room * bar.count / most))
            bad = round(long * bar.bad / bar.count) if bar.count else 0
            bad = max(bad, 1) if bar.bad else 0
            line: list[Span] = [
                (f" {fit(shorten(bar.name, name), name)}", "text" if bar.name != "unknown" else "dim"),
                (fit(fmt.count(bar.count), size, ">") + " ", "strong"),
                (bad_sign * bad, "poor" if bar.bad else "text"),
                (sign * (long - bad) + " " * (room - long), "spark"),
            ]
            if not every:
                percent = share(bar.bad, bar.count)
                line.append(
                    (fit(fmt.count(bar.bad) if bar.bad else "–", size, ">"), "fair" if bar.bad else "faint")
                )
                line.append((fit(percent if bar.bad else "", 6, ">"), "dim"))
            found.append((clip(tuple(line), width), "cursor" if place == chosen else "page"))
        if self.hidden:
            found.append((((f" … and {self.hidden} more", "faint"),), "page"))
        return found

    def detail(self, chosen: int) -> Line:
        """Return a bar in words."""
        bar = self.bars[chosen]
        return (
            (f"{self.name}: ", "dim"), (bar.name, "strong"),
            (f"  {counted(bar.count, self.what)}", "text"),
            (f", {fmt.count(bar.bad)} with issues ({share(bar.bad, bar.count)})", "fair" if bar.bad else "dim"),
            (f", in {counted(len(bar.calls), 'calls')}" if self.what != "calls" else "", "dim"),
        )  # fmt: skip

    def wanted(self, chosen: int) -> tuple[Wanted, Stretch | None]:
        """Return what selects the calls of a bar."""
        return self.bars[chosen].wanted, None


@dataclass(frozen=True, slots=True)
class TimePane:
    """Columns ``tall`` lines high, one for each stretch of time: a value, and below it another of it."""

    key: str
    name: str
    about: str
    slots: tuple[Slot, ...]
    value: Callable[[Slot], float]
    second: Callable[[Slot], float | None]
    words: Callable[[Slot], Line]
    second_top: float | None
    label: str
    bad: bool
    wants: Wanted = ALL
    charts: str = "braille"
    tall: int = 3
    hole: Callable[[Slot], bool] = lambda slot: slot.hole

    @property
    def names(self) -> Sequence[str]:
        """When each stretch begins."""
        return [f"{slot.since:.3f}" for slot in self.slots]

    @property
    def across(self) -> bool:
        """Stretches of time lie side by side."""
        return True

    @property
    def height(self) -> int:
        """The title, the columns, what is below them, and the times."""
        return 1 + self.tall + 2

    def place(self, chosen: int) -> int:
        """Return the line in the middle: the pane is one thing."""
        return 2

    def rows(self, width: int, chosen: int | None) -> list[Row]:
        """Return the columns, the line below them, and the times with the place of the cursor."""
        found = [title(self.name, self.about, width, chosen is not None)]
        values = [self.value(slot) for slot in self.slots]
        top = max([1.0, *values])
        for row in range(self.tall):
            label = fmt.count(round(top)) if row == 0 else ""
            line: Line = (
                (fit(label, GUTTER - 1, ">") + " ", "dim"),
                *self._columns(values, top, row),
            )
            found.append((line, "page"))
        found.append((self._below(), "page"))
        found.append((self._times(width, chosen), "page"))
        return [(clip(line, width), ground) for line, ground in found]

    def _columns(self, values: Sequence[float], top: float, row: int) -> list[Span]:
        signs = _ASCII if self.charts == "ascii" else _BLOCKS
        below = self.tall - 1 - row
        body: list[Span] = []
        for value, slot in zip(values, self.slots, strict=True):
            if self.hole(slot):
                body.append((" " if below else HOLE[self.charts == "ascii"], "dim"))
                continue
            eighths = round(value / top * self.tall * 8) - below * 8
            eighths = max(1, eighths) if value > 0 and below == 0 else eighths
            body.append((signs[max(0, min(8, eighths))], "spark"))
        return merged(body)

    def _below(self) -> Line:
        """Return the second value of each stretch in one line, on its own scale; unknown is nothing."""
        signs = _ASCII if self.charts == "ascii" else _BLOCKS
        values = [self.second(slot) for slot in self.slots]
        top = self.second_top or max([1.0, *(value for value in values if value is not None)])
        text = "".join(
            " " if value is None else signs[max(1 if value > 0 else 0, min(8, round(value / top * 8)))]
            for value in values
        )
        label = self.label if any(value is not None for value in values) else ""
        return ((fit(label, GUTTER - 1, ">") + " ", "dim"), (text, "poor" if self.bad else "series2"))

    def _times(self, width: int, chosen: int | None) -> Line:
        """Return when it begins and ends, and where the cursor is."""
        count = len(self.slots)
        if not count:
            return ()
        begin, end = fmt.clock(self.slots[0].since)[:5], fmt.clock(self.slots[-1].until)[:5]
        if chosen is not None and chosen < len(begin) + 1:
            begin = " " * len(begin)
        if chosen is not None and chosen >= count - len(end) - 1:
            end = " " * len(end)
        row = fit(begin + " " * max(0, count - len(begin) - len(end)) + end, count)
        spans: list[Span] = [(" " * GUTTER, "dim")]
        if chosen is None:
            return (*spans, (row, "dim"))
        return (*spans, (row[:chosen], "dim"), ("▲", "accent"), (row[chosen + 1 :], "dim"))

    def detail(self, chosen: int) -> Line:
        """Return a stretch of time in words."""
        slot = self.slots[chosen]
        when = f"{fmt.clock(slot.since)} to {fmt.clock(slot.until)}  "
        return ((when, "dim"), *self.words(slot))

    def wanted(self, chosen: int) -> tuple[Wanted, Stretch | None]:
        """Return that the calls are meant which were under way then."""
        return self.wants, (self.slots[chosen].since, self.slots[chosen].until)


@dataclass(frozen=True, slots=True)
class SpreadPane:
    """A line for each provider: of each metric the middle value and a bad one."""

    key: str
    name: str
    spreads: tuple[Spread, ...]
    grade: Callable[[str, float | None], str]

    @property
    def names(self) -> Sequence[str]:
        """The providers."""
        return [spread.provider for spread in self.spreads]

    @property
    def across(self) -> bool:
        """Providers lie below one another."""
        return False

    @property
    def height(self) -> int:
        """The title, the heads, and the providers."""
        return 2 + max(1, len(self.spreads))

    def place(self, chosen: int) -> int:
        """Return in which line a provider is."""
        return 2 + chosen

    def rows(self, width: int, chosen: int | None) -> list[Row]:
        """Return the metrics that there is room for, each with two values."""
        found = [title(self.name, self._about(width), width, chosen is not None)]
        name = max(8, min(12, width // 4))
        shown = MEASURED[: max(1, (width - name - 1) // 10)]
        size = min(14, (width - name - 1) // len(shown))
        head = "".join(fit(f"{METRICS[key].title} {METRICS[key].unit}".strip(), size, ">") for key in shown)
        found.append((((f" {fit('', name)}{head}", "dim"),), "page"))
        for place, spread in enumerate(self.spreads):
            spans: list[Span] = [(f" {fit(shorten(spread.provider, name), name)}", "text")]
            for key in shown:
                middle, bad = spread.values[key]
                spans.append((fit(fmt.metric(key, middle), size - 5, ">"), self.grade(key, middle)))
                spans.append((fit(fmt.metric(key, bad), 5, ">"), self.grade(key, bad)))
            found.append((clip(tuple(spans), width), "cursor" if place == chosen else "page"))
        return found if self.spreads else [*found, (((" nothing yet", "faint"),), "page")]

    def _about(self, width: int) -> str:
        """Return which values these are, and where there is room of how many calls they are no longer heard."""
        words = " and ".join(f"p{100 * one:.0f}" for one in SHARES)
        lost = sum(spread.unheard for spread in self.spreads)
        if not lost:
            return words
        every = counted(sum(spread.calls for spread in self.spreads), "calls")
        said = f"{words}; {fmt.count(lost)} of {every} not heard now"
        return said if titled(self.name, said, width) else words

    def detail(self, chosen: int) -> Line:
        """Return all metrics of a provider."""
        spread = self.spreads[chosen]
        spans: list[Span] = [(spread.provider, "strong"), (f"  {counted(spread.calls, 'calls')}", "text")]
        spans += [(f", {fmt.count(spread.unheard)} of them not heard now", "fair")] if spread.unheard else []
        for key in MEASURED:
            middle, bad = spread.values[key]
            spans.append((f"  {METRICS[key].title} ", "dim"))
            spans.append((f"{fmt.metric(key, middle)} / {fmt.measure(key, bad, METRICS[key].unit)}", "text"))
        return tuple(spans)

    def wanted(self, chosen: int) -> tuple[Wanted, Stretch | None]:
        """Return what selects the calls of a provider."""
        return self.spreads[chosen].wanted, None
