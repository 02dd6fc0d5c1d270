"""Reading the configuration again while callmon runs: what holds from then on, and what is said of the rest."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from textual.pilot import Pilot

from callmon.cli import wire
from callmon.cli.commands import look_again
from callmon.cli.main import parse
from callmon.cli.reloading import Reloading
from callmon.config.loading import load
from callmon.engine.quality import RULE_SETS, Grade
from callmon.sources.demo.demo import Demo
from callmon.tui.alerts import Alerts
from callmon.tui.app import CallmonApp
from callmon.tui.complaining import COMPLAINED_S
from callmon.tui.screens.log import Log
from tests.tui import boards, strips
from tests.tui.conftest import until

START = 1_700_000_000.0

STRICT = """
[engine]
rules = "strict"

[rules.strict]
rtt_ms = {fair = 0.1, poor = 0.2}
"""
SOURCE = '[[source]]\nname = "office"\nurl = "wss://pbx.example/feed"\ndialect = "telnyx"\n'


def options(file: Path) -> argparse.Namespace:
    return parse(["--config", str(file)])


def watching() -> tuple[wire.Watch, list[float], Demo]:
    """Calls of a demo, as they are after two minutes."""
    clock, demo = [START], Demo(12, 1, START)
    watch = wire.watch(RULE_SETS["telnyx"], lambda: clock[0])
    play(watch, clock, demo, 120.0)
    return watch, clock, demo


def play(watch: wire.Watch, clock: list[float], demo: Demo, until_s: float) -> None:
    """Let the demo go on."""
    for frame in demo.frames(START + until_s):
        clock[0] = frame.at
        watch.monitor.take(frame)
        watch.monitor.tick()


def measured(watch: wire.Watch) -> list[Grade]:
    """The grades of the calls that go on and have a round trip."""
    calls = watch.board.calls()
    return [call.grade for call in calls if call.state == "live" and call.metrics.get("rtt_ms")]


def test_calls_are_judged_by_new_rules_from_then_on(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(STRICT, "utf-8")
    watch, clock, demo = watching()
    before = measured(watch)
    assert Grade.GOOD in before
    assert Reloading(watch, None)(load(tmp_path / "c.toml").config) == []
    assert measured(watch) == before, "nothing new was measured yet"
    assert watch.board.rules() == "strict" and "rtt_ms" in watch.board.levels()
    assert any("judged by the rules strict" in line for _, line in watch.board.log())
    play(watch, clock, demo, 180.0)
    assert Grade.POOR in measured(watch) and Grade.GOOD not in measured(watch)


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("", []),
        (STRICT, []),
        ("[view]\ntheme = 'light'\nalert = 'loss>5'\n", []),
        (SOURCE, ["[[source]]"]),
        ("[listen]\nport = 7000\n[tape]\non = false\n[view]\nfps = 5\n", ["[listen]", "[tape]", "view.fps"]),
        ("[engine]\nwindow_s = 10\n", ["[engine]"]),
    ],
)
def test_what_waits_for_another_start_is_named(text: str, waits: list[str], tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(text, "utf-8")
    watch, _, _ = watching()
    assert Reloading(watch, None)(load(tmp_path / "c.toml").config) == waits


def test_files_that_were_read_are_not_judged_again(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(STRICT, "utf-8")
    assert Reloading(None, None)(load(tmp_path / "c.toml").config) == ["[rules]"]


async def said(pilot: Pilot[str], text: str) -> None:
    await pilot.press("ctrl+r")
    await until(pilot, lambda: text in strips.lines(pilot.app)[-1])


async def test_the_key_takes_all_of_it_over_or_nothing(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("", "utf-8")
    watch, _, _ = watching()
    app = CallmonApp(watch.board)
    app.again = lambda: look_again(options(file))
    app.take_config = Reloading(watch, load(file).config)
    async with app.run_test(size=(160, 30)) as pilot:
        await said(pilot, "configuration read again")
        file.write_text(f"{STRICT}[view]\nalert = 'is:fair'\n{SOURCE}", "utf-8")
        await said(pilot, "configuration read again; restart callmon for [[source]]")
        assert (watch.monitor.engine.rules.name, app.alerts._when) == ("strict", "is:fair")
        file.write_text(f"{STRICT}{SOURCE}[keys]\ntheme = 'nokey'\n", "utf-8")
        await said(pilot, f"{file.name}: line ")
        assert "restart callmon for [[source]]" in [words for _, words in app.complaints()]
        file.write_text(f"{STRICT}[view]\nalert = 'is:fair'\n", "utf-8")
        await said(pilot, "configuration read again")
        file.write_text("[engine]\nrules = 'nobodys'\n[view]\nalert = 'is:live'\n", "utf-8")
        await said(pilot, "line 2: engine.rules: there is no rule set 'nobodys'")
        assert (watch.monitor.engine.rules.name, app.alerts._when) == ("strict", "is:fair")


BROKEN = """
[keys]
nothing = "x"
freeze = "ctrl+i"

