"""Whatever is wrong with a document, reading it ends, soon, and what is right in it is read."""

from __future__ import annotations

import json
import time
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.dumps.documents import DOCUMENTS
from callmon.model.frames import Frame, Rejected
from tests.dumps.mutations import ODD, documents, mutated
from tests.dumps.reading import Read, dump, fold, read

MOST_S = 1.0


def gone_through(value: Any) -> list[Frame]:
    """All frames of a document in every form that it fits; nothing may raise, and times go on."""
    found: list[Frame] = []
    for form in DOCUMENTS:
        assert form.fits(value) in (True, False)
        if form.fits(value):
            items = list(form.frames(value, "f"))
            frames = [item for item in items if isinstance(item, Frame)]
            assert [frame.at for frame in frames] == sorted(frame.at for frame in frames)
            for item in items:
                assert item.source == "f"
                assert not isinstance(item, Rejected) or (item.reason and item.count > 0)
            found = found or frames
    return found


@pytest.mark.parametrize("form", sorted(documents()))
@given(random=st.randoms(use_true_random=False), times=st.integers(1, 12))
@settings(max_examples=60)
def test_documents_with_something_wrong(form: str, random: Random, times: int) -> None:
    value = mutated(random.choice(documents()[form]), random, times)
    begun = time.process_time()
    frames = gone_through(value)
    assert time.process_time() - begun < MOST_S
    frames = sorted(frames, key=lambda frame: frame.at)
    if frames and frames[-1].at - frames[0].at < 3600:
        json.dumps(fold(Read(form, frames)).document, allow_nan=False)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=5)
    | st.dictionaries(
        st.text(max_size=4)
        | st.sampled_from(
            ["PeerConnections", "stats", "updateLog", "peerConnections", "samples", "timestamp", "event", "eventName",
             "tag", "data", "metrics", "events", "rooms", "participants", "logs", "summary", "call_sid", "type", "id"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=30,
)  # fmt: skip


@given(JSON)
@settings(max_examples=300)
def test_anything_at_all(value: Any) -> None:
    gone_through(value)


def test_depth_is_no_trouble() -> None:
    deep: Any = {"type": "transport", "id": "T"}
    for _ in range(5000):
        deep = [deep]
    for wrapped in (
        deep,
        {"data": deep},
        [{"a": deep}],
        {"PeerConnections": {"a": {"stats": {"a-b": {"values": deep}}}}},
    ):
        gone_through(wrapped)
    chain = {
        f"R{number}-{name}": {"statsType": "remote-inbound-rtp", "values": json.dumps([value])}
        for number in range(3000)
        for name, value in (("localId", f"R{number + 1}"), ("timestamp", 1_763_640_000_000 + number))
    }
    gone_through({"PeerConnections": {"1-1": {"stats": chain}}})


@pytest.mark.parametrize("size", [200_000])
def test_size_costs_what_it_is(size: int) -> None:
    many: list[Any] = [
        {"PeerConnections": {f"{number}-1": {} for number in range(size)}},
        {"PeerConnections": {"1-1": {"updateLog": [{}] * size, "stats": {f"a-{n}": 1 for n in range(size)}}}},
        {"PeerConnections": {"1-1": {"stats": {"a-timestamp": {"values": json.dumps([1.7e12] * size)}}}}},
        [{"eventName": "stats"}] * size,
        {"samples": [{"timestamp": 1.7e12, "peerConnections": []}] * size},
        [{"packetsLostFraction": 1, "totals": {}}] * 2000,
        {"reports": [[0]] * size},
    ]
    for value in many:
        begun = time.process_time()
        gone_through(value)
        assert time.process_time() - begun < 10 * MOST_S


def test_counters_that_contradict_one_another_are_no_trouble() -> None:
    reports = [
        [
            {"id": "O", "type": "outbound-rtp", "kind": "video", "ssrc": 1, "rid": "h", "mid": "0", "timestamp": at,
             "packetsSent": -50 * step, "remoteId": "R"},
            {"id": "R", "type": "remote-inbound-rtp", "kind": "video", "ssrc": 1, "timestamp": at,
             "packetsLost": 50 * step},
        ]
        for step, at in ((1, 1.7e12), (2, 1.7e12 + 1000), (3, 1.7e12 + 2000))
    ]  # fmt: skip
    loss = read({"reports": reports}).call["summary"]["loss_pct"]["avg"]
    assert loss is None or 0 <= loss <= 100


def test_a_clock_that_jumps_by_ages_ends() -> None:
    whole = dump("remote_close")
    (one,) = whole["PeerConnections"].values()
    one["updateLog"][-1]["timestamp"] = 9e12
    whole["timestamp"] = 9.5e12
    begun = time.process_time()
    assert len(read(whole).frames) < 2000
    assert time.process_time() - begun < 10 * MOST_S
