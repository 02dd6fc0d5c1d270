"""Issues of video: frozen pictures, few frames, and encoders that are held back."""

from __future__ import annotations

from callmon.engine.rules.rule import Context, Finding, Rule

FREEZE_MS_PER_S = 400.0
LOW_FPS = 8.0
LOW_BPS = 50_000.0
AT_CEILING = 0.55
PLENTY_BPS = 1_000_000.0


def _frozen(ctx: Context) -> Finding | None:
    stream = ctx.stream
    if stream is None or stream.kind != "video" or not stream.inbound or stream.still_since is not None:
        return None
    if ctx.now - stream.opened_at < 5.0 or not ctx.connected:
        return None
    frozen = stream.now.get("freeze_ms_per_s")
    if frozen is not None and frozen >= FREEZE_MS_PER_S:
        return Finding(frozen, FREEZE_MS_PER_S, "warning", f"frozen for {frozen:.0f} ms of each second")
    if stream.now.get("fps") == 0.0 and stream.now.get("packets_per_s"):
        return Finding(0.0, None, "critical", "packets arrive, not one frame is decoded")
    return None


def _low_fps(ctx: Context) -> Finding | None:
    stream = ctx.stream
    fps = stream.window.get("fps") if stream is not None and stream.kind == "video" else None
    if stream is None or fps is None or not 0.0 < fps < LOW_FPS or stream.still_since is not None:
        return None
    source = stream.now.get("source_fps")
    if source is not None and source <= LOW_FPS or stream.now.get("active") == 0.0:
        return None
    return Finding(fps, LOW_FPS)


def _low_bitrate(ctx: Context) -> Finding | None:
    stream = ctx.stream
    rate = stream.window.get("bitrate_bps") if stream is not None and stream.kind == "video" else None
    if stream is None or rate is None or not 0.0 < rate < LOW_BPS or stream.still_since is not None:
        return None
    if stream.now.get("active") == 0.0 or (stream.now.get("frame_height") or 0.0) < 180.0:
        return None
    return Finding(rate, LOW_BPS)


def _limited(ctx: Context, by: str) -> Finding | None:
    stream = ctx.stream
    if (
        stream is None
        or stream.inbound
        or stream.now.get(f"limited_by_{by}") != 1.0
        or stream.still_since is not None
    ):
        return None
    return Finding(stream.now.get("target_bps"), None, "warning", f"the encoder is held back by {by}")


def _by_bandwidth(ctx: Context) -> Finding | None:
    """The encoder says so, or it aims at nearly all that the path is believed to give.

    Chromium's qualityLimitationReason stays ``none`` while a lower bitrate costs neither frames nor pixels. An
    encoder that is free stays at its own ceiling, far below what is available.
    """
    found = _limited(ctx, "bandwidth")
    stream, leg = ctx.stream, ctx.leg
    if found is not None or stream is None or leg is None or stream.inbound or stream.kind != "video":
        return found
    target, available = stream.now.get("target_bps"), leg.now.get("available_out_bps")
    if target is None or available is None or stream.still_since is not None or available > PLENTY_BPS:
        return None
    targets = sum(other.now.get("target_bps") or 0.0 for other in leg.streams.values() if not other.inbound)
    if targets < AT_CEILING * available:
        return None
    return Finding(
        available, None, "warning", "the encoder aims at nearly all that the path is believed to give"
    )


def _by_cpu(ctx: Context) -> Finding | None:
    return _limited(ctx, "cpu")


RULES = (
    Rule(
        "video-frozen",
        "The picture freezes",
        "Look for loss and for a sender that is held back; a freeze with clean packets points at the decoder.",
        "stream",
        _frozen,
        hold=3.0,
        clear=5.0,
        kind="video",
        direction="inbound",
    ),
    Rule(
        "low-frame-rate",
        "The picture stutters",
        "Look at the sender's limits (bandwidth, CPU) and at the camera's own frame rate.",
        "stream",
        _low_fps,
        hold=10.0,
        clear=5.0,
        mean=True,
        kind="video",
    ),
    Rule(
        "low-bitrate",
        "Video gets hardly any bits",
        "Look at the bandwidth the sender believes in, and at loss that keeps it down.",
        "stream",
        _low_bitrate,
        hold=10.0,
        clear=5.0,
        mean=True,
        kind="video",
    ),
    Rule(
        "bandwidth-limited",
        "The sender is held back by bandwidth",
        "Look for a full uplink; fewer or smaller video streams leave room for audio.",
        "stream",
        _by_bandwidth,
        hold=8.0,
        clear=5.0,
        kind="video",
        direction="outbound",
    ),
    Rule(
        "cpu-limited",
        "The sender is held back by its CPU",
        "Close other programs, lower the resolution, or use a codec that the hardware encodes.",
        "stream",
        _by_cpu,
        hold=5.0,
        clear=3.0,
        kind="video",
        direction="outbound",
    ),
)
"""The rules of this subject."""
