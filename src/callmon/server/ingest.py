"""Where messages of a dialect arrive, by POST or WebSocket, and become frames."""

from __future__ import annotations

import asyncio
import hashlib
import math
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import WebSocketError, WSCloseCode, WSMessage, WSMsgType, web

from callmon.model.frames import Frame, Json, Reply, Route
from callmon.model.health import SourceHealth
from callmon.model.intake import Intake
from callmon.server.backlog import Backlog
from callmon.server.bodies import Message, Refused, TooLarge, Unreadable, parse, read, unpack
from callmon.server.limits import Buckets, Limits

SOURCE = "listen"
"""The name under which everything that is sent to us counts as one source."""

IDS = ("call", "leg", "room", "label")
"""What a sender may say of its messages in the query, in headers (X-Callmon-Call, …) or in the body."""

_BREATH = 50
_GOODBYE_S = 2.0
_HEARTBEAT_S = 30.0
_LONGEST_ID = 200


@dataclass(slots=True)
class Count:
    """What became of the messages of one body: the answer to who sent it."""

    accepted: int = 0
    rejected: int = 0
    first: str | None = None

    def refuse(self, reason: str) -> None:
        """Count one more that could not be read."""
        self.rejected += 1
        self.first = self.first or reason

    def clear(self) -> None:
        """Begin anew."""
        self.accepted, self.rejected, self.first = 0, 0, None

    def document(self) -> dict[str, Json]:
        """Return it as JSON."""
        return {"accepted": self.accepted, "rejected": self.rejected, "first": self.first}


class Door:
    """What the ways in share: the intake, the limits and the clock, epoch seconds."""

    def __init__(self, intake: Intake, limits: Limits, buckets: Buckets, clock: Callable[[], float]) -> None:
        """Give every frame to ``intake``."""
        self.limits = limits
        self.buckets = buckets
        self.clock = clock
        self._intake = intake
        self._sockets: set[web.WebSocketResponse] = set()

    def health(self) -> SourceHealth:
        """Return how the server does as a source."""
        return self._intake.source(SOURCE)

    def take(self, frame: Frame, where: str, count: Count) -> None:
        """Hand a frame on and count what became of it."""
        taken = self._intake.take(frame)
        for reason in taken.rejected:
            count.refuse(f"{where}: {reason}" if where else reason)
        if taken.events or not taken.rejected:
            count.accepted += 1

    def refuse(self, reason: str, count: Count) -> None:
        """Count what never became a frame, in the answer and in the health."""
        count.refuse(reason)
        self._intake.refuse(SOURCE, reason)

    def drop(self) -> None:
        """Count a frame that was let go because there were too many."""
        self.health().dropped += 1

    def socket(self, protocols: Sequence[str] = ()) -> web.WebSocketResponse:
        """Return a WebSocket that is about to open, with the bounds of all of them."""
        return web.WebSocketResponse(
            protocols=tuple(protocols),
            max_msg_size=self.limits.max_body_bytes,
            heartbeat=_HEARTBEAT_S,
            timeout=_GOODBYE_S,
        )

    @asynccontextmanager
    async def opened(self, request: web.Request, socket: web.WebSocketResponse) -> AsyncIterator[None]:
        """Accept a WebSocket and keep it until its reader is done, so that ``close`` can end it."""
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            yield
        finally:
            self._sockets.discard(socket)

    def is_data(self, message: WSMessage) -> bool:
        """Whether a WebSocket brought data; when it broke its protocol that is counted, and it is over."""
        if isinstance(message.data, WebSocketError):
            large = message.data.code == WSCloseCode.MESSAGE_TOO_BIG
            self.refuse(f"a message {too_large(self.limits)}" if large else str(message.data), Count())
        return message.type in (WSMsgType.TEXT, WSMsgType.BINARY)

    async def close(self) -> None:
        """End every WebSocket, because the server stops."""
        closing = (
            socket.close(code=WSCloseCode.GOING_AWAY, message=b"callmon stops") for socket in self._sockets
        )
        await asyncio.gather(*closing, return_exceptions=True)


