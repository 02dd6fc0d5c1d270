"""The monitor: what cannot be read is counted with its first reason and stops nothing; strings are cleaned."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import pytest

from callmon.engine.changes import Change, Raised
from callmon.engine.engine import Engine
from callmon.model import codec
from callmon.model.events import Event, Opened
from callmon.model.frames import Fetch, Frame, Rejected, Route
from callmon.monitor import MAX_LINES, MAX_RAW, MAX_REASONS, Ask, Monitor, Taken
from callmon.providers import every_provider
from tests.engine.peer import START, Peer
from tests.recordings.recordings import frames


class Odd:
    """A dialect of which each message is one word, and which one word breaks off."""

    name: ClassVar[str] = "odd"
    routes: ClassVar[tuple[Route, ...]] = ()

    def read(self, frame: Frame) -> Iterator[Event | Fetch | Rejected]:
        if frame.body == "ask":
            yield Fetch("/more", "tag")
            return
        yield Opened(str(frame.body), frame.at, "odd")
        if frame.body == "break":
            raise KeyError("what\x1b")
        if frame.body == "half":
            yield Rejected(frame.source, "the other half\x1b[31m is broken")


def monitor(*more: Any) -> Monitor:
    return Monitor(Engine(), [*every_provider(), *more], lambda: START)


def odd(body: Any, source: str = "s") -> Frame:
    return Frame("odd", START, "t", body, {}, source)


def broken(number: int, source: str) -> Frame:
    return Frame("webrtc", START + number, "snapshot", number, {"call": "c"}, source)


def test_a_frame_is_read_folded_and_counted() -> None:
    watch = monitor()
    taken = watch.take(Peer().frame())
    assert taken.events > 3
    assert taken.rejected == ()
    health = watch.source("test")
    assert (health.frames, health.rejected, health.last_frame_at) == (1, 0, START + 1)
    assert watch.engine.calls["c"].frames == 1
    assert watch.frames == 1


def test_rejections_are_counted_per_source_with_the_first_reason() -> None:
    watch = monitor()
    for number in range(3):
        assert watch.take(broken(number, "one")).rejected
    watch.take(Frame("webrtc", START, "snapshot", {"stats": []}, {}, "one"))
    watch.take(broken(9, "two"))
    watch.take(Peer().frame())
    assert [(one.name, one.rejected) for one in watch.health] == [("one", 4), ("two", 1), ("test", 0)]
    first = watch.source("one").first_reason
    assert first is not None
    assert "object" in first
    assert watch.source("test").first_reason is None
    said = [text for _, text in watch.lines]
    assert len(said) == 3, "each reason is said once for each source, not once for each frame"
    assert [text.partition(": ")[0] for text in said] == ["one", "one", "two"]


def test_each_reason_of_a_source_is_said_once_whatever_numbers_are_in_it() -> None:
    watch = monitor()
    said_twice = ["not JSON at line 1 column 2", "not JSON at line 3 column 40"]
    reasons = [*said_twice, "no call is named", "it is \x1b[2Jlarge"]
    for reason in reasons * 2:
        watch.refuse("listen", reason)
    watch.refuse("feed", reasons[0])
    said = [text for _, text in watch.lines]
    assert said[:2] == ["listen: not JSON at line 1 column 2", "listen: no call is named"]
    assert said[3:] == ["feed: not JSON at line 1 column 2"]
    assert "\x1b" not in said[2]
    health = watch.source("listen")
    assert (health.rejected, health.first_reason) == (8, reasons[0])
    watch.forget("listen")
    watch.refuse("listen", reasons[1])
    assert watch.lines[-1][1] == f"listen: {reasons[1]}", "another source of that name"


def test_who_sends_ever_other_nonsense_does_not_fill_the_log() -> None:
    watch = monitor()
    for number in range(3 * MAX_REASONS):
        watch.refuse("listen", f"what is {chr(0x4E00 + number)}?")
    assert len(watch.lines) == MAX_REASONS + 1
    assert watch.lines[-1][1].endswith("others are only counted from now on")
    assert watch.source("listen").rejected == 3 * MAX_REASONS


def test_what_could_be_read_of_a_frame_is_kept() -> None:
    watch = monitor(Odd())
    taken = watch.take(odd("half"))
    assert taken.events == 1
    assert len(taken.rejected) == 1
    assert "half" in watch.engine.calls
    assert "\x1b" not in taken.rejected[0]
    assert watch.source("s").rejected == watch.source("s").frames == 1


def test_a_reader_that_breaks_does_not_stop_the_rest() -> None:
    watch = monitor(Odd())
    taken = watch.take(odd("break"))
    assert taken.events == 1, "what it had read before"
    assert taken.rejected[0].startswith("the reader of odd broke on it: KeyError")
    assert "\x1b" not in taken.rejected[0]
    assert watch.take(odd("next")) == Taken(1, ())
    assert set(watch.engine.calls) == {"break", "next"}


def test_a_dialect_that_nobody_reads_is_a_rejection() -> None:
    watch = monitor()
    taken = watch.take(Frame("latin\x1b", START, "t", {}, {}, "s"))
    assert taken == Taken(0, ("no reader for the dialect latin\N{REPLACEMENT CHARACTER}",))
    assert watch.source("s").rejected == 1
    watch.take(Peer().frame())
    assert "c" in watch.engine.calls


def test_a_frame_without_a_source_is_counted_under_its_dialect() -> None:
    watch = monitor()
    watch.take(Frame("webrtc", START, "snapshot", {"stats": []}, {"call": "c"}))
    assert watch.source("webrtc").frames == 1


def test_a_request_is_no_event_and_no_rejection() -> None:
    watch = monitor(Odd())
    assert watch.take(odd("ask")) == Taken(0, ())
    assert watch.source("s").rejected == 0


def test_changes_are_told_to_whoever_listens() -> None:
    watch = monitor()
    told: list[Change] = []

    def listen(changes: Sequence[Change]) -> None:
        assert changes, "nothing is told when nothing changed"
        told.extend(changes)

    watch.listen(listen)
    for frame in frames("drop_midcall-a"):
        watch.take(frame)
    assert [change.issue.code for change in told if isinstance(change, Raised)] == ["media-stopped"]


def test_time_passes_by_the_clock_that_it_was_given() -> None:
    now = [START]
    watch = Monitor(Engine(), every_provider(), lambda: now[0])
    peer = Peer()
    for _ in range(5):
        watch.take(peer.frame())
    now[0] = peer.at + 60
    watch.tick()
    assert watch.engine.calls["c"].state == "stale"


def test_the_newest_frame_of_a_call_is_at_hand_and_only_so_many_are() -> None:
    watch = monitor(Odd())
    for number in range(MAX_RAW + 10):
        watch.take(odd(f"call-{number}"))
    assert watch.raw("call-0") is None
    newest = watch.raw(f"call-{MAX_RAW + 9}")
    assert newest is not None
    assert newest.body == f"call-{MAX_RAW + 9}"
    again = odd("call-100")
    watch.take(again)
    assert watch.raw("call-100") is again


def test_the_log_is_bounded_and_clean() -> None:
    watch = monitor()
    for number in range(MAX_LINES + 5):
        watch.say(f"{number} a\x1b[2J\u202e")
    assert len(watch.lines) == MAX_LINES
    assert all(text.isprintable() for _, text in watch.lines)
    assert watch.lines[0][1].startswith("5 ")


HOSTILE = [
    "[/]",
    "[@click=app.quit]x[/]",
    "\x1b]0;t\x07",
    "\x9b31m",
    "a\u202eb",
    "漢字",
    "📞",
    "x" * 5000,
    "\ud800",
    "\r\n",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_strings_are_clean_everywhere_in_a_call(text: str) -> None:
    watch = monitor()
    frame = Peer().frame()
    for entry in frame.body["stats"]:
        entry["mimeType"] = entry["address"] = entry["srtpCipher"] = entry["rid"] = text
    body = {**frame.body, "room": text, "label": text, "leg": text, "page": {"browser": text, text: text}}
    body |= {"events": [{"ev": text, "v": text}], "states": {"ice": text, "connection": text}}
    taken = watch.take(Frame("webrtc", START, "snapshot", body, {"call": f"c{text}"}, "s"))
    assert taken.rejected == ()
    (call,) = watch.engine.calls.values()
    dirty = [one for one in texts(call) if not one.isprintable()]
    assert dirty == []
    assert max(len(one) for one in texts(call)) < 450


def texts(item: object) -> Iterable[str]:
    """Every text in an object, however deep."""
    if isinstance(item, str):
        yield item
    elif isinstance(item, dict):
        for key, value in item.items():
            yield from texts(key)
            yield from texts(value)
    elif isinstance(item, list | tuple):
        for part in item:
            yield from texts(part)
    else:
        for name in getattr(type(item), "__dataclass_fields__", {}):
            yield from texts(getattr(item, name))


def test_what_a_reader_wants_asked_goes_to_the_source_of_the_frame() -> None:
    asked: list[tuple[str, str]] = []

    def asking(name: str) -> Ask:
        return lambda fetches: asked.extend((name, one.path) for one in fetches)

    watch = monitor()
    for name in ("eu", "us"):
        watch.attach(name, Odd(), asking(name))
    watch.take(odd("ask", "us"))
    assert asked == [("us", "/more")]
    watch.take(odd("ask", "a page"))  # pushed: whoever asks in that dialect
    assert asked[1:] == [("eu", "/more"), ("us", "/more")]
    watch.take(Frame("webrtc", START, "snapshot", 1, {"call": "c"}, "us"))  # only a name in common
    assert watch.source("us").rejected == 1
    assert watch.live("odd") == frozenset()
    watch.take(odd("a call", "us"))
    assert watch.live("odd") == {"a call"}
    assert watch.live("webrtc") == frozenset()


def test_each_source_has_its_own_reader_and_pushes_go_to_the_first() -> None:
    class Counting(Odd):
        def __init__(self) -> None:
            self.read_from: list[str] = []

        def read(self, frame: Frame) -> Iterator[Event | Fetch | Rejected]:
            self.read_from.append(frame.source)
            return super().read(frame)

    watch, first, second = monitor(), Counting(), Counting()
    watch.attach("eu", first, lambda fetches: None)
    watch.attach("us", second, lambda fetches: None)
    for source in ("eu", "us", "a page"):
        watch.take(odd("x", source))
    assert (first.read_from, second.read_from) == (["eu", "a page"], ["us"])


def test_the_frame_of_a_call_goes_with_the_call() -> None:
    watch = monitor(Odd())
    watch.take(odd("a"))
    watch.take(odd("b"))
    del watch.engine.calls["a"]
    watch.tick()
    assert watch.raw("a") is None
    assert watch.raw("b") is not None


class Never:
    """A witness of nothing."""

    def took(self, frame: Frame, events: Sequence[Event]) -> None:
        raise AssertionError(frame)

    def ticked(self, at: float) -> None:
        raise AssertionError(at)


def slept(monkeypatch: pytest.MonkeyPatch, now: list[float], naps: list[float]) -> None:
    """Have each sleep of the monitor last so long, and then end."""
    left = list(naps)

    async def sleep(seconds: float) -> None:
        if not left:
            raise asyncio.CancelledError
        now[0] += left.pop(0)

    monkeypatch.setattr("callmon.monitor.asyncio.sleep", sleep)


@pytest.mark.parametrize(("pace", "late_s", "said"), [(1.0, 20.0, 1), (1.0, 2.0, 0), (30.0, 20.0, 0)])
def test_that_callmon_stood_still_is_said_once_and_makes_no_call_silent(
    monkeypatch: pytest.MonkeyPatch, pace: float, late_s: float, said: int
) -> None:
    now = [START + 1]
    watch = Monitor(Engine(), every_provider(), lambda: now[0])
    watch.take(Peer().frame())
    seen: list[str] = []

    class Witness:
        def took(self, frame: Frame, events: Sequence[Event]) -> None:
            seen.append(frame.tag)

        def ticked(self, at: float) -> None:
            seen.append("tick")

    watch.show(Witness())
    slept(monkeypatch, now, [1.0, 1.0, 1.0 + late_s, 1.0])
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(watch.keep_time(pace))
    lines = [text for _, text in watch.lines]
    assert len(lines) == said
    assert seen == ["tick", "tick", *["unheard"] * said, "tick", "tick"]
    assert [one.name for one in watch.health] == ["test"], "it is no source"
    if said:
        assert lines == [
            "callmon itself stood still for 20s: calls get their time to report before they are called silent"
        ]
        assert watch.engine.calls["c"].state == "live"
        raw = watch.raw("c")
        assert raw is not None
        assert raw.provider == "webrtc"
        slept(monkeypatch, now, [1.0] * 20)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(watch.keep_time())
        assert watch.engine.calls["c"].state == "stale"


def test_a_frame_that_comes_before_the_late_tick_does_not_make_the_time_that_of_the_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, peer = [START], Peer()
    watch = Monitor(Engine(), every_provider(), lambda: now[0])
    naps = [1.0] * 5 + [3600.0] + [1.0] * 5

    async def sleep(seconds: float) -> None:
        if not naps:
            raise asyncio.CancelledError
        nap = naps.pop(0)
        now[0] += nap
        watch.take(peer.frame(nap))

    monkeypatch.setattr("callmon.monitor.asyncio.sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(watch.keep_time())
    assert len(watch.lines) == 1
    (call,) = watch.engine.calls.values()
    assert call.frames == 11
    assert sum(call.grade_seconds.values()) < 12
    now[0] += 3600
    watch.take(peer.frame(3600.0))
    assert len(watch.lines) == 1, "nobody keeps the time any more"


def test_that_callmon_stood_still_is_told_to_no_call_where_none_lives() -> None:
    watch = monitor()
    watch.show(Never())
    watch.wake(20.0, START)
    assert [text for _, text in watch.lines] == [
        "callmon itself stood still for 20s: calls get their time to report before they are called silent"
    ]
    assert watch.frames == 0


def test_what_only_a_newer_callmon_knows_is_counted_said_once_a_kind_and_no_fault() -> None:
    watch = Monitor(Engine(), every_provider(), lambda: START)
    newer = [{"type": kind, "call": "c", "at": START} for kind in ("teleported", "teleported", "time-bent")]
    opened = codec.write(Opened("c", START, "webrtc"))
    for _ in range(2):
        body = {"schema": codec.SCHEMA, "events": [*newer, opened]}
        assert watch.take(Frame("callmon", START, "message", body, source="upstream")).rejected == ()
    (health,) = watch.health
    assert (health.skipped, health.rejected, health.first_reason) == (6, 0, None)
    assert [text for _, text in watch.lines] == [
        f"upstream: an event of a type that is not known: '{kind}': passed over, as the other callmon is newer"
        for kind in ("teleported", "time-bent")
    ]
    assert list(watch.engine.calls) == ["c"]
