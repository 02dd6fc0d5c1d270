"""Invented vendors on this machine whose APIs callmon can ask: calls come, last five minutes and go, endlessly.

Each has as many calls at the same time as it is told, counts its requests, and holds callmon to its quota.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.contract.fake import Asked, Fake, Json, Reply, basic, bearer, too_many

LASTS_S = 300.0
"""How long a call lasts; the next one of its line begins at once."""

ROWS = 200
"""Rows of a page at most, whatever is asked for."""

KEY, SID = "s3cr3t-t0ken", "SK0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Call:
    """One call of a line: ``id`` is a number that no other call has."""

    id: int
    began: float
    ends: float

    def until(self, now: float) -> float:
        """Until when there is something to tell of it at ``now``."""
        return min(now, self.ends)


class Lines:
    """Lines on which call follows call, each at a time of its own."""

    def __init__(self, count: int, began: float) -> None:
        self.count = count
        self._began = began

    def call(self, line: int, generation: int) -> Call:
        """A call of a line by its number there."""
        began = self._began + generation * LASTS_S - line * LASTS_S / self.count
        return Call(generation * self.count + line, began, began + LASTS_S)

    def generation(self, line: int, now: float) -> int:
        """Which call of a line goes on."""
        return int((now - self._began + line * LASTS_S / self.count) // LASTS_S)

    def recent(self, now: float, past: int = 1) -> Iterator[Call]:
        """The calls that go on and those before them, the newest first."""
        found = []
        for line in range(self.count):
            newest = self.generation(line, now)
            found += [self.call(line, it) for it in range(max(0, newest - past), newest + 1)]
        return iter(sorted(found, key=lambda call: -call.began))

    def find(self, id: int) -> Call:
        """A call by its id."""
        return self.call(id % self.count, id // self.count)


def iso(at: float) -> str:
    """A time as APIs write it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def paged(asked: Asked, url: str, key: str, rows: list[Json]) -> Json:
    """One page of Twilio's."""
    page = int(asked.get("Page") or 0)
    size = min(ROWS, int(asked.get("PageSize") or 50))
    start = page * size
    more = f"{url}?PageSize={size}&Page={page + 1}&PageToken=PT{start + size}%3D"
    meta = {"page": page, "page_size": size, "first_page_url": f"{url}?PageSize={size}&Page=0",
            "previous_page_url": None, "next_page_url": more if start + size < len(rows) else None,
            "key": key, "url": url}  # fmt: skip
    return {"meta": meta, key: rows[start : start + size]}


def not_found(_: Asked | None = None) -> Reply:
    """What Twilio says of what is not there yet."""
    return Reply({"code": 20404, "message": "not found", "status": 404}, 404)


