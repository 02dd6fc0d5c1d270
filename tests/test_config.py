from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.config.address import is_loopback
from callmon.config.lines import key_lines
from callmon.config.loading import COMMAND_LINE, DEFAULT, ConfigError, Loaded, check, load
from callmon.config.paths import config_path, data_directory, state_directory
from callmon.config.secret import Secret, SecretError
from callmon.config.settings import Config, Look, Source, every_key
from callmon.config.template import template
from callmon.providers import every_provider
from callmon.tui.theme import PALETTES

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"
HOME = {"HOME": "/nowhere"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "callmon.toml"


def loaded(file: Path, text: str, env: dict[str, str] | None = None, **overrides: Any) -> Loaded:
    file.write_text(text, "utf-8")
    return load(
        file, {**HOME, **(env or {})}, {name.replace("__", "."): it for name, it in overrides.items()}
    )


def complaint(file: Path, text: str, env: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(file, text, env)
    (message,) = caught.value.messages
    return message.removeprefix(f"{file}: ")


SOURCE = '[[source]]\nname = "a"\nurl = "wss://host/feed"\ndialect = "telnyx"\n'


def test_nothing_said_is_the_default() -> None:
    result = load(None, HOME)
    assert result.config == Config()
    assert result.warnings == ()
    assert result.path is None
    assert {origin for _, _, origin in result.rows()} == {DEFAULT}


def test_the_example_is_the_template() -> None:
    assert EXAMPLE.read_text("utf-8") == template(), "make docs writes it anew"


def test_the_template_says_only_defaults(file: Path) -> None:
    assert loaded(file, template()).config == Config()


def test_the_template_with_everything_uncommented_is_valid(file: Path) -> None:
    text = re.sub(r"^# (?=\[|\w+ = )", "", template(), flags=re.M)
    result = loaded(file, text)
    assert result.warnings == ()
    assert result.config.view == Config().view
    assert result.config.rule_sets()["strict"].levels["mos"].high_is_good
    given = {re.sub(r"^(source|rules|provider|keys)\.\w+", r"\1.*", key) for key in key_lines(text)}
    assert set(every_key()) <= given


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[listen]\nport = 70000\n",
            "line 2: listen.port: not usable: it should be less than or equal to 65535",
        ),
        ('[listen]\nport = "7880"\n', "line 2: listen.port: not usable: it should be a valid integer"),
        ("[listen]\nport = = 1\n", "line 2: not TOML (invalid value): mend that line"),
        (
            "[listen]\nport = 1\nport = 2\n",
            "line 3: not TOML (cannot overwrite a value): take one of the two out",
        ),
        ("keys = 5", "line 1: keys: not usable: it should be a table"),
        (
            '[view]\ncharts = "dots"\n',
            "line 2: view.charts: not usable: it should be 'braille', 'block' or 'ascii'",
        ),
        ('[[source]]\nname = "a"\nurl = "-"\n', "line 1: source.0.dialect: missing: add dialect = …"),
        (
            SOURCE.replace("wss:", "ws:") + 'token = {env = "T"}',
            "line 1: source.0: sends a secret in the clear: use wss, or set allow_plain_http = true",
        ),
        (
            SOURCE.replace("host", "me:you@host"),
            "line 1: source.0: url holds a password: take it out and use token or headers",
        ),
        (
            SOURCE.replace("wss:", "ftp:"),
            "line 1: source.0: url has an unknown scheme: use ws, wss, http, https",
        ),
        (
            SOURCE.replace("host", ""),
            "line 1: source.0: url has no host: write it as scheme://host:port/path",
        ),
        (
            SOURCE.replace("wss://host/feed", "host"),
            'line 1: source.0: url has no scheme: write ws, wss, http, https, a path, or "-"',
        ),
        (
            '[engine]\nrules = "telnix"\n',
            "line 2: engine.rules: there is no rule set 'telnix': did you mean telnyx?",
        ),
        (
            "[rules.telnyx]\nrtt_ms = {fair = 1, poor = 2}\n",
            "line 1: rules.telnyx is a rule set of callmon's own: choose another name",
        ),
        (
            "[rules.a]\nrtt_ms = {fair = 2, poor = 1}\n",
            "line 1: rules.a: rtt_ms has its limits the wrong way round: swap fair and poor",
        ),
        (
            "[rules.a]\nmos = {fair = 3, poor = 4}\n",
            "line 1: rules.a: mos has its limits the wrong way round: swap fair and poor",
        ),
        (
            "[rules.a]\n",
            "line 1: rules.a: judges nothing: add limits, such as rtt_ms = {fair = 150, poor = 300}",
        ),
        (SOURCE + SOURCE, "two sources are called a: rename one"),
        ("listen = 5\n", "line 1: listen: not usable: it should be a table"),
    ],
)
def test_what_is_wrong_is_one_line_with_what_to_do(file: Path, text: str, message: str) -> None:
    assert complaint(file, text) == message


