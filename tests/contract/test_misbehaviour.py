"""The poller against an API that does everything that APIs do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from callmon.config.secret import SecretError
from callmon.model.frames import Fetch
from callmon.sources.rest import answer, poller
from callmon.sources.rest.api import Patience
from callmon.sources.source import Backoff
from tests.contract import fake as f
from tests.contract.fake import Asked, Fake, Reply, bearer
from tests.contract.polling import FAST, polling
from tests.contract.tiny import T0, TOKEN, Tiny, TinySettings, calls, detail, tiny_api


@pytest.mark.parametrize("form", ["seconds", "date", "none"])
async def test_429_is_waited_out(form: str) -> None:
    looked = asyncio.Event()

    async def listed(asked: Asked) -> Any:
        await looked.wait()
        return calls("a")

    async with Fake(bearer(TOKEN)) as fake:
        fake.on("/calls", listed)
        fake.on("/calls/{id}", detail)
        reply = f.too_many({"seconds": "1", "date": f.http_date(T0 + 1), "none": None}[form])
        dated = {"Date": f.http_date(T0)} if form == "date" else {}
        fake.misbehave(replace(reply, headers={**reply.headers, **dated}))
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: it.health.state == "backing-off")
            assert it.health.next_try_at is not None
            assert "answered 429 (Too many requests)" in it.health.detail
            looked.set()
            await it.until(lambda: "a" in it.calls)
            gap = fake.asked[1].at - fake.asked[0].at
            assert gap < 5 if form == "none" else gap >= 0.9
            assert it.health.state == "ok"
            assert "api: connected after " in it.shown
            assert it.health.next_try_at is None


async def test_what_is_wanted_now_is_asked_now_but_not_of_whom_asks_to_be_left_alone() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a")
        fake.misbehave(f.too_many("60"))
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: it.health.state == "backing-off")
            until = it.poller.hurry()
            assert until is not None and 50 < until - time.time() <= 60
            assert it.health.state == "backing-off" and len(fake.asked) == 1


async def test_a_list_is_asked_again_when_somebody_wants_it_now() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        fake.on("/calls", calls("a"))
        fake.on("/calls/{id}", detail)
        async with polling(Tiny(TinySettings(every_s=1e9)), fake.url) as it:
            await it.until(lambda: "a" in it.calls and it.idle)
            for times in (2, 3):
                assert it.poller.hurry() is None
                await it.until(lambda times=times: fake.paths().count("/calls") == times and it.idle)  # type: ignore[misc]


async def test_a_pause_of_our_own_ends_when_somebody_wants_it_now() -> None:
    patient = Backoff(first_s=3600.0, most_s=3600.0, refused_s=3600.0)
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a")
        fake.misbehave(f.denied())
        async with polling(Tiny(), fake.url, backoff=patient) as it:
            await it.until(lambda: it.health.state == "unauthorised")
            assert it.poller.hurry() is None
            await it.until(lambda: "a" in it.calls and it.health.state == "ok")
            fake.misbehave(f.too_many())
            await it.until(lambda: it.health.state == "backing-off")
            due = it.health.next_try_at
            assert due is not None and due - time.time() > 600
            assert it.poller.hurry() is None
            assert it.health.next_try_at is None, "it is tried now"
            await it.until(lambda: it.health.state == "ok")


async def test_a_try_that_somebody_asked_for_does_not_make_the_next_pause_longer() -> None:
    patient = Backoff(first_s=1000.0, most_s=8000.0)
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a")
        for _ in range(4):
            fake.misbehave(f.too_many())
        async with polling(Tiny(), fake.url, backoff=patient) as it:
            seen: list[float | None] = [None]
            for _ in range(3):
                await it.until(lambda: it.health.next_try_at not in seen)
                seen.append(it.health.next_try_at)
                assert (seen[-1] or 0.0) - time.time() <= 500, "half of what the first may take"
                assert it.poller.hurry() is None


async def test_who_hurried_long_ago_does_not_hurry_a_credential_that_is_refused_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The program that tells the secret is run once for it, and again when somebody asks."""
    patient, told = Backoff(refused_s=3600.0), list[object]()

    async def at_once(work: Callable[[], object]) -> object:
        told.append(work())
        return told[-1]

    monkeypatch.setattr(poller, "aside", at_once)
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a")
        async with polling(Tiny(), fake.url, backoff=patient) as it:
            await it.until(lambda: "a" in it.calls)
            assert it.poller.hurry() is None
            fake.misbehave(f.denied(), path="/calls")
            await it.until(lambda: len(told) > 1 and it.health.state == "unauthorised")
            for _ in range(50):
                await asyncio.sleep(0)
            assert len(told) == 2
            assert it.poller.hurry() is None
            await it.until(lambda: it.health.state == "ok")
            assert len(told) == 3


