"""Calls at Twilio: what a page forwards of the Voice SDK, and what Insights tells of calls some time later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from callmon.model.frames import Frame, Json
from callmon.sources.demo.cast import agent, hexes, number
from callmon.sources.demo.network import Network, Weather, events_of

LOOK_S = 30.0
"""How often the API is looked at."""

LAG_S = 14.0
"""How old a row is before the API has it."""

AFTER_S = 45.0
"""What comes after the end of a call: its summary, partial at first."""

_VENDOR = "https://insights.twilio.com/v1/Voice"
_LOUD = 32_767


def stamp(at: float, fraction: bool = True) -> str:
    """Return a moment as Twilio writes it: rows of gateways have milliseconds, all else has whole seconds."""
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds" if fraction else "seconds")
    return text.replace("+00:00", "Z")


@dataclass
class Line:
    """A call about to be, seen at ``edge``; it ends ``AFTER_S`` before ``until``, epoch seconds."""

    rng: Random
    call: str
    begins: float
    until: float
    weather: Weather
    edge: str
    source: str
    label: str = ""
    network: Network = field(init=False)
    caller: str = field(init=False)
    callee: str = field(init=False)

    def __post_init__(self) -> None:
        """Invent who talks with whom."""
        self.network = Network(Random(self.rng.random()), self.weather)
        live = self.edge == "sdk_edge"
        self.caller = f"client:{agent(self.rng).partition(' ·')[0].lower().replace(' ', '-')}"
        self.caller = self.caller if live else number(self.rng).replace(" ", "")
        self.callee = number(self.rng).replace(" ", "")

    @property
    def ends(self) -> float:
        """When the people hang up."""
        return self.until - AFTER_S


@dataclass
class _Counts:
    """Running totals of one direction."""

    packets: int = 0
    lost: int = 0
    bytes: int = 0


def call_sid(rng: Random) -> str:
    """Return how a call is called."""
    return f"CA{hexes(rng, 32)}"


def client(line: Line) -> Iterator[Frame]:
    """Return the frames of a call in a page: a sample each second, warnings, and the summary after the end."""
    names: dict[str, Json] = {"call": line.call, "label": line.label,
                              "page": {"browser": "Chrome 156", "os": "Windows"}}  # fmt: skip
    at, received, sent, warned = line.begins, _Counts(), _Counts(), False
    mean = 0.0

    def said(event: str, data: Json, **more: Json) -> Frame:
        body = {"event": event, **names, "t": round(at * 1000), **more, "data": data}
        return Frame("twilio-voice", at, "sdk", body, {"call": line.call}, line.source)

    yield said("accept", {})
    while at + 1.0 < line.ends:
        at += 1.0
        line.network.step(at - line.begins, 1.0)
        data = _sample(line, at, received, sent)
        yield said("sample", data)
        mean = 0.8 * mean + 0.2 * data["rtt"]
        if (mean > 400.0) != warned:
            warned = not warned
            told = {
                "name": "rtt",
                "threshold": {"name": "max", "value": 400},
                "samples": [],
                "value": data["rtt"],
            }
            yield said("warning" if warned else "warning-cleared", told if warned else None, name="high-rtt")
    yield said("disconnect", {})
    yield from _summaries(line, received, sent)


def _sample(line: Line, at: float, received: _Counts, sent: _Counts) -> dict[str, Json]:
    """Return the SDK's sample: differences of one second, totals beside, losses in percent, levels to 32767."""
    rng, network = line.rng, line.network
    lost = min(50, events_of(rng, 50 * network.loss_in))
    talks = rng.random() < 0.6
    octets, spoken = (50 - lost) * (86 if not talks else 52), 50 * (86 if talks else 52)
    received.packets, received.lost, received.bytes = (
        received.packets + 50 - lost,
        received.lost + lost,
        received.bytes + octets,
    )
    sent.packets, sent.bytes = sent.packets + 50, sent.bytes + spoken
    rtt, jitter = round(network.rtt_ms), round(network.jitter_ms)
    return {
        "audioInputLevel": round(_LOUD * rng.uniform(0.03, 0.25) if talks else rng.uniform(5, 60)),
        "audioOutputLevel": round(_LOUD * rng.uniform(0.03, 0.25) if not talks else rng.uniform(5, 60)),
        "bytesReceived": octets, "bytesSent": spoken, "codecName": "opus", "jitter": jitter,
        "mos": _mos(rtt, jitter, 2.0 * lost) if at > line.begins + 1.5 else None,
        "packetsLost": lost, "packetsLostFraction": round(2.0 * lost, 2), "packetsReceived": 50 - lost,
        "packetsSent": 50, "rtt": rtt, "timestamp": round(at * 1000, 2),
        "totals": {"bytesReceived": received.bytes, "bytesSent": sent.bytes, "packetsLost": received.lost,
                   "packetsLostFraction": 100 * received.lost / (received.packets + received.lost),
                   "packetsReceived": received.packets, "packetsSent": sent.packets},
    }  # fmt: skip


def _mos(rtt: float, jitter: float, loss_pct: float) -> float:
    """Return the MOS by the SDK's own formula."""
    latency = rtt + 2.0 * jitter + 10.0
    if latency >= 1000.0:
        return 1.0
    r = 94.768 - (latency / 40.0 if latency < 160.0 else (latency - 120.0) / 10.0)
    r = max(r - 2.5 * loss_pct, 6.52) if loss_pct <= r / 2.5 else 0.0
    return 1.0 + 0.035 * r + 7e-6 * r * (r - 60.0) * (100.0 - r)


