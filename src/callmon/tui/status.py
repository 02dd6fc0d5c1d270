"""Words about all calls and all sources: totals, trouble, how to send frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callmon.board import Board
from callmon.engine.call import Call
from callmon.engine.quality import Grade
from callmon.model.health import SourceHealth
from callmon.query import format as fmt
from callmon.query.columns import BADGES, NOT_HEARD, counted_grade
from callmon.tui.line import Line, Span, cells, join

QUIET_LAG_S = 5.0
"""A source that brought a frame within this time is not said to lag."""

STATE_ROLES = {"ok": "good", "starting": "dim", "waiting": "dim", "closed": "dim"}
"""Roles of the states of a source; any other is trouble."""

SEPARATOR: Span = ("  ", "text")


@dataclass(frozen=True, slots=True)
class Count:
    """How many calls are live and over, and how many there are in each grade.

    The grades are those of the live calls; where there are none, those that the others had at their end.
    """

    live: int
    over: int
    grades: Mapping[Grade, int]


def count(calls: Sequence[Call]) -> Count:
    """Return how many calls there are of which kind."""
    live = [call for call in calls if not call.over]
    grades = Counter(counted_grade(call) for call in live or calls)
    return Count(len(live), len(calls) - len(live), grades)


def totals(found: Count, long: bool, over: bool = True, every: bool = True) -> Line:
    """Return how many calls there are in each grade, worst first, and unless not wanted how many are over.

    Of ``every`` grade, or of those only that there are any of.
    """
    parts: list[Line] = []
    for grade in (Grade.POOR, Grade.FAIR, Grade.GOOD, Grade.UNKNOWN):
        number = found.grades.get(grade, 0)
        if not every and not number:
            continue
        shape, _, word = BADGES[grade]
        role = grade.value if number else "faint"
        parts.append(((f"{shape} ", role), (fmt.count(number), role), (f" {word}" if long else "", "dim")))
    words: Line = ((fmt.count(found.live), "strong"), (" live", "dim"))
    if found.over and over:
        words = (*words, (" · ", "faint"), (fmt.count(found.over), "text"), (" over", "dim"))
    return join([words, *parts], ("   " if long else "  ", "text"))


def source_line(source: SourceHealth, now: float, long: bool = False) -> Line:
    """Return one source: name, state, lag, what was rejected or dropped."""
    spans: list[Span] = [(source.name, "text"), (" ", "text")]
    spans.append((source.state, STATE_ROLES.get(source.state, "poor")))
    if source.next_try_at is not None and source.state not in ("ok", "closed"):
        wait_s = source.next_try_at - now
        spans.append((f" retry {fmt.duration(wait_s) if wait_s >= 1 else 'now'}", "dim"))
    quiet = source.quota_used is None  # of a source that is asked, silence says nothing
    lag = now - source.last_frame_at if source.last_frame_at is not None and quiet else None
    if lag is not None and lag >= QUIET_LAG_S and source.state != "closed":
        since = (
            f" for {fmt.duration(lag)}" if source.state == "silent" else f", heard {fmt.duration(lag)} ago"
        )
        spans.append((since, "fair" if source.state == "ok" else "dim"))
    if source.quota_left == 0:
        spans.append((" no requests left today", "fair"))
    if source.rejected:
        spans.append((f" {fmt.count(source.rejected)} rejected", "fair"))
    if source.dropped:
        spans.append((f" {fmt.count(source.dropped)} dropped", "fair"))
    if long and source.skipped:
        spans.append((f" {fmt.count(source.skipped)} skipped", "dim"))
    if long and source.gaps:
        spans.append((f" {fmt.count(source.gaps)} gap{'' if source.gaps == 1 else 's'}", "fair"))
    return tuple(spans)


def asking_line(source: SourceHealth, now: float) -> Line:
    """Return how a source that is asked does: how late it is, what it cost and may cost, when it goes on."""
    used, left = source.quota_used, source.quota_left
    if used is None:
        return ()
    lag, success, next_at = source.lag_s(now), source.last_success_at, source.next_poll_at
    quota = f"{fmt.count(used)} request{'' if used == 1 else 's'} today" + (
        f", {fmt.count(left)} left" if left is not None else ""
    )
    parts: list[Line] = [
        (("newest sample ", "dim"), (f"{fmt.duration(lag)} ago" if lag is not None else fmt.UNKNOWN, "text")),
        (
            ("last success ", "dim"),
            (f"{fmt.duration(now - success)} ago" if success is not None else fmt.UNKNOWN, "text"),
        ),
        ((quota, "fair" if left == 0 else "text"),),
    ]
    if next_at is not None:
        parts.append((("next in ", "dim"), (fmt.duration(max(0.0, next_at - now)), "text")))
    if source.queued:
        parts.append(((f"{fmt.count(source.queued)} waiting", "text"),))
    return join(parts, (" · ", "faint"))


def in_trouble(source: SourceHealth) -> bool:
    """Return whether a source needs somebody to look at it."""
    return source.state not in STATE_ROLES


def beside(board: Board, width: int) -> tuple[Line, Line]:
    """Return the totals, and the sources as many as there is room for; one in trouble is more than long totals."""
    found, now, calls = board.sources(), board.now(), count(board.calls())
    tries = [totals(calls, long=width >= 100), totals(calls, long=False, over=False)]
    trouble = any(in_trouble(source) for source in found)
    tries += [totals(calls, long=False, over=False, every=False)] if trouble else []
    fitting = [line for line in tries if cells(line) <= width] or tries[-1:]
    for left in fitting if trouble else fitting[:1]:
        for most in range(len(found), -1, -1):
            right = sources(found, now, most) if most else brief(found)
            if cells(left) + cells(right) <= width:
                return left, right
    return fitting[0], ()


def brief(found: Sequence[SourceHealth]) -> Line:
    """Return a source in trouble, if any is, in the fewest words, and how many more there are of those."""
    bad = [source for source in found if in_trouble(source)]
    if not bad:
        return ()
    more: Line = ((f" +{len(bad) - 1}", "dim"),) if len(bad) > 1 else ()
    return ((f"{bad[0].name} ", "text"), (bad[0].state, "poor"), *more)


def sources(found: Sequence[SourceHealth], now: float, most: int) -> Line:
    """Return up to ``most`` sources, those in trouble first, and how many more there are."""
    ordered = sorted(found, key=lambda source: not in_trouble(source))
    line = join((source_line(source, now) for source in ordered[:most]), (" · ", "faint"))
    return (*line, (f" · +{len(ordered) - most}", "dim")) if len(ordered) > most else line


def away(board: Board, about: Sequence[str]) -> tuple[Line, Line]:
    """Return what no page leaves out, and that in the fewest words.

    That is that nobody hears calls that it is ``about``, and how many sources are down.
    """
    lost = sum(call.unheard for id in about if (call := board.call(id)) is not None)
    bad = sum(1 for source in board.sources() if in_trouble(source))
    long, brief = [], []
    if lost:
        of = f"{fmt.count(lost)} of {fmt.count(len(about))} " if len(about) > 1 else ""
        long.append((f"{NOT_HEARD} {of}not heard  ", "fair"))
        brief.append((f"{NOT_HEARD} {of.replace(' of ', '/')} " if of else long[0][0], "fair"))
    if bad:
        long.append((f"{fmt.count(bad)} source{'s' if bad > 1 else ''} down  ", "poor"))
        brief.append((f"{fmt.count(bad)} down  ", "poor"))
    return tuple(long), tuple(brief)


def standing(board: Board) -> Line:
    """Return what every page says at its right where there is room: frames rejected, the rule set."""
    rejected = sum(source.rejected for source in board.sources())
    spans: list[Span] = [(f"{fmt.count(rejected)} rejected  ", "fair")] if rejected else []
    return (*spans, ("rules ", "faint"), (board.rules(), "dim"))


def how_to_send(address: str | None, found: Sequence[SourceHealth], now: float) -> list[Line]:
    """Return how to send frames to ``address`` (None: callmon listens nowhere), and what the sources do."""
    lines: list[Line] = [(), (("No calls yet.", "strong"),), ()]
    if address is not None:
        lines += [
            (("From a web page, before it makes its calls:", "dim"),),
            (),
            (("  " + script_tag(address), "accent"),),
            (),
            (("From a shell, any getStats report as JSON:", "dim"),),
            (),
            ((f"  curl {address}/ingest/webrtc \\", "accent"),),
            (('    -d \'{"call": "test", "leg": "a", "stats": []}\'', "accent"),),
            (),
            (("Invented calls, to look around: ", "dim"), ("callmon demo", "accent")),
            (),
        ]
    if found:
        lines.append((("Sources", "title"),))
        for source in found:
            lines.append((("  ", "text"), *source_line(source, now, True), (f"  {source.detail}", "dim")))
            asking = asking_line(source, now)
            lines += [(("    ", "text"), *asking)] if asking else []
    return lines


def script_tag(address: str) -> str:
    """Return the tag that makes a web page send its calls here."""
    return f'<script src="{address}/callmon.js"></script>'
