"""What is over is let go: a reader that runs for days holds no more than one that runs for an hour."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any

import pytest

from callmon.model.frames import Frame, Json
from callmon.providers.callstats import Callstats
from callmon.providers.daily import Daily
from callmon.providers.provider import Watched
from callmon.providers.telnyx import Telnyx
from callmon.providers.twilio_video import TwilioVideo
from callmon.providers.twilio_voice import TwilioVoice

BEGAN = 1_800_000_000.0
EVERY_S = 60.0
"""How far apart calls begin."""


def size(root: object) -> int:
    """Return the bytes of everything that an object holds."""
    seen, left, total = set[int](), [root], 0
    while left:
        one = left.pop()
        if id(one) in seen or isinstance(one, type | ModuleType | FunctionType | MethodType):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        left.extend(gc.get_referents(one))
    return total


def iso(at: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def uuid(kind: int, number: int) -> str:
    return f"{kind:08x}-0047-4b27-86c1-{number:012x}"


Said = Iterator[tuple[float, str, Json, dict[str, str]]]


def telnyx(number: int, began: float) -> Said:
    """The two parts of a report of a call of two minutes."""
    call = uuid(3, number)
    for segment in range(2):
        ends = began + 60 * (segment + 1)
        rows = [
            {"intervalStartUtc": iso(ends - 60 + s), "intervalEndUtc": iso(ends - 55 + s),
             "audio": {"inbound": {"packetsReceived": 50 * (60 * segment + s), "packetsLost": 1, "jitterAvg": 2.5}},
             "connection": {"roundTripTimeAvg": 0.05}}
            for s in range(0, 60, 5)
        ]  # fmt: skip
        summary = {"callId": call, "startTimestamp": iso(began), "endTimestamp": iso(ends),
                   "state": "destroy" if segment else "active"}  # fmt: skip
        part: Json = {
            "call_id": call,
            "segment": segment,
            "summary": summary,
            "stats": rows,
            "stored_at": iso(ends),
        }
        yield ends, "reports", {"data": [part], "meta": {}}, {}
        yield ends + 1, "call", [part], {"call": call}


def twilio_video(number: int, began: float) -> Said:
    """A room of one person, of two minutes."""
    sid, ended = f"RM{number:032x}", began + 120
    for at in (began + 30, ended + 30):
        over = at > ended
        room = {"room_sid": sid, "create_time": iso(began), "end_time": iso(ended) if over else None,
                "room_status": "completed" if over else "in_progress", "duration_sec": int(at - began),
                "processing_state": "complete" if over else "in_progress", "unique_participants": 1}  # fmt: skip
        person = {"participant_sid": f"PA{number:032x}", "participant_identity": "Ada", "room_sid": sid,
                  "join_time": iso(began), "leave_time": iso(ended) if over else None,
                  "status": "disconnected" if over else "connected"}  # fmt: skip
        about = {"call": sid, "of": "complete"} if over else {"call": sid}
        yield at, "rooms", {"rooms": [room], "meta": {}}, {}
        yield at + 1, "participants", {"participants": [person], "meta": {}}, about


def twilio_voice(number: int, began: float) -> Said:
    """A call of two minutes over a carrier, with rows each ten seconds."""
    sid, ended = f"CA{number:032x}", began + 120
    for at in (began + 30, ended + 100):
        over = at > ended
        rows = [
            {"timestamp": iso(began + s), "call_sid": sid, "edge": "carrier_edge", "direction": "inbound",
             "carrier_edge": {"cumulative": {"packets_received": 50 * s, "packets_lost": 0}}}
            for s in range(10, 130, 10)
        ]  # fmt: skip
        told = {"call_sid": sid, "call_type": "carrier", "call_state": "completed" if over else "answered",
                "processing_state": "complete" if over else "partial", "start_time": iso(began),
                "end_time": iso(ended) if over else None, "duration": 120}  # fmt: skip
        yield at, "summaries", {"call_summaries": [told], "meta": {}}, {}
        yield at + 1, "metrics", {"metrics": rows, "meta": {}}, {"call": sid, "edge": "carrier_edge"}
        yield at + 2, "events", {"events": [], "meta": {}}, {"call": sid, "edge": ""}


def daily(number: int, began: float) -> Said:
    """A meeting of one person, of two minutes, in a room of its own."""
    meeting, ended = uuid(1, number), began + 120
    for at in (began + 30, ended + 30):
        person = {"participant_id": uuid(2, number), "join_time": int(began), "duration": int(at - began)}
        row = {"id": meeting, "room": f"room-{number}", "start_time": int(began), "duration": int(at - began),
               "ongoing": at < ended, "max_participants": 1, "participants": [person]}  # fmt: skip
        yield at, "meetings", {"total_count": 1, "data": [row]}, {}
        window = {"call": meeting, "since": f"{began}", "until": f"{at}", "offset": "0"}
        yield at + 1, "logs", {"logs": [], "metrics": []}, window


def callstats(number: int, began: float) -> Said:
    """A conference of one participant, of two minutes."""
    about = {"app": "1", "call": f"conf-{number}", "leg": f"uc-{number}", "user": f"user-{number}"}
    said = {"localID": f"user-{number}", "deviceID": "d"}
    fabric = {**said, "remoteID": "other", "connectionID": "c"}
    yield began, "join", {**said, "timestamp": began}, about
    yield began + 1, "events/fabric", {**fabric, "timestamp": began + 1, "eventType": "fabricSetup"}, about
    for second in range(10, 120, 10):
        rows = [{"id": "I", "type": "inbound-rtp", "kind": "audio", "ssrc": 1, "timestamp": 1000 * (began + second),
                 "packetsReceived": 50 * second, "packetsLost": 0}]  # fmt: skip
        yield (
            began + second,
            "stats",
            {**fabric, "timestamp": began + second, "stats": {"tracks": rows}},
            about,
        )
    yield began + 120, "events/user/left", {**said, "timestamp": began + 120}, about


@pytest.mark.parametrize(
    ("make", "calls"),
    [
        (Telnyx, telnyx),
        (TwilioVideo, twilio_video),
        (TwilioVoice, twilio_voice),
        (Daily, daily),
        (Callstats, callstats),
    ],
    ids=lambda it: it.__name__,
)
def test_what_is_over_is_let_go(make: Callable[[], Any], calls: Callable[[int, float], Said]) -> None:
    reader = make()
    sizes = []
    for number in range(3000):
        for at, tag, body, about in calls(number, BEGAN + EVERY_S * number):
            list(reader.read(Frame(reader.name, at, tag, body, about, "test")))
            if hasattr(reader, "poll"):
                list(reader.poll(at, Watched()))
        if number in (999, 2999):
            sizes.append(size(reader.__dict__))
    grown = (sizes[1] - sizes[0]) / 2000
    assert grown < 400, f"each call leaves {grown:.0f} bytes"
    assert sizes[1] < 3_000_000
