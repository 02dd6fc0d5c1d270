"""Memory of one call with 720 points of 6 metrics: its history, and everything, against 4 bytes a value."""

from __future__ import annotations

import gc
import tracemalloc

from callmon.engine.engine import Engine
from callmon.engine.series import History
from callmon.model import events as ev

POINTS, CALLS = 720, 50
METRICS = ("rtt_ms", "jitter_ms", "loss_pct", "bitrate_bps", "mos", "audio_level")


def history_bytes() -> float:
    """Return the bytes of one history with every value known."""
    gc.collect()
    tracemalloc.start()
    kept = []
    for _ in range(CALLS):
        history = History(0.0)
        for point in range(POINTS):
            history.append(point * 2.0, dict.fromkeys(METRICS, point + 0.5))
        kept.append(history)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size / len(kept)


def call_bytes(streams: int) -> float:
    """Return the bytes of one call with so many streams, each with all its points, folded from events."""
    gc.collect()
    tracemalloc.start()
    engine = Engine()
    for point in range(POINTS):
        at = 1e9 + point * 2.0
        for number in range(CALLS):
            engine.fold(events(f"call-{number}", at, point, streams), at)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size / len(engine.calls)


def events(call: str, at: float, point: int, streams: int) -> list[ev.Event]:
    """Return the events of one frame of a voice call, half of its streams received."""
    found: list[ev.Event] = [ev.Opened(call, at, "webrtc"), ev.Joined(call, at, "pc")]
    for number in range(streams):
        direction = "inbound" if number % 2 else "outbound"
        name = f"{direction}-{number}"
        found.append(ev.Described(call, at, "pc", name, "audio", direction, "opus"))
        gauges = {"rtt_ms": 40.0 + point % 7, "jitter_ms": 3.0 + point % 5, "audio_level": 0.1}
        counters = {"packets": 100.0 * point, "bytes": 8000.0 * point, "lost": point / 10}
        found.append(ev.Sampled(call, at, "pc", name, at, gauges, counters))
    return found


def main() -> None:
    """Print the figures and their ratios."""
    payload = POINTS * len(METRICS) * 4
    history = history_bytes()
    what = f"history, {POINTS} points x {len(METRICS)} metrics"
    print(f"{what}: {history:8.0f} B = {history / payload:.2f} x 4-byte payload")
    for streams in (2, 4):
        size = call_bytes(streams)
        print(
            f"whole call, {streams} streams, {POINTS} points each: {size:8.0f} B"
            f" = {size / (streams * payload):.2f} x 4-byte payload of its streams"
        )


if __name__ == "__main__":
    main()
