"""A pseudo-terminal with a program in it, whose output is read as a terminal reads it (pyte)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyte
import wcwidth

ROOT = Path(__file__).parent.parent.parent


ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;0$y"}
"""What a terminal says when it is asked whether it can show frames as a whole, and whether it tells its size."""


class Terminal:
    """``python -m tests.tui.player`` or another ``module`` with arguments, in a terminal of a size.

    With ``stdin`` the program reads that file there, and not the terminal; with ``shell`` it is a job of a shell,
    which could continue it, else it has its session for itself as with ``ssh -t HOST callmon``.
    """

    def __init__(
        self,
        *args: str,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        module: str = "tests.tui.player",
        stdin: str | None = None,
        shell: bool = False,
    ) -> None:
        columns, rows = size
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.code: int | None = None
        # Made anew: readline, which pytest imports, sets LINES and COLUMNS behind the back of os.environ.
        own = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        own |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        told, tells = os.pipe()
        self._child, self.fd = pty.fork()
        if self._child == 0:
            if shell:
                begin_job(tells)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.chdir(ROOT)
            if stdin is not None:
                os.dup2(os.open(stdin, os.O_RDONLY), 0)
            os.execve(sys.executable, [sys.executable, "-m", module, *args], own | dict(env or {}))
        os.close(tells)
        self.pid = self._child if not shell else int(os.read(told, 20))
        os.close(told)

    @property
    def lines(self) -> list[str]:
        """What is on the screen."""
        return [self._line(row) for row in range(self.screen.lines)]

    def _line(self, row: int) -> str:
        """One row; the second half of a wide character is empty, and stays so when the first is overwritten."""
        cells = [self.screen.buffer[row][column].data for column in range(self.screen.columns)]
        return "".join(
            cell or ("" if column and wcwidth.wcwidth(cells[column - 1][:1]) == 2 else " ")
            for column, cell in enumerate(cells)
        )

    def cells(self, row: int, start: int, end: int) -> str:
        """What is in some cells of a row; columns are counted in cells, not in characters."""
        return "".join(self.screen.buffer[row][column].data for column in range(start, end))

    @property
    def text(self) -> str:
        """What is on the screen, as one text."""
        return "\n".join(self.lines)

    def read(self, seconds: float) -> bytes:
        """Read for some time; return what came."""
        return self._pump(seconds, lambda: False)

    def until(self, condition: Callable[[], bool], seconds: float = 15.0) -> None:
        """Read until something is so; fail if it does not become so."""
        self._pump(seconds, condition)
        assert condition(), f"it did not happen in {seconds} s; the screen is\n{self.text}"

    def _pump(self, seconds: float, condition: Callable[[], bool]) -> bytes:
        deadline = time.monotonic() + seconds
        came = bytearray()
        more = False
        while (more and self._half_drawn) or not condition():
            if (left := deadline - time.monotonic()) <= 0:
                break
            more = bool(select.select([self.fd], [], [], min(left, 0.1))[0])
            if not more:
                continue
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # Linux says so when the last program of the terminal has gone
                break
            came += data
            self._take(data)
        return bytes(came)

    @property
    def _half_drawn(self) -> bool:
        """Whether a frame has begun that has not come to its end, of which a terminal shows nothing yet."""
        return self.raw.rfind(b"\x1b[?2026h") > self.raw.rfind(b"\x1b[?2026l")

    def _take(self, data: bytes) -> None:
        """Show the bytes, and answer what a terminal is asked."""
        self.raw += data
        self.stream.feed(data)
        for question, answer in ANSWERS.items():
            if question in self.raw[-len(data) - len(question) + 1 :]:  # it may come in two pieces
                os.write(self.fd, answer)

    @property
    def afterwards(self) -> str:
        """What was written after the program left the alternate screen."""
        return bytes(self.raw).rpartition(b"\x1b[?1049l")[2].decode()

    def press(self, *keys: str) -> None:
        """Press keys, each as the bytes that a terminal sends."""
        for key in keys:
            os.write(self.fd, key.encode())

    def background(self, row: int, column: int = 4) -> str:
        """Return the background colour of a cell."""
        return str(self.screen.buffer[row][column].bg)

    def stopped(self) -> bool:
        """Whether the program is stopped, as by ctrl+z."""
        return Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "T"

    def wait(self, seconds: float = 15.0) -> int:
        """Read until the program has ended; return its exit code."""
        deadline = time.monotonic() + seconds
        self._pump(seconds, self._ended)
        while not self._ended() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert self.code is not None, f"it did not end; the screen is\n{self.text}"
        return self.code

    def _ended(self) -> bool:
        if self.code is None:
            pid, status = os.waitpid(self._child, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed; what is read afterwards comes from nowhere."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, self.fd)
        os.close(nowhere)

    def close(self) -> None:
        """End the program, whatever it does."""
        if not self._ended():
            for pid in {self.pid, self._child}:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os.waitpid(self._child, 0)
            self.code = -signal.SIGKILL
        os.close(self.fd)


def begin_job(tells: int) -> None:
    """Go on as a job of this process, which waits as a shell does; its number is written to ``tells``."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.write(tells, str(os.getpid()).encode())
        os.close(tells)
        return
    os.close(tells)
    _, status = os.waitpid(job, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)
