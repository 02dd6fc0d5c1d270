"""The sections of providers whose APIs are asked: made from what each provider says of itself."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import Field as Setting
from pydantic import ModelWrapValidatorHandler, create_model, model_validator
from pydantic.fields import FieldInfo

from callmon.config.address import check_base
from callmon.config.secret import Secret
from callmon.config.section import Section
from callmon.providers import polled_providers
from callmon.providers.provider import Limits, Polled

PolledClass = type[Polled]
"""What a section is made from; a setting of the section hides the name ``type``."""

CREDENTIALS = {"basic": ("username", "password"), "bearer": ("token",)}
"""The settings that a credential is read from, by how it is shown at the door."""

_MEANINGS = {
    "username": "What to sign in with: the account's or key's id.",
    "password": "Secret that belongs to it.",
    "token": "Secret sent as Authorization: Bearer.",
}


class Api(Section):
    """A provider's API that callmon asks; ``type`` says whose."""

    PROVIDER: ClassVar[PolledClass]

    type: str = Setting(description="Whose API it is.")
    name: str = Setting("", pattern=r"^[\w.-]*$", description="What the source is called on screen.")
    base_url: str = Setting("", description="Where the API is: a region, a proxy or a stand-in.")
    username: Secret | None = Setting(None, description=_MEANINGS["username"])
    password: Secret | None = Setting(None, description=_MEANINGS["password"])
    token: Secret | None = Setting(None, description=_MEANINGS["token"])
    requests_per_second: float = Setting(1.0, gt=0, le=1000, description="Requests a second at most.")
    requests_per_day: int | None = Setting(None, ge=1, description="Requests a UTC day at most.")
    allow_plain_http: bool = Setting(
        False, description="Send secrets over http to another machine all the same."
    )

    @model_validator(mode="wrap")
    @classmethod
    def choose(cls, given: Any, read: ModelWrapValidatorHandler[Api]) -> Api:
        """Read a section as one of the provider that it names."""
        if cls is not Api or isinstance(given, Api):
            return read(given)
        if not isinstance(given, Mapping):
            raise ValueError("not usable: it should be a table")
        found = sections().get(str(given.get("type", "")))
        if found is not None:
            return found.model_validate(given)
        names = ", ".join(sections())
        if "type" not in given:
            raise ValueError(f"says not whose API it is: add type = …, one of {names}")
        near = difflib.get_close_matches(str(given["type"]), sections(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"use one of {names}"
        raise ValueError(f"type names no provider that is asked: {hint}")

    @model_validator(mode="after")
    def refuse_unsafe(self) -> Api:
        """Refuse what the provider itself refuses, another's credential, and a secret shown to the network."""
        self.settings()
        auth = self.PROVIDER.AUTH
        for name in ("username", "password", "token"):
            if getattr(self, name) is not None and name not in CREDENTIALS[auth]:
                use = " and ".join(CREDENTIALS[auth])
                raise ValueError(f"{name} is not what {self.type} is asked with: use {use}")
        check_base(self.address, self.allow_plain_http)
        return self

    @property
    def called(self) -> str:
        """The name of the source."""
        return self.name or self.type

    @property
    def address(self) -> str:
        """Where the API is."""
        return self.base_url or self.PROVIDER.BASE_URL

    def settings(self) -> Any:
        """Return the provider's own settings."""
        made: type[Any] = self.PROVIDER.Settings
        given = {one.name: getattr(self, one.name) for one in fields(made)}
        return made(**{key: tuple(it) if isinstance(it, list) else it for key, it in given.items()})

    def limits(self) -> Limits:
        """Return how often the API may be asked."""
        return Limits(self.requests_per_second, self.requests_per_day, self.PROVIDER.LIMITS.concurrency)


@cache
def sections() -> dict[str, type[Api]]:
    """Return the section of each provider whose API is asked, by the provider's name."""
    return {name: section(provider) for name, provider in polled_providers().items()}


def section(provider: type[Polled]) -> type[Api]:
    """Return the section of a provider: what all have, with its defaults, and its own settings."""
    limits = provider.LIMITS
    day = "no limit" if limits.per_day is None else "the vendor's limit"
    made: dict[str, Any] = {
        "type": (Literal[provider.name], Setting(description="Whose API it is.")),
        "name": (str, _like("name", default=provider.name)),
        "base_url": (str, _like("base_url", default=provider.BASE_URL)),
        "requests_per_second": (
            float,
            Setting(
                limits.per_second,
                gt=0,
                le=1000,
                description="Requests a second at most; the default is within the vendor's limit.",
            ),
        ),
        "requests_per_day": (
            int | None,
            Setting(limits.per_day, ge=1, description=f"Requests a UTC day at most; the default is {day}."),
        ),
    }
    hints = get_type_hints(provider.Settings)
    for one in fields(provider.Settings):
        made[one.name] = (_plain(hints[one.name]), _setting(one))
    found: type[Api] = create_model(f"{provider.__name__}Api", __base__=Api, **made)
    found.PROVIDER = provider
    return found


def keys_of(kind: type[Api]) -> Iterator[tuple[str, FieldInfo]]:
    """Return the settings of a section: those of all providers, without another's credential, then its own."""
    other = {name for names in CREDENTIALS.values() for name in names} - {*CREDENTIALS[kind.PROVIDER.AUTH]}
    for name, info in kind.model_fields.items():
        if name not in other:
            yield name, info


def _like(name: str, default: str) -> Any:
    """Return a setting as all providers have it, with another default."""
    pattern = r"^[\w.-]+$" if name == "name" else None
    return Setting(default, pattern=pattern, description=Api.model_fields[name].description)


def _setting(one: Field[Any]) -> Any:
    """Return a provider's own setting."""
    if one.default is not MISSING:
        default = one.default
    elif one.default_factory is not MISSING:
        default = one.default_factory()
    else:
        raise TypeError(f"the setting {one.name} has no default")
    return Setting(
        list(default) if isinstance(default, tuple) else default,
        description=str(one.metadata.get("description", "")),
        examples=[one.metadata["example"]] if "example" in one.metadata else None,
    )


def _plain(hint: Any) -> Any:
    """Return the type in which a file gives a setting: TOML has arrays, settings have tuples."""
    if get_origin(hint) is tuple:
        # A type that is made here, at run time, is none that a checker can know.
        return list[get_args(hint)[0]]  # type: ignore[misc]
    if get_origin(hint) in (Union, types.UnionType):
        # Of a tuple of types only the long form makes a union.
        return Union[tuple(_plain(one) for one in get_args(hint))]  # noqa: UP007
    return hint
