"""Who may send to the callstats API: whatever comes without a good token becomes nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from callmon.server import tokens as jwt
from callmon.server.app import create_app, serve
from callmon.server.auth import Auth
from callmon.server.callstats import OWN, CallstatsApi
from callmon.server.ingest import Door
from callmon.server.limits import Buckets, Limits
from callmon.server.tokens import Claims, Keys, TokenError, usable
from tests.server.conftest import Papers, Recorder
from tests.server.tokens import SECRET, es256, hs256, payload, pem, unsigned

APP, USER = "487", "agent-4"
NOW = 1_795_170_900.0
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
CLAIMS: dict[str, Any] = {"appID": APP, "userID": USER}
KEYS = Keys(APP, b"own key of the process" * 2, SECRET, pem(KEY), "4f1e")
ES_CLAIMS = {**CLAIMS, "keyID": "4f1e"}


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """A server with the API, what became of frames, and a client."""

    url: str
    api: CallstatsApi
    intake: Recorder
    http: aiohttp.ClientSession
    clock: Clock

    async def ask(self, code: str, client: str = f"{USER}@{APP}", **more: str) -> tuple[int, Any]:
        """The answer to who asks for a token."""
        form = {"grant_type": "authorization_code", "client_id": client, "code": code, **more}
        async with self.http.post(f"{self.url}/authenticate", data=form) as answer:
            return answer.status, await answer.json()

    async def token(self, user: str = USER) -> str:
        status, answer = await self.ask(hs256({**CLAIMS, "userID": user}), f"{user}@{APP}")
        assert status == 200, answer
        return str(answer["access_token"])

    async def post(self, path: str, body: Any, token: str, **more: Any) -> tuple[int, Any]:
        """The answer to a message; ``path`` is behind the app."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = f"{self.url}/v1/apps/{APP}/{path}"
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.post(url, data=data, headers=headers | more.get("headers", {})) as answer:
            return answer.status, await answer.json()


Open = Callable[..., Awaitable[World]]


@pytest.fixture
async def open_world() -> AsyncIterator[Open]:
    """Starts a server with the API."""
    opened: list[tuple[World, Any]] = []

    async def started(keys: Keys = KEYS, limits: Limits | None = None, token: str | None = None) -> World:
        limits, intake, clock = limits or Limits(), Recorder(), Clock()
        api = CallstatsApi(Door(intake, limits, Buckets(limits, lambda: 0.0), clock), keys)
        auth = Auth(token, own=OWN)
        app = create_app(intake, Papers(), limits, auth, {}, more=api.routes(), clock=clock)
        serving = await serve(app, auth, limits, "127.0.0.1", 0)
        world = World(serving.url, api, intake, aiohttp.ClientSession(), clock)
        opened.append((world, serving))
        return world

    yield started
    for world, serving in opened:
        await world.http.close()
        await serving.close()


@pytest.fixture
async def world(open_world: Open) -> World:
    return await open_world()


JOIN = {"localID": USER, "deviceID": "d", "timestamp": 1000 * NOW, "endpointInfo": {"type": "browser"}}


async def test_a_token_comes_with_the_addresses_that_a_client_needs(world: World) -> None:
    for code in (hs256(CLAIMS), es256(ES_CLAIMS, KEY), hs256({**CLAIMS, "exp": NOW + 300, "nbf": NOW - 300})):
        status, answer = await world.ask(code)
        assert status == 200
        assert answer["token_type"] == "bearer"
        assert answer["expires_in"] == 3600
        assert answer["metadata"]["urls"] == dict.fromkeys(("events", "stats", "config"), world.url)
        said = payload(answer["access_token"])
        assert (said["appID"], said["userID"], said["submissionInterval"]) == (APP, USER, 15_000)
        assert said["expiry"].startswith("2026-11-20 ")
    assert world.intake.frames == []


