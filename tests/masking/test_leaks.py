"""Whoever is named anywhere in a message, in words of anybody's, is nowhere in the masked files of the call."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callmon.exports import bundle
from callmon.exports.export import make, masked
from callmon.exports.formats import BY_KEY
from callmon.masking.frames import mask_body
from callmon.masking.mask import Mask
from tests.exports import worlds
from tests.recordings.recordings import path_of

LETTERS = "abdefghijklmnopqrstuvwxyzäöüßéñłжшя"
words = st.text(st.sampled_from(LETTERS), min_size=6, max_size=12).map(lambda text: f"zq{text}")
names = st.one_of(words, words.map(str.title), st.tuples(words, words).map(" ".join), words.map(str.upper))
"""Names that are no words of anything: each begins as none does."""


def at_all_places(name: str) -> list[dict[str, Any]]:
    """A short recorded call with a name wherever somebody may write one."""
    with gzip.open(path_of("voice_opus_loss5-a"), "rt") as file:
        lines: list[dict[str, Any]] = [json.loads(line) for line in file][:6]
    at = next(line["t"] for line in lines if "t" in line)
    host = name.replace(" ", "-").lower()
    told = next(line for line in lines if "stats" in line)
    told["who"] = {name: {"note": "hello"}, f"{host}@acme.health": 1}
    for member in ("status", "group", "role", "platform", "product", "tag", "browser", "os", "region", "edge",
                   "version", "userAgent", "note", "warning", "reason", "title", "level", "codec"):  # fmt: skip
        told[member] = f"desk of {name}"
    sdp = (
        f"v=0\r\no={host} 1 2 IN IP4 {host}.health\r\ns=with {name}\r\ne={name} <a@b.c>\r\na=label:{host}\r\n"
    )
    told["events"] = [
        *told.get("events", ()),
        {"t": at, "ev": "offer", "v": sdp},
        {"t": at, "ev": "icecandidate", "v": f"candidate:7 1 udp 21 {host}.health 4376 typ host generation 0"},
        {"t": at, "ev": "icecandidateerror", "v": {"url": f"turn:{host}.health:3478", "errorText": f"no user {name}",
                                                   "errorCode": 401, "hostCandidate": f"{host}.health:1"}},
        {"t": at, "ev": "track", "v": f"audio {host}"},
        {"t": at, "ev": host, "v": {name: "x", "k": [name]}},
        {"t": at, "ev": f"{host} failed: {name}", "v": name},
        {"t": at, "ev": "iceconnectionstatechange", "v": name},
        {"t": at, "ev": "getusermedia failed: NotAllowedError", "v": f"denied for {name}"},
    ]  # fmt: skip
    for line in lines:
        stats = line.get("stats") or []
        for one in stats.values() if isinstance(stats, dict) else stats:
            if one.get("type") in ("local-candidate", "remote-candidate"):
                one |= {"url": f"turn:{host}.health:3478", "address": f"{host}.health"}
            elif one.get("type") == "media-source":
                one["id"] = name
            elif one.get("type") == "codec":
                one["mimeType"] = f"audio/{host}"
            elif one.get("type") == "candidate-pair":
                one["note"] = name
    return lines


@settings(max_examples=12, deadline=None)
@given(names)
@example("Zqaphod Beeble")
def test_nobody_who_is_named_in_a_message_is_named_in_a_file_of_the_call(name: str) -> None:
    with TemporaryDirectory() as folder:
        path, ends = Path(folder) / "call.jsonl", [0.0]
        path.write_text("\n".join(json.dumps(line) for line in at_all_places(name)))
        world = worlds.empty(ends)
        worlds.read(world, {str(path): "call"}, ends)
        (id,) = world.calls()
        subject = world.subject(id)
    parts = bundle.parts(masked(subject, Mask()), True, {})
    files = {part: gzip.decompress(data) if part.endswith(".gz") else data for part, data in parts.items()}
    for format in ("json", "markdown", "csv", "rtcstats", "internals"):
        files[format] = worlds.joined(make(subject, BY_KEY[format], True).chunks)
    searched = {word for whole in (name, name.replace(" ", "-")) for word in whole.casefold().split()}
    for part, data in files.items():
        text = data.decode()
        text = (
            text + json.dumps(text, ensure_ascii=False).encode().decode("unicode_escape", "ignore")
        ).casefold()
        assert not [word for word in searched if word in text], part
    assert b"stun-errors" in files["call.json"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("status", "in_progress"),
        ("tag", "peer"),
        ("edge", "ashburn"),
        ("region", "us-east-1"),
        ("mimeType", "audio/opus"),
        ("sdpFmtpLine", "minptime=10;useinbandfec=1"),
        ("dtlsCipher", "TLS_AES_128_GCM_SHA256"),
        ("encoderImplementation", "libvpx (fallback from: ExternalDecoder (VDAVideoDecoder))"),
        ("scalabilityMode", "L3T3_KEY"),
        ("tlsVersion", "FEFD"),
        ("version", "142.0.7426.0"),
        ("qualityLimitationReason", "bandwidth"),
        ("codec", "opus (111, minptime=10;useinbandfec=1)"),
        ("networkType", "wifi"),
        ("createdAt", "2026-11-20T10:00:00Z"),
        ("foundation", "2231627014"),
        ("userAgent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.0 (KHTML, like Gecko) Chrome/156.0"),
    ],
)  # fmt: skip
def test_words_of_protocols_stay(member: str, value: str) -> None:
    assert mask_body(Mask(), {member: value}) == {member: value}


@pytest.mark.parametrize(
    "body",
    [
        {"4915112345678": {"x": 1}},
        {"status": "call 4155552671"},
        {"tag": "alice-j"},
        {"mimeType": "audio/zeldacodec"},
        {"userAgent": "Mozilla/5.0 (Zeldas; iPhone) Zelda/1.0"},
        {"events": [{"ev": "zeldaevent", "v": 1}]},
    ],
)
def test_what_is_no_word_of_a_protocol_goes(body: dict[str, Any]) -> None:
    masked = json.dumps(mask_body(Mask(), body)).casefold()
    assert not any(name in masked for name in ("zelda", "alice", "4915112345678", "4155552671"))
