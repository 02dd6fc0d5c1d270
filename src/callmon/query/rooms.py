"""Rooms: which calls are one, and facts about a room in the form of columns, beside those of any call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from callmon.engine.call import Call
from callmon.query import format as fmt
from callmon.query.columns import COLUMNS, SORT_LAST, Column
from callmon.query.people import Person, issue_codes, persons

MEETINGS = frozenset({"twilio-video", "daily", "callstats"})
"""Providers all of whose calls are rooms, meetings or conferences."""

TWO = 2
"""A call with more participants than this is a room, whoever provides it."""

# Twilio calls the limit of a room what Daily calls the most that were there at once.
_MOST = {"twilio-video": "max_concurrent_participants", "daily": "max_participants"}


def is_room(call: Call) -> bool:
    """Return whether a call is a room: by its provider, or because more than two take part."""
    if call.provider in MEETINGS:
        return True
    return len(call.legs) > TWO and sum(person.leg.role != "edge" for person in persons(call)) > TWO


def rooms(calls: Sequence[Call]) -> list[Call]:
    """Return the rooms among calls."""
    return [call for call in calls if is_room(call)]


def there(call: Call) -> list[Person]:
    """Return who is in a room now."""
    return [person for person in persons(call) if person.left_at is None]


def affected(call: Call) -> list[Person]:
    """Return the participants with issues, open or past, the worst first."""
    found = [person for person in persons(call) if person.issues()]
    return sorted(found, key=lambda one: (one.left_at is not None, -one.grade.rank))


def concurrent(people: Sequence[Person]) -> int:
    """Return how many of them were there at the same time, at most; who leaves makes place for who comes then."""
    steps = [(one.leg.joined_at, 1) for one in people]
    steps += [(one.left_at, -1) for one in people if one.left_at is not None]
    now = most = 0
    for _, step in sorted(steps):
        now += step
        most = max(most, now)
    return most


def told(call: Call, key: str) -> float | None:
    """Return a figure that the vendor told of the whole room, None where it told none."""
    word = call.words.get(key, "")
    return float(word) if word.isascii() and word.isdigit() else None


def _greatest(*found: float | None) -> float | None:
    """Return the greatest of what is known: none of these figures ever falls, so what is less is older."""
    known = [value for value in found if value]
    return max(known) if known else None


def participants_now(call: Call) -> float | None:
    """Return how many are there now: those we know of, else the vendor's figure."""
    if call.over:
        return 0.0
    return float(len(there(call))) if call.legs else told(call, "concurrent_participants")


def participants(call: Call) -> float | None:
    """Return how many ever took part; who came again counts again."""
    return _greatest(float(len(persons(call))), told(call, "unique_participants"), max_concurrent(call))


def max_concurrent(call: Call) -> float | None:
    """Return how many were there at the same time, at most."""
    own = float(concurrent(persons(call)))
    return _greatest(own, told(call, _MOST.get(call.provider, "max_concurrent_participants")))


def unique_identities(call: Call) -> float | None:
    """Return how many different people took part."""
    own = float(len({person.identity for person in persons(call)}))
    return _greatest(own, told(call, "unique_participant_identities"))


def participant_s(call: Call, now: float) -> float | None:
    """Return how long participants were there, all together, in seconds."""
    own = sum(person.lasted_s(now) for person in persons(call))
    return _greatest(own, told(call, "total_participant_duration_sec"))


def region(call: Call) -> str:
    """Return the media region of a room, else those of its participants."""
    found = call.words.get("region")
    regions = dict.fromkeys(word for leg in call.legs.values() if (word := leg.attributes.get("region")))
    return found or ", ".join(regions)


def codecs(call: Call) -> str:
    """Return the codecs of a room: those the vendor lists, else those of its tracks."""
    listed = call.words.get("codecs")
    used = dict.fromkeys(
        stream.codec for leg in call.legs.values() for stream in leg.streams.values() if stream.codec
    )
    return listed or ", ".join(used)


