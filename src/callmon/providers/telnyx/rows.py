"""The rows of a call report: one interval each, with jitter in ms and round trips in s beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from callmon.model.events import Described, Event, IceChanged, Sampled
from callmon.model.frames import Json
from callmon.model.ice import IceFacts
from callmon.providers.telnyx.shapes import least, moment, part
from callmon.providers.telnyx.told import INBOUND, LATER, OUTBOUND, Place, Told
from callmon.w3c import report as reports
from callmon.w3c.report import Entry, num, text
from callmon.w3c.stats import INBOUND_COUNTERS, OUTBOUND_COUNTERS, REMOTE_COUNTERS, SOURCE_COUNTERS
from callmon.w3c.transport import facts

IDENTITY = "report"
"""The identity of what a report counts, which names neither object nor synchronisation source."""

MAX_ROWS = 4000
"""More rows than an hour of seconds in one part of a report are not read."""

_LISTS = ("entries", "intervals", "stats", "rows")
_PATH = ("id", "state", "nominated", "local", "remote")
_FAR = (
    "roundTripTimeMeasurements",
    "reportsReceived",
    "packetsLost",
    "jitter",
    "roundTripTime",
    "fractionLost",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One interval of a report; times are epoch seconds on the sender's clock."""

    start: float
    end: float
    body: Entry


def rows_of(stats: Json, end: float | None) -> list[Row]:
    """Return the rows of ``stats`` in the order of time; where it is one object without a time, it is of ``end``."""
    found: dict[float, Row] = {}
    for body in _bodies(stats)[:MAX_ROWS]:
        until = moment(body.get("intervalEndUtc")) or (end if "audio" in body else None)
        if until is not None:
            since = moment(body.get("intervalStartUtc"))
            found[until] = Row(since if since is not None else until, until, body)
    return [found[key] for key in sorted(found)]


def _bodies(stats: Json) -> list[Entry]:
    if isinstance(stats, dict):
        if {"intervalEndUtc", "audio", "connection"} & stats.keys():
            return [stats]
        inner = next((stats[key] for key in _LISTS if isinstance(stats.get(key), list)), None)
        stats = inner if inner is not None else list(stats.values())
    return [body for body in stats if isinstance(body, dict)] if isinstance(stats, list) else []


def events(row: Row, place: Place, told: Told, zeros: bool, named: dict[str, str | None]) -> Iterator[Event]:
    """Return what a row means.

    Where ``zeros`` are written for what is unknown (Android) they are taken for unknown. ``named`` are the
    streams that this part of the report has described already, with their codecs.
    """
    at = place.when(row.end)
    path = _path(row.body)
    if path != told.path:
        told.path = path
        connectivity = path_facts(row.body)
        if connectivity is not None and connectivity != told.facts:
            told.facts = connectivity
            yield IceChanged(place.call, at, place.leg, connectivity)
    if row.end <= told.until.get(place.leg, 0.0):
        return
    for event in _samples(row, place, at, told, zeros):
        if isinstance(event, Described):
            if named.get(event.stream, "") != event.codec:
                named[event.stream] = event.codec
                yield event
            continue
        fitted = told.fit(event, LATER)
        if fitted is not None:
            yield fitted
    told.until[place.leg] = row.end
    told.later_until = max(told.later_until, row.end)


def _samples(row: Row, place: Place, at: float, told: Told, zeros: bool) -> Iterator[Described | Sampled]:
    audio = part(row.body, "audio") or {}
    path = part(row.body, "connection")
    rtt_s = _rtt(num(path, "currentRoundTripTime"))
    rtt_s = rtt_s if rtt_s is not None else _rtt(num(path, "roundTripTimeAvg"))
    if rtt_s is not None:
        gauges = {"pair_rtt_ms": rtt_s * 1000.0}
        yield Sampled(place.call, at, place.leg, None, row.end, gauges, {}, IDENTITY)
    sent = part(audio, "outbound")
    if sent is not None:
        yield _described(place, at, OUTBOUND, "outbound", sent)
        yield _outbound(row, place, at, sent, zeros)
        yield from _far_end(row, place, at, told)
    received = part(audio, "inbound")
    if received is not None:
        yield _described(place, at, INBOUND, "inbound", received)
        gauges = _gauges(
            zeros,
            jitter_ms=least(num(received, "jitterAvg")),
            audio_level=_level(num(received, "audioLevelAvg")),
        )
        counters = _counters(received, INBOUND_COUNTERS)
        if not counters.get("bytes"):
            gauges |= _gauges(zeros, bitrate_bps=least(num(received, "bitrateAvg")))
        yield Sampled(
            place.call, at, place.leg, INBOUND, row.end, gauges, _counted(counters, zeros), IDENTITY
        )


