"""How the comparison of six calls at 4 Hz keeps up: from key to paint, share of a core, bytes to the terminal.

The ratio is that of the medians to the same number of keys in a bare table of Textual.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import time
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path

import pyte

from callmon.board import LiveBoard
from callmon.engine.call import Call, Leg, Stream
from callmon.engine.engine import Engine
from callmon.engine.quality import Grade
from callmon.engine.series import History
from callmon.model.frames import Frame
from callmon.model.health import SourceHealth
from callmon.tui.app import CallmonApp
from callmon.tui.running import run
from callmon.tui.theme import DARK

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.terminal import Terminal, Took, bare, say  # noqa: E402

CALLS, HERTZ, LASTED_S = 6, 4, 300.0
SIZE = (240, 60)
CURSOR = ("\x1b[D", "\x1b[D", "\x1b[C", "\x1b[C", "\t")


def row(call: int, at: float, direction: str) -> dict[str, float | None]:
    """Return a sample that is never the one before."""
    wave = math.sin(at / 7 + call)
    return {
        "rtt_ms": 80 + 40 * wave + 20 * math.sin(at * 3) if direction == "outbound" else None,
        "loss_pct": max(0.0, 2 * wave + math.sin(at * 5)),
        "jitter_ms": 15 + 9 * wave + 4 * math.sin(at * 9),
        "bitrate_bps": 30_000 * (1 + 0.2 * math.sin(at * 2)),
        "mos": 4.1 - 0.4 * wave - 0.2 * math.sin(at * 4) if direction == "inbound" else None,
    }


class Unwatched:
    """What a board knows beside its calls: nothing."""

    health: Sequence[SourceHealth] = ()
    lines: Sequence[tuple[float, str]] = ()

    def raw(self, call: str) -> Frame | None:
        """Return that there is none."""
        return None


def made(now: float) -> Engine:
    """Return six calls that have lasted five minutes."""
    engine = Engine()
    for number in range(CALLS):
        call = Call(f"call-{number}", "webrtc", now - LASTED_S, label=f"Call {number}", grade=Grade.GOOD)
        leg = call.legs["a"] = Leg("a", "peer", call.started_at)
        for direction in ("inbound", "outbound"):
            stream = leg.streams[direction] = Stream(direction, "audio", direction, call.started_at)
            stream.history = History(call.started_at)
            for tick in range(int(LASTED_S * HERTZ)):
                at = call.started_at + tick / HERTZ
                stream.history.append(at, row(number, at, direction))
            stream.last_at = call.last_frame_at = now
        engine.calls[call.id] = call
    return engine


async def live(engine: Engine, clock: Callable[[], float]) -> None:
    """Give every call a sample, four times a second."""
    while True:
        await asyncio.sleep(1 / HERTZ)
        at = clock()
        for number, call in enumerate(engine.calls.values()):
            for stream in call.legs["a"].streams.values():
                stream.history.append(at, row(number, at, stream.direction))
                stream.last_at = at
            call.last_frame_at = at
            call.frames += 1
            call.version += 1
        engine.version += 1


async def still() -> None:
    """Do nothing for ever."""
    await asyncio.Event().wait()


def play(moving: bool) -> int:
    """Run the app over the six calls."""
    began, start = 1_800_000_000.0, time.monotonic()
    engine = made(began)

    def clock() -> float:
        return began + (time.monotonic() - start if moving else 0.0)

    board = LiveBoard(engine, Unwatched(), clock)
    return run(CallmonApp(board, (lambda: live(engine, clock)) if moving else still, paint_hz=2.0))


def cursor(screen: pyte.Screen) -> Hashable:
    """Return in which cells the cursor line is seen, and which call is picked."""
    color = DARK.style("strong").color
    strong = color.get_truecolor().hex.lstrip("#") if color is not None else ""
    cells = [(y, x, cell) for y, row in screen.buffer.items() for x, cell in row.items()]
    bars = {x for _, x, cell in cells if cell.data == "│" and cell.fg == strong}
    picked = {(y, x) for y, x, cell in cells if cell.data == "▸" and y > 0}
    return frozenset(bars), frozenset(picked)


def watched(moving: bool, keys: Sequence[str], options: argparse.Namespace, first: str, base: Took) -> None:
    """Run the app in a terminal, press keys, and say how it did."""
    argv = [sys.executable, __file__, "--play", *(["--moving"] * moving)]
    with Terminal(argv, SIZE) as screen:
        screen.read(4.0)
        screen.press(" " * CALLS + "c" + first, 0.3)
        screen.read(2.0)
        share, octets = screen.cost(options.seconds)
        name = f"six calls compared, {'live' if moving else 'at rest'}" + (
            f", after {first!r}" if first else ""
        )
        print(f"{name}: {100 * share:.1f} % of a core, {octets / 1000:.2f} kB/s written", flush=True)
        if moving:
            pressed = [keys[number % len(keys)].encode() for number in range(options.keys)]
            say(name, screen.keys(pressed, cursor), base)


def main() -> int:
    """Measure, or with ``--play`` be what is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--play", action="store_true")
    parser.add_argument("--moving", action="store_true")
    parser.add_argument("--keys", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=15.0)
    options = parser.parse_args()
    if options.play:
        return play(options.moving)
    base = bare(options.keys, SIZE)
    say("bare table of 1000 rows", base, None)
    watched(False, CURSOR, options, "", base)
    for first, keys in (("", CURSOR), ("o", CURSOR), ("+++", CURSOR), ("d", ("\t",))):
        watched(True, keys, options, first, base)
    return 0


if __name__ == "__main__":
    sys.exit(main())
