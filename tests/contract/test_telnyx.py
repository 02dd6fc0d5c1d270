"""Telnyx polled: the list and its pages, single calls, the documented service, and everything that goes wrong."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from callmon.model.frames import Frame
from callmon.providers.provider import Watched
from callmon.providers.telnyx import Telnyx
from callmon.providers.telnyx.asking import Settings
from callmon.sources.rest.credential import Credential
from tests.contract import fake as f
from tests.contract import fake_telnyx as t
from tests.contract.fake import Fake
from tests.contract.fake_telnyx import KEY, LIST, USER, Reports, Service, stored, telnyx
from tests.contract.polling import polling
from tests.providers.telnyx.reporting import BEGAN, CALL, RINGS_S, iso, live, part, parts

GOLDEN = Path(__file__).parents[1] / "providers" / "telnyx" / "golden"
MEDIA = BEGAN + RINGS_S
NOW = MEDIA + 100.0
BEARER = Credential("bearer", KEY)


def later(start: float = NOW, speed: float = 20.0) -> Any:
    """A clock that begins at ``start`` and goes faster than the world, so that minutes are seconds."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    return lambda: start + (loop.time() - began) * speed


def every(seconds: float = 5.0, **more: Any) -> Telnyx:
    return Telnyx(Settings(every_s=seconds, **more))


def posts(call: str = CALL, at: float = MEDIA, seconds: int = 60) -> list[dict[str, Any]]:
    """The stored report of one call, in three parts."""
    made = []
    for n, body in enumerate(parts(seconds)):
        body["summary"]["callId"] = call
        made.append(stored(body, iso(at + 20 * (n + 1) + 0.4)))
    return made


def asked_for(fake: Fake, call: str = CALL) -> int:
    return fake.paths().count(f"{LIST}/{call}")


async def test_a_report_in_the_list_is_read_once_and_the_whole_call_is_there() -> None:
    async with telnyx() as fake:
        Reports(fake, *posts())
        async with polling(every(), fake.url, BEARER, now=later()) as it:
            await it.until(lambda: CALL in it.calls and it.calls[CALL].state == "ended")
            await it.until(lambda: fake.paths().count(LIST) >= 3)
            assert asked_for(fake) == 1
            assert it.calls[CALL].legs["sdk"].streams["in-audio"].totals["packets"] == 49 * 60
            assert it.health.state == "ok"
            assert it.health.newest_at == MEDIA + 60
            assert it.health.quota_left is None
            assert KEY not in it.shown
    query = dict(fake.asked[0].query)
    assert query == {"page[number]": "1", "page[size]": "50", "sort": "-created_at"}


async def test_all_pages_within_the_time_are_read_in_their_order_and_no_more() -> None:
    ids = [f"c{n}" for n in range(9)]
    recent = [post for n, id in enumerate(ids) for post in posts(id, MEDIA - 5 * n)]
    old = posts("old", MEDIA - 9000)
    async with telnyx() as fake:
        Reports(fake, *recent, *old, *posts("older", MEDIA - 20_000))
        async with polling(every(60.0, page_size=4), fake.url, BEARER, now=later()) as it:
            await it.until(lambda: set(it.calls) == set(ids))
            await it.until(lambda: all(call.over for call in it.calls.values()) and it.idle)
            pages = [one.get("page[number]") for one in fake.asked if one.path == LIST]
            # 27 recent parts are 7 pages of 4; the last of them holds an old one, where the reading ends.
            assert pages[:7] == [str(n) for n in range(1, 8)]
            assert "8" not in pages
            assert {path for path in fake.paths() if path != LIST} == {f"{LIST}/{id}" for id in ids}
            assert fake.count == len([one for one in fake.asked if one.path == LIST]) + len(ids)


async def test_a_call_that_goes_on_is_asked_for_again_when_it_has_something_new() -> None:
    async with telnyx() as fake:
        reports = Reports(fake, *posts()[:1])
        async with polling(every(), fake.url, BEARER, now=later(MEDIA + 21)) as it:
            await it.until(lambda: CALL in it.calls)
            assert it.calls[CALL].state == "live"
            for n in (1, 2):
                reports.posts.append(posts()[n])
                await it.until(lambda n=n: asked_for(fake) == n + 1)  # type: ignore[misc]
            await it.until(lambda: it.calls[CALL].state == "ended")
            assert it.calls[CALL].legs["sdk"].streams["in-audio"].totals["packets"] == 49 * 60
            frames = [one for one in it.frames if one.tag == "call"]
            assert len(frames) == 3


