"""Subscribing over HTTP to servers that restart, fall silent, send garbage, or want something else."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from callmon.cli import wire
from callmon.cli.stream import ask_now
from callmon.engine.quality import RULE_SETS
from callmon.sources.feed import Feed
from callmon.sources.socket import Subscriber
from callmon.sources.source import Backoff, Clock, Source
from callmon.sources.web import Patience
from tests.server.turns import spent_on_turns
from tests.sources.conftest import NDJSON, SSE, Line, Serve, Site, Subscribe, hang
from tests.sources.intake import until


async def test_server_sent_events(serve: Serve, subscribe: Subscribe) -> None:
    async def stream(line: Line) -> None:
        await line.answer("200 OK", SSE)
        for part in (b': hi\r\n\r\nid: 1\r\ndata: {"n":', b"\r\ndata: 1}\r\n\r", b'\ndata: {"n": 2}\n\n'):
            await line.send(part)
        await line.send("event: ping\ndata: no JSON\n\n")
        await hang()

    site = await serve(stream)
    notebook = subscribe(site.url)
    await until(lambda: len(notebook.frames) == 2)
    assert notebook.bodies == [{"n": 1}, {"n": 2}]
    frame = notebook.frames[0]
    assert (frame.provider, frame.source, frame.about["call"]) == ("telnyx", "feed", "feed")
    assert (notebook.health.state, notebook.health.rejected, notebook.health.gaps) == ("ok", 0, 0)
    assert SSE in site.lines[0].headers["accept"]


async def test_a_message_that_comes_slowly_is_heard_before_it_is_whole(
    serve: Serve, subscribe: Subscribe
) -> None:
    more = asyncio.Event()

    async def stream(line: Line) -> None:
        await line.answer("200 OK", SSE)
        await more.wait()
        await line.send(b'data: {"n":')
        await hang()

    site = await serve(stream)
    health = subscribe(site.url).health
    await until(lambda: health.state == "waiting")
    health.last_success_at = None
    more.set()
    await until(lambda: health.last_success_at is not None)
    assert health.frames == 0


async def test_lines_of_json_with_everything_wrong_in_between(serve: Serve, subscribe: Subscribe) -> None:
    async def stream(line: Line) -> None:
        await line.answer("200 OK", NDJSON)
        await line.send(b'{"n": 1}\r\n\n{"n": ')
        await line.send(
            b'2}\nnot JSON\n"bad"\n\xff\n' + b"x" * 5000 + b'\n{"n": NaN}\n[{"n": 3}, {"n": 4}]\n{"n": 5'
        )
        line.abort()

    notebook = subscribe((await serve(stream, hang)).url, patience=Patience(longest=1000))
    await until(lambda: notebook.health.rejected == 6)
    assert notebook.bodies == [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]
    assert notebook.health.first_reason == "line 4: not JSON: expecting value at character 1"


@pytest.mark.parametrize("first", ['"bad"', "nonsense"])
async def test_the_first_reason_says_which_line(serve: Serve, subscribe: Subscribe, first: str) -> None:
    async def stream(line: Line) -> None:
        await line.answer("200 OK", "text/plain")
        await line.send(f'{{"n": 1}}\n\n{first}\n"bad"\n{{"n": 2}}\n')
        await hang()

    notebook = subscribe((await serve(stream)).url)
    await until(lambda: len(notebook.frames) == 2)
    assert (notebook.health.first_reason or "").startswith("line 3: ")
    assert notebook.health.rejected == 2


@pytest.mark.parametrize("text", ['[{"n": 1},\n {"n": 2}]', '[{"n": 1}, {"n": 2}]\n', '{"n": 1}\n{"n": 2}\n'])
async def test_a_json_document_or_lines_that_say_they_are_one(
    serve: Serve, subscribe: Subscribe, text: str
) -> None:
    async def document(line: Line) -> None:
        await line.answer("200 OK", "application/json")
        for part in (text[:5], text[5:]):
            await line.send(part)
        await line.finish()

    notebook = subscribe((await serve(document)).url, patience=Patience(poll_s=0.02))
    await until(lambda: len(notebook.frames) >= 6)
    assert notebook.bodies[:4] == [{"n": 1}, {"n": 2}] * 2


async def test_a_document_that_is_asked_for_again_makes_no_gap(serve: Serve, subscribe: Subscribe) -> None:
    async def document(line: Line) -> None:
        await line.answer("200 OK", "application/json")
        await line.send('{"n":\n1}')
        await line.finish()

    notebook = subscribe((await serve(document)).url, patience=Patience(poll_s=0.01))
    await until(lambda: len(notebook.frames) >= 3)
    assert (notebook.health.gaps, notebook.lines) == (0, [])


async def test_a_restart_is_a_gap_and_loses_nothing_after_it(subscribe: Subscribe) -> None:
    async def stream(line: Line) -> None:
        await line.answer("200 OK", SSE)
        await line.send(f"id: {len(site.lines)}\ndata: {len(site.lines)}\n\n")
        await hang()

    site = Site(stream)
    await site.open()
    notebook = subscribe(site.url)
    await until(lambda: notebook.bodies == [1])
    await site.close()
    await until(lambda: notebook.health.state == "unreachable")
    assert "cannot be reached: connection refused" in notebook.health.detail
    assert notebook.health.next_try_at is not None
    await site.open()
    await until(lambda: notebook.bodies == [1, 2])
    assert (notebook.health.gaps, notebook.health.state) == (1, "ok")
    await site.close()
    assert site.lines[1].headers["last-event-id"] == "1"
    assert "last-event-id" not in site.lines[0].headers


async def test_the_far_end_may_say_when_to_come_back(serve: Serve, subscribe: Subscribe) -> None:
    async def stream(line: Line) -> None:
        await line.answer("200 OK", SSE)
        await line.send("retry: 600000\ndata: 1\n\n")
        await line.finish()

    notebook = subscribe((await serve(stream)).url)
    await until(lambda: notebook.health.state == "backing-off")
    assert notebook.lines == ["feed: the far end closed the connection; next try in 600 s"]


async def test_a_feed_can_go_on_from_the_last_time(serve: Serve, subscribe: Subscribe) -> None:
    async def stream(line: Line) -> None:
        await line.answer("200 OK", NDJSON)
        await line.send("1\n")
        await line.finish()

    site = await serve(stream, stream, hang)
    notebook = subscribe(site.url + "?from={since}")
    await until(lambda: len(site.lines) == 3)
    first, second, third = (int(line.path.partition("from=")[2]) for line in site.lines)
    assert first <= second <= third
    assert abs(third / 1000 - (notebook.health.last_success_at or 0)) < 5


@pytest.mark.parametrize(
    ("where", "patience", "said"),
    [
        ("before the answer", Patience(answer_s=0.2), "did not answer in 0 s"),
        ("after it", Patience(idle_s=0.2), "nothing received for 0 s"),
    ],
)
async def test_a_connection_that_is_only_half_there_is_given_up(
    serve: Serve, subscribe: Subscribe, where: str, patience: Patience, said: str
) -> None:
    async def half(line: Line) -> None:
        if where == "after it":
            await line.answer("200 OK", SSE)
            await line.send("data: 1\n\n")
        await hang()

    async def whole(line: Line) -> None:
        await line.answer("200 OK", SSE)
        await line.send("data: 2\n\n")
        await hang()

    notebook = subscribe((await serve(half, whole)).url, patience=patience)
    await until(lambda: 2 in notebook.bodies)
    assert said in notebook.lines[0]


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        ("500 No", "", "answered 500; next try in 60 s"),
        ("404 No", "", "answered 404: there is nothing at this path"),
        ("503 No", "Retry-After: 120\r\n", "answered 503; next try in 180 s"),
        (
            "302 No",
            "Location: http://127.0.0.1:1/\r\n",
            "answered 302: it has moved, put its new address here",
        ),
    ],
)
async def test_an_answer_that_is_no_feed(
    serve: Serve, subscribe: Subscribe, status: str, headers: str, said: str
) -> None:
    async def refuse(line: Line) -> None:
        await line.answer(status, headers=headers)

    notebook = subscribe((await serve(refuse)).url, backoff=Backoff(first_s=60.0))
    await until(lambda: bool(notebook.lines))
    assert said in notebook.lines[0]
    assert notebook.health.state == "backing-off"


async def test_no_content_is_the_end(serve: Serve, subscribe: Subscribe) -> None:
    async def over(line: Line) -> None:
        await line.answer("204 No Content")

    notebook = subscribe((await serve(over)).url)
    await until(lambda: notebook.health.state == "closed")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"token": "t0ps3cret"}, "does not accept the token (401)"),
        ({"headers": {"X-Key": "t0ps3cret"}}, "does not accept the header X-Key (401)"),
        ({"token": "t0ps3cret", "headers": {"X-Key": "k3y"}}, "does not accept the token and the header X-Key"),
        ({}, "asks for a credential and none is set: add a token (401)"),
    ],
)  # fmt: skip
async def test_who_is_refused_says_with_what_and_stops_asking(
    serve: Serve, subscribe: Subscribe, given: dict[str, object], said: str
) -> None:
    async def refuse(line: Line) -> None:
        await line.answer("401 Unauthorized")

    site = await serve(refuse)
    notebook = subscribe(site.url + "?key=t0ps3cret", **given)
    await until(lambda: notebook.health.state == "unauthorised")
    await asyncio.sleep(0.2)
    assert len(site.lines) == 1
    assert said in notebook.health.detail
    assert "t0ps3cret" not in notebook.shown


async def test_secrets_are_sent_and_never_shown(serve: Serve, subscribe: Subscribe) -> None:
    async def echo(line: Line) -> None:
        await line.answer("200 OK", NDJSON)
        await line.send(json.dumps(line.headers) + "\n" + line.headers["authorization"] + "\n")
        line.abort()

    async def forbid(line: Line) -> None:
        await line.answer("403 t0ps3cret")

    site = await serve(echo, forbid)
    notebook = subscribe(
        site.url + "?a=t0ps3cret",
        token="t0ps3cret",
        headers={"X-Key": "k3y-s3cret"},
        patience=Patience(answer_s=0.2),
    )
    await until(lambda: len(notebook.lines) >= 2)
    assert notebook.bodies[0]["authorization"] == "Bearer t0ps3cret"
    assert notebook.bodies[0]["x-key"] == "k3y-s3cret"
    assert site.lines[0].path == "/feed?a=t0ps3cret"
    assert "s3cret" not in notebook.shown


async def test_nobody_is_there(subscribe: Subscribe) -> None:
    site = Site(hang)
    await site.open()
    await site.close()
    notebook = subscribe(site.url, backoff=Backoff(first_s=0.01, most_s=0.02))
    await until(lambda: len(notebook.lines) >= 3)
    assert notebook.health.state in ("unreachable", "starting")
    assert notebook.lines[0].startswith(f"feed: {site.url} cannot be reached: connection refused")


async def test_tls_with_a_server_that_speaks_none(serve: Serve, subscribe: Subscribe) -> None:
    async def plain(line: Line) -> None:
        await line.answer("200 OK", SSE)

    site = await serve(plain)
    notebook = subscribe(site.url.replace("http", "https"), patience=Patience(answer_s=1))
    await until(lambda: bool(notebook.lines))
    assert notebook.lines[0].startswith(f"feed: {site.url.replace('http', 'https')}")


async def test_a_burst_does_not_hold_up_the_loop(serve: Serve, subscribe: Subscribe) -> None:
    lines = b"".join(b'{"n": %d, "fill": "%s"}\n' % (n, b"x" * 200) for n in range(20_000))

    async def burst(line: Line) -> None:
        await line.answer("200 OK", NDJSON)
        await line.send(lines)
        await hang()

    notebook = subscribe((await serve(burst)).url)
    reading = asyncio.create_task(until(lambda: len(notebook.frames) == 20_000, seconds=60))
    turns = await spent_on_turns(reading)
    await reading
    assert sorted(turns)[-3] < 0.03


async def test_lost_feeds_are_tried_when_somebody_asks_and_others_are_left_as_they_are(serve: Serve) -> None:
    async def refuse(line: Line) -> None:
        await line.answer("500 Oops")

    async def busy(line: Line) -> None:
        await line.answer("503 Busy", headers="Retry-After: 60\r\n")

    async def tell(line: Line) -> None:
        await line.answer("200 OK", NDJSON)
        await line.send('{"n": 1}\n')
        await hang()

    monitor = wire.watch(RULE_SETS["telnyx"]).monitor
    slow = Backoff(first_s=3600, most_s=3600, least_s=0.0)
    sites = {"lost": await serve(refuse, tell), "asks": await serve(busy), "fine": await serve(tell)}
    sources: list[Source] = [
        Subscriber(Feed(name, site.url, "telnyx"), Clock(chance=lambda: 1.0), slow)
        for name, site in sites.items()
    ]
    tasks = [asyncio.create_task(source.run(monitor)) for source in sources]
    try:
        await until(lambda: [one.state for one in monitor.health] == ["backing-off", "backing-off", "ok"])
        said = ask_now(lambda: sources, monitor)
        assert re.fullmatch("trying lost now · asks asks to be left alone for [56][0-9] s more", said)
        await until(lambda: monitor.source("lost").state == "ok")
        assert ask_now(lambda: sources[::2], monitor) == "no source waits to be asked or tried again"
        assert [len(site.lines) for site in sites.values()] == [2, 1, 1]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