def test_unknown_keys_are_warned_of_with_line_and_nearest_name(file: Path) -> None:
    result = loaded(
        file, f"{SOURCE}tokne = 'a'\n[listen]\nprot = 1\nport = 8000\n[lisen]\n[zzzz]\nyyyy = 1\n"
    )
    assert [text.removeprefix(f"{file}: ") for text in sorted(result.warnings)] == [
        "line 10: zzzz is no setting and is ignored: take it out",
        "line 5: source.0.tokne is no setting and is ignored: did you mean token?",
        "line 7: listen.prot is no setting and is ignored: did you mean port?",
        "line 9: lisen is no setting and is ignored: did you mean listen?",
    ]
    assert result.config.listen.port == 8000


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ('theme = "pink"\n', "theme", "did you mean theme in [view]?"),
        ("fsp = 4\n", "fsp", "did you mean fps in [view]?"),
        ("[look]\nfps = 4\n", "look", "did you mean [view], which has fps?"),
        ("[look]\nfps = 4\nport = 1\n", "look", "take it out"),
        ("[look]\n", "look", "take it out"),
        ("[veiw]\nfps = 4\n", "veiw", "did you mean view?"),
        ("[engine]\nfps = 4\n", "engine.fps", "did you mean fps in [view]?"),
        ("token = 'a'\n", "token", "did you mean token in [listen] or [[source]] or [[provider]]?"),
        (
            "[rules.a]\nmos = {fair = 4, poor = 3}\nrtt = 5\n",
            "rules.a.rtt",
            "did you mean rtt_ms?",
        ),
        ("fair = 5\n", "fair", "did you mean fair in [rules.NAME.rtt_ms] or [rules.NAME.jitter_ms]"),
    ],
)
def test_a_key_that_is_elsewhere_is_said_with_its_section(file: Path, text: str, key: str, hint: str) -> None:
    (warning,) = loaded(file, text).warnings
    assert f": {key} is no setting and is ignored: {hint}" in warning


def test_the_environment_beats_the_file_and_the_command_line_beats_both(file: Path) -> None:
    env = {"CALLMON_LISTEN_PORT": "2", "CALLMON_VIEW_PAINT_HZ": "1.5", "CALLMON_LISTEN_CORS_ORIGINS": "a, b"}
    result = loaded(file, "[listen]\nport = 1\nhost = '::1'\n", env, view__paint_hz=4.0)
    assert (result.config.listen.port, result.config.view.paint_hz) == (2, 4.0)
    assert result.config.listen.cors_origins == ["a", "b"]
    origins = {path: origin for path, _, origin in result.rows()}
    assert origins["listen.port"] == "environment CALLMON_LISTEN_PORT"
    assert origins["listen.host"] == f"{file}: line 3"
    assert origins["listen.max_connections"] == DEFAULT
    assert origins["view.paint_hz"] == COMMAND_LINE


def test_a_bad_variable_is_named() -> None:
    with pytest.raises(ConfigError, match="^environment CALLMON_LISTEN_PORT: listen.port: not usable"):
        load(None, {**HOME, "CALLMON_LISTEN_PORT": "x"})


def test_a_named_file_must_be_there(file: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load(file, HOME)
    with pytest.raises(ConfigError, match="there is no such file"):
        load(None, {"CALLMON_CONFIG": str(file)})


@pytest.mark.parametrize("content", [b"\xff", None])
def test_a_file_that_cannot_be_read_is_said_so(file: Path, content: bytes | None) -> None:
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r": (cannot be read|not UTF-8)"):
        load(file, HOME)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(
    [*every_key(), "listen", "engine", "rules", "rules.a", "source", "source.0", "other.x"]
)


@given(said=st.dictionaries(KEYS, VALUES, max_size=4))
def test_whatever_a_file_says_is_taken_or_refused_in_lines(
    tmp_path_factory: pytest.TempPathFactory, said: dict[str, Any]
) -> None:
    file = tmp_path_factory.getbasetemp() / "said.toml"
    try:
        result = loaded(
            file, "".join(f"{key.replace('*', 'a')} = {json.dumps(it)}\n" for key, it in said.items())
        )
        lines = [*result.warnings, *(f"{file}: {' '.join(row)}" for row in result.rows())]
    except ConfigError as error:
        lines = list(error.messages)
    assert [line for line in lines if not line.startswith(str(file))] == []


