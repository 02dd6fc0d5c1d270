"""Whose silence it is: that of calls, of callmon itself, of a clock that was set, or of another callmon."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

from callmon.board import LiveBoard
from callmon.engine.call import MISSED_LIMIT, Call, Missed
from callmon.engine.engine import Engine
from callmon.model import codec
from callmon.model.events import Event, Joined, Opened, Sampled, Unheard
from callmon.model.frames import Frame
from callmon.monitor import EXCUSED_AT_ONCE, EXCUSED_S, REST_S, Monitor, since_boot
from callmon.providers import every_provider
from callmon.query.aggregate import Ledger
from callmon.query.columns import reason_text, state_word
from callmon.query.document import call_document, document, source_document
from callmon.sources.source import Clock, Session
from callmon.tui import status
from callmon.tui.rows import badge_of
from callmon.tui.wall import Wall, wall
from tests.engine.peer import START, Peer


@pytest.mark.parametrize(
    ("stepped_s", "slept_s", "said"),
    [
        (0.0, 3600.0, "callmon itself stood still for 1:00:00"),
        (3600.0, 3600.0, "callmon itself stood still for 1:00:00"),
        (90.0, 0.0, "the clock of this machine was set forward by 1:30"),
        (-90.0, 0.0, "the clock of this machine was set back by 1:30"),
        (2.0, 0.0, None),
    ],
)
def test_a_clock_that_is_set_is_no_standstill_and_makes_no_call_silent(
    monkeypatch: pytest.MonkeyPatch, stepped_s: float, slept_s: float, said: str | None
) -> None:
    day, booted_s, unheard_s, peer = [START], [50.0], [0.0], Peer()
    watch = Monitor(Engine(), every_provider(), lambda: day[0], steady=lambda: booted_s[0])
    naps = [(1.0, 1.0)] * 10 + [(1 + stepped_s + slept_s, 1 + slept_s)] + [(1.0, 1.0)] * 10
    states: list[str] = []

    async def sleep(seconds: float) -> None:
        if not naps:
            raise asyncio.CancelledError
        of_day, of_machine = naps.pop(0)
        day[0] += of_day
        booted_s[0] += of_machine
        unheard_s[0] += of_day
        if len(naps) != 10:  # the tick comes before the page is heard again
            watch.take(peer.frame(unheard_s[0]))
            unheard_s[0] = 0.0
        states.extend(call.state for call in watch.engine.calls.values())

    monkeypatch.setattr("callmon.monitor.asyncio.sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(watch.keep_time())
    (call,) = watch.engine.calls.values()
    assert set(states) == {"live"}
    assert call.issues == []
    assert sum(call.grade_seconds.values()) < 25
    assert [text for _, text in watch.lines] == (
        [f"{said}: calls get their time to report before they are called silent"] if said is not None else []
    )


def test_the_time_since_boot_goes_on_and_is_no_time_of_day() -> None:
    before = since_boot()
    assert 0 <= since_boot() - before < 60
    assert abs(before - time.time()) > 1e6


class Collector:
    """Another callmon with one call, as a viewer hears of it second by second; silent where it says nothing."""

    def __init__(self, beat_s: float | None = 1.0) -> None:
        self.now = START
        self.viewer = Monitor(Engine(), every_provider(), lambda: self.now)
        self.health = self.viewer.source("connect")
        self.health.beat_s, self.health.state = beat_s, "ok"

    def hear(self, *events: Event) -> None:
        self.health.state, self.health.last_success_at = "ok", self.now
        if events:
            body = {"schema": codec.SCHEMA, "events": [codec.write(event) for event in events]}
            self.viewer.take(Frame("callmon", self.now, "message", body, source="connect"))

    def run(self, monkeypatch: pytest.MonkeyPatch, seconds: int, told: bool, calls: bool) -> None:
        left = [seconds]

        async def sleep(_: float) -> None:
            if not left[0]:
                raise asyncio.CancelledError
            left[0] -= 1
            self.now += 1
            if told:
                self.hear(*(_sample("c", self.now) if calls else ()))

        monkeypatch.setattr("callmon.monitor.asyncio.sleep", sleep)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(self.viewer.keep_time())


def _sample(id: str, at: float) -> list[Event]:
    """What a collector says of a call that reports."""
    sample = Sampled(id, at, "l", None, at, {"pair_rtt_ms": 40.0})
    return [Opened(id, at, "webrtc"), Joined(id, at, "l"), sample]


def test_where_a_collector_says_nothing_its_calls_are_not_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Collector()
    run.run(monkeypatch, 20, told=True, calls=True)
    (call,) = run.viewer.engine.calls.values()
    graded_s = sum(call.grade_seconds.values())
    run.run(monkeypatch, 600, told=False, calls=False)
    assert run.health.state == "silent"
    assert (call.state, call.issues) == ("live", [])
    run.health.state = "unreachable"
    run.run(monkeypatch, 60, told=False, calls=False)
    assert (run.health.state, call.state, call.issues) == ("unreachable", "live", [])
    run.run(monkeypatch, 20, told=True, calls=True)
    assert (call.state, call.issues, run.health.state) == ("live", [], "ok")
    assert sum(call.grade_seconds.values()) < graded_s + 30
    assert [text for _, text in run.viewer.lines] == [
        "connect: says nothing any more: its calls are shown as they were"
    ]


@pytest.mark.parametrize(("told", "beat_s"), [(True, 1.0), (False, None)])
def test_where_a_collector_says_that_it_is_there_or_never_did_silent_calls_are_silent(
    monkeypatch: pytest.MonkeyPatch, told: bool, beat_s: float | None
) -> None:
    run = Collector(beat_s)
    run.run(monkeypatch, 20, told=True, calls=True)
    run.run(monkeypatch, 20, told=told, calls=False)
    (call,) = run.viewer.engine.calls.values()
    assert (call.state, [issue.code for issue in call.issues]) == ("stale", ["no-data"])


async def _one_call(state: str) -> Collector:
    """A viewer whose collector said something of one call, and has been silent for an hour, in some state."""
    run = Collector()
    run.health.state = "ok"
    run.hear(Opened("c", START, "webrtc"), Joined("c", START, "l"))
    run.health.state = state
    for _ in range(30):
        run.now += 1
        await run.viewer._excuse_silent()
        run.viewer.tick()
    return run


async def test_where_a_feed_is_at_its_end_its_calls_fall_silent() -> None:
    run = await _one_call("closed")
    assert (run.health.state, run.viewer.engine.calls["c"].state) == ("closed", "stale")


async def test_a_collector_that_is_asked_again_and_does_not_answer_is_still_silent() -> None:
    run = await _one_call("starting")
    assert (run.health.state, run.viewer.engine.calls["c"].state) == ("silent", "live")
    assert not run.viewer.lines, "what is tried again was said to be lost"


async def test_very_many_calls_are_excused_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    run, rests = Collector(), list[float]()

    async def sleep(seconds: float) -> None:
        rests.append(seconds)

    monkeypatch.setattr("callmon.monitor.asyncio.sleep", sleep)
    run.hear(*(Opened(f"c{number}", START, "webrtc") for number in range(2 * EXCUSED_AT_ONCE + 1)))
    run.now += 10
    await run.viewer._excuse_silent()
    assert all(call.unheard_at == run.now for call in run.viewer.engine.calls.values())
    assert rests == [REST_S] * 2


def test_what_was_missed_of_a_call_is_remembered_from_when_it_was_due_until_it_is_heard() -> None:
    run = Collector()
    told: list[Event] = [Opened("c", START, "webrtc"), Joined("c", START, "l")]
    for second in range(3):
        told.append(Sampled("c", START + second, "l", None, START + second, {"pair_rtt_ms": 40.0}))
        run.now = START + second
        run.hear(*told)
    (call,) = run.viewer.engine.calls.values()
    due = call.last_frame_at + (call.interval_s or 0.0)
    for at in (START + 30, START + 33):
        run.viewer.engine.fold([Unheard("c", at)], at)
        assert call.missed == [Missed(due)]
    run.now = START + 40
    run.hear(Sampled("c", run.now, "l", None, run.now, {"pair_rtt_ms": 40.0}))
    assert call.missed == [Missed(due, START + 40)]
    run.viewer.engine.fold([Unheard("c", START + 33)], START + 41)
    assert call.missed == [Missed(due, START + 40)], "that is old"


@pytest.mark.parametrize(("heard_s", "lost_s"), [(60, 5), (5, 60), (30, 30)])
def test_of_very_many_stretches_that_were_missed_the_longest_stay_and_what_was_heard_stays_heard(
    heard_s: int, lost_s: int
) -> None:
    call, now, longest = Call("c", "webrtc", START, last_frame_at=START), START, 3600
    for lasts in [lost_s] * MISSED_LIMIT + [longest] + [lost_s] * 2 * MISSED_LIMIT:
        call.last_frame_at = now = now + heard_s
        now += lasts
        call.miss(now)
        call.hear(now)
    ends = [(one.since, one.until) for one in call.missed if one.until is not None]
    assert len(ends) == MISSED_LIMIT == len(call.missed)
    assert all(one[1] < two[0] for one, two in pairwise(ends))
    assert any(until - since >= longest for since, until in ends)
    missed = sum(until - since for since, until in ends)
    wrong = abs(missed - (3 * MISSED_LIMIT * lost_s + longest))
    assert wrong <= (2 * MISSED_LIMIT + 1) * min(heard_s, lost_s)


def test_a_call_whose_next_report_is_not_due_yet_misses_nothing() -> None:
    call = Call("c", "webrtc", START, last_frame_at=START, interval_s=30.0)
    assert call.miss(START + 20) and call.unheard and not call.missed
    assert not call.miss(START + 25)
    assert call.miss(START + 40) and call.missed == [Missed(START + 30)]
    assert not call.miss(START + 43)
    call.hear(START + 29)
    assert not call.missed, "what was told late was not missed"


@pytest.mark.parametrize("interval_s", [1, 5, 10])
def test_figures_have_the_hole_of_a_call_however_seldom_it_reports(interval_s: int) -> None:
    run, ledger = Collector(), Ledger()

    async def tick(told: bool) -> None:
        run.now += 1
        if told:
            run.hear(*(_sample("c", run.now) if run.now % interval_s == 0 else ()))
        await run.viewer._excuse_silent()
        run.viewer.tick()
        ledger.begin(run.viewer.engine.calls.values())
        ledger.step(9)

    async def go() -> None:
        for second in range(360):
            await tick(second < 60)

    asyncio.run(go())
    found = ledger.figures(START, run.now, 6)
    assert [slot.hole for slot in found.slots] == [False, False, True, True, True, True]


async def test_a_call_of_which_a_source_that_is_back_tells_nothing_is_silent_and_counted() -> None:
    run = Collector()
    for second in range(600):
        run.now += 1
        if second < 60:
            run.hear(*_sample("gone", run.now), *_sample("here", run.now))
        elif second >= 120:
            run.hear(*_sample("here", run.now))
        await run.viewer._excuse_silent()
        run.viewer.tick()
    gone = run.viewer.engine.calls["gone"]
    assert (gone.state, [issue.code for issue in gone.issues], gone.unheard) == ("stale", ["no-data"], False)
    board, ledger = LiveBoard(run.viewer.engine, run.viewer, lambda: run.now), Ledger()
    assert status.away(board, ["gone"]) == ((), ())
    ledger.begin(board.calls())
    ledger.step(9)
    found = ledger.figures(START, run.now, 20)
    assert found.unheard == 0
    assert [slot.unheard for slot in found.slots] == [0, 0, 0, 2, *[0] * 16]
    assert [slot.bad_calls for slot in found.slots][-15:] == [1] * 15


def test_a_source_of_another_kind_under_the_same_name_never_said_that_it_beats() -> None:
    run = Collector()
    Session("connect", run.viewer, Clock(lambda: run.now))
    assert run.health.beat_s is None


async def test_a_source_that_is_added_again_has_no_calls_of_the_one_that_was_taken_out() -> None:
    run = await _one_call("unreachable")
    unheard_at = run.viewer.engine.calls["c"].unheard_at
    run.viewer.forget("connect")
    run.health = run.viewer.source("connect")
    run.health.beat_s = 1.0
    run.hear(Opened("d", run.now, "webrtc"))
    run.now += EXCUSED_S
    await run.viewer._excuse_silent()
    calls = run.viewer.engine.calls
    assert (calls["c"].unheard_at, calls["d"].unheard_at) == (unheard_at, run.now)


def test_what_only_a_newer_callmon_knows_is_said_anew_of_a_source_that_is_added_again() -> None:
    run = Collector()
    newer = {"type": "foreseen", "call": "c", "at": START}
    for said in (1, 2):
        run.viewer.take(
            Frame(
                "callmon", run.now, "message", {"schema": codec.SCHEMA, "events": [newer]}, source="connect"
            )
        )
        assert len(run.viewer.lines) == said
        run.viewer.forget("connect")


def test_a_slow_link_that_brings_part_of_a_message_is_not_silent() -> None:
    run = Collector()
    session = Session("connect", run.viewer, Clock(lambda: run.now))
    run.now += 9
    session.hear()
    assert run.health.last_success_at == run.now


async def test_what_is_shown_of_a_call_that_nobody_hears_is_said_to_be_old() -> None:
    run = await _one_call("silent")
    (call,) = run.viewer.engine.calls.values()
    assert badge_of(call) == ("◌ –", "dim")
    assert (reason_text(call), state_word(call)) == ("not heard", "not heard")
    assert call_document(call, run.now)["unheard"] is True
    assert document([call], run.viewer.health, "telnyx", run.now)["sources"] == [
        source_document(run.health, run.now)
    ]
    board = LiveBoard(run.viewer.engine, run.viewer, lambda: run.now)
    for worst in ((), (call,)):
        lines = wall(Wall(board, worst, None, "braille"), 80, 24)
        said = "".join(text for line in lines for text, _ in line)
        assert "1 not heard now: shown as they were" in said
        assert "All is well" not in said
    version = call.version
    run.now += EXCUSED_S
    await run.viewer._excuse_silent()
    assert call.version == version, "it looks as before"
    run.hear(Sampled("c", run.now + 1, "l", None, run.now + 1, {"pair_rtt_ms": 40.0}))
    assert (badge_of(call)[0][0], state_word(call)) == ("?", "live")
    assert "unheard" not in call_document(call, run.now)
