"""Issues of setting up and keeping the connection, from the diagnosis of the leg."""

from __future__ import annotations

from callmon.engine.rules.rule import Context, Finding, Rule

_ICE = ("ice-failed", "no-candidates")
_DTLS = ("dtls-stuck", "dtls-failed")


def _verdict(ctx: Context) -> str | None:
    diagnosis = ctx.leg.diagnosis if ctx.leg is not None else None
    return diagnosis.verdict if diagnosis is not None else None


def _summary(ctx: Context) -> str:
    diagnosis = ctx.leg.diagnosis if ctx.leg is not None else None
    return diagnosis.summary if diagnosis is not None else ""


def _ice_failed(ctx: Context) -> Finding | None:
    if ctx.leg is None or _verdict(ctx) not in _ICE:
        return None
    return Finding(None, None, "critical", _summary(ctx), since=ctx.leg.ice.tried_at or ctx.leg.ice.first_at)


def _dtls_stuck(ctx: Context) -> Finding | None:
    if ctx.leg is None or _verdict(ctx) not in _DTLS:
        return None
    return Finding(None, None, "critical", _summary(ctx), since=ctx.leg.ice.ice_up_at)


def _dropped(ctx: Context) -> Finding | None:
    """The connection failed, or is being made anew since it did: a restart that has only begun mends nothing."""
    verdict = _verdict(ctx)
    again = ctx.leg is not None and ctx.leg.ice.dropped and verdict in ("disconnected", "checking")
    if ctx.leg is None or (verdict != "dropped" and not again):
        return None
    return Finding(None, None, "critical", _summary(ctx), since=ctx.leg.ice.lost_at)


def _connected_again(ctx: Context) -> float | None:
    return ctx.leg.ice.connected_at if ctx.leg is not None else None


RULES = (
    Rule(
        "ice-failed",
        "No path was found between the two ends",
        "Check that both ends reach a TURN server over UDP, TCP and TLS 443; compare the candidates of both sides.",
        "leg",
        _ice_failed,
        clear=0.0,
    ),
    Rule(
        "dtls-stuck",
        "The path is there but the encryption is not",
        "Look for a firewall or a second network interface that drops DTLS packets in one direction.",
        "leg",
        _dtls_stuck,
        clear=0.0,
    ),
    Rule(
        "connection-dropped",
        "The connection was there and was lost",
        "Check the network of both ends at that moment; an ICE restart could have saved the call.",
        "leg",
        _dropped,
        clear=0.0,
        until=_connected_again,
    ),
)
"""The rules of this subject."""
