"""Who is at the ends of a call, and what is known of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.quality import Grade, Reason
from callmon.query.facts import relays
from callmon.query.people import FACTS, GROUPS, UNKNOWN, Person, end_reason, family, persons, values
from tests.query.crowds import BEGAN, calls, issue, relayed


def named(call: Call) -> list[str]:
    return [person.id for person in persons(call)]


def test_the_connections_of_a_participant_are_no_participants() -> None:
    call = Call("a", "callstats", BEGAN)
    for id, role in (("ana", "participant"), ("ana/f1", "peer"), ("ben", "participant"), ("ben/f2", "peer"),
                     ("ben/f3", "peer"), ("solo/x", "peer")):  # fmt: skip
        call.legs[id] = Leg(id, role, BEGAN)
    assert named(call) == ["ana", "ben", "solo/x"]
    assert [link.id for link in persons(call)[1].links] == ["ben", "ben/f2", "ben/f3"]


def test_a_gateway_is_nobody_and_a_softphone_somebody() -> None:
    call = Call("a", "twilio-voice", BEGAN)
    call.legs["carrier"] = Leg("carrier", "edge", BEGAN, attributes={"region": "us1"})
    call.legs["sdk"] = Leg("sdk", "edge", BEGAN, attributes={"browser": "Chrome 156"})
    assert named(call) == ["sdk"]


def test_what_is_wrong_with_a_connection_is_wrong_with_its_participant() -> None:
    call = Call("a", "callstats", BEGAN)
    call.legs["ana"] = Leg("ana", "participant", BEGAN, label="Ana", attributes={"os": "iOS 18"})
    call.legs["ana/f"] = Leg("ana/f", "peer", BEGAN, grade=Grade.POOR, attributes={"browser": "Safari 17"})
    call.legs["ana/f"].reason = Reason("loss_pct", ">", 6.2, 3.0, "outbound", "ana/f", "s")
    call.issues = [issue("high-packet-loss", "ana/f", BEGAN), issue("no-data", None, BEGAN)]
    (ana,) = persons(call)
    assert ana.grade is Grade.POOR
    assert [one.code for one in ana.issues()] == ["high-packet-loss"]
    shown = {key: fact.text(ana, BEGAN + 65) for key, fact in FACTS.items()}
    assert shown["name"] == "Ana" and shown["why"] == "loss↑ 6.2>3" and shown["issues"] == "high-packet-loss"
    assert (shown["os"], shown["browser"], shown["device"]) == ("iOS 18", "Safari 17", "")
    assert (shown["lasted"], shown["rtt"], shown["left"]) == ("1:05", "–", "–")


def test_values_are_the_worst_track_and_the_sum_of_bitrates() -> None:
    call = Call("a", "daily", BEGAN)
    leg = call.legs["x"] = Leg("x", "participant", BEGAN)
    for number, (loss, bitrate) in enumerate(((1.0, 30_000.0), (4.0, 700_000.0), (9.0, 1.0))):
        stream = leg.streams[str(number)] = Stream(str(number), "video", "outbound", BEGAN)
        stream.now, stream.window = {"bitrate_bps": bitrate}, {"loss_pct": loss}
    leg.streams["2"].gone = True
    (person,) = persons(call)
    assert FACTS["loss_sent"].text(person, BEGAN) == "4.0"
    assert FACTS["bitrate_sent"].text(person, BEGAN) == "730k"
    assert FACTS["tracks_sent"].text(person, BEGAN) == "2"
    assert FACTS["loss_received"].key_of(person, BEGAN) is None


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Chrome 156", "Chrome"),
        ("Chrome Mobile 155.0", "Chrome Mobile"),
        ("twilio-video.js 2.36.0", "twilio-video.js"),
        ("Windows", "Windows"),
        ("156", "156"),
        ("Telnyx WebRTC SDK v2", "Telnyx WebRTC SDK"),
    ],
)
def test_a_family_is_a_name_without_its_version(value: str, name: str) -> None:
    assert family(value) == name


def test_why_somebody_left_is_known_once_they_did() -> None:
    call = Call("a", "twilio-video", BEGAN)
    call.legs["x"] = Leg("x", "participant", BEGAN, left_reason="disconnected_via_api")
    call.legs["y"] = Leg("y", "participant", BEGAN, left_at=BEGAN + 9)
    there, gone = persons(call)
    assert end_reason(there) is None and end_reason(gone) is None
    assert values(call, "left_reason") == {UNKNOWN}
    call.ended_at, call.state, call.end_reason = BEGAN + 60, "ended", "timeout"
    assert values(call, "left_reason") == {"disconnected_via_api", "timeout"}


def test_who_comes_again_is_another_participant_of_one_identity() -> None:
    call = Call("a", "daily", BEGAN)
    for id in ("s1", "s2"):
        call.legs[id] = Leg(id, "participant", BEGAN, label="Ana", attributes={"user_id": "u-7"})
    assert named(call) == ["s1", "s2"]
    assert {person.identity for person in persons(call)} == {"u-7"}


def test_a_relay_is_the_server_on_this_end_of_the_path() -> None:
    call = Call("a", "webrtc", BEGAN)
    call.legs["x"] = relayed(Leg("x", "peer", BEGAN), "198.51.100.7")
    call.legs["y"] = Leg("y", "peer", BEGAN)
    assert list(relays(call)) == ["198.51.100.7"]


@given(calls())
@settings(deadline=None)
def test_every_fact_of_everybody_can_be_shown_and_sorted(found: list[Call]) -> None:
    people: list[Person] = [person for call in found for person in persons(call)]
    for fact in FACTS.values():
        assert all(isinstance(fact.text(person, BEGAN + 5), str) for person in people)
        sorted(key for person in people if (key := fact.key_of(person, BEGAN + 5)) is not None)
    for call in found:
        for field in GROUPS:
            assert all(values(call, field)) or not persons(call)


def test_facts_say_what_they_are() -> None:
    assert all(fact.meaning.endswith(".") and fact.key == key for key, fact in FACTS.items())
