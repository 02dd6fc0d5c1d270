"""A transport as W3C objects, made from what is known of it: the way back from ``callmon.w3c.transport``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from callmon.dumps.writing.streams import Object
from callmon.model.events import Sampled
from callmon.model.ice import Candidate, IceFacts
from callmon.w3c.additions import CARRIER, added

TRANSPORT = "T1"
"""The id of the one transport of a leg."""

IN_PAIR = frozenset({"pair_rtt_ms", "available_out_bps"})
"""Gauges of a connection that its selected pair has a member for."""

MOST_PAIRS = 100
"""So many candidate pairs are written of those of which only the number is known."""


def objects(
    facts: IceFacts, candidates: Iterable[Candidate], path: Sampled | None, ms: float
) -> list[Object]:
    """Return transport, candidates and pairs as of ``ms`` (epoch ms); nothing where nothing is known of them."""
    ids: dict[tuple[str, str | None, str | None, str | None, int | None], str] = {}
    found: list[Object] = []
    pair = facts.pair
    ends = [end for end in (pair.local, pair.remote) if end is not None] if pair is not None else []
    for candidate in [*candidates, *ends]:
        key = _key(candidate)
        if key not in ids:
            ids[key] = f"{'L' if candidate.side == 'local' else 'R'}C{len(ids) + 1}"
            found.append(_candidate(ids[key], candidate, ms))
    members = {
        "iceState": facts.transport_ice,
        "dtlsState": facts.dtls,
        "srtpCipher": facts.srtp_cipher,
        "dtlsCipher": facts.dtls_cipher,
        "tlsVersion": facts.tls_version,
        "selectedCandidatePairChanges": facts.changes,
        "selectedCandidatePairId": pair.id if pair is not None else None,
    }
    told = {key: value for key, value in members.items() if value is not None}
    if told:
        found.append({"id": TRANSPORT, "type": "transport", "timestamp": ms, **told})
    if pair is not None:
        entry: Object = {"id": pair.id, "type": "candidate-pair", "timestamp": ms, "transportId": TRANSPORT}
        entry |= {
            key: value
            for key, value in (("state", pair.state), ("nominated", pair.nominated))
            if value is not None
        }
        for name, end in (("localCandidateId", pair.local), ("remoteCandidateId", pair.remote)):
            if end is not None:
                entry[name] = ids[_key(end)]
        found.append(entry | _measured(path))
    return found + _other_pairs(facts, ms)


def beside(facts: IceFacts, path: Sampled, ms: float) -> list[Object]:
    """Return what was measured of a connection as of ``ms`` (epoch ms), but for what its selected pair tells."""
    told = added(path.gauges, IN_PAIR if facts.pair is not None else frozenset())
    return [{"id": "P", "type": CARRIER, "timestamp": ms, **told}] if told else []


def _key(candidate: Candidate) -> tuple[str, str | None, str | None, str | None, int | None]:
    return candidate.side, candidate.type, candidate.protocol, candidate.address, candidate.port


def _candidate(id: str, candidate: Candidate, ms: float) -> Object:
    members: dict[str, Any] = {
        "candidateType": candidate.type,
        "protocol": candidate.protocol,
        "address": candidate.address,
        "port": candidate.port,
        "relayProtocol": candidate.relay_protocol,
        "networkType": candidate.network_type,
        "url": candidate.url,
    }
    kind = "local-candidate" if candidate.side == "local" else "remote-candidate"
    told = {key: value for key, value in members.items() if value is not None}
    return {"id": id, "type": kind, "timestamp": ms, "isRemote": candidate.side != "local", **told}


def _measured(path: Sampled | None) -> Object:
    """Return what was measured of the selected pair."""
    if path is None:
        return {}
    rtt, available = path.gauges.get("pair_rtt_ms"), path.gauges.get("available_out_bps")
    members = {
        "currentRoundTripTime": None if rtt is None else rtt / 1000,
        "availableOutgoingBitrate": available,
        "totalRoundTripTime": path.counters.get("rtt_total_s"),
        "responsesReceived": path.counters.get("rtt_count"),
    }
    return {key: value for key, value in members.items() if value is not None}


def _other_pairs(facts: IceFacts, ms: float) -> list[Object]:
    """Return pairs that are only known by their number."""
    won = facts.pairs_succeeded or 0
    own = facts.pair is not None
    if own and facts.pair is not None and facts.pair.state == "succeeded":
        won -= 1
    count = min(MOST_PAIRS, (facts.pairs or 0) - own)
    return [
        {
            "id": f"CP{index + 1}",
            "type": "candidate-pair",
            "timestamp": ms,
            "transportId": TRANSPORT,
            "state": "succeeded" if index < won else "in-progress",
            "nominated": False,
        }
        for index in range(count)
    ]
