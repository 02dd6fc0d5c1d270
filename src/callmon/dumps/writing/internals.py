"""A call as a dump of chrome://webrtc-internals: columns of values for each object, and a log beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from callmon.dumps.writing.leglog import CANDIDATES, STATES, CallLog, LegLog, Row
from callmon.dumps.writing.rtcstats import configuration, hints, pc_names
from callmon.model.frames import Json
from callmon.w3c.report import STILL, num

_PID = 1
_RATES = {
    "bytesSent": ("[bytesSent_in_bits/s]", 8.0),
    "bytesReceived": ("[bytesReceived_in_bits/s]", 8.0),
    "packetsSent": ("[packetsSent/s]", 1.0),
    "packetsReceived": ("[packetsReceived/s]", 1.0),
}
"""Counters, the names that Chromium has for what they gain in a second, and in how many parts it is told."""

_STALE_MS = 60_000.0
"""An object of this end that is so much older than its report has not been looked at."""

_UNSERIES = frozenset({"id", "type"})


def dump(log: CallLog) -> Json:
    """Return the document of a call; ``PeerConnections`` is empty where nothing was logged of it."""
    names = pc_names(log)
    rows = log.rows()
    pages = [leg.page for leg in log.legs.values()]
    return {
        "UserAgent": agent(pages[0]) if pages else "",
        "UserAgentData": hints(pages[0] if pages else {}),
        "timestamp": round(rows[-1][0].at * 1000) if rows else 0,
        "getUserMedia": [],
        "PeerConnections": {
            names[leg.id]: {
                "pid": _PID,
                "url": leg.label or leg.id,
                "rtcConfiguration": _json(configuration(leg)),
                "constraints": "",
                "stats": _stats(leg),
                "updateLog": [_update(row) for row in leg.rows if row.method != "getStats"],
            }
            for leg in log.legs.values()
            if leg.rows
        },
    }


def agent(page: dict[str, str]) -> str:
    """Return a User-Agent that says which browser and which system a page ran in, and nothing else."""
    name, _, version = page.get("browser", "").rpartition(" ")
    system = {"Windows": "Windows NT 10.0", "macOS": "Macintosh; Intel Mac OS X", "Linux": "X11; Linux"}.get(
        page.get("os", ""), page.get("os", "")
    )
    product = {"Edge": "Edg", "Opera": "OPR"}.get(name, name)
    return f"Mozilla/5.0 ({system}) {product}/{version}.0.0.0" if name else ""


def _update(row: Row) -> Json:
    """Return a line of the log; its value is never anything but a text.

    Types and states are those of Chromium before 142, and candidates too: what reads newer ones reads these as
    well, and the importer of then stops at others.
    """
    return {
        "timestamp": round(row.at * 1000, 3),
        "time": _iso(row.at * 1000),
        "type": row.method.removeprefix("on"),
        "value": "" if row.value is None else _text(row),
    }


def _text(row: Row) -> str:
    if row.method in STATES.values():
        return str(row.value)
    if row.method in CANDIDATES and isinstance(row.value, dict):
        return ", ".join(
            f"{name}: {row.value.get(name)}" for name in ("sdpMid", "sdpMLineIndex", "candidate")
        )
    if row.method == "ontrack" and isinstance(row.value, list):
        kind, id, label, stream = row.value
        return _json({"kind": kind, "id": id, "label": label, "streams": [stream]})
    return _json(row.value)


def _stats(leg: LegLog) -> dict[str, Json]:
    """Return the columns of all objects.

    All columns of an object end with its last report. One that begins late is shorter, as Chromium's are; where
    a value is missing later on there is a null, so that what follows keeps its place.
    """
    columns: dict[str, dict[str, _Column]] = {}
    newest = 0.0
    types: dict[str, str] = {}
    counts: dict[str, int] = {}
    for row in leg.rows:
        if row.method != "getStats" or not isinstance(row.value, dict):
            continue
        # Firefox goes on giving reports of a connection that was closed, in which all is as it was.
        stamp = _newest(row.value.values()) or row.at * 1000
        if stamp <= newest:
            continue
        newest = stamp
        stamp = _newest(entry for entry in row.value.values() if not _is_still(entry)) or stamp
        for id, entry in row.value.items():
            before = counts.get(id, 0)
            own = {**entry, "timestamp": stamp} if _needs_stamp(entry, stamp) else entry
            for name, value in own.items():
                if name not in _UNSERIES and not name.startswith("["):
                    columns.setdefault(id, {}).setdefault(name, _Column(before)).add(before, value)
            counts[id] = before + 1
            types[id] = str(entry.get("type", ""))
    found: dict[str, Json] = {}
    for id, series in columns.items():
        if "timestamp" not in series:
            continue
        stamps = series["timestamp"].all(counts[id])
        for name, column in series.items():
            values = column.all(counts[id])
            found[f"{id}-{name}"] = _series(values, stamps, types[id])
            if name in _RATES and len(values) > 1:
                derived, parts = _RATES[name]
                found[f"{id}-{derived}"] = _series(_rates(values, stamps, parts), stamps, types[id])
    return found


def _is_still(entry: Mapping[str, Json]) -> bool:
    """Return whether an object is of those that measure nothing."""
    return entry.get("type") in STILL


def _needs_stamp(entry: Mapping[str, Json], stamp: float) -> bool:
    """Return whether an object does not say when the page looked.

    Some say of a candidate or a codec when it was made, or of a pair when it was last used, which as a column would
    be when the call began; and some say nothing.
    """
    told = num(entry, "timestamp")
    if told is None or _is_still(entry):
        return True
    return stamp - told > _STALE_MS and not str(entry.get("type")).startswith("remote-")


def _newest(entries: Iterable[Mapping[str, Json]]) -> float:
    """Return the newest time of some objects, in milliseconds; 0 where none has one."""
    return max((num(entry, "timestamp") or 0.0 for entry in entries), default=0.0)


def _rates(values: list[Json], stamps: list[Json], parts: float) -> list[Json]:
    """Return what a counter gained in each second between two reports; the tools that draw dumps draw that."""
    own = stamps[-len(values) :]
    found: list[Json] = []
    for before, after, since, until in zip(values, values[1:], own, own[1:], strict=False):
        told = [one for one in (before, after, since, until) if isinstance(one, int | float)]
        grew = len(told) == 4 and told[1] >= told[0] and told[3] > told[2]
        found.append(round(1000 * parts * (told[1] - told[0]) / (told[3] - told[2]), 3) if grew else None)
    return found


@dataclass(slots=True)
class _Column:
    """The values of one member; ``late`` is how many reports there were before the first of them."""

    late: int
    values: list[Json] = field(default_factory=list)

    def add(self, before: int, value: Json) -> None:
        """Add the value of a report before which there were so many."""
        self.values += [None] * (before - self.late - len(self.values))
        self.values.append(value)

    def all(self, count: int) -> list[Json]:
        """Return the values up to the last of so many reports."""
        return self.values + [None] * (count - self.late - len(self.values))


def _series(values: list[Json], stamps: list[Json], kind: str) -> Json:
    own = [stamp for stamp in stamps[-len(values) :] if isinstance(stamp, int | float)]
    return {
        "startTime": _iso(own[0]) if own else "",
        "endTime": _iso(own[-1]) if own else "",
        "statsType": kind,
        "values": _json(values),
    }


def _iso(ms: float) -> str:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text(log: CallLog) -> Iterable[str]:
    """Return the document as JSON text."""
    yield _json(dump(log)) + "\n"


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
