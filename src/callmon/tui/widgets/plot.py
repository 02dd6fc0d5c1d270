"""A line chart as rows of text: title, curves, limits, axes, gaps and marks; pure, it knows no screen.

A single curve takes the colour of the grade where it is beyond a limit. That it is beyond shows without
colour too, in the weight of the base line, and a gap in a base line that is broken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from callmon.engine.quality import Levels
from callmon.query import format as fmt
from callmon.tui.line import Line, Span, cells, clip, merged
from callmon.tui.widgets.braille import (
    BRAILLE,
    EMPTY,
    Frame,
    Glyphs,
    Point,
    Raster,
    blank,
    gaps,
    ink,
    pixel,
    ranks,
    tag,
    trace,
)

GUTTER = 5
"""Cells to the left of the axis, for its numbers."""

CURVE_ROLES = ("spark", "series2", "series3", "series4", "text", "dim")
"""The roles of the first curve and of those beside it."""

FRESH_S = 2.5
"""A curve that ends so shortly before the end of the time axis is not interrupted."""

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
_RANK_ROLES = ("faint", "fair", "poor")


@dataclass(frozen=True, slots=True)
class Curve:
    """One series: what it is called ('' where there is only one), and its points, oldest first.

    ``number`` is the place of its sample and its role among those that there are; None is its place in the chart.
    """

    name: str
    points: Sequence[Point]
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one moment; ``grave`` marks win where several share a cell."""

    at: float
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """Everything a chart shows, and nothing about where.

    ``metric`` is a key of ``METRICS`` and decides how numbers are written; ``scale`` is the least range of
    values that is shown, it grows where a value lies beyond it. ``levels`` are the limits that are drawn.
    ``origin`` is the start of the call when times count from there, None for the time of day. ``axis`` says
    whether the marks and the times are written below. ``when`` is what the value in the title is of. After
    ``ended`` nothing can come, so that nothing is missing there; where it begins, something is if
    the curves ``lapsed`` before.
    """

    metric: str
    title: str
    unit: str
    scale: tuple[float, float]
    since: float
    until: float
    curves: tuple[Curve, ...] = ()
    levels: Levels | None = None
    marks: tuple[Mark, ...] = ()
    origin: float | None = None
    axis: bool = True
    when: str = "now"
    ended: float | None = None
    lapsed: bool = False

    @property
    def numbers(self) -> list[int]:
        """The places of the curves' samples and roles among those that there are."""
        return [curve.number if curve.number is not None else n for n, curve in enumerate(self.curves)]


def grown(scale: tuple[float, float], curves: Sequence[Curve]) -> tuple[float, float]:
    """Return the range of values to show: ``scale``, or a round number beyond the greatest value."""
    low, high = scale
    top = max((value for curve in curves for _, value in curve.points if value == value), default=high)
    return (low, high) if top <= high else (low, _round_up(top))


def _round_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8) if step * power >= value), 10 * power)


def draw(figure: Figure, width: int, height: int, glyphs: Glyphs = BRAILLE) -> list[Line]:
    """Return ``height`` lines of ``width`` cells: title, curves, base line, with an axis marks and times."""
    figure = _aligned(figure, max(1, width - GUTTER - 1) * glyphs.across)
    return [_title(figure, width, glyphs), *body(figure, width, height - 1, glyphs)][:height]


def body(figure: Figure, width: int, height: int, glyphs: Glyphs = BRAILLE) -> list[Line]:
    """Return what stands below the title in ``height`` lines; the figure's time is taken as it is."""
    plot_width = max(1, width - GUTTER - 1)
    plot_height = max(1, height - (3 if figure.axis else 1))
    frame = Frame(figure.since, figure.until, *grown(figure.scale, figure.curves))
    columns, rows = plot_width * glyphs.across, plot_height * glyphs.down
    traces = [trace(curve.points, frame, columns, rows, figure.levels) for curve in figure.curves]
    raster = blank(plot_width, plot_height, glyphs)
    for index, drawn in enumerate(traces):
        ink(raster, drawn, index)
    if len(traces) > 1:
        tag(raster, traces, figure.numbers)
    found = ranks(traces, plot_width, glyphs.across)
    holes = gaps(found, math.ceil(FRESH_S * plot_width / ((figure.until - figure.since) or 1.0)))
    first = next((cell for cell, bad in enumerate(found) if bad != EMPTY), 0)
    if figure.lapsed and first > 1:
        holes = [(0, first), *holes]
    if figure.ended is not None:
        end = math.ceil((figure.ended - figure.since) * plot_width / ((figure.until - figure.since) or 1.0))
        holes = [(start, min(stop, max(start, end))) for start, stop in holes if start < end]
    ticks = time_ticks(figure, plot_width)
    if any(bad != EMPTY for bad in found):
        lines = _plot(figure, raster, frame, found, holes)
    else:
        lines = _nothing(plot_width, plot_height, glyphs)
    lines.append(_base(figure, found, holes, [cell for cell, _ in ticks], glyphs))
    if figure.axis:
        lines += [marks(figure, plot_width, glyphs), times(ticks, plot_width)]
    return lines[:height]


