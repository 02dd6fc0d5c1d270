"""Issues of participants over the whole of their tracks, as Twilio Video Insights tags them and their room."""

from __future__ import annotations

from collections.abc import Callable

from callmon.engine.call import Leg, Stream
from callmon.engine.rules.rule import Context, Finding, Rule
from callmon.engine.window import MIN_PACKETS
from callmon.model.dust import settled

PROVIDER = "twilio-video"
"""Calls of this provider are tagged whatever rule set judges; others where a set judges whole calls."""

LOSS_PCT = 5.0
"""The limit itself is an issue: cumulative packet loss >= 5 %."""

RTT_MS = 300.0
"""The limit itself is none: average round trip time > 300 ms."""

MIN_REPORTS = 3
"""Fewer round trips than this are no average."""


def _loss(ctx: Context) -> Finding | None:
    limit, rule = _limit(ctx, "loss_pct", LOSS_PCT)
    return _tagged(ctx, track_loss_pct, limit, rule, lambda value: settled(value, limit) >= limit)


def _rtt(ctx: Context) -> Finding | None:
    limit, rule = _limit(ctx, "rtt_ms", RTT_MS)
    return _tagged(ctx, track_rtt_ms, limit, rule, lambda value: settled(value, limit) > limit)


def _limit(ctx: Context, key: str, otherwise: float) -> tuple[float, str]:
    """Return the limit and whose it is: that of the set in force where it judges whole calls, else the vendor's."""
    if ctx.rules.whole_call and key in ctx.rules.levels:
        return ctx.rules.levels[key].poor, ctx.rules.name
    return otherwise, PROVIDER


def _tagged(
    ctx: Context,
    measure: Callable[[Stream], float | None],
    limit: float,
    rule: str,
    breaks: Callable[[float], bool],
) -> Finding | None:
    """Return what is wrong with what a participant sends: one track is enough, and its kind is told."""
    if ctx.leg is None or not (ctx.rules.whole_call or ctx.call.provider == PROVIDER):
        return None
    found = [(value, kind) for kind, value in _worst(ctx.leg, measure).items() if breaks(value)]
    if not found:
        return None
    kinds = tuple(sorted(kind for _, kind in found))
    return Finding(max(found)[0], limit, "warning", f"outgoing {' and '.join(kinds)}", kinds=kinds, rule=rule)


def _worst(leg: Leg, measure: Callable[[Stream], float | None]) -> dict[str, float]:
    """Return the value of the worst track that is sent, by kind."""
    worst: dict[str, float] = {}
    for stream in leg.streams.values():
        value = None if stream.inbound else measure(stream)
        if value is not None:
            worst[stream.kind] = max(value, worst.get(stream.kind, 0.0))
    return worst


def track_loss_pct(stream: Stream) -> float | None:
    """Return lost / (lost + sent) over the whole track in percent, as the vendor documents it."""
    lost, sent = stream.totals.get("remote_lost"), stream.totals.get("remote_sent")
    if lost is None or sent is None or sent < MIN_PACKETS:
        return None
    return 100.0 * max(0.0, lost) / (sent + max(0.0, lost))


def track_rtt_ms(stream: Stream) -> float | None:
    """Return the average round trip over the whole track."""
    tally = stream.tallies.get("rtt_ms")
    return tally.mean() if tally is not None and tally.count >= MIN_REPORTS else None


RULES = (
    Rule(
        "participant-packet-loss",
        "A participant's packets were lost all along",
        "Look at the participant's uplink and Wi-Fi: it is the whole of the track that is judged, not a moment.",
        "leg",
        _loss,
        clear=10.0,
    ),
    Rule(
        "participant-rtt",
        "A participant's round trip was long all along",
        "Compare the participant's place with the media region; look for a VPN or a relay far away.",
        "leg",
        _rtt,
        clear=10.0,
    ),
)
"""The rules of this subject."""
