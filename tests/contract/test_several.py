"""Several APIs at once: what happens to one concerns no other."""

from __future__ import annotations

import json
import socket
from contextlib import AsyncExitStack

from callmon.cli import wire
from callmon.engine.quality import RULE_SETS
from callmon.monitor import Monitor
from callmon.providers.provider import Limits
from callmon.sources.source import Backoff
from tests.contract import fake as f
from tests.contract.fake import Fake, bearer
from tests.contract.polling import polling
from tests.contract.tiny import TOKEN, Tiny, tiny_api
from tests.schema import check_document


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


async def test_one_is_down_one_is_limited_one_is_refused_and_the_others_are_well() -> None:
    watch = wire.watch(RULE_SETS["telnyx"])
    monitor: Monitor = watch.monitor
    backoff = Backoff(30.0, 60.0)
    async with AsyncExitStack() as stack:
        fakes = {
            name: await stack.enter_async_context(Fake(bearer(TOKEN))) for name in ("eu", "us", "ap", "af")
        }
        for name, fake in fakes.items():
            tiny_api(fake, *(f"{name}-{number}" for number in range(5)))
        fakes["ap"].always(f.too_many("600"))
        fakes["af"].expire(bearer("another"))
        urls = {name: fake.url for name, fake in fakes.items()} | {"sa": nobody()}
        for name, url in urls.items():
            limits = Limits(100.0, 500 if name == "us" else None, 2)
            it = await stack.enter_async_context(
                polling(Tiny(), url, name=name, limits=limits, backoff=backoff, monitor=monitor)
            )
        states = {
            "eu": "ok",
            "us": "ok",
            "ap": "backing-off",
            "af": "unauthorised",
            "sa": "unreachable",
        }
        # Nobody waits for those that are tried again in half a minute at the earliest.
        await it.until(lambda: len(monitor.engine.calls) == 10, seconds=10)
        await it.until(lambda: {name: monitor.source(name).state for name in urls} == states)
        # Nobody is asked again who wants to be left alone, while the others go on.
        before = {name: fake.count for name, fake in fakes.items()}
        await it.until(lambda: fakes["eu"].count >= before["eu"] + 4)
        assert fakes["ap"].count == before["ap"] == fakes["af"].count == 1
        document = watch.calls()
        check_document(json.loads(json.dumps(document)))
        told = {one["source"]: one for one in document["sources"]}
        assert told["us"]["quota_used"] + told["us"]["quota_left"] == 500
        assert told["ap"]["next_try_at"] > document["generated_at"]
        assert told["eu"]["lag_s"] is not None
        assert told["sa"]["last_success_at"] is None
        assert [one for one in watch.health() if one["quota_used"] is not None] == document["sources"]
        assert {call["id"].partition("-")[0] for call in document["calls"]} == {"eu", "us"}
