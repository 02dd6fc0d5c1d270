"""Everything that can become of a call, as parameters: the demo plays each of these."""

from __future__ import annotations

from dataclasses import dataclass, field

from callmon.sources.demo.browser import (
    CHROME_ANDROID,
    CHROME_MAC,
    CHROME_WINDOWS,
    CHROMIUM,
    FIREFOX,
    SAFARI,
    Browser,
)
from callmon.sources.demo.network import Weather
from callmon.sources.demo.peer import Media
from callmon.sources.demo.video import SIMULCAST


@dataclass(frozen=True, slots=True)
class Mode:
    """One kind of call; times are seconds.

    The first call of a slot begins at ``first_s`` and lives ``life_s``; the next comes ``gap_s`` after it.
    ``way`` is how ICE goes (see ``paths.gather``), ``fate`` what befalls the connection at ``fate_s`` (for
    ``fate_length_s``): none, outage, moves, restart, dropped, hung-up, dtls-stuck, ice-failed, no-candidates,
    or vanishes (no more frames). ``vendor`` is webrtc, telnyx-flat, telnyx-nested, telnyx-report (only the
    SDK's uploads), telnyx-both, callstats, twilio-video, daily, or twilio-voice- and one of the ways of
    ``twilio_voice.WAYS``. ``legs`` above 1 is a room; its ``bad_leg`` alone has the ``weather``.
    """

    name: str
    first_s: float = 4.0
    life_s: float = 900.0
    gap_s: float = 25.0
    weather: Weather = field(default_factory=Weather)
    media: Media = field(default_factory=Media)
    browser: Browser = CHROMIUM
    way: str = "direct"
    network: str = "ethernet"
    fate: str = "none"
    fate_s: float = 0.0
    fate_length_s: float = 0.0
    vendor: str = "webrtc"
    every_s: float = 2.0
    legs: int = 1
    bad_leg: int | None = None
    relay_only: bool = False


_VIDEO = Media(video=True)
_STILL = tuple((24.0 + 41.0 * n, 24.0 + 41.0 * n + 8.3) for n in range(60))

