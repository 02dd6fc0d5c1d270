"""Calls and their events masked: what is a name in them is known by its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from callmon.engine import snapshot
from callmon.engine.call import Call, End, Leg
from callmon.masking.frames import mask_frame
from callmon.masking.mask import Mask
from callmon.masking.speech import candidate_error, free, noted
from callmon.masking.terms import is_of_protocols
from callmon.masking.words import KIND_OF_MEMBER, SAFE_ATTRIBUTES, member
from callmon.model import codec
from callmon.model.events import (
    Closed,
    Described,
    Event,
    IceChanged,
    Joined,
    Left,
    Noted,
    Opened,
    Reported,
    Restored,
)
from callmon.model.frames import Rejected
from callmon.model.ice import Candidate, IceFacts, Pair
from callmon.model.tape import Entry

_OWN_STREAM = ("in-audio", "out-audio", "in-video", "out-video")


def learn_call(mask: Mask, call: Call) -> None:
    """Learn every name in a call: its own, those of its room, its legs, its streams, and of who is there."""
    mask.learn("call", call.id)
    mask.learn("room", call.room)
    mask.learn("phone", call.label)
    for leg in call.legs.values():
        mask.learn("phone", leg.label)
        _learn_attributes(mask, leg.attributes)
        for part in leg.id.split("/"):
            mask.learn("leg", part)
        _learn_facts(mask, leg.ice.facts)
        _learn_pair(mask, leg.ice.last_pair)
        _learn_candidates(mask, leg.ice.candidates.values())
        for url in leg.ice.error_urls:
            mask.learn_place(url)
        for stream in leg.streams.values():
            _learn_stream(mask, stream.id)
            _learn_words(mask, stream.codec)
            _learn_attributes(mask, stream.attributes)


def learn_event(mask: Mask, event: Event) -> None:
    """Learn every name in an event."""
    mask.learn("call", event.call)
    if isinstance(event, Opened):
        mask.learn("room", event.room)
        mask.learn("phone", event.label)
    elif isinstance(event, Joined):
        mask.learn("phone", event.label)
        _learn_attributes(mask, event.attributes)
        for part in event.leg.split("/"):
            mask.learn("leg", part)
    elif isinstance(event, Described):
        _learn_stream(mask, event.stream)
        _learn_words(mask, event.codec)
        _learn_attributes(mask, event.attributes)
    elif isinstance(event, IceChanged):
        _learn_facts(mask, event.facts)
    elif isinstance(event, Restored):
        learn_call(mask, snapshot.load(event.state))


def learn_entries(mask: Mask, entries: Iterable[Entry]) -> None:
    """Learn every name in what was taken: events first, since their places say more than those of messages."""
    later = []
    for entry in entries:
        for event in entry.events:
            learn_event(mask, event)
        later.append(entry.frame)
    for frame in later:
        mask.study(frame.body)


def _learn_attributes(mask: Mask, attributes: Mapping[str, str]) -> None:
    for key, value in attributes.items():
        if key not in SAFE_ATTRIBUTES or not is_of_protocols(value):
            mask.learn(KIND_OF_MEMBER.get(member(key), "detail"), value)


def _learn_words(mask: Mask, *words: str | None) -> None:
    """Learn what stands in the place of a word of a protocol and is none."""
    for word in words:
        if word and not is_of_protocols(word):
            mask.learn("detail", word)


def _learn_facts(mask: Mask, facts: IceFacts) -> None:
    _learn_words(
        mask, facts.connection, facts.ice, facts.gathering, facts.signaling, facts.transport_ice, facts.dtls
    )
    _learn_words(mask, facts.srtp_cipher, facts.dtls_cipher, facts.tls_version)
    _learn_pair(mask, facts.pair)
    _learn_candidates(mask, facts.candidates)


def _learn_candidates(mask: Mask, candidates: Iterable[Candidate | None]) -> None:
    """Learn the hosts of candidates, of which nothing but their place may say that they are hosts."""
    for candidate in candidates:
        if candidate is not None:
            mask.learn_place(candidate.address)
            mask.learn_place(candidate.url)
            _learn_words(
                mask, candidate.type, candidate.protocol, candidate.relay_protocol, candidate.network_type
            )


def _learn_pair(mask: Mask, pair: Pair | None) -> None:
    """Have the id of a pair be the same in events and states as in the report from which it is."""
    if pair is not None:
        mask.id(pair.id)
        _learn_candidates(mask, (pair.local, pair.remote))


def _learn_stream(mask: Mask, stream: str) -> None:
    """Learn the id of a stream where it is the vendor's own, and not one that callmon made from an ssrc."""
    name = next((stream.removeprefix(one) for one in _OWN_STREAM if stream.startswith(one)), stream)
    name = name.strip("-")
    if not name.isdecimal():
        mask.learn("stream", name)


