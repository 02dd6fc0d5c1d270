"""A second terminal over another callmon: the same calls, through restarts and beside readers that stall."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import aiohttp
import pytest

from callmon.cli import wire
from callmon.config.settings import Config, Listen
from callmon.engine.quality import RULE_SETS
from callmon.model.frames import Frame
from callmon.sources.demo.demo import Demo

START = 1_700_000_000.0
RULES = RULE_SETS["telnyx"]


async def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def connected(url: str, clock: Callable[[], float] = time.time) -> AsyncIterator[wire.Watch]:
    """What ``callmon --connect`` is behind its screen."""
    watch = wire.watch(RULES, clock)
    task = asyncio.create_task(wire.viewer(url, watch.secrets).run(watch.monitor))
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.wait([task])


async def fetched(url: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as client, client.get(url + "/v1/calls") as answer:
        assert answer.status == 200
        document: dict[str, Any] = await answer.json()
        return document


def without(document: Any, *keys: str) -> dict[str, Any]:
    """A document as JSON gives it back, without what each callmon says of itself."""
    whole: dict[str, Any] = json.loads(json.dumps(document))
    return {key: value for key, value in whole.items() if key not in keys}


def folded(watch: wire.Watch) -> dict[str, int]:
    return {call.id: call.frames for call in watch.board.calls()}


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_a_second_terminal_shows_the_same_calls(scheme: str) -> None:
    now = START
    collector = wire.watch(RULES, lambda: now)
    frames = list(Demo(16, 7, START).frames(START + 120))
    serving = await wire.listen(Config(listen=Listen(port=0)), collector)
    try:
        played = 0

        def play(until_at: float) -> None:
            nonlocal now, played
            while played < len(frames) and frames[played].at <= until_at:
                now = max(now, frames[played].at)
                collector.monitor.take(frames[played])
                played += 1
            now = until_at

        play(START + 60)
        async with connected(serving.url.replace("http", scheme), lambda: now) as viewer:
            for at in range(61, 121, 5):
                play(START + at)
                await until(lambda: folded(viewer) == folded(collector))
                collector.monitor.tick()
                viewer.monitor.tick()
            theirs = await fetched(serving.url)
            assert without(viewer.calls(), "generated_at") == without(theirs, "generated_at")
            assert len(theirs["calls"]) >= 10
            assert {call["provider"] for call in theirs["calls"]} == {"webrtc", "telnyx"}
            assert any(call["issues"] for call in theirs["calls"])
            assert viewer.monitor.source("connect").gaps == 0
    finally:
        await serving.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """``callmon serve`` as it is run, and killed."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "callmon", "serve", "--listen", f"127.0.0.1:{self.port}",
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stderr is not None
        async with asyncio.timeout(20):
            while b"listening on" not in (said := await self._process.stderr.readline()):
                assert said, "callmon serve ended"

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGKILL)
            await self._process.communicate()


@pytest.fixture
async def process() -> AsyncIterator[Process]:
    running = Process()
    await running.start()
    yield running
    await running.kill()


@pytest.mark.parametrize("form", ["plain", "jsonl", "json"])
async def test_a_reader_that_goes_away_ends_it_though_there_is_nothing_to_print(
    process: Process, form: str
) -> None:
    ours, theirs = os.pipe()
    words = [sys.executable, "-m", "callmon", "--connect", process.url, f"--{form}"]
    viewer = await asyncio.create_subprocess_exec(*words, stdout=theirs, stderr=asyncio.subprocess.PIPE)
    os.close(theirs)
    os.close(ours)
    async with asyncio.timeout(30):
        _, said = await viewer.communicate()
    assert (viewer.returncode, said) == (0, b"")


