"""The web server: where frames arrive, what it answers, and how it starts and stops."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Protocol

from aiohttp import web

from callmon.model.frames import Json, Route
from callmon.model.intake import Intake
from callmon.server.auth import Auth, guard
from callmon.server.ingest import Door, Ingest
from callmon.server.limits import Buckets, Limits
from callmon.server.rtcstats import RtcStats

_TEXT = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_SCRIPT = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\nContent-Length: 41\r\n\r\n"
    b'{"error": "too many connections at once"}'
)
_CLOSING_S = 3.0
_KEEPALIVE_S = 75.0


class ListenError(Exception):
    """Why the server cannot listen, in one line that says what to do."""


class Documents(Protocol):
    """What the server may tell about calls, as JSON values of the documented shape."""

    def calls(self) -> Json:
        """Return the document of all calls."""
        ...

    def call(self, id: str) -> Json | None:
        """Return the document of one call, None where there is no such call."""
        ...

    def health(self) -> Json:
        """Return how the sources do."""
        ...


def create_app(
    intake: Intake,
    board: Documents,
    limits: Limits,
    auth: Auth,
    routes: Mapping[str, Sequence[Route]],
    *,
    more: Iterable[web.AbstractRouteDef] = (),
    clock: Callable[[], float] = time.time,
) -> web.Application:
    """Return the server: frames go to ``intake``, answers come from ``board``.

    ``routes`` are the endpoints that each provider wants, by its name; those with a protocol take rows of
    rtcstats at their path and below it. ``more`` is mounted beside them, as ``feed.routes(...)`` is.
    ``clock`` is epoch seconds.
    """
    door = Door(intake, limits, Buckets(limits, time.monotonic), clock)
    app = web.Application(middlewares=[_errors_as_json, guard(auth)], client_max_size=limits.max_body_bytes)
    for provider, wanted in routes.items():
        _mount(app, door, provider, wanted)
    app.router.add_routes(more)
    answers = _Answers(board, auth)
    app.router.add_get("/", answers.welcome)
    app.router.add_get("/callmon.js", answers.script)
    app.router.add_get("/callmon.mjs", answers.module)
    app.router.add_get("/health", answers.health)
    app.router.add_get("/v1/calls", answers.calls)
    app.router.add_get("/v1/calls/{id:.+}", answers.call)

    async def close(_: web.Application) -> None:
        await door.close()

    app.on_shutdown.append(close)
    return app


@web.middleware
async def _errors_as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer what aiohttp itself refuses (no such path, wrong method) in the shape of every other error."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return web.json_response({"error": error.reason.lower()}, status=error.status, headers=headers)


def _mount(app: web.Application, door: Door, provider: str, routes: Sequence[Route]) -> None:
    rows: dict[str, list[Route]] = {}
    for route in routes:
        if route.protocol is not None:
            rows.setdefault(route.path.rstrip("/"), []).append(route)
            continue
        ingest = Ingest(door, provider, route)
        if route.method != "GET":
            app.router.add_get(route.path, ingest.get)
        app.router.add_route(route.method, route.path, ingest.post)
    for path, spoken in rows.items():
        app.router.add_get(path + "{page:(/.*)?}", RtcStats(door, provider, spoken).get)


class _Answers:
    """What is said to who only asks."""

    def __init__(self, board: Documents, auth: Auth) -> None:
        self._board = board
        self._auth = auth
        static = resources.files("callmon.server") / "static"
        self._script = (static / "callmon.js").read_text("utf-8")
        self._welcome = (static / "welcome.txt").read_text("utf-8")

    async def welcome(self, request: web.Request) -> web.Response:
        """Say how to send frames."""
        host = request.host if re.fullmatch(r"[\w.:\[\]-]+", request.host) else "127.0.0.1:7880"
        token = "?token=TOKEN" if self._auth.token else ""
        return web.Response(
            text=self._welcome.replace("{host}", host).replace("{token}", token), headers=_TEXT
        )

    async def script(self, request: web.Request) -> web.Response:
        """Send callmon.js for a script tag."""
        return web.Response(text=self._script, content_type="text/javascript", headers=_SCRIPT)

    async def module(self, request: web.Request) -> web.Response:
        """Send callmon.js for an import; a script may not hold the word export, so it is added here."""
        text = self._script + "export default callmon;\n"
        return web.Response(text=text, content_type="text/javascript", headers=_SCRIPT)

    async def health(self, request: web.Request) -> web.Response:
        """Say that we are there, and to who may know it how the sources do."""
        told = {"status": "ok"}
        if self._auth.presented(request) and (sources := self._board.health()) is not None:
            told["sources"] = sources
        return _json(told)

    async def calls(self, request: web.Request) -> web.Response:
        """Send the document of all calls."""
        return _json(self._board.calls())

    async def call(self, request: web.Request) -> web.Response:
        """Send the document of one call."""
        document = self._board.call(request.match_info["id"])
        if document is None:
            return _json({"error": "there is no call with this id: GET /v1/calls lists them"}, status=404)
        return _json(document)


def _json(document: Json, status: int = 200) -> web.Response:
    text = json.dumps(document, allow_nan=False)
    return web.Response(text=text, status=status, content_type="application/json", headers=_TEXT)


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that listens: its address, and how to stop it."""

    host: str
    port: int
    close: Callable[[], Awaitable[None]]

    @property
    def url(self) -> str:
        """The address as a person would type it."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{name}:{self.port}"


class _Refusal(asyncio.Protocol):
    """What answers a connection that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(_BUSY)
        transport.close()


def _silent() -> logging.Logger:
    """Return a logger that says nothing: what goes wrong is counted and told to who sent it."""
    logger = logging.getLogger("callmon.server")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger


async def serve(app: web.Application, auth: Auth, limits: Limits, host: str, port: int) -> Serving:
    """Listen, and return where; raises ListenError and, beyond loopback without a token, NotAllowed."""
    auth.check(host)
    # Requests are never logged: a token may stand in their query. Bodies are unpacked within bounds by us.
    runner = web.AppRunner(
        app,
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=_KEEPALIVE_S,
        shutdown_timeout=_CLOSING_S,
        logger=_silent(),
    )
    await runner.setup()
    server = runner.server
    assert server is not None

    def accept() -> asyncio.Protocol:
        return _Refusal() if len(server.connections) >= limits.max_connections else server()

    try:
        listening = await asyncio.get_running_loop().create_server(accept, host, port, backlog=1024)
    except OSError as error:
        await runner.cleanup()
        raise ListenError(_remedy(error, host, port)) from None

    async def close() -> None:
        listening.close()
        await runner.cleanup()
        await listening.wait_closed()

    name = listening.sockets[0].getsockname()
    return Serving(name[0], name[1], close)


def _remedy(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        what, other = f"port {port} on {host} is in use", f"{host}:{port + 1}"
        return f"{what}: stop what listens there, or choose another with --listen {other}"
    if error.errno == errno.EACCES:
        return f"port {port} is not ours to listen on: choose one above 1023 with --listen {host}:7880"
    return (
        f"cannot listen on {host}:{port} ({error.strerror or error}): choose another with --listen HOST:PORT"
    )
