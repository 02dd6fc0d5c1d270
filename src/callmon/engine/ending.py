"""When a call is over, and what is said of it then: state, end reason, provisional summary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from callmon.engine.call import Call, End, Leg, Moment, Stream
from callmon.engine.diagnosis import ENDINGS, FAILURES, SEVERITY
from callmon.engine.judging import loss_of_call
from callmon.engine.quality import Grade
from callmon.engine.summary import Spread, Summary, Tally
from callmon.engine.tree import Tree
from callmon.model.events import Closed, Left, Reported

REASONS = {
    "closed": "closed on this side",
    "closed-by-remote": "closed by the far end",
    "dropped": "connection dropped",
    "ice-failed": "ICE failed",
    "no-candidates": "no candidates",
    "dtls-failed": "DTLS failed",
    "dtls-stuck": "DTLS never completed",
}
"""Why a call ended, by the verdict on its connection."""

SPREADS = ("rtt_ms", "jitter_ms", "loss_pct", "mos")
"""Metrics of a summary that have a mean and a worst value."""

COUNTED = ("packets.", "bytes.")
"""Figures that are added up over the legs of a call, of whose edges only one counts."""

PACKETS = ("packets.sent", "packets.received")
"""Figures of a provider that say which edge saw most."""

EDGE = "edge"
"""The role of a leg that is one place at which the same media is seen: what two of them count is no sum."""

BEST_EDGE = "sdk_edge"
"""The edge whose counts are taken where it has any: it is the end of the call, and counts bytes as well."""

_SEVERITY = {verdict: number for number, verdict in enumerate(SEVERITY)}


class Fate(NamedTuple):
    """Whether legs are over, and which of them is worst off.

    ``stays`` is whether no other took the place of them: one that was replaced is over, and says nothing of the
    call. ``end`` is state, time and reason of the last, None while one is not over. ``worst`` is the leg that is
    worst off and ``rank`` how well it is, None where nothing is known of ICE.
    """

    stays: bool
    end: tuple[str, float, str | None] | None
    rank: tuple[bool, int] | None
    worst: str


def _fate(leg: Leg) -> Fate:
    rank = None
    if leg.diagnosis is not None and leg.ice.seen:
        rank = leg.left_at is not None or leg.ice.closed_at is not None, _SEVERITY[leg.diagnosis.verdict]
    return Fate(leg.replaced_at is None, _leg_end(leg), rank, leg.id)


def _joined(one: Fate, other: Fate) -> Fate:
    if one.stays != other.stays:
        return one if one.stays else other
    end = None
    if one.end is not None and other.end is not None:
        end = other.end if other.end[1] > one.end[1] else one.end
    worse = other if other.rank is not None and (one.rank is None or other.rank < one.rank) else one
    return Fate(one.stays, end, worse.rank, worse.worst)


def fate(
    call: Call, legs: Iterable[str] | None = None
) -> tuple[tuple[str, float, str | None] | None, str | None]:
    """Return state, time and reason when every leg of a call is over, else None, and the leg that is worst off.

    Of the legs only ``legs`` have changed since it was last asked (None: any). A call of which the provider tells
    the end is over when it says so, whoever has left before.
    """
    whole = call.fates.put({leg.id: _fate(leg) for leg in call.changed(call.fates, legs)}, _joined)
    end = _told_end(call) if call.lasts else whole.end if whole is not None else None
    if whole is None:
        return end, None
    return end, whole.worst if whole.rank is not None else next(iter(call.legs))


def _told_end(call: Call) -> tuple[str, float, str | None] | None:
    told = call.told_end
    if told is None:
        return None
    return "failed" if told.failed else "ended", max(told.at, call.started_at), told.reason


def is_another(call: Call, end: tuple[str, float, str | None], legs: Iterable[str]) -> bool:
    """Return whether a call that is over ended otherwise than was taken for it.

    Its provider says so, or one of ``legs``, which were told of now, left after that. A connection tells by itself
    when it was over.
    """
    if call.lasts:
        return end != (call.state, call.ended_at, call.end_reason)
    later = call.ended_at is not None and end[1] > call.ended_at
    return later and any(
        leg.left_at == end[1] and not leg.ice.seen for leg in map(call.legs.__getitem__, legs)
    )


def was_told(call: Call, leg: Leg) -> bool:
    """Return whether the end of a call was told, and did not follow from a connection that is over by itself."""
    return call.lasts or not leg.ice.seen


def begin_earlier(call: Call, at: float) -> None:
    """Let a call have begun at an earlier time than was known; of the time before that nothing is known."""
    if call.graded_at is not None:
        unknown = Grade.UNKNOWN.value
        call.grade_seconds[unknown] = call.grade_seconds.get(unknown, 0.0) + call.started_at - at
    call.started_at = at
    if call.summary is not None:
        call.summary = summarise(call, call.last_frame_at)


def close(call: Call, event: Closed) -> None:
    """Let all leave who are still there; what was told of the end of a call before is told anew."""
    end = End(event.at, event.reason, event.failed)
    if call.lasts:
        call.told_end = end
    for leg in call.legs.values():
        if leg.left_at is None or leg.left_with_call:
            _leave(leg, end)
            leg.left_with_call = call.lasts
    call.shares, call.fates = Tree(), Tree()  # of every leg


def leave_late(call: Call, leg: Leg) -> None:
    """Let a leg that is told of after the end of its call have left with it, until more is told."""
    if call.told_end is not None and leg.left_at is None:
        _leave(leg, call.told_end)
        leg.left_with_call = True


def leave(call: Call, leg: Leg, event: Left) -> None:
    """Let a leg leave; what is told of itself counts more than that the call was over."""
    if leg.left_at is None or leg.left_with_call:
        _leave(leg, event)
        leg.left_by, leg.left_with_call = event.by, False
        call.note(Moment(event.at, "call", f"{leg.label or leg.id} left", leg.id))


def _leave(leg: Leg, event: End | Left) -> None:
    leg.left_at, leg.left_reason, leg.left_failed = event.at, event.reason, event.failed


def _leg_end(leg: Leg) -> tuple[str, float, str | None] | None:
    verdict = leg.diagnosis.verdict if leg.diagnosis is not None else "unknown"
    ice = leg.ice
    if verdict in FAILURES and (
        ice.failed_at is not None or leg.left_at is not None or verdict != "no-candidates"
    ):
        at = ice.failed_at or ice.lost_at or leg.left_at or leg.last_at or leg.joined_at
        return "failed", at, REASONS[verdict]
    if verdict == "closed-by-remote":
        return "ended", ice.dtls_closed_at or ice.closed_at or leg.last_at or leg.joined_at, REASONS[verdict]
    if verdict in ENDINGS and ice.closed_at is not None:
        return "ended", ice.closed_at, leg.left_reason or REASONS[verdict]
    if leg.left_at is not None:
        if verdict == "dtls-stuck":
            return "failed", leg.left_at, REASONS[verdict]
        state = "failed" if leg.left_failed else "ended"
        return state, leg.left_at, leg.left_reason or REASONS.get(verdict)
    return None


def summarise(call: Call, now: float) -> Summary:
    """Return the end-of-call report from our own frames; it is provisional until the provider's comes."""
    streams = [stream for leg in call.legs.values() for stream in leg.streams.values()]
    again = _counted_again(call)
    counted = [s for leg in call.legs.values() if leg.id not in again for s in leg.streams.values()]
    diagnosis = call.diagnosis()
    sources = {stream.mos_source for stream in streams if stream.mos_source is not None}
    codec = next((s.codec for s in streams if s.kind == "audio" and s.codec), None)
    summary = Summary(
        status="final" if call.told_status == "final" else "provisional",
        duration_s=call.duration_s(now),
        end_reason=call.end_reason,
        verdict=diagnosis.verdict if diagnosis is not None else "unknown",
        codec=codec or next((stream.codec for stream in streams if stream.codec), None),
        rtt_ms=_worst(streams, "rtt_ms"),
        jitter_ms=_worst(streams, "jitter_ms"),
        loss_pct=_loss(streams),
        mos=_worst(streams, "mos", high=False),
        mos_source="provider" if "provider" in sources else next(iter(sources), None),
        packets={
            "sent": _total(counted, "packets", _sent),
            "received": _total(counted, "packets", _received),
            "lost": _total(counted, "lost", _received),
        },
        bytes={"sent": _total(counted, "bytes", _sent), "received": _total(counted, "bytes", _received)},
        time_in_grade_s=dict(call.grade_seconds),
        told=_told(call, again),
        told_status=call.told_status,
    )
    ours = [spread for key in SPREADS if (spread := getattr(summary, key)).avg is not None]
    _complete(summary)
    for spread in ours:
        _widen(spread)
    return summary


