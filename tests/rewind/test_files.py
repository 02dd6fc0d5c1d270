"""Files that were opened can be gone back through as well, each in its own time."""

from __future__ import annotations

import pytest

from callmon.cli import commands, keeping, wire
from callmon.engine.quality import RULE_SETS
from callmon.model.frames import Frame
from callmon.query.document import call_document
from callmon.rewind.past import Past
from callmon.sources.files import open_file
from tests.recordings.recordings import FOLDER
from tests.rewind.tapes import gone


def opened(*names: str) -> tuple[wire.Watch, Past, list[float]]:
    ends = [0.0]
    watch = wire.watch(RULE_SETS["telnyx"], lambda: ends[0])
    keeping.keep_tape(watch, None, whole=True, one_clock=False)
    for name in names:
        assert commands._read(watch, str(FOLDER / f"{name}.jsonl.gz"), name, ends)
    assert watch.past is not None
    return watch, watch.past[0], ends


@pytest.mark.parametrize("name", ["drop_midcall-a", "ff_drop_midcall-b", "dtls_stuck-a"])
def test_a_file_at_a_moment_is_the_file_up_to_there(name: str) -> None:
    _, past, _ = opened(name)
    frames: list[Frame] = []
    open_file(str(FOLDER / f"{name}.jsonl.gz"), name, frames.append)
    for place in (len(frames) * 3 // 4, len(frames) // 3):
        at = frames[place].at
        there = wire.watch(RULE_SETS["telnyx"], lambda: 0.0)
        take = commands._passing_time(there)
        for frame in frames:
            if frame.at <= at:
                take(frame)
        wanted = [call_document(call, at) for call in there.board.calls()]
        assert [call_document(call, at) for call in gone(past, at).calls.values()] == wanted
        assert wanted[0]["state"] != "ended"


def test_of_two_ends_of_a_call_both_are_there_as_they_were() -> None:
    watch, past, ends = opened("drop_midcall-a", "drop_midcall-b")
    assert [call.state for call in watch.board.calls()] == ["ended", "ended"]
    gone(past, ends[0] - 15)
    assert [call.state for call in past.calls.values()] == ["live", "live"]
    assert all(0 < call.frames < watch.monitor.engine.calls[id].frames for id, call in past.calls.items())
