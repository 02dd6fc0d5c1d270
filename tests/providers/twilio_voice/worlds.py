"""A reader of the Twilio Voice dialect with the engine behind it, and made-up calls as the API tells them."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS
from callmon.model.events import Event
from callmon.model.frames import Fetch, Frame, Json, Rejected
from callmon.providers.provider import Watched
from callmon.providers.twilio_voice import Settings, TwilioVoice
from callmon.providers.twilio_voice.asking import EVENTS, METRICS, SUMMARY
from callmon.providers.twilio_voice.words import formula
from callmon.query.document import call_document

FOLDER = Path(__file__).parent / "golden"
GOLDEN = sorted(FOLDER.glob("*.json"))
SID = "CA0123456789abcdef0123456789abcdef"
BEGAN, ENDED = 1_787_566_788.0, 1_787_566_919.0
AT = ENDED + 700.0
EDGES = ("sdk_edge", "client_edge", "carrier_edge", "sip_edge")


def body(name: str) -> Any:
    return copy.deepcopy(json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["body"])


def frame(tag: str, said: Json, at: float = AT, **about: str) -> Frame:
    told = about if tag == "sdk" else {"call": SID, "status": "200"} | about
    return Frame("twilio-voice", at, tag, said, told, "test")


class World:
    """A reader and the engine behind it."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.reader = TwilioVoice(settings)
        self.engine = Engine(RULE_SETS["twilio-voice"])
        self.fetches: list[Fetch] = []
        self.rejected: list[str] = []
        self.events: list[Event] = []

    def take(self, *frames: Frame) -> World:
        for one in frames:
            found = list(self.reader.read(one))
            self.fetches += [it for it in found if isinstance(it, Fetch)]
            self.rejected += [it.reason for it in found if isinstance(it, Rejected)]
            events = [it for it in found if not isinstance(it, Fetch | Rejected)]
            self.events += events
            self.engine.fold(events, one.at)
            self.engine.tick(one.at + 1.0)
        return self

    @property
    def call(self) -> Call:
        return self.engine.calls[SID]

    def shown(self) -> tuple[Any, Any]:
        """Everything that is shown of the call."""
        lines = sorted((one.at, one.kind, one.text, one.leg or "") for one in self.call.timeline)
        return call_document(self.call, AT), lines

    def asks(self, now: float, *asked: str, first: Iterable[str] = ()) -> list[Fetch]:
        return list(self.reader.poll(now, Watched(asked, frozenset(), frozenset(first))))


def at(second: float) -> str:
    """A time of the call as Twilio writes it: whole seconds without a fraction."""
    whole = 10 * 3600 + 19 * 60 + 48 + math.floor(second)
    stamp = f"2026-08-24T{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{stamp}Z" if second == math.floor(second) else f"{stamp}.{round(second % 1 * 1000):03d}Z"


def row(edge: str, direction: str, second: float, inner: Json) -> dict[str, Json]:
    return {"timestamp": at(second), "call_sid": SID, "edge": edge, "direction": direction,
            **{one: inner if one == edge else None for one in EDGES}}  # fmt: skip


def sdk(second: int, rtt: float = 80, lost: int = 0) -> dict[str, Json]:
    told = {"packets_received": 50 - lost, "packets_lost": lost, "packets_loss_percentage": 2.0 * lost,
            "audio_in": {"value": 900}, "audio_out": {"value": 5000}, "jitter": {"value": 4},
            "rtt": {"value": rtt}, "mos": {"value": round(formula(rtt, 4, 2.0 * lost), 2)}}  # fmt: skip
    total = {"packets_received": (50 - lost) * second, "packets_lost": lost * second,
             "packets_sent": 50 * second, "bytes_received": 8000 * second, "bytes_sent": 8000 * second}  # fmt: skip
    return row("sdk_edge", "both", second, {"interval": told, "cumulative": total})


def gateway(
    edge: str, direction: str, second: float, lost_pct: float = 0.0, jitter: float = 0.5
) -> dict[str, Json]:
    sent = round(50 * second)
    lost = round(sent * lost_pct / 100)
    key = "packets_received" if direction == "inbound" else "packets_sent"
    total = {key: sent - lost, "packets_lost": lost, "jitter": {"avg": jitter / 4, "max": jitter}}
    interval = {"packets_received": 500, "packets_lost": 0, "packets_loss_percentage": lost_pct}
    inner = {"codec": 111, "codec_name": "opus", "cumulative": total, "interval": interval,
             "metadata": {"region": "us1", "edge_location": "ashburn"}}  # fmt: skip
    return row(edge, direction, second, inner)


def page(rows: list[Json], key: str = "metrics", following: str | None = None) -> dict[str, Json]:
    return {"meta": {"page": 0, "page_size": 50, "next_page_url": following, "key": key}, key: rows}


def gateway_rows() -> list[Json]:
    found = [gateway("client_edge", "inbound", 10.017 + 10 * n, 1.0) for n in range(11)]
    return found + [gateway("client_edge", "outbound", 9.006 + 10 * n) for n in range(11)]


def summary(state: str, mos: float = 4.22) -> dict[str, Json]:
    told: dict[str, Json] = body("summary-partial")
    told["processing_state"] = state
    told["sdk_edge"]["metrics"]["inbound"]["mos"]["avg"] = mos
    return told


def client_call() -> list[Frame]:
    """A whole call, as it comes when everything is there."""
    seconds_ = [sdk(n, 80 if n < 60 else 450, 0 if n < 80 else 3) for n in range(1, 120)]
    pages = [seconds_[:50], seconds_[40:90], seconds_[90:]]
    found = [frame(METRICS, page(rows), edge="sdk_edge") for rows in pages]
    found += [frame(METRICS, page(gateway_rows()), edge="client_edge")]
    found += [frame(EVENTS, body("events"))]
    return [*found, frame(SUMMARY, summary("partial")), frame(SUMMARY, summary("complete", 4.2))]
