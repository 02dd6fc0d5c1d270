"""Whoever is named anywhere in a call, a source or a frame is on no page under the mask."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from textual.pilot import Pilot

from callmon.engine.call import Call, Leg, Moment
from callmon.engine.ice import Diagnosis, IceFinding
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade, Reason
from callmon.model.frames import Frame
from callmon.model.health import SourceHealth
from callmon.model.ice import Candidate, Pair
from callmon.query.catalogue import CATALOGUE
from callmon.query.view import View
from callmon.tui.app import CallmonApp
from callmon.tui.screens import SCREENS
from callmon.tui.screens.overview import Overview
from callmon.tui.screens.participant import ParticipantPage
from callmon.tui.subject import participant
from tests.masking.test_leaks import names
from tests.tui import boards, details, halls, strips
from tests.tui.boards import NOW

SIZES = ((40, 12), (80, 24), (240, 60))

KEYS = {"calls": ("G", "C", "escape"), "call": ("tab", "x"), "compare": ("d", "d"), "log": (), "help": ()}
"""What is pressed on a page, by its name."""

WORDS = (
    "type",
    "region",
    "edge_location",
    "codecs",
    "created_by",
    "status",
    "end_reason",
    "note",
    "recording",
)
ATTRIBUTES = ("browser", "os", "device", "sdk", "region", "far_end", "user", "client_ip", "label", "network")
KINDS = ("call", "page", "vendor", "ice", "media", "issue")


def plant_leg(leg: Leg, name: str) -> None:
    """Write a name into everything that a leg says in words."""
    host = name.replace(" ", "-").lower()
    leg.label, leg.left_reason = name, f"kicked by {name}"
    leg.attributes = {key: f"{name} {key}" for key in ATTRIBUTES}
    leg.words = {"quality": name, "note": f"with {name}"}
    far = Candidate(
        "remote", "relay", "udp", f"{host}.health", 4000, None, "wifi", f"turn:{host}.health:3478"
    )
    leg.ice.meet(NOW - 100, far)
    leg.ice.last_pair = Pair(f"pair-{host}", far, far)
    leg.ice.fail_server(f"701 {name} did not answer turn:{host}.health:3478", f"turn:{host}.health:3478")
    findings = (IceFinding("stun-errors", "Servers failed.", {"first": f"401 no user {name}"}, "Look."),)
    leg.diagnosis = Diagnosis("connected", f"Connected to {host}.health.", None, findings)
    for stream in leg.streams.values():
        stream.codec = f"x-{host}"
        stream.attributes = {"label": name}


def plant(call: Call, name: str) -> Call:
    """Write a name into everything that a call says in words."""
    call.label, call.room, call.end_reason = (
        f"{name} → +49 30 901820",
        f"desk of {name}",
        f"hung up by {name}",
    )
    call.words = dict.fromkeys(WORDS, f"said {name}")
    for leg in call.legs.values():
        plant_leg(leg, name)
    first = next(iter(call.legs))
    call.ice_leg, call.grade = first, Grade.POOR
    call.reason = Reason(
        "rtt_ms", ">", 431.0, 300.0, "outbound", first, next(iter(call.legs[first].streams), None)
    )
    call.timeline = [Moment(NOW - 90 + n, kind, f"left {name} alone", first) for n, kind in enumerate(KINDS)]
    call.timeline += [Moment(NOW - 50, "page", f"{name.replace(' ', '')} failed: {name}", first)]
    call.issues = [
        Issue("high-rtt", "critical", first, None, NOW - 80, None, 400.0, 300.0, "telnyx",
              f"Round trip of {name}", f"Ask {name}.", evidence=f"to {name}")
    ]  # fmt: skip
    return call


def board(name: str) -> boards.FixtureBoard:
    """Calls, a room and a call without an id of its own kind, all of them about one person, and others beside."""
    found = boards.mixed(3)
    mine = [plant(make, name) for make in (details.live(), halls.standup(), details.video(), halls.over())]
    mine[0].id, mine[2].id, mine[3].id = f"id of {name}", "a", f"{name.replace(' ', '-')}-7"
    found.all[:0] = mine
    body = {"call": mine[0].id, "who": {name: name}, "note": f"for {name}", "ev": name, "v": name}
    found.frames = {call.id: Frame("webrtc", NOW, "stats", body, {"label": name}) for call in mine}
    found.health = [SourceHealth(f"feed of {name}", "down", f"{name} was refused", first_reason=f"no {name}")]
    found.lines = [(NOW - 5, f"feed of {name}: connected"), (NOW - 3, f"webrtc: {name} said no")]
    return found


def found(app: CallmonApp, name: str) -> set[str]:
    """Return the parts of a name that are on the screen."""
    text = "\n".join(strips.lines(app)).casefold()
    return {word for word in name.casefold().split() if word in text}


def masked(app: CallmonApp, subject: str) -> str:
    """Return a subject as it is called under the mask."""
    return "\n".join(app.alias(part) for part in subject.split("\n"))


async def look(pilot: Pilot[str], name: str, what: object, *keys: str) -> None:
    """Press keys and see that the name is nowhere, after each of them."""
    app = pilot.app
    assert isinstance(app, CallmonApp)
    for key in ("", *keys):
        if key:
            await pilot.press(key)
        await pilot.pause()
        assert found(app, name) == set(), (what, key, strips.lines(app))


async def look_everywhere(name: str, size: tuple[int, int]) -> None:
    """Look at every page under the mask, each opened before it was put on, and opened under it."""
    shown = board(name)
    call, leg = shown.all[1], next(iter(shown.all[1].legs))
    app = CallmonApp(shown, title=f"reading {name}.har")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.marks.add(one.id for one in shown.all[:4])
        for page in SCREENS:
            named = participant(call.id, leg) if page is ParticipantPage else call.id
            for before in (True, False):
                if not before:
                    await pilot.press("P")
                if page is not Overview:
                    app.show(page.NAME, masked(app, named) if app.masked else named)
                await pilot.pause()
                if before:
                    await pilot.press("P")
                await look(pilot, name, (page.NAME, before), *KEYS.get(page.NAME, ("tab",)))
                while len(app.screen_stack) > 1 and not isinstance(app.screen, Overview):
                    app.pop_screen()
                await pilot.press("P")
                await pilot.pause()
        assert found(app, name)


async def look_at_groups(name: str, size: tuple[int, int]) -> None:
    """Group and show by every column under the mask."""
    app = CallmonApp(board(name))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press("P")
        page = app.screen
        assert isinstance(page, Overview)
        for key, column in CATALOGUE.items():
            shown = () if column.kind == "spark" else ("grade", key)
            page.put(View(group=key if shown else "", columns=shown))
            await look(pilot, name, key)


@pytest.mark.parametrize("size", SIZES, ids=str)
@given(name=names)
@settings(max_examples=1, deadline=None)
def test_nobody_is_on_any_page(name: str, size: tuple[int, int]) -> None:
    asyncio.run(look_everywhere(name, size))


@given(name=names)
@settings(max_examples=1, deadline=None)
def test_nobody_is_in_any_column_or_group(name: str) -> None:
    asyncio.run(look_at_groups(name, (120, 40)))
