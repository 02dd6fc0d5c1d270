"""The reader of the Daily dialect: what it asks of the REST API, and what pages forward of a call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from callmon.model.events import Closed, Event, Joined, Left, Noted, Opened, Reported
from callmon.model.frames import Fetch, Frame, Json, Rejected, Route
from callmon.providers.daily import logs, network
from callmon.providers.daily.meetings import (
    NAME,
    Meeting,
    Presence,
    epoch,
    present,
    read_meeting,
    read_webhook,
)
from callmon.providers.provider import Limits, Watched, told_once
from callmon.w3c.report import Entry, num, text

MAX_MEETINGS = 20_000
MAX_LEGS = 50_000
"""More are not remembered; the oldest go."""

MAX_ROWS = 1000
"""Rows of an answer at most."""

LATE_S = 60.0
"""Rows of the logs may come this much later than what they tell of: so much is asked for again."""

ENDS = frozenset({"left-meeting", "call-instance-destroyed"})
"""Events of a call object after which its participant is gone."""

LOGS_S = 600.0
"""How long after the end of a meeting its logs are still wanted; then the meeting is let go."""

_MEETING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NO_CALL = "there is no meeting session id: give call in the query, a header or an envelope"


@dataclass(frozen=True)
class DailySettings:
    """What of Daily's REST API is asked, and how often."""

    presence_every_s: float = field(
        default=15.0,
        metadata={"description": "How often to ask who is there; Daily's answer is up to 15 s old."},
    )
    meetings_every_s: float = field(default=60.0, metadata={"description": "How often meetings are listed."})
    logs_every_s: float = field(
        default=30.0,
        metadata={"description": "How often the logs of each ongoing meeting are read; 0: never."},
    )
    log_level: Literal["ERROR", "INFO", "DEBUG"] = field(
        default="INFO", metadata={"description": "Least log level: ERROR, INFO or DEBUG."}
    )
    room: str = field(default="", metadata={"description": "Only meetings of this room."})
    lookback_h: float = field(default=24.0, metadata={"description": "How many hours of meetings to list."})
    ended_h: float = field(
        default=1.0, metadata={"description": "Meetings that ended more hours ago than this are left out."}
    )
    page_size: int = field(default=100, metadata={"description": "Rows of a page, at most 100."})


