"""Every rule put to every place that was touched, and what becomes of the answers."""

from __future__ import annotations

from collections.abc import Iterable

from callmon.engine.call import Call, Leg, Moment
from callmon.engine.changes import Change, Cleared, Raised
from callmon.engine.issues import Finding, Issue, Tracker
from callmon.engine.quality import RuleSet
from callmon.engine.rules import rules_for
from callmon.engine.rules.rule import Context, Rule

MAX_ISSUES = 500
"""A call that flaps more than this keeps its first issues; more are not counted."""

_OF_CALL, _OF_LEG = rules_for("call"), rules_for("leg")
_OF_STREAM = {
    (kind, direction): rules_for("stream", kind, direction)
    for kind in ("audio", "video")
    for direction in ("inbound", "outbound")
}


def ask(call: Call, legs: Iterable[str], now: float, rules: RuleSet) -> list[Change]:
    """Put every rule to the places that were touched."""
    changes: list[Change] = []
    for id in legs:
        leg = call.legs[id]
        if leg.replaced_at is not None:
            changes += _let_go(call, leg, leg.replaced_at, now)
            continue
        _question(_OF_LEG, Context(call, leg, None, now, rules), changes)
        for stream in leg.streams.values():
            if stream.gone and not call.trackers:
                continue
            asked = _OF_STREAM.get((stream.kind, stream.direction), ())
            _question(asked, Context(call, leg, stream, now, rules), changes)
    _question(_OF_CALL, Context(call, None, None, now, rules), changes)
    return changes


def _let_go(call: Call, leg: Leg, at: float, now: float) -> list[Change]:
    """End the issues of a leg that another took the place of at ``at``."""
    changes: list[Change] = []
    for key in [key for key in call.trackers if f"|{leg.id}|" in key]:
        issue = call.trackers.pop(key).close(at, call.issues)
        if issue is not None:
            call.note(Moment(at, "issue", f"{issue.code} ends", issue.leg, issue.code))
            changes.append(Cleared(call.id, now, issue))
    return changes


def _question(rules: Iterable[Rule], ctx: Context, changes: list[Change]) -> None:
    trackers = ctx.call.trackers
    for rule in rules:
        found = rule.when(ctx)
        if found is not None or trackers:
            changes += _follow(rule, ctx, found)


def _follow(rule: Rule, ctx: Context, found: Finding | None) -> list[Change]:
    """Hold what a rule found, or did not find, against what was found there before."""
    call, leg, stream, now = ctx.call, ctx.leg, ctx.stream, ctx.now
    key = f"{rule.code}|{leg.id if leg else ''}|{stream.id if stream else ''}"
    tracker = call.trackers.get(key)
    if tracker is None:
        if found is None or len(call.issues) >= MAX_ISSUES:
            return []
        tracker = call.trackers[key] = Tracker()

    def make(finding: Finding, since: float) -> Issue:
        return Issue(
            rule.code,
            finding.severity,
            leg.id if leg else None,
            stream.id if stream else None,
            since,
            None,
            finding.value,
            finding.limit,
            finding.rule or ctx.rules.name,
            rule.title,
            rule.advice,
            finding.evidence,
            finding.kinds,
        )

    had = tracker.issue is not None
    went_at = rule.until(ctx) if found is None and had and rule.until is not None else None
    issue = tracker.follow(now, rule.holding, found, call.issues, make, went_at)
    if tracker.began_at is None:
        del call.trackers[key]
    if issue is None:
        return []
    if not had:
        call.note(Moment(issue.since, "issue", f"{issue.code} begins", issue.leg, issue.code))
        return [Raised(call.id, now, issue)]
    call.note(Moment(issue.until or now, "issue", f"{issue.code} ends", issue.leg, issue.code))
    return [Cleared(call.id, now, issue)]
