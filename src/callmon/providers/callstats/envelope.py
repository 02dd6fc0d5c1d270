"""Who sends, and when it was: what all messages of the callstats API have around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from callmon.model.frames import Frame, Json
from callmon.model.ice import Candidate
from callmon.model.text import printable
from callmon.w3c.report import Entry, num, text

SECONDS_BELOW = 1e11
"""An epoch below this counts seconds (Janus clients), above it milliseconds (browser and Android)."""

EARLIEST_S = 86_400.0
"""Nothing happened longer ago than this when it comes; what claims so has no clock."""

AHEAD_S = 60.0
"""A clock that is suddenly further ahead than this, measured by what it said before, is not believed."""

MAX_CANDIDATES = 200
MAX_STREAMS = 2000
MAX_FABRICS = 500
MAX_SSRCS = 2000


@dataclass(slots=True)
class Fabric:
    """A peer connection of a participant: its leg, and what later messages about it refer to.

    ``kinds`` are the directions in which media was seen, ``streams`` the streams with kind and direction, ``ends``
    the candidates by id; ``up`` is whether it ever was connected, ``fate`` how it failed, as far as it did.
    """

    leg: str
    up: bool = False
    fate: str | None = None
    ends: dict[str, Candidate] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
    streams: dict[str, tuple[str, str]] = field(default_factory=dict)

    def meet(self, ends: Mapping[str, Candidate]) -> None:
        """Remember candidates, so that a pair can name them."""
        self.ends.update(ends)
        while len(self.ends) > MAX_CANDIDATES:
            del self.ends[next(iter(self.ends))]


@dataclass(slots=True)
class Participation:
    """One stay of a user in a conference (an ``ucID``); a rejoin is another one.

    ``lag_s`` is the least time that a message took from its timestamp to us: how the sender's clock lies to ours,
    with the way. ``dropped`` are the times at which the user had been silent for too long: who comes back then
    has new legs. ``ssrcs`` is what its ssrcMap said of each ssrc, ``told`` what the client said of itself.
    ``last_at`` is the time of the newest message, ``heard_at`` when one came last.
    """

    conference: str
    id: str
    user: str
    device: str | None = None
    lag_s: float | None = None
    dropped: list[float] = field(default_factory=list)
    fabrics: dict[str, Fabric] = field(default_factory=dict)
    ssrcs: dict[str, Entry] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    last_at: float = 0.0
    heard_at: float = 0.0

    def leg(self, at: float) -> str:
        """Return the participant's own leg, as it was called at ``at``."""
        turn = sum(at > when for when in self.dropped)
        return f"{self.id}~{turn + 1}" if turn else self.id

    def fabric(self, connection: str, at: float) -> Fabric:
        """Return the peer connection of this name, made when it is new."""
        leg = f"{self.leg(at)}/{connection}"
        known = self.fabrics.get(leg)
        if known is None:
            known = self.fabrics[leg] = Fabric(leg)
            if len(self.fabrics) > MAX_FABRICS:
                del self.fabrics[next(iter(self.fabrics))]
        return known

    def happened(self, stamp: Json, heard_at: float) -> float:
        """Return when something happened on our clock; ``stamp`` is the sender's epoch in ms or s, or nothing."""
        said = epoch_s(stamp)
        if said is None:
            return heard_at
        lag = heard_at - said
        if self.lag_s is not None and lag < min(self.lag_s, 0.0) - AHEAD_S:
            return heard_at
        self.lag_s = lag if self.lag_s is None else min(self.lag_s, lag)
        at = said + self.lag_s
        return at if heard_at - at <= EARLIEST_S else heard_at


@dataclass(frozen=True, slots=True)
class Message:
    """One message, placed: who it is of, when it happened, and on which leg."""

    frame: Frame
    body: Mapping[str, Json]
    who: Participation
    at: float
    kind: str

    @property
    def call(self) -> str:
        """The conference."""
        return self.who.conference

    @property
    def leg(self) -> str:
        """The participant's own leg."""
        return self.who.leg(self.at)

    @property
    def connection(self) -> str | None:
        """The peer connection that it is about, where it is about one."""
        return text(self.body, "connectionID")

    @property
    def remote(self) -> str | None:
        """Who is at the other end of the peer connection; the SDK names the sender where it knows of nobody."""
        named = decoded(self.body.get("remoteID"))
        return named if named != self.who.user else None


def epoch_s(stamp: Json) -> float | None:
    """Return an epoch in seconds: browsers send milliseconds, Janus clients seconds; nothing else is a time."""
    value = num({"t": stamp}, "t")
    if value is None or value <= 0:
        return None
    seconds = value if value < SECONDS_BELOW else value / 1000.0
    return seconds if 1e9 <= seconds <= SECONDS_BELOW else None


def decoded(name: Json) -> str | None:
    """Return a user's name; the browser SDK percent-encodes it."""
    if isinstance(name, bool) or not isinstance(name, str | int):
        return None
    return printable(unquote(str(name))).strip() or None


def entries(value: Json, most: int = 500) -> list[dict[str, Any]]:
    """Return the objects of a list, and nothing where there is no list."""
    return [item for item in value[:most] if isinstance(item, dict)] if isinstance(value, list) else []


def word(value: Json, limit: int = 200) -> str | None:
    """Return text or a number as text to show, None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return printable(value, limit).strip() or None
    number = num({"n": value}, "n")
    return None if number is None else f"{number:g}"
