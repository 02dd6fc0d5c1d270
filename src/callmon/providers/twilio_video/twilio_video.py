"""The reader of the Twilio Video dialect: what it asks of the Insights API, and what pages forward of a room."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from callmon.model.events import Event, Joined, Left, Noted, Opened, Reported
from callmon.model.frames import Fetch, Frame, Json, Rejected, Route
from callmon.providers.provider import Limits, Watched, told_once
from callmon.providers.twilio_video import tracks
from callmon.providers.twilio_video.rooms import NAME, Room, epoch, read_participant, read_room
from callmon.w3c.report import Entry, num, text
from callmon.w3c.stats import Place

MAX_ROOMS = 20_000
"""More rooms are not remembered; the oldest goes."""

MAX_ROWS = 1000
"""The largest page that the API gives."""

AGAIN_S = 60.0
"""When a list that is not there yet is asked for again."""

ENDS = frozenset({"disconnected", "end", "ended"})
"""Events of the SDK's room after which the participant is gone."""

_ROOM = re.compile(r"RM[0-9a-fA-F]{32}")
_NO_ROOM = "there is no room SID: give call in the query, a header or an envelope"


@dataclass(frozen=True)
class VideoSettings:
    """What of the Video Insights API is asked, and how often; each filter is one of the API's own."""

    room_types: tuple[str, ...] = field(
        default=(),
        metadata={"description": "Only rooms of these types: go, peer_to_peer, group, group_small."},
    )
    codecs: tuple[str, ...] = field(
        default=(), metadata={"description": "Only rooms in which these codecs are used: VP8, H264, VP9."}
    )
    room_name: str = field(default="", metadata={"description": "Only rooms of this name."})
    created_after: str = field(
        default="",
        metadata={"description": "Only rooms created after this ISO time; else of the last hours."},
    )
    created_before: str = field(
        default="", metadata={"description": "Only rooms created before this ISO time."}
    )
    lookback_h: float = field(
        default=24.0,
        metadata={"description": "How many hours of rooms to list where created_after is not set."},
    )
    ended_h: float = field(
        default=1.0,
        metadata={"description": "Listed rooms that ended more hours ago than this are left out."},
    )
    rooms_every_s: float = field(default=30.0, metadata={"description": "How often rooms are listed."})
    participants_every_s: float = field(
        default=30.0, metadata={"description": "How often the participants of a room in progress are listed."}
    )
    page_size: int = field(default=100, metadata={"description": "Rows of a page, at most 1000."})


