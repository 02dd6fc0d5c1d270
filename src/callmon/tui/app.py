"""The app: which page is on top, which board it looks at, and when it is painted."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

os.environ.setdefault(
    "TEXTUAL_FPS", "120"
)  # read by Textual when it is imported; lowers the wait after a key

from textual import events
from textual.app import App
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.timer import Timer

from callmon.board import Board, EmptyBoard
from callmon.query import format as fmt
from callmon.tui import keys
from callmon.tui.alerting import Alerting
from callmon.tui.alerts import Alerts
from callmon.tui.appearance import Appearance
from callmon.tui.commanding import Commanding
from callmon.tui.complaining import Complaining
from callmon.tui.exporting import Exporting
from callmon.tui.history import History
from callmon.tui.keys import ACTIONS, Action
from callmon.tui.leading import Leading
from callmon.tui.leaving import Leaving
from callmon.tui.line import Line
from callmon.tui.marks import Marks
from callmon.tui.opening import Opening
from callmon.tui.platform import full, patient_driver
from callmon.tui.progress import Progress, progress_line
from callmon.tui.recording import Switch, mark
from callmon.tui.rewinding import Rewinding
from callmon.tui.screen import Page
from callmon.tui.showing import Showing
from callmon.tui.tidying import EACH_S, Tidying
from callmon.tui.veiling import Veiling
from callmon.tui.widgets.footer import LiveKeys, live_keys
from callmon.tui.widgets.header import MASKED, Standing

if TYPE_CHECKING:
    from callmon.query.view import View
    from callmon.rewind.health import Chronicle
    from callmon.rewind.past import Past

Collect = Callable[[], Awaitable[None]]
"""What brings the frames: runs until it is cancelled."""

SETTLE_S = 3.0
"""After so many seconds what was imported and made is taken out of the garbage collector's sight."""

