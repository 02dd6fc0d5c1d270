"""Twilio's Voice Insights: calls with rows, events and summaries, in pages with opaque tokens, and its own errors."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from tests.contract.fake import Asked, Fake, Json, Reply, basic

SID, SECRET = "AC0123456789abcdef0123456789abcdef", "s3cr3t-t0ken"
AUTH = basic(SID, SECRET)
CALL = "CA0123456789abcdef0123456789abcdef"
VENDOR = "https://insights.twilio.com"

EDGES = ("unknown_edge", "carrier_edge", "sip_edge", "sdk_edge", "client_edge")
PAGING = {"PageSize", "Page", "PageToken"}
FILTERS = PAGING | {
    "From", "To", "FromCarrier", "ToCarrier", "FromCountryCode", "ToCountryCode", "VerifiedCaller", "HasTag",
    "StartTime", "EndTime", "CallType", "CallState", "Direction", "ProcessingState", "SortBy", "Subaccount",
}  # fmt: skip
STATES = {"completed", "started", "partial", "all"}
STATES_OF_ONE = {"complete", "partial", "all"}
_SPAN = re.compile(r"\d+[mhdw]|\d{4}-\d\d-\d\dT.*")


def stamp(at: float, fraction: bool = False) -> str:
    """A time as Twilio writes it: the SDK's rows have whole seconds, a gateway's milliseconds."""
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds" if fraction else "seconds")
    return text.replace("+00:00", "Z")


def row(call: str, edge: str, direction: str, at: float, inner: Json) -> dict[str, Json]:
    """A row of the Metrics resource: exactly one edge says anything."""
    edges = {name: inner if name == edge else None for name in EDGES[1:]}
    return {"timestamp": stamp(at, edge != "sdk_edge"), "call_sid": call, "account_sid": SID, "edge": edge,
            "direction": direction, **edges}  # fmt: skip


def sdk(call: str, began: float, n: int, lost: int = 0) -> dict[str, Json]:
    """Second ``n`` of a call, as the Voice SDK counts it."""
    interval = {"packets_received": 50 - lost, "packets_lost": lost, "packets_loss_percentage": 2.0 * lost,
                "audio_in": {"value": 412.0}, "audio_out": {"value": 5120.0}, "jitter": {"value": 3},
                "rtt": {"value": 64}, "mos": {"value": 4.4 - 0.1 * lost}}  # fmt: skip
    total = {"bytes_received": 8000 * n, "bytes_sent": 8000 * n, "packets_received": (50 - lost) * n,
             "packets_lost": lost * n, "packets_sent": 50 * n}  # fmt: skip
    return row(call, "sdk_edge", "both", began + n, {"interval": interval, "cumulative": total})


def gateway(
    call: str, edge: str, direction: str, began: float, n: int, jitter: float = 1.0
) -> dict[str, Json]:
    """Ten seconds of a call, up to second ``n``, as a gateway counts one direction."""
    key = "packets_received" if direction == "inbound" else "packets_sent"
    total = {key: 50 * n, "packets_lost": 0, "jitter": {"avg": jitter / 4, "max": jitter}}
    inner = {"codec": 0, "codec_name": "pcmu", "cumulative": total,
             "metadata": {"region": "us1", "edge_location": "ashburn"}}  # fmt: skip
    return row(call, edge, direction, began + n + 0.017, inner)


def summary(call: str, began: float, lasted: int, state: str, kind: str = "client", mos: float = 4.2) -> Any:
    """A summary of a call that is over; ``state`` is partial or complete."""
    inbound = {"packets_received": 50 * lasted, "packets_lost": 0, "packets_loss_percentage": 0.0,
               "jitter": {"max": 3.0, "avg": 3.0}, "rtt": {"max": 64.0, "avg": 64.0, "min": 64.0},
               "mos": {"max": 4.4, "avg": mos, "min": 4.0}}  # fmt: skip
    edge = {
        "metrics": {
            "inbound": inbound,
            "outbound": {"codec": 111, "codec_name": "opus", "packets_sent": 50 * lasted},
        }
    }
    return {"call_sid": call, "account_sid": SID, "call_type": kind, "call_state": "completed",
            "processing_state": state, "created_time": stamp(began), "start_time": stamp(began),
            "end_time": stamp(began + lasted), "duration": lasted, "connect_duration": lasted - 2,
            "from": {"caller": "client:ana"}, "to": {"callee": "+15550100"},
            "sdk_edge": edge if kind == "client" else None, "client_edge": None, "carrier_edge": None,
            "sip_edge": None, "tags": None, "properties": {"disconnected_by": "caller"},
            "url": f"{VENDOR}/v1/Voice/{call}/Summary"}  # fmt: skip


def not_found(asked: Asked) -> Reply:
    """What Twilio says of what is not there, or not there yet."""
    return Reply({"code": 20404, "message": f"The requested resource {asked.path} was not found",
                  "more_info": "https://www.twilio.com/docs/errors/20404", "status": 404}, 404)  # fmt: skip


class Insights:
    """Calls by SID; pages hold ``size`` rows whatever is asked for, and are given at ``host``."""

    def __init__(self, fake: Fake, size: int = 50, host: str | None = None) -> None:
        self.fake = fake
        self.size = size
        self.host = host or fake.url
        self.rows: dict[str, list[Json]] = {}
        self.events: dict[str, list[Json]] = {}
        self.summaries: dict[str, Json] = {}
        self.served: list[tuple[str, str, int]] = []
        self.expired = 0
        fake.on("/v1/Voice/Summaries", self._summaries, allows=FILTERS)
        fake.on("/v1/Voice/{call}/Metrics", self._metrics, allows=PAGING | {"Edge", "Direction"})
        fake.on("/v1/Voice/{call}/Events", self._events, allows=PAGING | {"Edge"})
        fake.on("/v1/Voice/{call}/Summary", self._summary, allows={"ProcessingState"})

    @property
    def base_url(self) -> str:
        """What stands for https://insights.twilio.com/v1."""
        return f"{self.fake.url}/v1"

    def _metrics(self, asked: Asked) -> Json:
        rows = self.rows.get(asked.match["call"])
        if rows is None:
            return not_found(asked)
        edge, direction = asked.get("Edge"), asked.get("Direction")
        if edge is not None and edge not in EDGES:
            return self.fake.violate(asked, f"no such edge: {edge}")
        first = next((one["edge"] for one in rows if one["edge"] != "client_edge"), None)
        found = [one for one in rows if one["edge"] == (edge or first)]
        return self._page(asked, "metrics", [one for one in found if direction in (None, one["direction"])])

    def _events(self, asked: Asked) -> Json:
        if asked.match["call"] not in self.rows:
            return not_found(asked)
        return self._page(asked, "events", self.events.get(asked.match["call"], []))

    def _summary(self, asked: Asked) -> Json:
        if asked.get("ProcessingState", "complete") not in STATES_OF_ONE:
            return self.fake.violate(asked, "no such processing state")
        found = self.summaries.get(asked.match["call"])
        return found if found is not None else not_found(asked)

    def _summaries(self, asked: Asked) -> Json:
        if asked.get("ProcessingState", "completed") not in STATES:
            return self.fake.violate(asked, "no such processing state")
        if not _SPAN.fullmatch(asked.get("StartTime", "4h") or ""):
            return self.fake.violate(asked, "no such time")
        kind = asked.get("CallType")
        found = [one for one in self.summaries.values() if kind in (None, one["call_type"])]
        return self._page(asked, "call_summaries", found)

    def _page(self, asked: Asked, key: str, rows: list[Json]) -> Json:
        """One page; the address of the next one has a token that nobody can make up."""
        asked_size = asked.get("PageSize")
        if asked_size is not None and not (asked_size.isdecimal() and 1 <= int(asked_size) <= 1000):
            return self.fake.violate(asked, "PageSize is from 1 to 1000")
        number = int(asked.get("Page") or 0)
        if number and asked.get("PageToken") != self._token(number):
            return self.fake.violate(asked, "a page token that was never offered")
        if number and self.expired:
            self.expired -= 1
            return not_found(asked)
        self.served.append((asked.path, asked.get("Edge") or "", number))
        keep = "&".join(f"{name}={value}" for name, value in asked.query if name not in ("Page", "PageToken"))
        base = f"{self.host}{asked.path}?{keep}"
        start = number * self.size
        following = f"{base}&Page={number + 1}&PageToken={self._token(number + 1)}"
        more = start + self.size < len(rows)
        meta = {"page": number, "page_size": self.size, "first_page_url": f"{base}&Page=0", "previous_page_url": None,
                "next_page_url": following if more else None, "key": key, "url": f"{base}&Page={number}"}  # fmt: skip
        return {"meta": meta, key: rows[start : start + self.size]}

    def _token(self, number: int) -> str:
        return f"PT{number * 7919}"
