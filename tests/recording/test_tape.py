"""The tape gives back what was taken: every entry in its order, and states from which its events lead on."""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.engine import snapshot
from callmon.engine.engine import Engine
from callmon.model.events import Event
from callmon.model.frames import Frame
from callmon.model.tape import Entry, Tape
from callmon.monitor import Monitor
from callmon.providers import every_provider
from callmon.query.document import call_document
from callmon.recording import segment, tape
from callmon.recording.segment import Segment
from callmon.recording.tape import SpillTape
from callmon.sources.demo.demo import Demo
from tests.recordings.recordings import frames

START = 1_800_000_000.0


class Run:
    """A monitor with a tape, and beside it what is to come out again."""

    def __init__(self, folder: Path, **bounds: Any) -> None:
        self.monitor = Monitor(Engine(keep_ended_s=60.0), every_provider(), lambda: self.now)
        self.now = 0.0
        self.said: list[str] = []
        self.tape = SpillTape(lambda: self.monitor.engine.calls, folder, say=self.said.append, **bounds)
        self.monitor.show(self.tape)
        self.taken: list[tuple[Frame, tuple[Event, ...]]] = []
        self.monitor.show(self)
        self.documents: dict[float, dict[str, Any]] = {}

    def took(self, frame: Frame, events: Sequence[Event]) -> None:
        self.taken.append((frame, tuple(events)))

    def ticked(self, at: float) -> None:
        pass

    def play(self, feed: Iterable[Frame], note_every_s: float = 7.0) -> None:
        """Take frames with a tick every second of theirs, noting documents now and then."""
        ticked = noted = 0.0
        for frame in feed:
            if frame.at - ticked >= 1.0:
                if ticked and ticked - noted >= note_every_s:
                    self.documents[self.now] = self.document(self.now)
                    noted = ticked
                ticked = self.now = frame.at
                self.monitor.pass_to(frame.at)
            self.now = frame.at
            self.monitor.take(frame)
        self.documents[self.now] = self.document(self.now)

    def document(self, at: float) -> dict[str, Any]:
        return {call.id: call_document(call, at) for call in self.monitor.engine.calls.values()}


def rewound(kept: Tape, at: float) -> dict[str, Any]:
    """The documents of all calls as they were, from the tape alone."""
    found = {}
    for id in kept.calls(at):
        engine = Engine(keep_ended_s=60.0)
        saved = kept.held(id, at)
        since = math.nextafter(kept.earliest() or 0.0, -math.inf)
        if saved is not None:
            since, state = saved
            engine.calls[id] = snapshot.load(state)
        moments: list[tuple[float, Entry | None]] = [(tick, None) for tick in kept.ticks(since, at)]
        moments += [(entry.at, entry) for entry in kept.entries(since, at, id)]
        for moment, entry in sorted(moments, key=lambda one: (one[0], one[1] is not None)):
            if entry is None:
                engine.tick(moment)
            else:
                engine.fold(entry.events, entry.frame.at)
        found[id] = call_document(engine.calls[id], at)
    return found


def demo(seconds: float, calls: int = 16, seed: int = 1) -> list[Frame]:
    return list(Demo(calls, seed, START).frames(START + seconds))


