"""From streams to legs to the call: the worst of each metric, the grade and its reason."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from callmon.engine.call import Call, Leg, Moment, Stream
from callmon.engine.issues import Issue
from callmon.engine.judging import stopped
from callmon.engine.quality import Grade, Reason, RuleSet
from callmon.model.dust import settled

WORST_HIGH = ("rtt_ms", "jitter_ms", "loss_pct")
"""Metrics of which the greatest value is the worst."""

TREND = ("rtt_ms", "jitter_ms", "loss_pct", "mos")
"""Metrics behind the sparklines of the overview."""

BROKEN = frozenset({"media-stopped", "one-way-audio", "ice-failed", "dtls-stuck", "connection-dropped"})
"""Issues that make a call poor whatever its numbers say: nothing can be heard or seen."""

_SUMS = frozenset({"bitrate_in_bps", "bitrate_out_bps"})
_WORDS = {
    "good": Grade.GOOD,
    "warning": Grade.FAIR,
    "fair": Grade.FAIR,
    "bad": Grade.POOR,
    "poor": Grade.POOR,
}


def roll_leg(leg: Leg, rules: RuleSet) -> None:
    """Compute what a leg shows from its streams."""
    worst: dict[str, float | None] = {}
    grade, reason = Grade.UNKNOWN, None
    for stream in leg.streams.values():
        if stream.gone:
            continue
        for key in WORST_HIGH:
            _keep(worst, key, stream.window.get(key), high=True)
        if stream.kind == "audio":
            _keep(worst, "mos", stream.window.get("mos"), high=False)
            if stream.inbound or "audio_level" not in worst:
                worst["audio_level"] = stream.now.get("audio_level")
        _keep_sum(worst, "bitrate_in_bps" if stream.inbound else "bitrate_out_bps", _rate(stream))
        why = _as_now(stream)
        if stream.grade.rank > grade.rank:
            grade, reason = stream.grade, why
        elif stream.grade is grade and _further(why, reason):
            reason = why
    if any(stream.kind == "audio" and stream.inbound and _silent(stream) for stream in leg.streams.values()):
        # What does not arrive has no loss and no score; those of the other direction would look like health.
        worst["loss_pct"] = worst["jitter_ms"] = worst["mos"] = None
    if worst.get("rtt_ms") is None:
        worst["rtt_ms"] = leg.now.get("pair_rtt_ms")
    if rules.words is not None:
        grade, reason = _WORDS.get(leg.words.get(rules.words, ""), Grade.UNKNOWN), None
    leg.worst, leg.grade, leg.reason = worst, grade, reason


def _silent(stream: Stream) -> bool:
    return not stream.gone and stopped(stream)


def _as_now(stream: Stream) -> Reason | None:
    """Return a stream's reason with the value of now, where that still fails; else as it was when it failed."""
    reason = stream.reason
    value = stream.window.get(reason.metric) if reason is not None else None
    if reason is None or value is None or reason.limit is None:
        return reason
    compared = settled(value, reason.limit)
    fails = compared > reason.limit if reason.op.startswith(">") else compared < reason.limit
    return replace(reason, value=value, op=reason.op[0]) if fails else reason


def _rate(stream: Stream) -> float | None:
    value = stream.window.get("bitrate_bps")
    return stream.now.get("bitrate_bps") if value is None else value


def _further(one: Reason | None, other: Reason | None) -> bool:
    """Return whether a reason is further beyond its limit than another."""
    if one is None or other is None:
        return one is not None
    return _excess(one) > _excess(other)


def _excess(reason: Reason) -> float:
    if not reason.limit or reason.value is None or not reason.value:
        return 0.0
    return reason.value / reason.limit if reason.op.startswith(">") else reason.limit / reason.value


def _keep(worst: dict[str, float | None], key: str, value: float | None, *, high: bool) -> None:
    old = worst.get(key)
    if value is not None and (old is None or (value > old) == high):
        worst[key] = value


def _keep_sum(worst: dict[str, float | None], key: str, value: float | None) -> None:
    if value is not None:
        worst[key] = (worst.get(key) or 0.0) + value


class Share(NamedTuple):
    """What legs add to what a call shows: those that are there, else those that were there at the end.

    ``stays`` is whether no other took the place of them and when they left; what stays longest counts alone.
    """

    stays: tuple[bool, float]
    metrics: Mapping[str, float]
    grade: Grade
    reason: Reason | None


