"""What a view may ask: which calls there are, in which order, and how the sources do."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from callmon.model.frames import Frame
from callmon.model.health import SourceHealth

if TYPE_CHECKING:
    from callmon.engine.call import Call
    from callmon.engine.engine import Engine
    from callmon.engine.quality import Levels
    from callmon.query.view import View


class Board(Protocol):
    """The calls as somebody may look at them: live, frozen, or from elsewhere."""

    def now(self) -> float:
        """Return the moment that is shown, in epoch seconds."""
        ...

    def version(self) -> int:
        """Return a number that grows whenever anything that is shown changed."""
        ...

    def rules(self) -> str:
        """Return the name of the rule set that judges."""
        ...

    def levels(self) -> Mapping[str, Levels]:
        """Return the limits of the rule set that judges, by metric."""
        ...

    def calls(self) -> Sequence[Call]:
        """Return all calls, oldest first."""
        ...

    def call(self, id: str) -> Call | None:
        """Return one call, or None."""
        ...

    def rows(self, view: View) -> list[Call]:
        """Return the calls that a view shows, in its order."""
        ...

    def sources(self) -> Sequence[SourceHealth]:
        """Return the health of every source."""
        ...

    def raw(self, call: str) -> Frame | None:
        """Return the newest raw frame of a call, or None."""
        ...

    def log(self) -> Sequence[tuple[float, str]]:
        """Return what happened to the sources: (epoch seconds, line), oldest first."""
        ...

    def attend(self, calls: frozenset[str]) -> None:
        """Note which calls somebody looks at, so that they are asked about first."""
        ...

    def frozen(self) -> Board:
        """Return a board that stays as this one is now."""
        ...


class Watched(Protocol):
    """What a live board needs to know beside the engine."""

    @property
    def health(self) -> Sequence[SourceHealth]:
        """The health of every source."""
        ...

    @property
    def lines(self) -> Sequence[tuple[float, str]]:
        """What happened to the sources, oldest first."""
        ...

    def raw(self, call: str) -> Frame | None:
        """Return the newest raw frame of a call, or None."""
        ...


class EmptyBoard:
    """The board before there is anything to look at, so that a screen can be drawn at once."""

    def __init__(self, clock: Callable[[], float], rules: str = "telnyx") -> None:
        """Show the time of ``clock`` (epoch seconds) and the name of the rule set, and nothing else."""
        self._clock = clock
        self._rules = rules

    def now(self) -> float:
        """Return the time of the clock."""
        return self._clock()

    def version(self) -> int:
        """Return 0: nothing ever changes."""
        return 0

    def rules(self) -> str:
        """Return the name of the rule set that will judge."""
        return self._rules

    def levels(self) -> Mapping[str, Levels]:
        """Return no limits."""
        return {}

    def calls(self) -> Sequence[Call]:
        """Return no call."""
        return ()

    def call(self, id: str) -> Call | None:
        """Return None."""
        return None

    def rows(self, view: View) -> list[Call]:
        """Return no call."""
        return []

    def sources(self) -> Sequence[SourceHealth]:
        """Return one source that is not there yet."""
        return (SourceHealth("callmon", "starting", "connecting…"),)

    def raw(self, call: str) -> Frame | None:
        """Return None."""
        return None

    def log(self) -> Sequence[tuple[float, str]]:
        """Return no line."""
        return ()

    def attend(self, calls: frozenset[str]) -> None:
        """Note nothing."""

    def frozen(self) -> Board:
        """Return itself."""
        return self


class LiveBoard:
    """The board over a running engine."""

    def __init__(self, engine: Engine, watched: Watched, clock: Callable[[], float]) -> None:
        """Look at ``engine`` and ``watched``; ``clock`` returns epoch seconds."""
        self.attention: frozenset[str] = frozenset()
        self._engine = engine
        self._watched = watched
        self._clock = clock

    def now(self) -> float:
        """Return the time of the clock."""
        return self._clock()

    def version(self) -> int:
        """Return the number of changes so far."""
        return self._engine.version

    def rules(self) -> str:
        """Return the name of the rule set that judges."""
        return self._engine.rules.name

    def levels(self) -> Mapping[str, Levels]:
        """Return the limits of the rule set that judges, by metric."""
        return self._engine.rules.levels

    def calls(self) -> Sequence[Call]:
        """Return all calls, oldest first."""
        return list(self._engine.calls.values())

    def call(self, id: str) -> Call | None:
        """Return one call, or None."""
        return self._engine.calls.get(id)

    def rows(self, view: View) -> list[Call]:
        """Return the calls that a view shows, in its order."""
        from callmon.query.view import choose

        return choose(self.calls(), view, self.now())

    def sources(self) -> Sequence[SourceHealth]:
        """Return the health of every source."""
        return self._watched.health

    def raw(self, call: str) -> Frame | None:
        """Return the newest raw frame of a call, or None."""
        return self._watched.raw(call)

    def log(self) -> Sequence[tuple[float, str]]:
        """Return what happened to the sources, oldest first."""
        return self._watched.lines

    def attend(self, calls: frozenset[str]) -> None:
        """Note which calls somebody looks at: ``attention`` says so."""
        self.attention = calls

    def frozen(self) -> FrozenBoard:
        """Return a board that stays as this one is now."""
        return FrozenBoard(self)


class FrozenBoard:
    """A board as it was at one moment; histories are shared and cut at that moment by whoever draws them."""

    def __init__(self, board: Board) -> None:
        """Copy what ``board`` shows now."""
        from callmon.engine.still import still

        self._now = board.now()
        self._version = board.version()
        self._rules = board.rules()
        self._levels = board.levels()
        self._calls = {call.id: call for call in still(list(board.calls()))}
        self._sources = copy.deepcopy(list(board.sources()))
        self._log = list(board.log())
        self._raw = {call.id: board.raw(call.id) for call in board.calls()}
        self._board = board

    def now(self) -> float:
        """Return the moment at which it was frozen."""
        return self._now

    def version(self) -> int:
        """Return the number of changes at that moment."""
        return self._version

    def rules(self) -> str:
        """Return the name of the rule set that judged."""
        return self._rules

    def levels(self) -> Mapping[str, Levels]:
        """Return the limits of the rule set that judged, by metric."""
        return self._levels

    def calls(self) -> Sequence[Call]:
        """Return the calls of that moment."""
        return list(self._calls.values())

    def call(self, id: str) -> Call | None:
        """Return one call as it was, or None."""
        return self._calls.get(id)

    def rows(self, view: View) -> list[Call]:
        """Return the calls that a view shows, in its order."""
        from callmon.query.view import choose

        return choose(self.calls(), view, self._now)

    def sources(self) -> Sequence[SourceHealth]:
        """Return the health of every source as it was."""
        return self._sources

    def raw(self, call: str) -> Frame | None:
        """Return the raw frame that was the newest of a call."""
        return self._raw.get(call)

    def log(self) -> Sequence[tuple[float, str]]:
        """Return the lines up to that moment."""
        return self._log

    def attend(self, calls: frozenset[str]) -> None:
        """Tell the board that was frozen: it goes on."""
        self._board.attend(calls)

    def frozen(self) -> FrozenBoard:
        """Return itself."""
        return self
