"""Big digits, to be read across a room."""

from __future__ import annotations

from collections.abc import Sequence

_BITMAPS = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": ("  #", "  #", "  #", "  #", "  #"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    " ": (" ", " ", " ", " ", " "),
    ":": (" ", "#", " ", "#", " "),
    "–": ("   ", "   ", "###", "   ", "   "),
    "%": ("# #", "  #", " # ", "#  ", "# #"),
}
_HALVES = {"  ": " ", "# ": "▀", " #": "▄", "##": "█"}

HUGE, BIG = 5, 3
"""Lines that digits of either size take."""


def big(text: str, height: int, charts: str = "braille") -> list[str]:
    """Return a text of digits in ``HUGE`` or ``BIG`` lines; in ASCII big digits take five lines too."""
    rows = [" ".join(_BITMAPS.get(char, _BITMAPS[" "])[row] for char in text) for row in range(HUGE)]
    if charts == "ascii":
        return rows
    if height >= HUGE:
        return ["".join("██" if char == "#" else "  " for char in row) for row in rows]
    return _halved([*rows, " " * len(rows[0])])


def lines(height: int, charts: str) -> int:
    """Return how many lines digits of a size take."""
    return HUGE if charts == "ascii" or height >= HUGE else BIG


def _halved(rows: Sequence[str]) -> list[str]:
    return [
        "".join(_HALVES[above + below] for above, below in zip(rows[n], rows[n + 1], strict=True))
        for n in range(0, len(rows), 2)
    ]
