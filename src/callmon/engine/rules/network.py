"""Issues of the network: loss, delay, jitter, media that stops, paths that change, sources that fall silent."""

from __future__ import annotations

import math
from dataclasses import replace

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.judging import STILL_S, steady
from callmon.engine.quality import Levels
from callmon.engine.rules.rule import Context, Finding, Rule, over, worse

LOSS = Levels(1.0, 3.0)
RTT = Levels(150.0, 300.0)
JITTER = Levels(20.0, 50.0)
"""Limits where the rule set in force has none of its own (Telnyx)."""

OUTAGE_CONCEALED_PCT = 90.0
"""When nearly everything that is played is invented, nothing is arriving."""

PATH_CHANGE_SHOWN_S = 30.0
STALE_AT_FIRST_S = 15.0
LATE_PATIENCE_S = 120.0


def _loss(ctx: Context) -> Finding | None:
    stream = ctx.stream
    levels = ctx.rules.levels.get("loss_pct", LOSS)
    found = over(stream.window.get("loss_pct"), levels) if stream else None
    if stream is None or found is None or over(steady(stream, "loss_pct", levels, ctx.now), levels) is None:
        return None
    names = ("lost", "packets") if stream.inbound else ("remote_lost", "remote_sent")
    lost, packets = (stream.totals.get(name) for name in names)
    if lost is None or packets is None:
        return found
    expected = packets + max(0.0, lost) if stream.inbound else packets
    return replace(found, share=(lost, expected), before=stream.windows.sums())


def _rtt(ctx: Context) -> Finding | None:
    """Long over the window, and still long: one check that was sent again and again is soon forgotten."""
    if ctx.stream is None:
        return None
    levels = ctx.rules.levels.get("rtt_ms", RTT)
    found = worse(steady(ctx.stream, "rtt_ms", levels, ctx.now), levels)
    return found if over(ctx.stream.now.get("rtt_ms"), levels) is not None else None


def _jitter(ctx: Context) -> Finding | None:
    levels = ctx.rules.levels.get("jitter_ms", JITTER)
    return worse(steady(ctx.stream, "jitter_ms", levels, ctx.now), levels) if ctx.stream else None


def _media_stopped(ctx: Context) -> Finding | None:
    """Packets stop, or all that is played is invented: loss stays 0 in an outage, so it cannot tell."""
    stream, leg = ctx.stream, ctx.leg
    if stream is None or leg is None or not stream.inbound or stream.flowed_at is None:
        return None
    if leg.ice.dtls_closed_at is not None or leg.expects.get(f"inbound-{stream.kind}") is False:
        return None
    if leg.ice.seen and not leg.ice.ever_connected:
        return None
    if stream.gone or _replaced(leg, stream, stream.flowed_at):
        return None
    silent_s = ctx.now - stream.flowed_at
    evidence = None
    if stream.still_since is not None and silent_s >= max(STILL_S, 1.9 * ctx.interval_s()):
        evidence = "no packet arrives"
    concealed = stream.now.get("concealment_pct")
    young = ctx.now - stream.opened_at < 5.0
    invented = concealed is not None and concealed >= OUTAGE_CONCEALED_PCT
    if evidence is None and invented and not young and stream.flowed_at != stream.last_at:
        evidence = f"{concealed:.0f} % of the audio is invented"
    if evidence is None:
        return None
    # A camera that is off, or a layer that a server no longer forwards, looks the same beside videos that go on.
    severity = "warning" if stream.kind == "video" and _another_flows(leg, stream) else "critical"
    return Finding(silent_s, None, severity, evidence, since=stream.flowed_at, timed=True)


def _came_again(ctx: Context) -> float | None:
    """Return when the packets of a stream that flows came again."""
    stream = ctx.stream
    return stream.resumed_at if stream is not None and stream.still_since is None else None


def _another_flows(leg: Leg, stream: Stream) -> bool:
    """Whether the leg still receives another stream of the same kind."""
    return any(
        other is not stream and other.kind == stream.kind and other.inbound and not other.gone
        for other in leg.streams.values()
        if other.flowed_at is not None and other.still_since is None
    )


def _replaced(leg: Leg, stream: Stream, flowed_at: float) -> bool:
    """Whether a newer stream took the place of one that stopped (another SSRC after a renegotiation)."""
    return any(
        other is not stream
        and other.kind == stream.kind
        and other.inbound
        and other.opened_at > stream.opened_at
        and (other.flowed_at or 0.0) > flowed_at
        and other.opened_at >= flowed_at - 1.0
        for other in leg.streams.values()
    )


def _path_changed(ctx: Context) -> Finding | None:
    ice = ctx.leg.ice if ctx.leg is not None else None
    if ice is None or ice.path_changed_at is None or ctx.now - ice.path_changed_at > PATH_CHANGE_SHOWN_S:
        return None
    return Finding(
        float(ice.path_changes), None, "warning", "the selected pair is another", since=ice.path_changed_at
    )


def _no_data(ctx: Context) -> Finding | None:
    call = ctx.call
    since, limit = silent_since(call), patience_s(call)
    if call.over or ctx.now - since < limit:
        return None
    return Finding(ctx.now - since, limit, "warning", "frames stopped", since=since, timed=True)


def silent_since(call: Call) -> float:
    """Return since when nothing was heard of a call while callmon itself listened."""
    return max(call.last_frame_at, call.unheard_at or 0.0)


def patience_s(call: Call) -> float:
    """Return after how many seconds without a frame a call is stale, be it pushed, polled or told late."""
    if call.once:
        return math.inf
    looked_s = 3.0 * call.every_s if call.every_s is not None else 0.0
    return max(stale_after_s(call.interval_s), looked_s, LATE_PATIENCE_S if call.behind_s else 0.0)


def stale_after_s(interval_s: float | None) -> float:
    """Return after how many seconds without a frame a call is stale: three of its own intervals, at least 5 s.

    Where only one frame has come its interval is not known; many collectors send one each 10 s.
    """
    return max(5.0, 3.0 * interval_s) if interval_s is not None else STALE_AT_FIRST_S


RULES = (
    Rule(
        "high-packet-loss",
        "Packets are lost",
        "Compare both directions to find the side; look at Wi-Fi, at full uplinks, and at the path's history.",
        "stream",
        _loss,
        hold=5.0,
        clear=10.0,
        mean=True,
    ),
    Rule(
        "high-rtt",
        "The round trip is long",
        "Look for a relay far away, a VPN, or a queue that fills (does it grow with the bitrate?).",
        "stream",
        _rtt,
        hold=8.0,
        clear=10.0,
        mean=True,
    ),
    Rule(
        "high-jitter",
        "Packets arrive unevenly",
        "Look at Wi-Fi and at competing traffic on the same uplink; prefer a cable.",
        "stream",
        _jitter,
        hold=5.0,
        clear=10.0,
        mean=True,
    ),
    Rule(
        "media-stopped",
        "Media stopped arriving",
        "Check the network at that moment; if both ends show it, the path broke, if one, its sender or a hold.",
        "stream",
        _media_stopped,
        clear=1.0,
        direction="inbound",
        until=_came_again,
    ),
    Rule(
        "path-changed",
        "The path changed during the call",
        "Look for a network switch (Wi-Fi to mobile, VPN up or down) at that moment.",
        "leg",
        _path_changed,
        clear=0.0,
    ),
    Rule(
        "no-data",
        "The source sends no frames any more",
        "Check that the page or the collector is still there; the call itself may be well.",
        "call",
        _no_data,
        clear=0.0,
    ),
)
"""The rules of this subject."""
