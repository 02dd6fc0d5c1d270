"""Calls that have newly become poor: who has seen them, who wants to see them later, and what is still open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callmon.engine.call import Call
    from callmon.query.filter import Filter

FLASH_S = 3.0
"""So long the row of a call is marked after it became poor."""

SNOOZE_S = 900.0
"""So long a call is put off where nobody says how long."""

FLASH, SEEN, LATER, OPEN = "flash", "seen", "later", "open"
"""What is with a call: it just became poor, it was acknowledged, it was put off, it waits for somebody."""

Trouble = frozenset[tuple[str, str, str, float]]
"""What is wrong with a call: its open issues by code, leg, stream and beginning."""


@dataclass(slots=True)
class _Alert:
    """One call that is poor: when it became so, what of it was acknowledged, until when it is put off."""

    at: float
    seen: Trouble | None = None
    until: float = float("-inf")


def trouble(call: Call) -> Trouble:
    """Return what is wrong with a call."""
    return frozenset((one.code, one.leg or "", one.stream or "", one.since) for one in call.open_issues())


class Alerts:
    """The alerts of a session by the ids of calls; times are those of one steady clock, in seconds."""

    def __init__(self, when: str = "is:poor") -> None:
        """Know no call; ``when`` is the filter of those that alert while they last."""
        self._when = when
        self._wants: Filter | None = None
        self.version = 0
        self._alerts: dict[str, _Alert] = {}
        self._began = False

    def want(self, when: str) -> None:
        """Let other calls alert from now on; those that do already wait for somebody, and nobody is called."""
        if when != self._when:
            self._when, self._wants, self._began = when, None, False
            self.version += 1

    def look(self, calls: Iterable[Call], now: float, quiet: bool = False, at: float = 0.0) -> list[Call]:
        """Take note of how the calls are, and return those that somebody should hear of now, each once.

        ``at`` is the time of the calls, in epoch seconds.

        What is poor at the first look was so before, as what becomes so while it is ``quiet``: it waits for
        somebody, but nobody is called. A call that was acknowledged calls again when something else is wrong with
        it, and one that was put off when that is over.
        """
        from callmon.query.filter import Filter

        wants = self._wants = self._wants or Filter(self._when)
        loud = self._began and not quiet
        found: list[Call] = []
        poor: set[str] = set()
        for call in calls:
            if call.over or not wants.passes(call, at):
                continue
            poor.add(call.id)
            alert = self._alerts.get(call.id)
            if alert is None:
                self._alerts[call.id] = _Alert(now if loud else float("-inf"))
                if loud:
                    found.append(call)
            elif self._again(alert, call, now):
                self._alerts[call.id] = _Alert(now)
                found.append(call)
        for id in [id for id in self._alerts if id not in poor]:
            del self._alerts[id]
        self._began = True
        self.version += 1
        return found

    def _again(self, alert: _Alert, call: Call, now: float) -> bool:
        """Return whether somebody should hear again of a call that is known to be poor."""
        if alert.until > now:
            return False
        if alert.until > float("-inf"):
            return True
        return alert.seen is not None and not trouble(call) <= alert.seen

    def acknowledge(self, call: Call) -> bool:
        """Take what is wrong with a call as seen; return whether anything is."""
        alert = self._alerts.get(call.id)
        if alert is None:
            return False
        self._alerts[call.id] = _Alert(alert.at, trouble(call))
        self.version += 1
        return True

    def snooze(self, call: Call, now: float, seconds: float = SNOOZE_S) -> bool:
        """Put a call off for some seconds; return whether there is anything to put off."""
        alert = self._alerts.get(call.id)
        if alert is None:
            return False
        self._alerts[call.id] = _Alert(alert.at, None, now + seconds)
        self.version += 1
        return True

    def known(self, id: str) -> bool:
        """Return whether a call is poor, so that it can be acknowledged or put off."""
        return id in self._alerts

    def states(self, now: float) -> Mapping[str, str]:
        """Return for each call that is poor what is with it."""
        return {id: self._state(alert, now) for id, alert in self._alerts.items()}

    def _state(self, alert: _Alert, now: float) -> str:
        if alert.until > now:
            return LATER
        if alert.seen is not None:
            return SEEN
        return FLASH if now - alert.at < FLASH_S else OPEN

    def counts(self, now: float) -> tuple[int, int, int]:
        """Return how many calls wait for somebody, how many were acknowledged, and how many were put off."""
        states = list(self.states(now).values())
        seen, later = states.count(SEEN), states.count(LATER)
        return len(states) - seen - later, seen, later
