"""What one sample does to a stream: values, totals, window, history, and the grade of the stream."""

from __future__ import annotations

from callmon.engine.call import Leg, Stream
from callmon.engine.judging import STILL_S, judge, stopped
from callmon.engine.mos import estimate
from callmon.engine.quality import Grade, Judge, RuleSet
from callmon.engine.rates import Delta
from callmon.engine.summary import Tally
from callmon.model.events import Sampled
from callmon.model.metrics import KEPT

CARRY_S = 15.0
"""How long a value that is told only now and then (RTCP, STUN) still stands for the present."""

DRAWN_S = 6.0
"""How long such a value is drawn; the far end reports each 5 s."""

WINDOWED = (
    "rtt_ms",
    "jitter_ms",
    "mos",
    "bitrate_bps",
    "audio_level",
    "fps",
    "concealment_pct",
    "jitter_buffer_ms",
)
"""Gauges of which the rolling window keeps a mean; loss is kept as packets."""

TOLD_ANEW = frozenset({"loss_pct", "jitter_ms", "bitrate_bps"})
"""Gauges that are of one interval alone, and unknown in the next unless they are told again."""

TALLIED = ("rtt_ms", "jitter_ms", "loss_pct", "mos")
"""Metrics that the summary tells of."""

SAME_REPORT_S = 0.2
"""Objects of one report may differ this much in their timestamps."""

LONGEST_S = 60.0
"""Reports further apart than this are not regular."""

GONE_REPORTS = 1.6
"""A stream that is absent from more reports than this was removed; one may be missing by accident."""


def _is_new(place: Leg | Stream, event: Sampled) -> bool:
    rates, origin, clock = place.rates, event.origin, event.clock
    if not event.parts:
        return rates.is_new(origin, clock, event.identity, event.counters)
    return any(rates.is_new(f"{origin}:{one}", clock, one, counters) for one, counters in event.parts.items())


def _advance(place: Leg | Stream, event: Sampled) -> Delta | None:
    if event.parts:
        return place.rates.advance_parts(event.origin, event.clock, event.parts)
    return place.rates.advance(event.origin, event.clock, event.identity, event.counters)


def is_news(leg: Leg, event: Sampled) -> bool:
    """Return whether a sample says anything of the leg or of its stream that was not known."""
    place = leg if event.stream is None else leg.streams.get(event.stream)
    return place is not None and _is_new(place, event)


def follow(stream: Stream, event: Sampled) -> None:
    """Keep count of a stream of a call that is over, should it live again; no value of it changes."""
    if _is_new(stream, event):
        _advance(stream, event)
        _totals(stream)


def report(leg: Leg, at: float) -> bool:
    """Remember that a report of the leg was taken; return whether it is the first word of it."""
    before = leg.reported_at
    if before is not None and at - before <= SAME_REPORT_S:
        return False
    if before is not None and at - before < LONGEST_S:
        spacing = at - before
        leg.interval_s = spacing if leg.interval_s is None else 0.8 * leg.interval_s + 0.2 * spacing
    leg.reported_at = at
    return True


def let_go(leg: Leg) -> None:
    """Let the streams go that reports come without: what they were says nothing about now."""
    if leg.reported_at is None:
        return
    for stream in leg.streams.values():
        # Each direction may be told of at its own pace.
        spacing = max(leg.interval_s or 1.0, stream.rates.usual_s.get("local", 0.0))
        limit = GONE_REPORTS * spacing + SAME_REPORT_S
        if stream.gone or stream.last_at is None or leg.reported_at - stream.last_at <= limit:
            continue
        stream.gone = True
        stream.windows.clear()
        stream.now = dict.fromkeys(stream.now)
        stream.window = dict.fromkeys(stream.window)
        stream.grade, stream.reason, stream.judge = Grade.UNKNOWN, None, Judge()


def sample(leg: Leg, event: Sampled, rules: RuleSet, over: bool) -> bool:
    """Take a sample of a leg or of one of its streams; return whether it has such a stream.

    With ``over``, after the end of the call, streams are only counted, should it live again.
    """
    if event.origin == "local":
        report(leg, event.at)
    if event.stream is None:
        sample_leg(leg, event)
        return True
    stream = leg.streams.get(event.stream)
    if stream is None:
        return False
    if over:
        follow(stream, event)
    elif event.origin == "remote":
        sample_remote(stream, event)
    else:
        sample_local(leg, stream, event, rules)
    return True