FIRST_FRAME_S = 0.05
"""How long the first frame is given before anything else is loaded."""

ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that end the app; the exit code is 128 and their number."""

DRAIN_S = 0.05
"""While the terminal does not read, it is asked this often whether it has begun again."""


def pages() -> tuple[type[Page], ...]:
    """Return all pages; they are loaded after the first frame, which needs none of them."""
    from callmon.tui.screens import SCREENS

    return SCREENS


def _page(name: str) -> type[Page] | None:
    return next((page for page in pages() if name == page.NAME), None)


class CallmonApp(
    Exporting, Rewinding, Leading, Leaving, Commanding, Complaining, Alerting, Veiling, Appearance, App[str],
    inherit_bindings=False,
):  # fmt: skip
    """The terminal over a board; ``run`` returns the last screen as text where that shall stay, else None.

    ``collect`` is awaited once the first frame is on the screen and cancelled at the end; ``address`` is
    where callmon listens, if it does (may be set later); ``theme`` is one of ``theme.PALETTES``; ``charts`` are
    braille, block or ascii; ``clock`` is a steady clock in seconds; ``past`` is what one can go back to,
    ``state`` the directory in which is kept what was typed; with ``bell`` calls that pass ``alert`` are heard;
    ``clipboard`` is osc52, native or auto. ``begins_with`` is a page that is opened over the first.
    """

    TITLE = "callmon"
    CSS_PATH = Path(__file__).with_name("callmon.tcss")
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(*keys.EVERYWHERE)

    def __init__(
        self,
        board: Board,
        collect: Collect | None = None,
        *,
        title: str = "",
        view: View | None = None,
        address: str | None = None,
        paint_hz: float = 2.0,
        theme: str = "dark",
        charts: str = "braille",
        keymap: dict[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        past: tuple[Past, Chronicle] | None = None,
        begins_with: str = "",
        state: Path | None = None,
        bell: bool = False,
        alert: str = "is:poor",
        clipboard: str = "osc52",
    ) -> None:
        super().__init__(driver_class=patient_driver())
        self.begins_with = begins_with
        self.address = address
        self.view = view
        self.charts = charts
        self.clock = clock
        self.key_at = float("-inf")
        self.offered: LiveKeys = {}
        self.skipped = 0
        self.failure: str | None = None
        self.reading: Progress | None = None
        self.switch: Switch | None = None
        self.label = title
        self.marks = Marks()
        self.history = History(state / "commands" if state is not None else None)
        self.alerts = Alerts(alert)
        self.bell_wanted = bell
        self._copies = clipboard
        self._showing = Showing(board, clock, self.paint, self.tell)
        self._showing.attach(board, past)
        self._collect = collect
        self._collecting: asyncio.Task[None] | None = None
        self._paint_s = 1 / min(4.0, max(0.1, paint_hz))
        self._began = False
        self._tidying = Tidying(clock, lambda: self.key_at)
        self._held: ExitStack | None = None
        self._drain: Timer | None = None
        self.animation_level = "none"
        self.dress(theme)
        self.set_keymap(keymap or {})

    def attach(self, board: Board, past: tuple[Past, Chronicle] | None = None) -> None:
        """Look at another board from now on, such as the one that was not there yet at the first frame.

        ``past`` is what one can go back to, if one can.
        """
        first = isinstance(self._showing.live, EmptyBoard)
        self._showing.attach(board, past)
        if first and self.is_running:
            self.push_screen(pages()[0]())
            self.begin_with()

    # What pages may ask (screen.Host)

    def actions(self) -> dict[str, Action]:
        """Return all actions by id."""
        return dict(ACTIONS)

    def every_page(self) -> tuple[type[Page], ...]:
        """Return all pages."""
        return pages()

    @property
    def ready(self) -> bool:
        """Whether there is anything to look at yet."""
        return not isinstance(self.screen, Opening)

    def show(self, name: str, subject: str | None = None) -> None:
        """Open the page of that name, or go back to it if it is open with the same subject.

        A page that stands on another brings that along, and takes the place of one that stands there already.
        """
        page = _page(name)
        if page is None:
            return
        subject = subject if page.NEEDS_CALL else None
        self.note_place()
        for depth, screen in reversed(tuple(enumerate(self.screen_stack))):
            if isinstance(screen, page) and screen.subject == subject:
                for _ in range(len(self.screen_stack) - depth - 1):
                    self.pop_screen()
                return
        self.offered = live_keys(self.screen)
        top, below = self.screen, _page(page.ON)
        if isinstance(top, Page) and page.ON and (top.ON, top.subject) == (page.ON, subject):
            self.switch_screen(page(subject))
            return
        if below is not None and not (isinstance(top, below) and top.subject == subject):
            self.push_screen(below(subject))
        self.push_screen(page(subject))

    def standing(self, about: Sequence[str] = ()) -> Standing:
        """Return what every header says at its right, and what of it is never left out."""
        label = self.told(self.label)
        if isinstance(self._showing.live, EmptyBoard):
            return Standing(((label, "dim"),))
        from callmon.tui import status

        (on, short), (away, brief) = mark(self.switch), status.away(self.board(), about)
        line = (*on, *self.alert_count(), *away, *status.standing(self.board()))
        line = ((f"{label}  ", "dim"), *line) if label else line
        veil: Line = ((f"{MASKED}  ", "strong"),) if self.masked else ()
        return Standing((*veil, *line), (*veil, *on, *away), (*veil, *short, *brief))

    def banner(self) -> Line:
        """Return that what is shown is not now, and how far it is behind, or what is being read; or nothing."""
        line = self._showing.banner(plain=self.charts == "ascii")
        if line or self.reading is None:
            return line
        return progress_line(self.reading, stops=len(self.opened()) <= 1, named=not self.masked)

    def trail(self) -> tuple[str, ...]:
        """Return the crumbs of the open pages: as many as escape goes back."""
        return tuple(crumb for page in self.opened() for crumb in page.crumbs())

    # Life

    def get_default_screen(self) -> Page:
        """Return the first page."""
        return Opening() if isinstance(self._showing.live, EmptyBoard) else pages()[0]()

    def get_line_filters(self) -> list[LineFilter]:
        """Return the filter that takes every colour away, where none is wanted."""
        return self.line_filters(list(super().get_line_filters()))

    def on_load(self) -> None:
        """Take what ends a program as an orderly end, from before the terminal is taken over."""
        loop = asyncio.get_running_loop()
        for name in ENDINGS:
            number = getattr(signal, name, None)
            if number is not None and sys.platform != "win32":
                loop.add_signal_handler(number, self._end, number)

    def _end(self, number: signal.Signals) -> None:
        """End with the exit code that a shell expects; the same signal once more ends at once."""
        asyncio.get_running_loop().remove_signal_handler(number)
        self.exit(return_code=128 + number)

    def on_ready(self) -> None:
        """Begin to collect and to paint, now that the first frame is on the screen."""
        self._began = True
        self.set_interval(self._paint_s, self.paint)
        self.app_resume_signal.subscribe(self, lambda _: self.call_later(self._draw_all))
        self.set_timer(SETTLE_S, self._tidying.begin)
        self.set_interval(EACH_S, self._tidying.tidy)
        if self._collect is not None:
            # Loading holds the loop up: first the frame, once more now that the terminal may have said what it can.
            self.set_timer(FIRST_FRAME_S / 2, self._draw_all)
            self.set_timer(FIRST_FRAME_S, self._begin)

    def _begin(self) -> None:
        if self._collect is not None and self.is_running:
            self._collecting = asyncio.create_task(self._run(self._collect), name="collect")

    async def _run(self, collect: Collect) -> None:
        """Collect until the end; what goes wrong ends the app with one line."""
        try:
            await collect()
        except Exception as error:
            # Whatever it is, the terminal is restored first and no traceback gets on the screen.
            self.failure = fmt.clean(f"{type(error).__name__}: {error}")
            self.exit(return_code=1)

    async def on_unmount(self) -> None:
        """Let what collects, and what is on its way to the past, come to its end."""
        self._tidying.end()
        await self._showing.close()
        if self._collecting is not None:
            self._collecting.cancel()
            await asyncio.wait([self._collecting], timeout=5.0)

    # Painting, at the terminal's pace

    @property
    def backlog(self) -> int:
        """Writes that the terminal has not taken."""
        return int(getattr(self._driver, "backlog", 0))

    def paint(self) -> None:
        """Let the page on top draw what changed, unless the terminal is behind."""
        if self.backlog > 0 or self._held is not None or not self.screen_stack:
            self.skipped += 1
            return
        if self.ready:
            self.watch_alerts()
        if isinstance(self.screen, Page):
            self.screen.redraw()

    async def on_event(self, event: events.Event) -> None:
        """Note when a key was pressed, and draw nothing for it while the terminal does not read."""
        if isinstance(event, events.Key):
            self.key_at = self.clock()
        if self._began and self._held is None and self.backlog >= full():
            self._hold()
        await super().on_event(event)

    def _hold(self) -> None:
        """Draw nothing until the terminal has taken what it was given."""
        self._held = ExitStack()
        self._held.enter_context(self.batch_update())
        self._drain = self.set_interval(DRAIN_S, self._drained)

    def _drained(self) -> None:
        if self._held is not None and self.backlog == 0:
            self._held.close()
            self._held = None
            if self._drain is not None:
                self._drain.stop()
            self._draw_all()

    def _draw_all(self) -> None:
        """Draw every line: what the terminal shows is not what it was told last."""
        self.screen.refresh()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy through the terminal, by a program of this machine, or both."""
        if self._copies != "native":
            super().copy_to_clipboard(text)
        if self._copies != "osc52":
            self.hand_over(text)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key does something now."""
        if action == "back":
            return len(self.opened()) > 1
        if action == "last":
            return self.can_turn()
        if action == "reload":
            return self.again is not None
        if action == "leave":
            return len(self.opened()) <= 1
        if action == "stop_reading":
            return self.reading is not None and len(self.opened()) <= 1
        if action in ("export", "ticket"):
            return self.can_export(str(parameters[0]) if parameters else "call")
        if action == "next_theme":
            return not self.no_color
        if action in ("rewind", "seek", "now"):
            return self.can_command() and self.can_rewind(action, parameters)
        if action in ("palette", "command"):
            return self.can_command()
        if action in ("acknowledge", "snooze"):
            return self.can_answer()
        if action == "ask_now":
            return self.ask_sources is not None
        if action == "record":
            return self.switch is not None
        if action == "show":
            return self._can_show(str(parameters[0]))
        return True

    def _can_show(self, name: str) -> bool:
        if isinstance(self.screen, Opening):
            return False
        page, top = _page(name), self.screen
        if (
            page is None
            or not isinstance(top, Page)
            or isinstance(top, page)
            or name in (top.ON, top.INSTEAD)
        ):
            return False
        return page.count(self, top.target()) > 0

    def worded(self, action: str, label: str) -> str:
        """Return an action's label for the footer, with the number of calls that it is about where that says more."""
        kind, _, name = action.partition(".")
        page, top = _page(name) if kind == "show" else None, self.screen
        count = page.count(self, top.target()) if page is not None and isinstance(top, Page) else 1
        return f"{label} ({count})" if count > 1 else label

    def action_show(self, name: str) -> None:
        """Open a page about the call that is meant here."""
        top = self.screen
        self.show(name, top.target() if isinstance(top, Page) else None)

    async def action_back(self) -> None:
        """Go back to the page before."""
        if len(self.opened()) > 1:
            self.note_place()
            await self.pop_screen()

    def action_stop_reading(self) -> None:
        """Stop reading files; what was read stays."""
        if self.reading is not None:
            self.reading.stop()
