"""The words of connectivity: candidates, pairs and the states of one transport (RFC 8445, webrtc-stats)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """One ICE candidate; ``type`` is host, srflx, prflx or relay, ``relay_protocol`` the hop to the TURN server."""

    side: str
    type: str | None
    protocol: str | None = None
    address: str | None = None
    port: int | None = None
    relay_protocol: str | None = None
    network_type: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """The selected candidate pair; ``id`` only joins reports and is never shown."""

    id: str
    local: Candidate | None
    remote: Candidate | None
    state: str | None = None
    nominated: bool | None = None


@dataclass(frozen=True, slots=True)
class IceFacts:
    """What one report says about connectivity; None where the source says nothing.

    ``connection``, ``ice``, ``gathering`` and ``signaling`` are the RTCPeerConnection states (from the page);
    ``transport_ice`` and ``dtls`` are the states in the transport report. ``pairs`` counts candidate pairs,
    ``pairs_succeeded`` those in state succeeded. ``changes`` is selectedCandidatePairChanges.
    The fingerprints are those of the DTLS certificates of this end and the far end (``AB:CD:…``).
    ``full`` is true when the facts come from a whole report, so that what is absent is really absent.
    """

    connection: str | None = None
    ice: str | None = None
    gathering: str | None = None
    signaling: str | None = None
    transport_ice: str | None = None
    dtls: str | None = None
    srtp_cipher: str | None = None
    dtls_cipher: str | None = None
    tls_version: str | None = None
    pair: Pair | None = None
    pairs: int | None = None
    pairs_succeeded: int | None = None
    changes: int | None = None
    candidates: tuple[Candidate, ...] = ()
    relay_policy: bool | None = None
    local_fingerprint: str | None = None
    remote_fingerprint: str | None = None
    full: bool = False
