"""The state of a call: call, leg, stream; plain objects that only the engine writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from callmon.engine.ice import Diagnosis, IceState
from callmon.engine.issues import Issue, Tracker
from callmon.engine.quality import Grade, Judge, Reason
from callmon.engine.rates import Rates
from callmon.engine.series import History
from callmon.engine.summary import Summary, Tally
from callmon.engine.tree import Tree
from callmon.engine.window import Window

TIMELINE_LIMIT = 400


@dataclass(slots=True)
class Moment:
    """One line of a call's timeline; ``at`` in epoch seconds, ``kind`` ice, media, vendor, page, call or issue."""

    at: float
    kind: str
    text: str
    leg: str | None = None
    code: str | None = None


@dataclass(slots=True)
class End:
    """When and why a call was over, as its provider tells it."""

    at: float
    reason: str | None = None
    failed: bool = False


@dataclass(slots=True)
class Standing:
    """How a call stood just before its end: its grade, since when it had it, and what the end noted of that."""

    grade: Grade
    graded_since: float | None = None
    line: Moment | None = None


@dataclass(slots=True)
class Stream:
    """One track in one direction; ``now`` holds the newest values, ``window`` those over the rolling window.

    A key that is absent or None is unknown. ``measured_at`` is when each value in ``now`` was measured.
    ``flowed_at`` is when its packets last grew, ``still_since`` since when they do not, ``resumed_at`` when they
    last came again, ``remote_at`` the time of the far end's last report. ``totals`` are the counters over the whole
    call, through every reset.
    ``mos_source`` is ``provider`` or ``est-g107``. ``gone`` says that reports come without it,
    ``borrowed`` that its round trip is that of the path (STUN), for want of RTCP.
    """

    id: str
    kind: str
    direction: str
    opened_at: float
    codec: str | None = None
    ssrc: int | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    now: dict[str, float | None] = field(default_factory=dict)
    window: dict[str, float | None] = field(default_factory=dict)
    measured_at: dict[str, float] = field(default_factory=dict)
    grade: Grade = Grade.UNKNOWN
    reason: Reason | None = None
    totals: dict[str, float] = field(default_factory=dict)
    last_at: float | None = None
    flowed_at: float | None = None
    still_since: float | None = None
    resumed_at: float | None = None
    remote_at: float | None = None
    gone: bool = False
    borrowed: bool = False
    mos_source: str | None = None
    rates: Rates = field(default_factory=Rates)
    windows: Window = field(default_factory=Window)
    judge: Judge = field(default_factory=Judge)
    history: History = field(default_factory=lambda: History(0.0))
    tallies: dict[str, Tally] = field(default_factory=dict)

    @property
    def inbound(self) -> bool:
        """Whether the reporting end receives this stream."""
        return self.direction == "inbound"


@dataclass(slots=True)
class Leg:
    """One end of a call as one source sees it: a peer connection, a participant, an edge.

    ``now`` holds values that belong to the leg and no stream; ``words`` what the vendor itself says; ``worst``,
    ``grade`` and ``reason`` are those of its streams together. ``expects`` says what was negotiated, such as
    ``inbound-audio``; a key that is absent is unknown. ``reported_at`` is when the last report was taken and
    ``interval_s`` how far apart they are. ``replaced_at`` is when another took the place of one that failed.
    ``left_with_call`` is whether it left because the call was over, and nobody told of it.
    """

    id: str
    role: str
    joined_at: float
    label: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    now: dict[str, float | None] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    ice: IceState = field(default_factory=IceState)
    diagnosis: Diagnosis | None = None
    left_at: float | None = None
    left_reason: str | None = None
    left_by: str | None = None
    left_failed: bool = False
    left_with_call: bool = False
    replaced_at: float | None = None
    last_at: float | None = None
    reported_at: float | None = None
    interval_s: float | None = None
    worst: dict[str, float | None] = field(default_factory=dict)
    grade: Grade = Grade.UNKNOWN
    reason: Reason | None = None
    measured_at: dict[str, float] = field(default_factory=dict)
    expects: dict[str, bool] = field(default_factory=dict)
    rates: Rates = field(default_factory=Rates)


@dataclass(frozen=True, slots=True)
class Missed:
    """A stretch of a call that nobody could hear, in epoch seconds; ``until`` is None while it lasts."""

    since: float
    until: float | None = None


MISSED_LIMIT = 100
"""So many stretches of a call are told apart; of more the shortest time counts as what is around it."""


