"""A collector, a web site and a headless browser, each a process or a server of this machine."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Browser, async_playwright

PAGES = Path(__file__).parent / "pages"
RTCSTATS = "rtcstats@5.2.0"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)


@dataclass
class Collector:
    """A callmon that serves."""

    url: str
    port: int
    client: aiohttp.ClientSession
    process: asyncio.subprocess.Process

    async def stop(self) -> None:
        """End the process, unless that was done."""
        await self.client.close()
        if self.process.returncode is None:
            self.process.terminate()
            await asyncio.wait_for(self.process.communicate(), 20)

    async def calls(self) -> dict[str, Any]:
        """The calls by id, as GET /v1/calls tells them."""
        async with self.client.get(self.url + "/v1/calls") as answer:
            assert answer.status == 200
            document = await answer.json()
        assert document["schema"] == "callmon/1"
        assert document["rejected"] == []
        return {call["id"]: call for call in document["calls"]}

    async def until(self, holds: Callable[[dict[str, Any]], Any], seconds: float = 30.0) -> dict[str, Any]:
        """The calls, as soon as something holds for them; it fails with what they were when it never does."""
        deadline = time.monotonic() + seconds
        while True:
            calls = await self.calls()
            try:
                if holds(calls):
                    return calls
            except (LookupError, TypeError):
                pass  # not yet
            assert time.monotonic() < deadline, json.dumps(calls, indent=1)[:20_000]
            await asyncio.sleep(0.2)


Collect = Callable[..., Awaitable[Collector]]


@pytest.fixture
async def collect() -> AsyncIterator[Collect]:
    """Starts a callmon of its own process, on a free port or on the one that is given."""
    running: list[Collector] = []

    async def started(port: int = 0) -> Collector:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "callmon", "serve", "--listen", f"127.0.0.1:{port}"),
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        line = (await asyncio.wait_for(process.stderr.readline(), 20)).decode()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert found, line
        running.append(Collector(found[0], int(found[1]), aiohttp.ClientSession(), process))
        return running[-1]

    yield started
    for collector in running:
        await collector.stop()


@pytest.fixture
async def collector(collect: Collect) -> Collector:
    """A callmon of its own process on a free port."""
    return await collect()


@dataclass
class Site:
    """A web site whose pages are made of text and scripts by name."""

    url: str
    pages: dict[str, str] = field(default_factory=dict)

    def page(self, name: str, scripts: str = "", module: str = "") -> str:
        """The address of a page that makes calls and loads these scripts before, or runs this as a module."""
        text = (PAGES / "call.html").read_text("utf-8")
        self.pages[name] = text.replace("{{scripts}}", scripts).replace("{{module}}", module)
        return f"{self.url}/{name}"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A web site on a free port: another origin than the collector's."""
    site = Site("")

    async def answer(request: web.Request) -> web.Response:
        text = site.pages.get(request.match_info["name"])
        return web.Response(text=text or "", content_type="text/html", status=200 if text else 404)

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    await runner.cleanup()


@pytest.fixture
async def browser(need: Callable[[str, str], str]) -> AsyncIterator[Browser]:
    """Headless Chromium with a microphone that beeps and a camera that ticks."""
    path = need("chromium", "chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def rtcstats(need: Callable[[str, str], str]) -> Iterator[dict[str, str]]:
    """The files of the npm package, by name, unmodified; kept between runs outside of the project."""
    npm = need("npm", "npm")
    kept = Path(tempfile.gettempdir()) / f"callmon-tests-{os.getuid()}"
    kept.mkdir(mode=0o700, exist_ok=True)
    archive = kept / (RTCSTATS.replace("@", "-") + ".tgz")
    if not archive.exists():
        packed = subprocess.run(
            [npm, "pack", "--silent", RTCSTATS], cwd=kept, capture_output=True, text=True, timeout=120
        )
        if packed.returncode or not archive.exists():
            pytest.skip(f"npm pack {RTCSTATS} did not work here: {packed.stderr.strip()[-300:]}")
    with tarfile.open(archive) as tar:
        files = {
            Path(member.name).name: content.read().decode()
            for member in tar.getmembers()
            if member.name.endswith(".js") and (content := tar.extractfile(member))
        }
    yield files
