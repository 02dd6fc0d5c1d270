"""Plain WebRTC: getStats snapshots with states and events, and the rows of rtcstats clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from callmon.model.events import Closed, Event, IceChanged, Joined, Left, Negotiated, Noted, Opened, Reported
from callmon.model.frames import Fetch, Frame, Json, Rejected, Route
from callmon.model.ice import IceFacts
from callmon.model.text import printable
from callmon.w3c import report as reports
from callmon.w3c import stats
from callmon.w3c.candidates import from_line
from callmon.w3c.rtcstats import BadRow, Rows
from callmon.w3c.stats import Place

DEFAULT_LEG = "pc"
"""The leg of a source that tells of one peer connection and does not name it."""

_TELLING = frozenset(
    {"stats", "states", "events", "end", "transceivers", "policy", "page", "fingerprints", "told"}
)
"""Members of which a message has at least one; names and times alone say nothing."""

_STATE_EVENTS = {
    "iceconnectionstatechange": "ice",
    "connectionstatechange": "connection",
    "icegatheringstatechange": "gathering",
    "signalingstatechange": "signaling",
    "dtlsstatechange": "dtls",
}
_ROLES = ("peer", "edge", "participant")
_SILENT_EVENTS = frozenset({"offer", "answer", "negotiationneeded"})
_MAX_EVENTS = 1000
_MAX_FIGURES = 40
_MAX_DECODERS = 2000


class WebRTC:
    """The reader of the ``webrtc`` dialect (a getStats snapshot a message) and of rtcstats rows."""

    name: ClassVar[str] = "webrtc"
    routes: ClassVar[tuple[Route, ...]] = (
        Route("/ingest/webrtc", "snapshot"),
        Route("/rtcstats", "rtcstats", protocol="rtcstats#5.0"),
        Route("/rtcstats", "rtcstats", protocol="2.0"),
    )

    def __init__(self) -> None:
        """Start without any rtcstats connection."""
        self._rows: dict[str, Rows] = {}

    def read(self, frame: Frame) -> Iterable[Event | Fetch | Rejected]:
        """Return what a frame means: the tag ``rtcstats`` is a row of such a client, anything else a message."""
        if frame.tag != "rtcstats":
            yield from _message(frame, frame.body, frame.about)
            return
        try:
            messages = self._decoder(frame.about).read(frame.body, frame.at)
        except BadRow as error:
            yield Rejected(frame.source, str(error))
            return
        for message in messages:
            yield from _message(frame, message, {**frame.about, **_names(message)})

    def _decoder(self, about: Mapping[str, str]) -> Rows:
        """Return what keeps the state of one rtcstats connection; the oldest goes when there are too many."""
        key = about.get("connection", "")
        rows = self._rows.pop(key, None) or Rows(about.get("protocol", "5.0"), about)
        self._rows[key] = rows
        if len(self._rows) > _MAX_DECODERS:
            del self._rows[next(iter(self._rows))]
        return rows


def _names(message: Mapping[str, Json]) -> dict[str, str]:
    return {key: printable(str(message[key])) for key in ("call", "leg", "room", "label") if message.get(key)}


def _message(frame: Frame, body: Json, about: Mapping[str, str]) -> Iterator[Event | Rejected]:
    """Return the events of one message; a bare report is a message that has nothing else."""
    if isinstance(body, list) or (isinstance(body, dict) and not _TELLING & body.keys()):
        bare = reports.parse(body)
        if bare is None or not bare.by_id:
            yield Rejected(frame.source, "neither a message nor a getStats report: nothing in it has a type")
            return
        body = {"stats": body}
    if not isinstance(body, dict):
        yield Rejected(frame.source, "a message is an object or a getStats report")
        return
    names = {**_names(about), **_names(body)}
    call, leg = names.get("call"), names.get("leg") or DEFAULT_LEG
    if not call:
        yield Rejected(frame.source, "there is no call id: give call in the query, a header or the message")
        return
    report = reports.parse(body["stats"]) if body.get("stats") is not None else None
    if report is None and body.get("stats") is not None:
        yield Rejected(frame.source, "stats is neither an array nor an object")
    taken_ms = reports.num(body, "t") or (report.newest() if report is not None else None)
    place = Place(call, leg, 0.0 if taken_ms is None else frame.at - taken_ms / 1000, frame.at)
    fallback_ms = taken_ms if taken_ms is not None else frame.at * 1000
    first = min([fallback_ms, reports.num(body, "began") or fallback_ms, *_event_times(body)])
    told = (names.get("room"), names.get("label"), reports.num(body, "every_s"))
    yield Opened(call, min(frame.at, place.at(first)), "webrtc", *told)
    if names.get("leg") or not body.get("end") or (_TELLING - {"end"}) & body.keys():
        role = reports.text(body, "role")
        label = reports.text(body, "name") or names.get("leg")
        yield Joined(call, frame.at, leg, role if role in _ROLES else "peer", label, _page(body.get("page")))
    yield from _said(body, place, frame.at, fallback_ms)
    if report is not None:
        yield from stats.events(report, place, fallback_ms, _states(body))
    elif _states(body):
        yield IceChanged(call, frame.at, leg, IceFacts(**_facts(_states(body))))
    if body.get("end"):
        reason = reports.text(body, "reason")
        failed = body.get("failed") is True
        if names.get("leg"):
            yield Left(call, frame.at, leg, reason, failed=failed)
        else:
            yield Closed(call, frame.at, reason, failed)


def _event_times(body: Mapping[str, Json]) -> list[float]:
    rows = body.get("events")
    if not isinstance(rows, list):
        return []
    return [
        t for row in rows[:_MAX_EVENTS] if isinstance(row, dict) and (t := reports.num(row, "t")) is not None
    ]


def _states(body: Mapping[str, Json]) -> Mapping[str, Json]:
    states = body.get("states")
    return states if isinstance(states, dict) else {}


def _facts(states: Mapping[str, Json]) -> dict[str, Any]:
    return {
        key: value
        for key in ("connection", "ice", "gathering", "signaling")
        if (value := reports.text(states, key))
    }


def _page(page: Json) -> dict[str, str]:
    if not isinstance(page, dict):
        return {}
    return {
        printable(str(key), 40): printable(str(value))
        for key, value in list(page.items())[:20]
        if isinstance(value, str | int)
    }


def _said(body: Mapping[str, Json], place: Place, now: float, fallback_ms: float) -> Iterator[Event]:
    """Return what the page said between two reports: state changes, candidates, errors, tracks, directions."""
    policy = body.get("policy")
    if policy in ("relay", "all"):
        yield IceChanged(place.call, now, place.leg, IceFacts(relay_policy=policy == "relay"))
    prints = body.get("fingerprints")
    if isinstance(prints, dict):
        local, remote = reports.text(prints, "local"), reports.text(prints, "remote")
        facts = IceFacts(local_fingerprint=local, remote_fingerprint=remote)
        yield IceChanged(place.call, now, place.leg, facts)
    rows = body.get("events")
    if isinstance(rows, list):
        for row in rows[:_MAX_EVENTS]:
            if isinstance(row, dict) and isinstance(row.get("ev"), str):
                at = min(now, place.at(reports.num(row, "t") or fallback_ms))
                yield from _event(row["ev"], row.get("v"), place, at)
    media = _directions(body.get("transceivers"))
    if media:
        yield Negotiated(place.call, now, place.leg, media)
    if isinstance(told := body.get("told"), dict):
        yield _reported(told, place, now)


def _reported(told: Mapping[str, Json], place: Place, at: float) -> Reported:
    """Return what a vendor says of a leg, or of the whole call, as an export of ours keeps it."""
    words, figures = told.get("words"), told.get("figures")
    known = list(figures.items())[:_MAX_FIGURES] if isinstance(figures, dict) else []
    status = told.get("status")
    return Reported(
        place.call,
        at,
        None if told.get("whole") is True else place.leg,
        _page(words),
        {str(key)[:40]: value for key, _ in known if (value := reports.num(figures, key)) is not None},
        status if status in ("partial", "final") else None,
    )


def _event(name: str, value: Json, place: Place, at: float) -> Iterator[Event]:
    name = name.lower().removeprefix("on")
    if name in _STATE_EVENTS:
        if isinstance(value, str):
            fact: dict[str, Any] = {_STATE_EVENTS[name]: printable(value.strip('"'), 40)}
            yield IceChanged(place.call, at, place.leg, IceFacts(**fact))
        return
    if name in ("icecandidate", "addicecandidate"):
        line = value.get("candidate") if isinstance(value, dict) else value
        side = "local" if name == "icecandidate" else "remote"
        candidate = from_line(line, side) if isinstance(line, str) else None
        if candidate is not None:
            yield IceChanged(place.call, at, place.leg, IceFacts(candidates=(candidate,)))
        return
    if name == "icecandidateerror":
        yield _candidate_error(value if isinstance(value, dict) else {}, place, at)
        return
    if name == "track" and value in ("audio", "video"):
        yield Negotiated(place.call, at, place.leg, {f"inbound-{value}": True})
        yield Noted(place.call, at, place.leg, "media", f"remote {value} track")
        return
    if name not in _SILENT_EVENTS:
        shown = value if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
        yield Noted(place.call, at, place.leg, "page", printable(f"{name} {shown}".strip()))


def _candidate_error(value: Mapping[str, Json], place: Place, at: float) -> Noted:
    code = reports.num(value, "code") or reports.num(value, "errorCode") or reports.num(value, "error_code")
    words = (
        reports.text(value, "text")
        or reports.text(value, "errorText")
        or reports.text(value, "error_text")
        or ""
    )
    url = reports.text(value, "url") or ""
    text = " ".join(part for part in (f"{code:.0f}" if code is not None else "", words, url) if part)
    return Noted(
        place.call, at, place.leg, "ice", text or "candidate error", "icecandidateerror", {"url": url}
    )


def _directions(transceivers: Json) -> dict[str, bool]:
    """Return what the transceivers agreed on, over all m-lines of a kind."""
    media: dict[str, bool] = {}
    for entry in transceivers[:100] if isinstance(transceivers, list) else ():
        if not isinstance(entry, dict):
            continue
        kind, direction = entry.get("kind"), entry.get("currentDirection")
        if kind in ("audio", "video") and direction in ("sendrecv", "sendonly", "recvonly", "inactive"):
            receives, sends = direction in ("sendrecv", "recvonly"), direction in ("sendrecv", "sendonly")
            media[f"inbound-{kind}"] = media.get(f"inbound-{kind}", False) or receives
            media[f"outbound-{kind}"] = media.get(f"outbound-{kind}", False) or sends
    return media
