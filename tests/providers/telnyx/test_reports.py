"""Call reports: parts that come twice, late, in any order, beside live frames, and from every SDK."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.model.events import Noted, Opened, Reported, Retold, Sampled
from callmon.providers.provider import Watched
from callmon.providers.telnyx import Telnyx
from callmon.providers.telnyx.posts import HOLD_S, MAX_LINES
from tests.providers.telnyx.reporting import (
    BEGAN,
    CALL,
    MEDIA,
    PARTS,
    TRUTH,
    World,
    counted,
    iso,
    live,
    part,
    row,
    uploaded,
)


def test_parts_in_their_order_are_one_call() -> None:
    world = uploaded([0, 1, 2])
    shown = world.document()
    assert counted(world) == TRUTH
    assert shown["state"] == "ended"
    assert shown["ended_at"] == "2026-08-24T10:16:04.000Z"
    assert shown["duration_s"] == pytest.approx(64.0)  # the ringing is part of the call
    assert shown["summary"]["status"] == "final"
    assert shown["summary"]["loss_pct"]["avg"] == pytest.approx(2.0)
    assert shown["summary"]["rtt_ms"]["avg"] == pytest.approx(145.0, abs=1.0)
    assert shown["summary"]["jitter_ms"]["avg"] == pytest.approx(11.0)
    assert shown["ice"]["verdict"] == "connected"
    assert [issue["code"] for issue in shown["issues"]] == ["high-packet-loss"]


@pytest.mark.parametrize("rest", [list(order) for order in itertools.permutations([1, 2, 1, 0, 2])][::7])
def test_parts_that_come_again_and_in_any_order_give_the_same_call(rest: list[int]) -> None:
    assert uploaded([0, *rest]).document() == uploaded([0, 1, 2]).document()


@settings(max_examples=40)
@given(st.permutations([0, 1, 2, 0, 1, 2]))
def test_stored_parts_in_any_order_and_twice_give_the_same_call(order: list[int]) -> None:
    known, world = World(), World()
    known.give(PARTS, MEDIA + 70, "call", call=CALL, status="200")
    shuffled = [{**PARTS[n], "stats": PARTS[n]["stats"][::-1]} for n in order]
    world.give(shuffled, MEDIA + 70, "call", call=CALL, status="200")
    assert world.document() == known.document()
    assert world.give(shuffled, MEDIA + 80, "call", call=CALL, status="200") == []


@settings(max_examples=30)
@given(st.permutations([0, 1, 2]), st.permutations([0, 1, 2]))
def test_stored_parts_that_turn_up_one_by_one_are_told_again_in_their_order(
    first: list[int], order: list[int]
) -> None:
    """The API may have a later part before an earlier one: everything is told anew when that comes."""
    known, world = World(), World()
    known.give(PARTS, MEDIA + 70, "call", call=CALL, status="200")
    for count in (1, 2, 3):
        there = [PARTS[n] for n in first[:count]]
        world.give(there, MEDIA + 70 + count, "call", call=CALL, status="200")
    assert counted(world) == TRUTH
    assert world.document()["summary"] == known.document()["summary"]
    retold = [one for one in world.events if isinstance(one, Retold)]
    assert bool(retold) == (first != [0, 1, 2])


def test_a_lost_part_is_waited_for_no_longer_than_the_sdk_tries() -> None:
    world = World()
    world.give(PARTS[0], MEDIA + 20)
    assert world.give(PARTS[2], MEDIA + 60) == []
    assert world.engine.calls[CALL].state == "live"
    world.give(part(range(1, 3), None, True) | {"summary": {"callId": "other"}}, MEDIA + 60 + HOLD_S)
    assert world.engine.calls[CALL].state == "ended"
    assert world.totals()["in-audio"]["packets"] == 49 * 60  # the counters go on across the hole


def test_who_begins_to_listen_in_the_middle_reads_on_from_there() -> None:
    world = World()
    world.give(PARTS[1], MEDIA + 40)
    world.give(PARTS[2], MEDIA + 60)
    world.give(PARTS[0], MEDIA + 61)
    assert world.totals()["in-audio"]["packets"] == 49 * 60
    late = [one for one in world.events if isinstance(one, Noted) and one.code == "late-rows"]
    assert "20 rows" in late[0].text


@pytest.mark.parametrize("until", [20, 45, 60])
def test_live_frames_and_the_report_of_the_same_call_count_once(until: int) -> None:
    """Frames until some second, then the whole report: the rest of the call is taken from that."""
    world = World()
    for second in range(1, until + 1):
        world.give(live(second), MEDIA + second + 0.05, "frame", call=CALL)
    uploaded([0, 1, 2], world)
    assert counted(world) == TRUTH
    assert len(world.engine.calls) == 1
    assert list(world.engine.calls[CALL].legs) == ["sdk"]
    stream = world.engine.calls[CALL].legs["sdk"].streams["in-audio"]
    assert len([at for at, _ in stream.history.points("jitter_ms", 0, 4e9)]) == 60


def test_frames_that_go_on_where_a_report_ended_count_on() -> None:
    world = World()
    world.give(PARTS[0], MEDIA + 20.3)
    for second in range(15, 61):
        world.give(live(second), MEDIA + second + 0.05, "frame", call=CALL)
    assert counted(world) == TRUTH


def test_parts_between_live_frames_change_no_number() -> None:
    alone, both = World(), World()
    for second in range(1, 61):
        for world in (alone, both):
            world.give(live(second), MEDIA + second + 0.05, "frame", call=CALL)
        if second % 20 == 0:
            both.give(PARTS[second // 20 - 1], MEDIA + second + 0.3)
    assert counted(both) == counted(alone) == TRUTH
    assert both.engine.calls[CALL].state == "ended"
    assert both.document()["ice"]["verdict"] == "connected"  # which frames do not tell


def test_the_report_is_of_the_leg_that_the_frames_named() -> None:
    world = World()
    world.give(live(1), MEDIA + 1, "frame", call=CALL, leg="agent")
    world.give(PARTS[0], MEDIA + 20.3)
    assert list(world.engine.calls[CALL].legs) == ["agent"]


def test_counters_that_begin_anew_after_a_reconnection_are_added_up() -> None:
    world = World()
    world.give(part(range(1, 21), 0), MEDIA + 20)
    world.give(part(range(21, 41), 1, since=20), MEDIA + 40)
    world.give(part(range(41, 61), 2, True, since=20), MEDIA + 60)
    assert world.totals()["in-audio"]["packets"] == 49 * 60
    assert world.totals()["in-audio"]["lost"] == 60
    losses = [one.gauges.get("bitrate_bps") for one in world.events if isinstance(one, Sampled)]
    assert all(value is None for value in losses)  # a negative bitrateAvg is nowhere


def test_a_leg_torn_down_to_attach_again_is_no_end() -> None:
    torn = part(range(1, 21), None, True)
    torn["summary"]["state"] = "recovering"
    world = World()
    world.give(torn, MEDIA + 20)
    assert world.engine.calls[CALL].state == "live"
    world.give(part(range(21, 41), 0, since=20), MEDIA + 40)
    world.give(part(range(41, 61), 1, True, since=20), MEDIA + 60)
    assert world.engine.calls[CALL].state == "ended"
    assert counted(world) == TRUTH


def android(seconds: range) -> dict[str, Any]:
    body = part(seconds, None, True)
    body["summary"]["state"] = "done"
    return body | {"call_id": CALL, "call_report_id": "of-the-user", "android_extra": {"model": "Pixel"}}


def test_an_android_report_in_chunks_without_numbers_is_one_report() -> None:
    whole, chunked = World(), World()
    whole.give(android(range(1, 61)), MEDIA + 61)
    for n, seconds in enumerate((range(1, 21), range(21, 41), range(21, 41), range(41, 61))):
        chunked.give(android(seconds), MEDIA + 61 + n / 10)
    assert counted(chunked) == counted(whole) == TRUTH
    assert chunked.document()["summary"]["packets"] == whole.document()["summary"]["packets"]


def test_zeros_of_the_android_sdk_are_unknown_and_those_of_a_browser_are_not() -> None:
    body = part(range(1, 3), None, True)
    for one in body["stats"]:
        one["audio"]["outbound"]["audioLevelAvg"] = 0.0
        one["connection"]["roundTripTimeAvg"] = 0.0
    browser, phone = World(), World()
    browser.give(body, MEDIA + 3)
    phone.give({**body, "android_extra": {}}, MEDIA + 3)
    levels = [
        {one.gauges.get("audio_level") for one in world.events if isinstance(one, Sampled) and
         (one.stream, one.origin) == ("out-audio", "local")}
        for world in (browser, phone)
    ]  # fmt: skip
    assert levels == [{0.0}, {None}]
    assert not [one for one in browser.events if isinstance(one, Sampled) and "pair_rtt_ms" in one.gauges]


@pytest.mark.parametrize("missing", ["null", "left out"])
def test_what_is_null_is_as_unknown_as_what_is_left_out(missing: str) -> None:
    body = part(range(1, 4), None, True)
    for one in body["stats"]:
        inbound = one["audio"]["inbound"]
        for key in ("packetsLost", "jitterAvg", "audioLevelAvg"):
            inbound[key] = None
            if missing == "left out":
                del inbound[key]
    world = World()
    world.give(body, MEDIA + 4)
    stream = world.engine.calls[CALL].legs["sdk"].streams["in-audio"]
    assert (stream.now.get("loss_pct"), stream.now.get("jitter_ms")) == (None, None)
    assert stream.now["bitrate_bps"] == pytest.approx(62_720)  # 49 packets × 160 bytes × 8 bits


@pytest.mark.parametrize(
    "stats", [{"entries": [row(1), row(2)]}, {"0": row(1), "1": row(2)}, [row(2), None, row(1), 17]]
)
def test_rows_are_found_in_every_shape_that_the_schema_allows(stats: Any) -> None:
    world = World()
    world.give(part(range(1, 3), None, True) | {"stats": stats}, MEDIA + 3)
    assert world.totals()["in-audio"]["packets"] == 98


def test_stats_that_are_one_object_are_one_row_at_the_end() -> None:
    only = row(2)
    del only["intervalStartUtc"], only["intervalEndUtc"]
    world = World()
    world.give(part(range(1, 3), None, True) | {"stats": only}, MEDIA + 3)
    sampled = [one for one in world.events if isinstance(one, Sampled)]
    assert {one.clock for one in sampled} == {MEDIA + 2}


def test_an_unanswered_call_leaves_a_report_of_its_log_alone() -> None:
    logs = [{"timestamp": iso(BEGAN + 1), "level": "error", "message": "getUserMedia denied"}]
    world = World()
    world.give(part(range(0), None, True) | {"logs": logs}, MEDIA + 1)
    assert world.engine.calls[CALL].state == "ended"
    assert any(moment.text == "error: getUserMedia denied" for moment in world.engine.calls[CALL].timeline)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_log_is_bounded_and_its_errors_come_first(wrapped: bool) -> None:
    logs: Any = [
        {"timestamp": iso(BEGAN + n / 10), "level": "debug" if n % 2 else "info", "message": f"line {n}"}
        for n in range(1000)
    ]
    logs[999]["level"] = "error"
    world = World()
    world.give(part(range(1, 3), None, True) | {"logs": {"entries": logs} if wrapped else logs}, MEDIA + 200)
    lines = [
        one for one in world.events if isinstance(one, Noted) and one.code and one.code.startswith("log-")
    ]
    assert len(lines) == MAX_LINES + 1
    assert "error: line 999" in [one.text for one in lines]
    assert not any(one.text == "line 1" for one in lines)


def test_jitter_that_looks_like_seconds_is_shown_as_it_came_and_doubted() -> None:
    body = part(range(1, 4), None, True)
    for one in body["stats"]:
        one["audio"]["inbound"]["jitterAvg"] = 0.003
    world = World()
    world.give(body, MEDIA + 4)
    words = [one.words for one in world.events if isinstance(one, Reported) and one.words]
    assert "written in seconds" in words[0]["note"]
    jitters = {one.gauges["jitter_ms"] for one in world.events
               if isinstance(one, Sampled) and one.stream == "in-audio"}  # fmt: skip
    assert jitters == {0.003}


def test_a_clock_that_is_ahead_is_set_back_by_when_its_report_came() -> None:
    world = World()
    world.give(part(range(1, 61), None, True), MEDIA + 60 - 3600)
    call = world.engine.calls[CALL]
    assert call.started_at == pytest.approx(BEGAN - 3600)
    assert call.ended_at == pytest.approx(MEDIA + 60 - 3600)


def test_a_report_that_is_sent_long_afterwards_keeps_its_times() -> None:
    world = World()
    world.give(part(range(1, 61), None, True), MEDIA + 86_400)
    assert world.document()["started_at"] == "2026-08-24T10:15:00.000Z"


def test_a_call_has_the_label_that_the_page_gave_it() -> None:
    world = World()
    world.give({**live(1), "call": CALL, "label": "Front desk"}, MEDIA + 1, "frame", label="Front desk")
    world.give(PARTS[0], MEDIA + 20)
    assert world.engine.calls[CALL].label == "Front desk"
    assert [one.label for one in World(Telnyx()).give(PARTS[0], MEDIA + 20) if isinstance(one, Opened)] == [
        "+15551234567"
    ]


def test_a_stored_report_without_its_last_part_is_of_a_call_that_is_over_all_the_same() -> None:
    world = World()
    world.give(PARTS[:2], MEDIA + 50, "call", call=CALL, status="200")
    assert world.engine.calls[CALL].state == "live"
    world.give(PARTS[:2], MEDIA + 4000, "call", call=CALL, status="200")
    assert world.document()["state"] == "ended"
    assert world.document()["ended_at"] == "2026-08-24T10:15:44.000Z"
    assert list(world.reader.poll(MEDIA + 5000, Watched((CALL,))))[1:] == []
