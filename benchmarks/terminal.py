"""A program in a terminal of ours: keys go in, what it writes is read at a pace, its processor time is asked.

What it wrote is kept with the times at which it came. Afterwards it is put on a screen, frame by frame, to see when
that showed first what a key does: the first bytes after a key may be those of a paint that was due anyway.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

import pyte

State = Callable[[pyte.Screen], Hashable]
"""What of a screen a key changes, and nothing else does."""

FRAME = b"\x1b[?2026l"
"""Where a frame ends: what came before it is shown now."""

LOST_S = 10.0
"""So long counts a key that changed nothing."""

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
"""The plainest app there is: a table of as many rows, of which nothing ever changes."""


WATCHED = """
import asyncio, runpy, sys, threading, time
told, sys.argv = sys.argv[1], sys.argv[2:]
run, longest, drawing, next_at = asyncio.Handle._run, 0.0, 0.0, 0.0
begun = time.monotonic()
def draws(handle):
    task = getattr(handle._callback, "__self__", None)
    coroutine = task.get_coro() if isinstance(task, asyncio.Task) else None
    return coroutine is not None and "/textual/" in coroutine.cr_code.co_filename
def writing():
    writers = (one.ident for one in threading.enumerate() if "Writer" in type(one).__name__)
    return sum(time.clock_gettime(time.pthread_getcpuclockid(one)) for one in writers)
def timed(handle):
    global longest, drawing, next_at
    of_screen = draws(handle)
    before = time.thread_time()
    run(handle)
    took, now = time.thread_time() - before, time.monotonic()
    drawing += took if of_screen else 0.0
    if now - begun > SINCE:
        longest = max(longest, took)
    if now > next_at:
        next_at = now + 0.5
        with open(told, "w") as file:
            file.write(f"{longest} {drawing + writing()} {now}")
asyncio.Handle._run = timed
runpy.run_module("callmon", run_name="__main__")
"""
"""Runs callmon and tells in a file how long one turn of its event loop took the processor at most.

