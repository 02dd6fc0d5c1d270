"""What of a call is counted where many are added up: small, and the same as long as the call is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from callmon.engine.call import Call
from callmon.engine.quality import Grade
from callmon.query.columns import counted_grade
from callmon.query.facts import relays
from callmon.query.people import GROUPS, LEFT_REASON, UNKNOWN, persons
from callmon.query.rooms import is_room


@dataclass(frozen=True, slots=True)
class Attended:
    """One participant as it is counted: when it was there (None: still is), what it is, whether it had issues."""

    joined_at: float
    left_at: float | None
    bad: bool
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Digest:
    """What of a call is counted; ``troubles`` are its issues as intervals, ``bad`` whether it has or had any.

    In the stretches that were ``missed`` (None: until now) nobody could hear it, so that nothing is counted then.
    """

    id: str
    version: int
    provider: str
    room: bool
    began_at: float
    ended_at: float | None
    grade: Grade
    troubles: tuple[tuple[str, float, float | None], ...]
    people: tuple[Attended, ...]
    relays: frozenset[str]
    missed: tuple[tuple[float, float | None], ...] = ()
    unheard: bool = False

    @property
    def bad(self) -> bool:
        """Whether the call has or had issues."""
        return bool(self.troubles)


def digest(call: Call) -> Digest:
    """Return what of a call is counted."""
    people = []
    for person in persons(call):
        ids = [link.id for link in person.links]
        values = {
            key: get(person) or UNKNOWN
            for key, get in GROUPS.items()
            if key != LEFT_REASON or person.left_at is not None
        }
        bad = any(issue.leg in ids for issue in call.issues)
        people.append(Attended(person.leg.joined_at, person.left_at, bad, values))
    return Digest(
        call.id,
        call.version,
        call.provider,
        is_room(call),
        call.started_at,
        call.known_until,
        counted_grade(call),
        tuple((issue.code, issue.since, issue.until) for issue in call.issues),
        tuple(people),
        frozenset(relays(call)),
        tuple((one.since, one.until) for one in call.missed),
        call.unheard,
    )
