"""Files of rtcstats rows: file format 3 (Chromium's export, rtcstats-js), protocol 2.0, and Jitsi's 3.1."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from callmon.dumps.ends import ENDS_HERE
from callmon.dumps.form import Form, LineForm
from callmon.dumps.scalars import is_one_of, unpacked
from callmon.dumps.time import Clocks
from callmon.model.frames import Frame, Json, Rejected
from callmon.w3c.calls import Calls
from callmon.w3c.rtcstats import BadRow, Rows

HEAD = b"RTCStatsDump\n"
"""The bytes with which a file of format 3 begins."""

FILL_S = 2.0
"""How often something is said of a call that is known to be down and of which no stats are taken, in seconds."""

FILLINGS = 600
"""How often that is done in one file; then only once for each gap."""

UNFORMED_S = 20.0
"""How long a peer connection that gathered no candidate is given when the log is at its end."""

_EPOCH_MS = 1e11
_ENVELOPES = frozenset({"stats-entry", "identity", "keepalive", "close"})
_SERVERS = re.compile(r"jvb|videobridge|jicofo|jigasi|jibri", re.IGNORECASE)
_HEADER = frozenset({"fileFormat", "clientProtocol", "startTime", "userAgent"})


class RowLines:
    """The reader of a file of rows."""

    def __init__(self, name: str, protocol: str) -> None:
        """Read rows of ``protocol`` 5.0, 2.0 or 3.1 into calls named after the file."""
        self._name = name
        self._rows = Rows(protocol, calls=Calls(name))
        self._clocks = Clocks()
        self._since_before = protocol == "5.0"
        self._whole = True
        self._of_server = False
        self._heard: dict[str, tuple[float, Json]] = {}
        self._quiet: list[str] = []
        self._fillings = FILLINGS

    def read(self, value: Json) -> Iterator[Frame | Rejected]:
        """Return the messages of a row; the header of a file has none, nor has anything that a server tells."""
        if _is_envelope(value):
            self._of_server = self._of_server or _is_of_server(value)
            self._whole = self._whole and value["type"] != "close"
            if self._of_server or value["type"] != "stats-entry":
                return
            value = unpacked(value.get("data"))
        if not self._since_before:
            value = _without_number(value)
        if isinstance(value, dict) and _HEADER & value.keys():
            self._rows.introduce(value.get("userAgent"))
            return
        if isinstance(value, list) and len(value) > 2 and value[0] == "connectionInfo":
            about = _object(value[2])
            self._rows.introduce(about.get("userAgent"))
            return
        try:
            messages = self._rows.read(value, self._clocks.latest)
        except BadRow as error:
            yield Rejected(self._name, str(error))
            return
        if isinstance(value, list) and value[0] == "close" and value[1] is None:
            self._whole = False
        for message in messages:
            call = str(message["call"])
            at = self._clocks.follow(call, message["t"] / 1000)
            if self._quiet:
                yield from self._fill(at)
            yield Frame("webrtc", at, "snapshot", message, {"call": call}, self._name)
            self._heard[call] = at, message.get("leg")
            if "stats" not in message:
                self._quiet = self._rows.quiet_calls()

    def _fill(self, until: float) -> Iterator[Frame]:
        """Say of the calls of which no stats are taken that they are as they were: the log would say otherwise."""
        for call in self._quiet:
            last, leg = self._heard.get(call, (until, None))
            count = min(int((until - last) / FILL_S), max(1, self._fillings))
            self._fillings -= max(0, count)
            for number in range(1, count + 1):
                at = last + number * FILL_S
                message = {"call": call, "leg": leg, "t": at * 1000, "states": {}}
                yield Frame("webrtc", at, "snapshot", message, {"call": call}, self._name)
                self._heard[call] = at, leg

    def end(self, reason: str) -> Iterator[Frame]:
        """Return the end of each call of which a peer connection is still open.

        Of one that finds no candidate nothing more is logged, so its log may end long before it was saved. A log
        that breaks off says nothing of what came after it.
        """
        if self._whole and reason == ENDS_HERE and (fruitless := self._rows.fruitless_calls()):
            self._quiet, last = fruitless, self._clocks.latest
            for call in fruitless:
                self._clocks.follow(call, last + UNFORMED_S)
            yield from self._fill(self._clocks.latest)
        at = self._clocks.latest
        for call in self._rows.open_calls():
            message = {"call": call, "t": at * 1000, "end": 1, "reason": reason}
            yield Frame("webrtc", at, "snapshot", message, {"call": call}, self._name)


def is_row(value: Json) -> bool:
    """Return whether a value is the first row of a file: it ends with an epoch time, and maybe a number."""
    value = _without_number(value)
    return (
        isinstance(value, list)
        and len(value) >= 4
        and isinstance(value[0], str | int)
        and (value[1] is None or isinstance(value[1], str | int))
        and _is_epoch(value[-1])
    )


def _is_epoch(value: Json) -> bool:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return good and _EPOCH_MS <= value < _EPOCH_MS * 1000


def _without_number(value: Json) -> Json:
    """Return a row without the number that newer clients of Jitsi write behind its time."""
    if not isinstance(value, list) or len(value) < 4 or not _is_epoch(value[-2]):
        return value
    return value[:-1] if type(value[-1]) is int and 0 <= value[-1] < _EPOCH_MS else value


def _is_envelope(value: Json) -> bool:
    """Return whether a value is what Jitsi's clients send, as it came: rows are in it as JSON."""
    return isinstance(value, dict) and is_one_of(value.get("type"), _ENVELOPES) and _is_sent(value)


