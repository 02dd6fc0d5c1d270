"""What is the same all over Twilio's dialect: edges, codecs, times, levels, and the formula of its MOS."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from callmon.model.frames import Json
from callmon.model.text import printable
from callmon.w3c.report import Entry, num

EDGES = {
    "sdk_edge": "Voice SDK",
    "client_edge": "Client gateway",
    "carrier_edge": "Carrier gateway",
    "sip_edge": "SIP gateway",
}
"""The places at which Twilio measures, with their names, in the order in which they are shown."""

EDGES_OF = {
    "client": ("sdk_edge", "client_edge"),
    "carrier": ("carrier_edge",),
    "sip": ("sip_edge",),
    "trunking": ("carrier_edge", "sip_edge"),
    "whatsapp": ("carrier_edge",),
}
"""Which edges a call of each type has; the API names the first when it is not asked for one (trunking: either)."""

SID = re.compile("CA[0-9a-fA-F]{32}")
"""How a call is called."""

IN, OUT = "in-audio", "out-audio"
"""The streams of a leg: what the edge receives and what it sends."""

LOUDEST = 32767.0
"""The top of Twilio's audio levels."""

TOP_MOS = 4.5
"""The best that the scale allows (ITU-T G.107)."""

LONGEST_MS = 60_000.0
"""A round trip or a jitter beyond this is no measurement; old mobile SDKs have sent such numbers."""

_CODECS = {0: "PCMU", 8: "PCMA", 9: "G722", 18: "G729", 111: "opus"}
_APART = 0.5


def seconds(value: Json) -> float | None:
    """Return a time in epoch seconds: ISO 8601 with or without a fraction, or epoch milliseconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value / 1000.0 if 0 <= value <= 1e14 else None
    if not isinstance(value, str) or not 10 <= len(value) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
        at = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return at if at >= 0 else None


def leaf(entry: Entry | None, key: str) -> float | None:
    """Return what a leaf object says: its ``value``, else its ``avg``; some feeds have the bare number."""
    inner = entry.get(key) if entry is not None else None
    if not isinstance(inner, dict):
        return num(entry, key)
    value = num(inner, "value")
    return num(inner, "avg") if value is None else value


def part(entry: Entry | None, key: str) -> Entry | None:
    """Return an object inside an object, or None."""
    inner = entry.get(key) if entry is not None else None
    return inner if isinstance(inner, dict) else None


def level(value: float | None) -> float | None:
    """Return an audio level, 0 to 1, of one of 0 to 32767."""
    return None if value is None or not 0 <= value <= LOUDEST else value / LOUDEST


def span_ms(value: float | None) -> float | None:
    """Return a time span in milliseconds, None where it cannot be one."""
    return value if value is not None and 0 <= value <= LONGEST_MS else None


def percent(value: float | None) -> float | None:
    """Return a share in percent, None where it cannot be one."""
    return value if value is not None and 0 <= value <= 100 else None


def count(value: float | None) -> float | None:
    """Return a running total, None where it cannot be one."""
    return value if value is not None and value >= 0 else None


def score(value: float | None) -> float | None:
    """Return a MOS, None where it is off the scale."""
    return value if value is not None and 1.0 <= value <= TOP_MOS else None


def known(**values: float | None) -> dict[str, float]:
    """Return the values that are known."""
    return {key: value for key, value in values.items() if value is not None}


def codec(entry: Entry | None, name: str = "codec_name", number: str = "codec") -> str | None:
    """Return a codec by the name that the IANA registry has for it."""
    told = entry.get(name) if entry is not None else None
    if isinstance(told, str) and told:
        told = printable(told.rpartition("/")[2], 40)
        return "opus" if told.lower() == "opus" else told.upper()
    payload_type = num(entry, number)
    return _CODECS.get(round(payload_type)) if payload_type is not None else None


def formula(rtt_ms: float, jitter_ms: float, loss_pct: float) -> float:
    """Return the MOS that the Voice SDK works out of these; it turns to 1 where a call is past use."""
    latency = rtt_ms + 2.0 * jitter_ms + 10.0
    if latency >= 1000.0:
        return 1.0
    r = 94.768 - (latency / 40.0 if latency < 160.0 else (latency - 120.0) / 10.0)
    r = max(r - 2.5 * loss_pct, 6.52) if loss_pct <= r / 2.5 else 0.0
    return 1.0 + 0.035 * r + 7e-6 * r * (r - 60.0) * (100.0 - r)


def contradiction(
    mos: float | None, rtt: float | None, jitter: float | None, loss: float | None
) -> str | None:
    """Return in one sentence why a MOS cannot belong to the numbers that stand beside it, or None."""
    if mos is None:
        return None
    if not 1.0 <= mos <= TOP_MOS:
        return f"MOS {mos:.6g} is off the scale, which ends at {TOP_MOS}"
    if rtt is None or jitter is None or min(rtt, jitter) < 0:
        return None
    fits = formula(rtt, jitter, loss or 0.0)
    if abs(fits - mos) <= _APART:
        return None
    return (
        f"MOS {mos:.2f} does not go with RTT {rtt:.0f} ms and jitter {jitter:.0f} ms, which give {fits:.2f}"
    )
