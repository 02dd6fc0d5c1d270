"""What the poller asks, in which order, and within which budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callmon.providers.provider import Limits
from callmon.sources.rest.budget import FileLedger
from tests.contract.fake import Asked, Fake, Reply, bearer
from tests.contract.polling import polling
from tests.contract.tiny import T0, TOKEN, Tiny, TinySettings, calls, detail, tiny_api


async def test_every_call_is_found_through_all_pages_and_asked_about_once() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a", "b", "c")
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: set(it.calls) == {"a", "b", "c"})
            await it.until(lambda: fake.paths().count("/calls") >= 6)
            assert sorted(path for path in fake.paths() if path != "/calls") == [
                "/calls/a",
                "/calls/b",
                "/calls/c",
            ]
            assert it.health.state == "ok"
            assert it.health.newest_at == T0 + 2
            await it.until(lambda: it.health.quota_used == fake.count)
            assert it.health.quota_left is None


async def test_frames_carry_where_they_come_from_and_what_was_asked() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a")
        async with polling(Tiny(), fake.url, name="eu") as it:
            await it.until(lambda: "a" in it.calls)
        frame = next(one for one in it.frames if one.tag == "detail")
        assert (frame.provider, frame.source, dict(frame.about)) == (
            "tiny",
            "eu",
            {"call": "a", "status": "200"},
        )


async def test_not_ready_yet_is_asked_again_when_the_provider_says() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a")
        gone = Reply({"code": 20404, "message": "not found"}, 404)
        fake.misbehave(gone, gone, path="/calls/a")
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: "a" in it.calls)
            times = [one.at for one in fake.asked if one.path == "/calls/a"]
            assert len(times) == 3
            assert times[1] - times[0] >= 0.09
            assert it.health.rejected == 0


async def test_pages_with_rows_twice_and_in_any_order_give_the_same_call() -> None:
    rows = [[T0 + second, 80.0 + second] for second in range(20)]
    states, began = [], time.monotonic()
    for samples in (rows, rows[10:] + rows[:15] + rows[::-1]):
        async with Fake(bearer(TOKEN)) as fake:
            fake.on("/calls", calls("a"))
            fake.on("/calls/{id}", {"samples": samples})
            async with polling(Tiny(), fake.url, now=lambda: T0 + 30 + time.monotonic() - began) as it:
                await it.until(lambda it=it: "a" in it.calls)  # type: ignore[misc]
                states.append(it.calls["a"].legs["edge"].now.get("rtt_ms"))
    assert states[0] == states[1] == 99.0


async def test_calls_that_are_looked_at_come_first() -> None:
    ids = [f"c{number:02}" for number in range(20)]
    async with Fake(bearer(TOKEN)) as fake:
        fake.on("/calls", calls(*ids))
        fake.on("/calls/{id}", detail)
        limits = Limits(40.0, None, 1)
        async with polling(Tiny(TinySettings(every_s=1e9)), fake.url, limits=limits) as it:
            it.look_at("c18", "c07")
            await it.until(lambda: len(it.calls) == 20)
            assert fake.paths()[1:5] == ["/calls/c07", "/calls/c18", "/calls/c00", "/calls/c01"]


async def test_no_more_a_second_than_allowed() -> None:
    # The fake is late by as much as the loop that both share; a poller without a budget asks hundreds a second.
    async with Fake(bearer(TOKEN), per_second=25) as fake:
        tiny_api(fake, *(f"c{number}" for number in range(30)))
        async with polling(Tiny(), fake.url, limits=Limits(20.0, None, 8)) as it:
            await it.until(lambda: len(it.calls) == 30)
            await it.until(lambda: it.health.queued == 0)


async def test_no_more_a_day_than_allowed_and_the_last_ones_for_what_is_looked_at(tmp_path: Path) -> None:
    now, began = [T0], time.monotonic()
    async with Fake(bearer(TOKEN), per_day=20) as fake:
        fake.on("/calls", calls(*(f"c{number:02}" for number in range(40))))
        fake.on("/calls/{id}", detail)
        ledger = FileLedger(tmp_path / "quota-api.json")
        clock: Callable[[], float] = lambda: now[0] + time.monotonic() - began  # noqa: E731
        provider = Tiny(TinySettings(every_s=1e9))
        limits = Limits(200.0, 20, 1)
        async with polling(provider, fake.url, limits=limits, now=clock, ledger=ledger) as it:
            await it.until(lambda: it.health.quota_left == 2)
            await it.until(lambda: it.health.state == "waiting")
            assert "looked at" in it.health.detail
            it.look_at("c38", "c39")
            await it.until(lambda: it.health.quota_left == 0 and fake.count == 20)
            assert set(fake.paths()[-2:]) == {"/calls/c38", "/calls/c39"}
            await it.until(lambda: "goes on at 00:00 UTC" in it.health.detail)
            midnight = (clock() // 86_400 + 1) * 86_400
            assert it.health.next_poll_at == midnight
            assert it.health.quota_used == 20
        # Begun anew on the same day, nothing is asked; on the next day it goes on.
        async with polling(provider, fake.url, limits=limits, now=clock, ledger=ledger) as it:
            await it.until(lambda: it.health.state == "waiting")
            assert fake.count == 20
            fake._per_day = 40
            now[0] += 86_400
            await it.until(lambda: fake.count > 25)


async def test_no_more_at_once_than_allowed() -> None:
    at_once = [0, 0]
    three = asyncio.Barrier(3)

    async def busy(asked: Asked) -> Any:
        at_once[0] += 1
        at_once[1] = max(at_once)
        await three.wait()
        await asyncio.sleep(0.02)
        at_once[0] -= 1
        return detail(asked)

    async with Fake(bearer(TOKEN)) as fake:
        fake.on("/calls", calls(*(f"c{number}" for number in range(12))))
        fake.on("/calls/{id}", busy)
        async with polling(Tiny(), fake.url, limits=Limits(1000.0, None, 3)) as it:
            await it.until(lambda: len(it.calls) == 12)
            assert at_once[1] == 3


async def test_what_was_asked_for_on_the_command_line_is_asked() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        fake.on("/calls/{id}", detail)
        async with polling(Tiny(), fake.url, asked=("CA1", "CA2")) as it:
            await it.until(lambda: set(it.calls) == {"CA1", "CA2"})
