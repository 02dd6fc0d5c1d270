"""Files of Telnyx: call reports as the SDK posts them and the API returns them, timelines, frames, webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from callmon.dumps.ends import ENDS_HERE, call_of
from callmon.dumps.form import Form
from callmon.dumps.scalars import is_one_of
from callmon.dumps.vendors import Message, in_time, is_many
from callmon.model.frames import Frame, Json, Rejected

NAME = "telnyx"
"""The dialect of all of them."""

_NESTED = frozenset({"inboundAudio", "outboundAudio", "remoteInboundAudio", "remoteOutboundAudio"})
_FLAT = frozenset(
    {
        "packetLoss",
        "packetsLost",
        "packetsSent",
        "packetsReceived",
        "bytesSent",
        "bytesReceived",
        "audioLevel",
    }
)
_OTHERS = frozenset({"id", "type", "totals", "packetsLostFraction", "peerConnections"})
_SERVICE = frozenset({"segments", "ice_data", "selected_pair"})
_TAGS = frozenset({"peer", "connection", "stats", "track", "getUserMedia", "datachannel", "custom"})
_NAMES = frozenset({"call_leg_id", "call_session_id"})
_HANG_UP = "call.hangup"
_EVENTS = ("telnyx.", "call.")


def fits(value: Json) -> bool:
    """Whether a value is a message of Telnyx, a page of its API, or an array of messages."""
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        return _is_envelope(value) or any(_is_post(one) for one in value["data"][:20])
    return is_many(value, _is_message) or _is_timeline(value)


def frames(value: Json, name: str) -> Iterator[Frame | Rejected]:
    """Return the messages of a file; parts of reports and timelines stay together and are read in their order."""
    if _is_timeline(value):
        value = {"event": "telnyx.stats.report", "call": name, "data": value}
    elif any(_is_post(one) for one in _listed(value)[:20]):
        value = {"data": [one if isinstance(one, dict) else {} for one in _listed(value)]}
    whole = isinstance(value, dict) and isinstance(value.get("data"), list)

    def read(one: Json) -> list[Message]:
        one = _webhook(one, name) or one
        return [Message(NAME, "report", one, {"call": name})] if whole or _is_message(one) else []

    last: Frame | None = None
    for item in in_time(value, name, read, "it is no report, stats frame, warning or webhook of Telnyx"):
        last = item if isinstance(item, Frame) else last
        yield item
    if whole and last is not None:
        parts = [last] if _is_envelope(value) else [replace(last, body=one) for one in value["data"]]
        for call in dict.fromkeys(call_of(part) or name for part in parts):
            yield Frame(NAME, last.at, "report", {"call": call, "end": 1, "reason": ENDS_HERE}, {}, name)


def _listed(value: Json) -> list[Json]:
    data = value.get("data") if isinstance(value, dict) else value
    return data if isinstance(data, list) else []


def _is_message(one: Json) -> bool:
    if not isinstance(one, dict):
        return False
    data = one.get("data")
    inner = data if isinstance(data, dict) else {}
    if _is_post(one) or _is_frame(one) or _is_envelope(one) or _is_hang_up(one):
        return True
    if "event_type" in inner and "payload" in inner and str(inner["event_type"]).startswith("call."):
        return True
    warning = one.get("warning")
    if isinstance(warning, dict) and "code" in warning and "name" in warning:
        return True
    return bool(_SERVICE & inner.keys()) and (
        "call" in inner or "transport" in inner or "candidates" in inner
    )


def _is_envelope(one: Json) -> bool:
    """Whether this is an event of the SDK with its name, as pages send it on."""
    event = one.get("event") if isinstance(one, dict) else None
    if not isinstance(event, str):
        return False
    return event.startswith(_EVENTS) or _is_frame(one.get("data"))


def _is_hang_up(one: Json) -> bool:
    """Whether this is the inside of a hang-up webhook without its envelope: its data, or the payload in them."""
    if not isinstance(one, dict):
        return False
    if one.get("event_type") == _HANG_UP:
        return isinstance(one.get("payload"), dict)
    told = one.get("call_quality_stats")
    return isinstance(told, dict) and any(isinstance(told.get(way), dict) for way in ("inbound", "outbound"))


def _webhook(one: Json, name: str) -> Json | None:
    """Return the webhook of which only the inside was kept, about a call of this name unless it has ids."""
    if not _is_hang_up(one):
        return None
    data = one if "payload" in one else {"event_type": _HANG_UP, "payload": one}
    named = _NAMES & data["payload"].keys()
    return {
        "data": {**data, "payload": data["payload"] if named else {**data["payload"], "call_leg_id": name}}
    }


def _is_post(one: Json) -> bool:
    """Whether this is a part of a call report."""
    if not isinstance(one, dict) or not {"stats", "logs", "segment"} & one.keys():
        return False
    summary = one.get("summary")
    return isinstance(summary, dict) or isinstance(one.get("call_report_id"), str)


def _is_frame(one: Json) -> bool:
    """Whether this is a stats frame in one of its two shapes."""
    if not isinstance(one, dict) or _OTHERS & one.keys():
        return False
    flat = "packetLoss" in one and len(_FLAT & one.keys()) >= 3
    return bool(_NESTED & one.keys()) or (flat and bool({"mos", "rtt", "jitter"} & one.keys()))


def _is_item(one: Json) -> bool:
    """Whether this is an item of the SDK's timeline, whose connection has the name of its peer."""
    if (
        not isinstance(one, dict)
        or not is_one_of(one.get("tag"), _TAGS)
        or not isinstance(one.get("event"), str)
    ):
        return False
    return (
        "eventName" not in one
        and isinstance(one.get("peerId"), str)
        and one["peerId"] == one.get("connectionId")
    )


def _is_timeline(value: Json) -> bool:
    return isinstance(value, list) and any(_is_item(one) for one in value[:20])


FORM = Form("a call report or statistics of Telnyx", fits, frames)
"""What Telnyx' SDKs and API write."""
