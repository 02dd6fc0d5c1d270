"""What samples do to a stream: reports that grow old, layers of one sender, scores, and values that end."""

from __future__ import annotations

from typing import Any

import pytest

from callmon.engine.call import Leg, Stream
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS
from callmon.engine.sampling import CARRY_S
from callmon.model.events import Described, Joined, Opened, Reported, Sampled
from callmon.model.frames import Frame
from tests.engine.peer import START, Listener, Peer


def played(
    seconds: int, listener: Listener | None = None, peer: Peer | None = None, **parts: Any
) -> tuple[Listener, Peer]:
    listener, peer = listener or Listener(), peer or Peer()
    peer.become(parts)
    for _ in range(seconds):
        listener.take(peer.frame())
    return listener, peer


def leg(listener: Listener) -> Leg:
    return listener.engine.calls["c"].legs["pc"]


def stream(listener: Listener, id: str) -> Stream:
    return leg(listener).streams[id]


def test_values_are_those_that_were_sent() -> None:
    listener, _ = played(30, in_audio={"loss": 0.1, "buffer": 0.08, "concealed": 0.02})
    found = stream(listener, "in-audio-11")
    assert found.window["loss_pct"] == pytest.approx(10, abs=0.5)
    assert found.window["bitrate_bps"] == pytest.approx(32_000, rel=0.02)
    assert found.now["packets_per_s"] == pytest.approx(45, abs=1)
    assert found.now["jitter_ms"] == pytest.approx(5)
    assert found.now["jitter_buffer_ms"] == pytest.approx(80, rel=0.01)
    assert found.now["concealment_pct"] == pytest.approx(2, rel=0.01)
    assert listener.engine.calls["c"].metrics["loss_pct"] == found.window["loss_pct"]


def test_an_old_report_is_carried_with_its_age_and_never_counted_again() -> None:
    listener, peer = played(12, out_audio={"loss": 0.1, "report": 5.0})
    sent = stream(listener, "out-audio-21")
    told, loss, count = sent.remote_at, sent.now["loss_pct"], sent.tallies["loss_pct"].count
    assert told == START + 11
    assert loss == pytest.approx(10, abs=0.5)
    played(3, listener, peer)
    assert (sent.remote_at, sent.now["loss_pct"], sent.tallies["loss_pct"].count) == (told, loss, count)
    assert sent.windows.sums()[1] == pytest.approx(500, rel=0.03), (
        "what was sent between the two reports, once"
    )
    assert sent.now["rtt_ms"] == pytest.approx(30)


def test_a_report_that_is_too_old_stands_for_nothing() -> None:
    listener, peer = played(12, out_audio={"rtt": 0.25})
    played(int(CARRY_S) + 6, listener, peer, out_audio={"report": 0}, pair={"absent": True})
    assert stream(listener, "out-audio-21").now["rtt_ms"] is None
    assert stream(listener, "out-audio-21").now["loss_pct"] is None


