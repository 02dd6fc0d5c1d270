"""What opened files are called: as short as tells them apart, however many have the same name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.cli.main import main
from callmon.cli.opening import names_of
from tests.recordings.recordings import path_of


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["-"], ["stdin"]),
        (["/t/calls/call.jsonl.gz"], ["call"]),
        (["../dumps/rtcstats_dump"], ["rtcstats_dump"]),
        (["/t/one.json", "/t/two.json"], ["one", "two"]),
        (["/t/a/rtcstats_dump", "/t/b/rtcstats_dump"], ["a/rtcstats_dump", "b/rtcstats_dump"]),
        (["rtcstats_dump", "../b/rtcstats_dump"], ["here/rtcstats_dump", "b/rtcstats_dump"]),
        (["/t/a/x/dump", "/t/b/x/dump", "/t/c/dump"], ["a/x/dump", "b/x/dump", "c/dump"]),
        (["/t/a/dump", "/t/b/dump", "/t/b/other"], ["a/dump", "b/dump", "other"]),
        (["/t/call.json", "/t/call.jsonl.gz"], ["call.json", "call.jsonl.gz"]),
        (["/a/call.json", "/b/call.txt"], ["a/call", "b/call"]),
        (["call.json", "./call.json"], ["call", "call+"]),
        (["-", "/t/stdin"], ["stdin", "t/stdin"]),
        (["calls/a.json", "calls/b.json"], ["calls/a", "calls/b"]),
        (["a.json"], ["a"]),
        (["/", ".json"], ["", ".json"]),
    ],
)
def test_files_are_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: list[str], names: list[str]
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert list(names_of(paths).items()) == list(zip(paths, names, strict=True))


parts = st.sampled_from(["a", "b", "dump", "dump.json", "dump.gz", "x.json", "..", "."])


@given(st.lists(st.lists(parts, min_size=1, max_size=4).map(os.sep.join), max_size=6))
def test_no_two_are_called_the_same(paths: list[str]) -> None:
    names = names_of(paths)
    assert list(names) == list(dict.fromkeys(paths))
    assert len(set(names.values())) == len(names)


def test_in_the_list_files_of_one_name_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = []
    for folder, recorded in (("first", "voice_opus_clean-a"), ("second", "voice_opus_loss5-a")):
        (tmp_path / folder).mkdir()
        paths.append(tmp_path / folder / "rtcstats_dump.jsonl.gz")
        paths[-1].write_bytes(path_of(recorded).read_bytes())
    assert main(["open", *map(str, paths), "--plain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sorted(line.split()[1] for line in lines) == ["first/rtcstats_dump", "second/rtcstats_dump"]
