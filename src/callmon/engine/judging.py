"""How a stream is judged: by the rule set, over the window, with the failing rule as reason."""

from __future__ import annotations

from callmon.engine.call import Leg, Stream
from callmon.engine.quality import Grade, Levels, Reason, RuleSet
from callmon.engine.voting import vote

STILL_S = 2.5
"""A stream whose packets have not grown for this long has stopped; DTX still sends one each 400 ms."""


def stopped(stream: Stream) -> bool:
    """Return whether a stream that flowed has stopped."""
    return stream.still_since is not None and (stream.last_at or 0.0) - (stream.flowed_at or 0.0) >= STILL_S


def _never_flowed(stream: Stream) -> bool:
    """Return whether a stream that counts its packets has not had one yet; such a stream has no quality."""
    return stream.flowed_at is None and "packets" in stream.totals


def judge(stream: Stream, at: float, rules: RuleSet, leg: Leg) -> None:
    """Grade a stream by the rule set, with the failing rule as reason."""
    whole = _whole_call(stream) if rules.whole_call else None
    raw, reason = Grade.UNKNOWN, None
    eased = Grade.UNKNOWN
    for key, levels in rules.levels.items():
        value = whole.get(key) if whole is not None else steady(stream, key, levels, at)
        if value is None:
            continue
        grade, easy = levels.grade(value), levels.grade(value, 0.9)
        eased = max(eased, easy, key=lambda one: one.rank)
        if grade.rank > raw.rank:
            shown = stream.window.get(key) if whole is None else value
            raw, reason = grade, _reason(key, value if shown is None else shown, levels, grade, stream, leg)
    if rules.votes:
        raw, eased, reason = vote(stream, rules, leg)
    if stopped(stream) or _never_flowed(stream):
        raw = Grade.UNKNOWN
    stream.grade = stream.judge.judge(at, raw, eased)
    if stream.grade in (Grade.GOOD, Grade.UNKNOWN):
        stream.reason = None
    elif reason is not None and raw.rank >= stream.grade.rank:
        # A grade that is only held, because it is not clearly better yet, keeps the reason that it had.
        stream.reason = reason


def steady(stream: Stream, key: str, levels: Levels, at: float) -> float | None:
    """Return what a stream is judged by: its window without the worst value, so that one is none."""
    if stream.window.get(key) is None:
        return None
    if key == "loss_pct":
        return stream.windows.steady_loss_pct(at)
    return stream.windows.steady(key, at, high_is_bad=not levels.high_is_good)


def _reason(key: str, value: float, levels: Levels, grade: Grade, stream: Stream, leg: Leg) -> Reason | None:
    if grade is Grade.GOOD:
        return None
    limit = levels.poor if grade is Grade.POOR else levels.fair
    return Reason(key, levels.beyond(value, limit), value, limit, stream.direction, leg.id, stream.id)


def _whole_call(stream: Stream) -> dict[str, float | None]:
    values: dict[str, float | None] = {key: tally.mean() for key, tally in stream.tallies.items()}
    values["loss_pct"] = loss_of_call(stream)
    return values


def loss_of_call(stream: Stream) -> float | None:
    """Return the loss since the stream began, in percent, from its counters; None where nothing was expected."""
    lost, packets = stream.totals.get("lost"), stream.totals.get("packets")
    if stream.inbound:
        if lost is None or packets is None or packets + max(0.0, lost) <= 0:
            return None
        return 100.0 * max(0.0, lost) / (packets + max(0.0, lost))
    far, sent = stream.totals.get("remote_lost"), stream.totals.get("remote_sent")
    if far is None or sent is None or sent <= 0:
        return None
    # The documented merge of simulcast layers counts what was lost beside what was sent.
    expected = sent + max(0.0, far) if "layers" in stream.attributes else max(sent, far)
    return 100.0 * max(0.0, far) / expected
