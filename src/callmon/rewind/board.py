"""The past as a board: the same answers as live, as of then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from callmon.engine.call import Call
from callmon.engine.quality import Levels
from callmon.model.events import Restored
from callmon.model.frames import Frame
from callmon.model.health import SourceHealth
from callmon.query.view import View, choose
from callmon.rewind.health import Chronicle
from callmon.rewind.past import Past

FIRST_LOOK_S = 60.0
"""The newest frame of a call is looked for so far back at first, and then twice as far each time."""


class Live(Protocol):
    """What goes on meanwhile, as far as the past needs to know it."""

    def log(self) -> Sequence[tuple[float, str]]:
        """Return what happened to the sources: (epoch seconds, line), oldest first."""
        ...

    def attend(self, calls: frozenset[str]) -> None:
        """Note which calls somebody looks at."""
        ...


class PastBoard:
    """The calls as they were at the moment at which ``past`` stands; it does not outlive that."""

    def __init__(self, past: Past, chronicle: Chronicle, live: Live, number: int) -> None:
        """Look at ``past``; ``number`` tells it from what was shown before."""
        assert past.at is not None
        self._past = past
        self._at = past.at
        self._live = live
        self._version = -1 - number
        self._sources = chronicle.sources(self._at)
        self._log = [line for line in live.log() if line[0] <= self._at]
        self._raw: dict[str, Frame | None] = {}

    def now(self) -> float:
        """Return the moment that is shown."""
        return self._at

    def version(self) -> int:
        """Return a number that no live board has."""
        return self._version

    def rules(self) -> str:
        """Return the name of the rule set that judges."""
        return self._past.rules.name

    def levels(self) -> Mapping[str, Levels]:
        """Return the limits of the rule set that judges, by metric."""
        return self._past.rules.levels

    def calls(self) -> Sequence[Call]:
        """Return the calls of that moment, oldest first."""
        return list(self._past.calls.values())

    def call(self, id: str) -> Call | None:
        """Return one call as it was, or None where it was not there."""
        return self._past.calls.get(id)

    def rows(self, view: View) -> list[Call]:
        """Return the calls that a view shows, in its order."""
        return choose(self.calls(), view, self._at)

    def sources(self) -> Sequence[SourceHealth]:
        """Return how the sources did, to the second."""
        return self._sources

    def raw(self, call: str) -> Frame | None:
        """Return the frame that was the newest of a call then, or None where the tape does not reach it."""
        if call not in self._raw:
            self._raw[call] = self._newest(call)
        return self._raw[call]

    def _newest(self, call: str) -> Frame | None:
        tape, span, until = self._past.tape, FIRST_LOOK_S, self._at
        earliest = tape.earliest()
        while earliest is not None and until >= earliest:
            found: Frame | None = None
            for entry in tape.entries(until - span, until, call):
                if entry.frame.own:
                    continue
                if any(event.call == call and not isinstance(event, Restored) for event in entry.events):
                    found = entry.frame
            if found is not None:
                return found
            until, span = until - span, 2 * span
        return None

    def log(self) -> Sequence[tuple[float, str]]:
        """Return the lines up to that moment."""
        return self._log

    def attend(self, calls: frozenset[str]) -> None:
        """Pass on which calls somebody looks at: collecting goes on."""
        self._live.attend(calls)

    def frozen(self) -> PastBoard:
        """Return itself: it stands still."""
        return self
