"""All that is known of one call, and how it is told: in the order of time, whatever the order of arrival."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from callmon.model.events import Closed, Event, Joined, Noted, Opened, Reported, Retold
from callmon.providers.twilio_voice import rows
from callmon.providers.twilio_voice.rows import Row
from callmon.providers.twilio_voice.summary import Facts
from callmon.providers.twilio_voice.words import EDGES, EDGES_OF

WAIT_S = 45.0
"""A direction that is further behind the others than this holds nothing up."""

SETTLED_S = 60.0
"""Rows that are this old when they come are told whether or not others of their time have come."""

Key = tuple[float, int, int, str]
"""The place of an item in the telling of a call."""

_ORDER = {edge: index for index, edge in enumerate(EDGES)}


@dataclass(frozen=True, slots=True)
class Note:
    """One row of the Events resource; ``attributes`` are what it says of the client."""

    at: float
    edge: str | None
    text: str
    code: str | None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What no other line of the call has, in the order of time."""
        return (self.at, 1, _ORDER.get(self.edge or "", 9), f"{self.code} {self.text}")


@dataclass(slots=True)
class _Telling:
    """What was told so far, since the call was last told from the start."""

    until: Key = (-math.inf, 0, 0, "")
    started_at: float = 0.0
    head: tuple[str | None, bool] = (None, False)
    end: tuple[object, ...] = ()
    joined: dict[str, dict[str, str]] = field(default_factory=dict)
    described: dict[str, str | None] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)
    summaries: dict[bool, Facts] = field(default_factory=dict)


