"""Reads the configuration: defaults, then the file, then the environment, then the command line."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from callmon.config.address import is_loopback
from callmon.config.lines import join, key_lines, nearest, unread
from callmon.config.misspelt import meant
from callmon.config.paths import config_path
from callmon.config.secret import Secret, SecretError
from callmon.config.settings import Config, every_key, flat_keys

DEFAULT = "default"
"""The origin of a value that nobody set."""

OTHER_VARIABLES = frozenset(
    {"CALLMON_CONFIG", "CALLMON_TOKEN", "CALLMON_CI", "CALLMON_SNAP", "CALLMON_STALL_S"}
)
"""Variables of callmon and its tests that are no settings."""

COMMAND_LINE = "command line"
"""The origin of a value that was given as an option."""


class ConfigError(Exception):
    """A configuration that cannot be used; each of ``messages`` is one line: where, what, what to do."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = tuple(messages)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration, what is odd about it, and where each value that somebody set came from."""

    config: Config
    warnings: tuple[str, ...]
    origin: Mapping[str, str]
    path: Path | None

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Return each value as (path, text, origin); of a secret only the reference."""
        for path, text, given in _values(self.config, ""):
            yield path, text, nearest(self.origin, path) or DEFAULT if given else DEFAULT


def load(
    path: Path | None = None,
    env: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Loaded:
    """Return the configuration, or raise ConfigError; ``overrides`` are by path: ``{"listen.port": 7000}``.

    Without ``path`` the file is where ``config_path`` says, and may be missing. A variable such as
    CALLMON_LISTEN_PORT in ``env`` sets one value.
    """
    env = env or {}
    file = path or config_path(env)
    text = _text(file, required=path is not None or "CALLMON_CONFIG" in env)
    data = _parse(file, text)
    origin = {key: f"{file}: line {line}" for key, line in key_lines(text).items()}
    for name, value in _from_environment(env):
        _put(data, name, value)
        origin[name] = f"environment {_variable(name)}"
    for name, value in (overrides or {}).items():
        _put(data, name, value)
        origin[name] = COMMAND_LINE
    config, warnings = _validate(data, origin, str(file))
    warnings += _unknown_variables(env)
    return Loaded(config, tuple(warnings), origin, file if text else None)


def check(path: Path | None, env: Mapping[str, str]) -> list[str]:
    """Return everything that is wrong or unwise about a configuration, one line each; empty when it is well.

    Secrets are looked for in the environment and in files; commands are not run.
    """
    try:
        loaded = load(path, env)
    except ConfigError as error:
        return list(error.messages)
    messages = list(loaded.warnings)
    messages += [
        f"{nearest(loaded.origin, f'source.{number}.url')}: source.{number}.url: its query may hold a secret: "
        "use token or headers"
        for number, source in enumerate(loaded.config.source)
        if "?" in source.url and "token" in source.url.partition("?")[2].lower()
    ]
    for key, secret in loaded.config.secrets():
        where = nearest(loaded.origin, key)
        # Who one is is no secret: an account's id may stand in the file.
        problem = None if secret.literal and key.endswith(".username") else _unwise(secret, env)
        if problem:
            messages.append(f"{where}: {key}: {problem}")
    listen = loaded.config.listen
    if listen.token is None and not is_loopback(listen.host):
        where = nearest(loaded.origin, "listen.host")
        messages.append(
            f"{where}: listen.host: any machine can read and send without a token: set listen.token"
        )
    return messages


def _unwise(secret: Secret, env: Mapping[str, str]) -> str | None:
    if secret.literal is not None:
        return 'the secret stands in the file: write {env = "NAME"}, {file = "PATH"} or {command = "…"}'
    if secret.command is None:
        try:
            secret.resolve(env)
        except SecretError as error:
            return str(error)
    return None


def _text(file: Path, required: bool) -> str:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        if not required:
            return ""
        raise ConfigError(
            [f"{file}: there is no such file: write one with callmon config template"]
        ) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{file}: not UTF-8 text: save it as UTF-8"]) from None
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read ({error.strerror}): make it a readable file"]) from None


def _parse(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{file}: {unread(text, error)}"]) from None


def _from_environment(env: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for path, info in every_key().items():
        text = env.get(_variable(path), "")
        if "*" in path or not text:
            continue
        if info.annotation == Secret | None:
            yield path, {"env": _variable(path)}
        elif info.annotation == list[str]:
            yield path, [part.strip() for part in text.split(",")]
        else:
            kind: Any = info.annotation
            try:
                yield path, TypeAdapter(kind).validate_strings(text)
            except ValidationError as error:
                where = f"environment {_variable(path)}"
                raise ConfigError([f"{where}: {path}: {_advice(error.errors()[0])}"]) from None


def _unknown_variables(env: Mapping[str, str]) -> list[str]:
    """Return a warning for each variable that looks like a setting and is none."""
    known = {_variable(path) for path in every_key() if "*" not in path} | OTHER_VARIABLES
    found = []
    for name in sorted(env):
        if name.startswith("CALLMON_") and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "take it away"
            found.append(f"environment {name}: sets nothing: {hint}")
    return found


def _variable(path: str) -> str:
    return f"CALLMON_{path.upper().replace('.', '_')}"


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for part in parents:
        inner = data.get(part)
        # A value where a table belongs is left for the model to complain about.
        if not isinstance(inner, dict | None):
            return
        data = data.setdefault(part, {})
    data[last] = value


def _validate(data: dict[str, Any], origin: Mapping[str, str], file: str) -> tuple[Config, list[str]]:
    data, twice = flat_keys(data)
    warnings = [
        f'{nearest(origin, f"keys.{id}") or file}: keys.{id}: there twice, and "{id}" = … counts: take the other out'
        for id in twice
    ]
    while True:
        try:
            return Config.model_validate(data), warnings
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
        ignored = [item for item in found if item["type"] == "extra_forbidden" or _of_keys(item)]
        if not ignored:
            raise ConfigError([_message(item, origin, file) for item in found]) from None
        for item in ignored:
            of_keys = _of_keys(item)
            warnings.append(_message(item, origin, file) if of_keys else _unknown(item, data, origin, file))
            _drop(data, item["loc"])


def _of_keys(item: ErrorDetails) -> bool:
    """Return whether it is the keys of one action that are wrong, without which callmon can do."""
    return len(item["loc"]) > 1 and item["loc"][0] == "keys"


def _drop(data: Any, loc: Sequence[str | int]) -> None:
    for part in loc[:-1]:
        data = data[part]
    del data[loc[-1]]


def _unknown(item: ErrorDetails, data: Any, origin: Mapping[str, str], file: str) -> str:
    loc = item["loc"]
    value: Any = data
    for part in loc:
        value = value[part]
    path = join(loc)
    return f"{nearest(origin, path) or file}: {path} is no setting and is ignored: {meant(loc, value)}"


def _message(item: ErrorDetails, origin: Mapping[str, str], file: str) -> str:
    path, advice = join(item["loc"]), _advice(item)
    # What concerns the whole file begins with the name that it is about.
    where = nearest(origin, path or advice.partition(" ")[0].rstrip(":")) or file
    return f"{where}: {path}: {advice}" if path else f"{where}: {advice}"


def _advice(item: ErrorDetails) -> str:
    """What is wrong with a value and what to do, without the value: it may be a secret."""
    if item["type"] == "value_error":
        return str(item["ctx"]["error"])
    if item["type"] in ("model_type", "dict_type"):
        return "not usable: it should be a table"
    if item["type"] == "missing":
        return f"missing: add {item['loc'][-1]} = …"
    return f"not usable: it {item['msg'].removeprefix('Input ')}"


def _values(value: Any, path: str, given: bool = True) -> Iterator[tuple[str, str, bool]]:
    if isinstance(value, Secret):
        yield path, value.describe(), given
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inner = f"{path}.{name}" if path else name
            yield from _values(getattr(value, name), inner, name in value.model_fields_set)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _values(inner, f"{path}.{name}", given)
    elif isinstance(value, list) and any(isinstance(item, BaseModel) for item in value):
        for number, inner in enumerate(value):
            yield from _values(inner, f"{path}.{number}", given)
    elif value is not None:
        text = str(value)
        # The query of an address may hold a secret.
        shown = f"{text.partition('?')[0]}?…" if path.endswith(".url") and "?" in text else text
        yield path, shown, given
