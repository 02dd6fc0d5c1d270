"""What a page tells while the call lasts: the Voice SDK's samples, warnings and states, and its own posts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from callmon.model.events import Closed, Described, Event, Joined, Noted, Reported, Sampled
from callmon.model.frames import Json
from callmon.providers.twilio_voice import words
from callmon.providers.twilio_voice.rows import Measured, Sample, sdk_samples
from callmon.providers.twilio_voice.words import EDGES, IN, part
from callmon.w3c.report import Entry, num, text

EDGE = "sdk_edge"
"""The leg of a page: what the API later tells of the same measurements has the same name."""

ENDS = {"disconnect": None, "cancel": "canceled", "reject": "rejected"}
"""Events of a call of the SDK after which there is no call, with the reason where the event is one."""

STATES = {
    "ringing": "it rings",
    "accept": "accepted",
    "reconnecting": "reconnecting",
    "reconnected": "reconnected",
    "mute": "microphone",
    "error": "error",
}
"""Events of a call of the SDK that are worth a line, and what the line says."""

MEDIA_ERRORS = range(53_000, 54_000)
"""Codes of Twilio's errors that mean that signaling or media could not be kept up."""

_SEEN = 600


@dataclass(slots=True)
class Live:
    """What is kept of a call that its page tells of: the times of its samples of late, and its last error.

    ``newest`` is the newest sample's time on the page's clock, and on ours.
    """

    seen: dict[float, None] = field(default_factory=dict)
    failed: bool = False
    noted: bool = False
    newest: tuple[float, float] = (0.0, 0.0)

    def is_new(self, clock: float, at: float) -> bool:
        """Whether a sample was not there before and is no older than what is known.

        They come twice, and late, when a page sends again what it kept. One that is older by the page's clock
        and newer by ours is of a page whose clock was set back.
        """
        if clock in self.seen or (clock < self.newest[0] and at <= self.newest[1]):
            return False
        self.newest = (clock, at)
        self.seen[clock] = None
        if len(self.seen) > _SEEN:
            del self.seen[next(iter(self.seen))]
        return True


@dataclass(frozen=True, slots=True)
class Said:
    """One thing a page says of a call: the SDK's ``event`` and its ``data``."""

    call: str
    event: str
    data: Entry
    name: str | None = None


def is_sample(body: Entry) -> bool:
    """Whether this is the SDK's ``sample`` object."""
    return "packetsLostFraction" in body or "audioInputLevel" in body or "totals" in body


def of_post(body: Entry) -> Iterator[Said]:
    """Return what the SDK says in one of its own posts to Twilio: ten samples, or an event."""
    payload = body.get("payload")
    group, name = text(body, "group") or "", text(body, "name")
    for one in payload[:100] if isinstance(payload, list) else [payload]:
        call = text(one, "call_sid") if isinstance(one, dict) else None
        if call is None or not isinstance(one, dict):
            continue
        if group == "quality-metrics-samples":
            yield Said(call, "sample", _posted(one))
        elif group.endswith(("-raised", "-cleared")):
            yield Said(call, "warning-cleared" if group.endswith("-cleared") else "warning", one, name)
        elif group:
            yield Said(call, "event", one, f"{group}: {name}" if name else group)


def _posted(one: Entry) -> Entry:
    """Return a sample out of a post in the shape of the ``sample`` event."""
    total = {"PacketsReceived": "packets_received", "PacketsSent": "packets_sent", "PacketsLost": "packets_lost",
             "BytesReceived": "bytes_received", "BytesSent": "bytes_sent"}  # fmt: skip
    return {
        "timestamp": one.get("timestamp"),
        "jitter": one.get("jitter"),
        "rtt": one.get("rtt"),
        "mos": one.get("mos"),
        "codecName": one.get("audio_codec"),
        "packetsReceived": one.get("packets_received"),
        "packetsLostFraction": one.get("packets_lost_fraction"),
        "audioInputLevel": one.get("audio_level_in"),
        "audioOutputLevel": one.get("audio_level_out"),
        "totals": {key[0].lower() + key[1:]: one.get(f"total_{name}") for key, name in total.items()},
    }


