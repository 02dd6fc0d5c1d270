"""No secret is in a recording or on the tape: neither one that is known nor one that looks like it."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.cli import keeping, wire
from callmon.config.loading import load
from callmon.model.frames import Frame, Json
from callmon.recording.secrets import GONE, Secrets
from callmon.server.tokens import Claims, Keys
from tests.engine.peer import Peer
from tests.recording.worlds import START, Run, demo

KNOWN = 'kn0wn/"se+cret\\é'
JWT = ".".join(
    base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
    for part in ({"alg": "HS256", "typ": "JWT"}, {"userID": "ann", "appID": "1"}, "signature-of-it")
)
HIDDEN = "hidden-s3cret-value"

BODIES: list[Json] = [
    {"token": HIDDEN},
    {"config": {"iceServers": [{"urls": "turn:t.example", "username": "u", "credential": HIDDEN}]}},
    {"Authorization": f"Bearer {HIDDEN}"},
    {"headers": [["x", f"Bearer {HIDDEN}"]]},
    {"headers": f"Basic {base64.b64encode(HIDDEN.encode()).decode()}"},
    {"args": json.dumps({"password": HIDDEN, "n": 1})},
    {"args": json.dumps(json.dumps({"apiKey": HIDDEN}))},
    ["create", "PC_0", json.dumps([{"iceServers": [{"credential": HIDDEN}]}])],
    {"url": f"https://x.example/rtcstats?a=1&rtcstats-token={HIDDEN}&b=2"},
    {"url": f"wss://x.example/?access_token={HIDDEN}"},
    {"url": f"https://user:{HIDDEN}@x.example/path"},
    {"sdp": f"v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{HIDDEN}\r\na=ice-pwd:{HIDDEN}\r\n"},
    {"code": JWT, "access_token": JWT},
    {"text": f"the token was {JWT}, sorry"},
    {"auth_tokens": {"login_token": HIDDEN}, "passwords": 1, "client_secret": [HIDDEN]},
    {"said": f"he said {KNOWN} aloud", KNOWN: 1},
]
BODIES += [
    {"x": text.replace("HIDDEN", HIDDEN)}
    for text in (
        "https://x.example/?sig=HIDDEN",
        "https://x.example/?a=1&X-Amz-Signature=HIDDEN",
        "https://x.example/?a=1&api-key=HIDDEN&b=2",
        "https://x.daily.co/room?t=HIDDEN",
        "https://x.example/back?state=1&code=HIDDEN",
        "https%3A%2F%2Fx.example%2F%3Fcode%3DHIDDEN",
        "https://x.example/?invite_code=HIDDEN&n=1",
        "X-Twilio-Signature: HIDDEN",
        "Endpoint=sb://x.example/;SharedAccessKeyName=root;SharedAccessKey=HIDDEN",
        "SharedAccessSignature sr=x&sig=HIDDEN&se=1",
        "AccountKey=HIDDEN;EndpointSuffix=x",
        "otp: HIDDEN",
        "https://x.example/?to=https%3A%2F%2Fy%2F%3Ftoken%3DHIDDEN",
        "turn:u:HIDDEN@turn.x:3478",
        "stun:u:HIDDEN@turn.x:3478",
        "<sip:ann:HIDDEN@x.example>",
        "password=HIDDEN",
        "said token: HIDDEN",
        "{'credential': 'HIDDEN', 'n': 1}",
        'sent {"secretKey": "HIDDEN"}',
        "credential=HIDDEN",
        "GET /\nCookie: a=1; session=HIDDEN\nHost: x",
        "-----BEGIN RSA PRIVATE KEY-----\nHIDDEN\n-----END RSA PRIVATE KEY-----",
        "accessToken=HIDDEN, pin=12345",
    )
]
BODIES += [
    {name: HIDDEN}
    for name in (
        "secretKey",
        "privateKey",
        "auth",
        "pass",
        "pwd",
        "pin",
        "cookie",
        "sipPass",
        "tokens",
        "set-cookie",
        "x-twilio-signature",
        "X-Twilio-Signature",
        "signature",
        "sdpSignature",
        "sig",
        "sessionKey",
        "session_key",
        "stream-key",
        "accountKey",
        "signingKey",
        "otp",
        "userOtp",
        "totp",
        "verificationCode",
        "one_time_code",
    )
]
FORMS = [KNOWN, HIDDEN, JWT, base64.b64encode(HIDDEN.encode()).decode(), JWT.split(".")[1]]


def in_what_is_kept(path: Path, run: Run) -> str:
    """All texts of a recording and of a tape, unescaped as far as they go."""
    text = gzip.decompress(path.read_bytes()).decode()
    assert run.watch.tape is not None
    for entry in run.watch.tape.entries(0.0, 1e11):
        text += "\n" + json.dumps([entry.frame.body, dict(entry.frame.about)])
    return text + text.replace("\\", "") + text.encode().decode("unicode_escape", "replace")


@pytest.mark.parametrize("body", BODIES, ids=lambda body: json.dumps(body)[:40])
def test_no_secret_is_kept(tmp_path: Path, body: Json) -> None:
    run = Run()
    run.now = START
    run.known.know(KNOWN)
    run.watch.secrets = run.known
    recorder = run.record(tmp_path / "a.gz")
    keeping.keep_tape(run.watch, None)
    about = {"call": "c", "agent": f"Bearer {HIDDEN}", "path": f"/x?token={HIDDEN}"}
    run.watch.monitor.take(Frame("webrtc", START, "snapshot", body, about, "listen"))
    run.watch.monitor.tick()
    recorder.close()
    kept = in_what_is_kept(tmp_path / "a.gz", run)
    assert GONE in kept
    assert [form for form in FORMS if form in kept or json.dumps(form)[1:-1] in kept] == []


def test_what_is_no_secret_is_kept_as_it_was(tmp_path: Path) -> None:
    known = Secrets()
    known.know("short")
    known.know(None)
    for frame in demo(60, 32):
        assert known.cleaned(frame) == frame
    plain: list[Json] = [
        {
            "tokens": 3,
            "secretary": "ann",
            "url": "https://x.example/?PageToken=PA1&n=2",
            "mail": "a@b.example",
        },
        {"token": None, "credential": 5, "text": "the bearer of this, basic as it is"},
        json.dumps({"n": 1, "passwordless": "yes"}),
        {"authenticated": True, "auth": False, "pass": 3, "ping": "1", "mapping": "x", "tokenExpired": True},
        {"candidate": "candidate:1 1 tcp 1 10.0.0.1 9 typ host tcptype passive ufrag aB+/ network-id 1"},
        {"text": "token: … and password=… are gone", "sip": "sip:ann@x.example:5060", "more": "sip:ann:…@x"},
        {
            "usernameFragment": "pin@",
            "id": "IT01V-pass-1",
            "keyFrames": 3,
            "url": "turn:t.example?transport=udp",
        },
        {"codec": "opus", "statusCode": 200, "errorCode": "31005", "code": "E1", "signalingState": "stable"},
        {
            "design": "x",
            "pinned": "yes",
            "spin": "z",
            "adopt": "y",
            "signal": "weak",
            "keyId": "k",
            "key": "a",
        },
        {
            "sessionId": "s-1",
            "session_id": "s-2",
            "callSignalling": "x",
            "pin": None,
            "otp": True,
            "stop": "1",
        },
        {"url": "https://x.example/?codec=opus&statusCode=200&status_code=404&encode=1&design=2&keyed=1"},
        {"text": "task-1 at desk-12345678901234567890, risk_live, SG. Dynamo, KEYFRAME, SKIPPED, gl-house"},
        {"text": "sk-learn, npm_config, npm, AC0123456789abcdef0123456789abcdef, CA0123456789abcdef"},
        json.dumps({"token": 5, "credential": None}),
    ]
    for body in plain:
        assert known.clean(body) is body


HEX = "0123456789abcdef0123456789abcdef"
BUILT = [
    "pin: 4711",
    "otp: 471147",
    *("AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
    *(f"gh{kind}_16C7e42F292c6912E7710c838347Ae178B4a" for kind in "pousr"),
    "github_pat_" + "11ABCDEFG0abcdefghijklmn_0123456789abcdefghijklmnopqrstuvwxyz",
    *(f"xox{kind}-" + "123456789012-1234567890123-abcdefghijklmnopqrstuvwx" for kind in "abeprs"),
    "xapp-1-" + "A0123456789-1234567890123-0123456789abcdef",
    "https://hooks.slack.com/services/" + "T00000000/B00000000/abcdefghijklmnopqrstuvwx",
    "SG." + "ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf09kqeF8tAmbihYzrnopKc1s5cr",
    *(f"{kind}_live_4eC39HqLyjWDarjtT1zd" for kind in ("sk", "rk")),
    "whsec_" + "4eC39HqLyjWDarjtT1zd",
    "AIza" + "SyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe",
    "ya29." + "a0AfH6SMBx-abcdef_0123456789",
    "GOCSPX-" + "abcdefghijklmnop0123456789ab",
    "npm_" + "0123456789abcdefghijklmnopqrstuvwxyz",
    "glpat-" + "0123456789abcdefghij",
    "KEY" + HEX.upper() + "_abcdefghijklmnopqrstuv",
    "SK" + HEX,
    f"AC{HEX}:{HEX[::-1]}",
    "sk-" + "abcdEFGHijkl0123456789mnopQRSTuvwx",
    "sk-proj-" + "abcdEFGH_ijkl-0123456789mnopQRSTuvwx",
    "sk-ant-api03-" + "abcdEFGH_ijkl-0123456789mnopQRSTuvwx",
]


@pytest.mark.parametrize("text", BUILT)
def test_what_is_built_like_a_key_is_gone(text: str) -> None:
    known = Secrets()
    body = {"x": f"see {text} there"}
    assert known.in_text(json.dumps(body))
    assert known.in_bytes(json.dumps(body).encode())
    assert text.split()[-1] not in (kept := json.dumps(known.clean(body), ensure_ascii=False))
    assert re.split(r"[/:.]| (?!there)", text)[-1][-12:] not in kept
    assert kept.startswith('{"x": "see ')
    assert kept.endswith(' there"}')


def test_what_only_numbers_are_is_gone_where_it_is_called_a_secret() -> None:
    known = Secrets()
    for name in ("pin", "otp", "verificationCode", "one_time_code"):
        assert known.clean({name: 4711}) == {name: GONE}
    numbers = {"code": 1006, "statusCode": 200, "signature": 3}
    assert known.clean(numbers) is numbers


async def test_the_credentials_of_the_configuration_are_known(tmp_path: Path) -> None:
    file = tmp_path / "callmon.toml"
    file.write_text(
        """
        [listen]
        port = 0
        token = "listen-token-1"
        [callstats]
        app_id = "1"
        secret = "callstats-secret-1"
        token_key = "0123456789abcdef0123456789abcdef"
        [[source]]
        name = "s"
        url = "wss://x.example/"
        dialect = "telnyx"
        token = "source-token-1"
        headers = {"X-Key" = "header-value-1"}
        [[provider]]
        type = "telnyx"
        token = "telnyx-token-1"
        """
    )
    config = load(file).config
    watch = wire.watch(config.rule_sets()["telnyx"])
    wire.subscribers(config, watch.secrets)
    (section,) = config.provider
    wire.api_of(section, os.environ, watch.secrets).credential()
    said = {"text": "source-token-1 header-value-1 telnyx-token-1"}
    assert watch.secrets.clean(said) == {"text": f"{GONE} {GONE} {GONE}"}
    serving = await wire.listen(config, watch)
    await serving.close()
    said = {"text": "listen-token-1 callstats-secret-1 0123456789abcdef0123456789abcdef"}
    assert watch.secrets.clean(said) == {"text": f"{GONE} {GONE} {GONE}"}
    recorder = keeping.record(watch, config, tmp_path / "a.gz", keeping.rotation_of(config))
    recorder.close()
    header = gzip.decompress((tmp_path / "a.gz").read_bytes()).decode()
    assert '"sources":{"s":"telnyx"}' in header
    assert "x.example" not in header
    assert "-1" not in header.replace("callmon/1", "").replace("recording/1", "")


def test_a_token_that_we_gave_out_is_not_kept() -> None:
    keys = Keys("1", b"k" * 32, "secret-of-the-app", None, None, 3600.0, 10_000)
    issued = keys.issue(Claims("1", "ann"), START)
    found = Secrets().clean({"code": issued, "deep": [{"x": f"see {issued}"}]})
    assert issued not in json.dumps(found)
    assert found["deep"][0]["x"].startswith("see ")


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["token", "password"]), inner)
    ),
)


@given(body=JSON, secret=st.text(st.characters(codec="utf-8"), min_size=6), place=st.text())
def test_a_known_secret_is_gone_wherever_it_was(body: Json, secret: str, place: str) -> None:
    known = Secrets()
    known.know(secret)
    found = known.clean({"a": [body, place + secret + place], "b": {secret: body}, "c": json.dumps([secret])})
    assert secret not in json.dumps(found, ensure_ascii=False) or secret in json.dumps(
        body, ensure_ascii=False
    )
    assert json.dumps(known.clean(found)) == json.dumps(found), "cleaned once is clean"


@given(body=JSON)
def test_what_is_searched_for_is_found(body: Json) -> None:
    text = json.dumps(body)
    known = Secrets()
    if known.clean(body) is not body:
        assert known.in_text(text)
        assert known.in_bytes(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))


def test_peers_are_recorded_in_full(tmp_path: Path) -> None:
    run = Run()
    run.now = START
    recorder = run.record(tmp_path / "a.gz")
    frame = Peer().frame()
    run.watch.monitor.take(frame)
    recorder.close()
    last = gzip.decompress((tmp_path / "a.gz").read_bytes()).splitlines()[-1]
    assert json.loads(last)["body"] == frame.body


PIECES = st.sampled_from(
    ["kind", "audio", "token", "pin", "pass", "a?code=1", "url", "opus/48000", "n", HIDDEN, KNOWN]
)
SMALL = st.recursive(
    PIECES | st.integers(0, 9) | st.floats(0, 1) | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PIECES, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(SMALL, min_size=2, max_size=6), st.integers(0, 5))
def test_what_is_remembered_of_earlier_frames_changes_nothing(bodies: list[Json], told: int) -> None:
    used, value = Secrets(), KNOWN
    for number, body in enumerate(bodies):
        fresh = Secrets()
        if number == min(told, len(bodies) - 1):
            used.know(value)
        if number >= min(told, len(bodies) - 1):
            fresh.know(value)
        assert used.clean(body) == fresh.clean(body)
        assert used.clean(body) == fresh.clean(body)


def test_what_is_remembered_is_bounded() -> None:
    secrets = Secrets()
    for number in range(150_000):
        secrets.clean({f"name {number}": f"text {number}"})
    secrets.clean("x" * 1000)
    assert len(secrets._harmless) <= 50_000
    assert max(map(len, secrets._harmless)) <= 96
    assert len(secrets._names) <= 50_000
