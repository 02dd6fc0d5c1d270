"""What takes frames, as those see it who have some: sources, and whoever serves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from callmon.model.events import Event
from callmon.model.frames import Frame
from callmon.model.health import SourceHealth


class Taken(Protocol):
    """What became of a frame: how many events it meant, and why parts of it could not be read."""

    @property
    def events(self) -> int:
        """Number of events."""
        ...

    @property
    def rejected(self) -> Sequence[str]:
        """One sentence for each part that could not be read."""
        ...


class Intake(Protocol):
    """Whoever takes frames and knows the health of their sources."""

    def take(self, frame: Frame) -> Taken:
        """Read a frame; count it, and what of it could not be read, at the health of ``frame.source``."""
        ...

    def source(self, name: str) -> SourceHealth:
        """Return the health of a source, new when there was none."""
        ...

    def refuse(self, source: str, reason: str) -> None:
        """Count at the health of a source what did not even become a frame, and say why."""
        ...


class Witness(Protocol):
    """Whoever keeps what happens: told of it in the order in which it happens, and never to fail."""

    def took(self, frame: Frame, events: Sequence[Event]) -> None:
        """See a frame that was taken, after the events that it meant were folded at ``frame.at``."""
        ...

    def ticked(self, at: float) -> None:
        """See that the engine was told that time passes."""
        ...
