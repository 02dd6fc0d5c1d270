"""What is known of one call as lines: where it stands, its issues, its streams, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callmon.engine.call import Call, Leg, Moment, Stream
from callmon.engine.ice import Diagnosis
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade
from callmon.engine.rules import RULES
from callmon.query import format as fmt
from callmon.query.columns import BADGES, NOT_HEARD, age_s, name_of, reason_text, state_word
from callmon.query.report import broken, ended, held_on
from callmon.tui.alerts import LATER, SEEN
from callmon.tui.line import Line, Span, cells, clip, fit, join, shorten
from callmon.tui.rows import badge_in, badge_of, state_span
from callmon.tui.times import Times

DOT: Span = (" · ", "faint")

NARROW = 60
"""Where there are fewer cells than this the reason matters more than when the call was heard of."""

ARROWS = {"inbound": "↓", "outbound": "↑"}
"""Which way a stream goes: received or sent."""

AVERAGED = frozenset(rule.code for rule in RULES if rule.mean)
"""Issues whose value is the mean over the time that they lasted."""

LEG_WORDS = 2
"""How many of the vendor's words are shown of each leg, where there are several legs."""

NOT_THERE = "This call is not there: it has not begun yet, or is no longer kept."
"""What stands where a call would be that the board does not know."""

AS_IT_WAS: Line = ((f"{NOT_HEARD} ", "fair"), ("not heard now: shown as it was", "text"))
"""What stands where else it would say that all is well, while nobody can hear the call."""

GRAVE = ("failed", "disconnected", "dropped", "→ poor")
"""Words on the timeline that stand for something gone wrong."""


ANSWERED = {SEEN: "acknowledged", LATER: "put off"}
"""What is said of a poor call that somebody has answered for; its badge is as in the table of calls."""


def standing(call: Call, now: float, width: int = 1_000, note: str = "") -> tuple[Line, Line]:
    """Return the call's badge, reason and name, and for the right its state, duration and age where it is wide.

    ``note`` is what is with a poor call: see ``alerts``.
    """
    reason, answered = reason_text(call), ANSWERED.get(note, "")
    sign, role = badge_in(call, call.grade)
    sign = badge_of(call, note)[0] if answered else sign
    left: list[Span] = [(f"{sign} {BADGES[call.grade][2]}", role)]
    reason = "" if call.unheard and reason == state_word(call) else reason  # it stands at the right
    left += [(f" {answered}", "dim")] if answered else []
    left += [("  ", "text"), (reason, call.grade.value)] if reason else []
    left += [(f" over {window}", "dim")] if (window := reason_window(call)) else []
    left += [("  ", "text"), (name_of(call), "strong")]
    left += [("  ", "text"), (call.id, "dim")] if call.label else []
    right: list[Span] = [state_span(call), DOT, (fmt.duration(call.duration_s(now)), "strong")]
    right += (
        []
        if call.over or width < NARROW
        else [DOT, (f"heard {fmt.duration(age_s(call, now))} ago", "fair" if call.unheard else "dim")]
    )
    return tuple(left), tuple(right)


def reason_window(call: Call) -> str:
    """Return how long the window is that the value of the reason is from, '' where it is from none."""
    reason = call.reason
    leg = call.legs.get(reason.leg) if reason is not None and reason.leg is not None else None
    stream = leg.streams.get(reason.stream) if reason and leg and reason.stream is not None else None
    if reason is None or stream is None or reason.value is None:
        return ""
    return window_words(stream) if stream.window.get(reason.metric) == reason.value else ""


def window_words(stream: Stream) -> str:
    """Return the length of the window over which a stream is judged, such as ``30 s``."""
    return f"{fmt.bare(stream.windows.span_s)} s"


def codecs(call: Call) -> str:
    """Return the codecs in use, each once."""
    found = [stream.codec for leg in call.legs.values() for stream in leg.streams.values() if stream.codec]
    return ", ".join(dict.fromkeys(found)) or fmt.UNKNOWN


def mos_source(call: Call) -> str | None:
    """Return where the call's MOS comes from, in a word or two, or None where there is none."""
    found = [stream.mos_source for leg in call.legs.values() for stream in leg.streams.values()]
    known = next((source for source in found if source is not None), None)
    return {"provider": "the provider's", "est-g107": "estimated"}.get(known, known) if known else None


