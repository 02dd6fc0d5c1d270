"""Documents that something went wrong with: parts replaced, left out, doubled, or put where they do not belong."""

from __future__ import annotations

import copy
import json
from functools import cache
from random import Random
from typing import Any

from tests.dumps import eras
from tests.dumps.reading import dump
from tests.dumps.samples import body, client_samples, conference
from tests.recordings.recordings import rows

TELNYX = ("api-by-call", "api-list", "debug-report-with-streams", "nested", "flat", "service-call", "warning")
TWILIO = ("metrics-sdk-page", "events", "summary-partial", "list", "sdk-post")

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, -1e308, float("nan"), float("inf"), 10**400, 2**63, 1e13, -5, "", "x",
    "\ud800", "\x1b[31m", "[", "[1,2,3]", "{}", "null", "NaN", '"connected"', "2026-11-20T10:35:22.842Z",
    "11/20/2026, 10:35:22 AM", "1e999", "0" * 500, [], {}, [[]], [{}], {"a": 1}, {"id": "x", "type": "ssrc"},
    [["a", {"type": "transport"}]], [0] * 50, 1795170922842, "1795170922842", "[" * 2000, {"": {"": {"": ""}}},
)  # fmt: skip
"""Values that stand for everything that may stand where something else is meant."""


def mutated(value: Any, random: Random, times: int) -> Any:
    """A copy of a document with some things wrong in it; also inside of strings that are JSON."""
    value = copy.deepcopy(value)
    for _ in range(times):
        value = _once(value, random)
    return value


def _once(value: Any, random: Random) -> Any:
    place, key = _place(value, random)
    if place is None:
        return copy.deepcopy(random.choice(ODD)) if random.random() < 0.05 else value
    held, kind = place[key], random.random()
    if isinstance(held, str) and held[:1] in "[{" and kind < 0.5:
        try:
            place[key] = json.dumps(_once(json.loads(held), random))
        except (ValueError, RecursionError, TypeError):
            place[key] = held[: random.randrange(len(held) + 1)]
    elif kind < 0.6:
        place[key] = copy.deepcopy(random.choice(ODD))
    elif kind < 0.75:
        del place[key]
    elif kind < 0.85 and isinstance(place, dict):
        place[random.choice(("", "x", "id", "type", "timestamp", "a-b", "[", "-", str(random.random())))] = (
            held
        )
    elif kind < 0.9 and isinstance(place, list):
        place[key:key] = [copy.deepcopy(held)] * random.randrange(4)
    elif isinstance(held, int | float) and abs(held) < 1e15:
        place[key] = held * random.choice((-1, 0, 1000, 0.001, 1e9))
    else:
        other, at = _place(value, random)
        if other is not None:
            place[key] = copy.deepcopy(other[at])
    return value


def _place(value: Any, random: Random) -> tuple[Any, Any]:
    """A random place of a document: the container and the key, none where it has no parts."""
    place, key, inner = None, None, value
    while isinstance(inner, dict | list) and inner and (place is None or random.random() < 0.75):
        place = inner
        key = random.choice(list(inner)) if isinstance(inner, dict) else random.randrange(len(inner))
        inner = inner[key]
    return place, key


def _small(whole: dict[str, Any]) -> dict[str, Any]:
    """A dump with few values in each series, so that much can be tried."""
    for one in whole["PeerConnections"].values():
        kept = {}
        for name, series in one["stats"].items():
            if "[" not in name and not name.startswith(("CF", "AP")):
                kept[name] = {**series, "values": json.dumps(json.loads(series["values"])[-4:])}
        one["stats"] = kept
        for entry in one["updateLog"]:
            entry["value"] = entry["value"][:300]
    return whole


@cache
def documents() -> dict[str, list[Any]]:
    """Good documents by form, small enough to be read some hundred thousand times."""
    stats = [row["stats"] for row in rows("voice_opus_clean-a")[3:6]]
    return {
        "internals": [
            _small(dump("voice_opus_clean")),
            _small(eras.chrome_86(dump("remote_close"))),
            _small(eras.chrome_138(dump("ice_failed"), 2.0, eras.german)),
            dump("relay_unreachable"),
        ],
        "observertc": [client_samples("av_clean-a")[3:6], {"samples": client_samples("drop_forever-a")[14:17]}],
        "telnyx": [
            body("telnyx", name)
            for name in TELNYX
        ],
        "twilio": [
            *(body("twilio_voice", name) for name in TWILIO),
            *(body("twilio_video", name) for name in ("rooms", "room-over", "participants", "stats-report")),
            [body("twilio_voice", "sdk-sample")] * 3,
        ],
        "daily": [
            *(body("daily", name) for name in ("network-stats", "logs", "meetings", "presence", "room-presence")),
            [body("daily", "python-joined")] * 3,
        ],
        "peermetrics": [conference()[:20], conference()[8:16]],
        "reports": [{"one": stats, "two": stats[:1]}, [[[one["id"], one] for one in each] for each in stats]],
    }  # fmt: skip
