"""What another callmon tells is read whole or refused in words, part by part."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine import snapshot
from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.model import codec
from callmon.model.events import EVENTS, Event, Noted, Opened, Restored
from callmon.model.frames import Frame, Json, Rejected
from callmon.providers.callmon import Callmon
from tests.model.events import JSON

OPENED = Opened("c", 5.0, "webrtc")
CALL = Call("c", "webrtc", 5.0, frames=3)
RESTORED = Restored("c", 6.0, snapshot.dump(CALL))


def read(body: Json) -> list[Event | Rejected]:
    return list(Callmon().read(Frame("callmon", 7.0, "message", body, source="upstream")))


def message(*items: Json) -> dict[str, Json]:
    return {"schema": "callmon/1", "id": None, "at": 7.0, "events": list(items)}


def test_events_come_out() -> None:
    assert read(message(codec.write(OPENED), codec.write(RESTORED))) == [OPENED, RESTORED]
    assert read(message()) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"stats": []}, "not a message of callmon: is the dialect right?"),
        ([], "not a message of callmon: is the dialect right?"),
        ({**message(), "schema": "callmon/9"}, "another schema than callmon/1: is the other callmon newer?"),
        ({"schema": "callmon/1", "events": {}}, "a message without a list of events"),
    ],
)
def test_what_is_no_message_is_refused(body: Json, reason: str) -> None:
    assert read(body) == [Rejected("upstream", reason)]


def test_one_bad_event_does_not_spoil_the_rest() -> None:
    found = read(message({"type": "teleported"}, codec.write(OPENED), 5))
    assert found[1] == OPENED
    assert [type(item) for item in found] == [Rejected, Opened, Rejected]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": {}}, "restored: id is missing"),
        ({"state": 5}, "restored: state: a number where an object belongs"),
        ({"call": "d"}, "restored: another call inside"),
        ({"state": {**RESTORED.state, "legs": {"l": {"id": "m", "role": "peer", "joined_at": 1.0}}}},
         "restored: call: legs: l: another id inside"),
    ],
)  # fmt: skip
def test_a_call_that_is_none_is_refused_before_it_is_folded(change: dict[str, Any], reason: str) -> None:
    assert read(message({**codec.write(RESTORED), **change})) == [Rejected("upstream", reason)]


def test_a_peer_cannot_send_what_cannot_be_shown() -> None:
    (found,) = read(
        message(codec.write(Noted("a\x1b[2Jb", 5.0, None, "ice", "\u202ex\ny", about={"\x07": "\x9b"})))
    )
    assert found == Noted("a\ufffd[2Jb", 5.0, None, "ice", "\ufffdx\ufffdy", about={"\ufffd": "\ufffd"})
    state = copy.deepcopy(dict(RESTORED.state)) | {"label": "\x1b]0;", "id": "c\x1b"}
    (restored,) = read(message({"type": "restored", "call": "c\x1b", "at": 1.0, "state": state}))
    assert isinstance(restored, Restored)
    assert (restored.state["label"], restored.call) == ("\ufffd]0;", "c\ufffd")


def test_depth_is_no_danger() -> None:
    deep: Json = []
    for _ in range(900):
        deep = [deep]
    (found,) = read(message({"type": "restored", "call": "c", "at": 1.0, "state": {"id": deep}}))
    assert isinstance(found, Rejected)


@given(JSON)
def test_arbitrary_json_never_raises(body: Json) -> None:
    assert all(isinstance(item, (Rejected, *EVENTS)) for item in read(body))


@given(st.lists(JSON | st.just(codec.write(RESTORED)) | st.just(codec.write(OPENED)), max_size=4))
def test_whatever_is_read_can_be_folded(items: list[Json]) -> None:
    events = [item for item in read(message(*items)) if not isinstance(item, Rejected)]
    Engine().fold(events, 8.0)