def _is_sent(value: dict[str, Json]) -> bool:
    return isinstance(value.get("statsSessionId"), str) or is_row(unpacked(value.get("data")))


def _is_of_server(envelope: dict[str, Json]) -> bool:
    name = _object(envelope.get("data")).get("applicationName")
    return envelope["type"] == "identity" and isinstance(name, str) and bool(_SERVERS.search(name[:200]))


def _is_jitsi(value: Json) -> bool:
    return _is_envelope(value) or (is_row(value) and value[0] == "connectionInfo")


def _is_numbered(value: Json) -> bool:
    """Return whether a row is one of format 3 whose head is missing: later rows tell the time since the last."""
    return is_row(value) and isinstance(value[0], int)


def _is_header(value: Json) -> bool:
    return isinstance(value, dict) and value.get("fileFormat") == 3


def dump(name: str) -> RowLines:
    """Return the reader of a file of format 3."""
    return RowLines(name, "5.0")


LINE_FORMS: tuple[LineForm, ...] = (
    LineForm("an rtcstats dump", _is_header, dump),
    LineForm("an rtcstats dump", _is_numbered, dump),
    LineForm("a Jitsi rtcstats dump", _is_jitsi, lambda name: RowLines(name, "3.1")),
    LineForm("an rtcstats dump of old", is_row, lambda name: RowLines(name, "2.0")),
)
"""The forms of rows, told by their first one."""


def is_table(value: Json) -> bool:
    """Return whether a value is an array of rows."""
    return isinstance(value, list) and any(_is_envelope(item) or is_row(item) for item in value[:3])


def table_frames(value: Json, name: str) -> Iterator[Frame | Rejected]:
    """Return the frames of an array of rows."""
    first = next(item for item in value if _is_envelope(item) or is_row(item))
    reader = next(form for form in LINE_FORMS if form.fits(first)).reader(name)
    yield from _numbered(reader, value, "row")
    yield from reader.end(ENDS_HERE)


def _numbered(reader: Any, rows: Json, word: str) -> Iterator[Frame | Rejected]:
    for number, row in enumerate(rows, 1):
        for item in reader.read(row):
            if isinstance(item, Rejected):
                yield Rejected(item.source, f"{word} {number}: {item.reason}")
            else:
                yield item


def is_export(value: Json) -> bool:
    """Return whether a value is the JSON of the old rtcstats server: the rows of each peer connection."""
    found = value.get("peerConnections") if isinstance(value, dict) else None
    if not isinstance(found, dict) or not found:
        return isinstance(found, dict) and "PeerConnections" in value
    return any(
        isinstance(rows, list) and any(isinstance(row, dict) and "type" in row for row in islice(rows, 3))
        for rows in islice(found.values(), 10)
    )


def export_frames(value: Json, name: str) -> Iterator[Frame | Rejected]:
    """Return the frames of such a file; reports in it are whole, as the server has put them together."""
    reader = RowLines(name, "5.0")
    for _ in reader.read({"userAgent": value.get("userAgent"), "fileFormat": 3}):
        pass
    rows: list[tuple[float, Json]] = []
    for id, told in value["peerConnections"].items():
        for number, row in enumerate(told if isinstance(told, list) else (), 1):
            at = _time(row.get("time", row.get("timestamp"))) if isinstance(row, dict) else None
            if at is None or not isinstance(row.get("type"), str):
                yield Rejected(name, f"row {number} of {str(id)[:40]}: it has no type or no time")
                continue
            rows.append((at, [row["type"], id, _whole(row["type"], row.get("value")), at]))
    rows.sort(key=lambda pair: pair[0])
    yield from _numbered(reader, (row for _, row in rows), "row")
    yield from reader.end(ENDS_HERE)


def _whole(method: str, value: Json) -> Json:
    """Return a report with an id in each object, and anything else as it is."""
    if method.lower() != "getstats":
        return value
    if isinstance(value, list):
        return {str(one["id"]): one for one in value if isinstance(one, dict) and "id" in one}
    if not isinstance(value, dict):
        return value
    return {id: {**one, "id": id} for id, one in value.items() if isinstance(one, dict)}


def _time(value: Json) -> float | None:
    """Return a time in epoch milliseconds: a number, or text such as ISO 8601."""
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).timestamp() * 1000
        except (ValueError, OverflowError):
            return None
    good = isinstance(value, int | float) and not isinstance(value, bool) and _EPOCH_MS <= value < 1e14
    return float(value) if good else None


def _object(value: Json) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


FORMS: tuple[Form, ...] = (
    Form("an export of the rtcstats server", is_export, export_frames),
    Form("an array of rtcstats rows", is_table, table_frames),
)
"""The forms of rows that are one JSON value."""
