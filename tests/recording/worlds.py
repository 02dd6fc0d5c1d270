"""A run that is recorded, and the same run played again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from callmon.cli.wire import Watch, watch
from callmon.engine.quality import RULE_SETS
from callmon.model.frames import Frame
from callmon.query.document import document
from callmon.recording.lines import Header
from callmon.recording.recorder import Recorder, Rotation, World
from callmon.recording.replay import find, happen, timed
from callmon.recording.secrets import Secrets
from callmon.sources.demo.demo import Demo

START = 1_800_000_000.0


def demo(seconds: float, calls: int = 16, seed: int = 1) -> list[Frame]:
    """What the demo sends in its first seconds."""
    return list(Demo(calls, seed, START).frames(START + seconds))


class Run:
    """A live run; ``now`` is its wall clock and, for the recorder, its steady one."""

    def __init__(self) -> None:
        self.now = 0.0
        self.watch = watch(RULE_SETS["telnyx"], lambda: self.now, keep_ended_s=60.0)
        self.said: list[str] = []
        self.known = Secrets()
        self.documents: dict[float, dict[str, Any]] = {}
        self._ticked = self._noted = 0.0

    def record(self, path: Path, rotation: Rotation | None = None, force: bool = False) -> Recorder:
        """Begin to record what comes from now on."""
        monitor = self.watch.monitor
        world = World(
            lambda: monitor.engine.calls,
            lambda: monitor.health,
            lambda: Header("0", self.now, "", keep_ended_s=60.0),
        )
        recorder = Recorder(path, world, lambda: self.now, self.known, rotation, force, self.said.append)
        monitor.show(recorder)
        return recorder

    def play(self, feed: Iterable[Frame], note_every_s: float = 7.0) -> None:
        """Take frames, ticking every second, and note the document after a tick now and then."""
        for frame in feed:
            if not self._ticked:
                self._ticked = self._noted = frame.at + 0.0005
            while self._ticked + 1.0 < frame.at:
                self._ticked += 1.0
                self.now = self._ticked
                self.watch.monitor.tick()
                if self.now - self._noted >= note_every_s:
                    self._noted = self.now
                    self.documents[self.now] = self.document(self.now)
            self.now = max(self.now, frame.at)
            self.watch.monitor.take(frame)

    def document(self, at: float) -> dict[str, Any]:
        """All that is known, as JSON."""
        return document_of(self.watch, at)


def document_of(watch: Watch, at: float) -> dict[str, Any]:
    """All that a watch knows, as JSON; held calls come in any order."""
    monitor = watch.monitor
    calls = sorted(monitor.engine.calls.values(), key=lambda call: call.id)
    sources = [one for one in monitor.health if one.name != "recording"]
    found: dict[str, Any] = document(calls, sources, monitor.engine.rules.name, at)
    return found


class Again:
    """A recording played again, and what it says at some times, after the tick of that time."""

    def __init__(self, *paths: Path, at: Iterable[float] = ()) -> None:
        recording = find(paths)
        self.broken: list[str] = []
        self.now = 0.0
        self.watch = watch(
            recording.header.rules, lambda: self.now, keep_ended_s=recording.header.keep_ended_s
        )
        self.documents: dict[float, dict[str, Any]] = {}
        due = sorted(at)
        for moment, item in timed(recording.items(), self.broken):
            while due and moment > due[0]:
                self.documents[due[0]] = document_of(self.watch, due[0])
                del due[0]
            self.now = moment
            happen(item, self.watch.monitor)
        for late in due:
            self.documents[late] = document_of(self.watch, late)
