"""Credentials and addresses: what is shown to whom, and what nobody gets to see."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from callmon.config.secret import SecretError
from callmon.sources.rest.credential import Credential
from callmon.sources.source import Backoff
from tests.contract import fake as f
from tests.contract.fake import Asked, Fake, Reply, basic, bearer
from tests.contract.polling import FAST, polling
from tests.contract.tiny import TOKEN, Tiny, TinySettings, calls, detail, tiny_api

ONE_BY_ONE = replace(FAST, concurrency=1)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_credential_is_named_and_nothing_more_is_asked(status: int) -> None:
    async with Fake() as fake:
        fake.always(f.denied(status))
        async with polling(Tiny(), fake.url, Credential("bearer", TOKEN), backoff=Backoff(0.01)) as it:
            await it.until(lambda: it.health.state == "unauthorised")
            assert "does not accept the token" in it.health.detail
            await asyncio.sleep(0.6)
            assert fake.count == 1
            assert TOKEN not in it.shown


async def test_a_token_that_expires_between_two_pages_and_is_replaced() -> None:
    held = [Credential("bearer", "old-token-1")]
    async with Fake(bearer("old-token-1")) as fake:
        tiny_api(fake, "a", "b", "c")
        first = fake._endpoints[0].answer._bodies[0]

        def expiring(asked: Asked) -> Any:
            fake.expire(bearer("new-token-2"))
            return first(asked)

        fake._endpoints[0].answer._bodies[0] = expiring
        async with polling(
            Tiny(TinySettings(every_s=1e9)), fake.url, lambda: held[0], limits=ONE_BY_ONE
        ) as it:
            await it.until(lambda: it.health.state == "unauthorised")
            assert fake.answered[401] == 1
            held[0] = Credential("bearer", "new-token-2")
            fake._endpoints[0].answer._bodies[0] = first
            await it.until(lambda: set(it.calls) == {"a", "b", "c"})
            # The reading goes on where it was, with the page that the vendor gave.
            assert [one.raw_path for one in fake.asked if "cursor" not in one.raw_path].count(
                "/calls?size=2"
            ) == 1
            assert "old-token" not in it.shown


async def test_a_credential_that_cannot_be_found_is_said_and_the_source_waits() -> None:
    def missing() -> Credential:
        raise SecretError("the environment variable TINY is not set: export it")

    async with Fake() as fake, polling(Tiny(), fake.url, missing) as it:
        await it.until(lambda: it.health.state == "unauthorised")
        assert it.health.detail == "the environment variable TINY is not set: export it"
        assert fake.count == 0


async def test_half_a_credential_and_none() -> None:
    async with Fake(basic("u", "p")) as fake:
        async with polling(Tiny(), fake.url, Credential("basic", username="u")) as it:
            await it.until(lambda: it.health.state == "unauthorised")
            assert it.health.detail.startswith("no password is set")
        assert fake.count == 0
    async with Fake() as fake:
        fake.always(f.denied())
        async with polling(Tiny(), fake.url, Credential("basic")) as it:
            await it.until(lambda: it.health.state == "unauthorised")
            assert it.health.detail.endswith("none is set: add username and password")


async def test_basic_and_bearer() -> None:
    for auth, credential in (
        (basic("AC1", "päss:word"), Credential("basic", "päss:word", "AC1")),
        (bearer("KEY1"), Credential("bearer", "KEY1")),
    ):
        async with Fake(auth) as fake:
            tiny_api(fake, "a")
            async with polling(Tiny(), fake.url, credential) as it:
                await it.until(lambda it=it: "a" in it.calls)  # type: ignore[misc]


async def test_a_403_that_concerns_one_call_stops_only_that() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a", "b")
        fake.on("/calls/a", f.denied(403, {"code": 17000, "message": "not yours"}))
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: "b" in it.calls and it.health.rejected == 1)
            assert it.health.first_reason == "detail: answered 403 (not yours)"
            assert it.health.state == "ok"


async def test_redirects_are_followed_only_within_the_api() -> None:
    async with Fake() as other, Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a", "b", "c")
        fake.on("/calls/a", f.moved("/calls/moved"))
        fake.on("/calls/b", f.moved(f"{other.url}/calls/b"))
        fake.on("/calls/c", f.moved("/calls/c"))
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: "a" in it.calls and it.health.rejected == 2)
            assert other.count == 0
            assert fake.paths().count("/calls/c") == 4


async def test_a_next_page_elsewhere_is_not_asked_for() -> None:
    async with Fake() as other, Fake(bearer(TOKEN)) as fake:
        fake.on("/calls", calls(next=f"{other.url}/calls?cursor=1"))
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: it.health.rejected >= 1)
            assert "which is not 127.0.0.1" in (it.health.first_reason or "") or other.count == 0
        assert other.count == 0


async def test_the_vendors_own_address_is_asked_at_what_stands_in_for_it() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        fake.pages(
            "/proxy/calls",
            [calls(next=f"{Tiny.BASE_URL}/calls?cursor=x%2Fy"), calls("z")],
            lambda asked: {None: 0, "x/y": 1}.get(asked.get("cursor")),
        )
        fake.on("/proxy/calls/{id}", detail)
        async with polling(Tiny(), f"{fake.url}/proxy") as it:
            await it.until(lambda: "z" in it.calls)


async def test_no_secret_gets_anywhere() -> None:
    """An API that shows the credential back in every way there is."""
    password = "hunter2-hunter2"
    credential = Credential("basic", password, "someone")
    everything = f"{password} {basic('someone', password)}"

    def echo(asked: Asked) -> Any:
        return {"samples": [], "echo": asked.authorization, "plain": password}

    async with Fake(basic("someone", password)) as fake:
        fake.on("/calls", calls("a", "b", "c", "d"))
        fake.on("/calls/{id}", echo)
        fake.misbehave(f.broken(), path="/calls/a")
        fake.misbehave(Reply({"message": everything}, 500), path="/calls/b")
        fake.misbehave(Reply({"message": everything}, 418), path="/calls/c")
        fake.misbehave(Reply({"error": everything}), path="/calls/d")
        fake.misbehave(Reply({"message": everything}, 429), path="/calls")
        async with polling(Tiny(), fake.url, credential) as it:
            await it.until(lambda: {"a", "b"} <= set(it.calls) and it.health.rejected == 2)
            fake.always(f.denied(401, {"message": everything}))
            await it.until(lambda: it.health.state == "unauthorised")
            shown = it.shown + repr(it.poller.__dict__)
            assert password not in shown
            assert basic("someone", password).removeprefix("Basic ") not in shown