It also tells how many seconds of the processor the screen has had up to when: timers and messages of Textual's, what
they draw, and the thread that writes; not what collects and reckons.
"""


@dataclass(frozen=True)
class Told:
    """What a watched program says of itself: its longest turn, what its screen has had, until when; in seconds."""

    longest: float
    screen: float
    at: float


@dataclass
class Took:
    """What keys took: seconds from each to the paint that it caused, and seconds of a processor for each."""

    seconds: list[float]
    cpu: float

    def quantile(self, share: float) -> float:
        """Return how long a share of the keys took at most, in milliseconds."""
        return 1e3 * sorted(self.seconds)[int(share * (len(self.seconds) - 1))]


@dataclass
class Terminal:
    """A program in a terminal that is read as fast as ``rate`` bytes a second allow (None: at once)."""

    argv: Sequence[str]
    size: tuple[int, int]
    rate: float | None = None
    told: str = ""
    wrote: int = 0
    pid: int = 0
    fd: int = -1
    due: float = 0.0
    log: list[tuple[float, bytes]] = field(default_factory=list, repr=False)

    @classmethod
    def watched(
        cls,
        arguments: Sequence[str],
        told: str,
        since_s: float,
        size: tuple[int, int],
        rate: float | None = None,
    ) -> Terminal:
        """Return a terminal for callmon with arguments; ``told`` is a file for what it says of itself."""
        code = WATCHED.replace("SINCE", str(since_s))
        return cls([sys.executable, "-c", code, told, "callmon", *arguments], size, rate, told)

    def __enter__(self) -> Terminal:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", self.size[1], self.size[0], 0, 0))
            more = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
            os.execve(self.argv[0], list(self.argv), {**os.environ, **more})
        return self

    def __exit__(self, *error: object) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def read(self, seconds: float, until: bytes = b"") -> bool:
        """Read for some time, or until something was written; return whether it was."""
        deadline, tail = time.perf_counter() + seconds, b""
        while (left := deadline - time.perf_counter()) > 0:
            wait = self.due - time.perf_counter()
            if wait > 0:
                time.sleep(min(wait, left))
                continue
            if not select.select([self.fd], [], [], left)[0]:
                break
            chunk = os.read(self.fd, 1024 if self.rate else 65536)
            self.log.append((time.perf_counter(), chunk))
            self.wrote += len(chunk)
            if self.rate:
                self.due = max(self.due, time.perf_counter()) + len(chunk) / self.rate
            if b"\x1b[?2026$p" in chunk:
                os.write(self.fd, b"\x1b[?2026;2$y")
            if until and until in (tail := tail[-len(until) :] + chunk):
                return True
        return False

    def press(self, text: str, apart: float = 0.4) -> None:
        """Press keys one after another."""
        for key in text:
            os.write(self.fd, key.encode())
            self.read(apart)

    def keys(self, keys: Sequence[bytes], state: State, apart: float = 0.03) -> Took:
        """Press keys, not in step with anything; return how long each took, and what it cost beyond standing by."""
        idle, _ = self.cost(3.0)
        pressed: list[float] = []
        cpu, start = self.cpu_s(), time.perf_counter()
        for number, key in enumerate(keys):
            self.read(apart * (1 + number % 7 / 3))
            pressed.append(time.perf_counter())
            os.write(self.fd, key)
            self.read(LOST_S, FRAME)
        spent, passed = self.cpu_s() - cpu, time.perf_counter() - start
        self.read(1.0)
        return Took(self.shown(pressed, state), max(0.0, spent - idle * passed) / len(keys))

    def shown(self, pressed: Sequence[float], state: State) -> list[float]:
        """Return the seconds from each moment to the end of the frame that first had another state than then."""
        screen = pyte.Screen(*self.size)
        stream = pyte.ByteStream(screen)
        now, took, waiting, left, tail = state(screen), [], [], list(pressed), b""
        for at, chunk in self.log:
            while left and left[0] < at:
                waiting.append((left.pop(0), now))
            stream.feed(chunk)
            tail = tail[1 - len(FRAME) :] + chunk
            if FRAME in tail:
                now = state(screen)
                took += [at - began for began, before in waiting if now != before]
                waiting = [(began, before) for began, before in waiting if now == before]
        return took + [LOST_S] * (len(waiting) + len(left))

    def cpu_s(self) -> float:
        """Return the seconds of processor that the program has used."""
        spent = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/schedstat", encoding="ascii") as stat:
                spent += int(stat.read().split()[0])
        return spent / 1e9

    def told_now(self) -> Told:
        """Return what a program under ``watched`` says of itself, at most a second old."""
        while True:
            with open(self.told, encoding="ascii") as file:
                said = [float(one) for one in file.read().split()]
            if len(said) == 3:
                return Told(*said)
            self.read(0.05)

    def screen_share(self, seconds: float) -> float:
        """Return the share of a core that the screen of a program under ``watched`` takes."""
        before = self.told_now()
        self.read(seconds)
        after = self.told_now()
        return (after.screen - before.screen) / (after.at - before.at)

    def cost(self, seconds: float) -> tuple[float, float]:
        """Return the share of a core and the bytes a second while nobody presses a key."""
        cpu, wrote, began = self.cpu_s(), self.wrote, time.perf_counter()
        self.read(seconds)
        passed = time.perf_counter() - began
        return (self.cpu_s() - cpu) / passed, (self.wrote - wrote) / passed


def bare(count: int, size: tuple[int, int]) -> Took:
    """Return what keys take in the plainest app."""
    with Terminal([sys.executable, "-c", BARE], size) as terminal:
        terminal.read(3.0)
        downs = [b"\x1b[B" if n % 40 < 20 else b"\x1b[A" for n in range(count)]
        return terminal.keys(downs, lambda screen: tuple(screen.buffer[y][3].bg for y in range(screen.lines)))


def say(name: str, took: Took, base: Took | None) -> None:
    """Print what keys took, and how often as long as in the plainest app."""
    ratio = ""
    if base is not None:
        ratio = f"; {took.quantile(0.5) / base.quantile(0.5):.1f} x the bare table"
    print(
        f"{name}: {len(took.seconds)} keys, p50 {took.quantile(0.5):.1f} ms, p99 {took.quantile(0.99):.1f}, "
        f"max {took.quantile(1.0):.1f}; {1e3 * took.cpu:.1f} ms of a core each{ratio}",
        flush=True,
    )
