"""A board on which nobody can be recognized: the same calls, under aliases, whatever board is behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, Generic, TypeVar, cast

from callmon.board import Board
from callmon.engine.call import Call
from callmon.engine.quality import Levels
from callmon.masking.frames import mask_frame
from callmon.masking.live import LiveMask, lowered
from callmon.masking.speech import free
from callmon.masking.subjects import learn_call
from callmon.masking.terms import ALIAS, is_of_protocols, says_nobody
from callmon.masking.veiled import APART, VeiledCall
from callmon.model.frames import Frame
from callmon.model.health import SourceHealth
from callmon.query.catalogue import CATALOGUE
from callmon.query.columns import Column
from callmon.query.expression import texts, translated
from callmon.query.filter import Filter
from callmon.query.misread import Misread
from callmon.query.view import View, arrange

T = TypeVar("T")

MOST_NAMES = 4
"""So many names behind one alias are looked for at most, such as one number written in several ways."""


class Veil:
    """The aliases of a session: they stay the same however often the mask is taken off and put on."""

    def __init__(self) -> None:
        """Know nobody."""
        self.mask = LiveMask()
        self._real: dict[str, str] = {}
        self._learned: dict[str, int] = {}

    def learn(self, calls: Sequence[Call]) -> None:
        """Learn the names of those calls that have changed."""
        for call in calls:
            if self._learned.get(call.id) != call.version:
                learn_call(self.mask, call)
                self._learned[call.id] = call.version
                self._real[self.mask.text(call.id)] = call.id

    def real(self, id: str) -> str:
        """Return the id behind an alias, or behind one that is made of aliases; any other text is itself."""
        found = self._real.get(id)
        return (
            found if found is not None else ALIAS.sub(lambda it: (self.mask.behind(it[0]) or [it[0]])[0], id)
        )

    def told(self, text: str) -> str | None:
        """Return somebody's own words with aliases for names, or None where they may name somebody even so."""
        known = self.mask.text(text)
        return known if says_nobody(known) or is_of_protocols(known) else None

    def said(self, text: str) -> str:
        """Return what callmon or a server says, as far as it names nobody."""
        known = self.mask.text(text)
        return known if is_of_protocols(known) else free(self.mask, text)

    def told_filter(self, text: str) -> str | None:
        """Return a filter with aliases for names, or None where it may name somebody even so, or cannot be read."""
        try:
            found = translated(Filter(text).expression, lambda it, pattern: (self.mask.text(it),))
        except Misread:
            return None
        if any(self.told(one) is None for one in texts(found)):
            return None
        return text if found == Filter(text).expression else str(found)

    def named(self, asked: Filter) -> Filter:
        """Return a filter as it is about calls that are not masked: with names for aliases."""
        found = translated(asked.expression, self._names)
        return asked if found == asked.expression else Filter(str(found))

    def _names(self, text: str, pattern: bool) -> tuple[str, ...]:
        """Return the texts that one with aliases in it may stand for."""
        parts: list[list[str]] = []
        at = 0
        for found in ALIAS.finditer(text):
            names = self.mask.behind(found[0])[:MOST_NAMES]
            parts += [
                [text[at : found.start()]],
                [re.escape(name) if pattern else name for name in names] or [found[0]],
            ]
            at = found.end()
        if not parts:
            return (text,)
        return tuple("".join(one) for one in product(*parts, [text[at:]]))[: MOST_NAMES**2]

    def source(self, health: SourceHealth) -> SourceHealth:
        """Return the health of a source: what it is called and what it said may name somebody."""
        name = health.name
        if self.told(name) != name:
            name = self.mask.alias("source", name)
        reason = health.first_reason
        return replace(
            health,
            name=name,
            detail=self.said(health.detail),
            first_reason=self.said(reason) if reason is not None else None,
        )


class _Memory(Generic[T]):
    """What comes of the words of masked calls; to mask a call is dear, so that is done once while its words last."""

    def __init__(self, mask: LiveMask) -> None:
        """Remember nothing of what ``mask`` makes of words."""
        self._mask = mask
        self._extent = mask.extent()
        self._column = ""
        self._found: dict[str, tuple[str, T]] = {}

    def of(self, column: Column, asked: Callable[[Call, float], T]) -> Callable[[Call, float], T]:
        """Return ``asked``, a question to masked calls about a column of words, so that it remembers answers.

        It is to be asked of every call that is shown; no others are remembered.
        """
        before = self._known(column.key)
        self._found = {}

        def found(call: Call, now: float) -> T:
            source = cast(VeiledCall, call).source
            words = column.text(source, now)
            known = before.get(source.id)
            if known is None or known[0] != words:
                known = words, asked(call, now)
            self._found[source.id] = known
            return known[1]

        return found

    def _known(self, key: str) -> dict[str, tuple[str, T]]:
        """Return what is remembered of a column and still holds: nothing that has a name in it learned since."""
        names = self._mask.since(self._extent)
        self._extent = self._mask.extent()
        if key != self._column:
            self._column = key
            return {}
        if not names:
            return self._found
        low = ((id, known, lowered(known[0])) for id, known in self._found.items())
        return {id: known for id, known, words in low if not any(name in words for name in names)}


