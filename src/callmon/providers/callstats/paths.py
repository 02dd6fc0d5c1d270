"""ICE as callstats clients tell it: candidates and pairs in both shapes, and the states they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from callmon.model.frames import Json
from callmon.model.ice import Candidate, IceFacts, Pair
from callmon.providers.callstats.envelope import Fabric, entries
from callmon.w3c.candidates import from_stats
from callmon.w3c.report import Entry, text

TYPES = {
    "serverreflexive": "srflx",
    "peerreflexive": "prflx",
    "relayed": "relay",
    "turn": "relay",
    "stun": "srflx",
    "local": "host",
}
"""Other names that clients give to the types of candidates."""

ICE_STATES = frozenset({"new", "checking", "connected", "completed", "disconnected", "failed", "closed"})
"""The values of RTCPeerConnection.iceConnectionState."""

CONNECTION = {"connected": "connected", "completed": "connected", "closed": "closed"}
"""What an ICE state says of the whole connection, where nothing is told of DTLS."""

_LOCAL = ("localIceCandidates", "localCandidates")
_REMOTE = ("remoteIceCandidates", "remoteCandidates")


def states(ice: Json) -> IceFacts:
    """Return what an ICE connection state says; DTLS, where a report tells of it, has the last word."""
    if not isinstance(ice, str) or ice not in ICE_STATES:
        return IceFacts()
    return IceFacts(ice=ice, connection=CONNECTION.get(ice))


def path(body: Mapping[str, Json], fabric: Fabric) -> tuple[Pair | None, tuple[Candidate, ...]]:
    """Return the selected pair of a message, and all candidates that it lists.

    A message may name its pair by candidates that an earlier one listed; a pair of which neither end is known
    says nothing.
    """
    local = {id: _candidate(item, "local") for id, item in _listed(body, _LOCAL)}
    remote = {id: _candidate(item, "remote") for id, item in _listed(body, _REMOTE)}
    fabric.meet(local | remote)
    chosen = _selected(body)
    pair = _pair(chosen, fabric) if chosen is not None else None
    ends = (pair.local, pair.remote) if pair is not None else ()
    found = dict.fromkeys([*local.values(), *remote.values(), *(end for end in ends if end is not None)])
    return pair, tuple(found)


def known(pair: Pair | None, entry: Entry | None, fabric: Fabric) -> Pair | None:
    """Return the pair of a report with the ends that the report itself does not hold."""
    if pair is None or entry is None or (pair.local is not None and pair.remote is not None):
        return pair
    local, remote = (fabric.ends.get(str(entry.get(f"{side}CandidateId"))) for side in ("local", "remote"))
    return replace(pair, local=pair.local or local, remote=pair.remote or remote)


def _pair(chosen: Entry, fabric: Fabric) -> Pair | None:
    fused = any(chosen.get(name) for name in ("localCandidateType", "localAddress", "remoteAddress"))
    local, remote = (
        _candidate(chosen, side) if fused else fabric.ends.get(str(chosen.get(f"{side}CandidateId")))
        for side in ("local", "remote")
    )
    if local is None and remote is None:
        return None
    nominated = chosen.get("nominated")
    return Pair(
        id=text(chosen, "id") or text(chosen, "candidateID") or "",
        local=local,
        remote=remote,
        state=_pair_state(chosen),
        nominated=nominated if isinstance(nominated, bool) else None,
    )


def _selected(body: Mapping[str, Json]) -> Entry | None:
    """Return the pair that is in use: named, given as such, or the one that was nominated and works."""
    current = body.get("currIceCandidatePair")
    if isinstance(current, dict):
        return current
    pairs = entries(body.get("iceCandidatePairs"))
    named = text(body, "selectedCandidatePairID") or text(body, "selectedCandidatePairId")
    if named is not None:
        return next((pair for pair in pairs if pair.get("id") == named), {"id": named})
    won = [pair for pair in pairs if pair.get("nominated") is True and pair.get("state") == "succeeded"]
    return won[0] if won else None


def _listed(body: Mapping[str, Json], names: tuple[str, str]) -> list[tuple[str, Entry]]:
    found = [item for name in names for item in entries(body.get(name), 100)]
    return [(str(item.get("id") or item.get("candidateID") or n), item) for n, item in enumerate(found)]


def _candidate(item: Entry, side: str) -> Candidate:
    """Return one candidate; where no addresses are collected, its id stands in their place."""
    address = item.get("address") or item.get("ip") or item.get(f"{side}Address")
    given = {
        "candidateType": candidate_type(item.get("candidateType") or item.get(f"{side}CandidateType")),
        "protocol": item.get("transport") or item.get("protocol") or item.get("transportType"),
        "address": address if address != item.get("id") else None,
        "port": item.get("port") or item.get(f"{side}Port"),
    }
    known = ("relayProtocol", "networkType", "url")
    return from_stats({**{key: item.get(key) for key in known}, **given}, side)


def candidate_type(value: Json) -> Json:
    """Return one of the four types for any of the names that clients give them."""
    return TYPES.get(value, value) if isinstance(value, str) else None


def _pair_state(pair: Entry) -> str | None:
    state = text(pair, "state")
    return "in-progress" if state == "inprogress" else state