def test_every_entry_comes_out_as_it_went_in(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.play(demo(90))
    earliest, latest = run.tape.earliest(), run.tape.latest()
    assert earliest is not None
    assert latest is not None
    entries = list(run.tape.entries(earliest, latest))
    assert [(entry.frame, entry.events) for entry in entries] == run.taken
    assert run.tape.size > 0, "it was really in the file"
    assert len({type(event) for entry in entries for event in entry.events}) == 8


def test_entries_of_one_call_and_of_a_time(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.play(demo(90))
    for call in list(run.monitor.engine.calls)[:5]:
        expected = [
            (frame, mine)
            for frame, events in run.taken
            if START + 30 < frame.at <= START + 60
            and (mine := tuple(event for event in events if event.call == call))
        ]
        found = list(run.tape.entries(START + 30, START + 60, call))
        assert [(one.frame, one.events) for one in found] == expected
        assert expected, "there is something to be found"
    assert list(run.tape.entries(START + 30, START + 60, "nobody")) == []


@settings(max_examples=6)
@given(seed=st.integers(0, 1000), seconds=st.integers(100, 260))
def test_what_is_rewound_is_what_was(
    tmp_path_factory: pytest.TempPathFactory, seed: int, seconds: int
) -> None:
    run = Run(tmp_path_factory.mktemp("tape"))
    run.play(demo(seconds, 24, seed), note_every_s=23.0)
    assert len(run.documents) > 3
    for at, document in run.documents.items():
        assert rewound(run.tape, at) == document


def test_what_is_rewound_after_the_oldest_is_gone(tmp_path: Path) -> None:
    run = Run(tmp_path, keep_s=60.0)
    run.play(demo(330), note_every_s=11.0)
    earliest = run.tape.earliest()
    assert earliest is not None
    assert START + 100 < earliest <= START + 270, "at least what was promised is there, and not everything"
    compared = [at for at in run.documents if at >= earliest]
    assert len(compared) >= 5
    for at in compared:
        assert rewound(run.tape, at) == run.documents[at]
    first = next(iter(run.tape.entries(0.0, START + 1000)))
    assert first.at > START + 80


def test_bytes_are_bounded(tmp_path: Path) -> None:
    run = Run(tmp_path, limit=3_000_000)
    run.play(demo(240, 32), note_every_s=13.0)
    assert run.tape.size < 4_000_000
    earliest = run.tape.earliest()
    assert earliest is not None
    assert earliest > START + 30
    compared = [at for at in run.documents if at >= earliest]
    assert len(compared) >= 2
    for at in compared:
        assert rewound(run.tape, at) == run.documents[at]


def test_a_call_that_said_one_thing_is_there_when_the_tape_begins(tmp_path: Path) -> None:
    run = Run(tmp_path)
    mine, other = frames("av_clean-a"), frames("ff_av_clean-a")
    unseen = Monitor(run.monitor.engine, every_provider(), lambda: run.now)
    unseen.take(other[0])
    run.monitor.take(replace(mine[0], at=other[0].at + 1))
    earliest = run.tape.earliest()
    assert earliest is not None
    assert set(run.tape.calls(earliest)) == set(run.monitor.engine.calls)
    assert rewound(run.tape, earliest) == run.document(earliest)


def test_files_one_after_the_other_are_in_the_order_of_time(tmp_path: Path) -> None:
    run = Run(tmp_path, keep_s=None)
    names = ("av_clean-a", "av_clean-b")
    for name in names:
        run.play(frames(name))
    times = [entry.at for entry in run.tape.entries(0.0, 1e11)]
    assert times == sorted(times)
    assert len(times) == sum(len(frames(name)) for name in names)
    assert {entry.frame.source for entry in list(run.tape.entries(0.0, 1e11))[:40]} == set(names)


def test_a_frame_that_was_sent_late_is_there_when_it_came(tmp_path: Path) -> None:
    run = Run(tmp_path)
    mine = frames("av_clean-a")
    late = Frame("webrtc", mine[10].at, "snapshot", mine[10].body, mine[10].about, mine[10].source)
    for frame in (*mine[:10], *mine[11:20], late):
        run.monitor.take(frame)
    last = list(run.tape.entries(0.0, 1e11))[-1]
    assert last.frame == late
    assert last.at == mine[19].at


def test_nobody_else_can_read_it_and_nothing_stays(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.play(demo(60))
    assert run.tape.size > 0
    assert os.listdir(tmp_path) == []
    gc.collect()


@pytest.mark.parametrize("block", [16_384, 65_536, 262_144])
def test_a_full_disk_costs_the_past_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(tape, "BLOCK", block)
    run = Run(tmp_path)

    def full(self: Segment, packed: bytes, at: float) -> tuple[int, int]:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(segment.Segment, "put", full)
        run.play(demo(40))
    assert run.said == ["rewinding begins anew: the tape cannot be written: No space left on device"]
    assert run.monitor.frames == len(run.taken)
    assert run.tape.earliest() is None
    more = Demo(16, 1, START)
    list(more.frames(START + 40))
    run.documents.clear()
    run.play(more.frames(START + 200))
    earliest = run.tape.earliest()
    assert earliest is not None
    compared = [at for at in run.documents if at >= earliest]
    assert len(compared) > 5
    for at in compared:
        assert rewound(run.tape, at) == run.documents[at]
