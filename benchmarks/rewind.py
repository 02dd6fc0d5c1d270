"""Going back a second and a minute among live calls, in CPU time and as ratios to folding a minute of them live."""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Sequence

from callmon.cli import wire
from callmon.engine.quality import RULE_SETS
from callmon.model.events import Event
from callmon.model.frames import Frame
from callmon.recording.tape import SpillTape
from callmon.rewind.past import Past
from callmon.sources.demo.demo import Demo

START, SECONDS = 1_800_000_000.0, 240
COUNTS = (30, 100, 500)
STEPS = 20


class Folding:
    """A witness that measures nothing itself: it keeps a minute of what was folded, to fold it once more."""

    def __init__(self) -> None:
        self.told: list[tuple[float, tuple[Event, ...]]] = []

    def took(self, frame: Frame, events: Sequence[Event]) -> None:
        """Keep what a frame meant."""
        self.told.append((frame.at, tuple(events)))

    def ticked(self, at: float) -> None:
        """Keep that time passed."""
        self.told.append((at, ()))


def played(calls: int) -> tuple[wire.Watch, Past, Folding]:
    """Return a watch over so many calls, and its past on a tape."""
    clock = [START]
    watch = wire.watch(RULE_SETS["telnyx"], lambda: clock[0])
    tape = SpillTape(lambda: watch.monitor.engine.calls, one_clock=True)
    past = Past(tape, watch.monitor.engine)
    watch.monitor.show(tape)
    kept = Folding()
    watch.monitor.show(kept)
    ticked = START
    for frame in Demo(calls, 1, START).frames(START + SECONDS):
        clock[0] = frame.at
        while frame.at - ticked >= 1.0:
            ticked += 1.0
            watch.monitor.pass_to(ticked)
        watch.monitor.take(frame)
    return watch, past, kept


def live_s(past: Past, kept: Folding) -> float:
    """Return how long it takes to fold the last minute live, without reading its frames."""
    for _ in past.go(START + SECONDS - 60):
        pass
    began = time.process_time()
    for at, events in kept.told:
        if at > START + SECONDS - 60:
            if events:
                past._engine.fold(events, at)
            else:
                past._engine.tick(at)
    found = time.process_time() - began
    past.leave()
    return found


def gone_s(past: Past, to: float) -> tuple[float, float]:
    """Go to a moment; return how long it took, and the longest piece of it."""
    gc.disable()  # as the terminal does meanwhile
    began = piece = time.process_time()
    longest = 0.0
    for _ in past.go(to):
        now = time.process_time()
        longest, piece = max(longest, now - piece), now
    gc.enable()
    return time.process_time() - began, longest


def measured(past: Past) -> dict[str, list[tuple[float, float]]]:
    """Return what it took to go back for the first time, by seconds, by minutes, and on again."""
    end = START + SECONDS - 1
    found = {"first step back": [gone_s(past, end)]}
    found["step back, 1 s"] = [gone_s(past, end - step) for step in range(1, STEPS + 1)]
    found["step on, 1 s"] = [gone_s(past, end - STEPS + step) for step in range(1, STEPS + 1)]
    found["back, 1 min"] = [gone_s(past, end - 60 * step) for step in (1, 2, 3)]
    found["on, 1 min"] = [gone_s(past, end - 60 * step) for step in (2, 1)]
    return found


def main(counts: Sequence[int]) -> None:
    """Print the median and the worst of each, and the median as a ratio to folding a minute live."""
    for calls in counts:
        watch, past, kept = played(calls)
        minute = live_s(past, kept)
        there = [call for call in watch.monitor.engine.calls.values() if not call.over]
        print(
            f"{calls} calls ({len(there)} live at the end): a minute of them folds in {minute * 1e3:.0f} ms"
        )
        for name, times in measured(past).items():
            middle = statistics.median(took for took, _ in times)
            worst, piece = max(took for took, _ in times), max(longest for _, longest in times)
            print(
                f"  {name:16} {middle * 1e3:6.0f} ms, worst {worst * 1e3:6.0f} ms "
                f"= {middle / minute:.2f} x; longest piece {piece * 1e3:.0f} ms"
            )


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or COUNTS)
