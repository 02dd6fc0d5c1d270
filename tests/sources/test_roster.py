"""Feeds that another configuration adds, changes and takes away while callmon goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callmon.cli import wire
from callmon.cli.reloading import Reloading
from callmon.cli.roster import Roster
from callmon.config.loading import load
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
    await until(lambda: world.states == {"one": "ok", "two": "closed", "three": "ok"})
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
    await until(lambda: world.states == {"one": "ok", "two": "closed", "three": "ok", "four": "unauthorised"})
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
    assert world.read("one", "two", more='[[provider]]\ntype = "telnyx"\ntoken = "x"\n') == ["providers"]
    assert world.states == {"one": "ok", "two": "ok"}