@dataclass(slots=True)
class Call:
    """A call or a room; ``metrics`` are the worst of its streams (see ``model.metrics.WHOLE_CALL``).

    ``state`` is live, stale, ended or failed. ``version`` grows whenever anything that is shown changed.
    ``trend`` is the short history behind the sparklines. ``every_s`` is how often its source is looked at, where
    it does not tell by itself, and ``behind_s`` how old the newest sample was when it came, 0 where it is live.
    ``unheard_at`` is until when callmon stood still or the source was away, so that a silence before says nothing
    of the call, and ``missed`` are the stretches that were lost that way: what it was then is not known.
    ``told`` holds the figures of the provider's summary by leg ('' for the whole call), ``told_status`` how much
    of it there is. ``words`` is what the vendor itself says of the whole call. Times are epoch seconds.
    ``lasts`` is whether its provider tells of its end, which is then ``told_end``, None before it. ``once`` is
    whether nobody looks again at what its source tells. ``graded_at`` is until when the time in each grade is
    counted and ``graded_since`` since when the call has its grade, None where it always had it. ``stood`` is how it
    stood before its end, from where what was measured before that and is told later goes on.
    ``shares`` and ``fates`` follow from the legs: what each adds to what is shown, and whether it is over.
    """

    id: str
    provider: str
    started_at: float
    room: str | None = None
    label: str | None = None
    state: str = "live"
    ended_at: float | None = None
    end_reason: str | None = None
    last_frame_at: float = 0.0
    interval_s: float | None = None
    frames: int = 0
    grade: Grade = Grade.UNKNOWN
    reason: Reason | None = None
    metrics: dict[str, float | None] = field(default_factory=dict)
    legs: dict[str, Leg] = field(default_factory=dict)
    ice_leg: str | None = None
    issues: list[Issue] = field(default_factory=list)
    trackers: dict[str, Tracker] = field(default_factory=dict)
    timeline: list[Moment] = field(default_factory=list)
    moments_dropped: int = 0
    summary: Summary | None = None
    grade_seconds: dict[str, float] = field(default_factory=dict)
    graded_at: float | None = None
    graded_since: float | None = None
    stood: Standing | None = None
    trend: History = field(
        default_factory=lambda: History(0.0, keep_s=600.0, keep_coarse_s=0.0, max_rows=240)
    )
    version: int = 0
    settled_at: float = 0.0
    every_s: float | None = None
    behind_s: float = 0.0
    unheard_at: float | None = None
    missed: list[Missed] = field(default_factory=list)
    told: dict[str, dict[str, float]] = field(default_factory=dict)
    told_status: str | None = None
    words: dict[str, str] = field(default_factory=dict)
    lasts: bool = False
    told_end: End | None = None
    once: bool = False
    shares: Tree[Any] = field(default_factory=Tree, init=False, repr=False, compare=False)
    fates: Tree[Any] = field(default_factory=Tree, init=False, repr=False, compare=False)

    @property
    def over(self) -> bool:
        """Whether the call has ended or failed."""
        return self.state in ("ended", "failed")

    @property
    def unheard(self) -> bool:
        """Whether nothing was heard since callmon, or the source, was away: what is shown is as it was before.

        A call that stays silent although one listens again is stale: that silence is its own.
        """
        return self.state == "live" and self.unheard_at is not None and self.last_frame_at < self.unheard_at

    def miss(self, at: float) -> bool:
        """Note that nobody could hear the call until ``at``; return whether that is news.

        What was heard last holds until the next report was due.
        """
        known = self.unheard
        self.unheard_at = max(at, self.unheard_at or at)
        due = self.last_frame_at + (self.interval_s or 0.0)
        lost = self.unheard and due < at and not (self.missed and self.missed[-1].until is None)
        if lost:
            self.missed.append(Missed(due))
            if len(self.missed) > MISSED_LIMIT:
                self._smooth()
        return lost or self.unheard != known

    def _smooth(self) -> None:
        """Let the shortest time, heard or missed, between the ends of stretches count as what is around it."""
        ends = [end for one in self.missed if one.until is not None for end in (one.since, one.until)]
        place = min(range(len(ends) - 1), key=lambda n: ends[n + 1] - ends[n])
        del ends[place : place + 2]
        self.missed[:-1] = map(Missed, ends[::2], ends[1::2])

    def hear(self, at: float) -> None:
        """Note that the call was heard again at ``at``, which may be told late: then less was missed."""
        if self.missed and self.missed[-1].until is None:
            since = self.missed.pop().since
            if at > since:
                self.missed.append(Missed(since, at))

    def duration_s(self, now: float) -> float:
        """Return how long the call has lasted, in seconds."""
        return max(0.0, self.until(now) - self.started_at)

    def until(self, now: float) -> float:
        """Return up to when the call is known to have gone on."""
        known = self.known_until
        return now if known is None else known

    @property
    def known_until(self) -> float | None:
        """When it ended, or when it was told of where nobody looks again; None while it goes on."""
        return self.last_frame_at if self.ended_at is None and self.once else self.ended_at

    def diagnosis(self) -> Diagnosis | None:
        """Return the diagnosis of the leg that is worst off, or None where nothing is known of ICE."""
        leg = self.legs.get(self.ice_leg) if self.ice_leg is not None else None
        return leg.diagnosis if leg is not None else None

    def changed(self, tree: Tree[Any], legs: Iterable[str] | None) -> list[Leg]:
        """Return the legs that a tree is to be told of: those named, or all, after those that it does not know."""
        if legs is None:
            return list(self.legs.values())
        new = islice(self.legs, len(tree), None) if len(tree) < len(self.legs) else ()
        return [self.legs[id] for id in dict.fromkeys((*new, *legs))]

    def open_issues(self) -> list[Issue]:
        """Return the issues that have not cleared, newest last."""
        return [issue for issue in self.issues if issue.until is None]

    def note(self, moment: Moment) -> None:
        """Put a line on the timeline, which is bounded: the oldest line goes."""
        self.timeline.append(moment)
        if len(self.timeline) > TIMELINE_LIMIT:
            del self.timeline[0]
            self.moments_dropped += 1

    def note_once(self, at: float, text: str) -> None:
        """Say something of the whole call that is said only once."""
        if not any(moment.text == text for moment in self.timeline):
            self.note(Moment(at, "call", text))