def take_summary(call: Call, event: Reported) -> None:
    """Take what the provider says in its summary of a call, and note what it says differently now."""
    before, call.told_status = call.told_status, event.status or call.told_status
    told = call.told.setdefault(event.leg or "", {})
    for line in _corrections(told, event.figures):
        call.note(Moment(event.at, "vendor", f"the provider's summary: {line}", event.leg, "summary"))
    told.update(event.figures)
    if call.told_status != before:
        call.note(
            Moment(event.at, "vendor", f"the provider's summary is {call.told_status}", None, "summary")
        )
    if call.summary is not None:
        call.summary = summarise(call, event.at)


def _corrections(old: Mapping[str, float], new: Mapping[str, float]) -> list[str]:
    """Return what a provider says differently now, one figure to a line."""
    return [
        f"{key.replace('_', ' ').replace('.', ', ')}: {old[key]:.6g} → {value:.6g}"
        for key, value in new.items()
        if key in old and abs(old[key] - value) > 1e-9 * max(1.0, abs(value))
    ]


def _counted_again(call: Call) -> set[str]:
    """Return the edges that count what another one counts too: all but one, the best by our frames or by theirs."""
    edges = [leg for leg in call.legs.values() if leg.role == EDGE]
    ours = {leg.id: _packets(leg) for leg in edges}
    theirs = {
        leg.id: sum(value for key, value in call.told.get(leg.id, {}).items() if key in PACKETS)
        for leg in edges
    }
    for counts in (ours, theirs):
        known = [id for id, count in counts.items() if count > 0]
        if known:
            best = max(known, key=lambda id: (id == BEST_EDGE, counts[id], id))
            return {leg.id for leg in edges} - {best}
    return set()