def sample_leg(leg: Leg, event: Sampled) -> None:
    """Take what belongs to the leg as a whole: the round trip of its path and the bandwidth it believes in."""
    if not _is_new(leg, event):
        return
    delta = _advance(leg, event)
    _set(leg, event.at, {key: value for key, value in event.gauges.items() if key != "pair_rtt_ms"})
    measured = delta.gained.get("rtt_count") if delta is not None else None
    if measured is None:
        if "rtt_count" not in event.counters or event.counters["rtt_count"] > 0:
            _set(leg, event.at, {k: v for k, v in event.gauges.items() if k == "pair_rtt_ms"})
    elif measured > 0 and delta is not None:
        mean = delta.ratio("rtt_total_s", "rtt_count")
        _set(leg, event.at, {"pair_rtt_ms": event.gauges.get("pair_rtt_ms") if mean is None else 1000 * mean})


def sample_local(leg: Leg, stream: Stream, event: Sampled, rules: RuleSet) -> bool:
    """Take what the reporting end measured of a stream; return False for a repeat, which changes nothing."""
    if not _is_new(stream, event):
        return False
    usual_s = stream.rates.usual_s.get("local")
    delta = _advance(stream, event)
    stream.gone = False
    own_s = stream.rates.usual_s.get("local", 0.0) if usual_s is None else usual_s
    gap = max(leg.interval_s, own_s) * 3 + 1 if leg.interval_s is not None else None
    before, stream.last_at = stream.last_at, event.at
    if delta is None:
        for key in ("loss_pct", "bitrate_bps", "packets_per_s", "concealment_pct"):
            stream.now[key] = None
    _set(stream, event.at, dict(event.gauges))
    if delta is not None:
        derived = _derived(stream, delta)
        _set(stream, event.at, {k: v for k, v in derived.items() if v is not None or k not in event.gauges})
        if stream.inbound and delta.gained.get("packets") == 0.0:
            stream.now["jitter_ms"] = None
    if not event.counters:
        # A source that tells rates, and not totals, knows none of what it leaves out this time.
        stream.now.update(dict.fromkeys(TOLD_ANEW - event.gauges.keys()))
    _follow_flow(leg, stream, event.at, before, delta)
    _borrow_rtt(leg, stream, event.at)
    _expire(stream, event.at, leg)
    _totals(stream)
    _fill_window(stream, event, delta)
    _judge_mos(leg, stream, event, delta)
    _refresh_window(stream, event.at)
    judge(stream, event.at, rules, leg)
    for key in TALLIED:
        value = stream.now.get(key)
        if value is not None and (stream.inbound or stream.measured_at.get(key) == event.at or key == "mos"):
            stream.tallies.setdefault(key, Tally()).add(event.at, value)
    stream.history.append(event.at, _row(stream, event.at), gap)
    return True


def _row(stream: Stream, at: float) -> dict[str, float | None]:
    """Return what goes into the history: values that were measured lately, so that a gap is a gap."""
    measured = stream.measured_at
    return {
        key: stream.now.get(key) if key == "mos" or at - measured.get(key, at) <= DRAWN_S else None
        for key in KEPT
    }


def sample_remote(stream: Stream, event: Sampled) -> bool:
    """Take what the far end reported (RTCP), on its own clock; a repeat of an old report changes nothing."""
    if not _is_new(stream, event):
        return False
    delta = _advance(stream, event)
    stream.remote_at = event.at
    values: dict[str, float | None] = dict(event.gauges)
    if not stream.inbound and delta is not None and "lost" in delta.gained:
        lost = delta.gained["lost"]
        sent = _sent_since(stream, event.clock)
        if sent is not None and sent > 0:
            # The documented merge of simulcast layers counts what was lost beside what was sent.
            expected = sent + lost if "layers" in stream.attributes else max(sent, lost)
            values["loss_pct"] = 100.0 * lost / expected
            stream.windows.add_loss(event.at, lost, expected)
    _set(stream, event.at, values)
    if stream.borrowed and values.get("rtt_ms") is not None:
        stream.windows.spans.pop("rtt_ms", None)
        stream.borrowed = False
    for key in ("rtt_ms", "jitter_ms"):
        value = values.get(key)
        if value is not None:
            stream.windows.add(event.at, key, value)
    if not stream.inbound:
        for key in ("rtt_ms", "jitter_ms", "loss_pct"):
            value = values.get(key)
            if value is not None:
                stream.tallies.setdefault(key, Tally()).add(event.at, value)
    if stream.history.times:
        stream.history.amend({key: value for key, value in values.items() if key in KEPT})
    if not stream.inbound:
        _totals_remote(stream, event.clock)
    _refresh_window(stream, max(event.at, stream.last_at or event.at))
    return True