class Record:
    """What the API has told of one call.

    Rows come by edge and page, late, and more than once. They are told in the order of time, each once. A row
    that belongs before what was told already takes everything back and has the call told again: so the same
    rows give the same call, however they come.

    ``beside`` is set for a call of which the page itself tells while it lasts: what was seen live stands, and
    only what the page cannot see is added, as far as it comes in order. ``settled`` is set for one whose rows
    were let go because there were too many: what was told stands, and what follows is added.
    """

    def __init__(self, call: str, every_s: float) -> None:
        """Know nothing of ``call`` yet, which is looked at each ``every_s`` seconds."""
        self.call = call
        self.beside = False
        self.settled = False
        self.facts: dict[bool, Facts] = {}
        self.rows: dict[Key, Row] = {}
        self._notes: dict[Key, Note] = {}
        self._every_s = every_s
        self._fresh: list[Row | Note] = []
        self._newest: dict[tuple[str, str], float] = {}
        self._told: _Telling | None = None
        self._again = False

    @property
    def best(self) -> Facts | None:
        """The summary that says most: the complete one, else the partial one."""
        return self.facts.get(True) or self.facts.get(False)

    @property
    def ended_at(self) -> float | None:
        """When the call ended, None while it lasts as far as is known."""
        return self.best.ended_at if self.best is not None else None

    @property
    def edges(self) -> set[str]:
        """The edges of which there was a row, whether it is still kept or not."""
        return {edge for edge, _ in self._newest}

    @property
    def size(self) -> int:
        """How many rows and lines are kept."""
        return len(self.rows) + len(self._notes)

    def add_row(self, row: Row) -> None:
        """Take a row; of two tellings of the same row the one that counts further stands."""
        held = self.rows.get(row.key)
        if held == row:
            return
        if held is not None:
            if (held.packets, repr(held)) > (row.packets, repr(row)):
                return
            self._again = True
        self.rows[row.key] = row
        self._fresh.append(row)
        place = (row.edge, row.direction)
        self._newest[place] = max(row.at, self._newest.get(place, row.at))

    def add_note(self, note: Note) -> None:
        """Take a line of the timeline."""
        if note.key not in self._notes:
            self._notes[note.key] = note
            self._fresh.append(note)

    def add_facts(self, facts: Facts) -> None:
        """Take a summary; of two of the same kind the one of a longer call stands."""
        held = self.facts.get(facts.complete)
        if held is None or held.age < facts.age:
            self.facts[facts.complete] = facts

    def settle(self) -> None:
        """Let go of all rows that were told: the call cannot be told again."""
        self.settled = True
        until = self._told.until if self._told is not None else (-math.inf, 0, 0, "")
        self.rows = {key: row for key, row in self.rows.items() if key > until}
        self._notes = {key: note for key, note in self._notes.items() if key > until}

    def tell(self, now: float) -> Iterator[Event]:
        """Return what was not told yet and can be told at ``now``; all of it anew where it must be."""
        if self._told is None and self.best is None and not self.size:
            return  # Nothing says yet that there is such a call, or when it began.
        stands = self.beside or self.settled
        if stands:
            self._drop_late()
        cut = self._cut(now)
        ready = [item for item in self._fresh if item.at <= cut]
        self._fresh = [item for item in self._fresh if item.at > cut]
        told = self._told
        if told is None or (not stands and (self._again or self._is_out_of_order(told, ready))):
            if told is not None:
                yield Retold(self.call, self._started_at())
            told = self._told = _Telling(started_at=self._started_at())
            self._again = False
            if not stands:
                ready = [item for item in self._items() if item.at <= cut]
        yield from self._head(told, bool(ready))
        for item in sorted(ready, key=lambda item: item.key):
            yield from self._item(told, item)
            told.until = item.key
        yield from self._end(told)

    def _drop_late(self) -> None:
        """Let go of what the page has told already, and of what would come too late."""
        until = self._told.until if self._told is not None else (-math.inf, 0, 0, "")
        self._fresh = [
            item
            for item in self._fresh
            if item.key > until and not (self.beside and isinstance(item, Row) and item.edge == "sdk_edge")
        ]

    def _cut(self, now: float) -> float:
        """Return up to when all directions have told, or nearly; later rows wait for those of the others."""
        newest = max(self._newest.values(), default=0.0)
        if self.ended_at is not None or now - newest > SETTLED_S:
            return math.inf
        return min((at for at in self._newest.values() if newest - at <= WAIT_S), default=math.inf)

    def _started_at(self) -> float:
        for facts in (self.facts.get(True), self.facts.get(False)):
            if facts is not None and facts.started_at is not None:
                return facts.started_at
        return min((item.at for item in self._items()), default=0.0)

    def _items(self) -> list[Row | Note]:
        items: list[Row | Note] = list(self.rows.values())
        items += self._notes.values()
        return items

    def _is_out_of_order(self, told: _Telling, ready: list[Row | Note]) -> bool:
        """Whether what is to be told belongs before what was told, or makes that wrong."""
        if told.end and (ready or told.end != self._ending()):
            return True
        if any(self.facts.get(complete) != facts for complete, facts in told.summaries.items()):
            return True
        if True in told.summaries and self.facts.keys() != told.summaries.keys():
            return True
        if told.started_at != self._started_at() or (ready and not told.head[1] and told.joined):
            return True
        return any(item.key < told.until for item in ready)

    def _ending(self) -> tuple[object, ...]:
        best = self.best
        return (best.ended_at, best.reason, best.failed) if best is not None else ()

    def _head(self, told: _Telling, has_items: bool) -> Iterator[Event]:
        """Open the call; one of which nothing is measured yet has the edges that calls of its type have."""
        label = self.best.label if self.best is not None else None
        has_items = has_items or told.head[1]
        if told.head != (label, has_items) or not told.joined:
            told.head = (label, has_items)
            yield Opened(self.call, told.started_at, "twilio-voice", None, label, self._every_s)
        named = self.ended_at is not None and self.best is not None and self.best.edges
        if not has_items and not told.joined and not named:
            yield from self._join(told, EDGES_OF.get(self._call_type(), tuple(EDGES))[0], {})

    def _call_type(self) -> str:
        return (self.best.call_type if self.best is not None else None) or ""

    def _join(self, told: _Telling, edge: str, attributes: Mapping[str, str]) -> Iterator[Event]:
        """Tell of an edge once, and again when more is known of it."""
        had = told.joined.get(edge)
        new = {key: value for key, value in attributes.items() if had is None or had.get(key) != value}
        if had is None or new:
            told.joined[edge] = {**(had or {}), **new}
            yield Joined(self.call, told.started_at, edge, "edge", EDGES[edge], new)

    def _item(self, told: _Telling, item: Row | Note) -> Iterator[Event]:
        if isinstance(item, Row):
            yield from self._join(told, item.edge, item.attributes)
            yield from rows.events(self.call, item, told.described, told.noted)
            return
        if item.edge is not None:
            yield from self._join(told, item.edge, item.attributes)
        yield Noted(self.call, item.at, item.edge, "vendor", item.text, item.code)

    def _end(self, told: _Telling) -> Iterator[Event]:
        """Tell what the summaries say, the partial one first, once the call is over."""
        best = self.best
        if best is None or best.ended_at is None:
            return
        if not told.end:
            told.end = self._ending()
            for edge, said in best.edges.items():
                yield from self._join(told, edge, said.attributes)
            yield Closed(self.call, best.ended_at, best.reason, best.failed)
        for complete in (False, True):
            facts = self.facts.get(complete)
            if (
                facts is not None
                and complete not in told.summaries
                and (complete or True not in told.summaries)
            ):
                told.summaries[complete] = facts
                yield from self._summary(told, facts, best.ended_at)

    def _summary(self, told: _Telling, facts: Facts, at: float) -> Iterator[Event]:
        status = "final" if facts.complete else "partial"
        for edge, said in facts.edges.items():
            yield from self._join(told, edge, said.attributes)
            yield from rows.named(self.call, at, edge, said.attributes.get("codec"), told.described)
            yield Reported(self.call, at, edge, {}, said.figures, status)
        yield Reported(self.call, at, None, facts.words, {}, status)
