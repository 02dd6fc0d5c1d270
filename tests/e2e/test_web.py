"""The terminal in a browser: who is let in, what the page loads, and that processes end with their tabs."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pyte
import pytest
from playwright.async_api import Browser, Page, WebSocket

pytest.importorskip("textual_serve")

pytestmark = pytest.mark.e2e


@dataclass
class Served:
    """A ``callmon web``: where it is, its token, its process."""

    url: str
    token: str
    process: asyncio.subprocess.Process

    @property
    def entrance(self) -> str:
        return f"{self.url}/?token={self.token}"

    def running(self) -> int:
        """How many processes it has started that are still there."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("utf-8")
        return len(children.split())


@dataclass
class Seen:
    """What a page loads and what its terminal shows."""

    screen: pyte.Screen = field(default_factory=lambda: pyte.Screen(160, 60))
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        stream = pyte.ByteStream(self.screen)

        def connected(socket: WebSocket) -> None:
            socket.on("framereceived", lambda data: stream.feed(data) if isinstance(data, bytes) else None)

        page.on("websocket", connected)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)


async def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A callmon web over the demo on a free port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "callmon", "web", "--listen", "127.0.0.1:0", "demo", "--calls", "6"),
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert process.stderr is not None
    line = (await asyncio.wait_for(process.stderr.readline(), 20)).decode()
    found = re.search(r"(http://127\.0\.0\.1:\d+)/\?token=(\S+)", line)
    assert found, line
    yield Served(found[1], found[2], process)
    if process.returncode is None:
        process.terminate()
        await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0


async def test_the_terminal_works_in_a_browser_and_loads_nothing_from_elsewhere(
    served: Served, browser: Browser
) -> None:
    page, seen = await browser.new_page(), Seen()
    seen.follow(page)
    await page.goto(served.entrance)
    assert page.url == served.url + "/", "the token does not stay in the address"
    await until(lambda: "? Help" in seen.text)
    assert served.running() == 1
    await page.keyboard.press("p")
    await until(lambda: "FROZEN" in seen.text)
    assert all(url.startswith((served.url, served.url.replace("http", "ws"), "data:")) for url in seen.asked)
    assert seen.wrong == []
    await page.keyboard.press("q")
    await page.wait_for_selector("#ended", state="visible")
    await until(lambda: served.running() == 0)


async def test_a_process_ends_with_its_tab(served: Served, browser: Browser) -> None:
    context = await browser.new_context()
    pages = [await context.new_page() for _ in range(2)]
    seen = [Seen() for _ in pages]
    for page, one in zip(pages, seen, strict=True):
        one.follow(page)
        await page.goto(served.entrance)
    await until(lambda: all("? Help" in one.text for one in seen))
    assert served.running() == 2
    await pages[0].close()
    await until(lambda: served.running() == 1)
    await context.close()
    await until(lambda: served.running() == 0)


async def test_nobody_gets_in_without_the_token(served: Served) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        for path in ("/", "/?token=", "/?token=guess", "/static/js/textual.js", "/ws", "/ws?token=guess"):
            async with client.get(served.url + path) as answer:
                assert answer.status == 401, path
        async with client.get(served.entrance, allow_redirects=False) as answer:
            assert answer.status == 303 and answer.headers["Location"] == "/"
            cookie = answer.headers["Set-Cookie"]
            assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and served.token not in cookie
        async with client.get(served.url + "/") as answer:
            assert answer.status == 200
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert served.token not in await answer.text()
        async with client.get(served.url + "/ws", headers={"Origin": "http://evil.example"}) as answer:
            assert answer.status == 403
    assert served.running() == 0


async def test_it_ends_its_processes_when_it_ends(served: Served) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        async with client.get(served.entrance):
            pass
        async with client.ws_connect(served.url + "/ws?width=80&height=24") as socket:
            await asyncio.wait_for(socket.receive(), 20)
            assert served.running() == 1
            served.process.terminate()
            await asyncio.wait_for(served.process.wait(), 20)


async def test_beyond_this_machine_it_wants_a_token_of_ones_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "callmon", "web", "--listen", "0.0.0.0:0", "demo"),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert said.decode() == (
        "callmon: refuses to listen on 0.0.0.0 without a token: set CALLMON_TOKEN, or listen on 127.0.0.1\n"
    )
