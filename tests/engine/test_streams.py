"""Streams that come, go, restart and count together, from getStats messages to what the call shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.model.frames import Fetch, Frame, Rejected
from callmon.providers.webrtc import WebRTC

T0 = 1_700_000_000.0
Entries = list[dict[str, Any]]


def played(report: Callable[[int], Entries], seconds: Iterable[int], clock: Callable[[int], float]) -> Call:
    """Return the call after a report each second; ``clock`` is the page's time in ms at that second."""
    engine, reader = Engine(), WebRTC()
    for second in seconds:
        body = {"t": clock(second), "stats": [{**one, "timestamp": clock(second)} for one in report(second)]}
        items = list(reader.read(Frame("webrtc", T0 + second, "snapshot", body, {"call": "c"})))
        assert not any(isinstance(item, Rejected | Fetch) for item in items)
        engine.fold([item for item in items if not isinstance(item, Rejected | Fetch)], T0 + second)
    return engine.calls["c"]


def steady(second: int) -> float:
    """Return the time of a page whose clock nobody touches."""
    return (T0 + second) * 1000


def inbound(ssrc: int, packets: float, lost: float = 0) -> dict[str, Any]:
    return {
        "id": f"IT{ssrc}",
        "type": "inbound-rtp",
        "kind": "audio",
        "ssrc": ssrc,
        "packetsReceived": packets,
        "packetsLost": lost,
        "bytesReceived": 80 * packets,
        "jitter": 0.003,
    }


def layer(rid: str, packets: float) -> dict[str, Any]:
    return {
        "id": f"OT{rid}",
        "type": "outbound-rtp",
        "kind": "video",
        "ssrc": ord(rid),
        "rid": rid,
        "mid": "1",
        "packetsSent": packets,
        "bytesSent": 1000 * packets,
    }


def test_a_stream_that_is_gone_judges_nothing_and_adds_nothing() -> None:
    def report(second: int) -> Entries:
        if second < 30:
            return [inbound(1, 45 * second, 5 * second)]
        return [inbound(9, 50 * (second - 30))]

    call = played(report, range(90), steady)
    assert call.grade == "good"
    assert call.reason is None
    assert call.metrics["loss_pct"] == 0.0
    assert call.metrics["bitrate_in_bps"] == 32_000
    old, new = call.legs["pc"].streams.values()
    assert old.gone and not new.gone
    assert old.totals["packets"] == 45 * 29


def test_a_stream_may_be_missing_from_one_report() -> None:
    def report(second: int) -> Entries:
        return [inbound(2, 50 * second), *([inbound(1, 50 * second)] if second % 10 else [])]

    call = played(report, range(60), steady)
    assert not any(stream.gone for stream in call.legs["pc"].streams.values())
    assert call.grade == "good" and not call.issues


def test_layers_that_come_and_go_are_counted_once() -> None:
    def report(second: int) -> Entries:
        layers = [layer("q", 10 * second), layer("h", 20 * second)]
        if second >= 30:
            layers.append(layer("f", 40 * (second - 30)))
        if second % 10 == 5:
            del layers[0]
        return layers[::-1] if second % 2 else layers

    call = played(report, range(60), steady)
    (stream,) = call.legs["pc"].streams.values()
    assert stream.totals["packets"] == 10 * 59 + 20 * 59 + 40 * 29
    assert stream.now["bitrate_bps"] == 8 * 1000 * (10 + 20 + 40)


def test_a_clock_that_is_set_back_loses_no_packet_and_counts_none_twice() -> None:
    for step_s in (30, 120):

        def clock(second: int, step_s: int = step_s) -> float:
            return steady(second) - (step_s * 1000 if second >= 30 else 0)

        call = played(lambda second: [inbound(1, 50 * second)], range(60), clock)
        (stream,) = call.legs["pc"].streams.values()
        assert stream.totals["packets"] == 50 * 59
        assert stream.window["bitrate_bps"] == 32_000


def test_one_bad_second_is_in_the_chart_and_not_in_the_grade() -> None:
    def report(second: int) -> Entries:
        return [inbound(1, 50 * second, 50 if second >= 40 else 0)]

    call = played(report, range(90), steady)
    assert "poor" not in call.grade_seconds and "fair" not in call.grade_seconds
    assert not call.issues


def test_a_broken_call_says_which_issue_broke_it() -> None:
    def report(second: int) -> Entries:
        return [inbound(1, 50 * min(second, 20))]

    call = played(report, range(40), steady)
    assert call.grade == "poor"
    assert call.reason is not None
    assert (call.reason.metric, call.reason.op, call.reason.direction) == ("media-stopped", "is", "inbound")
    assert call.metrics.get("loss_pct") is None and call.metrics.get("mos") is None
