from __future__ import annotations

from callmon.tui.order import REORDER_S, Order

NEVER = float("-inf")


def test_the_first_order_is_taken_at_once() -> None:
    assert Order().follow(["b", "a"], 0.0, NEVER) == ["b", "a"]


def test_rows_are_not_reordered_before_their_time() -> None:
    order = Order()
    order.follow(["a", "b"], 10.0, NEVER)
    assert order.follow(["b", "a"], 10.0 + REORDER_S - 0.1, NEVER) == ["a", "b"]
    assert order.follow(["b", "a"], 10.0 + REORDER_S, NEVER) == ["b", "a"]


def test_rows_are_not_reordered_under_the_hands_of_somebody() -> None:
    order = Order()
    order.follow(["a", "b"], 10.0, NEVER)
    assert order.follow(["b", "a"], 20.0, key_at=19.0) == ["a", "b"]
    assert order.follow(["b", "a"], 21.1, key_at=19.0) == ["b", "a"]


def test_what_somebody_asked_for_does_not_wait() -> None:
    order = Order()
    order.follow(["a", "b"], 10.0, 10.0)
    assert order.follow(["b", "a"], 10.1, 10.1, now=True) == ["b", "a"]


def test_new_calls_come_and_old_ones_go_meanwhile() -> None:
    order = Order()
    order.follow(["a", "b", "c"], 10.0, NEVER)
    assert order.follow(["new", "c", "a"], 10.5, NEVER) == ["a", "c", "new"]
