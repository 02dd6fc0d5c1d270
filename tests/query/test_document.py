"""The promised JSON: every key, null for unknown, times in UTC, the worst stream named."""

from __future__ import annotations

import json
import math
from datetime import datetime

import pytest

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.engine import Engine
from callmon.model.events import Joined, Opened
from callmon.model.health import SourceHealth
from callmon.query.document import GRADES, call_document, document
from tests.engine.peer import START, Listener, Peer
from tests.query.calls import NOW, calls
from tests.schema import check_call, check_document, wrong


@pytest.mark.parametrize("call", calls(), ids=lambda call: call.id)
def test_every_call_is_as_promised_and_is_json(call: Call) -> None:
    found = call_document(call, NOW)
    check_call(found)
    json.dumps(found, allow_nan=False)


def test_a_call_of_which_nothing_is_known_has_every_key() -> None:
    engine = Engine()
    engine.fold([Opened("c", START, "vendor")], START)
    found = call_document(engine.calls["c"], START)
    check_call(found)
    assert set(found["metrics"].values()) == {None}
    assert found["legs"] == found["issues"] == found["ice"]["candidates"] == []
    assert found["ice"]["verdict"] == "unknown"
    assert found["ice"]["selected_pair"] is found["summary"] is found["ended_at"] is found["reason"] is None
    engine.fold([Joined("c", START, "l")], START)
    check_call(call_document(engine.calls["c"], START))


def test_unknown_is_null_even_where_it_is_no_number() -> None:
    call = Call("c", "webrtc", START)
    stream = Stream("s", "audio", "inbound", START)
    stream.now = {"rtt_ms": math.nan, "jitter_ms": math.inf}
    call.legs["l"] = Leg("l", "peer", START, streams={"s": stream})
    call.metrics = {"rtt_ms": math.nan, "loss_pct": -1e-15}
    found = call_document(call, START)
    check_call(found)
    assert "-0.0" not in json.dumps(found, allow_nan=False)
    assert found["legs"][0]["streams"][0]["metrics"]["jitter_ms"] is None


def test_the_reason_names_the_stream_and_the_value_of_the_call() -> None:
    listener, peer = Listener(), Peer()
    peer.become({"in_audio": {"loss": 0.06}})
    for _ in range(20):
        listener.take(peer.frame())
    found = call_document(listener.engine.calls["c"], peer.at)
    reason = found["reason"]
    assert (found["grade"], reason["metric"], reason["op"], reason["limit"]) == ("poor", "loss_pct", ">", 3)
    assert (reason["direction"], reason["leg"], reason["stream"]) == ("inbound", "pc", "in-audio-11")
    assert reason["value"] == found["metrics"]["loss_pct"]
    (issue,) = found["issues"]
    assert (issue["stream"], issue["rule"], issue["until"]) == ("in-audio-11", "telnyx", None)


def test_times_are_utc_with_milliseconds_and_read_back() -> None:
    found = call_document(calls()[0], NOW)
    stamp = found["started_at"]
    assert stamp.endswith("Z")
    assert datetime.fromisoformat(stamp).timestamp() == pytest.approx(calls()[0].started_at, abs=0.0006)


def test_what_was_rejected_is_told_per_source() -> None:
    sources = [SourceHealth("a", rejected=3, first_reason="line 7: why"), SourceHealth("b")]
    found = document([], sources, "telnyx", NOW)
    check_document(found)
    assert found["rejected"] == [{"source": "a", "count": 3, "first": "line 7: why"}]
    assert (found["schema"], found["rules"], found["calls"]) == ("callmon/1", "telnyx", [])


def test_grades_are_all_there_in_the_summary() -> None:
    ended = next(call for call in calls() if call.summary is not None)
    assert tuple(call_document(ended, NOW)["summary"]["time_in_grade_s"]) == GRADES


def test_the_check_itself_finds_what_is_wrong() -> None:
    found = document(calls()[:1], (), "telnyx", NOW)
    assert wrong(found, None) is not None
    for key in list(found["calls"][0]):
        broken = json.loads(json.dumps(found))
        del broken["calls"][0][key]
        with pytest.raises(AssertionError, match=key):
            check_document(broken)
    broken = json.loads(json.dumps(found))
    broken["calls"][0]["grade"] = "great"
    with pytest.raises(AssertionError, match="great"):
        check_document(broken)
