"""Who may send, who may read, what is told, and how the server starts."""

from __future__ import annotations

import logging
import re
from urllib.parse import quote

import aiohttp
import pytest

from callmon.providers import PROVIDERS
from callmon.providers.callstats import Callstats
from callmon.server.app import ListenError, create_app, serve
from callmon.server.auth import Auth, NotAllowed
from callmon.server.limits import Limits
from tests.server.conftest import ROUTES, Papers, Recorder, Served, Start

TOKEN = "s3cret-ä"


async def get(server: Served, path: str, **headers: str) -> aiohttp.ClientResponse:
    answer = await server.client.get(
        server.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    await answer.read()
    return answer


async def test_calls_can_be_read(server: Served) -> None:
    assert await (await get(server, "/v1/calls")).json() == Papers().calls()
    assert await (await get(server, "/v1/calls/a")).json() == {"id": "a", "state": "live"}
    assert (await (await get(server, "/v1/calls/" + quote("b/ä ?", safe=""))).json())["id"] == "b/ä ?"
    missing = await get(server, "/v1/calls/none")
    assert missing.status == 404
    assert "error" in await missing.json()
    assert await (await get(server, "/health")).json() == {
        "status": "ok",
        "sources": [{"name": "listen", "rejected": 0}],
    }


async def test_the_script_and_the_welcome(server: Served) -> None:
    script = await get(server, "/callmon.js", Origin="https://app.example")
    assert script.content_type == "text/javascript"
    assert script.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "callmon" in await script.text()
    welcome = await get(server, "/")
    assert welcome.content_type == "text/plain"
    text = await welcome.text()
    assert f"{server.url}/callmon.js" in text
    paths = {route.path for one in PROVIDERS if one is not Callstats for route in one.routes} | {
        "/authenticate"
    }
    assert [path for path in sorted(paths) if path not in text] == []
    made = re.findall(r"^ \*      callmon\.(\w+)\(", await script.text(), re.MULTILINE)
    assert "twilio" in made
    assert [name for name in made if name != "stop" and f"callmon.{name}(" not in text] == []


@pytest.mark.parametrize("path", ["/ingest/webrtc", "/v1/calls", "/v1/calls/a", "/rtcstats/x"])
async def test_a_token_is_asked_for(start: Start, path: str) -> None:
    server = await start(auth=Auth(TOKEN))
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        answer = await get(server, path, **headers)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert (await get(server, path, Authorization=f"Bearer {TOKEN}")).status in (200, 426)
    assert (await get(server, f"{path}?token={quote(TOKEN)}")).status in (200, 426)
    assert server.intake.frames == []


async def test_without_the_token_only_that_it_is_there_is_told(start: Start) -> None:
    server = await start(auth=Auth(TOKEN))
    assert await (await get(server, "/health")).json() == {"status": "ok"}
    assert "sources" in await (await get(server, f"/health?token={quote(TOKEN)}")).json()
    assert "?token=TOKEN" in await (await get(server, "/")).text()


async def test_the_token_is_never_written_down(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("aiohttp").setLevel(logging.DEBUG)
    server = await start(auth=Auth("very-secret"))

    def burst(_: object) -> None:
        raise RuntimeError("on purpose")

    server.intake.take = burst  # type: ignore[assignment, method-assign]
    async with server.client.post(server.url + "/ingest/webrtc?token=very-secret", json={}) as answer:
        assert answer.status == 500
    assert "on purpose" in caplog.text
    assert "very-secret" not in caplog.text
    assert "very-secret" not in repr(Auth("very-secret"))


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.2:7880", "[::2]", ""])
async def test_foreign_names_for_this_machine_are_refused(server: Served, host: str) -> None:
    answer = await get(server, "/v1/calls", Host=host)
    assert answer.status in (400, 403)


@pytest.mark.parametrize("host", ["localhost", "localhost:99", "127.0.0.5:1", "[::1]:7880", "app.localhost"])
async def test_names_of_this_machine_are_answered(server: Served, host: str) -> None:
    assert (await get(server, "/v1/calls", Host=host)).status == 200


async def test_with_a_token_any_name_will_do(start: Start) -> None:
    server = await start(auth=Auth("t"))
    assert (await get(server, "/v1/calls?token=t", Host="calls.example")).status == 200


async def test_pages_of_other_origins_may_send_but_not_read(server: Served) -> None:
    origin = {"Origin": "https://app.example"}
    async with server.client.post(server.url + "/ingest/webrtc", json={}, headers=origin) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert (await get(server, "/v1/calls", **origin)).status == 403
    assert (await get(server, "/v1/calls", Origin=server.url)).status == 200


async def test_named_origins_alone(start: Start) -> None:
    server = await start(auth=Auth(origins=("https://app.example",)))
    assert (await server.post("/ingest/webrtc", json={}, headers={"Origin": "https://app.example"}))[0] == 200
    assert (await server.post("/ingest/webrtc", json={}, headers={"Origin": "https://other.example"}))[
        0
    ] == 403
    assert (await get(server, "/v1/calls", Origin="https://app.example")).status == 200
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await server.client.ws_connect(server.url + "/ingest/webrtc", origin="https://other.example")
    assert refused.value.status == 403


async def test_preflights_are_answered_without_the_token(start: Start) -> None:
    server = await start(auth=Auth(TOKEN))
    headers = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    async with server.client.options(server.url + "/ingest/webrtc", headers=headers) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert answer.headers["Access-Control-Allow-Private-Network"] == "true"
    async with server.client.options(server.url + "/v1/calls", headers=headers) as answer:
        assert answer.status == 403


async def test_a_refusal_can_be_read_by_the_page(start: Start) -> None:
    server = await start(Limits(max_body_bytes=100), Auth(TOKEN))
    for path, status in (("/ingest/webrtc", 401), (f"/ingest/webrtc?token={quote(TOKEN)}", 413)):
        headers = {"Origin": "https://app.example"}
        async with server.client.post(server.url + path, data=b" " * 200, headers=headers) as answer:
            assert answer.status == status
            assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "calls.example"])
async def test_beyond_this_machine_it_wants_a_token(host: str) -> None:
    with pytest.raises(NotAllowed, match=r"^refuses to listen on .* without a token: set listen.token"):
        await serve(_app(), Auth(), Limits(), host, 0)
    Auth("t").check(host)


async def test_a_port_in_use_is_told_with_the_remedy(server: Served) -> None:
    with pytest.raises(ListenError) as told:
        await serve(_app(), Auth(), Limits(), "127.0.0.1", server.serving.port)
    other = server.serving.port + 1
    assert str(told.value) == (
        f"port {server.serving.port} on 127.0.0.1 is in use: stop what listens there, "
        f"or choose another with --listen 127.0.0.1:{other}"
    )


async def test_an_address_that_is_not_ours_is_told_in_one_line() -> None:
    with pytest.raises(ListenError, match=r"^cannot listen on 192\.0\.2\.1:0 .*--listen HOST:PORT$"):
        await serve(_app(Auth("t")), Auth("t"), Limits(), "192.0.2.1", 0)


def _app(auth: Auth | None = None) -> aiohttp.web.Application:
    return create_app(Recorder(), Papers(), Limits(), auth or Auth(), ROUTES)
