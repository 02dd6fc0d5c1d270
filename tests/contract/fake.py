"""A vendor's API on this machine: strict about what it is asked, and misbehaving on request.

    async with Fake(auth=bearer("KEY")) as fake:
        fake.on("/v2/calls", {"data": []}, allows={"page[number]"})
        fake.misbehave(too_many("2"), broken())
        …ask fake.url…

Leaving the block fails when anything was asked that the vendor would not have answered.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import web

Json = Any


def bearer(token: str) -> str:
    """The header that shows a token."""
    return f"Bearer {token}"


def basic(username: str, password: str) -> str:
    """The header that shows a username and a password."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


@dataclass(frozen=True)
class Asked:
    """One request: ``match`` holds the parts of the path, ``query`` its pairs in order, ``at`` the fake's clock."""

    path: str
    raw_path: str
    match: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    at: float
    authorization: str | None

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), default)


@dataclass(frozen=True)
class Reply:
    """An answer as it goes out; ``text`` in place of a body is sent as it is; ``cut`` breaks off after so much."""

    body: Json = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | bytes | None = None
    content_type: str = "application/json"
    cut: int | None = None
    wait_s: float = 0.0
    genuine: bool = False
    """Answer as asked, after ``wait_s``."""


def too_many(retry_after: str | None = None) -> Reply:
    """429, with a Retry-After (seconds, or a date: see ``http_date``) or without."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Reply({"message": "Too many requests", "code": 20429}, 429, headers)


def broken(status: int = 500, retry_after: str | None = None) -> Reply:
    """A server's own failure."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Reply({"message": "Internal error"}, status, headers)


def slow(seconds: float) -> Reply:
    """The right answer, late."""
    return Reply(wait_s=seconds, genuine=True)


def truncated(genuine_start: str = '{"meta": {"page": 0}, "data": [{"id') -> Reply:
    """Half of a JSON text, with the length of all of it announced."""
    return Reply(text=genuine_start + " " * 200, cut=len(genuine_start))


def half_json() -> Reply:
    """Half of a JSON text in an answer that is whole."""
    return Reply(text='{"data": [{"id": 1}, {"i')


def error_body(body: Json) -> Reply:
    """200 with an error inside."""
    return Reply(body)


def web_page() -> Reply:
    """What a proxy or a captive portal says."""
    return Reply(text="<html>Sign in</html>", content_type="text/html")


def endless(size: int) -> Reply:
    """JSON of so many bytes."""
    return Reply(text='"' + "x" * size + '"')


def moved(location: str, status: int = 302) -> Reply:
    """A redirect."""
    return Reply(text="", status=status, headers={"Location": location}, content_type="text/plain")


def denied(status: int = 401, body: Json = None) -> Reply:
    """The credential is not accepted, such as when it expires in the middle."""
    return Reply(body if body is not None else {"message": "Authenticate", "code": 20003}, status)


def http_date(at: float) -> str:
    """A moment as HTTP writes it."""
    return formatdate(at, usegmt=True)


Answer = Json | Reply | Callable[[Asked], Any] | Callable[[Asked], Awaitable[Any]]


@dataclass
class Endpoint:
    """One path: which parameters it knows and which it needs."""

    pattern: re.Pattern[str]
    answer: Any
    allows: frozenset[str] | None
    needs: frozenset[str]
    method: str


class Pages:
    """Pages that must be read from the first to the last: ``number`` says which one is asked for, 0 the first.

    A page before its predecessor was answered, or a second time in one reading, is a violation. What a page
    holds is the test's: it may hold rows twice, or in any order.
    """

    def __init__(self, bodies: Sequence[Json], number: Callable[[Asked], int | None], fake: Fake) -> None:
        self.readings = 0
        self._bodies = bodies
        self._number = number
        self._fake = fake
        self._reached: dict[str, int] = {}

    def __call__(self, asked: Asked) -> Json:
        number = self._number(asked)
        if number is None or not 0 <= number < len(self._bodies):
            return self._fake.violate(asked, f"page {number} was never offered")
        if number == 0:
            self.readings += 1
        elif number != self._reached.get(asked.path, -1) + 1:
            return self._fake.violate(asked, f"page {number} after page {self._reached.get(asked.path)}")
        self._reached[asked.path] = number
        body = self._bodies[number]
        return body(asked) if callable(body) else body


