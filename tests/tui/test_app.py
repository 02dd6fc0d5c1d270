from __future__ import annotations

import asyncio

import pytest
from textual.pilot import Pilot

from callmon.tui.app import CallmonApp
from callmon.tui.driver import FULL, PatientDriver
from callmon.tui.keys import ACTIONS, GROUPS, OPENERS
from callmon.tui.platform import patient_driver
from callmon.tui.screens import SCREENS
from callmon.tui.theme import PALETTES, Colourless
from tests.tui import boards, strips
from tests.tui.conftest import Show, until


def test_names_and_ids_are_told_apart() -> None:
    names = [page.NAME for page in SCREENS]
    assert len(set(names)) == len(names)
    assert all(page.ABOUT for page in SCREENS)
    assert {page.OPENS.id for page in SCREENS[1:] if page.OPENS} == set(OPENERS)


def test_every_action_has_keys_a_meaning_and_a_group() -> None:
    for action in ACTIONS.values():
        assert action.keys and action.meaning.endswith("."), action.id
        assert action.group in GROUPS, action.id


def test_no_key_opens_two_things() -> None:
    openers = [key for page in SCREENS if page.OPENS for key in page.OPENS.keys]
    assert len(set(openers)) == len(openers)


async def test_every_page_opens_by_its_key_and_escape_goes_back(show: Show) -> None:
    async with show(boards.mixed(), (100, 30)) as pilot:
        for page in SCREENS[1:]:
            if page.OPENS is None:  # a row of another page leads to it
                continue
            if page.NAME == "compare":
                await pilot.press("space", "space")
            await pilot.press(page.OPENS.keys[0])
            await pilot.pause()
            assert isinstance(pilot.app.screen, page)
            for _ in range(2 if page.ON else 1):
                await pilot.press("escape")
            await pilot.pause()
            assert isinstance(pilot.app.screen, SCREENS[0])


def trail(pilot: Pilot[str]) -> str:
    return strips.lines(pilot.app)[0].removeprefix(" callmon ").partition("  ")[0]


NAME = "Dr. Okafor"


@pytest.mark.parametrize(
    ("keys", "trails"),
    [
        (["enter"], [f"calls ▸ {NAME}", "calls"]),
        (["i"], [f"calls ▸ {NAME} ▸ ICE", f"calls ▸ {NAME}", "calls"]),
        (["i", "s"], [f"calls ▸ {NAME} ▸ report", f"calls ▸ {NAME}", "calls"]),
        (["i", "s", "i"], [f"calls ▸ {NAME} ▸ ICE", f"calls ▸ {NAME}", "calls"]),
        (["s", "enter"], [f"calls ▸ {NAME} ▸ report", f"calls ▸ {NAME}", "calls"]),
        (["enter", "i", "question_mark"], [f"calls ▸ {NAME} ▸ ICE ▸ help", f"calls ▸ {NAME} ▸ ICE"]),
        (["L", "question_mark"], ["calls ▸ log ▸ help", "calls ▸ log", "calls"]),
    ],
)
async def test_escape_goes_back_exactly_as_the_trail_says(
    show: Show, keys: list[str], trails: list[str]
) -> None:
    async with show(boards.mixed(), (100, 30)) as pilot:
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        for wanted in trails:
            assert trail(pilot) == wanted
            await pilot.press("escape")
            await pilot.pause()


@pytest.mark.parametrize(
    ("width", "wanted"),
    [
        (100, "calls ▸ Ana Ruiz → Support ▸ ICE"),
        (80, "calls ▸ Ana Rui…upport ▸ ICE"),
        (60, "calls ▸ Ana Ruiz → Support ▸ ICE"),
        (40, "calls ▸ Ana Rui…upport ▸ ICE"),
        (20, "… ▸ ICE"),
        (10, "… ▸ ICE"),
    ],
)
async def test_where_one_is_shows_however_narrow_the_screen(show: Show, width: int, wanted: str) -> None:
    async with show(boards.mixed(), (width, 15)) as pilot:
        await pilot.press("j", "i")
        await pilot.pause()
        assert wanted in strips.lines(pilot.app)[0]


async def test_the_rule_set_gives_way_to_the_name_of_the_call(show: Show) -> None:
    async with show(boards.crowd(3), (40, 12)) as pilot:
        await pilot.press("i")
        await pilot.pause()
        assert strips.lines(pilot.app)[0].strip() == "callmon calls ▸ Agent 0…stomer ▸ ICE"


async def test_enter_is_offered_only_where_it_leads_further(show: Show) -> None:
    async with show(boards.mixed(), (100, 30)) as pilot:
        assert "Enter Open" in strips.lines(pilot.app)[-1]
        for key in ("i", "s"):
            await pilot.press(key)
            await pilot.pause()
            assert "Enter" not in strips.lines(pilot.app)[-1]


async def test_escape_never_leaves(show: Show) -> None:
    async with show(boards.mixed()) as pilot:
        await pilot.press("escape", "escape")
        assert pilot.app.is_running


async def test_q_goes_back_and_on_the_first_page_quits(show: Show) -> None:
    async with show(boards.mixed()) as pilot:
        await pilot.press("L", "q")
        await pilot.pause()
        assert pilot.app.is_running and isinstance(pilot.app.screen, SCREENS[0])
        await pilot.press("q")
        await pilot.pause()
        assert not pilot.app.is_running


async def test_a_page_that_is_open_is_gone_back_to(show: Show) -> None:
    async with show(boards.mixed()) as pilot:
        await pilot.press("L", "question_mark")
        await pilot.pause()
        assert len(pilot.app.screen_stack) == 3
        await pilot.press("L")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 2)


