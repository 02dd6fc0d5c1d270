"""What is left on the terminal when the screen is left: what was watched, in a few lines."""

from __future__ import annotations

from collections import Counter

from callmon.board import Board
from callmon.engine.quality import Grade
from callmon.query import format as fmt
from callmon.query.columns import BADGES, badge, counted_grade, name_of, reason_text
from callmon.query.view import View, choose
from callmon.tui.status import in_trouble

WORST = 5
"""So many calls are named."""


def farewell(board: Board, watched_s: float) -> list[str]:
    """Return the lines: how many calls there were by grade, the worst with their reasons, sources in trouble."""
    calls = board.calls()
    if not calls and not board.sources():
        return []
    grades = Counter(counted_grade(call) for call in calls)
    counts = [f"{fmt.count(grades[grade])} {BADGES[grade][2]}" for grade in _ORDER if grades[grade]]
    live = sum(1 for call in calls if not call.over)
    seen = f"{fmt.count(len(calls))} call{'' if len(calls) == 1 else 's'}"
    head = f"watched {fmt.duration(watched_s)}: {seen}"
    lines = [f"{head}, {fmt.count(live)} live · {' · '.join(counts)}" if calls else f"{head}"]
    worst = [one for one in choose(calls, View(), board.now()) if one.grade in (Grade.POOR, Grade.FAIR)]
    for call in worst[:WORST]:
        sign = badge(call.grade, not call.unheard)
        name = name_of(call)
        known = f"  {call.id}" if name != call.id else ""
        lasted = fmt.duration(call.duration_s(board.now()))
        lines.append(f"  {sign} {reason_text(call) or fmt.UNKNOWN:<18} {lasted:>7}  {name}{known}")
    if len(worst) > WORST:
        lines.append(f"  and {fmt.count(len(worst) - WORST)} more")
    for source in board.sources():
        if in_trouble(source) or source.rejected or source.dropped:
            rest = [f"{fmt.count(source.rejected)} rejected"] if source.rejected else []
            rest += [f"{fmt.count(source.dropped)} dropped"] if source.dropped else []
            lines.append(f"  source {source.name}: {', '.join([source.state, *rest])}")
    return [fmt.clean(line, 200) for line in lines]


_ORDER = (Grade.POOR, Grade.FAIR, Grade.GOOD, Grade.UNKNOWN)
