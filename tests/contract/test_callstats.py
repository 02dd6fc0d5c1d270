"""Conferences as two generations of callstats clients send them, over HTTP and onto the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from callmon.cli import wire
from callmon.cli.main import Unusable
from callmon.cli.wire import Watch
from callmon.config.loading import ConfigError, check, load
from callmon.engine.quality import RULE_SETS
from callmon.model.frames import Json
from callmon.server.app import Serving
from tests.providers.callstats.witnesses import BORN, Script, Swagger
from tests.server.conftest import until
from tests.server.tokens import SECRET, es256, hs256, payload, pem

APP = "487"
KEY = ec.generate_private_key(ec.SECP256R1())
CONFIG = """
[listen]
port = 0
token = {env = "READERS"}
[callstats]
app_id = "487"
secret = {env = "APP_SECRET"}
public_key = {file = "%s"}
key_id = "4f1e"
token_s = 600.0
"""


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = BORN

    def __call__(self) -> float:
        return self.now


@dataclass
class Station:
    """A callmon that serves the API as its configuration says, and its document."""

    watch: Watch
    serving: Serving
    clock: Clock
    http: aiohttp.ClientSession

    def call(self) -> dict[str, Any]:
        (call,) = self.watch.calls()["calls"]
        found: dict[str, Any] = call
        return found

    async def at(self, second: float) -> None:
        """Let time pass, a second at a time."""
        while self.clock.now < BORN + second:
            self.clock.now = min(self.clock.now + 1.0, BORN + second)
            self.watch.monitor.tick()


@pytest.fixture
async def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Station]:
    """One that listens on a free port."""
    key, file = tmp_path / "app.pem", tmp_path / "callmon.toml"
    key.write_text(pem(KEY))
    file.write_text(CONFIG % key)
    monkeypatch.setenv("APP_SECRET", SECRET)
    monkeypatch.setenv("READERS", "for readers")
    clock = Clock()
    watch = wire.watch(RULE_SETS["callstats"], clock)
    serving = await wire.listen(load(file).config, watch)
    async with aiohttp.ClientSession() as http:
        yield Station(watch, serving, clock, http)
    await serving.close()


class Client:
    """What speaks HTTP for a witness; it obeys what the token's answer says, as the SDKs do."""

    def __init__(self, station: Station, witness: Swagger, sign: Callable[[dict[str, Any]], str]) -> None:
        self.station, self.witness, self.sign = station, witness, sign
        self.token, self.stay = "", ""
        self.urls: dict[str, str] = {}

    async def authenticate(self) -> None:
        claims = {"appID": APP, "userID": self.witness.user, "exp": self.station.clock.now + 300}
        form = {
            "grant_type": "authorization_code",
            "client_id": f"{self.witness.user}@{APP}",
            "code": self.sign(claims),
        }
        async with self.station.http.post(f"{self.station.serving.url}/authenticate", data=form) as answer:
            assert answer.status == 200
            given = await answer.json()
        assert given["token_type"] == "bearer"
        self.token, self.urls = given["access_token"], given["metadata"]["urls"]
        assert payload(self.token)["submissionInterval"] == 15_000

    async def send(self, host: str, path: str, body: dict[str, Json]) -> dict[str, Any]:
        url = f"{self.urls[host]}/v1/apps/{APP}/{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.station.http.post(url, json=body, headers=headers) as answer:
            found: dict[str, Any] = await answer.json()
            assert (answer.status == 200) == (found["status"] == "success"), found
        if found.get("msg") == "Token has expired":
            await self.authenticate()
            return await self.send(host, path, body)
        return found

    async def join(self, conference: str) -> None:
        place = f"conferences/{quote(conference, safe='')}"
        joined = await self.send("events", place, self.witness.join())
        assert joined["status"] == "success"
        self.stay = f"{place}/{joined['ucID']}"

    async def say(self, tag: str, body: dict[str, Json]) -> None:
        said = await self.send("stats" if tag == "stats" else "events", f"{self.stay}/{tag}", body)
        assert said["status"] == "success", said

    async def talk(self, until: int, lost_each_s: int = 0) -> None:
        """Tell of everything up to a second of the conference, in the API's own time."""
        for tag, body in self.witness.story():
            await self.say(tag, body)
        for second in range(15, until + 1, 5):
            await self.station.at(second)
            if second % 15 == 0:
                await self.say(*self.witness.stats(second, lost_each_s * second))
            elif second % 10 == 0:
                await self.say(*self.witness.alive(second))

    async def leave(self, second: float) -> None:
        for tag, body in self.witness.end(second):
            await self.say(tag, body)


def swagger(station: Station, user: str = "agent-4") -> Client:
    return Client(station, Swagger(user), hs256)


def script(station: Station, user: str = "agent-4") -> Client:
    return Client(station, Script(user), lambda claims: es256({**claims, "keyId": "4f1e"}, KEY))


