"""The report service that the documentation shows: flat rows in milliseconds, epoch seconds, snake_case states."""

from __future__ import annotations

from collections.abc import Iterator

from callmon.model.events import Closed, Event, IceChanged, Joined, Noted, Opened
from callmon.model.frames import Json
from callmon.model.ice import Candidate, IceFacts, Pair
from callmon.providers.telnyx.shapes import moment, part
from callmon.providers.telnyx.told import Place, Told
from callmon.w3c.candidates import from_stats
from callmon.w3c.report import Entry, num, text

STILL_S = 30.0
"""A call whose newest row or candidate is older than this when it is read is over; the service does not say."""

SILENT_S = 600.0
"""The same where it does not even say how long the call took."""

MAX_CANDIDATES = 200
MAX_LINES = 40
_ICE = ("transport", "selected_pair", "candidates")


def is_service(data: Json) -> bool:
    """Whether this is what the service answers, either of a call or of its ICE data alone."""
    return isinstance(data, dict) and bool({"segments", "ice_data", *_ICE} & data.keys())


def rows_of(data: Entry) -> list[Entry]:
    """Return the rows of a call in the order of time; each is a flat frame without packets."""
    rows = data.get("segments")
    known = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return sorted(known, key=lambda row: moment(row.get("timestamp")) or 0.0)


def clocks(data: Entry) -> list[float]:
    """Return all times that it tells of, on the clock of the page: of rows and of candidates."""
    ice = part(data, "ice_data") or data
    listed = ice.get("candidates")
    told = listed[:MAX_CANDIDATES] if isinstance(listed, list) else []
    entries = rows_of(data) + [entry for entry in told if isinstance(entry, dict)]
    return sorted(clock for entry in entries if (clock := moment(entry.get("timestamp"))) is not None)


def opening(data: Entry, place: Place, provider: str) -> Iterator[Event]:
    """Return that there is a call, since its first row."""
    call, known = part(data, "call") or {}, clocks(data)
    at = place.when(known[0]) if known else place.at
    version = text(call, "sdk_version")
    told = {
        "sdk": f"Telnyx WebRTC SDK {version}" if version is not None else "Telnyx WebRTC SDK",
        "telnyx_session": text(call, "telnyx_session_id"),
        "telnyx_leg": text(call, "telnyx_leg_id"),
    }
    yield Opened(place.call, at, provider)
    attributes = {key: value for key, value in told.items() if value is not None}
    yield Joined(place.call, at, place.leg, "peer", None, attributes)


def connectivity(data: Entry, place: Place, told: Told) -> Iterator[Event]:
    """Return the candidates, each when it was gathered, and the state that was reached, for all of the call."""
    ice = part(data, "ice_data") or data
    listed = ice.get("candidates")
    found: list[Candidate] = []
    for entry in listed[:MAX_CANDIDATES] if isinstance(listed, list) else ():
        if isinstance(entry, dict):
            candidate, clock = _candidate(entry, "local"), moment(entry.get("timestamp"))
            found.append(candidate)
            at = place.when(clock) if clock is not None else place.at
            yield IceChanged(place.call, at, place.leg, IceFacts(candidates=(candidate,)))
    transport = part(ice, "transport")
    pair = _pair(part(ice, "selected_pair"))
    if transport is None and pair is None:
        return
    reached = IceFacts(
        transport_ice=text(transport, "ice_state"),
        dtls=text(transport, "dtls_state"),
        srtp_cipher=text(transport, "srtp_cipher"),
        pair=pair,
        candidates=tuple(found),
        full=True,
    )
    if reached != told.facts:
        told.facts = reached
        known = clocks(data)
        yield IceChanged(place.call, place.when(known[0]) if known else place.at, place.leg, reached)


def ending(data: Entry, place: Place, told: Told) -> Iterator[Event]:
    """Return the lines of its log, and the end of the call where its rows have ended."""
    logs = data.get("logs")
    lines = [text({"line": line}, "line") for line in logs[-MAX_LINES:]] if isinstance(logs, list) else []
    for line in lines:
        if line is not None:
            yield Noted(place.call, place.at, place.leg, "vendor", line, "log")
    known, duration = clocks(data), num(part(data, "call"), "duration")
    if not known or place.at - known[-1] < (STILL_S if duration is not None else SILENT_S):
        return
    told.over = True
    lasted = min(max(0.0, duration or 0.0), 1e6)
    yield Closed(place.call, place.when(max(known[-1], known[0] + lasted)))


def _candidate(entry: Entry, side: str) -> Candidate:
    return from_stats({**entry, "candidateType": entry.get("type")}, side)


def _pair(entry: Entry | None) -> Pair | None:
    if entry is None:
        return None
    ends = [part(entry, f"{side}_candidate") for side in ("local", "remote")]
    local, remote = (
        _candidate(end, side) if end is not None else None
        for end, side in zip(ends, ("local", "remote"), strict=True)
    )
    nominated = entry.get("nominated")
    return Pair(
        " ".join(f"{end.address}:{end.port}" if end is not None else "?" for end in (local, remote)),
        local,
        remote,
        text(entry, "state"),
        nominated if isinstance(nominated, bool) else None,
    )
