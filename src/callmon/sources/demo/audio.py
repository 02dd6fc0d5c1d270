"""Voice: who speaks when, what a sender has counted of it, and what a receiver has."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from callmon.sources.demo.cast import ssrc
from callmon.sources.demo.network import Network, events_of
from callmon.sources.demo.rtcp import AUDIO_S, ReceiverReports, SenderReports


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec of RTP; ``talking`` and ``quiet`` are mean payload bytes of a 20 ms packet."""

    mime: str
    payload_type: int
    clock_rate: int
    channels: int | None = None
    fmtp: str | None = None
    talking: int = 0
    quiet: int = 0
    target_bps: int = 0


OPUS = Codec(
    "audio/opus", 111, 48_000, 2, "minptime=10;useinbandfec=1", talking=86, quiet=52, target_bps=32_000
)
PCMU = Codec("audio/PCMU", 0, 8_000, 1, None, talking=160, quiet=160, target_bps=64_000)


class Talk:
    """A conversation: people take turns, pause, and now and then speak at the same time."""

    def __init__(self, rng: Random, people: int) -> None:
        """Let ``people`` talk."""
        self._rng = rng
        self._people = people
        self._speakers: tuple[int, ...] = ()
        self._until = 0.0

    def speaks(self, who: int, at: float) -> bool:
        """Whether somebody speaks at a moment; moments must not go back by much."""
        rng = self._rng
        if at >= self._until:
            dice = rng.random()
            if dice < 0.12:
                self._speakers, length = (), rng.uniform(0.4, 1.6)
            elif dice < 0.22:
                self._speakers, length = (
                    (rng.randrange(self._people), rng.randrange(self._people)),
                    rng.uniform(0.5, 2),
                )
            else:
                self._speakers, length = (rng.randrange(self._people),), rng.uniform(1.5, 9.0)
            self._until = max(self._until, at - 2.0) + length
        return who in self._speakers


def level_of(rng: Random, speaking: bool) -> float:
    """Return an audio level, 0 to 1 linear, as the meters of browsers quantise it."""
    value = rng.uniform(0.02, 0.28) if speaking else rng.uniform(0.0006, 0.004)
    return round(value * 32_767) / 32_767


class VoiceSender:
    """What a page counts of the voice it sends; ``muted`` keeps the packets and empties them."""

    def __init__(self, rng: Random, codec: Codec, muted: bool = False) -> None:
        """Begin with nothing sent."""
        self._rng = rng
        self._carry = rng.random()
        self.codec = codec
        self.muted = muted
        self.ssrc = ssrc(rng)
        self.packets = self.bytes = self.lost = 0
        self.level = self.energy = self.duration_s = 0.0
        self.reports = ReceiverReports(rng, AUDIO_S)

    def step(
        self, at: float, dt: float, network: Network, speaking: bool, flowing: bool, heard: bool
    ) -> None:
        """Go on to ``at``; ``flowing`` while packets leave, ``heard`` while the far end reports on them."""
        self.level = 0.0 if self.muted else level_of(self._rng, speaking)
        if not self.muted:
            self.energy += self.level * self.level * dt * 0.6
        self.duration_s += dt
        if not flowing:
            return
        due = 50.0 * dt + self._carry
        count = int(due)
        self._carry = due - count
        self.packets += count
        size = self.codec.talking if speaking else self.codec.quiet
        if self.muted:
            size = 3 if self.codec is OPUS else size
        self.bytes += int(count * size * self._rng.uniform(0.96, 1.04)) if size < 160 else count * size
        if network.up > 0.0:
            self.lost += min(count, events_of(self._rng, count * network.up * network.loss_out))
        if heard:
            self.reports.step(at, dt, self.packets, self.lost, network)


class VoiceReceiver:
    """What a page counts of the voice it receives; nothing at all is there before ``packets`` is above 0.

    Samples are counted at the codec's clock rate; ``buffer_s`` is sample-seconds, as in webrtc-stats.
    """

    def __init__(self, rng: Random, codec: Codec) -> None:
        """Begin with nothing received."""
        self._rng = rng
        self._carry = rng.random()
        self._sent = self._sent_bytes = 0
        self.codec = codec
        self.ssrc = ssrc(rng)
        self.packets = self.lost = self.bytes = self.discarded = 0
        self.samples = self.concealed = self.silent = self.concealments = self.emitted = 0
        self.buffer_s = self.target_s = self.jitter_ms = self.level = self.energy = self.duration_s = 0.0
        self.last_packet_at = 0.0
        self.reports = SenderReports(rng, AUDIO_S)

    def step(self, at: float, dt: float, network: Network, speaking: bool, flowing: bool) -> None:
        """Go on to ``at``; ``flowing`` while the far end sends at all."""
        up = network.up if flowing else 0.0
        due = 50.0 * dt * up + self._carry
        count = int(due)
        self._carry = due - count
        if not count and not self.packets:
            return
        if not self.packets:
            self.concealed += self.codec.clock_rate // 20
            self.samples += self.codec.clock_rate // 20
            self.concealments += 1
        lost = min(count, events_of(self._rng, count * network.loss_in)) if count else 0
        self._packets(at, count, lost, network, speaking)
        self._play(dt, up, lost, network, speaking)
        self._sent += round(50.0 * dt) if flowing else 0
        if flowing:
            self.reports.step(at, self._sent, self._sent_bytes, network)

    def _packets(self, at: float, count: int, lost: int, network: Network, speaking: bool) -> None:
        if not count:
            return
        rng, codec = self._rng, self.codec
        size = codec.talking if speaking else codec.quiet
        octets = int((count - lost) * size * (rng.uniform(0.96, 1.04) if size < 160 else 1.0))
        self.packets += count - lost
        self.lost += lost
        self.bytes += octets
        self._sent_bytes += octets + lost * size
        self.jitter_ms = network.jitter_ms
        if network.jitter_ms > 25.0:
            self.discarded += events_of(rng, count * min(0.2, (network.jitter_ms - 25.0) / 5000.0))
        self.last_packet_at = at - rng.uniform(0.001, 0.02)

    def _play(self, dt: float, up: float, lost: int, network: Network, speaking: bool) -> None:
        rng, rate = self._rng, self.codec.clock_rate
        played = round(rate * dt)
        missing = round(rate * dt * (1.0 - up))
        stretched = round(lost * rate * 0.02 * rng.uniform(0.7, 1.1))
        late = max(0.0, network.jitter_ms - 15.0) / 900.0
        stretched += round(played * min(0.12, late) * rng.uniform(0.6, 1.2))
        concealed = min(played, missing + stretched)
        self.samples += played
        self.concealed += concealed
        self.silent += round(missing * 0.98)
        self.concealments += lost + (1 if missing and up > 0.0 else 0)
        out = played - concealed
        delay_s = (34.0 + 2.1 * network.jitter_ms) / 1000.0 * rng.uniform(0.95, 1.08)
        self.emitted += out
        self.buffer_s += out * delay_s
        self.target_s += out * delay_s * 0.92
        self.level = level_of(rng, speaking) if up > 0.1 else 0.0
        self.energy += self.level * self.level * dt * 0.6
        self.duration_s += dt
