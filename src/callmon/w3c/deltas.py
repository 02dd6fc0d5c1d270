"""Whole getStats reports from what clients send of them: everything, or only what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callmon.model.frames import Json
from callmon.w3c.numbers import MEMBERS, TYPES

MAX_OBJECTS = 4000
"""More objects than any browser puts into a report; the rest is not kept."""

Object = dict[str, Any]
"""One stats object, with its ``id``."""

_GONE_AFTER = 10
"""After so many reports without it a stream is gone, if something was negotiated since it was last in one."""

_REMOTE = ("remote-inbound-rtp", "remote-outbound-rtp")
_NEW_REPORT = frozenset({"roundTripTimeMeasurements", "reportsSent", "remoteTimestamp"})
"""Members of a report of the far end that are others in each; its time is left out where it is the common one."""

_TELLING = {
    "roundTripTimeMeasurements": "remote-inbound-rtp",
    "fractionLost": "remote-inbound-rtp",
    "reportsSent": "remote-outbound-rtp",
    "jitterBufferDelay": "inbound-rtp",
    "lastPacketReceivedTimestamp": "inbound-rtp",
    "headerBytesSent": "outbound-rtp",
    "targetBitrate": "outbound-rtp",
    "mimeType": "codec",
    "fingerprint": "certificate",
}
"""Members by which an object without a type is known, where those of a path do not tell already."""

_TYPED: Object = {"type": ""}

_STREAMS = ("inbound-rtp", "outbound-rtp", *_REMOTE)


class Deltas:
    """The newest report of one peer connection, kept up from differences.

    A remote report that has not changed keeps its timestamp: it is then as old as it says. Everything else
    that has not changed is as new as the report.

    Protocol 2.0 leaves out what changed in nothing but its time, and never says that something is gone. Browsers let
    go of a stream when something is negotiated; one that is left out without that stands still.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self._objects: dict[str, Object] = {}
        self._absent: dict[str, int] = {}
        self._negotiated: set[str] = set()
        self._ahead_ms = 0.0

    def negotiate(self) -> None:
        """Note that streams may be gone, of which nothing is told from here on."""
        self._negotiated = set(self._objects)

    def read(
        self, value: Mapping[str, Json], legacy: bool, complete: bool = False, now_ms: float | None = None
    ) -> list[Object]:
        """Return the report after one getStats row; ``legacy`` is the difference format of protocol 2.0.

        ``now_ms`` is the time of the row, where the report tells none.

        In one that is ``complete`` every object is named that is still there (Jitsi). Objects that carry their own
        ``id`` are no difference: they are all there is (Chromium's own export).
        """
        if any(isinstance(entry, dict) and "id" in entry for entry in value.values()):
            self._absent.clear()
            self._objects = {
                id: entry if entry.get("id") == id else {**entry, "id": id}
                for id, entry in value.items()
                if isinstance(entry, dict)
            }
            return list(self._objects.values())
        if legacy:
            self._read_legacy(value, complete, now_ms)
        else:
            self._read_numbered(value)
        return [
            entry
            for id, entry in self._objects.items()
            if id not in self._negotiated or self._absent.get(id, 0) < _GONE_AFTER
        ]

    def _read_numbered(self, value: Mapping[str, Json]) -> None:
        """Take a difference of file format 3: names are numbers, null removes, ``t`` is the common time."""
        stamp = value.get("t") if isinstance(value.get("t"), int | float) else None
        for id, told in value.items():
            if told is None:
                self._objects.pop(id, None)
            elif isinstance(told, dict):
                changed: Object = {MEMBERS.get(str(name), str(name)): item for name, item in told.items()}
                kind = changed.get("type")
                if isinstance(kind, int):
                    changed["type"] = TYPES.get(kind, str(kind))
                if not self._is_remote(id, changed) or not _NEW_REPORT.isdisjoint(changed):
                    changed.setdefault("timestamp", stamp)
                self._merge(id, changed)
        self._age({id for id in value if id in self._objects}, stamp)

    def _read_legacy(self, value: Mapping[str, Json], complete: bool, now_ms: float | None) -> None:
        """Take a difference of protocol 2.0: timestamp 0 is the common time, and removal is never told.

        Where nothing changed there is no common time; it is that of the row, on the clock of the reports. Forks leave
        the type of an object out; it is then known by its members.
        """
        stamp = self._stamp(value.get("timestamp"), now_ms)
        told = {id: entry for id, entry in value.items() if isinstance(entry, dict)}
        for id, entry in told.items():
            if "type" in entry:
                self._objects.pop(id, None)
            self._merge(id, {**entry, "timestamp": stamp} if entry.get("timestamp") == 0 else dict(entry))
            if "type" not in self._objects.get(id, _TYPED):
                self._objects[id] |= _type_of(self._objects[id])
        if complete:
            self._objects = {id: entry for id, entry in self._objects.items() if id in told}
        self._age(set(told), stamp)
        self._negotiated -= told.keys()
        for id, entry in self._objects.items():
            still = id not in told and entry.get("type") in _STREAMS
            self._absent[id] = self._absent.get(id, 0) + 1 if still else 0

    def _stamp(self, told: Json, now_ms: float | None) -> float | None:
        """Return the common time of a report: what it says, else the time of its row on the same clock."""
        if isinstance(told, int | float) and not isinstance(told, bool):
            self._ahead_ms = told - now_ms if now_ms is not None else 0.0
            return told
        return now_ms + self._ahead_ms if now_ms is not None and self._objects else None

    def _is_remote(self, id: str, changed: Object) -> bool:
        """Whether this is a known report of the far end, whose time is told whenever it is another."""
        return id in self._objects and changed.get("type", self._objects[id].get("type")) in _REMOTE

    def _merge(self, id: str, changed: Object) -> None:
        """Lay what changed over what was; members that are objects are merged in turn, arrays replaced."""
        before = self._objects.get(id)
        if before is None and len(self._objects) >= MAX_OBJECTS:
            return
        for name, item in changed.items():
            was = before.get(name) if before else None
            if isinstance(item, dict) and isinstance(was, dict):
                changed[name] = {**was, **item}
        self._objects[id] = {**(before or {}), **changed, "id": id}

    def _age(self, told: set[str], stamp: Json) -> None:
        """Give the common time to what was not told anew, except to what the far end reported."""
        if stamp is None:
            return
        for id, entry in self._objects.items():
            if id not in told and entry.get("type") not in _REMOTE:
                self._objects[id] = {**entry, "timestamp": stamp}


def _type_of(entry: Object) -> Object:
    """Return the type of an object that has none, as far as its members tell, as a member of it."""
    if "localCandidateId" in entry:
        return {"type": "candidate-pair"}
    if "dtlsState" in entry:
        return {"type": "transport"}
    if "candidateType" in entry:
        return {"type": "remote-candidate" if entry.get("isRemote") is True else "local-candidate"}
    return next(({"type": kind} for name, kind in _TELLING.items() if name in entry), {})
