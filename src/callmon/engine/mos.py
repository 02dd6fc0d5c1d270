"""An estimate of the mean opinion score from what a receiver can measure (ITU-T G.107, narrowband scale)."""

from __future__ import annotations

import math

R_DEFAULT = 93.2
"""Ro − Is with every unobservable input of G.107 at its default."""

PACKETISATION_MS = 20.0
"""One packet of speech: the delay before anything can be sent."""

CODECS: dict[str, tuple[float, float]] = {
    "pcmu": (0.0, 25.1),
    "pcma": (0.0, 25.1),
    "g729": (11.0, 19.0),
    "opus": (0.0, 20.0),
}
"""Ie and Bpl by codec: G.113 Appendix I (G.711 with concealment, G.729A); the pair of Opus is a convention."""

_OTHER = (0.0, 20.0)


def delay_impairment(delay_ms: float) -> float:
    """Return Idd of G.107 (equations 7-27 and 7-28) for a one-way delay from mouth to ear in ms."""
    if delay_ms <= 100.0:
        return 0.0
    x = math.log2(delay_ms / 100.0)
    curve: float = (1.0 + x**6) ** (1 / 6) - 3.0 * (1.0 + (x / 3.0) ** 6) ** (1 / 6) + 2.0
    return 25.0 * curve


def loss_impairment(loss_pct: float, ie: float, bpl: float, burst: float = 1.0) -> float:
    """Return Ie,eff of G.107 (equation 7-29); only the loss in the denominator is divided by the burst ratio."""
    return ie + (95.0 - ie) * loss_pct / (loss_pct / burst + bpl)


def score(r: float) -> float:
    """Return the MOS of a rating factor (G.107 equation B-4), 1 to 4.5."""
    if r <= 0.0:
        return 1.0
    if r >= 100.0:
        return 4.5
    # The cubic dips below 1 for ratings under 6.5; a score does not.
    return max(1.0, 1.0 + 0.035 * r + 7e-6 * r * (r - 60.0) * (100.0 - r))


def estimate(rtt_ms: float, buffer_ms: float, loss_pct: float, codec: str | None) -> float:
    """Return the estimated MOS; ``buffer_ms`` is the jitter buffer's delay, ``loss_pct`` counts discards too."""
    ie, bpl = CODECS.get((codec or "").lower(), _OTHER)
    delay = rtt_ms / 2.0 + buffer_ms + PACKETISATION_MS
    lost = min(100.0, max(0.0, loss_pct))
    return score(R_DEFAULT - delay_impairment(delay) - loss_impairment(lost, ie, bpl))
