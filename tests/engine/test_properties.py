"""What must always hold: nothing raises, nothing negative, repeats change nothing, a split fold is the whole one."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callmon.engine.call import Call
from callmon.engine.changes import Change
from callmon.engine.ending import SPREADS
from callmon.engine.engine import Engine
from callmon.model.events import Event, Opened, Restored
from callmon.model.frames import Fetch, Frame, Rejected
from callmon.providers.webrtc import WebRTC
from callmon.query.document import document
from tests.engine.invented import START, fold, invented
from tests.model.events import JSON, events
from tests.recordings.recordings import NAMES, frames, replay, rows
from tests.schema import check_document

INVENTED = invented()

TYPES = [
    "inbound-rtp", "outbound-rtp", "remote-inbound-rtp", "remote-outbound-rtp", "media-source", "transport",
    "candidate-pair", "local-candidate", "remote-candidate", "codec",
]  # fmt: skip
MEMBERS = [
    "timestamp", "kind", "ssrc", "packetsReceived", "packetsLost", "packetsSent", "bytesSent", "bytesReceived",
    "jitter", "roundTripTime", "audioLevel", "codecId", "remoteId", "mediaSourceId", "rid", "mid", "frameHeight",
    "state", "nominated", "selected", "iceState", "dtlsState", "srtpCipher", "selectedCandidatePairId", "mimeType",
    "selectedCandidatePairChanges", "localCandidateId", "candidateType", "address", "port", "fractionLost",
    "totalSamplesReceived", "concealedSamples", "jitterBufferDelay", "jitterBufferEmittedCount", "targetBitrate",
    "currentRoundTripTime", "totalRoundTripTime", "responsesReceived", "active", "framesDecoded",
]  # fmt: skip
WORDS = [
    "new",
    "checking",
    "connected",
    "disconnected",
    "failed",
    "closed",
    "audio",
    "video",
    "A",
    "B",
    "relay",
]
VALUES = (
    JSON
    | st.sampled_from(WORDS)
    | st.integers(0, 10_000)
    | st.floats(0, 1e6)
    | st.sampled_from([1e308, -1, 10**30])
)
ENTRIES = st.builds(
    lambda type, id, members: {"type": type, "id": id, **members},
    st.sampled_from(TYPES),
    st.sampled_from("AB"),
    st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=12),
)
STATES = st.dictionaries(
    st.sampled_from(["ice", "connection", "gathering", "signaling"]), st.sampled_from(WORDS) | JSON
)
SAID = st.fixed_dictionaries(
    {
        "ev": st.sampled_from(
            [
                "iceconnectionstatechange",
                "connectionstatechange",
                "icecandidate",
                "icecandidateerror",
                "track",
                "x",
            ]
        )
        | JSON,
        "v": st.sampled_from(WORDS) | JSON,
    },
    optional={"t": VALUES},
)
BODIES: st.SearchStrategy[Any] = JSON | st.fixed_dictionaries(
    {},
    optional={
        "t": VALUES,
        "stats": st.lists(ENTRIES, max_size=6) | JSON,
        "states": STATES | JSON,
        "events": st.lists(SAID, max_size=5) | JSON,
        "transceivers": st.lists(st.dictionaries(st.sampled_from(["kind", "currentDirection"]), VALUES))
        | JSON,
        "call": st.sampled_from(["c", "d"]) | JSON,
        "leg": st.sampled_from(["x", "y"]) | JSON,
        "page": JSON,
        "policy": JSON,
        "end": JSON,
        "reason": JSON,
    },
)


def read(reader: WebRTC, body: Any, at: float, tag: str = "snapshot") -> list[Event]:
    items = list(reader.read(Frame("webrtc", at, tag, body, {"call": "c"}, "test")))
    assert all(isinstance(item, Rejected) is (not hasattr(item, "call")) for item in items)
    return [item for item in items if not isinstance(item, Rejected | Fetch)]


def whole(engine: Engine, now: float) -> dict[str, Any]:
    """The document, which must be what was promised and must be JSON."""
    found = document(engine.calls.values(), (), engine.rules.name, now)
    check_document(found)
    check_values(engine)
    text: dict[str, Any] = json.loads(json.dumps(found, allow_nan=False))
    return text


def check_values(engine: Engine) -> None:
    """No rate and no share is negative, whatever was claimed, and no mean is beyond what was worst."""
    for call in engine.calls.values():
        check_spreads(call)
        for leg in call.legs.values():
            for stream in leg.streams.values():
                for key in ("bitrate_bps", "packets_per_s", "loss_pct", "concealment_pct", "discarded_pct"):
                    value = stream.window.get(key, stream.now.get(key))
                    assert value is None or value >= 0, key
                score = stream.now.get("mos")
                assert score is None or stream.mos_source == "provider" or 1 <= score <= 4.5


def check_spreads(call: Call) -> None:
    for key in SPREADS if call.summary is not None else ():
        spread = getattr(call.summary, key)
        assert spread.avg is None or spread.max is None or spread.avg <= spread.max, key
        assert spread.avg is None or spread.min is None or spread.avg >= spread.min, key


COUNTED = st.tuples(
    st.sampled_from([1.0, 1.0, 1.0, 40.0]),
    st.sampled_from([1, 1, 1, 2]),
    st.integers(0, 200),
    st.integers(-5, 60),
    st.none() | st.tuples(st.integers(-5, 60), st.floats(0, 2)),
)
"""Of one report: after how long, of which stream, packets and losses since the last, and what the far end says."""


@given(st.lists(COUNTED, min_size=1, max_size=25))
def test_no_mean_is_beyond_what_was_worst(told: list[tuple[Any, ...]]) -> None:
    """Whatever was lost before the first report, over a gap, or while nothing came."""
    engine, reader, at = Engine(), WebRTC(), START
    totals: dict[int, list[int]] = {}
    for after_s, ssrc, packets, lost, far in told:
        at += after_s
        total = totals.setdefault(ssrc, [0, 0, 0])
        total[0], total[1] = total[0] + packets, total[1] + lost
        known = {"timestamp": at * 1000, "kind": "audio", "ssrc": ssrc}
        stats = [
            {
                **known,
                "id": f"I{ssrc}",
                "type": "inbound-rtp",
                "packetsReceived": total[0],
                "packetsLost": total[1],
            },
            {**known, "id": f"O{ssrc}", "type": "outbound-rtp", "packetsSent": total[0]},
        ]
        if far is not None:
            total[2] += far[0]
            rtt = {"roundTripTime": far[1], "packetsLost": total[2]}
            stats.append({**known, "id": f"R{ssrc}", "type": "remote-inbound-rtp", **rtt})
        engine.fold(read(reader, stats, at), at)
    engine.fold(read(reader, {"t": at * 1000, "end": 1}, at), at)
    (call,) = engine.calls.values()
    assert call.summary is not None
    check_spreads(call)


def test_what_was_lost_before_the_first_report_is_in_the_mean_and_bounds_the_worst() -> None:
    engine, reader = Engine(), WebRTC()
    for second in range(5):
        at = START + second
        known = {"id": "I", "type": "inbound-rtp", "kind": "audio", "ssrc": 1, "timestamp": at * 1000}
        counted = {"packetsReceived": 400 + 50 * second, "packetsLost": 100 + (second == 4)}
        engine.fold(read(reader, [{**known, **counted}], at), at)
    engine.fold(read(reader, {"t": at * 1000, "end": 1}, at), at)
    summary = engine.calls["c"].summary
    assert summary is not None
    assert summary.loss_pct.avg == 100 * 101 / 701
    assert (summary.loss_pct.max, summary.loss_pct.max_at) == (summary.loss_pct.avg, None)


@settings(max_examples=150)
@given(st.lists(BODIES, max_size=5))
def test_nothing_that_is_json_raises(bodies: list[Any]) -> None:
    reader, engine = WebRTC(), Engine()
    for number, body in enumerate(bodies):
        at = START + 2.0 * number
        engine.tick(at)
        engine.fold(read(reader, body, at), at)
    whole(engine, START + 60)


@settings(max_examples=60)
@given(st.lists(JSON, max_size=6), st.sampled_from(["rtcstats", "snapshot", "odd"]))
def test_no_tag_raises(bodies: list[Any], tag: str) -> None:
    reader, engine = WebRTC(), Engine()
    for number, body in enumerate(bodies):
        engine.fold(read(reader, body, START + number, tag), START + number)
    whole(engine, START + 60)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [(*path, key) for key, _ in inner] + [
        deep for key, item in inner for deep in places(item, (*path, key))
    ]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(NAMES), st.data())
def test_real_messages_that_were_damaged_raise_nothing(name: str, data: st.DataObject) -> None:
    reader, engine = WebRTC(), Engine()
    for row in rows(name)[:6]:
        body = copy.deepcopy(row)
        for _ in range(data.draw(st.integers(0, 4))):
            damage(body, data)
        at = row["t"] / 1000
        engine.tick(at)
        engine.fold(read(reader, body, at), at)
    whole(engine, rows(name)[5]["t"] / 1000 + 1)


def damage(body: Any, data: st.DataObject) -> None:
    """Put something else in one place of a message, or take it away."""
    path = data.draw(st.sampled_from(places(body) or [("t",)]))
    inner = body
    for key in path[:-1]:
        inner = inner[key]
    if data.draw(st.booleans()) and isinstance(inner, dict):
        inner.pop(path[-1], None)
    else:
        inner[path[-1]] = data.draw(VALUES)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(events().filter(lambda event: not isinstance(event, Restored)), max_size=12))
def test_no_event_raises(found: list[Event]) -> None:
    engine = Engine()
    for number, event in enumerate(found):
        at = START + number
        engine.fold([Opened(event.call, at, "p"), event], at)
        engine.tick(at + 1)
    for call in engine.calls.values():
        json.dumps(document([call], (), "telnyx", START + 60), allow_nan=False)


@settings(max_examples=6)
@given(st.sets(st.integers(0, len(INVENTED) - 1), max_size=400), st.booleans())
def test_repeating_any_event_changes_nothing(again: set[int], each: bool) -> None:
    once, twice = Engine(), Engine()
    for number, (at, found) in enumerate(INVENTED):
        for engine in (once, twice):
            engine.tick(at)
            engine.fold(found, at)
        if number in again:
            for part in [[event] for event in found] if each else [list(found)]:
                twice.fold(part, at)
    end = INVENTED[-1][0]
    assert whole(once, end) == whole(twice, end)


@settings(max_examples=6)
@given(st.randoms(use_true_random=False))
def test_a_split_fold_is_the_whole_fold(random: Any) -> None:
    one, three = fold(Engine(), INVENTED), [Engine(), Engine(), Engine()]
    shares = {id: random.randrange(3) for id in one.calls}
    for share, engine in enumerate(three):
        for at, found in INVENTED:
            engine.tick(at)
            engine.fold([event for event in found if shares[event.call] == share], at)
    end = INVENTED[-1][0]
    split = {call["id"]: call for engine in three for call in whole(engine, end)["calls"]}
    assert {call["id"]: call for call in whole(one, end)["calls"]} == split
    assert len(split) == len(shares) > 3


@settings(max_examples=8)
@given(st.sampled_from(NAMES))
def test_a_replay_is_the_same_every_time(name: str) -> None:
    end = frames(name)[-1].at
    assert whole(replay(name), end) == whole(replay(name), end)


@settings(max_examples=8)
@given(st.sampled_from(NAMES), st.lists(st.floats(0, 60), max_size=40))
def test_ticks_between_frames_do_not_change_what_was_measured(name: str, moments: list[float]) -> None:
    plain, ticked = replay(name), Engine()
    reader, due = WebRTC(), sorted(moments)
    for frame in frames(name):
        while due and frames(name)[0].at + due[0] <= frame.at:
            ticked.tick(frames(name)[0].at + due.pop(0))
        ticked.fold(read(reader, frame.body, frame.at), frame.at)
    for id, call in plain.calls.items():
        other = ticked.calls.get(id) or ticked.calls["c"]
        assert other.state == call.state
        assert (other.summary and other.summary.packets) == (call.summary and call.summary.packets)


@settings(max_examples=8)
@given(st.randoms(use_true_random=False), st.sampled_from([None, 5.0]), st.sampled_from([10_000, 6]))
def test_time_that_passes_for_a_few_calls_at_a_time_is_as_if_it_passed_for_all(
    random: Any, keep_s: float | None, most: int
) -> None:
    whole_one, sliced = (Engine(max_calls=most, keep_ended_s=keep_s) for _ in range(2))
    told: list[list[Change]] = [[], []]
    for at, found in INVENTED:
        told[0] += whole_one.tick(at - 0.5)
        told[1] += sliced.begin_tick(at - 0.5)
        for _ in range(random.randrange(3)):
            if sliced.behind is not None:
                told[1] += sliced.catch_up(sliced.behind)
        told[0] += whole_one.fold(found, at)
        told[1] += sliced.fold(found, at)
    end = INVENTED[-1][0] + 10
    told[0] += whole_one.tick(end)
    told[1] += sliced.tick(end)
    assert whole(whole_one, end) == whole(sliced, end)
    assert whole_one.version == sliced.version
    assert sorted(map(repr, told[0])) == sorted(map(repr, told[1]))
