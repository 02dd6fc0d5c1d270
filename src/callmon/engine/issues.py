"""Issues as intervals: what a rule says of now becomes something raised, held and cleared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found to be wrong now: the value, the limit it broke, and evidence in a few words.

    ``since`` is when it really began, where the rule knows better than the moment it was found. ``share`` are
    running totals (a part, and the whole) from which the value over the interval is worked out exactly, and
    ``before`` what of them lies in the window that led to the finding. ``timed`` says that the value is how long
    it lasts, in seconds. ``kinds`` are the media that it is about, audio, video
    or both, where the issue is of a whole leg. ``rule`` names the rule set whose limit it is, where that is not the
    one in force.
    """

    value: float | None = None
    limit: float | None = None
    severity: str = "warning"
    evidence: str = ""
    since: float | None = None
    share: tuple[float, float] | None = None
    before: tuple[float, float] = (0.0, 0.0)
    timed: bool = False
    kinds: tuple[str, ...] = ()
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """How long something must last to be raised, and be away to be cleared, in seconds.

    ``mean`` says that the value shown is the mean over the interval; otherwise it is the newest.
    """

    hold: float = 0.0
    clear: float = 5.0
    mean: bool = False


@dataclass(slots=True)
class Issue:
    """Something that is or was wrong, from ``since`` to ``until`` (None while it lasts), in epoch seconds."""

    code: str
    severity: str
    leg: str | None
    stream: str | None
    since: float
    until: float | None
    value: float | None
    limit: float | None
    rule: str
    title: str
    next_step: str
    evidence: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(slots=True)
class Tracker:
    """Raises and clears the issue of one rule at one place; ``issue`` is its place in the call's list of issues.

    Times are epoch seconds; ``total`` and ``count`` are those of the values found since it began, ``start`` the
    running totals then; ``timed`` whether the value is how long it lasts, ``counted_at`` when one was last counted.
    """

    began_at: float | None = None
    gone_at: float | None = None
    total: float = 0.0
    count: int = 0
    start: tuple[float, float] | None = None
    issue: int | None = None
    timed: bool = False
    counted_at: float | None = None

    def follow(
        self,
        at: float,
        holding: Holding,
        found: Finding | None,
        issues: list[Issue],
        make: Callable[[Finding, float], Issue],
        went_at: float | None = None,
    ) -> Issue | None:
        """Take what the rule says at ``at``; return the issue that was raised or cleared by it, or None.

        ``went_at`` is when what is not found any more was over, where that is known to have been before ``at``.
        """
        if found is None:
            return self._miss(at, holding, issues, went_at)
        self.gone_at, self.timed = None, found.timed
        if self.began_at is None:
            self.began_at = found.since if found.since is not None else at
            self.total, self.count, self.start = 0.0, 0, None
            if found.share is not None:
                self.start = found.share[0] - found.before[0], found.share[1] - found.before[1]
        if found.value is not None and at != self.counted_at:
            self.total += found.value
            self.count += 1
            self.counted_at = at
        if self.issue is not None:
            self._renew(issues[self.issue], at, holding, found)
            return None
        if at - self.began_at < holding.hold:
            return None
        raised = make(found, self.began_at)
        self.issue = len(issues)
        issues.append(raised)
        self._renew(raised, at, holding, found)
        return raised

    def _renew(self, issue: Issue, at: float, holding: Holding, found: Finding) -> None:
        issue.value = at - issue.since if found.timed else self._value(holding, found)
        issue.limit = found.limit
        issue.evidence = found.evidence
        issue.severity = found.severity
        issue.kinds = found.kinds

    def _value(self, holding: Holding, found: Finding) -> float | None:
        """Return the value over the interval: exactly, where totals are known, else the mean or the newest."""
        if found.share is not None and self.start is not None:
            part, whole = found.share[0] - self.start[0], found.share[1] - self.start[1]
            exact = 100.0 * max(0.0, part) / whole if whole > 0 else 0.0
            if found.limit is None or exact >= found.limit:
                return exact
        return self.total / self.count if holding.mean and self.count else found.value

    def _miss(self, at: float, holding: Holding, issues: list[Issue], went_at: float | None) -> Issue | None:
        if self.issue is None:
            self.began_at = None
            return None
        if self.gone_at is None:
            self.gone_at = at if went_at is None else min(at, went_at)
        return self.close(self.gone_at, issues) if at - self.gone_at >= holding.clear else None

    def close(self, at: float, issues: list[Issue]) -> Issue | None:
        """End the issue, if there is one, at ``at``; return it."""
        closed = self.suspend(at, issues)
        self.issue = self.began_at = self.gone_at = None
        return closed

    def suspend(self, at: float, issues: list[Issue]) -> Issue | None:
        """End the issue, if there is one, at ``at``, so that it can be resumed; return it."""
        closed = issues[self.issue] if self.issue is not None else None
        if closed is not None:
            closed.until = max(at, closed.since)
            if self.timed:
                closed.value = closed.until - closed.since
        return closed

    def resume(self, issues: list[Issue]) -> None:
        """Let the issue that was suspended go on."""
        if self.issue is not None:
            issues[self.issue].until = None
