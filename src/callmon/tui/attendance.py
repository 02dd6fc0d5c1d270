"""A room and its participants as lines: the facts in a few words, rows of the table, joins and leaves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

from callmon.board import Board
from callmon.engine.call import Call
from callmon.engine.quality import Grade
from callmon.query import format as fmt
from callmon.query.columns import BADGES, reason_words
from callmon.query.people import FACTS, Person, end_reason, issue_codes
from callmon.query.rooms import LISTED, affected, max_concurrent, name_of
from callmon.tui.dossier import AS_IT_WAS, DOT
from callmon.tui.limits import limits
from callmon.tui.line import Line, Span, cells, fit, join, shorten
from callmon.tui.rows import badge_in, state_span
from callmon.tui.sheet import Head, Sheet
from callmon.tui.times import Times

GONE = "■"
"""The shape of who has left; the letter stays that of the grade."""

NAMES = {
    "room_type": "type", "media_region": "region", "edge_location": "edge", "room_codecs": "codecs",
    "participants_now": "now", "max_concurrent": "at once", "participants": "in all",
    "unique_identities": "identities", "room_limit": "limit", "participant_s": "together",
    "recording_s": "recorded", "created_by": "created by", "room_status": "status", "end_reason": "ended",
}  # fmt: skip
"""The facts of a room that its page tells in words, and what stands before each."""

_METRICS = {
    "rtt": "rtt_ms", "loss_sent": "loss_pct", "loss_received": "loss_pct", "jitter": "jitter_ms", "mos": "mos",
}  # fmt: skip
_LANES = {
    "braille": ("━", "─", "╍", "▲"),
    "block": ("━", "─", "╍", "▲"),
    "ascii": ("=", "-", "~", "!"),
}
"""What stands for who is there, for who was there and has left, for an issue, and for its beginning."""


def badge_of(person: Person) -> Span:
    """Return shape and letter of a participant's grade; who has left has a shape of his own, and who is not heard."""
    if person.left_at is not None:
        return f"{GONE} {BADGES[person.grade][1]}", "over"
    return badge_in(person.call, person.grade)


def summary(call: Call, now: float) -> list[Line]:
    """Return what one wants to know of a room first: its facts, and who is affected by what."""
    facts: list[Line] = []
    for key, name in NAMES.items():
        text = LISTED[key].text(call, now)
        if text and text != fmt.UNKNOWN:
            facts.append(((f"{name} ", "dim"), (text, "text")))
    return [join(facts, DOT), hurt(call)]


def hurt(call: Call) -> Line:
    """Return who in a room is affected and by what, the worst first, or that nobody is, or that nobody can say."""
    found = affected(call)
    if not found and call.unheard:
        return AS_IT_WAS
    if not found:
        return (("✓ ", "good"), ("nobody is affected", "text"))
    parts: list[Line] = []
    for person in found:
        shape, role = badge_of(person)
        why = reason_words(person.reason) or issue_codes(person.issues())
        parts.append(((f"{shape} ", role), (person.name, "strong"), (f" {why}", "dim")))
    return (("affected ", "dim"), *join(parts, DOT))


def row(person: Person, sheet: Sheet, board: Board, now: float) -> Line:
    """Return the row of a participant."""
    line = sheet.line(partial(_cell, person, board, now))
    return tuple((text, "over") for text, _ in line) if person.left_at is not None else line


def _cell(person: Person, board: Board, now: float, head: Head) -> Span:
    if head.kind == "grade":
        return badge_of(person)
    text = FACTS[head.key].text(person, now)
    if head.key == "name":
        return text, "strong" if person.grade is Grade.POOR else "text"
    if head.key == "why":
        return text, person.grade.value
    if head.key in ("issues", "issue_count"):
        bad = any(issue.until is None for issue in person.issues())
        return text, "fair" if bad else "dim"
    if text == fmt.UNKNOWN:
        return text, "faint"
    levels = limits(board.levels()).get(_METRICS.get(head.key, ""))
    value = FACTS[head.key].key_of(person, now) if levels is not None else None
    if levels is not None and value is not None:
        grade = levels.grade(value)
        return text, "text" if grade is Grade.GOOD else grade.value
    return text, "dim"


