"""Sections of providers: made from what a provider says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from callmon.cli import wire
from callmon.config import apis, settings, template
from callmon.config.apis import keys_of, section, sections
from callmon.config.loading import ConfigError, Loaded, check, load
from callmon.config.settings import Config
from callmon.engine.quality import RULE_SETS
from callmon.providers import polled_providers
from callmon.providers.provider import Limits, described
from tests.contract.tiny import Tiny, TinySettings

ENV = {"HOME": "/nowhere", "TINY": "s3cr3t-t0ken"}


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have one more provider."""
    found = {**sections(), "tiny": section(Tiny)}
    for module in (apis, settings, template):
        monkeypatch.setattr(module, "sections", lambda: found)


def loaded(tmp_path: Path, text: str) -> Loaded:
    file = tmp_path / "callmon.toml"
    file.write_text("[[provider]]\n" + text, "utf-8")
    return load(file, ENV)


def test_defaults_are_those_of_the_provider(tmp_path: Path) -> None:
    (api,) = loaded(tmp_path, 'type = "tiny"').config.provider
    assert (api.called, api.address) == ("tiny", Tiny.BASE_URL)
    assert api.limits() == Limits(10.0, 10_000, 2)
    assert api.settings() == TinySettings()


def test_everything_can_be_set(tmp_path: Path) -> None:
    text = """type = "tiny"
name = "eu"
base_url = "https://eu.tiny.example/v1"
token = {env = "TINY"}
requests_per_second = 2
requests_per_day = 100
every_s = 60
regions = ["a", "b"]
depth = "new"
"""
    config = loaded(tmp_path, text).config
    (api,) = config.provider
    assert (api.called, api.address) == ("eu", "https://eu.tiny.example/v1")
    assert api.limits() == Limits(2.0, 100, 2)
    assert api.settings() == TinySettings(60.0, ("a", "b"), "new")
    watch = wire.watch(RULE_SETS["telnyx"])
    (poller,) = wire.pollers(config, watch, ("CA1",), {**ENV, "XDG_STATE_HOME": str(tmp_path)})
    assert poller.name == "eu"
    assert watch.monitor.source("eu").state == "starting"
    credential = wire.api_of(api, ENV).credential()
    assert credential.headers() == {"Authorization": "Bearer s3cr3t-t0ken"}
    assert "s3cr3t" not in repr((credential, config, poller.__dict__ if hasattr(poller, "__dict__") else ""))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('type = "tine"', "line 1: provider.0: type names no provider that is asked: did you mean tiny?"),
        ('name = "x"', "line 1: provider.0: says not whose API it is: add type = …, one of "),
        (
            'type = "tiny"\nbase_url = "http://api.example"',
            "line 1: provider.0: sends a secret in the clear: use https, or set allow_plain_http = true",
        ),
        (
            'type = "tiny"\nbase_url = "nowhere"',
            "line 1: provider.0: base_url is no address: write it as https://",
        ),
        (
            'type = "tiny"\nbase_url = "https://a:b@c"',
            "line 1: provider.0: base_url holds a password: take it out",
        ),
        ('type = "tiny"\nbase_url = "https://c/?key=1"', "line 1: provider.0: base_url has a query"),
        (
            'type = "tiny"\nusername = "u"',
            "line 1: provider.0: username is not what tiny is asked with: use token",
        ),
        (
            'type = "tiny"\ndepth = "some"',
            "line 3: provider.0.depth: not usable: it should be 'all' or 'new'",
        ),
        ('type = "tiny"\nregions = "a"', "line 3: provider.0.regions: not usable: it should be a valid list"),
        (
            'type = "tiny"\nrequests_per_second = 0',
            "line 3: provider.0.requests_per_second: not usable: it should be",
        ),
        ('type = "tiny"\nname = "a b"', "line 3: provider.0.name: not usable: it"),
        ('type = "tiny"\n[[provider]]\ntype = "tiny"', "two sources are called tiny: rename one"),
        (
            'type = "tiny"\n[[source]]\nname = "tiny"\nurl = "-"\ndialect = "webrtc"',
            "two sources are called tiny: rename one",
        ),
    ],
)
def test_what_is_wrong_is_one_line_with_what_to_do(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    (message,) = caught.value.messages
    assert message.removeprefix(f"{tmp_path / 'callmon.toml'}: ").startswith(says)
    assert "\n" not in message


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://[::1]:9", "http://localhost"])
def test_plain_http_to_this_machine_is_well(tmp_path: Path, url: str) -> None:
    assert loaded(tmp_path, f'type = "tiny"\nbase_url = "{url}"').config.provider[0].address == url


def test_plain_http_elsewhere_has_to_be_allowed(tmp_path: Path) -> None:
    text = 'type = "tiny"\nbase_url = "http://proxy.example/v1"\nallow_plain_http = true'
    (api,) = loaded(tmp_path, text).config.provider
    assert wire.api_of(api, ENV).place == "http://proxy.example/v1"


def test_unknown_keys_are_warned_of(tmp_path: Path) -> None:
    result = loaded(tmp_path, 'type = "tiny"\nevery = 3\n')
    (warning,) = result.warnings
    assert warning.endswith("line 3: provider.0.every is no setting and is ignored: did you mean every_s?")


def test_check_warns_of_a_secret_in_the_file_and_never_shows_it(tmp_path: Path) -> None:
    result = loaded(tmp_path, 'type = "tiny"\ntoken = "t0ps3cret"\n')
    assert result.path is not None
    (message,) = check(result.path, ENV)
    assert "line 3: provider.0.token: the secret stands in the file" in message
    assert "t0ps3cret" not in message + repr(list(result.rows())) + repr(result.config)


def test_check_warns_of_a_secret_that_is_not_there(tmp_path: Path) -> None:
    result = loaded(tmp_path, 'type = "tiny"\ntoken = {env = "NOT_SET"}\n')
    (message,) = check(result.path, ENV)
    assert message.endswith("provider.0.token: the environment variable NOT_SET is not set: export it")


def test_who_one_is_may_stand_in_the_file(tmp_path: Path) -> None:
    basic = [name for name, kind in sections().items() if kind.PROVIDER.AUTH == "basic"]
    for name in basic:
        result = loaded(tmp_path, f'type = "{name}"\nusername = "AC1"\npassword = {{env = "TINY"}}\n')
        assert check(result.path, ENV) == []


@pytest.mark.parametrize("name", polled_providers())
def test_every_setting_of_a_provider_is_described(name: str) -> None:
    provider = polled_providers()[name]
    assert all(described(provider.Settings).values())
    assert provider.LIMITS.per_second > 0
    made = section(provider)(type=name)
    assert made.settings() == provider.Settings()
    assert all(info.description for _, info in keys_of(section(provider)))
    assert Config(provider=[made]).provider[0].called == name
