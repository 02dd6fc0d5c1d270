"""A participant as lines: what it uses, its tracks of one direction, and what they did in each interval."""

from __future__ import annotations

import math
from collections.abc import Sequence

from callmon.board import Board
from callmon.engine.quality import Grade
from callmon.query import format as fmt
from callmon.query.columns import BADGES, reason_words
from callmon.query.people import FACTS, Person, end_reason, issue_codes
from callmon.query.rooms import name_of
from callmon.tui.attendance import badge_of
from callmon.tui.dossier import AS_IT_WAS, DOT
from callmon.tui.limits import limits
from callmon.tui.line import Line, Span, clip, fit, join, shorten
from callmon.tui.rows import badge_in


def portrait(person: Person, now: float) -> list[Line]:
    """Return what one wants to know of a participant first: with what, where, since when, and what was wrong."""
    parts: list[Line] = []
    for key, name in (("device", ""), ("os", ""), ("browser", ""), ("sdk", ""), ("region", "region "),
                      ("codec", "")):  # fmt: skip
        text = FACTS[key].text(person, now)
        parts.append(((name or f"{key} ", "dim"), (text or fmt.UNKNOWN, "text" if text else "faint")))
    tracks: Line = (
        ("tracks ", "dim"), (FACTS["tracks_sent"].text(person, now), "text"), (" sent, ", "dim"),
        (FACTS["tracks_received"].text(person, now), "text"), (" received", "dim"),
    )  # fmt: skip
    there: Line = (("joined ", "dim"), (fmt.clock(person.leg.joined_at), "text"))
    if person.left_at is not None:
        there = (*there, (", left ", "dim"), (fmt.clock(person.left_at), "text"))
    why = end_reason(person)
    lines = [
        join(parts, DOT),
        join([tracks, there, (("because ", "dim"), (why, "text")) if why else ()], DOT),
    ]
    said = [
        f"{key.replace('_', ' ')} {word}" for link in person.links for key, word in link.words.items() if word
    ]
    if said:
        lines.append(((f"{person.call.provider} says ", "dim"), (", ".join(said), "text")))
    return [*lines, _wrong(person)]


def _wrong(person: Person) -> Line:
    codes = issue_codes(issue for issue in person.issues() if issue.until is None)
    if codes:
        return (("▲ ", "poor" if person.grade is Grade.POOR else "fair"), (codes, "strong"))
    if not person.heard:
        return AS_IT_WAS
    past = len(person.issues())
    return (("✓ ", "good"), ("no open issue", "text"), (f", {fmt.count(past)} past" if past else "", "dim"))


def facing(person: Person, now: float) -> tuple[Line, Line]:
    """Return the participant's badge, reason and name, and for the right since when it is there."""
    (shape, role), reason = badge_of(person), reason_words(person.reason)
    left: list[Span] = [(f"{shape} {BADGES[person.grade][2]}", role)]
    left += [("  ", "text"), (reason, role)] if reason else []
    left += [("  ", "text"), (person.name, "strong"), ("  in ", "dim"), (name_of(person.call), "text")]
    word = "there" if person.left_at is None else "was there"
    return tuple(left), ((f"{word} ", "dim"), (fmt.duration(person.lasted_s(now)), "strong"))


TRACK = (("bitrate_bps", "bit/s"), ("loss_pct", "Loss %"), ("rtt_ms", "RTT ms"), ("jitter_ms", "Jit ms"),
         ("fps", "fps"), ("mos", "MOS"), ("audio_level", "Level"))  # fmt: skip
"""What is shown of each track, the most wanted first."""


def tracks(person: Person, direction: str, width: int, board: Board) -> list[Line]:
    """Return the tracks of one direction as a table: now, and over the whole of the call."""
    streams = person.streams(direction)
    columns = [pair for pair in TRACK if any(stream.now.get(pair[0]) is not None for stream in streams)]
    while columns and 24 + 7 * len(columns) > width:
        columns.pop()
    room = max(10, width - 7 * len(columns) - 12)
    head = "".join(fit(title, 7, ">") for _, title in columns)
    lines: list[Line] = [((fit("", min(room, 34) + 4), "dim"), (fit("Codec", 7), "dim"), (head, "dim"))]
    known = limits(board.levels())
    for stream in streams:
        name = f"{stream.kind} {stream.id}"
        layers = stream.attributes.get("layers", "1")
        name += f" ×{layers}" if layers not in ("", "1") else ""
        sign, role = badge_in(person.call, stream.grade)
        spans: list[Span] = [
            (fit(sign, 4), role),
            (fit(shorten(name, min(room, 34) - 1), min(room, 34)), "over" if stream.gone else "strong"),
            (fit(stream.codec or fmt.UNKNOWN, 7), "text"),
        ]
        mean: list[Span] = [(fit("    whole call, mean", min(room, 34) + 11), "dim")]
        for key, _ in columns:
            value, levels = stream.now.get(key), known.get(key)
            grade = levels.grade(value) if levels is not None and value is not None else Grade.GOOD
            spans.append(
                (fit(fmt.metric(key, value), 7, ">"), "text" if grade is Grade.GOOD else grade.value)
            )
            tally = stream.tallies.get(key)
            mean.append((fit(fmt.metric(key, tally.mean() if tally else None), 7, ">"), "dim"))
        lines += [tuple(spans), tuple(mean)]
    return lines if streams else [(("no track", "dim"),)]


def intervals(person: Person, direction: str, width: int, now: float, step: float, most: int) -> list[Line]:
    """Return what each track did in each interval of ``step`` seconds, the newest first."""
    streams = person.streams(direction)[: max(1, (width - 10) // 21)]
    if not streams:
        return []
    until = person.left_at if person.left_at is not None else now
    end = math.ceil(until / step) * step
    since = max(person.leg.joined_at, end - most * step)
    found = [
        {key: _by_interval(stream.history.points(key, since, until), step, key) for key, _, _ in _INTERVAL}
        for stream in streams
    ]
    names = "".join(f"  {fit(shorten(f'{one.kind} {one.id}', 19), 19)}" for one in streams)
    titles = "".join("  " + "".join(fit(title, size, ">") for _, title, size in _INTERVAL) for _ in streams)
    lines: list[Line] = [((fit("", 8) + names, "dim"),), ((fit("", 8) + titles, "dim"),)]
    for place in sorted(
        {place for one in found for values in one.values() for place in values}, reverse=True
    ):
        spans: list[Span] = [(fit(fmt.clock(place * step), 8), "dim")]
        for one in found:
            spans.append(("  ", "text"))
            for key, _, size in _INTERVAL:
                spans.append((fit(fmt.metric(key, one[key].get(place)), size, ">"), "text"))
        lines.append(clip(tuple(spans), width))
    return lines


_INTERVAL = (("bitrate_bps", "bit/s", 7), ("loss_pct", "Loss", 6), ("rtt_ms", "RTT", 6))


def _by_interval(points: Sequence[tuple[float, float]], step: float, key: str) -> dict[int, float]:
    """Return the mean of each interval; of the round trip the greatest, as the peak is what is felt."""
    groups: dict[int, list[float]] = {}
    for at, value in points:
        if value == value:
            groups.setdefault(math.floor(at / step), []).append(value)
    return {place: max(some) if key == "rtt_ms" else sum(some) / len(some) for place, some in groups.items()}