class TwilioVideo:
    """The reader of the ``twilio-video`` dialect.

    The API tells of rooms and participants and has no quality by interval (Twilio's Video Log Analyzer API; rows
    stay seven days, and are complete up to 30 minutes after the end). Quality comes by push, as
    ``callmon.twilioVideo(room)`` forwards ``room.getStats()``.
    """

    name: ClassVar[str] = NAME
    routes: ClassVar[tuple[Route, ...]] = (Route("/ingest/twilio-video", "page"),)
    BASE_URL: ClassVar[str] = "https://insights.twilio.com/v1"
    # Twilio publishes no rate for this API, only that 429 (20429) means it was too fast.
    LIMITS: ClassVar[Limits] = Limits(per_second=5.0, per_day=None, concurrency=4)
    AUTH: ClassVar[Literal["basic", "bearer"]] = "basic"
    Settings: ClassVar[type[Any]] = VideoSettings

    def __init__(self, settings: VideoSettings | None = None) -> None:
        """Start without any room."""
        self._settings = settings if settings is not None else VideoSettings()
        self._rooms: dict[str, Room] = {}
        self._gone: dict[str, None] = {}

    def poll(self, now: float, watched: Watched) -> Iterator[Fetch]:
        """Return the lists and rooms that are due: rooms, then who is in those that are not over."""
        settings = self._settings
        due = _slot(now, settings.rooms_every_s)
        if not watched.asked:
            yield Fetch("/Video/Rooms", "rooms", {}, self._filters(due), due, "rooms", weight=1)
        known = {*watched.live, *(sid for sid, room in self._rooms.items() if not room.over)}
        for sid in sorted({*watched.asked, *known}):
            room = self._rooms.get(sid)
            # A room that the list does not hold (any more) is asked for by itself.
            unseen = room is None or sid in watched.asked or now - room.seen_at > 2 * settings.rooms_every_s
            if unseen and sid not in self._gone and (room is None or not room.over) and _ROOM.fullmatch(sid):
                yield Fetch(f"/Video/Rooms/{sid}", "room", {"call": sid}, (), due, f"room {sid}")
        for room in self._rooms.values():
            about, path = {"call": room.sid}, f"/Video/Rooms/{room.sid}/Participants"
            size = (("PageSize", str(self._size())),)
            if not room.over:
                due = _slot(now, settings.participants_every_s)
                yield Fetch(path, "participants", about, size, due, f"participants {room.sid}", weight=2)
            elif room.complete or not room.listed:
                state = "complete" if room.complete else "over"
                key = f"participants {room.sid} {state}"
                yield Fetch(path, "participants", {**about, "of": state}, size, room.ask_after, key, 3)

    def read(self, frame: Frame) -> Iterator[Event | Fetch | Rejected]:
        """Return what a frame means: an answer of the API by its tag, anything else from a page."""
        if frame.tag == "rooms":
            yield from self._list(frame, "rooms", None)
        elif frame.tag == "participants":
            yield from self._list(frame, "participants", frame.about.get("call"))
        elif frame.tag == "room":
            if frame.about.get("status") != "404":
                yield from self._row(frame, frame.body, None)
        else:
            yield from _page(frame, self._rooms, self._gone)

    def _filters(self, due: float) -> tuple[tuple[str, str], ...]:
        settings = self._settings
        after = settings.created_after or _iso(due - 3600 * settings.lookback_h)
        pairs = [("RoomType", one) for one in settings.room_types]
        pairs += [("Codec", one) for one in settings.codecs]
        pairs += [("RoomName", settings.room_name), ("CreatedAfter", after)]
        pairs += [("CreatedBefore", settings.created_before), ("PageSize", str(self._size()))]
        return tuple((key, value) for key, value in pairs if value)

    def _size(self) -> int:
        return min(MAX_ROWS, max(1, self._settings.page_size))

    def _list(self, frame: Frame, key: str, sid: str | None) -> Iterator[Event | Fetch | Rejected]:
        """Read one page of a list, and ask for the next by the address that the vendor gave."""
        body = frame.body if isinstance(frame.body, dict) else {}
        rows = body.get(key)
        room = self._rooms.get(sid) if sid is not None else None
        if frame.about.get("status") == "404":
            if room is not None:
                room.ask_after = frame.at + AGAIN_S
            return
        if not isinstance(rows, list):
            yield Rejected(frame.source, _failure(body, f"no {key} in the answer"))
            return
        for row in rows:
            yield from self._row(frame, row, sid)
        meta = body.get("meta")
        following = text(meta, "next_page_url") if isinstance(meta, dict) else None
        if following is not None:
            yield Fetch(
                following, frame.tag, {k: v for k, v in frame.about.items() if k != "status"}, after=frame.at
            )
            return
        if room is not None and room.over and "of" in frame.about:
            room.listed = True
            if frame.about["of"] == "complete":
                self._forget(room)

    def _forget(self, room: Room) -> None:
        """Let a room go of which all was told, and remember that it was."""
        self._rooms.pop(room.sid, None)
        self._gone[room.sid] = None
        if len(self._gone) > MAX_ROOMS:
            del self._gone[next(iter(self._gone))]

    def _row(self, frame: Frame, row: Json, sid: str | None) -> Iterator[Event | Rejected]:
        sid = text(row, "room_sid") or sid if isinstance(row, dict) else None
        if not isinstance(row, dict) or sid is None:
            yield Rejected(frame.source, _failure(row, "a row without a room_sid"))
            return
        if sid in self._gone:
            return
        room, every_s = self._rooms.get(sid), self._settings.rooms_every_s
        if room is None:
            if frame.tag == "rooms" and self._is_old(row, frame.at):
                return
            room = self._rooms[sid] = Room(sid)
            if len(self._rooms) > MAX_ROOMS:
                del self._rooms[next(iter(self._rooms))]
        if "participant_sid" in row:
            if not room.rank:
                began = epoch(row.get("join_time")) or frame.at
                yield Opened(sid, began, NAME, every_s=every_s, once=told_once(frame))
            yield from read_participant(room, row, frame.at)
        else:
            yield from read_room(room, row, frame.at, every_s, told_once(frame))

    def _is_old(self, row: Entry, at: float) -> bool:
        ended = epoch(row.get("end_time"))
        return ended is not None and ended < at - 3600 * self._settings.ended_h


