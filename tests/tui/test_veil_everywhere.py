"""Whoever is named anywhere in a call, a source or a frame is on no page under the mask."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from textual.pilot import Pilot

from callmon.board import Board
from callmon.engine.call import Call, Leg, Moment
from callmon.engine.ice import Diagnosis, IceFinding
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade, Reason
from callmon.exports.exporter import Exporter
from callmon.exports.file import NotWritten
from callmon.exports.formats import Format
from callmon.model.frames import Frame
from callmon.model.health import SourceHealth
from callmon.model.ice import Candidate, Pair
from callmon.query.catalogue import CATALOGUE
from callmon.query.filter import Filter
from callmon.query.view import View
from callmon.tui.app import CallmonApp
from callmon.tui.screens import SCREENS
from callmon.tui.screens.overview import Overview
from callmon.tui.screens.participant import ParticipantPage
from callmon.tui.subject import participant
from tests.masking.test_leaks import names
from tests.tui import boards, details, halls, strips
from tests.tui.boards import NOW
from tests.tui.conftest import Show
from tests.tui.test_opening import FakeFiles
from tests.tui.test_recording import FakeSwitch

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


class Recording(FakeSwitch):
    """A recording into a file that is named after somebody, and that cannot be written the second time."""

    def __init__(self, name: str) -> None:
        self.file = f"/people/{name}/calls.jsonl.gz"
        self.times = 0

    def toggle(self) -> str:
        self.times += 1
        if self.times == 3:
            return f"{self.file}: no room for {name_in(self.file)}: name another with record.folder"
        return f"{super().toggle()} {self.file}"


def name_in(path: str) -> str:
    """Return the folder of somebody."""
    return path.split("/")[2]


class Failing(Exporter):
    """An exporter that cannot write, and says where."""

    async def call(
        self, board: Board, id: str, format: Format, mask: bool = True, path: Path | None = None
    ) -> tuple[Path, str]:
        raise NotWritten(f"{self.folder}: there is no room: use another place")


async def say_everything(name: str, size: tuple[int, int], folder: Path) -> None:
    """Open every menu and let everything be said under the mask."""
    shown = board(name)
    app = CallmonApp(shown, title=f"reading {name}.har", state=folder / "state")
    home = folder / name
    home.mkdir()
    app.exporter, app.switch = Exporter(None, home), Recording(name)
    app.again = lambda: ({}, [f"/people/{name}/callmon.toml: line 3: keys.theme: {name} is no key"])
    app.reading = FakeFiles(name=f"{name} +49 30 901820")
    app.views_file = home / "views.toml"
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(
            "colon", *(("space" if char == " " else char) for char in f"filter {name}"), "enter"
        )
        await pilot.press("0", "g", "P")
        for keys in (
            ("ctrl+p", *"zq", "escape"),
            ("ctrl+p", *"open", "down", "escape"),
            ("e", "down", "space", "escape"),
            ("e", "enter"),
            ("E", "enter"),
            ("B",),
            ("R", "q", "n"),
            ("R",),
            ("R",),
            ("ctrl+r",),
            ("space", "ctrl+space", "U"),
            ("a", "z"),
            ("y",),
            ("V", "6"),
            ("6",),
            ("Y",),
            ("v", "escape"),
            ("F", "M", "M", "w", "r", "p", "p"),
            ("left_square_bracket", "S", "escape"),
            ("colon", "up", "up", "escape"),
            ("enter", "y", "ctrl+p", "escape", "e", "escape"),
            ("i", "y", "ctrl+p", "escape", "s", "y"),
        ):
            await look(pilot, name, keys, *keys)
            await app.workers.wait_for_complete()
            while (tasks := app._exports) and (await asyncio.wait(tasks)):
                await pilot.pause()
            await look(pilot, name, keys)
            assert name.casefold() not in app.clipboard.casefold(), keys
        app.exporter = Failing(None, home)
        await look(pilot, name, "not written", "e", "enter")
        assert app.reading is not None and "reading •••" in strips.lines(app)[1]


@pytest.mark.parametrize("size", SIZES, ids=str)
@given(name=names)
@settings(max_examples=1, deadline=None)
def test_nobody_is_in_a_menu_or_in_what_is_said(name: str, size: tuple[int, int]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(say_everything(name, size, Path(folder)))


async def test_a_view_that_is_hidden_is_not_copied(show: Show) -> None:
    async with show(board("Zqaphod Beeble"), (120, 40)) as pilot:
        page = pilot.app.screen
        assert isinstance(page, Overview)
        for text in ("not Nobody", "Zqaphod"):
            page.put(View(Filter(text)))
            await pilot.press("Y")
            assert pilot.app.clipboard == text
            pilot.app.copy_to_clipboard("")
            await pilot.press("P", "Y")
            await pilot.pause()
            assert pilot.app.clipboard == ""
            assert (
                "not copied: a part is hidden while the mask is on: P shows it" in strips.lines(pilot.app)[-1]
            )
            await pilot.press("P")
        page.put(View(Filter("is:live"), group="room"))
        await pilot.press("P", "Y")
        assert pilot.app.clipboard == "is:live | group room"


@pytest.mark.parametrize("size", SIZES, ids=str)
@given(name=names)
@settings(max_examples=1, deadline=None)
def test_nobody_is_on_any_page(name: str, size: tuple[int, int]) -> None:
    asyncio.run(look_everywhere(name, size))


@given(name=names)
@settings(max_examples=1, deadline=None)
def test_nobody_is_in_any_column_or_group(name: str) -> None:
    asyncio.run(look_at_groups(name, (120, 40)))
