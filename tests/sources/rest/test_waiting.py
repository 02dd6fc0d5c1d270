"""Who is taken of those that wait, held against looking through all of them."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from callmon.model.frames import Fetch
from callmon.sources.rest.waiting import Errand, Waiting

CALLS = ["", "a", "b", "c"]

WANT = st.tuples(st.just("want"), st.integers(0, 9), st.sampled_from(CALLS), st.integers(-5, 20))
TAKE = st.tuples(st.just("take"), st.frozensets(st.sampled_from(CALLS[1:])), st.booleans(), st.booleans())
WAIT = st.tuples(st.just("wait"), st.integers(-3, 9), st.none(), st.none())


def expected(waiting: list[Errand], now: float, first: frozenset[str], only_first: bool) -> Errand | None:
    """Return who is to be taken, found by going through all that wait."""
    due = [one for one in waiting if one.due <= now and (not only_first or one.call in first)]
    return min(
        due,
        key=lambda one: (
            one.call is not None and one.call not in first,
            one.fetch.weight,
            one.since,
            one.number,
        ),
        default=None,
    )


@example(
    [
        ("want", 0, "a", 0),
        ("want", 1, "a", 0),
        ("take", frozenset(), False, True),
        ("take", frozenset(), False, False),
    ]
)
@given(st.lists(st.one_of(WANT, TAKE, TAKE, WAIT), max_size=120))
def test_whoever_is_taken_is_the_most_urgent_of_all_that_are_due(steps: list[tuple[Any, ...]]) -> None:
    waiting, now, there = Waiting(), 1000.0, dict[str, Errand]()
    for what, one, two, three in steps:
        if what == "wait":
            now += float(one)  # a clock may be set back
        elif what == "want":
            about = {"call": two} if two else {}
            waiting.add(Fetch(f"{one}", "t", about, after=now + float(three), weight=int(one) % 3), now)
            there = dict(waiting._errands)
        else:
            first, only_first, again = one, bool(two), bool(three)
            chosen = expected(list(there.values()), now, first, only_first)
            assert waiting.take(now, first, only_first) is chosen
            if chosen is not None and again:
                waiting.again(chosen, now + 2)
            there = dict(waiting._errands)
            left = [it.due for it in there.values() if not only_first or it.call in first]
            soon, said = min(left, default=None), waiting.next_at(first, only_first)
            assert said == soon or (said is not None and soon is not None and max(said, soon) <= now)
            assert len(waiting) == len(there)
            assert {it.key for of in waiting._of_call.values() for it in of.values()} == {
                it.key for it in there.values() if it.call is not None
            }
    while (errand := waiting.take(1e9, frozenset())) is not None:
        del there[errand.key]
    assert not there
    assert waiting.next_at(frozenset()) is None


def test_who_hurries_has_a_list_asked_again_but_not_beside_itself() -> None:
    waiting, lists = Waiting(), Fetch("calls", "list", after=90.0)
    waiting.add(lists, 100.0)
    asked = waiting.take(100.0, frozenset())
    assert asked is not None
    waiting.hasten(frozenset(), 101.0)
    waiting.add(lists, 101.0)
    assert waiting.take(101.0, frozenset()) is None
    waiting.end(asked)
    waiting.add(lists, 102.0)
    assert waiting.take(102.0, frozenset()) is None
    waiting.hasten(frozenset(), 103.0)
    waiting.add(lists, 103.0)
    assert waiting.take(103.0, frozenset()) is not None
