"""Files of Daily: what ``getNetworkStats()`` returned, and answers of the REST API."""

from __future__ import annotations

from collections.abc import Iterator

from callmon.dumps.form import Form
from callmon.dumps.scalars import is_one_of
from callmon.dumps.vendors import Message, in_time, is_many
from callmon.model.frames import Frame, Json, Rejected

NAME = "daily"
"""The dialect of all of them."""

_WORDS = frozenset({"threshold", "quality", "networkState"})
_EVENTS = frozenset({"network-quality-change", "cpu-load-change", "left-meeting", "joined-meeting"})


def fits(value: Json) -> bool:
    """Whether a value is an answer or a message of Daily, or an array of them."""
    return is_many(value, lambda one: bool(_kind(one)))


def frames(value: Json, name: str) -> Iterator[Frame | Rejected]:
    """Return answers and messages of a file in the order of time; statistics of an array end with it."""
    yield from in_time(value, name, lambda one: _messages(one, name), "it is nothing that Daily writes")


def _kind(one: Json) -> str:
    """Return what one answer or message is, empty for anything else."""
    if not isinstance(one, dict):
        return ""
    if (
        _is_stats(one)
        or _is_stats(one.get("data"))
        or is_one_of(one.get("action"), _EVENTS)
        or is_one_of(one.get("event"), _EVENTS)
    ):
        return "page"
    rows = one.get("metrics")
    logs = one.get("logs")
    if any(_has(row, "mtgSessionId") for many in (rows, logs) if isinstance(many, list) for row in many[:20]):
        return "logs"
    if isinstance(one.get("payload"), dict) and str(one.get("type")).startswith(("meeting.", "participant.")):
        return "webhook"
    data = one.get("data")
    if isinstance(data, list):
        if any(_has(row, "id", "room") and "start_time" in row for row in data[:20]):
            return "meetings"
        return "presence" if any(_is_present(row) for row in data[:20]) else ""
    if _has(one, "id", "room") and "start_time" in one:
        return "meeting"
    lists = list(one.values())[:20]
    here = bool(lists) and all(isinstance(many, list) for many in lists)
    return "presence" if here and any(_is_present(row) for many in lists for row in many[:20]) else ""


def _messages(one: Json, name: str) -> list[Message]:
    """Return what is read of one answer or message; a meeting by itself is read however old it is."""
    kind = _kind(one)
    if kind == "meetings":
        return [Message(NAME, "meeting", row) for row in one["data"] if isinstance(row, dict)]
    if kind == "presence":
        return [Message(NAME, kind, _presence(one))]
    if kind == "page":
        return [Message(NAME, kind, one, {"call": name})]
    return [Message(NAME, kind, one)] if kind else []


def _presence(one: dict[str, Json]) -> dict[str, Json]:
    """Return who is there; where an answer does not name the meeting, its room stands for it."""
    data = one.get("data")
    rooms = {"": data} if isinstance(data, list) else one
    return {
        room: [
            {"mtgSessionId": row.get("room") or room, **row}
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, dict)
        ]
        for room, rows in rooms.items()
    }


def _is_stats(one: Json) -> bool:
    """Whether this is what ``getNetworkStats()`` returns, before or after joining."""
    if not isinstance(one, dict) or not isinstance(one.get("stats"), dict):
        return False
    return isinstance(one["stats"].get("latest"), dict) or bool(_WORDS & one.keys())


def _is_present(row: Json) -> bool:
    return _has(row, "id") and "joinTime" in row


def _has(row: Json, *keys: str) -> bool:
    return isinstance(row, dict) and all(isinstance(row.get(key), str) for key in keys)


FORM = Form("statistics or an answer of Daily", fits, frames)
"""What Daily's SDKs and API write."""
