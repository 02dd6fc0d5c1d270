"""The rows of rtcstats clients and dumps, read into messages of the ``webrtc`` dialect.

A row is ``[method, peer connection or null, value, …, time]``: protocol 2.0 tells epoch milliseconds,
protocol 5.0 (file format 3) the milliseconds since the row before, the first since the epoch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from callmon.model.frames import Json
from callmon.w3c import agents
from callmon.w3c.calls import Calls
from callmon.w3c.deltas import Deltas
from callmon.w3c.numbers import METHODS

MAX_CONNECTIONS = 500
"""Peer connections of one page that are followed; those opened after them are not."""

FIRST_MS = 100.0
"""By then gathering has found a first candidate, where it finds any; before it nothing can be told."""

_STATES = {
    "onsignalingstatechange": "signaling",
    "oniceconnectionstatechange": "ice",
    "onconnectionstatechange": "connection",
    "onicegatheringstatechange": "gathering",
}
_CANDIDATES = ("onicecandidate", "addIceCandidate")
_FINGERPRINT = re.compile(r"^a=fingerprint:\S{1,20} ([0-9A-Fa-f:]{20,200})\s*$", re.MULTILINE)
_DESCRIPTIONS = {"setLocalDescription": "local", "setRemoteDescription": "remote"}
_NEGOTIATING = frozenset({*_DESCRIPTIONS, "removeTrack", "removeStream"})
"""Methods after which a browser may let go of a stream."""

_OF_THE_PAGE = ("navigator.", "getUserMedia", "MediaStreamTrack.", "HTMLMediaElement.")
_EPOCH_MS = 1e11
_LATEST_MS = 1e14
_LONGEST_S = 86_400.0
_NO_CONNECTION = re.compile(r"undefined-undefined|\d+-0")
"""What Chromium's export writes in place of a peer connection: none at all, or what only took media."""

_PAGE = re.compile(r"(\d+)-\d+")
"""A peer connection in Chromium's export: the process of its page, and its number there."""

_KNOWN = frozenset(METHODS.values()) | {"getstats", "addStream", "onaddstream", "removeStream"}
"""Methods of a peer connection: even one of which nothing is told says that it is there."""

OF_LEG = ("name", "role")
"""What of that each message says, since whoever joins says it."""

LEG, TOLD, ENDED = ":callmon.leg", ":callmon.told", ":callmon.end"
"""What callmon itself writes beside the rows of browsers: what a leg is, what its vendor says, why it was over."""

Message = dict[str, Any]
"""A message of the ``webrtc`` dialect."""


class BadRow(ValueError):
    """A row that cannot be read, and why in one sentence."""


@dataclass(slots=True)
class _Connection:
    """What is known of one peer connection; ``opened`` once a message told of it."""

    id: str
    leg: str | None = None
    opened: bool = False
    closed: bool = False
    formed: bool = False
    gathering_at: float | None = None
    gathered: bool = False
    left: bool = False
    call: str | None = None
    room: str | None = None
    label: str | None = None
    policy: str | None = None
    about: Message = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    transceivers: dict[int, Json] = field(default_factory=dict)
    deltas: Deltas = field(default_factory=Deltas)


