"""The poller against an API that does everything that APIs do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from callmon.config.secret import SecretError
from callmon.providers.provider import Limits
from callmon.sources.rest import answer
from callmon.sources.rest.budget import FileLedger
from callmon.sources.rest.credential import Credential
from callmon.sources.rest.poller import Patience
from callmon.sources.source import Backoff
from tests.contract import fake as f
from tests.contract.fake import Asked, Fake, Reply, basic, bearer
from tests.contract.polling import FAST, polling
from tests.contract.tiny import Tiny, TinySettings

TOKEN = "s3cr3t-t0ken"
T0 = 1_800_000_000.0


def calls(*ids: str, next: str | None = None) -> dict[str, Any]:
    return {"calls": list(ids), "next": next}


def detail(asked: Asked) -> dict[str, Any]:
    return {"samples": [[T0 + second, 80.0] for second in range(3)]}


def tiny_api(fake: Fake, *ids: str) -> None:
    """Answer as the made-up vendor does: two pages of calls, each call with its samples."""
    fake.on("/calls/{id}", detail, allows=set())
    half = (len(ids) + 1) // 2
    fake.pages(
        "/calls",
        [
            lambda asked: calls(*ids[:half], next=f"{fake.url}/calls?size=2&cursor=a%2Bb%3D%3D"),
            calls(*ids[half:]),
        ],
        lambda asked: (
            0 if asked.get("cursor") is None else 1 if asked.raw_path.endswith("a%2Bb%3D%3D") else None
        ),
        allows={"size", "cursor"},
        needs={"size"},
    )


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
            assert it.health.quota_used == fake.count
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


@pytest.mark.parametrize("form", ["seconds", "date", "none"])
async def test_429_is_waited_out(form: str) -> None:
    async with Fake(bearer(TOKEN)) as fake:
        tiny_api(fake, "a")
        given = {"seconds": "1", "date": f.http_date(time.time() + 1.6), "none": None}[form]
        fake.misbehave(f.too_many(given))
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: it.health.state == "backing-off")
            assert it.health.next_try_at is not None
            assert "answered 429 (Too many requests)" in it.health.detail
            await it.until(lambda: "a" in it.calls)
            gap = fake.asked[1].at - fake.asked[0].at
            assert gap < 5 if form == "none" else gap >= 0.5
            assert it.health.state == "ok"
            assert it.health.next_try_at is None


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
        async with polling(Tiny(TinySettings(every_s=1000)), fake.url, lambda: held[0]) as it:
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


async def test_200_with_an_error_body_is_an_error() -> None:
    async with Fake(bearer(TOKEN)) as fake:
        fake.on("/calls", f.error_body({"error": "maintenance"}))
        async with polling(Tiny(), fake.url) as it:
            await it.until(lambda: it.health.rejected >= 2)
            assert it.health.last_success_at is None
            assert it.health.detail == "it says maintenance"


async def test_pages_with_rows_twice_and_in_any_order_give_the_same_call() -> None:
    rows = [[T0 + second, 80.0 + second] for second in range(20)]
    states = []
    for samples in (rows, rows[10:] + rows[:15] + rows[::-1]):
        async with Fake(bearer(TOKEN)) as fake:
            fake.on("/calls", calls("a"))
            fake.on("/calls/{id}", {"samples": samples})
            async with polling(Tiny(), fake.url, now=lambda: T0 + 30 + time.monotonic() % 1000) as it:
                await it.until(lambda it=it: "a" in it.calls)  # type: ignore[misc]
                states.append(it.calls["a"].legs["edge"].now.get("rtt_ms"))
    assert states[0] == states[1] == 99.0


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
        async with polling(Tiny(), fake.url, patience=Patience(1.0, 0.5, 0.5)) as it:
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


async def test_calls_that_are_looked_at_come_first() -> None:
    ids = [f"c{number:02}" for number in range(20)]
    async with Fake(bearer(TOKEN)) as fake:
        fake.on("/calls", calls(*ids))
        fake.on("/calls/{id}", detail)
        limits = Limits(40.0, None, 1)
        async with polling(Tiny(TinySettings(every_s=1000)), fake.url, limits=limits) as it:
            it.look_at("c18", "c07")
            await it.until(lambda: len(it.calls) == 20)
            assert fake.paths()[1:5] == ["/calls/c07", "/calls/c18", "/calls/c00", "/calls/c01"]


async def test_no_more_a_second_than_allowed() -> None:
    async with Fake(bearer(TOKEN), per_second=20) as fake:
        tiny_api(fake, *(f"c{number}" for number in range(30)))
        async with polling(Tiny(), fake.url, limits=Limits(20.0, None, 8)) as it:
            await it.until(lambda: len(it.calls) == 30)
            await it.until(lambda: it.health.queued == 0)


async def test_no_more_a_day_than_allowed_and_the_last_ones_for_what_is_looked_at(tmp_path: Path) -> None:
    now = [T0]
    async with Fake(bearer(TOKEN), per_day=20) as fake:
        fake.on("/calls", calls(*(f"c{number:02}" for number in range(40))))
        fake.on("/calls/{id}", detail)
        ledger = FileLedger(tmp_path / "quota-api.json")
        clock: Callable[[], float] = lambda: now[0] + time.monotonic() % 1000  # noqa: E731
        provider = Tiny(TinySettings(every_s=1e9))
        limits = Limits(200.0, 20, 1)
        async with polling(provider, fake.url, limits=limits, now=clock, ledger=ledger) as it:
            await it.until(lambda: it.health.quota_left == 2)
            await it.until(lambda: it.health.state == "waiting")
            assert "looked at" in it.health.detail
            it.look_at("c38", "c39")
            await it.until(lambda: it.health.quota_left == 0)
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

    async def busy(asked: Asked) -> Any:
        at_once[0] += 1
        at_once[1] = max(at_once)
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
