"""Events on their way: a bus that no slow subscriber can hold up, and from which a reader may resume."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from callmon.bus.coalescing import coalesce
from callmon.bus.posted import Posted, weight
from callmon.model.events import Event


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept, counted in events (a restored call counts for many).

    ``recent`` are kept for readers that come back; beyond ``pending`` what one subscriber has not taken is
    coalesced, and beyond ``most`` it is cut off.
    """

    recent: int = 20_000
    pending: int = 5_000
    most: int = 20_000


class Bus(Protocol):
    """Where events are published and subscribed to; ``boot`` names this life of it, ``seq`` the newest."""

    boot: str
    seq: int

    def publish(self, events: Iterable[Event], at: float | None = None) -> int:
        """Send the events of one frame, folded at ``at``, to every subscriber; return their number.

        Numbers count up from 1 in this life of the bus.
        """
        ...

    def subscribe(self, after: int | None = None) -> Subscription | None:
        """Return what comes from now on, or after number ``after``; None where that is no longer known."""
        ...


class Subscription:
    """What one subscriber has yet to take; it ends when it is closed, or cut off because it is too slow.

    ``cut`` says why it was cut off; ``coalesced`` counts the events that newer ones stood in for.
    """

    def __init__(self, bus: LocalBus, bounds: Bounds) -> None:
        self.cut: str | None = None
        self.coalesced = 0
        self._bus = bus
        self._bounds = bounds
        self._pending: list[Posted] = []
        self._weight = 0
        self._full = bounds.pending
        self._filled = asyncio.Event()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def wait(self) -> None:
        """Wait until there is something to take, or the subscription is cut off."""
        await self._filled.wait()

    def take(self) -> Sequence[Posted]:
        """Return all that is pending, oldest first, without waiting."""
        taken, self._pending, self._weight, self._full = self._pending, [], 0, self._bounds.pending
        if self.cut is None:
            self._filled.clear()
        return taken

    def put(self, posted: Sequence[Posted]) -> None:
        """Append what was published; only the bus does that."""
        self._pending.extend(posted)
        self._weight += sum(weight(entry.event) for entry in posted)
        if self._weight > self._full:
            self._shrink()
        self._filled.set()

    def _shrink(self) -> None:
        before = len(self._pending)
        self._pending = coalesce(self._pending)
        self.coalesced += before - len(self._pending)
        self._weight = sum(weight(entry.event) for entry in self._pending)
        # Coalescing costs as much as what is pending, so the next time is when that has doubled.
        self._full = min(self._bounds.most, max(self._bounds.pending, 2 * self._weight))
        if self._weight > self._bounds.most:
            self.cut = f"too slow: more than {self._bounds.most} events behind"
            self._pending, self._weight = [], 0
            self.close()

    def close(self) -> None:
        """Take nothing more."""
        self._bus.leave(self)


class LocalBus:
    """The bus inside one process; publishing neither waits nor copies."""

    def __init__(self, boot: str | None = None, bounds: Bounds | None = None) -> None:
        """Begin a life called ``boot`` (by default a name never used before) within ``bounds``."""
        self.boot = secrets.token_hex(6) if boot is None else boot
        self.seq = 0
        self._bounds = bounds or Bounds()
        self._recent: deque[Posted] = deque()
        self._weight = 0
        self._forgotten = 0
        self._subscriptions: list[Subscription] = []

    def publish(self, events: Iterable[Event], at: float | None = None) -> int:
        """Send the events of one frame, folded at ``at``, to every subscriber; return their number."""
        self.seq += 1
        posted = [Posted(self.seq, event, at) for event in events]
        self._recent.extend(posted)
        self._weight += sum(weight(entry.event) for entry in posted)
        while self._weight > self._bounds.recent:
            old = self._recent.popleft()
            self._weight -= weight(old.event)
            self._forgotten = old.seq
        if posted:
            for subscription in tuple(self._subscriptions):
                subscription.put(posted)
        return self.seq

    def subscribe(self, after: int | None = None) -> Subscription | None:
        """Return what comes from now on, or after number ``after``; None where that is no longer known."""
        if after is not None and not self._forgotten <= after <= self.seq:
            return None
        subscription = Subscription(self, self._bounds)
        if after is not None:
            missed = [entry for entry in self._recent if entry.seq > after]
            if missed:
                subscription.put(missed)
            if subscription.cut is not None:
                return None
        self._subscriptions.append(subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Send nothing more to a subscription."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    @property
    def subscribers(self) -> int:
        """Number of subscriptions that still take events."""
        return len(self._subscriptions)
