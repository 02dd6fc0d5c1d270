"""Kill -9 during recording: a ``callmon record`` that is fed is killed at random moments, each recording opened."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from callmon.model.frames import Frame, Rejected
from callmon.recording.replay import items

PACE_S = 0.02
"""How far apart the frames are that are sent."""


FEWEST = 4
"""So many are sent however slow the machine is."""

KILLS = 50

LONGEST_S = 3.0
"""How long a recording lasts at most."""


@dataclass(frozen=True, slots=True)
class Killed:
    """What came of one: frames that were answered before the kill, frames in the file, seconds that are lost."""

    sent: int
    kept: int
    lost_s: float
    warnings: tuple[str, ...]


def kill_one(folder: Path, after_s: float) -> Killed:
    """Record into a new file in ``folder``, kill ``after_s`` seconds after the first frame, and read the file."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = folder / f"killed-{port}-{time.monotonic_ns()}.jsonl.gz"
    limits = folder / "callmon.toml"
    limits.write_text("[listen]\nmax_frames_per_second = 1000.0\n")
    recorder = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "callmon",
            "record",
            "--config",
            limits,
            "--listen",
            f"127.0.0.1:{port}",
            "-o",
            path,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "CALLMON_TOKEN": ""},
    )
    assert recorder.stderr is not None
    try:
        for line in recorder.stderr:
            if b"listening on" in line:
                break
        began = time.time()
        answered = _feed(f"http://127.0.0.1:{port}/ingest/webrtc?call=c", after_s)
        os.kill(recorder.pid, signal.SIGKILL)
        ended = time.time()
    finally:
        recorder.kill()
        recorder.wait()
        recorder.stderr.close()
    return _read(path, answered, began, ended)


def _feed(url: str, seconds: float) -> int:
    """Send frames for so many seconds, but at least a few; return how many were answered."""
    began, count = time.monotonic(), 0
    while time.monotonic() - began < seconds or count < FEWEST:
        body = {"t": time.time() * 1000, "leg": "a", "n": count, "stats": []}
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10):
            count += 1
        time.sleep(PACE_S)
    return count


def _read(path: Path, answered: int, began: float, ended: float) -> Killed:
    with path.open("rb") as stream:
        found = list(items(stream))
    kept = [item for item in found if isinstance(item, Frame) and item.provider == "webrtc"]
    assert [item.body["n"] for item in kept] == list(range(len(kept))), "none is missing in between"
    # What came after the last frame that is there is lost, up to the kill; all of it where none is there.
    lost_s = ended - (kept[-1].at if kept else began) if len(kept) < answered else 0.0
    return Killed(
        answered, len(kept), lost_s, tuple(one.reason for one in found if isinstance(one, Rejected))
    )


def main() -> None:
    """Kill so many, and print the loss of each, in seconds."""
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        killed = [kill_one(Path(folder), rng.uniform(0.1, LONGEST_S)) for _ in range(KILLS)]
    lost = sorted(one.lost_s for one in killed)
    print(" ".join(f"{one.lost_s:.2f}" for one in killed))
    print(
        f"{len(killed)} killed, {sum(one.kept for one in killed)} frames of {sum(one.sent for one in killed)} there"
    )
    print(f"lost at most {lost[-1]:.2f} s, in the middle {lost[len(lost) // 2]:.2f} s")


if __name__ == "__main__":
    main()
