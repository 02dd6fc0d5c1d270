"""Which peer connections of a file belong together: those of one page that are open at the same time."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

SILENT_S = 60.0
"""A peer connection of which nothing was heard for so long is no longer open, though nobody closed it."""

RETRY_S = 5.0
"""A peer connection that is made so soon after one failed and was closed is the same call, tried again."""


@dataclass(slots=True)
class Calls:
    """The calls of a file called ``name``: the first has its name, the others ``name/2`` and so on.

    A peer connection that is created while another of its page is open, or in place of one that failed, is a leg of
    the same call, else it begins another. Times are in seconds of any clock that goes on.
    """

    name: str
    _made: int = 0
    _open: dict[str, dict[str, float]] = field(default_factory=dict)
    _call: dict[str, str] = field(default_factory=dict)
    _failed: dict[str, float] = field(default_factory=dict)

    def open(self, page: str, connection: str, at: float) -> str:
        """Return the call of a peer connection that is new."""
        heard = self._open.setdefault(page, {})
        for other in [id for id, last in heard.items() if at - last > SILENT_S]:
            del heard[other]
        again = at - self._failed.pop(page, -math.inf) <= RETRY_S
        if not (heard or again) or page not in self._call:
            self._made += 1
            self._call[page] = self.name if self._made == 1 else f"{self.name}/{self._made}"
        heard[connection] = at
        return self._call[page]

    def hear(self, page: str, connection: str, at: float) -> None:
        """Note that a peer connection told something."""
        heard = self._open.get(page)
        if heard is not None and connection in heard:
            heard[connection] = at

    def close(self, page: str, connection: str, failed_at: float | None = None) -> None:
        """Note that a peer connection was closed, at ``failed_at`` if it had failed."""
        self._open.get(page, {}).pop(connection, None)
        if failed_at is not None:
            self._failed[page] = failed_at
        else:
            self._failed.pop(page, None)
