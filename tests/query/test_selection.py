"""The text of a filter that selects what a figure counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callmon.query.aggregate import Bar, Ledger, Wanted
from callmon.query.filter import Filter
from callmon.query.selection import selection
from tests.query.calls import NOW, calls


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Firefox", "Firefox"),
        ("twilio-video.js", "twilio-video.js"),
        ("Chrome 156", '"Chrome 156"'),
        ("198.51.100.7", "198.51.100.7"),
        ("10:00", "10:00"),
        ("is:poor", '"is:poor"'),
        ("or", '"or"'),
        ("", '""'),
        ('a "b" \\c', '"a \\"b\\" \\\\c"'),
    ],
)
def test_a_value_is_quoted_where_it_is_no_plain_word(value: str, text: str) -> None:
    assert selection(Wanted("browser", (value,))) == f"browser={text}"


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (Wanted("browser", ("Firefox",)), "browser=Firefox"),
        (Wanted("browser", ("Chrome 155", "Chrome 156")), 'browser="Chrome 155" or browser="Chrome 156"'),
        (Wanted("issue", ("high-rtt",)), "issue:high-rtt"),
        (Wanted("is", ("room",)), "is:room"),
        (Wanted("os", ("unknown",)), "os=unknown"),
    ],
)
def test_what_is_wanted_as_text(wanted: Wanted, text: str) -> None:
    assert selection(wanted) == text


def test_a_span_is_what_was_under_way_in_it() -> None:
    span = (1_800_000_000.0, 1_800_000_060.0)
    during = 'started<"2027-01-15T08:01:00.000Z" and not ended<"2027-01-15T08:00:00.000Z"'
    assert selection(Wanted("", ()), span) == during
    assert selection(Wanted("os", ("iOS",)), span) == f"os=iOS and {during}"
    assert selection(Wanted("os", ("a", "b")), span) == f"(os=a or os=b) and {during}"


def counted() -> Iterator[tuple[Bar, tuple[float, float] | None]]:
    """Every bar of the figures over the demo's calls, over all of its time and over the last minute."""
    for since in (NOW - 100_000.0, NOW - 60.0):
        ledger = Ledger()
        ledger.begin(calls())
        while ledger.busy:
            ledger.step(1000)
        found = ledger.figures(since, NOW + 1.0)
        span = None if found.whole else (found.since, found.until)
        for bars in (*found.groups.values(), found.issues, found.relays, found.providers):
            yield from ((bar, span) for bar in bars)


def test_the_filter_of_a_bar_passes_the_calls_that_it_counted_and_no_others() -> None:
    seen = 0
    for bar, span in counted():
        filter = Filter(selection(bar.wanted, span))
        assert {call.id for call in calls() if filter.passes(call, NOW)} == bar.calls, str(filter)
        seen += 1
    assert seen > 20


def test_the_filter_of_a_stretch_of_time_passes_what_was_under_way_in_it() -> None:
    for since in (NOW - 240.0, NOW - 90.0, NOW - 5.0):
        filter = Filter(selection(Wanted("", ()), (since, since + 30.0)))
        passed = {call.id for call in calls() if filter.passes(call, NOW)}
        assert passed == {
            call.id
            for call in calls()
            if call.started_at < since + 30.0 and not (call.over and (call.ended_at or NOW) < since)
        }
