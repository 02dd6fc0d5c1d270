"""Rooms of which the provider tells the end: they end then, in whatever order and however their answers come."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.cli.main import main
from callmon.dumps.documents import DOCUMENTS
from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.engine.quality import Grade
from callmon.model.frames import Fetch, Frame, Json, Rejected
from callmon.providers.daily import Daily
from callmon.providers.provider import Provider
from callmon.providers.twilio_video import TwilioVideo
from callmon.query import format as fmt
from callmon.query.columns import COLUMNS
from callmon.query.digest import digest
from callmon.query.document import call_document
from callmon.query.people import persons

ROOM, MEETING = "RM0123456789abcdef0123456789abcdef", "16a9801d-6c7b-4b1c-a3c4-1f6b32c1d6a1"
NINE = 1_795_165_200.0
"""Nine o'clock on the 20th of November 2026, in UTC."""

Row = dict[str, Any]


def iso(seconds: float | None) -> str | None:
    """A time, so many seconds after nine."""
    return fmt.rfc3339(NINE + seconds) if seconds is not None else None


def room(duration_s: int, end_s: float | None = None, **more: Json) -> Row:
    """A row of the list of rooms."""
    over = end_s is not None
    return {"rooms": [{
        "room_sid": ROOM, "room_name": "standup", "create_time": iso(0), "end_time": iso(end_s),
        "room_status": "completed" if over else "in_progress", "duration_sec": duration_s,
        "end_reason": "room_ended_via_api" if over else None, "unique_participants": 2 if over else 1,
        "processing_state": "complete" if over else "in_progress", **more,
    }]}  # fmt: skip


def guest(number: int, joined_s: float, left_s: float | None, **more: Json) -> Row:
    """A page of the list of participants, with one row."""
    return {"participants": [{
        "participant_sid": f"PA{number:032x}", "room_sid": ROOM, "participant_identity": f"person-{number}",
        "join_time": iso(joined_s), "leave_time": iso(left_s),
        "status": "connected" if left_s is None else "disconnected",
        "end_reason": None if left_s is None else "disconnected_via_api",
        "duration_sec": None if left_s is None else int(left_s - joined_s), **more,
    }]}  # fmt: skip


TWILIO = [
    room(1800),
    room(3600, 3600.0),
    guest(1, 10.0, 1210.0),
    guest(2, 300.0, None),
    guest(2, 300.0, 2400.0, end_reason="signaling_connection_error", error_code=53001),
    guest(3, 1210.0, 3540.0),
    guest(4, 1300.0, None),
]
"""Answers about a room that is over: somebody left last a minute before its end, and of somebody nobody tells it."""


GUESTS = [row for row in TWILIO[2:] if row["participants"][0]["leave_time"] is not None]
"""Of the participants of a room nothing but that they left."""


def meeting(duration_s: int, ongoing: bool) -> Row:
    """A meeting with two people, as its row in the list says."""
    people = [
        {"participant_id": id, "user_id": id, "user_name": id.upper(), "join_time": NINE + at,
         "duration": min(lasted, duration_s)}
        for id, at, lasted in (("ann", 0.0, 1500), ("ben", 60.0, 300))
    ]  # fmt: skip
    return {"total_count": 1, "data": [{
        "id": MEETING, "room": "weekly", "start_time": NINE, "duration": duration_s, "ongoing": ongoing,
        "max_participants": 2, "participants": people,
    }]}  # fmt: skip


def webhook(kind: str, told_s: float, **payload: Json) -> Row:
    return {
        "type": kind,
        "event_ts": NINE + told_s,
        "payload": {"meeting_id": MEETING, "room": "weekly", **payload},
    }


DAILY = [
    meeting(600, ongoing=True),
    meeting(1800, ongoing=False),
    {"weekly": [{"room": "weekly", "id": "ben", "userId": "ben", "userName": "BEN", "joinTime": iso(60.0),
                 "mtgSessionId": MEETING}]},
    webhook("meeting.started", 0.5, start_ts=NINE + 0.25),
    webhook("meeting.ended", 1802.5, start_ts=NINE + 0.25, end_ts=NINE + 1801.5),
]  # fmt: skip
"""Answers about a meeting that is over, and webhooks, which tell its end a little differently."""


def logs(since_s: int, until_s: int) -> Row:
    """A page of the logs: what ann and ben measured each 15 seconds; ben loses much between 2:00 and 4:00."""
    rows: list[Json] = [
        {"mtgSessionId": MEETING, "userSessionId": id, "roomName": "weekly", "clientTime": iso(at + late),
         "time": iso(at + late + 2), "videoRecvPacketLoss": 0.15 if id == "ben" and 120 <= at < 240 else 0.001,
         "userRecvBitsPerSecAvg": 500_000 + at}
        for at in range(since_s, until_s, 15) for id, late in (("ann", 3.0), ("ben", 10.0))
        if id == "ann" or at < 345
    ]  # fmt: skip
    return {"logs": [], "metrics": rows}


