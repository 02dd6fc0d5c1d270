"""What callmon adds to W3C objects that it writes itself: members for what W3C has none, ``callmon_`` before the key.

Vendors tell shares, rates and scores that no browser has. Other tools are given what W3C has instead of them, such
as bytes made of a bitrate; ``callmon_made`` names the counters that were made, and on a whole object is ``all``.
"""

from __future__ import annotations

from collections.abc import Mapping

from callmon.model.frames import Json
from callmon.model.metrics import METRICS
from callmon.w3c.report import Entry, num, text

PREFIX = "callmon_"
"""What the name of such a member begins with; the key of a metric follows."""

MADE = PREFIX + "made"
"""The member that names what was made for other tools, and is not read."""

ALL = "all"
"""That the whole object was."""

CARRIER = "peer-connection"
"""The type of the object that carries what is told of a connection of which no candidate pair is known."""


def added(gauges: Mapping[str, float], known: frozenset[str]) -> dict[str, Json]:
    """Return members for the gauges that W3C has no member for, which are all but the ``known``."""
    return {f"{PREFIX}{key}": value for key, value in gauges.items() if key not in known}


def gauges(entry: Entry) -> dict[str, float]:
    """Return the gauges among the members of an object."""
    return {
        name.removeprefix(PREFIX): value
        for name in entry
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) in METRICS
        if (value := num(entry, name)) is not None
    }


def is_made(entry: Entry) -> bool:
    """Return whether an object was made for other tools."""
    return entry.get(MADE) == ALL


def counted(entry: Entry, counters: dict[str, float]) -> dict[str, float]:
    """Return the counters of an object but those that were made for other tools."""
    made = (text(entry, MADE) or "").split()
    return {key: value for key, value in counters.items() if key not in made} if made else counters
