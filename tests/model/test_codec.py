"""Events go to another callmon and come back the same; whatever else arrives is refused in words."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.model import codec
from callmon.model.events import EVENTS, Event, IceChanged, Noted, Opened, Sampled
from callmon.model.frames import Rejected
from callmon.model.ice import IceFacts
from tests.model.events import JSON, events

SAMPLE = Sampled("c", 1.0, "l", "s", 2.0, {"rtt_ms": 3.0}, {"packets": 4.0}, "ssrc-1", "remote")


@given(events())
def test_an_event_comes_back_the_same(event: Event) -> None:
    text = codec.text(event)
    assert "\n" not in text
    assert codec.read(json.loads(text)) == event


def test_every_event_has_a_name() -> None:
    names = {codec.write(Opened("c", 1.0, "webrtc"))["type"], codec.write(SAMPLE)["type"]}
    assert names == {"opened", "sampled"}
    assert codec.write(IceChanged("c", 1.0, "l", IceFacts()))["type"] == "ice-changed"
    assert len(EVENTS) >= 10


@given(JSON)
def test_arbitrary_json_never_raises(value: object) -> None:
    assert isinstance(codec.read(value), (Rejected, *EVENTS))


@given(events(), st.data())
def test_a_broken_event_never_raises(event: Event, data: st.DataObject) -> None:
    item = codec.write(event)
    item[data.draw(st.sampled_from(sorted(item)))] = data.draw(JSON)
    found = codec.read(item, "upstream")
    assert isinstance(found, (Rejected, *EVENTS))
    if isinstance(found, Rejected):
        assert found.source == "upstream"
        assert found.reason


def test_what_a_newer_peer_adds_is_ignored() -> None:
    assert codec.read({**codec.write(SAMPLE), "colour": "red"}) == SAMPLE


def test_a_type_of_a_newer_peer_is_passed_over_by_name() -> None:
    found = codec.read({"type": "teleported", "call": "c", "at": 1.0})
    assert found == Rejected("", "an event of a type that is not known: 'teleported'", newer=True)
    odd = codec.read({"type": "Tele ported!", "call": "c", "at": 1.0})
    assert odd == Rejected("", "an event of a type that is not known: 'Tele ported!'")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"at": math.nan}, "sampled: at: a number that is out of range"),
        ({"at": math.inf}, "sampled: at: a number that is out of range"),
        ({"at": 1e12}, "sampled: a time that is out of range"),
        ({"at": -1}, "sampled: a time that is out of range"),
        ({"at": 10**400}, "sampled: at: a number that is out of range"),
        ({"at": True}, "sampled: at: true or false where a number belongs"),
        ({"at": "1"}, "sampled: at: a text where a number belongs"),
        ({"clock": 1e15}, "sampled: a time that is out of range"),
        ({"call": ""}, "sampled: call is empty"),
        ({"call": None}, "sampled: call: nothing where a text belongs"),
        ({"leg": "\ud800"}, "sampled: leg: a text with half a character"),
        ({"gauges": {"rtt_ms": math.inf}}, "sampled: gauges: rtt_ms: a number that is out of range"),
        ({"gauges": {"rtt_ms": None}}, "sampled: gauges: rtt_ms: nothing where a number belongs"),
        ({"gauges": []}, "sampled: gauges: a list where an object belongs"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(change: dict[str, object], reason: str) -> None:
    assert codec.read({**codec.write(SAMPLE), **change}) == Rejected("", reason)


def test_what_is_missing_is_named() -> None:
    item = codec.write(Noted("c", 1.0, None, "ice", "text"))
    del item["text"]
    assert codec.read(item) == Rejected("", "noted: text is missing")


def test_a_number_that_is_none_is_not_sent() -> None:
    event = Sampled("c", 1.0, "l", "s", 2.0, {"rtt_ms": math.nan, "mos": 4.0}, {"packets": math.inf})
    assert codec.read(json.loads(codec.text(event))) == Sampled("c", 1.0, "l", "s", 2.0, {"mos": 4.0}, {})


def test_a_message_carries_events_and_where_to_resume() -> None:
    message = json.loads(
        codec.message([codec.text(SAMPLE, frame=4, folded_at=9.0)], 5.0, "boot-7", resumed=True)
    )
    assert message == {
        "schema": "callmon/1",
        "id": "boot-7",
        "at": 5.0,
        "resumed": True,
        "events": [{**codec.write(SAMPLE), "frame": 4, "folded_at": 9.0}],
    }
    assert codec.read(message["events"][0]) == SAMPLE
