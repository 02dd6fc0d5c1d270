"""Who may send and who may read: the token, the origins of web pages, and the names we answer to."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from callmon.config.address import is_loopback

OPEN = ("/", "/health", "/callmon.js", "/callmon.mjs")
"""Paths that answer without a token; what they say is the same for everybody."""

PUBLIC = ("/ingest/", "/rtcstats", "/call_report", "/callmon.js", "/callmon.mjs")
"""Beginnings of the paths that pages of other origins may use; all others are for our own origin."""

_HOST = re.compile(r"^(?P<name>\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(:\d+)?$")
_METHODS = "GET, POST, OPTIONS"
_HEADERS = (
    "Authorization, Content-Type, Content-Encoding, "
    "X-Callmon-Call, X-Callmon-Leg, X-Callmon-Room, X-Callmon-Label, X-Callmon-Now, "
    "X-Call-Report-Id, X-Call-Id, X-Voice-Sdk-Id"
)


class NotAllowed(Exception):
    """A setting that would let strangers in, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Auth:
    """What is asked of a request.

    ``token`` is the secret that sender and reader must present, None when there is none; ``origins`` are the
    web origins whose pages may send, ``*`` for any. A named origin may also read; ``*`` never gives that.
    ``own`` are the beginnings of paths that check tokens of their own, and where pages may send.
    """

    token: str | None = None
    origins: tuple[str, ...] = ("*",)
    own: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return it without its token."""
        return f"Auth(token={'…' if self.token else None}, origins={self.origins})"

    def check(self, host: str) -> None:
        """Raise NotAllowed where ``host`` is beyond this machine and no token protects it."""
        if not self.token and not is_loopback(host):
            raise NotAllowed(
                f"refuses to listen on {host} without a token: set listen.token, or listen on 127.0.0.1"
            )

    def presented(self, request: web.Request) -> bool:
        """Whether a request carries the token, as ``Authorization: Bearer`` or ``?token=``."""
        if not self.token:
            return True
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            given = request.query.get("token", "")
        return hmac.compare_digest(given.strip().encode("utf-8", "replace"), self.token.encode())

    def admits(self, request: web.Request, origin: str) -> bool:
        """Whether a page of ``origin`` may use this path."""
        if origin in self.origins or urlsplit(origin).netloc == request.host:
            return True
        return "*" in self.origins and request.path.startswith(PUBLIC + self.own)


def guard(auth: Auth) -> Middleware:
    """Return the middleware that refuses what ``auth`` does not allow, and answers preflights."""

    @web.middleware
    async def guarded(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        refusal = _refusal(auth, request, origin)
        if refusal is not None:
            return refusal
        if request.method == "OPTIONS":
            return _preflight(request, origin)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(_allowing(origin))
            raise
        if not response.prepared:
            response.headers.update(_allowing(origin))
        return response

    return guarded


def _refusal(auth: Auth, request: web.Request, origin: str | None) -> web.Response | None:
    # DNS rebinding: a foreign name that leads to this machine must not open it to the pages of that name.
    if not auth.token and not _is_loopback_name(request.host):
        return _refuse(403, "this Host is not this machine: use 127.0.0.1, or set listen.token")
    if origin is not None and not auth.admits(request, origin):
        return _refuse(403, "pages of this origin are not allowed here: add it to listen.cors_origins")
    # A preflight carries no Authorization; it is answered, and the request after it is checked.
    asked = request.method != "OPTIONS" and request.path not in OPEN and not request.path.startswith(auth.own)
    if asked and not auth.presented(request):
        return _refuse(
            401,
            "the token is missing or wrong: send Authorization: Bearer, or ?token=",
            {"WWW-Authenticate": "Bearer", **_allowing(origin)},
        )
    return None


def _refuse(status: int, reason: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"error": reason}, status=status, headers=headers)


def _allowing(origin: str | None) -> dict[str, str]:
    if origin is None:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "Retry-After",
        "Vary": "Origin",
    }


def _preflight(request: web.Request, origin: str | None) -> web.Response:
    headers = {
        **_allowing(origin),
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": _HEADERS,
        "Access-Control-Max-Age": "600",
    }
    # Chromium asks this before a public page may talk to a private address.
    for name in ("Private-Network", "Local-Network"):
        if request.headers.get(f"Access-Control-Request-{name}") == "true":
            headers[f"Access-Control-Allow-{name}"] = "true"
    return web.Response(status=204, headers=headers)


def _is_loopback_name(host: str) -> bool:
    found = _HOST.match(host)
    return found is not None and is_loopback(found["name"].strip("[]"))
