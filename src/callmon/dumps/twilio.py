"""Files of Twilio: answers of Voice and Video Insights, and what the SDKs of both tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from callmon.dumps.form import Form
from callmon.dumps.moments import newest_s
from callmon.dumps.scalars import is_one_of
from callmon.dumps.vendors import Message, in_time, is_many
from callmon.model.frames import Frame, Json, Rejected

VOICE, VIDEO = "twilio-voice", "twilio-video"
"""The dialects."""

SETTLED_S = 61.0
"""Rows of several edges are told at once when they are older than a minute, and not held for one another."""

_SID = re.compile(r"CA[0-9a-fA-F]{32}")
_PAGES = {"metrics": "metrics", "events": "events"}
_TRACKS = frozenset(
    {"localAudioTrackStats", "localVideoTrackStats", "remoteAudioTrackStats", "remoteVideoTrackStats"}
)
_SAMPLE = frozenset({"packetsLostFraction", "audioInputLevel", "totals"})
_SDK_EVENTS = frozenset({"sample", "warning", "warning-cleared"})


def fits(value: Json) -> bool:
    """Whether a value is an answer or a message of Twilio, or an array of them."""
    return is_many(value, lambda one: bool(_kind(one)))


def frames(value: Json, name: str) -> Iterator[Frame | Rejected]:
    """Return answers and messages of a file in the order of time; samples and reports of an array end with it."""
    yield from in_time(value, name, lambda one: _messages(one, name), "it is nothing that Twilio writes")


def _kind(one: Json) -> str:
    """Return what one answer or message is, empty for anything else."""
    if not isinstance(one, dict):
        return ""
    for key in _PAGES:
        rows = one.get(key)
        if isinstance(rows, list) and any(_is_row(row) for row in rows[:20]):
            return key
    if isinstance(one.get("call_summaries"), list):
        return "summaries"
    if isinstance(one.get("call_sid"), str) and ("processing_state" in one or "call_state" in one):
        return "summary"
    if isinstance(one.get("rooms"), list) and any(_has(row, "room_sid") for row in one["rooms"][:20]):
        return "rooms"
    people = one.get("participants")
    if isinstance(people, list) and any(_has(row, "participant_sid") for row in people[:20]):
        return "participants"
    if isinstance(one.get("room_sid"), str) and ("room_status" in one or "participant_sid" in one):
        return "participant" if "participant_sid" in one else "room"
    if isinstance(one.get("group"), str) and isinstance(one.get("payload"), list | dict):
        return "post"
    data = one.get("data")
    inner = data[0] if isinstance(data, list) and data else data
    if any(_is_tracks(place) for place in (one, inner)) or _is_quality(one):
        return "report"
    if len(_SAMPLE & one.keys()) >= 2 or (
        is_one_of(one.get("event"), _SDK_EVENTS) and isinstance(one.get("data"), dict)
    ):
        return "sample"
    return ""


def _messages(one: Json, name: str) -> list[Message]:
    """Return what is read of one answer or message."""
    kind = _kind(one)
    if kind in _PAGES:
        return _page(kind, one)
    if kind in ("summary", "summaries"):
        about = {"call": sid} if kind == "summary" and (sid := _sid(one)) else {}
        return [Message(VOICE, kind, one, about)] if about or kind == "summaries" else []
    if kind in ("sample", "post"):
        return [Message(VOICE, "sdk", one, {"call": name})]
    if kind == "report":
        return [Message(VIDEO, "page", one, {"call": name})]
    if kind == "participants":
        rows = [row for row in one["participants"] if isinstance(row, dict)]
        sids = dict.fromkeys(row["room_sid"] for row in rows if isinstance(row.get("room_sid"), str))
        sid = next(iter(sids), name)
        return [Message(VIDEO, "participants", {"participants": rows}, {"call": sid[:200]})]
    if kind == "participant":
        return [Message(VIDEO, "participants", {"participants": [one]}, {"call": one["room_sid"][:200]})]
    if kind in ("room", "rooms"):
        return [message for row in (one["rooms"] if kind == "rooms" else [one]) for message in _room(row)]
    return []


def _page(kind: str, one: dict[str, Json]) -> list[Message]:
    """Return a page of metrics or events, one message for each call that it has rows of."""
    by_call: dict[str, list[Json]] = {}
    fallback = _sid(one.get("meta"))
    for row in one[kind]:
        sid = _sid(row) or fallback
        if sid is not None:
            by_call.setdefault(sid, []).append(row)
    found = []
    for sid, rows in by_call.items():
        body: dict[str, Json] = {kind: rows}
        ways = {(row.get("edge"), row.get("direction")) for row in rows if _has(row, "edge", "direction")}
        newest = newest_s(rows)
        if len(ways) > 1 and newest is not None:
            body["time"] = newest + SETTLED_S
        found.append(Message(VOICE, kind, body, {"call": sid}))
    return found


def _room(row: Json) -> list[Message]:
    """Return a room."""
    return [Message(VIDEO, "room", row)] if _has(row, "room_sid") else []


def _is_tracks(one: Json) -> bool:
    """Whether this is a StatsReport of the Video SDK."""
    return isinstance(one, dict) and any(isinstance(one.get(key), list) for key in _TRACKS)


def _is_quality(one: dict[str, Json]) -> bool:
    """Whether this is the network quality of the Video SDK: levels, and what they are made of."""
    level, parts = one.get("level"), [one.get("audio"), one.get("video")]
    return isinstance(level, int) and any(isinstance(part, dict) and "send" in part for part in parts)


def _is_row(row: Json) -> bool:
    return _has(row, "call_sid") or _has(row, "edge")


def _has(row: Json, *keys: str) -> bool:
    return isinstance(row, dict) and all(isinstance(row.get(key), str) for key in keys)


def _sid(one: Json) -> str | None:
    """Return the SID of the call that an answer is about: of its row, or in the address of its page."""
    if not isinstance(one, dict):
        return None
    for key in ("call_sid", "url", "first_page_url"):
        told = one.get(key)
        found = _SID.search(told[:4000]) if isinstance(told, str) else None
        if found is not None:
            return found[0]
    return None


FORM = Form("an answer of Twilio Insights or statistics of a Twilio SDK", fits, frames)
"""What Twilio's API and SDKs write."""
