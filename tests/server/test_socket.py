"""Messages over WebSocket: the same shapes as a POST, one connection for many."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from callmon.server.limits import Limits
from tests.server.conftest import Served, Start, until


async def test_messages_of_every_shape(server: Served) -> None:
    async with server.client.ws_connect(server.url + "/ingest/webrtc?call=c1&room=r1") as socket:
        await socket.send_str('{"n": 1}')
        await socket.send_str('[{"n": 2}, {"n": 3}]')
        await socket.send_bytes(gzip.compress(b'{"n": 4}\n{"n": 5}'))
        frames = await server.intake.until(5)
    assert [frame.body["n"] for frame in frames] == [1, 2, 3, 4, 5]
    assert {(frame.about["call"], frame.about["room"]) for frame in frames} == {("c1", "r1")}


async def test_without_ids_one_connection_is_one_call(server: Served) -> None:
    for _ in range(2):
        async with server.client.ws_connect(server.url + "/ingest/webrtc") as socket:
            await socket.send_str("{}")
            await socket.send_str("{}")
    frames = await server.intake.until(4)
    calls = [frame.about["call"] for frame in frames]
    assert calls[0] == calls[1] != calls[2] == calls[3]


async def test_what_cannot_be_read_is_answered_and_stops_nothing(server: Served) -> None:
    async with server.client.ws_connect(server.url + "/ingest/webrtc") as socket:
        for text in ("oops", '{"bad": 1}', '{"n": 1}'):
            await socket.send_str(text)
        first, second = await socket.receive_json(), await socket.receive_json()
        await server.intake.until(2)
    assert (first["accepted"], first["rejected"]) == (0, 1)
    assert first["first"].startswith("not JSON")
    assert second["first"] == "has bad in it"


async def test_a_message_that_is_too_large_ends_the_connection(start: Start) -> None:
    server = await start(Limits(max_body_bytes=2000))
    async with server.client.ws_connect(server.url + "/ingest/webrtc") as socket:
        await socket.send_str(json.dumps({"x": "y" * 5000}))
        message = await socket.receive(timeout=5)
        assert message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
        assert socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    await until(lambda: server.intake.health.rejected == 1)
    assert "larger than 2000 bytes" in str(server.intake.health.first_reason)


async def test_a_gzip_bomb_in_a_message_is_refused(start: Start) -> None:
    server = await start(Limits(max_body_bytes=20_000))
    async with server.client.ws_connect(server.url + "/ingest/webrtc") as socket:
        await socket.send_bytes(gzip.compress(b" " * 10_000_000))
        answer = await socket.receive_json(timeout=5)
    assert answer["first"].startswith("larger than 20000 bytes")


async def test_a_fast_sender_loses_its_oldest_samples_and_no_event(start: Start) -> None:
    server = await start(Limits(max_frames_per_second=20, burst_s=0.1))
    messages: list[dict[str, Any]] = [{"n": n, "stats": []} for n in range(200)]
    for n in (20, 60, 100):
        messages[n]["events"] = [{"ev": "connectionstatechange"}]
    messages[110]["end"] = 1
    async with server.client.ws_connect(server.url + "/ingest/webrtc") as socket:
        for message in messages:
            await socket.send_str(json.dumps(message))
    await until(lambda: len(server.intake.frames) + server.intake.health.dropped == 200)
    came = [frame.body["n"] for frame in server.intake.frames]
    assert server.intake.health.dropped > 100
    assert {20, 60, 100, 110} <= set(came)
    assert came == sorted(came)
    assert came[-1] == 199


async def test_a_fast_sender_of_events_alone_is_slowed(start: Start) -> None:
    server = await start(Limits(max_frames_per_second=200, burst_s=0.01))
    async with server.client.ws_connect(server.url + "/ingest/webrtc") as socket:
        for n in range(500):
            await socket.send_str(json.dumps({"n": n, "end": 1}))
    frames = await server.intake.until(500)
    assert [frame.body["n"] for frame in frames] == list(range(500))
    assert server.intake.health.dropped == 0


async def test_connections_are_counted_and_refused_beyond_the_limit(start: Start) -> None:
    server = await start(Limits(max_connections=2))
    sockets = [await server.client.ws_connect(server.url + "/ingest/webrtc") for _ in range(2)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await server.client.ws_connect(server.url + "/ingest/webrtc")
    assert refused.value.status == 503
    await sockets[0].close()

    async def free() -> bool:
        async with aiohttp.ClientSession() as session, session.get(server.url + "/health") as answer:
            return answer.status == 200

    for _ in range(200):
        if await free():
            break
    else:
        pytest.fail("the place was not given free")
    await sockets[1].close()


async def test_stopping_ends_every_connection(start: Start) -> None:
    server = await start()
    socket = await server.client.ws_connect(server.url + "/ingest/webrtc")
    closing = asyncio.ensure_future(server.serving.close())
    message = await socket.receive(timeout=5)
    await closing
    assert message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
    assert socket.close_code == aiohttp.WSCloseCode.GOING_AWAY


@pytest.mark.parametrize("protocol", ["rtcstats#5.0", "2.0"])
async def test_rows_of_rtcstats(server: Served, protocol: str) -> None:
    url = server.url + "/rtcstats/app/page.html"
    async with server.client.ws_connect(url, protocols=(protocol,)) as socket:
        assert socket.protocol == protocol
        await socket.send_str('["create", "PC_0", {}, 1000]')
        await socket.send_str("oops")
        await socket.send_str('["getstats", "PC_0", {}, 1000]')
        frames = await server.intake.until(2)
    assert [frame.body[0] for frame in frames] == ["create", "getstats"]
    assert [frame.tag for frame in frames] == ["rtcstats", "rtcstats"]
    about = frames[0].about
    assert about["protocol"] == protocol.removeprefix("rtcstats#")
    assert about["path"] == about["label"] == "/app/page.html"
    assert "call" not in about
    assert about["connection"]
    assert server.intake.health.rejected == 1


async def test_no_row_of_rtcstats_is_dropped(start: Start) -> None:
    server = await start(Limits(max_frames_per_second=500, burst_s=0.01))
    async with server.client.ws_connect(server.url + "/rtcstats", protocols=("2.0",)) as socket:
        for n in range(300):
            await socket.send_str(json.dumps(["getstats", "PC_0", {}, n]))
        frames = await server.intake.until(300)
    assert [frame.body[3] for frame in frames] == list(range(300))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?call=c1&page=/p.html", {"call": "c1", "label": "/p.html"}),
        # {"rtcStats": {"user": "ann", "session": "s1", "conference": "c2"}}
        (
            "?rtcstats-token=x.eyJydGNTdGF0cyI6eyJ1c2VyIjoiYW5uIiwic2Vzc2lvbiI6InMxIiwiY29uZmVyZW5jZSI6ImMyIn19.y",
            {"call": "c2", "room": "c2", "label": "ann"},
        ),
        ("?rtcstats-token=nonsense", {}),
        ("?rtcstats-token=x.bnVsbA.y", {}),
    ],
)
async def test_what_a_client_of_rtcstats_says_of_itself(
    server: Served, query: str, expected: dict[str, str]
) -> None:
    async with server.client.ws_connect(server.url + "/rtcstats" + query, protocols=("2.0",)) as socket:
        await socket.send_str("[]")
        (frame,) = await server.intake.until(1)
    assert {key: frame.about[key] for key in ("call", "room", "label") if key in frame.about} == expected


async def test_an_unknown_subprotocol_is_told_which_are_known(server: Served) -> None:
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Protocol": "3.1_STANDARD",
    }
    async with server.client.get(server.url + "/rtcstats", headers=headers) as answer:
        assert answer.status == 400
        assert "rtcstats#5.0, 2.0" in (await answer.json())["error"]
