"""The Twilio Voice dialect: rows by edge in any order, and summaries that change."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from callmon.model.events import Retold, Sampled
from callmon.providers.twilio_voice import TwilioVoice
from callmon.providers.twilio_voice.asking import METRICS, SUMMARY
from callmon.providers.twilio_voice.words import contradiction, formula, seconds
from callmon.query.document import call_document
from tests.providers import golden
from tests.providers.twilio_voice.worlds import (
    AT,
    BEGAN,
    ENDED,
    GOLDEN,
    World,
    client_call,
    frame,
    gateway,
    gateway_rows,
    page,
    sdk,
    summary,
)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_a_frame_means(path: Path) -> None:
    """Each file holds a frame, the events it means, and the arithmetic between the two, done by hand."""
    golden.check(TwilioVoice(), path)


def test_there_are_golden_frames() -> None:
    assert len(GOLDEN) >= 20


def test_a_page_of_the_past_is_a_call_with_issues_at_their_times() -> None:
    call = World().take(*client_call()).call
    assert (call.state, call.started_at, call.ended_at) == ("ended", BEGAN, ENDED)
    assert set(call.legs) == {"sdk_edge", "client_edge"}
    loss = next(one for one in call.issues if one.code == "high-packet-loss" and one.leg == "sdk_edge")
    assert BEGAN + 79 <= loss.since <= BEGAN + 90
    assert call.grade.value == "poor" and call.metrics["loss_pct"] == pytest.approx(6.0)
    assert call.metrics["rtt_ms"] == pytest.approx(450.0)
    assert call.summary is not None and call.summary.rtt_ms.max == 450.0
    assert call.summary.rtt_ms.max_at == pytest.approx(BEGAN + 60)
    assert sum(call.grade_seconds.values()) == pytest.approx(ENDED - BEGAN)
    history = call.legs["sdk_edge"].streams["in-audio"].history
    assert len(history.times) == 119 and len(history.points("mos", 0, AT)) == 119


@pytest.mark.parametrize("seed", range(12))
def test_any_order_and_any_repetition_give_the_same_call(seed: int) -> None:
    rng = random.Random(seed)
    frames = client_call()
    expected = World().take(*frames).shown()
    again = frames + rng.sample(frames, 3)
    for one in again:
        rows = one.body.get("metrics")
        if rows:
            rng.shuffle(rows)
    rng.shuffle(again)
    assert World().take(*again).shown() == expected


@pytest.mark.parametrize("seed", range(12))
def test_single_rows_in_any_order_give_the_same_call(seed: int) -> None:
    rng = random.Random(seed)
    rows = [*(sdk(n) for n in range(1, 30)), *gateway_rows()[:3]]
    whole = World().take(frame(METRICS, page(rows))).shown()
    again = rows + rng.sample(rows, 5)
    rng.shuffle(again)
    assert World().take(*(frame(METRICS, page([one])) for one in again)).shown() == whole


def test_rows_that_go_on_where_the_others_ended_are_told_without_beginning_anew() -> None:
    world = World()
    for n in range(1, 40):
        world.take(frame(METRICS, page([sdk(m) for m in range(1, n + 1)]), BEGAN + n + 90))
    assert not any(isinstance(one, Retold) for one in world.events)
    assert len([one for one in world.events if isinstance(one, Sampled)]) == 2 * 39


def test_two_edges_of_a_call_that_lasts_wait_for_each_other() -> None:
    world = World()
    for n in (30, 60, 90):
        now = BEGAN + n + 5
        world.take(frame(METRICS, page([sdk(m) for m in range(1, n)]), now, edge="sdk_edge"))
        told = [gateway("client_edge", "inbound", m) for m in range(10, n, 10)]
        world.take(frame(METRICS, page(told), now, edge="client_edge"))
    # Once, because nothing was known of the second edge at first.
    assert len([one for one in world.events if isinstance(one, Retold)]) == 1


def test_a_call_that_is_told_late_stays_as_it_is_between_two_looks() -> None:
    world = World().take(frame(METRICS, page([sdk(n) for n in range(1, 60)]), BEGAN + 150))
    before = call_document(world.call, AT)
    for second in range(1, 110):
        world.engine.tick(BEGAN + 150 + second)
    after = call_document(world.call, AT)
    assert after == before and after["metrics"]["rtt_ms"] == 80.0 and after["state"] == "live"
    for second in range(110, 400):
        world.engine.tick(BEGAN + 150 + second)
    assert world.call.state == "stale" and world.call.issues[-1].code == "no-data"


def test_jitter_of_a_gateway_never_becomes_a_curve() -> None:
    rows = [gateway("carrier_edge", "inbound", 10 * n, jitter=44.0) for n in range(1, 9)]
    call = World().take(frame(METRICS, page(rows))).call
    stream = call.legs["carrier_edge"].streams["in-audio"]
    assert stream.now.get("jitter_ms") is None and "jitter_ms" not in stream.history.columns
    assert call.metrics.get("jitter_ms") is None
    assert (
        call.legs["carrier_edge"].words["jitter_inbound"]
        == "avg 11 ms, max 44 ms since the start (never falls)"
    )
    lines = [one.text for one in call.timeline if one.code == "gateway-jitter"]
    assert len(lines) == 1 and "cannot show recovery" in lines[0]


def test_a_summary_fills_what_rows_do_not_say_and_stands_beside_the_rest() -> None:
    rows = [gateway("client_edge", "inbound", 10 * n, 1.0) for n in range(1, 12)]
    world = World().take(frame(METRICS, page(rows)), frame(SUMMARY, summary("partial")))
    found = world.call.summary
    assert found is not None and (found.status, found.told_status) == ("provisional", "partial")
    assert (found.rtt_ms.avg, found.rtt_ms.max) == (88.4, 402.0)  # no row says anything of it
    assert found.loss_pct.avg == pytest.approx(1.0)  # ours stands, 0.99 is theirs
    assert found.told["loss_pct.avg"] == pytest.approx(0.992159)
    assert (found.mos.avg, found.mos.max, found.mos_source) == (4.22, 2.21, "provider")
    world.take(frame(SUMMARY, summary("complete", 4.2)))
    assert world.call.summary is not None
    assert (world.call.summary.status, world.call.summary.told["mos.avg"]) == ("final", 4.2)
    lines = [one.text for one in world.call.timeline if one.code == "summary"]
    assert lines == ["the provider's summary is partial", "the provider's summary: mos, avg: 4.22 → 4.2",
                     "the provider's summary is final"]  # fmt: skip
    shown = call_document(world.call, AT)
    assert shown["words"]["tags"] == "high_jitter"
    assert shown["legs"][0]["attributes"]["vendor_jitter_ms_max"] == "9.71"


def test_the_formula_is_the_published_one() -> None:
    for rtt, jitter, loss, mos in (
        (64, 3, 0, 4.4008), (81, 9, 0, 4.3858), (71, 5, 2, 4.2728), (250, 20, 0, 3.8962), (400, 30, 1, 2.9576),
        (402, 38, 6, 2.2117), (990, 0, 0, 1.0), (50, 5, 50, 1.0),
    ):  # fmt: skip
        assert formula(rtt, jitter, loss) == pytest.approx(mos, abs=5e-5)
        assert contradiction(round(mos, 2), rtt, jitter, loss) is None
    assert contradiction(4.39, 8136, 930, 0) is not None


def test_times_with_and_without_a_fraction() -> None:
    assert seconds("2026-08-24T10:20:31Z") == 1787566831.0
    assert seconds("2026-08-24T10:20:31.017Z") == pytest.approx(1787566831.017)
    assert seconds("2026-08-24T12:20:31+02:00") == 1787566831.0
    assert [seconds(odd) for odd in ("", "yesterday", None, True, -1, "0001-01-01T00:00:00Z")] == [None] * 6