@pytest.mark.parametrize("missing", [t.NOT_FOUND, f.Reply([])])
async def test_a_call_that_was_named_is_asked_for_until_its_report_is_there(missing: Any) -> None:
    """A call may have no report yet, or none ever: the vendor does not say which, and 404 is no failure."""
    async with telnyx() as fake:
        reports = Reports(fake)
        reports.missing = missing
        async with polling(every(), fake.url, BEARER, asked=(CALL,), now=later()) as it:
            await it.until(lambda: asked_for(fake) >= 2)
            assert it.calls == {}
            assert it.health.rejected == 0
            reports.posts = [
                {**post, "stored_at": iso(BEGAN - 90_000)} for post in posts()
            ]  # beyond the list
            await it.until(lambda: CALL in it.calls and it.calls[CALL].over)
            times = asked_for(fake)
            await asyncio.sleep(1.5)  # longer than the poller waits before it asks what is wanted
            assert asked_for(fake) == times
            assert LIST not in fake.paths()


async def test_calls_of_the_settings_are_asked_for_however_old_they_are() -> None:
    async with telnyx() as fake:
        Reports(fake, *posts(at=MEDIA - 500_000))
        async with polling(every(calls=(CALL,)), fake.url, BEARER, now=later()) as it:
            await it.until(lambda: CALL in it.calls and it.calls[CALL].over)


@pytest.mark.parametrize(
    "trouble",
    [
        t.too_many("0"),
        t.too_many(),
        t.error(500, "10007", "Unexpected error"),
        f.truncated('{"data": [{"call_id'),
        f.half_json(),
        f.web_page(),
        f.slow(0.05),
        t.error(200, "10011", "Too many requests"),
    ],
    ids=["429 and when", "429", "500", "cut", "half", "page", "slow", "200 with an error"],
)
@pytest.mark.parametrize("where", [LIST, f"{LIST}/{CALL}"], ids=["list", "call"])
async def test_trouble_passes_and_nothing_is_lost_or_read_twice(trouble: f.Reply, where: str) -> None:
    async with telnyx() as fake:
        Reports(fake, *posts())
        fake.misbehave(trouble, path=where)
        async with polling(every(calls=(CALL,)), fake.url, BEARER, now=later()) as it:
            await it.until(lambda: CALL in it.calls and it.calls[CALL].over)
            assert it.calls[CALL].legs["sdk"].streams["in-audio"].totals["packets"] == 49 * 60
            await it.until(lambda: it.health.state == "ok")


async def test_a_key_that_is_not_accepted_stops_the_source_and_is_named() -> None:
    async with telnyx() as fake:
        Reports(fake, *posts())
        fake.always(t.UNAUTHORISED)
        async with polling(every(), fake.url, BEARER, now=later()) as it:
            await it.until(lambda: it.health.state == "unauthorised")
            assert "token" in it.health.detail
            count = fake.count
            await asyncio.sleep(0.1)
            assert fake.count == count
            assert KEY not in it.shown


async def test_a_key_that_expires_between_two_pages_is_replaced_and_the_reading_goes_on() -> None:
    current = [KEY]
    async with telnyx() as fake:
        reports = Reports(fake, *[post for n in range(4) for post in posts(f"c{n}", MEDIA - n)])
        first = reports._list

        def expiring(asked: f.Asked) -> Any:
            if asked.get("page[number]") == "1" and current[0] == KEY:
                fake.expire(f.bearer("KEY-new"))
                current[0] = "KEY-new"
            return first(asked)

        names = {"page[number]", "page[size]"}
        fake.on(LIST, expiring, allows={"sort"}, needs=names)

        def credential() -> Credential:
            return Credential("bearer", current[0])

        async with polling(every(60.0, page_size=4), fake.url, credential, now=later()) as it:
            await it.until(lambda: len(it.calls) == 4)
            assert it.health.state == "ok"


async def test_parts_that_are_stored_twice_and_out_of_order_count_once() -> None:
    one, two, three = posts()
    async with telnyx() as fake:
        Reports(fake, three, one, {**two, "stored_at": iso(MEDIA + 44)}, two, one)
        async with polling(every(), fake.url, BEARER, now=later()) as it:
            await it.until(lambda: CALL in it.calls and it.calls[CALL].over)
            assert it.calls[CALL].legs["sdk"].streams["in-audio"].totals["packets"] == 49 * 60


async def test_what_was_pushed_live_is_not_counted_again_when_its_report_is_polled() -> None:
    async with telnyx() as fake:
        reports = Reports(fake)
        async with polling(every(), fake.url, BEARER, now=later(MEDIA + 61)) as it:
            for second in range(1, 41):
                it.monitor.take(
                    Frame("telnyx", MEDIA + second, "frame", live(second), {"call": CALL}, "listen")
                )
            reports.posts = posts()
            await it.until(lambda: it.calls[CALL].over)
            call = it.calls[CALL]
            assert list(call.legs) == ["sdk"]
            assert call.legs["sdk"].streams["in-audio"].totals["packets"] == 49 * 60


async def test_the_samples_of_the_api_are_read_through_the_whole_way() -> None:
    case = json.loads((GOLDEN / "api-by-call.json").read_text("utf-8"))
    async with telnyx() as fake:
        Reports(fake, *case["body"])
        async with polling(every(), fake.url, BEARER, now=later(case["at"])) as it:
            await it.until(lambda: CALL in it.calls and it.calls[CALL].over)
            assert it.calls[CALL].legs["sdk"].streams["in-audio"].totals["packets"] == 180


