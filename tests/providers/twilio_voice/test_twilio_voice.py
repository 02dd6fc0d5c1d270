"""The Twilio Voice dialect: rows by edge in any order, summaries that change, and what pages forward."""

from __future__ import annotations

import copy
import json
import math
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS
from callmon.model.events import Closed, Event, Retold, Sampled
from callmon.model.frames import Fetch, Frame, Json, Rejected
from callmon.providers.provider import Watched, described
from callmon.providers.twilio_voice import Settings, TwilioVoice
from callmon.providers.twilio_voice import twilio_voice as module
from callmon.providers.twilio_voice.asking import EVENTS, METRICS, SUMMARIES, SUMMARY
from callmon.providers.twilio_voice.words import contradiction, formula, seconds
from callmon.query.document import call_document
from tests.model.events import JSON
from tests.providers import golden

FOLDER = Path(__file__).parent / "golden"
GOLDEN = sorted(FOLDER.glob("*.json"))
SID = "CA0123456789abcdef0123456789abcdef"
BEGAN, ENDED = 1_787_566_788.0, 1_787_566_919.0
AT = ENDED + 700.0
EDGES = ("sdk_edge", "client_edge", "carrier_edge", "sip_edge")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_a_frame_means(path: Path) -> None:
    """Each file holds a frame, the events it means, and the arithmetic between the two, done by hand."""
    golden.check(TwilioVoice(), path)


def test_there_are_golden_frames() -> None:
    assert len(GOLDEN) >= 20


def body(name: str) -> Any:
    return copy.deepcopy(json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["body"])


def frame(tag: str, said: Json, at: float = AT, **about: str) -> Frame:
    told = about if tag == "sdk" else {"call": SID, "status": "200"} | about
    return Frame("twilio-voice", at, tag, said, told, "test")


