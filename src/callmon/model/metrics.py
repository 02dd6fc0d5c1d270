"""Every number callmon knows: its key, unit, which way is good and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a stream or leg.

    ``good`` is ``low`` or ``high`` (or None where neither is better); ``chart`` its fixed scale on a chart
    (bottom, top) in ``unit``; ``kept`` whether a history of it is kept.
    """

    key: str
    title: str
    unit: str
    good: str | None
    meaning: str
    chart: tuple[float, float] = (0.0, 100.0)
    kept: bool = True


_ALL = (
    Metric("rtt_ms", "RTT", "ms", "low", "Round trip of the media (RTCP), else of the path (STUN).", (0, 500)),
    Metric("jitter_ms", "Jitter", "ms", "low", "Interarrival jitter of RFC 3550.", (0, 100)),
    Metric("loss_pct", "Loss", "%", "low", "Packets lost in the interval over packets expected.", (0, 10)),
    Metric("bitrate_bps", "Bitrate", "bit/s", None, "Media payload per second.", (0, 100_000)),
    Metric("mos", "MOS", "", "high", "Mean opinion score: the provider's, else an estimate (G.107).", (1, 4.5)),
    Metric("audio_level", "Level", "", None, "Audio level, 0 to 1, linear.", (0, 1)),
    Metric("packets_per_s", "Packets", "1/s", None, "Packets per second.", (0, 100), kept=False),
    Metric("concealment_pct", "Concealed", "%", "low", "Share of played samples invented.", (0, 100), kept=False),
    Metric("jitter_buffer_ms", "Buffer", "ms", "low", "Mean delay in the jitter buffer.", (0, 500), kept=False),
    Metric("discarded_pct", "Discarded", "%", "low", "Packets that came too late to be played.", (0, 10), kept=False),
    Metric("fps", "Frames", "1/s", "high", "Video frames per second.", (0, 60)),
    Metric("freeze_ms_per_s", "Frozen", "ms/s", "low", "Frozen time per second of video.", (0, 1000), kept=False),
    Metric("frame_height", "Height", "px", None, "Height of the video frame.", (0, 1080), kept=False),
    Metric("target_bps", "Target", "bit/s", None, "Bitrate the encoder aims at.", (0, 100_000), kept=False),
    Metric("available_out_bps", "Available", "bit/s", None, "Bandwidth that the sender believes it has.", kept=False),
    Metric("pair_rtt_ms", "Pair RTT", "ms", "low", "Round trip of the selected pair (STUN).", (0, 500), kept=False),
    Metric("limited_by_bandwidth", "By bandwidth", "", "low", "1 while bandwidth holds it back.", (0, 1), kept=False),
    Metric("limited_by_cpu", "By CPU", "", "low", "1 while the CPU holds it back.", (0, 1), kept=False),
    Metric("active", "Active", "", None, "1 while the sender's encoding is active.", (0, 1), kept=False),
    Metric("source_fps", "Source frames", "1/s", "high", "Frames per second of the camera.", (0, 60), kept=False),
    Metric("provider_mos", "Vendor MOS", "", "high", "The MOS that the provider itself reports.", (1, 5), kept=False),
)  # fmt: skip

METRICS: dict[str, Metric] = {metric.key: metric for metric in _ALL}
"""All metrics by key, in the order of display."""

KEPT: tuple[str, ...] = tuple(metric.key for metric in _ALL if metric.kept)
"""Keys of the metrics of which each stream keeps a history."""

COUNTERS: dict[str, str] = {
    "packets": "packets sent or received",
    "bytes": "payload bytes sent or received",
    "lost": "packets lost (signed; may go down)",
    "discarded": "packets that came too late",
    "samples": "audio samples played",
    "concealed": "audio samples invented",
    "buffer_delay_s": "seconds spent in the jitter buffer, summed over what was played",
    "buffer_emitted": "samples or frames that left the jitter buffer",
    "energy": "audio energy (webrtc-stats totalAudioEnergy)",
    "energy_s": "seconds of audio that the energy belongs to",
    "frames": "video frames decoded or sent",
    "freezes": "video freezes",
    "freeze_s": "seconds of frozen video",
    "rtt_total_s": "sum of all round trips",
    "rtt_count": "number of round trips measured",
}
"""Counters that a sample may carry, and what they count."""

WHOLE_CALL: tuple[str, ...] = (
    "rtt_ms",
    "jitter_ms",
    "loss_pct",
    "bitrate_in_bps",
    "bitrate_out_bps",
    "mos",
    "audio_level",
)
"""Keys of the metrics of a whole call: the worst of its streams, and the sum of their bitrates."""
