"""For which legs of a call time passes: those that were not heard lately, as far as callmon itself listened."""

from __future__ import annotations

from callmon.engine.call import Call, Leg
from callmon.engine.rules.network import patience_s

SETTLED_S = 0.9
"""What was settled less than this ago is as of now."""

OVERDUE = 1.5
"""A leg that is silent for more than this many of its intervals is late, whatever the others of its call say."""


def waiting(call: Call, now: float) -> list[Leg] | None:
    """Return the legs that are to be looked at because time passed, None where nothing of the call is."""
    if now - call.settled_at >= SETTLED_S:
        legs = list(call.legs.values())
    else:
        legs = _overdue(call, now)
        if not legs:
            return None
    if call.unheard_at is None or now - call.unheard_at >= patience_s(call):
        return legs
    if call.last_frame_at < call.unheard_at:
        return None
    return [leg for leg in legs if _heard_at(leg) >= call.unheard_at]


def _overdue(call: Call, now: float) -> list[Leg]:
    """Return the legs of a call that are silent while another reports."""
    if len(call.legs) < 2:
        return []
    return [
        leg
        for leg in call.legs.values()
        if leg.left_at is None
        and leg.ice.closed_at is None
        and now - _heard_at(leg) >= max(SETTLED_S, OVERDUE * (leg.interval_s or 1.0))
    ]


def _heard_at(leg: Leg) -> float:
    return leg.joined_at if leg.last_at is None else leg.last_at
