"""The statistics of callstats clients: the raw getStats objects, in a flat list or sorted into named lists.

Jitter and round trips follow the browser and are seconds, in both shapes; the round trip of a bridge is ``rtt``,
in milliseconds. What the SDK worked out by itself (``csio…``) is used where the counters behind it are missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from callmon.model.events import Described, Event, IceChanged, Reported, Sampled
from callmon.model.frames import Json, Rejected
from callmon.model.ice import IceFacts
from callmon.providers.callstats.envelope import MAX_STREAMS, Fabric, Message, entries, epoch_s, word
from callmon.providers.callstats.paths import candidate_type, known
from callmon.w3c import report as reports
from callmon.w3c import stats
from callmon.w3c.candidates import from_stats
from callmon.w3c.report import Entry, num, text
from callmon.w3c.transport import selected_pair

LISTS = {
    "tracks": None,
    "candidatePairs": "candidate-pair",
    "transports": "transport",
    "codecs": "codec",
    "localCandidates": "local-candidate",
    "remoteCandidates": "remote-candidate",
    "msts": "media-stream-track",
    "dataChannels": "data-channel",
}
"""The named lists of the older shape, and what type their objects have where they do not say."""

MARKS = ("bad", "fair", "excellent", "unknown")
"""The SDK's own class of a stream (``csioMark``), from the worst."""

_DIRECTIONS = {
    "inbound": "inbound",
    "outbound": "outbound",
    "inbound-rtp": "inbound",
    "outbound-rtp": "outbound",
}
_COUNTED = {"inbound": "packetsReceived", "outbound": "packetsSent"}


def events(message: Message, fabric: Fabric) -> Iterator[Event | Rejected]:
    """Return what a stats message means for the leg of its peer connection."""
    listed = list(_objects(message.body.get("stats"), message))
    report = reports.parse([dict(item) for item in listed])
    if report is None or not report.by_id:
        yield Rejected(message.frame.source, "stats holds no object of getStats")
        return
    if not report.of("inbound-rtp", "outbound-rtp", "transport", "candidate-pair"):
        kinds = ", ".join(sorted(report.by_type))[:80]
        yield Rejected(message.frame.source, f"nothing in stats is known: {kinds}")
        return
    newest = report.newest()
    fallback_ms = message.at * 1000.0 if newest is None else newest
    place = stats.Place(message.call, fabric.leg, message.at - fallback_ms / 1000.0, message.frame.at)
    worked_out = _worked_out(report)
    for event in stats.events(report, place, fallback_ms):
        if isinstance(event, IceChanged):
            facts = _facts(event.facts, report, fabric)
            if facts == IceFacts():
                continue
            event = replace(event, facts=facts)
        elif isinstance(event, Described):
            fabric.kinds.add(f"{event.direction}-{event.kind}")
            if len(fabric.streams) < MAX_STREAMS:
                fabric.streams[event.stream] = (event.kind, event.direction)
            event = replace(event, attributes={**event.attributes, **named(message, event.ssrc)})
        elif isinstance(event, Sampled) and event.origin == "local" and event.stream in worked_out:
            event = replace(event, gauges={**worked_out[event.stream], **event.gauges})
        yield event
    words = _words(message.body, report)
    if words:
        yield Reported(message.call, message.at, fabric.leg, words)


def named(message: Message, ssrc: int | None) -> dict[str, str]:
    """Return what the ssrcMap said of a stream: whose it is, and its names."""
    entry = message.who.ssrcs.get(str(ssrc)) if ssrc is not None else None
    told = {"user": text(entry, "userID"), "cname": text(entry, "cname"), "label": text(entry, "label")}
    return {key: value for key, value in told.items() if value is not None}


def _objects(given: Json, message: Message) -> Iterator[Mapping[str, Any]]:
    """Return the objects of either shape, each with an id and the type that getStats would give it."""
    if isinstance(given, dict) and LISTS.keys() & given.keys():
        for name, kind in LISTS.items():
            for number, item in enumerate(entries(given.get(name))):
                if kind == "candidate-pair" and "candidateID" in item:
                    yield from _fused(item)
                    continue
                yield from _typed(item, kind, f"{name}-{number}", given.get("timestamp"), message)
        return
    listed = list(given.values()) if isinstance(given, dict) else given
    for number, item in enumerate(entries(listed, reports.MAX_ENTRIES)):
        yield from _typed(item, None, f"stats-{number}", None, message)


def _fused(item: Entry) -> Iterator[dict[str, Any]]:
    """Return a pair that is told as one object with both of its ends, as the three objects of getStats."""
    id = str(item["candidateID"])[:200]
    for side in ("local", "remote"):
        yield {
            "id": f"{id} {side}",
            "type": f"{side}-candidate",
            "candidateType": candidate_type(item.get(f"{side}CandidateType")),
            "address": item.get(f"{side}Address"),
            "port": item.get(f"{side}Port"),
            "protocol": item.get("protocol") or item.get("transportType"),
        }
    ends = {f"{side}CandidateId": f"{id} {side}" for side in ("local", "remote")}
    yield {**item, "id": id, "type": "candidate-pair", **ends}


