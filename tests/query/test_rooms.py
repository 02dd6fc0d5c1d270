"""Which calls are rooms, and the facts of a room, each as the vendor's table has it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from callmon.engine.call import Call, Leg
from callmon.query.columns import COLUMNS
from callmon.query.people import persons
from callmon.query.rooms import LISTED, ROOM_COLUMNS, affected, concurrent, is_room, rooms, there
from tests.query.crowds import BEGAN, calls, issue

VENDOR = {
    "Room SID": "room_sid",
    "Room Name": "room",
    "Room type": "room_type",
    "Media region": "media_region",
    "Room end reason": "end_reason",
    "Room duration": "duration",
    "# Participants": "participants",
    "Unique identities": "unique_identities",
    "Max concurrent participants": "max_concurrent",
    "Total participant duration": "participant_s",
    "Total recording duration": "recording_s",
    "# of issues": "issue_count",
    "# of participants with issues": "people_with_issues",
    "Issue type": "issue_types",
}
"""The fields by which Twilio's console filters rooms, and what they are called here."""


def room(provider: str = "twilio-video", people: int = 0, **words: str) -> Call:
    call = Call("RM1", provider, BEGAN, "standup", "standup", words=words)
    for number in range(people):
        call.legs[f"PA{number}"] = Leg(f"PA{number}", "participant", BEGAN + 10 * number, f"P{number}")
    return call


def text(call: Call, key: str, now: float = BEGAN + 100) -> str:
    return LISTED[key].text(call, now)


def test_every_field_of_the_vendor_is_a_column() -> None:
    assert set(VENDOR.values()) <= LISTED.keys()
    assert ROOM_COLUMNS.keys() & COLUMNS.keys() == {"end_reason"}
    assert all(column.meaning.endswith(".") and column.key == key for key, column in LISTED.items())


@pytest.mark.parametrize(
    ("provider", "roles", "said"),
    [
        ("twilio-video", (), True),
        ("daily", ("participant",), True),
        ("callstats", ("participant",), True),
        ("webrtc", ("peer", "peer"), False),
        ("webrtc", ("peer", "peer", "peer"), True),
        ("telnyx", ("peer", "edge", "edge"), False),
        ("twilio-voice", ("edge", "edge", "edge"), False),
    ],
)
def test_a_room_is_a_meeting_or_has_more_than_two(provider: str, roles: tuple[str, ...], said: bool) -> None:
    call = Call("a", provider, BEGAN)
    for number, role in enumerate(roles):
        call.legs[str(number)] = Leg(str(number), role, BEGAN)
    assert is_room(call) is said
    assert rooms([call]) == ([call] if said else [])


def test_what_the_vendor_tells_is_shown() -> None:
    call = room(
        type="group", region="us1", edge_location="ashburn", codecs="VP8, opus", created_by="api",
        status="in_progress", max_concurrent_participants="3", unique_participants="4", max_participants="50",
        unique_participant_identities="3", total_participant_duration_sec="11873", concurrent_participants="3",
        total_recording_duration_sec="0", recording="off",
    )  # fmt: skip
    shown = {key: text(call, key) for key in ROOM_COLUMNS}
    assert shown == {
        "room_sid": "RM1", "room_type": "group", "participants_now": "3", "max_concurrent": "3",
        "participants": "4", "unique_identities": "3", "people_with_issues": "0", "issue_count": "0",
        "issue_types": "", "media_region": "us1", "end_reason": "", "participant_s": "3:17:53",
        "recording_s": "0s", "room_codecs": "VP8, opus", "created_by": "api", "recording": "off",
        "edge_location": "ashburn", "room_status": "in_progress", "room_limit": "50",
    }  # fmt: skip


def test_what_is_unknown_is_no_nought() -> None:
    call = room(provider="daily")
    assert [
        text(call, key) for key in ("participants_now", "max_concurrent", "participants", "recording_s")
    ] == ["–"] * 4


def test_what_is_newer_than_the_vendors_list_counts() -> None:
    call = room(
        people=3, unique_participants="2", max_concurrent_participants="2", concurrent_participants="2"
    )
    assert [text(call, key) for key in ("participants_now", "max_concurrent", "participants")] == [
        "3",
        "3",
        "3",
    ]
    call.legs["PA0"].left_at = BEGAN + 50
    assert text(call, "participants_now") == "2"
    assert text(call, "participant_s", BEGAN + 100) == "3:40"


def test_the_most_of_daily_are_those_at_once() -> None:
    call = room("daily", 1, max_participants="7")
    assert (text(call, "max_concurrent"), text(call, "room_limit")) == ("7", "–")


def test_who_leaves_makes_place_for_who_comes_then() -> None:
    call = room(people=3)
    call.legs["PA0"].left_at = BEGAN + 10
    call.legs["PA1"].left_at = BEGAN + 30
    assert concurrent(persons(call)) == 2
    assert [person.id for person in there(call)] == ["PA2"]


def test_a_room_that_is_over_has_nobody_in_it_and_a_reason() -> None:
    call = room(people=2)
    call.state, call.ended_at, call.end_reason = "ended", BEGAN + 90, "room_ended_via_api"
    assert (text(call, "participants_now"), text(call, "end_reason")) == ("0", "room_ended_via_api")
    assert text(call, "max_concurrent") == "2"


def test_who_is_affected_are_those_with_issues() -> None:
    call = room(people=3)
    call.issues = [
        issue("high-rtt", "PA1", BEGAN),
        issue("high-rtt", "PA1", BEGAN + 1),
        issue("x", None, BEGAN),
    ]
    assert [person.id for person in affected(call)] == ["PA1"]
    assert [text(call, key) for key in ("people_with_issues", "issue_count")] == ["1", "3"]


@given(calls())
@settings(deadline=None)
def test_the_most_at_once_lie_between_those_there_and_all(found: list[Call]) -> None:
    for call in found:
        people = persons(call)
        most = concurrent(people)
        assert most <= len(people)
        if not call.over:
            assert len(there(call)) <= most
        for column in LISTED.values():
            assert isinstance(column.text(call, BEGAN + 9), str)
