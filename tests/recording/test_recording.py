"""Recordings: played again they are the run that was; cut or damaged they give what is whole."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callmon.model.frames import Frame, Rejected
from callmon.recording.lines import Header, Tick
from callmon.recording.recorder import AGAIN_S, NotRecorded, Rotation
from callmon.recording.replay import NoRecording, find, frames, is_recording, items
from tests.recording.worlds import START, Again, Run, demo
from tests.recordings.recordings import frames as recorded_frames

Folders = pytest.TempPathFactory


def recorded(path: Path, seconds: float = 60.0, **how: Any) -> tuple[Run, list[Frame]]:
    """A run that was recorded from its beginning, and what was taken."""
    run, feed = Run(), demo(seconds)
    run.now = START
    recorder = run.record(path, **how)
    run.play(feed)
    recorder.close()
    return run, feed


@settings(max_examples=5)
@given(seed=st.integers(0, 10_000), seconds=st.integers(40, 150))
def test_a_replay_is_the_run_that_was(tmp_path_factory: Folders, seed: int, seconds: int) -> None:
    path = tmp_path_factory.mktemp("run") / "a.jsonl.gz"
    run, feed = Run(), demo(seconds, 32, seed)
    run.now = START
    recorder = run.record(path)
    run.play(feed)
    run.documents[run.now] = run.document(run.now)
    recorder.close()
    again = Again(path, at=run.documents)
    assert len(run.documents) > 4
    assert again.documents == run.documents
    assert again.broken == []
    assert len({frame.provider for frame in feed}) >= 4


def test_every_dialect_of_the_demo_is_played_again(tmp_path: Path) -> None:
    run, feed = Run(), demo(150, 32)
    assert len({frame.provider for frame in feed}) == 6
    run.now = START
    recorder = run.record(tmp_path / "a.gz")
    run.play(feed, note_every_s=45.0)
    recorder.close()
    assert Again(tmp_path / "a.gz", at=run.documents).documents == run.documents


def test_captures_of_browsers_are_the_same_again(tmp_path: Path) -> None:
    run = Run()
    feed = sorted(
        (
            frame
            for name in ("drop_midcall-a", "voice_opus_loss5-a", "av_clean-b")
            for frame in recorded_frames(name)
        ),
        key=lambda frame: frame.at,
    )
    run.now = feed[0].at
    recorder = run.record(tmp_path / "a.gz")
    run.play(feed)
    run.documents[run.now] = run.document(run.now)
    recorder.close()
    assert Again(tmp_path / "a.gz", at=run.documents).documents == run.documents


def test_what_is_recorded_from_the_middle_is_the_same_from_there(tmp_path: Path) -> None:
    run, feed = Run(), demo(150)
    run.play(feed[: len(feed) // 2])
    run.documents.clear()
    recorder = run.record(tmp_path / "a.gz")
    run.play(feed[len(feed) // 2 :])
    recorder.close()
    again = Again(tmp_path / "a.gz", at=run.documents)
    assert len(run.documents) > 5
    assert {at: one["calls"] for at, one in again.documents.items()} == {
        at: one["calls"] for at, one in run.documents.items()
    }


def test_every_frame_comes_back_as_it_was(tmp_path: Path) -> None:
    _, feed = recorded(tmp_path / "a.gz")
    with (tmp_path / "a.gz").open("rb") as stream:
        assert list(frames(stream)) == feed
    with gzip.open(tmp_path / "a.gz") as unpacked:
        assert list(frames(unpacked)) == feed  # type: ignore[arg-type]


def test_zcat_reads_it_and_each_line_is_json(tmp_path: Path) -> None:
    _, feed = recorded(tmp_path / "a.gz", 20)
    text = subprocess.run(["gzip", "-dc", tmp_path / "a.gz"], capture_output=True, check=True).stdout
    first, *rest = [json.loads(line) for line in text.splitlines()]
    assert first["callmon"] == "recording/1"
    assert sum("provider" in line for line in rest) == len(feed)
    assert (tmp_path / "a.gz").stat().st_mode & 0o777 == 0o600


@settings(max_examples=60)
@given(share=st.floats(0, 1))
@example(share=0.0)
@example(share=1.0)
def test_cut_anywhere_it_gives_all_that_is_whole(tmp_path_factory: Folders, share: float) -> None:
    path = tmp_path_factory.getbasetemp() / "whole.gz"
    if not path.exists():
        recorded(path, 30, force=True)
    data = path.read_bytes()
    whole = [item for item in items(io.BytesIO(data)) if not isinstance(item, Rejected)]
    cut = data[: round(len(data) * share)]
    found = list(items(io.BytesIO(cut)))
    kept = [item for item in found if not isinstance(item, Rejected)]
    assert kept == whole[: len(kept)]
    assert len(found) - len(kept) <= 1, "one line says that it breaks off"
    whole_lines = zlib.decompressobj(wbits=31).decompress(cut).count(b"\n")
    assert len(kept) == whole_lines
    if 0 < len(cut) < len(data):
        assert len(found) == len(kept) + 1


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32))
def test_damaged_anywhere_it_gives_the_rest(tmp_path_factory: Folders, seed: int) -> None:
    path = tmp_path_factory.getbasetemp() / "whole.gz"
    if not path.exists():
        recorded(path, 30, force=True)
    data, rng = bytearray(path.read_bytes()), random.Random(seed)
    for _ in range(rng.randrange(1, 6)):
        data[rng.randrange(20, len(data))] = rng.randrange(256)
    for item in items(io.BytesIO(bytes(data))):
        assert not isinstance(item, Rejected) or "\n" not in item.reason


def test_after_damage_it_goes_on_with_the_next_member(tmp_path: Path) -> None:
    _, feed = recorded(tmp_path / "a.gz", 200)
    data = bytearray((tmp_path / "a.gz").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = b"\xff" * 40
    found = [item for item in items(io.BytesIO(bytes(data))) if isinstance(item, Frame)]
    assert len(feed) / 2 < len(found) < len(feed)
    assert found[-1] == feed[-1]


@pytest.mark.parametrize("cut", [0, 12])
@pytest.mark.parametrize("tail", [b"\0" * 4096, b"\0" * 200_000, b"garbage" * 50, b"\xff" * 100_000])
def test_a_bad_tail_costs_nothing_of_what_is_before_it(tmp_path: Path, cut: int, tail: bytes) -> None:
    recorded(tmp_path / "a.gz", 30)
    data = (tmp_path / "a.gz").read_bytes()
    data = data[: len(data) - cut]
    whole = [item for item in items(io.BytesIO(data)) if not isinstance(item, Rejected)]
    found = list(items(io.BytesIO(data + tail)))
    kept = [item for item in found if not isinstance(item, Rejected)]
    assert len(whole) > 5
    assert kept[: len(whole) - 1] == whole[: len(whole) - 1]
    assert len(found) > len(kept) or (cut == 0 and tail[:1] == b"\0"), "padding alone is no damage"
    (tmp_path / "b.gz").write_bytes(data + tail)
    assert find([tmp_path / "b.gz"]).header == whole[0]
    assert is_recording((data[:200] + tail)[:4096])


def test_padding_between_members_is_no_damage(tmp_path: Path) -> None:
    recorded(tmp_path / "a.gz", 3)
    data = (tmp_path / "a.gz").read_bytes()
    more = gzip.compress(b'{"tick": 1900000000}\n')
    for padding in (b"\0" * 512, b"\0" * 70_000):
        found = list(items(io.BytesIO(data + padding + more)))
        assert not [item for item in found if isinstance(item, Rejected)]
        assert found[-1] == Tick(1_900_000_000.0)


def test_what_is_no_recording_is_told_apart(tmp_path: Path) -> None:
    recorded(tmp_path / "a.gz", 3)
    data = (tmp_path / "a.gz").read_bytes()
    assert is_recording(data[:4096])
    assert is_recording(gzip.decompress(data)[:64])
    assert not is_recording(b'{"t": 1}')
    assert not is_recording(b"")
    assert not is_recording(b"\x1f\x8b\x08garbage")
    (tmp_path / "b").write_bytes(b'{"t": 1}\n')
    for path in (tmp_path / "b", tmp_path / "none"):
        with pytest.raises(NoRecording, match=path.name):
            find([path])
    recorded(tmp_path / "c.gz", 3)
    with pytest.raises(NoRecording, match="several"):
        find([tmp_path / "a.gz", tmp_path / "c.gz"])


def test_lines_that_nobody_wrote_are_rejected_and_the_rest_stands() -> None:
    bad: list[Any] = [
        1,
        [],
        {"provider": 1},
        {"provider": "x", "at": -1, "tag": "t"},
        {"tick": "x"},
        {"callmon": "z"},
    ]
    bad += [{"provider": "x", "at": 1e300, "tag": "t"}, {"provider": "x", "at": 1, "tag": "t", "about": []}]
    text = "\n".join(json.dumps(one) for one in bad) + '\n{"new": 1}\n{"tick": 5}\nnonsense\n\xff\n{"tick":'
    found = list(items(io.BytesIO(text.encode("latin-1"))))
    assert [item for item in found if not isinstance(item, Rejected)] == [Tick(5.0)]
    assert len(found) == len(bad) + 1 + 3


def test_parts_follow_one_another(tmp_path: Path) -> None:
    run, feed = recorded(tmp_path / "calls.jsonl.gz", 90, rotation=Rotation(size=100_000))
    paths = sorted(tmp_path.iterdir())
    assert [path.name for path in paths[:3]] == [
        "calls-002.jsonl.gz",
        "calls-003.jsonl.gz",
        "calls-004.jsonl.gz",
    ]
    again = Again(*paths, at=run.documents)
    assert again.documents == run.documents
    assert again.broken == []
    found = find(reversed(paths))
    assert list(found.parts) == list(range(1, len(paths) + 1))
    assert [item for item in found.items() if isinstance(item, Frame)] == feed


@pytest.mark.parametrize(
    ("given", "words"), [((1, 3, 4), "part 2,"), ((1, 4), "parts 2 to 3,"), ((2, 3), None), ((1, 2), None)]
)
def test_a_part_that_is_missing_in_between_is_said(
    tmp_path: Path, given: tuple[int, ...], words: str | None
) -> None:
    recorded(tmp_path / "calls.jsonl.gz", 90, rotation=Rotation(age_s=15.0))
    first, *further = (tmp_path / "calls.jsonl.gz", *sorted(tmp_path.glob("calls-*")))
    broken = Again(*([first, *further][part - 1] for part in given)).broken
    assert len(broken) == (words is not None)
    assert all(
        f"calls-00{given[given.index(1) + 1]}.jsonl.gz: " in line and str(words) in line for line in broken
    )


def test_a_name_that_was_taken_is_no_missing_part(tmp_path: Path) -> None:
    (tmp_path / "calls-002.gz").write_bytes(b"somebody's own")
    run, _ = recorded(tmp_path / "calls.gz", 90, rotation=Rotation(age_s=45.0))
    again = Again(tmp_path / "calls.gz", tmp_path / "calls-003.gz", at=run.documents)
    assert (again.broken, again.documents) == ([], run.documents)


def test_a_part_alone_has_the_calls_that_were_there(tmp_path: Path) -> None:
    run, _ = recorded(tmp_path / "calls.gz", 90, rotation=Rotation(age_s=45.0))
    again = Again(tmp_path / "calls-002.gz", at=[max(run.documents)])
    ours, theirs = run.documents[max(run.documents)]["calls"], again.documents[max(run.documents)]["calls"]
    assert [call["started_at"] for call in theirs] == [call["started_at"] for call in ours]
    whole = {call["id"]: call for call in ours}
    assert sum(call == whole[call["id"]] for call in theirs) > len(theirs) * 0.8
    assert {one.name for one in again.watch.monitor.health} == {one.name for one in run.watch.monitor.health}


def test_a_held_call_that_cannot_be_read_is_counted() -> None:
    watch = Run().watch
    taken = watch.monitor.take(
        Frame("callmon", START, "held", {"schema": 1, "events": [{"type": "restored"}]})
    )
    assert len(taken.rejected) == 1
    (health,) = watch.monitor.health
    assert (health.name, health.frames, health.rejected) == ("callmon", 0, 1)


def test_only_the_newest_files_stay(tmp_path: Path) -> None:
    recorded(tmp_path / "calls.gz", 90, rotation=Rotation(age_s=10.0, keep=3))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["calls-007.gz", "calls-008.gz", "calls-009.gz"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_text("mine")
    with pytest.raises(NotRecorded, match="--force"):
        recorded(path, 3)
    assert path.read_text() == "mine"
    (tmp_path / "b-002.gz").write_text("mine")
    recorded(tmp_path / "b.gz", 30, rotation=Rotation(age_s=10.0))
    assert (tmp_path / "b-002.gz").read_text() == "mine"
    assert (tmp_path / "b-003.gz").exists()
    with pytest.raises(NotRecorded, match="No such file"):
        recorded(tmp_path / "no" / "a.gz", 3)
    recorded(path, 3, force=True)
    assert is_recording(path.read_bytes())


def test_a_full_disk_costs_what_did_not_fit_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, feed = Run(), demo(60)
    run.now = START
    recorder = run.record(tmp_path / "a.gz")
    write, full = os.write, [False]

    def often(file: int, data: bytes) -> int:
        if full[0]:
            half = bytes(data)[: len(data) // 2]
            if half:
                write(file, half)  # a disk fills up in the middle of a write
            raise OSError(28, "No space left on device")
        return write(file, data)

    monkeypatch.setattr(os, "write", often)
    for frame in feed:
        full[0] = START + 20 <= frame.at < START + 27
        run.play([frame])
    recorder.close()
    assert run.said == [f"{tmp_path / 'a.gz'}: No space left on device: not recorded until there is room; "
                        "collecting goes on"]  # fmt: skip
    assert run.watch.monitor.frames == len(feed)
    with (tmp_path / "a.gz").open("rb") as stream:
        found = list(items(stream))
    taken = [item for item in found if isinstance(item, Frame)]
    assert recorder.frames == len(taken)
    assert recorder.lost == len(feed) - len(taken)
    assert 0 < recorder.lost < len(feed) / 2
    assert [item.reason.partition(": ")[2] for item in found if isinstance(item, Rejected)] == [
        f"{recorder.lost} frames are missing: No space left on device"
    ]
    missing = [frame for frame in feed if frame not in taken]
    assert missing[0].at > START + 19
    assert missing[-1].at < START + 27 + AGAIN_S + 1
    assert subprocess.run(["gzip", "-t", tmp_path / "a.gz"]).returncode == 0


def test_a_disk_that_is_full_at_once_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(NotRecorded, match="No space left on device"):
        recorded(tmp_path / "a.gz", 3)


def test_it_is_in_the_file_within_a_second(tmp_path: Path) -> None:
    run, feed = Run(), demo(30)
    run.now = START
    run.record(tmp_path / "a.gz")
    for frame in feed:
        run.play([frame])
        if frame.at > START + 5 and feed.index(frame) % 50 == 0:
            found = [
                item
                for item in items(io.BytesIO((tmp_path / "a.gz").read_bytes()))
                if isinstance(item, Frame)
            ]
            assert len(found) >= sum(one.at <= frame.at - 1.0 for one in feed)


def test_the_header_says_what_is_needed_and_no_more(tmp_path: Path) -> None:
    recorded(tmp_path / "a.gz", 3)
    with (tmp_path / "a.gz").open("rb") as stream:
        header = next(items(stream))
    assert isinstance(header, Header)
    assert (header.part, header.rules.name, header.keep_ended_s) == (1, "telnyx", 60.0)
    assert len(header.id) == 12


def test_that_callmon_stood_still_is_in_the_recording(tmp_path: Path) -> None:
    run, frames = Run(), demo(120)
    recorder = run.record(tmp_path / "calls.jsonl.gz")
    run.play(frame for frame in frames if frame.at < START + 60)
    run.now = run._ticked = START + 80
    run.watch.monitor.wake(20, START + 80)
    run.play(frame for frame in frames if frame.at >= START + 60)
    recorder.close()
    after = [at for at in run.documents if at > START + 80]
    assert len(after) >= 4
    again = Again(tmp_path / "calls.jsonl.gz", at=after)
    assert again.broken == []
    assert {at: run.documents[at] for at in after} == again.documents
