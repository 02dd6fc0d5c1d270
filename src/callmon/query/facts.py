"""What is known of a call beside its figures: who, with what, by which way; each a few words or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from callmon.engine.call import Call, Leg
from callmon.model.ice import Candidate

Facts = Callable[[Call], Iterable[str]]
"""Something that a call has none, one or several of."""


REGION = ("region", "edge_location")
"""The attributes of a leg that tell its region, as its provider calls them; the wider one first."""


def attribute(*keys: str) -> Facts:
    """Return what the legs say of themselves under one of these keys."""

    def found(call: Call) -> Iterable[str]:
        told = (leg.attributes.get(key) for leg in call.legs.values() for key in keys)
        return dict.fromkeys(word for word in told if word)

    return found


def codecs(call: Call) -> Iterable[str]:
    """Return the codecs of all streams."""
    every = (stream.codec for leg in call.legs.values() for stream in leg.streams.values())
    return dict.fromkeys(codec for codec in every if codec)


def kinds(call: Call) -> Iterable[str]:
    """Return audio, video or both: the kinds of its streams."""
    return dict.fromkeys(stream.kind for leg in call.legs.values() for stream in leg.streams.values())


def participants(call: Call) -> Iterable[str]:
    """Return the names of its legs."""
    return dict.fromkeys(leg.label or leg.id for leg in call.legs.values())


def relays(call: Call) -> Iterable[str]:
    """Return the relays that its media go through at either end: the address, else the URL, else ``unknown``."""
    return dict.fromkeys(end.address or end.url or "unknown" for end in _ends(call) if end.type == "relay")


def candidates(call: Call) -> Iterable[str]:
    """Return the types of both ends of the pairs in use: host, srflx, prflx, relay."""
    return dict.fromkeys(end.type for end in _ends(call) if end.type)


def protocols(call: Call) -> Iterable[str]:
    """Return how the media travel: udp or tcp, and the hop to a relay where that differs."""
    found = (name for end in _ends(call) for name in (end.protocol, end.relay_protocol))
    return dict.fromkeys(name.lower() for name in found if name)


def _ends(call: Call) -> Iterator[Candidate]:
    for leg in call.legs.values():
        pair = leg.ice.facts.pair or leg.ice.last_pair
        if pair is not None:
            yield from (end for end in (pair.local, pair.remote) if end is not None)


def end_reasons(call: Call) -> Iterable[str]:
    """Return why it ended, in the source's words."""
    return (call.end_reason,) if call.end_reason else ()


def worst_of(direction: str, key: str, greatest: bool = True) -> Callable[[Call], float | None]:
    """Return what finds the worst window value of a metric over the streams of one direction."""
    choose: Callable[[Iterable[float]], float] = max if greatest else min

    def found(call: Call) -> float | None:
        values = [value for stream in _streams(call.legs.values(), direction)
                  if (value := stream.get(key)) is not None]  # fmt: skip
        return choose(values) if values else None

    return found


def _streams(legs: Iterable[Leg], direction: str) -> Iterator[dict[str, float | None]]:
    return (stream.window for leg in legs for stream in leg.streams.values() if stream.direction == direction)
