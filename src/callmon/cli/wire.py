"""Builds a monitor from a configuration: the only place that knows every part."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callmon.board import LiveBoard
from callmon.cli.main import Unusable
from callmon.cli.screen import configured
from callmon.config.paths import state_directory
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS, RuleSet
from callmon.model.frames import Json
from callmon.model.shapes import shape_of
from callmon.monitor import Monitor
from callmon.providers import every_provider, polled_providers
from callmon.providers.provider import Watched
from callmon.query.document import call_document, document, source_document
from callmon.recording.lines import Asked, settings_of
from callmon.recording.secrets import Secrets

if TYPE_CHECKING:
    from callmon.config.apis import Api as ApiSection
    from callmon.config.loading import Loaded
    from callmon.config.secret import Secret
    from callmon.config.settings import Config
    from callmon.config.settings import Source as SourceSection
    from callmon.model.tape import Tape
    from callmon.rewind.health import Chronicle
    from callmon.rewind.past import Past
    from callmon.server.app import Serving
    from callmon.server.callstats import CallstatsApi
    from callmon.server.limits import Limits
    from callmon.sources.rest.api import Api
    from callmon.sources.source import Source

Clock = Callable[[], float]
"""What tells the time in epoch seconds."""


@dataclass(frozen=True, slots=True)
class Fold:
    """How an engine was made: see ``Engine``."""

    window_s: float = 30.0
    max_calls: int = 20_000
    keep_ended_s: float | None = None


@dataclass(slots=True)
class Watch:
    """A monitor with its board, as every command begins.

    ``secrets`` are kept out of what is kept, ``asked`` are the APIs that are asked, and ``tape`` is the recent past
    where it is kept, to which ``past`` leads and how the sources did then.
    """

    monitor: Monitor
    board: LiveBoard
    fold: Fold = Fold()
    secrets: Secrets = field(default_factory=Secrets)
    asked: list[Asked] = field(default_factory=list)
    tape: Tape | None = None
    past: tuple[Past, Chronicle] | None = None

    def calls(self) -> Json:
        """Return the document of all calls."""
        return document(self.board.calls(), self.monitor.health, self.board.rules(), self.board.now())

    def call(self, id: str) -> Json | None:
        """Return the document of one call, None where there is no such call."""
        call = self.board.call(id)
        if call is None:
            return None
        whole = document([], self.monitor.health, self.board.rules(), self.board.now())
        return {**whole, "calls": [call_document(call, self.board.now())]}

    def health(self) -> Json:
        """Return how the sources do."""
        return [source_document(one, self.board.now()) for one in self.monitor.health]


def watch(
    rules: RuleSet,
    clock: Clock = time.time,
    window_s: float = 30.0,
    max_calls: int = 20_000,
    keep_ended_s: float | None = None,
    steady: Clock | None = None,
) -> Watch:
    """Return a monitor over nothing yet; ``steady`` is a clock that nobody sets, where ``clock`` can be."""
    engine = Engine(rules, window_s, max_calls, keep_ended_s)
    monitor = Monitor(engine, every_provider(), clock, steady=steady)
    board = LiveBoard(engine, monitor, clock)
    return Watch(monitor, board, Fold(window_s, max_calls, keep_ended_s))


def rules_of(options: Any) -> RuleSet:
    """Return the rule set that was asked for; the configuration is only read where there is one."""
    if configured(options):
        config, _ = configuration(options)
        return config.rule_sets()[config.engine.rules]
    return RULE_SETS[options.rules or "telnyx"]


def config_of(options: Any) -> Config | None:
    """Return the configuration, None where there is none; reading it takes time."""
    return configuration(options)[0] if configured(options) else None


def configuration(options: Any) -> tuple[Config, tuple[str, ...]]:
    """Return the configuration with what the command line says on top, and its warnings."""
    loaded = loaded_of(options)
    return loaded.config, loaded.warnings


def loaded_of(options: Any) -> Loaded:
    """Return what was configured, and where, with what the command line says on top; Unusable says what is wrong."""
    from callmon.config.loading import ConfigError

    try:
        return load_config(options)
    except ConfigError as error:
        raise Unusable(error.messages[0], 2) from None


def load_config(options: Any) -> Loaded:
    """Return what was configured as ``loaded_of`` does; ConfigError has everything that is wrong with it."""
    from callmon.config.loading import load

    given: dict[str, object] = {}
    if options.rules:
        given["engine.rules"] = options.rules
    if options.listen:
        given["listen.host"], given["listen.port"] = address(options.listen)
    return load(Path(options.config_file) if options.config_file else None, os.environ, given)


def address(text: str) -> tuple[str, int]:
    """Return host and port of ``HOST:PORT``, ``:PORT`` or ``[HOST]:PORT``."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise Unusable(f"--listen {text}: write it as HOST:PORT, such as 127.0.0.1:7880", 2)
    return host.strip("[]") or "127.0.0.1", int(port)