def mask_end(mask: Mask, end: End | None) -> End | None:
    """Return the end of a call as its provider tells it, with the names in its reason masked."""
    return replace(end, reason=free(mask, end.reason)) if end is not None and end.reason is not None else end


def mask_call(mask: Mask, call: Call) -> Call:
    """Return a call with every name in it masked; ``learn_call`` goes before."""
    before = snapshot.dump(call)
    state = mask.value(before)
    for moment, told in zip(state.get("timeline", ()), call.timeline, strict=True):
        moment["text"] = noted(mask, told.kind, told.text, told.code)
    found = snapshot.load(state)
    if call.end_reason is not None:
        found.end_reason = free(mask, call.end_reason)
    found.told_end = mask_end(mask, call.told_end)
    if found.summary is not None and call.summary is not None and call.summary.end_reason is not None:
        found.summary = replace(found.summary, end_reason=free(mask, call.summary.end_reason))
    found.words = mask_words(mask, call.words)
    for mine, leg in zip(found.legs.values(), call.legs.values(), strict=True):
        mine.words = mask_words(mask, leg.words)
        if leg.left_reason is not None:
            mine.left_reason = free(mask, leg.left_reason)
        if leg.ice.first_error is not None:
            mine.ice.first_error = candidate_error(mask, leg.ice.first_error)
        mask_evidence(mask, mine, leg)
    return found


def mask_words(mask: Mask, words: Mapping[str, str]) -> dict[str, str]:
    """Return what a vendor says of a call masked; of the names of its words callmon says what they are."""
    said = ((key, value, mask.text(value)) for key, value in words.items())
    return {
        mask.text(key): known if is_of_protocols(known) else free(mask, value) for key, value, known in said
    }


def mask_evidence(mask: Mask, mine: Leg, leg: Leg) -> None:
    """Mask what servers said of errors where the findings of a leg repeat it."""
    if mine.diagnosis is None or leg.diagnosis is None:
        return
    for found, told in zip(mine.diagnosis.findings, leg.diagnosis.findings, strict=True):
        if told.code == "stun-errors" and "first" in told.evidence:
            found.evidence["first"] = candidate_error(mask, told.evidence["first"])


def mask_event(mask: Mask, event: Event) -> Event:
    """Return an event with every name in it masked; raises ValueError for one that cannot be."""
    if isinstance(event, Restored):
        call = mask_call(mask, snapshot.load(event.state))
        return Restored(call.id, event.at, snapshot.dump(call))
    item: dict[str, Any] = mask.value(codec.write(event))
    if isinstance(event, Noted):
        item["text"] = noted(mask, event.kind, event.text, event.code)
    elif isinstance(event, Closed | Left) and event.reason is not None:
        item["reason"] = free(mask, event.reason)
    elif isinstance(event, Reported):
        item["words"] = mask_words(mask, event.words)
    found = codec.read(item)
    if isinstance(found, Rejected):
        raise ValueError(found.reason)
    return found


def mask_entries(mask: Mask, entries: Iterable[Entry]) -> Iterator[Entry]:
    """Return what was taken with every name masked; ``learn_entries`` goes before."""
    for entry in entries:
        events = tuple(mask_event(mask, event) for event in entry.events)
        yield Entry(entry.at, mask_frame(mask, entry.frame), events)
