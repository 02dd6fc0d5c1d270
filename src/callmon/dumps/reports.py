"""Reports of getStats in wrappings of somebody's own: by connection, under some name, or each as pairs of a Map."""

from __future__ import annotations

from collections.abc import Iterator

from callmon.dumps.ends import ENDS_HERE
from callmon.dumps.form import Form
from callmon.dumps.moments import in_ms
from callmon.dumps.vendors import MAX_MESSAGES
from callmon.model.frames import Frame, Json, Rejected
from callmon.w3c.report import parse

_WRAPPERS = frozenset(
    (
        "stats",
        "report",
        "reports",
        "getstats",
        "rtcstats",
        "statsreport",
        "rtcstatsreport",
        "results",
        "result",
    )
    + ("snapshots", "samples", "data", "entries", "value", "values", "statistics", "webrtcstats", "items")
)
_PARTS = frozenset({"stats", "states", "events", "end"})
_KNOWN = frozenset(
    (
        "inbound-rtp",
        "outbound-rtp",
        "remote-inbound-rtp",
        "remote-outbound-rtp",
        "transport",
        "candidate-pair",
    )
    + ("local-candidate", "remote-candidate", "codec", "media-source", "peer-connection", "certificate")
    + ("track", "media-playout")
)
_DEEPEST, _FIRST = 4, 3


def fits(value: Json) -> bool:
    """Whether there are reports in a value that is neither a report nor a message, nor an array of such."""
    first = next((one for one in value[:_FIRST] if isinstance(one, dict | list)), None) if (
        isinstance(value, list)) else None  # fmt: skip
    if _is_plain(value) or _is_plain(first):
        # A report as an array of pairs is the first of others here.
        pairs = (
            isinstance(first, list) and bool(first) and isinstance(first[0], list) and not _is_plain(value)
        )
        if not pairs:
            return False
    return next(_found(value, "", 0, _FIRST), None) is not None


def frames(value: Json, name: str) -> Iterator[Frame | Rejected]:
    """Return the reports in the order of time; those under different names are legs of the call."""
    found: list[tuple[float, int, str, Json]] = []
    clock = 0.0
    for leg, report in _found(value, "", 0, MAX_MESSAGES):
        report = in_ms(report)
        at = _time(report)
        clock = at if at is not None else clock + 1.0
        found.append((clock, len(found), leg, report))
    named = len({leg for _, _, leg, _ in found}) > 1
    last: dict[str, float] = {}
    told: list[tuple[float, dict[str, Json]]] = []
    for at, _, leg, report in sorted(found, key=lambda item: item[:2]):
        told.append((at, {"stats": report, **({"leg": leg or "pc"} if named else {})}))
        last[leg] = at
    if len(found) > 1:
        for leg, at in last.items():
            told.append((at, {"end": 1, "reason": ENDS_HERE, **({"leg": leg or "pc"} if named else {})}))
    for at, message in sorted(told, key=lambda item: item[0]):
        yield Frame("webrtc", at, "snapshot", {"t": at * 1000, **message}, {"call": name}, name)


def _is_plain(value: Json) -> bool:
    """Whether a value is a report, or a message with one."""
    return _is_report(value) or (isinstance(value, dict) and bool(_PARTS & value.keys()))


def _is_report(value: Json) -> bool:
    """Whether a value is one report: some of its objects are of types that are known."""
    report = parse(value)
    return report is not None and not _KNOWN.isdisjoint(report.by_type)


def _found(value: Json, leg: str, depth: int, width: int) -> Iterator[tuple[str, Json]]:
    """Yield each report inside a value with the name under which it stands."""
    if _is_report(value):
        yield leg, value
    elif depth < _DEEPEST and isinstance(value, list):
        for inner in value[:width]:
            if isinstance(inner, dict | list):
                yield from _found(inner, leg, depth + 1, width)
    elif depth < _DEEPEST and isinstance(value, dict):
        for key, inner in list(value.items())[: min(width, 200)]:
            if isinstance(inner, dict | list):
                own = leg if key.lower() in _WRAPPERS else key[:100]
                yield from _found(inner, own, depth + 1, width)


def _time(report: Json) -> float | None:
    """Return the newest time of a report in epoch seconds."""
    read = parse(report)
    newest = read.newest() if read is not None else None
    return newest / 1000 if newest is not None and 0 < newest < 1e14 else None


FORM = Form("reports of getStats", fits, frames)
"""What somebody wrote by hand around ``getStats()``."""