class Phone:
    """Calls that go on and on in real time, as browsers tell of them."""

    def __init__(self, seed: int, calls: int = 6) -> None:
        self._frames = self._webrtc(Demo(calls, seed, START).frames(START + 600))
        self._client = aiohttp.ClientSession()
        self.calls: set[str] = set()

    def _webrtc(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        return (frame for frame in frames if frame.provider == "webrtc")

    async def talk(self, url: str, frames: int) -> None:
        """Send so many frames, as if they were taken just now."""
        for _ in range(frames):
            frame = next(self._frames)
            call = frame.body.get("call") or frame.about["call"]
            self.calls.add(call)
            body = {**frame.body, "call": call}
            async with self._client.post(url + "/ingest/webrtc", json=body) as answer:
                assert answer.status == 200, await answer.text()

    async def hang_up(self) -> None:
        await self._client.close()


def ids(watch: wire.Watch) -> set[str]:
    return {call.id for call in watch.board.calls()}


@pytest.mark.e2e
async def test_a_collector_that_is_killed_and_started_again_loses_no_call(process: Process) -> None:
    first, later = Phone(1), Phone(2)
    try:
        async with connected(process.url) as viewer:
            await first.talk(process.url, 60)
            await until(lambda: ids(viewer) == first.calls and sum(folded(viewer).values()) >= 60)
            before = folded(viewer)
            began = {call.id: call.started_at for call in viewer.board.calls()}
            health = viewer.monitor.source("connect")
            assert (health.state, health.gaps) == ("ok", 0)

            await process.kill()
            await until(lambda: health.state == "unreachable")
            assert ids(viewer) == set(before)
            assert health.next_try_at is not None

            await process.start()
            await first.talk(process.url, 30)
            await later.talk(process.url, 30)
            await until(lambda: ids(viewer) == first.calls | later.calls and health.state == "ok")
            assert health.gaps == 1
            assert any("without what came meanwhile" in line for _, line in viewer.board.log())
            await until(lambda: sum(folded(viewer).values()) > sum(before.values()))
            after = folded(viewer)
            assert all(after[id] >= before[id] for id in before), "what was known of a call is kept"
            held = {call.id: call.started_at for call in viewer.board.calls() if call.id in began}
            assert held == began
            assert viewer.calls()["rejected"] == []
    finally:
        await first.hang_up()
        await later.hang_up()


@pytest.mark.e2e
@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_a_collector_that_is_stopped_is_silent_and_its_calls_are_not(
    process: Process, scheme: str
) -> None:
    phone = Phone(1)
    try:
        async with connected(process.url.replace("http", scheme)) as viewer:
            timekeeper = asyncio.create_task(viewer.monitor.keep_time())
            await phone.talk(process.url, 40)
            await until(lambda: ids(viewer) == phone.calls and sum(folded(viewer).values()) >= 40)
            health = viewer.monitor.source("connect")
            assert (health.state, health.beat_s) == ("ok", 1.0)
            process.signal(signal.SIGSTOP)
            await until(lambda: health.state == "silent")
            assert {call.state for call in viewer.board.calls()} == {"live"}
            process.signal(signal.SIGCONT)
            await until(lambda: health.state == "ok")
            await phone.talk(process.url, 20)
            await until(lambda: sum(folded(viewer).values()) >= 60)
            assert not any(issue.code == "no-data" for call in viewer.board.calls() for issue in call.issues)
            assert any("back after" in line for _, line in viewer.board.log())
            assert (health.gaps, health.rejected) == (1, 0)
            timekeeper.cancel()
    finally:
        process.signal(signal.SIGCONT)
        await phone.hang_up()


@pytest.mark.e2e
async def test_a_third_reader_that_stalls_changes_nothing(process: Process) -> None:
    phone = Phone(3, calls=12)
    loop = asyncio.get_running_loop()
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.setblocking(False)
    try:
        await loop.sock_connect(stalled, ("127.0.0.1", process.port))
        await loop.sock_sendall(stalled, b"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        async with connected(process.url) as viewer:
            for _ in range(5):
                await phone.talk(process.url, 40)
                document = await fetched(process.url)
                told = {call["id"]: call["last_frame_at"] for call in document["calls"]}
                await until(
                    lambda told=told: (
                        {  # type: ignore[misc]
                            call["id"]: call["last_frame_at"] for call in viewer.calls()["calls"]
                        }
                        == told
                    ),
                    seconds=5,
                )
            assert viewer.monitor.source("connect").gaps == 0
    finally:
        stalled.close()
        await phone.hang_up()