def gateway(line: Line) -> Iterator[Frame]:
    """Return the frames of a call that only the API tells of: rows of ten seconds for each direction."""
    received, sent = _Counts(), _Counts()
    waiting: list[tuple[float, dict[str, Json]]] = []
    jitter: list[float] = []
    at, looked = line.begins, line.begins
    yield _listed(line, line.begins + 2.0, "answered", "started", received, sent)
    while at + 10.0 < line.ends:
        for _ in range(5):
            line.network.step(at - line.begins, 2.0)
            jitter.append(max(0.02, line.network.jitter_ms))
            at += 2.0
        waiting += _rows(line, at, received, sent, jitter)
        if at - looked >= LOOK_S:
            looked = at
            ready = [row for taken, row in waiting if taken <= at - LAG_S]
            waiting = [(taken, row) for taken, row in waiting if taken > at - LAG_S]
            yield _page(line, at, ready)
    yield _page(line, line.ends + 3.0, [row for _, row in waiting])
    yield from _summaries(line, received, sent)


def _rows(
    line: Line, at: float, received: _Counts, sent: _Counts, jitter: list[float]
) -> list[tuple[float, dict[str, Json]]]:
    """Return both rows of ten seconds; the gateway's jitter is that since the start: its greatest never falls."""
    network, rng = line.network, line.rng
    lost = min(500, events_of(rng, 500 * network.loss_in))
    gone = min(500, events_of(rng, 500 * network.loss_out))
    received.packets, received.lost = received.packets + 500 - lost, received.lost + lost
    sent.packets, sent.lost = sent.packets + 500, sent.lost + gone
    spread = {"max": round(max(jitter), 3), "avg": round(sum(jitter) / len(jitter), 3)}
    found = []
    for direction, counts, key, late in (
        ("outbound", sent, "sent", 0.006),
        ("inbound", received, "received", 1.017),
    ):
        inner: dict[str, Json] = {
            "codec": 0, "codec_name": "pcmu",
            "cumulative": {"packets_lost": counts.lost, "jitter": spread, f"packets_{key}": counts.packets},
            "metadata": {"region": "us1", "edge_location": "ashburn"},
        }  # fmt: skip
        if direction == "inbound":
            share = 100 * lost / 500
            inner["interval"] = {
                "packets_received": 500 - lost,
                "packets_lost": lost,
                "packets_loss_percentage": share,
            }
        edges = dict.fromkeys(("sdk_edge", "client_edge", "carrier_edge", "sip_edge")) | {line.edge: inner}
        row = {
            "timestamp": stamp(at + late),
            "call_sid": line.call,
            "edge": line.edge,
            "direction": direction,
        }
        found.append((at + late, row | edges))
    return found


def _page(line: Line, at: float, rows: list[dict[str, Json]]) -> Frame:
    url = f"{_VENDOR}/{line.call}/Metrics?PageSize=1000&Page=0"
    meta = {"page": 0, "page_size": 1000, "first_page_url": url, "previous_page_url": None, "next_page_url": None,
            "key": "metrics", "url": url}  # fmt: skip
    about = {"call": line.call, "edge": "", "status": "200"}
    return Frame("twilio-voice", at, "metrics", {"meta": meta, "metrics": rows}, about, line.source)


def failing(line: Line) -> Iterator[Frame]:
    """Return the frames of a call that is never answered: it rings, and the carrier refuses it."""
    nothing = _Counts()
    yield _listed(line, line.begins + 2.0, "ringing", "started", nothing, nothing)
    yield _listed(line, line.ends + 4.0, "fail", "partial", nothing, nothing)
    yield _listed(line, line.until - 2.0, "fail", "complete", nothing, nothing)


def _summaries(line: Line, received: _Counts, sent: _Counts) -> Iterator[Frame]:
    yield _listed(line, line.ends + 6.0, "completed", "partial", received, sent)
    yield _listed(line, line.until - 2.0, "completed", "complete", received, sent)


def _listed(line: Line, at: float, state: str, processing: str, received: _Counts, sent: _Counts) -> Frame:
    """Return a page of the list of calls, with this one in it."""
    over = state in ("completed", "fail")
    kind = {"sdk_edge": "client", "sip_edge": "sip"}.get(line.edge, "carrier")
    entry: dict[str, Json] = {
        "call_sid": line.call, "call_type": kind, "call_state": state, "answered_by": None,
        "processing_state": processing, "created_time": stamp(line.begins, False),
        "start_time": stamp(line.begins, False), "end_time": stamp(line.ends, False) if over else None,
        "duration": round(line.ends - line.begins) if over else None, "connect_duration": None,
        "from": {"caller": line.caller}, "to": {"callee": line.callee}, "tags": None,
        "properties": {"disconnected_by": "caller", "last_sip_response_num": 503 if state == "fail" else 200,
                       "direction": "outbound_api"},
        "sdk_edge": None, "client_edge": None, "carrier_edge": None, "sip_edge": None,
    }  # fmt: skip
    if over and received.packets:
        loss = 100 * received.lost / (received.packets + received.lost)
        entry[line.edge] = {
            "metrics": {"inbound": {"packets_received": received.packets, "packets_lost": received.lost,
                                    "packets_loss_percentage": round(loss, 6)},
                        "outbound": {"packets_sent": sent.packets}},
            "properties": {"media_region": "us1", "edge_location": "ashburn"},
        }  # fmt: skip
    meta = {"page": 0, "page_size": 1000, "next_page_url": None, "key": "call_summaries"}
    body = {"meta": meta, "call_summaries": [entry]}
    return Frame("twilio-voice", at, "summaries", body, {"status": "200"}, line.source)


WAYS = {"client": client, "gateway": gateway, "failing": failing}
"""What a call can be, by the second half of a mode's ``vendor``."""

EDGES = {"client": "sdk_edge", "gateway": "carrier_edge", "failing": "sip_edge"}
"""Where each of them is measured."""
