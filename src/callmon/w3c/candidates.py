"""ICE candidates: from getStats objects, and from the candidate lines that pages signal (RFC 8839)."""

from __future__ import annotations

from collections.abc import Mapping

from callmon.model.frames import Json
from callmon.model.ice import Candidate
from callmon.model.text import printable

_TYPES = frozenset({"host", "srflx", "prflx", "relay"})
_OLD_TYPES = {"serverreflexive": "srflx", "peerreflexive": "prflx", "relayed": "relay"}


def from_stats(entry: Mapping[str, Json], side: str) -> Candidate:
    """Return the candidate of a local-candidate or remote-candidate object."""
    return Candidate(
        side=side,
        type=_type(entry.get("candidateType")),
        protocol=_text(entry.get("protocol")),
        address=_text(entry.get("address") or entry.get("ip")),
        port=_port(entry.get("port")),
        relay_protocol=_text(entry.get("relayProtocol")) or _hop(entry),
        network_type=_text(entry.get("networkType")),
        url=_text(entry.get("url")),
    )


def from_line(line: str, side: str) -> Candidate | None:
    """Return the candidate of a line ``candidate:… 1 udp … 192.0.2.1 5000 typ host …``, or None."""
    words = line.removeprefix("a=").split()
    if len(words) < 8 or not words[0].startswith("candidate:") or words[6] != "typ":
        return None
    kind = words[7]
    port = int(words[5]) if words[5].isdecimal() and len(words[5]) <= 5 else None
    return Candidate(
        side, kind if kind in _TYPES else None, printable(words[2].lower(), 8), printable(words[4], 64), port
    )


def _hop(entry: Mapping[str, Json]) -> str | None:
    """Return how a relay's server is reached, read off its URL (RFC 7065): Safari has no relayProtocol."""
    url = entry.get("url")
    if entry.get("candidateType") != "relay" or not isinstance(url, str):
        return None
    if url.startswith("turns:"):
        return "tls"
    if not url.startswith("turn:"):
        return None
    return "tcp" if "transport=tcp" in url else "udp"


def _type(value: Json) -> str | None:
    """Return one of the four types, also where a browser still gives it its old name."""
    if not isinstance(value, str):
        return None
    return value if value in _TYPES else _OLD_TYPES.get(value)


def _text(value: Json) -> str | None:
    return printable(value) if isinstance(value, str) and value else None


def _port(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 65535 else None
