"""The terminal as a command begins it: drawn first, filled when everything else is loaded."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from callmon.cli.main import Unusable, warn

if TYPE_CHECKING:
    from callmon.board import Board
    from callmon.config.state import State
    from callmon.exports.exporter import Exporter
    from callmon.query.view import View
    from callmon.rewind.health import Chronicle
    from callmon.rewind.past import Past
    from callmon.tui.progress import Progress
    from callmon.tui.recording import Switch

Collect = Callable[[], Awaitable[None]]
"""What brings the frames: runs until it is cancelled."""

MANY = 60
"""So many frames a second are no limit."""


class Begun:
    """An app that is about to run: what it collects may still fail, and then says why on one line."""

    def __init__(
        self,
        title: str,
        view: View | None,
        *,
        fps: int = MANY,
        mouse: bool = True,
        quiet: bool = False,
        **look: Any,
    ) -> None:
        """Make the app over nothing yet; ``look`` is how it looks, see ``CallmonApp``.

        ``fps`` are frames a second at most; ``quiet`` says nothing at the end.
        """
        if fps < MANY:
            os.environ["TEXTUAL_FPS"] = str(fps)  # read by Textual when it is imported
            look["paint_hz"] = min(look.get("paint_hz", 2.0), fps)
        look.setdefault("clipboard", "auto")
        again = look.pop("again", None)
        self._wrong: list[str] = [*look.pop("wrong", ())]
        self._mouse, self._quiet = mouse, quiet
        from callmon.board import EmptyBoard
        from callmon.config.paths import data_directory, state_directory
        from callmon.tui.app import CallmonApp

        self._failure: Unusable | None = None
        self._collect: Collect | None = None
        self._state: State | None = None
        self._app = CallmonApp(
            EmptyBoard(time.time),
            self._collecting,
            title=title,
            view=view,
            state=state_directory(os.environ),
            **look,
        )
        self._app.again = again
        self._app.views_file = data_directory(os.environ) / "views.toml"

    def remember(self) -> None:
        """Begin with the view of the last watch, if none was asked for, and keep that of this one at its end."""
        from callmon.config.paths import state_directory
        from callmon.config.state import State

        self._state = State(state_directory(os.environ) / "last.json")
        self._app.remembered = self._state.word("view")
        self._wrong += [self._state.wrong] if self._state.wrong else []

    def attach(
        self, board: Board, switch: Switch | None = None, past: tuple[Past, Chronicle] | None = None
    ) -> None:
        """Look at ``board`` from now on, at its ``past`` where somebody goes back; ``R`` records by ``switch``."""
        self._app.switch = switch
        self._app.attach(board, past)
        self._app.complain(self._wrong)
        self._wrong = []

    def refresh_by(self, ask: Callable[[], str]) -> None:
        """Let everything that is asked for be asked for now by ``ask``, which returns what to say of it."""
        self._app.ask_sources = ask

    def reload_by(self, take: Callable[[Any], list[str]]) -> None:
        """Let a configuration that is read again be taken over by ``take``; see ``Reloading``."""
        self._app.take_config = take

    def listening(self, address: str) -> None:
        """Say where frames can be sent to."""
        self._app.address = address

    def reading(self, progress: Progress | None) -> None:
        """Show how far the reading of files is, until that is None; escape stops it."""
        self._app.reading = progress

    def entitle(self, title: str) -> None:
        """Say at the top what it is that is looked at."""
        self._app.label = title

    def ended(self) -> None:
        """Say from now on that what is shown is at its end: nothing more comes."""
        self._app.end_replay()

    def exports(self, exporter: Exporter) -> None:
        """Let what is shown be exported."""
        self._app.exporter = exporter

    def say(self, text: str, seconds: float = 2.0) -> None:
        """Show a line for a few seconds."""
        from callmon.tui.screen import Page

        if isinstance(self._app.screen, Page):
            self._app.screen.say((text, "strong"), seconds=seconds)

    def run_over(self, collect: Collect | None) -> int:
        """Run until somebody quits; return the exit code."""
        from callmon.tui.running import run

        self._collect = collect
        code = run(self._app, mouse=self._mouse, quiet=self._quiet)
        if self._state is not None:
            self._state.keep({"view": self._app.remembered})
        if self._app.switch is not None and (said := self._app.switch.close()):
            warn(said)
        if self._failure is not None:
            raise self._failure
        return code

    async def _collecting(self) -> None:
        if self._collect is None:
            return
        try:
            await self._collect()
        except Unusable as error:
            self._failure = error
            self._app.exit(return_code=error.exit_code)


def begin(title: str, view: View | None, **look: Any) -> Begun:
    """Return an app that is about to run, with keys that come from the terminal."""
    if not os.isatty(0) and not in_browser():
        _take_keyboard()
    return Begun(title, view, **look)


def configured(options: argparse.Namespace) -> bool:
    """Return whether anybody configured anything; reading a configuration takes time before the first frame."""
    from callmon.config.paths import config_path

    names = [name for name in os.environ if name.startswith("CALLMON_") and name != "CALLMON_TOKEN"]
    return bool(names or options.config_file) or config_path(os.environ).exists()


def in_browser() -> bool:
    """Return whether it is a browser that is drawn on, and that has the keys: see the command ``web``."""
    return bool(os.environ.get("TEXTUAL_DRIVER"))


def take_stdin() -> int:
    """Return a descriptor of what is piped in, and give the terminal back its keys."""
    if sys.stdin.isatty():
        raise Unusable("stdin is a terminal: pipe frames into callmon -")
    descriptor = os.dup(0)
    _take_keyboard()
    return descriptor


def piped() -> int | None:
    """Return a descriptor of what is piped in, None where the keys come from stdin or there is none."""
    if in_browser() or os.isatty(0):
        return None
    try:
        return os.dup(0)
    except OSError:
        return None


def _take_keyboard() -> None:
    """Make the terminal stdin, whatever that was."""
    refused = Unusable("there is no terminal for the keys: add --json, --jsonl or --plain")
    if sys.__stdin__ is None:
        raise refused
    try:
        keyboard = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise refused from None
    os.dup2(keyboard, 0)
    os.close(keyboard)