def summary(call: Call, times: Times) -> list[Line]:
    """Return what one wants to know first: who, over what, how good, what to do, and what the vendor says."""
    source = mos_source(call)
    mos: Line = (("MOS ", "dim"), (fmt.metric("mos", call.metrics.get("mos")), "strong"))
    known = call.metrics.get("mos") is not None
    facts: list[Line] = [
        ((call.provider, "text"),),
        (("room ", "dim"), (call.room, "text")) if call.room else (),
        ((codecs(call), "text"),),
        verdict(call),
        (*mos, (f" ({source})", "dim")) if source and known else mos,
        (("ended: ", "dim"), (call.end_reason, "text")) if call.end_reason else (),
    ]
    told = vendor(call)
    return [join(facts, DOT), trouble(call, times), *([told] if told else [])]


def vendor(call: Call) -> Line:
    """Return the vendor's own words of each leg, those of many legs cut short; nothing where it says nothing."""
    most = None if len(call.legs) == 1 else LEG_WORDS
    found: list[Line] = []
    for leg in call.legs.values():
        words = [f"{key.replace('_', ' ')} {word}" for key, word in leg.words.items() if word][:most]
        if words:
            name: Line = ((f"{leg_name(leg)} ", "dim"),) if len(call.legs) > 1 else ()
            found.append((*name, (", ".join(words), "text")))
    return ((f"{call.provider} says ", "dim"), *join(found, DOT)) if found else ()


def verdict(call: Call) -> Line:
    """Return the verdict on the connection."""
    diagnosis = call.diagnosis()
    if diagnosis is None:
        return (("ICE ", "dim"), (fmt.UNKNOWN, "unknown"))
    return (("ICE ", "dim"), (diagnosis.verdict, verdict_role(diagnosis.verdict)))


def verdict_role(code: str) -> str:
    """Return the role of a verdict: how good or bad it is."""
    if code == "connected":
        return "good"
    if code in ("new", "gathering", "checking", "disconnected"):
        return "fair"
    return "unknown" if code in ("unknown", "closed", "closed-by-remote") else "poor"


def issue_order(issue: Issue) -> tuple[bool, bool, float, float]:
    """Return the sort key of issues: open ones, critical ones, those furthest beyond their limit, the newest."""
    beyond = 0.0
    if issue.value and issue.limit:
        beyond = issue.limit / issue.value if issue.code.startswith("low-") else issue.value / issue.limit
    return (issue.until is not None, issue.severity != "critical", -beyond, -issue.since)


def trouble(call: Call, times: Times) -> Line:
    """Return what is wrong and what to do about it: the worst issue, else the verdict, else whether all is well.

    While the call lasts only an open issue counts; of a call that is over, any.
    """
    issue = min(call.issues if call.over else call.open_issues(), key=issue_order, default=None)
    if issue is not None:
        return (*_issue_head(issue, call, times), ("  → ", "accent"), (issue.next_step, "text"))
    diagnosis = call.diagnosis()
    if diagnosis is not None and diagnosis.next_step:
        shape, role = sign(diagnosis)
        head: Line = ((f"{shape} {diagnosis.verdict}  ", role), (diagnosis.summary, "strong"))
        return (*head, ("  → ", "accent"), (diagnosis.next_step, "text"))
    past = len(call.issues)
    if call.unheard:
        return AS_IT_WAS
    if call.grade is Grade.UNKNOWN and not past:
        return (("? ", "unknown"), ("nothing was measured, so nothing is known to be wrong", "dim"))
    return (("✓ ", "good"), ("no open issue", "text"), (f", {past} past" if past else "", "dim"))


def sign(diagnosis: Diagnosis | None) -> tuple[str, str]:
    """Return the shape and the role of a verdict."""
    role = verdict_role(diagnosis.verdict if diagnosis is not None else "unknown")
    return {"good": "●", "fair": "◐", "poor": "▲"}.get(role, "?"), role


