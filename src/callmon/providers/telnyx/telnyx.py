"""The reader of the Telnyx dialect: stats frames in both shapes, warnings, notifications and hang-ups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from callmon.model.events import (
    Closed,
    Described,
    Event,
    IceChanged,
    Joined,
    Noted,
    Opened,
    Reported,
    Sampled,
)
from callmon.model.frames import Fetch, Frame, Json, Rejected, Route
from callmon.providers.telnyx.shapes import MOBILE, entries, epoch_s, is_flat, is_nested, least, part
from callmon.providers.telnyx.words import Words, believable
from callmon.w3c import report as reports
from callmon.w3c import stats
from callmon.w3c.report import Entry, num, text

DEFAULT_LEG = "sdk"
"""The leg of a frame that names none: the SDK tells of one stream each way of one peer connection."""

INBOUND, OUTBOUND = "in-audio", "out-audio"
"""The two streams of a call; their ids stay when the SDK reconnects with new synchronisation sources."""

OVER = frozenset({"hangup", "destroy", "purge", "done"})
"""States of a call of the SDK after which there is no call."""

NORMAL = frozenset(
    ("NORMAL_CLEARING", "NORMAL_UNSPECIFIED", "USER_BUSY", "CALL_REJECTED", "NO_ANSWER", "NO_USER_RESPONSE")
    + ("ORIGINATOR_CANCEL", "ALLOTTED_TIMEOUT", "PURGE")
)
"""Hang-up causes (Q.850, by FreeSWITCH's names) that are no failure."""

_ENDS = frozenset({"end", "ended", "hangup"})
_NO_CALL = (
    "there is no call id, and the SDK's frames carry none: give call in the query, a header or an envelope"
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Which call and leg a message belongs to, and when it came."""

    call: str
    leg: str
    at: float


class Telnyx:
    """The reader of the ``telnyx`` dialect.

    A message is the payload of an SDK event, bare (the call id then comes from the query or a header) or in
    the envelope ``{"event", "call", "data"}`` of ``callmon.telnyx(call)``. The two stats frames are told
    apart by their members, never by the size of a number (see ``shapes``); one that has both is nested.

    ``rtt`` and ``jitter`` at the top describe what we send, as the far end reports it: the SDK takes both
    from RTCP. Its MOS blends them with the loss of what we receive and is kept with the received stream,
    unless it cannot be true (see ``words``).
    """

    name: ClassVar[str] = "telnyx"
    routes: ClassVar[tuple[Route, ...]] = (Route("/ingest/telnyx", "frame"),)

    def __init__(self) -> None:
        """Start without any call."""
        self._words = Words()

    def read(self, frame: Frame) -> Iterable[Event | Fetch | Rejected]:
        """Return what a frame means; an array is read one message after the other."""
        for body in frame.body if isinstance(frame.body, list) else [frame.body]:
            if isinstance(body, dict):
                yield from self._message(frame, body)
            else:
                yield Rejected(frame.source, "a message is an object: a stats frame or a warning")

    def _message(self, frame: Frame, body: Entry) -> Iterator[Event | Rejected]:
        event, data = text(body, "event"), body.get("data")
        payload: Entry = data if event is not None and isinstance(data, dict) else body
        call = _call_id(frame, body, payload)
        if call is None:
            yield Rejected(frame.source, _NO_CALL)
            return
        place = _Place(call, text(body, "leg") or frame.about.get("leg") or DEFAULT_LEG, frame.at)
        said = list(self._meaning(frame, place, event, payload, data))
        if all(isinstance(one, Rejected) for one in said) and said:
            yield from said
            return
        room, label = (text(body, key) or frame.about.get(key) for key in ("room", "label"))
        yield Opened(call, frame.at, self.name, room, label)
        yield Joined(call, frame.at, place.leg, "peer", None, _attributes(body, payload))
        yield from said
        if body.get("end"):
            yield Closed(call, frame.at, text(body, "reason"))

    def _meaning(
        self, frame: Frame, place: _Place, event: str | None, payload: Entry, data: Json
    ) -> Iterator[Event | Rejected]:
        """Return what the payload of an event says."""
        name = (event or "").removeprefix("telnyx.")
        warning = part(payload, "warning") or part(payload, "error")
        if warning is not None:
            yield _noted(place, warning)
        elif name == "notification" or part(payload, "call") is not None:
            yield from _notified(place, part(payload, "call") or {})
        elif name.rpartition(".")[2] in _ENDS:
            cause = text(payload, "cause") or text(payload, "reason")
            yield Closed(place.call, place.at, cause, _is_failure(cause))
        elif name == "stats.report":
            size = f", {len(data)} entries" if isinstance(data, list) else ""
            yield Noted(place.call, place.at, place.leg, "vendor", f"the SDK finished its debug report{size}")
        elif is_nested(payload):
            yield from self._nested(place, payload)
        elif is_flat(payload):
            yield from self._flat(place, payload)
        elif not payload.get("end"):
            yield Rejected(frame.source, _unknown(event, payload))

    def _nested(self, place: _Place, body: Entry) -> Iterator[Event]:
        """Read the frame that the SDK sends: seconds, and getStats objects by direction."""
        found, ms = entries(body, place.at)
        report = reports.parse(found) or reports.Report()
        inbound = part(body, "inboundAudio")
        self._words.count(place.call, ms / 1000, inbound)
        mos = believable(body, inbound)
        for event in stats.events(
            report, stats.Place(place.call, place.leg, place.at - ms / 1000, place.at), ms
        ):
            if isinstance(event, IceChanged):
                continue
            if isinstance(event, Described | Sampled) and event.stream is not None:
                event = replace(event, stream=INBOUND if event.stream.startswith("in") else OUTBOUND)
            if (
                isinstance(event, Sampled)
                and (event.origin, event.stream) == ("local", INBOUND)
                and mos is not None
            ):
                event = replace(event, gauges={**event.gauges, "provider_mos": mos})
            yield event
        yield from self._reported(place, body, inbound)

    def _flat(self, place: _Place, body: Entry) -> Iterator[Event]:
        """Read the frame that the documentation describes: milliseconds, percent, counters at the top."""
        call, at, leg = place.call, place.at, place.leg
        clock = epoch_s(num(body, "timestamp")) or at
        self._words.count(call, clock, body)
        received = _known(
            packets=num(body, "packetsReceived"),
            bytes=num(body, "bytesReceived"),
            lost=num(body, "packetsLost"),
        )
        gauges = _known(
            loss_pct=least(num(body, "packetLoss")),
            audio_level=num(body, "audioLevel"),
            provider_mos=believable(body, body),
        )
        sent = _known(packets=num(body, "packetsSent"), bytes=num(body, "bytesSent"))
        far = _known(rtt_ms=least(num(body, "rtt")), jitter_ms=least(num(body, "jitter")))
        if received or gauges:
            yield Described(call, at, leg, INBOUND, "audio", "inbound")
            yield Sampled(call, at, leg, INBOUND, clock, gauges, received, "flat")
        if sent or far:
            yield Described(call, at, leg, OUTBOUND, "audio", "outbound")
        if sent:
            yield Sampled(call, at, leg, OUTBOUND, clock, {}, sent, "flat")
        if far:
            yield Sampled(call, at, leg, OUTBOUND, clock, far, {}, "flat", "remote")
        yield from self._reported(place, body, body)

    def _reported(self, place: _Place, body: Entry, counted: Entry | None) -> Iterator[Reported]:
        words = self._words.said(place.call, body, counted)
        if words:
            yield Reported(place.call, place.at, place.leg, words)


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
    return "neither a stats frame nor a warning: no member of either is there"


def _noted(place: _Place, warning: Entry) -> Noted:
    """Return a warning or error of the SDK as a line; there is never one that takes it back."""
    number = num(warning, "code")
    code = text(warning, "code") or (f"{number:.0f}" if number is not None else None)
    said = [text(warning, "name"), text(warning, "message") or text(warning, "description")]
    words = ": ".join(words for words in said if words is not None)
    return Noted(place.call, place.at, place.leg, "vendor", words or "a warning without words", code)


def _notified(place: _Place, call: Entry) -> Iterator[Event]:
    """Return what a ``callUpdate`` says of the state of the call."""
    state, cause = text(call, "state"), text(call, "cause")
    if state is not None and state.lower() in OVER:
        yield Closed(place.call, place.at, cause, _is_failure(cause))
    elif state is not None:
        yield Noted(place.call, place.at, place.leg, "vendor", f"call {state.lower()}")


def _is_failure(cause: str | None) -> bool:
    """Whether a cause names a failure; what is not in capitals is somebody's own words."""
    return cause is not None and cause.isupper() and cause not in NORMAL


def _known(**values: float | None) -> dict[str, float]:
    return {key: value for key, value in values.items() if value is not None}
