"""What is told when a call is over: the hang-up webhook, the SDK's debug report, the documented service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callmon.model.events import Closed, Sampled
from tests.providers.telnyx.reporting import BEGAN, CALL, MEDIA, TRUTH, World, counted, iso, live, uploaded

GOLDEN = Path(__file__).parent / "golden"


def hang_up(**ids: str) -> dict[str, Any]:
    case: dict[str, Any] = json.loads((GOLDEN / "webhook-hang-up.json").read_text("utf-8"))
    body: dict[str, Any] = case["body"]
    del body["data"]["payload"]["call_leg_id"], body["data"]["payload"]["call_session_id"]
    body["data"]["payload"] |= ids
    return body


@pytest.mark.parametrize(
    "ids", [{"call_leg_id": "leg-1"}, {"call_leg_id": "x", "call_session_id": "session-1"}]
)
def test_a_hang_up_goes_with_the_call_whose_report_names_it(ids: dict[str, str]) -> None:
    world = uploaded([0, 1, 2])
    world.give(hang_up(**ids), MEDIA + 62, "webhook")
    assert list(world.engine.calls) == [CALL]
    call = world.engine.calls[CALL]
    assert call.state == "ended"
    last = max(call.legs.values(), key=lambda leg: leg.left_at or 0.0)
    assert (last.id, call.ended_at, call.end_reason) == ("telnyx", last.left_at, "normal_clearing")
    assert call.legs["telnyx"].words["mos"] == "4.50"
    shown = world.document()
    assert shown["summary"]["packets"]["received"] == 49 * 60  # ours stand; the vendor's are beside them
    assert call.summary is not None and call.summary.told["packets.received"] == 3119


def test_a_hang_up_goes_with_the_live_call_whose_page_named_its_leg() -> None:
    said = {
        "type": "callUpdate",
        "call": {"id": CALL, "state": "active", "telnyxIDs": {"telnyxLegId": "leg-7"}},
    }
    world = World()
    world.give({"event": "telnyx.notification", "call": CALL, "data": said}, MEDIA, "frame")
    world.give(hang_up(call_leg_id="leg-7"), MEDIA + 62, "webhook")
    assert list(world.engine.calls) == [CALL]
    assert world.engine.calls[CALL].state == "live"  # until the page or its report says that it is over


def test_a_hang_up_of_a_call_that_nobody_told_of_is_a_call() -> None:
    world = World()
    world.give(hang_up(call_leg_id="leg-9"), MEDIA + 62, "webhook")
    shown = world.document("leg-9")
    assert shown["state"] == "ended"
    assert shown["summary"]["packets"] == {"sent": 3098, "received": 3119, "lost": 12}
    assert (shown["summary"]["mos"]["avg"], shown["summary"]["mos_source"]) == (4.5, "provider")


def test_other_webhooks_are_let_pass() -> None:
    body = {"data": {"event_type": "call.answered", "payload": {"call_leg_id": "leg-1"}}}
    world = World()
    assert world.give(body, MEDIA, "webhook") == []
    assert world.rejected == []


def test_the_debug_report_fills_what_live_frames_left_out() -> None:
    def item(second: int) -> dict[str, Any]:
        frame = live(second)
        streams = {"inbound": [frame["inboundAudio"]], "outbound": [frame["outboundAudio"]]}
        stamp = iso(MEDIA + second)
        return {"event": "stats", "tag": "stats", "timestamp": stamp, "data": {"audio": streams}}

    world = World()
    for second in range(1, 31):
        world.give(live(second), MEDIA + second + 0.05, "frame", call=CALL)
    items = [item(second) for second in range(1, 61)]
    world.give({"event": "telnyx.stats.report", "call": CALL, "data": items}, MEDIA + 62, "frame")
    assert counted(world) == TRUTH
    alone = World()
    for one in items:  # a bare array that was posted is read item by item
        alone.give(one, MEDIA + 62, "frame", call=CALL)
    assert counted(alone) == TRUTH


def test_what_is_no_item_of_a_debug_report_is_counted() -> None:
    world = World()
    world.give({"event": "telnyx.stats.report", "call": CALL, "data": [17, {"event": "x"}]}, MEDIA, "frame")
    assert len(world.rejected) == 1


def test_the_documented_service_tells_of_handshakes_that_hang() -> None:
    data = {
        "call": {"call_id": CALL, "duration": 45, "sdk_version": "2.26.3"},
        "segments": [],
        "ice_data": {
            "transport": {"dtls_state": "connecting", "ice_state": "connected", "srtp_cipher": None},
            "selected_pair": None,
            "candidates": [{"type": "relay", "ip": "192.0.2.1", "port": 50000, "timestamp": int(BEGAN)}],
        },
    }
    world = World()
    world.give({"data": data}, BEGAN + 100, "call", call=CALL, status="200")
    shown = world.document()
    assert shown["ice"]["verdict"] == "dtls-stuck"
    assert shown["state"] == "failed"
    assert shown["ended_at"] == "2026-08-24T10:15:45.000Z"


def test_a_call_of_the_service_that_goes_on_is_read_again_and_each_row_once() -> None:
    def answer(count: int) -> dict[str, Any]:
        rows = [{"timestamp": BEGAN + 5 * n, "bytesSent": 40_000 * n, "rtt": 45} for n in range(1, count + 1)]
        return {"data": {"call": {"call_id": CALL, "duration": 5 * count}, "segments": rows}}

    world = World()
    world.give(answer(4), BEGAN + 21, "call", call=CALL, status="200")
    world.give(answer(8), BEGAN + 41, "call", call=CALL, status="200")
    world.give(answer(8), BEGAN + 101, "call", call=CALL, status="200")
    clocks = [one.clock for one in world.events
              if isinstance(one, Sampled) and (one.stream, one.origin) == ("out-audio", "local")]  # fmt: skip
    assert clocks == [BEGAN + 5 * n for n in range(1, 9)]
    assert world.document()["state"] == "ended"
    assert [one.at for one in world.events if isinstance(one, Closed)] == [BEGAN + 45]
