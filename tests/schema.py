"""The JSON that callmon promises, written down once more as a strict check: every key, null, every word.

A key with a question mark is there where it says something.
"""

from __future__ import annotations

import math
import re
from typing import Any

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
VERDICTS = {
    "new",
    "gathering",
    "checking",
    "connected",
    "disconnected",
    "ice-failed",
    "no-candidates",
    "dtls-stuck",
    "dtls-failed",
    "dropped",
    "closed-by-remote",
    "closed",
    "unknown",
}
FINDINGS = {
    "relay-in-use",
    "relay-only-candidates",
    "relay-over-tcp",
    "relay-over-tls",
    "host-only-candidates",
    "path-changed",
    "not-encrypted",
    "mdns-unresolved",
    "turn-unreachable",
    "stun-errors",
    "slow-connect",
    "ipv6-unused",
}
ISSUES = {
    "high-packet-loss",
    "high-rtt",
    "high-jitter",
    "low-mos",
    "low-bitrate",
    "media-stopped",
    "one-way-audio",
    "silent-microphone",
    "video-frozen",
    "low-frame-rate",
    "cpu-limited",
    "bandwidth-limited",
    "ice-failed",
    "dtls-stuck",
    "connection-dropped",
    "path-changed",
    "no-data",
    "participant-packet-loss",
    "participant-rtt",
}
GRADES = {"good", "fair", "poor", "unknown"}
CALL_METRICS = ["rtt_ms", "jitter_ms", "loss_pct", "bitrate_in_bps", "bitrate_out_bps", "mos", "audio_level"]


class Or:
    """One of several shapes."""

    def __init__(self, *shapes: Any) -> None:
        self.shapes = shapes


class Words:
    """An object with any keys and these values, and at least these keys."""

    def __init__(self, value: Any, *keys: str) -> None:
        self.value, self.keys = value, keys


NUMBER, TEXT, TIME, WHOLE, YES = "number", "text", "time", "whole number", "true or false"


def maybe(shape: Any) -> Or:
    return Or(None, shape)


SPREAD = {"avg": maybe(NUMBER), "p95": maybe(NUMBER), "max": maybe(NUMBER), "max_at": maybe(TIME)}
END = {
    "type": maybe({"host", "srflx", "prflx", "relay"}),
    "protocol": maybe(TEXT),
    "relay_protocol": maybe(TEXT),
    "address": maybe(TEXT),
    "port": maybe(WHOLE),
    "network_type": maybe(TEXT),
}
STREAM = {
    "id": TEXT,
    "kind": {"audio", "video"},
    "direction": {"inbound", "outbound"},
    "codec": maybe(TEXT),
    "metrics": Words(maybe(NUMBER), "rtt_ms", "jitter_ms", "loss_pct", "bitrate_bps", "mos"),
    "grade": GRADES,
}
LEG = {
    "id": TEXT,
    "label": maybe(TEXT),
    "role": {"peer", "participant", "edge"},
    "attributes": Words(maybe(TEXT), "browser", "os", "sdk", "region"),
    "streams": [STREAM],
}
REASON = {
    "metric": TEXT,
    "op": {">", "<", ">=", "<=", "is"},
    "value": maybe(NUMBER),
    "limit": maybe(NUMBER),
    "direction": maybe({"inbound", "outbound"}),
    "leg": maybe(TEXT),
    "stream": maybe(TEXT),
}
PAIR = {
    "local": END,
    "remote": END,
    "state": maybe(TEXT),
    "nominated": maybe(YES),
    "rtt_ms": maybe(NUMBER),
    "changes": maybe(WHOLE),
}
CANDIDATE = {
    "side": {"local", "remote"},
    "type": maybe({"host", "srflx", "prflx", "relay"}),
    "protocol": maybe(TEXT),
    "address": maybe(TEXT),
    "port": maybe(WHOLE),
    "at": maybe(TIME),
}
ICE = {
    "verdict": VERDICTS,
    "summary": TEXT,
    "next_step": maybe(TEXT),
    "findings": [{"code": FINDINGS, "summary": TEXT, "evidence": Words(TEXT), "next_step": TEXT}],
    "transport": {
        "ice_state": maybe(TEXT),
        "dtls_state": maybe(TEXT),
        "srtp_cipher": maybe(TEXT),
        "dtls_cipher": maybe(TEXT),
        "tls_version": maybe(TEXT),
    },
    "selected_pair": maybe(PAIR),
    "candidates": [CANDIDATE],
    "timeline": [{"at": maybe(TIME), "what": TEXT}],
}
ISSUE = {
    "code": ISSUES,
    "severity": {"warning", "critical"},
    "leg": maybe(TEXT),
    "stream": maybe(TEXT),
    "since": maybe(TIME),
    "until": maybe(TIME),
    "value": maybe(NUMBER),
    "limit": maybe(NUMBER),
    "rule": TEXT,
    "next_step": TEXT,
}
TAG = {**ISSUE, "code": {"participant-packet-loss", "participant-rtt"}, "kinds": [{"audio", "video"}]}
SUMMARY = {
    "status": {"provisional", "final"},
    "duration_s": NUMBER,
    "end_reason": maybe(TEXT),
    "codec": maybe(TEXT),
    "rtt_ms": SPREAD,
    "jitter_ms": SPREAD,
    "loss_pct": SPREAD,
    "mos": SPREAD | {"min": maybe(NUMBER), "min_at": maybe(TIME)},
    "mos_source": maybe({"est-g107", "provider"}),
    "packets": {"sent": maybe(WHOLE), "received": maybe(WHOLE), "lost": maybe(WHOLE)},
    "bytes": {"sent": maybe(WHOLE), "received": maybe(WHOLE)},
    "time_in_grade_s": dict.fromkeys(GRADES, NUMBER),
}
CALL = {
    "id": TEXT,
    "provider": TEXT,
    "room": maybe(TEXT),
    "state": {"live", "ended", "failed", "stale"},
    "started_at": maybe(TIME),
    "ended_at": maybe(TIME),
    "duration_s": NUMBER,
    "last_frame_at": maybe(TIME),
    "grade": GRADES,
    "reason": maybe(REASON),
    "metrics": {key: maybe(NUMBER) for key in CALL_METRICS},
    "legs": [LEG],
    "ice": ICE,
    "issues": [Or(TAG, ISSUE)],
    "summary": maybe(SUMMARY),
    "unheard?": YES,
}
TOLD = {**CALL, "words": Words(TEXT)}
SOURCE = {
    "source": TEXT,
    "state": TEXT,
    "detail": TEXT,
    "frames": WHOLE,
    "rejected": WHOLE,
    "first_reason": maybe(TEXT),
    "dropped": WHOLE,
    "gaps": WHOLE,
    "lag_s": maybe(NUMBER),
    "last_success_at": maybe(TIME),
    "next_try_at": maybe(TIME),
    "next_poll_at": maybe(TIME),
    "queued": WHOLE,
    "quota_used": maybe(WHOLE),
    "quota_left": maybe(WHOLE),
    "skipped?": WHOLE,
}
DOCUMENT = {
    "schema": {"callmon/1"},
    "generated_at": maybe(TIME),
    "rules": TEXT,
    "rejected": [{"source": TEXT, "count": WHOLE, "first": maybe(TEXT)}],
    "calls": [Or(TOLD, CALL)],
}
WITH_SOURCES = {**DOCUMENT, "sources": [SOURCE]}
"""The same where callmon asks the APIs of providers by itself."""


