"""One event on its way, written at most once however many read it."""

from __future__ import annotations

from callmon.model import codec
from callmon.model.events import Event, Restored

_RESTORED_WEIGHT = 50


class Posted:
    """An event, the number of the message it came in, and when that was folded (None where nobody said)."""

    __slots__ = ("_text", "at", "event", "seq")

    def __init__(self, seq: int, event: Event, at: float | None = None) -> None:
        self.seq = seq
        self.event = event
        self.at = at
        self._text: str | None = None

    def text(self) -> str:
        """Return the event as JSON text, written when first asked for."""
        if self._text is None:
            self._text = codec.text(self.event, frame=self.seq, folded_at=self.at)
        return self._text


def weight(event: Event) -> int:
    """Return for how many events this one counts in a bound."""
    return _RESTORED_WEIGHT if isinstance(event, Restored) else 1
