"""The text of a filter that selects what a figure counted."""

from __future__ import annotations

import pytest

from callmon.query.aggregate import Wanted
from callmon.query.selection import quoted, selection


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Firefox", "Firefox"),
        ("twilio-video.js", "twilio-video.js"),
        ("Chrome 156", '"Chrome 156"'),
        ("198.51.100.7", '"198.51.100.7"'),
        ("or", '"or"'),
        ("", '""'),
        ('a "b" \\c', '"a \\"b\\" \\\\c"'),
    ],
)
def test_a_value_is_quoted_where_it_is_no_plain_word(value: str, text: str) -> None:
    assert quoted(value) == text


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