def test_secrets_show_nowhere(file: Path) -> None:
    text = f'{SOURCE}token = "hunter2"\nheaders = {{"X-Key" = "hunter2"}}\n[listen]\ntoken = "hunter2"\n'
    result = loaded(file, text)
    everything = f"{result} {list(result.rows())} {check(file, HOME)} {result.config.model_dump_json()}"
    assert "hunter2" not in everything
    token = result.config.source[0].token
    assert token and token.resolve({}).get_secret_value() == "hunter2"
    with pytest.raises(ConfigError) as caught:
        loaded(file, '[listen]\ntoken = ["hunter2"]\n')
    assert "hunter2" not in str(caught.value)


def test_check_warns_of_what_is_unwise(file: Path) -> None:
    file.write_text(f'{SOURCE}token = "x"\n[listen]\nhost = "0.0.0.0"\n', "utf-8")
    assert check(file, HOME) == [
        f"{file}: line 5: source.0.token: the secret stands in the file: "
        'write {env = "NAME"}, {file = "PATH"} or {command = "…"}',
        f"{file}: line 7: listen.host: any machine can read and send without a token: set listen.token",
    ]
    file.write_text('[listen]\ntoken = {env = "LOST"}\n', "utf-8")
    assert check(file, HOME) == [
        f"{file}: line 2: listen.token: the environment variable LOST is not set: export it"
    ]
    assert check(file, {**HOME, "LOST": "found"}) == []


def test_a_token_may_come_from_the_environment_alone() -> None:
    env = {**HOME, "CALLMON_LISTEN_TOKEN": "12345"}
    token = load(None, env).config.listen.token
    assert token and token.resolve(env).get_secret_value() == "12345"


def test_secrets_are_read_where_they_are(tmp_path: Path) -> None:
    place = tmp_path / "secret"
    place.write_text(" s3\n", "utf-8")
    env = {"NAME": "s1"}
    found = [
        Secret.model_validate(given).resolve(env).get_secret_value()
        for given in ({"env": "NAME"}, {"command": "printf '%s\\n' 's 2'"}, {"file": str(place)}, "s4")
    ]
    assert found == ["s1", "s 2", "s3", "s4"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"env": "NONE"}, "NONE is not set"),
        ({"file": "missing-file"}, "cannot be read (No such file or directory)"),
        ({"file": "~nobody-is-called-so/secret"}, "cannot be read (no such home)"),
        ({"file": "a\0b"}, "cannot be read (no path)"),
        ({"command": "missing-command"}, "did not run (No such file or directory)"),
        ({"command": "false"}, "failed with 1"),
        ({"command": "true"}, "is empty"),
        ({"command": "'"}, "did not run"),
    ],
)
def test_a_secret_that_is_not_there_is_said_so(given: dict[str, str], says: str) -> None:
    with pytest.raises(SecretError, match=re.escape(says)):
        Secret.model_validate(given).resolve({})


@pytest.mark.parametrize("given", ["{}", '{env = "A", file = "B"}'])
def test_a_secret_is_one_reference(file: Path, given: str) -> None:
    assert "listen.token: not one secret: write {env" in complaint(file, f"[listen]\ntoken = {given}\n")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("a.localhost", True),
        ("0.0.0.0", False),
        ("x", False),
    ],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) == loopback


def test_every_theme_can_be_set() -> None:
    assert get_args(Look.model_fields["theme"].annotation) == tuple(PALETTES)


def test_every_dialect_can_be_set() -> None:
    dialects = get_args(Source.model_fields["dialect"].annotation)
    assert set(dialects) <= {provider.name for provider in every_provider()}


def test_paths_follow_xdg() -> None:
    assert config_path({"HOME": "/h"}) == Path("/h/.config/callmon/config.toml")
    assert state_directory({"HOME": "/h"}) == Path("/h/.local/state/callmon")
    assert data_directory({"HOME": "/h", "XDG_DATA_HOME": "relative"}) == Path("/h/.local/share/callmon")
    assert data_directory({"HOME": "/h", "XDG_DATA_HOME": "/d"}) == Path("/d/callmon")
    assert config_path({"CALLMON_CONFIG": "/c.toml"}) == Path("/c.toml")


def test_lines_of_keys() -> None:
    text = 'a = 1\n[b]\n"c d" = 2\ne.f = 3\n[[g]]\nh = {i = 1, j = 2}\n[[g]]\nh = 4\n[k.l]\nm = 5\n'
    assert key_lines(text) == {
        "a": 1,
        "b": 2,
        "b.c d": 3,
        "b.e.f": 4,
        "g.0": 5,
        "g.0.h": 6,
        "g.0.h.i": 6,
        "g.0.h.j": 6,
        "g.1": 7,
        "g.1.h": 8,
        "k.l": 9,
        "k.l.m": 10,
    }


def test_a_filter_of_alerts_that_cannot_be_read_is_pointed_at(tmp_path: Path) -> None:
    path = tmp_path / "callmon.toml"
    path.write_text('[view]\nalert = "loss>>3"\n')
    with pytest.raises(ConfigError, match="at character 6, '>3': expected a share"):
        load(path, {})