async def test_help_shows_the_keys_of_the_page_below(show: Show) -> None:
    async with show(boards.mixed(), (140, 60)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        text = "\n".join(strips.lines(pilot.app))
        assert "Worst calls first." in text and "calls ▸ help" in text
        assert "Quit; on any other screen: back." in text


async def test_help_on_few_lines_is_one_list(show: Show) -> None:
    async with show(boards.mixed(), (40, 12)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert [line for line in strips.lines(pilot.app) if "Signs" in line] == []
        await pilot.press("G")
        await pilot.pause()
        assert any(line.startswith(" End reason") for line in strips.lines(pilot.app))
        await pilot.resize_terminal(80, 24)
        await pilot.press("tab")
        await pilot.pause()
        assert any(line.startswith(" ▸ Signs") for line in strips.lines(pilot.app))
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        assert strips.lines(pilot.app)[1].startswith(" ▸ Keys")


async def test_help_shows_the_keys_that_a_user_chose(show: Show) -> None:
    async with show(boards.mixed(), (180, 60), keymap={"sort.worst": "W"}) as pilot:
        assert "W Worst" in strips.lines(pilot.app)[-1]
        await pilot.press("question_mark")
        await pilot.pause()
        assert any(line.split()[:2] == ["W", "Worst"] for line in strips.lines(pilot.app))


async def test_the_last_screen_is_the_result(show: Show) -> None:
    async with show(boards.mixed()) as pilot:
        await pilot.press("Q")
        await pilot.pause()
        assert "Dr. Okafor" in (pilot.app.return_value or "")


async def test_collecting_begins_after_the_first_frame_and_is_stopped_at_the_end(show: Show) -> None:
    said: list[str] = []

    async def collect() -> None:
        said.append("began")
        try:
            await asyncio.Event().wait()
        finally:
            said.append("ended")

    async with show(boards.mixed(), collect=collect) as pilot:
        await until(pilot, lambda: said == ["began"])
    assert said == ["began", "ended"]


async def test_a_collector_that_fails_ends_the_app_with_one_line(show: Show) -> None:
    async def collect() -> None:
        raise OSError("port \x1b[31m7880 is taken")

    async with show(boards.mixed(), collect=collect) as pilot:
        app = pilot.app
        assert isinstance(app, CallmonApp)
        await until(pilot, lambda: app.failure is not None)
        assert app.failure == "OSError: port �[31m7880 is taken"
        assert app.return_code == 1


async def test_no_colour_at_all(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with show(boards.mixed()) as pilot:
        assert [type(found) for found in pilot.app.get_line_filters()] == [Colourless]
        for strip in pilot.app.screen._compositor.render_strips():
            for segment in Colourless().apply(list(strip), pilot.app.screen.styles.background):
                assert segment.style is None or (segment.style.color, segment.style.bgcolor) == (None, None)
        cursor = [segment for strip in pilot.app.screen._compositor.render_strips()[3:4] for segment in strip]
        assert all(segment.style and segment.style.reverse for segment in cursor)


async def test_themes_are_switched(show: Show) -> None:
    async with show(boards.mixed()) as pilot:
        await pilot.press("T")
        await pilot.pause()
        assert pilot.app.theme == "light"
        page = PALETTES["light"].grounds["page"].color
        assert page is not None and any(page in line for line in strips.picture(pilot.app).splitlines()[-30:])


class Slow(CallmonApp):
    """An app whose terminal does not read."""

    behind = 0

    @property
    def backlog(self) -> int:
        return self.behind


async def test_nothing_is_painted_while_the_terminal_is_behind() -> None:
    board = boards.mixed()
    app = Slow(board)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.behind = 1
        board.all[0].label = "New name"
        board.touch(board.all[0])
        board.at += 1.0
        app.paint()
        await pilot.pause()
        assert app.skipped >= 1
        assert "New name" not in "\n".join(strips.lines(app))
        app.behind = 0
        board.at += 1.0  # what a call says of itself is drawn once a second
        app.paint()
        await pilot.pause()
        assert "New name" in "\n".join(strips.lines(app))


async def test_keys_paint_nothing_either_until_the_terminal_reads_again() -> None:
    app = Slow(boards.mixed())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        drawn: list[int] = []

        def displayed() -> None:
            if not app._batch_count:
                drawn.append(1)

        app.post_display_hook = displayed  # type: ignore[method-assign]
        app.behind = FULL
        for key in "jjjj":
            await pilot.press(key)
        assert drawn == []
        await pilot.resize_terminal(100, 30)
        assert drawn == []
        app.behind = 0
        await until(pilot, lambda: bool(drawn))
        await pilot.pause()
        assert strips.lines(app)[7].startswith("▌")
        assert [len(line) for line in strips.lines(app)] == [100] * 30


def test_textual_still_says_how_far_the_terminal_is_behind() -> None:
    from queue import Queue

    from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread
    from textual.drivers.linux_driver import LinuxDriver

    assert "_writer_thread" in LinuxDriver.__init__.__code__.co_names
    thread = WriterThread.__new__(WriterThread)
    thread._queue = Queue(MAX_QUEUED_WRITES)
    thread.write("one")
    driver = PatientDriver.__new__(PatientDriver)
    assert driver.backlog == 0
    driver._writer_thread = thread
    assert driver.backlog == 1
    assert FULL + 3 < MAX_QUEUED_WRITES
    assert patient_driver() is PatientDriver
