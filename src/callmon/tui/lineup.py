"""Several calls as lines: who they are, what happened to them on the time axis, and their values without charts."""

from __future__ import annotations

from collections.abc import Sequence

from callmon.engine.call import Call, Moment
from callmon.query import format as fmt
from callmon.query.columns import name_of, reason_text, state_word
from callmon.query.course import Aspect
from callmon.tui import figures
from callmon.tui.comparison import BARE, Comparison, Member, Reach, Scene
from callmon.tui.dossier import grave, reason_window
from callmon.tui.line import Line, Span, cells, clip, cut, fit, shorten, spread
from callmon.tui.rows import badge_of, state_span
from callmon.tui.widgets.grid import GAP, crossed, shares
from callmon.tui.widgets.plot import GUTTER, Figure, Mark, marks, time_ticks, times

BESIDE = 36
"""Cells that a call needs to stand beside others."""

TITLE, VALUE = 10, 10
"""Cells of the name of a chart, and of the value of each call after it."""

NARROW = 100
"""On a screen that is narrower than this, calls stand over each other."""


NAMED = 16
"""Cells that the name of a call has before its reason says more."""


def across(width: int, count: int) -> int:
    """Return how many of some calls stand beside each other; the rows are as even as can be."""
    most = 1 if width < NARROW else max(1, (width + GAP) // (BESIDE + GAP))
    rows = -(-count // most)
    return -(-count // rows)


def overlaid(width: int, count: int, charts: int) -> int:
    """Return how many charts of ``count`` calls stand beside each other, so that all values fit into their titles."""
    return max(1, min(figures.columns(width, charts), (width + GAP) // (TITLE + VALUE * count + GAP)))


def tops(scene: Scene, width: int, columns: int, focus: int) -> list[Line]:
    """Return badge, reason, name, state and duration of each call, over the column in which its charts are."""
    if scene.over or columns == 1:
        return [_wide_top(scene, one, width, focus) for one in scene.members]
    share = shares(width, columns)
    lines: list[Line] = []
    for begin in range(0, len(scene.members), columns):
        row = [_top(scene, one, share, focus) for one in scene.members[begin : begin + columns]]
        lines += [_beside([pair[n] for pair in row], share) for n in range(2)]
    return lines


def _beside(parts: Sequence[Line], share: int) -> Line:
    """Return lines beside each other, each in a column."""
    line: Line = ()
    for number, part in enumerate(parts):
        part = clip(part, share)
        pad = share - cells(part) + (GAP if number < len(parts) - 1 else 0)
        line = (*line, *part, (" " * pad, "text"))
    return line


def _badge(scene: Scene, one: Member, focus: int, room: int = 0) -> tuple[Span, ...]:
    """Return whether the keys go to a call, its number, its badge and its reason.

    Where that fits into ``room`` it also says over how long the reason's value is: the charts have those of now.
    """
    number, role = one.sign
    sample = scene.glyphs.samples[one.place] if scene.over else number
    reason = reason_text(one.call)
    sign, sign_role = badge_of(one.call)
    head: tuple[Span, ...] = (
        ("▸" if one.place == focus else " ", "accent"),
        (sample, role),
        (f" {sign}", sign_role),
        *([(f" {reason}", one.call.grade.value)] if reason and reason != state_word(one.call) else []),
    )
    window = reason_window(one.call)
    over: tuple[Span, ...] = ((f" over {window}", "dim"),) if window else ()
    return (*head, *over) if cells((*head, *over)) <= room else head


def _standing(one: Member, now: float) -> Line:
    call = one.call
    return (
        state_span(call, "dim"),
        (" · ", "faint"),
        (fmt.duration(call.duration_s(now)), "text"),
    )


def _named(scene: Scene, one: Member, room: int, focus: int) -> Line:
    """Return the name of a call; what it is to the others before it."""
    word = "baseline " if one.place == scene.baseline else ""
    role = "match" if one.place == focus else "strong"
    return ((word, "accent"), (shorten(name_of(one.call), max(5, room - len(word))), role))


def _top(scene: Scene, one: Member, width: int, focus: int) -> tuple[Line, Line]:
    end = _standing(one, scene.now)
    first = spread(_badge(scene, one, focus, width - cells(end) - 2), end, width, 1)
    return first, ((" ", "text"), *_named(scene, one, width - 2, focus))


def _wide_top(scene: Scene, one: Member, width: int, focus: int) -> Line:
    end = _standing(one, scene.now)
    if width >= 60:
        end = ((one.call.provider, "dim"), (" · ", "faint"), *end)
    head = _badge(scene, one, focus, width - cells(end) - 4 - NAMED)
    room = max(8, width - cells(head) - cells(end) - 4)
    return spread((*head, ("  ", "text"), *_named(scene, one, room, focus)), end, width)


def axis(scene: Scene, width: int, columns: int, listed: int) -> list[Line]:
    """Return what stands below the charts: the events of each call, the times, and the latest events in words."""
    share = shares(width, columns)
    groups = _groups(scene, columns)
    cell = scene.clock.column(scene.cursor)
    bar = scene.glyphs.axis
    lines: list[Line] = []
    for n in range(max(len(group) for group in groups)):
        parts = [_marks(scene, group[n], share) if n < len(group) else () for group in groups]
        if cell is not None:
            parts = [crossed(part, GUTTER + 1 + cell, bar) for part in parts]
        lines.append(_beside(parts, share))
    lines.append(_beside([_times(scene, share)] * columns, share))
    return lines + (_listed(scene, width, columns, listed) if listed else [])


def mark_lines(scene: Scene, columns: int) -> int:
    """Return how many lines there are with events of calls."""
    return max(len(group) for group in _groups(scene, columns))


def _groups(scene: Scene, columns: int) -> list[list[tuple[Member, ...]]]:
    """Return, by column, whose events share a line; of very many calls all of them do."""
    if scene.over or columns == 1:
        each: list[tuple[Member, ...]] = [(one,) for one in scene.members]
        return [each if len(each) <= 3 else [scene.members]] * columns
    return [[(one,) for one in scene.members[column::columns]] for column in range(columns)]


def _figure(scene: Scene, found: Sequence[Mark] = ()) -> Figure:
    origin = 0.0 if scene.clock.since_start else None
    clock = scene.clock
    return Figure("", "", "", (0, 1), clock.since, clock.until, marks=tuple(found), origin=origin)


def _marks(scene: Scene, group: Sequence[Member], width: int) -> Line:
    """Return the events of some calls on the time axis."""
    found = [
        Mark(moment.at - scene.clock.origin(one.call), grave(moment))
        for one in group
        for moment in one.call.timeline
        if moment.at <= scene.now
    ]
    line = marks(_figure(scene, found), max(1, width - GUTTER - 1), scene.glyphs)
    if len(group) > 1:
        return line
    label = fit(f"{group[0].sign[0]} ev", GUTTER - 1) + " "
    return ((label[0], group[0].sign[1]), (label[1:] + " ", "dim"), *line[2:])


def _times(scene: Scene, width: int) -> Line:
    """Return the times of the axis; that of the cursor stands out, and those that it covers give way."""
    plot = max(1, width - GUTTER - 1)
    line = times(time_ticks(_figure(scene), plot), plot)
    cell = scene.clock.column(scene.cursor)
    if cell is None or scene.cursor is None:
        return line
    text = moment_text(scene, scene.cursor)
    row = line[1][0]
    start = min(max(cell - len(text) // 2, 0), max(0, plot - len(text)))
    left, right = row[:start], row[start + len(text) :]
    if left and left[-1] != " ":
        left = left[: left.rstrip().rfind(" ") + 1].ljust(start)
    if right and right[0] != " ":
        tail = right.find(" ")
        right = " " * len(right) if tail < 0 else " " * tail + right[tail:]
    return (line[0], (left, "dim"), (text, "match"), (right, "dim"))


def moment_text(scene: Scene, moment: float) -> str:
    """Return a moment of the shared clock as text."""
    return f"+{fmt.duration(moment)}" if scene.clock.since_start else fmt.clock(moment)


def shown(scene: Scene, there: Reach, seconds: float) -> Line:
    """Return the clock and the part of time that is shown, or the moment of the cursor, in words."""
    if scene.cursor is not None:
        part = f"at {moment_text(scene, scene.cursor)}"
    elif not seconds or there.end - there.begin <= seconds:
        part = "whole calls"
    else:
        part = f"the {'first' if scene.clock.since_start else 'last'} {figures.span_words(seconds)}"
    return ((part, "strong"), (", since each began" if scene.clock.since_start else ", by the clock", "dim"))


def _listed(scene: Scene, width: int, columns: int, count: int) -> list[Line]:
    """Return the latest events up to the cursor, each call's own below its charts where calls stand in one row."""
    if not scene.over and columns > 1 and len(scene.members) <= columns:
        share = shares(width, columns)
        found = [_events(scene, (one,), count) for one in scene.members]
        own = [[clip(line, share) for line in lines] for lines in found]
        return [_beside([lines[n] if n < len(lines) else () for lines in own], share) for n in range(count)]
    lines = [clip(line, width) for line in _events(scene, scene.members, count)]
    return lines + [()] * (count - len(lines))


def shared(count: int, left_out: int, order: str = "") -> Line:
    """Return in words how many of the calls that were to be compared are, which, and that the others are not.

    ``order`` is that of which they are the first, '' where they were marked one by one.
    """
    which = f"the first {count}, {order}" if order else f"the first {count} that were marked"
    return (
        (f"{count} of {count + left_out} compared", "strong"),
        (f": {which}; {left_out} left out", "dim"),
    )


def happened(scene: Scene, count: int) -> list[Line]:
    """Return the newest events of all calls up to the cursor."""
    return _events(scene, scene.members, count)


def _events(scene: Scene, group: Sequence[Member], count: int) -> list[Line]:
    """Return the newest events of some calls, the latest first; those under the cursor stand out."""
    now, cursor = scene.clock, scene.cursor
    edge = (now.number(cursor) + 1) * now.cell if cursor is not None else float("inf")
    found: list[tuple[float, Member, Moment]] = []
    for one in group:
        origin = now.origin(one.call)
        own = [(moment.at - origin, one, moment) for moment in one.call.timeline if moment.at <= scene.now]
        found += [entry for entry in own if entry[0] < edge]
    found.sort(key=lambda entry: entry[0], reverse=True)
    lines: list[Line] = []
    for at, one, moment in found[:count]:
        bad = grave(moment)
        here = cursor is not None and now.number(at) == now.number(cursor)
        lines.append(
            (
                (f"{one.sign[0]} " if len(group) > 1 else "", one.sign[1]),
                (fit(moment_text(scene, at), 8, ">"), "strong" if here else "dim"),
                (f" {scene.glyphs.marks[bad]} ", "poor" if bad else "accent"),
                (moment.text, "strong" if here else "text"),
            )
        )
    return lines


def values(
    comparison: Comparison, scene: Scene, found: Sequence[Aspect], width: int, focus: int
) -> list[Line]:
    """Return one line for each call with its values: what there is room for where there is none for charts."""
    room, shown = width - 6 - 8, []
    for aspect in found:
        size = 6 if aspect.metric.endswith("_bps") else 5
        if room >= size + 1:
            shown.append((aspect, size))
            room -= size + 1
    head = "".join(" " + fit(aspect.short or aspect.title, size, ">") for aspect, size in shown)
    when = figures.when([one.call for one in scene.members]) if scene.cursor is None else ""
    lines: list[Line] = [((fit(f"  {when}", 6), "dim"), (head, "title"), ("  Call", "title"))]
    for one in scene.members:
        spans: list[Span] = list(_badge(scene, one, focus)[:3])
        for aspect, size in shown:
            text, role = comparison.reading(scene, one, aspect, BARE)[0]
            spans.append((" " + fit(text, size, ">"), role))
        used = cells(tuple(spans))
        name = cut(name_of(one.call), max(1, width - used - 2))
        spans.append((f"  {name}", "match" if one.place == focus else "strong"))
        lines.append(clip(tuple(spans), width))
    return lines


def copied(comparison: Comparison, scene: Scene, found: Sequence[Aspect]) -> str:
    """Return the values of all calls as text."""
    at = moment_text(scene, scene.cursor) if scene.cursor is not None else fmt.clock(scene.now)
    rows = [f"at {at}"]
    for one in scene.members:
        call: Call = one.call
        head = " ".join(
            part for part in (badge_of(call)[0], reason_text(call), name_of(call), call.id) if part
        )
        told = ", ".join(
            f"{aspect.title} {''.join(text for text, _ in comparison.reading(scene, one, aspect))}"
            for aspect in found
        )
        rows.append(f"{one.sign[0]} {head}: {told}")
    return "\n".join(rows)