def sources(config: Config, watch: Watch, stdin: int | None = 0) -> list[Source]:
    """Return all sources of the configuration: the feeds that it names and the APIs that it asks."""
    return [*subscribers(config, watch.secrets, stdin), *pollers(config, watch)]


class NoSecret(Unusable):
    """A secret is not where the configuration says that it is."""


def subscribers(config: Config, known: Secrets, stdin: int | None = 0) -> list[Source]:
    """Return the feeds that the configuration names, with their secrets resolved."""
    return [subscriber(one, known, stdin) for one in config.source]


def subscriber(one: SourceSection, known: Secrets, stdin: int | None = 0) -> Source:
    """Return the feed of a section, with its secrets resolved; raises NoSecret, or Unusable where it cannot work.

    ``stdin`` is the descriptor that ``-`` means, None where the keys come from there.
    """
    from callmon.config.secret import SecretError
    from callmon.sources.feed import Feed
    from callmon.sources.socket import Subscriber

    if one.url == "-" and stdin is None:
        raise Unusable(
            f'source {one.name}: url = "-" is stdin, and the keys come from there: pipe frames into callmon',
            2,
        )
    try:
        token = one.token.resolve(os.environ).get_secret_value() if one.token else None
        headers = {name: value.resolve(os.environ).get_secret_value() for name, value in one.headers.items()}
        for secret in (token, *headers.values()):
            known.know(secret)
        url = os.path.expanduser(one.url) if "://" not in one.url else one.url
        feed = Feed(one.name, url, one.dialect, token, headers, one.allow_plain_http)
        return Subscriber(feed, stdin=stdin or 0)
    except SecretError as error:
        raise NoSecret(f"source {one.name}: {error}", 2) from None
    except ValueError as error:
        raise Unusable(f"source {one.name}: {error}", 2) from None


def pollers(
    config: Config, watch: Watch, asked: tuple[str, ...] = (), env: Mapping[str, str] = os.environ
) -> list[Source]:
    """Return the sources that ask the APIs of the configuration; ``asked`` are ids that somebody wants to see."""
    from callmon.sources.rest.budget import FileLedger
    from callmon.sources.rest.poller import Poller
    from callmon.sources.source import Clock

    found: list[Source] = []
    for section in config.provider:
        settings = section.settings()
        provider = section.PROVIDER(settings)
        try:
            poller = Poller(
                section.called,
                provider,
                api_of(section, env, watch.secrets),
                section.limits(),
                watched(watch, provider.name, asked),
                Clock(watch.monitor.clock),
                ledger=FileLedger(state_directory(env) / f"requests-{section.called}.json"),
            )
        except ValueError as error:
            raise Unusable(f"provider {section.called}: {error}", 2) from None
        watch.monitor.attach(section.called, provider, poller.ask)
        watch.asked.append(Asked(section.called, provider.name, settings_of(settings)))
        found.append(poller)
    return found


def attach_readers(watch: Watch, asked: Iterable[Asked]) -> None:
    """Let frames of APIs be read as they were when they were recorded; nothing is asked."""
    polled = polled_providers()
    for one in asked:
        kind = polled.get(one.dialect)
        if kind is None:
            continue
        try:
            provider = kind(shape_of(kind.Settings).read(dict(one.settings)))
        except (ValueError, TypeError):
            provider = kind()
        watch.monitor.attach(one.name, provider, lambda fetches: None)


def watched(watch: Watch, dialect: str, asked: tuple[str, ...]) -> Callable[[], Watched]:
    """Return what tells which calls of a dialect somebody wants to know about, as things are when it is asked."""
    return lambda: Watched(asked, watch.monitor.live(dialect), watch.board.attention)


