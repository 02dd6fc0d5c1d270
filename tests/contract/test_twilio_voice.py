"""Twilio Voice over the real poller: pages by edge, what is not there yet, and an API that misbehaves."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from callmon.providers.twilio_voice import Settings, TwilioVoice
from callmon.query.document import call_document
from callmon.sources.rest.credential import Credential
from tests.contract import fake as f
from tests.contract.fake import Fake
from tests.contract.fake_twilio_voice import (
    AUTH,
    CALL,
    SECRET,
    SID,
    VENDOR,
    Insights,
    gateway,
    sdk,
    summary,
)
from tests.contract.polling import Polling, polling
from tests.schema import check_call

LASTED = 119


class Shift:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.by = 0.0

    def __call__(self) -> float:
        return time.time() + self.by


def fill(insights: Insights, began: float, state: str | None = "complete") -> None:
    """A whole client call, as Twilio has it in the end."""
    rows = [sdk(CALL, began, n, 3 if n > 80 else 0) for n in range(1, LASTED)]
    rows += [
        gateway(CALL, "client_edge", side, began, n)
        for n in range(10, LASTED, 10)
        for side in ("inbound", "outbound")
    ]
    insights.rows[CALL] = rows
    if state is not None:
        insights.summaries[CALL] = summary(CALL, began, LASTED, state)


@asynccontextmanager
async def watching(
    settings: Settings | None = None,
    *,
    asked: tuple[str, ...] = (),
    now: Shift | None = None,
    host: str | None = None,
    size: int = 50,
) -> AsyncIterator[tuple[Insights, Polling]]:
    async with Fake(AUTH) as fake:
        insights = Insights(fake, size, host)
        credential = Credential("basic", SECRET, SID)
        provider = TwilioVoice(settings or Settings(calls=(CALL,)))
        async with polling(provider, insights.base_url, credential, asked=asked, now=now or Shift()) as it:
            yield insights, it


def whole(it: Polling) -> bool:
    """Whether all rows of both edges are there, and the summary."""
    call = it.calls.get(CALL)
    legs = call.legs if call is not None else {}
    if call is None or set(legs) != {"sdk_edge", "client_edge"} or call.summary is None:
        return False
    counts = [len(one.history.times) for leg in legs.values() for one in leg.streams.values()]
    return counts == [LASTED - 1, LASTED - 1, 11, 11] and call.summary.status == "final"


def shown(it: Polling) -> Any:
    """The call as it is shown, without the moment at which it was last heard of."""
    return call_document(it.calls[CALL], 0.0) | {"last_frame_at": None}


async def expected(began: float) -> Any:
    async with watching() as (insights, it):
        fill(insights, began)
        await it.until(lambda: whole(it))
        return shown(it)


@pytest.mark.parametrize("host", [None, VENDOR])
async def test_every_page_of_every_edge_is_read_once_and_at_the_address_given(host: str | None) -> None:
    began = float(int(time.time()) - 3600)
    async with watching(host=host) as (insights, it):
        fill(insights, began)
        await it.until(lambda: whole(it))
        check_call(call_document(it.calls[CALL], time.time()))
        pages = sorted((edge, page) for path, edge, page in insights.served if path.endswith("Metrics"))
        assert pages == [("", 0), ("", 1), ("", 2), ("client_edge", 0)], (
            "Twilio names the SDK's edge by itself"
        )
        call = it.calls[CALL]
        assert call.state == "ended" and call.started_at == began
        codes = {(one.code, one.leg) for one in call.issues}
        assert ("high-packet-loss", "sdk_edge") in codes
        served = len(insights.served)
        await asyncio.sleep(1.3)
        assert len(insights.served) == served, "nothing that is complete is asked for again"


async def test_what_is_not_there_yet_is_asked_for_again_and_a_summary_changes() -> None:
    now = Shift()
    began = now() - LASTED - 20.0
    async with watching(now=now) as (insights, it):
        await it.until(lambda: {one.tag for one in it.frames} == {"metrics", "events", "summary"})
        assert it.health.rejected == 0 and CALL not in it.calls
        fill(insights, began, "partial")
        now.by += 31.0
        await it.until(lambda: CALL in it.calls and it.calls[CALL].summary is not None)
        found = it.calls[CALL].summary
        assert found is not None and (found.status, found.told_status) == ("provisional", "partial")
        insights.summaries[CALL] = summary(CALL, began, LASTED, "complete", mos=4.1)
        now.by += 1800.0
        await it.until(lambda: whole(it))
        lines = [one.text for one in it.calls[CALL].timeline if one.code == "summary"]
        assert lines[-1] == "the provider's summary is final" and "mos, avg: 4.2 → 4.1" in lines[1]


async def test_calls_are_found_in_the_list_with_its_filters() -> None:
    began = float(int(time.time()) - 3600)
    asked = Settings(filters={"CallType": "client"}, since="3d", list_every_s=1.0)
    async with watching(asked, size=2) as (insights, it):
        for n in range(5):
            sid = f"CA{n:032x}"
            insights.rows[sid] = [sdk(sid, began, second) for second in range(1, 4)]
            insights.summaries[sid] = summary(sid, began, 4, "complete", "sip" if n == 4 else "client")
        await it.until(lambda: len(it.calls) == 4 and all(one.summary for one in it.calls.values()))
        first = next(one for one in insights.fake.asked if one.path.endswith("Summaries"))
        assert dict(first.query) == {
            "CallType": "client",
            "ProcessingState": "all",
            "StartTime": "3d",
            "PageSize": "1000",
        }
        assert not any(one.path.endswith("/Summary") for one in insights.fake.asked)


async def test_a_call_named_on_the_command_line_is_watched() -> None:
    began = float(int(time.time()) - 3600)
    async with watching(Settings(discover=False), asked=(CALL,)) as (insights, it):
        fill(insights, began)
        await it.until(lambda: whole(it))


@pytest.mark.parametrize(
    "replies",
    [
        [f.too_many("1")],
        [f.too_many()],
        [f.broken(), f.broken(503)],
        [f.truncated(), f.half_json()],
        [f.slow(0.3)],
        [f.web_page()],
    ],
    ids=["429-retry-after", "429", "500", "truncated", "slow", "web-page"],
)
async def test_the_call_is_the_same_however_the_api_misbehaves(replies: list[f.Reply]) -> None:
    began = float(int(time.time()) - 3600)
    same = await expected(began)
    async with watching() as (insights, it):
        fill(insights, began)
        insights.fake.misbehave(*replies, path="Metrics")
        insights.fake.misbehave(*replies, path="Summary")
        await it.until(lambda: whole(it), 20.0)
        assert shown(it) == same


async def test_pages_that_overlap_and_rows_out_of_order_give_the_same_call() -> None:
    began = float(int(time.time()) - 3600)
    same = await expected(began)
    async with watching() as (insights, it):
        fill(insights, began)
        rows = insights.rows[CALL]
        insights.rows[CALL] = [*rows[60:], *rows[30:90], *reversed(rows[:60])]
        await it.until(lambda: whole(it))
        assert shown(it) == same


async def test_a_token_that_expires_between_two_pages_costs_a_new_beginning_and_no_rows() -> None:
    began = float(int(time.time()) - 3600)
    same = await expected(began)
    async with watching() as (insights, it):
        insights.expired = 1
        fill(insights, began)
        await it.until(lambda: whole(it))
        assert shown(it) == same and insights.expired == 0
        assert [page for path, edge, page in insights.served if path.endswith("Metrics") and not edge] == [
            0,
            0,
            1,
            2,
        ]


async def test_an_error_in_an_answer_of_200_and_one_of_no_use() -> None:
    async with watching() as (insights, it):
        fill(insights, float(int(time.time()) - 3600), None)
        insights.fake.misbehave(
            f.error_body({"code": 20500, "message": "Internal Server Error", "status": 500}), path="Events"
        )
        refused = {"code": 17000, "message": "Forbidden", "status": 403}
        insights.fake.misbehave(f.Reply(refused, 403), path="Summary")
        await it.until(lambda: it.health.rejected >= 2 and it.health.state == "ok")
        assert "20500" in it.shown


async def test_a_credential_that_is_refused_is_named_and_not_shown() -> None:
    async with watching() as (insights, it):
        insights.fake.always(f.denied())
        await it.until(lambda: it.health.state == "unauthorised")
        asked = insights.fake.count
        await asyncio.sleep(0.2)
        assert SECRET not in it.shown and insights.fake.count <= asked + 2


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
            address = url.replace(VENDOR, fake.url) + (f"?{urlencode(params)}" if params else "")
            request = urllib.request.Request(
                address, headers={"Authorization": f.basic(*more["auth"])}, method=method
            )
            with urllib.request.urlopen(request, timeout=10) as answer:
                return response.Response(answer.status, answer.read().decode())

    def read() -> None:
        client = rest.Client(SID, SECRET, http_client=Client())
        metrics = client.insights.v1.calls(CALL).metrics.list(edge="sdk_edge", page_size=50)
        assert len(metrics) == LASTED - 1
        assert metrics[0].edge == "sdk_edge" and metrics[0].direction == "both"
        assert metrics[0].sdk_edge["interval"]["rtt"]["value"] == 64 and metrics[0].client_edge is None
        assert len(client.insights.v1.calls(CALL).metrics.list(edge="client_edge", direction="inbound")) == 11
        assert client.insights.v1.calls(CALL).events.list() == []
        one = client.insights.v1.calls(CALL).summary().fetch(processing_state="complete")
        assert (one.call_type, one.processing_state, one.duration) == ("client", "complete", LASTED)
        [listed] = client.insights.v1.call_summaries.list(processing_state="all", start_time="4h")
        assert listed.call_sid == CALL

    async with Fake(AUTH) as fake:
        fill(Insights(fake), float(int(time.time()) - 3600))
        await asyncio.to_thread(read)
