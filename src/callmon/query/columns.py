"""Columns: one fact about a call each; table column, sort key, filter text and documentation row at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from callmon.engine.call import Call
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade, Reason
from callmon.query import facts
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
    ``worst_first`` says that the natural order of sorting is from the greatest value down. ``usual`` columns are
    shown where nobody has chosen any; ``fixed`` says that the width is what somebody gave it. ``name`` is what
    filters call it (its key where that is empty), ``also`` are other names. ``facts`` are the words of a text of
    which a call may have several, ``words`` all that there can be.
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
    usual: bool = True
    name: str = ""
    also: tuple[str, ...] = ()
    facts: facts.Facts | None = None
    fixed: bool = False
    words: tuple[str, ...] = ()


NOT_HEARD = "◌"
"""The shape of what nobody can hear now, whatever its grade was when it was heard last."""


def badge(grade: Grade, heard: bool = True) -> str:
    """Return a grade as shape and letter, such as ``▲ P``; where that is not ``heard`` now the shape says so."""
    shape, letter, _ = BADGES[grade]
    return f"{shape if heard else NOT_HEARD} {letter}"


def counted_grade(call: Call) -> Grade:
    """Return the grade as which a call is counted: of one that nobody can hear now nothing is known."""
    return Grade.UNKNOWN if call.unheard else call.grade


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
    value = fmt.beside(fmt.metric(reason.metric, reason.value), reason.value, (reason.limit,))
    return f"{short}{arrow} {value}{reason.op}{reason.limit:g}"


def reason_text(call: Call) -> str:
    """Return why a call has its grade, such as ``loss 6.2>3``; for a call with no bad metric its state or ''."""
    words = reason_words(call.reason)
    if words:
        return words
    there = call.issues if call.over and call.grade is not Grade.GOOD else call.open_issues()
    critical = [issue for issue in there if issue.severity == "critical"]
    if critical:
        return max(critical, key=_lasting).code
    word = state_word(call)
    return word if word in ("stale", "failed", "not heard") else ""


def state_word(call: Call) -> str:
    """Return the state of a call for people: of one that nobody can hear now nothing else is known."""
    return "not heard" if call.unheard else call.state


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
    key: str,
    title: str,
    width: int,
    priority: int,
    unit: str,
    meaning: str,
    *,
    low: bool = True,
    name: str = "",
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
        name=name,
    )


def _side(key: str, title: str, direction: str, unit: str, metric: str, *, low: bool = True) -> Column:
    """Return the column of a metric in one direction, which is shown where somebody chose it."""
    found = facts.worst_of(direction, metric, low)
    way = "received" if direction == "inbound" else "sent"
    return Column(
        key,
        title,
        6,
        14,
        "number",
        lambda call, now: fmt.metric(metric, found(call)),
        lambda call, now: found(call),
        f"{title.split()[0]} of what is {way}, worst stream, over the window.",
        unit,
        worst_first=low,
        usual=False,
    )


def several(
    key: str, title: str, width: int, get: facts.Facts, meaning: str, also: tuple[str, ...] = ()
) -> Column:
    """Return the column of something that a call may have several of, which is shown where somebody chose it."""
    return Column(
        key,
        title,
        width,
        14,
        "text",
        lambda call, now: ", ".join(get(call)) or fmt.UNKNOWN,
        lambda call, now: ", ".join(get(call)).lower() or SORT_LAST,
        meaning,
        usual=False,
        also=also,
        facts=get,
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
    name: str = "",
    also: tuple[str, ...] = (),
    words: tuple[str, ...] = (),
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
        name=name,
        also=also,
        words=words,
    )


def _grade_rank(call: Call, now: float) -> tuple[int, float, int]:
    """Return where a call belongs by how much it needs a look: what fell silent comes before what is good."""
    critical = sum(issue.severity == "critical" and issue.until is None for issue in call.issues)
    rank = 1.5 if call.state == "stale" else call.grade.rank or 0.5
    return (0 if call.over else 1, rank, critical)


_ALL = (
    Column("grade", "", 3, 0, "grade", lambda call, now: badge(call.grade), _grade_rank,
           "Good, fair, poor or unknown, by the rule set in force.", worst_first=True,
           words=("good", "fair", "poor", "unknown")),
    _text("reason", "Why", 17, 1, reason_text, "The failing rule with value and limit; ↓ received, ↑ sent.",
          also=("why",)),
    _text("call", "Call", 18, 0, name_of, "The call's label, or its id.", stretch=True, also=("name", "label")),
    _text("provider", "Source", 9, 6, lambda call: call.provider, "Who provides the call.", also=("source",)),
    _text("room", "Room", 12, 8, lambda call: call.room or "", "The room or conference."),
    Column("duration", "Lasted", 7, 3, "number", lambda call, now: fmt.span(call.duration_s(now), 7),
           lambda call, now: call.duration_s(now),
           "How long the call has lasted; by t when it began, or how long ago it was heard of.", "s",
           also=("lasted",)),
    Column("age", "Age", 4, 7, "number", lambda call, now: "" if call.over else fmt.span(age_s(call, now), 4),
           lambda call, now: SORT_LAST if call.over else age_s(call, now),
           "Age of the last frame.", "s", worst_first=True),
    _metric("rtt_ms", "RTT", 5, 1, "ms", "Round-trip time, worst stream, over the window.", name="rtt"),
    _spark("rtt_ms", "RTT trend", 4),
    _metric("jitter_ms", "Jit", 5, 2, "ms", "Jitter, worst stream, over the window.", name="jitter"),
    _spark("jitter_ms", "Jitter trend", 9),
    _metric("loss_pct", "Loss", 5, 1, "%", "Packet loss, worst stream, over the window.", name="loss"),
    _spark("loss_pct", "Loss trend", 3),
    _metric("mos", "MOS", 4, 2, "", "Mean opinion score, worst stream: the provider's, else estimated.", low=False),
    _metric("bitrate_in_bps", "In", 5, 7, "bit/s", "Media bitrate received.", low=False, name="in"),
    _metric("bitrate_out_bps", "Out", 5, 7, "bit/s", "Media bitrate sent.", low=False, name="out"),
    _text("verdict", "ICE", 16, 4, verdict_of, "The verdict on the connection.", also=("ice",)),
    _text("issues", "Issues", 22, 4, issue_text, "Open issues, worst first."),
    _text("state", "State", 6, 11, lambda call: call.state, "live, stale, ended or failed.",
          words=("live", "stale", "ended", "failed")),
    Column("started", "Began", 8, 14, "number", lambda call, now: fmt.clock(call.started_at),
           lambda call, now: call.started_at, "When it began.", "at", usual=False),
    Column("ended", "Ended", 8, 14, "number", lambda call, now: fmt.clock(call.ended_at if call.over else None),
           lambda call, now: call.ended_at if call.over else SORT_LAST, "When it ended.", "at", usual=False),
    replace(_text("id", "Id", 20, 14, lambda call: call.id, "The call's id, as its source gives it."), usual=False),
    _side("loss_in", "Loss in", "inbound", "%", "loss_pct"),
    _side("loss_out", "Loss out", "outbound", "%", "loss_pct"),
    _side("rtt_in", "RTT in", "inbound", "ms", "rtt_ms"),
    _side("rtt_out", "RTT out", "outbound", "ms", "rtt_ms"),
    _side("jitter_in", "Jitter in", "inbound", "ms", "jitter_ms"),
    _side("jitter_out", "Jitter out", "outbound", "ms", "jitter_ms"),
    _side("mos_in", "MOS in", "inbound", "", "mos", low=False),
    _side("mos_out", "MOS out", "outbound", "", "mos", low=False),
    several("codec", "Codec", 10, facts.codecs, "The codecs of its streams."),
    several("kind", "Media", 6, facts.kinds, "Audio, video or both.", ("media",)),
    several("relay", "Relay", 15, facts.relays, "The relays that its media go through."),
    several("candidate", "Path", 11, facts.candidates, "The candidate types of the pair in use.", ("path",)),
    several("protocol", "Proto", 7, facts.protocols, "udp or tcp, and the hop to a relay.", ("transport",)),
    several("region", "Region", 9, facts.attribute(*facts.REGION), "The provider's region."),
    several("browser", "Browser", 14, facts.attribute("browser"), "The browsers of its ends."),
    several("os", "OS", 12, facts.attribute("os"), "The operating systems of its ends."),
    several("device", "Device", 14, facts.attribute("device"), "The devices of its ends."),
    several("sdk", "SDK", 18, facts.attribute("sdk"), "The SDKs of its ends."),
    several("participant", "Participants", 20, facts.participants, "Who is in it.", ("leg", "who")),
    several("end_reason", "End reason", 16, facts.end_reasons, "Why it ended, in the source's words.", ("ended_by",)),
)  # fmt: skip

COLUMNS: dict[str, Column] = {column.key: column for column in _ALL}
"""All columns by key, in the order of display."""