def _slot(now: float, every_s: float) -> float:
    """Return the beginning of the interval that ``now`` lies in."""
    every = max(0.1, every_s)
    return now - now % every


def _iso(at: float) -> str:
    return datetime.fromtimestamp(max(0.0, at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _failure(body: Json, otherwise: str) -> str:
    """Return the vendor's own words where an answer is an error, in either of its two shapes."""
    if not isinstance(body, dict):
        return otherwise
    said = text(body, "message") or text(body, "detail") or text(body, "title")
    code = num(body, "code")
    if said is None:
        return otherwise
    return f"Twilio says {code:.0f}: {said}" if code is not None else f"Twilio says: {said}"


def _page(frame: Frame, rooms: Mapping[str, Room], gone: Container[str]) -> Iterator[Event | Rejected]:
    """Read what a page forwarded: the envelope of callmon.js, or a StatsReport or a network quality by itself."""
    body = frame.body
    if isinstance(body, list):
        body = {"data": body}
    if not isinstance(body, dict):
        yield Rejected(
            frame.source, "a message is an object: an envelope, or a StatsReport of room.getStats()"
        )
        return
    bare = tracks.is_report(body) or tracks.is_quality(body)
    data = body if bare else body.get("data")
    names = {key: text(body, key) or text(frame.about, key) for key in ("call", "leg", "room", "label")}
    call, leg = names["call"], names["leg"] or "local"
    if not call:
        yield Rejected(frame.source, _NO_ROOM)
        return
    event = text(body, "event")
    if event is None and not bare and not tracks.is_report(_first(data)) and not body.get("end"):
        yield Rejected(frame.source, "neither a StatsReport of room.getStats() nor an event of the room")
        return
    if event == "stats" and not isinstance(data, list | dict):
        yield Rejected(frame.source, "stats without what room.getStats() returns in data")
        return
    yield Opened(call, frame.at, NAME, names["room"], names["room"])
    # What the API says of a participant is more exact than what the page says of itself.
    known = call in gone or (call in rooms and leg in rooms[call].people)
    attributes = {} if known else _attributes(body)
    yield Joined(call, frame.at, leg, "participant", names["label"], attributes)
    yield from _measured(frame, call, leg, data, bare)
    quality = data if tracks.is_quality(data) else body.get("networkQuality")
    if isinstance(quality, dict):
        yield Reported(call, frame.at, leg, tracks.quality_words(quality))
    if body.get("end") or event in ENDS:
        yield Left(call, frame.at, leg, text(body, "reason"), "local")
    elif event is not None and event != "stats" and not isinstance(quality, dict):
        words = f"{_spaced(event)} {text(body, 'message') or ''}".strip()
        yield Noted(call, frame.at, leg, "vendor", words, event)


def _first(data: Json) -> Json:
    return data[0] if isinstance(data, list) and data else data


def _measured(frame: Frame, call: str, leg: str, data: Json, bare: bool) -> Iterator[Event]:
    """Return what the StatsReports among the data say; a page's clock is set against ours by the newest entry."""
    reports: list[Entry] = [
        one for one in (data if isinstance(data, list) else [data]) if tracks.is_report(one)
    ]
    peer = text(reports[0], "peerConnectionId") if bare and reports else None
    found = tracks.tracks(reports, f"-{peer}" if peer is not None else "")
    ms = tracks.newest(found)
    ms = ms if ms is not None else frame.at * 1000
    yield from tracks.events(found, Place(call, leg, frame.at - ms / 1000, frame.at), ms)


def _spaced(event: str) -> str:
    return re.sub("(?<=[a-z])([A-Z])", lambda found: f" {found[1].lower()}", event)


def _attributes(body: Mapping[str, Json]) -> dict[str, str]:
    page = body.get("page")
    told = (
        {key: text(page, key) for key in ("browser", "os", "sdk", "region")} if isinstance(page, dict) else {}
    )
    return {"sdk": "Twilio Video SDK"} | {key: word for key, word in told.items() if word is not None}
