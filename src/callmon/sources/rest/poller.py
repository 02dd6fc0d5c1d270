"""The source that asks a provider's API: within its budget, the most urgent first, whatever the API does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

from callmon import __version__
from callmon.config.secret import SecretError
from callmon.model.frames import Fetch, Frame
from callmon.model.health import SourceHealth
from callmon.providers.provider import Limits, Polled, Watched
from callmon.sources.aside import aside
from callmon.sources.failures import lost_by
from callmon.sources.rest.answer import Answer, Denied, Failed, Moved, json_or_none, read, says_error, skew
from callmon.sources.rest.api import Api, Elsewhere, Patience
from callmon.sources.rest.budget import Budget, Ledger
from callmon.sources.rest.credential import Credential
from callmon.sources.rest.waiting import Errand, Waiting
from callmon.sources.source import Backoff, Clock, Intake, Lost, back, next_try, sleep, wait_after

if TYPE_CHECKING:
    from aiohttp import ClientSession

POLL_S = 1.0
"""How often the provider is asked what it wants."""

MOST_TRIES = 6
MOST_HOPS = 3

TROUBLE = 3
"""So many failures in a row, of whatever requests, and the whole source backs off."""

RESERVED = "little is left of today's requests: only calls that are looked at are asked about"


class Poller:
    """The source of one configured provider; ``ask`` takes requests from whoever reads its frames."""

    def __init__(
        self,
        name: str,
        provider: Polled,
        api: Api,
        limits: Limits,
        watched: Callable[[], Watched] = Watched,
        clock: Clock | None = None,
        backoff: Backoff | None = None,
        patience: Patience | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        """Ask ``api`` what ``provider`` wants to know, within ``limits``, first about what ``watched`` says."""
        self.provider = provider
        self._name = name
        self._api = api
        self._limits = limits
        self._watched = watched
        self._clock = clock or Clock()
        self._backoff = backoff or Backoff()
        self._patience = patience or Patience()
        self._budget = Budget(limits, ledger)
        self._waiting = Waiting()
        self._credential: Credential | None = None
        self._refused: Credential | None = None
        self._skew = ""
        self._forbidden: frozenset[str] = getattr(provider, "FORBIDDEN", frozenset())
        self._health = SourceHealth(name)
        self._woken, self._hurried = asyncio.Event(), asyncio.Event()
        self._busy = self._failures = 0
        self._leaving: Errand | None = None
        self._paused_until = self._left_alone_until = 0.0
        self._lost_at: float | None = None
        self._polled_at = float("-inf")
        self._seen = Watched()

    @property
    def name(self) -> str:
        """What the source is called on screen."""
        return self._name

    def ask(self, fetches: Iterable[Fetch]) -> None:
        """Let fetches wait for their turn."""
        now = self._clock.now()
        for fetch in fetches:
            self._waiting.add(fetch, now)
        self._woken.set()

    def hurry(self) -> float | None:
        """Ask for lists, and about calls that are looked at; or return until when the API asks to be left alone."""
        now = self._clock.now()
        if now < self._left_alone_until:
            return self._left_alone_until
        if now < self._paused_until and self._failures:
            self._failures -= 1  # the try that is made for this does not make the next pause longer
        self._paused_until, self._polled_at, self._refused = now, float("-inf"), None
        self._health.next_try_at = None
        self._waiting.hasten(self._seen.first, now)
        self._hurried.set()
        self._woken.set()
        return None

    async def run(self, intake: Intake) -> None:
        """Ask until cancelled; whatever goes wrong is said in the source's health."""
        import aiohttp

        self._health = intake.source(self._name)
        patience = self._patience
        timeout = aiohttp.ClientTimeout(
            total=patience.whole_s, sock_connect=patience.connect_s, sock_read=patience.idle_s
        )
        connector = aiohttp.TCPConnector(limit=self._limits.concurrency)
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(self._on_sent)
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            trace_configs=[trace],
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"callmon/{__version__}", "Accept": "application/json"},
        ) as client:
            try:
                await self._keep_asking(client, intake)
            finally:
                self._budget.keep()

    async def _keep_asking(self, client: ClientSession, intake: Intake) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                if self._credential is None:
                    self._credential = await self._find_credential(intake)
                now = self._clock.now()
                self._poll(now, intake)
                while self._credential is not None and (errand := self._next(now)) is not None:
                    self._budget.spend(now)
                    self._leaving = errand
                    self._busy += 1
                    group.create_task(self._ask(client, errand, self._credential, intake))
                self._tell(now)
                await self._rest(now)

    def _poll(self, now: float, intake: Intake) -> None:
        """Let the provider say what it wants, once a second."""
        if 0 <= now - self._polled_at < POLL_S:
            return
        self._polled_at = now
        self._seen = self._watched()
        try:
            for fetch in self.provider.poll(now, self._seen):
                self._waiting.add(fetch, now)
        except Exception as error:
            # A provider never raises; one that does, such as a plugin's, must not end its source.
            self._reject(intake, f"the provider broke when asked what it wants: {type(error).__name__}")

    def _next(self, now: float) -> Errand | None:
        """Take the next errand if one may be run now."""
        if self._leaving is not None or self._busy >= self._limits.concurrency:
            return None
        if now < max(self._paused_until, self._budget.next_at(now)):
            return None
        return self._waiting.take(now, self._seen.first, self._budget.is_scarce(now))

    async def _rest(self, now: float) -> None:
        """Wait until something may be asked or has been answered."""
        wait_s = POLL_S
        due = self._next_at(now)
        if due is not None and self._leaving is None and self._busy < self._limits.concurrency:
            wait_s = min(wait_s, max(0.001, due - now))
        await sleep(wait_s, self._woken, self._clock)

    def _next_at(self, now: float) -> float | None:
        """Return when the next request will be made, as far as is known."""
        due = self._waiting.next_at(self._seen.first, self._budget.is_scarce(now))
        if due is None or self._credential is None:
            return None
        return max(now, due, self._paused_until, self._budget.next_at(now))

    # One request

    async def _ask(
        self, client: ClientSession, errand: Errand, credential: Credential, intake: Intake
    ) -> None:
        """Make one request and deal with whatever comes of it."""
        try:
            answer = await self._answer(client, errand, credential)
            self._skew = skew(answer, self._clock.now())
            answer.check(self._clock.now(), self._forbidden)
            self._take(errand, answer, intake)
        except Moved as moved:
            self._follow(errand, moved, intake)
        except Denied:
            self._deny(errand, credential, intake)
        except Elsewhere as error:
            self._reject(intake, f"{errand.fetch.tag}: {error}")
        except Failed as failed:
            self._fail(errand, failed, credential, intake)
        except Lost as lost:
            self._lose(errand, lost, credential, intake)
        except Exception as error:
            # Anything else is a defect of ours; the other requests go on.
            self._reject(intake, f"{errand.fetch.tag}: failed unexpectedly ({type(error).__name__})")
        finally:
            self._waiting.end(errand)
            self._busy -= 1
            self._has_left(errand)
            self._woken.set()

    def _has_left(self, errand: object) -> None:
        """Let the next request be made: as far after this one as it shall arrive after it."""
        if errand is self._leaving:
            self._leaving = None
            self._budget.sent(self._clock.now())
            self._woken.set()

    async def _on_sent(self, _: ClientSession, context: SimpleNamespace, __: object) -> None:
        self._has_left(context.trace_request_ctx)

    async def _answer(self, client: ClientSession, errand: Errand, credential: Credential) -> Answer:
        import aiohttp
        from yarl import URL

        place = self._api.place
        address = self._api.address(errand.fetch)
        try:
            # The address is sent as it is: the vendor's own may hold a token that says where to go on.
            url = URL(address, encoded=True)
            async with client.get(
                url, headers=credential.headers(), allow_redirects=False, trace_request_ctx=errand
            ) as response:
                answer = await read(response)
        except TimeoutError:  # aiohttp's time-outs are of this kind
            raise Failed(f"{place} did not answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise lost_by(error, place) from None
        except ValueError:
            raise Elsewhere("it gave an address that is none") from None
        return replace(answer, body=credential.conceal(answer.body))

    def _take(self, errand: Errand, answer: Answer, intake: Intake) -> None:
        """Give an answer to whoever reads it."""
        fetch, now = errand.fetch, self._clock.now()
        about = {**fetch.about, "status": str(answer.status)}
        body = answer.json() if answer.status == 200 else json_or_none(answer)
        taken = intake.take(Frame(self.provider.name, now, fetch.tag, body, about, self._name))
        if answer.status == 200 and taken.rejected and says_error(body):
            self._trouble(taken.rejected[0], taken.rejected[0], intake)
            return
        self._failures = 0
        told, first = bool(taken.events or not taken.rejected), self._health.last_success_at is None
        if told:
            self._health.last_success_at = now
        if self._stands_still(now):  # it was on its way before that
            return
        if self._lost_at is not None:
            intake.say(f"{self._name}: {back(now - self._lost_at, first)}")
        self._health.next_try_at = self._lost_at = None
        self._become("ok", self._skew if told else taken.rejected[0])

    def _trouble(self, reason: str, detail: str, intake: Intake) -> None:
        """Take note of a request that failed; after several in a row leave the API alone."""
        self._failures += 1
        if self._failures >= TROUBLE:
            self._pause(Lost(reason), self._failures - TROUBLE + 1, intake)
        elif not self._stands_still(self._clock.now()):
            self._become(self._health.state, detail)

    def _follow(self, errand: Errand, moved: Moved, intake: Intake) -> None:
        """Ask where a redirect leads, as long as that is the same API."""
        if errand.hops >= MOST_HOPS:
            self._reject(intake, f"{errand.fetch.tag}: redirected in a circle")
            return
        try:
            url = self._api.moved(self._api.address(errand.fetch), moved.location)
        except Elsewhere as error:
            self._reject(intake, f"{errand.fetch.tag}: redirected: {error}: check base_url")
            return
        errand.hops += 1
        errand.fetch = replace(errand.fetch, path=url, query=())
        self._waiting.again(errand, self._clock.now())

    def _fail(self, errand: Errand, failed: Failed, credential: Credential, intake: Intake) -> None:
        """Try one request again later; after several failures in a row, of any requests, leave the API alone."""
        reason = credential.conceal_text(failed.reason)
        errand.tries += 1
        if not failed.again:
            self._reject(intake, f"{errand.fetch.tag}: {reason}")
            return
        self._trouble(reason, f"{errand.fetch.tag}: {reason}; it will be tried again", intake)
        if errand.tries >= MOST_TRIES:
            self._reject(intake, f"{errand.fetch.tag}: {reason}: given up after {errand.tries} tries")
            return
        wait_s = self._clock.chance() * self._backoff.cap(errand.tries)
        self._waiting.again(errand, self._clock.now() + wait_s)

    def _lose(self, errand: Errand, lost: Lost, credential: Credential, intake: Intake) -> None:
        """Leave the whole API alone for a while, and keep the request."""
        now = self._clock.now()
        if now >= self._paused_until:  # what fails at the same time fails for the same cause
            self._failures += 1
        self._waiting.again(errand, now)
        lost.reason = credential.conceal_text(lost.reason)
        self._pause(lost, self._failures, intake)

    def _pause(self, lost: Lost, failures: int, intake: Intake) -> None:
        now = self._clock.now()
        if lost.wait_s is not None:
            wait_s = lost.wait_s + self._clock.chance() * self._backoff.first_s
            self._left_alone_until = max(self._left_alone_until, now + lost.wait_s)
        else:
            wait_s = wait_after(lost, failures, self._backoff, self._clock.chance())
        self._paused_until = max(self._paused_until, now + wait_s)
        if self._credential is None:  # why nothing is asked was said, and time does not mend it
            return
        self._health.next_try_at = self._paused_until
        if lost.state != "waiting" and self._lost_at is None:
            self._lost_at = now
        if self._become(lost.state, lost.reason):
            intake.say(f"{self._name}: {lost.reason}; {next_try(self._paused_until - now)}")

    def _stands_still(self, now: float) -> bool:
        """Return whether nothing is asked for now, for a reason that was said."""
        return self._credential is None or now < self._paused_until

    # The credential

    async def _find_credential(self, intake: Intake) -> Credential:
        """Return the credential as soon as there is one that was not refused; until then nothing is asked."""
        while True:
            self._hurried.clear()  # who hurried before has what it wanted: the credential is looked for now
            try:
                found = await aside(self._api.credential)
            except SecretError as error:
                self._stop(str(error), intake)
            else:
                if found.missing is not None:
                    self._stop(f"no {found.missing} is set: add it to the provider's section", intake)
                elif found != self._refused:
                    self._refused = None
                    self._become("starting", "asking")
                    return found
            await sleep(self._backoff.refused_s, self._hurried, self._clock)

    def _deny(self, errand: Errand, credential: Credential, intake: Intake) -> None:
        """Stop asking: what was refused would be refused again."""
        self._waiting.again(errand, self._clock.now())
        if credential is not self._credential:
            return
        self._credential, self._refused = None, credential
        place = self._api.place
        if credential.headers():
            self._stop(f"{place} does not accept {credential.names}: replace it where it is kept", intake)
        else:
            settings = " and ".join(credential.settings)
            self._stop(f"{place} asks for a credential and none is set: add {settings}", intake)

    def _stop(self, reason: str, intake: Intake) -> None:
        self._health.next_try_at = self._health.next_poll_at = None
        self._lost_at = self._clock.now() if self._lost_at is None else self._lost_at
        if self._health.detail != reason:
            intake.say(f"{self._name}: {reason}")
        self._become("unauthorised", reason)

    # What is shown

    def _tell(self, now: float) -> None:
        """Say what is used, what is left and when it goes on."""
        health, budget = self._health, self._budget
        health.quota_used, health.quota_left = budget.used(now), budget.left(now)
        health.queued, health.dropped = len(self._waiting), self._waiting.dropped
        health.next_poll_at = now if self._busy else self._next_at(now)
        if self._stands_still(now):
            return
        if health.quota_left == 0 and not self._busy:  # the last one may still be on its way
            self._become("waiting", f"today's {health.quota_used} requests are used; it goes on at 00:00 UTC")
        elif budget.is_scarce(now) and health.next_poll_at is None and health.queued:
            self._become("waiting", RESERVED)
        elif health.state == "starting" and not self._busy and not health.queued:
            self._become("waiting", "nothing to ask about yet")

    def _reject(self, intake: Intake, reason: str) -> None:
        """Count something that brought nothing."""
        intake.refuse(self._name, reason)
        if self._health.state == "ok":
            self._health.detail = reason

    def _become(self, state: str, detail: str) -> bool:
        """Set the state; return whether it is another than before."""
        changed = self._health.state != state
        self._health.state, self._health.detail = state, detail
        return changed
