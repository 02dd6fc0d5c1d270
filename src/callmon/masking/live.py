"""The mask of what goes on: it learns a name at a time, and looks for thousands of them at no more cost than for one.

``Mask`` makes one expression of all names, which is best for a file and takes seconds to make again for a thousand
calls. What goes on brings a new name every other second.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import Any

from callmon.masking.mask import Mask, forms
from callmon.masking.patterns import PATTERNS
from callmon.masking.trie import SHORT

KEY = 2
"""Names are looked up by so many characters of their beginning; none is shorter."""

_GOES_ON = re.compile(r"[\w.@-]")
_BEFORE = re.compile(r"[^\W_]|(?<=\d)[.:]")
_AFTER = re.compile(r"[^\W_]|[.:]\d")


class Names(dict[str, str]):
    """Forms of names with their aliases, and where to look for them: for each beginning the lengths there are."""

    def __init__(self) -> None:
        """Hold no name."""
        super().__init__()
        self.lengths: dict[str, list[int]] = {}
        self.low: set[str] = set()

    def setdefault(self, form: str, alias: str = "") -> str:
        """Take a form of a name, unless it is there."""
        if form not in self:
            self[form] = alias
            low = lowered(form)
            if low not in self.low:
                self.low.add(low)
                lengths = self.lengths.setdefault(low[:KEY], [])
                if len(low) not in lengths:
                    lengths.append(len(low))
                    lengths.sort(reverse=True)
        return self[form]


class LiveMask(Mask):
    """A mask that finds what ``Mask`` finds, and learns in an instant."""

    def __init__(self) -> None:
        """Know nobody."""
        super().__init__()
        self._names = Names()
        self._inside = self._names
        self._met: set[Any] = set()
        self._behind: tuple[int, dict[str, list[str]]] = (0, {})

    def learn(self, kind: str, name: object) -> None:
        """Remember a name, if it was not met before."""
        if isinstance(name, str | int):
            if name in self._met:
                return
            self._met.add(name)
        super().learn(kind, name)

    def extent(self) -> tuple[int, int]:
        """Return how much it knows: as long as this is the same, so is what becomes of any text."""
        return len(self._known), len(self._ids)

    def since(self, extent: tuple[int, int]) -> list[str]:
        """Return what it came to know since then, in lower case: of a text without any of it the same becomes."""
        names = islice(reversed(self._known), len(self._known) - extent[0])
        ids = islice(reversed(self._ids), len(self._ids) - extent[1])
        return [lowered(form) for name in (*names, *ids) for form in (name, *forms(name))]

    def behind(self, alias: str) -> list[str]:
        """Return the names that an alias stands for, as they were met; none for what is no alias."""
        count = len(self._known) + len(self._aliases)
        if count != self._behind[0]:
            found: dict[str, list[str]] = {}
            for name, given in self._known.items():
                found.setdefault(given, []).append(name)
            for (_, name), given in self._aliases.items():
                found.setdefault(given, [name])
            self._behind = count, found
        return self._behind[1].get(alias, [])

    def _replaced(self, text: str) -> str:
        names, low, looks = self._names, lowered(text), _looks()
        parts: list[str] = []
        done = at = 0
        look = looks.search(text)
        while at < len(text):
            if look is not None and look.start() < at:
                look = looks.search(text, at)
            here = look is not None and look.start() == at
            end = self._name(low, at, names, whole=here)
            if end:
                parts += [text[done:at], self._of_name(text[at:end])]
            elif here and look is not None and look.end() > at:
                end = look.end()
                parts += [text[done:at], self._found(look)]
            if end:
                done = at = end
            else:
                at += 1
        parts.append(text[done:])
        return "".join(parts)

    @staticmethod
    def _name(low: str, at: int, names: Names, whole: bool) -> int:
        """Return where the name ends that begins at a place, 0 for none: one that does not go on, else the longest.

        ``whole`` says that something else begins there as well, such as an address: then the name must not go on.
        """
        longest = 0
        for length in names.lengths.get(low[at : at + KEY], ()):
            end = at + length
            form = low[at:end]
            if form not in names.low or not _may_stand(low, at, end, form):
                continue
            if not _GOES_ON.match(low, end):
                return end
            longest = longest or end
        return 0 if whole else longest

    def _of_name(self, text: str) -> str:
        """Return the alias of a name that was found."""
        if text in self._given:
            return text
        exact = self._names.get(text)
        return exact if exact is not None else self._names.get(text.lower(), "name")


def _may_stand(low: str, at: int, end: int, form: str) -> bool:
    """Return whether a name may be found there: a short one only where it stands alone."""
    if len(form) >= SHORT and not (form.isdigit() and len(form) < 7):
        return True
    return not (at and _BEFORE.match(low, at - 1)) and not _AFTER.match(low, end)


@cache
def _looks() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in PATTERNS))


def lowered(text: str) -> str:
    """Return a text in lower case, character by character, so that places in it stay what they are."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
