"""The reader of the Telnyx dialect: live frames, uploaded and stored reports, warnings, webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar, Literal

from callmon.model.events import Closed, Event, Joined, Noted, Opened, Retold, Sampled
from callmon.model.frames import Fetch, Frame, Json, Rejected, Route
from callmon.providers.provider import Limits, Watched
from callmon.providers.telnyx import asking, hangup, posts, service, timeline
from callmon.providers.telnyx.asking import Asking, failure
from callmon.providers.telnyx.frames import Frames
from callmon.providers.telnyx.posts import OVER, Post, Posts, is_post, post_of
from callmon.providers.telnyx.shapes import MOBILE, is_flat, is_nested, moment, part
from callmon.providers.telnyx.told import DEFAULT_LEG, LATER, LIVE, MAX_CALLS, Calls, Place
from callmon.w3c.report import Entry, num, text

NORMAL = frozenset(
    ("NORMAL_CLEARING", "NORMAL_UNSPECIFIED", "USER_BUSY", "CALL_REJECTED", "NO_ANSWER", "NO_USER_RESPONSE")
    + ("ORIGINATOR_CANCEL", "ALLOTTED_TIMEOUT", "PURGE")
)
"""Hang-up causes (Q.850, by FreeSWITCH's names) that are no failure."""

GIVEN_UP_S = 3600.0
"""A stored report whose newest part is older than this will not get another."""

Said = Event | Fetch | Rejected
"""What a frame may mean."""

_ENDS = frozenset({"end", "ended", "hangup"})
_IDS = ("telnyxLegId", "telnyxSessionId", "telnyx_leg_id", "telnyx_session_id")
_NO_CALL = (
    "there is no call id, and the SDK's frames carry none: give call in the query, a header or an envelope"
)


class Telnyx:
    """The reader of the ``telnyx`` dialect.

    A message is the payload of an SDK event, bare (the call id then comes from the query or a header) or in
    the envelope ``{"event", "call", "data"}`` of ``callmon.telnyx(call)``; a part of a call report as the SDK
    uploads it or the API returns it; an answer of the report service that the documentation shows; or a
    webhook. They are told apart by their members, never by the size of a number.

    ``rtt`` and ``jitter`` at the top of a frame describe what we send, as the far end reports it: the SDK takes
    both from RTCP. Its MOS blends them with the loss of what we receive and is kept with the received stream,
    unless it cannot be true (see ``words``).

    Frames and reports of one call read the same counters and are one leg with the same two streams; what one
    feed told of a time the other does not tell again (see ``told``).

    The vendor publishes no rate for its report API; two requests a second are far below what its others allow.
    """

    name: ClassVar[str] = "telnyx"
    routes: ClassVar[tuple[Route, ...]] = (
        Route("/ingest/telnyx", "frame"),
        Route("/call_report", "report"),
        Route("/webhook/telnyx", "webhook"),
    )
    BASE_URL: ClassVar[str] = "https://api.telnyx.com"
    LIMITS: ClassVar[Limits] = Limits(per_second=2.0, per_day=None, concurrency=2)
    AUTH: ClassVar[Literal["basic", "bearer"]] = "bearer"
    Settings: ClassVar[type[asking.Settings]] = asking.Settings

    def __init__(self, settings: asking.Settings | None = None) -> None:
        """Start without any call."""
        self._calls = Calls()
        self._frames = Frames()
        self._posts = Posts(self._calls)
        self._asking = Asking(settings if settings is not None else asking.Settings(), self._calls)
        self._known: dict[str, str] = {}

    def poll(self, now: float, watched: Watched) -> Iterator[Fetch]:
        """Return what of the stored reports is wanted at ``now``."""
        return self._asking.poll(now, watched)

    def read(self, frame: Frame) -> Iterable[Said]:
        """Return what a frame means; an array is read one message after the other."""
        for late in self._posts.overdue(frame.at):
            yield from self._post(late, frame.at)
        body = frame.body
        if frame.about.get("status", "200") != "200":
            yield from self._absent(frame)
        elif (wrong := failure(body)) is not None:
            yield Rejected(frame.source, wrong)
            yield from self._absent(frame)
        elif frame.tag == "reports" and (listed := asking.items_of(body)) is not None:
            yield from self._asking.listed(listed, body, frame.at)
        elif (stored := _parts(body)) is not None:
            yield from self._report(frame, stored)
        elif frame.tag == "call" and not body:
            yield from self._absent(frame)
        else:
            for item in body[: timeline.MAX_ITEMS] if isinstance(body, list) else [body]:
                if isinstance(item, dict):
                    yield from self._message(frame, item)
                else:
                    yield Rejected(
                        frame.source, "a message is an object: a stats frame, a report or a warning"
                    )

    def _absent(self, frame: Frame) -> Iterator[Rejected]:
        """Take note of what the vendor does not have, or not yet; a call may be without a report for ever."""
        call = frame.about.get("call")
        if call is None and frame.body is None:
            yield Rejected(frame.source, "the list of reports is not there: check base_url")
        elif call is not None and frame.tag == "call":
            self._asking.read(call, frame.at, False)

    def _report(self, frame: Frame, items: list[Json]) -> Iterator[Said]:
        """Read the parts of reports that were stored, call by call and in the order of each."""
        by_call: dict[str, list[Post]] = {}
        about = frame.about.get("call")
        for item in items:
            post = post_of(item, about, None) if is_post(item) else None
            if post is None:
                yield Rejected(frame.source, "not a part of a call report: no summary and no rows are there")
            else:
                by_call.setdefault(post.call, []).append(post)
        for call, found in by_call.items():
            ready, anew = self._posts.whole(found)
            if anew:
                yield Retold(call, frame.at)
            for post in ready:
                yield from self._post(post, frame.at)
            told = self._calls[call]
            if not told.live and not told.over and frame.at - max(post.first for post in found) > GIVEN_UP_S:
                told.over = True
                yield Closed(call, max(told.later_until, found[-1].first), "its report has no last part")
            if frame.tag == "call":
                self._asking.read(call, frame.at, True)

    def _post(self, post: Post, at: float) -> Iterator[Event]:
        self._remember(post.call, post.summary, post.body)
        return posts.read(post, self._calls[post.call], self.name, at)

    def _remember(self, call: str, *entries: Entry | None) -> None:
        """Remember the ids under which the vendor's own messages tell of a call."""
        for entry in entries:
            for key in _IDS:
                id = text(entry, key)
                if id is not None and self._known.setdefault(id, call) == call:
                    self._known[id] = self._known.pop(id)
        while len(self._known) > 2 * MAX_CALLS:
            del self._known[next(iter(self._known))]

    def _message(self, frame: Frame, body: Entry) -> Iterator[Said]:
        """Read one message, whichever it is."""
        data = body.get("data")
        if service.is_service(data):
            yield from self._served(frame, body["data"])
        elif hangup.is_webhook(data):
            yield from self._webhook(frame, body["data"])
        elif is_post(body):
            post = post_of(body, _about(frame, body), frame.at)
            if post is None:
                yield Rejected(frame.source, _NO_CALL)
                return
            for ready in self._posts.take(post, frame.at):
                yield from self._post(ready, frame.at)
        elif timeline.is_item(body):
            yield from self._timeline(frame, [body], _about(frame, body))
        elif text(body, "event") == timeline.EVENT and isinstance(data, list):
            yield from self._timeline(frame, body["data"], _about(frame, body))
        else:
            yield from self._event(frame, body)

    def _event(self, frame: Frame, body: Entry) -> Iterator[Said]:
        """Read the payload of an SDK event."""
        event, data = text(body, "event"), body.get("data")
        payload: Entry = data if event is not None and isinstance(data, dict) else body
        call = _call_id(frame, body, payload)
        if call is None:
            yield Rejected(frame.source, _NO_CALL)
            return
        told = self._calls[call]
        given = text(body, "leg") or frame.about.get("leg")
        place = Place(call, told.leg if told.posts else given or DEFAULT_LEG, frame.at)
        said = list(self._meaning(frame, place, event, payload))
        if all(isinstance(one, Rejected) for one in said) and said:
            yield from said
            return
        told.leg, told.live = place.leg, told.live or any(isinstance(one, Sampled) for one in said)
        room, label = (text(body, key) or frame.about.get(key) for key in ("room", "label"))
        told.labelled = told.labelled or label is not None
        yield Opened(call, frame.at, self.name, room, label)
        yield Joined(call, frame.at, place.leg, "peer", None, _attributes(body, payload))
        yield from said
        if body.get("end"):
            yield Closed(call, frame.at, text(body, "reason"))

    def _meaning(self, frame: Frame, place: Place, event: str | None, payload: Entry) -> Iterator[Said]:
        """Return what the payload of an event says."""
        name = (event or "").removeprefix("telnyx.")
        warning = part(payload, "warning") or part(payload, "error")
        if warning is not None:
            yield _noted(place, warning)
        elif name == "notification" or part(payload, "call") is not None:
            call = part(payload, "call")
            self._remember(place.call, call, part(call or {}, "telnyxIDs"))
            yield from _notified(place, call or {})
        elif name.rpartition(".")[2] in _ENDS:
            cause = text(payload, "cause") or text(payload, "reason")
            yield Closed(place.call, place.at, cause, _is_failure(cause))
        elif is_nested(payload):
            yield from self._fitted(place, self._frames.nested(place, payload), LIVE)
        elif is_flat(payload):
            yield from self._fitted(place, self._frames.flat(place, payload), LIVE)
        elif not payload.get("end"):
            yield Rejected(frame.source, _unknown(event, payload))

    def _fitted(self, place: Place, events: Iterable[Event], feed: str) -> Iterator[Event]:
        """Return the events of a message without what another feed of the call has told already."""
        told = self._calls[place.call]
        for event in events:
            if isinstance(event, Sampled):
                fitted = told.fit(event, feed)
                if fitted is not None:
                    yield fitted
            else:
                yield event

    def _timeline(self, frame: Frame, items: list[Json], call: str | None) -> Iterator[Said]:
        """Read the SDK's debug report, each item at its own time; frames that came live told some of it."""
        if call is None:
            yield Rejected(frame.source, _NO_CALL)
            return
        told, place = self._calls[call], Place(call, self._calls[call].leg, frame.at)
        known = [item for item in items[: timeline.MAX_ITEMS] if timeline.is_item(item)]
        if len(known) < len(items):
            reason = "not an item of the SDK's debug report: it has no event and tag, or there are too many"
            yield Rejected(frame.source, reason, len(items) - len(known))
        for number, item in enumerate(known):
            clock = moment(item.get("timestamp"))
            there = replace(place, at=place.when(clock) if clock is not None else frame.at)
            if not number:
                yield Opened(call, there.at, self.name)
                yield Joined(call, there.at, place.leg, "peer", None, {"sdk": "Telnyx WebRTC SDK"})
            if timeline.is_stats(item):
                found = self._frames.nested(there, timeline.frame_of(item))
                yield from self._fitted(there, found, LATER)
                yield from timeline.connectivity(item, there, told)
            else:
                yield from timeline.happening(item, there)
        if len(known) > 1:
            words = f"the SDK's debug report, {len(known)} entries"
            yield Noted(call, frame.at, place.leg, "vendor", words)

    def _served(self, frame: Frame, data: Entry) -> Iterator[Said]:
        """Read what the documented report service answers: a call, or its ICE data alone."""
        call = text(part(data, "call"), "call_id") or frame.about.get("call")
        if call is None:
            yield Rejected(frame.source, _NO_CALL)
            return
        told = self._calls[call]
        place = Place(call, told.leg, frame.at)
        self._remember(call, part(data, "call"))
        yield from service.opening(data, place, self.name)
        yield from service.connectivity(data, place, told)
        for row in service.rows_of(data)[: timeline.MAX_ITEMS]:
            clock = moment(row.get("timestamp"))
            if clock is not None:
                there = replace(place, at=place.when(clock))
                yield from self._fitted(there, self._frames.flat(there, row), LATER)
        if "segments" in data:
            yield from service.ending(data, place, told)
        if frame.tag == "call" and "status" in frame.about:
            self._asking.read(call, frame.at, bool(service.clocks(data)))
            ice = self._asking.ice(call, frame.at)
            if ice is not None and part(data, "ice_data") is None:
                yield ice

    def _webhook(self, frame: Frame, data: Entry) -> Iterator[Said]:
        """Read a webhook; only one tells of quality, and the others, which come to the same address, are let pass."""
        payload = part(data, "payload") or {}
        if text(data, "event_type") != hangup.EVENT:
            return
        ids = (text(payload, key) for key in ("call_leg_id", "call_session_id"))
        known = next((self._known[id] for id in ids if id is not None and id in self._known), None)
        call = known or hangup.call_of(payload)
        if call is None:
            yield Rejected(frame.source, "a hang-up without call_leg_id and call_session_id")
            return
        yield from hangup.events(data, Place(call, hangup.LEG, frame.at), self.name, known is not None)


def _parts(body: Json) -> list[Json] | None:
    """Return the parts of reports in a list, bare or wrapped, or None where it is none."""
    items = asking.items_of(body) if isinstance(body, dict) else body
    return items if isinstance(items, list) and any(is_post(item) for item in items) else None


def _about(frame: Frame, body: Entry) -> str | None:
    return text(body, "call") or frame.about.get("call") or None


def _call_id(frame: Frame, body: Entry, payload: Entry) -> str | None:
    """Return the call's id: of the envelope, of the payload, or what the transport knew."""
    for entry, key in ((body, "call"), (body, "callId"), (payload, "callId"), (part(payload, "call"), "id")):
        found = text(entry, key)
        if found is not None:
            return found
    return frame.about.get("call") or None


def _attributes(body: Entry, payload: Entry) -> dict[str, str]:
    attributes = {"sdk": "Telnyx mobile SDK" if MOBILE & payload.keys() else "Telnyx WebRTC SDK"}
    page = part(body, "page")
    told = {key: text(page, key) for key in ("browser", "os", "sdk")}
    return attributes | {key: value for key, value in told.items() if value is not None}


def _unknown(event: str | None, payload: Entry) -> str:
    if event is not None:
        return f"nothing is known of the event {event[:60]!r}"
    if {"rtt", "jitter"} & payload.keys():
        return "neither shape of a stats frame: rtt and jitter alone do not tell seconds from milliseconds"
    return "neither a stats frame nor a warning nor a report: no member of any of them is there"


def _noted(place: Place, warning: Entry) -> Noted:
    """Return a warning or error of the SDK as a line; there is never one that takes it back."""
    number = num(warning, "code")
    code = text(warning, "code") or (f"{number:.0f}" if number is not None else None)
    said = [text(warning, "name"), text(warning, "message") or text(warning, "description")]
    words = ": ".join(words for words in said if words is not None)
    return Noted(place.call, place.at, place.leg, "vendor", words or "a warning without words", code)


def _notified(place: Place, call: Entry) -> Iterator[Event]:
    """Return what a ``callUpdate`` says of the state of the call."""
    state, cause = text(call, "state"), text(call, "cause")
    if state is not None and state.lower() in OVER:
        yield Closed(place.call, place.at, cause, _is_failure(cause))
    elif state is not None:
        yield Noted(place.call, place.at, place.leg, "vendor", f"call {state.lower()}")


def _is_failure(cause: str | None) -> bool:
    """Whether a cause names a failure; what is not in capitals is somebody's own words."""
    return cause is not None and cause.isupper() and cause not in NORMAL