async def test_who_hurries_while_a_credential_is_looked_for_has_it_looked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patient, told = Backoff(refused_s=3600.0), list[object]()
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a")
        async with polling(Tiny(), fake.url, backoff=patient) as it:

            async def unlocked_meanwhile(work: Callable[[], object]) -> object:
                told.append(None)
                if len(told) == 1:
                    assert it.poller.hurry() is None
                    raise SecretError("the password manager is locked: unlock it")
                return work()

            monkeypatch.setattr(poller, "aside", unlocked_meanwhile)
            await it.until(lambda: "a" in it.calls)
            assert len(told) == 2


@pytest.mark.parametrize("late", ["well", "broken", "lost"])
async def test_what_was_under_way_when_the_credential_was_refused_does_not_hide_it(late: str) -> None:
    answered = asyncio.Event()

    async def afterwards(asked: Asked) -> Any:
        await answered.wait()
        return {"well": detail(asked), "broken": f.broken(), "lost": f.too_many("5")}[late]

    async with Fake(bearer(TOKEN)) as fake:
        fake.on("/calls/{id}", detail)
        fake.on("/calls/a", afterwards)
        async with polling(Tiny(), fake.url, asked=("a", "b"), backoff=Backoff(refused_s=3600.0)) as it:
            await it.until(lambda: "b" in it.calls and fake.paths().count("/calls/a") == 1)
            fake.misbehave(f.denied(), path="/calls/c")
            it.poller.ask([Fetch("calls/c", "detail", {"call": "c"})])
            await it.until(lambda: it.health.state == "unauthorised")
            answered.set()
            await it.until(lambda: it.poller._busy == 0)
            assert (it.health.state, it.health.next_try_at) == ("unauthorised", None)
            assert "does not accept the token" in it.health.detail
            assert ("a" in it.calls) == (late == "well")


async def test_what_was_under_way_when_the_api_asked_to_be_left_alone_does_not_hide_it() -> None:
    answered = asyncio.Event()

    async def afterwards(asked: Asked) -> Any:
        await answered.wait()
        return detail(asked)

    async with Fake(bearer(TOKEN)) as fake:
        fake.on("/calls/a", afterwards)
        fake.on("/calls/b", f.too_many("60"))
        async with polling(Tiny(), fake.url, asked=("a", "b")) as it:
            await it.until(lambda: it.health.state == "backing-off")
            said = it.health.detail, it.health.next_try_at
            answered.set()
            await it.until(lambda: "a" in it.calls)
            assert it.health.state == "backing-off"
            assert (it.health.detail, it.health.next_try_at) == said


async def test_a_retry_after_by_a_clock_of_its_own() -> None:
    """A date is meant by the API's clock: an hour ahead of ours, 30 s are still 30 s."""
    theirs = T0 + 3600
    headers = {"Date": f.http_date(theirs), "Retry-After": f.http_date(theirs + 30)}
    assert answer.retry_after_s(headers, T0) == 30
    assert answer.retry_after_s({"Retry-After": f.http_date(T0 + 30)}, T0) == 30
    assert answer.retry_after_s({"Retry-After": f.http_date(T0 - 30)}, T0) == 0
    assert answer.retry_after_s({"Retry-After": "2.5"}, T0) == 2.5
    assert answer.retry_after_s({"Retry-After": "soon"}, T0) is None
    assert answer.retry_after_s({"Retry-After": "-3"}, T0) is None
    assert answer.retry_after_s({"Retry-After": "9" * 400}, T0) == 86_400


