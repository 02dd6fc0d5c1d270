"""The event log of a peer connection in a webrtc-internals dump, entry by entry, in the spelling of every era."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from callmon.dumps.moments import LocalTime, epoch_ms
from callmon.dumps.scalars import unpacked
from callmon.model.frames import Json
from callmon.w3c.rtcstats import ENDED, LEG, TOLD, Message, leg_of

MAX_ENTRIES = 20_000
"""Entries of a log that are read; the page keeps all, and a call has some dozens."""

Said = dict[str, Any]
"""Members of a message of the ``webrtc`` dialect."""

_STATES = {
    "iceconnectionstatechange": "ice",
    "connectionstatechange": "connection",
    "icegatheringstatechange": "gathering",
    "signalingstatechange": "signaling",
}
_OLD_STATE = re.compile(
    r"^(?:ICEConnectionState|ICEGatheringState|SignalingState|PeerConnectionState)(?=[A-Z])"
)
_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CANDIDATE = re.compile(r"candidate:\S+ \d+ \w+ \d+ .*")
_NUMBER = re.compile(r"getTransceivers\(\)\[(\d{1,3})\]")
_KIND = re.compile(r"\bkind:\s*'?(audio|video)\b")
_DIRECTION = re.compile(r"\bcurrentDirection:\s*'?(\w+)")
_MEMBER = re.compile(r"\b(url|error_text|error_code|address|port): ?([^,\n]*)")
_FINGERPRINT = re.compile(r"^a=fingerprint:\S{1,20} ([0-9A-Fa-f:]{20,200})\s*$", re.MULTILINE)
_DESCRIPTIONS = {"setlocaldescription": "local", "setremotedescription": "remote"}
_BEGINNINGS = ("create", "add", "transceiver", "ontrack", "icecandidate", "onicecandidate", LEG)
_NUMBER_OF = re.compile(r"\d")
_DOWN = re.compile("disconnected|failed|closed", re.IGNORECASE)
_ENDS = ("close", "stop")
LAST = (*_ENDS, ENDED)
"""Entries after which there is no connection."""


@dataclass(slots=True)
class Entry:
    """One line of a log; ``at`` is epoch milliseconds, ``type`` lower case and without ``on``."""

    at: float
    type: str
    value: Json


def times_of(log: Json) -> list[tuple[str, str]]:
    """Return type and time of entries that tell their time in the words of some locale."""
    rows = log[:MAX_ENTRIES] if isinstance(log, list) else ()
    return [
        (str(row.get("type")), row["time"])
        for row in rows
        if isinstance(row, dict) and "timestamp" not in row and isinstance(row.get("time"), str)
    ]


def entries(log: Json, clock: LocalTime, span: tuple[float, float] = (1.0, 1.0)) -> tuple[list[Entry], int]:
    """Return the entries of a log in their order, whose times only go on, and how many could not be read.

    Where what seems a time cannot be read the entry is taken all the same, at the time of the one before; where
    none can, at the beginning of ``span``, in epoch milliseconds, or at its end if it tells of an end.
    """
    if not isinstance(log, list):
        return [], int(log is not None)
    found: list[Entry] = []
    bad = max(0, len(log) - MAX_ENTRIES)
    strange = not any(_time(row, clock) for row in log[:MAX_ENTRIES])
    for row in log[:MAX_ENTRIES]:
        given = row if isinstance(row, dict) else {}
        told = given.get("timestamp", given.get("time"))
        at, kind = _time(row, clock), given.get("type")
        if at is None and isinstance(told, str) and (strange or _NUMBER_OF.search(told)):
            bad += 1
            known = found[-1].at if found else span[0]
            at = (
                max(known, span[1]) if known == span[0] and _tells_of_end(kind, given.get("value")) else known
            )
        if at is None or not isinstance(kind, str):
            bad += 1
        elif "(legacy)" not in kind:  # the same again, for callbacks of old
            name = kind[:60].lower()
            at = max(at, found[-1].at) if found else at
            found.append(Entry(at, name.removeprefix("on") if name != "on" else name, given.get("value")))
    return found, bad


def _time(row: Json, clock: LocalTime) -> float | None:
    told = row.get("timestamp", row.get("time")) if isinstance(row, dict) else None
    at = epoch_ms(told)
    return clock.epoch_ms(told) if at is None else at


def _tells_of_end(kind: Json, value: Json) -> bool:
    """Return whether an entry says that the connection is no more."""
    if not isinstance(kind, str):
        return False
    name = kind[:60].lower().removeprefix("on")
    told = unpacked(value)
    return name in _ENDS or (name in _STATES and isinstance(told, str) and bool(_DOWN.search(told[:60])))


def leg(log: Sequence[Entry]) -> Message:
    """Return what callmon wrote of the leg, and nothing where the log is of a browser (``w3c.rtcstats``)."""
    return next((leg_of(unpacked(entry.value)) for entry in log if entry.type == LEG), {})


def replayed(log: Sequence[Entry]) -> int:
    """Return how many entries at the beginning are no history, but the state when the page was opened.

    They come at one instant, and have several states without anything that leads to them.
    """
    same = [entry for entry in log if entry.at == log[0].at] if log else []
    states = {entry.type for entry in same if entry.type in _STATES}
    made = any(entry.type.startswith(_BEGINNINGS) for entry in same)
    return len(same) if len(states) >= 2 and not made else 0


@dataclass(slots=True)
class Reader:
    """What a log says, and what is known after each entry: the states, and each transceiver."""

    states: dict[str, str] = field(default_factory=dict)
    transceivers: dict[int, Said] = field(default_factory=dict)

    @property
    def down(self) -> bool:
        """Whether the log tells that the connection does not work; the page does not sample it then."""
        state = self.states.get("connection", self.states.get("ice"))
        return bool(self.states) and state not in ("connected", "completed")

    def read(self, entry: Entry, *, history: bool = True) -> Said | None:
        """Return the parts of a message that an entry means, or None; what is no ``history`` is state alone."""
        if entry.type in _STATES:
            return self._changed(entry, history)
        if entry.type in _ENDS:
            self.states |= {"signaling": "closed", "connection": "closed"}
            return {"end": 1}
        if entry.type == TOLD:
            return {"told": unpacked(entry.value)}
        if entry.type == ENDED:
            told = unpacked(entry.value)
            given = told if isinstance(told, dict) else {}
            return {"end": 1, "reason": given.get("reason"), "failed": given.get("failed")}
        if entry.type.startswith("transceiver"):
            return self._negotiated(entry.value)
        if entry.type in _DESCRIPTIONS:
            return _fingerprint(entry)
        events = [{"t": entry.at, **event} for event in _events(entry)] if history else []
        return {"events": events} if events else None

    def _changed(self, entry: Entry, history: bool) -> Said | None:
        value = unpacked(entry.value)
        if not isinstance(value, str) or not value:
            return None
        state = _WORD_START.sub("-", _OLD_STATE.sub("", value[:60])).lower()
        self.states[_STATES[entry.type]] = state
        return {"events": [{"t": entry.at, "ev": entry.type, "v": state}]} if history else {}

    def _negotiated(self, told: Json) -> Said | None:
        value = unpacked(told)
        if isinstance(value, str):
            kind, direction, number = (pattern.search(value) for pattern in (_KIND, _DIRECTION, _NUMBER))
            value = {
                "kind": kind[1] if kind else None,
                "currentDirection": direction[1] if direction else None,
                "transceiverIndex": int(number[1]) if number else 0,
            }
        if not isinstance(value, dict):
            return None
        number = value.get("transceiverIndex")
        if not isinstance(number, int) or len(self.transceivers) >= 100:
            return None
        self.transceivers[number] = {name: value.get(name) for name in ("kind", "currentDirection")}
        return {"transceivers": list(self.transceivers.values())}


def failed(log: Sequence[Entry]) -> bool:
    """Return whether a log says that the connection had failed when it was closed, or when the log ends."""
    reader = Reader()
    for entry in log:
        if entry.type in LAST:
            break
        if entry.type in _STATES:
            reader.read(entry)
    return "failed" in reader.states.values()


def _fingerprint(entry: Entry) -> Said | None:
    """Return whose certificate a description names; by it the other end of a call is found in another file."""
    value = unpacked(entry.value)
    sdp = value.get("sdp") if isinstance(value, dict) else value
    found = _FINGERPRINT.search(sdp[:100_000]) if isinstance(sdp, str) else None
    return {"fingerprints": {_DESCRIPTIONS[entry.type]: found[1].upper()}} if found is not None else None


def _events(entry: Entry) -> Iterator[Said]:
    """Yield what belongs on a timeline; descriptions and everything else that is only talk do not."""
    value = unpacked(entry.value)
    if entry.type in ("icecandidate", "addicecandidate"):
        line = value.get("candidate") if isinstance(value, dict) else value
        found = _CANDIDATE.search(line[:2000]) if isinstance(line, str) else None
        if found is not None:
            yield {"ev": entry.type, "v": found[0]}
    elif entry.type == "icecandidateerror":
        told = value
        if isinstance(value, str):
            told = {name: word.strip() for name, word in _MEMBER.findall(value[:2000])}
            told["error_code"] = _whole(told.get("error_code"))
        yield {"ev": entry.type, "v": _plain(told)}
    elif entry.type == "track":
        kind = value.get("kind") if isinstance(value, dict) else None
        if kind is None and isinstance(value, str) and (found := _KIND.search(value[:2000])):
            kind = found[1]
        if kind in ("audio", "video"):
            yield {"ev": "track", "v": kind}
    elif entry.type.endswith(("onfailure", "failed")):
        name = entry.type.removesuffix("onfailure").removesuffix("failed")
        yield {"ev": f"{name} failed:", "v": str(value)[:200] if isinstance(value, str) else ""}
    elif entry.type == "restartice" or (
        entry.type == "createoffer" and isinstance(value, dict) and value.get("iceRestart") is True
    ):
        yield {"ev": "ICE restart"}


def _plain(value: Json) -> Said:
    """Return the members of an object that hold no other."""
    members = list(value.items())[:20] if isinstance(value, dict) else ()
    return {name: member for name, member in members if isinstance(member, str | int | float)}


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else None
