"""Meetings at Daily: what each page forwards of ``getNetworkStats()``, and what the API says of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from callmon.model.frames import Frame, Json
from callmon.sources.demo.cast import uuid
from callmon.sources.demo.network import Network, Weather
from callmon.sources.demo.telnyx import iso

ASKED_S = 15.0
"""How often the API is asked."""

STATES = ((0.10, 600.0, "bad", "very-low"), (0.05, 300.0, "warning", "low"))
"""Loss and round trip (ms) from which on the state is a worse one (the limits of Daily's call quality test)."""

_WINDOW = 15
_BROWSERS = (("Chrome 156", "Windows"), ("Safari 17", "iOS"), ("Firefox 153", "Linux"))


@dataclass
class Person:
    """A participant session; times are epoch seconds."""

    number: int
    session: str
    name: str
    joins: float
    leaves: float
    network: Network
    rng: Random


@dataclass(frozen=True)
class Script:
    """A meeting about to be."""

    call: str
    room: str
    people: list[Person]
    begins: float
    ends: float
    source: str


def meeting(
    rng: Random, call: str, name: str, people: list[str], weathers: list[Weather], span: tuple[float, float],
    source: str,
) -> list[Iterator[Frame]]:  # fmt: skip
    """Return the frames of each page of a meeting, and those of the API."""
    begins, ends = span
    persons = []
    for number, (person, weather) in enumerate(zip(people, weathers, strict=True)):
        chance = Random(rng.random())
        joins, leaves = begins + 11.0 * number, ends - chance.uniform(1.0, 15.0)
        persons.append(Person(number, uuid(chance), person, joins, leaves, Network(chance, weather), chance))
    script = Script(call, name, persons, begins, ends, source)
    return [*(_page(script, person) for person in persons), _api(script)]


def _page(script: Script, person: Person) -> Iterator[Frame]:
    """Return what callmon.js forwards: nothing is measured yet in the first message."""
    browser, system = _BROWSERS[person.number % len(_BROWSERS)]
    names: dict[str, Json] = {
        "call": script.call, "room": script.room, "leg": person.session, "label": person.name,
        "page": {"browser": browser, "os": system, "sdk": "daily-js"},
    }  # fmt: skip
    about, at = {"call": script.call}, person.joins
    data: Json = {"stats": {}, "threshold": "good", "quality": 100, "networkState": "unknown"}
    seen: list[tuple[float, float]] = []
    worst: dict[str, float] = {}
    while at < person.leaves:
        body = {"event": "network-stats", **names, "t": round(at * 1000), "data": data}
        yield Frame("daily", at, "page", body, about, script.source)
        dt = 2.0 * person.rng.uniform(0.995, 1.006)
        at += dt
        person.network.step(at - person.joins, dt)
        seen = [*seen[1 - _WINDOW :], (person.network.loss_out, person.network.rtt_ms)]
        data = _stats(person, at, seen, worst)
    body = {"event": "left-meeting", **names, "end": 1, "reason": "left the meeting"}
    yield Frame("daily", at, "page", body, about, script.source)


def _stats(
    person: Person, at: float, seen: list[tuple[float, float]], worst: dict[str, float]
) -> dict[str, Json]:
    """Return one answer: rates in bit/s, times in seconds, losses as fractions, null where Firefox knows nothing."""
    rng, network = person.rng, person.network
    blind = person.number % len(_BROWSERS) == 2
    audio, video = rng.uniform(28_000, 33_000), rng.uniform(1.3e6, 1.6e6)
    latest: dict[str, Json] = {
        "timestamp": round(at * 1000), "recvBitsPerSecond": 1.06 * (audio + video),
        "sendBitsPerSecond": 1.06 * (audio + video), "videoRecvBitsPerSecond": video,
        "videoSendBitsPerSecond": video, "audioRecvBitsPerSecond": audio, "audioSendBitsPerSecond": audio,
        "availableOutgoingBitrate": None if blind else round(rng.uniform(2.4e6, 3e6)),
        "networkRoundTripTime": None if blind else round(network.rtt_ms / 1000, 4),
        "videoRecvPacketLoss": _about(rng, network.loss_in), "audioRecvPacketLoss": _about(rng, network.loss_in),
        "videoSendPacketLoss": _about(rng, network.loss_out),
        "audioSendPacketLoss": None if blind else _about(rng, network.loss_out),
        "videoRecvJitter": network.jitter_ms / 1000, "audioRecvJitter": network.jitter_ms / 1000,
        "videoSendJitter": network.jitter_out_ms / 1000,
        "audioSendJitter": None if blind else network.jitter_out_ms / 1000,
    }  # fmt: skip
    latest["totalSendPacketLoss"], latest["totalRecvPacketLoss"] = (
        latest["videoSendPacketLoss"],
        latest["videoRecvPacketLoss"],
    )
    for flow in ("VideoRecv", "VideoSend", "AudioRecv", "AudioSend"):
        for part in ("PacketLoss", "Jitter"):
            now = latest[flow[0].lower() + flow[1:] + part] or 0
            worst[f"worst{flow}{part}"] = max(now, worst.get(f"worst{flow}{part}", 0))
    loss, rtt = (sum(column) / len(seen) for column in zip(*seen, strict=True))
    state, threshold = next(
        ((state, old) for most, slow, state, old in STATES if loss >= most or rtt >= slow), ("good", "good")
    )
    reasons = [name for name, bad in (("sendPacketLoss", loss >= 0.05), ("roundTripTime", rtt >= 300)) if bad]
    stats = {"latest": latest, **worst, "averageNetworkRoundTripTime": None if blind else rtt / 1000}
    return {"networkState": state, "networkStateReasons": reasons, "threshold": threshold,
            "quality": max(1, round(100 - 400 * loss - rtt / 20)), "stats": stats}  # fmt: skip


def _about(rng: Random, share: float) -> float:
    return round(min(1.0, max(0.0, rng.gauss(share, share / 4))), 4)


def _api(script: Script) -> Iterator[Frame]:
    """Return who is there, from time to time, and what the list of meetings says of it."""
    at = script.begins + 2.0
    while at < script.ends:
        there = [person for person in script.people if person.joins <= at < person.leaves]
        rows = [
            {"room": script.room, "id": person.session, "userId": None, "userName": person.name,
             "mtgSessionId": script.call, "joinTime": iso(person.joins), "duration": int(at - person.joins)}
            for person in there
        ]  # fmt: skip
        about = {"call": script.call, "status": "200"}
        yield Frame("daily", at, "presence", {"total_count": len(rows), "data": rows}, about, script.source)
        yield Frame("daily", at, "meeting", _meeting(script, at, True), about, script.source)
        at += ASKED_S
    about = {"call": script.call, "status": "200"}
    yield Frame("daily", script.ends, "meeting", _meeting(script, script.ends, False), about, script.source)


def _meeting(script: Script, at: float, ongoing: bool) -> dict[str, Json]:
    there = [person for person in script.people if person.joins <= at]
    return {
        "id": script.call, "room": script.room, "start_time": int(script.begins), "ongoing": ongoing,
        "duration": int(at) - int(script.begins), "max_participants": len(there),
        "participants": [
            {"user_id": None, "participant_id": person.session, "user_name": person.name,
             "join_time": int(person.joins), "duration": int(min(at, person.leaves) - person.joins)}
            for person in there
        ],
    }  # fmt: skip
