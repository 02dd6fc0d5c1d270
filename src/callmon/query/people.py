"""Participants: who is at the ends of a call, and one fact about a participant each, as columns do of a call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade, Reason
from callmon.query import format as fmt
from callmon.query.columns import SORT_LAST, badge, reason_words
from callmon.query.facts import REGION

UNKNOWN = "unknown"
"""What a field says of a participant of whom it is not known; something to filter by, like any other value."""

LEFT_REASON = "left_reason"
"""The field of why participants left; of those who are there nobody asks."""

CLIENT = ("device", "os", "browser", "sdk")
"""What a program that somebody uses says of itself; an edge that says none of it is a gateway and nobody."""

_VERSION = re.compile(r"\s+[vV]?\d.*$")


@dataclass(frozen=True, slots=True)
class Person:
    """A participant: the leg that stands for it, and its connections (the leg itself, and legs called ``id/…``).

    Who leaves and comes back is another participant, as vendors count.
    """

    call: Call
    leg: Leg
    links: tuple[Leg, ...]

    @property
    def id(self) -> str:
        """The id of the leg that stands for the participant."""
        return self.leg.id

    @property
    def name(self) -> str:
        """What people call the participant: the label, else the id."""
        return self.leg.label or self.leg.id

    @property
    def identity(self) -> str:
        """Who it is, the same for somebody who comes again: the user id, else the name."""
        return self.leg.attributes.get("user_id") or self.name

    @property
    def left_at(self) -> float | None:
        """When the participant left, in epoch seconds; with the call at the latest, None while it is there."""
        return self.leg.left_at if self.leg.left_at is not None else self.call.ended_at

    def lasted_s(self, now: float) -> float:
        """Return how long the participant has been there, in seconds."""
        left = self.left_at
        return max(0.0, (left if left is not None else self.call.until(now)) - self.leg.joined_at)

    def streams(self, direction: str | None = None) -> list[Stream]:
        """Return the streams of all connections, or those of one direction."""
        return [
            stream
            for link in self.links
            for stream in link.streams.values()
            if direction in (None, stream.direction)
        ]

    def worst(self) -> Leg:
        """Return the connection that is worst off."""
        return max(self.links, key=lambda link: link.grade.rank)

    @property
    def heard(self) -> bool:
        """Whether what is known of the participant is of now, or of when it left."""
        return self.left_at is not None or not self.call.unheard

    @property
    def grade(self) -> Grade:
        """The grade of the connection that is worst off."""
        return self.worst().grade

    @property
    def reason(self) -> Reason | None:
        """Why the participant has its grade."""
        return self.worst().reason

    def issues(self) -> list[Issue]:
        """Return the issues that are this participant's, open or past."""
        ids = {link.id for link in self.links}
        return [issue for issue in self.call.issues if issue.leg in ids]

    def known(self, key: str) -> str | None:
        """Return what is known under a name such as ``browser``, of the participant or a connection of it."""
        return next((word for link in self.links if (word := link.attributes.get(key))), None)


def persons(call: Call) -> list[Person]:
    """Return the participants of a call, in the order in which they came to be known."""
    found: list[Person] = []
    owned: set[str] = set()
    parents = {leg.id for leg in call.legs.values() if leg.role == "participant"}
    children: dict[str, list[Leg]] = {}
    for leg in call.legs.values():
        parent = leg.id.rpartition("/")[0]
        if parent in parents:
            children.setdefault(parent, []).append(leg)
            owned.add(leg.id)
    for leg in call.legs.values():
        if leg.id in owned or (leg.role == "edge" and not any(key in leg.attributes for key in CLIENT)):
            continue
        found.append(Person(call, leg, (leg, *children.get(leg.id, ()))))
    return found


def family(value: str) -> str:
    """Return a name without its version: Chrome for ``Chrome 156``."""
    return _VERSION.sub("", value) or value