def _text(
    key: str, title: str, width: int, priority: int, get: Callable[[Call], str], meaning: str,
    *, stretch: bool = False,
) -> Column:  # fmt: skip
    def text(call: Call, now: float) -> str:
        return get(call)

    def key_of(call: Call, now: float) -> object:
        return get(call).lower() or SORT_LAST

    return Column(key, title, width, priority, "text", text, key_of, meaning, searched=True, stretch=stretch)


def _number(
    key: str, title: str, width: int, priority: int, get: Callable[[Call, float], float | None], meaning: str,
    *, unit: str = "", bad: bool = False,
) -> Column:  # fmt: skip
    write = fmt.duration if unit == "s" else fmt.count

    def text(call: Call, now: float) -> str:
        return write(get(call, now))

    return Column(key, title, width, priority, "number", text, get, meaning, unit, worst_first=bad)


_ALL = (
    _text("room_sid", "Room id", 34, 12, lambda call: call.id, "The vendor's id of the room, or of the call."),
    _text("room_type", "Type", 12, 5, lambda call: call.words.get("type", ""),
          "The type of the room: group, peer_to_peer, go."),
    _number("participants_now", "Now", 3, 1, lambda call, now: participants_now(call), "Participants there now."),
    _number("max_concurrent", "Max", 3, 3, lambda call, now: max_concurrent(call),
            "The most participants that were there at the same time."),
    _number("participants", "All", 3, 4, lambda call, now: participants(call),
            "Participants that ever connected; who comes again counts again."),
    _number("unique_identities", "Ids", 3, 5, lambda call, now: unique_identities(call),
            "Different identities among the participants."),
    _number("people_with_issues", "Affected", 8, 2, lambda call, now: float(len(affected(call))),
            "Participants with issues: who is affected.", bad=True),
    _number("issue_count", "Issues", 6, 3, lambda call, now: float(len(call.issues)),
            "Issues of the room, of all participants.", bad=True),
    _text("issue_types", "Issue types", 22, 4, lambda call: issue_codes(call.issues),
          "The kinds of issues there were, open ones first.", stretch=True),
    _text("media_region", "Region", 6, 5, region, "The media region."),
    _text("end_reason", "Ended because", 16, 6, lambda call: call.end_reason or "", "Why the room ended.",
          stretch=True),
    _number("participant_s", "Total", 8, 8, participant_s,
            "How long participants were there, all together.", unit="s"),
    _number("recording_s", "Recorded", 8, 9, lambda call, now: told(call, "total_recording_duration_sec"),
            "How long was recorded, all tracks together.", unit="s"),
    _text("room_codecs", "Codecs", 9, 9, codecs, "Codecs of the room."),
    _text("recording", "Rec", 3, 11, lambda call: call.words.get("recording", ""), "Whether it is recorded."),
    _text("created_by", "Created by", 10, 11, lambda call: call.words.get("created_by", ""),
          "How the room was made: sdk, ad_hoc, api."),
    _text("edge_location", "Edge", 9, 11, lambda call: call.words.get("edge_location", ""),
          "The vendor's edge location."),
    _text("room_status", "Status", 11, 10, lambda call: call.words.get("status", ""),
          "What the vendor says: in_progress, completed, ongoing, ended."),
    _number("room_limit", "Limit", 5, 11,
            lambda call, now: told(call, "max_participants") if call.provider == "twilio-video" else None,
            "How many participants may be there at once."),
)  # fmt: skip

ROOM_COLUMNS: dict[str, Column] = {column.key: column for column in _ALL}
"""The facts that only rooms have, by key, in the order of display."""


def name_of(call: Call) -> str:
    """Return what people call a room: its name, else the label, else the id."""
    return call.room or call.label or call.id


_NAME = replace(
    COLUMNS["room"], width=14, priority=0, stretch=True,
    text=lambda call, now: name_of(call), key_of=lambda call, now: name_of(call).lower(),
)  # fmt: skip

LISTED: dict[str, Column] = {
    "grade": COLUMNS["grade"],
    "room": _NAME,
    "reason": replace(COLUMNS["reason"], width=15),
    **ROOM_COLUMNS,
    **{key: COLUMNS[key] for key in ("duration", "state", "provider", "age")},
}
"""The columns of the list of rooms: what it shares with all calls, then its own."""
