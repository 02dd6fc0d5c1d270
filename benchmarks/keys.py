"""From a key to the paint it causes, through a pseudo-terminal: the table of 1000 calls, and six calls compared.

Printed are the times of some hundred keys, what a screen costs the processor beyond that of the plainest one, and
what it writes to the terminal; then the same table behind a link of 20 kB/s. The ratio is that of the median to the
same keys in a bare Textual table, measured in turn on the same machine.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

CURSOR = "▌".encode()
SIZE = (160, 48)
BARE = """
from textual.app import App
from textual.widgets import DataTable
class Bare(App):
    def compose(self):
        yield DataTable(cursor_type="row")
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns(*(f"column {n}" for n in range(11)))
        for row in range(1000):
            table.add_row(*(f"{row} {n}" for n in range(11)))
Bare().run()
"""


@dataclass
class Screen:
    """A program in a terminal that is read as fast as ``rate`` bytes a second allow (None: at once)."""

    argv: Sequence[str]
    rate: float | None = None
    wrote: int = 0
    pid: int = 0
    fd: int = -1
    due: float = 0.0
    heard: bytes = field(default=b"", repr=False)

    def __enter__(self) -> Screen:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            more = {
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "LC_ALL": "C.UTF-8",
                "CALLMON_TUI__PAINT_HZ": "4",
            }
            os.execve(self.argv[0], list(self.argv), {**os.environ, **more})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        return self

    def __exit__(self, *error: object) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def read(self, seconds: float, until: bytes | None = None) -> bool:
        """Read for some time, or until something was written; return whether it was."""
        deadline = time.perf_counter() + seconds
        found = b""
        while (left := deadline - time.perf_counter()) > 0:
            wait = max(0.0, self.due - time.perf_counter())
            if wait:
                time.sleep(min(wait, left))
                continue
            if not select.select([self.fd], [], [], left)[0]:
                break
            chunk = os.read(self.fd, 1024 if self.rate else 65536)
            self.wrote += len(chunk)
            if self.rate:
                self.due = max(self.due, time.perf_counter()) + len(chunk) / self.rate
            if b"\x1b[?2026$p" in chunk:
                os.write(self.fd, b"\x1b[?2026;2$y")
            found = (found + chunk)[-70_000:]
            if until is not None and until in found:
                return True
        return False

    def keys(self, keys: Sequence[bytes], until: bytes, apart: float) -> list[float]:
        """Press keys one by one; return the seconds from each to the paint that it caused."""
        took = []
        for key in keys:
            began = time.perf_counter()
            os.write(self.fd, key)
            if self.read(10.0, until):
                took.append(time.perf_counter() - began)
            self.read(apart)
        return took

    def cpu_s(self) -> float:
        """Return the seconds of processor that the program has used."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def at_rest(self, seconds: float) -> tuple[float, float]:
        """Return the share of a core and the bytes a second while nobody presses a key."""
        cpu, wrote, began = self.cpu_s(), self.wrote, time.perf_counter()
        self.read(seconds)
        passed = time.perf_counter() - began
        return (self.cpu_s() - cpu) / passed, (self.wrote - wrote) / passed


def demo(calls: int) -> list[str]:
    """Return the command of a demo of so many calls."""
    return [sys.executable, "-m", "callmon", "demo", "--calls", str(calls)]


def told(name: str, took: list[float], bare: float) -> float:
    """Print the times of some keys and their ratio to ``bare``; return the median."""
    ordered = sorted(took)
    median, far = statistics.median(ordered), ordered[int(0.99 * (len(ordered) - 1))]
    ratio = f", {median / bare:.2f} x the bare table" if bare else ""
    print(
        f"{name}: {len(took)} keys, p50 {median * 1e3:.1f} ms, p99 {far * 1e3:.1f}, "
        f"max {ordered[-1] * 1e3:.1f}{ratio}"
    )
    return median


def cost(screen: Screen, name: str, seconds: float, plainest: float) -> None:
    """Print what a page costs at rest beyond the plainest one."""
    share, wrote = screen.at_rest(seconds)
    print(
        f"{name}: {100 * (share - plainest):.1f} % of a core beyond the log's page, {wrote / 1000:.1f} kB/s written"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=300)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=15.0)
    options = parser.parse_args()
    moves = [b"j" if n % 40 < 20 else b"k" for n in range(options.keys)]
    with Screen([sys.executable, "-c", BARE]) as screen:
        screen.read(3.0)
        downs = [b"\x1b[B" if n % 40 < 20 else b"\x1b[A" for n in range(options.keys)]
        bare = told("bare table of 1000 rows", screen.keys(downs, b"\x1b[", 0.03), 0.0)
    with Screen(demo(options.calls)) as screen:
        screen.read(30.0 + options.calls / 50)
        told(f"the table of {options.calls} calls", screen.keys(moves, CURSOR, 0.03), bare)
        os.write(screen.fd, b"L")
        screen.read(3.0)
        plainest, _ = screen.at_rest(options.seconds)
        os.write(screen.fd, b"\x1b")
        screen.read(3.0)
        cost(screen, f"the table of {options.calls} calls", options.seconds, plainest)
    with Screen(demo(options.calls), rate=20_000.0) as screen:
        screen.read(40.0 + options.calls / 50)
        told("the same at 20 kB/s", screen.keys(moves[: options.keys // 4], CURSOR, 0.2), bare)
    with Screen(demo(32)) as screen:
        screen.read(12.0)
        for key in b" " * 6 + b"c":
            os.write(screen.fd, bytes([key]))
            screen.read(0.4)
        steps = [b"h" if n % 60 < 30 else b"l" for n in range(options.keys)]
        told("six calls compared", screen.keys(steps, b"\x1b[", 0.03), bare)
        os.write(screen.fd, b"L")
        screen.read(3.0)
        plainest, _ = screen.at_rest(options.seconds)
        os.write(screen.fd, b"\x1b")
        screen.read(3.0)
        cost(screen, "six calls compared", options.seconds, plainest)
        os.write(screen.fd, b"p")
        screen.read(3.0)
        _, wrote = screen.at_rest(options.seconds)
        print(f"frozen: {wrote:.0f} bytes a second written")


if __name__ == "__main__":
    main()
