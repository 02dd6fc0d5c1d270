"""One call from its first frame to its last, played by its legs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from callmon.model.frames import Frame, Json
from callmon.sources.demo import cast, daily, turns, twilio_video, twilio_voice
from callmon.sources.demo.audio import Talk
from callmon.sources.demo.browser import CHROME_ANDROID, CHROME_WINDOWS, FIREFOX, Dresser
from callmon.sources.demo.callstats import Watched
from callmon.sources.demo.modes import Mode
from callmon.sources.demo.network import Network, Weather
from callmon.sources.demo.paths import Gathered, gather, regather
from callmon.sources.demo.peer import Far, Peer
from callmon.sources.demo.softphone import Softphone
from callmon.sources.demo.telnyx import reported

SOURCE = "demo"
"""What the demo is called among the sources."""

SDK = "callmon.js"
"""What the pages of the demo say they are watched by."""

_JOIN_S = (0.0, 7.0, 13.0, 31.0, 44.0, 52.0)
_ROOM_BROWSERS = (CHROME_ANDROID, FIREFOX, CHROME_WINDOWS)
_SLOW_S = {"tcp": 0.4, "tls": 0.7}


class Play:
    """A call about to happen: who it is, and the moments (epoch seconds) at which it begins and ends."""

    def __init__(self, mode: Mode, begins: float, rng: Random) -> None:
        """Invent a call of this mode."""
        self.mode = mode
        self.begins = begins
        self.ends = begins + mode.life_s
        self.rng = rng
        self.call = _call_id(mode.vendor, rng)
        self.room = cast.room(rng) if mode.legs > 1 else None
        self.label = cast.number(rng) if mode.vendor != "webrtc" else cast.agent(rng)
        self.people = cast.people(rng, mode.legs)
        self.talk = Talk(Random(rng.random()), max(2, mode.legs))


def _call_id(vendor: str, rng: Random) -> str:
    """Return the id of a call as its vendor makes them."""
    if vendor == "callstats":
        return f"{cast.room(rng)}-{cast.hexes(rng, 3)}"
    prefix = {"twilio-video": "RM"}.get(vendor, "CA" if vendor.startswith("twilio-voice") else "")
    return f"{prefix}{cast.hexes(rng, 32)}" if prefix else cast.uuid(rng)


def legs(play: Play) -> list[Iterator[Frame]]:
    """Return the frames of each leg of a call."""
    if play.mode.vendor.startswith("twilio-voice"):
        return [_line(play)]
    if play.mode.vendor in ("telnyx-report", "telnyx-both"):
        return [
            reported(
                Random(play.rng.random()),
                play.mode,
                play.talk,
                play.call,
                play.label,
                play.begins,
                play.ends,
                SOURCE,
            )
        ]
    if play.mode.vendor == "callstats":
        return [
            Watched(Random(play.rng.random()), play.call, person, play.room or play.label, SOURCE).told(
                frames
            )
            for person, frames in zip(play.people, _pages(play), strict=True)
        ]
    if play.mode.vendor in ("twilio-video", "daily"):
        return _gathering(play)
    return [_phone(play)] if play.mode.vendor != "webrtc" else _pages(play)


def _line(play: Play) -> Iterator[Frame]:
    """Return the frames of a call at Twilio, as its page or the API tells of it."""
    way = play.mode.vendor.removeprefix("twilio-voice-")
    rng = Random(play.rng.random())
    span, weather = (play.begins, play.ends), play.mode.weather
    return twilio_voice.WAYS[way](
        twilio_voice.Line(rng, play.call, *span, weather, twilio_voice.EDGES[way], SOURCE, play.label)
    )


def _pages(play: Play) -> list[Iterator[Frame]]:
    """Return the frames of each page in which somebody takes part."""
    if play.mode.legs == 1:
        return [_leg(play, 0, play.begins, [Far(1, play.begins, play.ends)])]
    joins = [play.begins + _JOIN_S[n % len(_JOIN_S)] for n in range(play.mode.legs)]
    leaves = [play.ends - play.rng.uniform(0.0, 20.0) for _ in joins]
    return [
        _leg(play, n, join, [Far(m, joins[m], leaves[m]) for m in range(len(joins)) if m != n], leaves[n])
        for n, join in enumerate(joins)
    ]


def _gathering(play: Play) -> list[Iterator[Frame]]:
    """Return the frames of a room or a meeting: of each page in it, and of the vendor's API."""
    weathers = [_weather(play.mode, person) for person in range(play.mode.legs)]
    rng, span, room = Random(play.rng.random()), (play.begins, play.ends), play.room or ""
    if play.mode.vendor == "daily":
        return daily.meeting(rng, play.call, room, play.people, weathers, span, SOURCE)
    return twilio_video.room(rng, play.call, room, play.people, weathers, span, play.talk, SOURCE)


