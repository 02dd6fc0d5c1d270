"""The command ``web``: the same terminal in a browser, one process for each tab, which ends with it.

The terminal in the page and the way to the process are textual-serve's. Its own page fetches a font from elsewhere
and lets anybody in, so the page, the token and the checks are ours.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hmac
import os
import secrets
import shlex
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from callmon.cli.main import EXIT_DONE, OPTIONS, Unusable, warn
from callmon.cli.wire import address, config_of
from callmon.config.address import is_loopback

if TYPE_CHECKING:
    from aiohttp import web

COOKIE = "callmon_web"
"""The cookie that stands for the token, once it was shown."""

TABS = 16
"""So many tabs at most, each of which is a process."""

PATIENCE_S = 5.0
"""A process whose tab is gone has so long to end by itself."""

Handler = Callable[["web.Request"], Awaitable["web.StreamResponse"]]


def run(options: argparse.Namespace) -> int:
    """Serve until it is interrupted; what cannot be done is one line on stderr."""
    try:
        host, port = address(options.listen or "127.0.0.1:7881")
        token = _token(options)
        if token is None and not is_loopback(host):
            raise Unusable(
                f"refuses to listen on {host} without a token: set CALLMON_TOKEN, or listen on 127.0.0.1"
            )
        site = Site(command_of(options), token or secrets.token_urlsafe(24))
        asyncio.run(serve(site, host, port))
    except Unusable as error:
        warn(str(error))
        return error.exit_code
    return EXIT_DONE


def _token(options: argparse.Namespace) -> str | None:
    """Return the token that somebody chose, if anybody did."""
    from callmon.config.secret import SecretError

    given = os.environ.get("CALLMON_TOKEN")
    config = config_of(options) if not given else None
    if config is None or config.listen.token is None:
        return given
    try:
        return config.listen.token.resolve(os.environ).get_secret_value()
    except SecretError as error:
        raise Unusable(f"listen.token: {error}") from None


def command_of(options: argparse.Namespace) -> str:
    """Return what runs for each tab: callmon with what was typed after ``web`` and the options before."""
    words = [sys.executable, "-m", "callmon", *(word for word in options.words if word != "--")]
    for option, _, name, _ in OPTIONS:
        if getattr(options, name):
            words += [option, str(getattr(options, name))]
    for name in ("theme", "charts", "fps"):
        if getattr(options, name):
            words += [f"--{name}", str(getattr(options, name))]
    return f"exec {shlex.join(words)}"


class Site:
    """What the browser is served; ``token`` opens it, and from then on the cookie."""

    def __init__(self, command: str, token: str) -> None:
        """Run ``command`` in a shell for each tab. Raises Unusable without textual-serve."""
        try:
            from textual_serve.download_manager import DownloadManager
        except ImportError:
            raise Unusable("callmon web needs textual-serve: pip install 'callmon[web]'") from None
        self.token = token
        self._command = command
        self._cookie = secrets.token_urlsafe(32)
        self._downloads = DownloadManager()
        self._tabs: set[web.WebSocketResponse] = set()

    def app(self) -> web.Application:
        """Return the routes: the page, what it loads, and the way to a process."""
        import textual_serve
        from aiohttp import web

        app = web.Application(middlewares=[web.middleware(partial(self._guard))])
        app.router.add_get("/", self._page)
        app.router.add_get("/ws", self._tab)
        app.router.add_static("/static", resources.files(textual_serve) / "static")  # type: ignore[arg-type]
        app.on_shutdown.append(self._close)
        return app

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who shows the token, which becomes a cookie, or that cookie; pages of other origins never."""
        from aiohttp import web

        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            return web.Response(status=403, text="pages of other origins are not allowed here\n")
        given = request.query.get("token")
        if given is not None and _same(given, self.token):
            answer = web.Response(status=303, headers={"Location": request.path})
            secure = request.headers.get("X-Forwarded-Proto", request.scheme) == "https"
            answer.set_cookie(COOKIE, self._cookie, httponly=True, samesite="Strict", secure=secure)
            return answer
        if not _same(request.cookies.get(COOKIE, ""), self._cookie):
            return web.Response(status=401, text="open the address with ?token= that callmon web printed\n")
        return await handler(request)

    async def _page(self, request: web.Request) -> web.Response:
        from aiohttp import web

        nonce = secrets.token_urlsafe(16)
        text = resources.files("callmon.cli").joinpath("web.html").read_text("utf-8")
        allowed = (
            f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
            "font-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        headers = {
            "Content-Security-Policy": allowed,
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(text=text.replace("{{nonce}}", nonce), content_type="text/html", headers=headers)

    async def _tab(self, request: web.Request) -> web.StreamResponse:
        """Run a process for as long as the tab is there."""
        from aiohttp import web
        from textual_serve.app_service import AppService

        if len(self._tabs) >= TABS:
            return web.Response(status=503, text=f"there are {TABS} tabs already\n")
        tab = web.WebSocketResponse(heartbeat=15)
        await tab.prepare(request)
        self._tabs.add(tab)
        service = AppService(
            self._command,
            write_bytes=tab.send_bytes,
            write_str=tab.send_str,
            close=tab.close,  # type: ignore[arg-type]
            download_manager=self._downloads,
        )
        try:
            await service.start(_size(request, "width", 80), _size(request, "height", 24))
            await _carry(tab, service)
        finally:
            self._tabs.discard(tab)
            await _end(service)
        return tab

    async def _close(self, app: web.Application) -> None:
        for tab in list(self._tabs):
            await tab.close()


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _size(request: web.Request, name: str, usual: int) -> int:
    text = request.query.get(name, "")
    return min(1000, max(1, int(text))) if text.isdecimal() and len(text) < 6 else usual


async def _carry(tab: web.WebSocketResponse, service: object) -> None:
    """Carry what the tab says to its process, until the tab is gone."""
    from textual_serve.app_service import AppService

    assert isinstance(service, AppService)
    async for message in tab:
        try:
            kind, said = (*message.json(), None)[:2]
            if kind == "stdin":
                await service.send_bytes(str(said).encode())
            elif kind == "resize":
                await service.set_terminal_size(int(said["width"]), int(said["height"]))
            elif kind == "ping":
                await tab.send_json(["pong", said])
            elif kind in ("blur", "focus"):
                await getattr(service, kind)()
        except (ValueError, TypeError, KeyError):
            continue  # what is no message of the page's terminal


async def _end(service: object) -> None:
    """End a process with its tab, by force if it does not end by itself."""
    from textual_serve.app_service import AppService

    assert isinstance(service, AppService)
    process = service._process
    # Whatever went wrong with it, nothing may be left running.
    with contextlib.suppress(Exception):
        await asyncio.wait_for(service.stop(), PATIENCE_S)
    if process is not None and process.returncode is None:
        with contextlib.suppress(ProcessLookupError, asyncio.TimeoutError):
            process.terminate()
            await asyncio.wait_for(process.wait(), PATIENCE_S)
        with contextlib.suppress(ProcessLookupError):
            process.kill()


async def serve(site: Site, host: str, port: int) -> None:
    """Serve until it is interrupted; say where on stderr. Raises Unusable where the port is taken."""
    from aiohttp import web

    runner = web.AppRunner(site.app(), access_log=None)
    await runner.setup()
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise Unusable(f"cannot listen on {host}:{port} ({error.strerror}): use --listen") from None
    try:
        taken = runner.addresses[0][1]
        shown = f"[{host}]" if ":" in host else host
        warn(f"open http://{shown}:{taken}/?token={site.token}")
        await stop.wait()
    finally:
        await runner.cleanup()