def _outbound(row: Row, place: Place, at: float, sent: Entry, zeros: bool) -> Sampled:
    active = sent.get("active")
    gauges = _gauges(
        zeros,
        audio_level=_level(num(sent, "audioLevelAvg")),
        target_bps=least(num(sent, "targetBitrate")),
    )
    if isinstance(active, bool):
        gauges["active"] = float(active)
    counters = _counters(sent, OUTBOUND_COUNTERS)
    if not counters.get("bytes"):
        gauges |= _gauges(zeros, bitrate_bps=least(num(sent, "bitrateAvg")))
    counters = _counted(counters, zeros) | _counters(part(sent, "mediaSource") or {}, SOURCE_COUNTERS)
    return Sampled(place.call, at, place.leg, OUTBOUND, row.end, gauges, counters, IDENTITY)


def _far_end(row: Row, place: Place, at: float, told: Told) -> Iterator[Sampled]:
    """Return what the far end says of what we send; a row repeats the last report until there is a new one."""
    far = part(part(row.body, "remoteRtcp") or {}, "inbound")
    if far is None:
        return
    said = repr([far.get(key) for key in _FAR])
    if said == told.far:
        return
    told.far = said
    fraction = least(num(far, "fractionLost"))
    rtt_s = _rtt(num(far, "roundTripTime"))
    gauges = _gauges(
        False,
        rtt_ms=None if rtt_s is None else rtt_s * 1000.0,
        jitter_ms=least(num(far, "jitter")),
        loss_pct=None if fraction is None or fraction > 1.0 else 100.0 * fraction,
    )
    counters = _counters(far, REMOTE_COUNTERS)
    yield Sampled(place.call, at, place.leg, OUTBOUND, row.end, gauges, counters, IDENTITY, "remote")


def _described(place: Place, at: float, stream: str, direction: str, entry: Entry) -> Described:
    mime = text(part(entry, "codec"), "mimeType")
    track = part(entry, "localTrack")
    attributes = {"track": label} if (label := text(track, "label")) is not None else {}
    codec = mime.partition("/")[2] or mime if mime is not None else None
    return Described(
        place.call, at, place.leg, stream, "audio", direction, codec=codec, attributes=attributes
    )


def _path(body: Entry) -> tuple[Json, ...]:
    """Return what of a row's connectivity is shown; the rest of it, such as counted checks, changes all the time."""
    ice = part(body, "ice") or {}
    return (body.get("transport"), *(ice.get(key) for key in _PATH))


def path_facts(body: Entry) -> IceFacts | None:
    """Return what a row says of connectivity: the selected pair, its two candidates, and the transport."""
    ice, transport = part(body, "ice"), part(body, "transport")
    if ice is None and transport is None:
        return None
    found: list[dict[str, Json]] = []
    pair = text(transport, "selectedCandidatePairId")
    if ice is not None:
        sides = {side: part(ice, side) for side in ("local", "remote")}
        pair = text(ice, "id") or pair or " ".join(f"{_end(entry)}" for entry in sides.values())
        found.append({**ice, "id": pair, "type": "candidate-pair"})
        for side, entry in sides.items():
            found[0][f"{side}CandidateId"] = side if entry is not None else None
            if entry is not None:
                found.append({**entry, "id": side, "type": f"{side}-candidate"})
    if transport is not None:
        found.append({**transport, "id": "transport", "type": "transport", "selectedCandidatePairId": pair})
    else:
        found[0]["selected"] = True
    report = reports.parse(found)
    return facts(report, {}) if report is not None else None


def _end(entry: Entry | None) -> str:
    return "?" if entry is None else f"{text(entry, 'address')}:{num(entry, 'port')}"


def _rtt(seconds: float | None) -> float | None:
    """Return a round trip, which is never 0: what says so has not measured one."""
    return seconds if seconds is not None and seconds > 0.0 else None


def _level(value: float | None) -> float | None:
    return value if value is not None and 0.0 <= value <= 1.0 else None


def _gauges(zeros: bool, **values: float | None) -> dict[str, float]:
    return {key: value for key, value in values.items() if value is not None and not (zeros and value == 0.0)}


def _counters(entry: Entry, names: Mapping[str, str]) -> dict[str, float]:
    return {ours: value for theirs, ours in names.items() if (value := num(entry, theirs)) is not None}


def _counted(counters: dict[str, float], zeros: bool) -> dict[str, float]:
    """Return counters, or none where a sender who writes 0 for what it does not know counts no packet."""
    return {} if zeros and not counters.get("packets") else counters
