"""A call as an rtcstats file of format 3, as Chromium exports it: whole reports, times as differences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from callmon.dumps.writing.leglog import CallLog, LegLog
from callmon.model.frames import Json

FIRST_LINE = "RTCStatsDump\n"
"""What such a file begins with."""


def lines(log: CallLog) -> Iterator[str]:
    """Return the lines of the file of a call; nothing for a call of which nothing was logged."""
    rows = log.rows()
    if not rows:
        return
    yield FIRST_LINE
    yield _json({"fileFormat": 3})
    clock = _Clock()
    first = rows[0][0].at * 1000
    yield _json(
        ["create", None, {"userAgentData": hints(next(iter(log.legs.values())).page)}, clock.step(first)]
    )
    names = pc_names(log)
    if log.room:
        yield _json(["identity", None, {"conference": log.room}, clock.step(first)])
    for leg in log.legs.values():
        yield _json(["create", names[leg.id], configuration(leg), "", clock.step(first)])
    for row, leg in rows:
        yield _json([row.method, names[leg.id], row.value, clock.step(row.at * 1000)])


def pc_names(log: CallLog) -> dict[str, str]:
    """Return how the peer connection of each leg is named in a dump: as Chromium counts them."""
    return {id: f"1-{number}" for number, id in enumerate(log.legs, 1)}


def hints(page: Mapping[str, str]) -> Json:
    """Return what a browser says of itself as ``navigator.userAgentData``, as far as it is known."""
    name, _, version = page.get("browser", "").rpartition(" ")
    brands = [{"brand": name or version, "version": version if name else ""}] if name or version else []
    return {"brands": brands, "mobile": False, "platform": page.get("os", "")}


def configuration(leg: LegLog) -> Json:
    """Return the configuration of a peer connection, as far as it is known."""
    return {"iceServers": [], **({"iceTransportPolicy": "relay"} if leg.relay_only else {})}


class _Clock:
    """The time of a file as its reader adds it up, so that rounding does not add up as well."""

    def __init__(self) -> None:
        self._now: float | None = None

    def step(self, ms: float) -> float:
        """Return what is written for a row at ``ms`` (epoch): its time, or the time since the row before."""
        if self._now is None:
            self._now = float(round(ms))
            return self._now
        delta = round(max(0.0, ms - self._now), 3)
        self._now += delta
        return delta


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
