"""What happens to one peer connection (a fabric): set up, failed, dropped, held, switched, over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from callmon.model.events import Event, IceChanged, Joined, Left, Negotiated, Noted, Reported
from callmon.model.frames import Json, Rejected
from callmon.model.ice import IceFacts
from callmon.model.text import printable
from callmon.providers.callstats.envelope import Fabric, Message, word
from callmon.providers.callstats.paths import path, states
from callmon.w3c.report import num, text

UP = ("connected", "completed")
"""ICE states in which a path works."""

NOTHING = IceFacts()
"""What says nothing about connectivity."""

NEVER_CONNECTED = frozenset({"IceConnectionFailure", "TransportFailure"})
"""Reasons of a failed setup that lie in ICE; the others lie before it."""

SPOKEN = {
    "iceDisruptionStart": "ICE disrupted",
    "iceDisruptionEnd": "ICE disruption over",
    "iceConnectionDisruptionStart": "ICE disrupted while it checked",
    "iceConnectionDisruptionEnd": "ICE checks again",
    "iceFailed": "ICE failed",
    "iceAborted": "ICE given up before it connected",
    "iceTerminated": "ICE closed",
    "iceRestarted": "ICE restarted",
}
"""The kinds of an ICE status, in words."""

CURRENT = {
    "iceDisruptionStart": "disconnected",
    "iceDisruptionEnd": "connected",
    "iceConnectionDisruptionStart": "disconnected",
    "iceConnectionDisruptionEnd": "checking",
    "iceFailed": "failed",
    "iceAborted": "closed",
    "iceTerminated": "closed",
    "iceRestarted": "new",
}
"""The ICE state that each kind leads to, where it does not say."""

_CHANGED = {"signalingState": "signaling", "iceGatheringState": "gathering", "connectionState": "connection"}
_HELD = {"fabricHold": True, "hold": True, "fabricResume": False, "resume": False}
_ADVICE = "a message about a peer connection has a connectionID"


def joined(message: Message, fabric: Fabric) -> Joined:
    """Return the leg of a peer connection: what its participant's client is, and who is at the other end."""
    who, remote = message.who, message.remote
    label = f"{who.user} → {remote}" if remote else None
    told = who.told | ({"remote": remote} if remote else {})
    return Joined(message.call, message.at, fabric.leg, "peer", label, told)


def events(message: Message) -> Iterator[Event | Rejected]:
    """Return what a message about a peer connection means."""
    connection = message.connection
    if connection is None:
        yield Rejected(message.frame.source, f"{message.kind}: {_ADVICE}")
        return
    fabric = message.who.fabric(connection, message.at)
    yield joined(message, fabric)
    for event in _of(message, fabric):
        if not isinstance(event, IceChanged) or event.facts != NOTHING:
            yield event


def _of(message: Message, fabric: Fabric) -> Iterator[Event]:
    reader = _READERS.get(message.kind)
    if reader is not None:
        yield from reader(message, fabric)
    elif message.kind in SPOKEN:
        yield from _ice_status(message, fabric)
    elif message.kind in _HELD:
        yield from _held(message, fabric, _HELD[message.kind])
    else:
        yield _noted(message, fabric.leg, message.kind)


def _noted(message: Message, leg: str, words: str, kind: str = "vendor") -> Noted:
    return Noted(message.call, message.at, leg, kind, words, message.kind)


def _ice(message: Message, fabric: Fabric, facts: IceFacts) -> IceChanged:
    pair, candidates = path(message.body, fabric)
    if facts.ice in UP:
        fabric.up, fabric.fate = True, None
    return IceChanged(message.call, message.at, fabric.leg, replace(facts, pair=pair, candidates=candidates))


def _set_up(message: Message, fabric: Fabric) -> Iterator[Event]:
    """The connection is there: the SDK says so once media can flow."""
    body = message.body
    yield _ice(message, fabric, states("connected"))
    spans = {
        name: f"{value:.0f} ms"
        for key, name in _SPANS.items()
        if (value := num(body, key)) is not None and value >= 0
    }
    facts = {
        "direction": word(body.get("fabricTransmissionDirection"), 20),
        "far_end": word(body.get("remoteEndpointType"), 20),
        **spans,
    }
    known = {key: value for key, value in facts.items() if value is not None}
    if known:
        yield Joined(message.call, message.at, fabric.leg, "peer", None, known)
    setup = f"set up in {spans.pop('setup')}" if "setup" in spans else "set up"
    rest = ", ".join(f"{name} {value}" for name, value in spans.items())
    yield _noted(message, fabric.leg, f"{setup} ({rest})" if rest else setup, "ice")


_SPANS = {"delay": "setup", "iceGatheringDelay": "gathering", "iceConnectivityDelay": "connectivity"}