class Rows:
    """The reader of one client's rows, in their order.

    Each peer connection is a call of its own, named ``<connection>/<pc>``, unless ``about`` names the
    ``call``, or the client a conference before the peer connection does anything: then they are legs of that.
    ``about`` may also hold ``connection`` (a name of this client, none in a file) and ``agent`` (User-Agent).
    In a file ``calls`` says which peer connections make up a call, whatever the client named.
    """

    def __init__(
        self, protocol: str, about: Mapping[str, str] | None = None, calls: Calls | None = None
    ) -> None:
        """Read rows of ``protocol`` 2.0, 5.0, or 3.1 (Jitsi: 2.0, but what a report does not name is gone)."""
        self._legacy = protocol != "5.0"
        self._complete = protocol == "3.1"
        self._about = about or {}
        self._calls = calls
        self._page = agents.read(self._about.get("agent", ""))
        self._conference: str | None = None
        self._user: str | None = None
        self._clock: float | None = None
        self._connections: dict[str, _Connection] = {}

    def read(self, row: Json, at: float) -> list[Message]:
        """Return what a row means, mostly one message or none; ``at`` is epoch seconds. Raises BadRow."""
        if not isinstance(row, list) or len(row) < 3 or not isinstance(row[0], str | int):
            raise BadRow("an rtcstats row is an array of a method, a peer connection, a value and a time")
        now = self._time(row[-1], at)
        method = METHODS.get(row[0], str(row[0]))
        value = row[2] if len(row) > 3 else None
        if row[1] is None:
            self._read_client(method, value)
            return []
        if method.startswith(_OF_THE_PAGE):
            return []
        connection = self._connection(row[1], now)
        if connection is None or connection.closed or self._describes(connection, method, value):
            return []
        if method == LEG:
            self._introduce(connection, value)
        said = self._said(connection, method, value, now)
        if not said and method not in _KNOWN and method != LEG:
            return []
        return [self._message(connection, now, **said)]

    def open_calls(self) -> list[str]:
        """Return the calls of which a peer connection told something and was not closed."""
        open = [one for one in self._connections.values() if one.opened and not one.closed and not one.left]
        return list(dict.fromkeys(str(self._names(one)["call"]) for one in open))

    def quiet_calls(self) -> list[str]:
        """Return the open calls of which browsers take no stats: no peer connection is connecting or connected."""
        flowing: dict[str, bool] = {}
        for one in self._connections.values():
            if one.opened and not one.closed and not one.left and one.call is not None:
                # Of a leg that callmon wrote all is there, whatever is known of its states.
                sampled = _is_sampled(one.states) or bool(one.about and not one.states)
                flowing[one.call] = flowing.get(one.call, False) or sampled
        return [call for call, sampled in flowing.items() if not sampled]

    def fruitless_calls(self) -> list[str]:
        """Return the open calls in which nothing began to connect and gathering has found nothing for a while."""
        now = self._clock or 0.0
        formed = {
            one.call
            for one in self._connections.values()
            if one.formed or one.gathered or one.gathering_at is None or now - one.gathering_at < FIRST_MS
        }
        return [call for call in self.quiet_calls() if call not in formed]

    def introduce(self, agent: Json) -> None:
        """Take the User-Agent that a file tells of its page."""
        if isinstance(agent, str):
            self._page = agents.read(agent[:1000]) | self._page

    def _time(self, told: Json, at: float) -> float:
        """Return the time of a row in epoch milliseconds of the client's clock."""
        if isinstance(told, bool) or not isinstance(told, int | float) or not abs(told) < _LATEST_MS:
            raise BadRow("an rtcstats row ends with its time")
        before = at * 1000 if self._clock is None else self._clock + told
        now = float(told) if told >= _EPOCH_MS else before
        if not 0 <= now < _LATEST_MS:
            raise BadRow("the time of an rtcstats row is out of range")
        self._clock = now
        return now

    def _connection(self, id: Json, now: float) -> _Connection | None:
        if not isinstance(id, str | int) or isinstance(id, bool):
            return None
        found = self._connections.get(id if type(id) is str else str(id)[:100])
        if found is None:
            name = str(id)[:100]
            if len(self._connections) >= MAX_CONNECTIONS or _NO_CONNECTION.fullmatch(name):
                return None
            found = self._connections[name] = _Connection(name)
            if self._calls is not None:
                found.call = self._calls.open(_page(name), name, now / 1000)
        elif self._calls is not None:
            self._calls.hear(_page(found.id), found.id, now / 1000)
        return found

    def _read_client(self, method: str, value: Json) -> None:
        """Take what the client says of itself: its browser, and which user in which conference it is."""
        if not isinstance(value, dict):
            return
        if method == "create":
            self._page |= agents.read_hints(value.get("userAgentData"))
        elif method == "identity":
            self._conference = _word(value.get("conference")) or self._conference
            self._user = _word(value.get("user")) or self._user

    def _describes(self, connection: _Connection, method: str, value: Json) -> bool:
        """Take what is said of a peer connection before it does anything; return whether it was that."""
        given = value if isinstance(value, dict) else {}
        if method == "create":
            policy = given.get("iceTransportPolicy", "all")
            connection.policy = policy if policy in ("all", "relay") else None
            if given.get("browserType") == "moz":
                self._page.setdefault("browser", "Firefox")
            return True
        if method == "constraints":
            optional = given.get("optional")
            for entry in optional if isinstance(optional, list) else []:
                if isinstance(entry, dict):
                    if self._calls is None:
                        connection.call = _word(entry.get("rtcStatsConferenceId")) or connection.call
                    connection.label = _word(entry.get("rtcStatsPeerId")) or connection.label
                    self._user = _word(entry.get("rtcStatsClientId")) or self._user
            return True
        return False

    def _introduce(self, connection: _Connection, value: Json) -> None:
        """Take what callmon wrote of a leg; in a file it has the name that it had, unless another has it."""
        connection.about = leg_of(value)
        name = connection.about.pop("leg", None)
        if self._calls is not None and all(one.leg != name for one in self._connections.values()):
            connection.leg = name

    def _said(self, connection: _Connection, method: str, value: Json, now: float) -> Message:
        """Return the parts of a message that a row gives, and keep what it changes."""
        if method.lower() == "getstats":
            if not isinstance(value, dict):
                raise BadRow(f"{method} of {connection.id} has no report")
            # In a file the spelling tells: who has put it together may be newer or older than its rows.
            connection.formed = True
            legacy = self._legacy if self._calls is None else method == "getstats"
            return {"stats": connection.deltas.read(value, legacy, self._complete, now)}
        if method in ("transceiverAdded", "transceiverModified") and isinstance(value, dict):
            number = value.get("transceiverIndex")
            if isinstance(number, int) and len(connection.transceivers) < 100:
                connection.transceivers[number] = value
            return {"transceivers": list(connection.transceivers.values())}
        if method == "close":
            failed = "failed" in connection.states.values()
            connection.closed = True
            connection.states |= {"signaling": "closed", "connection": "closed"}
            if self._calls is not None:
                self._calls.close(_page(connection.id), connection.id, now / 1000 if failed else None)
            return {"end": 1}
        if method == TOLD:
            return {"told": value}
        if method == ENDED:
            connection.left, given = True, value if isinstance(value, dict) else {}
            return {"end": 1, "reason": given.get("reason"), "failed": given.get("failed")}
        if method in _STATES and isinstance(value, str):
            connection.states[_STATES[method]] = value.strip('"')[:40]
            connection.formed = connection.formed or _is_sampled(connection.states)
            if connection.gathering_at is None and connection.states.get("gathering") == "gathering":
                connection.gathering_at = now
        if method in _NEGOTIATING:
            connection.deltas.negotiate()
        if method in _DESCRIPTIONS and isinstance(value, dict):
            found = _FINGERPRINT.search(str(value.get("sdp"))[:100_000])
            return {"fingerprints": {_DESCRIPTIONS[method]: found[1].upper()}} if found else {}
        event = _event(method, value)
        connection.gathered = connection.gathered or (method == "onicecandidate" and event is not None)
        return {"events": [{"t": now, **event}]} if event else {}

    def _message(self, connection: _Connection, now: float, **said: Json) -> Message:
        """Return a message with its names; what never changes is told with the first one only."""
        message: Message = {**self._names(connection), "t": now, "states": dict(connection.states), **said}
        if not connection.opened:
            connection.opened = True
            message |= {"policy": connection.policy, **connection.about}
            message["page"] = self._page | connection.about.get("page", {})
        return message

    def _names(self, connection: _Connection) -> Message:
        client = self._about.get("connection", "")
        own = f"{client}/{connection.id}" if client else connection.id
        if self._calls is not None:
            if not connection.opened:
                connection.room, connection.label = self._conference, connection.label or self._user
        elif not connection.opened:
            connection.room = self._about.get("room") or connection.call or self._conference
            connection.call = self._about.get("call") or connection.call or self._conference
            connection.label = connection.label or self._user or self._about.get("label")
        return {
            "call": connection.call or own,
            "leg": own if connection.call and self._calls is None else connection.leg or connection.id,
            "room": connection.room or connection.about.get("room"),
            "label": connection.label or connection.about.get("label"),
            **{key: connection.about[key] for key in OF_LEG if key in connection.about},
        }


