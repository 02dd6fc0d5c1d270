"""Which charts a call has, and over which span of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.quality import Levels
from callmon.model.metrics import METRICS
from callmon.query import format as fmt
from callmon.tui.dossier import grave, leg_name
from callmon.tui.limits import limits
from callmon.tui.spans import SPANS
from callmon.tui.times import Times
from callmon.tui.widgets.plot import FRESH_S, Curve, Figure, Mark

CURVES = 4
"""More curves than this in one chart cannot be told apart; the worst are shown."""

_ALWAYS = ("rtt_ms", "jitter_ms", "loss_pct", "bitrate_bps")
_AUDIO = ("mos", "audio_level")
_VIDEO = ("fps",)


class Period(NamedTuple):
    """The part of time that charts show, in epoch seconds."""

    since: float
    until: float


def span_words(seconds: float) -> str:
    """Return a span in words: ``5 min``, ``30 s``, ``3:44``, ``the whole call``."""
    if not seconds:
        return "the whole call"
    if seconds < 60:
        return f"{fmt.number(seconds)} s"
    return fmt.duration(seconds) if seconds % 60 else f"{fmt.number(seconds / 60)} min"


def span(call: Call, seconds: float, now: float) -> Period:
    """Return the part of time to show: ``seconds`` up to the last news, less where the call is younger.

    While frames come, time goes on with them and not with the clock, so that nothing is drawn without news.
    Of a call that has fallen silent the silence itself is the news: time goes on in steps of a sixtieth.
    """
    if call.over:
        newest = _newest(call)
        until = newest if (call.ended_at or 0.0) - newest < FRESH_S else (call.ended_at or newest)
        lasted = max(1.0, until - call.started_at)
        return Period(until - (min(seconds, lasted) if seconds else lasted), until)
    until = _newest(call)
    if call.state == "stale":
        step = max(1.0, (seconds or now - call.started_at) / 60)
        until = call.last_frame_at + (now - call.last_frame_at) // step * step
    lasted = max(SPANS[0], until - call.started_at)
    return Period(until - (min(seconds, lasted) if seconds else lasted), until)


def _newest(call: Call) -> float:
    """Return when the newest sample was taken; or the newest frame came, where samples have stopped."""
    taken = [
        stream.last_at for leg in call.legs.values() for stream in leg.streams.values() if stream.last_at
    ]
    newest = max(taken, default=call.last_frame_at)
    return newest if call.last_frame_at - newest < FRESH_S else call.last_frame_at


def choice(call: Call, direction: str, leg: str | None) -> list[tuple[str, Stream]]:
    """Return the streams that have a curve, with their names, in the order of the call.

    Of one leg these are its streams; of all legs (``leg`` None) the worst stream of each. Where there are more
    than can be told apart, the worst are taken.
    """
    legs = [call.legs[leg]] if leg in call.legs else list(call.legs.values())
    if len(legs) > 1:
        found = [(leg_name(one), max(own, key=_badness)) for one in legs if (own := _streams(one, direction))]
    else:
        found = [(_name(stream, one), stream) for one in legs for stream in _streams(one, direction)]
    worst = sorted(found, key=lambda entry: _badness(entry[1]), reverse=True)[:CURVES]
    return [entry for entry in found if entry in worst]


def _streams(leg: Leg, direction: str) -> list[Stream]:
    return [stream for stream in leg.streams.values() if stream.direction == direction]


def _badness(stream: Stream) -> tuple[int, bool]:
    return stream.grade.rank, stream.kind == "audio"


def _name(stream: Stream, leg: Leg) -> str:
    kinds = [other.kind for other in _streams(leg, stream.direction)]
    return stream.kind if kinds.count(stream.kind) == 1 else f"{stream.kind} {stream.id}"


def metrics(call: Call, direction: str, leg: str | None) -> tuple[str, ...]:
    """Return the metrics that have a chart in one direction; none where nothing goes that way."""
    streams = [stream for _, stream in choice(call, direction, leg)]
    if not streams:
        return ()
    found = list(_ALWAYS)
    found += [key for key in _AUDIO if any(key in stream.history.columns for stream in streams)]
    found += [key for key in _VIDEO if any(stream.kind == "video" for stream in streams)]
    if len(found) % 2 and len(found) > 6:
        found.remove("mos")
    return tuple(found)


def when(calls: Sequence[Call]) -> str:
    """Return in a word of when the newest values of calls are: of now, or the last ones where no more come now."""
    return "last" if all(call.over or call.unheard for call in calls) else "now"


def figures(
    call: Call,
    direction: str,
    leg: str | None,
    shown: Period,
    levels: Mapping[str, Levels],
    times: Times,
) -> list[Figure]:
    """Return the charts of one direction of a call, or of one of its legs, with the limits that hold."""
    marks = tuple(Mark(moment.at, grave(moment)) for moment in call.timeline)
    known = limits(levels)
    found = []
    for key in metrics(call, direction, leg):
        metric = METRICS[key]
        curves = _curves(call, key, direction, leg, shown)
        origin = None if times is Times.CLOCK else call.started_at
        found.append(
            Figure(
                key,
                metric.title,
                metric.unit,
                metric.chart,
                *shown,
                curves,
                known.get(key),
                marks,
                origin,
                when=when([call]),
                lapsed=any(
                    one.history.lapsed(key, shown.since) for _, one in _drawn(call, key, direction, leg)
                ),
            )
        )
    return found


def _curves(call: Call, key: str, direction: str, leg: str | None, shown: Period) -> tuple[Curve, ...]:
    """Return the curves of a metric; one without values keeps its place, so that all charts look alike."""
    chosen = _drawn(call, key, direction, leg)
    named = len(chosen) > 1
    return tuple(
        Curve(name if named else "", stream.history.points(key, shown.since - FRESH_S, shown.until))
        for name, stream in chosen
    )


def _drawn(call: Call, key: str, direction: str, leg: str | None) -> list[tuple[str, Stream]]:
    """Return the streams of which a metric has a curve.

    The round trip belongs to a path and is told by one end only: where this direction has none, the other's
    is shown.
    """
    chosen = choice(call, direction, leg)
    if key == "rtt_ms" and not any(key in stream.history.columns for _, stream in chosen):
        return choice(call, "outbound" if direction == "inbound" else "inbound", leg)
    return chosen


def columns(width: int, count: int) -> int:
    """Return how many charts stand side by side."""
    wanted = 1 if width < 66 else 2 if width < 150 else 3
    return max(1, min(wanted, count))


def height(room: int, count: int, across: int) -> int:
    """Return how many lines of ``room`` the charts take: all of a small screen, most of a large one."""
    rows = -(-count // across)
    wanted = room if room < 26 else max(26, room * (62 if room > 44 else 55) // 100)
    return rows * max(5, min(16, (wanted - 2) // rows)) + 2


def key(call: Call, sequence: Sequence[object]) -> tuple[object, ...]:
    """Return what decides whether the charts of a call must be drawn again."""
    return (call.id, call.frames, call.state, len(call.timeline), call.moments_dropped, *sequence)