class Fake:
    """The fake; ``auth`` is the whole Authorization header that it accepts, None for anything.

    ``per_second`` (over any ``over_s``) and ``per_day`` are quotas: what is beyond them is a violation and
    gets 429. ``clock`` is
    epoch seconds, which may go faster than time does.
    """

    def __init__(
        self,
        auth: str | None = None,
        *,
        per_second: float | None = None,
        per_day: int | None = None,
        over_s: float = 1.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.auth = auth
        self.asked: list[Asked] = []
        self.violations: list[str] = []
        self.skew_s: float = 0.0
        self.answered: dict[int, int] = {}
        self.count = 0
        self.peak = 0
        self._once_valid: set[str] = set()
        self._endpoints: list[Endpoint] = []
        self._misbehaviours: deque[tuple[str, Reply]] = deque()
        self._always: Reply | None = None
        self._per_second = per_second
        self._per_day = per_day
        self._over_s = over_s
        self._recent: deque[float] = deque()
        self._clock = clock
        self._runner: web.AppRunner | None = None
        self.url = ""
        self.keep_asked = 10_000

    # What it answers

    def on(
        self,
        path: str,
        answer: Answer,
        *,
        allows: Sequence[str] | set[str] | None = None,
        needs: Sequence[str] | set[str] = (),
        method: str = "GET",
    ) -> None:
        """Answer ``path``, in which ``{name}`` stands for one part of it.

        ``answer`` is JSON, a Reply, or a function of Asked that returns one of them. A parameter that is not
        in ``allows`` (None: all are known), or one of ``needs`` that is missing, is a violation.
        """
        pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))
        known = None if allows is None else frozenset(allows) | frozenset(needs)
        self._endpoints.insert(0, Endpoint(pattern, answer, known, frozenset(needs), method))

    def pages(
        self,
        path: str,
        bodies: Sequence[Json],
        number: Callable[[Asked], int | None],
        *,
        allows: Sequence[str] | set[str] | None = None,
        needs: Sequence[str] | set[str] = (),
    ) -> Pages:
        """Answer ``path`` with pages that must be asked for in their order."""
        pages = Pages(bodies, number, self)
        self.on(path, pages, allows=allows, needs=needs)
        return pages

    def misbehave(self, *replies: Reply, path: str = "") -> None:
        """Answer the next requests (to paths that hold ``path``) so, one each."""
        self._misbehaviours.extend((path, reply) for reply in replies)

    def always(self, reply: Reply | None) -> None:
        """Answer everything so from now on; None: properly again."""
        self._always = reply

    def expire(self, auth: str) -> None:
        """From now on only another credential is accepted; the old one gets 401, which is no violation."""
        if self.auth is not None:
            self._once_valid.add(self.auth)
        self.auth = auth

    def violate(self, asked: Asked | None, what: str) -> Reply:
        """Note that something was asked that the vendor would not answer."""
        self.violations.append(f"{asked.raw_path if asked is not None else '?'}: {what}")
        return Reply({"message": what, "code": 400}, 400)

    # What was asked

    def paths(self) -> list[str]:
        """The paths asked for, in their order."""
        return [one.path for one in self.asked]

    def check(self) -> None:
        """Fail when anything was asked that the vendor would not have answered."""
        assert not self.violations, "\n".join(self.violations)

    # Life

    async def __aenter__(self) -> Fake:
        await self.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self.close()
        if kind is None:
            self.check()

    async def open(self, port: int = 0) -> None:
        """Listen on a free port of this machine."""
        app = web.Application(client_max_size=1 << 20)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        query = tuple(request.query.items())
        asked = Asked(
            request.path, request.path_qs, {}, query, self._clock(), request.headers.get("Authorization")
        )
        self.count += 1
        if len(self.asked) < self.keep_asked:
            self.asked.append(asked)
        reply = self._judge(request, asked)
        if reply is None or reply.genuine:
            if reply is not None:
                await asyncio.sleep(reply.wait_s)
            reply = await self._answer(request, asked)
        self.answered[reply.status] = self.answered.get(reply.status, 0) + 1
        try:
            return await self._send(request, reply)
        except ConnectionError:  # whoever asked has gone
            return web.Response()

    def _judge(self, request: web.Request, asked: Asked) -> Reply | None:
        """What is answered in place of what was asked for."""
        over = self._quota(asked)
        if over is not None:
            return over
        if self.auth is not None and asked.authorization != self.auth:
            if asked.authorization not in self._once_valid:
                self.violate(asked, "no credential" if not asked.authorization else "another credential")
            return denied()
        if self._always is not None:
            return self._always
        for index, (path, reply) in enumerate(self._misbehaviours):
            if path in asked.path:
                del self._misbehaviours[index]
                return reply
        return None

    def _quota(self, asked: Asked) -> Reply | None:
        if self._per_second is not None:
            self._recent.append(asked.at)
            share = max(1, int(self._per_second * self._over_s))
            while self._recent and self._recent[0] <= asked.at - share / self._per_second:
                self._recent.popleft()
            self.peak = max(self.peak, len(self._recent))
            if len(self._recent) > share:
                self.violate(asked, f"more than {self._per_second} a second")
                return too_many("1")
        if self._per_day is not None and self.count > self._per_day:
            self.violate(asked, f"more than {self._per_day} a day")
            return too_many("3600")
        return None

    async def _answer(self, request: web.Request, asked: Asked) -> Reply:
        for endpoint in self._endpoints:
            match = endpoint.pattern.fullmatch(asked.path)
            if match is None:
                continue
            if request.method != endpoint.method:
                return self.violate(asked, f"{request.method} in place of {endpoint.method}")
            names = {name for name, _ in asked.query}
            if endpoint.allows is not None and not names <= endpoint.allows:
                return self.violate(asked, f"unknown parameters {sorted(names - endpoint.allows)}")
            if not endpoint.needs <= names:
                return self.violate(asked, f"parameters are missing: {sorted(endpoint.needs - names)}")
            asked = Asked(
                asked.path, asked.raw_path, match.groupdict(), asked.query, asked.at, asked.authorization
            )
            found = endpoint.answer(asked) if callable(endpoint.answer) else endpoint.answer
            if asyncio.iscoroutine(found):
                found = await found
            return found if isinstance(found, Reply) else Reply(found)
        return self.violate(asked, "there is nothing at this path")

    async def _send(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        await asyncio.sleep(reply.wait_s)
        text = reply.text if reply.text is not None else json.dumps(reply.body)
        data = text.encode() if isinstance(text, str) else text
        headers = {"Content-Type": reply.content_type, "Content-Length": str(len(data)), **reply.headers}
        headers.setdefault("Date", http_date(self._clock() + self.skew_s))
        response = web.StreamResponse(status=reply.status, headers=headers)
        await response.prepare(request)
        await response.write(data if reply.cut is None else data[: reply.cut])
        if reply.cut is not None and request.transport is not None:
            request.transport.close()
            return response
        await response.write_eof()
        return response