class World:
    """A reader and the engine behind it."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.reader = TwilioVoice(settings)
        self.engine = Engine(RULE_SETS["twilio-voice"])
        self.fetches: list[Fetch] = []
        self.rejected: list[str] = []
        self.events: list[Event] = []

    def take(self, *frames: Frame) -> World:
        for one in frames:
            found = list(self.reader.read(one))
            self.fetches += [it for it in found if isinstance(it, Fetch)]
            self.rejected += [it.reason for it in found if isinstance(it, Rejected)]
            events = [it for it in found if not isinstance(it, Fetch | Rejected)]
            self.events += events
            self.engine.fold(events, one.at)
            self.engine.tick(one.at + 1.0)
        return self

    @property
    def call(self) -> Call:
        return self.engine.calls[SID]

    def shown(self) -> tuple[Any, Any]:
        """Everything that is shown of the call."""
        lines = sorted((one.at, one.kind, one.text, one.leg or "") for one in self.call.timeline)
        return call_document(self.call, AT), lines

    def asks(self, now: float, *asked: str, first: Iterable[str] = ()) -> list[Fetch]:
        return list(self.reader.poll(now, Watched(asked, frozenset(), frozenset(first))))


def at(second: float) -> str:
    """A time of the call as Twilio writes it: whole seconds without a fraction."""
    whole = 10 * 3600 + 19 * 60 + 48 + math.floor(second)
    stamp = f"2026-08-24T{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{stamp}Z" if second == math.floor(second) else f"{stamp}.{round(second % 1 * 1000):03d}Z"


def row(edge: str, direction: str, second: float, inner: Json) -> dict[str, Json]:
    return {"timestamp": at(second), "call_sid": SID, "edge": edge, "direction": direction,
            **{one: inner if one == edge else None for one in EDGES}}  # fmt: skip


def sdk(second: int, rtt: float = 80, lost: int = 0) -> dict[str, Json]:
    told = {"packets_received": 50 - lost, "packets_lost": lost, "packets_loss_percentage": 2.0 * lost,
            "audio_in": {"value": 900}, "audio_out": {"value": 5000}, "jitter": {"value": 4},
            "rtt": {"value": rtt}, "mos": {"value": round(formula(rtt, 4, 2.0 * lost), 2)}}  # fmt: skip
    total = {"packets_received": (50 - lost) * second, "packets_lost": lost * second,
             "packets_sent": 50 * second, "bytes_received": 8000 * second, "bytes_sent": 8000 * second}  # fmt: skip
    return row("sdk_edge", "both", second, {"interval": told, "cumulative": total})


def gateway(
    edge: str, direction: str, second: float, lost_pct: float = 0.0, jitter: float = 0.5
) -> dict[str, Json]:
    sent = round(50 * second)
    lost = round(sent * lost_pct / 100)
    key = "packets_received" if direction == "inbound" else "packets_sent"
    total = {key: sent - lost, "packets_lost": lost, "jitter": {"avg": jitter / 4, "max": jitter}}
    interval = {"packets_received": 500, "packets_lost": 0, "packets_loss_percentage": lost_pct}
    inner = {"codec": 111, "codec_name": "opus", "cumulative": total, "interval": interval,
             "metadata": {"region": "us1", "edge_location": "ashburn"}}  # fmt: skip
    return row(edge, direction, second, inner)


def page(rows: list[Json], key: str = "metrics", following: str | None = None) -> dict[str, Json]:
    return {"meta": {"page": 0, "page_size": 50, "next_page_url": following, "key": key}, key: rows}


def gateway_rows() -> list[Json]:
    found = [gateway("client_edge", "inbound", 10.017 + 10 * n, 1.0) for n in range(11)]
    return found + [gateway("client_edge", "outbound", 9.006 + 10 * n) for n in range(11)]


def summary(state: str, mos: float = 4.22) -> dict[str, Json]:
    told: dict[str, Json] = body("summary-partial")
    told["processing_state"] = state
    told["sdk_edge"]["metrics"]["inbound"]["mos"]["avg"] = mos
    return told


def client_call() -> list[Frame]:
    """A whole call, as it comes when everything is there."""
    seconds_ = [sdk(n, 80 if n < 60 else 450, 0 if n < 80 else 3) for n in range(1, 120)]
    pages = [seconds_[:50], seconds_[40:90], seconds_[90:]]
    found = [frame(METRICS, page(rows), edge="sdk_edge") for rows in pages]
    found += [frame(METRICS, page(gateway_rows()), edge="client_edge")]
    found += [frame(EVENTS, body("events"))]
    return [*found, frame(SUMMARY, summary("partial")), frame(SUMMARY, summary("complete", 4.2))]


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


# What is asked


def test_a_call_that_is_named_is_asked_about_at_once_and_stops_when_all_is_there() -> None:
    world = World()
    now = ENDED + 20.0
    asked = world.asks(now, SID)
    assert [(one.path.rpartition("/")[2], one.query) for one in asked] == [
        ("Metrics", (("PageSize", "1000"),)),
        ("Events", (("PageSize", "1000"),)),
        ("Summary", (("ProcessingState", "all"),)),
    ]
    world.take(frame(SUMMARY, summary("partial"), now))
    due = [one.query[0] for one in world.asks(now, SID) if one.tag == METRICS]
    assert due == [("Edge", "sdk_edge"), ("Edge", "client_edge")]
    slots = {
        round(one.after - ENDED)
        for t in range(0, 4000, 10)
        for one in world.asks(ENDED + t, SID)
        if one.tag == METRICS
    }
    assert slots == {0, 30, 90, 300, 600, 1800}
    world.take(frame(SUMMARY, summary("complete"), ENDED + 1801))
    for edge in ("sdk_edge", "client_edge"):
        world.take(frame(METRICS, page([]), ENDED + 1802, edge=edge))
    world.take(frame(EVENTS, page([], "events"), ENDED + 1803))
    assert world.asks(ENDED + 1900, SID) == []


def test_a_call_on_screen_is_looked_at_more_often() -> None:
    world = World(Settings(calls=(SID,)))
    world.asks(BEGAN)
    rows = frame(METRICS, page([sdk(n) for n in range(1, 9)]), BEGAN + 20)
    world.take(rows)
    often = {
        one.after
        for t in range(0, 600, 5)
        for one in world.asks(BEGAN + t, first=[SID])
        if one.tag == METRICS
    }
    seldom = {one.after for t in range(0, 600, 5) for one in world.asks(BEGAN + t) if one.tag == METRICS}
    assert len(often) >= 18 and len(seldom) <= 7


def test_reading_goes_on_at_the_last_page() -> None:
    world = World(Settings(calls=(SID,), edges=("sdk_edge",)))
    url = f"https://insights.twilio.com/v1/Voice/{SID}/Metrics?Page=1&PageToken={'x' * 300}"
    world.take(frame(METRICS, page([sdk(1)], following=url), edge="sdk_edge"))
    (more,) = world.fetches
    assert more.path == url and more.after == AT
    world.take(frame(METRICS, page([sdk(2)]), AT, **more.about))
    resumed = next(one for one in world.asks(AT + 500) if one.tag == METRICS)
    assert resumed.path == url and resumed.query == ()
    assert resumed.key == next(
        one.key for one in World(Settings(calls=(SID,), edges=("sdk_edge",))).asks(AT) if one.tag == METRICS
    )
    world.take(frame(METRICS, page([sdk(2), sdk(3)]), AT + 500, **resumed.about))
    assert len([one for one in world.events if isinstance(one, Sampled)]) == 6
    world.take(
        Frame("twilio-voice", AT + 600, METRICS, body("error-404"), {**resumed.about, "status": "404"})
    )
    assert world.fetches[-1].path == f"Voice/{SID}/Metrics" and world.fetches[-1].after == AT + 600


def test_not_yet_is_asked_less_and_less_often_and_given_up_at_last() -> None:
    world = World()
    now = AT
    waits: list[float] = []
    while len(waits) < 100:
        world.take(frame(METRICS, body("error-404"), now, status="404"))
        if world.rejected:
            break
        waits.append(world.fetches[-1].after - now)
        now = world.fetches[-1].after
    assert waits[:6] == [30, 60, 120, 300, 600, 600] and now - AT < 4.5 * 3600
    assert "30 days" in world.rejected[0]
    assert world.asks(now, SID) == []


def test_a_page_that_leads_to_itself_is_the_last() -> None:
    url = "https://insights.twilio.com/v1/x?Page=1"
    world = World().take(frame(METRICS, page([sdk(1)], following=url), url=url, page="1"))
    assert world.fetches == []


def test_the_list_tells_of_calls_and_their_ends() -> None:
    world = World().take(Frame("twilio-voice", AT, SUMMARIES, body("list"), {"status": "200"}))
    assert world.call.state == "live" and list(world.call.legs) == ["sdk_edge"]
    assert world.call.label == "client:agent-7 → +15550199"
    world.engine.tick(AT + 200)
    assert world.call.state == "live", "nothing is measured yet, and the next look is still to come"
    ended = page([summary("partial")], "call_summaries")
    world.take(Frame("twilio-voice", AT + 60, SUMMARIES, ended, {"status": "200"}))
    assert world.call.state == "ended"
    assert SUMMARY not in {one.tag for one in world.asks(AT + 61)}, "the list holds the same summaries"


@pytest.mark.parametrize(
    "wrong",
    [{"calls": ("CA1",)}, {"filters": {"Colour": "red"}}, {"edges": ("edge",)}, {"direction": "up"},
     {"page_size": 1001}, {"every_s": 0.0}],
)  # fmt: skip
def test_settings_that_the_api_would_refuse(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)


def test_every_setting_is_described() -> None:
    assert all(described(Settings).values())


# What pages forward


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


def test_a_call_that_ends_after_a_media_error_has_failed() -> None:
    def said(event: str, **data: Json) -> Frame:
        return frame("sdk", {"event": event, "call": SID, "data": data})

    world = World().take(said("accept"), said("error", code=53405, message="Media connection failed"))
    world.take(said("disconnect"))
    assert world.call.state == "failed"
    assert [one.text for one in world.call.timeline if one.kind == "vendor"] == [
        "call accept", "call error: Media connection failed"]  # fmt: skip
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


# Whatever comes


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