class Daily:
    """The reader of the ``daily`` dialect.

    Live quality comes by push alone, as ``callmon.daily(callObject)`` forwards ``getNetworkStats()``; the REST API
    tells who is there, which meetings there were, and, half a minute late, what clients logged and measured. Of a
    participant whose page is heard the measurements in the logs are left out: they would count everything twice.
    """

    name: ClassVar[str] = NAME
    routes: ClassVar[tuple[Route, ...]] = (Route("/ingest/daily", "page"),)
    BASE_URL: ClassVar[str] = "https://api.daily.co/v1"
    # Published for most endpoints (docs.daily.co, rate limits): 20 requests a second, or 100 in 5 s.
    LIMITS: ClassVar[Limits] = Limits(per_second=20.0, per_day=None, concurrency=4)
    AUTH: ClassVar[Literal["basic", "bearer"]] = "bearer"
    Settings: ClassVar[type[Any]] = DailySettings

    def __init__(self, settings: DailySettings | None = None) -> None:
        """Start without any meeting."""
        self._settings = settings if settings is not None else DailySettings()
        self._meetings: dict[str, Meeting] = {}
        self._gone: dict[str, None] = {}
        self._rooms: dict[str, str] = {}
        self._presence = Presence()
        self._heard: dict[tuple[str, str], dict[str, float]] = {}
        self._read: dict[str, float] = {}

    def poll(self, now: float, watched: Watched) -> Iterator[Fetch]:
        """Return what is due: who is there, which meetings there are, and the logs of each that goes on."""
        settings = self._settings
        due = _slot(now, settings.meetings_every_s)
        if not watched.asked:
            at = _slot(now, settings.presence_every_s)
            yield Fetch("/presence", "presence", after=at, key="presence")
            yield self._meetings_page(due, str(int(due - 3600 * settings.lookback_h)), None, weight=1)
        for id in sorted({*watched.asked, *watched.live}):
            meeting = self._meetings.get(id)
            late = meeting is not None and now - meeting.seen_at > 3 * settings.meetings_every_s
            unseen = meeting is None or (meeting.ongoing and (late or id in watched.asked))
            if unseen and id not in self._gone and _MEETING.fullmatch(id):
                yield Fetch(f"/meetings/{id}", "meeting", {"call": id}, (), due, f"meeting {id}", 1)
        for meeting in list(self._meetings.values()):
            if meeting.ended_at is not None and now - meeting.ended_at >= LOGS_S:
                self._forget(meeting)
            elif settings.logs_every_s <= 0:
                continue
            elif meeting.ongoing:
                at = _slot(now, settings.logs_every_s)
                yield self._logs_page(
                    meeting.id, self._read.get(meeting.id, at - 300.0), at, 0, f"logs {meeting.id}"
                )
            elif meeting.ended_at is not None:
                # What clients sent last arrives after the end.
                at = meeting.ended_at + LATE_S
                since = self._read.get(meeting.id, meeting.ended_at - 300.0)
                yield self._logs_page(meeting.id, since, at, 0, f"logs {meeting.id} last")

    def read(self, frame: Frame) -> Iterator[Event | Fetch | Rejected]:
        """Return what a frame means: an answer of the API by its tag, anything else from a page or a webhook."""
        if frame.tag in ("presence", "meetings", "meeting", "logs"):
            if frame.about.get("status") != "404":
                yield from self._answer(frame)
        elif (
            isinstance(frame.body, dict)
            and isinstance(frame.body.get("payload"), dict)
            and "type" in frame.body
        ):
            told = [
                event
                for event in read_webhook(frame.body, self._rooms, frame.at)
                if not isinstance(event, Closed) or self._goes_on(event.call)
            ]
            yield from told
            if not told:
                yield Rejected(frame.source, "a webhook of no meeting that is known, or of another kind")
        else:
            yield from self._page(frame)

    def _goes_on(self, id: str) -> bool:
        """Return whether the API did not tell of the end of a meeting: what it tells stands."""
        meeting = self._meetings.get(id)
        return id not in self._gone and (meeting is None or meeting.ended_at is None)

    def _answer(self, frame: Frame) -> Iterator[Event | Fetch | Rejected]:
        body = frame.body
        if not isinstance(body, dict):
            yield Rejected(frame.source, f"no object in the answer to {frame.tag}")
        elif isinstance(body.get("error"), str):
            said = " ".join(word for key in ("error", "info") if (word := text(body, key)) is not None)
            yield Rejected(frame.source, f"Daily says {said}")
        elif frame.tag == "presence":
            yield from self._people(frame, body)
        elif frame.tag == "logs":
            yield from self._logs(frame, body)
        elif frame.tag == "meeting":
            yield from self._meeting(frame, body)
        else:
            yield from self._list(frame, body)

    def _people(self, frame: Frame, body: Entry) -> Iterator[Event | Rejected]:
        """Read who is there: a map from room to people, or the list of one room."""
        one_room = isinstance(body.get("data"), list)
        lists = [body["data"]] if one_room else list(body.values())
        rows = [
            row
            for rows in lists
            if isinstance(rows, list)
            for row in rows[:MAX_ROWS]
            if isinstance(row, dict)
        ]
        if any(not isinstance(rows, list) for rows in lists):
            yield Rejected(frame.source, "presence of a room that is no list")
            return
        here: set[str] = set()
        for row in rows:
            session, room = text(row, "id"), text(row, "room") or ""
            call = text(row, "mtgSessionId") or self._rooms.get(room)
            if session is None:
                yield Rejected(frame.source, "somebody present without a session id")
                continue
            here.add(session)
            if call in self._gone:
                continue
            if call is None:
                continue  # Older answers name the room alone; its meeting is known once meetings are listed.
            self._remember(call, room)
            self._presence.people[session] = call, max(frame.at, self._presence.at)
            yield from present(row, call, frame.at, self._settings.presence_every_s, told_once(frame))
        if not one_room:
            yield from self._presence.gone(here, frame.at)

    def _remember(self, id: str, room: str | None) -> Meeting:
        meeting = self._meetings.get(id)
        if meeting is None:
            meeting = self._meetings[id] = Meeting(id, room)
            if len(self._meetings) > MAX_MEETINGS:
                gone = self._meetings.pop(next(iter(self._meetings)))
                self._read.pop(gone.id, None)
        if room:
            self._rooms[room] = id
            if len(self._rooms) > MAX_MEETINGS:
                del self._rooms[next(iter(self._rooms))]
        return meeting

    def _forget(self, meeting: Meeting) -> None:
        """Let a meeting go of which nothing more will come, and remember that it was."""
        self._meetings.pop(meeting.id, None)
        self._read.pop(meeting.id, None)
        if meeting.room is not None and self._rooms.get(meeting.room) == meeting.id:
            del self._rooms[meeting.room]
        self._gone[meeting.id] = None
        if len(self._gone) > MAX_MEETINGS:
            del self._gone[next(iter(self._gone))]

    def _meetings_page(self, due: float, since: str, after_id: str | None, weight: int = 0) -> Fetch:
        query = [("timeframe_start", since), ("limit", str(self._size()))]
        query += [("room", self._settings.room)] if self._settings.room else []
        query += [("starting_after", after_id)] if after_id is not None else []
        key = "meetings" if after_id is None else None
        return Fetch("/meetings", "meetings", {"since": since}, tuple(query), due, key, weight)

    def _size(self) -> int:
        return min(100, max(1, self._settings.page_size))

    def _list(self, frame: Frame, body: Entry) -> Iterator[Event | Fetch | Rejected]:
        """Read a page of meetings; the next begins after the last one of a full page."""
        rows = body.get("data")
        if not isinstance(rows, list):
            yield Rejected(frame.source, "no data in the list of meetings")
            return
        for row in rows[:MAX_ROWS]:
            yield from self._meeting(frame, row)
        last = text(rows[-1], "id") if rows and isinstance(rows[-1], dict) else None
        if len(rows) >= self._size() and last is not None and "since" in frame.about:
            yield self._meetings_page(frame.at, frame.about["since"], last)

    def _meeting(self, frame: Frame, row: Json) -> Iterator[Event | Rejected]:
        id = text(row, "id") if isinstance(row, dict) else None
        if id is None:
            yield Rejected(frame.source, "a meeting without an id")
            return
        if id in self._gone:
            return
        began, lasted = epoch(row.get("start_time")), num(row, "duration") or 0.0
        over = row.get("ongoing") is not True
        old = over and began is not None and began + lasted < frame.at - 3600 * self._settings.ended_h
        if old and frame.tag == "meetings" and id not in self._meetings:
            return
        yield from read_meeting(
            self._remember(id, None if over else text(row, "room")),
            row,
            frame.at,
            self._settings.meetings_every_s,
            told_once(frame),
        )

    def _logs_page(self, id: str, since: float, until: float, offset: int, key: str | None) -> Fetch:
        """Return a page of logs; both ends are fixed, so that new rows do not move those of the next page."""
        query = (
            ("includeLogs", "1"), ("includeMetrics", "1"), ("mtgSessionId", id), ("order", "ASC"),
            ("logLevel", self._settings.log_level), ("startTime", str(int(1000 * since))),
            ("endTime", str(int(1000 * until))), ("limit", str(self._size())), ("offset", str(offset)),
        )  # fmt: skip
        about = {"call": id, "since": f"{since:.3f}", "until": f"{until:.3f}", "offset": str(offset)}
        return Fetch("/logs", "logs", about, query, until, key, 2)

    def _logs(self, frame: Frame, body: Entry) -> Iterator[Event | Fetch | Rejected]:
        """Read a page of logs in the order of time, and ask for the next while pages are full."""
        lines, rows = body.get("logs"), body.get("metrics")
        if not isinstance(lines, list) and not isinstance(rows, list):
            yield Rejected(frame.source, "neither logs nor metrics in the answer")
            return
        lines, rows = ([one for one in many if isinstance(one, dict)] if isinstance(many, list) else []
                       for many in (lines, rows))  # fmt: skip
        for row in sorted(rows[:MAX_ROWS], key=lambda one: logs.time_of(one) or 0.0):
            if logs.place_of(row) not in self._heard:
                yield from logs.measured(row, frame.at)
        for row in lines[:MAX_ROWS]:
            yield from logs.logged(row, frame.at)
        id = frame.about.get("call")
        since, until, offset = (_float(frame.about.get(key)) for key in ("since", "until", "offset"))
        if id is None or since is None or until is None or offset is None:
            return
        # Whether the offset counts lines and measurements apart is not documented: either way this asks on.
        if len(lines) + len(rows) >= self._size():
            page = self._logs_page(id, since, until, int(offset) + self._size(), None)
            yield Fetch(page.path, page.tag, page.about, page.query, frame.at, None, page.weight)
        elif id in self._meetings:
            self._read[id] = max(self._read.get(id, 0.0), until - LATE_S)

    def _page(self, frame: Frame) -> Iterator[Event | Rejected]:
        """Read what a page forwarded: the envelope of callmon.js, or network statistics or an event by itself."""
        body = frame.body
        if not isinstance(body, dict):
            yield Rejected(
                frame.source, "a message is an object: an envelope, or what getNetworkStats() returns"
            )
            return
        bare = network.is_network_stats(body) or "action" in body
        data: Json = body if bare else body.get("data")
        event = text(body, "event") or (text(data, "action") if isinstance(data, dict) else None)
        names = {key: text(body, key) or text(frame.about, key) for key in ("call", "leg", "room", "label")}
        call, leg, at = names["call"], names["leg"] or "local", frame.at
        if not call:
            yield Rejected(frame.source, _NO_CALL)
            return
        stats = network.is_network_stats(data)
        if not stats and event is None and not body.get("end"):
            yield Rejected(
                frame.source, "neither what getNetworkStats() returns nor an event of a call object"
            )
            return
        yield Opened(call, at, NAME, names["room"], names["room"])
        yield Joined(call, at, leg, "participant", names["label"], _attributes(body))
        if stats:
            self._hear(call, leg, data)
            yield from network.events(data, call, leg, at)
        elif event == "network-quality-change" and isinstance(data, dict):
            yield Reported(call, at, leg, network.verdict(data, measured=True))
        elif event == "cpu-load-change" and isinstance(data, dict):
            load = [text(data, key) for key in ("cpuLoadState", "cpuLoadStateReason")]
            yield Reported(
                call, at, leg, {"cpu_load": ", ".join(word for word in load if word) or network.UNKNOWN}
            )
        elif event is not None and event not in ENDS and not body.get("end"):
            yield Noted(call, at, leg, "vendor", f"{event} {text(body, 'message') or ''}".strip(), event)
        if body.get("end") or event in ENDS:
            told = self._heard.pop((call, leg), {})
            yield Reported(call, at, leg, {}, told)
            yield Left(call, at, leg, text(body, "reason"), "local")

    def _hear(self, call: str, leg: str, data: Entry) -> None:
        """Remember that a page is heard, with the worst and the mean that it told last."""
        if network.latest(data) is None:
            return
        self._heard[call, leg] = network.figures(data)
        if len(self._heard) > MAX_LEGS:
            del self._heard[next(iter(self._heard))]


def _slot(now: float, every_s: float) -> float:
    """Return the beginning of the interval that ``now`` lies in."""
    every = max(0.1, every_s)
    return now - now % every


def _float(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else -1.0
    except ValueError:
        return None
    return number if 0 <= number < 1e11 else None


def _attributes(body: Entry) -> dict[str, str]:
    page = body.get("page")
    told = (
        {key: text(page, key) for key in ("browser", "os", "sdk", "region")} if isinstance(page, dict) else {}
    )
    return {"sdk": "Daily SDK"} | {key: word for key, word in told.items() if word is not None}
