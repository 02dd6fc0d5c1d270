"""What arrives and what is asked for: raw frames, fetches and routes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Any
"""A decoded JSON value; every reader of one checks what it takes from it."""


HELD = "held"
"""The tag of a frame that no source sent: a call as it stood when a recording of it began."""

UNHEARD = "unheard"
"""The tag of a frame that no source sent: callmon, or the source, was away, and heard nothing of its calls."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One raw message exactly as received; the unit of recording and of replay.

    ``at`` is epoch seconds on this machine's clock, already corrected for buffering at the sender.
    ``tag`` says which kind of message of the dialect it is; ``about`` holds what the transport knew
    (``call``, ``leg``, ``room``, ``label``, ``connection``) and ``source`` names where it came from.
    """

    provider: str
    at: float
    tag: str
    body: Json
    about: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    @property
    def own(self) -> bool:
        """Whether it is callmon's own word, of what came before a recording or of itself, and came from no source."""
        return self.tag in (HELD, UNHEARD) and not self.source


@dataclass(frozen=True, slots=True)
class Fetch:
    """A request that a provider wants made; it holds neither secrets nor a base URL.

    ``path`` is relative to the base URL, or the absolute address that the vendor itself gave for the next page;
    that is asked verbatim, and only when it leads to the same place as the base URL. ``query`` is added to it.

    ``after`` is the epoch second from which it may be asked, and with ``key`` (None: path and query) it says
    what is asked only once: a fetch is dropped when one of the same key was asked at ``after`` or later, or is
    waiting already. So a list that is wanted every minute has the beginning of that minute as ``after``, its
    further pages the time of the frame that led to them, what is wanted once 0, and what is not ready yet the
    time of the next try. ``about`` comes back with the answer; with a ``call`` in it the request is urgent when
    somebody looks at that call. Of two that are equally urgent the one of smaller ``weight`` comes first.
    """

    path: str
    tag: str
    about: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    after: float = 0.0
    key: str | None = None
    weight: int = 0


Reply = Callable[[Frame, Sequence[str]], tuple[int, Json]]
"""What is answered to a frame in the dialect's own shape: HTTP status and body, from why it was not read (if so)."""


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint that a provider wants served: messages to ``path`` become frames tagged ``tag``.

    A part of the path in braces, such as ``{call}``, takes one segment, which is then in the frame's ``about``.
    With a ``reply`` a body is one message, and answered by it; only requests of ``method`` are taken.
    """

    path: str
    tag: str
    protocol: str | None = None
    method: str = "POST"
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """One message, or one part of a message, that could not be read, and why in one sentence.

    ``newer`` is what only a newer callmon knows: it is passed over and counted, and is no fault of its source.
    """

    source: str
    reason: str
    count: int = 1
    newer: bool = False