def forged() -> dict[str, str]:
    """Codes that must get no token."""
    public = pem(KEY)
    good = hs256(CLAIMS)
    head, body, signature = good.split(".")
    return {
        "no algorithm": f"{unsigned({'alg': 'none'}, CLAIMS)}.",
        "no algorithm, in capitals": f"{unsigned({'alg': 'NONE'}, CLAIMS)}.",
        "none, with a signature": f"{unsigned({'alg': 'none'}, CLAIMS)}.{signature}",
        "another secret": hs256(CLAIMS, b"another"),
        "an empty secret": hs256(CLAIMS, b""),
        "the public key as the secret": hs256(CLAIMS, public.encode()),
        "the public key as the secret, stripped": hs256(CLAIMS, public.strip().encode()),
        "another EC key": es256(ES_CLAIMS, OTHER_KEY),
        "another key id": es256({**CLAIMS, "keyID": "beef"}, KEY),
        "no key id": es256(CLAIMS, KEY),
        "an empty signature": f"{head}.{body}.",
        "a cut signature": good[:-4],
        "an ES256 signature of nothing": f"{unsigned({'alg': 'ES256'}, ES_CLAIMS)}.{'A' * 86}",
        "an algorithm that is an object": f"{unsigned({'alg': {}}, CLAIMS)}.{signature}",
        "another user inside": f"{head}.{unsigned({}, {**CLAIMS, 'userID': 'boss'}).split('.')[1]}.{signature}",
        "another app": hs256({**CLAIMS, "appID": "488"}),
        "no app": hs256({"userID": USER}),
        "no user": hs256({"appID": APP}),
        "expired": hs256({**CLAIMS, "exp": NOW - 31}),
        "not valid yet": hs256({**CLAIMS, "nbf": NOW + 31}),
        "an end that is no time": hs256({**CLAIMS, "exp": "never"}),
        "an end that is true": hs256({**CLAIMS, "exp": True}),
        "a critical extension": hs256(CLAIMS, crit=["x"]),
        "no token": "hello",
        "three words": "a.b.c",
        "letters of another script": "ä.ö.ü",
        "very long": "a" * 9000 + ".b.c",
        "our own kind": KEYS.issue(Claims(APP, USER), NOW),
    }


@pytest.mark.parametrize("how", forged())
async def test_a_forged_code_gets_no_token(world: World, how: str) -> None:
    status, answer = await world.ask(forged()[how])
    assert status == 401
    assert answer["errorReason"]
    actions = answer["urn:x-callstats:auth:errorActions"]
    assert [one["action"] for one in actions] == [1]
    assert "access_token" not in answer
    assert world.intake.frames == []
    assert world.intake.health.rejected == 1


@pytest.mark.parametrize(
    ("client", "status"),
    [(f"boss@{APP}", 401), (f"{USER}@488", 401), (USER, 400), (f"@{APP}", 400), (f"agent%2D4@{APP}", 200)],
)
async def test_the_form_names_user_and_app_of_the_token(world: World, client: str, status: int) -> None:
    assert (await world.ask(hs256(CLAIMS), client))[0] == status


async def test_a_form_may_not_be_encoded(world: World) -> None:
    form = f"grant_type=authorization_code&client_id=a+b@{APP}&code={hs256({**CLAIMS, 'userID': 'a+b'})}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with world.http.post(f"{world.url}/authenticate", data=form.encode(), headers=headers) as answer:
        assert answer.status == 200


async def test_a_form_that_is_none_is_refused(world: World) -> None:
    for given in ({"grant_type": "password"}, {"code": ""}):
        status, answer = await world.ask(given.pop("code", hs256(CLAIMS)), **given)
        assert status == 400
        assert answer["error"] == "invalid_request"
    async with world.http.post(f"{world.url}/authenticate", data=b"\xff" * 20_000) as answered:
        assert answered.status == 400


async def test_the_secret_as_the_browser_sdk_is_given_it(open_world: Open) -> None:
    keys = Keys(APP, b"k" * 32, "NGYxZQ==:real secret")
    world = await open_world(keys)
    assert (await world.ask(hs256({**CLAIMS, "keyId": "4f1e"}, b"real secret")))[0] == 200
    assert (await world.ask(hs256(CLAIMS, b"NGYxZQ==:real secret")))[0] == 200
    assert (await world.ask(hs256(CLAIMS, b"NGYxZQ==")))[0] == 401
    assert (await world.ask(es256(ES_CLAIMS, KEY)))[0] == 401, "no EC key is set here"


async def test_a_join_gets_an_ucid_and_a_retry_the_same(world: World) -> None:
    token = await world.token()
    status, first = await world.post("conferences/room-7", JOIN, token)
    assert (status, first["status"]) == (200, "success")
    assert await world.post("conferences/room-7", JOIN, token) == (200, first)
    _, later = await world.post("conferences/room-7", {**JOIN, "timestamp": 1000 * NOW + 1}, token)
    assert later["ucID"] != first["ucID"], "a rejoin is another participation"
    _, given = await world.post("conferences/room-7", {**JOIN, "ucID": "uc-31f"}, token)
    assert given["ucID"] == "uc-31f"
    _, nowhen = await world.post("conferences/room-7", {"localID": USER}, token)
    assert len({nowhen["ucID"], later["ucID"], first["ucID"]}) == 3
    frame = world.intake.frames[0]
    assert (frame.provider, frame.tag, frame.at, frame.body) == ("callstats", "join", NOW, JOIN)
    assert frame.about == {"app": APP, "call": "room-7", "leg": first["ucID"], "user": USER}