def _aligned(figure: Figure, columns: int) -> Figure:
    """Return the figure at whole pixel columns of time, so that a curve does not waver as time goes on."""
    span = (figure.until - figure.since) or 1.0
    until = math.ceil(round(figure.until * columns / span, 3)) * span / columns
    return replace(figure, since=until - span, until=until)


def _title(figure: Figure, width: int, glyphs: Glyphs) -> Line:
    """Return what is shown, in which unit, and each curve's number, name and newest value; names if all fit."""
    head: Span = (f"{figure.title} {figure.unit}".rstrip(), "title")
    when: Span = (f" {figure.when}", "dim")
    full: list[Span] = [head, when]
    brief: list[Span] = [head]
    for index, curve in enumerate(figure.curves):
        if curve.name and not curve.points:
            continue
        last = next(
            (value for at, value in reversed(curve.points) if value == value and at <= figure.until), None
        )
        value: Span = (f" {fmt.metric(figure.metric, last)}", "strong")
        number = figure.numbers[index]
        sample: Span = (
            f"  {glyphs.samples[number % len(glyphs.samples)]}",
            CURVE_ROLES[number % len(CURVE_ROLES)],
        )
        full += [sample, (f" {curve.name}", "dim"), value] if curve.name else [value]
        brief += [sample, value] if curve.name else [value]
    tries = (tuple(full), (head, when, *brief[1:]), tuple(brief))
    shown = clip(next((line for line in tries if cells(line) <= width), tries[-1]), width)
    return (*shown, (" " * (width - cells(shown)), "text"))


def _plot(
    figure: Figure, raster: Raster, frame: Frame, found: Sequence[int], holes: Sequence[tuple[int, int]]
) -> list[Line]:
    """Return the lines with the curves, each behind its number and axis."""
    labels, limits = _labels(figure, frame, raster)
    lines: list[Line] = []
    for row in range(raster.height):
        text, letter = labels.get(row, ("", raster.glyphs.axis))
        role = {"F": "fair", "P": "poor"}.get(letter, "")
        body = _cells(raster, row, found, limits.get(row), figure.numbers)
        for start, end in holes:
            note = "no data" if end - start >= 9 else "gap"
            shown = row == raster.height // 2 and end - start >= 5
            body[start:end] = [(char, "dim") for char in (note if shown else "").center(end - start)]
        lines.append(((f"{text:>{GUTTER}}", role or "dim"), (letter, role or "faint"), *merged(body)))
    return lines


def _labels(
    figure: Figure, frame: Frame, raster: Raster
) -> tuple[dict[int, tuple[str, str]], dict[int, tuple[str, str]]]:
    """Return the number and axis character of rows, and the dots and role of the limits in rows."""
    glyphs, pixels = raster.glyphs, raster.height * raster.glyphs.down
    labels: dict[int, tuple[str, str]] = {}
    limits: dict[int, tuple[str, str]] = {}
    levels = figure.levels
    for value, letter, role in ((levels.poor, "P", "poor"), (levels.fair, "F", "fair")) if levels else ():
        row, inner = divmod(pixel(value, frame, pixels), glyphs.down)
        if row in labels or not frame.low <= value <= frame.high:
            continue
        dot = glyphs.limit or glyphs.chars[glyphs.bits[0][inner]]
        dots = dot.ljust(2 if role == "poor" else 4) * raster.width
        labels[row], limits[row] = (_short(figure.metric, value), letter), (dots, "faint")
    labels.setdefault(0, (_short(figure.metric, frame.high), glyphs.notch))
    said = {_short(figure.metric, frame.low), *(text for text, _ in labels.values())}
    for value in _value_ticks(frame, raster.height):
        row, text = pixel(value, frame, pixels) // glyphs.down, _short(figure.metric, value)
        if not {row - 1, row, row + 1} & labels.keys() and row < raster.height - 1 and text not in said:
            labels[row] = (text, glyphs.notch)
            said.add(text)
    return labels, limits


def _short(metric: str, value: float) -> str:
    """Return a number for the axis: as its metric is written, without empty decimals, in few cells."""
    text = fmt.metric(metric, value)
    if "." in text and text[-1].isdigit():
        text = text.rstrip("0").rstrip(".")
    return text[:GUTTER]


