"""Presence, meetings and webhooks as events: a meeting is a call, and each participant session a leg of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from callmon.model.events import Closed, Event, Joined, Left, Opened, Reported
from callmon.model.frames import Json
from callmon.w3c.report import Entry, num, text

NAME = "daily"
"""What the dialect is called."""

MISSES = 2
"""Whoever is absent from so many answers in a row has left: one answer may be behind or cut short."""

MAX_PEOPLE = 10_000


@dataclass(slots=True)
class Meeting:
    """What is known of a meeting; ``rank`` grows with every row that says more. Times are epoch seconds."""

    id: str
    room: str | None = None
    rank: tuple[float, ...] = ()
    ongoing: bool = True
    ended_at: float | None = None
    seen_at: float = 0.0


@dataclass(slots=True)
class Presence:
    """Who is there, by session: in which meeting, when last seen, and in how many answers they were missed since."""

    at: float = 0.0
    people: dict[str, tuple[str, float]] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)

    def gone(self, here: set[str], at: float) -> Iterator[Left]:
        """Return who left, given the sessions in an answer that came at ``at``; an old answer tells nothing."""
        if at <= self.at:
            return
        self.at = at
        for session in [one for one in self.people if one not in here]:
            self.missed[session] = self.missed.get(session, 0) + 1
            if self.missed[session] >= MISSES:
                del self.missed[session]
                call, seen_at = self.people.pop(session)
                yield Left(call, seen_at, session, "no longer present")
        for session in here & self.missed.keys():
            del self.missed[session]


def epoch(value: Json) -> float | None:
    """Return a time in epoch seconds: Daily writes ISO 8601 in some resources and epoch seconds in others."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            seconds = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    else:
        seconds = num({"it": value}, "it") or 0.0
    return seconds if 0 < seconds < 1e11 else None


def present(row: Entry, call: str, at: float, every_s: float, once: bool) -> Iterator[Event]:
    """Return what a row of presence says: somebody is in a room now."""
    session = text(row, "id")
    if session is None:
        return
    joined = epoch(row.get("joinTime")) or at
    room = text(row, "room")
    yield Opened(call, joined, NAME, room, room, every_s, once=once)
    who = text(row, "userId")
    attributes = {"user_id": who} if who is not None else {}
    yield Joined(call, joined, session, "participant", text(row, "userName") or who, attributes)


def read_meeting(meeting: Meeting, row: Entry, at: float, every_s: float, once: bool) -> Iterator[Event]:
    """Return what a meeting says; one that says less than what is known came late, and is not read."""
    start, lasted = epoch(row.get("start_time")), num(row, "duration") or 0.0
    ongoing = row.get("ongoing") is True
    rank = (float(not ongoing), lasted, num(row, "max_participants") or 0.0)
    meeting.seen_at = max(meeting.seen_at, at)
    if rank < meeting.rank or (not meeting.ongoing and rank == meeting.rank):
        return
    meeting.rank, meeting.ongoing, meeting.room = rank, ongoing, text(row, "room") or meeting.room
    began = start if start is not None else at
    yield Opened(meeting.id, began, NAME, meeting.room, meeting.room, every_s, True, once)
    rows = row.get("participants")
    for person in rows[:MAX_PEOPLE] if isinstance(rows, list) else ():
        if isinstance(person, dict):
            yield from _participant(meeting.id, person, began, None if ongoing else began + max(0.0, lasted))
    words = {"status": "ongoing" if ongoing else "ended", "duration_s": f"{lasted:.0f}"}
    most = num(row, "max_participants")
    if most is not None:
        words["max_participants"] = f"{most:.0f}"
    yield Reported(meeting.id, at, None, words)
    if not ongoing:
        meeting.ended_at = began + max(0.0, lasted)
        yield Closed(meeting.id, meeting.ended_at)


def _participant(call: str, person: Entry, began: float, ended: float | None) -> Iterator[Event]:
    session = text(person, "participant_id")
    if session is None:
        return
    who = text(person, "user_id")
    joined, lasted = epoch(person.get("join_time")) or began, num(person, "duration")
    attributes = {"user_id": who} if who is not None else {}
    yield Joined(call, joined, session, "participant", text(person, "user_name") or who, attributes)
    # While the meeting goes on the duration of who is there and of who has left look alike.
    if ended is not None and lasted is not None:
        yield Left(call, min(ended, joined + max(0.0, lasted)), session)


def read_webhook(body: Entry, rooms: dict[str, str], at: float) -> Iterator[Event]:
    """Return what a webhook tells; its times are epoch seconds with fractions, ``rooms`` the meeting of each room."""
    payload = body.get("payload")
    kind = text(body, "type") or ""
    if not isinstance(payload, dict):
        return
    room = text(payload, "room")
    call = text(payload, "meeting_id") or text(payload, "meeting_session_id") or rooms.get(room or "")
    if call is None:
        return
    told = epoch(body.get("event_ts")) or at
    session = text(payload, "session_id")
    if kind == "meeting.started":
        if room is not None:
            rooms[room] = call
        yield Opened(call, epoch(payload.get("start_ts")) or told, NAME, room, room)
    elif kind == "meeting.ended":
        yield Opened(call, epoch(payload.get("start_ts")) or told, NAME, room, room, lasts=True)
        yield Closed(call, epoch(payload.get("end_ts")) or told)
    elif kind == "participant.joined" and session is not None:
        joined = epoch(payload.get("joined_at")) or told
        yield Opened(call, joined, NAME, room, room)
        yield Joined(call, joined, session, "participant", text(payload, "user_name"))
    elif kind == "participant.left" and session is not None:
        joined = epoch(payload.get("joined_at")) or told
        yield Opened(call, joined, NAME, room, room)
        yield Joined(call, joined, session, "participant", text(payload, "user_name"))
        yield Left(call, told, session)