def end_reason(person: Person) -> str | None:
    """Return why somebody left, None while they are there or where nobody said why."""
    if person.left_at is None:
        return None
    return person.known("end_reason") or person.leg.left_reason or person.call.end_reason


def codecs(person: Person) -> str:
    """Return the codecs in use, each once."""
    return ", ".join(dict.fromkeys(stream.codec for stream in person.streams() if stream.codec))


def _known(*keys: str) -> Callable[[Person], str | None]:
    """Return what finds what is known under the first of some names under which anything is."""
    return lambda person: next((word for key in keys if (word := person.known(key))), None)


GROUPS: Mapping[str, Callable[[Person], str | None]] = {
    "device": _known("device"),
    "os": _known("os"),
    "browser": _known("browser"),
    "sdk": _known("sdk"),
    "region": _known(*REGION),
    LEFT_REASON: end_reason,
}
"""What participants are told apart by: the field of the filter, and how to find its value."""


def values(call: Call, field: str) -> frozenset[str]:
    """Return the values that participants of a call have under a field of ``GROUPS``, ``unknown`` for those without.

    Of why they left only those are asked who did.
    """
    get = GROUPS[field]
    return frozenset(get(person) or UNKNOWN for person in asked(call, field))


def asked(call: Call, field: str) -> list[Person]:
    """Return the participants of a call that have or lack something under a field of ``GROUPS``."""
    found = persons(call)
    return [person for person in found if person.left_at is not None] if field == LEFT_REASON else found


