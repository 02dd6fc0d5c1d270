"""Calls that are the two ends of one, as each end saw it: told by their certificates or by their candidates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from callmon.engine.call import Call, Leg
from callmon.engine.ice import IceState
from callmon.model.events import Joined, Noted

CERTIFICATES = "the same DTLS certificates"
CANDIDATES = "the same ICE candidates"

CLOCKS_S = 300.0
"""The clocks of two machines are hardly further apart."""

_TOLD = re.compile(rf"(the other end of this is )(.+)( \((?:{CERTIFICATES}|{CANDIDATES})\))", re.DOTALL)

_Place = tuple[Call, Leg]
_Names = Callable[[IceState, str], list[str]]


def other_ends(calls: Sequence[Call]) -> Iterator[Joined | Noted]:
    """Return what is to be said of legs whose far end is a leg of another of these calls: to each, who that is.

    A certificate tells even where only one end knows that of the other. An address and port tell where each end
    has one that the other calls its far end's: private addresses are the same in many homes. Of a candidate that
    came with a packet browsers hide the address; there the port must do for one of the two.
    """
    places = [(call, leg) for call in calls for leg in call.legs.values() if leg.ice.seen]
    known: set[tuple[str, str]] = set()
    for evidence, names in ((CERTIFICATES, _certificates), (CANDIDATES, _candidates)):
        for one, other in _pairs(places, names, mutual=evidence is CANDIDATES):
            for (call, leg), (far, _) in ((one, other), (other, one)):
                if (call.id, leg.id) not in known:
                    known.add((call.id, leg.id))
                    yield from _said(call, leg, far, evidence)


def _pairs(places: Sequence[_Place], names: _Names, *, mutual: bool) -> Iterator[tuple[_Place, _Place]]:
    """Return the legs of which the first knows something as its far end's that the second knows as its own."""
    owners: dict[str, list[_Place]] = {}
    for place in places:
        for name in names(place[1].ice, "local"):
            owners.setdefault(name, []).append(place)
    for call, leg in places:
        own = set(names(leg.ice, "local"))
        candidates = {
            id(far): (other, far) for name in names(leg.ice, "remote") for other, far in owners.get(name, ())
        }
        for other, far in candidates.values():
            theirs = names(far.ice, "remote")
            agreed = not own.isdisjoint(theirs) or not (mutual or (own and theirs))
            agreed = agreed or (mutual and _knocked(far.ice, leg.ice))
            if other is not call and agreed and _together(call, other):
                yield (call, leg), (other, far)


def _knocked(ice: IceState, far: IceState) -> bool:
    """Return whether a far end came from a port of these, with a packet and without telling its address."""
    ports = {(one.protocol, one.port) for one in far.side("local") if one.port and one.port != 9}
    return any(
        one.type == "prflx" and not one.address and (one.protocol, one.port) in ports
        for one in ice.side("remote")
    )


def _together(call: Call, other: Call) -> bool:
    """Return whether two calls were at the same time, as far as the clocks of two machines can tell."""
    starts = max(call.started_at, other.started_at)
    ends = min(one.ended_at if one.ended_at is not None else one.last_frame_at for one in (call, other))
    return starts <= ends + CLOCKS_S


def _said(call: Call, leg: Leg, other: Call, evidence: str) -> Iterator[Joined | Noted]:
    at = call.ended_at if call.ended_at is not None else call.last_frame_at
    yield Joined(call.id, at, leg.id, leg.role, attributes={"other_end": other.id})
    yield Noted(call.id, at, leg.id, "ice", f"the other end of this is {other.id} ({evidence})", "other-end")


def told(text: str) -> tuple[str, str, str] | None:
    """Return what is said of another end in three parts, its name in the middle; None for any other text."""
    found = _TOLD.fullmatch(text)
    return (found[1], found[2], found[3]) if found is not None else None


def _certificates(ice: IceState, side: str) -> list[str]:
    found = ice.facts.local_fingerprint if side == "local" else ice.facts.remote_fingerprint
    return [found] if found else []


def _candidates(ice: IceState, side: str) -> list[str]:
    """Return the candidates of one side by transport, address and port; TCP port 9 stands for any."""
    return [
        f"{one.protocol} {one.address} {one.port}"
        for one in ice.side(side)
        if one.address and one.port and one.port != 9
    ]