LOGS = [logs(60, 210), logs(210, 500), logs(1000, 1300)]
"""Pages of the logs of that meeting, in the order in which the API gives them."""


def in_one_array(rows: Sequence[Row]) -> list[list[Frame]]:
    return [framed(list(rows))]


def in_files(rows: Sequence[Row]) -> list[list[Frame]]:
    return [framed(row) for row in rows]


def polled(rows: Sequence[Row]) -> list[list[Frame]]:
    """The answers as the API gives them, one after another, and webhooks among them."""
    found: list[Frame] = []
    for row in rows:
        at = NINE + 3700 + 5 * len(found)
        tag = next((tag for tag in ("rooms", "participants") if tag in row), None)
        if tag is not None:
            found.append(Frame("twilio-video", at, tag, row, {"status": "200", "call": ROOM}, "api"))
        elif "payload" in row:
            found.append(Frame("daily", at, "page", row, {}, "page"))
        else:
            kind = "meetings" if "data" in row else "logs" if "metrics" in row else "presence"
            found.append(Frame("daily", at, kind, row, {"status": "200"}, "api"))
    return [found]


def framed(value: Any) -> list[Frame]:
    form = next(form for form in DOCUMENTS if form.fits(value))
    found = list(form.frames(value, "file"))
    assert not any(isinstance(one, Rejected) for one in found)
    return [one for one in found if isinstance(one, Frame)]


WAYS = st.sampled_from([in_one_array, in_files, polled])


def fold(files: Iterable[Iterable[Frame]], until: float = 0.0, ticks: bool = True) -> Engine:
    """Read files one after another, and let time pass between their frames, if it ``ticks``."""
    engine, readers = Engine(), dict[str, Provider]({one.name: one for one in (TwilioVideo(), Daily())})
    now = 0.0
    for frame in [frame for frames in files for frame in frames]:
        for tick in (0.25, 0.5, 0.75) if ticks and now and frame.at > now else ():
            engine.tick(now + tick * (frame.at - now))
        now = max(now, frame.at)
        found = list(readers[frame.provider].read(frame))
        assert not any(isinstance(one, Rejected) for one in found)
        engine.fold([one for one in found if not isinstance(one, Rejected | Fetch)], frame.at)
    engine.tick(max(now, until))
    return engine


def told(call: Call) -> Json:
    """What must not depend on the order or on how it came."""
    said = call_document(call, NINE + 1e6)
    keys = ("room", "state", "started_at", "ended_at", "duration_s", "words", "summary")
    summary = said["summary"]
    assert isinstance(summary, dict)
    summary.pop("time_in_grade_s")  # how long it was taken to go on
    people = {
        one.id: (one.leg.joined_at, one.left_at, one.leg.left_reason, one.leg.label, one.leg.attributes)
        for one in persons(call)
    }
    ends = [one.text for one in call.timeline if one.at == call.ended_at and one.text.startswith(call.state)]
    return {
        **{key: said.get(key) for key in keys},
        "end_reason": call.end_reason,
        "people": people,
        "ends": ends,
    }


@given(st.permutations(TWILIO), WAYS)
def test_a_room_ends_at_its_own_end_and_for_its_own_reason(
    rows: list[Row], way: Callable[[Sequence[Row]], list[list[Frame]]]
) -> None:
    call = fold(way(rows)).calls[ROOM]
    assert (call.state, call.started_at, call.ended_at) == ("ended", NINE, NINE + 3600)
    assert call.end_reason == "room_ended_via_api"
    assert call.duration_s(NINE + 1e6) == 3600.0
    assert not call.issues
    left = {one.name: (one.left_at, one.leg.left_reason) for one in persons(call)}
    assert left["person-2"] == (NINE + 2400, "signaling_connection_error")
    assert left["person-4"] == (NINE + 3600, "room_ended_via_api"), "nobody told, so with the room"
    assert call.summary is not None
    assert (call.summary.duration_s, call.summary.end_reason) == (3600.0, "room_ended_via_api")
    assert told(call) == told(fold(in_one_array(TWILIO)).calls[ROOM])


@given(st.permutations(GUESTS), WAYS)
def test_a_room_of_which_only_participants_are_told_ends_when_the_last_left(
    rows: list[Row], way: Callable[[Sequence[Row]], list[list[Frame]]]
) -> None:
    call = fold(way(rows)).calls[ROOM]
    assert (call.state, call.started_at, call.ended_at) == ("ended", NINE + 10, NINE + 3540)
    assert call.end_reason == "disconnected_via_api"
    assert told(call) == told(fold(in_one_array(GUESTS)).calls[ROOM])


