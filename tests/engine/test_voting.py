"""The class of callstats: metrics vote, the mean is rounded down, and what is 0 does not vote."""

from __future__ import annotations

import pytest

from callmon.engine.call import Leg, Stream
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS, Grade
from callmon.engine.summary import Tally
from callmon.engine.voting import vote
from callmon.model.events import Described, Joined, Opened, Sampled

RULES = RULE_SETS["callstats"]
GOOD, FAIR, POOR, UNKNOWN = Grade.GOOD, Grade.FAIR, Grade.POOR, Grade.UNKNOWN


def stream(kind: str, direction: str, kbps: float | None, rtt_ms: float | None = None, loss: float | None = None,
           fps: float | None = None) -> Stream:  # fmt: skip
    made = Stream("s", kind, direction, 0.0)
    made.window = {"bitrate_bps": None if kbps is None else 1000 * kbps, "loss_pct": loss}
    if rtt_ms is not None:
        made.tallies["rtt_ms"] = Tally()
        made.tallies["rtt_ms"].add(0.0, rtt_ms)
    if fps is not None:
        made.history.append(0.0, {"fps": 30.0})
        made.now["fps"] = fps
    return made


@pytest.mark.parametrize(
    ("kind", "direction", "kbps", "rtt_ms", "loss", "fps", "grade"),
    [
        # Voice: 30 and 8 kbit/s, round trips of 200 and 360 ms (240 and 400 less 40), 15 and 30 % lost.
        ("audio", "inbound", 30, 100, 1, None, GOOD),  # 5 5 5
        ("audio", "inbound", 29, 100, 1, None, FAIR),  # 3 5 5 = 4.3
        ("audio", "inbound", 64, 199, 14.9, None, GOOD),
        ("audio", "inbound", 64, 200, 1, None, FAIR),  # 5 3 5
        ("audio", "inbound", 64, 100, 15, None, FAIR),
        ("audio", "inbound", 64, 361, 31, None, FAIR),  # 5 1 1 = 2.3
        ("audio", "inbound", 9, 361, 31, None, POOR),  # 3 1 1 = 1.7, rounded down
        ("audio", "inbound", 8, 400, 40, None, POOR),
        ("audio", "inbound", 64, 360, 1, None, FAIR),
        # What is 0 or not known does not vote; loss of what is sent is not judged.
        ("audio", "inbound", 64, 100, 0, None, GOOD),
        ("audio", "inbound", 0, 0, 0, None, UNKNOWN),
        ("audio", "inbound", None, None, None, None, UNKNOWN),
        ("audio", "outbound", 64, 100, 50, None, GOOD),
        # Video: 1024 and 256 kbit/s, 400 and 1000 ms, frames 0.8 and 0.3 of those before; loss does not vote.
        ("video", "inbound", 1024, 399, 50, 24, GOOD),
        ("video", "inbound", 1023, 399, 50, 30, FAIR),
        ("video", "inbound", 2000, 100, 0, 23.9, FAIR),
        ("video", "outbound", 256, 1001, None, 9, POOR),  # 1 1 1
        ("video", "outbound", 257, 1001, None, 9, POOR),  # 3 1 1 = 1.7
        ("video", "outbound", 257, 1000, None, 9, FAIR),  # 3 3 1 = 2.3
    ],
)
def test_the_mean_of_the_votes(
    kind: str, direction: str, kbps: float | None, rtt_ms: float | None, loss: float | None, fps: float | None,
    grade: Grade,
) -> None:  # fmt: skip
    raw, _, reason = vote(stream(kind, direction, kbps, rtt_ms, loss, fps), RULES, Leg("l", "peer", 0.0))
    assert raw is grade
    assert (reason is None) == (grade in (GOOD, UNKNOWN))


def test_the_reason_is_what_speaks_most_against_it() -> None:
    _, _, reason = vote(stream("audio", "inbound", 29, 380, 1), RULES, Leg("l", "peer", 0.0))
    assert reason is not None
    assert (reason.metric, reason.op, reason.value, reason.limit) == ("rtt_ms", ">", 380, 360)


def test_the_delay_is_in_milliseconds() -> None:
    """The SDK adds 40 to 0.5 s and finds 40.5 excellent; half a second is not."""
    raw, _, _ = vote(stream("audio", "inbound", None, 500), RULES, Leg("l", "peer", 0.0))
    assert raw is POOR


def test_a_call_is_judged_by_it() -> None:
    engine = Engine(RULES)
    engine.fold(
        [Opened("c", 0.0, "v"), Joined("c", 0.0, "l"), Described("c", 0.0, "l", "s", "audio", "inbound")], 0.0
    )
    for second in range(0, 61, 15):
        counters = {"packets": 50.0 * second, "bytes": 2500.0 * second, "lost": 0.0}
        engine.fold([Sampled("c", float(second), "l", "s", float(second), {}, counters)], float(second))
    call = engine.calls["c"]
    assert call.grade is FAIR, "20 kbit/s of voice are never excellent by this class"
    assert call.reason is not None
    assert (call.reason.metric, call.reason.op, call.reason.limit) == ("bitrate_bps", "<", 30_000)
