"""What is worth knowing about a path beside the verdict, each with evidence and next step."""

from __future__ import annotations

from collections.abc import Iterator

from callmon.engine.ice import IceFinding, IceState, path_text
from callmon.model.ice import Candidate, Pair

SLOW_CONNECT_S = 5.0
"""ICE and DTLS take well under a second on most networks; from here on people notice."""


def findings(ice: IceState, verdict: str, now: float) -> tuple[IceFinding, ...]:
    """Return what is to be said of a transport that has this verdict."""
    pair = ice.facts.pair or ice.last_pair
    found: list[IceFinding] = []
    if pair is not None:
        found += _of_pair(pair)
    found += _of_candidates(ice, verdict)
    found += _of_time(ice, now)
    return tuple(found)


def _of_pair(pair: Pair) -> Iterator[IceFinding]:
    local, remote = pair.local, pair.remote
    relays = [
        side
        for side, end in (("local", local), ("remote", remote))
        if end is not None and end.type == "relay"
    ]
    if relays:
        yield IceFinding(
            "relay-in-use",
            f"Media goes through a TURN server ({' and '.join(relays)} end).",
            {"path": path_text(pair)},
            "Fine where the network demands it; otherwise find out why no direct path worked.",
        )
    hop = local.relay_protocol if local is not None and local.type == "relay" else None
    if hop == "tcp":
        yield IceFinding(
            "relay-over-tcp",
            "The hop to the TURN server runs over TCP: a lost packet holds up all that follow.",
            {"relay_protocol": "tcp"},
            "Let UDP to the TURN server through (usually port 3478).",
        )
    if hop == "tls":
        yield IceFinding(
            "relay-over-tls",
            "The hop to the TURN server runs over TLS: only web traffic seems to get through.",
            {"relay_protocol": "tls"},
            "Let UDP to the TURN server through (usually port 3478); expect delay until then.",
        )


def _of_candidates(ice: IceState, verdict: str) -> Iterator[IceFinding]:
    local, remote = ice.side("local"), ice.side("remote")
    types = {candidate.type for candidate in local}
    connected = ice.ever_up
    if local and types == {"relay"}:
        yield IceFinding(
            "relay-only-candidates",
            "Every local candidate is a relay: relay-only is set, or nothing else can be gathered.",
            {"local": str(len(local))},
            "If it is not wanted for privacy, look for a strict NAT, a VPN or iceTransportPolicy relay.",
        )
    if local and types == {"host"} and not connected and verdict not in ("new", "gathering", "checking"):
        yield IceFinding(
            "host-only-candidates",
            "There are only host candidates: no STUN or TURN server answered, or none is configured.",
            {"local": str(len(local))},
            "Configure STUN and TURN, and check that UDP 3478 and TCP 443 reach them.",
        )
    names = [candidate.address or "" for candidate in remote]
    if names and not connected and all(name.endswith(".local") for name in names):
        yield IceFinding(
            "mdns-unresolved",
            "The far end hides its addresses behind .local names, which only resolve on its own network.",
            {"remote": names[0]},
            "Give both ends a STUN or TURN server, or let the far page use the microphone first.",
        )
    yield from _of_servers(ice, local, connected)
    yield from _of_families(ice, local, remote)


def _of_servers(ice: IceState, local: list[Candidate], connected: bool) -> Iterator[IceFinding]:
    turn = [url for url in ice.error_urls if url.startswith("turn")]
    relayed = any(candidate.type == "relay" for candidate in local)
    stuck = not local and ice.facts.gathering is not None and ice.tried_at is not None
    if not relayed and not connected and (turn or stuck or ice.facts.relay_policy):
        evidence = {"url": turn[0]} if turn else {"local": "0" if not local else str(len(local))}
        yield IceFinding(
            "turn-unreachable",
            "No relay candidate could be gathered: the TURN server does not answer, or refuses.",
            evidence,
            "Check the TURN address, port, transport and credentials from this network.",
        )
    if ice.errors:
        yield IceFinding(
            "stun-errors",
            f"{ice.errors} candidate error{'s' if ice.errors > 1 else ''} while gathering; normal in good calls.",
            {"first": ice.first_error or ""},
            "Look further only if the call does not connect.",
        )


def _of_families(ice: IceState, local: list[Candidate], remote: list[Candidate]) -> Iterator[IceFinding]:
    pair = ice.facts.pair
    if pair is None or pair.local is None or ":" in (pair.local.address or ":"):
        return
    if all(any(_global_v6(candidate) for candidate in side) for side in (local, remote)):
        yield IceFinding(
            "ipv6-unused",
            "Both ends have IPv6 addresses, yet the path is IPv4.",
            {"path": path_text(pair)},
            "Usually harmless; a firewall that drops IPv6 UDP is a common cause.",
        )


def _global_v6(candidate: Candidate) -> bool:
    address = (candidate.address or "").lower()
    return ":" in address and not address.startswith(("fe80", "fd", "fc", "::1"))


def _of_time(ice: IceState, now: float) -> Iterator[IceFinding]:
    if ice.path_changes:
        yield IceFinding(
            "path-changed",
            f"The selected candidate pair changed {ice.path_changes} time{'s' if ice.path_changes > 1 else ''}.",
            {"now": path_text(ice.last_pair) if ice.last_pair else "?", "changes": str(ice.path_changes)},
            "Look for a network switch (Wi-Fi to mobile, VPN up or down) at that moment.",
        )
    begun = ice.checked_at or ice.tried_at
    if (
        begun is not None
        and ice.first_connected_at is not None
        and ice.first_connected_at - begun >= SLOW_CONNECT_S
    ):
        took = ice.first_connected_at - begun
        yield IceFinding(
            "slow-connect",
            f"It took {took:.0f} s from the first check to a connection.",
            {"seconds": f"{took:.1f}"},
            "Look at failing STUN and TURN servers, and at candidates that arrive late.",
        )
    facts = ice.facts
    up_for = now - ice.connected_at if ice.connected_at is not None else 0.0
    if (
        facts.full
        and up_for >= 5.0
        and facts.dtls is not None
        and not (facts.srtp_cipher or facts.dtls_cipher or facts.tls_version)
    ):
        yield IceFinding(
            "not-encrypted",
            "The transport is connected but names no cipher at all.",
            {"dtls": facts.dtls},
            "Check that both session descriptions carry a fingerprint (DTLS-SRTP).",
        )