class Ingest:
    """One endpoint of one provider; POST and WebSocket say the same in the same shapes."""

    def __init__(self, door: Door, provider: str, route: Route) -> None:
        """Make frames of ``provider`` tagged as ``route`` says."""
        self._door = door
        self._provider = provider
        self._tag = route.tag
        self._reply = route.reply

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Upgrade to a WebSocket; a plain GET is told what to do."""
        if self._reply is not None:
            return web.json_response({"error": "send messages here by POST"}, status=405)
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.json_response({"error": "send frames here by POST or over a WebSocket"}, status=426)
        return await self._socket(request)

    async def post(self, request: web.Request) -> web.Response:
        """Take a body of messages; the answer says how many were taken and why the first was not."""
        door, count = self._door, Count()
        bucket = door.buckets.of(request.remote or "")
        if wait := bucket.wait():
            door.drop()
            count.refuse("too many frames: send fewer, or raise listen.max_frames_per_second")
            return _answer(429, count, wait)
        try:
            async with asyncio.timeout(door.limits.body_s):
                data = await body_of(request, door.limits.max_body_bytes)
            data = unpack(data, request.headers.get("Content-Encoding", ""), door.limits.max_body_bytes)
        except TooLarge:
            door.refuse(too_large(door.limits), count)
            return _answer(413, count)
        except ConnectionResetError:
            door.refuse("the sender went away in the middle of its body", count)
            return _answer(400, count)
        except TimeoutError:
            door.refuse("the body did not arrive in time", count)
            return _answer(408, count)
        except Unreadable as error:
            door.refuse(str(error), count)
            return _answer(400, count)
        about = about_of(request, f"{self._provider}-{_same_sender(request)}")
        if self._reply is not None:
            bucket.spend(1)
            return self._answered(data, about, self._reply)
        parts = list(read(data, door.limits.max_depth))
        about.setdefault("now", _newest(parts))
        for number, part in enumerate(parts, 1):
            if isinstance(part, Refused):
                door.refuse(str(part), count)
            else:
                door.take(self._frame(part, about), part.where, count)
            if number % _BREATH == 0:
                await asyncio.sleep(0)
        bucket.spend(count.accepted + count.rejected)
        return _answer(200 if count.accepted else 400, count)

    def _answered(self, data: bytes, about: dict[str, str], reply: Reply) -> web.Response:
        """Take a body that is one message, and answer it in the shape of its dialect."""
        count = Count()
        try:
            message = Message("", parse(data, self._door.limits.max_depth))
        except Unreadable as error:
            self._door.refuse(str(error), count)
            return _answer(400, count)
        frame = self._frame(message, about)
        self._door.take(frame, "", count)
        status, document = reply(frame, [count.first] if count.first is not None else [])
        return web.json_response(document, status=status)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        door, count = self._door, Count()
        socket = door.socket()
        about = about_of(request, f"{self._provider}-{secrets.token_hex(4)}")
        backlog = Backlog(
            lambda frame, where: door.take(frame, where, count),
            door.drop,
            door.buckets.bucket(),
            most=max(16, int(2 * door.limits.max_frames_per_second)),
        )
        async with door.opened(request, socket):
            while True:
                try:
                    message = await socket.receive(timeout=backlog.drain())
                except TimeoutError:
                    continue
                if not door.is_data(message):
                    break
                for part in self._parts(message.data, count):
                    await backlog.add(self._frame(part, about), part.where)
                if count.rejected:
                    await socket.send_json(count.document())
                    count.clear()
            backlog.flush()
        return socket

    def _parts(self, data: str | bytes, count: Count) -> list[Message]:
        """Return the messages of one WebSocket message, and count what is none."""
        limits, messages = self._door.limits, []
        try:
            for part in read(as_bytes(data, limits), limits.max_depth):
                if isinstance(part, Refused):
                    self._door.refuse(str(part), count)
                else:
                    messages.append(part)
        except TooLarge:
            self._door.refuse(too_large(limits), count)
        except Unreadable as error:
            self._door.refuse(str(error), count)
        return messages

    def _frame(self, message: Message, about: Mapping[str, str]) -> Frame:
        envelope = {key: word for key in IDS if (word := _word(message.envelope.get(key)))}
        known = {"call": about["connection"], **envelope, **about}
        given = known.pop("now", None)
        now = self._door.clock()
        at = now - _age_s(message, given, self._door.limits.oldest_s)
        return Frame(self._provider, at, self._tag, message.body, known, SOURCE)


def as_bytes(data: str | bytes, limits: Limits) -> bytes:
    """Return the bytes of a WebSocket message, gunzipped where it is gzip; raises TooLarge and Unreadable."""
    packed = data.encode("utf-8", "replace") if isinstance(data, str) else data
    return unpack(packed, "gzip", limits.max_body_bytes)


def too_large(limits: Limits) -> str:
    """Return what is said to whoever sends too much at once."""
    return f"larger than {limits.max_body_bytes} bytes: send less at once, or raise listen.max_body_bytes"


def about_of(request: web.Request, connection: str) -> dict[str, str]:
    """Return what the request itself says of its messages: ids from the query, else from headers."""
    about = {
        "connection": connection,
        **{key: value[:_LONGEST_ID] for key, value in request.match_info.items()},
    }
    for key in (*IDS, "now"):
        value = request.query.get(key) or request.headers.get(f"X-Callmon-{key.title()}")
        if value is None and key == "call":
            value = request.headers.get(
                "X-Call-Id"
            )  # what the Telnyx SDK says of the reports that it uploads
        if word := _word(value):
            about[key] = word
    return about


async def body_of(request: web.Request, limit: int) -> bytes:
    """Return the body of a request as it was sent; raises TooLarge."""
    out = bytearray()
    async for chunk in request.content.iter_any():
        out += chunk
        if len(out) > limit:
            raise TooLarge
    return bytes(out)


def _answer(status: int, count: Count, wait: float = 0.0) -> web.Response:
    headers = {"Retry-After": str(math.ceil(wait))} if wait else None
    return web.json_response(count.document(), status=status, headers=headers)


def _same_sender(request: web.Request) -> str:
    """Return a name that stays the same for the POSTs of one program on one machine."""
    said = "\n".join((request.remote or "", request.headers.get("User-Agent", ""), request.path))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:8]


def _word(value: Json) -> str | None:
    """Return an id as text, None where there is none; long ones are cut."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip()[:_LONGEST_ID] or None


def _newest(parts: Sequence[Message | Refused]) -> str:
    """Return the time of the newest of several messages, which then counts as the time of sending, or ''."""
    bodies = [part.body for part in parts if isinstance(part, Message) and isinstance(part.body, dict)]
    taken = [t for body in bodies if (t := _number(body.get("t"))) is not None]
    return str(max(taken)) if len(taken) > 1 else ""


def _age_s(message: Message, now: str | None, oldest_s: float) -> float:
    """Return for how long a message was held back by its sender: its ``now`` − its ``t``, never negative."""
    body = message.body if isinstance(message.body, dict) else {}
    taken = _number(body.get("t", message.envelope.get("t")))
    sent = _number(body.get("now", message.envelope.get("now", now)))
    if taken is None or sent is None:
        return 0.0
    return min(max(0.0, (sent - taken) / 1000), oldest_s)


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
