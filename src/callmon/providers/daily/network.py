"""What ``getNetworkStats()`` tells: seconds and fractions become milliseconds and percent, rates stay as they are.

The shapes of daily-js before 0.77, since 0.77 and of daily-python are told apart by their members. What Daily's
documentation calls a percentage is a fraction of 1; ``latest.timestamp`` is epoch milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callmon.model.events import Described, Event, Reported, Sampled
from callmon.model.frames import Json
from callmon.w3c.report import Entry, num, text

FLOWS = {
    "out-audio": ("audio", "outbound", "audioSend"),
    "out-video": ("video", "outbound", "videoSend"),
    "in-audio": ("audio", "inbound", "audioRecv"),
    "in-video": ("video", "inbound", "videoRecv"),
}
"""The streams that Daily adds up over all connections: kind, direction, and how its members begin.

What is sent comes first: the round trip of the leg is shown with it.
"""

THRESHOLDS = {"good": "good", "low": "warning", "very-low": "bad", "veryLow": "bad"}
"""The older word for the state of the network, for clients that have no ``networkState``."""

STATES = frozenset({"good", "warning", "bad", "unknown"})
"""The words of ``networkState``."""

UNKNOWN = "unknown"

WORST_LOSS = tuple(f"worst{one}PacketLoss" for one in ("VideoRecv", "VideoSend", "AudioRecv", "AudioSend"))
WORST_JITTER = tuple(f"worst{one}Jitter" for one in ("VideoRecv", "VideoSend", "AudioRecv", "AudioSend"))
"""Members that never fall in the course of a call."""


def is_network_stats(body: Json) -> bool:
    """Whether a value is what ``getNetworkStats()`` returns; before a call that is nearly nothing."""
    return isinstance(body, dict) and isinstance(body.get("stats"), dict)


def latest(body: Entry) -> Entry | None:
    """Return the newest figures, or None before a call was joined: there is nothing that was measured."""
    stats = body.get("stats")
    newest = stats.get("latest") if isinstance(stats, dict) else None
    return (
        newest if isinstance(newest, dict) and any(num(newest, key) is not None for key in newest) else None
    )


def events(body: Entry, call: str, leg: str, at: float) -> Iterator[Event]:
    """Return what a leg measured, and then the vendor's own verdict."""
    newest = latest(body)
    if newest is not None:
        ms = num(newest, "timestamp")
        clock = ms / 1000 if ms is not None else at
        path = _known(
            pair_rtt_ms=scaled(newest, "networkRoundTripTime", 1000),
            available_out_bps=scaled(newest, "availableOutgoingBitrate"),
        )
        if path:
            yield Sampled(call, at, leg, None, clock, path)
        for stream, (kind, direction, name) in FLOWS.items():
            gauges = _known(
                bitrate_bps=scaled(newest, f"{name}BitsPerSecond"),
                loss_pct=percent(newest, f"{name}PacketLoss"),
                jitter_ms=scaled(newest, f"{name}Jitter", 1000),
            )
            if gauges:
                yield Described(call, at, leg, stream, kind, direction)
                yield Sampled(call, at, leg, stream, clock, gauges)
    yield Reported(call, at, leg, {**verdict(body, newest is not None), **totals(newest)})


def verdict(body: Entry, measured: bool) -> dict[str, str]:
    """Return the vendor's words; what it says before anything was ``measured`` is a default and no verdict."""
    if not measured:
        return dict.fromkeys(("network_state", "network_quality", "network_threshold"), UNKNOWN) | {
            "network_reasons": "none"
        }
    state, threshold, quality = text(body, "networkState"), text(body, "threshold"), num(body, "quality")
    if state not in STATES:
        state = THRESHOLDS.get(threshold or "", UNKNOWN)
    reasons = body.get("networkStateReasons")
    told = [one for one in reasons[:8] if isinstance(one, str)] if isinstance(reasons, list) else []
    words = {
        "network_state": state or UNKNOWN,
        "network_reasons": text({"it": ", ".join(told)}, "it") or "none",
    }
    if threshold is not None:
        words["network_threshold"] = threshold
    if quality is not None:
        words["network_quality"] = f"{quality:.0f} of 100"
    return words


def totals(newest: Entry | None) -> dict[str, str]:
    """Return the totals over audio and video, which hold more than the payload of the streams."""
    if newest is None:
        return {}
    received = scaled(newest, "recvBitsPerSecond")
    if received is None:
        received = scaled(newest, "receiveBitsPerSecond")  # daily-python
    halves = {
        "received": (received, percent(newest, "totalRecvPacketLoss")),
        "sent": (scaled(newest, "sendBitsPerSecond"), percent(newest, "totalSendPacketLoss")),
    }
    words = {}
    for key, (rate, loss) in halves.items():
        parts = [f"{rate / 1000:.0f} kbit/s"] if rate is not None else []
        parts += [f"loss {loss:.2f} %"] if loss is not None else []
        if parts:
            words[key] = ", ".join(parts)
    return words


def figures(body: Entry) -> dict[str, float]:
    """Return the worst and the mean over the call; Firefox's worst audio jitter of 0 is none that was measured."""
    stats = body.get("stats")
    if not isinstance(stats, dict):
        return {}
    losses = [value for key in WORST_LOSS if (value := percent(stats, key)) is not None]
    jitters = [value for key in WORST_JITTER if (value := scaled(stats, key, 1000))]
    found = {"loss_pct.max": max(losses, default=None), "jitter_ms.max": max(jitters, default=None)}
    found["rtt_ms.avg"] = scaled(stats, "averageNetworkRoundTripTime", 1000)
    return {key: value for key, value in found.items() if value is not None}


def scaled(entry: Mapping[str, Json], key: str, by: float = 1.0) -> float | None:
    """Return a number that cannot be below 0, times ``by``; null is unknown and not 0."""
    value = num(entry, key)
    return None if value is None or value < 0 else value * by


def percent(entry: Mapping[str, Json], key: str) -> float | None:
    """Return a fraction of 1 in percent; what is more than all is no fraction, and unknown."""
    value = scaled(entry, key, 100.0)
    return None if value is None or value > 100.0 else value


def _known(**values: float | None) -> dict[str, float]:
    return {key: value for key, value in values.items() if value is not None}
