"""Boards made by hand: every grade and state, hostile strings, many calls; time stands still."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from callmon.board import Board, FrozenBoard
from callmon.engine.call import Call, Leg, Moment, Stream
from callmon.engine.ice import Diagnosis
from callmon.engine.issues import Issue
from callmon.engine.quality import RULE_SETS, Grade, Levels, Reason
from callmon.engine.series import History
from callmon.model.frames import Frame
from callmon.model.health import SourceHealth
from callmon.query.format import clean
from callmon.query.view import View, choose

NOW = 1_800_000_000.0
"""The moment that all boards show: 2027-01-15 08:00:00 UTC."""

HOSTILE = (
    "a[/]b",
    "[@click=app.quit]out[/]",
    "[red]red[/red]",
    "\x1b]0;title\x07\x1b[2J\x1b[5;5Hesc",
    "\x9b31mC1\x85",
    "evil\u202egnp.exe",
    "山田 太郎 さん",
    "👩\u200d💻 🇩🇪 👍🏽 ok",
    "e\u0301 z̈ ﷽",
    "tab\tnew\nline\rcr",
)
"""Names that break a terminal, a markup parser or a ruler."""


@dataclass
class FixtureBoard:
    """A board over calls made by hand."""

    all: list[Call]
    at: float = NOW
    health: list[SourceHealth] = field(default_factory=list)
    lines: list[tuple[float, str]] = field(default_factory=list)
    frames: dict[str, Frame] = field(default_factory=dict)
    number: int = 1
    attention: frozenset[str] = frozenset()

    def now(self) -> float:
        return self.at

    def version(self) -> int:
        return self.number

    def rules(self) -> str:
        return "telnyx"

    def levels(self) -> Mapping[str, Levels]:
        return RULE_SETS["telnyx"].levels

    def calls(self) -> Sequence[Call]:
        return self.all

    def call(self, id: str) -> Call | None:
        return next((call for call in self.all if call.id == id), None)

    def rows(self, view: View) -> list[Call]:
        return choose(self.all, view, self.at)

    def sources(self) -> Sequence[SourceHealth]:
        return self.health

    def raw(self, call: str) -> Frame | None:
        return self.frames.get(call)

    def log(self) -> Sequence[tuple[float, str]]:
        return self.lines

    def attend(self, calls: frozenset[str]) -> None:
        self.attention = calls

    def frozen(self) -> Board:
        return FrozenBoard(self)

    def touch(self, call: Call) -> None:
        """Say that something about a call changed."""
        call.version += 1
        self.number += 1


def make_call(id: str, grade: Grade = Grade.GOOD, *, age: float = 240.0, **values: float | None) -> Call:
    """A live call that began ``age`` seconds ago, with its values, and a trend that ends in them."""
    call = Call(id, "webrtc", NOW - age, last_frame_at=NOW - 1, grade=grade, frames=int(age / 2))
    defaults: dict[str, float | None] = {
        "rtt_ms": 42.0,
        "jitter_ms": 3.1,
        "loss_pct": 0.0,
        "bitrate_in_bps": 31_000.0,
        "bitrate_out_bps": 32_500.0,
        "mos": 4.37,
        "audio_level": 0.04,
    }
    call.metrics = defaults | values
    call.trend.origin = call.started_at
    fill(call)
    return call


def fill(call: Call, until: float = NOW, gap: tuple[float, float] = (0.0, 0.0)) -> None:
    """Give a call a history that swings into its newest values, with a gap of seconds ago (from, to).

    Every test makes the same boards, so each history is worked out once and copied.
    """
    if call.trend.times:
        _swing(call, until, gap)
        return
    key = (call.started_at, call.trend.origin, until, gap, tuple(call.metrics.items()))
    if key not in _FILLED:
        _swing(call, until, gap)
        _FILLED[key] = _copy(call.trend)
    else:
        call.trend = _copy(_FILLED[key])


_FILLED: dict[tuple[object, ...], History] = {}


def _copy(one: History) -> History:
    """The same history with rows of its own."""
    columns, coarse = ({key: row[:] for key, row in rows.items()} for rows in (one.columns, one.coarse))
    return replace(one, times=one.times[:], columns=columns, coarse_times=one.coarse_times[:], coarse=coarse)


def _swing(call: Call, until: float, gap: tuple[float, float]) -> None:
    at = max(call.started_at, until - 400.0)
    while at <= until:
        ago = until - at
        if not gap[1] <= ago < gap[0]:
            calm = min(1.0, ago / 120.0)
            swing = 1.0 + 0.25 * math.sin(at / 7.0) - 0.6 * calm
            row = {
                key: value * (swing if key != "mos" else 1.0)
                for key, value in call.metrics.items()
                if value is not None
            }
            call.trend.append(at, row)
        at += 2.0


def diagnose(call: Call, verdict: str, summary: str, next_step: str | None = None) -> Call:
    """Give a call a leg with a verdict."""
    call.legs["a"] = Leg("a", "peer", call.started_at, label="Chrome")
    call.legs["a"].streams["in"] = Stream("in", "audio", "inbound", call.started_at, codec="opus")
    call.legs["a"].diagnosis = Diagnosis(verdict, summary, next_step)
    call.ice_leg = "a"
    return call


def issue(
    code: str,
    severity: str = "warning",
    since: float = 30.0,
    until: float | None = None,
    value: float | None = None,
    limit: float | None = None,
) -> Issue:
    """An issue that began ``since`` seconds ago."""
    ended = None if until is None else NOW - until
    return Issue(
        code, severity, "a", "in", NOW - since, ended, value, limit, "telnyx", code, "Look at the network."
    )


def _poor() -> Call:
    call = make_call("CA7512aa93f0", Grade.POOR, loss_pct=6.2, jitter_ms=61.0, rtt_ms=182.0, mos=2.91)
    diagnose(call, "connected", "Connected over UDP.")
    call.label, call.room = "Ana Ruiz → Support", "support-7"
    call.reason = Reason("loss_pct", ">", 6.2, 3.0, "inbound", "a", "in")
    call.issues = [
        issue("high-packet-loss", value=6.2, limit=3.0),
        issue("high-jitter", since=12.0, value=61.0, limit=50.0),
    ]
    return call


def _failed() -> Call:
    call = diagnose(
        make_call("9f1c03de77", Grade.UNKNOWN, age=95.0), "ice-failed", "No candidate pair worked."
    )
    call.label, call.state, call.ended_at, call.end_reason = (
        "Warehouse phone",
        "failed",
        NOW - 60,
        "ice-failed",
    )
    call.metrics = {}
    call.issues = [issue("ice-failed", "critical", since=80.0, until=60.0)]
    return call


def _stale() -> Call:
    call = diagnose(make_call("e2d1-5540", Grade.UNKNOWN, age=700.0), "connected", "Connected over TURN.")
    call.label, call.provider, call.state, call.last_frame_at = "Kiosk 12", "telnyx", "stale", NOW - 47
    call.metrics = {}
    call.issues = [issue("no-data", "critical", since=45.0)]
    return call


def _ended() -> Call:
    call = diagnose(
        make_call("b6a0c1d2e3f4a5b6c7d8", Grade.GOOD, age=1900.0), "closed", "Closed on this side."
    )
    call.label, call.state, call.ended_at, call.end_reason = (
        "Board meeting",
        "ended",
        NOW - 180,
        "local hangup",
    )
    call.issues = [issue("path-changed", since=900.0, until=880.0)]
    return call


def _stopped() -> Call:
    call = make_call("v2-4a5b6c7d", Grade.POOR, loss_pct=None, jitter_ms=None, mos=None, bitrate_in_bps=0.0)
    diagnose(call, "disconnected", "The media path is lost for the moment.")
    call.label, call.provider, call.room = "Dr. Okafor", "telnyx", "clinic-3"
    call.issues = [issue("media-stopped", "critical", since=9.0)]
    return call


def _fair() -> Call:
    call = diagnose(
        make_call("CA0b77e1", Grade.FAIR, rtt_ms=212.0, mos=3.84, age=3725.0), "connected", "Connected."
    )
    call.label = "+49 30 901820 → sales"
    call.reason = Reason("rtt_ms", ">", 212.0, 150.0, "outbound", "a", "out")
    call.issues = [issue("high-rtt", value=212.0, limit=150.0)]
    return call


def _new() -> Call:
    call = diagnose(make_call("fresh-01", Grade.UNKNOWN, age=3.0), "checking", "Checking for 3 s.")
    call.metrics = {"rtt_ms": None}
    return call


def healthy(number: int) -> Call:
    """One of many good calls."""
    call = make_call(
        f"CA{number:06x}", Grade.GOOD, age=60.0 + 37.0 * (number % 90), rtt_ms=30.0 + number % 60
    )
    diagnose(call, "connected", "Connected over UDP.")
    call.label = f"Agent {number:02d} → Customer"
    return call


def mixed(good: int = 6) -> FixtureBoard:
    """A board with every grade and state."""
    calls = [
        _poor(),
        _stopped(),
        _fair(),
        _new(),
        _stale(),
        *(healthy(n) for n in range(good)),
        _failed(),
        _ended(),
    ]
    calls[0].timeline = [
        Moment(NOW - 200, "ice", "ice connected", "a"),
        Moment(NOW - 30, "issue", "packet loss", "a"),
    ]
    sources = [
        SourceHealth("listen", "ok", "http://127.0.0.1:7880", frames=3120, last_frame_at=NOW - 1),
        SourceHealth(
            "twilio", "backing-off", "connection refused", next_try_at=NOW + 12, last_frame_at=NOW - 61
        ),
        SourceHealth("feed", "ok", "", 88, 3, "line 7: not JSON", 0, NOW - 2),
    ]
    lines = [
        (NOW - 400, "listen: listening on http://127.0.0.1:7880"),
        (NOW - 61, "twilio: connection refused, trying again in 12s"),
        (NOW - 5, "feed: rejected a frame: line 7: not JSON"),
    ]
    return FixtureBoard(calls, health=sources, lines=lines)


def empty() -> FixtureBoard:
    """A board to which nobody has sent anything."""
    return FixtureBoard([], health=[SourceHealth("listen", "waiting", "http://127.0.0.1:7880")])


def hostile() -> FixtureBoard:
    """A board whose every string is hostile, cleaned as it would be at ingest."""
    calls = []
    for number, name in enumerate(clean(name) for name in HOSTILE):
        call = diagnose(make_call(f"{number}{name}", Grade.POOR), name, name, name)
        call.label, call.room, call.provider = name, name, name
        call.issues = [issue(name)]
        calls.append(call)
    names = [clean(name) for name in HOSTILE]
    health = [SourceHealth(names[0], names[3], names[4], 1, 1, names[1])]
    return FixtureBoard(calls, health=health, lines=[(NOW - 9, name) for name in names])


def crowd(count: int) -> FixtureBoard:
    """A board with very many good calls."""
    return FixtureBoard([healthy(number) for number in range(count)])