def refresh(leg: Leg, now: float) -> None:
    """Let values go that are too old to stand for now, when nothing new came for a while."""
    _expire(leg, now, leg)
    for stream in leg.streams.values():
        if not stream.gone:
            _expire(stream, now, leg)
            _refresh_window(stream, now)


def _derived(stream: Stream, delta: Delta) -> dict[str, float | None]:
    """Return the values that follow from what the counters gained."""
    gained = delta.gained
    values: dict[str, float | None] = {
        "packets_per_s": delta.per_second("packets"),
        "fps": delta.per_second("frames") if "frames" in gained else stream.now.get("fps"),
    }
    rate = delta.per_second("bytes")
    values["bitrate_bps"] = None if rate is None else 8.0 * rate
    concealed = delta.ratio("concealed", "samples")
    values["concealment_pct"] = None if concealed is None else 100.0 * min(1.0, concealed)
    buffered = delta.ratio("buffer_delay_s", "buffer_emitted")
    values["jitter_buffer_ms"] = None if buffered is None else 1000.0 * buffered
    power = delta.ratio("energy", "energy_s")
    if power is not None:
        values["audio_level"] = min(1.0, max(0.0, power) ** 0.5)
    frozen = delta.per_second("freeze_s")
    values["freeze_ms_per_s"] = None if frozen is None else 1000.0 * frozen
    if stream.inbound and "lost" in gained and "packets" in gained:
        expected = gained["packets"] + gained["lost"]
        values["loss_pct"] = 100.0 * gained["lost"] / expected if gained["packets"] > 0 else None
        if "discarded" in gained and gained["packets"] > 0:
            values["discarded_pct"] = min(100.0, 100.0 * gained["discarded"] / gained["packets"])
    return values


def _follow_flow(leg: Leg, stream: Stream, at: float, before: float | None, delta: Delta | None) -> None:
    """Remember when packets last came or went; ``before`` is the time of the last sample.

    Packets that come again came as soon as there was a path again, if that was since the last sample: browsers that
    take no samples without a path would else make an outage longer than others do.
    """
    grew = delta.gained.get("packets") if delta is not None else None
    if grew is None:
        # Over what interval is not known, or from where on, but that there were some is.
        total, known = stream.rates.total("local", "packets"), stream.totals.get("packets", 0.0)
        grew = total - known if total is not None and total > known else None
    if grew is None:
        return
    if grew > 0:
        if stream.still_since is not None and at - stream.still_since >= STILL_S:
            stream.windows.clear()
            if stream.inbound:
                # The first packets after an outage are late by all of it (RFC 3550, A.8): that is no jitter.
                stream.now["jitter_ms"] = None
        if stream.still_since is not None:
            up_at = leg.ice.connected_at
            since_then = up_at is not None and before is not None and before < up_at <= at
            stream.resumed_at = up_at if since_then else at
        stream.flowed_at, stream.still_since = at, None
    elif stream.flowed_at is not None and stream.still_since is None:
        stream.still_since = stream.flowed_at


def _borrow_rtt(leg: Leg, stream: Stream, at: float) -> None:
    """Use the round trip of the selected pair where RTCP tells none: for what is sent, else for what comes."""
    told = stream.measured_at.get("rtt_ms")
    if told is not None and at - told <= CARRY_S and stream.remote_at is not None:
        return
    sends = any(not other.inbound for other in leg.streams.values())
    pair, since = leg.now.get("pair_rtt_ms"), leg.measured_at.get("pair_rtt_ms")
    if pair is None or since is None or at - since > CARRY_S or stream.inbound == sends:
        return
    if told != since:
        stream.windows.add(at, "rtt_ms", pair)
    stream.now["rtt_ms"] = pair
    stream.measured_at["rtt_ms"] = since
    stream.borrowed = True


