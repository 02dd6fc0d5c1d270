"""Whatever is sent in the name of callstats: events or a reason, and never more than is kept."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.engine import Engine
from callmon.model import codec
from callmon.model.events import Event, Sampled
from callmon.model.frames import Fetch, Frame, Json, Rejected
from callmon.providers.callstats import Callstats
from callmon.providers.callstats.callstats import OF_APP, OF_FABRIC, OF_PARTICIPANT
from tests.providers.callstats.folding import frame, of
from tests.providers.callstats.witnesses import BORN, Body, Script, Swagger


@pytest.mark.parametrize(
    ("tag", "body", "word"),
    [
        ("stats", {"connectionID": "c"}, "no object"),
        ("stats", {"connectionID": "c", "stats": [{"id": "x", "type": "certificate"}]}, "certificate"),
        ("stats", {"stats": []}, "connectionID"),
        ("events/fabric/setup", {}, "connectionID"),
        ("events/ice/status", {"connectionID": "c"}, "eventType"),
        ("events/nowhere", {"eventType": "x"}, "events/nowhere"),
        ("join", 17, "object"),
    ],
)
def test_what_cannot_be_read_is_told_why(tag: str, body: Json, word: str) -> None:
    found = list(Callstats().read(frame(tag, body, BORN)))
    reasons = of(Rejected, found)
    assert len(reasons) == 1
    assert word in reasons[0].reason


def test_a_frame_of_nobody_is_refused() -> None:
    found = list(Callstats().read(Frame("callstats", BORN, "stats", {}, {"call": "c"}, "test")))
    assert [type(one) for one in found] == [Rejected]


@pytest.mark.parametrize("value", [None, math.nan, math.inf, "52 ms", True, [], {}, 10**400])
def test_what_is_no_number_is_unknown(value: Json) -> None:
    tag, body = Script().stats(15)
    for entry in body["stats"]:
        for key in ("jitter", "roundTripTime", "currentRoundTripTime", "csioIntFL", "packetsLost"):
            entry[key] = value
    found = of(Sampled, list(Callstats().read(frame(tag, body, BORN + 15))))
    keys = {key for one in found for key in (*one.gauges, *one.counters)}
    assert not {"jitter_ms", "rtt_ms", "pair_rtt_ms", "loss_pct", "lost"} & keys


def test_many_participants_are_forgotten_and_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callmon.providers.callstats.callstats._MOST", 10)
    reader = Callstats()
    for number in range(100):
        list(reader.read(frame("join", {}, BORN + number, f"uc-{number}", f"user-{number}")))
    assert len(reader._kept) == len(reader._stays) == 10


def words(body: Body) -> set[str]:
    return {key for value in body.values() if isinstance(value, dict) for key in value} | body.keys()


SAID = [*Script().story(), *Swagger().story(), Script().stats(15), Swagger().stats(15)]


KEYS = st.sampled_from(sorted(
    {key for _, body in SAID for key in words(body)}
    | {key for _, body in SAID for entry in body.get("stats", []) if isinstance(entry, dict) for key in entry}
    | {"tracks", "ssrcData", "currIceCandidatePair", "changedState", "newState", "results", "throughput", "reason",
       "relayType", "mediaDeviceList", "userName", "rtt", "streamType", "csioIntFL"}
))  # fmt: skip


LEAVES = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-(10**30), 10**30)
    | st.text(max_size=12)
    | st.sampled_from(["inbound-rtp", "outbound", "transport", "candidate-pair", "fabricSetup", "fabricDropped", "c1",
                       "iceConnectionState", "connected", "failed", "agent-4", "audio", 1795170936842, 1795170936.8])
)  # fmt: skip


ANYTHING = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=8)
    ),
)


TAGS = st.sampled_from([*OF_PARTICIPANT, *OF_FABRIC, *(f"app/{tag}" for tag in OF_APP), "silent", "nonsense"])


@given(st.lists(st.tuples(TAGS, ANYTHING), max_size=5))
def test_no_json_makes_it_raise(said: list[tuple[str, Json]]) -> None:
    """Whatever comes is events or a reason, and the events can be folded."""
    reader, engine = Callstats(), Engine()
    for number, (tag, body) in enumerate(said):
        found = list(reader.read(frame(tag, body, BORN + number)))
        for one in of(Sampled, found):
            assert all(math.isfinite(v) for v in [*one.gauges.values(), *one.counters.values(), one.clock])
        events: list[Event] = [one for one in found if not isinstance(one, Fetch | Rejected)]
        engine.fold(events, BORN + number)
        for event in events:
            assert event.call == "room-7"
            assert all(text.isprintable() for text in strings(codec.write(event)))


def strings(value: Json) -> list[str]:
    """All texts in a JSON value, keys too."""
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, *strings(item))]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


STREAM = st.fixed_dictionaries(
    {"connectionID": st.just("c1a2"), "localID": st.just("agent-4")},
    optional={
        "stats": ANYTHING,
        "eventType": LEAVES,
        "timestamp": LEAVES,
        "remoteID": LEAVES,
        "reason": LEAVES,
    },
)


@given(st.lists(st.tuples(TAGS, STREAM), min_size=1, max_size=5))
def test_no_message_of_a_fabric_makes_it_raise(said: list[tuple[str, Json]]) -> None:
    reader = Callstats()
    for number, (tag, body) in enumerate(said):
        for one in reader.read(frame(tag, body, BORN + number)):
            if not isinstance(one, Fetch | Rejected):
                assert all(text.isprintable() for text in strings(codec.write(one)))
