from __future__ import annotations

import copy

from callmon.engine.call import Call, Leg, Moment, Stream
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade
from callmon.engine.still import still
from callmon.engine.summary import Tally


def busy() -> Call:
    call = Call(
        "a", "webrtc", 100.0, metrics={"rtt_ms": 40.0}, timeline=[Moment(101.0, "ice", "ice connected")]
    )
    call.issues = [
        Issue("high-rtt", "warning", "l", "s", 110.0, None, 400.0, 300.0, "telnyx", "RTT", "Look.")
    ]
    leg = call.legs["l"] = Leg("l", "peer", 100.0, attributes={"browser": "Chrome"})
    stream = leg.streams["s"] = Stream("s", "audio", "inbound", 100.0, now={"rtt_ms": 41.0, "loss_pct": None})
    stream.tallies["rtt_ms"] = Tally()
    stream.tallies["rtt_ms"].add(101.0, 40.0)
    call.trend.append(101.0, {"rtt_ms": 40.0})
    return call


def goes_on(call: Call) -> None:
    """Everything about a call changes."""
    call.state, call.grade, call.metrics["rtt_ms"], call.metrics["new"] = "ended", Grade.POOR, 999.0, 1.0
    call.issues[0].until = 120.0
    call.timeline.append(Moment(119.0, "call", "ended"))
    call.timeline[0].text = "other"
    leg = call.legs["l"]
    leg.attributes["browser"] = "Firefox"
    leg.ice.errors, leg.ice.candidate_at["x"] = 3, 1.0
    leg.streams["s"].now["rtt_ms"] = 999.0
    leg.streams["s"].tallies["rtt_ms"].add(120.0, 999.0)
    leg.streams["t"] = Stream("t", "video", "outbound", 119.0)
    call.legs["m"] = Leg("m", "peer", 119.0)


def test_a_still_call_is_the_call() -> None:
    call = busy()
    assert still([call]) == [call]


def test_nothing_that_goes_on_reaches_it() -> None:
    call = busy()
    before = copy.deepcopy(call)
    kept = still([call])[0]
    goes_on(call)
    assert kept == before
    assert kept != call


def test_histories_are_shared() -> None:
    call = busy()
    assert still([call])[0].trend is call.trend
