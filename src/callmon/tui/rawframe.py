"""A raw frame as lines: the message as it came, and beside each number what callmon makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from callmon.model.frames import Frame, Json
from callmon.providers.telnyx.posts import is_post
from callmon.providers.telnyx.service import is_service
from callmon.providers.telnyx.shapes import is_flat, is_nested
from callmon.query import format as fmt
from callmon.tui.line import Line, Span

MAX_LINES = 3000
"""A longer frame is cut off."""

MAX_DEPTH = 30
"""What is nested deeper is not shown."""

READABLE = 1e18
"""No number that means anything is greater."""

_INDENT = "  "


def _seconds(value: float) -> str:
    return f"{fmt.bare(value)} s → {fmt.measure('jitter_ms', 1000 * value, 'ms')}"


def _milliseconds(value: float) -> str:
    return fmt.measure("jitter_ms", value, "ms")


def _fraction(value: float) -> str:
    return f"fraction → {fmt.measure('loss_pct', 100 * value, '%')}"


def _percent(value: float) -> str:
    return fmt.measure("loss_pct", value, "%")


def _bits(value: float) -> str:
    return fmt.measure("target_bps", value, "bit/s")


def _epoch_ms(value: float) -> str:
    return f"epoch ms → {fmt.clock(value / 1000)}" if 1e11 < value < 1e14 else "ms, not an epoch"


Reading = Callable[[float], str]
"""How a number is read: from its value to words."""

W3C: dict[str, Reading] = {
    "jitter": _seconds,
    "rtt": _seconds,
    "roundTripTime": _seconds,
    "currentRoundTripTime": _seconds,
    "totalRoundTripTime": _seconds,
    "fractionLost": _fraction,
    "bytesSent": fmt.size,
    "bytesReceived": fmt.size,
    "headerBytesSent": fmt.size,
    "headerBytesReceived": fmt.size,
    "targetBitrate": _bits,
    "availableOutgoingBitrate": _bits,
    "availableIncomingBitrate": _bits,
    "timestamp": _epoch_ms,
    "remoteTimestamp": _epoch_ms,
    "lastPacketReceivedTimestamp": _epoch_ms,
    "lastPacketSentTimestamp": _epoch_ms,
    "t": _epoch_ms,
    "now": _epoch_ms,
}
"""How the numbers of getStats are read: times in seconds, bitrates in bit/s (webrtc-stats)."""

FLAT: dict[str, Reading] = {
    "rtt": _milliseconds,
    "jitter": _milliseconds,
    "packetLoss": _percent,
    "bytesSent": fmt.size,
    "bytesReceived": fmt.size,
}
"""How the numbers of a flat Telnyx frame are read: milliseconds and percent."""


REPORT: dict[str, Reading] = {
    **W3C,
    "jitter": _milliseconds,
    "jitterAvg": _milliseconds,
    "roundTripTimeAvg": _seconds,
    "bitrateAvg": _bits,
}
"""How the rows of a Telnyx call report are read: jitter in ms, and round trips beside it in s."""

SERVICE: dict[str, Reading] = {**FLAT, "timestamp": lambda value: f"epoch s → {fmt.clock(value)}"}
"""How the rows of the Telnyx report service are read: those of a flat frame, with times in epoch seconds."""


def readings(frame: Frame) -> dict[str, Reading]:
    """Return how the numbers of a frame are read; told by its dialect and structure, never by their size."""
    body = frame.body
    if frame.provider == "webrtc":
        return W3C
    if frame.provider != "telnyx":
        return {}
    items = body if isinstance(body, list) else body.get("data") if isinstance(body, dict) else None
    if is_post(body) or (isinstance(items, list) and any(is_post(item) for item in items)):
        return REPORT
    if is_service(items):
        return SERVICE
    payload = items if isinstance(items, dict) else body
    if not isinstance(payload, dict):
        return W3C
    return FLAT if is_flat(payload) and not is_nested(payload) else W3C


def within(frame: Frame) -> Frame:
    """Return the message that a ticket holds beside what it meant, or the frame itself."""
    told = frame.body.get("frame") if frame.provider == "callmon" and isinstance(frame.body, dict) else None
    if not isinstance(told, dict) or told.get("body") is None:
        return frame
    provider, tag = (str(told.get(key) or "")[:40] for key in ("provider", "tag"))
    return Frame(provider or frame.provider, frame.at, tag, told["body"], {}, frame.source)


def lines(frame: Frame | None) -> list[Line]:
    """Return a frame as indented JSON, with the reading of every number whose unit is not plain."""
    if frame is None:
        return [(("no frame is kept of this call", "dim"),)]
    frame = within(frame)
    head = fmt.clean(f"{frame.provider} frame, {frame.tag or 'untagged'}, received {fmt.clock(frame.at)}")
    source = f" from {fmt.clean(frame.source)}" if frame.source else ""
    found: list[Line] = [((head + source, "dim"),), ()]
    known = readings(frame)
    for line in _value(frame.body, "", "", "", known):
        if len(found) >= MAX_LINES:
            found.append((("… the rest is not shown", "dim"),))
            break
        found.append(line)
    return found


def _value(value: Json, indent: str, name: str, comma: str, known: dict[str, Reading]) -> Iterator[Line]:
    """Return the lines of a JSON value; ``name`` is its key, '' in a list, ``comma`` what follows it."""
    key: tuple[Span, ...] = ((f'{indent}"{fmt.clean(name)}": ', "dim"),) if name else ((indent, "dim"),)
    if len(indent) > MAX_DEPTH * len(_INDENT) and isinstance(value, dict | list):
        yield (*key, ("…", "dim"), (comma, "faint"))
        return
    if isinstance(value, dict | list) and value:
        opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
        entries = list(value.items()) if isinstance(value, dict) else [("", entry) for entry in value]
        yield (*key, (opening, "faint"))
        for index, (inner, entry) in enumerate(entries):
            yield from _value(
                entry, indent + _INDENT, str(inner), "," if index < len(entries) - 1 else "", known
            )
        yield ((f"{indent}{closing}{comma}", "faint"),)
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    text = fmt.clean(json.dumps(value, ensure_ascii=False), 400)
    line: Line = (*key, (text, "strong" if number else "text"), (comma, "faint"))
    reading = known.get(name)
    if number and reading is not None and abs(value) < READABLE:
        line = (*line, (f"   {reading(float(value))}", "accent"))
    yield line
