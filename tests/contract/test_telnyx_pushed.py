"""Telnyx pushed: what the SDK uploads unmodified, and the webhooks of its account, through the real server."""

from __future__ import annotations

import io
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from callmon.engine.engine import Engine
from callmon.monitor import Monitor
from callmon.providers.telnyx import Telnyx
from callmon.server.app import create_app, serve
from callmon.server.auth import Auth
from callmon.server.limits import Limits
from tests.providers.telnyx.reporting import BEGAN, CALL, RINGS_S, iso
from tests.server.conftest import Papers

GOLDEN = Path(__file__).parents[1] / "providers" / "telnyx" / "golden"
MEDIA = BEGAN + RINGS_S


@asynccontextmanager
async def listening(**more: Any) -> AsyncIterator[tuple[str, Monitor, aiohttp.ClientSession]]:
    """A callmon that listens, with its real reader and engine."""
    monitor = Monitor(Engine(), [Telnyx()], time.time)
    limits, auth = Limits(), Auth(**more)
    app = create_app(monitor, Papers(), limits, auth, {"telnyx": Telnyx.routes})
    serving = await serve(app, auth, limits, "127.0.0.1", 0)
    async with aiohttp.ClientSession() as client:
        try:
            yield serving.url, monitor, client
        finally:
            await serving.close()


def sample(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))["body"]
    return body


UPLOAD = {"x-call-report-id": "crid-user-scoped-opaque", "x-call-id": CALL, "x-voice-sdk-id": "VSDK1Cu"}
"""The headers with which the SDK uploads."""


async def test_the_sdk_uploads_unmodified_with_retries_and_the_call_is_there() -> None:
    async with listening() as (url, monitor, client):
        for name in ("report-segment", "report-segment", "report-final", "report-final"):
            async with client.post(f"{url}/call_report", json=sample(name), headers=UPLOAD) as answer:
                assert answer.status == 200
        call = monitor.engine.calls[CALL]
        assert call.state == "ended"
        assert call.legs["sdk"].streams["in-audio"].totals["packets"] == 180
        assert call.legs["sdk"].streams["in-audio"].totals["lost"] == 3
        diagnosis = call.diagnosis()
        assert diagnosis is not None and diagnosis.verdict == "connected"
        assert list(monitor.engine.calls) == [CALL]


async def test_a_page_of_another_origin_may_upload_with_the_headers_of_the_sdk() -> None:
    async with listening() as (url, _, client):
        asks = {
            "Origin": "https://phone.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": ", ".join(sorted([*UPLOAD, "content-type"])),
        }
        async with client.options(f"{url}/call_report", headers=asks) as answer:
            allowed = answer.headers["Access-Control-Allow-Headers"].lower().replace(" ", "").split(",")
            assert answer.headers["Access-Control-Allow-Origin"] == "https://phone.example"
            assert {*UPLOAD, "content-type"} <= set(allowed)


async def test_a_report_without_a_call_in_its_body_is_of_the_call_in_its_header() -> None:
    body = sample("report-final")
    del body["summary"]["callId"]
    async with listening() as (url, monitor, client):
        async with client.post(f"{url}/call_report", json=body, headers=UPLOAD) as answer:
            assert answer.status == 200
        assert list(monitor.engine.calls) == [CALL]


async def test_reports_and_webhooks_want_the_token_where_there_is_one() -> None:
    async with listening(token="t0ken-of-ours") as (url, monitor, client):
        for path, name in (("/call_report", "report-final"), ("/webhook/telnyx", "webhook-hang-up")):
            async with client.post(url + path, json=sample(name), headers=UPLOAD) as answer:
                assert answer.status == 401
            async with client.post(f"{url}{path}?token=t0ken-of-ours", json=sample(name)) as answer:
                assert answer.status == 200
        assert list(monitor.engine.calls) == [CALL]  # the hang-up is of the leg that the report named


async def test_other_webhooks_are_accepted_so_that_they_are_not_sent_again() -> None:
    body = {"data": {"event_type": "call.initiated", "payload": {"call_leg_id": "x"}}}
    async with listening() as (url, monitor, client):
        async with client.post(f"{url}/webhook/telnyx", json=body) as answer:
            assert answer.status == 200
        assert monitor.engine.calls == {}


async def test_a_report_as_large_as_the_sdk_makes_them_is_taken_at_once() -> None:
    """300 rows and 800 lines are the most that the SDK collects before it uploads."""
    row = sample("report-segment")["stats"][2]
    rows = [
        {**row, "intervalStartUtc": iso(MEDIA + n - 1), "intervalEndUtc": iso(MEDIA + n)} for n in range(300)
    ]
    line = {"timestamp": iso(MEDIA), "level": "debug", "message": "x" * 120, "context": {"state": "active"}}
    body = {**sample("report-segment"), "stats": rows, "logs": [line] * 800}
    async with listening() as (url, monitor, client):
        began = time.process_time()
        data = io.BytesIO(json.dumps(body).encode())
        async with client.post(f"{url}/call_report", data=data, headers=UPLOAD) as answer:
            assert answer.status == 200, await answer.text()
        assert time.process_time() - began < 3.0
        assert len(monitor.engine.calls[CALL].legs["sdk"].streams["in-audio"].history.times) == 300