def api_of(section: ApiSection, env: Mapping[str, str], known: Secrets | None = None) -> Api:
    """Return the API of a section; its credential is read when it is needed."""
    from callmon.sources.rest.api import Api
    from callmon.sources.rest.credential import Credential

    def read(secret: Secret | None) -> str | None:
        value = secret.resolve(env).get_secret_value() if secret is not None else None
        if known is not None and secret is not section.username:
            known.know(value)
        return value

    def credential() -> Credential:
        secret = section.token if section.PROVIDER.AUTH == "bearer" else section.password
        return Credential(section.PROVIDER.AUTH, read(secret), read(section.username))

    return Api(section.address, section.PROVIDER.BASE_URL, credential, section.allow_plain_http)


def viewer(url: str, known: Secrets) -> Source:
    """Return the source that is another callmon; its token comes from CALLMON_TOKEN."""
    from callmon.sources.feed import Feed
    from callmon.sources.socket import Subscriber

    if not url.startswith(("http://", "https://", "ws://", "wss://")):
        raise Unusable(f"--connect {url}: write it as http://host:7880", 2)
    known.know(os.environ.get("CALLMON_TOKEN"))
    try:
        return Subscriber(Feed("connect", url, "callmon", os.environ.get("CALLMON_TOKEN")))
    except ValueError as error:
        raise Unusable(f"--connect: {error}", 2) from None


async def listen(config: Config, watch: Watch) -> Serving:
    """Open the server that frames are sent to, and from which others may read."""
    from callmon.config.secret import SecretError
    from callmon.server.app import ListenError, create_app, serve
    from callmon.server.auth import Auth, NotAllowed
    from callmon.server.callstats import OWN
    from callmon.server.feed import Feed
    from callmon.server.limits import Limits
    from callmon.sources.aside import aside

    asked = config.listen
    monitor = watch.monitor
    try:
        found = asked.token
        token = (await aside(lambda: found.resolve(os.environ))).get_secret_value() if found else None
        watch.secrets.know(token)
        auth = Auth(token, tuple(asked.cors_origins))
        limits = Limits(asked.max_body_bytes, asked.max_frames_per_second, asked.max_connections)
        feed = Feed(lambda: monitor.engine.calls, monitor.bus, monitor.clock)
        callstats = _callstats(config, watch, limits)
        # The API of callstats has tokens of its own and is served by who checks them, or not at all.
        routes = {one.name: one.routes for one in every_provider() if one.name != "callstats"}
        more = [*feed.routes(), *(callstats.routes() if callstats is not None else ())]
        auth = replace(auth, own=OWN if callstats is not None else ())
        app = create_app(monitor, watch, limits, auth, routes, more=more, clock=monitor.clock)
        app.on_shutdown.append(feed.close)
        if callstats is not None:
            app.cleanup_ctx.append(callstats.sweeping)
        serving = await serve(app, auth, limits, asked.host, asked.port)
    except (ListenError, NotAllowed, SecretError) as error:
        raise Unusable(str(error), 2) from None
    health = monitor.source("listen")
    health.state, health.detail = "ok", serving.url
    return serving


def _callstats(config: Config, watch: Watch, limits: Limits) -> CallstatsApi | None:
    """Return the ingest API of callstats, None where no app is named; raises SecretError."""
    from callmon.config.secret import SecretError
    from callmon.server.callstats import CallstatsApi
    from callmon.server.ingest import Door
    from callmon.server.limits import Buckets
    from callmon.server.tokens import Keys, usable

    asked, monitor = config.callstats, watch.monitor
    if asked.app_id is None:
        return None
    secret, public, own = (
        one.resolve(os.environ).get_secret_value() if one is not None else None
        for one in (asked.secret, asked.public_key, asked.token_key)
    )
    watch.secrets.know(secret)
    watch.secrets.know(own)
    try:
        keys = Keys(
            asked.app_id,
            own.encode() if own is not None else secrets.token_bytes(32),
            secret,
            public,
            asked.key_id,
            asked.token_s,
            round(1000 * asked.stats_s),
        )
        usable(public)
    except ValueError as error:
        raise SecretError(str(error)) from None
    return CallstatsApi(
        Door(monitor, limits, Buckets(limits, time.monotonic), monitor.clock), keys, asked.url
    )