MODES: tuple[Mode, ...] = (
    Mode("good voice", 3, 1180, browser=CHROME_WINDOWS, way="reflexive"),
    Mode("steady loss", 9, 760, weather=Weather(64, 9, loss_in_pct=6.0, loss_out_pct=3.6, worst_from_s=25),
         browser=CHROME_MAC, network="wifi", way="reflexive"),
    Mode("outage", 14, 620, fate="outage", fate_s=118, fate_length_s=9.2, browser=CHROME_WINDOWS,
         network="wifi"),
    Mode("ice failed", 186, 34, 210, way="closed", fate="ice-failed"),
    Mode("good video", 21, 1500, media=_VIDEO, browser=SAFARI, weather=Weather(31, 2)),
    Mode("telnyx flat", 6, 900, vendor="telnyx-flat", every_s=5.0, weather=Weather(58, 4)),
    Mode("telnyx excellent", 12, 840, vendor="telnyx-nested", every_s=1.0, weather=Weather(46, 3)),
    Mode("good firefox", 17, 1100, browser=FIREFOX, weather=Weather(44, 3)),
    Mode("one-way audio", 150, 260, 60, media=Media(deaf=True), browser=CHROME_WINDOWS, way="reflexive"),
    Mode("dtls stuck", 176, 92, 170, fate="dtls-stuck", browser=CHROME_WINDOWS),
    Mode("high jitter", 26, 700, weather=Weather(72, 80, worst_from_s=18), browser=CHROME_ANDROID,
         network="wifi"),
    Mode("fair rtt", 11, 980, weather=Weather(212, 6), browser=CHROME_MAC, way="reflexive"),
    Mode("bandwidth limited", 33, 640, media=_VIDEO, browser=CHROME_ANDROID, network="cellular",
         weather=Weather(92, 11, capacity_bps=330_000, onset_s=22, slower_at=24, slower=1.8)),
    Mode("relay udp", 28, 900, way="udp", browser=CHROME_WINDOWS),
    Mode("silent microphone", 40, 520, 40, media=Media(muted=True), browser=CHROME_WINDOWS),
    Mode("path changed", 8, 760, way="moving", network="wifi", fate="moves", fate_s=131,
         browser=CHROME_ANDROID,
         weather=Weather(41, 4, slower_at=131, slower=2.4, cuts=((131, 132.1),))),
    Mode("remote hang-up", 5, 171, 120, fate="hung-up", fate_s=158, browser=CHROME_MAC),
    Mode("dropped", 13, 206, 140, fate="dropped", fate_s=149, browser=CHROME_ANDROID, network="cellular"),
    Mode("bursty loss", 19, 820, browser=FIREFOX, way="reflexive",
         weather=Weather(88, 8, burst_pct=42, burst_every_s=8, worst_from_s=20)),
    Mode("room with a bad leg", 30, 1400, browser=CHROMIUM, legs=3, bad_leg=1,
         weather=Weather(120, 22, loss_in_pct=5.0, loss_out_pct=5.0, worst_from_s=20)),
    Mode("cpu limited", 36, 700, media=Media(video=True, busy_from=48), browser=CHROME_WINDOWS),
    Mode("video frozen", 44, 560, media=Media(video=True, spells=_STILL), browser=CHROME_ANDROID,
         network="wifi",
         weather=Weather(83, 14, loss_in_pct=1.6, worst_from_s=20)),
    Mode("no candidates", 168, 100, 190, way="nothing", fate="no-candidates", relay_only=True),
    Mode("twilio voice", 10, 640, vendor="twilio-voice-client", weather=Weather(58, 4)),
    Mode("ice restart", 22, 640, fate="restart", fate_s=104, fate_length_s=21.4, browser=CHROME_ANDROID,
         network="wifi"),
    Mode("stale", 16, 900, 0, fate="vanishes", fate_s=146),
    Mode("daily warning", 13, 760, vendor="daily", legs=2, bad_leg=0,
         weather=Weather(96, 9, loss_in_pct=2.0, loss_out_pct=7.0, worst_from_s=20)),
    Mode("low mos", 38, 600, browser=CHROME_ANDROID, network="cellular",
         weather=Weather(520, 36, loss_in_pct=7.5, loss_out_pct=4, worst_from_s=15)),
    Mode("callstats loss", 18, 760, vendor="callstats", browser=CHROME_MAC, network="wifi",
         weather=Weather(132, 9, loss_in_pct=5.4, loss_out_pct=1.2, worst_from_s=20)),
    Mode("twilio video uplink", 11, 880, vendor="twilio-video", legs=3, bad_leg=1,
         weather=Weather(390, 16, loss_out_pct=9.0)),
    Mode("video room", 24, 1700, legs=4, media=Media(video=True, layers=SIMULCAST, idle_layers=1),
         browser=CHROME_MAC,
         weather=Weather(27, 2)),
    Mode("telnyx loss", 34, 680, vendor="telnyx-flat", every_s=5.0,
         weather=Weather(104, 12, loss_in_pct=4.8, loss_out_pct=2.2, worst_from_s=15)),
    Mode("telnyx report", 9, 720, vendor="telnyx-report", every_s=1.0,
         weather=Weather(66, 7, loss_in_pct=2.1, loss_out_pct=0.4, worst_from_s=40)),
    Mode("telnyx hang-up", 4, 170, 120, vendor="telnyx-both", every_s=1.0, weather=Weather(48, 3)),
    Mode("callstats room", 12, 1300, vendor="callstats", legs=3, browser=CHROME_WINDOWS,
         weather=Weather(52, 4)),
    Mode("relay tls", 52, 760, way="tls", browser=CHROME_WINDOWS, media=_VIDEO, weather=Weather(74, 6)),
    Mode("callstats dropped", 7, 214, 150, vendor="callstats", fate="dropped", fate_s=140,
         browser=CHROME_ANDROID, network="cellular"),
    Mode("callstats silent", 5, 400, 30, vendor="callstats", fate="vanishes", fate_s=120),
    Mode("twilio video room", 8, 1300, vendor="twilio-video", legs=3, weather=Weather(44, 3)),
    Mode("telnyx mos of 5", 42, 520, vendor="telnyx-nested", every_s=1.0, weather=Weather(2680, 24)),
    Mode("daily meeting", 7, 1200, vendor="daily", legs=3, weather=Weather(52, 4)),
    Mode("telnyx word bad", 27, 780, vendor="telnyx-nested", every_s=1.0,
         weather=Weather(124, 15, loss_in_pct=0.68, loss_out_pct=0.2)),
    Mode("relay tcp", 47, 820, way="tcp", browser=CHROME_WINDOWS, weather=Weather(96, 9)),
    Mode("twilio gateway loss", 6, 900, vendor="twilio-voice-gateway",
         weather=Weather(60, 0.4, loss_in_pct=4.2, loss_out_pct=0.3, worst_from_s=40)),
    Mode("twilio gateway jitter", 15, 760, vendor="twilio-voice-gateway",
         weather=Weather(60, 88, worst_from_s=30, worst_until_s=70)),
    Mode("twilio failed", 150, 62, 170, vendor="twilio-voice-failing"),
)  # fmt: skip
"""All modes, in the order in which a demo of few calls takes them: the first 32 are of every provider."""
