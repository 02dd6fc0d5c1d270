"""What callmon.toml may say: one model, whose descriptions are also the template and the reference page."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, Field, model_validator
from pydantic.fields import FieldInfo

from callmon.config.address import is_loopback
from callmon.config.apis import Api, sections
from callmon.config.callstats import Callstats
from callmon.config.recording import Record, Tape
from callmon.config.secret import Secret
from callmon.config.section import Section
from callmon.engine.quality import RULE_SETS, Levels, RuleSet
from callmon.model.metrics import METRICS

KEYS = '"f4 ctrl+t"'
"""How keys of an action are written."""

SCHEMES = ("ws", "wss", "http", "https")
"""The schemes that the address of a source may have."""


class Listen(Section):
    """Where browsers and SDKs send their frames, and how much of them is taken."""

    host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="Address to listen on; 0.0.0.0 is every network and needs a token.",
    )
    port: int = Field(7880, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    token: Secret | None = Field(None, description="Secret that senders and readers must present.")
    max_body_bytes: int = Field(2_097_152, ge=1024, description="Largest message that is taken, in bytes.")
    max_frames_per_second: float = Field(
        50.0, gt=0, description="Frames a second from one sender; more are refused."
    )
    max_connections: int = Field(2000, ge=1, description="Connections at the same time; more are refused.")
    cors_origins: list[str] = Field(["*"], description="Web origins whose pages may send; * is any.")


class Look(Section):
    """How the screens look."""

    paint_hz: float = Field(2.0, gt=0, le=4, description="Redraws a second at most.")
    theme: Literal["dark", "light", "high-contrast", "deuteranopia", "tritanopia", "mono", "terminal"] = (
        Field("dark", description="Colour theme; terminal is the terminal's own colours.")
    )
    alert: str = Field("is:poor", description="Which calls alert: a filter, such as 'loss>5 for 10s'.")
    bell: bool = Field(False, description="Ring the terminal's bell when a call becomes poor.")
    fps: int = Field(
        60, ge=1, le=60, description="Frames a second at most, also after a key: fewer for slow links."
    )
    mouse: bool = Field(
        True, description="Listen to the mouse; without it the terminal selects text by itself."
    )
    clipboard: Literal["auto", "native", "osc52"] = Field(
        "auto", description="How y copies: through the terminal (osc52), by a program (native), or both."
    )
    charts: Literal["braille", "block", "ascii"] = Field(
        "braille", description="Characters that charts are drawn in."
    )

    @model_validator(mode="after")
    def _readable(self) -> Look:
        from callmon.query.filter import Filter
        from callmon.query.misread import Misread, located

        if self.alert != "is:poor":
            try:
                Filter(self.alert)
            except Misread as wrong:
                raise ValueError(f"alert: {located(self.alert, wrong)}") from None
        return self


class Fold(Section):
    """How frames become calls and how long calls are kept."""

    rules: str = Field("telnyx", description="Rule set that judges: one of callmon's, or one under [rules].")
    window_s: float = Field(30.0, ge=1, description="Seconds over which values are judged.")
    keep_ended_s: float = Field(900.0, ge=0, description="Seconds that an ended call stays.")
    max_calls: int = Field(20_000, ge=1, description="Calls kept at most; the longest ended go first.")


class Limits(Section):
    """Two limits of one metric: good before the first, poor beyond the second, fair between them."""

    fair: float = Field(description="Where good ends.")
    poor: float = Field(description="Where poor begins.")


class Rules(Section):
    """A rule set of one's own: limits for each metric it judges."""

    rtt_ms: Limits | None = Field(None, description="Limits of the round trip, in milliseconds.")
    jitter_ms: Limits | None = Field(None, description="Limits of the jitter, in milliseconds.")
    loss_pct: Limits | None = Field(None, description="Limits of the packet loss, in percent.")
    mos: Limits | None = Field(None, description="Limits of the mean opinion score; here higher is better.")

    @model_validator(mode="after")
    def refuse_nonsense(self) -> Rules:
        """Refuse a rule set that judges nothing, or whose limits are the wrong way round."""
        if not self.levels():
            raise ValueError("judges nothing: add limits, such as rtt_ms = {fair = 150, poor = 300}")
        for key, level in self.levels().items():
            first, second = (level.poor, level.fair) if level.high_is_good else (level.fair, level.poor)
            if first > second:
                raise ValueError(f"{key} has its limits the wrong way round: swap fair and poor")
        return self

    def levels(self) -> dict[str, Levels]:
        """Return the limits by metric, as the engine takes them."""
        given = {key: getattr(self, key) for key in type(self).model_fields}
        return {
            key: Levels(limits.fair, limits.poor, high_is_good=METRICS[key].good == "high")
            for key, limits in given.items()
            if limits is not None
        }


