"""What is sent becomes frames, and what cannot be read is said."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from callmon.server.limits import Limits
from tests.server.conftest import Served, Start

STATS = [{"id": "T1", "type": "transport", "timestamp": 1000.5}]


def bodies(server: Served) -> list[Any]:
    return [frame.body for frame in server.intake.frames]


async def test_one_frame(server: Served) -> None:
    status, answer = await server.post("/ingest/webrtc?call=c1", json={"stats": STATS})
    assert (status, answer) == (200, {"accepted": 1, "rejected": 0, "first": None})
    (frame,) = server.intake.frames
    assert (frame.provider, frame.tag, frame.source) == ("webrtc", "message", "listen")
    assert frame.body == {"stats": STATS}
    assert frame.about["call"] == "c1"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ('[{"n": 1}, {"n": 2}]', [{"n": 1}, {"n": 2}]),
        ('{"frames": [{"n": 1}, {"n": 2}]}', [{"n": 1}, {"n": 2}]),
        ('{"n": 1}\n{"n": 2}\n', [{"n": 1}, {"n": 2}]),
        ('{"n": 1}\r\n\r\n[{"n": 2}, {"n": 3}]', [{"n": 1}, {"n": 2}, {"n": 3}]),
        ('\ufeff{"n": 1}', [{"n": 1}]),
        (json.dumps(STATS), [STATS]),
        (json.dumps([["T1", STATS[0]]]), [[["T1", STATS[0]]]]),
        (json.dumps([{"key": "T1", "value": STATS[0]}]), [[{"key": "T1", "value": STATS[0]}]]),
        ('{"a": NaN, "b": [-Infinity, 1e999], "c": 1}', [{"a": None, "b": [None, None], "c": 1}]),
        (json.dumps([STATS, STATS]), [STATS, STATS]),
        (json.dumps([[["T1", STATS[0]]], [["T1", STATS[0]]]]), [[["T1", STATS[0]]], [["T1", STATS[0]]]]),
        ('{"name": "\\ud800x"}', [{"name": "\ufffdx"}]),
        ('{\n  "n":\n 1}', [{"n": 1}]),
    ],
)
async def test_shapes_of_a_body(server: Served, sent: str, expected: list[Any]) -> None:
    status, answer = await server.post("/ingest/telnyx", data=sent.encode())
    assert (status, answer["accepted"], answer["rejected"]) == (200, len(expected), 0)
    assert bodies(server) == expected


@pytest.mark.parametrize(
    ("sent", "first"),
    [
        (b"", "the body is empty"),
        (b"{", "not JSON at line 1 column 2"),
        (b"[]", "no frames in it"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
        (b"[" * 40 + b"]" * 40, "nested deeper than 32 levels"),
        (b"[" * 100_000 + b"]" * 100_000, "nested deeper than 32 levels"),
        (b'{"n": ' + b"1" * 5000 + b"}", "a number with too many digits"),
        (b"12", "has bad in it"),
        (b'[{"bad": 1}, {"bad": 2}]', "frame 1: has bad in it"),
    ],
)
async def test_nothing_readable_is_a_400(server: Served, sent: bytes, first: str) -> None:
    status, answer = await server.post("/ingest/webrtc", data=sent)
    assert status == 400
    assert answer["accepted"] == 0
    assert answer["rejected"] >= 1
    assert answer["first"].startswith(first)


async def test_one_bad_line_does_not_stop_the_rest(server: Served) -> None:
    lines = [b'{"n": 1}', b"oops", b'{"n": "\xff"}', b'{"bad": 1}', b'{"n": 2}']
    status, answer = await server.post("/ingest/webrtc", data=b"\n".join(lines))
    assert status == 200
    assert (answer["accepted"], answer["rejected"]) == (2, 3)
    assert answer["first"] == "line 2: not JSON at column 1: Expecting value"
    assert server.intake.health.rejected == 2  # what is no message; whoever takes frames counts its own
    assert server.intake.health.first_reason == answer["first"]


async def test_gzip(server: Served) -> None:
    packed = gzip.compress(b'{"n": 1}\n') + gzip.compress(b'{"n": 2}')
    status, _ = await server.post("/ingest/webrtc", data=packed, headers={"Content-Encoding": "gzip"})
    assert status == 200
    assert bodies(server) == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(b" " * 50_000_000), "gzip", 413),
        (b" " * 5000, "identity", 413),
        (gzip.compress(b'{"n": 1}')[:-9], "gzip", 400),
        (b"\x1f\x8bnonsense", "gzip", 400),
        (b"{}", "br", 400),
    ],
)
async def test_bodies_that_are_not_unpacked(start: Start, body: bytes, encoding: str, status: int) -> None:
    server = await start(Limits(max_body_bytes=4096 if encoding == "identity" else 100_000))
    headers = {"Content-Encoding": encoding}
    answered, answer = await server.post("/ingest/webrtc", data=body, headers=headers)
    assert answered == status
    assert answer["rejected"] == 1
    assert answer["first"]
    assert server.intake.frames == []


async def test_a_body_without_length_is_bounded(start: Start) -> None:
    server = await start(Limits(max_body_bytes=2048))

    async def endless() -> Any:
        for _ in range(10):
            yield b" " * 1024

    status, _ = await server.post("/ingest/webrtc", data=endless())
    assert status == 413


async def test_ids_from_query_header_body(server: Served) -> None:
    body = {"frames": [{"n": 1}], "call": "from-body", "leg": "from-body", "room": "r", "label": 7}
    headers = {"X-Callmon-Call": "from-header", "X-Callmon-Leg": "from-header"}
    await server.post("/ingest/webrtc?call=from-query", json=body, headers=headers)
    about = dict(server.intake.frames[0].about)
    about.pop("connection")
    assert about == {"call": "from-query", "leg": "from-header", "room": "r", "label": "7"}


async def test_without_ids_one_sender_is_one_call(server: Served) -> None:
    for agent in ("one", "one", "two"):
        await server.post("/ingest/webrtc", json={"n": 1}, headers={"User-Agent": agent})
    first, again, other = [frame.about["call"] for frame in server.intake.frames]
    assert first == again != other


@pytest.mark.parametrize(
    ("body", "age"),
    [
        ({"t": 1000, "now": 4000}, 3.0),
        ({"t": 4000, "now": 1000}, 0.0),
        ({"t": 1000}, 0.0),
        ({"now": 1000}, 0.0),
        ({"t": "x", "now": []}, 0.0),
        ({"t": 0, "now": 1e15}, 3600.0),
        ({"frames": [{"t": 1000}], "now": 3500}, 2.5),
        ({"t": True, "now": 10_000}, 0.0),
    ],
)
async def test_a_frame_is_as_old_as_its_sender_says(start: Start, body: dict[str, Any], age: float) -> None:
    server = await start(clock=lambda: 1_000_000.0)
    await server.post("/ingest/webrtc", json=body)
    assert server.intake.frames[0].at == 1_000_000.0 - age


async def test_too_many_posts_are_told_when_to_come_again(start: Start) -> None:
    server = await start(Limits(max_frames_per_second=2, burst_s=1))
    status, _ = await server.post("/ingest/webrtc", json=[{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}])
    assert status == 200
    async with server.client.post(server.url + "/ingest/webrtc", json={"n": 5}) as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) >= 1
        assert (await answer.json())["accepted"] == 0
    assert len(server.intake.frames) == 4
    assert server.intake.health.dropped == 1


async def test_what_is_no_message_costs_nothing_beside_it(server: Served) -> None:
    status, answer = await server.post("/ingest/webrtc?call=c1", data=b'[null, {"stats": []}, 5]')
    assert (status, answer["accepted"], answer["rejected"]) == (200, 1, 2)


async def test_several_messages_keep_their_distance_in_time(start: Start) -> None:
    server = await start(clock=lambda: 1_000_000.0)
    lines = "\n".join(json.dumps({"t": t, "n": 1}) for t in (1000, 2500, 4000))
    await server.post("/ingest/webrtc?call=c1", data=lines.encode())
    assert [frame.at for frame in server.intake.frames] == [999_997.0, 999_998.5, 1_000_000.0]
