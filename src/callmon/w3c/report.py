"""One getStats report in any of the shapes in which it travels, indexed for joining."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from callmon.model.frames import Json
from callmon.model.text import printable
from callmon.w3c import goog

Entry = Mapping[str, Json]
"""One object of a report: it has ``id`` and ``type``, and everything else may be missing or wrong."""

LARGEST = 1e18
"""No browser counts further; beyond it a number is no measurement, and arithmetic would end in infinities."""

STILL = frozenset({"local-candidate", "remote-candidate", "codec", "certificate"})
"""Types of objects that measure nothing."""

_NUMERAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMERAL = 40
_PAIR = frozenset({"key", "value"})
_OF_TRACKS = (
    "audioLevel", "totalAudioEnergy", "totalSamplesDuration", "totalSamplesReceived", "concealedSamples",
    "jitterBufferDelay", "jitterBufferEmittedCount", "freezeCount", "totalFreezesDuration", "framesSent",
    "framesDecoded", "frameHeight", "frameWidth",
)  # fmt: skip

MAX_ENTRIES = 4000
"""More objects than any browser puts into a report; the rest is not read."""


@dataclass(slots=True)
class Report:
    """The objects of one report by id and by type; unknown types are there and simply never asked for."""

    by_id: dict[str, Entry] = field(default_factory=dict)
    by_type: dict[str, list[Entry]] = field(default_factory=dict)

    def of(self, *types: str) -> list[Entry]:
        """Return the objects of these types in the order of the report."""
        return [entry for kind in types for entry in self.by_type.get(kind, ())]

    def get(self, id: Json) -> Entry | None:
        """Return the object with this id, or None."""
        return self.by_id.get(id) if isinstance(id, str) else None

    def newest(self) -> float | None:
        """Return the newest timestamp of what the report measures in epoch milliseconds.

        The time of a codec or a candidate may be when it was made, days away; it counts where there is no other.
        """
        newest = still = None
        for entry in self.by_id.values():
            stamp = entry.get("timestamp")
            if stamp == newest or (known := figure(entry, "timestamp")) is None:
                continue
            if entry.get("type") in STILL:
                still = known if still is None or known > still else still
            elif newest is None or known > newest:
                newest = known
        return still if newest is None else newest


def parse(stats: Json) -> Report | None:
    """Read a report given as array, as object by id, as ``{key, value}`` pairs or as ``[id, object]`` pairs.

    Returns None when it is none of these; objects without a type are left out. Chrome's stats of old come out in
    the words of webrtc-stats.
    """
    if not isinstance(stats, list | dict):
        return None
    report = _report(_entries(stats))
    if not goog.OLD_TYPES.isdisjoint(report.by_type):
        return _report(goog.convert(report.by_id.items()))
    return report


def _report(entries: Iterable[tuple[str, Entry]]) -> Report:
    report = Report()
    for id, entry in entries:
        kind = entry.get("type")
        if not isinstance(kind, str) or len(report.by_id) >= MAX_ENTRIES:
            continue
        report.by_id[id] = entry
        report.by_type.setdefault(kind, []).append(entry)
    if "track" in report.by_type:
        _take_from_tracks(report)
    return report


def _take_from_tracks(report: Report) -> None:
    """Give streams what older browsers tell of their tracks instead (before Chrome 112, Safari 17)."""
    for kind in ("inbound-rtp", "outbound-rtp"):
        streams = report.by_type.get(kind, [])
        for number, stream in enumerate(streams):
            track = report.get(stream.get("trackId"))
            if track is None or track.get("type") != "track":
                continue
            missing = {name: track[name] for name in _OF_TRACKS if name in track and name not in stream}
            if missing:
                whole = {**stream, **missing}
                streams[number] = whole
                if isinstance(stream.get("id"), str) and stream["id"] in report.by_id:
                    report.by_id[stream["id"]] = whole


def _entries(stats: list[Json] | dict[str, Json]) -> Iterator[tuple[str, Entry]]:
    if isinstance(stats, dict):
        for key, entry in stats.items():
            if isinstance(entry, dict):
                yield key, entry
        return
    for item in stats:
        if isinstance(item, dict):
            if (
                "type" not in item
                and isinstance(item.get("key"), str)
                and isinstance(item.get("value"), dict)
            ):
                yield item["key"], item["value"]
            elif isinstance(item.get("id"), str):
                yield item["id"], item
        elif (
            isinstance(item, list)
            and len(item) == 2
            and isinstance(item[0], str)
            and isinstance(item[1], dict)
        ):
            yield item[0], item[1]


def is_batch(items: list[Json]) -> bool:
    """Return whether an array holds messages or reports, and is not itself one report in one of its shapes."""
    for item in items:
        if isinstance(item, dict):
            keys = item.keys()
            return not (
                {"id", "type"} <= keys or {"type", "timestamp"} <= keys or (len(keys) == 2 and keys >= _PAIR)
            )
        if isinstance(item, list) and item:
            return not isinstance(item[0], str)
    return True


def num(entry: Entry | None, key: str) -> float | None:
    """Return a finite number, or None for anything else (text, booleans, NaN, what is too large for a float)."""
    value: Json = entry.get(key) if entry is not None else None
    if type(value) not in (float, int) or not -LARGEST <= value <= LARGEST:
        return None
    return float(value)


def figure(entry: Entry | None, key: str) -> float | None:
    """Return a finite number of a stats object, also one that was written as text, or None for anything else.

    Some bridges between a page and native code write counters of 64 bits as text, as JSON of Protocol Buffers does.
    """
    value: Json = entry.get(key) if entry is not None else None
    if type(value) is not str:
        return num(entry, key)
    if len(value) > _LONGEST_NUMERAL or not _NUMERAL.fullmatch(value):
        return None
    number = float(value)
    return number if -LARGEST <= number <= LARGEST else None


def text(entry: Entry | None, key: str) -> str | None:
    """Return a non-empty string of bounded length, or None for anything else."""
    value = entry.get(key) if entry is not None else None
    return printable(value) if isinstance(value, str) and value else None
