"""What is asked of Twilio, when, and where reading goes on."""

from __future__ import annotations

from typing import Any

import pytest

from callmon.model.events import Sampled
from callmon.model.frames import Frame
from callmon.providers.provider import described
from callmon.providers.twilio_voice import Settings
from callmon.providers.twilio_voice.asking import EVENTS, METRICS, SUMMARIES, SUMMARY
from tests.providers.twilio_voice.worlds import (
    AT,
    BEGAN,
    ENDED,
    SID,
    World,
    body,
    frame,
    page,
    sdk,
    summary,
)


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
    due = [(one.query[0], one.after) for one in world.asks(now, SID) if one.tag == METRICS]
    assert due == [(("Edge", "sdk_edge"), ENDED), (("Edge", "client_edge"), ENDED)]
    assert world.asks(now + 5, SID) == []  # nothing was heard since, and nothing is due that was not
    slots = {
        round(one.after - ENDED)
        for t in range(30, 4000, 10)
        for one in world.asks(ENDED + t, SID)
        if one.tag == METRICS
    }
    assert slots == {30, 90, 300, 600, 1800}
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


@pytest.mark.parametrize("tag", [METRICS, EVENTS, SUMMARY])
def test_what_is_not_there_yet_is_not_asked_for_again_at_the_next_look(tag: str) -> None:
    world = World()
    now = ENDED + 20.0
    assert tag in {one.tag for one in world.asks(now, SID)}
    world.take(frame(tag, body("error-404"), now, status="404"))
    asked = {s: [one for one in world.asks(now + s, SID) if one.after <= now + s] for s in range(1, 32)}
    assert {one.tag for s in range(1, 30) for one in asked[s]} == {METRICS, EVENTS, SUMMARY} - {tag}
    assert tag in {one.tag for s in (30, 31) for one in asked[s]}


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


def test_a_call_of_which_nothing_can_be_read_is_none() -> None:
    world = World(Settings(calls=(SID,)))
    world.take(frame(METRICS, page([{"edge": "sdk_edge"}, 7]), AT))
    world.take(frame(EVENTS, page([], "events"), AT + 1))
    assert world.rejected and world.events == []
    world.take(frame(METRICS, page([sdk(1)]), AT + 2))
    assert [type(one).__name__ for one in world.events][:1] == ["Opened"]
    assert world.events[0].at > BEGAN - 3600
