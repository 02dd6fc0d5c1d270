"""What recording and the tape cost beside reading and folding, how large they are, and how fast they are read."""

from __future__ import annotations

import gzip
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from callmon.cli.wire import Watch, watch
from callmon.engine.quality import RULE_SETS
from callmon.model.frames import Frame
from callmon.recording.lines import Header
from callmon.recording.recorder import Recorder, World
from callmon.recording.replay import happen, items, timed
from callmon.recording.secrets import Secrets
from callmon.recording.tape import SpillTape
from callmon.sources.demo.demo import Demo

CALLS, SECONDS, ROUNDS, START = 32, 300.0, 3, 1_800_000_000.0


def play(made: Watch, frames: Sequence[Frame], now: list[float]) -> float:
    """Take frames with a tick every second; return the CPU seconds that it takes."""
    began = time.process_time()
    ticked = 0.0
    for frame in frames:
        now[0] = frame.at
        if frame.at - ticked >= 1.0:
            made.monitor.pass_to(frame.at)
            ticked = frame.at
        made.monitor.take(frame)
    return time.process_time() - began


def recorder_of(made: Watch, path: Path, now: list[float]) -> Recorder:
    """Return a recorder of a watch whose steady clock is that of the frames."""
    monitor = made.monitor
    header = Header("0", now[0], "")
    world = World(lambda: monitor.engine.calls, lambda: monitor.health, lambda: header)
    return Recorder(path, world, lambda: now[0], Secrets(), force=True)


def rounds(frames: Sequence[Frame], path: Path) -> tuple[list[list[float]], int, float]:
    """Return CPU seconds of each round alone, recorded, and with a tape; bytes of the tape, and its call-hours."""
    found, size = [], 0
    for _ in range(ROUNDS):
        row = []
        for kind in ("alone", "recorded", "tape"):
            now = [START]
            made = watch(RULE_SETS["telnyx"], lambda now=now: now[0], keep_ended_s=900.0)  # type: ignore[misc]
            if kind == "recorded":
                recorder = recorder_of(made, path, now)
                made.monitor.show(recorder)
                row.append(play(made, frames, now))
                recorder.close()
            else:
                if kind == "tape":
                    tape = SpillTape(lambda made=made: made.monitor.engine.calls)  # type: ignore[misc]
                    made.monitor.show(tape)
                row.append(play(made, frames, now))
        size = tape.size
        found.append(row)
    hours = sum((call.last_frame_at - call.started_at) / 3600 for call in made.monitor.engine.calls.values())
    return found, size, hours


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that a piece of work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def replayed(data: bytes) -> None:
    """Read a recording and let everything happen again."""
    made = watch(RULE_SETS["telnyx"], lambda: 0.0, keep_ended_s=900.0)
    for _, item in timed(items(io.BytesIO(data)), []):
        happen(item, made.monitor)


def main() -> None:
    """Print the figures; rounds are interleaved and the medians of their ratios taken."""
    frames = list(Demo(CALLS, 1, START).frames(START + SECONDS))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gz"
        found, tape, hours = rounds(frames, path)
        data = path.read_bytes()
    alone = statistics.median(row[0] for row in found) / len(frames) * 1e6
    print(f"{len(frames)} frames of {hours:.1f} call-hours; read and folded: {alone:.0f} us a frame")
    for place, name in ((1, "recording"), (2, "the tape")):
        ratio = statistics.median(row[place] / row[0] - 1 for row in found)
        print(f"  {name} adds {100 * ratio:.0f} % ({ratio * alone:.0f} us a frame)")
    text = gzip.decompress(data)
    print(
        f"recording: {len(data) / hours / 1e6:.1f} MB a call-hour, {len(text) / len(data):.1f} times packed"
    )
    print(f"tape: {tape / hours / 1e6:.1f} MB a call-hour, states of calls included")
    decoding = seconds(lambda: [json.loads(line) for line in text.splitlines()])
    reading = seconds(lambda: list(items(io.BytesIO(data))))
    replaying = seconds(lambda: replayed(data))
    print(
        f"reading it takes {reading / decoding:.2f} x json.loads of its lines, replaying {replaying / decoding:.1f} x"
    )
    print(f"replay: {hours * 3600 / replaying:.0f} seconds of calls in one second")


if __name__ == "__main__":
    main()