class TwilioVoice:
    """Twilio's Voice Insights."""

    def __init__(self, fake: Fake, lines: Lines, now: Callable[[], float]) -> None:
        self._fake, self._lines, self._now = fake, lines, now
        fake.on("/v1/Voice/Summaries", self._list)
        fake.on("/v1/Voice/{sid}/Metrics", self._metrics)
        fake.on("/v1/Voice/{sid}/Events", lambda asked: paged(asked, self._url(asked), "events", []))
        fake.on("/v1/Voice/{sid}/Summary", self._summary)

    def _url(self, asked: Asked) -> str:
        return f"{self._fake.url}{asked.path}"

    def _list(self, asked: Asked) -> Json:
        rows = [self._told(call) for call in self._lines.recent(self._now())]
        return paged(asked, self._url(asked), "call_summaries", rows)

    def _told(self, call: Call) -> Json:
        over = call.ends <= self._now()
        state = "complete" if call.ends + 120 <= self._now() else "partial"
        return {"call_sid": f"CA{call.id:032x}", "account_sid": SID,
                "call_type": "carrier" if call.id % 4 else "client",
                "call_state": "completed" if over else "answered", "processing_state": state,
                "created_time": iso(call.began), "start_time": iso(call.began),
                "end_time": iso(call.ends) if over else None, "duration": int(call.until(self._now()) - call.began),
                "from": {"caller": "client:agent"}, "to": {"callee": "+15550100"}, "tags": None,
                "sdk_edge": {"metrics": {"inbound": {"packets_received": 15000, "packets_lost": 20}},
                             "properties": {"direction": "outbound"}}}  # fmt: skip

    def _metrics(self, asked: Asked) -> Json:
        """Rows of the SDK, one a second, of every fourth call; of others those of a gateway, two in ten seconds."""
        call = self._lines.find(int(asked.match["sid"][2:], 16))
        seconds = range(int(call.until(self._now()) - call.began))
        if call.id % 4 == 0:
            rows = [self._row(call, second) for second in seconds]
        else:
            ways = ("inbound", "outbound")
            rows = [self._gateway(call, second, way) for second in seconds[10::10] for way in ways]
        return paged(asked, self._url(asked), "metrics", rows)

    def _metric(self, call: Call, second: int, edge: str, way: str, inner: Json) -> Json:
        edges = dict.fromkeys(("carrier_edge", "sip_edge", "client_edge", "sdk_edge")) | {edge: inner}
        return {"timestamp": iso(call.began + second), "call_sid": f"CA{call.id:032x}", "account_sid": SID,
                "edge": edge, "direction": way, **edges}  # fmt: skip

    def _gateway(self, call: Call, second: int, way: str) -> Json:
        key = "packets_received" if way == "inbound" else "packets_sent"
        total = {key: 50 * second, "packets_lost": second // 30, "jitter": {"max": 4.4, "avg": 0.5}}
        inner = {"codec": 0, "codec_name": "pcmu", "cumulative": total,
                 "metadata": {"region": "us1", "edge_location": "ashburn"}}  # fmt: skip
        return self._metric(call, second, "carrier_edge", way, inner)

    def _row(self, call: Call, second: int) -> Json:
        interval = {"packets_received": 50, "packets_lost": second % 3 // 2, "packets_loss_percentage": 0.0,
                    "jitter": {"value": 3 + second % 5}, "rtt": {"value": 60 + (call.id + second) % 40},
                    "mos": {"value": 4.3}, "audio_in": {"value": 412.0}, "audio_out": {"value": 300.0}}  # fmt: skip
        total = {"packets_received": 50 * second, "packets_lost": second // 3, "packets_sent": 50 * second,
                 "bytes_received": 8000 * second, "bytes_sent": 8000 * second}  # fmt: skip
        return self._metric(call, second, "sdk_edge", "both", {"interval": interval, "cumulative": total})

    def _summary(self, asked: Asked) -> Json:
        call = self._lines.find(int(asked.match["sid"][2:], 16))
        return self._told(call) if call.ends + 60 <= self._now() else not_found()


class TwilioVideo:
    """Twilio's Video Insights: rooms of two people."""

    def __init__(self, fake: Fake, lines: Lines, now: Callable[[], float]) -> None:
        self._fake, self._lines, self._now = fake, lines, now
        fake.on("/v1/Video/Rooms", self._list)
        fake.on("/v1/Video/Rooms/{sid}", lambda asked: self._room(self._find(asked)))
        fake.on("/v1/Video/Rooms/{sid}/Participants", self._people)

    def _find(self, asked: Asked) -> Call:
        return self._lines.find(int(asked.match["sid"][2:], 16))

    def _list(self, asked: Asked) -> Json:
        rows = [self._room(call) for call in self._lines.recent(self._now())]
        return paged(asked, f"{self._fake.url}{asked.path}", "rooms", rows)

    def _room(self, call: Call) -> Json:
        over = call.ends <= self._now()
        return {"room_sid": f"RM{call.id:032x}", "account_sid": SID, "room_name": f"room-{call.id}",
                "create_time": iso(call.began), "end_time": iso(call.ends) if over else None,
                "room_type": "group", "room_status": "completed" if over else "in_progress",
                "end_reason": "timeout" if over else None, "max_participants": 50, "concurrent_participants": 2,
                "max_concurrent_participants": 2, "unique_participants": 2, "codecs": ["VP8", "opus"],
                "media_region": "us1", "processing_state": "complete" if over else "in_progress",
                "duration_sec": int(call.until(self._now()) - call.began)}  # fmt: skip

    def _people(self, asked: Asked) -> Json:
        call = self._find(asked)
        over = call.ends <= self._now()
        rows = [
            {"participant_sid": f"PA{call.id * 2 + n:032x}", "participant_identity": f"person-{n}",
             "room_sid": f"RM{call.id:032x}", "account_sid": SID, "join_time": iso(call.began),
             "leave_time": iso(call.ends) if over else None, "status": "disconnected" if over else "connected",
             "codecs": ["VP8", "opus"], "media_region": "us1", "properties": {},
             "publisher_info": {"browser": {"name": "Chrome", "version": "139.0"}}}
            for n in range(2)
        ]  # fmt: skip
        return paged(asked, f"{self._fake.url}{asked.path}", "participants", rows)


class Daily:
    """Daily's REST API: meetings of one person."""

    def __init__(self, fake: Fake, lines: Lines, now: Callable[[], float]) -> None:
        self._lines, self._now = lines, now
        fake.on("/v1/presence", self._presence)
        fake.on("/v1/meetings", self._meetings)
        fake.on(
            "/v1/meetings/{id}", lambda asked: self._meeting(lines.find(int(asked.match["id"][-12:], 16)))
        )
        fake.on("/v1/logs", self._logs)

    def _presence(self, _: Asked) -> Json:
        return {
            f"room-{call.id}": [
                {"room": f"room-{call.id}", "id": uuid(2, call.id), "userId": None, "userName": "Ada",
                 "mtgSessionId": uuid(1, call.id), "joinTime": iso(call.began),
                 "duration": int(self._now() - call.began)}
            ]
            for call in self._lines.recent(self._now(), 0)
        }  # fmt: skip

    def _meetings(self, asked: Asked) -> Json:
        calls = list(self._lines.recent(self._now()))
        after = asked.get("starting_after")
        start = next((n + 1 for n, call in enumerate(calls) if uuid(1, call.id) == after), 0)
        rows = [self._meeting(call) for call in calls[start : start + 100]]
        return {"total_count": len(calls), "data": rows}

    def _meeting(self, call: Call) -> Json:
        lasted = int(call.until(self._now()) - call.began)
        person = {"user_id": None, "participant_id": uuid(2, call.id), "user_name": None,
                  "join_time": int(call.began), "duration": lasted}  # fmt: skip
        return {"id": uuid(1, call.id), "room": f"room-{call.id}", "start_time": int(call.began),
                "duration": lasted, "ongoing": call.ends > self._now(), "max_participants": 1,
                "participants": [person]}  # fmt: skip

    def _logs(self, asked: Asked) -> Json:
        call = self._lines.find(int((asked.get("mtgSessionId") or "0")[-12:], 16))
        since, until = (float(asked.get(key) or 0) / 1000 for key in ("startTime", "endTime"))
        until = min(until or self._now(), call.until(self._now()))
        times = [call.began + s for s in range(0, int(LASTS_S), 15) if since <= call.began + s <= until]
        offset = int(asked.get("offset") or 0)
        return {"logs": [], "metrics": [self._measured(call, at) for at in times][offset : offset + 100]}

    def _measured(self, call: Call, at: float) -> Json:
        values = {"jitterAvg": 0.004, "packetsLostPct": 0, "bitsReceivedPerSecAvg": 32_000.0}
        return {"time": iso(at + 1), "clientTime": iso(at), "mtgSessionId": uuid(1, call.id),
                "userSessionId": uuid(2, call.id), "roomName": f"room-{call.id}", "videoRecvPacketLoss": 0,
                "userRecvBitsPerSecAvg": 541871, "userSentBitsPerSecAvg": 567440,
                "metrics": {"sfu-recv": {"inbound-cam-audio&1": values}}}  # fmt: skip


def uuid(kind: int, number: int) -> str:
    """An id of Daily's or Telnyx's."""
    return f"{kind:08x}-0047-4b27-86c1-{number:012x}"


class Telnyx:
    """Telnyx' stored reports: a call posts a part every minute and the last one at its end."""

    def __init__(self, fake: Fake, lines: Lines, now: Callable[[], float]) -> None:
        self._lines, self._now = lines, now
        fake.on("/v2/voice_sdk_call_reports", self._list)
        fake.on("/v2/voice_sdk_call_reports/{id}", self._call)

    def _parts(self, call: Call, rows: bool) -> list[Json]:
        return [
            self._part(call, segment, rows)
            for segment in range(int(LASTS_S) // 60)
            if call.began + 60 * (segment + 1) + 2 <= self._now()
        ]

    def _part(self, call: Call, segment: int, rows: bool) -> Json:
        ends = call.began + 60 * (segment + 1)
        summary = {"callId": uuid(3, call.id), "direction": "outbound", "sdkVersion": "2.27.10",
                   "state": "destroy" if ends >= call.ends else "active", "durationSeconds": ends - call.began,
                   "startTimestamp": iso(call.began), "endTimestamp": iso(ends)}  # fmt: skip
        stats = [self._row(call, 60 * segment + second) for second in range(0, 60, 5)] if rows else []
        return {"call_id": uuid(3, call.id), "call_report_id": "crid", "user_id": uuid(4, 1), "segment": segment,
                "stored_at": iso(ends + 2), "summary": summary, "stats": stats}  # fmt: skip

    def _row(self, call: Call, second: int) -> Json:
        total = 50 * (second + 5)
        at = call.began + second
        return {"intervalStartUtc": iso(at), "intervalEndUtc": iso(at + 5),
                "audio": {"outbound": {"packetsSent": total, "bytesSent": 160 * total, "audioLevelAvg": 0.1},
                          "inbound": {"packetsReceived": total, "bytesReceived": 160 * total,
                                      "packetsLost": total // 400, "jitterAvg": 2.5 + second % 3}},
                "connection": {"roundTripTimeAvg": 0.047 + call.id % 10 / 1000}}  # fmt: skip

    def _list(self, asked: Asked) -> Json:
        parts = [one for call in self._lines.recent(self._now()) for one in self._parts(call, False)]
        parts.sort(key=lambda part: part["stored_at"], reverse=True)
        number, size = int(asked.get("page[number]") or 1), int(asked.get("page[size]") or 20)
        pages = max(1, -(-len(parts) // size))
        meta = {"total_pages": pages, "total_results": len(parts), "page_number": number, "page_size": size}
        return {"data": parts[(number - 1) * size : number * size], "meta": meta}

    def _call(self, asked: Asked) -> Json:
        return self._parts(self._lines.find(int(asked.match["id"][-12:], 16)), True) or not_found()


VENDORS: dict[str, tuple[type[Any], str, str, float]] = {
    "telnyx": (Telnyx, bearer(KEY), "", 2.0),
    "twilio-voice": (TwilioVoice, basic(SID, KEY), "/v1", 5.0),
    "twilio-video": (TwilioVideo, basic(SID, KEY), "/v1", 5.0),
    "daily": (Daily, bearer(KEY), "/v1", 20.0),
}
"""By type: who it is, what it accepts, where its API is, and its requests a second."""


async def open_all(calls: int, began: float, speed: float, origin: float) -> dict[str, Fake]:
    """Open every vendor with so many calls at a time; ``origin`` is when it was ``began``, in real time."""

    def now() -> float:
        return began + (time.time() - origin) * speed

    fakes = {}
    for name, (kind, auth, _, per_second) in VENDORS.items():
        # A second of real time, as short as that is for the calls: this machine is not always prompt.
        fakes[name] = fake = Fake(auth, per_second=per_second, over_s=speed, clock=now)
        fake.keep_asked = 0
        kind(fake, Lines(calls, began - LASTS_S), now)
        await fake.open()
    return fakes


async def main() -> None:
    """Serve until stdin is closed: say where on one line, and the counts on another line after each that is read.

    The arguments: calls of each vendor, when they began, the speed, when that was in real time, and then any of
    ``down=VENDOR`` and ``limited=VENDOR``.
    """
    calls, began, speed, origin = int(sys.argv[1]), *map(float, sys.argv[2:5])
    fakes = await open_all(calls, began, speed, origin)
    for word in sys.argv[5:]:
        how, _, name = word.partition("=")
        if how == "down":
            await fakes[name].close()
        else:
            fakes[name].always(too_many("90"))
    print(json.dumps({name: fake.url for name, fake in fakes.items()}), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        counts = {
            name: {"requests": fake.count, "answers": fake.answered, "violations": len(fake.violations),
                   "first": fake.violations[:1]}
            for name, fake in fakes.items()
        }  # fmt: skip
        print(json.dumps(counts), flush=True)
    for fake in fakes.values():
        await fake.close()


if __name__ == "__main__":
    asyncio.run(main())
