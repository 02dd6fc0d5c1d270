"""A connection made in place of one that failed: the call is as the new one is, and remembers the old."""

from __future__ import annotations

import pytest

from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.engine.quality import Grade
from callmon.model.events import Event, IceChanged, Joined, Left, Negotiated, Opened
from callmon.model.ice import Candidate, IceFacts

START = 1_700_000_000.0
FAILS_AT = 10.0
LOCAL = (Candidate("local", "host", "udp", "10.0.0.1", 9),)


def played(*told: tuple[float, list[Event]], until: float = 40.0) -> Call:
    """The call after these events, with a tick each second."""
    engine = Engine()
    waiting: list[tuple[float, list[Event]]] = [
        (0.0, [Opened("c", START, "webrtc", every_s=60.0)]),
        *told,
    ]
    for second in range(int(until) + 1):
        while waiting and waiting[0][0] <= second:
            at, events = waiting.pop(0)
            engine.fold(events, START + at)
        engine.tick(START + second)
    return engine.calls["c"]


def said(leg: str, at: float, state: str) -> tuple[float, list[Event]]:
    facts = IceFacts(connection=state, ice=state, gathering="complete", signaling="stable", candidates=LOCAL)
    return at, [Joined("c", START + at, leg), IceChanged("c", START + at, leg, facts)]


def fails(leg: str = "PC_0", *, after_up: bool = False) -> list[tuple[float, list[Event]]]:
    begun = [said(leg, 1.0, "connected"), said(leg, 5.0, "disconnected")] if after_up else []
    return [said(leg, 0.0, "checking"), *begun, said(leg, FAILS_AT, "failed")]


def left(leg: str, at: float) -> tuple[float, list[Event]]:
    return at, [Left("c", START + at, leg, "done")]


def works(leg: str = "PC_1", at: float = FAILS_AT + 0.5) -> list[tuple[float, list[Event]]]:
    return [said(leg, at, "checking"), said(leg, at + 0.3, "connected")]


@pytest.mark.parametrize("after_up", [False, True])
@pytest.mark.parametrize("closed", [False, True])
def test_a_retry_that_works_is_the_call(after_up: bool, closed: bool) -> None:
    first = [*fails(after_up=after_up), *([left("PC_0", FAILS_AT + 0.1)] if closed else [])]
    call = played(*first, *works())
    diagnosis = call.diagnosis()
    assert diagnosis is not None
    assert (call.state, diagnosis.verdict) == ("live", "connected")
    assert call.grade is not Grade.POOR
    (issue,) = call.issues
    assert issue.code == ("connection-dropped" if after_up else "ice-failed")
    assert issue.until == START + FAILS_AT + 0.8, "until the new one was there"
    assert any("is in place of PC_0, which failed" in moment.text for moment in call.timeline)
    over = played(*first, *works(), left("PC_1", 30.0), left("PC_0", 31.0))
    assert (over.state, over.ended_at, over.end_reason) == ("ended", START + 30, "done")
    assert over.summary is not None
    assert over.summary.verdict == "connected"


def test_a_retry_may_begin_before_the_browser_gives_the_first_one_up() -> None:
    first, *rest = fails(after_up=True)
    *rest, failed = rest
    call = played(first, *rest, *works(at=6.0), failed)
    assert (call.state, call.ice_leg) == ("live", "PC_1")
    assert [issue.until for issue in call.issues if issue.until is None] == []


def test_a_retry_that_drops_is_a_call_that_failed() -> None:
    call = played(*fails(), *works(), said("PC_1", 20.0, "failed"))
    assert (call.state, call.end_reason) == ("failed", "connection dropped")


def test_of_many_tries_the_last_counts() -> None:
    second = [said("PC_1", 11.0, "checking"), said("PC_1", 13.0, "failed")]
    call = played(*fails(), *second, *works("PC_2", 14.0))
    assert (call.state, call.ice_leg) == ("live", "PC_2")
    assert [issue.until for issue in call.issues] == [START + 14.3] * 2


def test_a_first_one_that_comes_back_counts_again() -> None:
    call = played(*fails(), *works(), said("PC_0", 15.0, "connected"), said("PC_0", 20.0, "failed"))
    assert call.legs["PC_0"].replaced_at is None
    assert call.ice_leg == "PC_0"


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("PC_0", works(at=1.0)),
        ("PC_0", works(at=FAILS_AT + 6.0)),
        ("PC_0", works("PX_1")),
        ("participant 0", works("participant 1")),
        ("PC_0", [said("PC_1", FAILS_AT + 0.5, "checking")]),
    ],
    ids=["beside it", "much later", "of another page", "of a participant", "not there yet"],
)
def test_what_is_no_retry_mends_nothing(first: str, other: list[tuple[float, list[Event]]]) -> None:
    call = played(*sorted([*fails(first), *other], key=lambda one: one[0]), until=20.0)
    diagnosis = call.diagnosis()
    assert diagnosis is not None
    assert diagnosis.verdict == "ice-failed"
    assert (call.grade, [issue.until for issue in call.issues]) == (Grade.POOR, [None])


def test_one_for_other_media_is_no_retry() -> None:
    def agreed(leg: str, direction: str) -> tuple[float, list[Event]]:
        at = 0.0 if leg == "PC_0" else FAILS_AT + 0.5
        return at, [Joined("c", START + at, leg), Negotiated("c", START + at, leg, {direction: True})]

    told = [agreed("PC_0", "inbound-audio"), *fails(), agreed("PC_1", "outbound-audio"), *works()]
    assert played(*told).ice_leg == "PC_0"
    told[-3] = agreed("PC_1", "inbound-audio")
    assert played(*told).ice_leg == "PC_1"
