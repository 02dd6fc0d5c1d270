"""Feeds over HTTP and WebSocket: server-sent events, lines of JSON, one JSON document, or messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from callmon.sources.failures import BROKE, lost_by
from callmon.sources.feed import Feed
from callmon.sources.lines import Lines, Text, decode
from callmon.sources.reader import Reader
from callmon.sources.source import Lost, Session
from callmon.sources.sse import EventStream

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse

_ACCEPT = "text/event-stream, application/x-ndjson, application/json;q=0.5, */*;q=0.1"
_KEEPALIVES = frozenset({"ping", "heartbeat", "keepalive", "keep-alive"})
_GOODBYE_S = 1.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How much a source puts up with, in seconds and bytes.

    ``answer_s`` is for connecting and the first answer, ``idle_s`` for silence; a WebSocket is pinged every
    ``ping_s``. A JSON document is asked for again every ``poll_s``. A message is at most ``longest``.
    """

    answer_s: float = 15.0
    idle_s: float = 300.0
    ping_s: float = 20.0
    poll_s: float = 5.0
    longest: int = 16_777_216


async def read_http(feed: Feed, since: float, reader: Reader, session: Session, patience: Patience) -> None:
    """Read an HTTP feed until it is lost (Lost); returns where the far end says there is nothing more."""
    import aiohttp

    # A callmon says something every few seconds; of others nobody knows how quiet they may be.
    idle_s = min(patience.idle_s, 60.0) if feed.dialect == "callmon" else patience.idle_s
    async with _client(feed, idle_s) as client:
        try:
            async with asyncio.timeout(patience.answer_s):
                headers = {**feed.request_headers(), "Accept": _ACCEPT, "Cache-Control": "no-store"}
                if reader.last_id and reader.last_id.isprintable() and reader.last_id.isascii():
                    headers["Last-Event-ID"] = reader.last_id
                response = await client.get(feed.address(since), headers=headers, allow_redirects=False)
        except TimeoutError:
            raise Lost(f"{feed.place} did not answer in {patience.answer_s:.0f} s", "unreachable") from None
        async with response:
            _check(feed, response.status, response.headers)
            if response.status == 204:
                session.end(f"{feed.place} says that there is nothing more (204)")
                return
            session.connect()
            try:
                await _read_body(response, reader, patience)
            except TimeoutError:  # aiohttp's time-outs of a socket are of this kind
                raise Lost(f"nothing received for {idle_s:.0f} s") from None
            except aiohttp.ClientPayloadError:
                raise Lost(BROKE) from None


async def _read_body(response: ClientResponse, reader: Reader, patience: Patience) -> None:
    if response.content_type == "text/event-stream":
        await _read_events(response, reader, patience)
    elif response.content_type == "application/json":
        await _read_document(response, reader, patience)
    else:
        await _read_lines(response, reader, patience)
    raise Lost("the far end closed the connection")


async def _read_events(response: ClientResponse, reader: Reader, patience: Patience) -> None:
    stream = EventStream(patience.longest, reader.last_id or "")
    async for data in response.content.iter_any():
        reader.hear()
        await reader.read(text for text in stream.feed(data) if text.kind not in _KEEPALIVES)
        reader.last_id = stream.last_id or reader.last_id
        reader.retry_s = stream.retry_s


async def _read_lines(
    response: ClientResponse, reader: Reader, patience: Patience, first: bytes = b""
) -> None:
    from aiohttp import ClientError

    lines = Lines(patience.longest)
    await reader.read(lines.feed(first))
    try:
        async for data in response.content.iter_any():
            await reader.read(lines.feed(data))
    except (ClientError, OSError):
        await reader.read(lines.end())
        raise
    await reader.read(lines.end())


async def _read_document(response: ClientResponse, reader: Reader, patience: Patience) -> None:
    """Read one JSON document to its end, or lines of JSON where the first line is a document by itself."""
    body = bytearray()
    async for data in response.content.iter_any():
        is_first_line = b"\n" not in body and b"\n" in data
        body += data
        if is_first_line and _is_json(bytes(body).lstrip().partition(b"\n")[0]):
            await _read_lines(response, reader, patience, bytes(body))
            return
        if len(body) > patience.longest:
            raise Lost(f"a document of more than {patience.longest} bytes")
    await reader.read([Text("document", bytes(body))], polled=True)
    raise Lost(f"asks again every {patience.poll_s:.0f} s", "waiting", patience.poll_s)


def _is_json(line: bytes) -> bool:
    try:
        decode(line)
    except ValueError:
        return False
    return True


async def read_websocket(
    feed: Feed, since: float, reader: Reader, session: Session, patience: Patience
) -> None:
    """Read a WebSocket until it is lost, which raises Lost."""
    import aiohttp

    headers = feed.request_headers()
    async with _client(feed, None) as client:
        try:
            async with asyncio.timeout(patience.answer_s):
                socket = await client.ws_connect(
                    feed.address(since),
                    headers=headers,
                    heartbeat=patience.ping_s,
                    max_msg_size=patience.longest,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_GOODBYE_S),
                )
        except TimeoutError:
            raise Lost(f"{feed.place} did not answer in {patience.answer_s:.0f} s", "unreachable") from None
        except aiohttp.WSServerHandshakeError as error:
            _check(feed, error.status, error.headers or {})
            raise Lost(f"{feed.place} does not speak WebSocket (it answered {error.status})") from None
        async with socket:
            session.connect()
            if feed.dialect == "callmon":
                await socket.send_str(json.dumps({"resume": reader.last_id}))
            await _read_messages(socket, feed, reader, patience)


async def _read_messages(
    socket: ClientWebSocketResponse, feed: Feed, reader: Reader, patience: Patience
) -> NoReturn:
    from aiohttp import WebSocketError, WSCloseCode, WSMsgType

    number = 0
    async for message in socket:
        number += 1
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            await reader.read([Text(f"message {number}", message.data)])
        elif isinstance(message.data, WebSocketError) and message.data.code == WSCloseCode.MESSAGE_TOO_BIG:
            reason = f"longer than {patience.longest} bytes"
            await reader.read([Text(f"message {number}", b"", reason)])
            raise Lost(f"sent a message {reason}")
    if socket.close_code in (4401, 4403):
        raise _unauthorised(feed, socket.close_code)
    raise Lost(f"the far end closed the connection ({socket.close_code or 'without a word'})")


@asynccontextmanager
async def _client(feed: Feed, idle_s: float | None) -> AsyncIterator[ClientSession]:
    """Return a client whose failures are Lost in words of ours: those of aiohttp may hold the address."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=None, sock_read=idle_s)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as client:
            yield client
    except (aiohttp.ClientError, OSError) as error:
        raise lost_by(error, feed.place) from None


def _check(feed: Feed, status: int, headers: Mapping[str, str]) -> None:
    """Raise Lost for an answer that is no feed."""
    if status in (401, 403):
        raise _unauthorised(feed, status)
    if 300 <= status < 400:
        raise Lost(f"{feed.place} answered {status}: it has moved, put its new address here")
    if status == 404:
        raise Lost(f"{feed.place} answered 404: there is nothing at this path")
    if status >= 400:
        wait = headers.get("Retry-After", "")
        raise Lost(f"{feed.place} answered {status}", wait_s=float(wait) if wait.isdecimal() else None)


def _unauthorised(feed: Feed, status: int) -> Lost:
    shown = feed.credential
    reason = f"does not accept {shown}" if shown else "asks for a credential and none is set: add a token"
    return Lost(f"{feed.place} {reason} ({status})", "unauthorised")
