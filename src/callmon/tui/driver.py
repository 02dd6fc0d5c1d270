"""The way to the terminal: Textual's driver, and how far the terminal is behind."""

from __future__ import annotations

import select
import sys
from typing import Any

from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.timer import Timer

from callmon.tui.pasting import PasteParser

FULL = 6
"""Pending writes beyond which nothing is drawn, not even for a key; a redraw is three writes.

Textual's writer thread takes 30 and then blocks the event loop until the terminal reads.
"""

LOOK_S = 2.0
"""How often it is looked whether the terminal is still there: not every one sends SIGHUP when it goes."""

HUNG_UP = 129
"""The exit code of who ends because the terminal is gone, as after SIGHUP."""


# Textual makes the reader of keys by this name, in the thread that reads them, and has no other place for it.
vars(linux_driver)["XTermParser"] = PasteParser


class PatientDriver(LinuxDriver):
    """Draws on stdout, and knows how many writes the terminal has not taken yet."""

    def __init__(self, *given: Any, **named: Any) -> None:
        """Take what Textual's driver takes; that draws on stderr, which people send to a file."""
        super().__init__(*given, **named)
        if sys.__stdout__ is not None and sys.__stdout__.isatty():
            self._file = sys.__stdout__
        self._looking: Timer | None = None

    def start_application_mode(self) -> None:
        """Take the terminal over, and end the app when it goes away: Textual would read nothing for ever."""
        super().start_application_mode()  # type: ignore[no-untyped-call]  # as Textual has it
        if self._looking is None:
            self._looking = self._app.set_interval(LOOK_S, self._look)

    def _look(self) -> None:
        poll = select.poll()
        poll.register(self.fileno, 0)
        if poll.poll(0):  # with nothing asked for, only an error or a hang-up is told
            self._app.exit(return_code=HUNG_UP)

    def hear_mouse(self, on: bool) -> None:
        """Listen to the mouse from now on, or leave it to the terminal."""
        if on:
            self._mouse = True
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()
            self._mouse = False
        self.flush()

    @property
    def backlog(self) -> int:
        """Writes that wait for the terminal; 0 where Textual no longer says (a test looks after that)."""
        queue = getattr(getattr(self, "_writer_thread", None), "_queue", None)
        return int(queue.qsize()) if queue is not None else 0

    @property
    def _gone(self) -> bool:
        """Whether nobody writes any more, because the terminal went away: a full queue would block for good."""
        thread = self._writer_thread
        return thread is not None and thread.ident is not None and not thread.is_alive()

    def write(self, data: str) -> None:
        """Write to the terminal, if there still is one."""
        if not self._gone:
            super().write(data)

    def close(self) -> None:
        """Wait for the last write, if it can still happen."""
        if not self._gone:
            super().close()
