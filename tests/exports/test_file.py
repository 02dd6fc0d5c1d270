from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmon.exports.file import NotWritten, name_of, save


def test_a_file_is_for_nobody_else(tmp_path: Path) -> None:
    path = save(tmp_path / "a.csv", [b"one", b"two"])
    assert path.read_bytes() == b"onetwo"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["a.csv"]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(NotWritten, match="it is there already: choose another name"):
        save(tmp_path / "a.csv", [b"new"])
    assert (tmp_path / "a.csv").read_text() == "mine"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_a_name_of_ours_is_made_free(tmp_path: Path) -> None:
    names = [save(tmp_path / "a.ticket.zip", [b"x"], free=True).name for _ in range(3)]
    assert names == ["a.ticket.zip", "a-2.ticket.zip", "a-3.ticket.zip"]


def test_neither_is_a_link_followed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotWritten):
        save(tmp_path / "a.csv", [b"new"])
    assert not (tmp_path / "elsewhere").exists()


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        save(tmp_path / "a.csv", broken())
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("place", ["nowhere/a.csv", "file/a.csv"])
def test_a_place_that_is_none_is_one_line(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritten, match=r"a\.csv: .*: choose another place$"):
        save(tmp_path / place, [b"x"])


def test_a_name_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        assert name_of(1_795_170_953.0, "csv") == "callmon-2026-11-20-103553.csv"
    time.tzset()
