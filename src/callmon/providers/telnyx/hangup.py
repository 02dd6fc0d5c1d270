"""The hang-up webhook: what the vendor's own media server counted of a leg, as numbers written as text."""

from __future__ import annotations

from collections.abc import Iterator

from callmon.model.events import Closed, Event, Joined, Left, Noted, Opened, Reported
from callmon.model.frames import Json
from callmon.providers.telnyx.shapes import moment, part
from callmon.providers.telnyx.told import Place
from callmon.w3c.report import LARGEST, Entry, num, text

EVENT = "call.hangup"
"""The one webhook that tells of quality."""

LEG = "telnyx"
"""The vendor's own end of the call."""

NORMAL = frozenset(
    ("normal_clearing", "originator_cancel", "user_busy", "no_answer", "call_rejected", "unspecified")
)
"""Causes that are no failure."""

CONTRADICTS_PCT = 3.0
"""So many packets skipped and a MOS that is still good do not go together."""

GOOD_MOS = 4.0


def is_webhook(data: Json) -> bool:
    """Whether this is the inside of one of the vendor's webhooks."""
    return isinstance(data, dict) and isinstance(data.get("event_type"), str) and "payload" in data


def number(entry: Entry | None, key: str) -> float | None:
    """Return a number that is written as text, or one that is not; None for anything else."""
    written = entry.get(key) if entry is not None else None
    if not isinstance(written, str):
        return num(entry, key)
    try:
        value = float(written[:40])
    except ValueError:
        return None
    return value if abs(value) <= LARGEST else None


def call_of(payload: Entry) -> str | None:
    """Return the id of the call where no other message told which it is: that of the vendor's own leg."""
    return text(payload, "call_leg_id") or text(payload, "call_session_id")


def events(data: Entry, place: Place, provider: str, joined: bool) -> Iterator[Event]:
    """Return what the webhook says; ``joined`` when the call is known from the SDK's own messages."""
    payload = part(data, "payload") or {}
    at = moment(data.get("occurred_at"))
    at = place.when(at) if at is not None else place.at
    began = moment(payload.get("start_time"))
    cause, by = text(payload, "hangup_cause"), text(payload, "hangup_source")
    yield Opened(
        place.call, place.when(began) if began is not None else at, provider, None, text(payload, "to")
    )
    sides = {
        "from": text(payload, "from"),
        "to": text(payload, "to"),
        "sip": text(payload, "sip_hangup_cause"),
    }
    attributes = {key: value for key, value in sides.items() if value is not None}
    yield Joined(place.call, at, LEG, "edge", "Telnyx", attributes)
    told = figures(payload)
    if told or words(payload):
        yield Reported(place.call, at, LEG, words(payload), told, "final")
    why = " ".join(word for word in (cause, f"by the {by}" if by not in (None, "unknown") else None) if word)
    yield Noted(place.call, at, LEG, "vendor", f"hang-up: {why or 'no cause'}", EVENT)
    if joined:
        yield Left(place.call, at, LEG, cause)
    else:
        yield Closed(place.call, at, cause, cause is not None and cause not in NORMAL)


def words(payload: Entry) -> dict[str, str]:
    """Return the vendor's MOS, what has no unit or no other place, and a note where two of them contradict."""
    stats = part(payload, "call_quality_stats") or {}
    inbound, outbound = part(stats, "inbound"), part(stats, "outbound")
    mos, variance = number(inbound, "mos"), number(inbound, "jitter_max_variance")
    unsent = number(outbound, "skip_packet_count")
    share = loss_pct(number(inbound, "packet_count"), number(inbound, "skip_packet_count"))
    found: dict[str, str] = {}
    if mos is not None:
        found["mos"] = f"{mos:.2f}"
    if variance is not None:
        found["jitter_max_variance"] = f"{variance:.2f}, unit not stated"
    if unsent:
        found["outbound_skipped"] = f"{unsent:.0f} packets"
    if mos is not None and share is not None and share >= CONTRADICTS_PCT and mos >= GOOD_MOS:
        found["note"] = f"MOS {mos:.2f} with {share:.1f} % of the packets skipped: the two do not go together"
    return found


def figures(payload: Entry) -> dict[str, float]:
    """Return the vendor's figures as those of a summary; the loss is worked out of what it counted."""
    stats = part(payload, "call_quality_stats") or {}
    inbound, outbound = part(stats, "inbound"), part(stats, "outbound")
    packets, skipped = number(inbound, "packet_count"), number(inbound, "skip_packet_count")
    found = {
        "mos.avg": number(inbound, "mos"),
        "loss_pct.avg": loss_pct(packets, skipped),
        "packets.received": packets,
        "packets.lost": skipped,
        "packets.sent": number(outbound, "packet_count"),
    }
    return {key: value for key, value in found.items() if value is not None}


def loss_pct(packets: float | None, skipped: float | None) -> float | None:
    """Return the packets skipped in percent of all that were expected, or None."""
    if packets is None or skipped is None or packets <= 0 or skipped < 0:
        return None
    return 100.0 * skipped / (packets + skipped)
