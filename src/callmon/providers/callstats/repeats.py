"""What participants said of late, so that a message which comes twice counts once."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping

from callmon.model.frames import Json
from callmon.w3c.report import num

REGULAR = frozenset({"events/user/alive", "stats", "events/stats", "customstats", "system/status"})
"""Tags that come at an interval: what happens is remembered apart, or these would soon push it out."""

MAX_REGULAR = 128
MAX_HAPPENED = 4096
MAX_ALL = 500_000
"""How many messages are remembered: of one participant at an interval, else, and of all in either memory."""


class Memory:
    """The digests of the newest messages: so many of one participant, so many of all."""

    def __init__(self, each: int, most: int) -> None:
        """Begin with none."""
        self._each, self._most = each, most
        self._of: OrderedDict[tuple[str, str], OrderedDict[bytes, None]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        """Return how many are remembered."""
        return self._count

    def holds(self, who: tuple[str, str], mark: bytes) -> bool:
        """Return whether this came before, and remember it; who said nothing for the longest is forgotten first."""
        seen = self._of.setdefault(who, OrderedDict())
        self._of.move_to_end(who)
        if mark in seen:
            return True
        seen[mark] = None
        self._count += 1
        if len(seen) > self._each:
            seen.popitem(last=False)
            self._count -= 1
        while self._count > self._most and len(self._of) > 1:
            self._count -= len(self._of.popitem(last=False)[1])
        return False

    def forget(self, who: tuple[str, str]) -> None:
        """Forget what somebody said."""
        self._count -= len(self._of.pop(who, ()))


class Repeats:
    """What was said by whom, of what comes at an interval and of all else."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._regular = Memory(MAX_REGULAR, MAX_ALL)
        self._happened = Memory(MAX_HAPPENED, MAX_ALL)

    def has(self, who: tuple[str, str], tag: str, body: Mapping[str, Json]) -> bool:
        """Return whether the very same message came before; one without a time can be told from no other."""
        if num(body, "timestamp") is None:
            return False
        said = json.dumps([tag, body], sort_keys=True, default=str)
        mark = hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=8).digest()
        memory = self._regular if tag in REGULAR else self._happened
        return memory.holds(who, mark)

    def forget(self, who: tuple[str, str]) -> None:
        """Forget what somebody said, of whom nothing more is expected."""
        self._regular.forget(who)
        self._happened.forget(who)