def _share(leg: Leg, at: float) -> Share:
    # Adding 0 makes 0 of -0: they are equal, and which of them is kept would depend on what was before.
    metrics = {key: value + 0.0 for key, value in leg.worst.items() if value is not None}
    left_at = math.inf if leg.left_at is None or leg.left_at > at else leg.left_at
    if left_at < math.inf and not metrics and leg.grade is Grade.UNKNOWN:
        left_at = -math.inf  # of whom nothing was measured says nothing of how a call ended
    stays = leg.replaced_at is None, left_at
    return Share(stays, metrics, leg.grade, leg.reason)


def _joined(one: Share, other: Share) -> Share:
    """Return what two shares come to: of a call of many legs this is most of the work."""
    if one.stays != other.stays:
        return max(one, other, key=_stays)
    metrics = dict(one.metrics)
    for key, value in other.metrics.items():
        old = metrics.get(key)
        if old is None:
            metrics[key] = value
        elif key in _SUMS:
            metrics[key] = old + value
        elif (value > old) == (key != "mos"):
            metrics[key] = value
    grade, reason = one.grade, one.reason
    if other.grade is grade:
        reason = other.reason if other.reason is not None and _further(other.reason, reason) else reason
    elif other.grade.rank > grade.rank:
        grade, reason = other.grade, other.reason
    return Share(one.stays, metrics, grade, reason)


def _stays(share: Share) -> tuple[bool, float]:
    return share.stays


def roll_call(call: Call, now: float, legs: Iterable[str] | None = None, there_at: float = math.inf) -> Grade:
    """Compute what a call shows from its legs, of which ``legs`` changed (None: any); return its grade before.

    Of the past is told with ``there_at``: whoever left after that was still there.
    """
    metrics: dict[str, float | None] = {}
    grade, reason = Grade.UNKNOWN, None
    whole = call.shares.put(
        {leg.id: _share(leg, there_at) for leg in call.changed(call.shares, legs)}, _joined
    )
    if whole is not None:
        metrics.update(whole.metrics)
        grade, reason = whole.grade, whole.reason
    broken = next((issue for issue in call.issues if _breaks(issue)), None)
    if broken is not None and grade is not Grade.POOR:
        grade, reason = Grade.POOR, _because(call, broken)
    if broken is not None and broken.code in ("media-stopped", "one-way-audio"):
        metrics["mos"] = None
    if call.state == "stale":
        grade, reason = Grade.UNKNOWN, None
    old = call.grade
    call.metrics, call.grade, call.reason = metrics, grade, reason
    _count_time(call, old, now)
    if grade is not old:
        call.graded_since = now
    return old


def _because(call: Call, issue: Issue) -> Reason:
    leg = call.legs.get(issue.leg) if issue.leg is not None else None
    stream = leg.streams.get(issue.stream) if leg is not None and issue.stream is not None else None
    direction = stream.direction if stream is not None else None
    return Reason(issue.code, "is", issue.value, issue.limit, direction, issue.leg, issue.stream)


def _breaks(issue: Issue) -> bool:
    return issue.until is None and issue.severity == "critical" and issue.code in BROKEN


def _count_time(call: Call, old: Grade, now: float) -> None:
    """Count the time since it was last counted, but none that callmon stood still and was not told of later.

    What is told late is of its own time: what was counted since that as more of the same is taken back.
    """
    if call.graded_at is None:
        call.graded_at = call.started_at
    if call.unheard_at is not None and call.unheard_at <= now:
        call.graded_at = max(call.graded_at, call.unheard_at)
    if now > call.graded_at:
        call.grade_seconds[old.value] = call.grade_seconds.get(old.value, 0.0) + now - call.graded_at
        call.graded_at = now
    elif now < call.graded_at and _same_since(call, now):
        now = min(call.graded_at, max(now, call.started_at))
        counted = call.grade_seconds.get(old.value, 0.0) - (call.graded_at - now)
        call.grade_seconds[old.value], call.graded_at = max(0.0, counted), now


def _same_since(call: Call, at: float) -> bool:
    """Return whether all that was counted since then is of the grade that the call has, and none was left out."""
    return (call.graded_since is None or call.graded_since <= at) and (
        call.unheard_at is None or call.unheard_at <= at
    )


def append_trend(call: Call, now: float) -> None:
    """Put what a call shows into its short history, where that is long enough after the last."""
    times = call.trend.times
    spacing = max(1.0, 0.8 * (call.interval_s or 1.0))
    if not times or now - call.trend.origin - times[-1] / 1000 >= spacing:
        call.trend.append(now, {key: call.metrics.get(key) for key in TREND})


def note_grade(call: Call, old: Grade, now: float) -> Moment | None:
    """Put a change of grade on the timeline; return its line, None where there is none."""
    if old is call.grade or old is Grade.UNKNOWN:
        return None
    line = Moment(now, "call", f"grade {old.value} → {call.grade.value}")
    call.note(line)
    return line
