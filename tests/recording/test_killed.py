"""Kill -9 while it records: the recording opens, and at most a second is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.killing import FEWEST, kill_one


@pytest.mark.e2e
@pytest.mark.parametrize("after_s", [0.15, 0.8, 1.9])
def test_killed_at_any_moment_it_opens_and_a_second_is_lost_at_most(tmp_path: Path, after_s: float) -> None:
    killed = kill_one(tmp_path, after_s)
    assert killed.sent >= FEWEST
    assert killed.lost_s <= 1.0
    assert len(killed.warnings) <= 1
    (path,) = tmp_path.glob("killed-*")
    done = subprocess.run(
        [sys.executable, "-m", "callmon", "replay", path, "--json"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    if killed.kept:
        assert done.returncode == 0
        assert len(json.loads(done.stdout)["calls"]) == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") <= 1
