"""The Telnyx dialect: both shapes of its stats frame, its words, warnings and hang-ups."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.engine import Engine
from callmon.model import codec
from callmon.model.events import Closed, Event, Joined, Noted, Opened, Reported, Sampled
from callmon.model.frames import Fetch, Frame, Json, Rejected
from callmon.providers.provider import Watched
from callmon.providers.telnyx import Telnyx
from callmon.providers.telnyx.shapes import FLAT, MOBILE, NESTED, epoch_s
from callmon.providers.telnyx.words import contradiction

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
AT = 1787566550.5

E = TypeVar("E")


def frame(body: Json, at: float = AT, **about: str) -> Frame:
    return Frame("telnyx", at, "frame", body, about, "test")


def read(body: Json, at: float = AT, **about: str) -> list[Event | Fetch | Rejected]:
    return list(Telnyx().read(frame(body, at, **about)))


def of(kind: type[E], found: list[Any]) -> list[E]:
    return [one for one in found if isinstance(one, kind)]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_a_frame_means(path: Path) -> None:
    """Each file holds a frame, the events it means, and the arithmetic between the two, done by hand."""
    case = json.loads(path.read_text("utf-8"))
    tag = case.get("tag", "frame")
    found = list(Telnyx().read(Frame("telnyx", case["at"], tag, case["body"], case["about"], "test")))
    assert [codec.write(one) for one in found if not isinstance(one, Fetch | Rejected)] == case["events"]
    assert [one.reason for one in of(Rejected, found)] == case.get("rejected", [])
    assert [[one.path, dict(one.query), one.after] for one in of(Fetch, found)] == case.get("fetches", [])
    assert case["why"]


def test_there_are_golden_frames() -> None:
    assert len(GOLDEN) >= 10


def nested(second: int) -> dict[str, Json]:
    """A call of PCMU as the SDK tells it: 50 packets a second, of which 1 in 50 received is lost."""
    ms = 1787566500000.0 + 1000 * second
    return {
        "rtt": 0.145,
        "jitter": 0.011,
        "mos": 3.2,
        "quality": "poor",
        "inboundAudio": {
            "id": "I",
            "ssrc": 7,
            "timestamp": ms,
            "packetsReceived": 49 * second,
            "packetsLost": second,
            "bytesReceived": 49 * 160 * second,
            "audioLevel": 0.02,
        },
        "outboundAudio": {
            "id": "O",
            "ssrc": 8,
            "timestamp": ms,
            "packetsSent": 50 * second,
            "bytesSent": 8000 * second,
        },
        "remoteInboundAudio": {
            "id": "R",
            "ssrc": 8,
            "timestamp": ms,
            "roundTripTime": 0.145,
            "jitter": 0.011,
        },
    }


def flat(second: int) -> dict[str, Json]:
    """The same call as the documentation tells it."""
    return {
        "rtt": 145,
        "jitter": 11,
        "packetLoss": 2.0,
        "packetsReceived": 49 * second,
        "packetsLost": second,
        "bytesReceived": 49 * 160 * second,
        "packetsSent": 50 * second,
        "bytesSent": 8000 * second,
        "audioLevel": 0.02,
        "timestamp": 1787566500000 + 1000 * second,
    }


def test_both_shapes_of_one_call_give_the_same_numbers() -> None:
    engine, reader = Engine(), Telnyx()
    for second in range(1, 40):
        for call, body in (("nested", nested(second)), ("flat", flat(second))):
            if call == "nested":
                body |= {"mos": None, "quality": None}
            events = list(reader.read(frame(body, 1787566500.0 + second, call=call)))
            assert not of(Rejected, events)
            engine.fold(events, 1787566500.0 + second)  # type: ignore[arg-type]
    one, other = engine.calls["nested"], engine.calls["flat"]
    assert one.metrics == pytest.approx(other.metrics)
    assert one.metrics["rtt_ms"] == pytest.approx(145.0)
    assert one.metrics["jitter_ms"] == pytest.approx(11.0)
    assert one.metrics["loss_pct"] == pytest.approx(2.0)
    assert one.metrics["bitrate_in_bps"] == pytest.approx(62_720)  # 49 packets × 160 bytes × 8 bits
    assert one.metrics["bitrate_out_bps"] == pytest.approx(64_000)
    ours, theirs = one.legs["sdk"].streams, other.legs["sdk"].streams
    assert {id: s.direction for id, s in ours.items()} == {id: s.direction for id, s in theirs.items()}
    for id, stream in ours.items():
        for key, value in theirs[id].now.items():
            assert stream.now.get(key) == pytest.approx(value), f"{id} {key}"


def test_the_shape_is_told_by_members_and_not_by_size() -> None:
    """45 at the top of a nested frame is 45 s, 0.045 at the top of a flat one is 45 µs."""
    long = of(Sampled, read({"rtt": 45, "outboundAudio": {"id": "O"}}, call="c"))
    short = of(Sampled, read({"rtt": 0.045, "packetsSent": 1}, call="c"))
    assert [one.gauges["rtt_ms"] for one in long if "rtt_ms" in one.gauges] == [45_000]
    assert [one.gauges["rtt_ms"] for one in short if "rtt_ms" in one.gauges] == [0.045]


def test_a_frame_with_members_of_both_is_nested() -> None:
    found = of(
        Sampled, read({"rtt": 0.05, "timestamp": 1787566550118, "outboundAudio": {"id": "O"}}, call="c")
    )
    assert [one.gauges["rtt_ms"] for one in found if "rtt_ms" in one.gauges] == [50.0]


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, "52", True, [], {}, -1, 10**400])
@pytest.mark.parametrize("shape", [{"outboundAudio": {"id": "O", "ssrc": 1}}, {"packetsSent": 5}])
def test_what_is_no_number_is_unknown(value: Json, shape: dict[str, Json]) -> None:
    found = of(Sampled, read({**shape, "rtt": value, "jitter": value, "mos": value}, call="c"))
    gauges = {key for one in found for key in one.gauges}
    assert not {"rtt_ms", "jitter_ms", "provider_mos"} & gauges


def test_a_stream_keeps_its_name_when_the_sdk_reconnects() -> None:
    before, after = nested(9), nested(1)
    after["inboundAudio"] |= {"id": "I2", "ssrc": 99}
    reader = Telnyx()
    told = [of(Sampled, list(reader.read(frame(body, call="c")))) for body in (before, after)]
    names = [{one.stream for one in one_frame} for one_frame in told]
    ids = [{one.identity for one in one_frame if one.stream == "in-audio"} for one_frame in told]
    assert names == [{"in-audio", "out-audio"}] * 2
    assert not ids[0] & ids[1]


def test_early_loss_that_the_vendor_still_counts_is_noted_and_the_note_goes() -> None:
    reader = Telnyx()
    notes: dict[int, str | None] = {}
    for second in range(0, 61):
        body = nested(second)
        body["inboundAudio"] |= {"packetsReceived": 1000 + 50 * second, "packetsLost": 60}
        body["mos"] = 3.4 if second < 45 else 3.9
        words = of(Reported, list(reader.read(frame(body, AT + second, call="c"))))[-1].words
        notes[second] = words.get("note")
    assert notes[5] is None
    assert "since the start, 0.0 % now" in (notes[20] or "")
    assert notes[45] == ""
    assert notes[60] is None


def test_loss_that_the_vendor_hides_is_noted() -> None:
    counted = {"packetsLost": 30, "packetsReceived": 20_000}
    note = contradiction({"mos": 4.3, "rtt": 0.04, "quality": "excellent"}, counted, 6.0)
    assert note is not None and "6.0 % now" in note


@pytest.mark.parametrize(
    ("mos", "rtt_s", "quality"),
    [
        (4.4, 0.02, "excellent"),
        (4.15, 0.1, "good"),
        (3.8, 0.2, "fair"),
        (3.3, 0.3, "poor"),
        (2.2, 1.0, "bad"),
    ],
)
def test_a_sound_word_gets_no_note(mos: float, rtt_s: float, quality: str) -> None:
    counted = {"packetsLost": 0, "packetsReceived": 1000}
    assert contradiction({"mos": mos, "rtt": rtt_s, "quality": quality}, counted, 0.0) is None


def test_nothing_received_makes_the_vendors_score_worthless() -> None:
    found = read({"rtt": 0.05, "jitter": 0.01, "mos": 1.0968, "quality": "bad"}, call="c")
    assert "provider_mos" not in {key for one in of(Sampled, found) for key in one.gauges}
    assert "half of it lost" in of(Reported, found)[0].words["note"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(1787566550118.4, 1787566550.1184), (1787566550, 1787566550.0), (1787566550118402, 1787566550.118402)],
)
def test_a_time_says_its_unit(value: float, seconds: float) -> None:
    assert epoch_s(value) == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize("value", [None, 0, 12345.6, -1787566550])
def test_what_is_no_epoch_is_no_time(value: float | None) -> None:
    assert epoch_s(value) is None


def test_a_frame_without_a_call_is_refused_with_advice() -> None:
    found = read(nested(1))
    assert [type(one) for one in found] == [Rejected]
    assert "call" in of(Rejected, found)[0].reason


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"rtt": 45, "jitter": 3}, "seconds from milliseconds"),
        ({"hello": 1}, "no member"),
        ({"event": "telnyx.ready", "data": {}}, "telnyx.ready"),
        (17, "object"),
    ],
)
def test_what_cannot_be_read_is_told_why(body: Json, word: str) -> None:
    found = read(body, call="c")
    assert [type(one) for one in found] == [Rejected]
    assert word in of(Rejected, found)[0].reason


def test_one_bad_message_of_several_stops_nothing() -> None:
    found = read([flat(1), "nonsense", nested(2)], call="c")
    assert len(of(Rejected, found)) == 1
    assert len(of(Opened, found)) == 2


def test_the_end_may_stand_in_the_envelope() -> None:
    found = read({"call": "c", "end": 1, "reason": "page closed"})
    assert [one.reason for one in of(Closed, found)] == ["page closed"]
    found = read({"event": "telnyx.hangup", "call": "c", "data": {"cause": "DESTINATION_OUT_OF_ORDER"}})
    assert [one.failed for one in of(Closed, found)] == [True]


def test_the_debug_report_and_other_states_are_lines_on_the_timeline() -> None:
    report = of(
        Noted,
        read({"event": "telnyx.stats.report", "call": "c", "data": [{"event": "stats", "tag": "stats"}] * 3}),
    )
    held = of(Noted, read({"event": "telnyx.notification", "call": "c", "data": {"call": {"state": "Held"}}}))
    assert "3 entries" in report[0].text
    assert held[0].text == "call held"


def test_what_the_page_says_of_itself_is_kept() -> None:
    joined = of(Joined, read({"call": "c", "page": {"browser": "Firefox 153", "os": "Linux"}, "event": "x",
                              "data": flat(1)}))  # fmt: skip
    assert joined[0].attributes == {"sdk": "Telnyx WebRTC SDK", "browser": "Firefox 153", "os": "Linux"}


WORDS = (
    "rtt jitter mos quality event data call callId warning error code name message state cause end page leg track "
    "mimeType id ssrc label summary stats logs entries segment flushReason type android_extra call_id stored_at "
    "startTimestamp endTimestamp intervalStartUtc intervalEndUtc audio inbound outbound connection ice transport "
    "local remote remoteRtcp mediaSource localTrack codec packetsReceived packetsLost bytesReceived packetsSent "
    "jitterAvg roundTripTimeAvg fractionLost roundTripTime direction destinationNumber sdkVersion "
    "voice_sdk_id_decoded "
    "clientSummary callReports flushIntervalMs segments ice_data selected_pair local_candidate candidates duration "
    "dtls_state ice_state ip port timestamp event_type payload call_leg_id call_quality_stats mos packet_count "
    "skip_packet_count occurred_at start_time hangup_cause tag statsObject meta page_number total_pages errors title "
    "telnyxIDs telnyxLegId statsObject candidate socketClose level"
)
KEYS = st.sampled_from([*FLAT, *NESTED, *MOBILE, *WORDS.split()])
LEAVES = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-(10**30), 10**30)
    | st.text(max_size=12)
    | st.sampled_from(
        ["telnyx.stats.frame", "telnyx.warning", "telnyx.notification", "hangup", "bad", 1e15, 1787566550]
        + [
            "telnyx.stats.report",
            "stats",
            "connection",
            "onicecandidate",
            "call.hangup",
            "destroy",
            "recovering",
        ]
        + [
            "2026-08-24T10:15:08.122Z",
            "2026-08-24T10:15:09",
            "0001-01-01T00:00:00+14:00",
            "4.50",
            "nan",
            "audio/",
        ]
    )
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=8)
    ),
)
TAGS = st.sampled_from(["frame", "report", "reports", "call", "ice", "webhook", "?"])
FAR = 1e11


def folded(found: list[Event | Fetch | Rejected], engine: Engine, at: float) -> None:
    """Fold what came, and find nothing in it that is no number or out of time."""
    for one in of(Sampled, found):
        assert all(math.isfinite(v) for v in [*one.gauges.values(), *one.counters.values(), one.clock])
    for event in (one for one in found if not isinstance(one, Fetch | Rejected)):
        assert 0 <= event.at <= FAR
        assert not isinstance(codec.read(codec.write(event)), Rejected)
    engine.fold([one for one in found if not isinstance(one, Fetch | Rejected)], at)


@given(st.lists(st.tuples(TAGS, ANYTHING), max_size=4), st.booleans(), st.sampled_from(["200", "404", ""]))
def test_no_json_makes_it_raise(bodies: list[tuple[str, Json]], named: bool, status: str) -> None:
    """Whatever comes is events or a reason, and the events can be folded."""
    reader, engine = Telnyx(), Engine()
    about = ({"call": "c"} if named else {}) | ({"status": status} if status else {})
    for n, (tag, body) in enumerate(bodies):
        found = list(reader.read(Frame("telnyx", AT + 20 * n, tag, body, about, "test")))
        folded(found, engine, AT + 20 * n)
    list(reader.poll(AT, Watched(("c",), frozenset({"d"}))))


def spoiled(value: Json, draw: Any) -> Json:
    """Return a value with some of it replaced by anything else."""
    if draw(st.integers(0, 11)) == 0:
        return draw(LEAVES)
    if isinstance(value, dict):
        return {key: spoiled(item, draw) for key, item in value.items()}
    return [spoiled(item, draw) for item in value] if isinstance(value, list) else value


@given(st.data())
def test_no_message_with_something_wrong_in_it_makes_it_raise(data: st.DataObject) -> None:
    """What is nearly right goes deeper than what is altogether wrong."""
    reader, engine = Telnyx(), Engine()
    for n, path in enumerate(data.draw(st.lists(st.sampled_from(GOLDEN), max_size=3))):
        case = json.loads(path.read_text("utf-8"))
        body = spoiled(case["body"], data.draw)
        at = AT + 20 * n
        folded(
            list(reader.read(Frame("telnyx", at, case.get("tag", "frame"), body, case["about"], "t"))),
            engine,
            at,
        )
