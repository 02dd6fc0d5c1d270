"""From messages to frames: how a message is divided, when its frames were, and what is remembered of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from callmon.sources.feed import Feed
from callmon.sources.lines import Text
from callmon.sources.reader import Reader
from callmon.sources.source import Clock, Session
from tests.sources.intake import Notebook

NOW = 1000.0


async def read(dialect: str, *documents: Any) -> tuple[Notebook, Reader]:
    notebook, clock = Notebook(), Clock(now=lambda: NOW)
    reader = Reader(Feed("feed", "-", dialect), notebook, Session("feed", notebook, clock), clock)
    await reader.read(Text(f"line {n}", json.dumps(document)) for n, document in enumerate(documents, 1))
    return notebook, reader


def message(*events: Any, **more: Any) -> dict[str, Any]:
    return {"schema": "callmon/1", "id": None, "at": NOW, "events": list(events), **more}


def event(call: str, frame: int | None = None, at: Any = None, type: str = "opened") -> dict[str, Any]:
    return {"type": type, "call": call, "frame": frame, "folded_at": at}


async def test_the_events_of_a_frame_stay_together_at_its_time() -> None:
    events = [event("a", 1, 900.0), event("b", 1, 900.0), event("a", 2, 900.0), event("a", 3, 901.5)]
    notebook, _ = await read("callmon", message(*events))
    assert [(frame.at, [e["call"] for e in frame.body["events"]]) for frame in notebook.frames] == [
        (900.0, ["a", "b"]),
        (900.0, ["a"]),
        (901.5, ["a"]),
    ]


async def test_each_restored_call_is_taken_by_itself() -> None:
    notebook, _ = await read("callmon", message(event("a", type="restored"), event("b", type="restored")))
    assert [len(frame.body["events"]) for frame in notebook.frames] == [1, 1]
    assert {frame.at for frame in notebook.frames} == {NOW}


@pytest.mark.parametrize("at", [-1, 1e300, "900", True, [], None])
async def test_a_time_that_is_none_is_now(at: Any) -> None:
    notebook, _ = await read("callmon", message(event("a", 1, at)), message(5), message())
    assert [frame.at for frame in notebook.frames] == [NOW] * 2


async def test_where_to_resume_is_the_last_id_that_was_told() -> None:
    _, reader = await read("callmon", message(id="b-7"), message(id=None), message(id=5))
    assert reader.last_id == "b-7"


@pytest.mark.parametrize(
    ("at", "detail"),
    [(990, "its clock is 10 s behind ours"), (1060, "its clock is 60 s ahead of ours"), (1004, "")],
)
async def test_a_clock_that_is_wrong_is_said(at: float, detail: str) -> None:
    notebook, _ = await read("callmon", message(at=at))
    assert (notebook.health.state, notebook.health.detail) == ("ok", detail)


@pytest.mark.parametrize(
    ("document", "bodies"),
    [
        ([{"call": "a"}, {"call": "b"}], [{"call": "a"}, {"call": "b"}]),
        ([{"id": "x", "type": "codec"}, {"id": "y", "type": "codec"}], None),
        ([{"key": "x", "value": {}}], None),
        ([["x", {"type": "codec"}]], None),
        ([], None),
        (5, None),
    ],
)
async def test_an_array_is_messages_or_one_report(document: Any, bodies: list[Any] | None) -> None:
    notebook, _ = await read("webrtc", document)
    assert notebook.bodies == ([document] if bodies is None else bodies)


async def test_a_long_message_gives_way_to_others() -> None:
    class Slow(Notebook):
        def take(self, frame: Any) -> Any:
            until = asyncio.get_running_loop().time() + 0.004
            while asyncio.get_running_loop().time() < until:
                pass
            return super().take(frame)

    notebook, clock = Slow(), Clock(now=lambda: NOW)
    reader = Reader(Feed("feed", "-", "callmon"), notebook, Session("feed", notebook, clock), clock)
    text = Text("line 1", json.dumps(message(*[event("a", n, 900.0) for n in range(50)])))
    task = asyncio.create_task(reader.read([text]))
    turns = 0
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    assert len(notebook.frames) == 50
    assert turns > 10
