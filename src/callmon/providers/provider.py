"""What every provider is: a reader of one dialect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Protocol

from callmon.model.events import Event
from callmon.model.frames import Fetch, Frame, Rejected, Route


class Provider(Protocol):
    """A reader of one dialect.

    ``read`` is a function of the frames seen so far and of nothing else: no clock, no socket. It never raises;
    what it cannot read comes back as ``Rejected``. Where a dialect sends differences, the provider keeps
    what they refer to.
    """

    name: ClassVar[str]
    routes: ClassVar[tuple[Route, ...]]

    def read(self, frame: Frame) -> Iterable[Event | Fetch | Rejected]:
        """Return what the frame means."""
        ...
