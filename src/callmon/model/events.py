"""What happened to a call, in the past tense; the only thing that the engine reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from callmon.model.ice import IceFacts


@dataclass(frozen=True, slots=True)
class Opened:
    """A call is there; said again it changes nothing but what was unknown.

    ``every_s`` is how often its source is looked at, where somebody looks and it does not tell by itself, or how
    often it says no more than that it is there. ``lasts`` is whether its provider tells of its end, as of a room's:
    it goes on when everybody has left, until it is ``Closed``. ``once`` is whether nobody looks again, as where an
    answer came out of a file.
    """

    call: str
    at: float
    provider: str
    room: str | None = None
    label: str | None = None
    every_s: float | None = None
    lasts: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class Retold:
    """All that was told of a call is taken back: it follows again, in its order, with what came out of it."""

    call: str
    at: float


@dataclass(frozen=True, slots=True)
class Closed:
    """A call is over; ``reason`` is in the words of whoever said so, ``failed`` when it ended by a failure."""

    call: str
    at: float
    reason: str | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """A leg (peer connection, participant, edge) of the call; ``attributes`` such as browser, os, sdk, region.

    Edges of a call see the same media, so what they count is taken from one of them; others are added up.
    """

    call: str
    at: float
    leg: str
    role: str = "peer"
    label: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Left:
    """A leg is over; ``by`` is ``local`` or ``remote`` where known, ``failed`` when it ended by a failure."""

    call: str
    at: float
    leg: str
    reason: str | None = None
    by: str | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """A stream of a leg as it is: kind audio or video, direction inbound or outbound."""

    call: str
    at: float
    leg: str
    stream: str
    kind: str
    direction: str
    codec: str | None = None
    ssrc: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sampled:
    """Numbers of one stream (or, with ``stream`` None, of the leg) at one moment.

    ``gauges`` are values as they are, ``counters`` running totals; keys are those of ``metrics``.
    ``at`` is our clock; ``clock`` the seconds on the clock of whoever measured, used for every difference.
    ``identity`` changes when the counters start anew (a new object or ssrc); where several objects count together,
    ``parts`` holds the counters of each by its identity, and ``counters`` their sum. ``origin`` is ``local`` for what
    the reporting end measured itself and ``remote`` for what the far end told it (RTCP), which has its own clock.
    """

    call: str
    at: float
    leg: str
    stream: str | None
    clock: float
    gauges: Mapping[str, float] = field(default_factory=dict)
    counters: Mapping[str, float] = field(default_factory=dict)
    identity: str = ""
    origin: str = "local"
    parts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Negotiated:
    """What a leg agreed to send and receive, such as ``{"inbound-audio": True}``; absent keys are unknown."""

    call: str
    at: float
    leg: str
    media: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class IceChanged:
    """What a report says of the connectivity of a leg."""

    call: str
    at: float
    leg: str
    facts: IceFacts


@dataclass(frozen=True, slots=True)
class Noted:
    """Something worth a line on the timeline: ``kind`` ice, media, vendor, page or call.

    ``code`` is the event's own name where it has one; ``about`` what else is known, such as a server's ``url``.
    """

    call: str
    at: float
    leg: str | None
    kind: str
    text: str
    code: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reported:
    """Figures and words of the provider itself (its MOS, its quality word, its summary), kept beside ours.

    ``figures`` are those of its summary of the call, or of the ``leg``: ``rtt_ms.avg``, ``.p95`` and ``.max`` (the
    worst, of MOS the least), ``packets.sent``, ``packets.received``, ``packets.lost``, ``bytes.sent``,
    ``bytes.received``. ``status`` says how much of the summary there is: ``partial`` or ``final``.
    """

    call: str
    at: float
    leg: str | None
    words: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """The whole state of a call as another engine holds it (``engine.snapshot``); replaces a younger one."""

    call: str
    at: float
    state: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Unheard:
    """Callmon, or the source, was away until ``at``: that nothing was heard of a call before is not its silence."""

    call: str
    at: float


Event = (
    Opened
    | Retold
    | Closed
    | Joined
    | Left
    | Described
    | Negotiated
    | Sampled
    | IceChanged
    | Noted
    | Reported
    | Restored
    | Unheard
)
"""Any of the events above."""

EVENTS: tuple[type[Event], ...] = (
    Opened,
    Retold,
    Closed,
    Joined,
    Left,
    Described,
    Negotiated,
    Sampled,
    IceChanged,
    Noted,
    Reported,
    Restored,
    Unheard,
)
"""All event types, in the order of a call's life."""
