"""Good, fair, poor or unknown: rule sets, and the judge that does not flap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from callmon.model.dust import settled


class Grade(StrEnum):
    """How good something is; ``unknown`` is not between the others, it is the absence of a judgement."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """Return 0 for unknown, then 1 to 3 from good to poor."""
        return _RANK[self]


_RANK = {Grade.UNKNOWN: 0, Grade.GOOD: 1, Grade.FAIR: 2, Grade.POOR: 3}
_BY_RANK = {rank: grade for grade, rank in _RANK.items()}


@dataclass(frozen=True, slots=True)
class Reason:
    """The rule that failed: ``metric op value`` against ``limit``, and where.

    Where it is not a number that failed but the call itself, ``metric`` is the code of the issue and ``op`` is
    ``is``; value and limit may then be unknown.
    """

    metric: str
    op: str
    value: float | None
    limit: float | None
    direction: str | None = None
    leg: str | None = None
    stream: str | None = None


@dataclass(frozen=True, slots=True)
class Levels:
    """Two limits of one metric: good is below ``fair``, poor above ``poor``, both limits included in fair.

    For a metric where high is good the comparison is the other way round. With ``apart`` a limit belongs to what
    it is the limit of, good and poor, and not to fair.
    """

    fair: float
    poor: float
    high_is_good: bool = False
    apart: bool = False

    def grade(self, value: float, ease: float = 1.0) -> Grade:
        """Return the grade of a value; ``ease`` below 1 asks for a value that is clearly better."""
        fair, poor = self.fair * ease, self.poor * ease
        if self.high_is_good:
            value, fair, poor = -value, -self.fair / ease, -self.poor / ease
        value = settled(settled(value, fair), poor)
        if value > poor or (self.apart and value == poor):
            return Grade.POOR
        if value < fair or (self.apart and value == fair):
            return Grade.GOOD
        return Grade.FAIR

    def beyond(self, value: float, limit: float) -> str:
        """Return how a value stands to the limit it is at or beyond: ``>`` or ``>=``, where high is good ``<``."""
        return ("<" if self.high_is_good else ">") + ("=" if settled(value, limit) == limit else "")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Whose limits judge; ``whole_call`` judges the values since the start instead of the rolling window.

    ``words`` names the provider's own verdict that decides instead, where there is one (``daily``). With ``votes``,
    by kind and direction such as ``audio-inbound``, no single metric decides but all together (``engine.voting``).
    """

    name: str
    levels: Mapping[str, Levels]
    whole_call: bool = False
    words: str | None = None
    source: str = ""
    votes: Mapping[str, Mapping[str, Levels]] = field(default_factory=dict)


_VOICE = {"bitrate_bps": Levels(30_000, 8_000, high_is_good=True, apart=True), "rtt_ms": Levels(200, 360)}
_PICTURE = {
    "bitrate_bps": Levels(1_024_000, 256_000, high_is_good=True, apart=True),
    "rtt_ms": Levels(400, 1000),
    "fps": Levels(0.8, 0.3, high_is_good=True, apart=True),
}

RULE_SETS: dict[str, RuleSet] = {
    rules.name: rules
    for rules in (
        RuleSet(
            "telnyx",
            {"rtt_ms": Levels(150, 300), "jitter_ms": Levels(20, 50), "loss_pct": Levels(1, 3)},
            source="Telnyx call report stats, quality thresholds",
        ),
        RuleSet(
            "twilio-voice",
            {
                "rtt_ms": Levels(400, 400),
                "jitter_ms": Levels(30, 30),
                "loss_pct": Levels(1, 1),
                "mos": Levels(3.5, 3.5, high_is_good=True),
            },
            source="Twilio Voice SDK warnings",
        ),
        RuleSet(
            "twilio-video",
            {"rtt_ms": Levels(300, 300), "loss_pct": Levels(5, 5)},
            whole_call=True,
            source="Twilio Video Insights detected issues",
        ),
        RuleSet("daily", {}, words="network_state", source="Daily getNetworkStats networkState"),
        RuleSet(
            "callstats",
            # The delay that it judges is the round trip (p95) and 40 ms, of which 240 and 400 ms are the limits.
            {"rtt_ms": Levels(200, 360), "loss_pct": Levels(15, 30)},
            source="callstats.js client class; metrics vote, the delay in ms",
            votes={
                "audio-inbound": {**_VOICE, "loss_pct": Levels(15, 30)},
                "audio-outbound": _VOICE,
                "video-inbound": _PICTURE,
                "video-outbound": _PICTURE,
            },
        ),
    )
}
"""The rule sets that come with callmon, by name."""

_HISTORY = 5
_NEEDED = 3
_IMPROVE_S = 15.0
_EASE = 0.9


@dataclass(slots=True)
class Judge:
    """Grades one stream: worse after 3 of 5 samples, better after 15 s at a clearly better level.

    Until there are 3 samples the best of them holds: what a handshake costs is no measure of the call.
    """

    grade: Grade = Grade.UNKNOWN
    raw: list[int] = field(default_factory=list)
    better_since: float | None = None
    better_rank: int = 0

    def judge(self, at: float, raw: Grade, eased: Grade) -> Grade:
        """Take the raw grade of a sample, and the one against eased limits; return the grade that holds."""
        if raw is Grade.UNKNOWN:
            self.grade, self.raw, self.better_since = Grade.UNKNOWN, [], None
            return self.grade
        self.raw.append(raw.rank)
        del self.raw[:-_HISTORY]
        if len(self.raw) < _NEEDED:
            self.grade = _BY_RANK[min(self.raw)]
            return self.grade
        worse = sorted(self.raw, reverse=True)[_NEEDED - 1]
        if worse > self.grade.rank:
            self.grade, self.better_since = _BY_RANK[worse], None
        elif eased.rank < self.grade.rank:
            self._improve(at, eased.rank)
        else:
            self.better_since = None
        return self.grade

    def _improve(self, at: float, rank: int) -> None:
        if self.better_since is None:
            self.better_since, self.better_rank = at, rank
            return
        self.better_rank = max(self.better_rank, rank)
        if at - self.better_since >= _IMPROVE_S:
            self.grade, self.better_since = _BY_RANK[self.better_rank], None