def issues(call: Call, times: Times, now: float) -> list[Line]:
    """Return the issues, open ones first, each with its value, its time, and what to do while it is open."""
    lines: list[Line] = []
    for issue in sorted(call.issues, key=issue_order):
        place = where(call, issue.leg, issue.stream)
        at: Line = ((f"  {place}", "dim"),) if place else ()
        lines.append((*_issue_head(issue, call, times, now), *at))
        if issue.until is None:
            lines += [(("  ", "text"), (issue.evidence, "dim"))] if issue.evidence else []
            lines.append((("  → ", "accent"), (issue.next_step, "text")))
    return lines or [(("none", "dim"),)]


def _issue_head(issue: Issue, call: Call, times: Times, now: float | None = None) -> Line:
    """Return an issue with its value and its time; with ``now`` dimmed where it is over.

    One that was there when the call ended never went away, so it is not ticked off.
    """
    lasting = issue.until is None or held_on(issue, call)
    over = now is not None and not lasting
    role = "over" if over else "poor" if issue.severity == "critical" else "fair"
    shape = "✓" if over else "▲" if issue.severity == "critical" else "◐"
    head: list[Span] = [(f"{shape} {issue.code}", role)]
    what = broken(issue)
    head += [(f" {what}", "over" if over else "strong")] if what else []
    since = times.text(issue.since, call.started_at, call.started_at)
    mean = "mean " if what and issue.code in AVERAGED else ""
    if issue.until is None and not call.over:
        lasted = f", {fmt.duration(now - issue.since)}" if now is not None else ""
        return (*head, (f"  {mean}since {since}{lasted}", "dim"))
    lasted = fmt.duration(max(0.0, ended(issue, call) - issue.since))
    to_end = ", to the end" if lasting else ""
    return (*head, (f"  {since}, {mean}for {lasted}{to_end}", "over" if over else "dim"))


def where(call: Call, leg: str | None, stream: str | None) -> str:
    """Return a leg and stream in few words: ``↓ audio``, with the leg's name where there are several legs."""
    found = call.legs.get(leg) if leg is not None else None
    if found is None:
        return ""
    parts = [leg_name(found)] if len(call.legs) > 1 else []
    track = found.streams.get(stream) if stream is not None else None
    parts += [f"{ARROWS.get(track.direction, '')} {track.kind}"] if track is not None else []
    return " ".join(parts)


def legs(call: Call, chosen: str | None, before: Mapping[str, Line], width: int) -> Line:
    """Return the legs to choose from, the chosen one marked and in sight; ``before`` stands before a leg's name.

    ``chosen`` None is all of them, which is a choice only where ``before`` has a key ''.
    """
    names = [("", "all")] if "" in before else []
    names += [(leg.id, leg_name(leg)) for leg in call.legs.values()]
    entries: list[Line] = []
    place = 0
    for id, name in names:
        here = id == (chosen or "")
        place = len(entries) if here else place
        mark: Span = ("▸" if here else " ", "accent")
        entries.append(
            (mark, *before.get(id, ()), (shorten(name, 24), "match" if here else "text"), ("  ", "text"))
        )
    start = 0
    while start < place and sum(map(cells, entries[start : place + 1])) > width - 2:
        start += 1
    line = join(entries[start:], ("", "text"))
    return clip(((("… ", "dim"), *line) if start else line), width)


def leg_name(leg: Leg) -> str:
    """Return what a person calls a leg: its label, else its id."""
    return leg.label or leg.id


def streams(call: Call, leg: str | None, width: int, at: float) -> list[Line]:
    """Return the streams as a table, the worst leg first; the newest values, below them those over the window.

    ``leg`` None is all legs.
    """
    chosen = [call.legs[leg]] if leg in call.legs else sorted(call.legs.values(), key=_goodness)
    columns = [column for column in _COLUMNS if _filled(column, chosen)]
    while columns and NAME_CELLS + CODEC_CELLS + 8 * (len(columns) + 1) > width:
        columns.pop()
    room = max(NAME_CELLS, min(28, width - CODEC_CELLS - 8 * (len(columns) + 1)))
    head = "".join(fit(title, 8, ">") for _, title in columns) + fit("Report", 8, ">")
    lines: list[Line] = [((fit("", room), "dim"), (fit("Codec", CODEC_CELLS), "dim"), (head, "dim"))]
    for one in chosen:
        for stream in sorted(one.streams.values(), key=lambda stream: stream.direction):
            lines += _stream(call, one, stream, columns, room, at)
    return lines if len(lines) > 1 else [(("no stream yet", "dim"),)]