def _packets(leg: Leg) -> float:
    return sum(stream.totals.get("packets", 0.0) for stream in leg.streams.values())


def _told(call: Call, again: set[str]) -> dict[str, float]:
    """Return the provider's figures over all legs: the worst of each, and the sum of what is counted once."""
    found: dict[str, float] = {}
    for leg, figures in call.told.items():
        for key, value in figures.items():
            if leg in again and key.startswith(COUNTED):
                continue
            if key not in found:
                found[key] = value
            elif key.startswith(COUNTED):
                found[key] += value
            else:
                found[key] = min(found[key], value) if key.startswith("mos") else max(found[key], value)
    return found


def _complete(summary: Summary) -> None:
    """Put the provider's figures where our own frames say nothing."""
    for key, value in summary.told.items():
        name, _, part = key.partition(".")
        if name in ("packets", "bytes"):
            counted = summary.packets if name == "packets" else summary.bytes
            if part in counted and counted[part] is None:
                counted[part] = value
        elif name in SPREADS and part in ("avg", "p95", "max"):
            spread: Spread = getattr(summary, name)
            if getattr(spread, part) is None:
                setattr(spread, part, value)
                if name == "mos":
                    summary.mos_source = summary.mos_source or "provider"


def _widen(spread: Spread) -> None:
    """Let the extremes be no nearer than our own mean, at a time that is not known.

    The mean may know of more than what was measured in intervals: the counters of loss hold what was lost before the
    first report of a stream, over a gap, and while not one packet came. Somewhere in that it was at least as bad as
    the mean. What a provider tells stays as it told it.
    """
    if spread.avg is not None and spread.max is not None and spread.max < spread.avg:
        spread.max, spread.max_at = spread.avg, None
    if spread.avg is not None and spread.min is not None and spread.min > spread.avg:
        spread.min, spread.min_at = spread.avg, None


def _sent(stream: Stream) -> bool:
    return not stream.inbound


def _received(stream: Stream) -> bool:
    return stream.inbound


def _total(streams: list[Stream], key: str, which: Callable[[Stream], bool]) -> float | None:
    values = [stream.totals[key] for stream in streams if which(stream) and key in stream.totals]
    return max(0.0, sum(values)) if values else None


def _spread(tally: Tally) -> Spread:
    mean = tally.mean()
    if mean is not None and tally.most is not None and tally.least is not None:
        mean = min(tally.most, max(tally.least, mean))  # of equal values the mean may be another by rounding
    return Spread(mean, tally.quantile(0.95), tally.most, tally.most_at, tally.least, tally.least_at)


def _worst(streams: list[Stream], key: str, *, high: bool = True) -> Spread:
    """Return the spread of the stream with the worst mean."""
    tallies = [
        stream.tallies[key] for stream in streams if key in stream.tallies and stream.tallies[key].count
    ]
    if not tallies:
        return Spread()
    sign = 1.0 if high else -1.0
    return _spread(max(tallies, key=lambda tally: sign * (tally.mean() or 0.0)))


def _loss(streams: list[Stream]) -> Spread:
    """Return the loss of the worst stream; its average is that of the counters, not of the samples (``_widen``)."""
    known = [(loss, stream) for stream in streams if (loss := loss_of_call(stream)) is not None]
    if not known:
        return _worst(streams, "loss_pct")
    loss, stream = max(known, key=lambda pair: pair[0])
    tally = stream.tallies.get("loss_pct")
    spread = _spread(tally) if tally is not None and tally.count else Spread()
    spread.avg = loss
    return spread
