"""Sparklines: the last minutes of a metric in a few cells, on a fixed scale, gaps as gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callmon.engine.quality import Grade, Levels
from callmon.tui.line import Span

PER_CELL = 2
"""Values in one cell: the left and the right half."""

LEFT = (0x00, 0x40, 0x44, 0x46, 0x47)
RIGHT = (0x00, 0x80, 0xA0, 0xB0, 0xB8)
SOLID = "▁▂▃▄▅▆▇"
"""Without the full block, so that rows do not flow into one another."""
PLAIN = "_.-="
SIGNS = {"block": "▒█", "ascii": "!#"}
"""What stands for a value beyond the fair and the poor limit where there are no dots to differ from."""

GAP = " "


@dataclass(frozen=True, slots=True)
class Scale:
    """What is drawn how high: ``bottom`` to ``top``; beyond the limits other characters are used."""

    bottom: float
    top: float
    levels: Levels | None = None

    def height(self, value: float, steps: int) -> int:
        """Return the step, 1 to ``steps``, of a value; values beyond the scale are at its ends."""
        share = (value - self.bottom) / (self.top - self.bottom)
        return max(1, min(steps, 1 + int(share * steps)))

    def grade(self, value: float) -> Grade:
        """Return how good a value is; without limits all are good."""
        return self.levels.grade(value) if self.levels is not None else Grade.GOOD

    def worse(self, one: float, other: float) -> float:
        """Return the worse of two values."""
        high_is_good = self.levels is not None and self.levels.high_is_good
        return min(one, other) if high_is_good else max(one, other)


def spark(values: Sequence[float | None], scale: Scale, charts: str = "braille") -> list[Span]:
    """Return two values a cell as spans; a cell beyond a limit is solid where others are dotted."""
    spans: list[Span] = []
    for start in range(0, len(values), PER_CELL):
        char, role = _cell(values[start], values[start + 1], scale, charts)
        if spans and spans[-1][1] == role:
            spans[-1] = (spans[-1][0] + char, role)
        else:
            spans.append((char, role))
    return spans


def _cell(one: float | None, other: float | None, scale: Scale, charts: str) -> Span:
    """Return one cell of two values; a gap takes the role of its neighbours, so that runs stay long."""
    known = [value for value in (one, other) if value is not None]
    if not known:
        return GAP, "spark"
    worst = known[0] if len(known) == 1 else scale.worse(*known)
    grade = scale.grade(worst)
    if grade in (Grade.FAIR, Grade.POOR):
        return _beyond(worst, scale, charts), grade.value
    if charts in SIGNS:
        steps = PLAIN if charts == "ascii" else SOLID
        return steps[scale.height(worst, len(steps)) - 1], "spark"
    left = LEFT[scale.height(one, 4)] if one is not None else 0
    right = RIGHT[scale.height(other, 4)] if other is not None else 0
    return chr(0x2800 + left + right), "spark"


def _beyond(worst: float, scale: Scale, charts: str) -> str:
    """Return the character of a value beyond a limit."""
    if charts in SIGNS:
        return SIGNS[charts][scale.grade(worst) is Grade.POOR]
    return SOLID[scale.height(worst, len(SOLID)) - 1]
