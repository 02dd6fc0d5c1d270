"""Rows of ``GET /logs``: what clients logged, and what they measured in batches of about 15 s."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from callmon.model.events import Described, Event, Joined, Noted, Opened, Reported, Sampled
from callmon.model.frames import Json
from callmon.providers.daily.meetings import NAME, epoch
from callmon.providers.daily.network import percent, scaled
from callmon.w3c.report import Entry, num, text

UNVERIFIED = "unit not verified"
"""What is said beside members that end in Pct: their name says percent, everything else of Daily's is a fraction."""

_STREAM = re.compile(r"(inbound|outbound)-\w+-(audio|video)\b")
_MAX_STREAMS = 200


def time_of(row: Entry) -> float | None:
    """Return when a row was measured, in epoch seconds: by the client's clock, else when the server got it."""
    return epoch(row.get("clientTime")) or epoch(row.get("time"))


def place_of(row: Entry) -> tuple[str, str] | None:
    """Return meeting and participant session of a row."""
    call, leg = text(row, "mtgSessionId"), text(row, "userSessionId")
    return None if call is None or leg is None else (call, leg)


def opened(row: Entry, at: float) -> Iterator[Event]:
    """Return the call and the leg of a row."""
    place = place_of(row)
    if place is not None:
        room = text(row, "roomName")
        yield Opened(place[0], at, NAME, room, room)
        yield Joined(place[0], at, place[1], "participant")


def logged(row: Entry, now: float) -> Iterator[Event]:
    """Return a line that a client logged."""
    place, words = place_of(row), text(row, "message")
    if place is None or words is None:
        return
    at = min(now, time_of(row) or now)
    code = num(row, "code")
    yield from opened(row, at)
    yield Noted(place[0], at, place[1], "vendor", words, f"{code:.0f}" if code is not None else None)


def measured(row: Entry, now: float) -> Iterator[Event]:
    """Return what one client measured in one batch: rates in bits per second, jitter in seconds, loss a fraction."""
    place = place_of(row)
    if place is None:
        return
    clock = time_of(row) or now
    at = min(now, clock)
    yield from opened(row, at)
    loss = percent(row, "videoRecvPacketLoss")
    if loss is not None:
        yield Described(place[0], at, place[1], "in-video", "video", "inbound")
        yield Sampled(place[0], at, place[1], "in-video", clock, {"loss_pct": loss})
    words = {"received": _spread(row, "userRecvBitsPerSec"), "sent": _spread(row, "userSentBitsPerSec")}
    transports = row.get("metrics")
    for name, entries in transports.items() if isinstance(transports, dict) else ():
        for key, entry in list(entries.items())[:_MAX_STREAMS] if isinstance(entries, dict) else ():
            if not isinstance(entry, dict):
                continue
            kind = _STREAM.match(key)
            if kind is not None:
                yield from _stream(place, at, clock, f"{key}", kind, entry)
            elif key == "transport":
                words |= {f"{name} {member}": word for member, word in _unverified(entry).items()}
    known = {text({"it": key}, "it") or "": word for key, word in words.items() if word}
    if known:
        yield Reported(place[0], at, place[1], known)


def _stream(
    place: tuple[str, str], at: float, clock: float, key: str, match: re.Match[str], entry: Entry
) -> Iterator[Event]:
    direction, kind = match.groups()
    stream = text({"it": key}, "it") or key[:1]
    way = "bitsReceivedPerSecAvg" if direction == "inbound" else "bitsSentPerSecAvg"
    values = {"jitter_ms": scaled(entry, "jitterAvg", 1000), "bitrate_bps": scaled(entry, way)}
    gauges = {name: value for name, value in values.items() if value is not None}
    yield Described(place[0], at, place[1], stream, kind, direction, attributes=_unverified(entry))
    if gauges:
        yield Sampled(place[0], at, place[1], stream, clock, gauges)


def _unverified(entry: Entry) -> dict[str, str]:
    """Return the members whose unit nobody has verified, as they came; more than 1 can only be percent."""
    found = {}
    for member in ("packetsLostPct", "recvPacketsLostPct", "packetLossPct"):
        value = num(entry, member)
        if value is not None:
            found[member] = f"{value:g} %" if value > 1 else f"{value:g} ({UNVERIFIED})"
    return found


def _spread(row: Mapping[str, Json], name: str) -> str:
    mean, least, most = (scaled(row, f"{name}{end}", 0.001) for end in ("Avg", "Min", "Max"))
    if mean is None:
        return ""
    span = f" ({least:.0f} to {most:.0f})" if least is not None and most is not None else ""
    return f"{mean:.0f} kbit/s{span}"
