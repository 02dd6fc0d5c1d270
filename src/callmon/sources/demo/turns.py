"""What happens to a peer connection and when: the order and the delays are those of real browsers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random

from callmon.model.frames import Json


@dataclass(frozen=True, slots=True)
class Turn:
    """At ``at`` seconds after the offer the page hears of ``event``, and attributes of the peer change."""

    at: float
    event: str | None = None
    value: Json = None
    sets: Mapping[str, Json] = field(default_factory=dict)


def _ice(at: float, state: str, **sets: Json) -> Turn:
    return Turn(at, "iceconnectionstatechange", state, {"ice": state, **sets})


def _connection(at: float, state: str, **sets: Json) -> Turn:
    return Turn(at, "connectionstatechange", state, {"connection": state, **sets})


def _offers(
    rng: Random, lines: Iterable[str], rtt_s: float, kinds: Iterable[str]
) -> tuple[list[Turn], float]:
    """Return the turns up to the answer, and when the answer came."""
    turns = [
        Turn(0.0, "signalingstatechange", "have-local-offer", {"signaling": "have-local-offer"}),
        Turn(0.002, "offer", rng.randrange(1300, 5200)),
        Turn(0.02, "icegatheringstatechange", "gathering", {"gathering": "gathering"}),
    ]
    at = 0.024
    for count, line in enumerate(lines, 1):
        turns.append(Turn(at, "icecandidate", line, {"gathered": count}))
        at += rng.uniform(0.004, 0.07)
    answered = 0.11 + rng.uniform(1.0, 2.0) * rtt_s
    turns.append(Turn(answered, "signalingstatechange", "stable", {"signaling": "stable"}))
    turns += [Turn(answered, "track", kind) for kind in kinds]
    return turns, answered


def _gathers_all(at: float) -> list[Turn]:
    return [
        Turn(at, "icegatheringstatechange", "complete", {"gathering": "complete"}),
        Turn(at, "icecandidate", None),
    ]


def connects(
    rng: Random, lines: list[str], rtt_s: float, kinds: Iterable[str] = ("audio",), slow_s: float = 0.0
) -> list[Turn]:
    """Return the turns of a connection that forms; ``slow_s`` is what a TURN server over TCP or TLS adds."""
    turns, answered = _offers(rng, lines, rtt_s, kinds)
    checked = answered + 0.01 + slow_s
    up = checked + 1.3 * rtt_s + 0.005
    secure = up + 2.2 * rtt_s + 0.01
    return sorted(
        [
            *turns,
            _ice(checked, "checking", transport_ice="checking", checking=True),
            _connection(checked + 0.001, "connecting"),
            *_gathers_all(max(checked, 0.03 + 0.07 * len(lines))),
            _ice(up, "connected", transport_ice="connected", pair=0, changes=1, pair_state="succeeded",
                 dtls="connecting"),
            _connection(secure, "connected", dtls="connected", secure=True, flowing=True),
        ],
        key=lambda turn: turn.at,
    )  # fmt: skip


def fails(rng: Random, lines: list[str], rtt_s: float) -> list[Turn]:
    """Return the turns of a connection for which no pair works: Chromium gives up after some 15 s."""
    turns, answered = _offers(rng, lines, rtt_s, ("audio",))
    over = answered + rng.uniform(14.6, 15.4)
    return sorted(
        [
            *turns,
            _ice(answered + 0.02, "checking", transport_ice="checking", checking=True),
            _connection(answered + 0.02, "connecting"),
            *_gathers_all(answered + 0.06),
            Turn(answered + 9.6, "icecandidateerror", {"code": 701,
                                                       "text": "TURN allocate request timed out.",
                                                       "url": "turn:turn.example.net:3478?transport=udp"}),
            _ice(over, "disconnected", transport_ice="failed", checking=False),
            _connection(over + 0.001, "failed"),
        ],
        key=lambda turn: turn.at,
    )  # fmt: skip


def gathers_nothing(rng: Random, rtt_s: float) -> list[Turn]:
    """Return the turns of a connection that may only use a relay and reaches none: it stays new."""
    return _offers(rng, (), rtt_s, ("audio",))[0]


def sticks(rng: Random, lines: list[str], rtt_s: float) -> list[Turn]:
    """Return the turns of a connection whose DTLS handshake never ends."""
    turns = connects(rng, lines, rtt_s)
    return [turn for turn in turns if not turn.sets.get("flowing")]


def survives(start: float, length: float) -> list[Turn]:
    """Return the turns of an outage that is over before the browser gives up."""
    turns = [Turn(start + 1.6, sets={"pair_state": "in-progress"})]
    if length > 6.4:
        turns += [_ice(start + 6.4, "disconnected", transport_ice="disconnected"),
                  _connection(start + 6.41, "disconnected")]  # fmt: skip
        turns += [_ice(start + length + 0.06, "connected", transport_ice="connected", pair_state="succeeded"),
                  _connection(start + length + 0.07, "connected")]  # fmt: skip
    else:
        turns.append(Turn(start + length + 0.06, sets={"pair_state": "succeeded"}))
    return turns


def drops(start: float) -> list[Turn]:
    """Return the turns of a path that goes away for good: failed exactly 10 s after disconnected."""
    return [
        Turn(start + 2.1, sets={"pair_state": "in-progress"}),
        _ice(start + 7.2, "disconnected", transport_ice="disconnected"),
        _connection(start + 7.21, "disconnected"),
        _connection(start + 17.21, "failed", transport_ice="failed", pair=None, changes=2),
    ]


def restarts(start: float, line: str, gathered: int) -> list[Turn]:
    """Return the turns of a path that went away and of the ICE restart that brought the call back."""
    again = start + 20.4
    return [
        *drops(start),
        Turn(again, "signalingstatechange", "have-local-offer", {"signaling": "have-local-offer"}),
        Turn(again + 0.004, "icegatheringstatechange", "gathering", {"gathering": "gathering"}),
        Turn(again + 0.01, "icecandidate", line, {"gathered": gathered}),
        _connection(again + 0.02, "disconnected"),
        Turn(again + 0.13, "signalingstatechange", "stable", {"signaling": "stable"}),
        *_gathers_all(again + 0.15),
        _ice(again + 1.0, "connected", transport_ice="connected", pair=1, changes=3, pair_state="succeeded"),
        _connection(again + 1.01, "connected"),
    ]


def moves(at: float) -> list[Turn]:
    """Return the turns of a path that becomes another one because the network of the device did."""
    return [Turn(at + 1.1, sets={"pair": 1, "changes": 2})]


def is_hung_up(at: float) -> list[Turn]:
    """Return the turns that show when the far end closes: DTLS says so, ICE only notices later."""
    return [
        Turn(at, sets={"dtls": "closed", "secure": False, "far": False}),
        Turn(at + 1.0, sets={"pair_state": "in-progress"}),
        _ice(at + 5.3, "disconnected", transport_ice="disconnected"),
        _connection(at + 5.31, "disconnected"),
        _connection(at + 15.31, "failed", transport_ice="failed", pair=None, changes=2),
    ]