def check_document(value: Any) -> None:
    """Fail where a document is not what was promised."""
    shape = WITH_SOURCES if "sources" in value else DOCUMENT
    assert wrong(value, shape) is None, wrong(value, shape)


def check_call(value: Any) -> None:
    """Fail where a call is not what was promised."""
    assert wrong(value, Or(TOLD, CALL)) is None, wrong(value, Or(TOLD, CALL))


def wrong(value: Any, shape: Any, where: str = "") -> str | None:
    """What is wrong with a value, or None."""
    if isinstance(shape, Or):
        found = [wrong(value, one, where) for one in shape.shapes]
        return None if None in found else found[-1]
    if isinstance(shape, Words):
        return _words(value, shape, where)
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return f"{where}: {value!r} is no object"
        shape = {
            key.removesuffix("?"): one
            for key, one in shape.items()
            if not key.endswith("?") or key.removesuffix("?") in value
        }
        if value.keys() != shape.keys():
            return f"{where}: keys {sorted(value.keys() ^ shape.keys())}"
        return _first(wrong(value[key], one, f"{where}.{key}") for key, one in shape.items())
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{where}: {value!r} is no list"
        return _first(wrong(item, shape[0], f"{where}[{i}]") for i, item in enumerate(value))
    if isinstance(shape, set):
        return None if isinstance(value, str) and value in shape else f"{where}: {value!r} not in {shape}"
    return None if _is(value, shape) else f"{where}: {value!r} is not {shape}"


def _first(found: Any) -> str | None:
    return next((one for one in found if one is not None), None)


def _words(value: Any, shape: Words, where: str) -> str | None:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        return f"{where}: {value!r} is no object of texts"
    if not set(shape.keys) <= value.keys():
        return f"{where}: lacks {set(shape.keys) - value.keys()}"
    return _first(wrong(item, shape.value, f"{where}.{key}") for key, item in value.items())


def _is(value: Any, shape: str | None) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if shape is None:
        return value is None
    if shape == NUMBER:
        return number and math.isfinite(value)
    if shape == WHOLE:
        return number and isinstance(value, int)
    if shape == YES:
        return isinstance(value, bool)
    if shape == TIME:
        return isinstance(value, str) and STAMP.fullmatch(value) is not None
    return isinstance(value, str)
