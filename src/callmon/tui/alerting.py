"""Alerts on the screens: the word at the foot, the bell, the count at the top, and the keys that answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from textual.app import App

from callmon.query import format as fmt
from callmon.tui.alerts import SNOOZE_S, Alerts
from callmon.tui.host import Host
from callmon.tui.line import Line, shorten
from callmon.tui.screen import Page

if TYPE_CHECKING:
    from callmon.board import Board
    from callmon.engine.call import Call
    from callmon.tui.progress import Progress

LOOK_S = 1.0
"""It is looked for new alerts at most this often, and only after something changed."""

FILLING_S = 5.0
"""So long after the first call came, what is poor is what was poor before: it is shown, and nobody is called."""

SAID_S = 6.0
"""So long it is said that a call became poor."""

BELL_S = 5.0
"""The bell rings at most once in so many seconds."""


class Alerted(Host, Protocol):
    """What alerts need of the rest of the app."""

    reading: Progress | None

    def live(self) -> Board:
        """Return what goes on now, whatever moment is shown."""
        ...

    def rewound(self) -> bool:
        """Return whether an earlier moment is shown."""
        ...

    def real(self, id: str) -> str:
        """Return the id that a call has, of the one by which it is shown."""
        ...

    def alias(self, id: str) -> str:
        """Return the id by which a call is shown."""
        ...


class Alerting:
    """The part of the app that calls somebody; ``bell`` says whether also by the terminal's bell."""

    alerts: Alerts
    bell_wanted: bool = False
    _looked: tuple[float, object] = (float("-inf"), None)
    _rang: float = float("-inf")
    _first: float | None = None

    @property
    def _alerted(self) -> Alerted:
        return cast(Alerted, self)

    def watch_alerts(self) -> None:
        """Look whether a call became poor, and say so once."""
        app = self._alerted
        live, now = app.live(), app.clock()
        at, before = self._looked
        known = (live, live.version(), *self.alerts.counts(now))
        if now - at < LOOK_S or known == before:
            return
        self._looked = now, known
        calls = live.calls()
        if calls and self._first is None:
            self._first = now
        early = self._first is None or now - self._first < FILLING_S
        found = self.alerts.look(calls, now, early or app.reading is not None, live.now())
        if found:
            self._call(found, now)

    def alert_when(self, when: str | None) -> None:
        """Let the calls alert that a filter passes from now on; None leaves it as it is."""
        if when is not None:
            self.alerts.want(when)
            self._looked = (float("-inf"), None)

    def _call(self, found: Sequence[Call], now: float) -> None:
        app = cast("App[str]", self)
        if self.bell_wanted and now - self._rang >= BELL_S:
            self._rang = now
            app.bell()
        top = app.screen
        if isinstance(top, Page):
            top.remark(*self._words(found, max(20, top.size.width - 30)), seconds=SAID_S)

    def _words(self, found: Sequence[Call], width: int) -> Line:
        """Return the one line that is said of some calls."""
        from callmon.query.columns import name_of, reason_text

        shown = self._alerted.board().call(self._alerted.alias(found[0].id))
        if len(found) > 1 or shown is None:
            count = f"{len(found)} calls" if len(found) > 1 else "a call"
            return (("▲ ", "poor"), (f"{count} became poor", "strong"))
        said = f"{shorten(fmt.clean(name_of(shown), 60), width // 2)} {reason_text(shown)}".strip()
        return (("▲ ", "poor"), (said, "strong"))

    def notes(self) -> Mapping[str, str]:
        """Return what is with the calls that are poor, by the ids by which they are shown; of the past nothing."""
        app = self._alerted
        if app.rewound():
            return {}
        return {app.alias(id): state for id, state in self.alerts.states(app.clock()).items()}

    def alert_count(self) -> Line:
        """Return what every header says of alerts: how many wait, were acknowledged, and were put off."""
        if self._first is None:
            self.watch_alerts()
        waiting, seen, later = self.alerts.counts(self._alerted.clock())
        new: Line = ((f"▲ {waiting} new  ", "poor"),) if waiting else ()
        ack: Line = ((f"△ {seen} ack  ", "dim"),) if seen else ()
        off: Line = ((f"△z {later} put off  ", "dim"),) if later else ()
        return *new, *ack, *off

    def can_answer(self) -> bool:
        """Return whether the call that is meant here is poor, so that it can be acknowledged."""
        return bool(self._meant())

    def _meant(self) -> list[Call]:
        page = cast("App[str]", self).screen
        target = page.target() if isinstance(page, Page) else None
        return self._poor([target] if target is not None else [])

    def _poor(self, ids: Sequence[str]) -> list[Call]:
        """Return those of the calls that are poor now."""
        app = self._alerted
        found = [app.live().call(app.real(id)) for id in ids]
        return [call for call in found if call is not None and self.alerts.known(call.id)]

    def action_acknowledge(self) -> None:
        """Take what is wrong with the call that is meant here as seen."""
        self.acknowledge(self._meant())

    def action_snooze(self) -> None:
        """Put the call that is meant here off."""
        self.snooze(self._meant(), SNOOZE_S)

    def acknowledge(self, calls: Sequence[Call]) -> None:
        """Take what is wrong with some calls as seen."""
        done = sum(self.alerts.acknowledge(call) for call in calls)
        self._said("acknowledged", done)

    def snooze(self, calls: Sequence[Call], seconds: float) -> None:
        """Put some calls off."""
        now = self._alerted.clock()
        done = sum(self.alerts.snooze(call, now, seconds) for call in calls)
        self._said(f"put off for {fmt.words(seconds)}", done)

    def _said(self, what: str, count: int) -> None:
        page = cast("App[str]", self).screen
        if isinstance(page, Page):
            page.say((what if count == 1 else f"{count} calls {what}", "strong"))
            page.redraw()

    def command_ack(self, calls: str) -> None:
        """Take what is wrong with calls as seen."""
        self.acknowledge(self._asked(calls))

    def command_snooze(self, calls: str, time: str) -> None:
        """Put calls off."""
        from callmon.tui.commands import Refused, seconds

        try:
            lasting = seconds(time) if time else SNOOZE_S
        except ValueError as error:
            raise Refused(str(error), 1) from None
        self.snooze(self._asked(calls), lasting)

    def _asked(self, calls: str) -> list[Call]:
        from callmon.tui.commanding import Commanding
        from callmon.tui.commands import Refused

        found = self._poor(cast(Commanding, self).chosen(calls, "@focus"))
        if not found:
            raise Refused(f"expected a poor call: there is none in {calls or '@focus'}")
        return found
