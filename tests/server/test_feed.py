"""Our own feed: state first, then events; resumed, batched, and stopped by nobody who does not read."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from callmon.bus.bus import Bounds
from callmon.model.events import Noted, Opened
from callmon.server.auth import Auth
from callmon.server.feed import Pace
from callmon.sources.feed import Feed
from callmon.sources.socket import Subscriber
from callmon.sources.source import Backoff
from callmon.sources.sse import EventStream
from tests.engine.invented import invented
from tests.server.conftest import until
from tests.server.turns import spent_on_turns
from tests.server.worlds import Collector, Reading, dumps

FRAMES = invented()
HALF = len(FRAMES) // 2


@contextlib.asynccontextmanager
async def collecting(*frames: Any, **given: Any) -> AsyncIterator[tuple[Collector, str]]:
    collector = Collector(**given)
    collector.take(*frames)
    url = await collector.open()
    try:
        yield collector, url
    finally:
        await collector.close()


@contextlib.asynccontextmanager
async def reading(url: str, **given: Any) -> AsyncIterator[Reading]:
    found = Reading()
    source = Subscriber(Feed("feed", url, "callmon", **given), backoff=Backoff(first_s=0.05, most_s=0.1))
    task = asyncio.create_task(source.run(found))
    try:
        yield found
    finally:
        task.cancel()
        await asyncio.wait([task])


async def messages(
    url: str, more: int = 0, resume: str | None = None, all_told: asyncio.Event | None = None
) -> list[dict[str, Any]]:
    """What the feed says over SSE until all calls are told, and so many messages more; ``all_told`` parts the two."""
    headers = {} if resume is None else {"Last-Event-ID": resume}
    found: list[dict[str, Any]] = []
    stream = EventStream(10_000_000)
    async with aiohttp.ClientSession() as client, client.get(url + "/v1/events", headers=headers) as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
        async with asyncio.timeout(10):
            async for data in answer.content.iter_any():
                for text in stream.feed(data):
                    message = json.loads(text.data)
                    if message["id"] is not None:
                        assert text.id == message["id"]
                    found.append(message)
                told = next(
                    (at for at, message in enumerate(found) if message["id"] or message.get("resumed")), None
                )
                if told is not None and all_told is not None:
                    all_told.set()
                if told is not None and len(found) > told + more:
                    return found[: told + more + 1]
    raise AssertionError("the feed ended")


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_a_reader_holds_exactly_what_the_collector_holds(scheme: str) -> None:
    async with collecting(*FRAMES[:HALF]) as (collector, url):
        async with reading(url.replace("http", scheme)) as viewer:
            await until(lambda: collector.feed.viewers == 1)
            for frame in FRAMES[HALF:]:
                collector.take(frame)
                await asyncio.sleep(0)
            expected = dumps(collector.engine)
            await until(lambda: dumps(viewer.engine) == expected)
        assert (viewer.rejected, viewer.health.gaps, viewer.health.state) == ([], 0, "ok")
        assert viewer.lines == []


async def test_a_message_says_what_it_is() -> None:
    async with collecting(*FRAMES[:HALF]) as (collector, url):
        first, *rest = await messages(url)
        assert (first["schema"], first["resumed"]) == ("callmon/1", False)
        assert {event["type"] for part in (first, *rest) for event in part["events"]} == {"restored"}
        all_told = asyncio.Event()
        asking = asyncio.create_task(messages(url, 1, all_told=all_told))
        await asyncio.wait_for(all_told.wait(), 10)
        collector.say([Opened("new", 5.0, "webrtc"), Noted("new", 5.0, None, "call", "hello")])
        *_, second = await asking
    assert [event["type"] for event in second["events"]] == ["opened", "noted"]
    assert second["id"] == f"{collector.bus.boot}-{collector.bus.seq}"
    assert "resumed" not in second


async def test_who_comes_back_gets_what_it_missed_and_no_more() -> None:
    async with collecting(*FRAMES[:HALF]) as (collector, url):
        state = (await messages(url))[-1]
        assert state["id"] == f"{collector.bus.boot}-{collector.bus.seq}"
        collector.take(*FRAMES[HALF : HALF + 3])
        hello, missed = await messages(url, 1, state["id"])
    assert (hello["resumed"], hello["events"], hello["id"]) == (True, [], None)
    assert len(missed["events"]) == sum(len(events) for _, events in FRAMES[HALF : HALF + 3])
    assert missed["id"] == f"{collector.bus.boot}-{collector.bus.seq}"


@pytest.mark.parametrize(
    "resume", ["", "x", "other-1", "{boot}-99999", "{boot}-x", "{boot}-1", "{boot}--1", "{boot}-٣"]
)
async def test_who_cannot_resume_gets_everything(resume: str) -> None:
    async with collecting(*FRAMES[:HALF], bounds=Bounds(recent=50)) as (collector, url):
        boot = collector.bus.boot
        state = await messages(url, 0, resume.replace("{boot}", boot))
        assert state[0]["resumed"] is False
        assert sum(len(part["events"]) for part in state) == len(collector.engine.calls)


@pytest.mark.parametrize("said", ['{"resume": "ID"}', '{"resume": null}', "garbage", "[" * 5000, None])
async def test_a_websocket_may_say_where_to_resume(said: str | None) -> None:
    async with collecting(*FRAMES[:5]) as (collector, url), aiohttp.ClientSession() as client:
        id = f"{collector.bus.boot}-{collector.bus.seq}"
        async with client.ws_connect(url + "/v1/events") as viewer:
            if said is not None:
                await viewer.send_str(said.replace("ID", id))
            message = json.loads(await viewer.receive_str(timeout=10))
            assert message["resumed"] is (said is not None and "ID" in said)


async def test_many_calls_are_told_in_parts_that_hold_up_nobody() -> None:
    pace = Pace(batch_s=0.02, part_s=0.004, part_bytes=100_000)
    async with collecting(*invented(60.0, 48, 5), pace=pace) as (collector, url):
        for number in range(10):
            for call in tuple(collector.engine.calls.values())[:30]:
                collector.engine.calls[f"{call.id}-{number}"] = call
        asking = asyncio.create_task(messages(url))
        turns = await spent_on_turns(asking)
        parts = await asking
    assert len(parts) > 10
    assert all(part["id"] is None for part in parts[:-1]), "nobody may resume in the middle of the state"
    assert max(len(json.dumps(part)) for part in parts) < 100_000 + 300_000
    assert sorted(turns)[-5] < 0.03


async def test_what_happens_while_the_state_is_told_is_neither_lost_nor_repeated() -> None:
    pace = Pace(batch_s=0.01, part_s=0.0, part_bytes=1)
    async with collecting(*FRAMES[:HALF], pace=pace) as (collector, url), reading(url) as viewer:
        at = HALF
        while at < len(FRAMES):
            if collector.feed.viewers:
                collector.take(FRAMES[at])
                at += 1
            await asyncio.sleep(0)
        expected = dumps(collector.engine)
        await until(lambda: dumps(viewer.engine) == expected)


async def stall(url: str) -> socket.socket:
    """A viewer that asks and never reads."""
    host, _, port = url.removeprefix("http://").partition(":")
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(stalled, (host, int(port)))
    await loop.sock_sendall(stalled, f"GET /v1/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return stalled


@contextlib.asynccontextmanager
async def lateness() -> AsyncIterator[list[float]]:
    """By how much the loop, which everybody here shares, is late whatever we do."""
    loop, found = asyncio.get_running_loop(), list[float]()

    async def look() -> None:
        while True:
            due = loop.time() + 0.01
            await asyncio.sleep(0.01)
            found.append(loop.time() - due)

    task = asyncio.create_task(look())
    try:
        yield found
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.parametrize("stalled", [False, True])
async def test_a_reader_that_never_reads_is_cut_off_and_changes_nothing_for_others(stalled: bool) -> None:
    pace = Pace(batch_s=0.02, deadline_s=0.5)
    bounds = Bounds(recent=1000, pending=300, most=2000)
    filling = "x" * 4000
    async with collecting(*FRAMES[:5], pace=pace, bounds=bounds) as (collector, url):
        async with reading(url) as healthy, lateness() as late:
            await until(lambda: bool(healthy.engine.calls))
            deaf = await stall(url) if stalled else None
            await until(lambda: collector.feed.viewers == 1 + stalled)
            collector.take((10.0, (Opened("c", 10.0, "webrtc"),)))
            for number in range(300):
                collector.take(
                    (10.0, tuple(Noted("c", 10.0, None, "call", f"{number} {filling}") for _ in range(10)))
                )
                await asyncio.sleep(0.005)
            expected = dumps(collector.engine)
            await until(lambda: dumps(healthy.engine) == expected)
            await until(lambda: collector.feed.viewers == 1)
            assert collector.bus.subscribers == 1
            if deaf is not None:
                deaf.close()
        gaps = [later - earlier for earlier, later in zip(healthy.times, healthy.times[1:], strict=False)]
        assert (healthy.health.gaps, healthy.rejected) == (0, [])
        assert max(gaps[2:]) < 1.0 + max(late)


async def test_a_quiet_feed_says_that_it_is_there() -> None:
    pace = Pace(beat_s=0.05)
    async with collecting(pace=pace) as (_, url), aiohttp.ClientSession() as client:
        async with client.get(url + "/v1/events") as answer:
            text = b""
            async with asyncio.timeout(10):
                while text.count(b'"events":[]') < 4:
                    text += await answer.content.readany()
        async with client.ws_connect(url + "/v1/events") as viewer:
            await viewer.send_str("{}")
            told = [await viewer.receive_json(timeout=10) for _ in range(3)]
    assert [one["events"] for one in told] == [[], [], []]
    assert [one.get("beat_s") for one in told] == [0.05, None, None]
    assert text.startswith(b"retry: 250\n\n")


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_who_goes_is_forgotten(scheme: str) -> None:
    async with collecting(pace=Pace(beat_s=0.05)) as (collector, url):
        async with reading(url.replace("http", scheme)) as viewer:
            await until(lambda: viewer.health.state == "ok")
            assert collector.bus.subscribers == 1
        await until(lambda: collector.feed.viewers == 0)
        assert collector.bus.subscribers == 0


async def test_stopping_lets_everybody_go_at_once() -> None:
    async with (
        collecting() as (collector, url),
        reading(url) as one,
        reading(url.replace("http", "ws")) as other,
    ):
        await until(lambda: one.health.state == other.health.state == "ok")
        async with asyncio.timeout(2):
            await collector.close()
        await until(lambda: bool(one.lines and other.lines))
        assert collector.bus.subscribers == 0


async def test_too_many_viewers_are_asked_to_wait() -> None:
    async with collecting(pace=Pace(most_viewers=1)) as (collector, url), reading(url) as viewer:
        await until(lambda: viewer.health.state == "ok")
        async with aiohttp.ClientSession() as client, client.get(url + "/v1/events") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "10")


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_the_feed_is_for_who_has_the_token(scheme: str) -> None:
    async with collecting(*FRAMES[:5], auth=Auth("t0ps3cret")) as (collector, url):
        address = url.replace("http", scheme)
        async with reading(address) as stranger, reading(address, token="t0ps3cret") as friend:
            await until(lambda: stranger.health.state == "unauthorised" and bool(friend.engine.calls))
            assert not stranger.engine.calls
            assert "t0ps3cret" not in repr((friend.lines, friend.health, stranger.lines))