def served(call: str, until: float, duration: int) -> dict[str, Any]:
    rows = [
        {"timestamp": int(until - duration + n), "bytesSent": 8000 * n, "rtt": 45, "jitter": 3}
        for n in range(0, duration + 1, 5)
    ]
    pair = {"local_candidate": {"type": "relay", "ip": "192.0.2.1", "port": 50000}, "nominated": True,
            "remote_candidate": {"type": "host", "ip": "198.51.100.7", "port": 50001}}  # fmt: skip
    return {
        "call": {"call_id": call, "duration": duration, "sdk_version": "2.26.3"},
        "segments": rows,
        "ice_data": {
            "transport": {"dtls_state": "connected", "ice_state": "connected"},
            "selected_pair": {**pair, "state": "succeeded"},
            "candidates": [{"type": "relay", "ip": "192.0.2.1", "port": 50000, "timestamp": int(until)}],
        },
    }


@pytest.mark.parametrize("apart", [False, True])
async def test_the_documented_service_is_asked_for_named_calls_and_their_ice(apart: bool) -> None:
    async with Fake() as fake:
        service = Service(fake, apart)
        async with polling(
            every(user=USER), fake.url, Credential("bearer"), asked=("a b",), now=later()
        ) as it:
            await it.until(lambda: fake.count >= 2)
            service.calls["a b"] = served("a b", NOW, 45)
            await it.until(lambda: "a b" in it.calls and it.calls["a b"].over)
            call = it.calls["a b"]
            await it.until(lambda: call.legs["sdk"].ice.seen)
            assert call.metrics["rtt_ms"] == pytest.approx(45.0)
            assert call.diagnosis() is not None
            assert all(one.authorization is None for one in fake.asked)
            assert LIST not in fake.paths()
            assert any(path.endswith("/ice") for path in fake.paths()) == apart
            count = fake.count
            await asyncio.sleep(0.5)
            assert fake.count == count  # the call is over: nothing more is wanted


async def test_the_documented_service_is_asked_for_calls_that_were_pushed_live() -> None:
    async with Fake() as fake:
        service = Service(fake)
        service.calls[CALL] = served(CALL, MEDIA + 70, 60)
        async with polling(every(user=USER), fake.url, Credential("bearer"), now=later(MEDIA + 12)) as it:
            for second in range(1, 11):
                it.monitor.take(
                    Frame("telnyx", MEDIA + second, "frame", live(second), {"call": CALL}, "listen")
                )
            await it.until(lambda: CALL in it.calls and it.calls[CALL].legs["sdk"].ice.seen)
            assert list(it.calls[CALL].legs) == ["sdk"]


async def test_the_vendors_own_client_reads_the_fake() -> None:
    """The fake is not our own invention: the published client finds in it what it was written for."""
    vendor = pytest.importorskip(
        "telnyx", reason="the vendor's client is not here: pip install callmon[contract]"
    )
    types = pytest.importorskip("telnyx.types")
    case = json.loads((GOLDEN / "api-by-call.json").read_text("utf-8"))
    async with telnyx() as fake:
        Reports(fake, *case["body"], *[post for n in range(5) for post in posts(f"c{n}", MEDIA - n)])
        async with vendor.AsyncTelnyx(api_key=KEY, base_url=f"{fake.url}/v2", max_retries=0) as client:
            found = await client.voice_sdk_call_reports.retrieve(CALL)
            assert [one.segment for one in found] == [0, 1]
            assert all(isinstance(one, types.VoiceSDKCallReport) for one in found)
            assert found[1].summary["state"] == "destroy"
            assert found[1].flush_reason is None
            listed = [
                one.call_id
                async for one in client.voice_sdk_call_reports.list(
                    page_number=1, page_size=4, sort="-created_at"
                )
            ]
            assert len(listed) == 17  # through all pages, by page[number]
            with pytest.raises(vendor.NotFoundError):
                await client.voice_sdk_call_reports.retrieve("nobody")


def test_a_hang_up_is_what_the_vendors_own_types_say() -> None:
    types = pytest.importorskip("telnyx.types", reason="the vendor's client is not here: callmon[contract]")
    case = json.loads((GOLDEN / "webhook-hang-up.json").read_text("utf-8"))
    event = types.CallHangupWebhookEvent.model_validate(case["body"])
    assert event.data.payload.call_quality_stats.inbound.mos == "4.50"
    assert event.data.payload.hangup_cause == "normal_clearing"


def test_nothing_is_asked_before_it_is_wanted_again() -> None:
    """What is wanted is the same however often it is asked for within its time."""
    provider = every(60.0)
    first = list(provider.poll(NOW, Watched()))
    assert list(provider.poll(NOW + 0.5, Watched())) == first
    assert [one.path for one in first] == [LIST]
    assert part(range(0), None)["stats"] == []