def leg_of(value: Json) -> Message:
    """Return the members of a message that callmon's own row of a leg tells, and its name as ``leg``."""
    given = value if isinstance(value, dict) else {}
    found: Message = {
        name: item[:200]
        for name in ("leg", "name", "role", "room", "label")
        if isinstance(item := given.get(name), str) and item
    }
    for name, most in (("every_s", _LONGEST_S), ("began", _LATEST_MS)):
        item = given.get(name)
        if isinstance(item, int | float) and not isinstance(item, bool) and 0 < item < most:
            found[name] = float(item)
    page = given.get("page")
    known = list(page.items())[:20] if isinstance(page, dict) else []
    found["page"] = {str(key): item for key, item in known if isinstance(item, str) and item}
    return found


def _is_sampled(states: Mapping[str, str]) -> bool:
    """Return whether a browser that logs stats by itself does so in these states."""
    if "connection" in states:
        return states["connection"] in ("connecting", "connected")
    return states.get("ice") in ("checking", "connected", "completed")


def _page(connection: str) -> str:
    """Return the page of a peer connection, '' where its name does not tell: then it is the only one."""
    found = _PAGE.fullmatch(connection)
    return found[1] if found is not None else ""


def _event(method: str, value: Json) -> Message | None:
    """Return what belongs on a timeline; descriptions and everything else that is only talk do not."""
    if method in _STATES and isinstance(value, str):
        return {"ev": method[2:], "v": value.strip('"')[:40]}
    if method == "ondtlsstatechange" and isinstance(value, str):
        return {"ev": "dtlsstatechange", "v": value[:40]}
    if method in _CANDIDATES:
        line = value.get("candidate") if isinstance(value, dict) else None
        return {"ev": method.lower().removeprefix("on"), "v": line} if line else None
    if method == "onicecandidateerror":
        return {"ev": "icecandidateerror", "v": _object(value)}
    if method == "ontrack":
        first = value[0] if isinstance(value, list) and value else value
        return {"ev": "track", "v": first.partition(":")[0]} if isinstance(first, str) else None
    if method.endswith("OnFailure"):
        return {"ev": f"{method.removesuffix('OnFailure')} failed:", "v": str(value)[:200]}
    if method == "restartIce" or method.startswith(":"):
        return {"ev": method, "v": value if isinstance(value, str | int | float) else None}
    return None


def _object(value: Json) -> Json:
    """Return an object that may have been sent as JSON within JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value[:4000])
    except (ValueError, RecursionError):
        return {"text": value[:200]}


def _word(value: Json) -> str | None:
    return (
        str(value)[:200] if isinstance(value, str | int) and value and not isinstance(value, bool) else None
    )
