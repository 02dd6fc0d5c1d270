"""Rows of the Metrics resource: what each of the four edges measured, with the units of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from callmon.model.events import Described, Event, Noted, Reported, Sampled
from callmon.model.frames import Json
from callmon.providers.twilio_voice import words
from callmon.providers.twilio_voice.words import EDGES, IN, OUT, known, leaf, part
from callmon.w3c.report import Entry, num, text

JITTER_AVG_MS, JITTER_MAX_MS = 5.0, 30.0
"""Beyond both of these Twilio tags a gateway's jitter as high."""

NEVER_FALLS = "it is counted over the whole call and never falls, so it cannot show recovery"
"""What is to be known of the jitter that a gateway tells."""

_ORDER = {edge: index for index, edge in enumerate(EDGES)}


class Unreadable(Exception):
    """A row that says nothing, and why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What a row says of one stream, by what its edge saw itself (``local``) or was told by the far end."""

    stream: str
    origin: str
    gauges: Mapping[str, float]
    counters: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: when, where, and what it says; ``jitter_ms`` is a gateway's (mean, most) since the start.

    ``note`` says why the row contradicts itself, and ``mos`` is the MOS that cannot be.
    """

    at: float
    edge: str
    direction: str
    samples: tuple[Sample, ...] = ()
    codec: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    jitter_ms: tuple[float | None, float | None] | None = None
    note: str | None = None
    mos: float | None = None

    @property
    def key(self) -> tuple[float, int, int, str]:
        """What no other row of the call has, in the order of time."""
        return (self.at, 0, _ORDER[self.edge], self.direction)

    @property
    def packets(self) -> float:
        """How many packets it counts, by which a newer telling of the same row is known."""
        return sum(sample.counters.get("packets", 0.0) for sample in self.samples)


def row_of(body: Json) -> Row:
    """Return what a row says; raises Unreadable."""
    if not isinstance(body, dict):
        raise Unreadable("a row is an object")
    at = words.seconds(body.get("timestamp"))
    if at is None:
        raise Unreadable("a row without a time")
    edge = text(body, "edge")
    filled = part(body, edge) if edge in EDGES else None
    if filled is None:
        edge, filled = next(((one, inner) for one in EDGES if (inner := part(body, one))), (None, None))
    if edge is None or filled is None:
        raise Unreadable("a row in which no edge says anything")
    direction = text(body, "direction") or "unknown"
    return _sdk(at, direction, filled) if edge == "sdk_edge" else _gateway(at, edge, direction, filled)


def _sdk(at: float, direction: str, body: Entry) -> Row:
    """Read a row of the Voice SDK, one for each second: milliseconds, percent, levels to 32767."""
    interval, total = part(body, "interval"), part(body, "cumulative")
    told = {key: leaf(interval, key) for key in ("rtt", "jitter", "mos", "audio_in", "audio_out")}
    loss = words.percent(num(interval, "packets_loss_percentage"))
    received = num(interval, "packets_received")
    mos = told["mos"]
    note = words.contradiction(mos, told["rtt"], told["jitter"], loss)
    return Row(
        at,
        "sdk_edge",
        direction,
        sdk_samples(
            Measured(told["rtt"], told["jitter"], mos if note is None else None, loss if received else None),
            (told["audio_in"], told["audio_out"]),
            received=(
                num(total, "packets_received"),
                num(total, "bytes_received"),
                num(total, "packets_lost"),
            ),
            sent=(num(total, "packets_sent"), num(total, "bytes_sent")),
        ),
        words.codec(body),
        _attributes(part(body, "metadata")),
        note=note,
        mos=mos if note is not None else None,
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """What the Voice SDK measures each second: ms, MOS, percent."""

    rtt: float | None
    jitter: float | None
    mos: float | None
    loss: float | None


def sdk_samples(
    measured: Measured,
    levels: tuple[float | None, float | None],
    received: tuple[float | None, float | None, float | None],
    sent: tuple[float | None, float | None],
) -> tuple[Sample, ...]:
    """Return the two streams of a second of the Voice SDK.

    ``levels`` are those of the microphone and of the speaker; ``received`` packets, bytes and losses, ``sent``
    packets and bytes, since the start. The round trip is that of what is sent, as RTCP tells it.
    """
    packets, octets, lost = (words.count(value) for value in received)
    sent_packets, sent_octets = (words.count(value) for value in sent)
    heard = known(
        jitter_ms=words.span_ms(measured.jitter),
        loss_pct=measured.loss,
        provider_mos=words.score(measured.mos),
        audio_level=words.level(levels[1]),
    )
    spoken = known(rtt_ms=words.span_ms(measured.rtt), audio_level=words.level(levels[0]))
    both = (
        Sample(IN, "local", heard, known(packets=packets, bytes=octets, lost=lost)),
        Sample(OUT, "local", spoken, known(packets=sent_packets, bytes=sent_octets)),
    )
    return tuple(sample for sample in both if sample.gauges or sample.counters)


def _gateway(at: float, edge: str, direction: str, body: Entry) -> Row:
    """Read a row of a gateway, one for each ten seconds and direction; it has neither round trip nor MOS.

    What a gateway counts as lost of what it sends is what the far end told it.
    """
    interval, total = part(body, "interval"), part(body, "cumulative")
    received, sent = (words.count(num(total, key)) for key in ("packets_received", "packets_sent"))
    lost = words.count(num(total, "packets_lost"))
    loss = words.percent(num(interval, "packets_loss_percentage"))
    samples: list[Sample] = []
    if received is not None and direction != "outbound":
        samples.append(Sample(IN, "local", known(loss_pct=loss), known(packets=received, lost=lost)))
    if sent is not None and direction != "inbound":
        samples.append(Sample(OUT, "local", {}, {"packets": sent}))
        if received is None and (lost is not None or loss is not None):
            samples.append(Sample(OUT, "remote", known(loss_pct=loss), known(lost=lost)))
    jitter = part(total, "jitter")
    spread = (words.span_ms(num(jitter, "avg")), words.span_ms(num(jitter, "max")))
    return Row(
        at,
        edge,
        direction,
        tuple(samples),
        words.codec(body),
        _attributes(part(body, "metadata")),
        jitter_ms=spread if spread != (None, None) else None,
    )


def _attributes(metadata: Entry | None) -> dict[str, str]:
    told = {"region": text(metadata, "region"), "edge_location": text(metadata, "edge_location")}
    return {key: value for key, value in told.items() if value is not None}


def events(call: str, row: Row, described: dict[str, str | None], noted: set[str]) -> Iterator[Event]:
    """Return what a row says; ``described`` and ``noted`` keep what was said of its leg before."""
    for sample in row.samples:
        name = f"{row.edge}/{sample.stream}"
        if name not in described or (row.codec is not None and described[name] != row.codec):
            described[name] = row.codec
            direction = "inbound" if sample.stream == IN else "outbound"
            yield Described(call, row.at, row.edge, sample.stream, "audio", direction, row.codec)
        yield Sampled(
            call,
            row.at,
            row.edge,
            sample.stream,
            row.at,
            sample.gauges,
            sample.counters,
            "",
            sample.origin,
        )
    if row.jitter_ms is not None:
        yield from _jitter(call, row, *row.jitter_ms, noted)
    if row.edge == "sdk_edge" and (row.note is not None or "note" in noted):
        noted.add("note")
        said = f"{row.mos:.6g}" if row.mos is not None else ""
        yield Reported(call, row.at, row.edge, {"note": row.note or "", "mos": said})


def named(
    call: str, at: float, edge: str, codec: str | None, described: dict[str, str | None]
) -> Iterator[Described]:
    """Return the streams of an edge whose codec is only known from the summary."""
    for stream, direction in ((IN, "inbound"), (OUT, "outbound")):
        name = f"{edge}/{stream}"
        if codec is not None and name in described and described[name] is None:
            described[name] = codec
            yield Described(call, at, edge, stream, "audio", direction, codec)


def _jitter(call: str, row: Row, mean: float | None, most: float | None, noted: set[str]) -> Iterator[Event]:
    """Return a gateway's jitter as words, since it is no value of the moment; and a line once it is high."""
    parts = [f"{name} {value:.6g} ms" for name, value in (("avg", mean), ("max", most)) if value is not None]
    said = f"{', '.join(parts)} since the start"
    yield Reported(call, row.at, row.edge, {f"jitter_{row.direction}": f"{said} (never falls)"})
    name = f"{row.edge}/{row.direction}"
    if name in noted or mean is None or most is None or mean <= JITTER_AVG_MS or most <= JITTER_MAX_MS:
        return
    noted.add(name)
    line = f"{row.direction} jitter is high: {said}; {NEVER_FALLS}"
    yield Noted(call, row.at, row.edge, "vendor", line, "gateway-jitter")
