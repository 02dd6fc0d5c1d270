"""The order of rows by a column: which way it goes, and where what is unknown comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from callmon.query.columns import SORT_LAST

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class Directed(Protocol):
    """What of a column or a fact says which way its order goes."""

    @property
    def worst_first(self) -> bool:
        """Whether the usual order is from the greatest down."""
        ...


class Sorted(Directed, Protocol[T_contra]):
    """What of a column or a fact sorting needs."""

    @property
    def key_of(self) -> Callable[[T_contra, float], Any]:
        """The sort key of a thing at a time."""
        ...


def descends(by: Directed, reverse: bool) -> bool:
    """Return whether rows go from the greatest down, in the usual order of a column or in the reverse of it."""
    return reverse != by.worst_first


def in_order(things: Sequence[T], by: Sorted[T], now: float, reverse: bool) -> list[T]:
    """Return things sorted by a fact; those of which it is unknown come last either way, equals stay as they are."""
    keyed = [(thing, by.key_of(thing, now)) for thing in things]
    have = [pair for pair in keyed if pair[1] is not SORT_LAST]
    have.sort(key=lambda pair: pair[1], reverse=descends(by, reverse))
    return [thing for thing, _ in have] + [thing for thing, key in keyed if key is SORT_LAST]