def left_reasons(call: Call) -> Iterable[str]:
    """Return why those who left did, each reason once."""
    return dict.fromkeys(found for person in persons(call) if (found := end_reason(person)))


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about a participant; the members mean what those of ``columns.Column`` do."""

    key: str
    title: str
    width: int
    priority: int
    kind: str
    text: Callable[[Person, float], str]
    key_of: Callable[[Person, float], Any]
    meaning: str
    unit: str = ""
    worst_first: bool = False
    stretch: bool = False


def _word(
    key: str, title: str, width: int, priority: int, get: Callable[[Person], str | None], meaning: str,
    *, stretch: bool = False,
) -> Fact:  # fmt: skip
    return Fact(key, title, width, priority, "text", lambda one, now: get(one) or "",
                lambda one, now: (get(one) or "").lower() or SORT_LAST, meaning, stretch=stretch)  # fmt: skip


def worst(person: Person, key: str, direction: str | None = None) -> float | None:
    """Return the worst value of a metric over its streams, over the window, else the newest; of bitrates the sum."""
    found = [
        value
        for stream in person.streams(direction)
        if not stream.gone and (value := _value(stream, key)) is not None
    ]
    if not found:
        return None
    return sum(found) if key.endswith("_bps") else min(found) if key == "mos" else max(found)


def _value(stream: Stream, key: str) -> float | None:
    if key.endswith("_bps"):
        return stream.now.get(key)
    value = stream.window.get(key)
    return value if value is not None else stream.now.get(key)


def _metric(
    key: str, title: str, width: int, priority: int, unit: str, metric: str, direction: str | None, meaning: str,
) -> Fact:  # fmt: skip
    low = metric not in ("mos", "bitrate_bps")
    return Fact(key, title, width, priority, "number",
                lambda one, now: fmt.metric(metric, worst(one, metric, direction)),
                lambda one, now: worst(one, metric, direction), meaning, unit, worst_first=low)  # fmt: skip


def _tracks(person: Person, direction: str) -> int:
    return sum(not stream.gone for stream in person.streams(direction))


def _count(
    key: str, title: str, width: int, priority: int, get: Callable[[Person], int], meaning: str
) -> Fact:
    return Fact(key, title, width, priority, "number", lambda one, now: fmt.count(get(one)),
                lambda one, now: get(one), meaning, worst_first=True)  # fmt: skip


def issue_codes(issues: Iterable[Issue]) -> str:
    """Return the codes of issues, each once, open ones first."""
    ordered = sorted(issues, key=lambda issue: (issue.until is not None, issue.since))
    return ", ".join(dict.fromkeys(issue.code for issue in ordered))


def _rank(person: Person, now: float) -> tuple[int, float, int]:
    """Return where a participant belongs by how much it needs a look; who has left comes after who is there."""
    there = person.left_at is None
    open_issues = sum(issue.until is None for issue in person.issues())
    return int(there), person.grade.rank or 0.5, open_issues


_ALL = (
    Fact("grade", "", 3, 0, "grade", lambda one, now: badge(one.grade, one.heard), _rank,
         "Good, fair, poor or unknown: that of the worst connection.", worst_first=True),
    _word("name", "Participant", 16, 0, lambda one: one.name, "The name or identity, else the id.", stretch=True),
    _word("why", "Why", 15, 1, lambda one: reason_words(one.reason), "The failing rule with value and limit."),
    Fact("lasted", "There", 7, 2, "number", lambda one, now: fmt.span(one.lasted_s(now), 7),
         lambda one, now: one.lasted_s(now), "How long the participant has been, or was, in the room."),
    _metric("rtt", "RTT", 5, 2, "ms", "rtt_ms", None, "Round trip, the worst track."),
    _metric("loss_sent", "Loss↑", 5, 2, "%", "loss_pct", "outbound", "Loss of what is sent, the worst track."),
    _metric("loss_received", "Loss↓", 5, 3, "%", "loss_pct", "inbound", "Loss of what is received, the worst track."),
    _metric("jitter", "Jit", 5, 6, "ms", "jitter_ms", None, "Jitter, the worst track."),
    _metric("bitrate_sent", "Out", 5, 4, "bit/s", "bitrate_bps", "outbound", "Bitrate sent, all tracks."),
    _metric("bitrate_received", "In", 5, 4, "bit/s", "bitrate_bps", "inbound", "Bitrate received, all tracks."),
    _metric("mos", "MOS", 4, 7, "", "mos", None, "Mean opinion score, the worst track."),
    _word("issues", "Issues", 20, 3, lambda one: issue_codes(one.issues()), "What was wrong, open issues first.",
          stretch=True),
    _count("issue_count", "Number", 6, 9, lambda one: len(one.issues()), "How many issues there were."),
    _word("browser", "Browser", 12, 4, _known("browser"), "Browser and version."),
    _word("os", "OS", 10, 5, _known("os"), "Operating system and version."),
    _word("device", "Device", 14, 6, _known("device"), "Manufacturer and model."),
    _word("sdk", "SDK", 16, 7, _known("sdk"), "SDK and version."),
    _word("region", "Region", 6, 7, _known(*REGION), "The media or signalling region, else the edge."),
    _word("codec", "Codec", 9, 8, codecs, "Codecs in use."),
    _count("tracks_sent", "Tr↑", 3, 8, lambda one: _tracks(one, "outbound"), "Tracks that are published."),
    _count("tracks_received", "Tr↓", 3, 9, lambda one: _tracks(one, "inbound"), "Tracks that are received."),
    Fact("joined", "Joined", 8, 8, "number", lambda one, now: fmt.clock(one.leg.joined_at),
         lambda one, now: one.leg.joined_at, "When the participant joined."),
    Fact("left", "Left", 8, 8, "number", lambda one, now: fmt.clock(one.left_at),
         lambda one, now: one.left_at, "When the participant left."),
    _word("end_reason", "Left because", 16, 9, end_reason, "Why the participant left."),
    _word("identity", "Identity", 12, 10, lambda one: one.identity, "The same for somebody who comes again."),
    _word("participant_sid", "Id", 18, 11, lambda one: one.id, "The participant's id."),
)  # fmt: skip

FACTS: dict[str, Fact] = {fact.key: fact for fact in _ALL}
"""All facts about a participant by key, in the order of display."""
