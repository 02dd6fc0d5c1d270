"""What the parts of something come to, kept up as they change, at the price of the logarithm of their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

Part = TypeVar("Part")


class Tree(Generic[Part]):
    """Parts in the order in which they came, joined by twos; what they come to depends on the parts alone.

    It can be worked out anew at any time, so it is no state of its own: nobody has to keep it.
    """

    __slots__ = ("_nodes", "_places")

    def __init__(self) -> None:
        # A heap: the whole at 1, then halves, the parts at the end.
        self._nodes: list[Part | None] = [None, None]
        self._places: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._places)

    def put(self, parts: Mapping[str, Part], join: Callable[[Part, Part], Part]) -> Part | None:
        """Put parts in the places of their keys, new ones last; return what all come to, None where none is."""
        nodes, places = self._nodes, self._places
        for key in parts:
            places.setdefault(key, len(places))
        half = len(nodes) // 2
        changed: set[int] = set()
        if len(places) > half:
            nodes, half = self._grown(len(places))
            changed.update(range(half, half + len(places)))
        for key, part in parts.items():
            leaf = half + places[key]
            if nodes[leaf] != part:
                nodes[leaf] = part
                changed.add(leaf)
        while changed and half > 1:
            half //= 2
            changed = {place // 2 for place in changed}
            for place in changed:
                left, right = nodes[2 * place], nodes[2 * place + 1]
                nodes[place] = left if left is None or right is None else join(left, right)
        return nodes[1]

    def _grown(self, count: int) -> tuple[list[Part | None], int]:
        """Make room for so many parts; return the nodes, of which only the parts stand, and where those begin."""
        old, half = self._nodes, len(self._nodes) // 2
        room = 1 << (count - 1).bit_length()
        self._nodes = [None] * (2 * room)
        self._nodes[room : room + half] = old[half:]
        return self._nodes, room
