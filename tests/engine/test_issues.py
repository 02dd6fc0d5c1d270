"""Issues as intervals: held before they are raised, away before they clear, with a value over the interval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.issues import Finding, Holding, Issue, Tracker

HOLDING = Holding(hold=5.0, clear=10.0)


def make(finding: Finding, since: float) -> Issue:
    return Issue(
        "x", finding.severity, None, None, since, None, finding.value, finding.limit, "telnyx", "X", "Do.", ""
    )


def followed(*found: Finding | None, holding: Holding = HOLDING) -> list[Issue]:
    tracker, issues = Tracker(), list[Issue]()
    for at, finding in enumerate(found):
        tracker.follow(float(at), holding, finding, issues, make)
    return issues


def test_raised_once_it_has_lasted_and_since_it_began() -> None:
    bad = Finding(7.0, 3.0)
    assert followed(*[bad] * 5) == []
    (issue,) = followed(*[bad] * 6)
    assert (issue.since, issue.until, issue.value, issue.limit) == (0.0, None, 7.0, 3.0)


def test_cleared_once_it_was_away_and_until_it_went() -> None:
    bad = Finding(7.0)
    (issue,) = followed(*[bad] * 8, *[None] * 10)
    assert issue.until is None
    (issue,) = followed(*[bad] * 8, *[None] * 11)
    assert (issue.since, issue.until) == (0.0, 8.0)


def test_a_short_pause_is_one_issue_and_a_long_one_is_two() -> None:
    bad = Finding(7.0)
    assert len(followed(*[bad] * 8, *[None] * 5, *[bad] * 8)) == 1
    assert [issue.since for issue in followed(*[bad] * 8, *[None] * 12, *[bad] * 8)] == [0.0, 20.0]


def test_what_comes_and_goes_is_not_raised() -> None:
    assert followed(*[Finding(1.0), Finding(1.0), None] * 20) == []


def test_a_rule_may_know_better_when_it_began() -> None:
    (issue,) = followed(Finding(9.0, since=-20.0))
    assert issue.since == -20.0


def test_the_severity_is_that_of_what_is_found_now() -> None:
    warning, critical = Finding(2.0), Finding(5.0, severity="critical")
    (issue,) = followed(*[warning] * 8, critical)
    assert issue.severity == "critical"
    (issue,) = followed(*[warning] * 8, critical, *[warning] * 5)
    assert issue.severity == "warning"


def test_the_value_is_the_newest_or_the_mean() -> None:
    findings = [Finding(float(value)) for value in range(10)]
    assert followed(*findings)[0].value == 9
    assert followed(*findings, holding=Holding(5.0, 10.0, mean=True))[0].value == 4.5


def test_the_value_of_a_share_is_that_of_its_totals() -> None:
    findings = [Finding(50.0, share=(10.0 * at, 200.0 * at + 1000), before=(0.0, 0.0)) for at in range(10)]
    assert followed(*findings)[0].value == pytest.approx(100 * 90 / 1800)


def test_the_value_of_a_time_is_how_long_it_was() -> None:
    (issue,) = followed(*[Finding(float(at), since=-2.0, timed=True) for at in range(8)], *[None] * 11)
    assert (issue.since, issue.until, issue.value) == (-2.0, 8.0, 10.0)


def test_closing_ends_it_at_once() -> None:
    tracker, issues = Tracker(), list[Issue]()
    assert tracker.close(1.0, issues) is None
    for at in range(8):
        tracker.follow(float(at), HOLDING, Finding(1.0), issues, make)
    closed = tracker.close(7.5, issues)
    assert closed is issues[0]
    assert closed.until == 7.5


@given(st.lists(st.booleans(), max_size=150), st.floats(0, 20), st.floats(0, 20))
def test_intervals_never_overlap_and_lie_in_order(found: list[bool], hold: float, clear: float) -> None:
    findings = [Finding(1.0) if bad else None for bad in found]
    issues = followed(*findings, holding=Holding(hold, clear))
    for one, two in zip(issues, issues[1:], strict=False):
        assert one.until is not None
        assert one.since <= one.until <= two.since
        assert two.since - one.until >= clear
    assert all(found[round(issue.since)] for issue in issues)