def _value_ticks(frame: Frame, rows: int) -> list[float]:
    """Return round values inside the frame, about three rows apart."""
    wanted = rows // 3
    if wanted < 2:
        return []
    raw = (frame.high - frame.low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next((size * power for size in (1, 2, 2.5, 5) if size * power >= raw * 0.999), 10 * power)
    first = math.floor(frame.low / step) + 1
    return [n * step for n in range(first, math.ceil(frame.high / step))]


def _cells(
    raster: Raster, row: int, found: Sequence[int], limit: tuple[str, str] | None, numbers: Sequence[int]
) -> list[Span]:
    """Return the cells of one row: ink in its curve's role, the limit's dots between, else nothing.

    A single curve takes the role of the grade where it is beyond a limit; several keep their own, and carry
    their numbers.
    """
    chars, tags = raster.glyphs.chars, raster.tags
    roles = [CURVE_ROLES[number % len(CURVE_ROLES)] for number in numbers]
    body: list[Span] = []
    for cell, (bits, series) in enumerate(zip(raster.bits[row], raster.owner[row], strict=True)):
        if (row, cell) in tags:
            number, of = tags[row, cell]
            body.append((number, roles[of]))
        elif series == EMPTY:
            body.append((limit[0][cell], limit[1]) if limit is not None else (" ", "text"))
        elif len(numbers) == 1 and found[cell] > 0:
            body.append((chars[bits], _RANK_ROLES[found[cell]]))
        else:
            body.append((chars[bits], roles[series]))
    return body


def _nothing(width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Return the lines of a chart without a single value, and say so."""
    notes = ["no data" if row == height // 2 and width >= 7 else "" for row in range(height)]
    return [((" " * GUTTER, "dim"), (glyphs.axis, "faint"), (note.center(width), "dim")) for note in notes]


def _base(
    figure: Figure,
    found: Sequence[int],
    holes: Sequence[tuple[int, int]],
    ticks: Sequence[int],
    glyphs: Glyphs,
) -> Line:
    """Return the base line: heavier where a limit is broken, itself broken where nothing was measured."""
    weights = (glyphs.good, glyphs.fair, glyphs.poor)
    body = [(weights[max(0, bad)], _RANK_ROLES[max(0, bad)]) for bad in found]
    for cell in ticks if figure.axis else ():
        if found[cell] <= 0:
            body[cell] = (glyphs.tick, "faint")
    for start, end in holes:
        body[start:end] = [(glyphs.gap, "dim")] * (end - start)
    return (
        (f"{_short(figure.metric, figure.scale[0]):>{GUTTER}}", "dim"),
        (glyphs.corner, "faint"),
        *merged(body),
    )


def marks(figure: Figure, width: int, glyphs: Glyphs) -> Line:
    """Return the line of events under the base line; of those that share a cell the grave one shows."""
    per_second = width / ((figure.until - figure.since) or 1.0)
    body: list[Span] = [(" ", "text")] * width
    for mark in sorted(figure.marks, key=lambda mark: mark.grave):
        if figure.since <= mark.at <= figure.until:
            cell = min(width - 1, int((mark.at - figure.since) * per_second))
            body[cell] = (glyphs.marks[mark.grave], "poor" if mark.grave else "accent")
    some = any(role != "text" for _, role in body)
    return (("event" if some else " " * GUTTER, "dim"), (" ", "faint"), *merged(body))


def time_ticks(figure: Figure, width: int) -> list[tuple[int, str]]:
    """Return the cells of the time axis that have a time, with the time; at least one label's width apart."""
    span = (figure.until - figure.since) or 1.0
    room = 11 if figure.origin is None else 8
    step = next((step for step in _STEPS if step / span * width >= room), None)
    if step is None:
        return []
    origin = figure.origin if figure.origin is not None else 0.0
    first, last = math.ceil((figure.since - origin) / step), math.floor((figure.until - origin) / step)
    if figure.origin is not None:
        first = max(0, first)
    moments = [n * step + origin for n in range(first, last + 1)]
    return [(min(width - 1, int((at - figure.since) / span * width)), _time(figure, at)) for at in moments]


def _time(figure: Figure, at: float) -> str:
    return fmt.clock(at) if figure.origin is None else fmt.duration(at - figure.origin)


def times(ticks: Sequence[tuple[int, str]], width: int) -> Line:
    """Return the line of times, each in the middle under its tick, none cut off."""
    row = [" "] * width
    free = 0
    for cell, text in ticks:
        start = min(max(cell - len(text) // 2, 0), width - len(text))
        if start >= free:
            row[start : start + len(text)] = text
            free = start + len(text) + 1
    return ((" " * (GUTTER + 1), "faint"), ("".join(row), "dim"))
