"""The end of what a file tells of a call, where it tells none itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from callmon.model.frames import Frame, Json

ENDS_HERE = "the file ends here"
"""Why a call is over of which a file tells no end."""

BREAKS_OFF = "the file breaks off here"
"""Why a call is over of which the rest is missing."""

MAX_LEGS = 20_000

_BY_PAGE = {"daily": ("page",), "twilio-video": ("page",), "twilio-voice": ("sdk",)}


def ending(last: Frame, reason: str = ENDS_HERE) -> Frame | None:
    """Return the frame that ends what the last frame of a call, or of a leg, told of.

    None where it was an end already, or an answer of an API: what that says of a call lasts as it says.
    """
    body = last.body if isinstance(last.body, dict) else {}
    call = call_of(last)
    if (
        call is None
        or body.get("end")
        or _is_answer(body)
        or last.tag not in _BY_PAGE.get(last.provider, (last.tag,))
    ):
        return None
    about, tag = {"call": call}, last.tag
    said: dict[str, Json] = {"end": 1, "reason": reason}
    if isinstance(body.get("leg"), str):
        said["leg"] = body["leg"]
    if last.provider == "webrtc":
        said["t"] = last.at * 1000
    elif last.provider == "twilio-voice":
        said = {"event": "disconnect", "call": call, "data": {"reason": reason}}
    elif last.provider == "telnyx":
        said, tag = {**said, "call": call}, "message"
    return Frame(last.provider, last.at, tag, said, about, last.source)


def _is_answer(body: dict[str, Json]) -> bool:
    """Return whether a message is a page of Telnyx' API, or a webhook: they name their calls, and say their ends."""
    data = body.get("data")
    return isinstance(data, list) or (isinstance(data, dict) and "event_type" in data)


def breaking_off(frame: Frame) -> Frame:
    """Return a frame of a document of which the rest is missing: where it says that the file ends, it breaks off."""
    if isinstance(frame.body, dict) and frame.body.get("reason") == ENDS_HERE:
        return replace(frame, body={**frame.body, "reason": BREAKS_OFF})
    return frame


class Lasts:
    """The newest message of each leg of each call, from which follows what is over when nothing more comes."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, ...], Frame] = {}

    def note(self, frame: Frame) -> None:
        """Take note of a message; beyond so many legs the oldest is forgotten."""
        body = frame.body if isinstance(frame.body, dict) else {}
        key = (frame.provider, frame.tag, call_of(frame) or "", str(body.get("leg"))[:200])
        self._last.pop(key, None)
        self._last[key] = frame
        if len(self._last) > MAX_LEGS:
            del self._last[next(iter(self._last))]

    def ends(self, reason: str) -> Iterator[Frame]:
        """Return the frames that end what is not over yet, in the order of time."""
        found = (ending(frame, reason) for frame in self._last.values())
        return iter(sorted((one for one in found if one is not None), key=lambda one: one.at))


def call_of(frame: Frame) -> str | None:
    """Return the call that a message names, in the places in which one does, else the one it is about."""
    body = frame.body if isinstance(frame.body, dict) else {}
    summary, data, payload = (body.get(key) for key in ("summary", "data", "payload"))
    inner = data.get("call") if isinstance(data, dict) else None
    hook = data.get("payload") if isinstance(data, dict) else None
    posted = payload[0] if isinstance(payload, list) and payload else payload
    for place, key in (
        (body, "call"), (summary, "callId"), (body, "call_id"), (body, "callId"), (data, "callId"),
        (inner, "call_id"), (posted, "call_sid"), (hook, "call_leg_id"), (hook, "call_session_id"),
    ):  # fmt: skip
        told = place.get(key) if isinstance(place, dict) else None
        if isinstance(told, str) and told:
            return told[:200]
    return frame.about.get("call")
