"""The example configuration: every setting with its meaning and default, all of it commented out."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from callmon.config.apis import Api, keys_of, sections
from callmon.config.secret import Secret
from callmon.config.section import Section
from callmon.config.settings import Config, Limits, section_of

_HEAD = """\
# callmon.toml: everything that callmon can be told, with what holds when nothing is said.
# Where it belongs: callmon config path. Whether it is well: callmon config check.
# Values outside [rules] and of what there may be many can also come from the environment: CALLMON_LISTEN_PORT.
# A secret is a reference: {env = "NAME"}, {file = "PATH"} or {command = "PROGRAM ARGUMENTS"}.
"""

_EXAMPLES: dict[str, Any] = {
    "listen.token": '{env = "CALLMON_TOKEN"}',
    "callstats.app_id": "487",
    "callstats.secret": '{env = "CALLSTATS_SECRET"}',
    "callstats.public_key": '{file = "~/.config/callmon/callstats.pem"}',
    "callstats.key_id": "4f1e",
    "callstats.token_key": '{env = "CALLSTATS_TOKEN_KEY"}',
    "callstats.url": "https://calls.example",
    "rules.strict.rtt_ms": (100, 200),
    "rules.strict.jitter_ms": (10, 30),
    "rules.strict.loss_pct": (0.5, 2),
    "rules.strict.mos": (4, 3.5),
    "source.name": "office",
    "source.url": "wss://collector.example/feed",
    "source.dialect": "telnyx",
    "source.token": '{env = "OFFICE_TOKEN"}',
    "source.headers": '{"X-Team" = {file = "~/.config/callmon/team"}}',
}


_KEYS = ('theme = "X"', '"filter.clear" = "f6"')


def template() -> str:
    """Return the example configuration as text."""
    parts = [_HEAD]
    for name, info in Config.model_fields.items():
        section, many = section_of(info.annotation)
        if section is None:
            parts.append("".join(f"# {line}\n" for line in (info.description, f"[{name}]", *_KEYS)))
            continue
        if section is Api:
            parts += [_provider(kind) for kind in sections().values()]
            continue
        header = {"rules": "[rules.strict]", "source": "[[source]]"}.get(name, f"[{name}]")
        prefix = header.strip("[]")
        about = (section.__doc__ or "").strip()
        parts.append(
            "\n".join([f"# {about}", f"# {header}" if many else header, *_lines(section, prefix)]) + "\n"
        )
    return "\n".join(parts)


def _provider(section: type[Api]) -> str:
    """Return the section of one provider; its secrets are references to variables named after it."""
    type = section.PROVIDER.name
    lines = [f"# The API of {type}, which callmon asks by itself.", "# [[provider]]", f'# type = "{type}"']
    for name, info in keys_of(section):
        value = _given(name, type, info)
        if name != "type" and value is not None:
            lines += [f"# {info.description}{_choices(info)}", f"# {name} = {value}"]
    return "\n".join(lines) + "\n"


def _given(name: str, type: str, info: FieldInfo) -> str | None:
    """Return the default of a provider's setting, or else an example; None where there is neither."""
    if Secret in get_args(info.annotation):
        return f'{{env = "{type.replace("-", "_").upper()}_{name.upper()}"}}'
    if info.default is None and name == "requests_per_day":
        return "10000"
    value = info.default
    if value is None:
        value = info.examples[0] if info.examples else False if bool in get_args(info.annotation) else None
    return None if value is None else _toml(value)


def _lines(section: type[Section], prefix: str) -> list[str]:
    lines = []
    for name, info in section.model_fields.items():
        lines.append(f"# {info.description}{_choices(info)}")
        lines.append(f"# {name} = {_value(f'{prefix}.{name}', info)}")
    return lines


def _choices(info: FieldInfo) -> str:
    if get_origin(info.annotation) is Literal:
        return f" One of {', '.join(get_args(info.annotation))}."
    return ""


def _value(path: str, info: FieldInfo) -> str:
    example = _EXAMPLES.get(path)
    if Limits in get_args(info.annotation):
        fair, poor = example or (0, 0)
        return f"{{fair = {fair}, poor = {poor}}}"
    if Secret in get_args(info.annotation):
        return str(example)
    return _toml(example if example is not None else info.default)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, str):
        return value if value.startswith("{") else f'"{value}"'
    return str(value)
