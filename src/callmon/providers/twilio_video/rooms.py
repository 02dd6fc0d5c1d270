"""Rows of the Video Insights API as events: a room is a call, and each participant SID a leg of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from callmon.model.events import Closed, Event, Joined, Left, Noted, Opened, Reported
from callmon.model.frames import Json
from callmon.w3c.report import Entry, num, text

NAME = "twilio-video"
"""What the dialect is called."""

ROOM_WORDS = (
    ("room_status", "status"),
    ("room_type", "type"),
    ("created_method", "created_by"),
    ("end_reason", "end_reason"),
    ("media_region", "region"),
    ("edge_location", "edge_location"),
    ("processing_state", "processing"),
)
"""Members of a room that are words, and what they are called on screen."""

ROOM_FIGURES = (
    "duration_sec",
    "total_participant_duration_sec",
    "total_recording_duration_sec",
    "concurrent_participants",
    "max_concurrent_participants",
    "unique_participants",
    "unique_participant_identities",
    "max_participants",
)
"""Members of a room that are whole numbers."""

LONGEST_S = 1e7
"""Nothing lasts longer: a greater duration is none."""

_OVER = frozenset({"completed", "disconnected"})
_UNKNOWN = "unknown"


@dataclass(slots=True)
class Room:
    """What is known of a room: how far its newest row was, and its participants'; times are epoch seconds.

    A row that says less than one before it is an old one that came late, and is not read. ``listed`` is whether its
    participants were listed after its end.
    """

    sid: str
    rank: tuple[float, ...] = ()
    over: bool = False
    complete: bool = False
    ended_at: float | None = None
    end_reason: str | None = None
    seen_at: float = 0.0
    listed: bool = False
    ask_after: float = 0.0
    people: dict[str, tuple[float, ...]] = field(default_factory=dict)


def epoch(value: Json) -> float | None:
    """Return an ISO 8601 time, with or without fractions of a second, in epoch seconds; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        seconds = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if seconds > 0 else None


def read_room(room: Room, row: Entry, at: float, every_s: float, once: bool) -> Iterator[Event]:
    """Return what a row of the list of rooms, or a room by itself, says."""
    status, processing = text(row, "room_status"), text(row, "processing_state")
    rank = (
        float(status == "completed"),
        float(processing == "complete"),
        num(row, "duration_sec") or 0.0,
        num(row, "unique_participants") or 0.0,
    )
    room.seen_at = max(room.seen_at, at)
    if rank < room.rank or (room.over and rank == room.rank):
        return
    room.rank = rank
    room.over, room.complete = status == "completed", processing == "complete"
    began, ended, name = epoch(row.get("create_time")), epoch(row.get("end_time")), text(row, "room_name")
    room.ended_at, room.end_reason = ended or _after(began, row), text(row, "end_reason")
    yield Opened(room.sid, began or at, NAME, name, name, every_s, True, once)
    words = {name: word for key, name in ROOM_WORDS if (word := text(row, key)) is not None}
    words |= {key: f"{value:.0f}" for key in ROOM_FIGURES if (value := num(row, key)) is not None}
    codecs = row.get("codecs")
    if isinstance(codecs, list):
        words["codecs"] = ", ".join(
            code for code in codecs[:8] if isinstance(code, str) and code.isalnum() and len(code) < 20
        )
    if isinstance(row.get("recording_enabled"), bool):
        words["recording"] = "on" if row["recording_enabled"] else "off"
    yield Reported(room.sid, at, None, {key: word for key, word in words.items() if word})
    if room.over:
        yield Closed(room.sid, room.ended_at or at, room.end_reason)


def read_participant(room: Room, row: Entry, at: float) -> Iterator[Event]:
    """Return what a row of the list of participants says; whoever comes again has another SID."""
    leg = text(row, "participant_sid")
    if leg is None:
        return
    joined, left = epoch(row.get("join_time")), epoch(row.get("leave_time"))
    gone = left is not None or text(row, "status") in _OVER
    rank = (float(gone), num(row, "duration_sec") or 0.0)
    if rank < room.people.get(leg, ()) or (gone and rank == room.people.get(leg)):
        return
    room.people[leg] = rank
    yield Joined(
        room.sid, joined or at, leg, "participant", text(row, "participant_identity"), attributes(row)
    )
    code = num(row, "error_code")
    if code:
        url = text(row, "error_code_url") or ""
        words = f"Twilio error {code:.0f}" + (f": {url}" if url else "")
        yield Noted(room.sid, left or joined or at, leg, "vendor", words, f"{code:.0f}", {"url": url})
    if gone:
        left = left or _after(joined, row)
        yield Left(room.sid, left or min(at, room.ended_at or at), leg, text(row, "end_reason"))


def _after(began: float | None, row: Entry) -> float | None:
    """Return when something was over of which a row tells how long it lasted."""
    lasted = num(row, "duration_sec")
    return began + lasted if began is not None and lasted is not None and 0 <= lasted < LONGEST_S else None


def attributes(row: Entry) -> dict[str, str]:
    """Return device, OS, browser, SDK and place of a participant.

    ``publisher_info`` and ``properties`` are free-form in the vendor's specification: a thing in them is an
    object with its name and version (device: manufacturer and model), or plain text.
    """
    found = {}
    for holder in (row.get("properties"), row.get("publisher_info")):
        for key in ("device", "os", "browser", "sdk"):
            told = _thing(holder.get(key)) if isinstance(holder, dict) else None
            if told is not None:
                found[key] = told
    named = {
        "region": "media_region",
        "edge_location": "edge_location",
        "status": "status",
        "end_reason": "end_reason",
    }
    for ours, theirs in named.items():
        word = text(row, theirs)
        if word is not None:
            found[ours] = word
    lasted = num(row, "duration_sec")
    if lasted is not None:
        found["duration_s"] = f"{lasted:.0f}"
    return found


def _thing(value: Json) -> str | None:
    if isinstance(value, dict):
        parts = [text(value, key) for key in ("manufacturer", "model", "type", "name", "version")]
        known = [part for part in parts if part is not None and part.lower() != _UNKNOWN]
        return " ".join(known) or None
    word = text({"it": value}, "it")
    return word if word is not None and word.lower() != _UNKNOWN else None
