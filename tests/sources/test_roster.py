"""Feeds that another configuration adds, changes and takes away while callmon goes on."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from callmon.cli import wire
from callmon.cli.main import Unusable
from callmon.cli.reloading import Reloading
from callmon.cli.roster import Roster
from callmon.config.loading import load
from callmon.config.secret import Secret
from callmon.config.settings import Config
from callmon.engine.quality import RULE_SETS
from tests.sources.conftest import NDJSON, Line, Serve, Site, hang
from tests.sources.intake import until


async def tell(line: Line) -> None:
    """A feed of one call, named by the path."""
    await line.answer("200 OK", NDJSON)
    message = {"call": line.path.removeprefix("/"), "leg": "a", "stats": []}
    await line.send(json.dumps(message) + "\n")
    await hang()


class World:
    """A watch, what runs for it, and its configuration; ``read`` is ``ctrl+r`` after the file was edited."""

    def __init__(self, file: Path, site: Site) -> None:
        self.file, self.site = file, site
        self.watch = wire.watch(RULE_SETS["telnyx"])
        first = self.load("one", "two")
        self.roster = Roster(self.watch, first.source, wire.sources(first, self.watch))
        self.reload = Reloading(self.watch, first, self.roster)
        self.task = asyncio.create_task(self.roster.run(self.watch.monitor))

    def load(self, *names: str, more: str = "") -> Config:
        self.file.write_text("".join(self.section(name, name) for name in names) + more, "utf-8")
        return load(self.file).config

    def section(self, name: str, path: str) -> str:
        return f'[[source]]\nname = "{name}"\nurl = "{self.site.url.replace("feed", path)}"\ndialect = "webrtc"\n'

    def read(self, *names: str, more: str = "") -> list[str]:
        return self.reload(self.load(*names, more=more))

    @property
    def states(self) -> dict[str, str]:
        return {one.name: one.state for one in self.watch.monitor.health}

    @property
    def asked(self) -> list[str]:
        return [line.path for line in self.site.lines]


@pytest.fixture
async def world(tmp_path: Path, serve: Serve) -> AsyncIterator[World]:
    """Two feeds, each of which told of a call."""
    found = World(tmp_path / "c.toml", await serve(tell))
    await until(lambda: found.states == {"one": "ok", "two": "ok"})
    yield found
    found.task.cancel()
    await asyncio.wait([found.task])


async def test_what_is_added_begins_what_is_gone_ends_and_what_is_the_same_goes_on(world: World) -> None:
    assert world.read("one", "three") == []
    await until(lambda: world.states == {"one": "ok", "three": "ok"})
    assert sorted(world.asked) == ["/one", "/three", "/two"], "the connection of one is that of before"
    assert {call.id for call in world.watch.board.calls()} == {"one", "two", "three"}, "calls stay"
    assert [one.name for one in world.roster.sources()] == ["one", "three"]
    assert any("two: no longer configured" in line for _, line in world.watch.board.log())
    assert world.read("one", "two", "three") == []
    await until(lambda: world.states == {"one": "ok", "two": "ok", "three": "ok"})
    assert sorted(world.asked) == ["/one", "/three", "/two", "/two"]


async def test_what_is_another_begins_anew(world: World) -> None:
    assert world.read("one", more=world.section("two", "feed")) == []
    await until(lambda: world.asked[2:] == ["/feed"] and world.states["two"] == "ok")
    assert {call.id for call in world.watch.board.calls()} == {"one", "two", "feed"}


async def test_a_broken_one_is_said_and_stops_nothing(world: World, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    broken = world.section("four", "four") + f'token = {{file = "{secret}"}}\n'
    assert world.read("one", "three", more=broken) == []
    await until(lambda: world.states == {"one": "ok", "three": "ok", "four": "unauthorised"})
    assert str(secret) in world.watch.monitor.source("four").detail
    secret.write_text("t0ps3cret-t0ps3cret", "utf-8")
    assert world.read("one", "three", more=broken) == [], "the same is tried again once it may work"
    await until(lambda: world.states["four"] == "ok")
    assert world.site.lines[-1].headers["authorization"] == "Bearer t0ps3cret-t0ps3cret"
    assert "t0ps3cret" not in world.watch.secrets.clean("see t0ps3cret-t0ps3cret here")


async def test_read_again_and_again_there_is_one_of_each(world: World) -> None:
    before, elsewhere = world.roster._tasks["two"], world.section("two", "feed")
    for names, more in (
        (("one", "three"), elsewhere),
        (("one", "two"), ""),
        (("one", "three"), ""),
        (("one", "two", "three"), ""),
        (("one", "three"), elsewhere),
    ):
        assert world.read(*names, more=more) == []
    await until(lambda: world.states == {"one": "ok", "two": "ok", "three": "ok"})
    assert before.cancelled() and world.asked.count("/one") == 1
    assert world.asked[2:] in (["/three", "/feed"], ["/feed", "/three"])
    world.task.cancel()
    await asyncio.wait([world.task])
    assert all(task.done() for task in world.roster._tasks.values())


async def test_apis_wait_for_another_start(world: World) -> None:
    assert world.read("one", "two", more='[[provider]]\ntype = "telnyx"\ntoken = "x"\n') == ["[[provider]]"]
    assert world.states == {"one": "ok", "two": "ok"}


async def test_a_broken_one_that_is_taken_away_is_no_longer_what_is_wrong(world: World) -> None:
    broken = world.section("four", "four") + 'token = {env = "CALLMON_TEST_NOT_SET"}\n'
    world.read("one", "two", more=broken)
    await until(lambda: world.states.get("four") == "unauthorised")
    assert world.read("one", "two") == []
    await until(lambda: "four" not in world.states)
    assert world.read("one", "two") == []
    assert "two: no longer configured" not in "".join(line for _, line in world.watch.board.log())


async def test_read_before_it_runs_there_is_one_of_each_all_the_same(world: World) -> None:
    first = world.load("one", "two")
    watch = wire.watch(RULE_SETS["telnyx"])
    roster = Roster(watch, first.source, wire.sources(first, watch))
    Reloading(watch, first, roster)(world.load("one", "three", more=world.section("two", "feed")))
    await until(lambda: {"/three", "/feed"} <= {*world.asked})
    task = asyncio.create_task(roster.run(watch.monitor))
    await until(lambda: [one.state for one in watch.monitor.health] == ["ok"] * 3)
    assert sorted(world.asked[2:]) == ["/feed", "/one", "/three"]
    task.cancel()
    await asyncio.wait([task])
    assert not {one.get_name() for one in asyncio.all_tasks()} & {"three"}, "all of them end with the roster"


async def test_while_a_secret_is_looked_for_a_feed_does_not_seem_to_be_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, told = threading.Event(), threading.Event()

    def slow(self: Secret, env: Mapping[str, str]) -> SecretStr:
        asked.set()
        told.wait(10)
        return SecretStr("t0ps3cret-t0ps3cret")

    monkeypatch.setattr(Secret, "resolve", slow)
    try:
        world.read("one", more=world.section("two", "two") + 'token = {command = "ask"}\n')
        await until(asked.is_set)
        assert world.states == {"one": "ok", "two": "starting"}
        world.read("one")
        await until(lambda: "two" not in world.states)
    finally:
        told.set()
    assert [one.name for one in world.roster.sources()] == ["one"]
    assert world.asked.count("/two") == 1


async def test_a_feed_that_was_refused_is_tried_with_the_secret_of_now(tmp_path: Path, serve: Serve) -> None:
    async def guard(line: Line) -> None:
        if line.headers["authorization"] == "Bearer the-newest-secret":
            await tell(line)
        else:
            await line.answer("401 Unauthorized", NDJSON)

    site, secret, file = await serve(guard), tmp_path / "token", tmp_path / "c.toml"
    secret.write_text("an-older-secret", "utf-8")
    section = f'name = "one"\nurl = "{site.url}"\ndialect = "webrtc"\ntoken = {{file = "{secret}"}}\n'
    file.write_text(f"[[source]]\n{section}", "utf-8")
    first, watch = load(file).config, wire.watch(RULE_SETS["telnyx"])
    roster = Roster(watch, first.source, wire.sources(first, watch))
    task = asyncio.create_task(roster.run(watch.monitor))
    health = watch.monitor.source("one")
    await until(lambda: health.state == "unauthorised")
    secret.write_text("the-newest-secret", "utf-8")
    assert Reloading(watch, first, roster)(load(file).config) == []
    await until(lambda: health.state == "ok")
    task.cancel()
    await asyncio.wait([task])


async def test_stdin_is_no_feed_where_the_keys_come_from_there(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('[[source]]\nname = "pipe"\nurl = "-"\ndialect = "webrtc"\n', "utf-8")
    config, watch = load(tmp_path / "c.toml").config, wire.watch(RULE_SETS["telnyx"])
    with pytest.raises(Unusable, match='^source pipe: url = "-" is stdin, and the keys come from there'):
        wire.sources(config, watch, None)
    roster = Roster(watch, [], [], None)
    task = asyncio.create_task(roster.run(watch.monitor))
    roster.take(config.source)
    await until(lambda: watch.monitor.source("pipe").detail.endswith("pipe frames into callmon"))
    assert roster.sources() == []
    assert watch.monitor.source("pipe").state == "misconfigured", "no secret is wrong"
    task.cancel()
    await asyncio.wait([task])
