"""Fewer events that come to the same: what a subscriber gets that has fallen behind."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import fields, replace

from callmon.bus.posted import Posted
from callmon.model.events import (
    Closed,
    Described,
    Event,
    IceChanged,
    Joined,
    Left,
    Negotiated,
    Opened,
    Restored,
    Retold,
    Sampled,
)
from callmon.model.ice import IceFacts

_STATES = ("connection", "ice", "gathering", "signaling", "transport_ice", "dtls")
_FACTS = tuple(field.name for field in fields(IceFacts) if field.name not in ("candidates", "full"))


def coalesce(pending: Sequence[Posted]) -> list[Posted]:
    """Return the events with only the newest sample of each stream, and of each leg the newest ICE facts.

    Counters are running totals, so rates over the longer interval are right. The counters of another object
    (``identity``) and every change of an ICE state are kept. What is said again word for word (most sources
    open and describe their calls in every frame) is left out. All other events stay as they are, in order.
    """
    kept: list[Posted | None] = []
    newest: dict[tuple[Hashable, ...], int] = {}
    said: dict[str, dict[Hashable, Event]] = {}
    for entry in pending:
        if isinstance(entry.event, Closed | Left | Restored | Retold):
            said.pop(entry.event.call, None)
            if isinstance(entry.event, Retold):
                newest = {key: index for key, index in newest.items() if key[0] != entry.event.call}
        elif _is_said(entry.event, said):
            continue
        key = _key(entry.event)
        index = newest.get(key) if key is not None else None
        older = kept[index] if index is not None else None
        event = None if older is None else _merged(older.event, entry.event)
        if event is not None and index is not None:
            kept[index] = None
            entry = Posted(entry.seq, event, entry.at)
        if key is not None:
            newest[key] = len(kept)
        kept.append(entry)
    return [entry for entry in kept if entry is not None]


def _is_said(event: Event, said: dict[str, dict[Hashable, Event]]) -> bool:
    """Whether an event that states how things are states what was stated last, and note what it states."""
    if not isinstance(event, Opened | Joined | Described | Negotiated):
        return False
    key = (type(event), getattr(event, "leg", None), getattr(event, "stream", None))
    stated = said.setdefault(event.call, {})
    last = stated.get(key)
    if last is not None and replace(event, at=last.at) == last:
        return True
    stated[key] = event
    return False


def _key(event: Event) -> tuple[Hashable, ...] | None:
    if isinstance(event, Sampled):
        return event.call, event.leg, event.stream, event.origin
    if isinstance(event, IceChanged):
        return event.call, event.leg
    return None


def _merged(old: Event, new: Event) -> Event | None:
    """Return one event that stands for two, or None where both are needed."""
    if isinstance(old, Sampled) and isinstance(new, Sampled) and old.identity == new.identity:
        if new.clock < old.clock:
            return None
        gauges, counters = {**old.gauges, **new.gauges}, {**old.counters, **new.counters}
        return replace(new, gauges=gauges, counters=counters)
    if isinstance(old, IceChanged) and isinstance(new, IceChanged):
        facts = _merged_facts(old.facts, new.facts)
        return None if facts is None else replace(new, facts=facts)
    return None


def _merged_facts(old: IceFacts, new: IceFacts) -> IceFacts | None:
    for name in _STATES:
        before, after = getattr(old, name), getattr(new, name)
        if before != after and before is not None and (after is not None or new.full):
            return None
    known = {name: getattr(new, name) for name in _FACTS}
    if not new.full:
        known = {name: getattr(old, name) if value is None else value for name, value in known.items()}
    candidates = old.candidates + tuple(item for item in new.candidates if item not in old.candidates)
    return IceFacts(**known, candidates=candidates, full=old.full or new.full)
