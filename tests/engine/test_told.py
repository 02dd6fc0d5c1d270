"""What a provider says in its own summary, pages of the past, and calls that are told again."""

from __future__ import annotations

import pytest

from callmon.engine.changes import Ended, Raised
from callmon.engine.engine import Engine
from callmon.engine.past import moments
from callmon.model.events import Closed, Described, Event, Joined, Opened, Reported, Retold, Sampled

NOW = 1_700_000_000.0


def opened(at: float = NOW, every_s: float | None = None) -> list[Event]:
    return [
        Opened("c", at, "twilio-voice", every_s=every_s),
        Joined("c", at, "e", "edge"),
        Described("c", at, "e", "i", "audio", "inbound"),
    ]


def sample(at: float, n: int, lost: int = 0) -> Sampled:
    return Sampled("c", at, "e", "i", at, {"rtt_ms": 50.0}, {"packets": 50.0 * n, "lost": float(lost)})


def lossy(until: int = 60) -> list[Event]:
    return [sample(NOW + n, n, 5 * max(0, n - 20)) for n in range(until)]


def test_a_frame_of_now_is_one_moment() -> None:
    events = [*opened(), sample(NOW, 1), sample(NOW + 1, 2)]
    assert moments(events, NOW + 2) == [(NOW + 2, events)]


def test_a_frame_of_the_past_is_its_moments_and_its_end() -> None:
    rows, end = [sample(NOW, 1), sample(NOW + 10, 2)], Closed("c", NOW + 15)
    parts = moments([*opened(), *rows, end], NOW + 100)
    assert [(at, len(part)) for at, part in parts] == [(NOW, 4), (NOW + 10, 1), (NOW + 15, 1)]


def test_what_comes_at_once_and_late_is_judged_as_if_it_had_come_as_it_happened() -> None:
    live, late = Engine(), Engine()
    live.fold(opened(), NOW)
    for event in lossy():
        live.fold([event], event.at)
    live.fold([Closed("c", NOW + 60)], NOW + 60)
    late.fold([*opened(), *lossy(), Closed("c", NOW + 60)], NOW + 500)
    one, other = live.calls["c"], late.calls["c"]
    assert one.metrics == other.metrics and one.grade is other.grade
    assert [(i.code, i.since, i.until) for i in one.issues] == [
        (i.code, i.since, i.until) for i in other.issues
    ]
    assert one.grade_seconds == pytest.approx(other.grade_seconds)
    assert other.last_frame_at == NOW + 500


def test_time_of_a_late_call_goes_on_with_its_samples_and_not_with_the_clock() -> None:
    engine = Engine()
    engine.fold([*opened(), *lossy()], NOW + 150)
    before = dict(engine.calls["c"].metrics)
    for second in range(100):
        engine.tick(NOW + 150 + second)
    assert engine.calls["c"].metrics == before and engine.calls["c"].state == "live"
    engine.tick(NOW + 150 + 121)
    assert engine.calls["c"].state == "stale"
    engine.fold([sample(NOW + 60, 60, 200)], NOW + 280)
    assert engine.calls["c"].state == "live"


def test_a_call_that_is_looked_at_seldom_is_not_stale_between_two_looks() -> None:
    engine = Engine()
    engine.fold(opened(every_s=120.0), NOW)
    engine.tick(NOW + 359)
    assert engine.calls["c"].state == "live"
    engine.tick(NOW + 361)
    assert engine.calls["c"].state == "stale"


def test_a_call_that_is_told_again_is_the_call_that_is_told() -> None:
    engine, fresh = Engine(), Engine()
    told: list[Event] = [*opened(NOW - 5), *lossy(), Closed("c", NOW + 60)]
    first = engine.fold([*opened(), *lossy(30)], NOW + 200)
    assert any(isinstance(one, Raised) for one in first)
    version = engine.calls["c"].version
    again = engine.fold([Retold("c", NOW - 5), *told], NOW + 300)
    fresh.fold(told, NOW + 300)
    one, other = engine.calls["c"], fresh.calls["c"]
    assert (one.started_at, one.metrics, one.issues) == (other.started_at, other.metrics, other.issues)
    assert one.version > version
    raised = [change.issue.code for change in again if isinstance(change, Raised)]
    assert raised == ["low-mos"], "high-packet-loss was raised before"
    assert [type(change) for change in again if isinstance(change, Ended)] == [Ended]
    assert engine.fold([Retold("c", NOW - 5), *told], NOW + 301) == []
    assert engine.fold([Retold("nobody", NOW)], NOW) == []