def lanes(
    call: Call,
    people: Sequence[Person],
    now: float,
    width: int,
    charts: str,
    times: Times,
    samples: Mapping[str, Line],
) -> list[Line]:
    """Return a line for each participant: when it was there, and when something was wrong; below them the time.

    ``samples`` stands before a participant: what its curve in a chart looks like.
    """
    name = max(8, min(22, width // 4, max((len(one.name) for one in people), default=8)))
    left = name + 5 + max((cells(line) for line in samples.values()), default=0)
    room = max(1, width - left - 1)
    since, until = call.started_at, max(call.until(now), call.started_at + 1.0)
    lines: list[Line] = []
    for person in people:
        sign, role = badge_of(person)
        named: Span = (
            f"{fit(shorten(person.name, name), name)} ",
            "text" if person.left_at is None else "over",
        )
        lane = _lane(person, since, until, room, charts)
        lines.append((*samples.get(person.id, ()), (f"{sign} ", role), named, *lane))
    return [*lines, _axis(call, since, until, left, room, times)]


def _lane(person: Person, since: float, until: float, room: int, charts: str) -> Line:
    here, past, wrong, begins = _LANES[charts]
    per_s = room / (until - since)

    def cell(at: float) -> int:
        return max(0, min(room - 1, math.floor((at - since) * per_s)))

    body: list[Span] = [(" ", "text")] * room
    gone = person.left_at
    first, last = cell(person.leg.joined_at), cell(gone if gone is not None else until)
    for place in range(first, last + 1):
        body[place] = (here, "spark") if gone is None else (past, "over")
    for issue in sorted(person.issues(), key=lambda one: one.severity == "critical"):
        ended = issue.until if issue.until is not None else gone if gone is not None else until
        for place in range(cell(issue.since), cell(ended) + 1):
            body[place] = (wrong, "poor" if issue.severity == "critical" else "fair")
    for issue in person.issues():
        body[cell(issue.since)] = (begins, "poor" if issue.severity == "critical" else "fair")
    spans: list[Span] = []
    for text, role in body:
        if spans and spans[-1][1] == role:
            spans[-1] = (spans[-1][0] + text, role)
        else:
            spans.append((text, role))
    return tuple(spans)


def _axis(call: Call, since: float, until: float, left: int, room: int, times: Times) -> Line:
    begin, end = times.text(since, call.started_at, None), times.text(until, call.started_at, since)
    middle = times.text((since + until) / 2, call.started_at, since)
    if room < len(begin) + len(end) + 2:
        return ((" " * left, "text"), (begin, "dim"))
    gap = room - len(begin) - len(end)
    between = middle if gap > len(middle) + 4 else ""
    return ((" " * left, "text"), (begin + fit(between, gap, "^") + end, "dim"))


def comings(call: Call, people: Sequence[Person], times: Times) -> list[Line]:
    """Return who came and who left, and why, the newest first."""
    steps: list[tuple[float, str, Person]] = []
    for person in people:
        steps.append((person.leg.joined_at, "joined", person))
        if person.leg.left_at is not None:
            steps.append((person.leg.left_at, "left", person))
    steps.sort(key=lambda step: step[0])
    lines: list[Line] = []
    before: float | None = None
    there = 0
    for at, what, person in steps:
        there += 1 if what == "joined" else -1
        why = end_reason(person) if what == "left" else None
        sign: Span = (" ▸ ", "good") if what == "joined" else (" ◂ ", "dim")
        lines.append(
            (
                (fit(times.text(at, call.started_at, before), 8, ">"), "dim"),
                sign,
                (fit(what, 7), "dim"),
                (person.name, "text"),
                (f"  {why}" if why else "", "dim"),
                (f"  {fmt.count(there)} there", "faint"),
            )
        )
        before = at
    return lines[::-1] or [(("nobody yet", "dim"),)]


def standing(call: Call, now: float) -> tuple[Line, Line]:
    """Return the room's badge, name and id, and for the right how many are there and for how long it goes."""
    sign, role = badge_in(call, call.grade)
    left: list[Span] = [(f"{sign} {BADGES[call.grade][2]}", role)]
    left += [("  ", "text"), (name_of(call), "strong"), ("  ", "text"), (call.provider, "dim")]
    left += [("  ", "text"), (call.id, "faint")] if call.room else []
    here = LISTED["participants_now"].text(call, now)
    right: list[Span] = [state_span(call), DOT]
    right += [(here, "strong"), (f" there, {fmt.count(max_concurrent(call))} at most", "dim"), DOT]
    return tuple(left), (*right, (fmt.duration(call.duration_s(now)), "strong"))
