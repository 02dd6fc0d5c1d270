"""Calls that are the two ends of one, as each end saw it: told by their certificates or by their candidates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from callmon.engine.call import Call, Leg
from callmon.engine.ice import IceState
from callmon.model.events import Joined, Noted

CERTIFICATES = "the same DTLS certificates"
CANDIDATES = "the same ICE candidates"


def other_ends(calls: Sequence[Call]) -> Iterator[Joined | Noted]:
    """Return, for each leg whose far end is a leg of another of these calls, that this is so.

    A certificate is made for one connection and tells for sure. An address and port tell where each end has one
    that the other calls its far end's: private addresses are the same in
    many homes, with the same ports they are not.
    """
    legs = [(call, leg) for call in calls for leg in call.legs.values() if leg.ice.seen]
    for evidence, local, remote in (
        (CERTIFICATES, _own_certificates, _far_certificates),
        (CANDIDATES, _own_candidates, _far_candidates),
    ):
        by_name: dict[str, list[tuple[Call, Leg]]] = {}
        for call, leg in legs:
            for name in local(leg.ice):
                by_name.setdefault(name, []).append((call, leg))
        found: set[tuple[str, str]] = set()
        for call, leg in legs:
            own = set(local(leg.ice))
            for name in remote(leg.ice):
                for other, far in by_name.get(name, ()):
                    if other is call or own.isdisjoint(remote(far.ice)) or (call.id, leg.id) in found:
                        continue
                    found.add((call.id, leg.id))
                    yield from _said(call, leg, other, evidence)
        legs = [(call, leg) for call, leg in legs if (call.id, leg.id) not in found]


def _said(call: Call, leg: Leg, other: Call, evidence: str) -> Iterator[Joined | Noted]:
    at = call.ended_at if call.ended_at is not None else call.last_frame_at
    yield Joined(call.id, at, leg.id, leg.role, attributes={"other_end": other.id})
    yield Noted(call.id, at, leg.id, "call", f"the other end of this is {other.id} ({evidence})", "other-end")


def _own_certificates(ice: IceState) -> Iterable[str]:
    return (ice.facts.local_fingerprint,) if ice.facts.local_fingerprint else ()


def _far_certificates(ice: IceState) -> Iterable[str]:
    return (ice.facts.remote_fingerprint,) if ice.facts.remote_fingerprint else ()


def _own_candidates(ice: IceState) -> Iterable[str]:
    return _candidates(ice, "local")


def _far_candidates(ice: IceState) -> Iterable[str]:
    return _candidates(ice, "remote")


def _candidates(ice: IceState, side: str) -> list[str]:
    """Return the candidates of one side by transport, address and port; TCP port 9 stands for any."""
    return [
        f"{one.protocol} {one.address} {one.port}"
        for one in ice.side(side)
        if one.address and one.port and one.port != 9
    ]
