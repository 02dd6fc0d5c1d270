"""What differs between calls as lines: where they first part, then facts in rows and calls in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from callmon.board import Board
from callmon.engine.quality import Levels
from callmon.model.metrics import METRICS
from callmon.query import format as fmt
from callmon.query.columns import name_of
from callmon.query.differences import Divergence, Fact, Whole, facts
from callmon.query.parting import Onset, parting
from callmon.tui.comparison import CALM_S, Member, end_of
from callmon.tui.line import Line, Span, cells, cut, fit, wrap

NAMES = (18, 26)
"""The least and the most that the names of facts take."""

STEP_IN = 4
"""Where there is little room, values that do not fit beside the names stand below them, so far in."""

LEAST, MOST = 14, 36
"""Cells of a column of values: with less there are no columns, more is not needed."""

WORSE = "▲"
"""What stands before a value that is worse than that of the baseline."""

SAME = "="
"""What stands before a value that is the same as that of the call that it is held against."""


@dataclass
class Differences:
    """What differs between calls, worked out from their whole courses when asked, but not for every key."""

    found: Sequence[Fact] = ()
    parted: Divergence | Onset | None = None
    compared: Sequence[str] = ()
    _whole: Whole = field(default_factory=Whole)
    _about: object = None
    _at: float = 0.0

    def follow(
        self,
        members: Sequence[Member],
        levels: Mapping[str, Levels],
        now: float,
        *,
        since_start: bool,
        board: Board,
        at: float,
    ) -> None:
        """Bring the facts up to date, and of one board no more than once a second; ``at`` is by a steady clock."""
        about = board, since_start, [id(one.call) for one in members], dict(levels)
        if about == self._about and at - self._at < CALM_S:
            return
        self._about, self._at = about, at
        calls = [one.call for one in members]
        self._whole.follow(calls, {call.id: end_of(call, now) for call in calls}, since_start)
        self.found, self.parted = facts(self._whole, levels, now), parting(self._whole, levels)
        self.compared = [aspect.title for aspect in self._whole.comparable()]


def lines(
    members: Sequence[Member],
    differences: Differences,
    width: int,
    *,
    every: bool,
    baseline: int | None,
    since_start: bool,
    dense: bool = False,
) -> list[Line]:
    """Return the facts that differ, or with ``every`` all; what is worse than the ``baseline`` is flagged.

    Where they are ``dense`` no line is empty.
    """
    gap: list[Line] = [] if dense else [()]
    found = differences.found
    shown = [fact for fact in found if every or fact.differs]
    same = len(found) - sum(fact.differs for fact in found)
    result: list[Line] = [*wrap(_parted(members, differences, since_start, width), width, 2), *gap]
    against = next((n for n, one in enumerate(members) if one.place == baseline), None)
    room = min(NAMES[1], max([NAMES[0], *(len(fact.name) + 3 for fact in shown)]))
    room = room if width - room >= 12 * len(members) + 20 else NAMES[0]
    size = min(MOST, (width - room) // max(1, len(members)) - 1)
    if size >= LEAST:
        result.append(_head(members, size, against, room))
    group = ""
    for fact in shown:
        if fact.group != group:
            group = fact.group
            result += [((group, "title"),)]
        if size >= LEAST:
            result.append(_row(members, fact, size, against, room))
        else:
            result += _told(members, fact, against, width)
    if not every:
        result += [
            *gap,
            ((f"{same} facts are the same of all; ", "dim"), ("d", "key"), (" shows them too", "dim")),
        ]
    return result


def _parted(members: Sequence[Member], differences: Differences, since_start: bool, width: int) -> Line:
    """Return where the calls first part, in words."""
    parted = differences.parted
    at = ""
    if parted is not None:
        at = f"+{fmt.duration(parted.at)}" if since_start else fmt.clock(parted.at)
    if isinstance(parted, Onset):
        others = [span for place in parted.better for span in ((",", "faint"), members[place].sign)]
        issue: Line = (
            (f": {parted.code} ", "text"),
            members[parted.worse].sign,
            (", not ", "text"),
            *others[1:],
        )
        return (("▲ they first part at ", "text"), (at, "strong"), *issue)
    if not differences.compared:
        return (("– ", "faint"), ("no two calls have curves to compare", "text"))
    if parted is None:
        words = "the curves never part for long"
        whole = f"{words}: {', '.join(differences.compared)}"
        return (("= ", "dim"), (whole if len(whole) + 2 <= width else words, "text"))
    metric, unit = parted.aspect.metric, METRICS[parted.aspect.metric].unit
    value = fmt.measure(metric, parted.value, unit, parted.limit)
    other = fmt.measure(metric, parted.other, unit, parted.limit)
    limit = ""
    if parted.limit is not None:
        limit = f" {'>' if parted.aspect.worst_high else '<'} {fmt.bare(parted.limit)} {unit}".rstrip()
    return (
        ("▲ they first part at ", "text"),
        (at, "strong"),
        (f": {parted.aspect.title} ", "text"),
        members[parted.worse].sign,
        (f" {value}{limit}, ", "text"),
        members[parted.better].sign,
        (f" {other}", "text"),
    )


def _head(members: Sequence[Member], size: int, against: int | None, room: int) -> Line:
    """Return who is in which column, and before that what the sign of the same means."""
    number, role = members[against or 0].sign
    means = f"  {SAME} as "
    spans: list[Span] = [(means, "dim"), (number, role), (" " * (room - len(means) - len(number)), "text")]
    for place, one in enumerate(members):
        number, role = one.sign
        word = " baseline" if place == against else ""
        name = fit(cut(name_of(one.call), size - 2 - len(word)), size - 2 - len(word))
        spans += [(" ", "text"), (number, role), (f" {name}", "strong"), (word, "accent")]
    return tuple(spans)


def _value(fact: Fact, place: int, against: int | None) -> Span:
    """Return a value; with a baseline how far it is from that, flagged where it is worse."""
    text = fact.texts[place]
    reference = against if against is not None else 0
    if place != reference and text == fact.texts[reference]:
        return (text, "faint") if text == fmt.UNKNOWN else (f"{SAME} {text}", "dim")
    if against is None or place == against:
        return text, "text" if fact.differs else "dim"
    if fact.numbers:
        one, other = fact.numbers[place], fact.numbers[against]
        if one is not None and other is not None:
            text = f"{text} ({fmt.signed(fact.metric, one - other)})"
    if not fact.worse(place, against):
        return text, "text"
    return text if text.startswith(WORSE) else f"{WORSE} {text}", "poor"


def _row(members: Sequence[Member], fact: Fact, size: int, against: int | None, room: int) -> Line:
    spans: list[Span] = [(fit(f"  {fact.name}", room), "dim")]
    for place in range(len(members)):
        text, role = _value(fact, place, against)
        spans += [(" ", "text"), (fit(text, size), role)]
    return tuple(spans)


def _told(members: Sequence[Member], fact: Fact, against: int | None, width: int) -> list[Line]:
    """Return a fact where there is no room for columns: each value once, after the calls that have it."""
    groups: dict[Span, list[Member]] = {}
    reference = against or 0
    for place, one in enumerate(members):
        same = fact.texts[place] == fact.texts[reference]
        groups.setdefault(_value(fact, reference if same else place, against), []).append(one)
    values: list[Span] = []
    for (text, role), group in groups.items():
        values.append(("  ", "text"))
        for number, one in enumerate(group):
            values += [(",", "faint"), one.sign] if number else [one.sign]
        values.append((f" {text}", role))
    if width < 2 * NAMES[0] + STEP_IN:
        line: Line = ((f"  {fact.name}", "dim"), *values)
        return (
            [line]
            if cells(line) <= width
            else [((f"  {fact.name}", "dim"),), *wrap((("  ", "text"), *values), width, STEP_IN)]
        )
    return wrap(((fit(f"  {fact.name}", NAMES[0] - 2), "dim"), *values), width, NAMES[0])
