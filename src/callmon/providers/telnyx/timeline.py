"""The SDK's debug report: the whole timeline of its peer connection, item by item, told when the call is over."""

from __future__ import annotations

from collections.abc import Iterator

from callmon.model.events import Event, IceChanged, Noted
from callmon.model.frames import Json
from callmon.model.ice import IceFacts
from callmon.model.text import printable
from callmon.providers.telnyx.rows import path_facts
from callmon.providers.telnyx.shapes import part
from callmon.providers.telnyx.told import Place, Told
from callmon.w3c import report as reports
from callmon.w3c.candidates import from_line
from callmon.w3c.report import Entry, num, text
from callmon.w3c.transport import facts

EVENT = "telnyx.stats.report"
"""The event whose payload is the whole array; it is no summary, whatever the documentation says."""

MAX_ITEMS = 20_000
"""More than five hours of seconds are not read."""

_TAGS = frozenset({"peer", "connection", "stats", "track", "getUserMedia", "datachannel", "custom"})
_STATES = {
    "oniceconnectionstatechange": "ice",
    "onconnectionstatechange": "connection",
    "onicegatheringstatechange": "gathering",
    "onsignalingstatechange": "signaling",
}
_SILENT = frozenset({"addConnection", "onnegotiationneeded", "getUserMedia"})


def is_item(body: Json) -> bool:
    """Whether this is an item of a timeline: it has a tag of its own beside the event's name."""
    return isinstance(body, dict) and isinstance(body.get("event"), str) and text(body, "tag") in _TAGS


def is_stats(item: Entry) -> bool:
    """Whether an item holds a report of the connection's streams."""
    return item.get("event") == "stats"


def frame_of(item: Entry) -> dict[str, Json]:
    """Return the streams of an item as the frame that the SDK makes of them: the first audio stream each way."""
    data = part(item, "data") or {}
    remote = part(data, "remote") or {}
    found: dict[str, Json] = {}
    for name, place, direction in (
        ("inboundAudio", data, "inbound"),
        ("outboundAudio", data, "outbound"),
        ("remoteInboundAudio", remote, "inbound"),
        ("remoteOutboundAudio", remote, "outbound"),
    ):
        streams = (part(place, "audio") or {}).get(direction)
        if isinstance(streams, list) and streams and isinstance(streams[0], dict):
            found[name] = streams[0]
    return found


def connectivity(item: Entry, place: Place, told: Told) -> Iterator[IceChanged]:
    """Return the path of an item that holds statistics, where it is another than before."""
    raw = part(item, "statsObject") or part(item, "rawStats")
    report = reports.parse(raw) if raw is not None else None
    pair = part(part(item, "data") or {}, "connection")
    found = facts(report, {}) if report is not None and report.by_id else None
    if found is None and pair is not None:
        found = path_facts({"ice": pair})
    if found is not None and found != told.facts:
        told.facts = found
        yield IceChanged(place.call, place.at, place.leg, found)


def happening(item: Entry, place: Place) -> Iterator[Event]:
    """Return what an item says that is no statistics: a state, a candidate, an error, anything else as a line."""
    event = printable(str(item.get("event")), 60)
    name = event if event.startswith("on") or event in _SILENT else f"on{event}"
    data = item.get("data")
    if name in _STATES:
        if isinstance(data, str):
            state = {_STATES[name]: printable(data, 40)}
            # The names in _STATES are those of fields; a checker sees only a string.
            yield IceChanged(place.call, place.at, place.leg, IceFacts(**state))  # type: ignore[arg-type]
    elif name == "onicecandidate":
        line = text(data, "candidate") if isinstance(data, dict) else text(item, "data")
        candidate = from_line(line, "local") if line is not None else None
        if candidate is not None:
            yield IceChanged(place.call, place.at, place.leg, IceFacts(candidates=(candidate,)))
    elif name == "onicecandidateerror":
        error = part(item, "error") or part(item, "data")
        code, url = num(error, "errorCode"), text(error, "url") or ""
        told = [f"{code:.0f}" if code is not None else None, text(error, "errorText"), url]
        words = " ".join(word for word in told if word) or "candidate error"
        yield Noted(place.call, place.at, place.leg, "ice", words, "icecandidateerror", {"url": url})
    elif name not in _SILENT:
        yield Noted(place.call, place.at, place.leg, "page", event.removeprefix("on"))
