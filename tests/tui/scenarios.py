"""What every key does: for each action where one is, what was pressed before, and what is so after its key only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from textual.pilot import Pilot

from callmon.exports.exporter import Exporter
from callmon.query.filter import Filter
from callmon.query.view import View
from callmon.tui.app import CallmonApp
from callmon.tui.screen import Page
from callmon.tui.spans import USUAL_SPAN
from callmon.tui.times import Times
from callmon.tui.widgets.entry import Entry
from callmon.tui.widgets.panes import Panes
from callmon.tui.widgets.table import Table
from tests.tui import boards, details, halls, rewinding, several, strips
from tests.tui.boards import FixtureBoard
from tests.tui.test_opening import FakeFiles
from tests.tui.test_recording import FakeSwitch

Look = Callable[[Pilot[str]], object]
Given = Callable[[CallmonApp, Path], None]


@dataclass(frozen=True)
class Scenario:
    """``look`` sees ``want`` after the key, and not before it.

    ``before`` are the keys that lead there, separated by spaces; without a ``board`` it is played over a demo that
    is on a tape; ``given`` is done to the app first, with a folder for files.
    """

    look: Look
    want: object
    before: str = ""
    board: Callable[[], FixtureBoard] | None = boards.mixed
    given: Given = lambda app, folder: None
    size: tuple[int, int] = (100, 30)


# Where to look


def app(pilot: Pilot[str]) -> CallmonApp:
    return cast(CallmonApp, pilot.app)


def top(pilot: Pilot[str]) -> Any:
    return pilot.app.screen


def kind(pilot: Pilot[str]) -> str:
    return type(top(pilot)).__name__


def name(pilot: Pilot[str]) -> str:
    return str(top(pilot).NAME) if isinstance(top(pilot), Page) else kind(pilot)


def focus(pilot: Pilot[str]) -> str:
    return type(pilot.app.focused).__name__


def table(pilot: Pilot[str]) -> Table:
    return top(pilot).query_one(Table)  # type: ignore[no-any-return]


def cursor(pilot: Pilot[str]) -> int:
    return table(pilot)._cursor


def page_of(pilot: Pilot[str]) -> int:
    return table(pilot).page_rows - 1


def place(pilot: Pilot[str]) -> tuple[str, str]:
    return top(pilot).query_one(Panes).at  # type: ignore[no-any-return]


def entry(pilot: Pilot[str]) -> Entry:
    assert isinstance(pilot.app.focused, Entry)
    return pilot.app.focused


def typed(pilot: Pilot[str]) -> str:
    return entry(pilot).text


def view(pilot: Pilot[str]) -> View:
    return pilot.app.screen_stack[0].view  # type: ignore[attr-defined, no-any-return]


def kept(pilot: Pilot[str]) -> tuple[str, str]:
    return focus(pilot), str(view(pilot).filter)


def footer(pilot: Pilot[str]) -> str:
    return strips.lines(pilot.app)[-1]


def text(pilot: Pilot[str]) -> str:
    return "\n".join(strips.lines(pilot.app))


def line(pilot: Pilot[str], end: str) -> int | None:
    """How many cells the cursor line of compared calls is from the beginning or the end of all there is."""
    page = top(pilot)
    if page.cursor is None:
        return None
    number = page.scene.clock.number
    return int(number(page.cursor) - number(getattr(page._reach, end)))


def ended(pilot: Pilot[str]) -> tuple[bool, int | None, bool]:
    """Whether the app is over, its exit code, and whether the last screen stays."""
    return pilot.app._exit, pilot.app.return_code, bool(pilot.app.return_value)


def at(pilot: Pilot[str]) -> float:
    return rewinding.at(pilot) - rewinding.LENGTH_S


# What is given


def exporting(app: CallmonApp, folder: Path) -> None:
    app.exporter = Exporter(None, folder)


def recording(app: CallmonApp, folder: Path) -> None:
    app.switch = FakeSwitch()


def recorded(app: CallmonApp, folder: Path) -> None:
    recording(app, folder)
    cast(FakeSwitch, app.switch).on = True


def reading(app: CallmonApp, folder: Path) -> None:
    app.reading = FakeFiles()


def configured(app: CallmonApp, folder: Path) -> None:
    app.again = lambda: ({"theme": "light", "keymap": {"theme": "X"}}, [])


def polled(app: CallmonApp, folder: Path) -> None:
    app.ask_sources = lambda: "asking telnyx now"


def saved(app: CallmonApp, folder: Path) -> None:
    for number in range(1, 10):
        app.views.save(number, View(filter=Filter(f"view{number}")))


def file(pilot: Pilot[str]) -> bool:
    """Whether anything was written."""
    exporter = app(pilot).exporter
    return exporter is not None and any(exporter.folder.iterdir())


# Where some of them are


def live() -> FixtureBoard:
    return details.board(details.live())


def many() -> FixtureBoard:
    return boards.crowd(100)


def choir() -> FixtureBoard:
    return details.board(details.room())


def three() -> FixtureBoard:
    return several.board(3)


def six() -> FixtureBoard:
    return several.board(6)


COMPARE = "space space space c"


def comparing(look: Look, want: object, before: str = "") -> Scenario:
    """Three calls are compared."""
    return Scenario(look, want, f"{COMPARE} {before}", three, size=(120, 40))


def spelled(text: str) -> str:
    """Return a text as keys."""
    return " ".join(text.replace(" ", "_")).replace("_", "space")


KIOSK = f"/ {spelled('kiosk')}"
LIGHT = f": {spelled('theme light')}"
CHOSEN = "provider"

MOVING = {
    "move.up": Scenario(cursor, 1, "j j"),
    "move.down": Scenario(cursor, 1),
    "move.page_up": Scenario(lambda p: cursor(p) == 99 - page_of(p), True, "G", many),
    "move.page_down": Scenario(lambda p: cursor(p) == page_of(p), True, "", many),
    "move.first": Scenario(cursor, 0, "G", many),
    "move.last": Scenario(cursor, 99, "", many),
    "move.left": Scenario(lambda p: top(p).leg, "p5", "enter", choir),
    "move.right": Scenario(lambda p: top(p).leg, "p0", "enter", choir),
    "pane.next": Scenario(lambda p: top(p).tab, 1, "enter", live),
    "pane.previous": Scenario(lambda p: top(p).tab, 2, "enter", live),
    "pane.whole": Scenario(lambda p: getattr(top(p).maximized, "id", ""), "stage", "enter", live),
    "pane.part": Scenario(lambda p: (name(p), top(p).enlarged), ("call", False), "enter \\", live),
    "call.next": comparing(lambda p: top(p).focus_at, 1),
    "call.previous": comparing(lambda p: top(p).focus_at, 2),
    **{
        f"call.{n}": Scenario(
            lambda p: top(p).focus_at, n - 1, f"{'space ' * 6} c {1 + n % 6}", six, size=(120, 40)
        )
        for n in range(1, 7)
    },
}

FILTERING = {
    "filter": Scenario(focus, "FilterBar"),
    "filter.clear": Scenario(kept, ("Table", ""), f"{KIOSK} enter"),
    "typing.keep": Scenario(kept, ("Table", "kiosk"), KIOSK),
    "typing.drop": Scenario(kept, ("Table", ""), KIOSK),
    "typing.erase": Scenario(typed, "kios", KIOSK),
    "typing.erase_word": Scenario(typed, "ana", f"/ {spelled('ana ruiz')}"),
    "typing.delete": Scenario(typed, "iosk", f"{KIOSK} home"),
    "typing.left": Scenario(lambda p: entry(p).at, 4, KIOSK),
    "typing.right": Scenario(lambda p: entry(p).at, 1, f"{KIOSK} home"),
    "typing.start": Scenario(lambda p: entry(p).at, 0, KIOSK),
    "typing.end": Scenario(lambda p: entry(p).at, 5, f"{KIOSK} home"),
    "typing.complete": Scenario(typed, "provider", f"/ {spelled('prov')}"),
    "typing.complete_back": Scenario(typed, "provider", f"/ {spelled('prov')}"),
    "typing.clear": Scenario(typed, "", KIOSK),
}

LISTING = {
    "sort.previous": Scenario(lambda p: view(p).sort, "grade", ">"),
    "sort.next": Scenario(lambda p: view(p).sort, "reason"),
    "sort.reverse": Scenario(lambda p: view(p).reverse, True),
    "sort.worst": Scenario(lambda p: (view(p).sort, view(p).reverse), ("grade", False), "> r"),
    "mark": Scenario(lambda p: len(app(p).marks), 1),
    "mark.range": Scenario(lambda p: len(app(p).marks), 4, "space j j"),
    "mark.clear": Scenario(lambda p: len(app(p).marks), 0, "space j space"),
    "mark.only": Scenario(lambda p: len(table(p)._rows.ids), 2, "space space"),
    "follow": Scenario(lambda p: table(p).follows, False),
    "columns": Scenario(kind, "ColumnChooser"),
    "group": Scenario(lambda p: (kind(p), "Group calls by" in text(p)), ("Picker", True)),
    "group.fold": Scenario(lambda p: len(top(p)._folded), 1, f"v {spelled(CHOSEN)} enter g"),
    "view.0": Scenario(lambda p: str(view(p).filter), "", f"{KIOSK} enter"),
    **{f"view.{n}": Scenario(lambda p: str(view(p).filter), f"view{n}", given=saved) for n in range(1, 10)},
    "view.save": Scenario(lambda p: (kind(p), "Save this view" in text(p)), ("Picker", True)),
    "view.copy": Scenario(lambda p: p.app.clipboard, "| sort reason", ">"),
    "acknowledge": Scenario(lambda p: app(p).alerts.counts(app(p).clock())[1], 1),
    "snooze": Scenario(lambda p: "later" in set(app(p).alerts.states(app(p).clock()).values()), True),
}

LOOKING = {
    "freeze": Scenario(lambda p: "FROZEN" in strips.lines(p.app)[1], True),
    "times": Scenario(lambda p: top(p).times is Times.START.next(), True),
    "copy": Scenario(lambda p: p.app.clipboard, details.live().id, "", live),
    "span.shorter": Scenario(lambda p: top(p).chart_span, USUAL_SPAN - 1, "enter", live),
    "span.longer": Scenario(lambda p: top(p).chart_span, USUAL_SPAN + 1, "enter", live),
    "raw": Scenario(lambda p: (top(p).tab, focus(p)), (2, "Panel"), "enter", live),
    "mask": Scenario(lambda p: "MASKED" in strips.lines(p.app)[0], True),
    "scale": comparing(lambda p: top(p).own, True),
    "cursor.back": comparing(lambda p: line(p, "end"), -1, "G"),
    "cursor.on": comparing(lambda p: line(p, "begin"), 1, "g"),
    "cursor.first": comparing(lambda p: line(p, "begin"), 0, "left"),
    "cursor.last": comparing(lambda p: line(p, "end"), 0, "g"),
    "cursor.drop": comparing(lambda p: (name(p), line(p, "end")), ("compare", None), "left"),
    "overlay": comparing(lambda p: top(p).over, True),
    "differences": comparing(lambda p: top(p).mode, 1),
    "baseline": comparing(lambda p: top(p).baseline, 0),
}

REWINDING = {
    "past.back": Scenario(at, -1.0, "", None),
    "past.on": Scenario(at, -59.0, "{", None),
    "past.minute_back": Scenario(at, -60.0, "", None),
    "past.minute_on": Scenario(at, -60.0, "{ {", None),
    "past.seek": Scenario(focus, "SeekBar", "", None),
    "past.now": Scenario(at, 0.0, "{", None),
    "seek.go": Scenario(at, -10.0, f"S {spelled('-10s')}", None),
    "seek.drop": Scenario(focus, "Table", f"S {spelled('-10s')}", None),
}

EXPORTING = {
    "export.call": Scenario(lambda p: "Export this call" in text(p), True, "", live, exporting),
    "export.view": Scenario(lambda p: "Export 1 call" in text(p), True, "", live, exporting),
    "ticket": Scenario(file, True, "", live, exporting),
    "choose.up": Scenario(lambda p: top(p)._at == len(top(p)._formats) - 1, True, "e", live, exporting),
    "choose.down": Scenario(lambda p: top(p)._at, 1, "e", live, exporting),
    "choose.take": Scenario(lambda p: (name(p), file(p)), ("calls", True), "e", live, exporting),
    "choose.mask": Scenario(lambda p: "AS THEY ARE" in text(p), True, "e", live, exporting),
    "choose.drop": Scenario(name, "calls", "e", live, exporting),
}

CHOOSING = {
    "choose.show": Scenario(lambda p: len(top(p)._shown), len(View().shown()) - 1, "C"),
    "choose.later": Scenario(lambda p: (top(p)._at, top(p)._order[1]), (1, "grade"), "C"),
    "choose.earlier": Scenario(lambda p: (top(p)._at, top(p)._order[1]), (0, "grade"), "C j"),
    "choose.wider": Scenario(lambda p: dict(top(p)._widths), {"grade": 4}, "C"),
    "choose.narrower": Scenario(lambda p: dict(top(p)._widths), {"grade": 4}, "C + +"),
    "choose.reset": Scenario(lambda p: len(top(p)._shown), len(View().shown()), "C space"),
    "pick.up": Scenario(lambda p: top(p)._at, 5, "V"),
    "pick.down": Scenario(lambda p: top(p)._at, 7, "V"),
    "pick.take": Scenario(lambda p: (name(p), view(p).group), ("calls", CHOSEN), f"v {spelled(CHOSEN)}"),
    "pick.erase": Scenario(lambda p: top(p)._typed, "a", "v a b"),
    "pick.drop": Scenario(lambda p: (name(p), view(p).group), ("calls", ""), f"v {spelled(CHOSEN)}"),
}

TELLING = {
    "palette": Scenario(kind, "Finder"),
    "command": Scenario(focus, "CommandBar"),
    "command.run": Scenario(lambda p: (p.app.theme, focus(p)), ("light", "Table"), LIGHT),
    "command.drop": Scenario(lambda p: (p.app.theme, focus(p)), ("dark", "Table"), LIGHT),
    "command.complete": Scenario(typed, "theme ", ": t h"),
    "command.complete_back": Scenario(typed, "theme ", ": t h"),
    "command.before": Scenario(typed, "theme light", f"{LIGHT} enter :"),
    "command.after": Scenario(typed, "", f"{LIGHT} enter : up"),
    "find.up": Scenario(lambda p: top(p)._at == len(top(p)._found) - 1, True, "ctrl+p"),
    "find.down": Scenario(lambda p: top(p)._at, 1, "ctrl+p"),
    "find.page_up": Scenario(lambda p: top(p)._at, 0, "ctrl+p pagedown"),
    "find.page_down": Scenario(lambda p: top(p)._at, 14, "ctrl+p"),
    "find.take": Scenario(lambda p: p.app.theme, "light", f"ctrl+p {spelled('next theme')}"),
    "find.drop": Scenario(lambda p: (name(p), p.app.theme), ("calls", "dark"), f"ctrl+p {spelled('theme')}"),
}

GOING = {
    "back": Scenario(name, "calls", "enter"),
    "last": Scenario(name, "call", "enter escape"),
    "open.row": Scenario(name, "room", "O", halls.board),
    "show.call": Scenario(name, "call"),
    "show.compare": Scenario(name, "compare", "space space", three),
    "show.ice": Scenario(name, "ice"),
    "show.report": Scenario(name, "report"),
    "show.rooms": Scenario(name, "rooms"),
    "show.dashboard": Scenario(name, "dashboard"),
    "show.wallboard": Scenario(name, "wallboard"),
    "wallboard.leave": Scenario(name, "calls", "W"),
    "show.log": Scenario(name, "log"),
    "show.help": Scenario(name, "help"),
}

OWN = {
    "stop": Scenario(lambda p: cast(FakeFiles, app(p).reading).stopped, True, given=reading),
    "quit": Scenario(ended, (True, 0, False)),
    "quit.keep": Scenario(ended, (True, 0, True)),
    "quit.now": Scenario(ended, (True, 130, False)),
    "answer.yes": Scenario(ended, (True, 0, False), "q", given=recorded),
    "answer.no": Scenario(lambda p: (name(p), ended(p)[0]), ("calls", False), "q", given=recorded),
    "record": Scenario(lambda p: "REC" in strips.lines(p.app)[0], True, given=recording),
    "reload": Scenario(lambda p: (p.app.theme, "read again" in footer(p)), ("light", True), given=configured),
    "refresh": Scenario(lambda p: "asking telnyx now" in footer(p), True, given=polled),
    "theme": Scenario(lambda p: p.app.theme, "light"),
}

SCENARIOS: dict[str, Scenario] = {
    **MOVING, **FILTERING, **LISTING, **LOOKING, **REWINDING, **EXPORTING, **CHOOSING, **TELLING, **GOING, **OWN,
}  # fmt: skip
"""A scenario for each action, by its id."""
