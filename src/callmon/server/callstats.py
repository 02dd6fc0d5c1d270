"""The ingest REST API of callstats.io: its tokens, who takes part, and its own answers."""

from __future__ import annotations

import asyncio
import math
import re
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from callmon.model.frames import Frame, Json, Route
from callmon.providers.callstats import Callstats
from callmon.providers.callstats.callstats import JOIN, SILENT, SILENT_S
from callmon.server.bodies import TooLarge, Unreadable, parse, unpack
from callmon.server.ingest import SOURCE, Count, Door, body_of
from callmon.server.limits import Bucket
from callmon.server.tokens import Claims, Keys, TokenError, name_of

OWN = ("/authenticate", "/v1/apps/")
"""Beginnings of the paths that have tokens of their own."""

RETRY, NEW_TOKEN, REPORT = 0, 1, 2
"""What a client is told to do when it gets no token; the SDKs read numbers, and choke on the documented names."""

_SWEEP_S = 1.0
_MOST = 20_000
_LONGEST_ID = 200
_LONGEST_FORM = 16_384


@dataclass(slots=True)
class Stay:
    """One participation: whose it is, when it was last heard of (epoch seconds), and whether it is over."""

    user: str
    heard_at: float
    over: bool = False


class CallstatsApi:
    """The endpoints of the API; a request without a good token becomes no frame.

    ``url`` is where clients find us, None where that is what they asked. Who is silent for ``SILENT_S`` is told
    to the reader as a frame of its own, so that a recording holds it too.
    """

    def __init__(self, door: Door, keys: Keys, url: str | None = None) -> None:
        """Take what ``keys`` admit."""
        self._door = door
        self._keys = keys
        self._url = url
        self._stays: OrderedDict[tuple[str, str], Stay] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """Return what is to be mounted."""
        found = [web.post("/authenticate", self.authenticate)]
        for route in Callstats.routes:
            found.append(web.route(route.method, route.path, self._taker(route)))
        found.append(web.route("*", "/v1/apps/{rest:.*}", _unknown))
        return found

    async def sweeping(self, app: web.Application) -> AsyncIterator[None]:
        """Look for who fell silent for as long as the server runs."""

        async def sweep() -> None:
            while True:
                await asyncio.sleep(_SWEEP_S)
                self.sweep(self._door.clock())

        task = asyncio.create_task(sweep(), name="callstats")
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def sweep(self, now: float) -> None:
        """Tell of everybody who has been silent for too long."""
        for (conference, id), stay in self._stays.items():
            if stay.over or now - stay.heard_at <= SILENT_S:
                continue
            stay.over = True
            about = {"app": self._keys.app, "call": conference, "leg": id, "user": stay.user}
            self._take(Frame(Callstats.name, now, SILENT, {"since": stay.heard_at}, about, SOURCE))

    async def authenticate(self, request: web.Request) -> web.Response:
        """Give a token of ours for one of the client's."""
        if (wait := self._door.buckets.of(request.remote or "").wait()) > 0:
            return _denied(503, "too many requests", RETRY, wait)
        self._door.buckets.of(request.remote or "").spend(1)
        try:
            form = dict(parse_qsl((await self._bytes(request)).decode("utf-8"), max_num_fields=20))
        except (TooLarge, Unreadable, TimeoutError, ValueError):
            return _denied(400, "the form cannot be read", REPORT)
        client, _, app = form.get("client_id", "").rpartition("@")
        if form.get("grant_type") != "authorization_code" or not client or not form.get("code"):
            return _denied(
                400, "send grant_type=authorization_code, client_id=USER@APP and code=TOKEN", REPORT
            )
        now = self._door.clock()
        try:
            claims = self._keys.client(form["code"], now)
        except TokenError as error:
            return self._forged(error)
        # The Android SDK does not encode its form, where a plus stands for a space.
        named = {name_of(client), name_of(client.replace(" ", "+"))}
        if claims.app != app or claims.user not in named:
            return self._forged(TokenError("client_id is not the user and app of the token"))
        base = self._url or _origin(request)
        return _json(200, {
            "access_token": self._keys.issue(claims, now),
            "expires_in": math.floor(self._keys.life_s),
            "token_type": "bearer",
            "metadata": {"urls": {"events": base, "stats": base, "config": base}},
            "iceServers": [],
            "turnServers": [],
        })  # fmt: skip

    def _forged(self, error: TokenError) -> web.Response:
        self._door.refuse(f"callstats: {error}", Count())
        return _denied(401, str(error), NEW_TOKEN)

    def _taker(self, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def take(request: web.Request) -> web.Response:
            try:
                claims = self._presented(request)
            except TokenError as error:
                self._door.refuse(f"callstats: {error}", Count())
                return _error(401, str(error))
            bucket = self._door.buckets.of(f"callstats {claims.user}")
            if (wait := bucket.wait()) > 0:
                self._door.drop()
                return _error(
                    503, "too many messages: send fewer, or raise listen.max_frames_per_second", wait
                )
            return await self._taken(request, route, claims, bucket)

        return take

    def _presented(self, request: web.Request) -> Claims:
        """Return whom a request is of, or raise TokenError."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given.strip():
            raise TokenError("the token is missing: send Authorization: Bearer")
        claims = self._keys.bearer(given.strip(), self._door.clock())
        if request.match_info["app"] != claims.app:
            raise TokenError("the token is for another app")
        return claims

    async def _taken(
        self, request: web.Request, route: Route, claims: Claims, bucket: Bucket
    ) -> web.Response:
        bucket.spend(1)
        limits = self._door.limits
        try:
            data = await self._bytes(request)
            body = parse(data, limits.max_depth)
        except TooLarge:
            return self._unread(f"larger than {limits.max_body_bytes} bytes")
        except TimeoutError:
            return self._unread("the body did not arrive in time")
        except Unreadable as error:
            return self._unread(str(error))
        if not isinstance(body, dict):
            return self._unread("a message is an object")
        if (said := body.get("localID")) is not None and name_of(str(said)) != claims.user:
            self._door.refuse("callstats: localID is not the user of the token", Count())
            return _error(401, "localID is not the user of the token")
        now = self._door.clock()
        about = {**_ids(request.match_info), "user": claims.user}
        if "call" in about and not self._place(about, route, body, now):
            self._door.refuse("callstats: this ucID is another user's", Count())
            return _error(401, "this ucID is another user's")
        frame = Frame(Callstats.name, now, route.tag, body, about, SOURCE)
        reasons = self._take(frame)
        assert route.reply is not None
        return _json(*route.reply(frame, reasons))

    def _place(self, about: dict[str, str], route: Route, body: Mapping[str, Json], now: float) -> bool:
        """Put the ``ucID`` into ``about``, made for who comes without one; False where it is somebody else's."""
        user = about["user"]
        if route.tag == JOIN:
            given = body.get("ucID")
            about["leg"] = (
                given[:_LONGEST_ID] if isinstance(given, str) and given else self._stay(about, body)
            )
        key = (about["call"], about["leg"])
        stay = self._stays.get(key)
        if stay is not None and stay.user != user:
            return False
        # Whose it was stays known after the end, so that nobody else can go on with it.
        self._stays[key] = Stay(user, now, over=route.tag == "events/user/left")
        self._stays.move_to_end(key)
        if len(self._stays) > _MOST:
            self._stays.popitem(last=False)
        return True

    def _stay(self, about: Mapping[str, str], body: Mapping[str, Json]) -> str:
        when = body.get("timestamp")
        once = secrets.token_hex(8) if when is None else repr(when)
        device = str(body.get("deviceID", ""))[:_LONGEST_ID]
        return self._keys.stay(about["app"], about["call"], about["user"], device, once)

    def _take(self, frame: Frame) -> list[str]:
        """Hand a frame on; return why it, or a part of it, was not read."""
        count = Count()
        self._door.take(frame, "", count)
        return [count.first] if count.first is not None else []

    def _unread(self, reason: str) -> web.Response:
        self._door.refuse(f"callstats: {reason}", Count())
        return _error(400, reason)

    async def _bytes(self, request: web.Request) -> bytes:
        limits = self._door.limits
        most = _LONGEST_FORM if request.path == "/authenticate" else limits.max_body_bytes
        async with asyncio.timeout(limits.body_s):
            data = await body_of(request, most)
        return unpack(data, request.headers.get("Content-Encoding", ""), most)


def _ids(matched: Mapping[str, str]) -> dict[str, str]:
    return {key: matched[key][:_LONGEST_ID] for key in ("app", "call", "leg") if key in matched}


def _origin(request: web.Request) -> str:
    """Return the address by which a client came to us."""
    host = request.host if re.fullmatch(r"[\w.:\[\]-]+", request.host) else "127.0.0.1:7880"
    return f"{request.scheme}://{host}"


async def _unknown(request: web.Request) -> web.Response:
    return _error(404, "no such path of the callstats API, or not by this method")


def _json(status: int, document: Json, wait: float = 0.0) -> web.Response:
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(math.ceil(wait))} if wait else {})
    return web.json_response(document, status=status, headers=headers)


def _error(status: int, reason: str, wait: float = 0.0) -> web.Response:
    return _json(status, {"status": "error", "msg": reason}, wait)


def _denied(status: int, reason: str, action: int, wait: float = 0.0) -> web.Response:
    params: dict[str, Json] = {"errorReason": reason}
    if wait:
        params["timeout"] = math.ceil(1000 * wait)
    return _json(status, {
        "error": "invalid_grant" if status == 401 else "invalid_request",
        "errorReason": reason,
        "urn:x-callstats:auth:errorActions": [{"action": action, "params": params}],
    }, wait)  # fmt: skip
