"""Calls with what was taken of them: recordings, and an invented one of every provider."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from callmon.cli import opening, wire
from callmon.cli.commands import _play
from callmon.cli.wire import Watch
from callmon.dumps.writing import leglog
from callmon.engine.ending import summarise
from callmon.engine.quality import RULE_SETS
from callmon.exports.export import Subject
from callmon.exports.exporter import Exporter
from callmon.query.document import document
from callmon.recording.tape import SpillTape
from callmon.sources.demo.demo import Demo
from callmon.sources.files import Reading
from tests.recordings.recordings import path_of

BEGAN, LASTS_S = 1_800_000_000.0, 150.0


@dataclass
class World:
    """A monitor that has taken something, with its tape."""

    watch: Watch
    tape: SpillTape

    def exporter(self, folder: Path) -> Exporter:
        return Exporter(self.tape, folder)

    def subject(self, id: str) -> Subject:
        return asyncio.run(Exporter(self.tape, Path()).subject(self.watch.board, id))

    def calls(self) -> dict[str, Any]:
        """The document of each call."""
        return documents(self.watch)


def documents(watch: Watch) -> dict[str, Any]:
    now = watch.board.now()
    whole = document(watch.board.calls(), (), watch.board.rules(), now)
    return {call["id"]: call for call in whole["calls"]}


def empty(ends: list[float]) -> World:
    watch = wire.watch(RULE_SETS["telnyx"], lambda: ends[0])
    tape = SpillTape(lambda: watch.monitor.engine.calls, keep_s=None)
    watch.monitor.show(tape)
    return World(watch, tape)


@cache
def demo() -> World:
    """Thirty invented calls of every provider."""
    world = empty([BEGAN + LASTS_S])
    for _ in _play(world.watch, Demo(30, 3, BEGAN).frames(BEGAN + LASTS_S)):
        pass
    world.watch.monitor.pass_to(BEGAN + LASTS_S)
    return world


@cache
def recording(name: str) -> World:
    """A recording, read as ``open`` reads it."""
    ends = [0.0]
    world = empty(ends)
    read(world, {str(path_of(name)): name}, ends)
    return world


def read(world: World, names: dict[str, str], ends: list[float]) -> None:
    files = opening.Files(world.watch, names, ends)
    for _ in files.steps():
        pass
    assert not files.said, files.said


def opened(data: bytes, name: str = "again") -> dict[str, Any]:
    """The documents of what is in a file, as ``open`` reads it."""
    ends = [0.0]
    world = empty(ends)
    take = opening._passing_time(world.watch, ends)
    reading = Reading("-", name, take, io.BytesIO(data))
    for _ in reading.steps():
        pass
    assert not reading.opened.rejected, reading.opened.first
    assert not any(health.rejected for health in world.watch.monitor.health), world.watch.monitor.health
    return documents(world.watch)


def ended(subject: Subject) -> dict[str, Any]:
    """The document of a call that ended as it was exported, where it was not over."""
    call, now = subject.call, subject.now
    if call.summary is None:
        call.state, call.ended_at, call.end_reason = "ended", now, leglog.LIVE
        call.summary = summarise(call, now)
        for issue in call.issues:
            issue.until = now if issue.until is None else issue.until
    (found,) = document([call], (), subject.rules, now)["calls"]
    return cast(dict[str, Any], found)


def joined(chunks: Iterable[bytes]) -> bytes:
    return b"".join(chunks)


def loaded(chunks: Iterable[bytes]) -> Any:
    return json.loads(joined(chunks))
