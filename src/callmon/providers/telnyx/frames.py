"""Stats frames as events: those that the SDK sends, and those that its documentation describes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from callmon.model.events import Described, Event, IceChanged, Reported, Sampled
from callmon.providers.telnyx.shapes import entries, epoch_s, least, part
from callmon.providers.telnyx.told import INBOUND, OUTBOUND, Place
from callmon.providers.telnyx.words import Words, believable
from callmon.w3c import report as reports
from callmon.w3c import stats
from callmon.w3c.report import Entry, num


class Frames:
    """The reader of both shapes; it remembers what the vendor's own words are held against."""

    def __init__(self) -> None:
        """Start without any call."""
        self._words = Words()

    def nested(self, place: Place, body: Entry) -> Iterator[Event]:
        """Read the frame that the SDK sends: seconds, and getStats objects by direction."""
        found, ms = entries(body, place.at)
        report = reports.parse(found) or reports.Report()
        inbound = part(body, "inboundAudio")
        self._words.count(place.call, ms / 1000, inbound)
        mos = believable(body, inbound)
        for event in stats.events(
            report, stats.Place(place.call, place.leg, place.at - ms / 1000, place.at), ms
        ):
            if isinstance(event, IceChanged):
                continue
            if isinstance(event, Described | Sampled) and event.stream is not None:
                event = replace(event, stream=INBOUND if event.stream.startswith("in") else OUTBOUND)
            if (
                isinstance(event, Sampled)
                and (event.origin, event.stream) == ("local", INBOUND)
                and mos is not None
            ):
                event = replace(event, gauges={**event.gauges, "provider_mos": mos})
            yield event
        yield from self._reported(place, body, inbound)

    def flat(self, place: Place, body: Entry) -> Iterator[Event]:
        """Read the frame that the documentation describes: milliseconds, percent, counters at the top."""
        call, at, leg = place.call, place.at, place.leg
        clock = epoch_s(num(body, "timestamp")) or at
        self._words.count(call, clock, body)
        received = _known(
            packets=num(body, "packetsReceived"),
            bytes=num(body, "bytesReceived"),
            lost=num(body, "packetsLost"),
        )
        gauges = _known(
            loss_pct=least(num(body, "packetLoss")),
            audio_level=num(body, "audioLevel"),
            provider_mos=believable(body, body),
        )
        sent = _known(packets=num(body, "packetsSent"), bytes=num(body, "bytesSent"))
        far = _known(rtt_ms=least(num(body, "rtt")), jitter_ms=least(num(body, "jitter")))
        if received or gauges:
            yield Described(call, at, leg, INBOUND, "audio", "inbound")
            yield Sampled(call, at, leg, INBOUND, clock, gauges, received, "flat")
        if sent or far:
            yield Described(call, at, leg, OUTBOUND, "audio", "outbound")
        if sent:
            yield Sampled(call, at, leg, OUTBOUND, clock, {}, sent, "flat")
        if far:
            yield Sampled(call, at, leg, OUTBOUND, clock, far, {}, "flat", "remote")
        yield from self._reported(place, body, body)

    def _reported(self, place: Place, body: Entry, counted: Entry | None) -> Iterator[Reported]:
        words = self._words.said(place.call, body, counted)
        if words:
            yield Reported(place.call, place.at, place.leg, words)


def _known(**values: float | None) -> dict[str, float]:
    return {key: value for key, value in values.items() if value is not None}