@given(st.permutations(DAILY), WAYS)
def test_a_meeting_ends_as_the_api_says(
    rows: list[Row], way: Callable[[Sequence[Row]], list[list[Frame]]]
) -> None:
    call = fold(way(rows)).calls[MEETING]
    assert (call.state, call.started_at, call.ended_at, call.end_reason) == ("ended", NINE, NINE + 1800, None)
    assert {one.id: one.left_at for one in persons(call)} == {"ann": NINE + 1500, "ben": NINE + 360}
    assert told(call) == told(fold(in_one_array(DAILY)).calls[MEETING])


@settings(max_examples=50)
@given(st.permutations([*DAILY, *[{}] * len(LOGS)]), WAYS)
def test_what_was_measured_counts_whenever_the_end_is_told(
    rows: list[Row], way: Callable[[Sequence[Row]], list[list[Frame]]]
) -> None:
    """The pages of the logs come in their order, anything else before, between and after them."""
    pages = iter(LOGS)
    call = fold(way([row or next(pages) for row in rows]), ticks=False).calls[MEETING]
    in_order = fold(in_one_array([*LOGS, *DAILY]), ticks=False).calls[MEETING]
    assert (call.duration_s(NINE + 1e6), call.grade, call.reason) == (1800.0, Grade.GOOD, None)
    assert call.metrics == in_order.metrics and call.metrics["loss_pct"] == 0.1
    assert call.issues and all(one.until is not None for one in call.issues)
    assert told(call) == told(in_order)
    assert call.grade_seconds == pytest.approx(in_order.grade_seconds)


YEAR = 365 * 86_400.0


@pytest.mark.parametrize(
    ("row", "id", "lasted"),
    [(meeting(600, ongoing=True), MEETING, "10:00"), (room(5400), ROOM, "1:30:00")],
    ids=["daily", "twilio-video"],
)
def test_what_an_answer_in_a_file_says_goes_on_lasted_as_long_as_it_says(
    row: Row, id: str, lasted: str
) -> None:
    """A file of a year later is opened beside it; nobody knows what became of the meeting."""
    later = NINE + YEAR
    call = fold([framed(row)], until=later).calls[id]
    assert (call.state, COLUMNS["duration"].text(call, later), call.issues) == ("live", lasted, [])
    assert [one.lasted_s(later) for one in persons(call)] == ([600.0, 540.0] if id == MEETING else [])
    assert digest(call).ended_at == call.last_frame_at


def test_what_is_asked_again_goes_on() -> None:
    """A meeting in a file that the API tells of too: time goes on with the clock, and silence is told."""
    row = meeting(600, ongoing=True)
    frames = [
        *framed(row),
        Frame("daily", NINE + 700, "meetings", meeting(700, True), {"status": "200"}, "api"),
    ]
    call = fold([frames], until=NINE + 760).calls[MEETING]
    assert (call.state, call.duration_s(NINE + 760)) == ("live", 760.0)
    call = fold([frames], until=NINE + 2000).calls[MEETING]
    assert (call.state, [issue.code for issue in call.issues]) == ("stale", ["no-data"])


def test_a_room_of_which_nobody_was_told_who_was_in_it_has_no_legs() -> None:
    call = fold([framed(room(3600, 3600.0))]).calls[ROOM]
    assert (call.state, call.ended_at, call.legs) == ("ended", NINE + 3600, {})


def test_an_end_that_is_not_told_follows_from_how_long_it_lasted() -> None:
    over = room(3600, 3600.0, end_time=None)
    gone = guest(1, 10.0, 1210.0, leave_time=None)
    call = fold([framed([over, gone])]).calls[ROOM]
    assert (call.ended_at, call.legs[f"PA{1:032x}"].left_at) == (NINE + 3600, NINE + 1210)
    endless = fold([framed(room(3600, 3600.0, end_time=None, duration_sec=1e300))]).calls[ROOM]
    assert endless.ended_at == endless.last_frame_at, "that is no duration"


def test_a_room_goes_on_when_all_have_left_until_its_end_is_told() -> None:
    call = fold(polled([room(1800), guest(1, 10.0, 1210.0)])).calls[ROOM]
    assert (call.state, call.legs[f"PA{1:032x}"].left_at) == ("live", NINE + 1210)
    call = fold(polled([room(1800), guest(1, 10.0, 1210.0), room(3600, 3600.0)])).calls[ROOM]
    assert (call.state, call.ended_at) == ("ended", NINE + 3600)


def test_files_of_one_room_are_one_room(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, row in enumerate(TWILIO):
        (tmp_path / f"{number}.json").write_text(json.dumps(row), "utf-8")
    (tmp_path / "all.json").write_text(json.dumps(TWILIO[::-1]), "utf-8")
    for names in (
        sorted(tmp_path.glob("?.json")),
        sorted(tmp_path.glob("?.json"))[::-1],
        [tmp_path / "all.json"],
    ):
        assert main(["open", *map(str, names), "--json"]) == 0
        [call] = json.loads(capsys.readouterr().out)["calls"]
        assert (call["state"], call["duration_s"], call["ended_at"]) == ("ended", 3600.0, iso(3600.0))
        assert call["summary"]["end_reason"] == "room_ended_via_api"
