"""The webrtc dialect: what a message may be, what is taken from it, and what is said of what cannot be read."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest

from callmon.model.events import (
    Closed,
    Event,
    IceChanged,
    Joined,
    Left,
    Negotiated,
    Noted,
    Opened,
    Sampled,
)
from callmon.model.frames import Fetch, Frame, Rejected
from callmon.providers.webrtc import WebRTC

AT = 1_700_000_000.0
Kind = TypeVar("Kind")
ENTRY = {
    "id": "I",
    "type": "inbound-rtp",
    "kind": "audio",
    "ssrc": 5,
    "packetsReceived": 9,
    "timestamp": AT * 1000,
}


def read(body: Any, about: dict[str, str] | None = None, at: float = AT) -> list[Event | Rejected]:
    frame = Frame("webrtc", at, "snapshot", body, {"call": "c"} if about is None else about, "test")
    return [item for item in WebRTC().read(frame) if not isinstance(item, Fetch)]


def of(kind: type[Kind], items: list[Event | Rejected]) -> list[Kind]:
    return [item for item in items if isinstance(item, kind)]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"stats": [ENTRY]}, id="a message"),
        pytest.param([ENTRY], id="a bare array"),
        pytest.param({"I": ENTRY}, id="a bare object by id"),
        pytest.param([{"key": "I", "value": ENTRY}], id="bare keys and values"),
        pytest.param([["I", ENTRY]], id="bare pairs"),
        pytest.param({"stats": {"I": ENTRY}, "t": AT * 1000}, id="a message with an object by id"),
        pytest.param({"stats": [["I", ENTRY]]}, id="a message with pairs"),
    ],
)
def test_every_shape_is_the_same_sample(body: Any) -> None:
    items = read(body)
    assert not of(Rejected, items)
    (sample,) = of(Sampled, items)
    assert (sample.call, sample.leg, sample.stream, sample.at) == ("c", "pc", "in-audio-5", AT)


def test_names_in_the_message_stand_above_those_of_the_transport() -> None:
    about = {"call": "outer", "leg": "l", "room": "r", "label": "n"}
    (opened,), (joined,) = (of(Opened, (items := read({"stats": []}, about))), of(Joined, items))
    assert (opened.call, opened.room, opened.label, joined.leg, joined.label) == ("outer", "r", "n", "l", "l")
    body = {"stats": [], "call": "inner", "leg": "m", "room": "s", "label": "o"}
    (opened,), (joined,) = (of(Opened, (items := read(body, about))), of(Joined, items))
    assert (opened.call, opened.room, opened.label, joined.leg) == ("inner", "s", "o", "m")


def test_a_call_needs_a_name() -> None:
    (rejected,) = read({"stats": [ENTRY]}, {})
    assert isinstance(rejected, Rejected)
    assert "call id" in rejected.reason
    assert rejected.source == "test"


@pytest.mark.parametrize("body", ["text", 7, None, True, 1.5])
def test_what_is_no_object_is_refused(body: Any) -> None:
    (rejected,) = read(body)
    assert isinstance(rejected, Rejected)


def test_the_rest_of_a_message_is_kept_where_its_stats_are_wrong() -> None:
    items = read({"stats": "nonsense", "states": {"ice": "checking"}})
    assert len(of(Rejected, items)) == 1
    (changed,) = of(IceChanged, items)
    assert changed.facts.ice == "checking"
    assert not changed.facts.full


def test_the_clock_of_the_page_is_brought_to_ours() -> None:
    page = AT + 3600
    body = {
        "t": page * 1000,
        "stats": [ENTRY | {"timestamp": page * 1000 - 200}],
        "events": [{"t": page * 1000 - 1500, "ev": "iceconnectionstatechange", "v": "checking"}],
    }
    items = read(body)
    (sample,) = of(Sampled, items)
    assert sample.at == pytest.approx(AT - 0.2)
    assert sample.clock == pytest.approx(page - 0.2)
    assert of(IceChanged, items)[0].at == pytest.approx(AT - 1.5)
    assert of(Opened, items)[0].at == pytest.approx(AT - 1.5), (
        "a call began with the first thing that is told"
    )


def test_state_events_are_states() -> None:
    rows = [
        {"t": AT * 1000, "ev": "onconnectionstatechange", "v": '"failed"'},
        {"t": AT * 1000, "ev": "icegatheringstatechange", "v": "complete"},
        {"t": AT * 1000, "ev": "signalingstatechange", "v": "stable"},
    ]
    facts = [item.facts for item in of(IceChanged, read({"events": rows}))]
    assert [(f.connection, f.gathering, f.signaling) for f in facts] == [
        ("failed", None, None),
        (None, "complete", None),
        (None, None, "stable"),
    ]


def test_candidates_and_their_errors() -> None:
    line = "candidate:1 1 udp 1 10.8.1.1 4000 typ relay"
    error = {"url": "turn:h", "errorCode": 401, "errorText": "Unauthorized"}
    rows = [
        {"ev": "icecandidate", "v": line},
        {"ev": "addIceCandidate", "v": {"candidate": line}},
        {"ev": "icecandidate", "v": None},
        {"ev": "icecandidateerror", "v": error},
    ]
    items = read({"events": rows})
    sides = [facts.facts.candidates[0].side for facts in of(IceChanged, items)]
    assert sides == ["local", "remote"]
    (noted,) = of(Noted, items)
    assert (noted.kind, noted.code, noted.text) == ("ice", "icecandidateerror", "401 Unauthorized turn:h")
    assert noted.about == {"url": "turn:h"}


def test_what_was_agreed_on_comes_from_transceivers_and_tracks() -> None:
    transceivers = [
        {"mid": "0", "kind": "audio", "direction": "sendrecv", "currentDirection": "sendonly"},
        {"mid": "1", "kind": "video", "direction": "sendrecv", "currentDirection": None},
        {"mid": "2", "kind": "audio", "currentDirection": "recvonly"},
        {"mid": "3", "kind": "smell", "currentDirection": "sendrecv"},
    ]
    (negotiated,) = of(Negotiated, read({"transceivers": transceivers}))
    assert negotiated.media == {"inbound-audio": True, "outbound-audio": True}
    items = read({"events": [{"ev": "track", "v": "video"}]})
    assert of(Negotiated, items)[0].media == {"inbound-video": True}
    assert of(Noted, items)[0].text == "remote video track"


def test_other_events_are_lines_on_the_timeline_and_silent_ones_are_none() -> None:
    rows = [
        {"ev": "mute", "v": "audio"},
        {"ev": "negotiationneeded"},
        {"ev": "x", "v": {"deep": 1}},
        {"ev": 7},
        5,
    ]
    assert [item.text for item in of(Noted, read({"events": rows}))] == ["mute audio", "x"]


def test_the_end_of_a_leg_and_of_a_call() -> None:
    (left,) = of(Left, read({"end": 1, "reason": "hang up", "leg": "x"}))
    assert (left.leg, left.reason) == ("x", "hang up")
    (closed,) = of(Closed, read({"end": 1}))
    assert closed.reason is None
    assert not of(Closed, read({"end": 0}))


@pytest.mark.parametrize(("policy", "relay"), [("relay", True), ("all", False)])
def test_the_policy(policy: str, relay: bool) -> None:
    (changed,) = of(IceChanged, read({"policy": policy, "t": AT * 1000}))
    assert changed.facts.relay_policy is relay
    assert not of(IceChanged, read({"policy": "odd", "t": AT * 1000}))


def test_the_page_is_told_in_texts() -> None:
    (joined,) = of(Joined, read({"page": {"browser": "Chromium 156", "os": 7, "deep": {}}, "t": 1}))
    assert joined.attributes == {"browser": "Chromium 156", "os": "7"}


HOSTILE = "a[/]b\x1b[31m\x9b\u202e\n" + "x" * 500


def test_strings_are_made_safe_where_they_come_in() -> None:
    body = {
        "call": HOSTILE,
        "leg": HOSTILE,
        "room": HOSTILE,
        "label": HOSTILE,
        "page": {HOSTILE: HOSTILE},
        "states": {"ice": HOSTILE},
        "events": [{"ev": HOSTILE, "v": HOSTILE}, {"ev": "icecandidateerror", "v": {"url": HOSTILE}}],
        "stats": [
            ENTRY | {"kind": "audio", "codecId": "C"},
            {"id": "C", "type": "codec", "mimeType": HOSTILE},
        ],
        "end": 1,
        "reason": HOSTILE,
    }
    items = read(body, {})
    assert not of(Rejected, items)
    for item in items:
        assert not [text for text in texts(item) if not text.isprintable() or len(text) > 210], item


def texts(item: object) -> list[str]:
    """Every text in an event, however deep."""
    if isinstance(item, str):
        return [item]
    if isinstance(item, dict):
        return [text for pair in item.items() for part in pair for text in texts(part)]
    if isinstance(item, list | tuple):
        return [text for part in item for text in texts(part)]
    names = getattr(type(item), "__dataclass_fields__", {})
    return [text for name in names for text in texts(getattr(item, name))]


def test_a_page_cannot_flood_a_message_with_events() -> None:
    items = read({"events": [{"ev": "x", "v": number} for number in range(5000)]})
    assert len(of(Noted, items)) == 1000


def test_rows_of_rtcstats_are_read_by_their_tag() -> None:
    reader = WebRTC()
    frame = Frame("webrtc", AT, "rtcstats", {"not": "a row"}, {"connection": "1", "protocol": "2.0"}, "test")
    (rejected,) = list(reader.read(frame))
    assert isinstance(rejected, Rejected)


@pytest.mark.parametrize("body", [{}, {"x": 1}, [1, 2, 3], [{}], {"call": "c", "t": 5}, []])
def test_what_says_nothing_is_refused_and_makes_no_call(body: Any) -> None:
    (item,) = read(body)
    assert isinstance(item, Rejected)
