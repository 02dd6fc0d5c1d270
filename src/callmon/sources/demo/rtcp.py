"""What the ends tell each other of a stream (RFC 3550), at their own times."""

from __future__ import annotations

from random import Random

from callmon.sources.demo.network import Network

AUDIO_S = 5.0
"""Seconds between two reports about audio; each comes up to half as much sooner or later."""

VIDEO_S = 1.0
"""Seconds between two reports about video."""


class ReceiverReports:
    """What the far end tells of what we send; ``at`` None while nothing has come.

    ``rtt_s`` is None in the first report: the far end has to have heard a report of ours first.
    """

    def __init__(self, rng: Random, every_s: float) -> None:
        """Come about every ``every_s`` seconds."""
        self._rng = rng
        self._every = every_s
        self._due: float | None = None
        self._sent = self._lost = self._last = 0
        self.at: float | None = None
        self.lost = self.packets = self.measured = 0
        self.fraction = self.jitter_s = self.rtt_total_s = 0.0
        self.rtt_s: float | None = None

    def step(self, at: float, dt: float, sent: int, lost: int, network: Network) -> None:
        """Go on to ``at``, when ``sent`` packets had left and ``lost`` of them had gone missing."""
        just_sent, self._last = sent - self._last, sent
        if self._due is None:
            self._due = at + self._every * self._rng.uniform(0.1, 0.5)
        if self._due > at:
            return
        if network.up < 0.9:
            self._due = at + self._every * self._rng.uniform(0.2, 0.9)
            return
        back = at - max(self._due, at - dt)
        share = min(1.0, back / dt)
        while self._due <= at:
            self._due += self._every * self._rng.uniform(0.5, 1.5)
        then = sent - round(share * just_sent)
        gained, missing = then - self._sent, lost - self._lost
        self._sent, self._lost = then, lost
        self.packets, self.lost = then - lost, lost
        self.fraction = min(255, round(256 * missing / gained)) / 256 if gained > 0 else 0.0
        self.jitter_s = round(network.jitter_out_ms * 48) / 48_000
        if self.at is not None:
            self.rtt_s = round(network.rtt_ms * self._rng.uniform(0.97, 1.05)) / 1000
            self.rtt_total_s += self.rtt_s
            self.measured += 1
        self.at = at - back


class SenderReports:
    """What the far end tells of what it sends; ``far_at`` is on its clock, which is not ours."""

    def __init__(self, rng: Random, every_s: float) -> None:
        """Come about every ``every_s`` seconds."""
        self._rng = rng
        self._every = every_s
        self._due: float | None = None
        self._skew = rng.uniform(-0.4, 0.4)
        self.at: float | None = None
        self.far_at = 0.0
        self.packets = self.bytes = self.count = 0

    def step(self, at: float, packets: int, octets: int, network: Network) -> None:
        """Go on to ``at``, when the far end had sent so many packets and octets."""
        if self._due is None:
            self._due = at + self._every * self._rng.uniform(0.3, 0.9)
        if self._due > at:
            return
        if network.up < 0.9:
            self._due = at + self._every * self._rng.uniform(0.2, 0.9)
            return
        self.at = self._due
        while self._due <= at:
            self._due += self._every * self._rng.uniform(0.5, 1.5)
            self.count += 1
        self.far_at = self.at + self._skew - network.rtt_ms / 2000
        self.packets, self.bytes = packets, octets