def test_loss_of_what_is_sent_is_over_what_was_sent_between_two_reports_whatever_the_poll() -> None:
    for every in (1, 2, 4):
        listener, peer = Listener(), Peer()
        peer.become({"out_audio": {"loss": 0.05, "report": 5.0}})
        for _ in range(60 // every):
            listener.take(peer.frame(float(every)))
        assert stream(listener, "out-audio-21").window["loss_pct"] == pytest.approx(5, abs=0.5)


def test_a_stalled_stream_has_no_loss_and_no_score() -> None:
    listener, peer = played(10)
    assert stream(listener, "in-audio-11").window["mos"] == pytest.approx(4.41, abs=0.01)
    played(6, listener, peer, in_audio={"pps": 0, "concealed": 1.0})
    found = stream(listener, "in-audio-11")
    assert (found.now["loss_pct"], found.now["mos"]) == (None, None)
    assert (found.window["loss_pct"], found.window["mos"]) == (None, None)
    assert found.grade.value == "unknown"
    assert listener.engine.calls["c"].grade.value == "poor", "nothing can be heard"


def test_a_stream_without_a_packet_has_no_grade() -> None:
    listener, _ = played(
        4, in_audio={"absent": True}, out_audio={"pps": 0, "report": 0}, transport={"dtlsState": "connecting"}
    )
    assert listener.engine.calls["c"].grade.value == "unknown"


def test_no_score_where_nobody_plays_what_arrives() -> None:
    listener, peer = Listener(), Peer()
    thrown = []
    for second in range(10):
        frame = peer.frame()
        for entry in frame.body["stats"]:
            if entry["type"] == "inbound-rtp":
                entry["totalSamplesReceived"] = 0
                entry["packetsDiscarded"] = 200 * (second // 4)
        listener.take(frame)
        thrown.append(stream(listener, "in-audio-11").now.get("discarded_pct"))
    found = stream(listener, "in-audio-11")
    assert found.now["mos"] is None
    assert "mos" not in found.tallies
    assert max(value for value in thrown if value is not None) == 100, "of what arrived, not more"


def test_an_estimate_is_named_as_one() -> None:
    listener, _ = played(5)
    assert stream(listener, "in-audio-11").mos_source == "est-g107"


def reported(*gauges: dict[str, float], rules: str = "telnyx") -> Stream:
    """A stream of a source that gives values and no counters."""
    engine = Engine(RULE_SETS[rules])
    for second, values in enumerate(gauges):
        at = START + second
        engine.fold(
            [
                Opened("c", at, "vendor"),
                Joined("c", at, "edge", "edge"),
                Described("c", at, "edge", "in", "audio", "inbound", codec="PCMU"),
                Sampled("c", at, "edge", "in", at, values, {"packets": 50.0 * second + 50}),
            ],
            at,
        )
    return engine.calls["c"].legs["edge"].streams["in"]


def test_the_score_of_the_provider_stands_above_ours() -> None:
    found = reported(*[{"provider_mos": 3.9, "rtt_ms": 20.0, "loss_pct": 0.0}] * 5)
    assert (found.now["mos"], found.mos_source) == (3.9, "provider")
    assert found.window["mos"] == 3.9


def test_loss_given_as_a_value_is_weighted_by_packets() -> None:
    found = reported(*[{"loss_pct": 4.0}] * 10)
    assert found.window["loss_pct"] == pytest.approx(4)


def test_rule_sets_judge_the_same_samples_differently() -> None:
    values = [{"rtt_ms": 350.0, "jitter_ms": 10.0, "loss_pct": 0.5}] * 10
    assert reported(*values).grade.value == "poor"
    assert reported(*values, rules="twilio-voice").grade.value == "good"
    voice = reported(*[{"loss_pct": 2.0, "provider_mos": 4.2}] * 10, rules="twilio-voice")
    assert voice.grade.value == "poor"
    assert voice.reason is not None
    assert (voice.reason.metric, voice.reason.limit) == ("loss_pct", 1)


def test_twilio_video_judges_the_whole_call() -> None:
    listener = Listener(Engine(RULE_SETS["twilio-video"]))
    peer = Peer()
    played(60, listener, peer, in_audio={"loss": 0.1})
    assert stream(listener, "in-audio-11").grade.value == "poor"
    played(90, listener, peer, in_audio={"loss": 0.0})
    assert stream(listener, "in-audio-11").grade.value == "good", "6 of 150 s: 4 %"


def test_daily_judges_by_the_words_of_the_provider() -> None:
    engine = Engine(RULE_SETS["daily"])
    grades = []
    for second, word in enumerate(("good", "warning", "bad", "odd")):
        at = START + second
        engine.fold(
            [Opened("c", at, "daily"), Joined("c", at, "p"), Reported("c", at, "p", {"network_state": word})],
            at,
        )
        grades.append(engine.calls["c"].grade.value)
    assert grades == ["good", "fair", "poor", "unknown"]


def simulcast(second: int, lost: tuple[int, int]) -> Frame:
    """Three layers of one sender, the third switched off; packets of 30 and 60 a second."""
    at = START + second
    body: list[dict[str, Any]] = []
    layers = (("q", 30, 1000, lost[0], 0.02), ("h", 60, 4000, lost[1], 0.08), ("f", 0, 0, 0, 0.5))
    for number, (rid, pps, size, gone, rtt) in enumerate(layers):
        common = {"timestamp": at * 1000, "ssrc": 100 + number, "kind": "video"}
        body.append(
            common
            | {"type": "outbound-rtp", "id": f"O{number}", "rid": rid, "mid": "1", "active": rid != "f"}
            | {"packetsSent": pps * second, "bytesSent": size * second, "frameHeight": 180 * (number + 1)}
            | {"framesPerSecond": 20 + number, "targetBitrate": 100_000, "qualityLimitationReason": "none"}
        )
        if rid != "f":
            body.append(
                common
                | {
                    "type": "remote-inbound-rtp",
                    "id": f"R{number}",
                    "packetsLost": gone,
                    "roundTripTime": rtt,
                }
            )
    return Frame("webrtc", at, "snapshot", {"t": at * 1000, "stats": body}, {"call": "c"})


def test_the_layers_of_a_sender_are_one_stream() -> None:
    listener = Listener()
    for second in range(1, 31):
        listener.take(simulcast(second, (3 * second, 6 * second)))
    (found,) = leg(listener).streams.values()
    assert found.id == "out-video-1"
    assert found.attributes["layers"] == "3"
    assert found.now["bitrate_bps"] == pytest.approx(8 * 5000)
    assert found.now["rtt_ms"] == pytest.approx(80), "the greatest"
    assert found.now["loss_pct"] == pytest.approx(100 * 9 / (90 + 9)), "lost over lost and sent"
    assert found.now["target_bps"] == 200_000, "of the layers that are on"
    assert found.now["frame_height"] == 360, "of the largest layer that is on"
    assert found.now["active"] == 1


def test_one_layer_that_is_switched_on_later_is_no_reset_of_the_call() -> None:
    listener = Listener()
    for second in range(1, 5):
        frame = simulcast(second, (0, 0))
        if second < 3:
            frame.body["stats"] = [entry for entry in frame.body["stats"] if entry["id"] in ("O0", "R0")]
        listener.take(frame)
    (found,) = leg(listener).streams.values()
    assert found.now["bitrate_bps"] == pytest.approx(8 * 5000)


def test_two_streams_of_one_kind_are_worst_and_sum() -> None:
    listener, _ = played(20, in_video={"absent": False, "loss": 0.05, "kbps": 800})
    metrics = listener.engine.calls["c"].metrics
    assert metrics["loss_pct"] == pytest.approx(5, abs=0.5)
    assert metrics["bitrate_in_bps"] == pytest.approx(832_000, rel=0.02)
    assert metrics["bitrate_out_bps"] == pytest.approx(32_000, rel=0.02)


def test_a_call_that_falls_silent_is_stale_and_comes_back() -> None:
    listener, peer = played(10)
    call = listener.engine.calls["c"]
    for _ in range(10):
        peer.at += 1
        listener.engine.tick(peer.at)
    assert (call.state, call.grade.value) == ("stale", "unknown")
    played(2, listener, peer)
    assert call.state == "live"
    assert any(moment.text == "frames come again" for moment in call.timeline)


def test_time_is_counted_in_each_grade() -> None:
    listener, peer = played(30)
    played(30, listener, peer, in_audio={"loss": 0.2})
    call = listener.engine.calls["c"]
    assert sum(call.grade_seconds.values()) == pytest.approx(call.duration_s(peer.at), abs=0.01)
    assert call.grade_seconds["good"] == pytest.approx(32, abs=4)
    assert call.grade_seconds["poor"] > 20