def _goodness(leg: Leg) -> int:
    return -max((stream.grade.rank for stream in leg.streams.values()), default=0)


NAME_CELLS, CODEC_CELLS = 13, 7
"""The least that the name of a stream takes, and what its codec does."""

_COLUMNS = (
    ("rtt_ms", "RTT ms"),
    ("jitter_ms", "Jit ms"),
    ("loss_pct", "Loss %"),
    ("bitrate_bps", "bit/s"),
    ("mos", "MOS"),
    ("fps", "fps"),
    ("audio_level", "Level"),
    ("concealment_pct", "Conc. %"),
    ("jitter_buffer_ms", "Buf ms"),
)
"""What the table of streams shows, the most wanted first: the last ones go where there is no room."""


def _filled(column: tuple[str, str], legs: Sequence[Leg]) -> bool:
    return any(stream.now.get(column[0]) is not None for leg in legs for stream in leg.streams.values())


def _stream(
    call: Call, leg: Leg, stream: Stream, columns: Sequence[tuple[str, str]], room: int, at: float
) -> list[Line]:
    name = f" {leg_name(leg)}" if len(call.legs) > 1 else ""
    title = f"{ARROWS.get(stream.direction, ' ')} {stream.kind}{name}"
    age = fmt.duration(max(0.0, at - stream.remote_at)) if stream.remote_at is not None else fmt.UNKNOWN
    now = "".join(fit(fmt.metric(key, stream.now.get(key)), 8, ">") for key, _ in columns)
    window = "".join(fit(fmt.metric(key, stream.window.get(key)), 8, ">") for key, _ in columns)
    sign, role = badge_in(call, stream.grade)
    first: Line = (
        (f"{sign} ", role),
        (fit(shorten(title, room - 5), room - 4), "strong"),
        (fit(stream.codec or fmt.UNKNOWN, CODEC_CELLS), "text"),
        (now, "text"),
        (fit(age, 8, ">"), "dim"),
    )
    return [first, ((fit(f"     last {window_words(stream)}", room + CODEC_CELLS), "dim"), (window, "dim"))]


def events(call: Call, times: Times, limit: int | None = None) -> list[Line]:
    """Return the timeline, the newest line first; ``limit`` bounds how many."""
    moments = sorted(call.timeline, key=lambda moment: moment.at)
    places: dict[tuple[str | None, str | None, float | None], list[Issue]] = {}
    for issue in call.issues:
        for at in (issue.since, issue.until):
            places.setdefault((issue.code, issue.leg, at), []).append(issue)
    lines: list[Line] = []
    for index in range(len(moments) - 1, -1, -1):
        if limit is not None and len(lines) >= limit:
            lines.append(((f"… {index + 1} earlier", "dim"),))
            break
        before = moments[index - 1].at if index else None
        moment = moments[index]
        told = places.get((moment.code, moment.leg, moment.at)) if moment.kind == "issue" else None
        place = where(call, moment.leg, told.pop().stream if told else None)
        lines.append(event(moment, call, times, before, place))
    return lines or [(("nothing yet", "dim"),)]


def event(moment: Moment, call: Call, times: Times, before: float | None, place: str) -> Line:
    """Return one line of the timeline; ``place`` is the leg and stream that it is about."""
    at = times.text(moment.at, call.started_at, before)
    return (
        (fit(at, 8, ">"), "dim"),
        (" ▲ " if grave(moment) else " ◆ ", "poor" if grave(moment) else "accent"),
        (fit(moment.kind, 6), "dim"),
        (moment.text, "text"),
        (f"  {place}" if place else "", "dim"),
    )


def grave(moment: Moment) -> bool:
    """Return whether a moment is one where something went wrong."""
    if moment.kind == "issue":
        return moment.text.endswith("begins")
    return any(word in moment.text for word in GRAVE)
