"""How moments are shown: by the clock, since the start, or since the one before."""

from __future__ import annotations

from enum import StrEnum

from callmon.query import format as fmt


class Times(StrEnum):
    """A way to show moments; ``t`` goes from one to the next."""

    CLOCK = "clock"
    START = "start"
    PREVIOUS = "previous"

    @property
    def words(self) -> str:
        """The way in words."""
        return {"clock": "clock time", "start": "since the start", "previous": "since the one before"}[self]

    def next(self) -> Times:
        """Return the way that comes next."""
        ways = list(Times)
        return ways[(ways.index(self) + 1) % len(ways)]

    def text(self, at: float, start: float, previous: float | None) -> str:
        """Return a moment as text; ``start`` is when all began, ``previous`` the moment before or None."""
        if self is Times.CLOCK:
            return fmt.clock(at)
        since = start if self is Times.START else previous
        if since is None:
            return fmt.UNKNOWN
        return ("+" if at >= since else "-") + fmt.duration(abs(at - since))
