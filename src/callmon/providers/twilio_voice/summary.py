"""The Summary of a call: who spoke with whom and for how long, how it ended, and the figures of each edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from callmon.model.frames import Json
from callmon.model.text import printable
from callmon.providers.twilio_voice import words
from callmon.providers.twilio_voice.words import EDGES, part
from callmon.w3c.report import Entry, num, text

FAILED = frozenset({"fail", "failed"})
"""States of a call that ended by a failure; the Calls resource has another word for it."""

OVER = FAILED | frozenset(("completed", "busy", "noanswer", "no-answer", "canceled", "undialed"))
"""States of a call after which nothing follows."""

COMPLETE = frozenset({"complete", "completed"})
"""How a summary is called that changes no more; the list has another word for it than the single one."""


@dataclass(frozen=True, slots=True)
class Edge:
    """What a summary says of one edge; ``figures`` by the keys of ``model.events.Reported``."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """A summary; ``ended_at`` is None while the call lasts."""

    complete: bool
    call_type: str | None
    started_at: float | None
    ended_at: float | None
    reason: str | None
    failed: bool
    label: str | None
    edges: Mapping[str, Edge]
    words: Mapping[str, str]
    duration_s: float

    @property
    def age(self) -> tuple[bool, float, float, str]:
        """What grows from one telling of a summary to the next."""
        return (self.complete, self.ended_at or 0.0, self.duration_s, repr(self))


def facts_of(body: Entry) -> Facts:
    """Return what a summary says; every key of it may be missing."""
    state = (text(body, "call_state") or "").lower()
    started, ended = (_first(body, *keys) for keys in (("start_time", "created_time"), ("end_time",)))
    duration = words.count(num(body, "duration"))
    if state in OVER and ended is None and started is not None:
        ended = started + (duration or 0.0)
    call_type = text(body, "call_type")
    properties = part(body, "properties")
    return Facts(
        complete=(text(body, "processing_state") or "").lower() in COMPLETE,
        call_type=call_type.lower() if call_type is not None else None,
        started_at=started,
        ended_at=ended if state in OVER or not state else None,
        reason=_reason(state, properties),
        failed=state in FAILED,
        label=_label(body),
        edges={edge: _edge(inner) for edge in EDGES if (inner := part(body, edge)) is not None},
        words=_words(body, properties),
        duration_s=duration or 0.0,
    )


def _first(body: Entry, *keys: str) -> float | None:
    return next((at for key in keys if (at := words.seconds(body.get(key))) is not None), None)


def _reason(state: str, properties: Entry | None) -> str | None:
    """Return how a call ended, in the words of the summary."""
    by = text(properties, "disconnected_by")
    answer = num(properties, "last_sip_response_num")
    if state in FAILED and answer is not None and answer >= 300:
        return f"{state}, SIP {answer:.0f}"
    return ", disconnected by ".join(one for one in (state, by) if one) or None


def _label(body: Entry) -> str | None:
    """Return who called whom."""
    caller, callee = text(part(body, "from"), "caller"), text(part(body, "to"), "callee")
    return " → ".join(one for one in (caller, callee) if one) or None


def _words(body: Entry, properties: Entry | None) -> dict[str, str]:
    """Return what Twilio says of the call as a whole."""
    told: dict[str, Json] = {key: body.get(key) for key in ("call_type", "answered_by")}
    told |= {key: properties.get(key) for key in ("pdd_ms", "direction")} if properties is not None else {}
    tags = body.get("tags")
    if isinstance(tags, list):
        told["tags"] = ", ".join(sorted(printable(tag, 40) for tag in tags[:20] if isinstance(tag, str)))
    found = {key: said for key, value in told.items() if (said := _said(value))}
    connect = words.count(num(body, "connect_duration"))
    return found | ({"connect_duration_s": f"{connect:.6g}"} if connect is not None else {})


def _said(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return printable(str(value), 100)


def _edge(body: Entry) -> Edge:
    metrics, properties = part(body, "metrics"), part(body, "properties")
    sides = [side for key in ("inbound", "outbound") if (side := part(metrics, key)) is not None]
    figures: dict[str, float] = {}
    for side in sides:
        for key, value in _figures(side).items():
            old = figures.get(key)
            worst = value if old is None else min(old, value) if key.startswith("mos") else max(old, value)
            figures[key] = worst
    figures |= words.known(
        **{
            "packets.received": words.count(num(part(metrics, "inbound"), "packets_received")),
            "packets.lost": words.count(num(part(metrics, "inbound"), "packets_lost")),
            "packets.sent": words.count(num(part(metrics, "outbound"), "packets_sent")),
        }
    )
    settings = part(properties, "settings")
    told = {
        "region": text(properties, "media_region"),
        "edge_location": text(properties, "edge_location") or text(settings, "edge"),
        "codec": next((codec for side in sides if (codec := words.codec(side))), None),
        "disconnected_by": text(properties, "disconnected_by"),
    }
    return Edge({key: value for key, value in told.items() if value is not None}, figures)


def _figures(side: Entry) -> dict[str, float]:
    """Return the figures of one direction: ms, percent, and of MOS the least as the worst."""
    rtt, jitter, mos = (part(side, key) for key in ("rtt", "jitter", "mos"))
    return words.known(
        **{
            "rtt_ms.avg": words.span_ms(num(rtt, "avg")),
            "rtt_ms.max": words.span_ms(num(rtt, "max")),
            "jitter_ms.avg": words.span_ms(num(jitter, "avg")),
            "jitter_ms.max": words.span_ms(num(jitter, "max")),
            "loss_pct.avg": words.percent(num(side, "packets_loss_percentage")),
            "mos.avg": words.score(num(mos, "avg")),
            "mos.max": words.score(num(mos, "min")),
        }
    )
