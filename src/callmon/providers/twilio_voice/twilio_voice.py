"""Reads what Twilio tells of voice calls: its Insights API, polled, and the pages that run its Voice SDK."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal

from callmon.model.events import Event, Opened
from callmon.model.frames import Fetch, Frame, Json, Rejected, Route
from callmon.model.text import printable
from callmon.providers.provider import Limits, Watched
from callmon.providers.twilio_voice import asking, sdk, words
from callmon.providers.twilio_voice.asking import Course, Settings
from callmon.providers.twilio_voice.record import Note, Record
from callmon.providers.twilio_voice.rows import Unreadable, row_of
from callmon.providers.twilio_voice.sdk import Live, Said
from callmon.providers.twilio_voice.summary import facts_of
from callmon.providers.twilio_voice.words import EDGES, SID, part
from callmon.w3c.report import Entry, num, text

MAX_ROWS = 60_000
"""Rows of all calls that are kept to tell calls again; beyond that those of calls that are over go first."""

MAX_CALLS = 5_000
"""Calls that are followed at the same time."""

REFUSED = {
    17000: "Twilio does not show this call: it is another account's, or Voice Insights Advanced Features are off",
    17007: "Twilio has no metrics of this call: it ended before Advanced Features were switched on",
}
"""Error codes after which asking again is of no use, in words."""

_FUTURE_S = 86_400.0
_NO_CALL = "there is no call SID: give call in the query, a header or an envelope"


class TwilioVoice:
    """The reader of the ``twilio-voice`` dialect.

    Of the API (https://insights.twilio.com/v1) it reads the list of calls, and of each call metrics by edge,
    events and the summary, first partial and then complete. Each edge is a leg. The Voice SDK's rows are a
    second apart, a gateway's ten seconds for each direction.

    Twilio publishes no number of requests for this API; it answers 429 (error 20429) when there are too many,
    and a request that was refused so may be made again.
    """

    name: ClassVar[str] = "twilio-voice"
    routes: ClassVar[tuple[Route, ...]] = (Route("/ingest/twilio-voice", "sdk"),)
    BASE_URL: ClassVar[str] = "https://insights.twilio.com/v1"
    LIMITS: ClassVar[Limits] = Limits(per_second=5.0, per_day=None, concurrency=4)
    AUTH: ClassVar[Literal["basic", "bearer"]] = "basic"
    FORBIDDEN: ClassVar[frozenset[str]] = frozenset(str(code) for code in REFUSED)
    Settings: ClassVar[type[Any]] = Settings

    def __init__(self, settings: asking.Settings | None = None) -> None:
        """Follow no call yet."""
        self._settings = settings if settings is not None else Settings()
        self._records: dict[str, Record] = {}
        self._courses: dict[str, Course] = {}
        self._live: dict[str, Live] = {}
        self._gone: dict[str, None] = {}
        self._kept = 0

    def poll(self, now: float, watched: Watched) -> Iterable[Fetch]:
        """Return everything that is due: the list, and of each call that is followed what may be there by now."""
        asked = [sid for sid in (*self._settings.calls, *watched.asked) if SID.fullmatch(sid)]
        for sid in asked:
            if sid not in self._gone:
                self._follow(sid, now)
        if self._settings.lists and not watched.asked:
            yield asking.of_list(self._settings, now)
        for sid, record in list(self._records.items()):
            course, looked = self._courses[sid], sid in watched.first
            if course.is_quiet(now, looked):
                continue
            course.over = course.over or asking.is_done(record, course, self._settings)
            if course.over and record.ended_at is not None:
                self._forget(sid)
                continue
            asking.be_quiet(self._settings, record, course, now, looked)
            yield from asking.of_call(self._settings, record, course, now, watched)

    def read(self, frame: Frame) -> Iterable[Event | Fetch | Rejected]:
        """Return what an answer of the API means, or what a page says."""
        if frame.tag in (asking.METRICS, asking.EVENTS, asking.SUMMARY, asking.SUMMARIES):
            yield from self._answer(frame)
            return
        for body in frame.body if isinstance(frame.body, list) else [frame.body]:
            if isinstance(body, dict):
                yield from self._pushed(frame, body)
            else:
                yield Rejected(frame.source, "a message is an object: a sample, a warning or a state")

    def _follow(self, sid: str, now: float) -> Record:
        record = self._records.get(sid)
        if record is None:
            record = self._records[sid] = Record(sid, self._settings.idle_every_s)
            record.beside = sid in self._live
            self._courses[sid] = Course(now)
        return record

    def _answer(self, frame: Frame) -> Iterator[Event | Fetch | Rejected]:
        body, sid = frame.body, frame.about.get("call", "")
        if frame.tag != asking.SUMMARIES:
            if not SID.fullmatch(sid):
                yield Rejected(frame.source, "an answer about no call")
                return
            if sid in self._gone:
                return
        if not isinstance(body, dict):
            if frame.about.get("status", "200") == "200":
                yield Rejected(frame.source, f"{frame.tag}: an answer is an object")
                return
            body = {}
        error = num(body, "code")
        if frame.about.get("status", "200") != "200" or (error is not None and "message" in body):
            yield from self._error(frame, sid, body, error)
        elif frame.tag == asking.SUMMARIES:
            yield from self._list(frame, body)
        else:
            yield from self._of_call(frame, sid, body)
        self._let_go()

    def _error(self, frame: Frame, sid: str, body: Entry, code: float | None) -> Iterator[Fetch | Rejected]:
        """A 404 means not ready yet, however long ago the call was; anything else is an error."""
        status = frame.about.get("status", "200")
        said = f"error {code:.0f}" if code is not None else f"answered {status}"
        words_ = text(body, "message") or text(body, "detail") or text(body, "title") or "without a word why"
        if frame.tag == asking.SUMMARIES:
            yield Rejected(frame.source, f"the list of calls: {said}: {words_}")
            return
        self._follow(sid, frame.at)
        course = self._courses[sid]
        course.quiet_until = 0.0
        refused = REFUSED.get(round(code)) if code is not None else None
        if refused is not None or (status in ("200", "410") and code != 20404):
            course.over = refused is not None or course.over
            yield Rejected(frame.source, f"{sid}: {said}: {refused or words_}")
        elif frame.at - course.first_asked_at > asking.PATIENCE_S:
            course.over = True
            yield Rejected(
                frame.source, f"{sid}: Twilio still has nothing of it ({said}); it keeps calls for 30 days"
            )
        else:
            yield asking.not_yet(self._settings, sid, course, frame.tag, frame.about, frame.at)

    def _list(self, frame: Frame, body: Entry) -> Iterator[Event | Fetch | Rejected]:
        """Read a page of the list of calls, whose entries are summaries."""
        found = asking.listed(body, "call_summaries")
        if found is None:
            yield Rejected(frame.source, "the list of calls: there is none in it")
            return
        for entry in found:
            sid = text(entry, "call_sid") if isinstance(entry, dict) else None
            if sid is None or not SID.fullmatch(sid):
                yield Rejected(frame.source, "the list of calls: an entry without a call SID")
            elif sid not in self._gone:
                record = self._follow(sid, frame.at)
                course = self._courses[sid]
                course.listed_at, course.quiet_until = frame.at, 0.0
                record.add_facts(facts_of(entry))
                yield from record.tell(frame.at)
        more = asking.next_page(body.get("meta"), frame.tag, frame.about, frame.at)
        if more is not None:
            yield more

    def _of_call(self, frame: Frame, sid: str, body: Entry) -> Iterator[Event | Fetch | Rejected]:
        """Read what is known of one call: a page of metrics or events, or its summary."""
        record = self._follow(sid, frame.at)
        course = self._courses[sid]
        course.quiet_until = 0.0
        before = record.size
        if frame.tag == asking.SUMMARY:
            if "call_sid" not in body:
                yield Rejected(frame.source, f"{sid}: a summary without a call SID")
                return
            record.add_facts(facts_of(body))
        else:
            found = asking.listed(body, frame.tag)
            if found is None:
                yield Rejected(frame.source, f"{sid}: there are no {frame.tag} in it")
                return
            add = self._row if frame.tag == asking.METRICS else self._note
            for entry in found:
                yield from add(frame, record, entry)
            if frame.tag == asking.METRICS and not frame.about.get("edge") and record.rows:
                course.default = course.default or next(iter(record.rows.values())).edge
            more = asking.next_page(body.get("meta"), frame.tag, frame.about, frame.at)
            if more is not None:
                yield more
            else:
                self._read_to_end(frame, course)
        self._kept += record.size - before
        yield from record.tell(frame.at)

    def _read_to_end(self, frame: Frame, course: Course) -> None:
        """Remember that a list was read to its end, and where to go on."""
        name = f"{frame.tag}/{frame.about.get('edge', '')}"
        course.read_after[name] = frame.at
        course.missing.pop(name, None)
        url = frame.about.get("url")
        if url:
            course.resume[name] = (url, asking.page_of(frame.about))

    def _row(self, frame: Frame, record: Record, entry: Json) -> Iterator[Rejected]:
        try:
            row = row_of(entry)
        except Unreadable as error:
            yield Rejected(frame.source, f"{record.call}: {error}")
            return
        told = entry.get("call_sid")
        if told not in (None, record.call):
            yield Rejected(frame.source, f"{record.call}: a row of another call")
        elif row.at > frame.at + _FUTURE_S:
            yield Rejected(frame.source, f"{record.call}: a row of the future")
        elif not row.samples and row.jitter_ms is None:
            yield Rejected(frame.source, f"{record.call}: a row without numbers")
        else:
            record.add_row(row)

    def _note(self, frame: Frame, record: Record, entry: Json) -> Iterator[Rejected]:
        at = words.seconds(entry.get("timestamp")) if isinstance(entry, dict) else None
        if at is None or at > frame.at + _FUTURE_S:
            yield Rejected(frame.source, f"{record.call}: an event without a time")
            return
        record.add_note(_note_of(entry, at))

    def _let_go(self) -> None:
        """Let rows go when there are too many: those of calls that are over, and then those that were told."""
        while len(self._records) > MAX_CALLS or self._kept > MAX_ROWS:
            ended = (sid for sid, record in self._records.items() if record.ended_at is not None)
            sid = next(ended, None)
            if sid is None and len(self._records) > MAX_CALLS:
                sid = next(iter(self._records))
            if sid is None:
                for record in self._records.values():
                    record.settle()
                self._kept = sum(record.size for record in self._records.values())
                return
            self._forget(sid)

    def _forget(self, sid: str) -> None:
        """Let the rows of a call go, and remember that it was read."""
        self._kept -= self._records.pop(sid).size
        del self._courses[sid]
        self._gone[sid] = None
        if len(self._gone) > 20 * MAX_CALLS:
            del self._gone[next(iter(self._gone))]

    def _pushed(self, frame: Frame, body: Entry) -> Iterator[Event | Rejected]:
        """Read one message of a page: an event in its envelope, a bare sample, or one of the SDK's own posts."""
        found = list(sdk.of_post(body)) if "payload" in body else []
        if "payload" not in body:
            event = text(body, "event") or ("sample" if sdk.is_sample(body) else None)
            call = text(body, "call") or frame.about.get("call")
            if not call:
                yield Rejected(frame.source, _NO_CALL)
                return
            if event is None:
                yield Rejected(frame.source, "neither a sample nor an event of the Voice SDK")
                return
            data = body if "event" not in body else sdk.data_of(body.get("data"))
            found = [Said(call, event, data, text(body, "name"))]
        elif not found:
            yield Rejected(frame.source, "a post of the Voice SDK without a call SID")
        taken = [words.seconds(said.data.get("timestamp")) for said in found]
        newest = max((at for at in taken if at is not None), default=0.0)
        for said, at in zip(found, taken, strict=True):
            age_s = newest - at if at is not None and said.event == "sample" else 0.0
            yield from self._said(frame, body, said, frame.at - min(age_s, frame.at))

    def _said(self, frame: Frame, body: Entry, said: Said, at: float) -> Iterator[Event | Rejected]:
        known = said.event in ("sample", "warning", "warning-cleared", "event") or said.event in sdk.ENDS
        if not known and said.event not in sdk.STATES:
            yield Rejected(frame.source, f"nothing is known of the event {printable(said.event, 60)!r}")
            return
        live = self._live.pop(said.call, None) or Live()
        self._live[said.call] = live
        if len(self._live) > MAX_CALLS:
            del self._live[next(iter(self._live))]
        if said.call in self._records:
            self._records[said.call].beside = True
        room, label = (text(body, key) or frame.about.get(key) for key in ("room", "label"))
        found = list(sdk.events(said, live, at, part(body, "page")))
        if found:
            yield Opened(said.call, frame.at, self.name, room, label)
        yield from found


def _note_of(entry: Entry, at: float) -> Note:
    """Return a row of the Events resource as a line of the timeline."""
    edge = text(entry, "edge")
    group, name, level = (text(entry, key) for key in ("group", "name", "level"))
    line = f"{group}: {name}" if group and name else group or name or "an event without a name"
    if group is not None and name is not None and group.endswith("-warning-raised"):
        line = f"warning: {name}"
    elif group is not None and name is not None and group.endswith("-warning-cleared"):
        line = f"warning cleared: {name}"
    if level is not None and level.upper() == "ERROR":
        line = f"{line} (error)"
    inner = part(entry, edge) if edge in EDGES else None
    return Note(at, edge if edge in EDGES else None, line, name, _client(part(inner, "metadata")))


def _client(metadata: Entry | None) -> Mapping[str, str]:
    """Return what an event says of the client: its SDK, platform and place."""
    told = part(metadata, "sdk")
    kind, version = text(told, "type"), text(told, "version")
    found = {
        "sdk": " ".join(one for one in (kind, version) if one) or None,
        "platform": text(told, "platform"),
        "region": text(told, "selected_region"),
        "city": text(metadata, "city"),
        "country": text(metadata, "country_code"),
    }
    return {key: value for key, value in found.items() if value is not None}