[engin]
window_s = 5

[engine]
rulez = "telnyx"
"""

PROBLEMS = ("keys.nothing:", "keys.freeze:", "engin is no setting", "engine.rulez is no setting")


def logged(app: CallmonApp) -> str:
    """Everything on the page of the log, its lines put together again."""
    return " ".join(" ".join(strips.lines(app)[2:-1]).split())


@pytest.mark.parametrize("size", [(120, 40), (60, 40)], ids=str)
async def test_everything_that_is_wrong_is_in_the_log_and_the_line_says_so(
    size: tuple[int, int], tmp_path: Path
) -> None:
    file = tmp_path / ("a long way to it " * 4).strip() / "c.toml"
    file.parent.mkdir()
    file.write_text(BROKEN, "utf-8")
    app = CallmonApp(boards.mixed())
    app.again = lambda: look_again(options(file))
    async with app.run_test(size=size) as pilot:
        await said(pilot, "+3 in the log, L")
        assert strips.lines(app)[-1].startswith(" c.toml: line ")
        await pilot.press("p", "ctrl+r", "L")
        await until(pilot, lambda: isinstance(app.screen, Log))
        await pilot.pause()
        assert all(problem in logged(app) for problem in PROBLEMS)
        await said(pilot, "+3 in the log ")
        file.write_text("[view]\nfps = 'x'\n[listen]\nport = 'y'\n", "utf-8")
        await said(pilot, "+1 in the log")
        assert [text.partition("toml: ")[2][:20] for _, text in app.complaints()[-2:]] == [
            "line 4: listen.port:",
            "line 2: view.fps: no",
        ]
        file.write_text("", "utf-8")
        await said(pilot, "configuration read again")


async def test_complaints_of_one_moment_are_counted_together() -> None:
    now = 0.0
    app = CallmonApp(boards.mixed(), clock=lambda: now)
    async with app.run_test(size=(100, 30)) as pilot:
        app.complain(["/etc/one.toml: mend it"])
        await pilot.pause()
        assert strips.lines(app)[-1].startswith(" one.toml: mend it · in the log, L ")
        app.complain(["/etc/two.toml: mend it", "three"])
        await pilot.pause()
        assert strips.lines(app)[-1].startswith(" one.toml: mend it · +2 in the log, L ")
        now = COMPLAINED_S
        app.complain(["x" * 300])
        await pilot.pause()
        assert "xx… · in the log, L " in strips.lines(app)[-1]
        assert [text for _, text in app.complaints()][:3] == [
            "/etc/one.toml: mend it",
            "/etc/two.toml: mend it",
            "three",
        ]


def test_other_calls_alert_and_nobody_is_called_for_those_that_did_already() -> None:
    calls = boards.mixed().all
    alerts = Alerts()
    assert alerts.look(calls, 0.0) == [] and alerts.counts(10.0)[0] == 2
    alerts.want("is:live")
    assert alerts.look(calls, 1.0) == [] and alerts.counts(10.0)[0] > 2
    version = alerts.version
    alerts.want("is:live")
    assert alerts.version == version