class MaskedBoard:
    """A board whose every text is masked; its calls have aliases for ids, and are found by both."""

    def __init__(self, board: Board, veil: Veil) -> None:
        """Show ``board`` under the aliases of ``veil``."""
        self.behind = board
        self._veil = veil
        self._version: int | None = None
        self._calls: dict[str, VeiledCall] = {}
        self._keys: _Memory[Any] = _Memory(veil.mask)
        self._texts: _Memory[str] = _Memory(veil.mask)
        self._frames: tuple[Frame, Frame] | None = None
        self._lines: dict[tuple[float, str], tuple[float, str]] = {}

    def _learn(self) -> None:
        """Know every name there is before anything is masked."""
        version = self.behind.version()
        if version != self._version:
            self._version = version
            calls = self.behind.calls()
            self._veil.learn(calls)
            if len(self._calls) > 2 * len(calls) + 100:
                self._calls.clear()

    def _masked(self, call: Call) -> VeiledCall:
        found = self._calls.get(call.id)
        if found is None or found.version != call.version + APART or found.source is not call:
            found = self._calls[call.id] = VeiledCall(self._veil.mask, call)
        return found

    def now(self) -> float:
        """Return the moment that is shown."""
        return self.behind.now()

    def version(self) -> int:
        """Return a number that changes with that of the board behind, and is never the same."""
        return self.behind.version() + APART

    def rules(self) -> str:
        """Return the name of the rule set that judges."""
        return self.behind.rules()

    def levels(self) -> Mapping[str, Levels]:
        """Return the limits of the rule set that judges, by metric."""
        return self.behind.levels()

    def calls(self) -> Sequence[Call]:
        """Return all calls, oldest first."""
        self._learn()
        return [self._masked(call) for call in self.behind.calls()]

    def call(self, id: str) -> Call | None:
        """Return one call by its alias, or by its id."""
        self._learn()
        found = self.behind.call(self._veil.real(id))
        return self._masked(found) if found is not None else None

    def rows(self, view: View) -> list[Call]:
        """Return the calls that a view shows, in the order of what is shown: the order of names would tell them.

        The filter asks about the calls as they are, by names and by aliases.
        """
        self._learn()
        marked = frozenset(map(self._veil.real, view.marked))
        asked = replace(view, marked=marked, filter=self._veil.named(view.filter), sort="started")
        passing = {call.id for call in self.behind.rows(asked)}
        found = [self._masked(call) for call in self.behind.calls() if call.id in passing]
        return [*arrange(found, view, self.now(), self._key_of(CATALOGUE[view.sort]))]

    def _key_of(self, column: Column) -> Callable[[VeiledCall, float], Any]:
        """Return what masked calls are sorted by; of figures that of the call behind, which no mask changes."""
        if column.kind != "text":
            return lambda call, now: column.key_of(call.source, now)
        return self._keys.of(column, column.key_of)

    def text_of(self, key: str) -> Callable[[Call, float], str]:
        """Return what a column says of the calls of this board, to be asked of all of them that are shown."""
        self._learn()
        column = CATALOGUE[key]
        return self._texts.of(column, column.text) if column.kind == "text" else column.text

    def sources(self) -> Sequence[SourceHealth]:
        """Return the health of every source."""
        self._learn()
        return [self._veil.source(one) for one in self.behind.sources()]

    def raw(self, call: str) -> Frame | None:
        """Return the newest raw frame of a call: of what is in it only what is known to be harmless."""
        self._learn()
        frame = self.behind.raw(self._veil.real(call))
        if frame is None:
            return None
        if self._frames is None or self._frames[0] is not frame:
            self._veil.mask.study(frame.body)
            self._frames = frame, mask_frame(self._veil.mask, frame)
        return self._frames[1]

    def log(self) -> Sequence[tuple[float, str]]:
        """Return what happened to the sources, oldest first."""
        self._learn()
        self.sources()  # their names stand in the log
        lines = self.behind.log()
        self._lines = {line: self._lines.get(line) or (line[0], self._veil.said(line[1])) for line in lines}
        return [self._lines[line] for line in lines]

    def attend(self, calls: frozenset[str]) -> None:
        """Note which calls somebody looks at."""
        self.behind.attend(frozenset(map(self._veil.real, calls)))

    def frozen(self) -> MaskedBoard:
        """Return a masked board that stays as this one is now."""
        return MaskedBoard(self.behind.frozen(), self._veil)
