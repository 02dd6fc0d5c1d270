"""What is offered while a filter is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.query.completion import complete
from callmon.query.grammar import parse
from callmon.query.misread import Misread

SEEN = {"codec": ("opus", "PCMU"), "call": ("Front desk 4", "support-312"), "region": ("us1",)}


def offered(text: str) -> list[str]:
    """The texts as they would stand, each whole."""
    return [text[: one.place] + one.text for one in complete(text, lambda name: SEEN.get(name, ()))]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("lo", "loss"),
        ("loss", "loss="),
        ("codec=", "codec=opus"),
        ("codec=p", "codec=PCMU"),
        ("call=fr", 'call="Front desk 4"'),
        ('call="Fr', 'call="Front desk 4"'),
        ("is:p", "is:poor"),
        ("agent is:", "agent is:good"),
        ("has:re", "has:relay"),
        ("issue:dt", "issue:dtls-stuck"),
        ("grade=", "grade=good"),
        ("loss>3 ", "loss>3 and"),
        ("(rtt", "(rtt="),
        ("an", "any("),
        ("wh", "reason"),
    ],
)
def test_the_first_that_is_offered(text: str, first: str) -> None:
    if text == "wh":
        assert "reason" in offered(text)
    elif text == "codec=":
        assert set(offered(text)) == {"codec=opus", "codec=PCMU"}
    else:
        assert first in offered(text)[:3], offered(text)[:6]


def test_nothing_is_offered_for_a_number() -> None:
    assert offered("loss>") == []
    assert offered("loss>3") == []


@given(st.text(max_size=30))
def test_whatever_is_typed_something_or_nothing_is_offered(text: str) -> None:
    for one in complete(text, lambda name: SEEN.get(name, ())):
        assert 0 <= one.place <= len(text)
        assert one.text


@pytest.mark.parametrize("name", ["codec", "call", "region", "grade", "state"])
def test_every_value_that_is_offered_can_be_read(name: str) -> None:
    for text in offered(f"{name}="):
        try:
            parse(text)
        except Misread as wrong:
            pytest.fail(f"{text}: {wrong}")
