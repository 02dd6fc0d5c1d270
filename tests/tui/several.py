"""Calls to hold against each other: a bad one, a good one, a room, one that failed, and more of them."""

from __future__ import annotations

from collections.abc import Callable

from textual.pilot import Pilot

from callmon.engine.call import Call
from callmon.engine.quality import Grade
from callmon.engine.series import History
from callmon.engine.summary import Tally
from callmon.tui.screens.compare import ComparePage
from tests.tui import details, strips
from tests.tui.boards import NOW, FixtureBoard
from tests.tui.conftest import until


def calm(id: str = "calm-1", label: str = "Front desk 2") -> Call:
    """A good call of another provider, on a direct path, from a browser."""
    call = details.live()
    call.id, call.label, call.provider, call.room = id, label, "webrtc", None
    call.grade, call.reason, call.issues, call.end_reason = Grade.GOOD, None, [], None
    call.timeline = call.timeline[:3]
    call.grade_seconds = {"good": 118.0, "unknown": 2.0}
    leg = call.legs["a"]
    leg.attributes = {"browser": "Firefox 153", "os": "Linux", "region": "fra"}
    for stream in leg.streams.values():
        stream.grade, rows = Grade.GOOD, stream.history
        stream.history = History(rows.origin)
        for second in range(int(details.LASTED)):
            row = {"loss_pct": 0.1, "jitter_ms": 4.0, "bitrate_bps": 31_000.0}
            row |= {"rtt_ms": 40.0} if stream.direction == "outbound" else {"mos": 4.4}
            stream.history.append(rows.origin + second, dict(row))
        stream.tallies = {key: Tally() for key in stream.tallies}
        for key, tally in stream.tallies.items():
            tally.add(rows.origin, {**row}[key])
    return call


def named(make: Callable[[], Call], id: str, label: str) -> Call:
    """A call with another id and name."""
    call = make()
    call.id, call.label = id, label
    return call


def ended(id: str, ago: float | None) -> Call:
    """A good call of ten minutes that was over so many seconds ago; None: it goes on."""
    call = calm(id, id)
    call.started_at = NOW - (ago or 0) - 600
    if ago is not None:
        call.state, call.ended_at, call.end_reason = "ended", NOW - ago, "hung up"
    return call


def calls(count: int) -> list[Call]:
    """So many calls, no two alike in name."""
    found = [
        details.live(),
        calm(),
        details.room(4),
        details.video(),
        details.failed(),
        named(details.live, "bad-2", "Night line 3 · a name that is rather long"),
        calm("calm-2", "Pharmacy 5"),
    ]
    return found[:count]


def board(count: int) -> FixtureBoard:
    """A board over so many calls."""
    return details.board(*calls(count))


def apart() -> FixtureBoard:
    """Two calls of which one was over before the other began."""
    early = named(details.video, "early-1", "Yesterday")
    for stream in early.legs["a"].streams.values():
        stream.history.origin -= 86_400
    early.started_at -= 86_400
    early.ended_at, early.last_frame_at = NOW - 86_401, NOW - 86_401
    for stream in early.legs["a"].streams.values():
        stream.last_at = NOW - 86_401
    early.timeline = []
    return details.board(early, calm())


def page(pilot: Pilot[str]) -> ComparePage:
    assert isinstance(pilot.app.screen, ComparePage)
    return pilot.app.screen


def text(pilot: Pilot[str]) -> str:
    return "\n".join(strips.lines(pilot.app))


async def compare(pilot: Pilot[str], count: int, *keys: str) -> None:
    await pilot.press("g", *["space"] * count, "c")
    await until(pilot, lambda: isinstance(pilot.app.screen, ComparePage))
    await pilot.pause()
    if keys:
        await pilot.press(*keys)
        await pilot.pause()


class Clock:
    """A steady clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at
