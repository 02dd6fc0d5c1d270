"""From exec to the first frame in a terminal: callmon, and its demo, against an empty Textual app in one run."""

from __future__ import annotations

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

ROUNDS = 7
BARE = "from textual.app import App\nclass Bare(App):\n    pass\nBare().run()\n"
FRAME = b"\x1b[1;1H"
"""Every first frame begins at the top left corner."""


def first_frame_s(argv: list[str]) -> float:
    """Return the seconds until a program in a terminal of 120x40 draws its first frame."""
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        os.execve(argv[0], argv, environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen = b""
    try:
        while FRAME not in seen:
            ready, _, _ = select.select([terminal], [], [], 30.0)
            if not ready:
                raise SystemExit("no frame within 30 s")
            seen += os.read(terminal, 65536)
            if b"\x1b[?2026$p" in seen:
                os.write(terminal, b"\x1b[?2026;2$y")
                seen = seen.replace(b"\x1b[?2026$p", b"")
        return time.perf_counter() - began
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def main() -> None:
    """Print the medians of interleaved runs and their ratio to the bare app."""
    python = sys.executable
    programs = {
        "bare Textual app": [python, "-c", BARE],
        "callmon": [python, "-m", "callmon", "--listen", "127.0.0.1:0"],
        "callmon demo": [python, "-m", "callmon", "demo"],
    }
    runs: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, argv in programs.items():
            runs[name].append(first_frame_s(argv))
    for name, times in runs.items():
        ratio = statistics.median(
            mine / bare for mine, bare in zip(times, runs["bare Textual app"], strict=True)
        )
        print(
            f"{name}: {1000 * statistics.median(times):5.0f} ms to the first frame = {ratio:.2f} x bare Textual"
        )


if __name__ == "__main__":
    main()