def _phone(play: Play) -> Iterator[Frame]:
    """Return the frames of a call of the Telnyx SDK."""
    mode = play.mode
    network = Network(Random(play.rng.random()), mode.weather)
    shape = mode.vendor.partition("-")[2]
    phone = Softphone(Random(play.rng.random()), network, play.talk, play.begins, play.call, shape)
    about = {"call": play.call, "label": play.label}
    at = play.begins
    while at < play.ends:
        at += mode.every_s * play.rng.uniform(0.996, 1.004)
        phone.step(at)
        yield Frame("telnyx", at, "frame", phone.frame(at), about, SOURCE)
        for warning in phone.warnings(at):
            yield Frame("telnyx", at, "frame", warning, about, SOURCE)
    ended: Json = {"event": "telnyx.notification", "call": play.call, "data": {
        "type": "callUpdate", "call": {"id": play.call, "state": "hangup", "cause": "NORMAL_CLEARING",
                                       "causeCode": 16, "sipCode": 200}}}  # fmt: skip
    yield Frame("telnyx", at + 0.2, "frame", ended, about, SOURCE)


def _leg(
    play: Play, person: int, begins: float, fars: list[Far], ends: float | None = None
) -> Iterator[Frame]:
    """Return the frames of one peer connection."""
    mode, rng = play.mode, Random(play.rng.random())
    dresser = Dresser(rng, mode.browser if person == 0 else _ROOM_BROWSERS[person % len(_ROOM_BROWSERS)])
    found = gather(rng, dresser, mode.way, mode.network)
    weather = _weather(mode, person)
    kinds = ("audio", "video") if mode.media.video else ("audio",)
    alone = all(far.since > begins for far in fars)
    script = _script(mode, rng, dresser, found, weather, () if alone else kinds)
    about: dict[str, Json] = {"call": play.call}
    if play.room is not None:
        about |= {"leg": play.people[person], "room": play.room, "label": play.room}
    else:
        about["label"] = play.label
    about["page"] = {"browser": dresser.browser.name, "os": dresser.browser.os, "sdk": SDK}
    about["policy"] = "relay" if mode.relay_only else "all"
    peer = Peer(
        rng, dresser, Network(rng, weather), mode.media, script, found, play.talk, person, fars, begins, about
    )
    return _frames(peer, mode, rng, begins, ends if ends is not None else play.ends, about)


def _frames(
    peer: Peer, mode: Mode, rng: Random, begins: float, ends: float, about: dict[str, Json]
) -> Iterator[Frame]:
    at = begins + rng.uniform(0.7, 1.1)
    silent_from = begins + mode.fate_s if mode.fate == "vanishes" else ends
    while at < min(ends, silent_from):
        heard = peer.step(at)
        yield Frame("webrtc", at, "snapshot", peer.message(at, heard), {}, SOURCE)
        at += mode.every_s * rng.uniform(0.995, 1.006)
    if mode.fate != "vanishes":
        yield Frame(
            "webrtc", at, "snapshot", {**about, "t": round(at * 1000), "events": [], "end": 1}, {}, SOURCE
        )


def _weather(mode: Mode, person: int) -> Weather:
    """Return what the path of one leg is like."""
    if mode.bad_leg is not None and person != mode.bad_leg:
        return Weather(rtt_ms=36.0 + 6.0 * person)
    if mode.fate in ("outage", "restart"):
        return replace(mode.weather, cuts=((mode.fate_s, mode.fate_s + mode.fate_length_s),))
    if mode.fate == "dropped":
        return replace(mode.weather, cuts=((mode.fate_s, 1e9),))
    return mode.weather


def _script(
    mode: Mode, rng: Random, dresser: Dresser, found: Gathered, weather: Weather, kinds: tuple[str, ...]
) -> list[turns.Turn]:
    """Return what happens to the peer connection of one leg."""
    lines, rtt_s, at = found.lines(), weather.rtt_ms / 1000, mode.fate_s
    if mode.fate == "ice-failed":
        return turns.fails(rng, lines, rtt_s)
    if mode.fate == "no-candidates":
        return turns.gathers_nothing(rng, rtt_s)
    if mode.fate == "dtls-stuck":
        return turns.sticks(rng, lines, rtt_s)
    if mode.way == "moving":
        lines = lines[:-1]
    script = turns.connects(rng, lines, rtt_s, kinds, _SLOW_S.get(mode.way, 0.0))
    if mode.fate == "outage":
        script += turns.survives(at, mode.fate_length_s)
    elif mode.fate == "dropped":
        script += turns.drops(at)
    elif mode.fate == "hung-up":
        script += turns.is_hung_up(at)
    elif mode.fate == "moves":
        script += [turns.Turn(at + 0.4, "icecandidate", found.lines()[-1], {"gathered": len(found.local)}),
                   *turns.moves(at)]  # fmt: skip
    elif mode.fate == "restart":
        regather(rng, dresser, found, mode.network)
        script += turns.restarts(at, found.lines()[-1], len(found.local))
    return script
