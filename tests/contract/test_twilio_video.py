"""Twilio Video over the real poller: every page, every filter, rooms that end, and an API that misbehaves."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from callmon.providers.twilio_video import TwilioVideo
from callmon.providers.twilio_video.twilio_video import VideoSettings
from callmon.query.document import call_document
from callmon.sources.rest.credential import Credential
from tests.contract import fake as f
from tests.contract.fake import Fake, Reply
from tests.contract.fake_twilio_video import AUTH, SECRET, SID, Insights, participant, room, sid
from tests.contract.polling import Polling, polling
from tests.schema import check_call

QUICK = VideoSettings(rooms_every_s=0.2, participants_every_s=0.2)
NOW = 1_787_567_400.0
"""Some minutes after the rooms of the samples began."""


@asynccontextmanager
async def watching(
    settings: VideoSettings = QUICK, asked: tuple[str, ...] = ()
) -> AsyncIterator[tuple[Insights, Polling]]:
    async with Fake(AUTH) as fake:
        insights = Insights(fake)
        credential = Credential("basic", SECRET, SID)
        async with polling(TwilioVideo(settings), insights.base_url, credential, asked=asked) as it:
            yield insights, it


async def test_all_pages_of_rooms_and_of_participants_are_read() -> None:
    async with watching() as (insights, it):
        for number in range(5):
            insights.put(room(number), *(participant(10 * number + n, number) for n in range(3)))
        await it.until(lambda: sum(len(call.legs) for call in it.calls.values()) == 15)
        assert {call.room for call in it.calls.values()} == {f"room-{n}" for n in range(5)}
        assert all(leg.role == "participant" for call in it.calls.values() for leg in call.legs.values())
        tokens = {one.get("PageToken") for one in insights.fake.asked}
        assert {None, "PT2/q==", "PT4/q=="} <= tokens


async def test_a_room_says_what_it_is_and_a_participant_with_what() -> None:
    async with watching() as (insights, it):
        insights.put(room(1), participant(7, 1))
        await it.until(lambda: any(call.legs for call in it.calls.values()))
        said = call_document(it.calls[sid("RM", 1)], NOW)
        check_call(said)
        assert said["room"] == "room-1"
        assert said["started_at"] == "2026-08-24T09:00:00.000Z"
        words = {"status": "in_progress", "type": "group", "region": "us1", "duration_sec": "4271",
                 "max_concurrent_participants": "3", "unique_participants": "4"}  # fmt: skip
        assert words.items() <= said["words"].items()
        [leg] = said["legs"]
        assert (leg["id"], leg["label"]) == (sid("PA", 7), "person-7")
        expected = {"os": "macOS 15.6", "browser": "Chrome 139.0", "device": "Apple Mac", "region": "us1",
                    "sdk": "twilio-video.js 2.36.0", "duration_s": "4266"}  # fmt: skip
        assert expected.items() <= leg["attributes"].items()


async def test_a_rejoin_is_another_participant_and_the_end_of_the_room_ends_everybody() -> None:
    async with watching() as (insights, it):
        left = {
            "leave_time": "2026-08-24T09:10:00Z",
            "status": "disconnected",
            "end_reason": "disconnected_via_api",
        }
        again = participant(2, 1, participant_identity="person-1", join_time="2026-08-24T09:11:00Z")
        insights.put(room(1), participant(1, 1, **left), again)
        await it.until(lambda: bool(it.calls) and len(it.calls[sid("RM", 1)].legs) == 2)
        call = it.calls[sid("RM", 1)]
        assert [leg.left_at is None for leg in call.legs.values()] == [False, True]
        assert call.legs[sid("PA", 1)].left_reason == "disconnected_via_api"
        assert call.state == "live"
        insights.put({**insights.rooms[sid("RM", 1)], "room_status": "completed", "end_reason": "timeout",
                      "end_time": "2099-08-24T10:11:11Z", "processing_state": "in_progress"})  # fmt: skip
        await it.until(lambda: call.state == "ended")
        assert call.end_reason == "timeout"
        lists = insights.fake.paths().count("/v1/Video/Rooms")
        await it.until(lambda: insights.fake.paths().count("/v1/Video/Rooms") > lists + 2)
        count = insights.fake.paths().count(f"/v1/Video/Rooms/{sid('RM', 1)}/Participants")
        await it.until(lambda: insights.fake.paths().count("/v1/Video/Rooms") > lists + 5)
        asked = insights.fake.paths().count(f"/v1/Video/Rooms/{sid('RM', 1)}/Participants")
        assert asked == count, "who was in a room that is over is not asked for again and again"


async def test_filters_go_to_the_api() -> None:
    settings = VideoSettings(
        ("group",), ("VP8", "H264"), "room-2", rooms_every_s=0.2, participants_every_s=0.2
    )
    async with watching(settings) as (insights, it):
        for number in (1, 2):
            insights.put(room(number))
        insights.put(room(3, room_type="go", room_name="room-2"))
        await it.until(lambda: bool(it.calls))
        assert set(it.calls) == {sid("RM", 2)}
        first = insights.fake.asked[0]
        assert [value for key, value in first.query if key == "Codec"] == ["VP8", "H264"]
        assert (first.get("CreatedAfter") or "").endswith("Z")


async def test_a_room_that_is_not_there_yet_is_asked_for_again() -> None:
    async with watching(asked=(sid("RM", 9),)) as (insights, it):
        await it.until(lambda: insights.fake.answered.get(404, 0) >= 2)
        assert it.health.state == "ok"
        assert it.health.rejected == 0
        insights.put(room(9), participant(1, 9))
        await it.until(lambda: bool(it.calls) and bool(it.calls[sid("RM", 9)].legs))
        assert "/v1/Video/Rooms" not in insights.fake.paths()


@pytest.mark.parametrize(
    "reply",
    [f.too_many("0.2"), f.too_many(), f.broken(), f.truncated(), f.half_json(), f.web_page(), f.slow(0.3)],
    ids=["429-after", "429", "500", "cut", "half", "page", "slow"],
)
async def test_what_goes_wrong_once_costs_nothing(reply: Reply) -> None:
    async with watching() as (insights, it):
        insights.put(room(1), participant(1, 1), participant(2, 1), participant(3, 1))
        insights.fake.misbehave(reply, reply, path="Participants")
        await it.until(lambda: bool(it.calls) and len(it.calls[sid("RM", 1)].legs) == 3, seconds=20)


async def test_an_error_inside_200_is_shown_in_the_vendors_words() -> None:
    async with watching() as (insights, it):
        insights.fake.misbehave(f.error_body({"code": 20500, "message": "Internal Server Error"}))
        await it.until(lambda: it.health.rejected == 1)
        assert it.health.first_reason == "Twilio says 20500: Internal Server Error"


async def test_a_credential_that_expires_between_two_pages_stops_it_and_is_named() -> None:
    async with watching() as (insights, it):
        for number in range(3):
            insights.put(room(number))
        await it.until(lambda: len(it.calls) == 3)
        insights.fake.expire(f.basic(SID, "another"))
        await it.until(lambda: it.health.state == "unauthorised")
        assert "the username and password" in it.health.detail
        assert SECRET not in it.shown


async def test_rows_that_come_twice_and_out_of_order_make_the_same_rooms() -> None:
    async with watching() as (insights, it):
        rows = [participant(1, 1), participant(2, 1), participant(1, 1), participant(3, 1), participant(2, 1)]
        insights.put(room(1), *rows)
        await it.until(lambda: bool(it.calls) and len(it.calls[sid("RM", 1)].legs) == 3)
        old = {**room(1), "duration_sec": 1, "room_name": "room-1", "unique_participants": 1}
        insights.put(old, *reversed(rows))
        lists = insights.fake.count
        await it.until(lambda: insights.fake.count > lists + 6)
        assert it.calls[sid("RM", 1)].words["duration_sec"] == "4271"
        assert len(it.calls[sid("RM", 1)].legs) == 3


async def test_the_vendors_own_client_reads_the_fake() -> None:
    """The fake is not our own invention: the published client finds in it what it was written for."""
    reason = "the vendor's client is not here: pip install callmon[contract]"
    rest = pytest.importorskip("twilio.rest", reason=reason)
    http = pytest.importorskip("twilio.http", reason=reason)
    response = pytest.importorskip("twilio.http.response", reason=reason)

    class Client(http.HttpClient):  # type: ignore[name-defined,misc]
        """Asks the fake in place of the vendor."""

        def __init__(self) -> None:
            """Need nothing."""

        def request(self, method: str, url: str, params: Any = None, *_: Any, **more: Any) -> Any:
            """Ask at the fake's address."""
            query = f"?{urlencode(params, doseq=True)}" if params else ""
            address = url.replace("https://insights.twilio.com", fake.url) + query
            headers = {"Authorization": f.basic(*more["auth"])}
            request = urllib.request.Request(address, headers=headers, method=method)
            with urllib.request.urlopen(request, timeout=10) as answer:
                return response.Response(answer.status, answer.read().decode())

    def read() -> None:
        rooms = rest.Client(SID, SECRET, http_client=Client()).insights.v1.rooms
        found = rooms.list(room_type=["group"], page_size=2)
        assert [one.room_name for one in found] == ["room-0", "room-1", "room-2"]
        assert (found[0].create_time.hour, found[0].duration_sec, found[0].codecs) == (
            9,
            4271,
            ["VP8", "opus"],
        )
        people = rooms(sid("RM", 1)).participants.list(page_size=2)
        assert [one.participant_identity for one in people] == ["person-0", "person-1", "person-2"]
        assert people[0].join_time.minute == 0 and people[0].leave_time is None
        assert rooms(sid("RM", 2)).fetch().media_region == "us1"

    async with Fake(AUTH) as fake:
        insights = Insights(fake)
        for number in range(3):
            insights.put(room(number), *(participant(n, number) for n in range(3)))
        await asyncio.to_thread(read)
