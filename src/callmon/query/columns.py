"""Columns: one fact about a call each; table column, sort key, filter text and documentation row at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callmon.engine.call import Call
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade, Reason
from callmon.query import format as fmt

SORT_LAST: Any = None
"""The sort key of an unknown value: such rows come last in either order."""

BADGES = {
    Grade.GOOD: ("●", "G", "good"),
    Grade.FAIR: ("◐", "F", "fair"),
    Grade.POOR: ("▲", "P", "poor"),
    Grade.UNKNOWN: ("?", "–", "unknown"),
}
"""Shape, letter and word of each grade; never colour alone."""


@dataclass(frozen=True, slots=True)
class Column:
    """One fact about a call.

    ``width`` in cells (the widest takes what is left); ``priority`` 0 is never dropped, higher goes first on a
    narrow screen; ``kind`` tells a table how to draw it: text, number, grade, spark (of metric ``key``) or issues.
    ``worst_first`` says that the natural order of sorting is from the greatest value down.
    """

    key: str
    title: str
    width: int
    priority: int
    kind: str
    text: Callable[[Call, float], str]
    key_of: Callable[[Call, float], Any]
    meaning: str
    unit: str = ""
    worst_first: bool = False
    searched: bool = False
    stretch: bool = False


def badge(grade: Grade) -> str:
    """Return a grade as shape and letter, such as ``▲ P``."""
    shape, letter, _ = BADGES[grade]
    return f"{shape} {letter}"


def reason_words(reason: Reason | None) -> str:
    """Return a failing rule with its value and limit, such as ``loss↓ 6.2>3``, or the code of an issue; else ''."""
    if reason is None:
        return ""
    if reason.op == "is":
        return reason.metric
    if reason.value is None or reason.limit is None:
        return ""
    short = {"loss_pct": "loss", "rtt_ms": "rtt", "jitter_ms": "jitter", "mos": "mos"}.get(
        reason.metric, reason.metric
    )
    arrow = {"inbound": "↓", "outbound": "↑"}.get(reason.direction or "", "")
    return f"{short}{arrow} {fmt.metric(reason.metric, reason.value)}{reason.op}{reason.limit:g}"


def reason_text(call: Call) -> str:
    """Return why a call has its grade, such as ``loss 6.2>3``; for a call with no bad metric its state or ''."""
    words = reason_words(call.reason)
    if words:
        return words
    there = call.issues if call.over and call.grade is not Grade.GOOD else call.open_issues()
    critical = [issue for issue in there if issue.severity == "critical"]
    if critical:
        return max(critical, key=_lasting).code
    return call.state if call.state in ("stale", "failed") else ""


def _lasting(issue: Issue) -> tuple[bool, float]:
    """Return the sort key of an issue by how long it lasted; one that never went away is longer than any."""
    return issue.until is None, (issue.until or 0.0) - issue.since


def name_of(call: Call) -> str:
    """Return what a person calls the call: its label, else its id."""
    return call.label or call.id


def verdict_of(call: Call) -> str:
    """Return the verdict on the connection, or the sign for unknown."""
    diagnosis = call.diagnosis()
    return diagnosis.verdict if diagnosis is not None else fmt.UNKNOWN


def age_s(call: Call, now: float) -> float:
    """Return the age of the last frame in seconds."""
    return max(0.0, now - call.last_frame_at)


def issue_text(call: Call) -> str:
    """Return the open issues, worst first, or how many there were."""
    still = sorted(call.open_issues(), key=lambda issue: (issue.severity != "critical", -issue.since))
    if still:
        names = list(dict.fromkeys(issue.code for issue in still))
        return names[0] + (f" +{len(names) - 1}" if len(names) > 1 else "")
    return f"({len(call.issues)} past)" if call.issues else ""


def _metric(
    key: str, title: str, width: int, priority: int, unit: str, meaning: str, *, low: bool = True
) -> Column:
    return Column(
        key,
        title,
        width,
        priority,
        "number",
        lambda call, now: fmt.metric(key, call.metrics.get(key)),
        lambda call, now: call.metrics.get(key),
        meaning,
        unit,
        worst_first=low,
    )


def _spark(key: str, title: str, priority: int) -> Column:
    return Column(
        f"{key}_spark",
        title,
        12,
        priority,
        "spark",
        lambda call, now: "",
        lambda call, now: call.metrics.get(key),
        f"The last minutes of {title.split()[0]}; gaps are gaps.",
        worst_first=True,
    )


def _text(
    key: str,
    title: str,
    width: int,
    priority: int,
    get: Callable[[Call], str],
    meaning: str,
    *,
    stretch: bool = False,
) -> Column:
    return Column(
        key,
        title,
        width,
        priority,
        "text",
        lambda call, now: get(call),
        lambda call, now: get(call).lower() or SORT_LAST,
        meaning,
        searched=True,
        stretch=stretch,
    )


def _grade_rank(call: Call, now: float) -> tuple[int, float, int]:
    """Return where a call belongs by how much it needs a look: what fell silent comes before what is good."""
    critical = sum(issue.severity == "critical" for issue in call.open_issues())
    rank = 1.5 if call.state == "stale" else call.grade.rank or 0.5
    return (0 if call.over else 1, rank, critical)


_ALL = (
    Column("grade", "", 3, 0, "grade", lambda call, now: badge(call.grade), _grade_rank,
           "Good, fair, poor or unknown, by the rule set in force.", worst_first=True),
    _text("reason", "Why", 17, 1, reason_text, "The failing rule with value and limit; ↓ received, ↑ sent."),
    _text("call", "Call", 18, 0, name_of, "The call's label, or its id.", stretch=True),
    _text("provider", "Source", 9, 6, lambda call: call.provider, "Who provides the call."),
    _text("room", "Room", 12, 8, lambda call: call.room or "", "The room or conference."),
    Column("duration", "Lasted", 7, 3, "number", lambda call, now: fmt.duration(call.duration_s(now)),
           lambda call, now: call.duration_s(now),
           "How long the call has lasted; by t when it began, or how long ago it was heard of."),
    Column("age", "Age", 4, 7, "number", lambda call, now: "" if call.over else fmt.duration(age_s(call, now)),
           lambda call, now: SORT_LAST if call.over else age_s(call, now),
           "Age of the last frame.", worst_first=True),
    _metric("rtt_ms", "RTT", 5, 1, "ms", "Round-trip time, worst stream, over the window."),
    _spark("rtt_ms", "RTT trend", 4),
    _metric("jitter_ms", "Jit", 5, 2, "ms", "Jitter, worst stream, over the window."),
    _spark("jitter_ms", "Jitter trend", 9),
    _metric("loss_pct", "Loss", 5, 1, "%", "Packet loss, worst stream, over the window."),
    _spark("loss_pct", "Loss trend", 3),
    _metric("mos", "MOS", 4, 2, "", "Mean opinion score, worst stream: the provider's, else estimated.", low=False),
    _metric("bitrate_in_bps", "In", 5, 7, "bit/s", "Media bitrate received.", low=False),
    _metric("bitrate_out_bps", "Out", 5, 7, "bit/s", "Media bitrate sent.", low=False),
    _text("verdict", "ICE", 16, 4, verdict_of, "The verdict on the connection."),
    _text("issues", "Issues", 22, 4, issue_text, "Open issues, worst first."),
    _text("state", "State", 6, 11, lambda call: call.state, "live, stale, ended or failed."),
)  # fmt: skip

COLUMNS: dict[str, Column] = {column.key: column for column in _ALL}
"""All columns by key, in the order of display."""
