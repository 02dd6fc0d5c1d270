"""Old garbage is collected in quiet moments only, and all of it in the end."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from callmon.tui.tidying import IDLE_S, WHOLE, Tidying


class Knot:
    """Something that only the collector lets go."""

    def __init__(self) -> None:
        self.me = self


class Desk:
    """A clock, the time of the last key, and the tidying."""

    def __init__(self) -> None:
        self.now, self.key_at = 1000.0, 0.0
        self.tidying = Tidying(lambda: self.now, lambda: self.key_at)

    def knot(self) -> weakref.ref[Knot]:
        """Something that was there at a collection before and is garbage now."""
        knot = Knot()
        gc.collect(1)
        return weakref.ref(knot)


@pytest.fixture
def desk() -> Iterator[Desk]:
    found = Desk()
    found.tidying.begin()
    yield found
    found.tidying.end()
    assert gc.get_freeze_count() == 0


def test_what_is_new_is_looked_through_when_nobody_presses_keys(desk: Desk) -> None:
    knot = desk.knot()
    desk.key_at = desk.now - IDLE_S
    desk.tidying.tidy()
    assert knot() is None


def test_under_somebodys_hands_it_is_only_taken_out_of_sight(desk: Desk) -> None:
    knot, before = desk.knot(), gc.get_freeze_count()
    desk.key_at = desk.now
    desk.tidying.tidy()
    assert knot() is not None
    assert gc.get_freeze_count() > before
    desk.key_at = 0.0
    for _ in range(WHOLE):
        desk.tidying.tidy()
    assert knot() is None


def test_what_became_garbage_out_of_sight_goes_in_the_end(desk: Desk) -> None:
    knot = Knot()
    desk.tidying.tidy()
    gone = weakref.ref(knot)
    del knot
    gc.collect()
    assert gone() is not None
    for _ in range(WHOLE):
        desk.tidying.tidy()
    assert gone() is None


def test_the_collector_is_as_before_in_the_end() -> None:
    before, desk = gc.get_threshold(), Desk()
    desk.tidying.begin()
    assert gc.get_threshold() != before
    desk.tidying.end()
    assert gc.get_threshold() == before


def test_a_timer_that_asks_after_the_end_changes_nothing() -> None:
    before, desk = gc.get_threshold(), Desk()
    desk.tidying.begin()
    desk.tidying.end()
    desk.tidying.begin()
    desk.tidying.tidy()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
