"""Finding a text by some of its letters: in their order, best where words begin and in one piece."""

from __future__ import annotations

Match = tuple[int, tuple[int, ...]]
"""How good it is, more is better, and which characters were found."""

START, NEXT, LATE = 8, 6, 1
"""What a letter is worth more at the beginning of a word or right after the one before, and less for each gap."""


def match(query: str, text: str) -> Match | None:
    """Return how a text matches what was typed, or None where it does not; words may come in any order."""
    total, places = 0, set[int]()
    low = text.lower()
    for word in query.lower().split():
        found = _word(word, low)
        if found is None:
            return None
        total += found[0]
        places.update(found[1])
    return total, tuple(sorted(places))


def _word(word: str, text: str) -> Match | None:
    """Return the best way in which the letters of a word stand in a text in their order."""
    whole = _whole(word, text)
    if whole is not None:
        return whole
    best: Match | None = None
    for first in (at for at, char in enumerate(text) if char == word[0]):
        found = _from(first, word, text)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    return best


def _whole(word: str, text: str) -> Match | None:
    """Return a match in one piece, at the beginning of a word if there is one."""
    places = [at for at in range(len(text)) if text.startswith(word, at)]
    if not places:
        return None
    at = max(places, key=lambda at: (_begins(text, at), -at))
    worth = len(word) * (NEXT + 2) + (2 * START if _begins(text, at) else 0)
    return worth, tuple(range(at, at + len(word)))


def _from(first: int, word: str, text: str) -> Match | None:
    worth, places = 0, [first]
    worth += START if _begins(text, first) else 0
    for char in word[1:]:
        at = text.find(char, places[-1] + 1)
        if at < 0:
            return None
        gap = at - places[-1] - 1
        worth += NEXT if not gap else START if _begins(text, at) else -LATE * min(gap, 10)
        places.append(at)
    return worth, tuple(places)


def _begins(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()
