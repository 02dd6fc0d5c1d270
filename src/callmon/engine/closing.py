"""The end of a call as something that can be taken back: what it changes, and from where the call goes on then."""

from __future__ import annotations

from collections.abc import Iterable

from callmon.engine import rollup
from callmon.engine.asking import ask
from callmon.engine.call import Call, Moment, Standing
from callmon.engine.changes import Change
from callmon.engine.ending import summarise
from callmon.engine.quality import RuleSet
from callmon.engine.tree import Tree


def close(call: Call, state: str, at: float, reason: str | None, stood: Standing) -> None:
    """Let a call have ended, which is a line on its timeline, and sum it up."""
    call.state, call.ended_at, call.end_reason = state, max(at, call.started_at), reason
    call.stood = stood
    call.note(_line(call, call.ended_at))
    if state == "ended":
        # What was wrong when a call failed was never put right; what was wrong when it ended is over.
        for tracker in call.trackers.values():
            tracker.suspend(call.ended_at, call.issues)
    call.summary = summarise(call, call.ended_at)


def take_back(call: Call, now: float, end: tuple[str, float, str | None] | None) -> None:
    """Take the end of a call back: one of its legs lives again, or more is told of it or of its end (``end``)."""
    if end is None and not call.lasts:
        call.note(Moment(now, "call", "the call lives again"))
        if call.state == "ended":
            call.trackers.clear()
    else:
        _go_on(call)
    call.state, call.ended_at, call.end_reason, call.summary, call.stood = "live", None, None, None, None
    call.shares = Tree()  # not kept up while it was over


def catch_past(call: Call, legs: Iterable[str], at: float, rules: RuleSet) -> list[Change]:
    """Let a call whose end was told take what was measured at ``at``, before that, as if it still went on."""
    changes = ask(call, legs, at, rules)
    rollup.note_grade(call, rollup.roll_call(call, at, legs, there_at=at), at)
    rollup.append_trend(call, at)
    call.shares = Tree()  # whoever was there then may have left before the end
    return changes


def _go_on(call: Call) -> None:
    """Let a call stand as it did just before its end."""
    lines = [_line(call, call.ended_at)] if call.ended_at is not None else []
    if call.stood is not None:
        call.grade, call.graded_since = call.stood.grade, call.stood.graded_since
        lines += [call.stood.line] if call.stood.line is not None else []
    for line in lines:
        if line in call.timeline:
            call.timeline.remove(line)
    for tracker in call.trackers.values():
        tracker.resume(call.issues)


def _line(call: Call, at: float) -> Moment:
    return Moment(at, "call", f"{call.state}: {call.end_reason}" if call.end_reason else call.state)
