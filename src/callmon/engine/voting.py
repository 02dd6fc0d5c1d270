"""Metrics that vote: each scores 5, 3 or 1, and their mean, rounded down, is the class of the stream (callstats).

5 is good, 1 is poor, all between is fair: one metric that is not good makes a stream fair, and only all of them
together make it poor. A metric that is 0 does not vote.
"""

from __future__ import annotations

import math

from callmon.engine.call import Leg, Stream
from callmon.engine.quality import Grade, Levels, Reason, RuleSet

SCORES = {Grade.GOOD: 5, Grade.FAIR: 3, Grade.POOR: 1}
"""What a metric gives to the mean, by its own grade."""


def vote(stream: Stream, rules: RuleSet, leg: Leg) -> tuple[Grade, Grade, Reason | None]:
    """Return the grade of a stream, the one against eased limits, and what spoke most against good."""
    values = _values(stream)
    scores: list[int] = []
    eased: list[int] = []
    worst: tuple[int, str, float, Levels] | None = None
    for key, levels in rules.votes.get(f"{stream.kind}-{stream.direction}", {}).items():
        value = values.get(key)
        if not value:
            continue
        score = SCORES[levels.grade(value)]
        scores.append(score)
        eased.append(SCORES[levels.grade(value, 0.9)])
        if score < 5 and (worst is None or score < worst[0]):
            worst = (score, key, value, levels)
    if worst is None:
        return _class(scores), _class(eased), None
    score, key, value, levels = worst
    limit = levels.poor if score == 1 else levels.fair
    reason = Reason(key, levels.beyond(value, limit), value, limit, stream.direction, leg.id, stream.id)
    return _class(scores), _class(eased), reason


def _class(scores: list[int]) -> Grade:
    if not scores:
        return Grade.UNKNOWN
    mean = math.floor(sum(scores) / len(scores))
    return Grade.GOOD if mean == 5 else Grade.POOR if mean == 1 else Grade.FAIR


def _values(stream: Stream) -> dict[str, float | None]:
    """Return what is voted on: of the round trip the 95th percentile so far, of frames the share of those before."""
    trips = stream.tallies.get("rtt_ms")
    rtt_ms = trips.quantile(0.95) if trips is not None and trips.count else stream.window.get("rtt_ms")
    fps, before = stream.now.get("fps"), stream.history.last("fps")
    return {
        "bitrate_bps": stream.window.get("bitrate_bps"),
        "loss_pct": stream.window.get("loss_pct"),
        "rtt_ms": rtt_ms,
        "fps": fps / before if fps is not None and before else None,
    }
