"""A connection that a page made in place of one that failed: from then on the call is as the new one is."""

from __future__ import annotations

import re

from callmon.engine.call import Call, Leg, Moment
from callmon.engine.diagnosis import FAILURES, PAIR_TIMEOUT_S

RETRY_S = 5.0
"""A page that tries again does so within this after the failure; what it makes later is for something else."""

AHEAD_S = 1.0
"""So much sooner than the browser a page may have given up."""

DEAD = FAILURES | {"dtls-stuck"}
"""Verdicts of a leg that another may take the place of."""

_NUMBERED = re.compile(r"(.*[^\s\d])\d{1,6}")


def take_over(call: Call, leg: Leg, before: str | None) -> list[Leg]:
    """Follow a leg whose verdict was ``before``; return the legs that another has now taken the place of.

    What failed stays on the timeline and among the issues, which end when the new connection is there.
    """
    verdict = _verdict(leg)
    if verdict == before or len(call.legs) < 2:
        return []
    found: list[tuple[Leg, Leg]] = []
    if verdict == "connected":
        leg.replaced_at = None
        found = [(other, leg) for other in call.legs.values() if _verdict(other) in DEAD]
    elif verdict in DEAD:
        found = [(leg, other) for other in call.legs.values() if other.ice.connected_at is not None]
    replaced = []
    for old, new in found:
        if old.replaced_at is None and _in_place_of(new, old):
            old.replaced_at = new.ice.connected_at
            words = f"{new.label or new.id} is in place of {old.label or old.id}, which failed"
            call.note(Moment(new.ice.connected_at or new.joined_at, "call", words, new.id))
            replaced.append(old)
    return replaced


def _in_place_of(new: Leg, old: Leg) -> bool:
    """Return whether one peer connection was made because the other had failed, by the same page for the same media.

    Pages number their connections, so that the names of those of one page differ in that alone.
    """
    names = [_NUMBERED.fullmatch(leg.id) for leg in (new, old)]
    one_page = names[0] is not None and names[1] is not None and names[0][1] == names[1][1]
    ice = old.ice
    if new is old or not one_page or new.role != old.role:
        return False
    if new.expects and old.expects and new.expects != old.expects:
        return False
    failed_at = ice.failed_at or (ice.tried_at or old.joined_at) + PAIR_TIMEOUT_S
    lost_at = min(failed_at, ice.lost_at or failed_at)
    return lost_at - AHEAD_S <= new.joined_at <= failed_at + RETRY_S


def _verdict(leg: Leg) -> str | None:
    return leg.diagnosis.verdict if leg.diagnosis is not None else None