class Source(Section):
    """Somewhere callmon goes for frames by itself; server-sent events and lines of JSON are told apart."""

    name: str = Field(pattern=r"^[\w.-]+$", description="What the source is called on screen.")
    url: str = Field(
        min_length=1, description='ws, wss, http or https address, path of a Unix socket, or "-": stdin.'
    )
    dialect: Literal["telnyx", "webrtc", "twilio-voice", "twilio-video", "daily", "callmon"] = Field(
        description="Whose messages they are."
    )
    token: Secret | None = Field(None, description="Secret sent as Authorization: Bearer.")
    headers: dict[str, Secret] = Field(
        {}, description="Other headers to send, each a reference to its value."
    )
    allow_plain_http: bool = Field(
        False, description="Send secrets over ws or http to another machine all the same."
    )

    @model_validator(mode="after")
    def refuse_unsafe(self) -> Source:
        """Refuse an address that is none, that holds a password, or that shows a secret to the network."""
        scheme, given, _ = self.url.partition("://")
        if not given:
            if self.url != "-" and not self.url.startswith(("/", "~", "./", "../")):
                raise ValueError(f'url has no scheme: write {", ".join(SCHEMES)}, a path, or "-"')
            return self
        if scheme not in SCHEMES:
            raise ValueError(f"url has an unknown scheme: use {', '.join(SCHEMES)}")
        try:
            parts = urlsplit(self.url)
            host = parts.hostname
        except ValueError:
            host = None
        if not host:
            raise ValueError("url has no host: write it as scheme://host:port/path")
        if "@" in parts.netloc:
            raise ValueError("url holds a password: take it out and use token or headers")
        secret = self.token is not None or bool(self.headers)
        if secret and scheme in ("ws", "http") and not is_loopback(host) and not self.allow_plain_http:
            raise ValueError(f"sends a secret in the clear: use {scheme}s, or set allow_plain_http = true")
        return self


def _one_text(keys: Any) -> str:
    """Return the keys of an action as one text; a list of them is as good."""
    several = keys if isinstance(keys, list) else [keys]
    if not all(isinstance(key, str) for key in several):
        raise ValueError(f"not usable and ignored: write keys separated by spaces, such as {KEYS}")
    return keys if isinstance(keys, str) else " ".join("comma" if key == "," else key for key in keys)


class Config(Section):
    """All of callmon.toml."""

    listen: Listen = Field(Listen())
    view: Look = Field(Look())
    engine: Fold = Field(Fold())
    rules: dict[str, Rules] = Field({})
    source: list[Source] = Field([])
    provider: list[Api] = Field([])
    callstats: Callstats = Field(Callstats())
    tape: Tape = Field(Tape())
    record: Record = Field(Record())
    keys: dict[str, Annotated[str, BeforeValidator(_one_text)]] = Field(
        {},
        description="Keys of an action by its id (docs/keys.md), which is in quotes where it has dots; "
        'several separated by spaces; none: "".',
    )

    @model_validator(mode="after")
    def refuse_confusion(self) -> Config:
        """Refuse names that are used twice or that name nothing."""
        taken = sorted(RULE_SETS.keys() & self.rules.keys())
        if taken:
            raise ValueError(f"rules.{taken[0]} is a rule set of callmon's own: choose another name")
        names = [source.name for source in self.source] + [api.called for api in self.provider]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources are called {twice[0]}: rename one")
        sets = self.rule_sets()
        if self.engine.rules not in sets:
            near = difflib.get_close_matches(self.engine.rules, sets, n=1)
            hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(sets)}"
            raise ValueError(f"engine.rules: there is no rule set {self.engine.rules!r:.40}: {hint}")
        return self

    def rule_sets(self) -> dict[str, RuleSet]:
        """Return every rule set by name: callmon's own, then those of the file."""
        own = {
            name: RuleSet(name, rules.levels(), source="callmon.toml") for name, rules in self.rules.items()
        }
        return {**RULE_SETS, **own}

    def secrets(self) -> Iterator[tuple[str, Secret]]:
        """Return each secret with the path of its key."""
        if self.listen.token:
            yield "listen.token", self.listen.token
        for name in ("secret", "public_key", "token_key"):
            if (secret := getattr(self.callstats, name)) is not None:
                yield f"callstats.{name}", secret
        for number, source in enumerate(self.source):
            if source.token:
                yield f"source.{number}.token", source.token
            for name, secret in source.headers.items():
                yield f"source.{number}.headers.{name}", secret
        for number, api in enumerate(self.provider):
            for name in ("username", "password", "token"):
                if (secret := getattr(api, name)) is not None:
                    yield f"provider.{number}.{name}", secret


def every_key() -> dict[str, FieldInfo]:
    """Return each key that a file may hold, in its order; * stands for a name or a position."""
    return dict(_keys(Config, ""))


def _keys(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, info in model.model_fields.items():
        inner, many = section_of(info.annotation)
        if inner is Api:
            kinds: tuple[type[Section], ...] = (Api, *sections().values())
            for kind in kinds:
                yield from ((f"{name}.*.{key}", it) for key, it in kind.model_fields.items())
            continue
        path = f"{prefix}{name}" + (".*" if many else "")
        if inner is None:
            named = not prefix and get_origin(info.annotation) is dict
            yield f"{path}.*" if named else path, info
        else:
            yield from _keys(inner, f"{path}.")


def flat_keys(data: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Take ``show.ice = "I"`` as it is meant: ids of actions have dots, which make tables in TOML.

    Return with it the ids that are there twice, of which those in quotes count.
    """
    keys = data.get("keys")
    if not isinstance(keys, dict):
        return data, []
    every = [*_flat(keys, "")]
    twice = [id for id, times in Counter(id for id, _ in every).items() if times > 1]
    return {**data, "keys": {**dict(every), **{id: keys[id] for id in twice if id in keys}}}, twice


def _flat(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def section_of(annotation: Any) -> tuple[type[Section] | None, bool]:
    """Return the section that a field holds, and whether it holds many of them."""
    found = [kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type)]
    section = next((kind for kind in found if issubclass(kind, Section)), None)
    many = section is not None and section is not annotation and type(None) not in get_args(annotation)
    return section, many
