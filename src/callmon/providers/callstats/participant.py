"""What a participant does and says: media actions, devices, feedback, the system, pre-call tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callmon.model.events import Described, Event, Noted, Reported
from callmon.model.frames import Json
from callmon.providers.callstats.envelope import MAX_SSRCS, Message, entries, word
from callmon.providers.callstats.stats import named
from callmon.w3c import agents
from callmon.w3c.report import Entry, num

ACTIONS = {
    "audiomute": "muted the microphone",
    "audiounmute": "unmuted the microphone",
    "videopause": "paused the video",
    "videoresume": "resumed the video",
    "screensharestart": "started to share the screen",
    "screensharestop": "stopped sharing the screen",
    "mediaplaybackstart": "playback started",
    "mediaplaybackstarted": "playback started",
    "mediaplaybacksuspended": "playback suspended",
    "mediaplaybackstalled": "playback stalled",
    "dominantspeaker": "speaks most",
}
"""Events that are a line on the timeline, by their name in small letters: clients disagree on capitals."""

PRECALL_LIMITS = {"throughput": 30.0, "rtt": 400.0, "fractionalLoss": 0.05}
"""Beyond these a path is not acceptable, by callstats' own ranking: kbit/s, ms and a fraction."""

_SYSTEM = {
    "cpuLevel": ("cpu", "%"), "cpuUsage": ("cpu", "%"), "batteryLevel": ("battery", ""),
    "memoryUsage": ("memory_used", "MB"), "memoryAvailable": ("memory_available", "MB"),
    "totalMemory": ("memory", "MB"), "threadCount": ("threads", ""),
    "conferenceCount": ("conferences", ""), "participantsCount": ("participants", ""),
}  # fmt: skip
_LABELS = ("customerID", "tenantID", "productName", "meetingsName", "serverName", "pbxID", "pbxExtensionID",
           "fqExtensionID", "sessionID")  # fmt: skip
_OF_SSRC = ("streamType", "mediaType", "userID", "cname", "label")
_RATINGS = {
    "overallRating": "feedback", "overall": "feedback",
    "audioQualityRating": "feedback_audio", "audio": "feedback_audio",
    "videoQualityRating": "feedback_video", "video": "feedback_video",
    "screen": "feedback_screen",
}  # fmt: skip


def attributes(body: Mapping[str, Json]) -> dict[str, str]:
    """Return what a client says of itself when it joins: browser or SDK, system, and labels of the application."""
    info = body.get("endpointInfo")
    info = info if isinstance(info, dict) else {}
    agent = info.get("userAgent")
    found = agents.read(agent[:1000]) if isinstance(agent, str) else {}
    kind = word(info.get("type"), 20)
    name = word(info.get("buildName") or info.get("name"), 60)
    version = word(info.get("buildVersion") or info.get("version"), 30)
    if name is not None:
        found["browser" if kind in (None, "browser") else "sdk"] = f"{name} {version or ''}".strip()
    if sdk := word(body.get("callstatsVersion"), 30):
        found["sdk"] = f"{found.get('sdk', '')} callstats {sdk}".strip()
    if system := word(info.get("os"), 60):
        found["os"] = f"{system} {word(info.get('osVersion'), 30) or ''}".strip()
    labels = body.get("additionalIDs")
    told = {
        "endpoint": kind,
        "app": word(info.get("appVersion"), 40),
        "site": word(body.get("siteID"), 60),
        **{key: word(labels.get(key), 60) for key in _LABELS if isinstance(labels, dict)},
    }
    return found | {key: value for key, value in told.items() if value is not None}


def events(message: Message, leg: str) -> Iterator[Event]:
    """Return what a message of a participant means; one that nothing is known of is a line with its name."""
    reader = _READERS.get(message.kind)
    if reader is not None:
        yield from reader(message, leg)
        return
    action = ACTIONS.get(message.kind.lower())
    media = word(message.body.get("ssrc"), 20) or word(message.body.get("mediaDeviceID"), 60)
    text = f"{message.who.user} {action}" if action else message.kind
    yield Noted(
        message.call, message.at, leg, "media" if action else "vendor",
        f"{text} ({media})" if media else text, message.kind,
    )  # fmt: skip


def _nothing(message: Message, leg: str) -> Iterator[Event]:
    """That it came is all there is to know; of a session description nothing is kept."""
    yield from ()


def _devices(message: Message, leg: str) -> Iterator[Event]:
    found: dict[str, list[str]] = {}
    for device in entries(message.body.get("mediaDeviceList"), 50):
        kind, label = word(device.get("kind"), 20), word(device.get("label"), 80)
        if kind is not None and label is not None:
            found.setdefault(kind, []).append(label)
    words = {kind: ", ".join(labels)[:200] for kind, labels in sorted(found.items())}
    which = "in use" if message.kind == "activeDeviceList" else "connected"
    if words and which == "in use":
        yield Reported(message.call, message.at, leg, words)
    shown = "; ".join(f"{kind}: {labels}" for kind, labels in words.items())
    if shown:
        yield Noted(message.call, message.at, leg, "media", f"{which}: {shown}"[:200], message.kind)