def _setup_failed(message: Message, fabric: Fabric) -> Iterator[Event]:
    """The connection never came to be, and why: in ICE, or before it in media or signaling."""
    body = message.body
    reason = word(body.get("reason"), 60) or "no reason given"
    details = [word(body.get(key), 120) for key in ("function", "name", "message")]
    said = ": ".join([reason, *(detail for detail in details if detail)])
    yield _noted(message, fabric.leg, f"setup failed: {said}")
    ended = states(body.get("iceConnectionState"))
    if reason in NEVER_CONNECTED:
        ended = states("failed")
    yield _ice(message, fabric, ended)
    fabric.fate = f"setup failed: {reason}"
    yield Left(message.call, message.at, fabric.leg, fabric.fate, failed=True)


def _dropped(message: Message, fabric: Fabric) -> Iterator[Event]:
    """A connection that had worked failed; that it had is known from this if from nothing else."""
    if not fabric.up:
        yield _ice(message, fabric, states("connected"))
    yield _ice(message, fabric, states("failed"))
    fabric.fate = "connection dropped"
    yield _noted(message, fabric.leg, f"connection dropped{_after(message)}", "ice")


def _terminated(message: Message, fabric: Fabric) -> Iterator[Event]:
    yield Left(message.call, message.at, fabric.leg, "fabric terminated")


def _state_change(message: Message, fabric: Fabric) -> Iterator[Event]:
    changed, new = message.body.get("changedState"), text(message.body, "newState")
    if new is None:
        return
    if changed == "iceConnectionState":
        yield _ice(message, fabric, states(new))
    elif isinstance(changed, str) and changed in _CHANGED:
        fact: dict[str, Any] = {_CHANGED[changed]: new[:40]}
        yield _ice(message, fabric, IceFacts(**fact))


def _ice_status(message: Message, fabric: Fabric) -> Iterator[Event]:
    given = states(message.body.get("currIceConnectionState"))
    if message.kind == "iceFailed":
        fabric.fate = "ICE failed"
    yield _ice(message, fabric, given if given.ice else states(CURRENT[message.kind]))
    yield _noted(message, fabric.leg, f"{SPOKEN[message.kind]}{_after(message)}", "ice")


def _switched(message: Message, fabric: Fabric) -> Iterator[Event]:
    """Another candidate pair carries the media; ``relayType`` is how its TURN server is reached."""
    changed = _ice(message, fabric, IceFacts())
    pair, hop = changed.facts.pair, text(message.body, "relayType")
    if pair is not None and pair.local is not None and pair.local.type == "relay" and hop is not None:
        local = replace(pair.local, relay_protocol=hop.removeprefix("turn/")[:8])
        others = tuple(end for end in changed.facts.candidates if end != pair.local)
        facts = replace(changed.facts, pair=replace(pair, local=local), candidates=(*others, local))
        changed = replace(changed, facts=facts)
    yield changed
    through = f" through {word(hop, 20)}" if hop else ""
    yield _noted(message, fabric.leg, f"transport switched{through}{_after(message)}", "ice")


def _disrupted(message: Message, fabric: Fabric) -> Iterator[Event]:
    """The SDK's own finding of media that stopped, one way or both."""
    body = message.body
    about = [word(body.get(key), 40) for key in ("disruptionType", "mediaType", "streamType", "ssrc")]
    yield _noted(message, fabric.leg, " ".join([message.kind, *(part for part in about if part)]))


def _unanswered(message: Message, fabric: Fabric) -> Iterator[Event]:
    fabric.fate = "not answered"
    yield Left(message.call, message.at, fabric.leg, fabric.fate, failed=True)


def _held(message: Message, fabric: Fabric, held: bool) -> Iterator[Event]:
    """Nothing is expected of a connection on hold; what flowed before is expected again after it."""
    yield Negotiated(message.call, message.at, fabric.leg, dict.fromkeys(sorted(fabric.kinds), not held))
    yield _noted(message, fabric.leg, "on hold" if held else "resumed", "call")


def _detailed(message: Message, fabric: Fabric) -> Iterator[Event]:
    """Labels that an application gives to a call."""
    given: Json = message.body.get("callDetails")
    source = given if isinstance(given, dict) else message.body
    skipped = {"localID", "deviceID", "remoteID", "connectionID", "originID", "eventType", "timestamp"}
    words = {
        printable(str(key), 40): value
        for key, item in list(source.items())[:20]
        if key not in skipped and (value := word(item)) is not None
    }
    if words:
        yield Reported(message.call, message.at, fabric.leg, words)


def _after(message: Message) -> str:
    """Return how long what is over has lasted, where the SDK says so (milliseconds)."""
    for key in ("switchDelay", "delay"):
        value = num(message.body, key)
        if value is not None and value >= 0:
            return f" after {value / 1000:.1f} s"
    return ""


_READERS = {
    "fabricSetup": _set_up,
    "fabricSetupFailed": _setup_failed,
    "fabricDropped": _dropped,
    "fabricTerminated": _terminated,
    "fabricStateChange": _state_change,
    "fabricTransportChange": _switched,
    "fabricTransportSwitch": _switched,
    "callUnAnswered": _unanswered,
    "fabricCallUnAnswered": _unanswered,
    "callDetails": _detailed,
    "oneWayMedia": _disrupted,
    "oneWayMediaStart": _disrupted,
    "oneWayMediaStop": _disrupted,
    "circuitBreaker": _disrupted,
    "disruption": _disrupted,
}