async def test_names_are_taken_out_of_the_address_once(world: World) -> None:
    token = await world.token("anna@example")
    status, answer = await world.post("conferences/a%2Fb%2520c", {"localID": "anna%40example"}, token)
    assert status == 200
    assert world.intake.frames[0].about["call"] == "a/b%20c"
    path = f"conferences/a%2Fb%2520c/{answer['ucID']}/events/user/alive"
    assert await world.post(path, {"localID": "anna@example"}, token) == (
        200,
        {"status": "success", "msg": "Event submitted"},
    )
    assert [frame.tag for frame in world.intake.frames] == ["join", "events/user/alive"]


def bad_bearers() -> dict[str, str]:
    """Tokens that open nothing."""
    own = KEYS.issue(Claims(APP, USER), NOW)
    head, body, signature = own.split(".")
    boss = unsigned({}, {**payload(own), "userID": "boss"}).split(".")[1]
    return {
        "none": "",
        "a client's own": hs256(CLAIMS),
        "a client's own that claims to be ours": hs256({**payload(own)}),
        "another process's": Keys(APP, b"x" * 32, SECRET).issue(Claims(APP, USER), NOW),
        "another user inside": f"{head}.{boss}.{signature}",
        "no algorithm": f"{unsigned({'alg': 'none'}, payload(own))}.",
        "no end": hs256({k: v for k, v in payload(own).items() if k != "exp"}, KEYS.own),
        "another purpose": hs256({**payload(own), "aud": "else"}, KEYS.own),
        "another app": Keys("488", KEYS.own, SECRET).issue(Claims("488", USER), NOW),
        "another app of ours": KEYS.issue(Claims("488", USER), NOW),
        "an EC signature": es256(payload(own), KEY),
    }


@pytest.mark.parametrize("how", bad_bearers())
@pytest.mark.parametrize("path", ["conferences/room-7", "conferences/room-7/uc-1/stats", "stats/system"])
async def test_without_a_good_token_nothing_is_stored(world: World, how: str, path: str) -> None:
    status, answer = await world.post(path, JOIN, bad_bearers()[how])
    assert status == 401
    assert answer["status"] == "error"
    assert world.intake.frames == []


async def test_a_token_ends(world: World) -> None:
    token = await world.token()
    world.clock.now += 3599
    assert (await world.post("conferences/c", JOIN, token))[0] == 200
    world.clock.now += 2
    assert await world.post("conferences/c/u/events/user/alive", JOIN, token) == (
        401,
        {"status": "error", "msg": "Token has expired"},
    )
    assert len(world.intake.frames) == 1


async def test_a_token_is_for_one_user(world: World) -> None:
    anna, bert = await world.token("anna"), await world.token("bert")
    _, joined = await world.post("conferences/c", {"localID": "anna"}, anna)
    stay = f"conferences/c/{joined['ucID']}"
    assert (await world.post(f"{stay}/stats", {"localID": "anna"}, bert))[0] == 401
    assert (await world.post(f"{stay}/events/user/left", {"localID": "bert"}, bert))[0] == 401
    assert (await world.post(f"{stay}/events/user/left", {"localID": "anna"}, anna))[0] == 200
    assert (await world.post(f"{stay}/events/user/alive", {"localID": "bert"}, bert))[0] == 401
    taken = {"localID": "bert", "ucID": joined["ucID"]}
    assert (await world.post("conferences/c", taken, bert))[0] == 401
    assert [frame.about["user"] for frame in world.intake.frames] == ["anna", "anna"]


async def test_another_app_in_the_address_is_refused(world: World) -> None:
    token = await world.token()
    headers = {"Authorization": f"Bearer {token}"}
    async with world.http.post(f"{world.url}/v1/apps/488/conferences/c", json=JOIN, headers=headers) as got:
        assert got.status == 401
    assert world.intake.frames == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"17", b'{"a":"\xff"}', b"[" * 5000, b"x" * 3000])
