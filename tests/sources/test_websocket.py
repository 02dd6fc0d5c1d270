"""Subscribing to WebSockets that close, hang, refuse, or send too much."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from callmon.sources.web import Patience
from tests.sources.conftest import Line, Serve, Subscribe, hang
from tests.sources.intake import until

Talk = Callable[[web.WebSocketResponse, web.Request], Awaitable[None]]
ServeSocket = Callable[[Talk], Awaitable[str]]


@pytest.fixture
async def serve_socket() -> AsyncIterator[ServeSocket]:
    """Starts a WebSocket server that talks as given; returns its address."""
    runners: list[web.AppRunner] = []

    async def served(talk: Talk) -> str:
        async def answer(request: web.Request) -> web.WebSocketResponse:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await talk(socket, request)
            return socket

        app = web.Application()
        app.router.add_get("/feed", answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        runners.append(runner)
        return f"ws://127.0.0.1:{runner.addresses[0][1]}/feed"

    yield served
    for runner in runners:
        await runner.cleanup()


async def test_messages_of_every_kind(serve_socket: ServeSocket, subscribe: Subscribe) -> None:
    async def talk(socket: web.WebSocketResponse, request: web.Request) -> None:
        assert request.headers["Authorization"] == "Bearer t0ps3cret"
        await socket.send_str('{"n": 1}')
        await socket.send_bytes(b'[{"n": 2}, {"n": 3}]')
        await socket.send_str("garbage")
        await socket.send_str('"bad"')
        await socket.send_str('[{"id": "RTC1", "type": "inbound-rtp"}]')
        await hang()

    notebook = subscribe(await serve_socket(talk), token="t0ps3cret")
    await until(lambda: len(notebook.frames) == 4)
    assert notebook.bodies == [{"n": 1}, {"n": 2}, {"n": 3}, [{"id": "RTC1", "type": "inbound-rtp"}]]
    assert notebook.health.rejected == 2
    assert notebook.health.first_reason == "message 3: not JSON: expecting value at character 1"
    assert "t0ps3cret" not in notebook.shown


async def test_it_comes_back_after_a_close(serve_socket: ServeSocket, subscribe: Subscribe) -> None:
    async def talk(socket: web.WebSocketResponse, request: web.Request) -> None:
        await socket.send_str("1")
        await socket.close(code=1001)

    notebook = subscribe(await serve_socket(talk))
    await until(lambda: len(notebook.frames) >= 3)
    assert notebook.health.gaps >= 2
    assert notebook.lines[0].startswith("feed: the far end closed the connection (1001)")


async def test_a_message_that_is_too_long_is_counted(serve_socket: ServeSocket, subscribe: Subscribe) -> None:
    async def talk(socket: web.WebSocketResponse, request: web.Request) -> None:
        await socket.send_str("1")
        await socket.send_str("x" * 2000)
        await hang()

    notebook = subscribe(await serve_socket(talk), patience=Patience(longest=1000))
    await until(lambda: notebook.health.rejected >= 1)
    assert notebook.health.first_reason == "message 2: longer than 1000 bytes"
    await until(lambda: any("sent a message longer than 1000 bytes" in line for line in notebook.lines))


async def test_silence_on_a_dead_connection_is_noticed(serve: Serve, subscribe: Subscribe) -> None:
    from base64 import b64encode
    from hashlib import sha1

    async def half(line: Line) -> None:
        key = line.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = b64encode(sha1(key.encode()).digest()).decode()
        head = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        await line.raw(f"HTTP/1.1 101 Switching Protocols\r\n{head}".encode() + b"\x81\x011")
        await hang()

    site = await serve(half)
    notebook = subscribe(site.url.replace("http", "ws"), patience=Patience(ping_s=0.1))
    await until(lambda: len(notebook.frames) >= 2)
    assert "the far end closed the connection" in notebook.lines[0]


@pytest.mark.parametrize(
    ("status", "state", "said"),
    [
        ("401 No", "unauthorised", "does not accept the token (401)"),
        ("403 No", "unauthorised", "does not accept the token (403)"),
        ("500 No", "backing-off", "answered 500"),
        ("404 No", "backing-off", "there is nothing at this path"),
        ("200 OK", "backing-off", "does not speak WebSocket (it answered 200)"),
    ],
)
async def test_a_handshake_that_is_refused(
    serve: Serve, subscribe: Subscribe, status: str, state: str, said: str
) -> None:
    async def refuse(line: Line) -> None:
        await line.answer(status)

    site = await serve(refuse)
    notebook = subscribe(site.url.replace("http", "ws") + "?key=t0ps3cret", token="t0ps3cret")
    await until(lambda: bool(notebook.lines))
    assert said in notebook.lines[0]
    assert state == notebook.health.state or state == "backing-off"
    assert "t0ps3cret" not in notebook.shown


async def test_a_close_code_may_mean_refused(serve_socket: ServeSocket, subscribe: Subscribe) -> None:
    async def talk(socket: web.WebSocketResponse, request: web.Request) -> None:
        await socket.close(code=4401)

    notebook = subscribe(await serve_socket(talk), token="t0ps3cret")
    await until(lambda: notebook.health.state == "unauthorised")


async def test_a_callmon_is_asked_to_resume(serve_socket: ServeSocket, subscribe: Subscribe) -> None:
    asked: list[Any] = []

    async def talk(socket: web.WebSocketResponse, request: web.Request) -> None:
        message = await socket.receive()
        assert message.type is WSMsgType.TEXT
        asked.append(json.loads(message.data))
        resumed = len(asked) == 2
        event = {"type": "opened", "call": "c", "at": 5.0, "provider": "webrtc", "folded_at": 6.0}
        told = {
            "schema": "callmon/1",
            "id": f"b-{len(asked)}",
            "at": 0,
            "resumed": resumed,
            "events": [event],
        }
        await socket.send_str(json.dumps(told))
        await asyncio.sleep(0.01)
        await socket.close()

    notebook = subscribe(await serve_socket(talk), "callmon")
    await until(lambda: len(asked) >= 3 and len(notebook.frames) >= 3)
    assert asked[:3] == [{"resume": None}, {"resume": "b-1"}, {"resume": "b-2"}]
    assert [line for line in notebook.lines if "without what came" in line][0].startswith("feed: back after")
    assert notebook.frames[0].at == 6.0
    assert notebook.frames[0].body["events"][0]["call"] == "c"
    assert notebook.health.gaps == len(asked) - 2 or notebook.health.gaps == len(asked) - 3