@pytest.mark.parametrize(
    "reply", [f.broken(), f.broken(503, "1"), f.truncated(), f.half_json(), f.web_page()], ids=str
)
async def test_what_fails_once_is_tried_again(reply: Reply) -> None:
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a", "b")
        fake.misbehave(reply, path="/calls/a")
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: set(it.calls) == {"a", "b"})
            assert fake.paths().count("/calls/a") == 2
            await it.until(lambda: it.health.state == "ok" and not it.health.detail)
            assert it.health.rejected == 0


async def test_one_call_that_always_fails_is_given_up_and_stops_nobody() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a", "b", "c")
        fake.on("/calls/a", f.broken())
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: {"b", "c"} <= set(it.calls))
            await it.until(lambda: it.health.rejected == 1)
            assert fake.paths().count("/calls/a") == 6
            assert it.health.first_reason == "detail: answered 500 (Internal error): given up after 6 tries"


async def test_an_api_that_always_fails_is_left_alone_longer_and_longer() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        fake.always(f.broken())
        async with polling(Tiny(), fake.url, backoff=Backoff(0.1, 10.0), chance=1.0) as it:
            await it.until(lambda: fake.count >= 6)
            times = [one.at for one in fake.asked]
            gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
            assert gaps[-1] > gaps[0]
            assert it.health.state == "backing-off"


async def test_200_with_an_error_body_is_an_error() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        fake.on("/calls", f.error_body({"error": "maintenance"}))
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: it.health.rejected >= 2)
            assert it.health.last_success_at is None
            assert it.health.detail == "it says maintenance"
            await it.until(lambda: it.health.state == "backing-off")
            assert it.health.next_try_at is not None
            assert it.health.last_success_at is None


async def test_a_clock_that_goes_wrong_is_said() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a")
        fake.skew_s = -3600.0
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: "a" in it.calls)
            assert "s behind ours" in it.health.detail


async def test_slow_answers_are_cut_short_and_leave_room_for_others() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a", "b", "c")
        fake.misbehave(f.slow(30), path="/calls/a")
        async with polling(Tiny(), fake.url, patience=Patience(4.0, 2.0, 2.0)) as it:
            await it.until(lambda: {"b", "c"} <= set(it.calls))
            assert "a" not in it.calls
            await it.until(lambda: "a" in it.calls)


async def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "LONGEST", 10_000)
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a", "b")
        fake.misbehave(f.endless(50_000), path="/calls/a")
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: "b" in it.calls and it.health.rejected == 1)
            assert it.health.first_reason == "detail: answered more than 10000 bytes"


async def test_nobody_there_and_then_somebody() -> None:
    fake = Fake(bearer(TOKEN))
    await fake.open()
    port, url = fake.port, fake.url
    await fake.close()
    tiny_api(fake, "a")
    async with polling(Tiny(), url) as it:
        await it.until(lambda: it.health.state == "unreachable")
        assert f"{url} cannot be reached: connection refused" == it.health.detail
        await fake.open(port)
        await it.until(lambda: "a" in it.calls)
        assert it.health.state == "ok"
    await fake.close()
    fake.check()


async def test_a_provider_that_breaks_does_not_end_its_source() -> None:
    class Broken(Tiny):
        def poll(self, now: float, watched: Any) -> Any:
            yield from super().poll(now, watched)
            raise RuntimeError("oops")

    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a")
        async with polling(Broken(), fake.url, limits=FAST) as it:
            await it.until(lambda: "a" in it.calls)
            assert it.health.first_reason == "the provider broke when asked what it wants: RuntimeError"
