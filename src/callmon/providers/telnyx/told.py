"""What has been told of each call so far, by which feed: two feeds of one call are one call, counted once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from callmon.model.events import Sampled
from callmon.model.frames import Json
from callmon.model.ice import IceFacts

DEFAULT_LEG = "sdk"
"""The leg of a message that names none: the SDK tells of one stream each way of one peer connection."""

INBOUND, OUTBOUND = "in-audio", "out-audio"
"""The two streams of a call; their ids stay when the SDK reconnects with new synchronisation sources."""

LIVE, LATER = "live", "later"
"""The feeds: frames that come while the call lasts, and reports that tell of the past."""

MAX_CALLS = 10_000
MAX_OVER = 2_000
"""So many calls that are over are known as such; then those of which nothing was heard for longest go."""

AWAKE, RECENT = 500, 100
"""With more calls than the former those that are over rest, but for the latter, which were told of last."""

PostKey = tuple[int | None, float | None]
"""The number of a part of a report, and when it begins."""

_MAX_POSTS = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """Whose message it is, when it came, and how the sender's clock lies to ours; all in epoch seconds."""

    call: str
    leg: str
    at: float
    offset_s: float = 0.0

    def when(self, clock: float) -> float:
        """Return a time of the sender on our clock; nothing that is told happened later than it was told."""
        return max(0.0, min(clock + self.offset_s, self.at))


@dataclass(frozen=True, slots=True)
class _Reading:
    clock: float
    identity: str
    packets: float | None
    feed: str


@dataclass(slots=True)
class Told:
    """What is known to have been told of one call.

    ``leg`` is the one that reports are about: that of the frames, where there were any. ``until`` is how far the
    samples of each leg reach on the sender's clock, ``later_until`` how far those of its reports do. ``posts``
    are the parts of its reports that were read, ``segment`` the number of the next one; ``facts`` and ``far``
    are the connectivity and the far end's report as they were told last, ``path`` what the former was read from.
    """

    leg: str = DEFAULT_LEG
    labelled: bool = False
    over: bool = False
    live: bool = False
    until: dict[str, float] = field(default_factory=dict)
    later_until: float = 0.0
    posts: dict[PostKey, None] = field(default_factory=dict)
    segment: int = 0
    facts: IceFacts | None = None
    far: str | None = None
    path: tuple[Json, ...] = ()
    readings: dict[tuple[str, str | None, str], _Reading] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    def forget(self) -> None:
        """Forget what reports told: all of it is told again."""
        self.until.clear()
        self.readings.clear()
        self.aliases.clear()
        self.later_until, self.facts, self.far, self.path = 0.0, None, None, ()

    def is_new_post(self, key: PostKey) -> bool:
        """Return whether a part of a report has not been read yet; from now on it has."""
        if key in self.posts:
            return False
        self.posts[key] = None
        if len(self.posts) > _MAX_POSTS:
            del self.posts[next(iter(self.posts))]
        return True

    def fit(self, event: Sampled, feed: str) -> Sampled | None:
        """Return a sample as it follows on what was told before, or None where another feed told of that time.

        Both feeds read the same counters, but a report does not say of which object: it goes on with the
        identity that the frames had, and frames that go on where a report ended keep that of the report.
        """
        key, packets = (event.leg, event.stream, event.origin), event.counters.get("packets")
        identity = self.aliases.get(event.identity, event.identity)
        last = self.readings.get(key)
        if last is not None:
            if LATER in (feed, last.feed) and event.clock <= last.clock:
                return None
            if feed == LATER:
                identity = last.identity
            elif last.feed == LATER and identity != last.identity and _goes_on(last.packets, packets):
                self.aliases[event.identity] = identity = last.identity
        self.readings[key] = _Reading(event.clock, identity, packets, feed)
        if event.origin == "local" and event.stream is not None:
            self.until[event.leg] = max(self.until.get(event.leg, 0.0), event.clock)
        return event if identity == event.identity else replace(event, identity=identity)


def _goes_on(before: float | None, now: float | None) -> bool:
    return before is None or now is None or now >= before


class Calls:
    """What has been told of every call; of those that are over little is kept, and in the end nothing."""

    def __init__(self) -> None:
        """Start without any call."""
        self._calls: dict[str, Told] = {}
        self._over: dict[str, tuple[PostKey, ...]] = {}
        self._room = AWAKE

    def __getitem__(self, call: str) -> Told:
        """Return what has been told of a call, which may be nothing."""
        told = self._calls.pop(call, None) or Told()
        if call in self._over:
            told.over, told.posts = True, dict.fromkeys(self._over.pop(call))
        self._calls[call] = told
        if len(self._calls) > self._room:
            self._make_room()
        return told

    def is_over(self, call: str) -> bool:
        """Return whether all of a call has been told."""
        if call in self._over:
            self._over[call] = self._over.pop(call)  # what is asked for is not forgotten
            return True
        return call in self._calls and self._calls[call].over

    def _make_room(self) -> None:
        """Keep of calls that are over only which parts were read, but for those that were told of last."""
        for call in list(self._calls)[:-RECENT]:
            if self._calls[call].over:
                self._over[call] = tuple(self._calls.pop(call).posts)
        while len(self._over) > MAX_OVER:
            del self._over[next(iter(self._over))]
        while len(self._calls) > MAX_CALLS:
            del self._calls[next(iter(self._calls))]
        self._room = min(MAX_CALLS, max(AWAKE, 2 * len(self._calls)))