def events(said: Said, live: Live, at: float, page: Entry | None) -> Iterator[Event]:
    """Return what a page says; nothing at all of a sample that was there before."""
    call = said.call
    if said.event == "sample":
        clock = words.seconds(said.data.get("timestamp"))
        if clock is not None and not live.is_new(clock, at):
            return
        yield Joined(call, at, EDGE, "edge", EDGES[EDGE], _attributes(page))
        yield from _sample(call, said.data, at, at if clock is None else clock)
        yield from _contradiction(call, said.data, at, live)
        return
    yield Joined(call, at, EDGE, "edge", EDGES[EDGE], _attributes(page))
    if said.event in ("warning", "warning-cleared"):
        yield _warning(said, at)
    elif said.event in ENDS:
        reason = ENDS[said.event] or text(said.data, "reason")
        yield Closed(call, at, reason, live.failed)
    else:
        yield _state(said, live, at)


def _attributes(page: Entry | None) -> dict[str, str]:
    told = {key: text(page, key) for key in ("browser", "os", "sdk", "region")}
    return {"sdk": "Twilio Voice SDK"} | {key: value for key, value in told.items() if value is not None}


def _sample(call: str, body: Entry, at: float, clock: float) -> Iterator[Event]:
    """Read a sample: milliseconds, percent (``packetsLostFraction`` is one), levels to 32767, totals beside."""
    total = part(body, "totals")
    mos, rtt, jitter = (num(body, key) for key in ("mos", "rtt", "jitter"))
    loss = words.percent(num(body, "packetsLostFraction")) if num(body, "packetsReceived") else None
    samples: tuple[Sample, ...] = sdk_samples(
        Measured(rtt, jitter, mos if _note(body) is None else None, loss),
        (num(body, "audioInputLevel"), num(body, "audioOutputLevel")),
        received=(num(total, "packetsReceived"), num(total, "bytesReceived"), num(total, "packetsLost")),
        sent=(num(total, "packetsSent"), num(total, "bytesSent")),
    )
    codec = words.codec(body, "codecName", "codec")
    for one in samples:
        direction = "inbound" if one.stream == IN else "outbound"
        yield Described(call, at, EDGE, one.stream, "audio", direction, codec)
        yield Sampled(call, at, EDGE, one.stream, clock, one.gauges, one.counters, "", one.origin)


def _contradiction(call: str, body: Entry, at: float, live: Live) -> Iterator[Reported]:
    """Say when the MOS cannot be, and when it can be again."""
    mos, note = num(body, "mos"), _note(body)
    if note is not None or live.noted:
        yield Reported(
            call, at, EDGE, {"note": note or "", "mos": f"{mos:.6g}" if note and mos is not None else ""}
        )
    live.noted = note is not None


def _note(body: Entry) -> str | None:
    return words.contradiction(*(num(body, key) for key in ("mos", "rtt", "jitter", "packetsLostFraction")))


def _warning(said: Said, at: float) -> Noted:
    """Return a warning as a line; one that is cleared has nothing beside its name."""
    name = said.name or text(said.data, "name") or "warning"
    cleared = said.event == "warning-cleared"
    threshold = part(said.data, "threshold")
    limit = num(threshold, "value")
    kind = text(threshold, "name") or "limit"
    beyond = f" ({kind} {limit:.6g})" if limit is not None and not cleared else ""
    line = f"warning cleared: {name}" if cleared else f"warning: {name}{beyond}"
    return Noted(said.call, at, EDGE, "vendor", line, name)


def _state(said: Said, live: Live, at: float) -> Noted:
    number = num(said.data, "code")
    code = f"{number:.0f}" if number is not None else None
    if said.event == "error" or (said.event == "reconnecting" and number is not None):
        live.failed = live.failed or (number is not None and round(number) in MEDIA_ERRORS)
    if said.event == "reconnected":
        live.failed = False
    words_ = text(said.data, "message") or text(said.data, "description")
    muted = said.data.get("muted")
    if said.event == "mute" and isinstance(muted, bool):
        words_ = "muted" if muted else "unmuted"
    name = STATES.get(said.event) or said.name or said.event
    return Noted(said.call, at, EDGE, "vendor", ": ".join(one for one in (name, words_) if one), code)


def data_of(body: Json) -> Entry:
    """Return the data of an event, an empty object where there is none."""
    return body if isinstance(body, dict) else {}
