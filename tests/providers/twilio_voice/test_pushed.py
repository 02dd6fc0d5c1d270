"""What pages forward of the Voice SDK, and what comes that nobody expects."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.model.events import Closed, Retold, Sampled
from callmon.model.frames import Frame, Json
from callmon.providers.twilio_voice import TwilioVoice
from callmon.providers.twilio_voice import twilio_voice as module
from callmon.providers.twilio_voice.asking import EVENTS, METRICS, SUMMARIES, SUMMARY
from callmon.query.document import call_document
from tests.model.events import JSON
from tests.providers.twilio_voice.worlds import (
    AT,
    BEGAN,
    ENDED,
    GOLDEN,
    SID,
    World,
    body,
    frame,
    gateway_rows,
    page,
    sdk,
    summary,
)


def test_a_page_and_the_api_tell_of_one_call() -> None:
    world = World()
    for n in range(1, 60):
        sample = body("sdk-sample") | {"timestamp": (BEGAN + n) * 1000}
        sample["totals"] = {"packetsReceived": 49 * n, "packetsLost": n, "packetsSent": 50 * n,
                            "bytesReceived": 7840 * n, "bytesSent": 8000 * n}  # fmt: skip
        for _ in range(2):
            world.take(frame("sdk", sample, BEGAN + n + 0.2, call=SID))
    live = len(world.call.legs["sdk_edge"].streams["in-audio"].history.times)
    assert live == 59 and world.call.metrics["loss_pct"] == pytest.approx(2.0)
    world.take(frame(METRICS, page([sdk(n) for n in range(1, 59)]), BEGAN + 60, edge="sdk_edge"))
    world.take(frame(METRICS, page(gateway_rows()), ENDED + 90, edge="client_edge"))
    world.take(frame(SUMMARY, summary("partial"), ENDED + 100))
    assert not any(isinstance(one, Retold) for one in world.events)
    assert len(world.call.legs["sdk_edge"].streams["in-audio"].history.times) == live
    assert len(world.call.legs["client_edge"].streams["in-audio"].history.times) == 11
    assert world.call.state == "ended"


def test_samples_that_come_late_or_again_change_nothing() -> None:
    def said(n: int) -> Frame:
        sample = body("sdk-sample") | {"timestamp": (BEGAN + n) * 1000}
        sample["totals"] = {"packetsReceived": 50 * n, "packetsLost": 0, "packetsSent": 50 * n}
        return frame("sdk", sample, BEGAN + n + 0.2, call=SID)

    world = World().take(*(said(n) for n in range(10, 200)))
    before = call_document(world.call, AT), len(world.events)
    world.take(*(said(n) for n in (3, 7, 12, 150, 199, 5)))
    assert (call_document(world.call, AT), len(world.events)) == before
    behind = body("sdk-sample") | {"timestamp": (BEGAN - 3600) * 1000}
    world.take(frame("sdk", behind, BEGAN + 201, call=SID))
    assert len(world.events) > before[1], "a page's clock may be set back"


def test_a_call_that_ends_after_a_media_error_has_failed() -> None:
    def said(event: str, **data: Json) -> Frame:
        return frame("sdk", {"event": event, "call": SID, "data": data})

    world = World().take(said("accept"), said("error", code=53405, message="Media connection failed"))
    world.take(said("disconnect"))
    assert world.call.state == "failed"
    assert [one.text for one in world.call.timeline if one.kind == "vendor"] == [
        "accepted", "error: Media connection failed"]  # fmt: skip
    mended = World().take(said("reconnecting", code=53405), said("reconnected"), said("disconnect"))
    assert mended.call.state == "ended"


def test_samples_of_one_post_keep_their_distance() -> None:
    post = body("sdk-post")
    first = post["payload"][0]
    post["payload"] = [first | {"timestamp": f"2026-08-24T10:20:{n}.000Z"} for n in range(30, 40)]
    world = World().take(frame("sdk", post))
    times = [one.at for one in world.events if isinstance(one, Sampled) and one.stream == "in-audio"]
    assert times == [AT - 9 + n for n in range(10)]


@pytest.mark.parametrize(
    "odd", [7, {}, {"event": "sample"}, {"event": "dance", "call": SID}, {"payload": []}]
)
def test_what_a_page_cannot_mean(odd: Json) -> None:
    world = World().take(frame("sdk", odd))
    assert len(world.rejected) == 1 and not world.events


def mutated() -> st.SearchStrategy[tuple[str, dict[str, str], Json]]:
    cases = [json.loads(path.read_text("utf-8")) for path in GOLDEN]

    def change(drawn: tuple[Any, list[tuple[int, Any]]]) -> tuple[str, dict[str, str], Json]:
        case, changes = drawn
        said = copy.deepcopy(case["body"])
        for number, value in changes:
            places = list(_places(said))
            holder, key = places[number % len(places)]
            holder[key] = value
        return case["tag"], case["about"], said

    return st.tuples(st.sampled_from(cases), st.lists(st.tuples(st.integers(0, 500), JSON), max_size=6)).map(
        change
    )


def _places(value: Json) -> Iterable[tuple[Any, Any]]:
    pairs = (
        list(value.items())
        if isinstance(value, dict)
        else list(enumerate(value))
        if isinstance(value, list)
        else []
    )
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)


@settings(max_examples=300, deadline=None)
@given(st.lists(mutated(), min_size=1, max_size=4))
def test_reading_and_folding_never_raise(cases: list[tuple[str, dict[str, str], Json]]) -> None:
    world = World()
    for tag, about, said in cases:
        world.take(Frame("twilio-voice", AT, tag, said, about, "test"))
        world.asks(AT + 1, SID)
    for call in world.engine.calls.values():
        json.dumps(call_document(call, AT), allow_nan=False)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([METRICS, EVENTS, SUMMARY, SUMMARIES, "sdk"]),
    JSON,
    st.dictionaries(st.sampled_from(["call", "edge", "page", "url", "status"]), st.text(max_size=40)),
)
def test_arbitrary_json_never_raises(tag: str, said: Json, about: dict[str, str]) -> None:
    list(TwilioVoice().read(Frame("twilio-voice", AT, tag, said, about, "test")))


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 300)
    world = World()
    for n in range(40):
        sid = f"CA{n:032x}"
        rows = [one | {"call_sid": sid} for one in (sdk(m) for m in range(1, 31))]
        world.take(frame(METRICS, page(rows), call=sid))
        world.take(frame(SUMMARY, summary("partial") | {"call_sid": sid}, call=sid))
    kept = world.reader._records
    assert sum(record.size for record in kept.values()) <= 330
    before = len(world.events)
    world.take(frame(METRICS, page([sdk(7) | {"call_sid": f"CA{0:032x}"}]), call=f"CA{0:032x}"))
    assert len(world.events) == before, "a call that was let go is not told again"
    assert all(isinstance(one, Closed) or one.call for one in world.events)


def test_calls_that_last_and_have_too_many_rows_go_on_without_the_old_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 100)
    world, whole = World(), World()
    for n in range(10, 130, 10):
        now = BEGAN + n + 90
        world.take(frame(METRICS, page([sdk(m) for m in range(max(1, n - 30), n)]), now))
        assert sum(record.size for record in world.reader._records.values()) <= 100
    whole.take(frame(METRICS, page([sdk(m) for m in range(1, 120)]), BEGAN + 210))
    assert call_document(world.call, AT)["metrics"] == call_document(whole.call, AT)["metrics"]
    assert len(world.call.legs["sdk_edge"].streams["in-audio"].history.times) == 119