@pytest.mark.parametrize("client_of", [swagger, script])
async def test_a_conference_gets_on_the_screen(
    station: Station, client_of: Callable[[Station], Client]
) -> None:
    client = client_of(station)
    await client.authenticate()
    await client.join("room 7/b")
    await client.talk(until=90, lost_each_s=1)
    call = station.call()
    assert (call["id"], call["room"], call["provider"], call["state"]) == (
        "room 7/b",
        "room 7/b",
        "callstats",
        "live",
    )
    assert call["ice"]["verdict"] == "connected"
    assert call["ice"]["selected_pair"]["local"]["address"] == "192.0.2.7"
    # 1 of 50 packets lost each second is 2 %; 64 kbit/s sent and 62.7 received, RTT 145 ms: excellent by their class.
    assert call["metrics"]["loss_pct"] == pytest.approx(2.0)
    assert call["metrics"]["rtt_ms"] == pytest.approx(145.0)
    assert call["metrics"]["bitrate_out_bps"] == pytest.approx(64_000)
    assert call["grade"] == "good"
    person, peer = call["legs"]
    assert (person["role"], person["label"], person["attributes"]["os"]) == (
        "participant",
        "agent-4",
        "Windows 10",
    )
    assert (peer["role"], peer["label"]) == ("peer", "agent-4 → sip-gw")
    assert {one["direction"]: one["codec"] for one in peer["streams"]} == {
        "inbound": "opus",
        "outbound": "opus",
    }
    await client.leave(91)
    assert station.call()["state"] == "ended"
    assert station.watch.calls()["rejected"] == []


async def test_two_participants_are_one_call(station: Station) -> None:
    one, other = swagger(station, "anna@example"), script(station, "bert@example")
    for client in (one, other):
        await client.authenticate()
        await client.join("room-7")
        for tag, body in client.witness.story():
            await client.say(tag, body)
    legs = station.call()["legs"]
    assert [leg["label"] for leg in legs] == [
        "anna@example",
        "anna@example → sip-gw",
        "bert@example",
        "bert@example → sip-gw",
    ]
    await one.leave(20)
    assert station.call()["state"] == "live"
    await other.leave(21)
    assert station.call()["state"] == "ended"


async def test_a_token_that_ends_in_mid_call_is_renewed(station: Station) -> None:
    client = script(station)
    await client.authenticate()
    first = client.token
    await client.join("room-7")
    await station.at(601)
    await client.say(*client.witness.alive(601))
    assert client.token != first
    assert station.call()["state"] == "live"


async def test_who_falls_silent_is_gone_after_30_s(station: Station) -> None:
    client = script(station)
    await client.authenticate()
    await client.join("room-7")
    await client.say(*client.witness.setup())
    await station.at(29)
    assert station.call()["state"] == "live"
    await station.at(33)
    await until(lambda: bool(station.call()["state"] == "ended"))  # It looks once a second of the real clock.
    assert {leg["label"] for leg in station.call()["legs"]} == {"agent-4", "agent-4 → sip-gw"}


async def test_nothing_of_a_forger_gets_on_the_screen(station: Station) -> None:
    client = script(station)
    client.urls = dict.fromkeys(("events", "stats"), station.serving.url)
    good = {"appID": APP, "userID": "agent-4"}
    for token in (
        "",
        hs256(good),
        hs256({**good, "aud": "callmon-callstats", "exp": BORN + 300}),
        "for readers",
    ):
        client.token = token
        answer = await client.send("events", "conferences/room-7", client.witness.join())
        assert answer["status"] == "error"
    document = station.watch.calls()
    assert document["calls"] == []
    (counted,) = document["rejected"]
    assert counted["count"] == 4
    assert "callstats" in counted["first"]


async def test_without_the_section_the_api_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "callmon.toml"
    file.write_text("[listen]\nport = 0\n")
    serving = await wire.listen(load(file).config, wire.watch(RULE_SETS["telnyx"]))
    async with aiohttp.ClientSession() as http:
        for path in ("/authenticate", f"/v1/apps/{APP}/conferences/room-7"):
            async with http.post(serving.url + path, json={}) as answer:
                assert answer.status == 404
    await serving.close()


@pytest.mark.parametrize("given", ['app_id = "487"', 'secret = {env = "X"}', 'public_key = {file = "x"}'])
def test_an_app_and_its_key_are_set_together(tmp_path: Path, given: str) -> None:
    file = tmp_path / "callmon.toml"
    file.write_text(f"[callstats]\n{given}\n")
    with pytest.raises(ConfigError, match="set app_id, and secret or public_key"):
        load(file)


async def test_a_key_that_is_none_stops_the_start_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "callmon.toml"
    file.write_text('[listen]\nport = 0\n[callstats]\napp_id = "487"\npublic_key = "a secret thing"\n')
    with pytest.raises(Unusable, match="P-256") as refused:
        await wire.listen(load(file).config, wire.watch(RULE_SETS["telnyx"]))
    assert "a secret thing" not in str(refused.value)
    (warned,) = check(file, {})
    assert "callstats.public_key: the secret stands in the file" in warned
    assert "a secret thing" not in warned
