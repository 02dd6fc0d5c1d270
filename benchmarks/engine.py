"""Frames per second and core: decoding alone, with reading, with folding; as ratios to decoding alone."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

from callmon.engine.engine import Engine
from callmon.model.frames import Frame
from callmon.monitor import Monitor
from callmon.providers import every_provider
from callmon.sources.demo.demo import Demo

CALLS, SECONDS, ROUNDS = 32, 120.0, 5


def encoded(provider: str) -> list[tuple[Frame, bytes]]:
    """Return frames of one provider in the order of time, each with its body as JSON."""
    frames = [frame for frame in Demo(CALLS, 1, 1e9).frames(1e9 + SECONDS) if frame.provider == provider]
    return [(frame, json.dumps(frame.body).encode()) for frame in frames]


def decode(frames: list[tuple[Frame, bytes]]) -> None:
    """Decode every body."""
    for _, text in frames:
        json.loads(text)


def read(frames: list[tuple[Frame, bytes]]) -> None:
    """Decode every body and read what it means."""
    readers = {provider.name: provider for provider in every_provider()}
    for frame, text in frames:
        body = json.loads(text)
        for _ in readers[frame.provider].read(Frame(frame.provider, frame.at, frame.tag, body, frame.about)):
            pass


def fold(frames: list[tuple[Frame, bytes]]) -> None:
    """Decode every body, read it, fold it and publish it."""
    monitor = Monitor(Engine(), every_provider(), lambda: 0.0)
    for frame, text in frames:
        monitor.take(Frame(frame.provider, frame.at, frame.tag, json.loads(text), frame.about))


def cpu_s(work: Callable[[list[tuple[Frame, bytes]]], None], frames: list[tuple[Frame, bytes]]) -> float:
    """Return the CPU seconds that a piece of work takes."""
    began = time.process_time()
    work(frames)
    return time.process_time() - began


def main() -> None:
    """Print the figures per provider; rounds are interleaved and the medians of their ratios taken."""
    for provider in ("webrtc", "telnyx"):
        frames = encoded(provider)
        size = statistics.mean(len(text) for _, text in frames)
        rounds = [[cpu_s(work, frames) for work in (decode, read, fold)] for _ in range(ROUNDS)]
        each = [statistics.median(column) / len(frames) * 1e6 for column in zip(*rounds, strict=True)]
        print(f"{provider}: {len(frames)} frames of {size:.0f} B on average")
        for name, us, place in zip(("decode", "+ read", "+ fold"), each, range(3), strict=True):
            ratio = statistics.median(row[place] / row[0] for row in rounds)
            print(
                f"  {name}: {us:7.1f} us a frame, {1e6 / us:8.0f} frames/s/core = {ratio:.2f} x decoding alone"
            )


if __name__ == "__main__":
    main()
