"""Invented calls of many kinds for questions over many calls, by hand and by chance."""

from __future__ import annotations

from hypothesis import strategies as st

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade
from callmon.engine.summary import Tally
from callmon.model.ice import Candidate, Pair

BEGAN = 1_800_000_000.0
"""The first moment of these worlds, in epoch seconds."""

LASTS = 3600.0
"""How long they last, in seconds."""


def issue(code: str, leg: str | None, since: float, until: float | None = None) -> Issue:
    """An issue of a leg."""
    return Issue(code, "warning", leg, None, since, until, None, None, "telnyx", code, "Look.")


def relayed(leg: Leg, address: str) -> Leg:
    """A leg whose media go over a TURN server."""
    local = Candidate("local", "relay", "udp", address, 3478)
    leg.ice.last_pair = Pair("p", local, None)
    return leg


def measured(leg: Leg, *values: float) -> Leg:
    """A leg with a stream that was sent, whose round trips were these."""
    stream = leg.streams["out"] = Stream("out", "audio", "outbound", leg.joined_at)
    stream.tallies["rtt_ms"] = Tally()
    for value in values:
        stream.tallies["rtt_ms"].add(BEGAN, value)
    return leg


_OFFSETS = st.floats(0.0, LASTS, allow_nan=False).map(lambda seconds: BEGAN + round(seconds, 1))
_VALUES = {
    "browser": st.sampled_from(
        ("Chrome 156", "Chrome 155.0", "Firefox 153", "Chrome Mobile 155", 'Odd "one" 2')
    ),
    "os": st.sampled_from(("Windows 11", "Windows", "iOS", "or")),
    "device": st.sampled_from(("Google Pixel 9", "Apple Mac")),
    "region": st.sampled_from(("us1", "de1")),
    "edge_location": st.sampled_from(("ashburn", "frankfurt")),
}


@st.composite
def legs(draw: st.DrawFn, number: int, began: float, ended: float | None) -> Leg:
    """Some end of a call that began and ended then."""
    role = draw(st.sampled_from(("participant", "participant", "peer", "edge")))
    last = ended if ended is not None else BEGAN + LASTS
    joined = min(max(began, draw(_OFFSETS)), last)
    found = Leg(f"leg{number}", role, joined)
    found.attributes = draw(st.fixed_dictionaries({}, optional=_VALUES))
    if draw(st.booleans()):
        found.left_at = min(max(joined, draw(_OFFSETS)), last)
        found.left_reason = draw(st.sampled_from((None, "hung up", "left")))
    if draw(st.integers(0, 3)) == 0:
        relayed(found, draw(st.sampled_from(("198.51.100.1", "198.51.100.2"))))
    return found


@st.composite
def calls(draw: st.DrawFn) -> list[Call]:
    """Some calls, each with an id of its own."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        began = draw(_OFFSETS)
        provider = draw(st.sampled_from(("webrtc", "daily", "twilio-video")))
        call = Call(
            f"call{number}", provider, began, grade=draw(st.sampled_from(list(Grade))), version=number
        )
        if draw(st.booleans()):
            call.ended_at, call.state = max(began, draw(_OFFSETS)), "ended"
        for place in range(draw(st.integers(0, 4))):
            leg = draw(legs(place, began, call.ended_at))
            call.legs[leg.id] = leg
        for _ in range(draw(st.integers(0, 2))):
            since = max(began, draw(_OFFSETS))
            ends = draw(st.none() | _OFFSETS)
            until = None if ends is None else max(ends, since)
            leg_id = draw(st.sampled_from((None, *call.legs)))
            call.issues.append(
                issue(draw(st.sampled_from(("high-rtt", "one-way-audio"))), leg_id, since, until)
            )
        found.append(call)
    return found
