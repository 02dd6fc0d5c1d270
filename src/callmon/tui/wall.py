"""The wallboard as lines, for any size: totals by grade, the worst calls, the trend of issues, the sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from callmon.board import Board
from callmon.engine.call import Call
from callmon.engine.quality import Grade
from callmon.query import format as fmt
from callmon.query.aggregate import Figures
from callmon.query.columns import BADGES, counted_grade, issue_text, name_of, reason_text
from callmon.tui import digits
from callmon.tui.line import Line, Span, cells, clip, fit, join, shorten, spread
from callmon.tui.panes import HOLE, share
from callmon.tui.rows import badge_of
from callmon.tui.status import in_trouble, source_line

ORDER = (Grade.POOR, Grade.FAIR, Grade.GOOD, Grade.UNKNOWN)

WIDE = 110
"""From this width on the trend stands beside the worst calls."""

GAP = 2
"""Cells between what stands at the left of the first line and what stands at its right."""

HIGHEST = 20
"""Lines that the trend takes at most."""

ROOMY = 56
"""From this width on there is room for more than the fewest words."""

LOUD = 0.25
"""From this share of calls with issues on, the trend is as loud as a poor call; below it stays calm."""

_BLOCKS, _ASCII = " ▁▂▃▄▅▆▇█", " .:-=+*##"


@dataclass(frozen=True, slots=True)
class Wall:
    """What a wallboard shows: the board, the worst calls in their order, the figures (None: not yet), characters."""

    board: Board
    worst: Sequence[Call]
    figures: Figures | None
    charts: str
    label: Line = ()


def needy(calls: Sequence[Call]) -> list[Call]:
    """Return the calls that somebody should look at: live ones that are not good, or have a critical issue."""
    return [
        call
        for call in calls
        if not call.over
        and (
            call.grade in (Grade.POOR, Grade.FAIR)
            or call.state == "stale"
            or any(issue.severity == "critical" for issue in call.open_issues())
        )
    ]


def wall(shown: Wall, width: int, height: int) -> list[Line]:
    """Return ``height`` lines of at most ``width`` cells."""
    size = digits.HUGE if height >= 30 and width >= 90 else digits.BIG if height >= 16 and width >= 40 else 0
    top = [_head(shown, width), *([()] if height >= 14 else []), *_totals(shown, width, size)]
    foot = _sources(shown, width, max(1, min(4, height // 12)))
    room = height - len(top) - len(foot) - (2 if height >= 14 else 0)
    middle = _middle(shown, width, max(0, room))
    gap: list[Line] = [()] if height >= 14 else []
    body = [*top, *gap, *middle]
    lines = body + [()] * (height - len(body) - len(foot)) + foot
    return [clip(line, width) for line in lines[:height]]


def _head(shown: Wall, width: int) -> Line:
    calls = shown.board.calls()
    live = sum(not call.over for call in calls)
    first: Line = ((fmt.count(live), "strong"), (" live", "dim"))
    over: Line = ((fmt.count(len(calls) - live), "text"), (" over", "dim"))
    right: Line = (*shown.label, (fmt.clock(shown.board.now())[:5], "strong"))
    forms: list[tuple[Line, ...]] = [(first, over)]
    if shown.figures is not None:
        bad: Span = (share(shown.figures.bad_calls, shown.figures.calls), "text")
        long: Line = (bad, (" of all had issues", "dim"))
        short: Line = (bad, (" had issues", "dim"))
        forms = [
            (first, over, long),
            (first, over, short),
            (first, short),
            (first, (bad, (" issues", "dim"))),
        ]
    lines = [join(form, (" · ", "faint")) for form in forms]
    fitting = (line for line in lines if cells(line) + GAP + cells(right) <= width)
    return spread(next(fitting, lines[-1]), right, width, GAP)


def _totals(shown: Wall, width: int, size: int) -> list[Line]:
    """Return the number of live calls of each grade, as big as there is room for."""
    counts = Counter(counted_grade(call) for call in shown.board.calls() if not call.over)
    if not size:
        parts: list[Line] = []
        for grade in ORDER:
            shape, letter, word = BADGES[grade]
            role = grade.value if counts[grade] else "faint"
            text = f"{shape} {letter} {fmt.count(counts[grade])}" + (f" {word}" if width >= ROOMY else "")
            parts.append(((text, role),))
        return [join(parts, ("   " if width >= 34 else " ", "text"))]
    share_ = width // len(ORDER)
    blocks = {grade: digits.big(str(counts[grade]), size, shown.charts) for grade in ORDER}
    if any(len(rows[0]) + 2 > share_ for rows in blocks.values()):
        return _totals(shown, width, digits.BIG if size > digits.BIG else 0)
    lines: list[Line] = []
    for row in range(digits.lines(size, shown.charts)):
        spans = [
            (fit(blocks[grade][row], share_), grade.value if counts[grade] else "faint") for grade in ORDER
        ]
        lines.append(tuple(spans))
    names = {grade: " ".join(BADGES[grade]) for grade in ORDER}
    *others, last = names.values()
    if max(map(len, others)) >= share_ or len(last) > width - len(others) * share_:
        names = {grade: " ".join(BADGES[grade][:2]) for grade in ORDER}
    # The last one has no neighbour to run into.
    heads = [
        (name if grade is ORDER[-1] else fit(name, share_), grade.value if counts[grade] else "dim")
        for grade, name in names.items()
    ]
    return [*lines, tuple(heads)]


def _middle(shown: Wall, width: int, room: int) -> list[Line]:
    """Return the worst calls and the trend, beside or below one another, as there is room."""
    if width >= WIDE and room >= 5:
        left = width * 3 // 5
        right = width - left - 3
        calls, trend = _worst(shown, left, room), _trend(shown, right, min(room, HIGHEST))
        lines: list[Line] = []
        for n in range(max(len(calls), len(trend))):
            one, other = (calls[n] if n < len(calls) else ()), (trend[n] if n < len(trend) else ())
            one = clip(one, left)
            lines.append((*one, (" " * (left - cells(one) + 3), "text"), *other))
        return lines
    tall = 6 if room >= 16 else 4 if room >= 10 else 0
    calls = _worst(shown, width, room - tall - (1 if tall else 0))
    if not tall:
        return calls
    # What the calls leave is the trend's.
    return [*calls, (), *_trend(shown, width, min(HIGHEST, max(tall, room - len(calls) - 1)))]


def _worst(shown: Wall, width: int, room: int) -> list[Line]:
    """Return the worst calls with their reasons under a title, or that all is well."""
    found, calls = shown.worst, shown.board.calls()
    count = sum(call.unheard for call in calls)
    unheard = f"{fmt.count(count)} not heard now: shown as they were" if count else ""
    if not found and room > 0:
        live = any(not call.over for call in calls)
        if unheard:
            return [(("◌ ", "fair"), (f"{unheard}.", "strong"))]
        over = f"No call is live; {fmt.count(len(calls))} {'is' if len(calls) == 1 else 'are'} over."
        word = "All is well: no call needs a look." if live else over if calls else "No calls yet."
        return [(("✓ " if live else "", "good"), (word, "strong"))]
    more = len(found) - (room - 1)
    head: Line = (
        ("Worst now", "title"),
        (f"  {fmt.count(len(found))} need a look" if more > 0 else "", "dim"),
        *([(f"  ◌ {unheard}", "fair")] if unheard else []),
    )
    lines: list[Line] = [head] if room >= 4 else []
    name = max(14, min(34, width * 2 // 5))
    for call in found[: room - len(lines)]:
        badge, role = badge_of(call)
        reason = reason_text(call) or issue_text(call)
        spans: list[Span] = [
            (f"{badge} ", role),
            (fit(shorten(name_of(call), name), name), "strong" if call.grade is Grade.POOR else "text"),
            (f" {fit(reason, min(26, max(0, width - name - 5)))}", role),
        ]
        issue = issue_text(call)
        if width - name >= 52 and issue != reason:
            spans.append((f" {issue}", "dim"))
        lines.append(clip(tuple(spans), width))
    return lines


def _trend(shown: Wall, width: int, tall: int) -> list[Line]:
    """Return as columns which share of the calls under way had an issue then, with its greatest value and times."""
    found = shown.figures
    if found is None or tall < 3 or not found.slots:
        return []
    shares = [slot.bad_calls / slot.calls if slot.calls else None for slot in found.slots]
    gutter = 5
    room = max(1, width - gutter)
    wide = max(1, room // len(shares))
    signs = _ASCII if shown.charts == "ascii" else _BLOCKS
    missing = " ", HOLE[shown.charts == "ascii"]
    # An even scale that is not redrawn for every small change: the next of these shares above the greatest.
    most = max((one for one in shares if one is not None), default=0.0)
    top = next((one for one in (0.05, 0.1, 0.25, 0.5, 1.0) if most <= one), 1.0)
    last = next((one for one in reversed(shares) if one is not None), None)
    when = (
        "last"
        if next((slot.hole for slot in reversed(found.slots) if slot.calls or slot.hole), False)
        else "now"
    )
    now = f"  {when} {share(last, 1.0)}" if last is not None else ""
    lines: list[Line] = [(("Calls under way with issues", "title"), (now, "strong"))]
    rows = tall - 2
    for row in range(rows):
        below = rows - 1 - row
        text = ""
        for one, slot in zip(shares, found.slots, strict=True):
            eighths = round((one or 0.0) / top * rows * 8) - below * 8
            sign = missing[row == rows - 1 and slot.hole] if one is None else signs[max(0, min(8, eighths))]
            text += sign * wide
        label = f"{100 * top:.0f}%" if row == 0 else "0%" if row == rows - 1 else ""
        lines.append(
            (
                (fit(label, gutter - 1, ">") + " ", "dim"),
                (text[:room], "poor" if (last or 0.0) >= LOUD else "fair"),
            )
        )
    begin, end = fmt.clock(found.slots[0].since)[:5], fmt.clock(found.slots[-1].until)[:5]
    length = min(room, wide * len(shares))
    lines.append(((" " * gutter + begin + " " * max(1, length - 10) + end, "dim"),))
    return lines


def _sources(shown: Wall, width: int, most: int) -> list[Line]:
    """Return the health of the sources, those in trouble first, in so many lines at most."""
    found = sorted(shown.board.sources(), key=lambda source: not in_trouble(source))
    now = float(int(shown.board.now()))
    bad = sum(in_trouble(source) for source in found)
    head: Line = ((f"▲ {bad} down ", "poor"),) if bad else (("● sources ", "good"),)
    lines: list[Line] = []
    line = head
    for place, source in enumerate(found):
        part = source_line(source, now)
        if cells(line) + cells(part) + 3 > width and place:
            lines.append(line)
            line = ()
            if len(lines) >= most:
                hidden = len(found) - place
                lines[-1] = spread(lines[-1], ((f"+{hidden}", "dim"),), width)
                return lines
        line = (*line, *((("  ", "text"),) if line else ()), *part)
    return [*lines, line] if line else lines
