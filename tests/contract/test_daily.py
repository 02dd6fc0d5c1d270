"""Daily over the real poller: who is there, which meetings there are, what clients logged, and misbehaviour."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from callmon.engine.call import Stream
from callmon.providers.daily import Daily
from callmon.providers.daily.daily import DailySettings
from callmon.query.document import call_document
from callmon.sources.rest.credential import Credential
from tests.contract import fake as f
from tests.contract.fake import Fake, Reply
from tests.contract.fake_daily import AUTH, KEY, Rest, iso, measurement, meeting, sample, uuid
from tests.contract.polling import Polling, polling
from tests.schema import check_call

QUICK = DailySettings(presence_every_s=0.2, meetings_every_s=0.2, logs_every_s=0.2, page_size=2)


@asynccontextmanager
async def watching(
    settings: DailySettings = QUICK, asked: tuple[str, ...] = ()
) -> AsyncIterator[tuple[Rest, Polling]]:
    async with Fake(AUTH) as fake:
        rest = Rest(fake)
        async with polling(Daily(settings), rest.base_url, Credential("bearer", KEY), asked=asked) as it:
            yield rest, it


def told(stream: Stream) -> list[float]:
    """The values of a history, without the holes in it."""
    return [value for value in stream.history.columns.get("jitter_ms", ()) if value == value]


async def test_every_meeting_is_found_through_all_pages_with_who_is_in_it() -> None:
    start = time.time() - 60
    async with watching() as (rest, it):
        for number in range(5):
            rest.hold(number, start)
        await it.until(lambda: sum(len(call.legs) for call in it.calls.values()) == 5)
        await it.until(lambda: bool(it.calls[uuid(1, 3)].words))
        said = call_document(it.calls[uuid(1, 3)], time.time())
        check_call(said)
        assert (said["room"], said["state"], said["words"]["status"]) == ("room-3", "live", "ongoing")
        assert said["started_at"] == iso(int(start))
        [leg] = said["legs"]
        assert (leg["id"], leg["label"], leg["role"]) == (uuid(2, 3), "Moishe", "participant")
        paged = [one for one in rest.fake.asked if one.path == "/v1/meetings"]
        assert {None, uuid(1, 1)} <= {one.get("starting_after") for one in paged}


async def test_logs_are_read_through_all_pages_in_the_order_of_time() -> None:
    now = time.time()
    async with watching() as (rest, it):
        rest.hold(1, now - 200)
        rest.metrics[uuid(1, 1)] = [measurement(1, iso(now - 100 + 15 * n)) for n in range(5)]
        line = {**sample("logs")["logs"][0], "mtgSessionId": uuid(1, 1), "userSessionId": uuid(2, 1),
                "time": iso(now - 90), "clientTime": iso(now - 90)}  # fmt: skip
        rest.logs[uuid(1, 1)] = [line]
        await it.until(
            lambda: any(len(leg.streams) == 2 for call in it.calls.values() for leg in call.legs.values())
        )
        call = it.calls[uuid(1, 1)]
        [audio] = [one for one in call.legs[uuid(2, 1)].streams.values() if one.kind == "audio"]
        await it.until(lambda: len(told(audio)) == 5)
        assert audio.window["jitter_ms"] == pytest.approx(4)
        assert [moment.text for moment in call.timeline if moment.code == "8010"] == ["participant joined"]
        offsets = {one.get("offset") for one in rest.fake.asked if one.path == "/v1/logs"}
        assert {"0", "2", "4"} <= offsets


async def test_a_meeting_that_ends_ends_and_is_not_asked_about_for_ever() -> None:
    now = time.time()
    async with watching() as (rest, it):
        rest.hold(1, now - 200)
        await it.until(lambda: bool(it.calls))
        rest.meetings[0] = meeting(1, now - 200, ongoing=False, duration=199)
        rest.presence.clear()
        await it.until(lambda: it.calls[uuid(1, 1)].state == "ended")
        assert it.calls[uuid(1, 1)].ended_at == int(now - 200) + 199
        count = rest.fake.paths().count("/v1/logs")
        lists = rest.fake.paths().count("/v1/meetings")
        await it.until(lambda: rest.fake.paths().count("/v1/meetings") > lists + 3)
        assert rest.fake.paths().count("/v1/logs") <= count + 1


async def test_one_meeting_can_be_asked_for_before_it_is_there() -> None:
    async with watching(asked=(uuid(1, 4),)) as (rest, it):
        await it.until(lambda: rest.fake.answered.get(404, 0) >= 2)
        assert it.health.rejected == 0
        rest.hold(4, time.time())
        await it.until(lambda: uuid(1, 4) in it.calls)
        assert "/v1/presence" not in rest.fake.paths()


@pytest.mark.parametrize(
    "reply",
    [f.too_many("0.2"), f.too_many(), f.broken(), f.truncated(), f.half_json(), f.slow(0.3)],
    ids=["429-after", "429", "500", "cut", "half", "slow"],
)
async def test_what_goes_wrong_once_costs_nothing(reply: Reply) -> None:
    async with watching() as (rest, it):
        for number in range(3):
            rest.hold(number, time.time() - 60)
        rest.fake.misbehave(reply, reply)
        await it.until(lambda: len(it.calls) == 3, seconds=20)


async def test_an_error_inside_200_is_shown_in_the_vendors_words() -> None:
    async with watching() as (rest, it):
        rest.fake.misbehave(f.error_body({"error": "invalid-request-error", "info": "limit is not a number"}))
        await it.until(lambda: it.health.rejected == 1)
        assert it.health.first_reason == "Daily says invalid-request-error limit is not a number"


async def test_a_key_that_is_taken_back_stops_it_and_is_named() -> None:
    async with watching() as (rest, it):
        rest.hold(1, time.time())
        await it.until(lambda: bool(it.calls))
        rest.fake.expire(f.bearer("another"))
        await it.until(lambda: it.health.state == "unauthorised")
        assert "the token" in it.health.detail
        assert KEY not in it.shown


async def test_rows_that_come_twice_and_in_any_order_make_the_same_call() -> None:
    now = time.time()
    rows = [measurement(1, iso(now - 100 + 15 * n)) for n in range(4)]
    async with watching(DailySettings(0.2, 0.2, 0.2)) as (rest, it):
        rest.hold(1, now - 200)
        rest.metrics[uuid(1, 1)] = [rows[2], rows[0], rows[3], rows[0], rows[1], rows[2]]
        await it.until(lambda: any(leg.streams for call in it.calls.values() for leg in call.legs.values()))
        [leg] = it.calls[uuid(1, 1)].legs.values()
        [audio] = [one for one in leg.streams.values() if one.kind == "audio"]
        asked = rest.fake.paths().count("/v1/logs")
        await it.until(lambda: rest.fake.paths().count("/v1/logs") > asked + 2)
        assert len(told(audio)) == 4