def _fill_window(stream: Stream, event: Sampled, delta: Delta | None) -> None:
    at, now = event.at, stream.now
    for key in WINDOWED:
        value = now.get(key)
        fresh = stream.measured_at.get(key) == at
        if value is not None and fresh and key not in ("mos",):
            stream.windows.add(at, key, value)
    if stream.inbound and delta is not None and delta.gained.get("packets"):
        lost = delta.gained.get("lost")
        if lost is not None:
            stream.windows.add_loss(at, lost, delta.gained["packets"] + lost)
    elif "loss_pct" in event.gauges and not ("lost" in event.counters and stream.inbound):
        packets = delta.gained.get("packets") if delta is not None else None
        weight = packets if packets else 50.0
        stream.windows.add_loss(at, event.gauges["loss_pct"] / 100.0 * weight, weight)


def _judge_mos(leg: Leg, stream: Stream, event: Sampled, delta: Delta | None) -> None:
    """Take the provider's MOS, else estimate one where packets flow and loss and round trip are known."""
    told = event.gauges.get("provider_mos")
    if told is not None:
        stream.now["mos"], stream.mos_source = told, "provider"
        stream.windows.add(event.at, "mos", told)
        return
    stream.now["mos"] = None
    if stream.kind != "audio" or stream.mos_source == "provider" or stream.flowed_at != event.at:
        return
    if delta is not None and delta.gained.get("samples") == 0.0:
        return  # Nobody plays it: the buffer is thrown away in lots, and nobody hears that.
    loss = stream.now.get("loss_pct")
    rtt = stream.now.get("rtt_ms")
    if rtt is None:
        rtts = [other.now.get("rtt_ms") for other in leg.streams.values()] + [leg.now.get("pair_rtt_ms")]
        rtt = max((value for value in rtts if value is not None), default=None)
    if loss is None or rtt is None:
        return
    jitter = stream.now.get("jitter_ms")
    buffer = stream.now.get("jitter_buffer_ms")
    if buffer is None:
        buffer = 2.0 * jitter if jitter is not None else 0.0
    loss += stream.now.get("discarded_pct") or 0.0
    score = estimate(rtt, buffer, loss, stream.codec)
    stream.now["mos"], stream.mos_source = score, "est-g107"
    stream.windows.add(event.at, "mos", score)


def _refresh_window(stream: Stream, now: float) -> None:
    window = stream.windows
    for key in WINDOWED:
        stream.window[key] = window.mean(key, now)
    stream.window["loss_pct"] = window.loss_pct(now)
    if stopped(stream):
        for key in ("loss_pct", "mos", "jitter_ms") if stream.inbound else ("loss_pct", "mos"):
            stream.window[key] = None
        stream.window["bitrate_bps"] = stream.now.get("bitrate_bps")


def _totals(stream: Stream) -> None:
    rates = stream.rates
    local = rates.last.get("local")
    if local is not None:
        for key in local.counters:
            value = rates.total("local", key)
            if value is not None:
                stream.totals[key] = value


def _totals_remote(stream: Stream, clock: float) -> None:
    """Keep what the far end lost in all, and what had been sent by our own counter when it said so."""
    lost, sent = stream.rates.total("remote", "lost"), _sent_until(stream, clock)
    if lost is not None and sent is not None:
        stream.totals["remote_lost"], stream.totals["remote_sent"] = lost, sent


def _sent_until(stream: Stream, clock: float) -> float | None:
    reading = stream.rates.at("local", "packets", clock)
    return None if reading is None else reading + stream.rates.past.get("local.packets", 0.0)


def _sent_since(stream: Stream, clock: float) -> float | None:
    """Return the packets sent since the far end's last report, by our own counter."""
    sent, before = _sent_until(stream, clock), stream.totals.get("remote_sent")
    return None if sent is None or before is None else sent - before


def _set(place: Leg | Stream, at: float, values: dict[str, float | None]) -> None:
    for key, value in values.items():
        place.now[key] = value
        if value is not None:
            place.measured_at[key] = at


def _expire(place: Leg | Stream, now: float, leg: Leg) -> None:
    """Let values go that are older than ``CARRY_S``, or than two reports of a source that tells less often."""
    carry_s = max(CARRY_S, 2.2 * (leg.interval_s or 0.0))
    for key, value in place.now.items():
        if value is not None and now - place.measured_at.get(key, now) > carry_s:
            place.now[key] = None
