"""A path as it really is: delay that wanders, loss that comes in bursts, cuts and narrow links."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Weather:
    """What a path is like. Times are seconds since the leg began; a cut is (from, to).

    ``burst_pct`` is what is lost inside a burst, which lasts a second or two and comes every
    ``burst_every_s``. From ``slower_at`` on the delay is ``slower`` times as long, from ``onset_s`` on no
    more than ``capacity_bps`` gets through. Jitter and loss are as told from ``worst_from_s`` on.
    """

    rtt_ms: float = 38.0
    jitter_ms: float = 3.0
    loss_in_pct: float = 0.01
    loss_out_pct: float = 0.01
    burst_pct: float = 0.0
    burst_every_s: float = 12.0
    capacity_bps: float | None = None
    onset_s: float = 0.0
    cuts: tuple[tuple[float, float], ...] = ()
    slower_at: float | None = None
    slower: float = 2.0
    worst_from_s: float = 0.0
    worst_until_s: float = math.inf


class Drift:
    """A value that wanders about its mean: a slow wave, and noise with a memory of some seconds."""

    def __init__(self, rng: Random, mean: float, spread: float = 0.08, wave: float = 0.08) -> None:
        """Wander about ``mean`` by about ``spread`` (noise) and ``wave`` (over minutes), as shares of it."""
        self._rng = rng
        self.mean = mean
        self._spread = spread
        self._wave = wave
        self._period = rng.uniform(90.0, 400.0)
        self._phase = rng.uniform(0.0, math.tau)
        self._noise = 0.0

    def step(self, age: float, dt: float) -> float:
        """Return the value ``dt`` seconds after the last."""
        memory = math.exp(-dt / 7.0)
        shock = self._rng.gauss(0.0, self._spread)
        self._noise = self._noise * memory + shock * math.sqrt(1.0 - memory * memory)
        wave = self._wave * math.sin(math.tau * age / self._period + self._phase)
        return self.mean * max(0.05, 1.0 + wave + self._noise)


class Network:
    """The truth about a path, step by step; losses are probabilities, ``up`` is a share of the step."""

    def __init__(self, rng: Random, weather: Weather) -> None:
        """Begin with ``weather``, a little different for each path."""
        self._rng = rng
        self.weather = weather
        self._rtt = Drift(rng, weather.rtt_ms * rng.uniform(0.92, 1.08), 0.05)
        self._jitter = Drift(rng, weather.jitter_ms * rng.uniform(0.9, 1.1), 0.18)
        self._bursting = False
        self._until = rng.uniform(0.3, 1.0) * weather.burst_every_s
        self.rtt_ms = weather.rtt_ms
        self.jitter_ms = self.jitter_out_ms = weather.jitter_ms
        self.loss_in = self.loss_out = 0.0
        self.up = 1.0
        self.capacity_bps: float | None = None

    def step(self, age: float, dt: float) -> None:
        """Go on to ``age``, seconds since the leg began."""
        weather = self.weather
        bad = weather.worst_from_s <= age < weather.worst_until_s
        slower = weather.slower_at is not None and age >= weather.slower_at
        self.rtt_ms = self._rtt.step(age, dt) * (weather.slower if slower else 1.0)
        jitter = self._jitter.step(age, dt)
        self.jitter_ms = jitter if bad else min(jitter, 4.0)
        self.jitter_out_ms = self.jitter_ms * self._rng.uniform(0.85, 1.1)
        burst = self._burst(age, dt) * weather.burst_pct if weather.burst_pct and bad else 0.0
        self.loss_in = ((weather.loss_in_pct if bad else 0.01) + burst) / 100.0
        self.loss_out = ((weather.loss_out_pct if bad else 0.01) + burst * 0.8) / 100.0
        self.up = (
            1.0 - sum(_overlap(cut, age - dt, age) for cut in weather.cuts) / dt if weather.cuts else 1.0
        )
        self.capacity_bps = weather.capacity_bps if age >= weather.onset_s else None

    def _burst(self, age: float, dt: float) -> float:
        """Return the share of the step that lay in bursts."""
        inside, now = 0.0, age - dt
        while now < age:
            ends = min(self._until, age)
            if self._bursting and ends > now:
                inside += ends - now
            now = max(now, ends)
            if self._until <= age:
                self._bursting = not self._bursting
                every = self.weather.burst_every_s
                self._until += (
                    self._rng.uniform(0.8, 2.2) if self._bursting else self._rng.uniform(0.5, 1.5) * every
                )
        return inside / dt


def events_of(rng: Random, mean: float) -> int:
    """Return how many of many rare things happened, where ``mean`` of them were to be expected (Poisson)."""
    if mean <= 0.0:
        return 0
    if mean > 40.0:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def _overlap(span: tuple[float, float], start: float, end: float) -> float:
    return max(0.0, min(span[1], end) - max(span[0], start))