async def test_a_body_that_cannot_be_read_is_said_so(open_world: Open, body: bytes) -> None:
    world = await open_world(limits=Limits(max_body_bytes=2048))
    status, answer = await world.post("conferences/c", body, await world.token())
    assert status == 400
    assert answer["status"] == "error"
    assert world.intake.frames == []


async def test_what_the_reader_refuses_is_an_error_of_the_api(world: World) -> None:
    token = await world.token()
    status, answer = await world.post("conferences/c/u/stats", {"bad": 1}, token)
    assert (status, answer) == (422, {"status": "error", "msg": "has bad in it"})


async def test_who_sends_too_much_is_told_when_to_go_on(open_world: Open) -> None:
    world = await open_world(limits=Limits(max_frames_per_second=1.0, burst_s=3.0))
    anna, bert = await world.token("anna"), await world.token("bert")
    got = [(await world.post("conferences/c", {"localID": "anna"}, anna))[0] for _ in range(4)]
    assert got == [200, 200, 200, 503]
    assert (await world.post("conferences/c", {"localID": "bert"}, bert))[0] == 200
    assert world.intake.health.dropped == 1


async def test_other_paths_and_methods_do_not_exist(world: World) -> None:
    token = await world.token()
    assert (await world.post("conferences/c/u/events/nothing", JOIN, token))[0] == 404
    async with world.http.get(f"{world.url}/v1/apps/{APP}/conferences/c") as answer:
        assert answer.status == 404
    assert world.intake.frames == []


async def test_the_token_of_the_server_is_not_asked_for_and_pages_may_send(open_world: Open) -> None:
    world = await open_world(token="for readers")
    async with world.http.options(
        f"{world.url}/authenticate", headers={"Origin": "https://app.example"}
    ) as ok:
        assert ok.status == 204
    token = await world.token()
    origin = {"headers": {"Origin": "https://app.example"}}
    assert (await world.post("conferences/c", JOIN, token, **origin))[0] == 200
    async with world.http.get(f"{world.url}/v1/calls") as answer:
        assert answer.status == 401
    async with world.http.get(
        f"{world.url}/v1/calls", headers={"Authorization": f"Bearer {token}"}
    ) as answer:
        assert answer.status == 401, "a token for sending is none for reading"


async def test_who_is_silent_is_told_of_once(world: World) -> None:
    token = await world.token()
    _, joined = await world.post("conferences/c", JOIN, token)
    world.api.sweep(NOW + 30)
    assert len(world.intake.frames) == 1
    world.api.sweep(NOW + 30.5)
    world.api.sweep(NOW + 31.5)
    silent = world.intake.frames[1:]
    assert [(one.tag, one.at, one.body) for one in silent] == [("silent", NOW + 30.5, {"since": NOW})]
    assert silent[0].about["leg"] == joined["ucID"]
    world.clock.now += 40
    await world.post(f"conferences/c/{joined['ucID']}/events/user/alive", JOIN, token)
    world.api.sweep(NOW + 71)
    assert [one.tag for one in world.intake.frames[2:]] == ["events/user/alive", "silent"]


async def test_who_left_is_not_missed(world: World) -> None:
    token = await world.token()
    _, joined = await world.post("conferences/c", JOIN, token)
    await world.post(f"conferences/c/{joined['ucID']}/events/user/left", JOIN, token)
    world.api.sweep(NOW + 100)
    assert [one.tag for one in world.intake.frames] == ["join", "events/user/left"]


def test_a_key_of_the_wrong_kind_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="public_key"):
        Keys(APP, b"k" * 32, pem(KEY))
    with pytest.raises(ValueError, match="P-256"):
        usable(pem(ec.generate_private_key(ec.SECP384R1())))
    with pytest.raises(ValueError, match="PEM"):
        usable("hello")
    usable(pem(KEY))
    usable(None)


def test_without_the_extra_es256_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cryptography.hazmat.primitives.asymmetric", None)
    with pytest.raises(ValueError, match=r"callmon\[callstats\]"):
        usable(pem(KEY))
    with pytest.raises(TokenError, match=r"callmon\[callstats\]"):
        KEYS.client(es256(ES_CLAIMS, KEY), NOW)
    assert KEYS.client(hs256(CLAIMS), NOW) == Claims(APP, USER)


def test_no_key_shows() -> None:
    assert SECRET not in repr(KEYS)
    assert "own key" not in repr(KEYS)
    assert "BEGIN" not in repr(KEYS)
    assert jwt.LONGEST