def test_figures_of_the_provider_fill_what_we_do_not_know_and_stand_beside_what_we_do() -> None:
    engine = Engine()
    figures = {
        "jitter_ms.avg": 90.0,
        "mos.avg": 4.0,
        "mos.max": 2.0,
        "packets.sent": 700.0,
        "odd.avg": 1.0,
        "x": 2.0,
    }
    rows = [
        Sampled("c", NOW + n, "e", "i", NOW + n, {"jitter_ms": 3.0}, {"packets": 50.0 * n}) for n in range(9)
    ]
    engine.fold([*opened(), *rows, Closed("c", NOW + 10)], NOW + 99)
    engine.fold([Reported("c", NOW + 10, "e", {}, figures, "partial")], NOW + 100)
    summary = engine.calls["c"].summary
    assert summary is not None
    assert (summary.status, summary.jitter_ms.avg, summary.mos.avg) == ("provisional", 3.0, 4.0)
    assert (summary.mos.max, summary.mos_source, summary.packets["sent"]) == (2.0, "provider", 700.0)
    other = {"jitter_ms.avg": 70.0, "mos.max": 3.0, "packets.sent": 300.0}
    engine.fold([Reported("c", NOW + 10, "f", {}, other, "final")], NOW + 101)
    summary = engine.calls["c"].summary
    assert summary is not None and summary.status == "final"
    assert (summary.told["jitter_ms.avg"], summary.told["mos.max"], summary.told["packets.sent"]) == (
        90,
        2,
        1000,
    )
    before = list(engine.calls["c"].timeline)
    engine.fold([Reported("c", NOW + 10, "f", {}, other, "final")], NOW + 102)
    assert engine.calls["c"].timeline == before, "said again it changes nothing"


def counting(role: str, legs: dict[str, tuple[float, float | None]]) -> Engine:
    """A call that is over, each of whose legs counted packets, and bytes where it does."""
    engine = Engine()
    engine.fold([Opened("c", NOW, "twilio-voice")], NOW)
    for leg, (packets, octets) in legs.items():
        engine.fold([Joined("c", NOW, leg, role)], NOW)
        for stream, direction in (("i", "inbound"), ("o", "outbound")):
            rows = [
                {"packets": share * packets} | ({} if octets is None else {"bytes": share * octets})
                for share in (0.0, 0.5, 1.0)
            ]
            engine.fold([Described("c", NOW, leg, stream, "audio", direction)], NOW)
            engine.fold(
                [Sampled("c", NOW + n, leg, stream, NOW + n, {}, row) for n, row in enumerate(rows)], NOW + 3
            )
    engine.fold([Closed("c", NOW + 4)], NOW + 4)
    return engine


@pytest.mark.parametrize(
    ("role", "legs", "packets", "octets"),
    [
        ("edge", {"client_edge": (510.0, None), "sdk_edge": (500.0, 8000.0)}, 500.0, 8000.0),
        ("edge", {"sip_edge": (490.0, 70.0), "carrier_edge": (500.0, 80.0)}, 500.0, 80.0),
        ("edge", {"sip_edge": (490.0, 70.0), "carrier_edge": (500.0, None)}, 500.0, None),
        ("edge", {"client_edge": (510.0, None), "sdk_edge": (0.0, None)}, 510.0, None),
        ("participant", {"a": (510.0, 20.0), "b": (500.0, 30.0)}, 1010.0, 50.0),
    ],
)
def test_edges_see_the_same_packets_and_participants_their_own(
    role: str, legs: dict[str, tuple[float, float | None]], packets: float, octets: float | None
) -> None:
    summary = counting(role, legs).calls["c"].summary
    assert summary is not None
    assert (summary.packets["sent"], summary.packets["received"]) == (packets, packets)
    assert (summary.bytes["sent"], summary.bytes["received"]) == (octets, octets)


@pytest.mark.parametrize(("counted", "sent"), [(500.0, 700.0), (0.0, 700.0)])
def test_what_the_provider_counts_at_its_edges_is_no_sum_either(counted: float, sent: float) -> None:
    engine = counting("edge", {"client_edge": (counted, None), "sdk_edge": (counted, None)})
    for leg, value in (("client_edge", 710.0), ("sdk_edge", 700.0)):
        engine.fold([Reported("c", NOW + 4, leg, {}, {"packets.sent": value}, "final")], NOW + 5)
    summary = engine.calls["c"].summary
    assert summary is not None and summary.told["packets.sent"] == sent
