"""What every provider is: a reader of one dialect, and, where its API is polled, what it wants to ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, Protocol

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


@dataclass(frozen=True, slots=True)
class Limits:
    """How often an API may be asked: a second and a UTC day (None: the vendor names no such limit), and at once."""

    per_second: float
    per_day: int | None = None
    concurrency: int = 2


@dataclass(frozen=True, slots=True)
class Watched:
    """Which calls somebody wants to know about.

    ``asked`` are the ids given on the command line, in their order: with any, no list of calls is read.
    ``live`` are the calls of this provider that are not over; ``first`` the calls on screen and marked, which
    are asked about before any other.
    """

    asked: tuple[str, ...] = ()
    live: frozenset[str] = frozenset()
    first: frozenset[str] = frozenset()


def told_once(frame: Frame) -> bool:
    """Return whether an answer was not asked for here, as one in a file: nobody looks again."""
    return "status" not in frame.about


class Polled(Provider, Protocol):
    """A provider whose API is polled; it says what to ask, and the poller asks.

    ``Settings`` is a frozen dataclass of plain values, each field with a default and with
    ``metadata={"description": …}``: it is the provider's part of the configuration. Its instance is all that
    the provider is made from, and it holds no secret: ``AUTH`` says what the poller shows at the door.

    ``poll`` returns everything that it wants asked at ``now``; said again it changes nothing, see ``Fetch``.
    ``read`` gets each answer as a frame with the tag and ``about`` of its fetch and, in ``about["status"]``, the
    HTTP status: 200, or 404 where the vendor has nothing under that address (yet). Everything else, from
    time-outs to refused credentials, is dealt with by the poller. A fetch that ``read`` returns goes to the
    same API.
    """

    BASE_URL: ClassVar[str]
    LIMITS: ClassVar[Limits]
    AUTH: ClassVar[Literal["basic", "bearer"]]
    Settings: ClassVar[type[Any]]

    def __init__(self, settings: Any = ...) -> None:
        """Make a reader; without ``settings`` with their defaults."""
        ...

    def poll(self, now: float, watched: Watched) -> Iterable[Fetch]:
        """Return everything that it wants asked at ``now``, in epoch seconds."""
        ...


def is_polled(provider: type[Provider]) -> bool:
    """Return whether the API of a provider is polled."""
    return hasattr(provider, "poll")


def described(settings: type[Any]) -> dict[str, str]:
    """Return what each setting of a polled provider means, by its name."""
    return {one.name: str(one.metadata.get("description", "")) for one in fields(settings)}