def _typed(
    item: Entry, kind: str | None, name: str, stamp: Json, message: Message
) -> Iterator[dict[str, Any]]:
    """Return an object as getStats has it, and for a stream of a bridge what the far end told beside it."""
    entry: dict[str, Any] = dict(item)
    ssrc = _ssrc(entry.get("ssrc"))
    if ssrc is not None:
        entry["ssrc"] = ssrc
        entry["id"] = text(item, "id") or f"{name}-{ssrc}"
    entry["id"] = text(entry, "id") or name
    when = epoch_s(entry.get("timestamp")) or epoch_s(stamp)
    if when is not None:
        entry["timestamp"] = 1000.0 * when
    told = text(entry, "type")
    bridge = told in ("inbound", "outbound")  # Not statsType: browsers' tracks say their direction there.
    direction = _direction(entry, message.who.ssrcs.get(str(ssrc))) if kind is None else None
    if bridge or told not in _types(kind):
        if direction is None and kind is None:
            yield entry
            return
        entry["type"] = f"{direction}-rtp" if direction is not None else kind
    if entry["type"] in ("local-candidate", "remote-candidate"):
        _hide_id(entry)
    if direction is not None and "kind" not in entry and "mediaType" not in entry:
        entry["kind"] = (message.who.ssrcs.get(str(ssrc)) or {}).get("mediaType")
    if bridge:
        entry.pop("jitter", None)  # Its unit is not told anywhere.
        rtt_ms = entry["bridgeRtt"] = num(entry, "rtt")
        if rtt_ms is not None and direction == "outbound":
            yield {**{key: entry.get(key) for key in ("ssrc", "timestamp", "kind", "mediaType")},
                   "id": f"{entry['id']}-far", "type": "remote-inbound-rtp",
                   "roundTripTime": rtt_ms / 1000.0}  # fmt: skip
    if entry["type"] == "candidate-pair" and entry.get("state") == "inprogress":
        entry["state"] = "in-progress"
    yield entry


def _types(kind: str | None) -> frozenset[str]:
    """Return the types that an object of a list may say it has: any of getStats, or just that of its list."""
    return frozenset({kind}) if kind is not None else _STANDARD


_STANDARD = frozenset({
    "inbound-rtp", "outbound-rtp", "remote-inbound-rtp", "remote-outbound-rtp", "media-source", "media-playout",
    "candidate-pair", "local-candidate", "remote-candidate", "transport", "codec", "certificate",
    "peer-connection", "data-channel",
})  # fmt: skip


def _direction(entry: Entry, mapped: Entry | None) -> str | None:
    """Return which way a stream goes: it says so, its ssrcMap does, or what it counts tells."""
    for given in (entry.get("type"), entry.get("statsType"), entry.get("streamType")):
        if isinstance(given, str) and given in _DIRECTIONS:
            return _DIRECTIONS[given]
    for direction, counter in _COUNTED.items():
        if num(entry, counter) is not None:
            return direction
    if mapped is not None and mapped.get("streamType") in _DIRECTIONS:
        return _DIRECTIONS[mapped["streamType"]]
    return None


def _hide_id(entry: dict[str, Any]) -> None:
    """Take out an address that is the candidate's id: its client collects no addresses."""
    for name in ("address", "ip"):
        if entry.get(name) == entry["id"]:
            del entry[name]


def _ssrc(value: Json) -> int | None:
    """Return an ssrc; some clients send it as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 10:
        value = int(value)
    number = num({"n": value}, "n")
    return int(number) if number is not None and 0 <= number < 2**32 else None


def _worked_out(report: reports.Report) -> dict[str, dict[str, float]]:
    """Return the SDK's own loss and bitrate of each stream whose counters do not tell them."""
    found: dict[str, dict[str, float]] = {}
    for direction, of in (("inbound", "Received"), ("outbound", "Sent")):
        for entry in report.of(f"{direction}-rtp"):
            kind = stats.kind_of(entry)
            if kind is None:
                continue
            gauges: dict[str, float] = {}
            fraction, kbps = num(entry, "csioIntFL"), num(entry, "csioIntBRKbps")
            if fraction is not None and 0 <= fraction <= 1 and num(entry, "packetsLost") is None:
                gauges["loss_pct"] = 100.0 * fraction
            if direction == "inbound" and (rtt_ms := num(entry, "bridgeRtt")) is not None:
                gauges["rtt_ms"] = rtt_ms
            if kbps is not None and kbps >= 0 and num(entry, f"bytes{of}") is None:
                gauges["bitrate_bps"] = 1000.0 * kbps
            if gauges:
                found[stats.stream_id(entry, direction, kind)] = gauges
    return found


def _facts(facts: IceFacts, report: reports.Report, fabric: Fabric) -> IceFacts:
    """Return what a report says of connectivity; one that lists no pairs does not say that there are none."""
    sides = {"local": "local-candidate", "remote": "remote-candidate"}
    for side, kind in sides.items():
        fabric.meet({str(entry.get("id")): from_stats(entry, side) for entry in report.of(kind)[:100]})
    fabric.up = fabric.up or (
        facts.transport_ice in ("connected", "completed") and facts.dtls != "connecting"
    )
    if not report.of("candidate-pair"):
        return replace(facts, pairs=None, pairs_succeeded=None, full=False)
    return replace(facts, pair=known(facts.pair, selected_pair(report), fabric))


def _words(body: Mapping[str, Json], report: reports.Report) -> dict[str, str]:
    """Return the vendor's own class of the leg, and what the client says of its device."""
    marks = [text(entry, "csioMark") for entry in report.of("inbound-rtp", "outbound-rtp")]
    words: dict[str, str] = {}
    worst = next((mark for mark in MARKS if mark in marks), None)
    if worst is not None:
        words["class"] = worst
    wifi, battery = body.get("wifiStats"), body.get("batteryStatus")
    if isinstance(wifi, dict):
        told = [f"{key} {value}" for key in ("signal", "rssi") if (value := word(wifi.get(key), 20))]
        words |= {"wifi": ", ".join(told)} if told else {}
    if isinstance(battery, dict) and (level := word(battery.get("batteryLevel"), 20)):
        words["battery"] = level
    return words
