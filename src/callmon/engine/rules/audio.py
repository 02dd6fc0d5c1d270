"""Issues of audio: a poor score, one direction missing, a microphone that gives nothing."""

from __future__ import annotations

from callmon.engine.call import Leg, Stream
from callmon.engine.judging import stopped
from callmon.engine.quality import Levels
from callmon.engine.rules.rule import Context, Finding, Rule, over

MOS = Levels(3.5, 2.6, high_is_good=True)
"""Below 3.5 vendors warn; below 2.6 (R 50 of G.107) nearly everybody is dissatisfied."""

MOS_SAMPLES = 5
MOS_RECENT_S = 5.0
ONE_WAY_AFTER_S = 6.0
FLOWS_S = 6.0
RTCP_AFTER_S = 12.0
RTCP_GAP_S = 15.0
QUIET_S = 12.0
SILENCE_LEVEL = 1e-4


def _low_mos(ctx: Context) -> Finding | None:
    stream = ctx.stream
    if stream is None or stream.kind != "audio":
        return None
    usual_s = _usual_s(ctx, stream)
    needed = min(MOS_SAMPLES, max(2, int(stream.windows.span_s / usual_s))) if usual_s else MOS_SAMPLES
    if stream.windows.count("mos") < needed:
        return None
    levels = ctx.rules.levels.get("mos", MOS)
    found = over(stream.window.get("mos"), levels)
    # After an outage the jitter buffer drains for some seconds; that is no call that is hard to follow.
    if (
        found is None
        or over(stream.windows.recent("mos", ctx.now - max(MOS_RECENT_S, 1.2 * usual_s)), levels) is None
    ):
        return None
    return found


def _one_way(ctx: Context) -> Finding | None:
    """One direction flows, the other has no stream or no packets, though it was agreed on."""
    leg = ctx.leg
    up_at = leg.ice.connected_at if leg is not None else None
    if leg is None or up_at is None or ctx.now - up_at < ONE_WAY_AFTER_S:
        return None
    audio = [stream for stream in leg.streams.values() if stream.kind == "audio"]
    sent = [stream for stream in audio if not stream.inbound and _flows(ctx, stream)]
    received = [stream for stream in audio if stream.inbound and stream.flowed_at is not None]
    if sent and not received and _expects_inbound(leg):
        return Finding(None, None, "critical", "audio is sent, none ever arrived", since=up_at)
    quiet = [stream for stream in received if not stream.gone and stopped(stream)]
    if sent and quiet and len(quiet) == len([stream for stream in received if not stream.gone]):
        since = max(stream.flowed_at or 0.0 for stream in quiet)
        if ctx.now - since >= max(QUIET_S, 2.5 * ctx.interval_s()) and _expects_inbound(leg):
            return Finding(None, None, "critical", "audio is sent, none arrives any more", since=since)
    silent = [stream for stream in audio if not stream.inbound and stream.totals.get("packets") == 0]
    flowing = [stream for stream in received if _flows(ctx, stream)]
    if flowing and silent and not sent and leg.expects.get("outbound-audio") is not False:
        return Finding(None, None, "critical", "audio arrives, none was ever sent", since=up_at)
    return _unheard(ctx, leg, sent, flowing)


def _unheard(ctx: Context, leg: Leg, sent: list[Stream], flowing: list[Stream]) -> Finding | None:
    """The far end sends RTCP about what it sends, but nothing about what we send: it does not receive it."""
    for stream in sent:
        began = max(stream.opened_at, leg.ice.connected_at or stream.opened_at)
        since = max(began, stream.remote_at or began)
        told = max((other.remote_at for other in flowing if other.remote_at is not None), default=None)
        quiet_s = RTCP_AFTER_S if stream.remote_at is None else RTCP_GAP_S
        enough = (stream.totals.get("packets") or 0.0) >= 100
        if enough and told is not None and told - since > quiet_s / 2 and ctx.now - since >= quiet_s:
            return Finding(None, None, "critical", "the far end reports nothing of what we send", since=since)
    return None


def _usual_s(ctx: Context, stream: Stream) -> float:
    """Return how far apart the samples of a stream are; of a source that tells seldom that is known beforehand."""
    return max(stream.rates.usual_s.get("local", 0.0), ctx.call.every_s or 0.0)


def _flows(ctx: Context, stream: Stream) -> bool:
    """Whether packets come or go, as far as the last sample says."""
    if stream.flowed_at is None:
        return False
    patience_s = FLOWS_S if stream.still_since is not None else max(FLOWS_S, 1.9 * _usual_s(ctx, stream))
    return ctx.now - stream.flowed_at < patience_s


def _expects_inbound(leg: Leg) -> bool:
    """Whether audio should arrive: it was agreed on, or nothing is known and this is a voice call."""
    agreed = leg.expects.get("inbound-audio")
    if agreed is not None:
        return agreed
    return all(stream.kind == "audio" for stream in leg.streams.values())


def _silent_microphone(ctx: Context) -> Finding | None:
    """Packets are sent and not one sample of them is louder than nothing: muted, or a dead microphone."""
    stream = ctx.stream
    if stream is None or stream.kind != "audio" or stream.inbound or not ctx.connected:
        return None
    if not _flows(ctx, stream) or stream.still_since is not None:
        return None
    level = stream.now.get("audio_level")
    if level is None or level > SILENCE_LEVEL:
        return None
    return Finding(level, SILENCE_LEVEL, "warning", "the microphone's level is 0")


RULES = (
    Rule(
        "low-mos",
        "Speech is hard to follow",
        "See which input pulls the score down: loss, the round trip, or the jitter buffer.",
        "stream",
        _low_mos,
        hold=5.0,
        clear=10.0,
        mean=True,
        kind="audio",
    ),
    Rule(
        "one-way-audio",
        "Audio flows in one direction only",
        "Look for a firewall that drops RTP one way, a muted or missing track, or a wrong direction in the SDP.",
        "leg",
        _one_way,
        clear=2.0,
    ),
    Rule(
        "silent-microphone",
        "The microphone gives no sound",
        "Ask whether the speaker is muted; otherwise check the chosen device and the permission.",
        "stream",
        _silent_microphone,
        hold=8.0,
        clear=0.0,
        kind="audio",
        direction="outbound",
    ),
)
"""The rules of this subject."""