def _ssrc_map(message: Message, leg: str) -> Iterator[Event]:
    """Remember whose streams are whose, and name those that were there before."""
    who = message.who
    for entry in entries(message.body.get("ssrcData"), MAX_SSRCS):
        ssrc = word(entry.get("ssrc"), 20)
        # What the far end reports of a stream of ours has the same ssrc.
        if ssrc is not None and entry.get("reportType") != "remote":
            who.ssrcs[ssrc] = {key: value for key in _OF_SSRC if (value := word(entry.get(key), 80))}
    while len(who.ssrcs) > MAX_SSRCS:
        del who.ssrcs[next(iter(who.ssrcs))]
    for fabric in who.fabrics.values():
        for stream, (kind, direction) in fabric.streams.items():
            number = stream.rpartition("-")[2]
            if number.isdecimal() and (names := named(message, int(number))):
                yield Described(
                    message.call, message.at, fabric.leg, stream, kind, direction, attributes=names
                )


def _feedback(message: Message, leg: str) -> Iterator[Event]:
    given = message.body.get("feedback")
    told = given if isinstance(given, dict) else message.body
    ratings = {
        name: f"{value:g} of 5"
        for key, name in _RATINGS.items()
        if (value := num(told, key)) is not None and 0 < value <= 5
    }
    comment = word(told.get("comments") or told.get("comment"))
    words = ratings | ({"comment": comment} if comment else {})
    if words:
        yield Reported(message.call, message.at, leg, words)
        shown = (
            ", ".join(f"{name} {value}" for name, value in ratings.items()).replace("_", " on ") or "feedback"
        )
        yield Noted(
            message.call, message.at, leg, "vendor",
            f"{message.who.user}: {shown}{f': {comment}' if comment else ''}"[:200], message.kind,
        )  # fmt: skip


def _app_log(message: Message, leg: str) -> Iterator[Event]:
    said = word(message.body.get("message"))
    if said is not None:
        level = word(message.body.get("level"), 12)
        yield Noted(
            message.call, message.at, leg, "page", f"{level}: {said}" if level else said, message.kind
        )


def system(body: Mapping[str, Json]) -> dict[str, str]:
    """Return what a client says of the machine that it runs on."""
    given = body.get("statusStats")
    told: Entry = given if isinstance(given, dict) else body
    return {
        name: f"{value:g} {unit}".strip()
        for key, (name, unit) in _SYSTEM.items()
        if (value := num(told, key)) is not None
    }


def _system(message: Message, leg: str) -> Iterator[Event]:
    words = system(message.body)
    if words:
        yield Reported(message.call, message.at, leg, words)


def precall(body: Mapping[str, Json]) -> dict[str, str]:
    """Return what a pre-call test measured, in words; empty where it holds no result.

    Throughput is kbit/s, loss a fraction, round trip and jitter milliseconds; what was not measured is null.
    """
    result: Entry = body
    for name in ("results", "result", "precallTestResults"):
        inner = body.get(name)
        if isinstance(inner, dict):
            result = inner
    kbps, rtt, jitter = num(result, "throughput"), num(result, "rtt"), num(result, "jitter")
    loss = num(result, "fractionalLoss")
    loss = loss if loss is not None and 0 <= loss <= 1 else None
    connected = result.get("mediaConnectivity")
    told = {
        "throughput": None if kbps is None else f"{kbps:.0f} kbit/s",
        "loss": None if loss is None else f"{100 * loss:.1f} %",
        "rtt": None if rtt is None else f"{rtt:.0f} ms",
        "jitter": None if jitter is None else f"{jitter:.0f} ms",
        "connectivity": {True: "yes", False: "none"}.get(connected) if isinstance(connected, bool) else None,
    }
    known = {f"precall_{key}": value for key, value in told.items() if value is not None}
    if not known:
        return {}
    limits = PRECALL_LIMITS
    bad = connected is False or (kbps is not None and kbps < limits["throughput"])
    bad = bad or (loss or 0.0) > limits["fractionalLoss"] or (rtt or 0.0) > limits["rtt"]
    return {**known, "precall": "not acceptable" if bad else "acceptable"}


def _precall(message: Message, leg: str) -> Iterator[Event]:
    yield from tested(message, leg, precall(message.body))


def tested(message: Message, leg: str, words: Mapping[str, str]) -> Iterator[Event]:
    """Return what is said of a pre-call test at a participant."""
    if not words:
        return
    yield Reported(message.call, message.at, leg, words)
    shown = ", ".join(
        f"{key.removeprefix('precall_')} {value}" for key, value in words.items() if key != "precall"
    )
    said = f"pre-call test of {message.who.user}: {words.get('precall', '')}: {shown}"
    yield Noted(message.call, message.at, leg, "vendor", said[:200], "preCallTest")


_READERS = {
    "userAlive": _nothing,
    "sdpSubmission": _nothing,
    "connectedDeviceList": _devices,
    "activeDeviceList": _devices,
    "ssrcMap": _ssrc_map,
    "feedback": _feedback,
    "applicationErrorLog": _app_log,
    "systemStatus": _system,
    "precall": _precall,
}
