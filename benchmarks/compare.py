"""How the comparison of six calls at 4 Hz keeps up: from key to paint, share of a core, bytes to the terminal."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import math
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Sequence

from callmon.board import LiveBoard
from callmon.engine.call import Call, Leg, Stream
from callmon.engine.engine import Engine
from callmon.engine.quality import Grade
from callmon.engine.series import History
from callmon.model.frames import Frame
from callmon.model.health import SourceHealth
from callmon.tui.app import CallmonApp
from callmon.tui.running import run

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


def drain(fd: int, seconds: float) -> int:
    """Read for some time; return how many bytes came."""
    count, end = 0, time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            count += len(os.read(fd, 1 << 20))
    return count


def spent(pid: int) -> float:
    """Return the seconds of a core that a process has used."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watched(moving: bool, keys: Sequence[str], count: int, seconds: float, first: str) -> None:
    """Run the app in a terminal, press keys, and say how it did."""
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        argv = [sys.executable, __file__, "--play", *(["--moving"] * moving)]
        os.execve(sys.executable, argv, environment)
    drain(fd, 4.0)
    for key in " " * CALLS + "c" + first:
        os.write(fd, key.encode())
        drain(fd, 0.3)
    drain(fd, 2.0)
    before, begin = spent(pid), time.monotonic()
    octets = drain(fd, seconds)
    lasted = time.monotonic() - begin
    share = 100 * (spent(pid) - before) / lasted
    name = "live" if moving else "at rest"
    print(f"{name}, keys '{first}': {share:.1f} % of a core, {octets / lasted / 1000:.2f} kB/s", flush=True)
    waits: list[float] = []
    before, begin = spent(pid), time.monotonic()
    for number in range(count):
        drain(fd, 0.03 + number % 7 * 0.011)
        pressed = time.perf_counter()
        os.write(fd, keys[number % len(keys)].encode())
        if select.select([fd], [], [], 1.0)[0]:
            waits.append(time.perf_counter() - pressed)
    if waits:
        busy = spent(pid) - before - share / 100 * (time.monotonic() - begin)
        waits.sort()
        p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
        most = 1000 * waits[-1]
        told = f"p50 {1000 * p50:.1f} ms, p99 {1000 * p99:.1f} ms, most {most:.1f} ms"
        told += f", {1000 * busy / count:.1f} ms of a core each"
        print(f"  {len(waits)} keys: {told}", flush=True)
    os.kill(pid, signal.SIGTERM)
    with contextlib.suppress(OSError):
        drain(fd, 1.0)
    os.waitpid(pid, 0)
    os.close(fd)


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
    watched(False, CURSOR, 0, options.seconds, "")
    for first, keys in (("", CURSOR), ("o", CURSOR), ("+++", CURSOR), ("d", ("\t",))):
        watched(True, keys, options.keys, options.seconds, first)
    return 0


if __name__ == "__main__":
    sys.exit(main())
