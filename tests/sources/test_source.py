"""Trying again: how long a source waits, what it says, and that nothing else suffers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.sources.source import Backoff, Clock, Lost, Pause, Session, keep, wait_after
from tests.sources.intake import Notebook

Step = Callable[[Session], None]


class Time:
    """A clock that only sleeping moves."""

    def __init__(self, chance: float = 1.0) -> None:
        self.at = 1000.0
        self.slept: list[float] = []
        self.clock = Clock(lambda: self.at, self.sleep, lambda: chance)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


def scripted(*steps: Step) -> Callable[[Session], Awaitable[None]]:
    """Connections that go as the steps say; after the last the source is at its end."""
    left = list(steps)

    async def connect(session: Session) -> None:
        if left:
            left.pop(0)(session)
        else:
            session.end("done")

    return connect


def refuse(session: Session) -> None:
    raise Lost("cannot be reached", "unreachable")


def receive_and_break(session: Session) -> None:
    session.connect()
    session.receive()
    raise Lost("the connection broke")


async def run(*steps: Step, chance: float = 1.0, backoff: Backoff | None = None) -> tuple[Notebook, Time]:
    notebook, time = Notebook(), Time(chance)
    session = Session("feed", notebook, time.clock)
    await keep(scripted(*steps), session, backoff or Backoff(), time.clock)
    return notebook, time


async def test_waits_double_up_to_a_minute() -> None:
    _, time = await run(*[refuse] * 9)
    assert time.slept == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_a_connection_that_told_something_starts_anew() -> None:
    _, time = await run(refuse, refuse, refuse, receive_and_break, refuse)
    assert time.slept == [1, 2, 4, 1, 2]


async def test_a_connection_that_told_nothing_does_not() -> None:
    def connect_only(session: Session) -> None:
        session.connect()
        raise Lost("the far end closed the connection")

    assert (await run(refuse, connect_only, connect_only))[1].slept == [1, 2, 4]


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_the_jitter_is_full(failures: int, chance: float) -> None:
    cap = min(60.0, 2.0 ** min(failures - 1, 40))
    assert wait_after(Lost("x"), failures, Backoff(), chance) == pytest.approx(chance * cap)
    assert wait_after(Lost("x"), failures, Backoff(), 0.0) == 0


async def test_who_is_refused_leaves_the_far_end_alone() -> None:
    def forbid(session: Session) -> None:
        raise Lost("does not accept the token (401)", "unauthorised")

    notebook, time = await run(forbid, forbid)
    assert time.slept == [900, 900]
    assert min((await run(forbid, chance=0.0))[1].slept) == 450


async def test_what_the_far_end_asks_for_is_the_least_wait() -> None:
    def busy(session: Session) -> None:
        raise Lost("answered 503", wait_s=30)

    def absurd(session: Session) -> None:
        raise Lost("answered 503", wait_s=1e9)

    assert (await run(busy, chance=0.5))[1].slept == [30.5]
    assert (await run(absurd))[1].slept == [900]


async def test_health_says_what_happens() -> None:
    seen: list[tuple[str, str, float | None]] = []
    notebook, time = Notebook(), Time()

    async def sleep(seconds: float) -> None:
        health = notebook.source("feed")
        seen.append((health.state, health.detail, health.next_try_at))
        await time.sleep(seconds)

    def note(session: Session) -> None:
        seen.append((session.health.state, session.health.detail, session.health.next_try_at))

    def good(session: Session) -> None:
        note(session)
        session.connect()
        note(session)
        session.receive()
        note(session)
        raise Lost("the connection broke")

    clock = Clock(time.clock.now, sleep, time.clock.chance)
    session = Session("feed", notebook, clock)
    await keep(scripted(refuse, good), session, Backoff(), clock)
    note(session)
    assert seen == [
        ("unreachable", "cannot be reached", 1001.0),
        ("starting", "connecting", None),
        ("waiting", "connected, nothing received yet", None),
        ("ok", "", None),
        ("backing-off", "the connection broke", 1002.0),
        ("closed", "done", None),
    ]
    assert notebook.lines == [
        "feed: cannot be reached; next try in 1 s",
        "feed: connected after 1s",
        "feed: the connection broke; next try in 1 s",
        "feed: done",
    ]


async def test_a_gap_is_counted_and_said() -> None:
    def resume(session: Session) -> None:
        session.connect()
        session.receive(resumed=True)
        session.receive()
        raise Lost("the connection broke")

    notebook, _ = await run(receive_and_break, refuse, receive_and_break, resume)
    assert notebook.source("feed").gaps == 1
    assert "feed: back after 3s, without what came meanwhile" in notebook.lines


async def test_who_comes_back_without_a_gap_says_for_how_long_it_was_away() -> None:
    def resume(session: Session) -> None:
        session.connect()
        session.receive(resumed=True)
        session.receive()
        raise Lost("the connection broke")

    notebook, _ = await run(receive_and_break, refuse, refuse, resume, resume)
    assert notebook.source("feed").gaps == 0
    assert [line for line in notebook.lines if "after" in line] == [
        "feed: back after 7s",
        "feed: back after 1s",
    ]


def test_how_long_a_source_was_away_ends_when_it_is_connected_however_late_it_says_anything() -> None:
    notebook, time = Notebook(), Time()
    session = Session("feed", notebook, time.clock)

    def lose_and_connect(away_s: float, quiet_s: float) -> None:
        session.lose(Lost("the connection broke"), away_s)
        time.at += away_s
        session.begin()
        session.connect()
        time.at += quiet_s

    session.begin()
    lose_and_connect(2, 3600)
    assert notebook.lines[-1] == "feed: connected after 2s"
    session.receive()
    assert notebook.lines[-1] == "feed: connected after 2s", "that was said"
    time.at += 3600
    lose_and_connect(3, 3600)
    session.receive(resumed=True)
    assert notebook.lines[-1] == "feed: back after 3s"
    time.at += 10
    session.health.unheard = True
    lose_and_connect(3, 1)
    session.receive(resumed=True)
    assert notebook.lines[-1] == "feed: back after 14s", "for so long its calls were not heard"


@pytest.mark.parametrize(("resumed", "missed"), [(True, ""), (False, ", without what came meanwhile")])
def test_a_clock_that_is_set_back_makes_no_time_of_nothing(resumed: bool, missed: str) -> None:
    notebook, time = Notebook(), Time()
    session = Session("feed", notebook, time.clock)
    session.begin()
    session.connect()
    session.receive()
    session.lose(Lost("the connection broke"), 1)
    time.at -= 3600
    session.begin()
    session.connect()
    session.receive(resumed=resumed)
    assert notebook.lines[-1] == f"feed: back after a time that is not known (the clock was set back){missed}"


async def test_who_was_not_heard_has_a_gap_however_it_comes_back() -> None:
    def be_silent(session: Session) -> None:
        session.connect()
        session.receive()
        session.health.unheard = True
        raise Lost("nothing received")

    def resume(session: Session) -> None:
        session.connect()
        session.receive(resumed=True)
        raise Lost("the connection broke")

    notebook, _ = await run(be_silent, refuse, resume, resume)
    health = notebook.source("feed")
    assert (health.gaps, health.unheard) == (1, False)
    assert len([line for line in notebook.lines if "back after" in line]) == 2


async def test_a_defect_of_ours_is_said_and_stops_nothing() -> None:
    def stumble(session: Session) -> None:
        raise KeyError("secret-token")

    notebook, time = await run(stumble, receive_and_break)
    assert notebook.lines[0] == "feed: failed unexpectedly (KeyError); next try in 1 s"
    assert len(time.slept) == 2


async def test_only_the_first_reason_is_kept() -> None:
    notebook = Notebook()
    session = Session("feed", notebook, Clock())
    session.reject("line 7: not JSON")
    session.reject("line 9: not JSON")
    health = notebook.source("feed")
    assert (health.rejected, health.first_reason) == (2, "line 7: not JSON")


class Waiting:
    """A source whose waits only end when the test says so: ``pass_by`` lets time pass, ``pause`` is hurried."""

    def __init__(self, *losses: Lost, least_s: float = 1.0, backoff: Backoff | None = None) -> None:
        self.at = 1000.0
        self.tries: list[float] = []
        self.asleep: list[tuple[float, asyncio.Future[None]]] = []
        clock = Clock(lambda: self.at, self._sleep, lambda: 1.0)
        self.pause = Pause(clock, least_s)
        self._losses = list(losses)
        session = Session("feed", Notebook(), clock)
        backoff = backoff or Backoff(first_s=60.0)
        self.task = asyncio.create_task(keep(self._connect, session, backoff, clock, self.pause))

    async def _sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        self.asleep.append((self.at + seconds, woken))
        await woken

    async def _connect(self, session: Session) -> None:
        self.tries.append(self.at)
        if self._losses:
            raise self._losses.pop(0)

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def pass_by(self, seconds: float) -> None:
        """Let time pass, and everything happen that happens by then."""
        await self.settle()
        self.at += seconds
        for until, woken in self.asleep:
            if until <= self.at and not woken.done():
                woken.set_result(None)
        await self.settle()


async def test_who_does_not_want_to_wait_has_it_tried_now() -> None:
    feed = Waiting(Lost("gone"), Lost("gone"))
    await feed.pass_by(10.0)
    assert feed.pause.lasts and feed.tries == [1000.0]
    assert feed.pause.hurry() is None
    await feed.settle()
    assert feed.tries == [1000.0, 1010.0]
    await feed.pass_by(59.0)
    assert feed.tries == [1000.0, 1010.0], "once for one press, and not for the next wait"
    await feed.pass_by(1.0)
    assert feed.task.done() and not feed.pause.lasts


async def test_a_key_that_is_held_down_tries_once_a_second() -> None:
    feed = Waiting(*[Lost("gone")] * 40)
    for _ in range(40):
        await feed.pass_by(0.25)
        assert feed.pause.hurry() is None
    assert feed.tries == [1000.0 + second for second in range(11)][: len(feed.tries)]
    assert 9 <= len(feed.tries) <= 11
    feed.task.cancel()


async def test_a_try_that_somebody_asked_for_does_not_make_the_next_pause_longer() -> None:
    feed = Waiting(*[Lost("gone")] * 5, backoff=Backoff(first_s=4.0))
    for _ in range(3):
        await feed.pass_by(2.0)
        assert feed.pause.hurry() is None
        await feed.settle()
    assert feed.tries == [1000.0, 1002.0, 1004.0, 1006.0]
    await feed.pass_by(4.0)
    assert feed.tries[4:] == [1010.0], "as long as after the first"
    await feed.pass_by(7.0)
    assert feed.tries[5:] == [], "one that nobody asked for counts"
    await feed.pass_by(1.0)
    assert feed.tries[5:] == [1018.0] and feed.task.done()


async def test_who_asks_to_be_left_alone_is() -> None:
    feed = Waiting(Lost("answered 503", wait_s=30.0), Lost("asks again", "waiting", wait_s=5.0), Lost("gone"))
    await feed.pass_by(10.0)
    assert feed.pause.hurry() == 1030.0
    await feed.settle()
    assert feed.tries == [1000.0]
    await feed.pass_by(20.0)
    assert feed.pause.hurry() is None, "from then on only we wait, so as not to come all at once"
    await feed.settle()
    assert feed.tries == [1000.0, 1030.0]
    await feed.pass_by(2.0)
    assert feed.pause.hurry() is None, "how often we ask when all is well is no wish of theirs"
    await feed.settle()
    assert feed.tries[2:] == [1032.0]
    feed.task.cancel()


async def test_hurrying_a_try_that_is_being_made_shortens_nothing() -> None:
    feed = Waiting(Lost("gone"))
    feed.pause.hurry()
    await feed.pass_by(30.0)
    assert feed.tries == [1000.0]
    feed.task.cancel()
